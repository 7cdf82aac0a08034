"""Somebody without a phone joins a round under way; somebody without a camera types the captain's code."""

import pytest

import members.queries
import members.service
import patrols.queries
import patrols.service
from core import codes
from core.audit import AuditEntry
from core.auth import SYSTEM
from core.codes import Kind
from core.config import settings
from core.db import db, new_id
from members.queries import spoken_number
from tests.support import members_builders
from tests.support import patrols_builders as patrol
from tests.support.patrols_builders import UUID, refusal, visit


@pytest.fixture(autouse=True)
def alliance(database_app, clock):
    patrol.tariff()


@pytest.fixture
def captain(alliance):
    return patrol.captain()


@pytest.fixture
def street(alliance):
    return patrol.street(2)


@pytest.fixture
def round_id(captain, street):
    return UUID(visit(captain, street.plate(1))["round_id"])


@pytest.fixture
def granny(alliance):
    return members_builders.member("孙奶奶", phone=None)


def add(actor, round_id, **who):
    return patrols.service.add_companion(actor, key=who.pop("key", new_id()), round_id=round_id, **who).body


def named(member, name=None):
    return {"number": spoken_number(member.number), "name": name or member.name}


def flags_of(round_id):
    found = patrols.queries.round_for(patrol.coordinator(), round_id)
    return [(each.kind, each.data) for each in found.flags]


# --- added by the captain or the desk


@pytest.mark.parametrize("way", ["card", "number"])
def test_a_companion_without_a_phone_is_added_and_paid_once_somebody_has_looked(
    way, captain, street, round_id, granny, clock
):
    who = {"card": members_builders.card(granny)} if way == "card" else named(granny)
    clock.tick(minutes=2)
    joined = add(captain, round_id, **who)
    assert (joined["outcome"], joined["companions"]) == ("joined", 1)
    clock.tick(minutes=10)
    assert visit(captain, street.plate(2))["outcome"] == "round_held"
    assert flags_of(round_id) == [("shared_device", {"members": 2})]
    patrol.judge(patrol.coordinator("另一位"), round_id)
    assert patrol.balance(members_builders.actor(granny)) == 2


def test_added_by_the_desk_the_round_pays_at_once_and_the_audit_log_tells_who(
    captain, street, round_id, granny, clock
):
    coordinator = patrol.coordinator()
    add(coordinator, round_id, **named(granny))
    clock.tick(minutes=10)
    assert visit(captain, street.plate(2))["outcome"] == "round_completed"
    entry = db.session.query(AuditEntry).filter_by(action="companion_added").one()
    assert (entry.actor_id, entry.subject_id, entry.data) == (
        coordinator.id,
        round_id,
        {"member": str(granny.id)},
    )


def test_a_second_tap_adds_nobody_twice(captain, round_id, granny):
    key = new_id()
    first = add(captain, round_id, key=key, **named(granny))
    assert add(captain, round_id, key=key, **named(granny)) == first
    assert refusal(add, captain, round_id, **named(granny)) == "already_joined"
    assert len(flags_of(round_id)) == 1


def test_several_companions_are_one_reason_to_look(captain, round_id, granny):
    add(captain, round_id, **named(granny))
    add(captain, round_id, **named(members_builders.member("钱爷爷", phone=None)))
    assert len(flags_of(round_id)) == 1


def test_number_and_name_have_to_fit_and_which_is_wrong_is_not_said(captain, round_id, granny):
    other = members_builders.member("钱爷爷", phone=None)
    for who in (
        named(granny, "孙奶"),
        named(granny, other.name),
        {"number": spoken_number(other.number), "name": granny.name},
        {"number": "1000 999", "name": granny.name},
        {"number": "", "name": granny.name},
        {"number": spoken_number(granny.number), "name": ""},
        {"number": "１" * 40, "name": "\ud800"},
    ):
        assert refusal(add, captain, round_id, **who) == "companion_not_found"


def test_a_name_fits_however_it_is_spaced(captain, round_id, granny):
    assert add(captain, round_id, **named(granny, " 孙 奶奶 "))["outcome"] == "joined"


def test_only_who_leads_the_round_adds_others(round_id, granny):
    assert refusal(add, patrol.person("李梅"), round_id, **named(granny)) == "round_not_yours"
    resident = patrol.person("居民", "resident")
    assert refusal(add, resident, round_id, **named(granny)) == "permission_missing"
    assert refusal(add, patrol.coordinator(), new_id(), **named(granny)) == "round_unknown"


def test_a_card_that_is_void_and_a_code_that_is_no_card_add_nobody(captain, round_id, granny, street):
    card = members_builders.card(granny)
    members.service.revoke_card(SYSTEM, granny.id)
    assert refusal(add, captain, round_id, card=card) == "card_revoked"
    assert refusal(add, captain, round_id, card=street.plate(1)) == "card_unknown"


def test_who_is_on_leave_or_walks_elsewhere_is_not_added(captain, round_id, granny, street):
    members.service.take_leave(SYSTEM, granny.id, None)
    assert refusal(add, captain, round_id, **named(granny)) == "member_on_leave"
    other = patrol.person("陈芳")
    visit(other, street.plate(1))
    facts = members.queries.facts(other.id)
    assert refusal(add, captain, round_id, **named(facts)) == "round_open_elsewhere"


def test_nobody_is_added_to_a_round_that_is_over(captain, round_id, granny):
    patrol.end(captain, round_id)
    assert refusal(add, captain, round_id, **named(granny)) == "round_over"


# --- the captain's code, typed


def typed(captain, round_id):
    return patrols.service.typed_captain_code(captain, round_id)


def test_who_cannot_scan_types_eight_letters_and_walks_along(captain, round_id, clock):
    code = typed(captain, round_id)
    assert len(code.text) == 8
    clock.tick(seconds=59)
    read = codes.parse(codes.grouped(code).lower(), settings().base_url)
    joined = patrols.service.join_round(patrol.person("李梅"), patrol.scan_of(read))
    assert (joined["outcome"], joined["round_id"]) == ("joined", str(round_id))
    assert flags_of(round_id) == []


def test_a_typed_code_leads_to_its_own_round(captain, street, round_id):
    other = patrol.person("陈芳")
    elsewhere = UUID(visit(other, street.plate(1))["round_id"])
    joined = patrols.service.join_round(patrol.person("李梅"), patrol.scan_of(typed(other, elsewhere)))
    assert joined["round_id"] == str(elsewhere)


def test_a_typed_code_is_good_for_at_most_two_minutes_and_only_while_the_round_is_open(
    captain, round_id, clock
):
    code, mate = typed(captain, round_id), patrol.person("李梅")
    clock.tick(minutes=2)
    assert refusal(patrols.service.join_round, mate, patrol.scan_of(code)) == "code_unknown"
    code = typed(captain, round_id)
    patrol.end(captain, round_id)
    assert refusal(patrols.service.join_round, mate, patrol.scan_of(code)) == "code_unknown"
    assert code.kind is Kind.ACTIVITY
