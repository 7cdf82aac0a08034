"""Pages of a shop's owner and of the desk about shops: what they look like, and the whole way from applying to paid."""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

import members.service
import merchants.service
import points.service
from core.auth import Actor
from core.db import new_id
from members.queries import facts
from tests.support import counter_builders as build
from tests.support import members_builders as people
from tests.support import merchants_builders as shops
from tests.support import screens
from tests.support.browser import PHONE, WIDE, assert_accessible, assert_fits, screenshot
from tests.support.server import LiveServer

LOOKS = [
    pytest.param(PHONE, "zh_Hans_CN", False, id="phone-chinese"),
    pytest.param(WIDE, "en", True, id="wide-english-dark"),
]


@dataclass
class Street:
    """A barber who has taken points, given some back and away; a payment of his own; an application that waits."""

    counter: build.Counter
    desk: Actor
    charge_id: str
    applied: str


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
        shops.an_offer(counter.shop, name="理发一次", name_en="Haircut", points=30, note="限工作日")
        shops.an_offer(counter.shop, name="烫发", name_en="Perm", points=120)
        shops.a_budget(counter.shop, 200)
        payer = build.payer(300, pin=True)
        charge_id = build.paid(counter, payer, 30)
        merchants.service.refund_charge(
            counter.owner, key=new_id(), charge_id=build.paid(counter, payer, 20), reason="没有剪"
        )
        receiver = merchants.service.Receiver(number=str(facts(payer.member_id).number))
        merchants.service.give_points(
            counter.clerk,
            key=new_id(),
            merchant_id=counter.shop.id,
            receiver=receiver,
            points=15,
            reason="帮忙扫雪",
        )
        build.points.earn(counter.owner.member_id, 50)
        build.paid(counter, counter.owner, 10)
        applied = shops.a_shop("老王五金", trade="hardware", admitted=False, owner=people.member("王五"))
        return Street(counter, people.staff("administrator"), str(charge_id), str(applied.id))


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


@pytest.mark.timeout(200)
@pytest.mark.parametrize(("size", "language", "dark"), LOOKS)
def test_the_owners_pages_are_accessible_and_fit(open_page, live_server, street, size, language, dark):
    page = page_of(open_page, live_server, street.counter.owner, language, size=size, dark=dark)
    base = f"/shop/{street.counter.shop.id}"
    places = (
        "",
        "/charges",
        f"/charges/{street.charge_id}",
        "/figures",
        "/offers",
        "/clerks",
        "/page",
        "/gifts",
    )
    for place in places:
        page.goto(base + place)
        well_made(page, "owner" + re.sub(r"/[0-9a-f-]{36}", "-one", place).replace("/", "-"))


@pytest.mark.timeout(200)
@pytest.mark.parametrize(("size", "language", "dark"), LOOKS)
def test_the_desks_pages_are_accessible_and_fit(open_page, live_server, street, size, language, dark):
    page = page_of(open_page, live_server, street.desk, language, size=size, dark=dark)
    base = f"/desk/shops/{street.counter.shop.id}"
    places = {
        "/desk/shops": "list",
        base: "shop",
        f"/desk/shops/{street.applied}": "applied",
        f"{base}/budget": "budget",
        f"{base}/deeds": "deeds",
        f"{base}/limits": "limits",
        "/desk/shops/odd": "odd",
        "/desk/trades": "trades",
        "/desk": "today",
    }
    for place, name in places.items():
        page.goto(place)
        well_made(page, f"desk-{name}")


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
