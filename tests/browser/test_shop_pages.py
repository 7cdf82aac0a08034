"""Pages of a shop's owner and of the desk about shops: the whole way from applying to paid.

`test_accessibility.py` looks at each of them by itself.
"""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

import members.service
import points.service
from core.auth import Actor
from members.queries import facts
from tests.support import counter_builders as build
from tests.support import members_builders as people
from tests.support import merchants_builders as shops
from tests.support import screens
from tests.support.browser import PHONE, WIDE, assert_accessible, assert_fits, screenshot
from tests.support.server import LiveServer


@dataclass
class Street:
    """A barber who has taken points."""

    counter: build.Counter
    desk: Actor
    charge_id: str


@pytest.fixture
def street(live_server: LiveServer) -> Street:
    with live_server.app.app_context():
        points.service.install_tariff()
        counter = build.a_counter(
            name="小周理发店",
            name_en="Zhou's barber shop",
            address="西苑路 12 号",
            hours=shops.HOURS,
            phone="0518 8523 1234",
        )
        charge_id = build.paid(counter, build.payer(300, pin=True), 30)
        return Street(counter, people.staff("administrator"), str(charge_id))


def page_of(open_page, server: LiveServer, actor: Actor, language: str = "zh_Hans_CN", **options) -> Page:
    page = open_page(**options)
    with server.app.app_context():
        members.service.change_settings(actor, language=language)
        member = facts(actor.member_id)
    screens.sign_in(page, server, member)
    return page


def well_made(page: Page, name: str) -> None:
    assert_accessible(page)
    assert_fits(page)
    screenshot(
        page, f"shop-pages-{name}-{page.viewport_size['width']}-{page.locator('html').get_attribute('lang')}"
    )


def test_from_the_application_to_the_counter(open_page, live_server, street):
    with live_server.app.app_context():
        zhao = people.actor(people.member("赵六"))
    owner = page_of(open_page, live_server, zhao, size=PHONE)
    owner.goto("/shops")
    owner.locator("a[href='/shops/apply']").click()
    well_made(owner, "apply-1")
    owner.fill("#name", "小周理发店")
    owner.select_option("#trade_code", "hairdresser")
    owner.fill("#address", "东门 3 号")
    owner.locator("details summary").click()
    owner.fill("#opens-0-0", "18:00")
    owner.fill("#closes-0-0", "09:00")
    owner.locator("main form button.button-main").click()
    # Said at the day, and all that was typed is still there.
    expect(owner.locator("#day-0-error")).to_be_visible()
    expect(owner.locator("#address")).to_have_value("东门 3 号")
    well_made(owner, "apply-2-hours")
    owner.fill("#opens-0-0", "09:00")
    owner.fill("#closes-0-0", "18:00")
    owner.locator("[name=every_day]").check()
    owner.locator("main form button.button-main").click()
    expect(owner.locator("#name-error")).to_contain_text("小周理发店")
    owner.fill("#name", "东门理发店")
    owner.locator("main form button.button-main").click()
    well_made(owner, "apply-3-thanks")
    owner.locator("main a.button-main").click()
    owner.wait_for_url(re.compile("/shop/[0-9a-f-]{36}$"))
    base = owner.url.rpartition("/")[2]

    desk = page_of(open_page, live_server, street.desk, size=WIDE)
    desk.goto("/desk")
    desk.locator("main a[href='/desk/shops?status=applied']").click()
    desk.get_by_role("link", name="东门理发店").click()
    desk.locator("main form button.button-main").click()
    expect(desk.locator(".banner-ok")).to_be_visible()

    owner.goto(f"/shop/{base}/offers")
    owner.fill("#name", "剪发")
    owner.fill("#points", "３０")
    owner.locator("main form button.button-main").click()
    expect(owner.locator("#points-error")).to_be_visible()
    expect(owner.locator("#name")).to_have_value("剪发")
    owner.fill("#points", "30")
    owner.locator("main form button.button-main").click()
    expect(owner.locator(".offers-edited")).to_contain_text("剪发")
    owner.goto(f"/shop/{base}")
    owner.locator("main a.button-main").click()
    expect(owner.locator(".counter-offer")).to_contain_text("剪发")


def test_the_desk_gives_a_payment_back_and_prints_a_plate(open_page, live_server, street):
    page = page_of(open_page, live_server, street.desk, size=WIDE)
    page.goto(f"/desk/shops/{street.counter.shop.id}/charges/{street.charge_id}")
    page.locator("main form button.button-danger").click()
    expect(page.locator("#reason-error")).to_be_visible()
    page.fill("#reason", "剪坏了")
    page.locator("main form button.button-danger").click()
    expect(page.locator(".badge-warn")).to_be_visible()
    well_made(page, "desk-refunded")
    page.goto("/desk/shops?status=active")
    page.locator("input[name=shop]").first.check()
    page.locator("form[action='/desk/shops/plates'] button").click()
    expect(page.locator(".plate .qr svg")).to_be_visible()
    screenshot(page, "shop-pages-plates-1280")
