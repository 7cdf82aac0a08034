"""The desk shows how far the week has got towards the goals that the settings name."""

from datetime import timedelta

from tests.conftest import WEDNESDAY
from tests.support import members_builders as people
from tests.support import points_builders as build


def test_the_week_counts_towards_its_goals_and_no_other_week_does(make_app, clock):
    app = make_app(week_deeds_goal=3)
    with app.app_context():
        desk = people.member("张警官", "coordinator")
        clock.move_to(WEDNESDAY - timedelta(days=7))
        build.earn(desk.id, 1)
        clock.move_to(WEDNESDAY)
        build.earn(desk.id, 1)
        build.earn(desk.id, 1)
        client = app.test_client()
        people.sign_in(client, desk)
        page = client.get("/desk").text
    assert "本周目标" in page
    assert "好事：2 / 3" in page


def test_without_goals_the_desk_speaks_of_none(app, clock):
    desk = people.member("张警官", "coordinator")
    client = app.test_client()
    people.sign_in(client, desk)
    assert "本周目标" not in client.get("/desk").text
