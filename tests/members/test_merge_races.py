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
from members.errors import MergeStatus, MergeUndone
from members.models import Member
from tests.members.test_races import all_at_once
from tests.support import members_builders as people
from tests.support import points_builders as build

pytestmark = pytest.mark.usefixtures("clock")
HANDS = 6


@pytest.fixture
def app(make_app, engine_url):
    return make_app(engine_url)


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


def test_many_who_merge_the_same_two_either_way_merge_them_once(app, two):
    first, second = two
    staff = [people.staff() for _ in range(HANDS)]
    works = [merging(by, *((first, second) if n % 2 else (second, first))) for n, by in enumerate(staff)]
    answers = all_at_once(app, works)
    assert answers.count(MergeStatus) == HANDS - 1
    db.session.rollback()
    assert sorted(points.queries.balance(each.id) for each in two) == [0, 42]


def test_one_key_merges_once_and_undoes_once(app, two):
    staff, key, undoing = people.staff(), new_id(), new_id()
    answers = all_at_once(app, [merging(staff, *two, key)] * HANDS)
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
    staff = people.staff()
    earn = lambda: build.earn(first.id, 1)  # noqa: E731 - one line
    spend = lambda: build.reserve(second.id, 1)  # noqa: E731 - one line
    all_at_once(app, [merging(staff, first, second), earn, earn, earn, spend, spend])
    db.session.rollback()
    clock.tick(hours=1)
    points.service.follow_merges()
    assert [points.queries.balance(each.id) for each in two] == [0, 43]


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
