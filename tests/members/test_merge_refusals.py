"""When two memberships are not made one: something is open, or it is not for this coordinator to do."""

from uuid import uuid4

import pytest
import sqlalchemy as sa

import members.queries
import members.service
import points.queries
import points.service
from core.auth import SYSTEM
from core.db import db, new_id, transaction
from core.errors import Invalid, PermissionMissing
from members.errors import (
    DeletionAwardWaits,
    DeletionCaptain,
    DeletionVoucherOpen,
    MemberOutranks,
    MergeHelps,
    MergeLeaving,
    MergeShopPost,
    MergeStaff,
    MergeStatus,
    MergeUnknown,
    NotOnOneself,
)
from members.models import Member
from tests.support import members_builders as people
from tests.support import merchants_builders, rewards_builders
from tests.support import points_builders as build


@pytest.fixture(autouse=True)
def books(app, clock):
    points.service.install_tariff()


@pytest.fixture
def staff(books):
    return people.staff()


@pytest.fixture
def twice(books):
    on_paper = people.member("王桂英", "volunteer", phone=None, squad_id=people.squad("夕阳红"))
    build.earn(on_paper.id, 30)
    return on_paper, people.member("王桂英", "resident")


def merge(actor, gone, kept):
    return members.service.merge(actor, key=new_id(), gone_id=gone.id, kept_id=kept.id, reason="同一人")


def held(*two):
    return [points.queries.balance(each.id) for each in two]


def has_a_voucher(gone, staff):
    build.earn(gone.id, 2_000)
    rewards_builders.voucher(people.actor(gone), rewards_builders.reward())


def waits_for_a_second(gone, staff):
    build.tariff_rule(code="rescue", points=150)
    points.service.award_deed(staff, key=new_id(), member_id=gone.id, rule_code="rescue")


def leads(gone, staff):
    members.service.appoint_captains(SYSTEM, gone.squad_id, captain_id=gone.id, acting_captain_id=None)


def holds_an_office(gone, staff):
    members.service.set_roles(SYSTEM, gone.id, ["auditor"])


def is_suspended(gone, staff):
    members.service.suspend(staff, gone.id, "吵架")


def wants_to_be_forgotten(gone, staff):
    with transaction():
        db.session.execute(
            sa.update(Member).where(Member.id == gone.id).values(deletion_due_at=sa.func.now())
        )


def looks_after_somebody(gone, staff):
    members.service.correct_phone(staff, gone.id, people.fresh_phone())
    people.managed(people.actor(gone))


def works_at_a_shop(gone, staff):
    merchants_builders.a_clerk(merchants_builders.a_shop(), gone)


@pytest.mark.parametrize(
    ("happens", "refusal"),
    [
        (has_a_voucher, DeletionVoucherOpen),
        (waits_for_a_second, DeletionAwardWaits),
        (leads, DeletionCaptain),
        (holds_an_office, MergeStaff),
        (is_suspended, MergeStatus),
        (wants_to_be_forgotten, MergeLeaving),
        (looks_after_somebody, MergeHelps),
        (works_at_a_shop, MergeShopPost),
    ],
)
def test_what_is_open_ends_first(twice, happens, refusal):
    gone, kept = twice
    administrator = people.staff("administrator")
    happens(gone, administrator)
    before = held(gone, kept)
    assert refusal in [type(each) for each in members.service.merge_matters(gone.id, kept.id)]
    with pytest.raises(refusal):
        merge(administrator, gone, kept)
    assert held(gone, kept) == before


def test_nobody_merges_himself_his_household_or_those_above_him(staff, twice):
    gone, kept = twice
    own, colleague = members.queries.facts(staff.id), people.member("周主任", "administrator")
    helped = people.managed(staff, "他奶奶")
    for one, other, refusal in (
        (own, kept, NotOnOneself),
        (gone, own, NotOnOneself),
        (helped, kept, NotOnOneself),
        (gone, colleague, MemberOutranks),
        (gone, gone, Invalid),
    ):
        with pytest.raises(refusal):
            merge(staff, one, other)
    with pytest.raises(PermissionMissing):
        merge(people.staff("auditor"), gone, kept)
    with pytest.raises(MergeUnknown):
        members.service.undo_merge(staff, key=new_id(), merge_id=uuid4())
