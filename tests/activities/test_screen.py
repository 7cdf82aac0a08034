"""The code at the door: on a screen that was enrolled with a join code, without anybody being signed in at it."""

import pytest

import members.queries
import members.service
from core.auth import SYSTEM
from tests.support import activities_builders as build
from tests.support import members_builders as people


@pytest.fixture
def desk(app, clock):
    return people.staff()


@pytest.fixture
def ask(app):
    """Asks for a page or the interface as the device with a token (None: as a stranger)."""

    def get(path, token=None):
        return app.test_client().get(path, headers={"Authorization": f"Bearer {token}"} if token else {})

    return get


def test_an_enrolled_screen_shows_the_code_of_what_is_on_and_goes_on_by_itself(desk, ask, clock):
    token = people.device("activity.show", name="门口平板")
    assert "data-typed" not in ask("/activities/screen", token).text
    first = build.activity(desk)
    shown = ask("/activities/screen", token)
    assert shown.status_code == 200
    assert "data-typed" in shown.text
    assert first.title in shown.text
    second = build.activity(desk, title="消防演练")
    both = ask("/activities/screen", token).text
    assert "data-typed" not in both
    assert f"activity={second.number}" in both
    assert "消防演练" in ask(f"/activities/screen?activity={second.number}", token).text
    told = ask("/api/v1/activities/showing", token).json["items"]
    assert [each["number"] for each in told] == [first.number, second.number]
    assert ask(f"/api/v1/activities/{first.number}/code", token).json["typed"]
    build.close(desk, second)
    assert "data-typed" in ask(f"/activities/screen?activity={second.number}", token).text, "of the other one"
    clock.tick(hours=4)
    assert "data-typed" not in ask("/activities/screen", token).text


def test_a_screen_that_is_shut_out_or_enrolled_for_something_else_shows_nothing(desk, ask):
    line = build.activity(desk)
    pages = ("/activities/screen", f"/api/v1/activities/{line.number}/code", "/api/v1/activities/showing")
    token, wall = people.device("activity.show"), people.device("wall.read")
    assert [ask(page, wall).status_code for page in pages] == [200, 403, 403]
    for other in (None, wall):
        assert "data-enrol" in ask(pages[0], other).text
        assert line.title not in ask(pages[0], other).text
    assert ask(f"/desk/activities/{line.number}", token).status_code == 403
    assert ask(f"/api/v1/activities/{line.number}/attendance", token).status_code == 403
    device = next(each for each in members.queries.devices() if "activity.show" in each.permissions)
    members.service.revoke_device(SYSTEM, device.id)
    assert [ask(page, token).status_code for page in pages] == [401, 401, 401]


def test_a_screen_shows_no_more_than_who_answers_for_it_may(desk, ask):
    officer = people.member("周警官", "coordinator")
    token = people.device("activity.show", responsible=officer)
    line = build.activity(desk)
    assert "data-typed" in ask("/activities/screen", token).text
    members.service.suspend(SYSTEM, officer.id, "查证")
    assert ask(f"/api/v1/activities/{line.number}/code", token).status_code == 401
