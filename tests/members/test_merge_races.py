"""Two coordinators merge at the same moment: one of them does it, and no point is lost or doubled. On both engines."""

import threading
from uuid import UUID

import pytest
import sqlalchemy as sa

import members.queries
import members.service
import points.queries
import points.service
from core.db import db, new_id, transaction
from members.errors import MergeUndone
from members.merge_errors import MergeProposalClosed, MergeProposed
from members.models import Member
from tests.members.test_races import all_at_once
from tests.support import members_builders as people
from tests.support import points_builders as build

pytestmark = pytest.mark.usefixtures("clock")
HANDS = 6


@pytest.fixture
def app(make_app, engine_url):
    return make_app(engine_url)


def proposed(first, second):
    """The merge of these two waits for a second person."""
    wish = {"key": new_id(), "gone_id": first.id, "kept_id": second.id, "reason": "重复"}
    return UUID(members.service.merge(people.staff(), **wish).body["proposal_id"])


def agreeing(actor, proposal_id, key=None):
    key = key or new_id()
    return lambda: members.service.agree_to_merge(actor, key=key, proposal_id=proposal_id).body


@pytest.fixture
def two(app):
    with app.app_context():
        points.service.install_tariff()
        squad_id = people.squad()
        found = [people.member("王桂英", squad_id=squad_id) for _ in range(2)]
        for each in found:
            build.earn(each.id, 21)
        yield found
        db.session.rollback()
        assert build.faults() == {}
        assert members.queries.squad_differences() == []


def merging(actor, gone, kept, key=None):
    key = key or new_id()
    return lambda: members.service.merge(actor, key=key, gone_id=gone.id, kept_id=kept.id, reason="重复").body


def test_of_many_who_agree_at_once_to_the_two_ways_round_one_does_it(app, two):
    ways = [proposed(*two), proposed(*reversed(two))]
    works = [agreeing(people.staff(name="周明"), ways[n % 2]) for n in range(HANDS)]
    answers = all_at_once(app, works)
    outcomes = [each["outcome"] if isinstance(each, dict) else each for each in answers]
    assert outcomes.count("agreed") == 1
    assert outcomes.count("lapsed") == 1
    assert outcomes.count(MergeProposalClosed) == HANDS - 2
    db.session.rollback()
    assert sorted(points.queries.balance(each.id) for each in two) == [0, 42]


def test_of_many_who_propose_the_same_at_once_one_does_and_one_calls_off_or_agrees(app, two):
    wish = {"gone_id": two[0].id, "kept_id": two[1].id, "reason": "重复"}
    staff = [people.staff() for _ in range(HANDS)]
    works = [lambda by=by: members.service.merge(by, key=new_id(), **wish).body for by in staff]
    answers = all_at_once(app, works)
    assert answers.count(MergeProposed) == HANDS - 1
    (by, answer) = next(each for each in zip(staff, answers, strict=True) if isinstance(each[1], dict))
    proposal_id = UUID(answer["proposal_id"])
    off = lambda: members.service.cancel_merge(by, key=new_id(), proposal_id=proposal_id).body  # noqa: E731 - one line
    answers = all_at_once(app, [agreeing(people.staff(name="周明"), proposal_id), off])
    assert answers.count(MergeProposalClosed) == 1


def test_one_key_agrees_once_and_undoes_once(app, two):
    staff, key, undoing = people.staff(name="周明"), new_id(), new_id()
    answers = all_at_once(app, [agreeing(staff, proposed(*two), key)] * HANDS)
    assert len({str(each) for each in answers}) == 1
    merge_id = UUID(answers[0]["merge_id"])
    undo = lambda: members.service.undo_merge(staff, key=undoing, merge_id=merge_id).body  # noqa: E731 - one line
    other = lambda: members.service.undo_merge(staff, key=new_id(), merge_id=merge_id).body  # noqa: E731 - one line
    answers = all_at_once(app, [undo, undo, other, other])
    assert MergeUndone in answers
    assert len({str(each) for each in answers if isinstance(each, dict)}) == 1
    db.session.rollback()
    assert [points.queries.balance(each.id) for each in two] == [21, 21]


def test_points_that_are_earned_and_spent_meanwhile_are_neither_lost_nor_doubled(app, two, clock):
    first, second = two
    earn = lambda: build.earn(first.id, 1)  # noqa: E731 - one line
    spend = lambda: build.reserve(second.id, 1)  # noqa: E731 - one line
    agree = agreeing(people.staff(name="周明"), proposed(*two))
    (told, *_) = all_at_once(app, [agree, earn, earn, earn, spend, spend])
    db.session.rollback()
    clock.tick(hours=1)
    points.service.follow_merges()
    left = [points.queries.balance(each.id) for each in two]
    assert left == ([0, 43] if told["outcome"] == "agreed" else [24, 19])


def test_closing_what_was_read_before_would_close_both(app, two):
    """The control: who looks at the status without a lock lets each of the two go up in the other."""
    looked = threading.Barrier(2)

    def naive(gone):
        status = db.session.scalar(sa.select(Member.status).where(Member.id == gone.id))
        db.session.rollback()
        looked.wait()
        if status == "active":
            with transaction():
                close = sa.update(Member).where(Member.id == gone.id).values(status="left", phone=None)
                db.session.execute(close)

    all_at_once(app, [lambda each=each: naive(each) for each in two])
    db.session.rollback()
    assert {members.queries.facts(each.id).status for each in two} == {"left"}
    with transaction():
        db.session.execute(
            sa.update(Member).where(Member.id.in_([each.id for each in two])).values(status="active")
        )
