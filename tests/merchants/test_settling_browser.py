"""Settlement before a real browser: the desk settles a month, the owner agrees on a small phone, nothing overflows."""

import pytest
from playwright.sync_api import expect

import merchants.queries
from tests.support import browser as browsers
from tests.support import members_builders as people
from tests.support import merchants_builders as shops
from tests.support import screens
from tests.support import settlement_builders as month

LONG = "这是一个四十个字的很长很长的商户名称用来检查小屏幕上不会被裁掉也不会把页面撑开一个字"
SIZES = {"360": browsers.PHONE, "1280": browsers.WIDE}
LANGUAGES = {"zh": "zh_Hans_CN", "en": "en"}


@pytest.fixture
def town(live_server, clock):
    """Three shops with a month of payments, nothing drafted yet."""
    with live_server.app.app_context():
        month.rate(10)
        barber = shops.a_shop("小周理发店", name_en="Zhou's Barber Shop")
        grocer, long = shops.a_shop("𠮷野家㐂超市", trade="supermarket"), shops.a_shop(LONG[:40])
        month.rate(12, trade_code="supermarket")
        haircut = shops.an_offer(barber, "剪发", 30)
        with month.on(clock, "2026-10-15T12:00"):
            wang = month.payer()
            for n in range(8):
                month.take(barber, wang, 30, offer_id=haircut)
                month.take(grocer, wang, 120 + n)
            month.refund(month.take(barber, wang, 30, offer_id=haircut))
            month.voucher(barber, wang, 50)
            month.take(long, wang, 400)
    return {"barber": barber, "grocer": grocer, "long": long}


@pytest.mark.parametrize(("size", "language"), [("360", "zh"), ("1280", "en")])
def test_a_month_is_settled_at_the_desk_and_on_the_owners_phone(town, live_server, open_page, size, language):
    with live_server.app.app_context():
        officer = people.member("张警官", "coordinator", language=LANGUAGES[language])
        people_of_shop = shops.the_owner(town["barber"])
    name = f"settlement-{language}-{size}"
    desk = open_page(size=SIZES[size], locale="zh-CN" if language == "zh" else "en-GB")
    screens.sign_in(desk, live_server, officer)

    def look(page, what):
        browsers.assert_fits(page)
        browsers.assert_accessible(page)
        browsers.screenshot(page, f"{name}-{what}")

    desk.goto("/desk/settlements")
    look(desk, "1-to-draft")
    desk.locator("main .button-main").click()
    desk.wait_for_url("**/desk/settlements?month=2026-10")
    look(desk, "2-drafted")
    desk.get_by_role("link", name="小周理发店" if language == "zh" else "Zhou's Barber Shop").click()
    desk.wait_for_url("**/desk/settlements/*-*")
    look(desk, "3-draft")
    desk.locator("main .button-main").click()
    expect(desk.locator("[id$='-error']").first).to_be_visible()
    look(desk, "4-note-missing")

    with live_server.app.app_context():
        (barber, *_) = month.of()
    phone = open_page(size=browsers.PHONE)
    screens.sign_in(phone, live_server, people_of_shop)
    phone.goto(f"/shop/{town['barber'].id}/settlements")
    look(phone, "5-owner-list")
    phone.locator("main a.row").first.click()
    phone.wait_for_url(f"**/settlements/{barber.id}")
    look(phone, "6-owner-statement")
    phone.locator("main .button-main").click()
    expect(phone.locator("main .button-main")).to_have_count(0)
    look(phone, "7-owner-agreed")

    desk.goto(f"/desk/settlements/{barber.id}")
    look(desk, "8-to-pay")
    desk.fill("#reference", "转账 20261118")
    desk.locator("main .button-main").click()
    desk.locator("main form[action$='/close'] .button-main").click()
    desk.wait_for_selector("main:not(:has(.button-main))")
    look(desk, "9-filed")
    desk.goto("/desk/settlements/rates")
    look(desk, "10-rates")
    with live_server.app.app_context():
        found = merchants.queries.statements_of_month("2026-10")
        assert [each.state for each in found] == ["closed", "draft", "draft"]
