"""Letters of encouragement on a small phone: written, printed, withdrawn, checked."""

from playwright.sync_api import expect

from core.codes import grouped
from honours import queries
from tests.support import honours_builders as build
from tests.support import members_builders as people
from tests.support import screens
from tests.support.browser import PHONE, assert_accessible, assert_fits, screenshot


def test_a_letter_is_written_at_the_desk_and_checked_by_whoever_holds_it(open_page, live_server):
    with live_server.app.app_context():
        coordinator, wang = people.member("李警官", "coordinator"), people.member("王小芳")
    page = open_page(size=PHONE)
    screens.sign_in(page, live_server, coordinator)
    page.goto(f"/desk/members/{wang.id}")
    page.get_by_role("link", name="颁发鼓励书").click()
    page.get_by_label("感谢事由（中文）").fill(build.OCCASION)
    assert_fits(page)
    assert_accessible(page)
    screenshot(page, "letter-new")
    page.get_by_role("button", name="颁发鼓励书").click()
    expect(page.get_by_text("已颁发，现在可以打印")).to_be_visible()
    page.get_by_text("撤销鼓励书").first.click()
    assert_fits(page)
    assert_accessible(page)
    screenshot(page, "letter-desk")
    page.goto("/desk/letters")
    assert_fits(page)
    assert_accessible(page)
    with live_server.app.app_context():
        (letter,) = queries.letters().items
        code = grouped(queries.code_of(letter.id))
    stranger = open_page(size=PHONE)
    stranger.goto("/letters/check")
    stranger.get_by_label("鼓励书上的编码").fill(code.lower())
    stranger.get_by_role("button", name="查验").click()
    expect(stranger.get_by_text("此鼓励书真实有效")).to_be_visible()
    assert "王小芳" not in stranger.content()
    assert_fits(stranger)
    assert_accessible(stranger)
    screenshot(stranger, "letter-check")
    owner = open_page(size=PHONE)
    screens.sign_in(owner, live_server, wang)
    owner.goto("/letters")
    expect(owner.get_by_role("link", name="中文版 PDF")).to_be_visible()
    assert_fits(owner)
    assert_accessible(owner)
    screenshot(owner, "letter-own")
