"""An activity from the code on the wall to the points: two screens, and a decoder that is not ours between them."""

from datetime import timedelta

from playwright.sync_api import expect

from core import clock
from tests.support import activities_builders as build
from tests.support import members_builders as people
from tests.support import screens
from tests.support.browser import PHONE, WIDE, assert_accessible, assert_fits, screenshot


def test_who_scans_the_code_on_the_wall_is_counted_there_and_paid_when_the_activity_is_closed(
    open_page, live_server
):
    with live_server.app.app_context():
        coordinator, wang = people.member("李警官", "coordinator"), people.member("王小芳")
        start = clock.now() - timedelta(minutes=5)
        line = build.activity(people.actor(coordinator), starts_at=start, ends_at=start + timedelta(hours=2))
    wall, phone = open_page(size=WIDE), open_page(size=PHONE)
    screens.sign_in(wall, live_server, coordinator)
    screens.sign_in(phone, live_server, wang)

    phone.goto("/")
    phone.get_by_role("link", name="看望独居老人").click()
    phone.get_by_role("button", name="我要参加，报名").click()
    expect(phone.get_by_text("报名成功")).to_be_visible()
    assert_fits(phone)
    assert_accessible(phone)

    wall.goto(f"/desk/activities/{line.number}")
    expect(wall.get_by_text("已报名、还没到的")).to_be_visible()
    wall.get_by_role("link", name="全屏显示签到码").click()
    expect(wall.locator("[data-came]")).to_have_text("0")
    assert_accessible(wall)
    address = screens.read_picture(wall.locator(".code-wall-qr").screenshot())

    phone.goto(address)
    expect(phone.get_by_role("heading", name="已到场")).to_be_visible()
    screenshot(phone, "activity-attended")
    expect(wall.locator("[data-came]")).to_have_text("1")
    screenshot(wall, "activity-code")

    wall.get_by_role("link", name="返回").click()
    wall.get_by_text("结束活动，给到场的人发积分").click()
    wall.get_by_label("宣传人数").fill("26")
    assert_accessible(wall)
    wall.get_by_role("button", name="结束并发放积分").click()
    expect(wall.get_by_text("已给 1 人发放积分")).to_be_visible()
    assert_fits(wall)

    phone.goto(f"/activities/{line.number}")
    expect(phone.get_by_text("您到场了，得 50 分")).to_be_visible()
    phone.goto("/me/statement")
    expect(phone.get_by_text("看望独居老人")).to_be_visible()
    expect(phone.get_by_text("+50")).to_be_visible()
