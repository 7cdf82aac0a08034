"""Merges of memberships: one coordinator alone when no points are concerned, else a second one has to agree.

Without that, somebody at the desk could let the points of any sleeping membership go up in a friend's. What is agreed
to is what moves: a proposal whose facts have changed lapses, and whoever still wants it proposes anew.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from core import audit, clock, receipts
from core.auth import SYSTEM, Actor
from core.db import db, new_id, transactional
from core.errors import DomainError, Invalid
from core.receipts import Answer
from members import queries, rules
from members.errors import NotOnOneself
from members.merge_errors import (
    MergeProposalClosed,
    MergeProposalNotOwn,
    MergeProposalUnknown,
    MergeProposed,
    MergeSecondIsFirst,
)
from members.merge_models import MergeProposal
from members.models import Member
from members.queries.elsewhere import Moved
from members.service import merging
from members.service.common import lock_member, roles_of, unique_or
from members.service.merging import SIDES, Consented, Plan

# --- Proposing, or doing it at once


def merge(
    actor: Actor,
    *,
    key: UUID,
    gone_id: UUID,
    kept_id: UUID,
    phone: str = "kept",
    place: str = "kept",
    reason: str = "",
) -> Answer:
    """Close the membership `gone_id` and let `kept_id` go on; propose it when `needs_second`. Once per key.

    `phone`, `place` (squad and area): whose is kept, `kept` or `gone`; what the kept one has none of it gets from
    the other. The answer has `outcome` (`merged` or `proposed`), `merge_id`, `proposal_id`, `points`, `owed`. Raises
    `MergeStatus`, `MergeStaff`, `MergeHelps`, `MergeShopPost`, `MergeLeaving` and the matters that hinder a deletion
    (`members.service.matters`), `NotOnOneself` for oneself and one's household, `MemberOutranks`, `MemberErased`,
    `MemberUnknown`, `NameInvalid` (reason), `MergeProposed`, `MergeChanged`.
    """
    actor.require("member.merge")
    for field, side in (("phone", phone), ("place", place)):
        if side not in SIDES:
            raise Invalid(field=field)
    plan = Plan(phone, place, rules.clean_text(reason, "reason", rules.LONGEST_MOTTO))

    def work() -> dict[str, Any]:
        gone, kept = merging.lock_both(actor, gone_id, kept_id)
        _require_possible(gone, kept, place)
        if not _needs_second(gone, kept, phone):
            merge_id, moved = merging.carry_out(actor, key, gone, kept, plan)
            return _answer("merged", merge_id, None, moved)
        held = queries.purse(gone_id)
        moved = Moved(held.balance, held.owed)
        return _answer("proposed", None, _propose(actor, "merge", gone, kept, plan, moved), moved)

    content = {"gone": gone_id, "kept": kept_id, "phone": phone, "place": place, "reason": plan.reason}
    return receipts.once(key, actor, "member.merge", content, work)


def undo_merge(actor: Actor, *, key: UUID, merge_id: UUID) -> Answer:
    """Make two memberships of one again, within `rules.MERGE_UNDO`. Once per key.

    The points that were moved go back by reversals, those that have expired since stay expired. One coordinator does
    it alone as long as everything is still there: it gives each what he had. When some were spent, both would have
    them, one as points and one as a debt: then it is proposed. The answer has `outcome` (`undone` or `proposed`),
    `points` (gone back), `owed` (by the kept one), `phone`: `back`, `taken` (somebody else has the number now) or
    `none`. Raises `MergeUnknown`, `MergeUndone`, `MergeTooOld`, `MergeChained`, `MergeProposed`, `NotOnOneself`,
    `MemberOutranks`, `MemberErased`.
    """
    actor.require("member.merge")

    def work() -> dict[str, Any]:
        merged, gone, kept = merging.lock_undoable(actor, merge_id)
        with db.session.begin_nested() as savepoint:
            moved = merging.give_back(actor, key, merged)
            if moved.owed:
                savepoint.rollback()
        if moved.owed:
            plan = Plan("kept", "kept", merged.reason)
            proposal_id = _propose(actor, "undo", gone, kept, plan, moved, merge_id)
            return _answer("proposed", merge_id, proposal_id, moved, phone="none")
        phone = merging.take_apart(actor, merged, gone, kept, moved)
        return _answer("undone", merge_id, None, moved, phone=phone)

    return receipts.once(key, actor, "member.merge_undo", {"merge_id": merge_id}, work)


def needs_second(gone_id: UUID, kept_id: UUID, phone: str) -> bool:
    """Whether this merge waits for a second person: points are, or were ever, concerned.

    Of the one that goes any points count, and also points of the past: a refund would follow later. A limit would
    only be gone round by many small merges. Of the one that is kept they count when a telephone or a helper of the
    other comes to it: then somebody else may spend them. Raises `MemberUnknown`.
    """
    found = {each: db.session.get(Member, each) for each in (gone_id, kept_id)}
    gone, kept = found[gone_id], found[kept_id]
    return gone is not None and kept is not None and _needs_second(gone, kept, phone)


def _needs_second(gone: Member, kept: Member, phone: str) -> bool:
    if queries.purse(gone.id).ever:
        return True
    new_phone = gone.phone is not None and (phone == "gone" or kept.phone is None)
    new_helper = kept.phone is None and kept.helper_id is None and gone.helper_id not in {None, kept.id}
    return (new_phone or new_helper) and queries.purse(kept.id).ever


def _require_possible(gone: Member, kept: Member, place: str) -> None:
    merging.require_mergeable(gone, kept)
    merging.changes_squad(gone, kept, place)
    for matter in merging.matters_of(gone.id):
        raise matter


def _answer(
    outcome: str, merge_id: UUID | None, proposal_id: UUID | None, moved: Moved, **more: str
) -> dict[str, Any]:
    return {
        "outcome": outcome,
        "merge_id": str(merge_id) if merge_id else None,
        "proposal_id": str(proposal_id) if proposal_id else None,
        "points": moved.points,
        "owed": moved.owed,
        **more,
    }


def _propose(
    actor: Actor,
    kind: str,
    gone: Member,
    kept: Member,
    plan: Plan,
    moved: Moved,
    merge_id: UUID | None = None,
) -> UUID:
    waiting = sa.select(MergeProposal.id).where(
        MergeProposal.gone_id == gone.id, MergeProposal.state == "waiting"
    )
    if (found := db.session.scalar(waiting)) is not None:
        raise MergeProposed(proposal_id=str(found))
    proposal = MergeProposal(
        id=new_id(),
        kind=kind,
        gone_id=gone.id,
        kept_id=kept.id,
        phone=plan.phone,
        place=plan.place,
        reason=rules.without(plan.reason, gone.name, kept.name, gone.phone, kept.phone),
        points=moved.points,
        owed=moved.owed,
        proposed_by=actor.id,
        proposed_at=clock.now(),
        state="waiting",
        answer="",
        merge_id=merge_id,
    )
    with unique_or(MergeProposed(proposal_id="")):
        db.session.add(proposal)
    audit.record(
        actor,
        "member.merge_proposed",
        "member",
        gone.id,
        into=str(kept.id),
        proposal=str(proposal.id),
        kind=kind,
        points=moved.points,
        owed=moved.owed,
        reason=proposal.reason,
    )
    return proposal.id


# --- The second person


def agree_to_merge(actor: Actor, *, key: UUID, proposal_id: UUID) -> Answer:
    """Agree to what somebody else has proposed, and do it. Once per key; needs `member.merge_second`.

    The answer has `outcome`: `agreed`; or `lapsed`, when the facts are no longer those that were proposed: nothing
    was moved then, and `why` says what it was (`points`, `member`, `proposer`, `too_old`). Raises
    `MergeProposalUnknown`, `MergeProposalClosed`, `MergeSecondIsFirst`, `NotOnOneself`, `MemberOutranks`.
    """
    actor.require("member.merge_second")

    def work() -> dict[str, Any]:
        found = _proposal(proposal_id)
        # Members before proposals, as everywhere: two who agree at once, or merge the other way round, wait here.
        locked = {each: lock_member(each) for each in sorted((found.gone_id, found.kept_id))}
        proposal = _lock_waiting(proposal_id)
        _require_second(actor, proposal)
        told: dict[str, Any] = {"merge_id": None, "phone": None}
        why = _stale(proposal, locked)
        if why is None:
            try:
                with db.session.begin_nested():
                    told = _carry_out(actor, key, proposal)
            except DomainError as refusal:
                if refusal.code in {"not_on_oneself", "member_outranks"}:
                    raise
                why = "points" if refusal.code == "merge_changed" else "member"
        if why is not None:
            _lapse(actor, proposal, why)
            return _told(proposal) | told
        merge_id = UUID(told["merge_id"])
        _close(proposal, "agreed", actor, "", merge_id)
        return _told(proposal) | told

    return receipts.once(key, actor, "member.merge_agree", {"proposal_id": proposal_id}, work)


def decline_merge(actor: Actor, *, key: UUID, proposal_id: UUID, reason: str) -> Answer:
    """Do not agree to what somebody else has proposed, with a reason. Once per key; needs `member.merge_second`.

    Raises `NameInvalid` (reason), and what `agree_to_merge` does about who may decide.
    """
    actor.require("member.merge_second")
    reason = rules.clean_text(reason, "reason", rules.LONGEST_MOTTO)

    def work() -> dict[str, Any]:
        proposal = _lock_waiting(proposal_id)
        _require_second(actor, proposal)
        members = [db.session.get_one(Member, each) for each in (proposal.gone_id, proposal.kept_id)]
        told = rules.without(reason, *(text for each in members for text in (each.name, each.phone)))
        _close(proposal, "declined", actor, told)
        _record(actor, "member.merge_declined", proposal, reason=told)
        return _told(proposal)

    content = {"proposal_id": proposal_id, "reason": reason}
    return receipts.once(key, actor, "member.merge_decline", content, work)


def cancel_merge(actor: Actor, *, key: UUID, proposal_id: UUID) -> Answer:
    """Call off what one has proposed oneself. Once per key; needs `member.merge`.

    Raises `MergeProposalUnknown`, `MergeProposalClosed`, `MergeProposalNotOwn`.
    """
    actor.require("member.merge")

    def work() -> dict[str, Any]:
        proposal = _lock_waiting(proposal_id)
        if proposal.proposed_by != actor.id:
            raise MergeProposalNotOwn
        _close(proposal, "cancelled", actor, "")
        _record(actor, "member.merge_cancelled", proposal)
        return _told(proposal)

    return receipts.once(key, actor, "member.merge_cancel", {"proposal_id": proposal_id}, work)


@transactional
def lapse_old_proposals() -> int:
    """End what has waited for longer than `rules.MERGE_PROPOSAL_LIFE`; how many. Repeatable."""
    old = sa.select(MergeProposal).where(
        MergeProposal.state == "waiting", MergeProposal.proposed_at < clock.now() - rules.MERGE_PROPOSAL_LIFE
    )
    found = db.session.scalars(old.order_by(MergeProposal.id).with_for_update()).all()
    for each in found:
        _lapse(SYSTEM, each, "too_old")
    return len(found)


class _Pair(NamedTuple):
    gone_id: UUID
    kept_id: UUID


def _proposal(proposal_id: UUID) -> _Pair:
    query = sa.select(MergeProposal.gone_id, MergeProposal.kept_id).where(MergeProposal.id == proposal_id)
    found = db.session.execute(query).one_or_none()
    if found is None:
        raise MergeProposalUnknown
    return _Pair(*found)


def _lock_waiting(proposal_id: UUID) -> MergeProposal:
    query = sa.select(MergeProposal).where(MergeProposal.id == proposal_id).with_for_update()
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise MergeProposalUnknown
    if found.state != "waiting":
        raise MergeProposalClosed(state=found.state)
    return found


def _require_second(actor: Actor, proposal: MergeProposal) -> None:
    own = {actor.id, actor.member_id}
    # Who looks after the proposer's account, or the other way round, is no second pair of eyes.
    if own & queries.household_of(proposal.proposed_by):
        raise MergeSecondIsFirst
    if any(own & queries.household_of(each) for each in (proposal.gone_id, proposal.kept_id)):
        raise NotOnOneself


def _stale(proposal: MergeProposal, locked: Mapping[UUID, Member]) -> str | None:
    """Why what was proposed is no longer what would be done, or None."""
    if clock.now() >= proposal.proposed_at + rules.MERGE_PROPOSAL_LIFE:
        return "too_old"
    by = queries.many_facts([proposal.proposed_by]).get(proposal.proposed_by)
    here = by is not None and by.status in {"active", "on_leave"}
    rights = rules.permissions_of(roles_of(proposal.proposed_by), "active") if here else frozenset()
    households = {*queries.household_of(proposal.gone_id), *queries.household_of(proposal.kept_id)}
    if "member.merge" not in rights or proposal.proposed_by in households:
        return "proposer"
    if proposal.kind == "undo":
        return None
    try:
        _require_possible(locked[proposal.gone_id], locked[proposal.kept_id], proposal.place)
    except DomainError:
        return "member"
    held = queries.purse(proposal.gone_id)
    return None if (held.balance, held.owed) == (proposal.points, proposal.owed) else "points"


def _carry_out(actor: Actor, key: UUID, proposal: MergeProposal) -> dict[str, Any]:
    agreed = Moved(proposal.points, proposal.owed)
    told = {"proposal": str(proposal.id), "proposed_by": str(proposal.proposed_by)}
    consent = Consented(proposal.proposed_by, agreed, told)
    if proposal.kind == "merge":
        gone, kept = merging.lock_both(actor, proposal.gone_id, proposal.kept_id)
        plan = Plan(proposal.phone, proposal.place, proposal.reason)
        merge_id, _moved = merging.carry_out(actor, key, gone, kept, plan, consent)
        return {"merge_id": str(merge_id), "phone": None}
    assert proposal.merge_id is not None  # noqa: S101 - the table says so
    merged, gone, kept = merging.lock_undoable(actor, proposal.merge_id)
    moved = merging.give_back(actor, key, merged)
    merging.require_agreed(moved, consent)
    phone = merging.take_apart(actor, merged, gone, kept, moved, consent)
    return {"merge_id": str(merged.id), "phone": phone}


def _close(
    proposal: MergeProposal, state: str, actor: Actor, answer: str, merge_id: UUID | None = None
) -> None:
    proposal.state, proposal.answer = state, answer
    proposal.decided_by, proposal.decided_at = actor.id, clock.now()
    if merge_id is not None:
        proposal.merge_id = merge_id
    db.session.flush()


def _lapse(actor: Actor, proposal: MergeProposal, why: str) -> None:
    _close(proposal, "lapsed", actor, why)
    _record(actor, "member.merge_lapsed", proposal, why=why)


def _record(actor: Actor, action: str, proposal: MergeProposal, **more: str) -> None:
    audit.record(
        actor,
        action,
        "member",
        proposal.gone_id,
        into=str(proposal.kept_id),
        proposal=str(proposal.id),
        proposed_by=str(proposal.proposed_by),
        kind=proposal.kind,
        points=proposal.points,
        owed=proposal.owed,
        **more,
    )


def _told(proposal: MergeProposal) -> dict[str, Any]:
    return {
        "outcome": proposal.state,
        "why": proposal.answer if proposal.state == "lapsed" else None,
        "proposal_id": str(proposal.id),
        "kind": proposal.kind,
        "merge_id": str(proposal.merge_id) if proposal.merge_id else None,
        "points": proposal.points,
        "owed": proposal.owed,
        "phone": None,
    }
