"""Somebody stands at the desk without card and with a new phone, and others wait behind: few steps, one place."""

from playwright.sync_api import Page, expect

import members.queries
import members.service
from tests.support import members_builders as people
from tests.support import screens
from tests.support.browser import PHONE, assert_accessible, assert_fits, screenshot

#: Taps and texts from the desk's first page to the new card on the printer, and from there to the new number.
MOST_STEPS_TO_A_CARD = 4
MOST_STEPS_TO_A_NUMBER = 5


class Steps:
    """Does what a hand does, and counts it."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def tap(self, role: str, name: str) -> None:
        self.page.get_by_role(role, name=name, exact=True).first.click()
        self.count += 1

    def type(self, label: str, text: str, *, enter: bool = False) -> None:
        field = self.page.get_by_label(label)
        field.fill(text)
        if enter:
            field.press("Enter")
        self.count += 1


def test_a_lost_card_and_a_changed_phone_are_done_in_few_steps(open_page, live_server):
    with live_server.app.app_context():
        coordinator, wang = people.member("李警官", "coordinator"), people.member("王小芳")
        people.member("王小芳")
        old, number, phone = (
            people.card(wang),
            members.queries.spoken_number(wang.number),
            people.fresh_phone(),
        )
    page = open_page(size=PHONE)
    screens.sign_in(page, live_server, coordinator)
    page.goto("/desk")
    hand = Steps(page)
    hand.tap("link", "挂失换号")
    hand.type("姓名、拼音、编号或手机号", "王小芳", enter=True)
    expect(page.get_by_text("是哪一位？")).to_be_visible()
    assert_fits(page)
    page.get_by_role("link", name=number).click()
    hand.count += 1
    expect(page.get_by_text("旧卡立即作废")).to_be_visible()
    assert_fits(page)
    assert_accessible(page)
    screenshot(page, "lost-card")
    hand.tap("button", "旧卡作废，打印新卡")
    expect(page.locator(".member-card-number")).to_have_text(number)
    assert hand.count <= MOST_STEPS_TO_A_CARD
    with live_server.app.app_context():
        assert members.queries.record(wang.id).card_generation == 2
        new = members.service.cards_to_print(people.SYSTEM, [wang.id])[0]
        assert new.text != old.text
    page.goto("/desk")
    hand = Steps(page)
    hand.tap("link", "挂失换号")
    hand.type("姓名、拼音、编号或手机号", str(wang.number), enter=True)
    hand.type("新手机号", phone)
    page.get_by_role("button", name="向新手机号发送验证码").click()
    expect(page.get_by_text("验证码已发到新手机号")).to_be_visible()
    assert_fits(page)
    screenshot(page, "new-phone")
    with live_server.app.app_context():
        (code,) = (each.code for each in members.queries.outbox() if each.phone == phone)
    hand.type("短信里的验证码", code)
    hand.tap("button", "保存新手机号")
    expect(page.get_by_text("手机号已更改").first).to_be_visible()
    assert hand.count <= MOST_STEPS_TO_A_NUMBER
    with live_server.app.app_context():
        assert members.queries.record(wang.id).phone == phone
