"""A list of members comes in before the eyes of whoever brought it."""

from playwright.sync_api import expect

import members.api.importing
from core.sheets import Sheet, to_xlsx
from members import admission_rules
from tests.support import members_builders as people
from tests.support import screens
from tests.support.browser import PHONE, assert_accessible, assert_fits, screenshot


def test_a_list_comes_in_while_its_page_tells_how_far_it_is(open_page, live_server, monkeypatch, tmp_path):
    monkeypatch.setattr(admission_rules, "IMPORT_BATCH", 40)
    # Between one look and the next only one batch, so that the page can be seen on its way.
    monkeypatch.setattr(members.api.importing, "_WORK_SECONDS", -1.0)
    file = tmp_path / "名单.xlsx"
    rows = [[f"会员{n}", f"1380013{n:04}"] for n in range(200)]
    file.write_bytes(to_xlsx(Sheet("名单", ["姓名", "手机号"], [*rows, ["没有号码", "12345"]])))
    with live_server.app.app_context():
        coordinator = people.member("李警官", "coordinator")
    page = open_page(size=PHONE)
    screens.sign_in(page, live_server, coordinator)
    page.goto("/desk/members/import")
    page.set_input_files("input[type=file]", file)
    page.get_by_role("button", name="先看一遍名单").click()
    expect(page.locator(".banner")).to_contain_text("还没有人加入")
    expect(page.get_by_role("row").filter(has_text="12345")).to_contain_text("这不是手机号")
    assert_fits(page)
    assert_accessible(page)
    asked, held = [], []

    def hold_the_third(route):
        asked.append(route)
        if len(asked) == 3:
            held.append(route)
        else:
            route.continue_()

    page.route("**/work", hold_the_third)
    page.get_by_role("button", name="让这 200 人加入").click()
    expect(page.locator("[data-import] strong")).to_contain_text("已处理 81 行，共 201 行")
    while not held:
        page.wait_for_timeout(50)
    held[0].continue_()
    expect(page.locator(".banner").filter(has_text="完成")).to_contain_text("已加入 200 人")
    screenshot(page, "member-import")
