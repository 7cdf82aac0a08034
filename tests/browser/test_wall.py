"""The display on a wall: opened by a link with a token, fresh by itself, readable from across the room."""

import re

import pytest
from playwright.sync_api import expect

import members.queries
import members.service
from core.auth import SYSTEM
from core.db import new_id
from points import board_views
from tests.support import members_builders as people
from tests.support import points_builders
from tests.support.browser import PHONE, assert_accessible, assert_fits, screenshot

SCREEN = {"width": 1920, "height": 1080}


@pytest.fixture
def town(live_server, monkeypatch):
    """Nine squads, so that the wall needs its second column, and a screen's token."""
    monkeypatch.setattr(board_views, "WALL_REFRESH_SECONDS", 1)
    with live_server.app.app_context():
        squads = {}
        for number, name in enumerate(
            ["花木兰女子巡逻队", "夕阳红巡逻队", *(f"第{each}网格巡逻队" for each in "一二三四五六七")]
        ):
            squads[name] = people.squad(name)
            team = [people.member(squad_id=squads[name]) for _ in range(5)]
            points_builders.earn(team[0].id, 100 - 10 * number, squad_id=squads[name])
        squads["token"] = people.device("wall.read", name="大厅屏幕")
        squads["code"] = members.service.create_device_code(
            SYSTEM,
            key=new_id(),
            label="活动室屏幕",
            permissions=["wall.read"],
            responsible_id=people.member("周主任", "administrator").id,
        ).code.text
    return squads


@pytest.fixture
def wall(open_page, town):
    page = open_page(size=SCREEN)
    page.goto(f"/wall?by=total#{town['token']}")
    expect(page.locator(".wall-row")).to_have_count(9)
    return page


def test_the_desk_sees_when_the_display_was_last_there(open_page, live_server, town) -> None:
    page = open_page(size=SCREEN)
    with page.expect_response("**/api/v1/devices/presence") as said:
        page.goto(f"/wall?by=total#{town['token']}")
    assert said.value.status == 204
    with live_server.app.app_context():
        (device,) = members.queries.devices()
        assert device.last_used_at is not None


def names(page):
    return page.locator(".wall-row .row-body")


def test_a_link_with_a_token_shows_the_board_and_keeps_the_token_out_of_every_address(open_page, town):
    page = open_page(size=SCREEN)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"/wall?by=total#{town['token']}")
    expect(names(page).first).to_have_text("花木兰女子巡逻队")
    assert all(town["token"] not in url.partition("#")[0] for url in asked)


def test_without_a_token_there_is_an_empty_frame(open_page, town):
    page = open_page(size=SCREEN)
    page.goto("/wall")
    expect(page.locator(".wall-row")).to_have_count(0)
    expect(page.locator("main")).not_to_contain_text("花木兰")


def test_a_screen_enrols_with_a_join_code_and_keeps_its_link(open_page, town):
    page = open_page(size=SCREEN)
    page.goto("/wall?by=total")
    page.fill("#code", town["code"])
    page.click("[data-enrol] button")
    expect(names(page).first).to_have_text("花木兰女子巡逻队")
    page.reload()
    expect(names(page).first).to_have_text("花木兰女子巡逻队")


def test_a_wrong_join_code_is_told_and_can_be_typed_again(open_page, town):
    page = open_page(size=PHONE)
    page.goto("/wall")
    assert_accessible(page)
    assert_fits(page)
    page.fill("#code", "C7K4M9QX2PRTA")
    page.click("[data-enrol] button")
    expect(page.locator("[data-complaint]")).not_to_be_empty()
    expect(page.locator("#code")).to_have_value("C7K4M9QX2PRTA")
    screenshot(page, "wall-enrol")


def test_a_screen_that_was_shut_out_shows_nothing_any_more(wall, live_server):
    with live_server.app.app_context():
        (device,) = members.queries.devices()
        members.service.revoke_device(SYSTEM, device.id)
    expect(wall.locator("[data-enrol]")).to_be_visible()
    expect(wall.locator(".wall-row")).to_have_count(0)


def test_a_squad_that_overtakes_moves_up_without_anybody_touching_the_screen(wall, town, live_server):
    expect(names(wall).first).to_have_text("花木兰女子巡逻队")
    with live_server.app.app_context():
        member = people.member(squad_id=town["夕阳红巡逻队"])
        points_builders.earn(member.id, 50, squad_id=town["夕阳红巡逻队"])
    expect(names(wall).first).to_have_text("夕阳红巡逻队")
    expect(wall.locator(".wall-row .row-value").first).to_have_text("140")


def test_a_row_that_changes_its_place_is_seen_to_move(wall, town, live_server):
    wall.emulate_media(reduced_motion="no-preference")
    # Animations are over in a second: they are written down as they begin.
    wall.evaluate(
        """() => {
          const animate = Element.prototype.animate;
          Element.prototype.animate = function (...about) {
            document.body.dataset.moved = (document.body.dataset.moved || "") + this.dataset.key + " ";
            return animate.apply(this, about);
          };
        }"""
    )
    with live_server.app.app_context():
        points_builders.earn(
            people.member(squad_id=town["夕阳红巡逻队"]).id, 50, squad_id=town["夕阳红巡逻队"]
        )
    expect(names(wall).first).to_have_text("夕阳红巡逻队")
    swapped = {str(town["夕阳红巡逻队"]), str(town["花木兰女子巡逻队"])}
    # In whatever order; the names may be there before the first of them has begun to move.
    expect(wall.locator("body")).to_have_attribute(
        "data-moved", re.compile("".join(f"(?=.*{each})" for each in swapped))
    )
    assert set(wall.locator("body").get_attribute("data-moved").split()) == swapped


def test_when_the_line_is_down_the_last_board_stays_and_says_so(wall):
    wall.context.set_offline(True)
    expect(wall.locator("main[data-stale]")).to_be_visible()
    expect(names(wall).first).to_have_text("花木兰女子巡逻队")
    wall.context.set_offline(False)
    expect(wall.locator("main[data-stale]")).to_have_count(0)


def test_everything_fits_one_screen_and_large_letters_stay_large(wall):
    assert_fits(wall)
    bottom = wall.locator(".wall-foot").bounding_box()
    assert bottom["y"] + bottom["height"] <= SCREEN["height"]
    # Two hundredths of the screen's width are 20 mm on a common television: read from five metres.
    letters = names(wall).first.evaluate("element => parseFloat(getComputedStyle(element).fontSize)")
    assert letters >= SCREEN["width"] * 0.02
    for row in names(wall).all():
        assert row.evaluate("element => element.scrollWidth <= element.clientWidth")
    assert_accessible(wall)
    screenshot(wall, "wall", full=False)


def test_a_coordinator_looks_at_the_wall_on_a_phone(open_page, live_server, town):
    page = open_page(size=PHONE)
    page.goto(f"/wall?by=total#{town['token']}")
    expect(page.locator(".wall-row")).to_have_count(9)
    assert_fits(page)
    assert_accessible(page)


def test_the_clock_on_the_wall_is_the_programmes(wall):
    expect(wall.locator("time[data-now]")).to_have_text(re.compile(r"^\d\d:\d\d$"))
