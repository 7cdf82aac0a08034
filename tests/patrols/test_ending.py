"""The end of a round: by hand, by itself, by the word of a coordinator who did not walk in it."""

import pytest
import sqlalchemy as sa

import members.service
import patrols.queries
import patrols.service
from core.audit import AuditEntry
from core.auth import SYSTEM
from core.db import db
from core.sweeps import SweepFailed
from tests.support import members_builders
from tests.support import patrols_builders as patrol
from tests.support.patrols_builders import refusal, visit


@pytest.fixture(autouse=True)
def alliance(database_app, clock):
    patrol.tariff()


def held_round(clock, walker=None):
    """A hundred metres in ten seconds."""
    street = patrol.street(2)
    walker = walker or patrol.person()
    visit(walker, street.plate(1))
    clock.tick(seconds=10)
    answer = visit(walker, street.plate(2))
    assert answer["outcome"] == "round_held"
    return walker, answer["round_id"]


def acts():
    patrol.fresh()
    return list(db.session.scalars(sa.select(AuditEntry.action).where(AuditEntry.subject_type == "round")))


def test_ended_by_hand_with_enough_points_it_pays_and_names_what_was_missed(clock):
    street, walker = patrol.street(3, minimum_points=2), patrol.person()
    visit(walker, street.plate(1))
    clock.tick(minutes=9)
    opened = visit(walker, street.plate(3))
    clock.tick(minutes=6)
    answer = patrol.end(walker, opened["round_id"])
    assert (answer["outcome"], answer["points"], answer["service_minutes"]) == ("round_completed", 2, 15)
    assert answer["missing"] == ["三号楼后巷"]
    assert patrol.balance(walker) == 2
    assert acts() == []


def test_ended_too_early_it_brings_nothing_and_another_round_may_begin_at_once(clock):
    street, walker = patrol.street(3, cooldown_minutes=60), patrol.person()
    opened = visit(walker, street.plate(1))
    answer = patrol.end(walker, opened["round_id"])
    assert (answer["outcome"], answer["missing"]) == ("round_incomplete", ["三号楼后巷", "配电房"])
    clock.tick(minutes=1)
    assert visit(walker, street.plate(1))["outcome"] == "round_opened"


def test_the_same_request_to_end_is_answered_alike_and_a_second_one_is_refused(clock):
    walker, key = patrol.person(), patrol.new_id()
    opened = visit(walker, patrol.street(2).plate(1))
    round_id = patrol.UUID(opened["round_id"])
    first = patrols.service.end_round(walker, key=key, round_id=round_id)
    again = patrols.service.end_round(walker, key=key, round_id=round_id)
    assert (again.body, again.replayed) == (first.body, True)
    assert refusal(patrol.end, walker, round_id) == "round_over"


def test_a_captain_ends_the_round_of_the_squad_and_a_coordinator_any_round():
    squad = members_builders.squad()
    captain, mate = patrol.person("周桂兰", squad_id=squad), patrol.person("李梅", squad_id=squad)
    members.service.appoint_captains(SYSTEM, squad, captain_id=None, acting_captain_id=captain.id)
    stranger, desk = patrol.person("陈芳"), patrol.coordinator()
    opened = visit(mate, patrol.street(2).plate(1))
    assert refusal(patrol.end, stranger, opened["round_id"]) == "round_not_yours"
    assert patrol.end(captain, opened["round_id"])["outcome"] == "round_incomplete"
    opened = visit(stranger, patrol.street(2).plate(1))
    assert refusal(patrol.end, captain, opened["round_id"]) == "round_not_yours"
    assert patrol.end(desk, opened["round_id"])["outcome"] == "round_incomplete"
    assert acts() == ["round_ended", "round_ended"]
    assert refusal(patrol.end, desk, patrol.new_id()) == "round_unknown"


def test_rounds_end_by_themselves_after_their_time(clock):
    street = patrol.street(3, minimum_points=2, time_out_minutes=90)
    walker, lazy, late = patrol.person(), patrol.person("李梅"), patrol.person("陈芳")
    visit(walker, street.plate(1))
    visit(lazy, street.plate(1))
    clock.tick(minutes=20)
    visit(walker, street.plate(2))
    clock.tick(minutes=69)
    visit(late, street.plate(1))
    assert patrols.service.close_overdue() == 0
    clock.tick(minutes=1)
    assert patrols.service.close_overdue() == 2
    assert patrols.service.close_overdue() == 0
    states = sorted(each[0][0] for each in patrol.picture())
    assert states == ["completed", "incomplete", "open"]
    assert (patrol.balance(walker), patrol.balance(lazy)) == (2, 0)
    minutes = patrols.queries.service_minutes(walker.id, clock.now().replace(hour=0), clock.now())
    assert minutes == 20


def test_a_round_that_cannot_be_ended_keeps_no_other_open(clock, monkeypatch):
    street = patrol.street(2, minimum_points=1, time_out_minutes=60)
    rounds = [visit(patrol.person(name), street.plate(1))["round_id"] for name in ("王芳", "李梅", "陈静")]
    bad, whole = min(rounds), patrols.service.ending.end

    def stumbles(actor, plan, walk, how, at):
        if str(walk.id) == bad:
            raise ArithmeticError("a bad row")
        return whole(actor, plan, walk, how, at)

    clock.tick(hours=2)
    with monkeypatch.context() as patched:
        patched.setattr(patrols.service.ending, "end", stumbles)
        with pytest.raises(SweepFailed) as failure:
            patrols.service.close_overdue()
    assert (failure.value.done, [str(each) for each in failure.value.failed]) == (2, [bad])
    assert patrols.service.close_overdue() == 1


def test_a_round_ended_too_late_by_hand_ended_at_its_last_visit(clock):
    street, walker = patrol.street(2, minimum_points=1, time_out_minutes=60), patrol.person()
    opened = visit(walker, street.plate(1))
    clock.tick(hours=3)
    answer = patrol.end(walker, opened["round_id"])
    assert (answer["outcome"], answer["service_minutes"]) == ("round_completed", 0)


def test_a_round_that_looks_odd_waits_and_pays_when_accepted(clock):
    walker, round_id = held_round(clock)
    assert patrol.balance(walker) == 0
    answer = patrol.judge(patrol.coordinator(), round_id)
    assert answer["outcome"] == "round_completed"
    assert patrol.balance(walker) == 2
    found = patrols.queries.round_for(walker, patrol.UUID(round_id))
    assert (found.line.state, found.judge, found.judge_reason) == ("completed", "陈国平", "电话核实过")
    assert acts() == ["round_judged"]


def test_a_dismissed_round_never_pays(clock):
    walker, round_id = held_round(clock)
    assert patrol.judge(patrol.coordinator(), round_id, accept=False)["outcome"] == "round_dismissed"
    assert patrol.balance(walker) == 0
    assert patrols.queries.rounds_of(walker.id).items[0].outcome == "dismissed"


def test_a_held_round_tells_its_reasons(clock):
    _walker, round_id = held_round(clock)
    (flag,) = patrols.queries.round_for(patrol.coordinator(), patrol.UUID(round_id)).flags
    assert (flag.kind, flag.where) == ("too_fast", "三号楼后巷")
    assert (flag.data["start"], flag.data["seconds"]) == ("西门岗亭", 10)


def test_nobody_judges_a_round_that_he_or_his_household_walked_in(clock):
    walker = patrol.coordinator()
    _walker, round_id = held_round(clock, walker)
    assert refusal(patrol.judge, walker, round_id) == "own_round"
    assert patrol.judge(patrol.coordinator("何平"), round_id)["outcome"] == "round_completed"


def test_a_helper_does_not_judge_the_round_of_whom_he_helps(clock):
    helper = patrol.coordinator("刘娟")
    grandmother = members_builders.managed(helper)
    street = patrol.street(2)
    opened = patrol.open_round(patrol.coordinator(), street.route_id, [grandmother.id])
    mate = patrol.person("李梅")
    patrol.join(mate, patrol.coordinator("何平"), opened["round_id"])
    visit(mate, street.plate(1))
    assert visit(mate, street.plate(2))["outcome"] == "round_held"
    assert refusal(patrol.judge, helper, opened["round_id"]) == "own_round"


def test_judging_needs_the_permission_a_person_and_a_reason(clock):
    _walker, round_id = held_round(clock)
    assert refusal(patrol.judge, patrol.person("李梅"), round_id) == "permission_missing"
    assert refusal(patrol.judge, SYSTEM, round_id) == "own_round"
    assert refusal(patrol.judge, patrol.coordinator(), round_id, reason=" ") == "judgement_reason_missing"


def test_a_round_is_judged_once(clock):
    _walker, round_id = held_round(clock)
    patrol.judge(patrol.coordinator(), round_id, accept=False)
    assert refusal(patrol.judge, patrol.coordinator("何平"), round_id) == "already_judged"


def test_a_round_that_does_not_wait_is_not_judged():
    walker, desk = patrol.person(), patrol.coordinator()
    paid = visit(walker, patrol.street(1).plate(1))
    opened = visit(walker, patrol.street(2).plate(1))
    assert refusal(patrol.judge, desk, paid["round_id"]) == "round_not_held"
    assert refusal(patrol.judge, desk, opened["round_id"]) == "round_not_held"
    assert refusal(patrol.judge, desk, patrol.new_id()) == "round_unknown"


def test_a_held_round_counts_for_the_cooldown(clock):
    street, walker = patrol.street(2, cooldown_minutes=60), patrol.person()
    visit(walker, street.plate(1))
    clock.tick(seconds=5)
    visit(walker, street.plate(2))
    clock.tick(minutes=5)
    assert refusal(visit, walker, street.plate(1)) == "cooldown"


def test_a_round_that_began_in_time_and_ran_over_is_held(clock):
    street, walker = patrol.street(2, opens_at=600, closes_at=660), patrol.person()
    visit(walker, street.plate(1))
    clock.tick(minutes=65)
    answer = visit(walker, street.plate(2))
    assert answer["outcome"] == "round_held"
    (flag,) = patrols.queries.round_for(walker, patrol.UUID(answer["round_id"])).flags
    assert (flag.kind, flag.data) == ("outside_hours", {"at": "11:05", "closes_at": "11:00"})


def test_one_phone_used_by_two_members_for_their_own_rounds_is_flagged(clock):
    street, walker, other = patrol.street(1), patrol.person(), patrol.person("李梅")
    assert visit(walker, street.plate(1), device_digest="one")["outcome"] == "round_completed"
    assert visit(other, street.plate(1), device_digest="one")["outcome"] == "round_held"
    assert visit(patrol.person("陈芳"), street.plate(1), device_digest="two")["outcome"] == "round_completed"


def test_a_phone_with_a_wrong_clock_is_flagged_and_one_day_off_is_refused(clock):
    street, now = patrol.street(1), clock.now()
    minutes_off = {
        "scanned_at": now - patrol.timedelta(minutes=5),
        "sent_at": now - patrol.timedelta(minutes=5),
    }
    assert visit(patrol.person(), street.plate(1), **minutes_off)["outcome"] == "round_held"
    day_off = {"scanned_at": now + patrol.timedelta(days=1), "sent_at": now + patrol.timedelta(days=1)}
    assert refusal(visit, patrol.person("李梅"), street.plate(1), **day_off) == "clock_wrong"
    old = now - patrol.timedelta(hours=49)
    assert refusal(patrol.queued_visit, patrol.person("陈芳"), street.plate(1), old) == "scan_too_old"
