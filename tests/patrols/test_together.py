"""Walking together: the captain's code, companions, leaving, a round that begins without a scan."""

import pytest

import members.service
import patrols.queries
import patrols.service
from core.auth import SYSTEM
from tests.support import members_builders
from tests.support import patrols_builders as patrol
from tests.support.patrols_builders import refusal, visit


@pytest.fixture(autouse=True)
def alliance(database_app, clock):
    patrol.tariff()


@pytest.fixture
def captain(alliance):
    return patrol.captain()


def test_companions_join_by_the_captains_code_and_are_paid_with_him(captain, clock):
    street = patrol.street(2)
    mate = patrol.person("李梅", squad_id=captain.squad_id)
    opened = visit(captain, street.plate(1))
    clock.tick(minutes=2)
    joined = patrol.join(mate, captain, opened["round_id"])
    assert (joined["outcome"], joined["companions"], joined["visited"]) == ("joined", 1, 1)
    clock.tick(minutes=10)
    assert visit(mate, street.plate(2))["outcome"] == "round_completed"
    assert (patrol.balance(captain), patrol.balance(mate)) == (2, 2)
    start, until = clock.now().replace(hour=0), clock.now().replace(hour=23)
    assert patrols.queries.service_minutes(captain.id, start, until) == 12
    assert patrols.queries.service_minutes(mate.id, start, until) == 10


@pytest.mark.parametrize(
    ("become", "outcome", "points"),
    [
        (lambda mate: members.service.suspend(SYSTEM, mate.id, "多次代刷"), "not_active", 0),
        (lambda mate: members.service.leave(SYSTEM, mate.id), "not_active", 0),
        (lambda mate: members.service.take_leave(SYSTEM, mate.id, None), "paid", 2),
    ],
    ids=["suspended", "left", "on leave"],
)
def test_who_was_suspended_or_left_while_others_walked_on_is_not_paid(
    captain, clock, become, outcome, points
):
    street, mate = patrol.street(2), patrol.person("李梅")
    opened = visit(captain, street.plate(1))
    patrol.join(mate, captain, opened["round_id"])
    become(mate)
    clock.tick(minutes=10)
    assert visit(captain, street.plate(2))["points"] == 2
    assert (patrol.balance(captain), patrol.balance(mate)) == (2, points)
    found = patrols.queries.round_for(patrol.coordinator(), patrol.UUID(opened["round_id"]))
    assert {each.member_id: each.outcome for each in found.walkers}[mate.id] == outcome


def test_a_point_scanned_by_one_is_ticked_off_for_all(captain, clock):
    street, mate = patrol.street(2), patrol.person("李梅")
    opened = visit(captain, street.plate(1))
    patrol.join(mate, captain, opened["round_id"])
    clock.tick(minutes=5)
    assert refusal(visit, mate, street.plate(1)) == "already_visited"


def test_the_code_is_only_good_for_half_a_minute(captain, clock):
    opened = visit(captain, patrol.street(2).plate(1))
    code = patrols.service.captain_code(captain, patrol.UUID(opened["round_id"]))
    clock.tick(seconds=45)
    mate = patrol.person("李梅")
    assert refusal(patrols.service.join_round, mate, patrol.scan_of(code)) == "code_expired"


def test_nobody_joins_twice_and_nobody_walks_in_two_rounds(captain):
    street, mate = patrol.street(2), patrol.person("李梅")
    opened = visit(captain, street.plate(1))
    patrol.join(mate, captain, opened["round_id"])
    assert refusal(patrol.join, mate, captain, opened["round_id"]) == "already_joined"
    other = patrol.person("陈芳")
    visit(other, street.plate(1))
    assert refusal(patrol.join, other, captain, opened["round_id"]) == "round_open_elsewhere"


def test_nobody_joins_a_round_that_is_over(captain, clock):
    street, mate = patrol.street(2), patrol.person("李梅")
    opened = visit(captain, street.plate(1))
    code = patrols.service.captain_code(captain, patrol.UUID(opened["round_id"]))
    patrol.end(captain, opened["round_id"])
    assert refusal(patrols.service.join_round, mate, patrol.scan_of(code)) == "round_over"
    assert refusal(patrols.service.captain_code, captain, patrol.UUID(opened["round_id"])) == "round_over"


def test_who_has_just_walked_the_route_does_not_join_it(captain, clock):
    street, mate = patrol.street(1, cooldown_minutes=60), patrol.person("李梅")
    visit(mate, street.plate(1))
    clock.tick(minutes=5)
    opened = patrol.open_round(captain, street.route_id)
    assert refusal(patrol.join, mate, captain, opened["round_id"]) == "cooldown"


def test_a_member_on_leave_does_not_join(captain):
    mate = patrol.person("李梅")
    members.service.take_leave(mate, mate.id, None)
    opened = visit(captain, patrol.street(2).plate(1))
    assert refusal(patrol.join, mate, captain, opened["round_id"]) == "member_on_leave"


def test_only_who_leads_shows_the_code(captain):
    mate, other = patrol.person("李梅"), patrol.person("陈芳")
    opened = visit(mate, patrol.street(2).plate(1))
    assert patrols.service.captain_code(mate, patrol.UUID(opened["round_id"])).kind == "A"
    assert refusal(patrols.service.captain_code, other, patrol.UUID(opened["round_id"])) == "round_not_yours"
    assert patrols.service.captain_code(patrol.coordinator(), patrol.UUID(opened["round_id"])).kind == "A"


def test_who_leaves_early_is_not_paid_and_may_come_back(captain, clock):
    street, mate, other = patrol.street(3, minimum_points=3), patrol.person("李梅"), patrol.person("陈芳")
    opened = visit(captain, street.plate(1))
    patrol.join(mate, captain, opened["round_id"])
    patrol.join(other, captain, opened["round_id"])
    clock.tick(minutes=5)
    left = patrol.leave(mate, opened["round_id"])
    assert (left["outcome"], left["visited"]) == ("left", 1)
    patrol.leave(other, opened["round_id"])
    patrol.join(other, captain, opened["round_id"])
    clock.tick(minutes=5)
    visit(captain, street.plate(2))
    clock.tick(minutes=5)
    visit(captain, street.plate(3))
    assert (patrol.balance(captain), patrol.balance(mate), patrol.balance(other)) == (2, 0, 2)


def test_the_last_to_leave_ends_the_round(captain, clock):
    opened = visit(captain, patrol.street(2).plate(1))
    answer = patrol.leave(captain, opened["round_id"])
    assert (answer["outcome"], answer["missing"]) == ("round_incomplete", ["三号楼后巷"])


def test_leaving_needs_a_round_to_leave(captain):
    opened = visit(captain, patrol.street(2).plate(1))
    round_id = patrol.UUID(opened["round_id"])
    assert refusal(patrol.leave, patrol.person("李梅"), round_id) == "round_not_yours"
    patrol.end(captain, round_id)
    assert refusal(patrol.leave, captain, round_id) == "round_over"
    assert refusal(patrol.leave, captain, patrol.new_id()) == "round_unknown"


def test_a_captain_opens_a_round_at_the_meeting_point(captain, clock):
    street, mate = patrol.street(2), patrol.person("李梅")
    opened = patrol.open_round(captain, street.route_id)
    assert (opened["outcome"], opened["visited"]) == ("round_opened", 0)
    patrol.join(mate, captain, opened["round_id"])
    clock.tick(minutes=5)
    assert visit(mate, street.plate(1))["round_id"] == opened["round_id"]
    clock.tick(minutes=5)
    assert visit(captain, street.plate(2))["outcome"] == "round_completed"
    assert (patrol.balance(captain), patrol.balance(mate)) == (2, 2)


def test_only_a_captain_opens_without_a_scan_and_only_on_his_squads_routes(captain):
    street = patrol.street(2)
    foreign = patrol.street(2, squad_id=members_builders.squad())
    assert refusal(patrol.open_round, patrol.person("李梅"), street.route_id) == "round_not_yours"
    assert refusal(patrol.open_round, captain, foreign.route_id) == "round_not_yours"
    patrol.open_round(captain, street.route_id)
    assert refusal(patrol.open_round, captain, street.route_id) == "round_open_elsewhere"


def test_a_round_is_not_opened_outside_hours_or_on_a_route_out_of_use(captain):
    night, gone = patrol.street(2, opens_at=1200, closes_at=360), patrol.street(2)
    patrols.service.set_route_in_use(SYSTEM, gone.route_id, in_use=False)
    assert refusal(patrol.open_round, captain, night.route_id) == "outside_hours"
    assert refusal(patrol.open_round, captain, gone.route_id) == "route_retired"
    assert refusal(patrol.open_round, captain, patrol.new_id()) == "route_unknown"


def test_the_desk_opens_a_round_for_people_without_a_phone(captain, clock):
    street, desk = patrol.street(2), patrol.coordinator()
    mate, other = patrol.person("李梅"), patrol.person("陈芳")
    opened = patrol.open_round(desk, street.route_id, [mate.id, other.id])
    assert opened["companions"] == 1
    assert refusal(patrol.open_round, mate, street.route_id, [captain.id]) == "permission_missing"
    clock.tick(minutes=5)
    visit(mate, street.plate(1))
    clock.tick(minutes=5)
    visit(mate, street.plate(2))
    assert (patrol.balance(mate), patrol.balance(other)) == (2, 2)


def test_one_phone_that_joins_for_three_is_flagged_and_pays_nobody_yet(captain, clock):
    street, mate, other = patrol.street(2), patrol.person("李梅"), patrol.person("陈芳")
    opened = visit(captain, street.plate(1), device_digest="one")
    patrol.join(mate, captain, opened["round_id"], device_digest="one")
    patrol.join(other, captain, opened["round_id"], device_digest="two")
    clock.tick(minutes=10)
    assert visit(captain, street.plate(2), device_digest="one")["outcome"] == "round_held"
    assert (patrol.balance(captain), patrol.balance(mate), patrol.balance(other)) == (0, 0, 0)


def test_a_full_round_takes_no_more(captain, monkeypatch):
    monkeypatch.setattr("patrols.service.joining.MOST_WALKERS", 1)
    opened = visit(captain, patrol.street(2).plate(1))
    assert refusal(patrol.join, patrol.person("李梅"), captain, opened["round_id"]) == "round_full"


def flags_of(round_id):
    """Kinds of the oddities of a round."""
    return [each.kind for each in patrols.queries.round_for(SYSTEM, patrol.UUID(str(round_id))).flags]


@pytest.mark.parametrize("role", ["coordinator", "administrator"])
def test_a_round_in_which_staff_walks_is_decided_by_a_second_person(role, clock):
    street, walker = patrol.street(2), patrol.person("陈国平", role)
    visit(walker, street.plate(1))
    clock.tick(minutes=5)
    held = visit(walker, street.plate(2))
    assert (held["outcome"], flags_of(held["round_id"])) == ("round_held", ["staff_walker"])
    assert patrol.balance(walker) == 0
    assert refusal(patrol.judge, walker, held["round_id"]) == "own_round"
    patrol.judge(patrol.coordinator("何平"), held["round_id"])
    assert patrol.balance(walker) == 2


def test_a_round_that_is_done_with_one_scan_of_staff_is_held_too():
    held = visit(patrol.coordinator(), patrol.street(1).plate(1))
    assert (held["outcome"], flags_of(held["round_id"])) == ("round_held", ["staff_walker"])


def test_a_round_that_staff_joins_is_decided_by_a_second_person(captain, clock):
    street, staff = patrol.street(2), patrol.coordinator()
    opened = visit(captain, street.plate(1))
    patrol.join(staff, captain, opened["round_id"])
    assert flags_of(opened["round_id"]) == ["staff_walker"]
    patrol.leave(staff, opened["round_id"])
    patrol.join(staff, captain, opened["round_id"])
    clock.tick(minutes=5)
    held = visit(captain, street.plate(2))
    assert (held["outcome"], flags_of(held["round_id"])) == ("round_held", ["staff_walker"])


@pytest.mark.parametrize("alone", [True, False])
def test_staff_who_puts_himself_into_a_round_is_seen(alone, clock):
    street, staff, mate = patrol.street(2), patrol.coordinator(), patrol.person("李梅")
    walk = [staff.id] if alone else [staff.id, mate.id]
    opened = patrol.open_round(staff, street.route_id, walk)
    assert flags_of(opened["round_id"]) == ["staff_walker"]


def test_staff_who_is_put_into_a_round_or_walks_by_a_gate_is_seen_all_the_same():
    desk, staff = patrol.coordinator(), patrol.coordinator("何平")
    opened = patrol.open_round(desk, patrol.street(2).route_id, [staff.id])
    assert flags_of(opened["round_id"]) == ["staff_walker"]
    other = members_builders.member("刘娟", "coordinator")
    passed = visit(patrol.gate(), patrol.street(2).plate(1), member_code=members_builders.card(other))
    assert flags_of(passed["round_id"]) == ["staff_walker"]


def test_whom_staff_looks_after_walks_like_staff(clock):
    helper = patrol.coordinator("刘娟")
    grandmother = members_builders.managed(helper)
    opened = patrol.open_round(patrol.coordinator(), patrol.street(2).route_id, [grandmother.id])
    assert flags_of(opened["round_id"]) == ["staff_walker"]


def test_the_desk_opens_a_round_for_others_without_being_seen_as_a_walker():
    opened = patrol.open_round(patrol.coordinator(), patrol.street(2).route_id, [patrol.person("李梅").id])
    assert flags_of(opened["round_id"]) == []


def test_opening_and_leaving_have_their_effect_once_however_often_they_are_sent(captain):
    street, mate, key, other_key = patrol.street(2), patrol.person("李梅"), patrol.new_id(), patrol.new_id()
    opened = patrols.service.open_round(captain, key=key, route_id=street.route_id)
    again = patrols.service.open_round(captain, key=key, route_id=street.route_id)
    assert (again.body, again.replayed) == (opened.body, True)
    round_id = patrol.UUID(opened.body["round_id"])
    patrol.join(mate, captain, round_id)
    left = patrols.service.leave_round(mate, key=other_key, round_id=round_id)
    patrol.join(mate, captain, round_id)
    again = patrols.service.leave_round(mate, key=other_key, round_id=round_id)
    assert (again.body, again.replayed) == (left.body, True)
    assert patrols.queries.open_round(mate.id) is not None


def test_who_comes_back_is_not_paid_for_what_happened_while_he_was_away(captain, clock):
    street, mate, brief = patrol.street(3, minimum_points=2), patrol.person("李梅"), patrol.person("陈芳")
    opened = visit(captain, street.plate(1))
    for each in (mate, brief):
        patrol.join(each, captain, opened["round_id"])
        patrol.leave(each, opened["round_id"])
    clock.tick(minutes=5)
    visit(captain, street.plate(2))
    patrol.join(brief, captain, opened["round_id"])
    clock.tick(minutes=35)
    patrol.join(mate, captain, opened["round_id"])
    clock.tick(minutes=1)
    visit(captain, street.plate(3))
    assert (patrol.balance(captain), patrol.balance(brief), patrol.balance(mate)) == (2, 2, 0)
    start, until = clock.now().replace(hour=0), clock.now().replace(hour=23)
    assert patrols.queries.service_minutes(mate.id, start, until) == 0
