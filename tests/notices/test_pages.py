"""Pages of notices: written at the desk and by a captain, read with and without script, odd input told at its field."""

import re

import pytest

import members.service
import notices.queries
from core.db import new_id
from tests.support import members_builders as people
from tests.support import notices_builders as build


@pytest.fixture
def of(app, clock):
    """A browser of this member."""

    def open_one(facts):
        client = app.test_client()
        people.sign_in(client, facts)
        return client

    return open_one


def send(client, path, **fields):
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/me").text)
    return client.post(path, data=fields | {"csrf_token": token[1]}, follow_redirects=True)


def test_the_desk_writes_a_notice_and_a_member_reads_it_without_script(of):
    desk, reader = of(people.member("李警官", "coordinator", language="en")), people.member(language="en")
    form = {"key": str(new_id()), "title_zh": "今晚停水", "text_zh": "八点到十点。", "audience": "everybody"}
    for wrong, told in (
        ({"first_day": "18.11.", "last_day": "2026-11-20"}, "must not be empty"),
        ({"first_day": "2026-11-18", "last_day": "2026-11-17"}, "lies before the first"),
        ({"first_day": "2026-11-17", "last_day": "2026-11-20"}, "This day is over"),
    ):
        again = send(desk, "/desk/notices", **(form | wrong))
        assert (again.status_code, told in again.text) == (422, True)
    days = {"first_day": "2026-11-18", "last_day": "2026-11-20"}
    sent = send(desk, "/desk/notices", **(form | days | {"key": str(new_id())}))
    assert "Nobody has read it yet" in sent.text
    phone = of(reader)
    (shown,) = notices.queries.own(reader.id).items
    assert "今晚停水" in phone.get("/").text
    assert "I have read it" in phone.get(f"/notices/{shown.id}").text
    assert notices.queries.own(reader.id).items[0].read_at is None, "a GET never writes"
    assert "Noted as read" in send(phone, f"/notices/{shown.id}/reading", version="1").text
    assert "data-told" not in phone.get("/").text
    assert "its words stay" in desk.get(f"/desk/notices/{shown.id}/edit", follow_redirects=True).text


def test_a_captain_sees_the_same_pages_for_his_squad_and_a_member_does_not(of):
    squad_id = people.squad("花木兰巡逻队")
    captain = people.member("花队长", squad_id=squad_id, language="en")
    members.service.appoint_captains(people.staff(), squad_id, captain_id=captain.id, acting_captain_id=None)
    member = of(people.member(squad_id=squad_id))
    for path in ("/desk/notices", "/desk/notices/new"):
        assert member.get(path).status_code == 403
    auditor = of(people.member("钱会计", "auditor"))
    assert [auditor.get(path).status_code for path in ("/desk/notices", "/desk/notices/new")] == [200, 403]
    phone = of(captain)
    assert "All members" not in phone.get("/desk/notices/new").text
    form = {"key": str(new_id()), "title_zh": "集合", "text_zh": "七点。", "audience": "squads"}
    form |= {"squad_ids": str(squad_id), "first_day": "2026-11-18", "last_day": "2026-11-20"}
    assert "Who has read it" in send(phone, "/desk/notices", **form).text
    assert notices.queries.sent(people.actor(captain)).items[0].squad_ids == (squad_id,)


def test_requests_that_hold_nonsense_are_refused_and_change_nothing(of):
    desk = of(people.member("李警官", "coordinator"))
    notice_id = build.send(people.staff())
    assert desk.get("/desk/notices?cursor=x").status_code == 422
    assert desk.get(f"/desk/notices/{new_id()}").status_code == 404
    assert desk.get(f"/desk/notices/{notice_id}/unread?squad_id=x&cursor=%00").status_code == 422
    assert desk.get("/desk/notices/new?replaces=x").status_code == 200
    assert send(desk, f"/desk/notices/{notice_id}/edit", version="x").status_code == 422
    assert "今晚停水" in desk.get(f"/desk/notices/{notice_id}/unread?print=1").text
    assert notices.queries.own(people.member().id).items[0].version == 1
