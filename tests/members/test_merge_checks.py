"""Every invariant about merged memberships finds the fault that is planted for it, on both databases."""

from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

import members.queries
import members.service
import points.service
from core.clock import FrozenClock
from core.db import new_id
from members.checks import INVARIANTS
from members.merge_models import MergeProposal
from members.models import Member, Merge
from points.models import Transfer
from tests.support import members_builders as people
from tests.support import points_builders as build
from tests.support.planted import Fault, change, copy, each_is_found, run, strip

Made = dict[str, UUID]


@pytest.fixture
def books(database_app: Flask, clock: FrozenClock) -> Made:
    """Two merges in force, the later of which went on from the earlier, and one that was undone."""
    points.service.install_tariff()
    coordinator = people.staff()
    one, two, three, four = (people.member("王桂英").id for _ in range(4))
    for each in (one, two, four):
        build.earn(each, 10)
    made = {"one": one, "two": two, "three": three, "four": four, "by": coordinator.id}
    for name, gone, kept in (("undone", four, three), ("first", one, two), ("second", two, three)):
        answer = people.merge(coordinator, members.queries.facts(gone), members.queries.facts(kept))
        made[name] = UUID(answer.body["merge_id"])
        clock.tick(hours=1)
    members.service.undo_merge(coordinator, key=new_id(), merge_id=made["undone"])
    strip()
    return made


def the(made: Made, name: str) -> sa.ColumnElement[bool]:
    return Merge.id == made[name]


def moved(made: Made, name: str, kind: str = "gift") -> sa.ColumnElement[bool]:
    return (Transfer.subject_id == made[name]) & (Transfer.kind == kind)


def a_merged_membership_is_open(made: Made) -> None:
    change(Member, Member.id == made["one"], status="active")


def a_merged_membership_has_a_telephone(made: Made) -> None:
    change(Member, Member.id == made["one"], phone="+8613800000000")


def somebody_merged_himself(made: Made) -> None:
    change(Merge, the(made, "first"), merged_by=made["two"])


def one_alone_moved_points(made: Made) -> None:
    run(sa.delete(MergeProposal).where(MergeProposal.merge_id == made["first"]))


def a_merge_hides_that_one_did_it_alone(made: Made) -> None:
    run(sa.delete(MergeProposal).where(MergeProposal.merge_id == made["first"]))
    change(Merge, the(made, "first"), by_two=False)


def one_agreed_with_himself(made: Made) -> None:
    change(MergeProposal, MergeProposal.merge_id == made["second"], decided_by=made["by"])


def somebody_is_merged_twice(made: Made) -> None:
    copy(Merge, made["first"], kept_id=made["four"], points=0)


def two_are_merged_in_a_circle(made: Made) -> None:
    change(Merge, the(made, "first"), gone_id=made["three"])


def points_go_to_a_stranger(made: Made) -> None:
    change(Merge, the(made, "first"), kept_id=uuid4())


def points_name_no_merge(made: Made) -> None:
    change(Transfer, moved(made, "first"), subject_id=uuid4())


def a_merge_says_more_than_it_moved(made: Made) -> None:
    change(Merge, the(made, "second"), points=21)


def a_merge_says_less_was_owed(made: Made) -> None:
    change(Merge, the(made, "second"), owed=1)


def an_undoing_left_points_behind(made: Made) -> None:
    run(sa.delete(Transfer).where(moved(made, "undone", "reversal")))


def a_merge_in_force_gave_points_back(made: Made) -> None:
    change(Merge, the(made, "undone"), undone_at=None, undone_by=None)


FAULTS: list[Fault] = [
    (a_merged_membership_is_open, "merged memberships are closed"),
    (a_merged_membership_has_a_telephone, "merged memberships are closed"),
    (somebody_merged_himself, "nobody merged his own membership"),
    (one_alone_moved_points, "merges that moved points were agreed to by two"),
    (a_merge_hides_that_one_did_it_alone, "merges that moved points were agreed to by two"),
    (one_agreed_with_himself, "merges that moved points were agreed to by two"),
    (somebody_is_merged_twice, "no membership is merged twice, or in a circle"),
    (two_are_merged_in_a_circle, "no membership is merged twice, or in a circle"),
    (points_go_to_a_stranger, "merges move points between their two members"),
    (points_name_no_merge, "merges move points between their two members"),
    (a_merge_says_more_than_it_moved, "what a merge says it moved was moved"),
    (a_merge_says_less_was_owed, "what a merge says it moved was moved"),
    (an_undoing_left_points_behind, "merges are undone as a whole or not at all"),
    (a_merge_in_force_gave_points_back, "merges are undone as a whole or not at all"),
]


def test_every_fault_of_a_merge_is_found(books: Made) -> None:
    each_is_found(books, FAULTS, INVARIANTS, (Merge, MergeProposal, Member, Transfer))
