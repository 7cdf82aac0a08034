"""Who came to an activity, as a list for awards besides what its closing gives."""

import pytest

import members.service
import points.queries
from core.db import new_id
from tests.support import activities_builders as build
from tests.support import members_builders as people


@pytest.fixture
def town(app, clock):
    """A coordinator's browser, and an activity to which three came, one of them under a membership that is gone."""
    cast = people.cast()
    desk = people.actor(cast.coordinator)
    line = build.activity(desk)
    gone = people.member("李梅")
    for each in (cast.owner, gone, cast.mate):
        build.attend(people.actor(each), line)
    people.merge(people.actor(cast.administrator), gone, cast.mate)
    client = app.test_client()
    people.sign_in(client, cast.coordinator)
    headers = {"X-CSRF-Token": client.get("/api/v1/session").json["csrf_token"]}

    def post(rule_code, who, key):
        form = {"key": str(key), "rule_code": rule_code, "member_id": [str(each.id) for each in who]}
        return client.post(f"/desk/award/activity/{line.number}", data=form, headers=headers)

    return cast, desk, line, client, post


def test_who_came_is_awarded_once_more_for_something_else(town):
    cast, desk, line, client, post = town
    address = f"/desk/award/activity/{line.number}"
    assert 'name="member_id"' not in client.get(address).text, "the closing awards them first"
    assert "/desk/award/activity/" not in client.get("/desk/award/file").text
    build.close(desk, line)
    assert address in client.get("/desk/award/file").text
    assert client.get(address).text.count('name="member_id"') == 2, "each person once"
    key, both = new_id(), (cast.owner, cast.mate)
    for _tap in range(2):
        assert post("training", [*both, cast.administrator], key).status_code == 303
    assert [points.queries.balance(each.id) for each in both] == [55, 55]
    assert points.queries.balance(cast.administrator.id) == 0, "he was not there"
    extra = points.queries.statement(cast.owner.id).items[0]
    assert (extra.subject_type, extra.happened_at) == ("award", line.starts_at)


def test_the_deed_of_the_closing_is_not_given_again_and_who_left_cannot_be_ticked(town):
    cast, desk, line, client, post = town
    post("training", [cast.owner], new_id())
    assert points.queries.balance(cast.owner.id) == 0, "it was not closed"
    build.close(desk, line)
    members.service.leave(people.actor(cast.owner), cast.owner.id)
    assert client.get(f"/desk/award/activity/{line.number}").text.count("disabled") == 1
    post("care", [cast.mate], new_id())
    post("training", [cast.owner], new_id())
    assert [points.queries.balance(each.id) for each in (cast.mate, cast.owner)] == [50, 50]
    assert client.get("/desk/award/activity/999").status_code == 404
