"""Scans that waited in a phone: whatever the order in which they arrive, the round is the same in the end."""

from itertools import permutations

import pytest

import patrols.service
from tests.support import patrols_builders as patrol
from tests.support.patrols_builders import queued_visit, refusal, visit

#: Minutes after the beginning at which each of three points was scanned without network.
WALKED = {1: 0, 2: 11, 3: 25}


@pytest.fixture(autouse=True)
def alliance(database_app, clock):
    patrol.tariff()


def upload(walker, street, order, clock, walked):
    """The phone comes back into the network and sends what it has kept, in this order."""
    start = clock.now()
    clock.tick(hours=5)
    for place in order:
        queued_visit(walker, street.plate(place), start + patrol.timedelta(minutes=walked[place]))
        clock.tick(seconds=1)
    return start


@pytest.mark.parametrize("ordered", [False, True])
def test_a_batch_completes_its_round_in_every_order(ordered, clock):
    street = patrol.street(3, minimum_minutes=20, ordered=ordered)
    for order in permutations(WALKED):
        walker = patrol.person()
        start = upload(walker, street, order, clock, WALKED)
        state, visits, shares, flags = patrol.picture()[-1]
        assert (state[0], state[1]) == ("completed", start), order
        assert state[4] == start + patrol.timedelta(minutes=25)
        assert [each[2] for each in visits] == [
            start + patrol.timedelta(minutes=each) for each in WALKED.values()
        ]
        assert [each[1:] for each in shares] == [(start, 2, 25, "paid")]
        assert flags == ()
    assert len(patrol.picture()) == 6


def test_a_batch_that_looks_odd_is_held_in_every_order(clock):
    street = patrol.street(3)
    for order in permutations(WALKED):
        walker = patrol.person()
        start = upload(walker, street, order, clock, {1: 0, 2: 0.25, 3: 20})
        state, _visits, _shares, flags = patrol.picture()[-1]
        assert (state[0], state[1], flags) == ("held", start, ("too_fast",)), order
        assert patrol.balance(walker) == 0


@pytest.mark.parametrize("after", [1, 2])
def test_the_clearing_of_overdue_rounds_in_between_changes_nothing(after, clock):
    street = patrol.street(3, minimum_minutes=20, time_out_minutes=60)
    for order in permutations(WALKED):
        walker, start = patrol.person(), clock.now()
        clock.tick(hours=5)
        for sent, place in enumerate(order, start=1):
            queued_visit(walker, street.plate(place), start + patrol.timedelta(minutes=WALKED[place]))
            if sent == after:
                assert patrols.service.close_overdue() == 1
        state = patrol.picture()[-1][0]
        assert (state[0], state[1], state[4]) == ("completed", start, start + patrol.timedelta(minutes=25)), (
            order
        )
        assert patrol.balance(walker) == 2


def test_a_round_ended_by_hand_takes_what_happened_before_its_end(clock):
    street, walker = patrol.street(2), patrol.person()
    opened = visit(walker, street.plate(1))
    clock.tick(minutes=10)
    scanned_at = clock.now()
    clock.tick(minutes=10)
    assert patrol.end(walker, opened["round_id"])["outcome"] == "round_incomplete"
    clock.tick(minutes=10)
    assert queued_visit(walker, street.plate(2), scanned_at)["outcome"] == "round_completed"
    assert patrol.balance(walker) == 2


def test_what_happened_after_the_end_begins_a_round_of_its_own(clock):
    street, walker = patrol.street(2), patrol.person()
    opened = visit(walker, street.plate(1))
    clock.tick(minutes=10)
    patrol.end(walker, opened["round_id"])
    clock.tick(minutes=10)
    scanned_at = clock.now()
    clock.tick(minutes=30)
    later = queued_visit(walker, street.plate(2), scanned_at)
    assert (later["outcome"], later["round_id"] == opened["round_id"]) == ("round_opened", False)


def test_a_paid_round_takes_no_late_scan(clock):
    street, walker = patrol.street(3, minimum_points=2), patrol.person()
    opened = visit(walker, street.plate(1))
    clock.tick(minutes=10)
    visit(walker, street.plate(2))
    scanned_at = clock.now()
    clock.tick(minutes=10)
    assert patrol.end(walker, opened["round_id"])["outcome"] == "round_completed"
    assert refusal(queued_visit, walker, street.plate(3), scanned_at) == "round_over"


def test_yesterdays_walk_may_arrive_while_todays_is_under_way(clock):
    street, today = patrol.street(2), patrol.street(2)
    walker, yesterday = patrol.person(), clock.now()
    clock.tick(hours=24)
    opened = visit(walker, today.plate(1))
    queued_visit(walker, street.plate(1), yesterday)
    queued_visit(walker, street.plate(2), yesterday + patrol.timedelta(minutes=9))
    clock.tick(minutes=9)
    assert visit(walker, today.plate(2))["round_id"] == opened["round_id"]
    assert [each[0][0] for each in patrol.picture()] == ["completed", "completed"]
    assert patrol.balance(walker) == 4


def test_a_scan_before_opening_hours_does_not_move_the_beginning_there(clock):
    street, walker = patrol.street(2, opens_at=600, closes_at=720), patrol.person()
    early = clock.now() - patrol.timedelta(minutes=10)
    clock.tick(minutes=5)
    visit(walker, street.plate(2))
    assert refusal(queued_visit, walker, street.plate(1), early) == "outside_hours"


def test_two_taps_at_once_are_one_visit_also_when_the_later_one_is_known_first(clock):
    street, walker = patrol.street(3), patrol.person()
    first_tap = clock.now()
    clock.tick(seconds=1)
    visit(walker, street.plate(1))
    assert refusal(queued_visit, walker, street.plate(1), first_tap) == "already_visited"
    assert len(patrol.picture()) == 1
