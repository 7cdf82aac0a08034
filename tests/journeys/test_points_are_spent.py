"""Points are spent: a barber is paid twice and gives back once, an alarm is taken home, the month is settled.

Over the demo alliance, every person before a browser of his own. The pictures of the README come from here
(`make screenshots`).
"""

import re
from datetime import datetime, time, timedelta

import pytest
from playwright.sync_api import Page, expect

import members.queries
import merchants.queries
import points.queries
from alliance.demo import people
from core import clock
from core.db import db
from members.queries import MemberFacts
from tests.support import members_builders, merchants_builders, points_builders, screens
from tests.support.browser import PHONE, WIDE, assert_accessible, assert_fits, screenshot

PURSE = 230
HAIRCUT = 30
ALARM = 60
REASON = "顾客改约下周再来"


@pytest.fixture
def live_server(serve_demo):
    return serve_demo()


@pytest.fixture
def town(live_server):
    """The demo alliance, and a member who has just earned her first points."""
    with live_server.app.app_context():
        lin = members_builders.member("林秀英")
        points_builders.earn(lin.id, PURSE)
        cast = {
            role: members.queries.search(phone).items[0] for role, phone in people.sign_in_phones().items()
        }
        found = {role: members.queries.facts(each.id) for role, each in cast.items()} | {"member": lin}
        (post,) = merchants.queries.posts_of(found["shop owner"].id)
        db.session.rollback()
        return found, merchants.queries.shop(post.merchant_id)


@pytest.fixture
def before_a_screen(open_page, live_server):
    """Opens a page at which somebody has signed in."""

    def open_for(person: MemberFacts, **options) -> Page:
        page = open_page(**options)
        page.clock.set_fixed_time(clock.now())
        screens.sign_in(page, live_server, person)
        return page

    return open_for


def look_at(page: Page, picture: str = "") -> None:
    assert_fits(page)
    assert_accessible(page)
    if picture:
        screenshot(page, picture, full=False)


def send(page: Page) -> None:
    page.locator("main form button.button-main").click()


def balance(server, person: MemberFacts) -> int:
    with server.app.app_context():
        db.session.rollback()
        return points.queries.balance(person.id)


@pytest.mark.timeout(600)
def test_points_are_spent_and_the_month_is_settled(town, before_a_screen, camera_browser, live_server):
    cast, shop = town
    paid = _pays_by_order(cast, shop, before_a_screen, camera_browser, live_server)
    assert balance(live_server, cast["member"]) == PURSE - HAIRCUT

    owner = before_a_screen(cast["shop owner"], size=PHONE)
    owner.goto(f"/shop/{shop.id}/charges/{paid}")
    owner.fill("#reason", REASON)
    owner.locator("main form button.button-danger").click()
    expect(owner.locator("main")).to_contain_text(REASON)
    assert balance(live_server, cast["member"]) == PURSE

    _pays_by_plate(cast, shop, before_a_screen, camera_browser, live_server)
    _takes_an_alarm_home(cast, before_a_screen, live_server)
    assert balance(live_server, cast["member"]) == PURSE - HAIRCUT - ALARM

    this_month = clock.today().replace(day=1)
    next_month = (this_month + timedelta(days=32)).replace(day=1)
    with clock.frozen(datetime.combine(next_month + timedelta(days=1), time(10), tzinfo=clock.zone())):
        _settles(cast, shop, f"{this_month:%Y-%m}", before_a_screen, live_server)
        checked = live_server.app.test_cli_runner().invoke(args=["points", "check"])
        assert checked.exit_code == 0, checked.output


def _pays_by_order(cast, shop, before_a_screen, camera_browser, live_server) -> str:
    """The clerk shows a haircut, the member scans it and confirms; returns the charge's id."""
    clerk = before_a_screen(cast["clerk"], size=PHONE)
    clerk.goto(f"/counter/{shop.id}")
    look_at(clerk)
    clerk.get_by_label("洗剪吹").check()
    send(clerk)
    letters = clerk.locator(".order-letters").inner_text().replace(" ", "")
    look_at(clerk, "counter")
    seen = screens.picture_of(f"{live_server.base_url}/q#{letters}")
    member = before_a_screen(
        cast["member"], size=PHONE, browser=camera_browser([(seen, 1.0)]), permissions=["camera"]
    )
    member.goto("/scan")
    expect(member).to_have_url(re.compile("/pay/[0-9a-f-]{36}$"))
    charge_id = member.url.rpartition("/")[2]
    expect(member.locator(".order-points")).to_contain_text(str(HAIRCUT))
    expect(member.locator("main")).to_contain_text(str(PURSE - HAIRCUT))
    look_at(member, "payment")
    send(member)
    for page in (clerk, member):
        expect(page.locator(".paid-title")).to_be_visible()
    return charge_id


def _pays_by_plate(cast, shop, before_a_screen, camera_browser, live_server) -> None:
    with live_server.app.app_context():
        plate = merchants_builders.plate_of(shop)
    seen = screens.picture_of(f"{live_server.base_url}/q/{plate.text}")
    member = before_a_screen(
        cast["member"], size=PHONE, browser=camera_browser([(seen, 1.0)]), permissions=["camera"]
    )
    member.goto("/scan")
    expect(member).to_have_url(re.compile("/pay/plate/"))
    member.get_by_role("button", name="洗剪吹").click()
    expect(member.locator("main")).to_contain_text(str(PURSE - HAIRCUT))
    send(member)
    expect(member.locator(".paid-title")).to_be_visible()


def _takes_an_alarm_home(cast, before_a_screen, live_server) -> None:
    member = before_a_screen(cast["member"], size=PHONE)
    member.goto("/rewards")
    look_at(member)
    member.get_by_role("link", name="毛巾两条").scroll_into_view_if_needed()
    screenshot(member, "shelf", full=False)
    member.goto("/rewards?sort=price")
    member.get_by_role("link", name="门磁报警器").click()
    member.locator("a.button-main").click()
    expect(member.locator(".sum-total dd")).to_contain_text(str(PURSE - HAIRCUT - ALARM))
    send(member)
    expect(member).to_have_url(re.compile("/vouchers/[0-9a-f-]{36}$"))
    letters = "".join(member.locator(".voucher-letters > span:not(.visually-hidden)").all_inner_texts())

    desk = before_a_screen(cast["coordinator"], size=PHONE)
    desk.goto("/desk/hand-over")
    desk.fill("#code", letters)
    desk.locator("[data-typed] button").click()
    expect(desk.locator(".hand-over-name")).to_have_text("门磁报警器")
    desk.fill("#fitting_place", "3 号楼 502 室入户门")
    desk.locator("[name=fitting_help]").check()
    send(desk)
    expect(desk.locator(".banner-ok")).to_contain_text("林*英")
    # By itself: the member does nothing.
    expect(member.locator(".banner-ok")).to_be_visible()


def _settles(cast, shop, month: str, before_a_screen, live_server) -> None:
    """The desk drafts, the owner agrees on her phone, the desk pays and files; the statement is opened and read."""
    desk = before_a_screen(cast["coordinator"], size=WIDE)
    for _ in range(2):  # the demo leaves the month before to be drafted
        desk.goto("/desk/settlements")
        # A table stands there before, too.
        with desk.expect_navigation():
            send(desk)
        expect(desk.get_by_role("table", name="结算单")).to_be_visible()
    look_at(desk, "settlement")
    desk.get_by_role("link", name=shop.name).click()
    desk.wait_for_url("**/desk/settlements/*-*-*")
    statement = desk.url.rpartition("/")[2]

    owner = before_a_screen(cast["shop owner"], size=PHONE)
    owner.goto(f"/shop/{shop.id}/settlements/{statement}")
    expect(owner.locator("main")).to_contain_text("退")
    look_at(owner)
    send(owner)
    expect(owner.locator(".banner-ok")).to_be_visible()

    desk.reload()
    desk.fill("#reference", "ZZ-2026-0001")
    send(desk)
    expect(desk.locator("main")).to_contain_text("ZZ-2026-0001")
    send(desk)
    expect(desk.locator("form[action$='/close']")).to_have_count(0)
    look_at(desk)
    owner.reload()
    document = owner.request.get(owner.locator("a[href*='statement.pdf']").first.get_attribute("href"))
    assert document.ok
    assert document.body().startswith(b"%PDF")
    with live_server.app.app_context():
        db.session.rollback()
        (closed,) = [
            each for each in merchants.queries.statements_of_month(month) if each.merchant_id == shop.id
        ]
        assert (closed.state, str(closed.id)) == ("closed", statement)
        assert {HAIRCUT, -HAIRCUT} <= {
            line.points for line in merchants.queries.all_settlement_lines(closed.id)
        }
