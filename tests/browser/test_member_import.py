"""A list of members comes in before the eyes of whoever brought it."""

from playwright.sync_api import expect

import members.api.importing
from core.sheets import Sheet, to_xlsx
from members import admission_rules
from tests.support import members_builders as people
from tests.support import screens
from tests.support.browser import PHONE, assert_accessible, assert_fits, screenshot


class Holding:
    """Holds the third question of a page for more, so that it can be looked at on its way."""

    def __init__(self, page):
        self._page, self._asked, self._held = page, 0, []
        page.route("**/work", self._ask)

    def _ask(self, route):
        self._asked += 1
        if self._asked == 3:
            self._held.append(route)
        else:
            route.continue_()

    def let_go(self):
        while not self._held:
            self._page.wait_for_timeout(50)
        self._held[0].continue_()
        self._page.unroute("**/work")


def test_a_list_is_checked_and_comes_in_while_its_page_tells_how_far_it_is(
    open_page, live_server, monkeypatch, tmp_path
):
    # Between one look and the next only one batch, so that the page can be seen on its way.
    monkeypatch.setattr(admission_rules, "CHECK_BATCH", 40)
    monkeypatch.setattr(admission_rules, "IMPORT_BATCH", 40)
    monkeypatch.setattr(members.api.importing, "_WORK_SECONDS", -1.0)
    file = tmp_path / "名单.xlsx"
    rows = [[f"会员{n}", f"1380013{n:04}"] for n in range(200)]
    file.write_bytes(to_xlsx(Sheet("名单", ["姓名", "手机号"], [["没有号码", "12345"], *rows])))
    with live_server.app.app_context():
        coordinator = people.member("李警官", "coordinator")
    page = open_page(size=PHONE)
    screens.sign_in(page, live_server, coordinator)
    page.goto("/desk/members/import")
    page.set_input_files("input[type=file]", file)
    check = Holding(page)
    page.get_by_role("button", name="先看一遍名单").click()
    expect(page.locator("[data-left-out]")).to_contain_text("第 2 行：没有号码 · 12345")
    expect(page.locator(".number-value").first).to_have_text("80")
    assert_fits(page)
    assert_accessible(page)
    screenshot(page, "member-import-check")
    check.let_go()
    expect(page.get_by_role("row").filter(has_text="12345")).to_contain_text("这不是手机号")
    assert_fits(page)
    run = Holding(page)
    page.get_by_role("button", name="让这 200 人加入").click()
    expect(page.locator("[data-import] strong")).to_contain_text("已处理 81 行，共 201 行")
    run.let_go()
    expect(page.locator(".banner").filter(has_text="完成")).to_contain_text("已加入 200 人")
    screenshot(page, "member-import")
