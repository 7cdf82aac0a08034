"""Browsers that keep nothing, as private windows do: the page says so at once, and claims nothing."""

from playwright.sync_api import Page, expect

import patrols.queries
from points import queries, service
from tests.support import members_builders as people
from tests.support import screens
from tests.support.browser import PHONE, assert_accessible, assert_fits, screenshot

WITHOUT_STORAGE = "Object.defineProperty(window, 'indexedDB', { value: undefined })"
#: What a page may say only where it is true: in Chinese and English.
CLAIMS = ("已存", "不会丢", "kept on this phone", "Kept on this phone", "Kept in this browser", "scan kept")


def claims(page: Page) -> list[str]:
    text = page.locator("body").inner_text()
    return [each for each in CLAIMS if each in text]


def closing_is_asked(page: Page) -> bool:
    """Try to close the page, and stay where it asks."""
    with page.expect_event("dialog") as asked:
        page.close(run_before_unload=True)
    asked.value.dismiss()
    return asked.value.type == "beforeunload"


def test_a_scan_that_is_not_kept_is_called_so_and_sent_as_long_as_the_page_is_open(open_page, live_server):
    with live_server.app.app_context():
        walker, (plate, *_rest) = people.member("王小芳"), screens.plates("东门", "车棚")
    page = open_page(size=PHONE)
    page.add_init_script(WITHOUT_STORAGE)
    screens.sign_in(page, live_server, walker)
    page.goto("/scan")
    expect(page.locator("[data-keeps-nothing]")).to_contain_text("这个浏览器不保存记录")
    page.context.set_offline(True)
    screens.type_code(page, plate.code.text)
    result = page.locator("[data-result].result-warn")
    expect(result).to_contain_text("还没发出去")
    expect(result).to_contain_text("不能保存")
    assert claims(page) == []
    assert_accessible(page)
    result.get_by_role("button", name="继续扫码").click()
    expect(page.locator("[data-queue-title]")).to_have_text("有 1 条还没发出去")
    assert claims(page) == []
    assert_fits(page)
    screenshot(page, "nothing-kept-360")
    assert closing_is_asked(page)
    page.context.set_offline(False)
    expect(page.locator("[data-queue-list] [data-state=accepted]")).to_have_count(1)
    with live_server.app.app_context():
        round_ = patrols.queries.open_round(walker.id)
        assert [stop.name for stop in round_.stops if stop.state == "done"] == ["东门"]


def test_awards_that_are_not_kept_are_called_so_and_posted_as_long_as_the_page_is_open(
    open_page, live_server
):
    with live_server.app.app_context():
        service.install_tariff()
        officer = people.member("李警官", "coordinator", language="en")
        helpers = [people.member(f"志愿者{number}") for number in range(2)]
        cards = [people.card(each).text for each in helpers]
    page = open_page(size=PHONE, locale="en")
    page.add_init_script(WITHOUT_STORAGE)
    screens.sign_in(page, live_server, officer)
    page.goto("/desk/award/run?rule=lead")
    expect(page.locator("[data-keeps-nothing]")).to_contain_text("This browser keeps nothing")
    page.context.set_offline(True)
    for code in cards:
        page.fill("#who", code)
        page.keyboard.press("Enter")
        expect(page.locator("#who")).to_have_value("")
    waiting = page.locator("[data-lines] [data-state=waiting]")
    expect(waiting).to_have_count(2)
    expect(waiting.first).to_contain_text("Not kept in this browser")
    assert claims(page) == []
    assert_accessible(page)
    assert_fits(page)
    screenshot(page, "nothing-kept-awards-360")
    waiting.first.locator("[data-undo]").click()
    expect(waiting).to_have_count(1)
    assert closing_is_asked(page)
    page.context.set_offline(False)
    expect(page.locator("[data-lines] [data-state=accepted]")).to_have_count(1)
    with live_server.app.app_context():
        assert [queries.balance(each.id) for each in helpers] == [20, 0]
