"""A coordinator awards a good deed and takes one back; the member reads both on the phone."""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from members.queries import MemberFacts
from points import service
from tests.support import members_builders as people
from tests.support import points_builders as build
from tests.support import screens
from tests.support.browser import PHONE, WIDE, assert_accessible, assert_fits, screenshot


@dataclass
class Desk:
    page: Page
    coordinator: MemberFacts
    wang: MemberFacts
    other: MemberFacts


@pytest.fixture(params=[PHONE, WIDE], ids=["phone", "computer"])
def desk(request, open_page, live_server) -> Desk:
    with live_server.app.app_context():
        service.install_tariff()
        squad_id = people.squad("花木兰巡逻队")
        coordinator = people.member("李警官", "coordinator")
        wang, other = people.member("王小芳", squad_id=squad_id), people.member("王小芳")
    page = open_page(size=request.param)
    screens.sign_in(page, live_server, coordinator)
    return Desk(page, coordinator, wang, other)


def send(page: Page) -> None:
    page.locator("main form button[type=submit]").click()


def well_made(page: Page, name: str) -> None:
    assert_accessible(page)
    assert_fits(page)
    screenshot(page, f"{name}-{page.viewport_size['width']}")


def test_an_award_is_given_to_the_right_one_of_two_and_taken_back(desk: Desk, live_server) -> None:
    page = desk.page
    page.goto("/desk/award")
    page.locator("input[name=rule_code][value=lead]").check()
    page.fill("#who", "没有这个人")
    send(page)
    expect(page.locator("#who-error")).to_be_visible()
    well_made(page, "award-nobody")
    page.fill("#who", "王小芳")
    send(page)
    page.locator(f"input[name=member_id][value='{desk.wang.id}']").check()
    well_made(page, "award-which")
    send(page)
    expect(page.locator(".banner-ok")).to_contain_text("+20")
    well_made(page, "award-done")

    page.locator(".banner-ok a[href$='/withdrawal']").click()
    send(page)
    expect(page.locator("#reason-error")).to_be_visible()
    well_made(page, "withdrawal-without-reason")
    page.fill("#reason", "记错了人")
    send(page)
    expect(page).to_have_url(re.compile(f"/desk/members/{desk.wang.id}/statement$"))
    well_made(page, "statement-at-the-desk")
    with live_server.app.app_context():
        assert (build.balance(desk.wang.id), build.balance(desk.other.id)) == (0, 0)
        assert build.faults() == {}


def test_the_member_reads_award_and_withdrawal_and_opens_their_receipts(open_page, live_server) -> None:
    with live_server.app.app_context():
        service.install_tariff()
        wang = people.member("王小芳")
        award = build.earn(wang.id, 20)
        build.reserve(wang.id, 15)
        build.withdraw(award)
    page = open_page(size=PHONE)
    screens.sign_in(page, live_server, wang)
    page.goto("/me/statement")
    expect(page.locator("main")).to_contain_text("−20")
    well_made(page, "statement-owed")
    page.locator(f"a[href='/me/transfers/{award}']").click()
    expect(page.locator(".banner-warn")).to_be_visible()
    well_made(page, "receipt-withdrawn")
    page.locator(".banner-warn a").click()
    expect(page.locator("h1")).to_be_visible()
    well_made(page, "receipt-of-a-withdrawal")


def test_a_rule_of_the_tariff_is_changed_by_keyboard_alone(open_page, live_server) -> None:
    with live_server.app.app_context():
        service.install_tariff()
        keeper = people.member("周主任", "administrator")
    page = open_page(size=WIDE)
    screens.sign_in(page, live_server, keeper)
    page.goto("/desk/tariff/rules/lead")
    page.focus("#points")
    page.keyboard.press("Control+a")
    page.keyboard.type("1.5")
    page.keyboard.press("Enter")
    expect(page.locator("#points-error")).to_be_visible()
    well_made(page, "rule-refused")
    page.focus("#points")
    page.keyboard.press("Control+a")
    page.keyboard.type("25")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/desk/tariff$"))
    expect(page.locator(".banner-ok")).to_be_visible()
    well_made(page, "tariff-changed")
