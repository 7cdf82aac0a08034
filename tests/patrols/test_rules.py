"""Who is paid, when a round is complete, what looks odd: the pure decisions."""

from dataclasses import replace

import pytest

from patrols.errors import CheckpointInvalid, JudgementReasonMissing, OutOfOrder, RouteInvalid
from patrols.rules import ending, oddities, visits, wishes
from patrols.rules.values import Moment, Seen, Walker
from patrols.rules.wishes import CheckpointWish, RouteWish
from tests.support.patrols_rules import CHEN, LI, WANG, minute, plan, seen, stop, walk


def kinds(route, round, minute_of_day=lambda _at: 600):
    ended_at = round.last_visit_at or round.opened_at
    return sorted(flag.kind for flag in oddities.flags(route, round, minute_of_day, ended_at))


def test_a_round_is_done_when_every_stop_is_visited_in_enough_minutes():
    route = plan(2, minimum_minutes=10)
    assert not ending.is_all_done(route, walk(seen(1, 0)))
    assert not ending.is_all_done(route, walk(seen(1, 0), seen(2, 9)))
    assert ending.is_all_done(route, walk(seen(1, 0), seen(2, 10)))


def test_a_round_ended_by_hand_needs_the_minimum_of_points_and_minutes():
    route = plan(3, minimum_points=2, minimum_minutes=10)
    ended = ending.close(route, walk(seen(1, 0), seen(3, 4)), "hand", minute(9), odd=False)
    assert (ended.state, ended.missed) == ("incomplete", ["点2"])
    ended = ending.close(route, walk(seen(1, 0), seen(3, 4)), "hand", minute(10), odd=False)
    assert (ended.state, ended.missed) == ("completed", ["点2"])
    assert ending.close(route, walk(seen(1, 0)), "hand", minute(30), odd=False).state == "incomplete"


def test_a_round_that_ends_by_itself_ended_at_its_last_visit():
    route = plan(3, minimum_points=2, minimum_minutes=10)
    ended = ending.close(route, walk(seen(1, 0), seen(2, 12)), "time_out", minute(300), odd=False)
    assert (ended.state, ended.ended_at, ended.shares[WANG].minutes) == ("completed", minute(12), 12)


def test_a_round_with_too_little_in_it_is_incomplete_however_odd_it_is():
    assert ending.close(plan(), walk(seen(1, 0)), "hand", minute(5), odd=True).state == "incomplete"
    enough = walk(seen(1, 0), seen(2, 5), seen(3, 9))
    assert ending.close(plan(), enough, "hand", minute(9), odd=True).state == "held"


def test_whoever_walked_along_is_paid_for_visits_that_others_scanned():
    together = (Walker(WANG, minute(0)), Walker(LI, minute(4)))
    route = plan(3, minimum_points=3)
    shares = ending.close(
        route, walk(seen(1, 0), seen(2, 8), seen(3, 20), walkers=together), "visit", minute(20), odd=False
    ).shares
    assert [(each.outcome, each.minutes) for each in shares.values()] == [("paid", 20), ("paid", 16)]


def test_who_came_too_late_for_enough_points_or_left_too_early_is_absent():
    together = (
        Walker(WANG, minute(0)),
        Walker(LI, minute(19)),
        Walker(CHEN, minute(0), left_at=minute(3)),
    )
    route = plan(3, minimum_points=2)
    shares = ending.close(
        route, walk(seen(1, 0), seen(2, 8), seen(3, 20), walkers=together), "visit", minute(20), odd=False
    ).shares
    assert shares[LI].outcome == "absent"
    assert (shares[CHEN].outcome, shares[CHEN].minutes) == ("absent", 0)


def test_joining_within_ten_minutes_of_a_visit_counts_as_standing_there():
    route = plan(2, minimum_points=2)
    for joined, outcome in ((10, "paid"), (11, "absent")):
        together = (Walker(WANG, minute(0)), Walker(LI, minute(joined)))
        round = walk(seen(1, 0), seen(2, 20), walkers=together)
        assert ending.close(route, round, "visit", minute(20), odd=False).shares[LI].outcome == outcome


@pytest.mark.parametrize(("seconds", "odd"), [(60, []), (35, []), (30, ["too_fast"]), (0, ["too_fast"])])
def test_a_hundred_metres_in_less_time_than_a_run_takes_looks_odd(seconds, odd):
    assert kinds(plan(2), walk(seen(1, 0), seen(2, seconds / 60))) == odd


def test_points_without_coordinates_have_no_speed():
    route = replace(plan(2), stops=(stop(1), visits.Stop(2, stop(2).checkpoint_id, "无坐标")))
    assert kinds(route, walk(seen(1, 0), seen(2, 0))) == []


def test_one_phone_for_two_members_looks_odd():
    assert kinds(plan(2), walk(seen(1, 0, device_digest="a"), seen(2, 9, LI, device_digest="a"))) == [
        "shared_device"
    ]
    assert kinds(plan(2), walk(seen(1, 0, device_digest="a"), seen(2, 9, LI, device_digest="b"))) == []
    together = (Walker(WANG, minute(0), device_digest="a"), Walker(LI, minute(1), device_digest="a"))
    assert kinds(plan(2), walk(seen(1, 0), walkers=together)) == ["shared_device"]


@pytest.mark.parametrize(("skew", "odd"), [(None, []), (120, []), (-120, []), (121, ["skewed_clock"])])
def test_a_clock_more_than_two_minutes_off_looks_odd(skew, odd):
    assert kinds(plan(1), walk(seen(1, 0, skew_seconds=skew))) == odd


def test_running_over_the_hours_looks_odd():
    route = plan(2, opens_at=480, closes_at=600)
    minutes = {minute(0): 590, minute(20): 610}
    assert kinds(route, walk(seen(1, 0), seen(2, 20)), minutes.__getitem__) == ["outside_hours"]


def test_oddities_do_not_depend_on_the_order_in_which_visits_became_known():
    first, second, third = seen(1, 0), seen(2, 0.2), seen(3, 9)
    one = visits.with_visit(plan(), visits.with_visit(plan(), walk(first), second), third)
    other = visits.with_visit(plan(), visits.with_visit(plan(), walk(third), second), first)
    assert kinds(plan(), one) == kinds(plan(), other) == ["too_fast"]
    assert (one.opened_at, one.due_at, one.walkers) == (other.opened_at, other.due_at, other.walkers)


def _arrive(route, round, place, at, *, queued):
    visits.check_visit(route, round, stop(place), Moment(minute(at), None, queued=queued))


def test_a_scan_that_waited_may_be_ahead_of_others_that_still_wait():
    route = plan(3, ordered=True)
    _arrive(route, walk(seen(1, 0)), 3, 20, queued=True)
    with pytest.raises(OutOfOrder):
        _arrive(route, walk(seen(1, 0)), 3, 20, queued=False)


def test_a_scan_that_waited_must_still_not_contradict_the_order():
    route = plan(3, ordered=True)
    with pytest.raises(OutOfOrder):
        _arrive(route, walk(seen(2, 5)), 1, 9, queued=True)
    with pytest.raises(OutOfOrder):
        _arrive(route, walk(seen(2, 5)), 3, 1, queued=True)
    _arrive(route, walk(seen(2, 5)), 1, 1, queued=True)


def _route(**changes):
    ids = tuple(stop(place).checkpoint_id for place in range(1, 4))
    return RouteWish(**({"name": "环线", "checkpoint_ids": ids} | changes))


def test_a_route_without_a_minimum_wants_all_of_its_points():
    assert wishes.clean_route(_route()).minimum_points == 3


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"checkpoint_ids": ()}, "checkpoint_ids"),
        ({"checkpoint_ids": (stop(1).checkpoint_id,) * 2}, "checkpoint_ids"),
        ({"minimum_points": 0}, "minimum_points"),
        ({"minimum_points": 4}, "minimum_points"),
        ({"minimum_minutes": -1}, "minimum_minutes"),
        ({"minimum_minutes": 240}, "minimum_minutes"),
        ({"time_out_minutes": 0}, "time_out_minutes"),
        ({"time_out_minutes": 1441}, "time_out_minutes"),
        ({"cooldown_minutes": -1}, "cooldown_minutes"),
        ({"cooldown_minutes": 2**63}, "cooldown_minutes"),
        ({"opens_at": 480}, "closes_at"),
        ({"closes_at": 480}, "closes_at"),
        ({"opens_at": 480, "closes_at": 480}, "closes_at"),
        ({"opens_at": 1440, "closes_at": 480}, "opens_at"),
        ({"name": " "}, "name"),
        ({"name": "环\u202e线"}, "name"),
        ({"name": "环\x00线"}, "name"),
        ({"name": "环\ud800线"}, "name"),
        ({"name": "线" * 10_000}, "name"),
    ],
)
def test_a_route_that_cannot_be_walked_is_refused_with_the_field(changes, field):
    with pytest.raises(RouteInvalid) as refused:
        wishes.clean_route(_route(**changes))
    assert refused.value.data["field"] == field


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (CheckpointWish(name=""), "name"),
        (CheckpointWish(name="东门", hint="\u2066"), "hint"),
        (CheckpointWish(name="东门", latitude_e6=1), "longitude_e6"),
        (CheckpointWish(name="东门", longitude_e6=1), "latitude_e6"),
        (CheckpointWish(name="东门", latitude_e6=90_000_001, longitude_e6=0), "latitude_e6"),
        (CheckpointWish(name="东门", latitude_e6=0, longitude_e6=-180_000_001), "longitude_e6"),
    ],
)
def test_a_checkpoint_that_cannot_be_is_refused_with_the_field(wish, field):
    with pytest.raises(CheckpointInvalid) as refused:
        wishes.clean_checkpoint(wish)
    assert refused.value.data["field"] == field


def test_names_are_kept_with_single_spaces():
    assert wishes.clean_checkpoint(CheckpointWish(name="  三号楼   后巷 ")).name == "三号楼 后巷"


@pytest.mark.parametrize("reason", ["", "   ", "好" * 301])
def test_a_judgement_has_a_reason_in_words(reason):
    with pytest.raises(JudgementReasonMissing):
        wishes.clean_reason(reason)


def test_the_distance_between_two_stops_is_that_of_the_crow():
    assert visits.minutes_between(minute(0), minute(1.9)) == 1
    assert oddities.distance_metres(stop(1), stop(2)) == pytest.approx(100, abs=1)
    assert isinstance(seen(1, 0), Seen)
