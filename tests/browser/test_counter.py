"""Paying at a counter, clerk and member each before a screen of their own: by order, by phone, by plate; void."""

import re
import time
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

import members.service
import merchants.service
from core.auth import Actor
from core.db import new_id
from members.queries import facts
from tests.support import counter_builders as build
from tests.support import members_builders as people
from tests.support import merchants_builders as shops
from tests.support import points_builders, screens
from tests.support.browser import PHONE, WIDE, assert_accessible, assert_fits, screenshot
from tests.support.server import LiveServer

#: From the member's code in view to "paid" on both screens.
MOST_SECONDS = 3.0
#: Another one may be paid for when the machine had more to do than this: one that is fast enough shows that it works.
MOST_TRIES = 3


@dataclass
class Street:
    """A barber with a clerk at his counter, and a member with 100 points."""

    counter: build.Counter
    wang: Actor

    @property
    def address(self) -> str:
        return f"/counter/{self.counter.shop.id}"


@pytest.fixture
def street(live_server: LiveServer) -> Street:
    with live_server.app.app_context():
        counter = build.a_counter()
        shops.an_offer(counter.shop, name="理发一次", name_en="Haircut", points=30)
        return Street(counter, build.payer(100, pin=True))


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
    screenshot(page, f"counter-{name}-{page.viewport_size['width']}")


def both_see_paid(clerk: Page, member: Page) -> None:
    for page in (clerk, member):
        expect(page.locator(".paid-title")).to_be_visible()


def balance(server: LiveServer, actor: Actor) -> int:
    with server.app.app_context():
        assert points_builders.faults() == {}
        return build.balance(actor)


def test_the_member_scans_the_order_and_both_see_paid(open_page, camera_browser, live_server, street):
    clerk = page_of(open_page, live_server, street.counter.clerk, size=PHONE)
    clerk.goto(street.address)
    for digit in "25":
        clerk.locator(f"[data-digit='{digit}']").click()
    well_made(clerk, "order-1-pad")
    clerk.locator("main form button.button-main").click()
    letters = clerk.locator(".order-letters").inner_text().replace(" ", "")
    well_made(clerk, "order-2-code")

    seen = screens.picture_of(f"{live_server.base_url}/q#{letters}")
    camera = camera_browser([(seen, 1.0)])
    member = page_of(open_page, live_server, street.wang, size=PHONE, browser=camera, permissions=["camera"])
    member.goto("/scan")
    expect(member).to_have_url(re.compile("/pay/[0-9a-f-]{36}$"))
    expect(member.locator(".order-points")).to_contain_text("25")
    expect(member.locator("main")).to_contain_text("75")
    well_made(member, "order-3-confirm")
    expect(clerk.locator(".order-member")).to_contain_text("王*芳")
    well_made(clerk, "order-4-waits")
    member.locator("main form button.button-main").click()
    both_see_paid(clerk, member)
    well_made(member, "order-5-paid")
    # Ready again by itself.
    expect(clerk).to_have_url(re.compile(f"{street.address}$"))
    expect(clerk.locator("[data-today]")).to_contain_text("王*芳")
    well_made(clerk, "order-6-today")
    assert balance(live_server, street.wang) == 75


def test_the_clerk_scans_the_members_phone_and_both_see_paid_within_three_seconds(
    open_page, camera_browser, live_server, street
):
    member = page_of(open_page, live_server, street.wang, size=PHONE)
    took = [_pays_by_phone(open_page, camera_browser, live_server, street, member)]
    while took[-1] > MOST_SECONDS and len(took) < MOST_TRIES:
        took.append(_pays_by_phone(open_page, camera_browser, live_server, street, member))
    assert min(took) <= MOST_SECONDS, f"from the code in view to paid on both screens: {took} s"
    well_made(member, "phone-2-paid")
    assert balance(live_server, street.wang) == 100 - 30 * len(took)


def _pays_by_phone(open_page, camera_browser, live_server, street, member) -> float:
    """The clerk reads the member's code; the seconds from the code in view until both see "paid"."""
    member.goto("/")
    with live_server.app.app_context():
        code = build.phone_code(street.wang)
    seen = screens.picture_of(f"{live_server.base_url}/q#{code.text}")
    clerk = page_of(
        open_page,
        live_server,
        street.counter.clerk,
        size=WIDE,
        browser=camera_browser([(seen, 1.0)]),
        permissions=["camera"],
    )
    clerk.goto(street.address)
    well_made(clerk, "phone-1-pad")
    clerk.get_by_label("理发一次").check()
    clerk.locator("button[formmethod=get]").click()
    # The camera runs and the decoder is there: from now on the code is in view.
    expect(clerk.locator("[data-camera-message]")).to_be_hidden()
    started = time.monotonic()
    expect(clerk.locator(".order-member")).to_have_text(re.compile(r"王\*芳"))
    clerk.locator("main form button.button-main").click()
    both_see_paid(clerk, member)
    return time.monotonic() - started


def test_by_card_nothing_is_taken_before_the_member_has_typed_the_pin(open_page, live_server, street):
    with live_server.app.app_context():
        card = people.card(facts(street.wang.id)).text
    clerk = page_of(open_page, live_server, street.counter.clerk, size=PHONE)
    clerk.goto(f"{street.address}/member?points=40")
    screens.type_code(clerk, card)
    expect(clerk.locator(".order-member")).to_contain_text("王*芳")
    well_made(clerk, "card-1-pin")
    clerk.fill("#pin", "0007")
    clerk.locator("main form button.button-main").click()
    expect(clerk.locator(".banner-refuse")).to_be_visible()
    assert balance(live_server, street.wang) == 100
    clerk.fill("#pin", build.PIN)
    clerk.locator("main form button.button-main").click()
    expect(clerk.locator(".paid-title")).to_be_visible()
    assert balance(live_server, street.wang) == 60


def test_the_member_pays_by_the_plate_and_the_counter_shows_it_by_itself(
    open_page, camera_browser, live_server, street
):
    clerk = page_of(open_page, live_server, street.counter.clerk, size=WIDE)
    clerk.goto(street.address)
    with live_server.app.app_context():
        plate = shops.plate_of(street.counter.shop)
    seen = screens.picture_of(f"{live_server.base_url}/q/{plate.text}")
    camera = camera_browser([(seen, 1.0)])
    member = page_of(open_page, live_server, street.wang, size=PHONE, browser=camera, permissions=["camera"])
    member.goto("/scan")
    expect(member).to_have_url(re.compile("/pay/plate/"))
    well_made(member, "plate-1-choose")
    member.get_by_role("button", name="理发一次").click()
    expect(member.locator("main")).to_contain_text("70")
    well_made(member, "plate-2-confirm")
    member.locator("main form button.button-main").click()
    expect(member.locator(".paid-title")).to_be_visible()
    expect(clerk.locator("[data-paid]")).to_be_visible()
    expect(clerk.locator("[data-paid]")).to_contain_text("30")
    well_made(clerk, "plate-3-paid")
    expect(clerk.locator("[data-today]")).to_contain_text("王*芳")
    expect(clerk.locator("[data-paid]")).to_be_hidden()
    assert balance(live_server, street.wang) == 70
    # What the page has shown by itself is told no more; what is paid while it is shut is told when it opens.
    expect(clerk.locator("[data-untold]")).to_be_empty()
    clerk.goto("/shops")
    with live_server.app.app_context():
        build.pay_plate(street.counter, street.wang, 5)
        build.pay_plate(street.counter, street.wang, 6)
    clerk.goto(street.address)
    expect(clerk.locator("[data-untold-words]")).to_contain_text("11")
    well_made(clerk, "plate-4-meanwhile")
    clerk.locator("[data-untold] button").click()
    expect(clerk.locator("[data-untold]")).to_be_empty()


def test_the_camera_reads_to_whom_points_are_given_and_the_clerk_confirms_it(
    open_page, camera_browser, live_server, street
):
    with live_server.app.app_context():
        shops.a_budget(street.counter.shop, 50)
        card = people.card(facts(street.wang.id))
    seen = screens.picture_of(f"{live_server.base_url}/q#{card.text}")
    camera = camera_browser([(seen, 1.0)])
    clerk = page_of(
        open_page, live_server, street.counter.clerk, size=PHONE, browser=camera, permissions=["camera"]
    )
    clerk.goto(f"{street.address}/give")
    expect(clerk.locator("#code")).to_have_value(re.compile("^M"))
    well_made(clerk, "give-1-scanned")
    clerk.fill("#points", "5")
    clerk.fill("#reason", "理发满五十元")
    clerk.locator("main form button.button-main").click()
    expect(clerk.locator(".order-member")).to_contain_text("王*芳")
    assert balance(live_server, street.wang) == 100
    well_made(clerk, "give-2-whose")
    clerk.locator("main form button.button-main").click()
    expect(clerk).to_have_url(re.compile(f"{street.address}$"))
    assert balance(live_server, street.wang) == 105


def test_a_payment_taken_by_mistake_is_taken_back_at_once(open_page, live_server, street):
    with live_server.app.app_context():
        charge_id = build.paid(street.counter, street.wang, 30)
    clerk = page_of(open_page, live_server, street.counter.clerk, size=PHONE)
    clerk.goto(f"{street.address}/charges/{charge_id}")
    clerk.locator("details.void summary").click()
    well_made(clerk, "void")
    clerk.locator("details.void button").click()
    expect(clerk.locator(".banner-ok, .toast, [role=status]").first).to_be_visible()
    assert balance(live_server, street.wang) == 100
    member = page_of(open_page, live_server, street.wang, size=PHONE)
    member.goto("/payments")
    expect(member.locator("main")).to_contain_text("已撤销")
    well_made(member, "payments")


def test_a_colleague_takes_over_the_shared_phone_by_his_own_pin(open_page, live_server, street):
    with live_server.app.app_context():
        other = shops.a_clerk(street.counter.shop, people.member("李梅"), pin="4826")
    page = page_of(open_page, live_server, street.counter.clerk, size=PHONE)
    page.goto(f"{street.address}/clerk")
    well_made(page, "clerks")
    form = page.locator("form.clerk-form", has_text="李梅")
    form.locator("[name=pin]").fill("4826")
    form.locator("button").click()
    expect(page.locator(".counter-who")).to_contain_text("李梅")
    # The way back needs a PIN, too, and until then nothing but the counter opens.
    page.goto(f"{street.address}/clerk")
    expect(page.locator("form.clerk-form", has_text="吴小丽").locator("button")).to_have_count(0)
    page.goto("/me")
    expect(page).to_have_url(re.compile("/counter/leave"))
    well_made(page, "leave")
    with live_server.app.app_context():
        merchants.service.remove_clerk(
            street.counter.owner, merchant_id=street.counter.shop.id, member_id=other.id
        )
    # Who has left stands there no more, and nobody takes the place unasked.
    page.goto(street.address)
    expect(page).to_have_url(re.compile("/clerk$"))
    expect(page.locator("main")).not_to_contain_text("李梅")


@pytest.mark.parametrize("english", [False, True])
@pytest.mark.parametrize("size", [PHONE, WIDE], ids=["phone", "wide"])
def test_directory_and_shop_page_are_accessible_and_fit(open_page, live_server, street, size, english):
    look = "en" if english else "zh"
    member = page_of(
        open_page, live_server, street.wang, size=size, english=english, locale="en" if english else "zh-CN"
    )
    for name, address in [("shops", "/shops"), ("shop", f"/shops/{street.counter.shop.number}")]:
        member.goto(address)
        well_made(member, f"{name}-{look}")


def test_an_order_sent_twice_by_a_double_tap_is_one_charge(live_server, street):
    with live_server.app.app_context():
        key = new_id()
        first = build.show(street.counter, key=key)
        assert build.show(street.counter, key=key).body == first.body
