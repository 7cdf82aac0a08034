"""A notice on a phone: it counts as read once it was in sight for a moment, and the desk sees that."""

from playwright.sync_api import expect

from tests.support import members_builders as people
from tests.support import notices_builders as build
from tests.support import screens
from tests.support.browser import PHONE, assert_accessible, assert_fits, screenshot


def test_a_notice_on_the_first_page_is_read_by_being_looked_at(open_page, live_server):
    with live_server.app.app_context():
        squad_id = people.squad("花木兰巡逻队")
        coordinator, reader = people.member("李警官", "coordinator"), people.member(squad_id=squad_id)
        notice_id = build.send(people.actor(coordinator))
    page = open_page(size=PHONE)
    screens.sign_in(page, live_server, reader)
    page.goto("/")
    page.locator("[data-told]").click()
    expect(page.get_by_role("heading", name="今晚停水")).to_be_visible()
    expect(page.get_by_text("已记为看过")).to_be_visible()
    expect(page.get_by_role("button", name="我看过了")).to_be_hidden()
    screenshot(page, "notice")
    desk = open_page(size=PHONE)
    screens.sign_in(desk, live_server, coordinator)
    desk.goto(f"/desk/notices/{notice_id}")
    expect(desk.get_by_text("1 / 1")).to_be_visible()
    assert_fits(desk)
    assert_accessible(desk)
    screenshot(desk, "notice-desk")
