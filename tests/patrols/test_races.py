"""Several at once: two phones of one member, companions at one plate, three ways to end one round, two judges.

Each race is made to happen: whoever has read waits a moment for the other before writing. The last tests take the
locks away and show that the same race then goes wrong.
"""

import contextlib
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

import core.db
import patrols.service
from core.auth import SYSTEM
from core.errors import DomainError
from core.fixed import Fixed
from patrols.queries import service_minutes
from patrols.service import CheckpointWish, closing, ending, overlaps, statements, visiting
from points import checks
from tests.support import patrols_builders as patrol
from tests.support.patrols_builders import visit

#: How long one who has read waits for the other, in seconds. With a lock in place it waits in vain; without one the
#: other comes for certain, however slow the machine is.
PATIENCE_SECONDS, WITHOUT_LOCKS_SECONDS = 0.4, 30


@pytest.fixture(autouse=True)
def alliance(database_app, clock):
    patrol.tariff()


@pytest.fixture
def at_once(database_app):
    """Run all of these at the same moment, each as a request of its own; count answers, refusals and faults."""

    def run(*works):
        patrol.fresh()
        start = threading.Barrier(len(works))

        def one(work):
            with database_app.app_context():
                start.wait(WITHOUT_LOCKS_SECONDS)
                try:
                    found = work()
                except DomainError as refusal:
                    return refusal.code
                except sa.exc.DBAPIError:
                    return "fault"
                return found if isinstance(found, str | int) else found["outcome"]

        with ThreadPoolExecutor(len(works)) as pool:
            return Counter(pool.map(one, works))

    return run


@pytest.fixture
def meet_at(request, monkeypatch):
    """Make all who come to this function of the code wait for each other after it."""
    patience = WITHOUT_LOCKS_SECONDS if "without_locks" in request.fixturenames else PATIENCE_SECONDS

    def patch(module, name, parties=2):
        barrier, original = threading.Barrier(parties), getattr(module, name)

        def slow(*arguments, **keywords):
            found = original(*arguments, **keywords)
            with contextlib.suppress(threading.BrokenBarrierError):
                barrier.wait(patience)
            return found

        monkeypatch.setattr(module, name, slow)

    return patch


@pytest.fixture
def without_locks(monkeypatch):
    """As if nobody had thought of locks: no FOR UPDATE, no queue of writers, no BEGIN IMMEDIATE, no second try."""
    monkeypatch.setattr(core.db, "_writers_turn", lambda *_: contextlib.nullcontext())
    monkeypatch.setattr(sa.Select, "with_for_update", lambda select, **_how: select)
    monkeypatch.setattr(statements, "LOCKED_ROUND", Fixed(statements._round))
    facts = sys.modules["members.queries.facts"]  # in the package the name is the function's
    monkeypatch.setattr(facts, "_BY_ID_LOCKED", facts._BY_ID)
    monkeypatch.setattr(core.db, "_begin_to_write", _begin_as_for_reading)
    monkeypatch.setattr(core.db, "MOST_TRIES", 1)


def _begin_as_for_reading(session):
    session.expire_all()
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        connection.connection.rollback()
        connection.exec_driver_sql("BEGIN")
    return connection


def books_are_clean():
    patrol.fresh()
    return [each.name for each in checks.run() if each.faults] == []


def two_phones(at_once, meet_at):
    street, walker = patrol.street(1, cooldown_minutes=60), patrol.person()
    meet_at(visiting, "_place")
    answers = at_once(*[lambda: visit(walker, street.plate(1))] * 2)
    return walker, answers


def test_two_phones_of_one_member_walk_one_round(at_once, meet_at):
    walker, answers = two_phones(at_once, meet_at)
    assert answers == {"round_completed": 1, "cooldown": 1}
    assert patrol.balance(walker) == 2
    assert books_are_clean()


def test_companions_at_the_last_plate_complete_the_round_once(at_once, meet_at, clock):
    street, captain = patrol.street(2), patrol.person("周桂兰")
    mates = [patrol.person(name) for name in ("李梅", "陈芳", "王霞")]
    opened = visit(captain, street.plate(1))
    for mate in mates:
        patrol.join(mate, captain, opened["round_id"])
    clock.tick(minutes=10)
    meet_at(ending, "decide", 4)
    everybody = [captain, *mates]
    answers = at_once(*[lambda who=who: visit(who, street.plate(2)) for who in everybody])
    assert answers["round_completed"] == 1
    assert sum(answers.values()) - answers["fault"] == 4
    assert set(answers) <= {"round_completed", "already_visited", "round_over", "round_opened"}
    assert [patrol.balance(who) for who in everybody] == [2, 2, 2, 2]
    assert books_are_clean()


def test_the_last_scan_the_end_by_hand_and_the_time_out_end_a_round_once(at_once, meet_at, clock):
    street, walker = patrol.street(2, minimum_points=1, time_out_minutes=30), patrol.person()
    desk = patrol.coordinator()
    opened = visit(walker, street.plate(1))
    start = clock.now()
    clock.tick(minutes=30)
    meet_at(ending, "decide", 3)
    answers = at_once(
        lambda: patrol.queued_visit(walker, street.plate(2), start + patrol.timedelta(minutes=9)),
        lambda: patrol.end(desk, opened["round_id"]),
        patrols.service.close_overdue,
    )
    assert "fault" not in answers
    assert patrol.balance(walker) == 2
    (found,) = patrol.picture()
    assert found[0][0] == "completed"
    assert books_are_clean()


def held(clock, walker):
    street = patrol.street(2)
    visit(walker, street.plate(1))
    clock.tick(seconds=5)
    return visit(walker, street.plate(2))["round_id"]


def test_of_two_coordinators_who_judge_at_once_one_decides(at_once, meet_at, clock):
    walker, yes, no = patrol.person(), patrol.coordinator(), patrol.coordinator("何平")
    round_id = held(clock, walker)
    meet_at(closing, "_check_judge")
    answers = at_once(
        lambda: patrol.judge(yes, round_id, accept=True), lambda: patrol.judge(no, round_id, accept=False)
    )
    assert answers["already_judged"] == 1
    assert answers["round_completed"] + answers["round_dismissed"] == 1
    assert patrol.balance(walker) == 2 * answers["round_completed"]
    assert books_are_clean()


def test_two_runs_of_the_clearing_end_each_round_once(at_once, meet_at, clock):
    walkers = [patrol.person(), patrol.person("李梅")]
    street = patrol.street(2, minimum_points=1, time_out_minutes=30)
    for walker in walkers:
        visit(walker, street.plate(1))
    clock.tick(minutes=30)
    meet_at(ending, "decide")
    answers = at_once(patrols.service.close_overdue, patrols.service.close_overdue)
    assert sum(count * times for count, times in answers.items()) == 2
    assert [patrol.balance(walker) for walker in walkers] == [2, 2]
    assert service_minutes(walkers[0].id, clock.now() - patrol.timedelta(days=1), clock.now()) == 0


def test_joining_while_the_round_ends_is_either_in_time_or_refused(at_once, meet_at, clock):
    street, captain, mate = patrol.street(2), patrol.person("周桂兰"), patrol.person("李梅")
    opened = visit(captain, street.plate(1))
    clock.tick(minutes=5)
    answers = at_once(
        lambda: visit(captain, street.plate(2)), lambda: patrol.join(mate, captain, opened["round_id"])
    )
    assert answers["round_completed"] == 1
    assert patrol.balance(mate) == 2 * answers["joined"]
    assert answers["joined"] + answers["round_over"] == 1


def test_of_two_rounds_of_one_member_that_end_at_the_same_moment_one_sees_the_other(at_once, meet_at, clock):
    street, start = patrol.street(2, cooldown_minutes=60, time_out_minutes=30), clock.now()
    captain, mate = patrol.person("周桂兰"), patrol.person("李梅")
    own = visit(mate, street.plate(1))
    clock.tick(minutes=5)
    patrol.end(mate, own["round_id"])
    clock.tick(minutes=40)
    opened = visit(captain, street.plate(1))
    patrol.join(mate, captain, opened["round_id"])
    clock.tick(minutes=5)
    meet_at(overlaps, "_read")
    answers = at_once(
        lambda: visit(captain, street.plate(2)),
        lambda: patrol.queued_visit(mate, street.plate(2), start + patrol.timedelta(minutes=4)),
    )
    assert answers == {"round_completed": 1, "round_held": 1}
    assert patrol.balance(mate) == 2
    assert books_are_clean()


def test_checkpoints_added_at_once_get_numbers_of_their_own(at_once):
    wish = CheckpointWish(name="东门")
    at_once(*[lambda: str(patrols.service.create_checkpoint(SYSTEM, wish))] * 6)
    patrol.fresh()
    numbers = patrol.db.session.scalars(sa.select(patrol.Checkpoint.number)).all()
    assert sorted(numbers) == [1, 2, 3, 4, 5, 6]


def test_without_locks_two_phones_of_one_member_are_paid_twice_or_turned_away(
    at_once, meet_at, without_locks
):
    walker, answers = two_phones(at_once, meet_at)
    assert answers != {"round_completed": 1, "cooldown": 1}
    turned_away = answers["fault"] + answers["unavailable"]
    assert turned_away == 1 or patrol.balance(walker) == 4


def test_without_locks_two_judges_both_believe_they_decided_or_one_breaks(
    at_once, meet_at, clock, without_locks
):
    walker, yes, no = patrol.person(), patrol.coordinator(), patrol.coordinator("何平")
    round_id = held(clock, walker)
    meet_at(closing, "_check_judge")
    answers = at_once(
        lambda: patrol.judge(yes, round_id, accept=True), lambda: patrol.judge(no, round_id, accept=False)
    )
    assert answers["already_judged"] == 0


def test_behind_the_locks_the_ledger_itself_pays_a_round_only_once(at_once, meet_at, clock, without_locks):
    walker, desks = patrol.person(), (patrol.coordinator(), patrol.coordinator("何平"))
    round_id = held(clock, walker)
    meet_at(closing, "_check_judge")
    at_once(*[lambda desk=desk: patrol.judge(desk, round_id) for desk in desks])
    assert patrol.balance(walker) == 2
