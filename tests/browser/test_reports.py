"""Tell → handle → points, as people do it: a resident with a phone, the desk with a computer, a stranger."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

import points.service
from core import clock
from members.queries import MemberFacts
from tests.support import members_builders as people
from tests.support import screens
from tests.support.browser import PHONE, WIDE, assert_accessible, assert_fits, screenshot
from tests.support.server import LiveServer


@dataclass
class Town:
    """A resident, a coordinator and an area to choose."""

    resident: MemberFacts
    coordinator: MemberFacts
    area_id: str


@pytest.fixture
def town(live_server: LiveServer) -> Town:
    with live_server.app.app_context():
        points.service.install_tariff()
        area_id = people.area("西苑小区")
        return Town(people.member("王小芳"), people.member("李建国", "coordinator"), str(area_id))


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "exit.jpg"
    Image.new("RGB", (3000, 2000), "#b04a2f").save(path)
    return path


def keep(page: Page, name: str) -> None:
    screenshot(page, f"reports-{name}-{page.viewport_size['width']}")


def well_made(page: Page, name: str) -> None:
    """For what `test_accessibility.py` cannot visit, because it appears only while somebody tells something."""
    assert_accessible(page)
    assert_fits(page)
    keep(page, name)


def onward(page: Page) -> None:
    page.locator("[data-ask-next]").click()


def choose(page: Page, value: str) -> None:
    page.locator(f"[data-step]:not([hidden]) input[type=radio][value={value}]").check()
    onward(page)


def to_kind(page: Page, kind: str) -> None:
    """Past the gate and on to the form of a kind."""
    keep(page, "gate")
    expect(page.locator('a[href="tel:110"]')).to_be_visible()
    page.locator("main a.button-main").click()
    keep(page, "kinds")
    page.locator(f'a[href^="/report/{kind}"]').click()


def tell_hazard(page: Page, town: Town, photo: Path) -> None:
    choose(page, "blocked_way")
    choose(page, "yes")
    onward(page)
    onward(page)
    # What must be said is asked for, and nothing that was answered is lost.
    expect(page.locator("[data-step]:not([hidden]) [data-missing]")).to_be_visible()
    page.fill("textarea[name=words]", "消防通道被自行车堵住了，老人出不去。")
    well_made(page, "words")
    onward(page)
    page.set_input_files("#photo-choose", [photo, photo])
    expect(page.locator("[data-photos-kept] img")).to_have_count(2)
    page.locator("[data-photos-kept] button").first.click()
    expect(page.locator("[data-photos-kept] img")).to_have_count(1)
    well_made(page, "photos")
    onward(page)
    page.select_option("#area", town.area_id)
    onward(page)
    well_made(page, "named")
    choose(page, "yes")
    expect(page.locator("[data-review-list]")).to_contain_text("消防通道被自行车堵住了")
    well_made(page, "review")
    page.locator("[data-send]").click()


def judge(desk: Page) -> None:
    """It was useful; back when that is written down."""
    form = desk.locator('form[action$="/judge"]')
    form.locator("button[value=yes]").click()
    expect(form).to_have_count(0)


def test_a_hazard_with_a_photo_is_looked_at_resolved_and_thanked_with_points(
    open_page, live_server, town, photo
):
    phone = open_page(size=PHONE)
    screens.sign_in(phone, live_server, town.resident)
    phone.goto("/")
    phone.locator('a[href="/report"]').click()
    to_kind(phone, "hazard")
    tell_hazard(phone, town, photo)
    phone.wait_for_url(re.compile(r"/reports/[0-9a-f-]{36}$"))
    own = phone.url
    expect(phone.locator(".photos img")).to_have_count(1)
    keep(phone, "own")

    desk = open_page(size=WIDE)
    screens.sign_in(desk, live_server, town.coordinator)
    desk.goto("/desk/reports")
    keep(desk, "desk-list")
    desk.locator("tbody a").first.click()
    for step, note in [("assign", ""), ("check", "已到现场"), ("resolve", "自行车已移走，物业装了栏杆。")]:
        form = desk.locator(f'form[action$="/{step}"]')
        if note:
            form.locator(f"[name=public_note-{step}]").fill(note)
        keep(desk, f"desk-{step}")
        form.locator("button[type=submit]").click()
    judge(desk)
    keep(desk, "desk-judged")

    phone.goto(own)
    expect(phone.locator(".course")).to_contain_text("自行车已移走")
    expect(phone.locator("main")).to_contain_text("+")
    keep(phone, "own-resolved")
    phone.goto("/me/statement")
    expect(phone.locator("main .rows a")).to_have_count(1)


def test_a_report_without_a_name_is_followed_by_its_password_and_paid_by_a_token(
    open_page, live_server, town
):
    with clock.frozen(clock.now()) as now:
        stranger = open_page(size=PHONE)
        stranger.goto("/")
        stranger.locator('a[href="/report"]').click()
        to_kind(stranger, "scam")
        choose(stranger, "telephone")
        choose(stranger, "no")
        onward(stranger)
        stranger.fill("textarea[name=words]", "有人自称银行，要我念验证码。")
        onward(stranger)
        onward(stranger)
        stranger.fill("[name=place_note]", "电话里")
        onward(stranger)
        onward(stranger)
        stranger.locator("[data-send]").click()
        expect(stranger.locator(".slip-value")).to_have_count(2)
        number, password = stranger.locator(".slip-value").all_text_contents()
        well_made(stranger, "sent")

        desk = open_page(size=WIDE)
        screens.sign_in(desk, live_server, town.coordinator)
        desk.goto("/desk/reports")
        desk.locator("tbody a").first.click()
        expect(desk.locator("main")).not_to_contain_text("验证码")
        desk.locator('form[action$="/assign"] button[type=submit]').click()
        expect(desk.locator("main")).to_contain_text("验证码")
        judge(desk)

        now.tick(days=8)
        stranger.goto("/reports/follow")
        stranger.fill("#number", number)
        stranger.fill("#password", password.lower())
        stranger.locator("main form button[type=submit]").click()
        expect(stranger.locator('form[action="/reports/follow/token"]')).to_be_visible()
        well_made(stranger, "followed")
        stranger.locator('form[action="/reports/follow/token"] button').click()
        token = stranger.locator(".slip-value").inner_text()
        well_made(stranger, "token")

        member = open_page(size=PHONE)
        screens.sign_in(member, live_server, town.resident)
        member.goto("/reports/collect")
        member.fill("#token", token)
        member.locator("main form button[type=submit]").click()
        expect(member.locator(".banner-ok")).to_contain_text("20")
        keep(member, "collected")
