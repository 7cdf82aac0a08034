"""The main job from end to end: plates before a camera, a round walked, points for the squad, seen on the wall.

The pictures of the README come from here (`make screenshots`).
"""

import pytest
from playwright.sync_api import Page, expect

import members.queries
import points.queries
from core import clock
from core.db import db
from members.queries import MemberFacts
from points import board_views, leaderboard
from tests.support import points_builders, screens
from tests.support.browser import PHONE, assert_accessible, assert_fits, screenshot

RESULT = "dialog[data-result]"
WALKER = "王小芳"
#: A film runs in a circle; by then every plate has been before the camera several times.
MOST_RESULTS = 12


@pytest.fixture
def live_server(serve_demo):
    return serve_demo()


@pytest.fixture
def alliance(live_server, monkeypatch):
    """The demo alliance, where the walker's squad is one point behind the squad above it."""
    monkeypatch.setattr(board_views, "WALL_REFRESH_SECONDS", 1)
    with live_server.app.app_context():
        walker = _member(WALKER)
        board = leaderboard.squad_board("week", "total").standings
        own = board.line(walker.squad_id)
        above = board.at(own.rank - 1)
        gap = above.points - own.points
        if gap > 1:
            points_builders.earn(walker.id, gap - 1, squad_id=walker.squad_id)
        db.session.rollback()
        yield walker, above.name


@pytest.fixture
def plates(live_server, alliance):
    with live_server.app.app_context():
        return screens.plates("南门岗亭", "三号楼车棚", "配电房", route="花木兰午后巡逻", cooldown_minutes=0)


def _member(name: str) -> MemberFacts:
    return members.queries.facts(members.queries.search(name).items[0].id)


def names_on(wall: Page) -> list[str]:
    return [each.strip() for each in wall.locator(".wall-row .row-body").all_inner_texts()]


@pytest.mark.timeout(400)
def test_plates_before_the_camera_become_points_for_the_squad(
    alliance, plates, live_server, open_page, camera_browser
):
    walker, above = alliance
    wall = _wall(open_page, live_server)
    squad = "花木兰女子巡逻队"
    before = names_on(wall)
    assert before.index(above) == before.index(squad) - 1

    phone = open_page(
        browser=camera_browser([(plate.picture(), 2.5) for plate in plates]),
        permissions=["camera"],
        size=PHONE,
    )
    phone.clock.set_fixed_time(clock.now())
    screens.sign_in(phone, live_server, walker)
    had = _points(live_server, walker)
    _look_at(phone, "/", "home", shows=".pass-code svg")
    seen = _walk(phone)
    assert seen == ["南门岗亭", "三号楼车棚", "配电房"]
    assert _points(live_server, walker) == had + 2

    # The wall opens the eyes of the whole police room without anybody touching it.
    expect(wall.locator(".wall-row .row-body").nth(before.index(above))).to_contain_text(squad)
    screenshot(wall, "wall", full=False)
    _look_at(phone, "/leaderboard?by=total", "leaderboard", shows=".podium")
    _look_at(phone, "/me/statement", "statement", shows="h2.day")
    with live_server.app.app_context():
        db.session.rollback()
        assert points_builders.faults() == {}


def _wall(open_page, live_server) -> Page:
    wall = open_page(size={"width": 1280, "height": 720})
    wall.clock.set_fixed_time(clock.now())
    with live_server.app.app_context():
        coordinator = _member("张建军")
    screens.sign_in(wall, live_server, coordinator)
    wall.goto("/wall?by=total")
    expect(wall.locator(".wall-row").first).to_be_visible()
    return wall


def _points(live_server, member) -> int:
    with live_server.app.app_context():
        db.session.rollback()
        return points.queries.balance(member.id)


def _look_at(page: Page, path: str, name: str, *, shows: str) -> None:
    page.goto(path)
    expect(page.locator(shows).first).to_be_visible()
    assert_fits(page)
    assert_accessible(page)
    screenshot(page, name, full=False)


def _walk(phone: Page) -> list[str]:
    """Scan what comes before the camera until the round is complete; the places in order of their visits."""
    phone.goto("/scan")
    seen: list[str] = []
    for _ in range(MOST_RESULTS):
        # A slow line shows "sending" first, and a closed dialog keeps the look of the last answer.
        dialog = phone.locator(f"{RESULT}:is(.result-ok, .result-warn, .result-refuse)")
        expect(dialog).to_be_visible(timeout=20_000)
        text = dialog.inner_text()
        place = next((name for name in ("南门岗亭", "三号楼车棚", "配电房") if name in text), None)
        assert place, f"what is this? {text}"
        if "result-ok" in (dialog.get_attribute("class") or "") and place not in seen:
            seen.append(place)
        if "+2" in text:
            screenshot(phone, "result", full=False)
            return seen
        phone.locator(f"{RESULT} .button-main").click()
    raise AssertionError(f"the round was not completed; seen: {seen}")
