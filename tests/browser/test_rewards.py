"""Redeem → voucher → hand over, in two browsers at once; the shelf on phones and computers, by camera and by typing."""

import re
from dataclasses import dataclass

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

import members.service
import rewards.queries
import rewards.service
from core.auth import Actor
from members.queries import facts
from rewards.rules import RewardFacts
from tests.support import points_builders, screens
from tests.support import rewards_builders as build
from tests.support.browser import PHONE, WIDE, assert_accessible, assert_fits, screenshot
from tests.support.server import LiveServer

#: name, English name, kind, price, pieces, drawing
SHELF = [
    ("门锁", "Door lock", "security", 300, 4, "door-lock"),
    ("门磁报警器", "Door alarm", "security", 120, 6, "door-alarm"),
    ("窗户报警器", "Window alarm", "security", 90, 0, "window-alarm"),
    ("烟雾报警器", "Smoke detector", "security", 150, 3, "smoke-detector"),
    ("燃气报警器", "Gas detector", "security", 180, 2, "gas-detector"),
    ("可视猫眼", "Door-eye camera", "security", 600, 1, "door-eye-camera"),
    ("家用灭火器", "Fire extinguisher", "security", 80, 12, "fire-extinguisher"),
    ("手电筒", "Torch", "goods", 20, 30, "torch"),
    ("反光背心", "Reflective vest", "goods", 40, 18, "reflective-vest"),
    ("雨伞", "Umbrella", "goods", 25, 9, "umbrella"),
    ("东北大米 5 公斤", "Rice, 5 kilograms", "goods", 60, 14, "rice-bag"),
    ("花生油", "Peanut oil", "goods", 75, 7, "cooking-oil"),
    ("洗衣粉", "Washing powder", "goods", 15, 40, "washing-powder"),
    ("毛巾", "Towel", "goods", 10, 55, "towel"),
    ("保温瓶", "Thermos flask", "goods", 45, 5, "thermos-flask"),
    ("书包", "School bag", "goods", 70, 3, "school-bag"),
    ("理发一次", "Haircut", "service", 30, None, "haircut"),
    ("澡票一张", "Bath-house ticket", "service", 18, None, "bath-house-ticket"),
    ("血压与健康检查", "Blood pressure and health check", "service", 5, None, "health-check"),
    ("志愿服务证明", "Certificate of service", "certificate", 1, None, "certificate-of-service"),
]
ABOUT = "派出所统一采购，质量有保证。领取时工作人员会教您怎么用。"
ABOUT_EN = "Bought by the police room. You are shown how to use it when you fetch it."


@dataclass
class Town:
    """A full shelf, a member with 46 points and a coordinator."""

    wang: Actor
    desk: Actor
    rewards: dict[str, RewardFacts]


@pytest.fixture
def town(live_server: LiveServer) -> Town:
    with live_server.app.app_context():
        shelf = {
            name: build.reward(
                name,
                name_en=english,
                kind=kind,
                points=points,
                stock=stock,
                drawing=drawing,
                about_zh=ABOUT,
                about_en=ABOUT_EN,
                low_stock=2,
                quota=2,
            )
            for name, english, kind, points, stock, drawing in SHELF
        }
        wang, desk = build.member("王小芳", points=46), build.desk()
        rewards.service.mark(wang, shelf["保温瓶"].id)
        return Town(wang, desk, shelf)


def page_of(open_page, server: LiveServer, actor: Actor, *, english: bool = False, **options) -> Page:
    page = open_page(**options)
    with server.app.app_context():
        if english:
            members.service.change_settings(actor, language="en")
        member = facts(actor.id)
    screens.sign_in(page, server, member)
    return page


def well_made(page: Page, name: str) -> None:
    assert_accessible(page)
    assert_fits(page)
    screenshot(page, f"rewards-{name}-{page.viewport_size['width']}")


LOOKS = [
    pytest.param(PHONE, False, False, id="phone-light-chinese"),
    pytest.param(WIDE, True, True, id="wide-dark-english"),
]


@pytest.mark.parametrize(("size", "dark", "english"), LOOKS)
def test_shelf_reward_and_voucher_are_accessible_and_fit(open_page, live_server, town, size, dark, english):
    look = f"{'dark' if dark else 'light'}-{'en' if english else 'zh'}"
    with live_server.app.app_context():
        waiting, _code = build.voucher(town.wang, town.rewards["毛巾"])
        done, code = build.voucher(town.wang, town.rewards["洗衣粉"])
        build.hand_over(town.desk, code)
        town.values = {name: facts_.number for name, facts_ in town.rewards.items()}
    locale = "en" if english else "zh-CN"
    member = page_of(open_page, live_server, town.wang, english=english, size=size, dark=dark, locale=locale)
    numbers = {name: each.number for name, each in town.rewards.items()}
    for name, address in [
        ("shelf", "/rewards"),
        ("reward", f"/rewards/{numbers['手电筒']}"),
        ("redeem", f"/rewards/{numbers['手电筒']}/redeem"),
        ("too-dear", f"/rewards/{numbers['东北大米 5 公斤']}"),
        ("sold-out", f"/rewards/{numbers['窗户报警器']}"),
        ("voucher", f"/vouchers/{waiting}"),
        ("fetched", f"/vouchers/{done}"),
        ("vouchers", "/vouchers"),
        ("vouchers-past", "/vouchers?list=past"),
    ]:
        member.goto(address)
        well_made(member, f"{name}-{look}")
        member.evaluate("document.documentElement.classList.add('large')")
        assert_fits(member)
        if size == PHONE and not dark:
            screenshot(member, f"rewards-{name}-large")


def send(page: Page) -> None:
    page.locator("main form button.button-main").click()


def test_a_member_redeems_and_the_desk_hands_over_what_its_camera_sees(
    open_page, camera_browser, live_server, town
):
    with live_server.app.app_context():
        points_builders.earn(town.wang.id, 100)
    phone = page_of(open_page, live_server, town.wang, size=PHONE)
    phone.goto("/rewards?sort=price")
    phone.get_by_role("link", name="门磁报警器").click()
    phone.locator("a.button-main").click()
    expect(phone.locator(".sum-total dd")).to_contain_text("26")
    well_made(phone, "journey-1-confirm")
    send(phone)
    expect(phone).to_have_url(re.compile("/vouchers/[0-9a-f-]{36}$"))
    expect(phone.locator("[data-countdown]")).to_contain_text("2 天 23 小时")
    well_made(phone, "journey-2-voucher")
    letters = "".join(phone.locator(".voucher-letters > span:not(.visually-hidden)").all_inner_texts())

    seen = screens.picture_of(f"{live_server.base_url}/q#{letters}")
    desk = page_of(
        open_page,
        live_server,
        town.desk,
        size=WIDE,
        browser=camera_browser([(seen, 1.0)]),
        permissions=["camera"],
    )
    desk.goto("/desk/hand-over")
    expect(desk.locator(".hand-over-member")).to_have_text("王*芳")
    expect(desk.locator(".hand-over-name")).to_have_text("门磁报警器")
    well_made(desk, "journey-3-desk")
    desk.fill("#fitting_place", "3 号楼 502 室入户门")
    desk.locator("[name=fitting_help]").check()
    send(desk)
    expect(desk.locator(".banner-ok")).to_contain_text("王*芳")
    well_made(desk, "journey-4-handed-over")

    # By itself: the member does nothing.
    expect(phone.locator(".banner-ok")).to_be_visible()
    expect(phone.locator("main")).to_contain_text("3 号楼 502 室入户门")
    well_made(phone, "journey-5-fetched")
    with live_server.app.app_context():
        assert build.balance(town.wang) == 26
        assert build.facts(town.rewards["门磁报警器"].id).stock == 5
        assert points_builders.faults() == {}


def test_the_code_is_typed_as_it_is_read_out_and_a_used_one_is_refused_with_a_reason(
    open_page, live_server, town
):
    with live_server.app.app_context():
        _id, code = build.voucher(town.wang, town.rewards["毛巾"])
    desk = page_of(open_page, live_server, town.desk, size=PHONE)
    spoken = " ".join(code[at : at + 4] for at in range(0, len(code), 4)).lower()
    for step in ("first", "again"):
        desk.goto("/desk/hand-over")
        desk.fill("#code", spoken)
        desk.locator("[data-typed] button").click()
        if step == "first":
            well_made(desk, "typed")
            send(desk)
            expect(desk.locator(".banner-ok")).to_contain_text("毛巾")
    expect(desk.locator(".banner-refuse")).to_be_visible()
    well_made(desk, "typed-used")


def test_a_voucher_is_given_back_and_its_points_are_there_again(open_page, live_server, town):
    with live_server.app.app_context():
        waiting, _code = build.voucher(town.wang, town.rewards["手电筒"])
    phone = page_of(open_page, live_server, town.wang, size=PHONE)
    phone.goto(f"/vouchers/{waiting}")
    phone.locator(".give-back summary").click()
    well_made(phone, "give-back")
    phone.locator(".give-back button").click()
    expect(phone.locator(".banner-ok")).to_contain_text("20")
    well_made(phone, "given-back")
    phone.get_by_role("link", name="还是想要").click()
    expect(phone.locator("a.button-main")).to_be_visible()
    with live_server.app.app_context():
        assert build.balance(town.wang) == 46


def test_a_photo_of_any_size_is_made_small_before_it_is_sent(open_page, live_server, town, tmp_path):
    photo = tmp_path / "photo.jpg"
    Image.effect_noise((4000, 3000), 90).convert("RGB").save(photo, quality=95)
    assert photo.stat().st_size > 2 * 1024 * 1024
    desk = page_of(open_page, live_server, town.desk, size=WIDE)
    reward_id = town.rewards["雨伞"].id
    desk.goto(f"/desk/rewards/{reward_id}/edit")
    desk.set_input_files("#picture", photo)
    expect(desk.locator("[data-picture-preview]")).to_be_visible()
    desk.locator("main form button[type=submit]").click()
    expect(desk.locator(".banner-ok")).to_be_visible()
    shown = desk.locator(".hand-over-what img")
    expect(shown).to_have_attribute("src", re.compile("/rewards/pictures/"))
    assert shown.evaluate("async image => { await image.decode(); return image.naturalWidth }") == 1200


def test_a_voucher_that_the_scan_page_read_is_one_tap_from_being_handed_over(open_page, live_server, town):
    with live_server.app.app_context():
        redemption_id, code = build.voucher(town.wang, town.rewards["毛巾"])
    desk = page_of(open_page, live_server, town.desk, size=PHONE)
    desk.goto("/scan")
    screens.type_code(desk, code)
    result = desk.locator("dialog.result-warn")
    expect(result).to_contain_text("毛巾 · 王*芳")
    expect(result.locator(".result-points")).to_have_count(0)
    well_made(desk, "scanned")
    result.locator(".button-main").click()
    expect(desk.locator(".hand-over-member")).to_have_text("王*芳")

    phone = page_of(open_page, live_server, town.wang, size=PHONE)
    phone.goto("/scan")
    screens.type_code(phone, code)
    phone.locator("dialog.result-warn .button-main").click()
    expect(phone).to_have_url(re.compile(f"/vouchers/{redemption_id}$"))
