"""A scanner on a cable at a tablet: it types the code quickly and ends with Enter, wherever the focus stands."""

import re

from playwright.sync_api import Page, expect

import points.service
from core.codes import Code
from tests.support import counter_builders as build
from tests.support import members_builders as people
from tests.support import merchants_builders as shops
from tests.support import screens
from tests.support.browser import TABLET, assert_accessible, assert_fits, screenshot


def scan(page: Page, code: Code, base_url: str) -> None:
    """What the cable brings: the whole address in the code, key by key."""
    page.keyboard.type(f"{base_url}/q#{code.text}")
    page.keyboard.press("Enter")


def test_a_card_is_awarded_wherever_the_focus_stands(open_page, live_server):
    with live_server.app.app_context():
        points.service.install_tariff()
        officer = people.member("李警官", "coordinator")
        cards = [people.card(people.member(f"志愿者{n}")) for n in range(4)]
    page = open_page(size=TABLET)
    screens.sign_in(page, live_server, officer)
    page.goto("/desk/award/run?rule=lead")
    accepted = page.locator("[data-lines] [data-state=accepted]")
    page.locator("[data-award-run] summary").first.click()
    page.fill("#memo", "雨夜")
    for done, (focus, card) in enumerate(
        zip(("#rule_code", "#memo", "#who", "main a >> nth=0"), cards, strict=True)
    ):
        page.focus(focus)
        scan(page, card, live_server.base_url)
        expect(accepted).to_have_count(done + 1)
    assert all("+20" in each for each in accepted.all_inner_texts())
    expect(page.locator("#rule_code")).to_have_value("lead")
    expect(page.locator("#memo")).to_have_value("雨夜")
    expect(page).to_have_url(re.compile(r"/desk/award/run\?rule=lead$"))


def test_at_a_shops_counter_the_scanner_says_whose_points_are_taken_for_the_amount_typed(
    open_page, live_server
):
    with live_server.app.app_context():
        counter, wang = build.a_counter(), build.payer(100)
        shops.an_offer(counter.shop, name="理发一次", name_en="Haircut", points=30)
        code, clerk = build.phone_code(wang), build.facts(counter.clerk)
    page = open_page(size=TABLET)
    screens.sign_in(page, live_server, clerk)
    page.goto(f"/counter/{counter.shop.id}")
    assert_accessible(page)
    page.fill(".counter-input", "25")
    scan(page, code, live_server.base_url)
    expect(page).to_have_url(re.compile("/charges/"))
    expect(page.locator("main")).to_contain_text("25")
    expect(page.locator("main")).to_contain_text("王*芳")
    assert_fits(page)
    screenshot(page, "counter-hand-scanner")
    page.goto(f"/counter/{counter.shop.id}")
    page.fill(".counter-input", "12")
    page.keyboard.press("Enter")
    expect(page.locator(".order-letters"), "a hand that presses Enter shows the code").to_be_visible()
