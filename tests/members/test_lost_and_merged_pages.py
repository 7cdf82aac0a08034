"""At the desk: a lost card and a new phone from one place, two memberships made one, and who should be rung up."""

import re

import pytest

import members.queries
import members.service
import points.queries
from core import audit
from core.db import new_id
from members.errors import CardUnknown, NameInvalid, OneTimeCodeWrong, PhoneTaken
from tests.members.test_pages import browser, send
from tests.support import members_builders as people
from tests.support import points_builders as build


@pytest.fixture(autouse=True)
def here(app, clock):
    return app


@pytest.fixture
def cast(here):
    return people.cast(language="en")


def code_sent_to(phone):
    return next(each.code for each in members.queries.outbox() if each.phone == phone)


def known_by(member):
    (entry,) = [
        each for each in audit.entries(subject_id=member.id).items if each.action == "member.phone_changed"
    ]
    return entry.data


def give(actor, member, phone, **details):
    return members.service.give_phone(actor, member.id, phone, network_address="203.0.113.5", **details)


def test_a_lost_card_is_dead_and_its_successor_on_the_printer_after_four_steps(app, cast):
    old = people.card(cast.owner)
    desk = browser(app, cast.coordinator)
    assert "/desk/lost" in desk.get("/desk").text  # one: the button on the first page
    assert (
        f"/desk/members/{cast.owner.id}/lost"
        in desk.get("/desk/lost?search=王小芳", follow_redirects=True).text
    )
    address = f"/desk/members/{cast.owner.id}/lost"
    page = send(desk, address, f"{address}/card")
    assert "member-card-number" in page.text
    assert members.queries.spoken_number(cast.owner.number) in page.text
    with pytest.raises(CardUnknown):
        members.service.read_card(old)


def test_one_who_is_found_alone_is_shown_at_once_and_blocked_cards_wait_there(app, cast):
    people.card(cast.mate)
    members.service.revoke_card(people.actor(cast.mate), cast.mate.id)
    desk = browser(app, cast.coordinator)
    assert "1 blocked card" in desk.get("/desk").text
    assert cast.mate.name in desk.get("/desk/lost").text
    found = desk.get(f"/desk/lost?search={cast.owner.number}")
    assert found.headers["Location"].endswith(f"{cast.owner.id}/lost")


def test_a_new_number_is_known_by_a_code_that_was_sent_to_it(cast):
    staff, phone = people.actor(cast.coordinator), people.fresh_phone()
    epoch = members.queries.signed_in(cast.owner.id, cast.owner.id).session_epoch
    members.service.send_phone_code(staff, phone=phone, network_address="203.0.113.5", language="en")
    with pytest.raises(OneTimeCodeWrong):
        give(staff, cast.owner, phone, code="000000", reason="认识")
    assert give(staff, cast.owner, phone, code=code_sent_to(phone)) == "code"
    assert members.queries.record(cast.owner.id).phone == phone
    assert members.queries.signed_in(cast.owner.id, cast.owner.id).session_epoch > epoch
    assert known_by(cast.owner) == {"known": "code", "reason": ""}


def test_without_a_code_card_and_pin_are_enough_else_a_reason_is_kept(cast):
    staff, old = people.actor(cast.coordinator), members.queries.record(cast.mate.id).phone
    with pytest.raises(NameInvalid):
        give(staff, cast.mate, people.fresh_phone())
    with pytest.raises(PhoneTaken):
        give(staff, cast.mate, members.queries.record(cast.owner.id).phone, reason="认识多年")
    give(staff, cast.mate, people.fresh_phone(), reason=f"看过{cast.mate.name}的身份证，旧号{old}")
    assert known_by(cast.mate) == {"known": "seen", "reason": "看过…的身份证，旧号…"}
    card = people.card(cast.owner)
    members.service.set_pin(people.actor(cast.administrator), cast.owner.id, people.PIN)
    members.service.open_desk_session(staff, card=card, pin=people.PIN)
    assert give(staff, cast.owner, people.fresh_phone()) == "card"


def test_a_coordinator_makes_two_one_and_takes_them_apart_at_the_desk(app, cast):
    twin = people.member(cast.owner.name, "resident", phone=None, squad_id=cast.squad_id)
    build.earn(twin.id, 12)
    desk = browser(app, cast.coordinator)
    listed = desk.get("/desk/members/duplicates").text
    (address,) = re.findall(r"/desk/members/[\w-]+/merge\?with=[\w-]+", listed)
    assert address == f"/desk/members/{twin.id}/merge?with={cast.owner.id}"
    page = desk.get(address).text
    assert "12 points go over" in page
    assert "another coordinator has to agree first" in page
    done = send(desk, address, f"/desk/members/{twin.id}/merge", reason="同一人")
    assert "Proposed. Nothing has moved yet" in done.text
    assert points.queries.balance(cast.owner.id) == 0
    assert "something waits for a second coordinator" in desk.get(address).text
    assert "To be made one with" in desk.get(f"/desk/members/{cast.owner.id}").text
    assert "1 merge to agree to" not in desk.get("/desk").text
    colleague = browser(app, people.member("周明", "coordinator", language="en"))
    assert "1 merge to agree to" in colleague.get("/desk").text
    waiting = "/desk/members/merges"
    (agree,) = re.findall(rf'action="({waiting}/[\w-]+/agree)"', colleague.get(waiting).text)
    done = send(colleague, waiting, agree.replace("agree", "decline"), reason="")
    assert "Nothing has moved" not in done.text
    done = send(colleague, waiting, agree)
    assert "Agreed: the two are one now; 12 points went over" in done.text
    assert "has agreed" in desk.get(f"{waiting}?state=done").text
    assert points.queries.balance(cast.owner.id) == 12
    closed = f"/desk/members/{twin.id}"
    assert "gone up in" in desk.get(closed).text
    (undo,) = re.findall(r'action="(/desk/merges/[\w-]+/undo)"', desk.get(closed).text)
    assert "Two memberships again; 12 points went back" in send(desk, closed, undo).text


def test_what_hinders_a_merge_is_listed_and_two_people_stay_two(app, cast):
    twin = people.member(cast.owner.name, "resident", phone=None, squad_id=cast.squad_id)
    members.service.suspend(people.actor(cast.coordinator), twin.id, "争吵")
    desk = browser(app, cast.coordinator)
    page = desk.get(f"/desk/members/{twin.id}/merge?with={cast.owner.number}").text
    assert "This has to end first" in page
    assert "Make them one" not in page
    members.service.reinstate(people.actor(cast.coordinator), twin.id)
    listed = "/desk/members/duplicates"
    assert "two people" in send(desk, listed, f"{listed}/apart").text
    assert "Nobody looks registered twice" in desk.get(listed).text
    assert "no other member with this number" in desk.get(f"/desk/members/{twin.id}/merge?with=9").text


def test_those_who_were_long_unseen_are_let_rest_together(app, cast, clock):
    clock.tick(days=800)
    desk = browser(app, cast.coordinator)
    page = desk.get("/desk/members/dormant")
    phone = members.queries.record(cast.owner.id).phone
    assert f"tel:{phone}" in page.text
    chosen = [str(cast.owner.id), str(cast.mate.id), str(cast.administrator.id), str(new_id())]
    done = send(desk, "/desk/members/dormant", "/desk/members/dormant/rest", member_ids=chosen)
    assert "2 members rest now" in done.text
    assert "2 could not be changed" in done.text
    assert members.queries.facts(cast.owner.id).status == "on_leave"
    assert members.queries.squad(cast.squad_id).active_members == 0
    assert "Tick somebody first" in send(desk, "/desk/members/dormant", "/desk/members/dormant/rest").text


def test_the_desk_sees_who_helps_whom_and_ends_it(app, cast):
    helped = people.managed(people.actor(cast.owner))
    desk = browser(app, cast.coordinator)
    page = desk.get("/desk/members/helped").text
    assert helped.name in page
    assert cast.owner.name in page
    ended = send(desk, "/desk/members/helped", f"/desk/members/{helped.id}/helper/end")
    assert "The help has ended" in ended.text
    assert members.queries.facts(helped.id).helper_id is None


def test_programs_merge_and_undo_once_by_key(app, cast):
    twin = people.member(cast.owner.name, phone=None)
    build.earn(twin.id, 12)
    client = app.test_client()
    people.sign_in(client, cast.coordinator)
    token = {"X-CSRF-Token": client.get("/api/v1/session").json["csrf_token"]}
    body = {"key": str(new_id()), "gone_id": str(twin.id), "kept_id": str(cast.owner.id), "reason": "同一人"}
    first, second = (client.post("/api/v1/merges", json=body, headers=token) for _ in range(2))
    assert (first.status_code, second.status_code, first.json) == (202, 200, second.json)
    (waits,) = client.get("/api/v1/merges/proposals").json["items"]
    assert (waits["id"], waits["points"], waits["state"]) == (first.json["proposal_id"], 12, "waiting")
    colleague = app.test_client()
    people.sign_in(colleague, people.member("周明", "coordinator"))
    its = {"X-CSRF-Token": colleague.get("/api/v1/session").json["csrf_token"]}
    path = f"/api/v1/merges/proposals/{waits['id']}"
    refused = client.post(f"{path}/agreement", json={"key": str(new_id())}, headers=token)
    assert (refused.status_code, refused.json["code"]) == (422, "merge_second_is_first")
    refused = colleague.post(f"{path}/refusal", json={"key": str(new_id())}, headers=its)
    assert refused.status_code == 422
    agreed = colleague.post(f"{path}/agreement", json={"key": str(new_id())}, headers=its)
    assert (agreed.status_code, agreed.json["outcome"]) == (201, "agreed")
    late = client.post(f"{path}/cancellation", json={"key": str(new_id())}, headers=token)
    assert (late.status_code, late.json["code"]) == (409, "merge_proposal_closed")
    undo = f"/api/v1/merges/{agreed.json['merge_id']}/undo"
    assert client.post(undo, json={"key": str(new_id())}, headers=token).json["phone"] == "none"
    refused = client.post(undo, json={"key": str(new_id())}, headers=token)
    assert (refused.status_code, refused.json["code"]) == (422, "merge_undone")
    pairs = client.get("/api/v1/members/duplicates").json["items"]
    assert {pairs[0]["first"]["id"], pairs[0]["second"]["id"]} == {str(twin.id), str(cast.owner.id)}
