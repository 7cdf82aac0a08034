"""Printed cards and phone codes: they identify, once or until revoked, and tell strangers nothing."""

from datetime import timedelta

import pytest

import members.queries
import members.service
from core import audit, codes
from core import clock as core_clock
from core.auth import STRANGER, SYSTEM
from core.codes import CodeExpired, CodeUnknown, Kind, parse
from core.config import settings
from core.db import db, new_id
from core.errors import PermissionMissing, Unauthenticated
from core.scans import Scan
from members.errors import (
    CardExpired,
    CardMissing,
    CardRevoked,
    CardUnknown,
    CodeUsed,
    DeskSessionMissing,
    JoinCodeUnknown,
    MemberCodeForStaff,
    MemberSuspended,
)
from tests.support import members_builders as people
from tests.support import screens
from tests.support.members_builders import PIN

pytestmark = pytest.mark.usefixtures("clock")


def test_a_card_tells_whose_it_is(database_app):
    owner = people.member("王小芳")
    card = people.card(owner)
    assert members.service.read_card(card).id == owner.id


def test_a_card_is_a_picture_to_download_for_who_issues_cards(app):
    owner = people.member()
    card = people.card(owner)
    client = app.test_client()
    people.sign_in(client, people.member("张警官", "coordinator"))
    form = {"member_id": str(owner.id), "csrf_token": client.get("/api/v1/session").json["csrf_token"]}
    answer = client.post(f"/desk/cards/{owner.id}.png", data=form)
    assert answer.mimetype == "image/png"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="card-{owner.number}.png"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert parse(screens.read_picture(answer.data), settings().base_url) == card
    assert f"/desk/cards/{owner.id}.png" in client.post("/desk/cards/print", data=form).text
    assert client.get("/desk/cards/print").status_code == 405, "what a GET shows is not written down"
    assert client.post(f"/desk/cards/{people.member().id}.png", data=form).status_code == 422
    acts = [each.action for each in audit.entries(subject_id=owner.id).items]
    assert acts.count("card.printed") == 2
    people.sign_in(client, owner)
    form["csrf_token"] = client.get("/api/v1/session").json["csrf_token"]
    assert client.post(f"/desk/cards/{owner.id}.png", data=form).status_code == 403


def test_a_new_card_ends_the_old_one(database_app):
    owner = people.member()
    first, second = people.card(owner), people.card(owner)
    assert first != second
    with pytest.raises(CardUnknown):
        members.service.read_card(first)
    assert members.service.read_card(second).id == owner.id


def test_a_second_tap_on_issue_does_not_end_the_card_just_issued(database_app):
    owner, coordinator, key = people.member(), people.staff(), new_id()
    first = members.service.issue_card(coordinator, key=key, member_id=owner.id)
    again = members.service.issue_card(coordinator, key=key, member_id=owner.id)
    assert first.body == again.body
    assert members.queries.record(owner.id).card_generation == 1


def test_a_card_is_revoked_in_one_step_by_its_owner_and_again_without_harm(database_app):
    owner = people.member()
    card = people.card(owner)
    for _ in range(2):
        members.service.revoke_card(people.actor(owner), owner.id)
    with pytest.raises(CardRevoked):
        members.service.read_card(card)
    assert members.service.cards_to_print(SYSTEM, [owner.id]) == []
    with pytest.raises(CardMissing):
        members.service.revoke_card(SYSTEM, people.member("无卡").id)


def test_a_helper_revokes_the_card_of_whom_he_looks_after(app):
    helper = people.actor(people.member("儿子"))
    mother = people.managed(helper)
    card = people.card(mother)
    acting = members.queries.actor_for(members.service.act_for(helper, mother.id))
    members.service.revoke_card(acting, mother.id)
    with pytest.raises(CardRevoked):
        members.service.read_card(card)


def test_a_card_lives_two_years(app, clock):
    card = people.card(people.member())
    clock.tick(days=730)
    assert members.service.read_card(card)
    clock.tick(days=1)
    with pytest.raises(CardExpired):
        members.service.read_card(card)


def test_the_same_card_is_printed_again_from_its_generation(app):
    owner = people.member()
    people.card(owner)
    first, again = (members.service.cards_to_print(SYSTEM, [owner.id]) for _ in range(2))
    assert first == again
    kept = members.queries.record(owner.id)
    assert first[0].text.replace(" ", "") not in repr(kept)


def test_codes_of_other_kinds_are_no_cards(app):
    for kind in (Kind.JOIN, Kind.ORDER, Kind.VOUCHER):
        with pytest.raises(CardUnknown):
            members.service.read_card(codes.random_code(kind))
    forged = codes.printed_code(codes.keyring(settings()), Kind.CARD, new_id(), 1)
    with pytest.raises(CardUnknown):
        members.service.read_card(forged)


def test_only_missing_cards_are_issued_in_bulk(database_app):
    squad_id = people.squad()
    with_card, without, resting = (people.member(f"第{n}人", squad_id=squad_id) for n in range(3))
    people.card(with_card)
    members.service.take_leave(people.actor(resting), resting.id, None)
    ids = [with_card.id, without.id, resting.id]
    assert members.service.issue_missing_cards(SYSTEM, ids) == 1
    assert members.service.issue_missing_cards(SYSTEM, ids) == 0
    assert [each.member_id for each in members.service.cards_to_print(SYSTEM, ids)] == ids[:2]


# --- phone codes


def shown_by(facts):
    return members.service.phone_code(people.actor(facts))


def test_a_phone_code_tells_whose_phone_it_is_once(database_app, clock):
    owner = people.member("王小芳")
    shown = shown_by(owner)
    assert parse(shown.address, settings().base_url) == shown.code
    assert members.service.read_phone_code(shown.code, clock.now()).id == owner.id
    with pytest.raises(CodeUsed):
        members.service.read_phone_code(shown.code, clock.now())
    assert members.service.read_phone_code(shown_by(owner).code, clock.now()).id == owner.id


def test_a_phone_code_lives_from_half_a_minute_to_a_minute(app, clock):
    shown = shown_by(people.member())
    assert timedelta(seconds=30) <= shown.valid_until - clock.now() <= timedelta(seconds=60)
    clock.move_to(shown.valid_until)
    with pytest.raises(CodeExpired):
        members.service.read_phone_code(shown.code, clock.now())


def test_a_phone_code_of_other_makers_is_unknown(app, clock):
    forged = codes.phone_code(
        codes.Keyring((("2", b"x" * 32),), b"y" * 32), people.member().number, clock.now()
    )
    with pytest.raises(CodeUnknown):
        members.service.read_phone_code(forged, clock.now())
    genuine = codes.phone_code(codes.keyring(settings()), 999, clock.now())
    with pytest.raises(CodeUnknown):
        members.service.read_phone_code(genuine, clock.now())


def test_showing_a_code_writes_nothing(app):
    owner = people.member()
    db.session.rollback()
    for _ in range(3):
        shown_by(owner)
    assert members.service.tidy() == 0
    with pytest.raises(Unauthenticated):
        members.service.phone_code(STRANGER)


# --- the gate's handlers


def scan(code):
    return Scan(id=new_id(), code=code, received_at=core_clock.now())


def test_staff_see_whose_card_or_phone_it_is_and_nobody_else(app):
    cast = people.cast()
    card = people.card(cast.owner)
    for actor in (people.actor(cast.coordinator), people.actor(cast.auditor)):
        seen = members.service.show_by_code(actor, scan(card))
        assert seen == {"outcome": "member", "member_id": str(cast.owner.id)}
    shown = shown_by(cast.owner).code
    for _ in range(2):
        assert members.service.show_by_code(people.actor(cast.coordinator), scan(shown))
    # Who looked first can award afterwards.
    assert members.service.read_phone_code(shown, core_clock.now()).id == cast.owner.id
    for actor in (people.actor(cast.mate), people.actor(cast.owner)):
        with pytest.raises(MemberCodeForStaff):
            members.service.show_by_code(actor, scan(card))


def test_a_join_code_says_what_it_is_for_and_is_not_spent(app):
    cast = people.cast()
    made = members.service.create_poster_code(
        people.actor(cast.coordinator), key=new_id(), label="西门公告栏"
    )
    for _ in range(2):
        seen = members.service.join_by_code(people.actor(cast.owner), scan(made.code))
        assert seen == {"outcome": "join", "purpose": "membership", "where": "西门公告栏"}
    with pytest.raises(JoinCodeUnknown):
        members.service.join_by_code(people.actor(cast.owner), scan(codes.random_code(Kind.JOIN)))


# --- the counter


def test_card_and_pin_open_the_desk_for_ten_minutes_at_this_desk_only(database_app, clock):
    granny = people.member("孙奶奶", phone=None, pin=PIN)
    here, elsewhere, card = people.staff(), people.staff(name="别处"), people.card(granny)
    found = members.service.open_desk_session(here, card=card, pin=PIN)
    assert found.member.id == granny.id
    members.service.require_at_the_desk(here, granny.id)
    with pytest.raises(DeskSessionMissing):
        members.service.require_at_the_desk(elsewhere, granny.id)
    clock.tick(minutes=10)
    with pytest.raises(DeskSessionMissing):
        members.service.require_at_the_desk(here, granny.id)


def test_the_desk_stays_closed_for_a_suspended_member_but_serves_one_on_leave(app):
    cast = people.cast()
    coordinator = people.actor(cast.coordinator)
    card = people.card(cast.owner)
    members.service.set_pin(SYSTEM, cast.owner.id, PIN)
    members.service.take_leave(people.actor(cast.owner), cast.owner.id, None)
    assert members.service.open_desk_session(coordinator, card=card, pin=PIN)
    members.service.suspend(coordinator, cast.owner.id, "多次代刷")
    with pytest.raises(MemberSuspended):
        members.service.open_desk_session(coordinator, card=card, pin=PIN)
    with pytest.raises(PermissionMissing):
        members.service.open_desk_session(people.actor(cast.mate), card=card, pin=PIN)
