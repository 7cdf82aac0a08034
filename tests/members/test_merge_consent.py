"""A merge that moves points is agreed to by a second coordinator, or nothing moves."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

import members.queries
import members.service
import points.queries
import points.service
from core.audit import AuditEntry
from core.auth import SYSTEM
from core.db import db, new_id, transaction
from core.errors import PermissionMissing
from members.errors import DeletionCaptain, NameInvalid, NotOnOneself
from members.merge_errors import (
    MergeProposalClosed,
    MergeProposalNotOwn,
    MergeProposalUnknown,
    MergeProposed,
    MergeSecondIsFirst,
)
from members.models import Member
from tests.support import members_builders as people
from tests.support import points_builders as build


@pytest.fixture(autouse=True)
def books(app, clock):
    points.service.install_tariff()
    yield
    db.session.rollback()
    assert build.faults() == {}


@pytest.fixture
def staff(books):
    return people.staff()


@pytest.fixture
def second(books):
    return people.staff(name="周明")


@pytest.fixture
def twice(books):
    squad_id = people.squad("夕阳红")
    on_paper = people.member("王桂英", "volunteer", phone=None, squad_id=squad_id)
    build.earn(on_paper.id, 42)
    return on_paper, people.member("王桂英", "resident", squad_id=squad_id)


def propose(by, gone, kept, **wishes):
    answer = members.service.merge(
        by, key=new_id(), gone_id=gone.id, kept_id=kept.id, **({"reason": "同一人"} | wishes)
    )
    assert answer.body["outcome"] == "proposed"
    return UUID(answer.body["proposal_id"])


def agree(by, proposal_id, key=None):
    return members.service.agree_to_merge(by, key=key or new_id(), proposal_id=proposal_id).body


def decline(by, proposal_id, reason="问过本人，是两个人"):
    return members.service.decline_merge(by, key=new_id(), proposal_id=proposal_id, reason=reason).body


def cancel(by, proposal_id):
    return members.service.cancel_merge(by, key=new_id(), proposal_id=proposal_id).body


def held(*two):
    return [points.queries.balance(each.id) for each in two]


def acts():
    entries = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id))
    return [each.action for each in entries if each.action.startswith("member.merge")]


def test_nothing_moves_until_another_coordinator_agrees(staff, second, twice):
    gone, kept = twice
    proposal_id = propose(staff, gone, kept)
    assert held(gone, kept) == [42, 0]
    assert members.queries.facts(gone.id).status == "active"
    assert members.queries.merges_to_agree(second.id) == 1
    assert members.queries.merges_to_agree(staff.id) == 0
    with pytest.raises(MergeSecondIsFirst):
        agree(staff, proposal_id)
    told = agree(second, proposal_id)
    assert (told["outcome"], told["points"], held(gone, kept)) == ("agreed", 42, [0, 42])
    merged = members.queries.merged_into(gone.id)
    assert (merged.id, merged.by_two, merged.merged_by) == (UUID(told["merge_id"]), True, staff.id)
    line = members.queries.merge_proposal(proposal_id)
    assert (line.state, line.proposed_by, line.decided_by) == ("agreed", staff.id, second.id)
    assert acts() == ["member.merge_proposed", "member.merged"]
    with pytest.raises(MergeProposalClosed):
        agree(second, proposal_id)
    assert members.queries.merges_to_agree(second.id) == 0


def test_one_is_enough_as_long_as_no_points_are_concerned(staff, books):
    first, other = (people.member("李强", phone=None) for _ in range(2))
    answer = members.service.merge(staff, key=new_id(), gone_id=first.id, kept_id=other.id, reason="重复")
    assert answer.body["outcome"] == "merged"
    assert members.queries.merged_into(first.id).by_two is False


def spent_everything(gone, kept, clock):
    build.reserve(gone.id, 42)


def gives_its_phone_to_the_points(gone, kept, clock):
    return kept, gone


def gives_its_helper_to_the_points(gone, kept, clock):
    helper = people.staff("volunteer", "孙女")
    return people.managed(helper), gone


@pytest.mark.parametrize(
    "happens", [spent_everything, gives_its_phone_to_the_points, gives_its_helper_to_the_points]
)
def test_points_of_the_past_and_a_new_hand_on_points_need_two_as_well(staff, twice, clock, happens):
    gone, kept = happens(*twice, clock) or twice
    assert members.service.needs_second(gone.id, kept.id, "kept")
    propose(staff, gone, kept)


def test_a_refusal_has_a_reason_without_names_and_one_calls_off_only_ones_own(staff, second, twice):
    proposal_id = propose(staff, *twice)
    with pytest.raises(MergeProposed):
        propose(second, *twice)
    for refused in (lambda: decline(second, proposal_id, " "), lambda: decline(staff, proposal_id)):
        with pytest.raises((NameInvalid, MergeSecondIsFirst)):
            refused()
    with pytest.raises(MergeProposalNotOwn):
        cancel(second, proposal_id)
    assert decline(second, proposal_id, "王桂英说是她妹妹")["outcome"] == "declined"
    assert members.queries.merge_proposal(proposal_id).answer == "…说是她妹妹"
    again = propose(second, *twice)
    assert cancel(second, again)["outcome"] == "cancelled"
    with pytest.raises(MergeProposalClosed):
        agree(staff, again)
    assert held(*twice) == [42, 0]
    with pytest.raises(MergeProposalUnknown):
        agree(second, uuid4())


def test_nobody_agrees_for_himself_his_household_or_the_one_he_looks_after(staff, second, twice):
    gone, kept = twice
    proposal_id = propose(staff, gone, kept)
    with pytest.raises(PermissionMissing):
        agree(people.staff("auditor"), proposal_id)
    own = people.member("王桂英", phone=None)
    build.earn(own.id, 9)
    other = propose(staff, own, kept)
    with transaction():
        db.session.execute(sa.update(Member).where(Member.id == own.id).values(helper_id=second.id))
    for decide in (agree, decline):
        with pytest.raises(NotOnOneself):
            decide(second, other)
    assert members.queries.merges_to_agree(second.id) == 1  # only the first of the two
    with transaction():
        db.session.execute(sa.update(Member).where(Member.id == second.id).values(helper_id=staff.id))
    with pytest.raises(MergeSecondIsFirst):
        agree(second, proposal_id)
    assert held(gone, own, kept) == [42, 9, 0]


def points_come(gone, kept, staff, clock):
    build.earn(gone.id, 1)
    return "points"


def points_go(gone, kept, staff, clock):
    build.reserve(gone.id, 2)
    return "points"


def one_is_suspended(gone, kept, staff, clock):
    members.service.suspend(SYSTEM, kept.id, "吵架")
    return "member"


def the_kept_one_goes_up_in_another(gone, kept, staff, clock):
    people.merge(people.staff(), kept, people.member("王桂英"))
    return "member"


def the_one_that_goes_leaves(gone, kept, staff, clock):
    members.service.leave(SYSTEM, gone.id)
    return "member"


def the_proposer_is_no_coordinator_any_more(gone, kept, staff, clock):
    members.service.set_roles(SYSTEM, staff.id, ["volunteer"])
    return "proposer"


def the_proposer_helps_one_of_them(gone, kept, staff, clock):
    with transaction():
        db.session.execute(sa.update(Member).where(Member.id == gone.id).values(helper_id=staff.id))
    return "proposer"


def two_weeks_pass(gone, kept, staff, clock):
    clock.tick(days=14)
    return "too_old"


@pytest.mark.parametrize(
    "happens",
    [
        points_come,
        points_go,
        one_is_suspended,
        the_kept_one_goes_up_in_another,
        the_one_that_goes_leaves,
        the_proposer_is_no_coordinator_any_more,
        the_proposer_helps_one_of_them,
        two_weeks_pass,
    ],
)
def test_what_has_changed_meanwhile_is_not_agreed_to(staff, second, twice, clock, happens):
    gone, kept = twice
    proposal_id, key = propose(staff, gone, kept), new_id()
    why = happens(gone, kept, staff, clock)
    before = held(gone, kept)
    told = agree(second, proposal_id, key)
    assert (told["outcome"], told["why"], told["merge_id"]) == ("lapsed", why, None)
    assert agree(second, proposal_id, key) == told
    assert held(gone, kept) == before
    assert acts()[-1] == "member.merge_lapsed"
    with pytest.raises(MergeProposalClosed):
        agree(people.staff(), proposal_id)


def test_what_nobody_answers_lapses_by_the_clock(staff, twice, clock):
    proposal_id = propose(staff, *twice)
    clock.tick(days=14, seconds=1)
    members.service.retain()
    line = members.queries.merge_proposal(proposal_id)
    assert (line.state, line.why) == ("lapsed", "too_old")
    propose(staff, *twice)


def test_what_could_not_be_done_is_not_proposed(staff, twice):
    gone, kept = twice
    members.service.move(SYSTEM, gone.id, squad_id=people.squad("花木兰"), area_id=None)
    members.service.appoint_captains(SYSTEM, kept.squad_id, captain_id=kept.id, acting_captain_id=None)
    with pytest.raises(DeletionCaptain):
        propose(staff, gone, kept, place="gone")


def test_an_undoing_needs_two_once_points_were_spent(staff, second, twice, clock):
    """Else both would have them: the one as points again, the other as a debt that nobody pays."""
    gone, kept = twice
    merged = people.merge(staff, gone, kept)
    build.reserve(kept.id, 30)
    merge_id = UUID(merged.body["merge_id"])
    answer = members.service.undo_merge(staff, key=new_id(), merge_id=merge_id).body
    assert (answer["outcome"], answer["points"], answer["owed"]) == ("proposed", 42, 30)
    assert held(gone, kept) == [0, 12]
    proposal_id = UUID(answer["proposal_id"])
    with pytest.raises(MergeSecondIsFirst):
        agree(staff, proposal_id)
    build.reserve(kept.id, 1)
    assert agree(second, proposal_id)["why"] == "points"
    again = members.service.undo_merge(staff, key=new_id(), merge_id=merge_id).body
    told = agree(second, UUID(again["proposal_id"]))
    assert (told["outcome"], told["kind"], told["owed"]) == ("agreed", "undo", 31)
    assert held(gone, kept) == [42, 0]
    assert points.queries.holdings(kept.id).owed == 31


def test_whose_data_is_deleted_takes_proposal_and_words_along(staff, second, twice):
    gone, kept = twice
    proposal_id = propose(staff, gone, kept, reason="她住在 3 号楼 502")
    members.service.erase(staff, gone.id, "本人要求")
    db.session.expire_all()
    line = members.queries.merge_proposal(proposal_id)
    assert (line.state, line.why, line.reason) == ("lapsed", "member", "")
    assert members.queries.merges_to_agree(second.id) == 0
    assert timedelta(0) < line.until - line.proposed_at
