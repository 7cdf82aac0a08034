"""Nobody is paid twice for the same time or the same walk: whatever the way, a coordinator looks first."""

import pytest
import sqlalchemy as sa

import members.queries
import members.service
import patrols.queries
import patrols.service
from patrols.checks import INVARIANTS
from patrols.models import Round, RoundFlag, RoundMember
from patrols.service import PastRound, PastVisit, PastWalker
from patrols.service.statements import MOST_RECENT
from tests.support import patrols_builders as patrol
from tests.support import planted
from tests.support.patrols_builders import queued_visit, refusal, visit

DAY = patrol.timedelta(days=1)


@pytest.fixture(autouse=True)
def alliance(database_app, clock):
    patrol.tariff()


@pytest.fixture
def captain(alliance):
    return patrol.captain()


@pytest.fixture
def mate(alliance):
    return patrol.person("李梅")


def begin(captain, mate, street):
    """The captain scans the first point, and the mate joins there."""
    round_id = visit(captain, street.plate(1))["round_id"]
    patrol.join(mate, captain, round_id)
    return round_id


def sent_late(walker, street, start, *minutes):
    """The street's points, each scanned so many minutes after the start and sent now; the last answer."""
    for place, minute in enumerate(minutes, start=1):
        answer = queued_visit(walker, street.plate(place), start + patrol.timedelta(minutes=minute))
    return answer


def past_round(street, walker, *times):
    """A round of the past with the street's points, one at each of these times."""
    visits = tuple(
        PastVisit(*each) for each in zip(street.checkpoints, [walker.id] * len(times), times, strict=True)
    )
    walkers = (PastWalker(walker.id, times[0], 2),)
    return PastRound(
        id=patrol.new_id(), route_id=street.route_id, squad_id=None, walkers=walkers, visits=visits
    )


def states():
    """State, walkers' outcomes and flags of each round, in the order of their beginnings."""
    return [(state[0], {share[4] for share in shares}, flags) for state, _, shares, flags in patrol.picture()]


def minutes(member, clock):
    return patrols.queries.service_minutes(member.id, clock.now() - DAY, clock.now() + DAY)


def far_away(**wish):
    """A route five kilometres away from any street."""
    places = (patrol.checkpoint("远处甲", 50), patrol.checkpoint("远处乙", 52))
    return patrol.street(2, checkpoints=places, **wish)


def held_beside_a_paid_one(walker, clock, **wish):
    """A walk of twenty minutes that was paid, and one five kilometres away at the same time, sent afterwards."""
    here, there, start = (
        patrol.street(2, cooldown_minutes=60),
        far_away(cooldown_minutes=60, **wish),
        clock.now(),
    )
    first = visit(walker, here.plate(1))
    clock.tick(minutes=20)
    visit(walker, here.plate(2))
    clock.tick(minutes=10)
    queued_visit(walker, there.plate(1), start + patrol.timedelta(minutes=5))
    second = queued_visit(walker, there.plate(2), start + patrol.timedelta(minutes=15))
    assert second["outcome"] == "round_held"
    return first["round_id"], second["round_id"]


def test_what_somebody_scanned_before_he_left_belongs_to_the_round_he_left(captain, mate, clock):
    street = patrol.street(3, cooldown_minutes=60)
    round_id = begin(captain, mate, street)
    clock.tick(minutes=5)
    without_network = clock.now()
    clock.tick(minutes=5)
    visit(captain, street.plate(3))
    patrol.leave(mate, round_id)
    clock.tick(minutes=1)
    answer = queued_visit(mate, street.plate(2), without_network)
    assert (answer["outcome"], answer["round_id"]) == ("round_completed", round_id)
    assert (patrol.balance(captain), patrol.balance(mate)) == (2, 2)


def test_the_same_plates_at_the_same_minutes_are_no_second_walk_of_who_left(captain, mate, clock):
    street, start = patrol.street(3, minimum_points=2, cooldown_minutes=60), clock.now()
    round_id = begin(captain, mate, street)
    clock.tick(minutes=10)
    second = clock.now()
    visit(captain, street.plate(2))
    clock.tick(minutes=1)
    patrol.leave(mate, round_id)
    for place, at in ((1, start), (2, second)):
        assert refusal(queued_visit, mate, street.plate(place), at) == "already_visited"
    clock.tick(minutes=5)
    assert visit(captain, street.plate(3))["outcome"] == "round_completed"
    assert (patrol.balance(captain), patrol.balance(mate)) == (2, 2)


def test_who_leaves_and_walks_the_same_route_again_waits_and_his_companions_do_not(captain, mate, clock):
    street = patrol.street(3, minimum_points=2, cooldown_minutes=60)
    round_id = begin(captain, mate, street)
    clock.tick(minutes=10)
    visit(captain, street.plate(2))
    patrol.leave(mate, round_id)
    for place in (1, 2, 3):
        clock.tick(minutes=3)
        answer = visit(mate, street.plate(place))
    assert answer["outcome"] == "round_held"
    assert visit(captain, street.plate(3))["outcome"] == "round_completed"
    assert (patrol.balance(captain), patrol.balance(mate)) == (2, 2)
    assert states() == [("completed", {"paid"}, ()), ("held", {"held"}, ("two_rounds",))]


def test_who_left_before_enough_of_a_round_may_walk_one_of_his_own(captain, mate, clock):
    street = patrol.street(3, cooldown_minutes=60)
    round_id = begin(captain, mate, street)
    patrol.leave(mate, round_id)
    for place in (1, 2, 3):
        clock.tick(minutes=3)
        answer = visit(mate, street.plate(place))
    assert (answer["outcome"], patrol.balance(mate)) == ("round_completed", 2)


def test_an_own_round_that_becomes_complete_after_the_captains_was_paid_waits(captain, mate, clock):
    street, start = patrol.street(3, minimum_points=2, cooldown_minutes=60), clock.now()
    own = visit(mate, street.plate(1))
    clock.tick(minutes=5)
    assert patrol.end(mate, own["round_id"])["outcome"] == "round_incomplete"
    begin(captain, mate, street)
    for place in (2, 3):
        clock.tick(minutes=5)
        visit(captain, street.plate(place))
    late = queued_visit(mate, street.plate(2), start + patrol.timedelta(minutes=4))
    assert (late["outcome"], patrol.balance(mate)) == ("round_held", 2)
    assert states() == [("held", {"held"}, ("two_rounds",)), ("completed", {"paid"}, ())]


def test_two_places_at_once_wait_for_a_coordinator_and_count_the_time_once(mate, clock):
    paid, held = held_beside_a_paid_one(mate, clock)
    assert (patrol.balance(mate), minutes(mate, clock)) == (2, 20)
    (flag,) = patrols.queries.round_for(patrol.coordinator(), patrol.UUID(held)).flags
    assert (str(flag.other.id), flag.other.names) == (paid, ("李梅",))
    (own,) = patrols.queries.round_for(mate, patrol.UUID(held)).flags
    assert own.other is None
    patrol.judge(patrol.coordinator(), held)
    assert (patrol.balance(mate), minutes(mate, clock)) == (4, 20)


def test_what_would_move_a_beginning_into_the_pause_is_refused_in_every_order(mate, clock):
    street = patrol.street(2, cooldown_minutes=60)
    visit(mate, street.plate(1))
    clock.tick(minutes=20)
    visit(mate, street.plate(2))
    in_the_pause = clock.now() + patrol.timedelta(minutes=5)
    clock.tick(minutes=61)
    assert refusal(queued_visit, mate, street.plate(2), in_the_pause) == "cooldown"
    assert visit(mate, street.plate(1))["outcome"] == "round_opened"
    assert refusal(queued_visit, mate, street.plate(2), in_the_pause) == "cooldown"
    assert patrol.balance(mate) == 2


def test_one_round_after_the_other_needs_no_look(mate, clock):
    for street in (patrol.street(2), patrol.street(2)):
        visit(mate, street.plate(1))
        clock.tick(minutes=5)
        assert visit(mate, street.plate(2))["outcome"] == "round_completed"
    assert minutes(mate, clock) == 10


def test_a_captain_does_not_read_where_else_a_member_was(captain, mate, clock):
    squad = members.queries.facts(captain.id).squad_id
    _paid, held = held_beside_a_paid_one(mate, clock, squad_id=squad)
    found = patrols.queries.round_for(captain, patrol.UUID(held))
    assert (found.oversees, found.flags[0].kind, found.flags[0].other) == (True, "two_rounds", None)


def test_short_rounds_at_the_same_moment_are_at_the_same_time_and_one_after_the_other_is_not(mate, clock):
    start = clock.now()
    clock.tick(minutes=60)
    assert sent_late(mate, patrol.street(2), start, 0, 10)["outcome"] == "round_completed"
    assert sent_late(mate, patrol.street(2), start, 9.7, 20)["outcome"] == "round_completed"
    assert sent_late(mate, patrol.street(2), start, 30, 30.6)["outcome"] == "round_completed"
    for beside in ((30, 30.4), (30.1, 30.5), (30.3, 30.8)):
        assert sent_late(mate, far_away(), start, *beside)["outcome"] == "round_held"


def test_who_left_a_round_that_is_held_before_enough_of_it_may_walk_another(captain, mate, clock):
    street, boss = patrol.street(3, minimum_points=2, cooldown_minutes=60), patrol.coordinator("站长")
    staffed = begin(boss, mate, street)
    clock.tick(minutes=1)
    patrol.leave(mate, staffed)
    clock.tick(minutes=2)
    begin(captain, mate, street)
    for walker, outcome in ((boss, "round_held"), (captain, "round_completed")):
        for place in (2, 3):
            clock.tick(minutes=4)
            answer = visit(walker, street.plate(place))
        assert answer["outcome"] == outcome
    assert (patrol.balance(captain), patrol.balance(mate)) == (2, 2)


def test_a_round_is_seen_behind_however_many_later_ones(mate, clock):
    here, bench, start = patrol.street(2), patrol.street(1, cooldown_minutes=0), clock.now()
    there = patrol.street(1, checkpoints=(patrol.checkpoint("远处", 50),))
    clock.tick(minutes=200)
    sent_late(mate, here, start, 0, 20)
    times = [start + patrol.timedelta(minutes=30 + each) for each in range(MOST_RECENT)]
    patrols.service.import_rounds([past_round(bench, mate, at) for at in times])
    assert sent_late(mate, there, start, 10)["outcome"] == "round_held"


def test_a_third_round_beside_a_held_one_waits_and_is_shown_to_who_accepts(mate, clock):
    first, second, third, start = patrol.street(2), far_away(), patrol.street(2), clock.now()
    clock.tick(minutes=60)
    assert sent_late(mate, first, start, 0, 20)["outcome"] == "round_completed"
    held = sent_late(mate, second, start, 19, 50)["round_id"]
    later = sent_late(mate, third, start, 21, 49)
    assert (later["outcome"], patrol.balance(mate)) == ("round_held", 2)
    (flag,) = patrols.queries.round_for(patrol.coordinator(), patrol.UUID(later["round_id"])).flags
    assert str(flag.other.id) == held


def test_what_was_paid_since_a_round_was_held_is_shown_before_that_pays(mate, clock):
    here, there, start, desk = patrol.street(2), far_away(), clock.now(), patrol.coordinator()
    clock.tick(minutes=60)
    fast = patrol.UUID(sent_late(mate, here, start, 0, 0.2)["round_id"])
    later = sent_late(mate, there, start, 0, 20)["round_id"]
    assert patrol.judge(desk, later)["outcome"] == "round_completed"
    key = patrol.new_id()
    for _ in range(2):  # the same tap twice changes nothing
        again = {"key": key, "round_id": fast, "accept": True, "reason": "电话核实过"}
        assert refusal(patrols.service.judge_round, desk, **again) == "another_round"
    flags = patrols.queries.round_for(desk, fast).flags
    assert [str(each.other.id) for each in flags if each.other] == [later]
    assert patrol.judge(desk, fast)["outcome"] == "round_completed"


def test_nobody_lets_a_team_wait_for_a_walk_of_his_own(captain, mate, clock):
    here, there, start = patrol.street(2), far_away(), clock.now()
    clock.tick(minutes=1)
    begin(captain, mate, here)
    clock.tick(minutes=10)
    assert sent_late(mate, there, start, 0, 8)["outcome"] == "round_held"
    assert visit(captain, here.plate(2))["outcome"] == "round_completed"
    assert (patrol.balance(captain), patrol.balance(mate)) == (2, 2)
    assert states() == [("held", {"held"}, ("two_rounds",)), ("completed", {"paid"}, ())]


def test_nor_does_he_with_one_that_he_only_began(captain, mate, clock):
    here, there, start = patrol.street(2), far_away(), clock.now()
    clock.tick(minutes=1)
    begin(captain, mate, here)
    clock.tick(minutes=10)
    assert sent_late(mate, there, start, 0)["outcome"] == "round_opened"
    assert visit(captain, here.plate(2))["outcome"] == "round_completed"
    late = queued_visit(mate, there.plate(2), start + patrol.timedelta(minutes=8))
    assert (late["outcome"], patrol.balance(mate)) == ("round_held", 2)


def test_what_somebody_scanned_long_before_he_joined_is_no_visit_of_that_round(captain, mate, clock):
    street, start = patrol.street(4, minimum_points=3, cooldown_minutes=60), clock.now()
    round_id = visit(captain, street.plate(1))["round_id"]
    clock.tick(minutes=20)
    friends = [mate, patrol.person("甲"), patrol.person("乙")]
    for place, each in enumerate(friends, start=2):
        patrol.join(each, captain, round_id)
        early = start + patrol.timedelta(minutes=place)
        assert refusal(queued_visit, each, street.plate(place), early) == "before_joining"
    standing_there = queued_visit(mate, street.plate(2), start + patrol.timedelta(minutes=11))
    assert (standing_there["round_id"], standing_there["visited"]) == (round_id, 2)
    assert [state[0] for state, *_ in patrol.picture()] == ["open"]


def test_a_walk_of_his_own_from_before_goes_on_as_one_of_his_own(captain, mate, clock):
    street, start = patrol.street(3, minimum_points=2, cooldown_minutes=60), clock.now()
    clock.tick(minutes=10)
    round_id = visit(captain, street.plate(1))["round_id"]
    clock.tick(minutes=30)
    patrol.join(mate, captain, round_id)
    own = sent_late(mate, street, start, 0, 15)
    assert (own["round_id"] != round_id, own["visited"]) == (True, 2)
    assert visit(mate, street.plate(3))["round_id"] == round_id


@pytest.mark.parametrize("imports", [1, 2])
def test_no_two_rounds_of_the_past_are_taken_over_for_the_same_time(imports, mate, clock):
    start = clock.now() - 2 * DAY
    here, there, ten = patrol.street(2), far_away(), patrol.timedelta(minutes=10)
    first, after = (
        past_round(here, mate, start, start + ten),
        past_round(here, mate, start + ten, start + 2 * ten),
    )
    beside = past_round(there, mate, start + ten / 2, start + ten / 2 * 3)
    together = [[first, after, beside]] if imports == 1 else [[first, after], [beside]]
    with pytest.raises(ValueError, match="at the same time"):
        for each in together:
            patrols.service.import_rounds(each)
    assert len(states()) == (0 if imports == 1 else 2)


def test_each_fault_of_paid_rounds_is_found(mate, clock):
    paid, held = (patrol.UUID(each) for each in held_beside_a_paid_one(mate, clock))
    patrol.judge(patrol.coordinator(), held)
    nobody_looked = {"judged_by": None, "judged_at": None}

    def two_rounds_were_paid(_made):
        planted.change(Round, Round.id == held, **nobody_looked)
        planted.run(sa.delete(RoundFlag))

    def a_flag_was_passed_over(_made):
        planted.change(Round, Round.id == held, **nobody_looked)
        planted.change(RoundMember, RoundMember.round_id == paid, outcome="capped")

    names = list(INVARIANTS)
    planted.strip()
    planted.each_is_found(
        None,
        ((two_rounds_were_paid, names[0]), (a_flag_was_passed_over, names[1])),
        INVARIANTS,
        (Round, RoundMember, RoundFlag),
    )
