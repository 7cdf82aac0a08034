"""Two memberships of one person are made one, and taken apart again when that was a mistake.

The membership that goes is closed and keeps everything that it has done: rows of history stay under its id. What can be
used goes to the one that is kept: points (by the packages above, see `members.queries.Part`), telephone, place, roles.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import audit, clock
from core.auth import Actor
from core.db import db, insert, new_id, transactional
from core.errors import DomainError, Invalid
from members import queries, rules
from members.errors import (
    DeletionCaptain,
    DeletionOwed,
    DeletionStaff,
    MemberErased,
    MergeChained,
    MergeHelps,
    MergeLeaving,
    MergeStaff,
    MergeStatus,
    MergeTooOld,
    MergeUndone,
    MergeUnknown,
    NotOnOneself,
    PhoneTaken,
)
from members.merge_errors import MergeChanged
from members.models import Captaincy, DeskSession, Member, MemberRole, Merge, SignIn, Squad, ToldApart
from members.queries.elsewhere import Moved, parts
from members.service.common import (
    change_heads,
    end_captaincies,
    end_help,
    lock_member,
    require_rank,
    roles_of,
    unique_or,
)
from members.service.personal import matters
from members.service.secrets import kept_hashes, store

SIDES = ("kept", "gone")


@dataclass(frozen=True, slots=True)
class Plan:
    """What somebody wishes of a merge: whose telephone and place are kept (one of `SIDES`), and how he knows."""

    phone: str
    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class Consented:
    """That a second person agrees: who had proposed it, what may move, and what the audit log says of it."""

    proposed_by: UUID
    moved: Moved
    told: Mapping[str, str]


def carry_out(
    actor: Actor, key: UUID, gone: Member, kept: Member, plan: Plan, consent: Consented | None = None
) -> tuple[UUID, Moved]:
    """Make the two locked members one; the merge's id, and what was moved.

    Joins the transaction. Without `consent`, the word of two people, nothing may move: raises `MergeChanged` when
    points have come meanwhile; with it, when they are others than those that were agreed to.
    """
    merge_id = new_id()
    moved = Moved(0, 0)
    for part in parts():
        more = part.join(actor, key, merge_id, gone.id, kept.id)
        moved = Moved(moved.points + more.points, moved.owed + more.owed)
    require_agreed(moved, consent)
    before = _make_one(gone, kept, phone=plan.phone, place=plan.place)
    told = rules.without(plan.reason, gone.name, before["phone"], before["kept"]["phone"])
    made = Merge(id=merge_id, gone_id=gone.id, kept_id=kept.id, before=before, reason=told)
    _keep(actor, made, moved, consent)
    return merge_id, moved


def require_agreed(moved: Moved, consent: Consented | None) -> None:
    """Raise `MergeChanged` unless just that was moved which two have agreed to; nothing, when nobody was asked."""
    if moved != (consent.moved if consent else Moved(0, 0)):
        raise MergeChanged


def _keep(actor: Actor, made: Merge, moved: Moved, consent: Consented | None) -> None:
    made.merged_by, made.merged_at = consent.proposed_by if consent else actor.id, clock.now()
    made.points, made.owed = moved
    made.by_two = consent is not None
    db.session.add(made)
    db.session.flush()
    audit.record(
        actor,
        "member.merged",
        "member",
        made.gone_id,
        into=str(made.kept_id),
        merge=str(made.id),
        points=made.points,
        owed=made.owed,
        reason=made.reason,
        **(consent.told if consent else {}),
    )


def lock_both(actor: Actor, gone_id: UUID, kept_id: UUID) -> tuple[Member, Member]:
    """Both rows, locked in the order of their ids, for staff who are neither of the two nor of their households."""
    if gone_id == kept_id:
        raise Invalid(field="kept_id")
    locked = {each: lock_member(each) for each in sorted((gone_id, kept_id))}
    for each in (gone_id, kept_id):
        if {actor.id, actor.member_id} & queries.household_of(each):
            raise NotOnOneself
        require_rank(actor, each)
        if locked[each].erased_at is not None:
            raise MemberErased
    return locked[gone_id], locked[kept_id]


def require_mergeable(gone: Member, kept: Member) -> None:
    """Raise `MergeStatus` or `MergeLeaving` unless both are here and wish to stay."""
    for field, member, allowed in (
        ("gone_id", gone, {"active", "on_leave", "applied"}),
        ("kept_id", kept, {"active", "on_leave"}),
    ):
        if member.status not in allowed:
            # A suspension must not end because its membership goes up in another one.
            raise MergeStatus(field=field, status=member.status)
        if member.deletion_due_at is not None:
            raise MergeLeaving(field=field)


def merge_matters(gone_id: UUID, kept_id: UUID) -> list[DomainError]:
    """What has to end before `gone_id` can go up in `kept_id`, as refusals that are not raised."""
    found: list[DomainError] = []
    rows = db.session.scalars(sa.select(Member).where(Member.id.in_((gone_id, kept_id))))
    known = {each.id: each for each in rows}
    if gone_id in known and kept_id in known:
        try:
            require_mergeable(known[gone_id], known[kept_id])
        except DomainError as refusal:
            found.append(refusal)
    return found + matters_of(gone_id)


def matters_of(gone_id: UUID) -> list[DomainError]:
    """What is open about the one that goes, as refusals that are not raised."""
    found: list[DomainError] = []
    for each in matters(gone_id):
        if isinstance(each, DeletionStaff):
            found.append(MergeStaff())
        elif not isinstance(each, DeletionOwed):  # a debt goes with the points
            found.append(each)
    if managed := queries.managed_by(gone_id):
        found.append(MergeHelps(count=len(managed)))
    for part in parts():
        found.extend(part.hinders(gone_id))
    return found


def _make_one(gone: Member, kept: Member, *, phone: str, place: str) -> dict[str, Any]:
    """Close the one, give to the other; what an undoing needs."""
    before = _before(gone, kept)
    heads: dict[UUID | None, int] = {}
    _close(gone, heads)
    db.session.flush()
    if before["phone"] and (phone == "gone" or kept.phone is None):
        _take_over_phone(gone.id, kept, before)
    _take_over_place(gone, kept, place, before, heads)
    if kept.phone is None and kept.helper_id is None and before["helper_id"] not in (None, str(kept.id)):
        kept.helper_id = UUID(before["helper_id"])
        before["given"]["helper_id"] = before["helper_id"]
    more = (roles_of(gone.id) - rules.STAFF_ROLES) - roles_of(kept.id)
    db.session.add_all(MemberRole(member_id=kept.id, role=role) for role in sorted(more))
    before["given"]["roles"] = sorted(more)
    change_heads(heads)
    return before


def _before(gone: Member, kept: Member) -> dict[str, Any]:
    return {
        "status": gone.status,
        "on_leave_until": gone.on_leave_until.isoformat() if gone.on_leave_until else None,
        "phone": gone.phone,
        "listed": gone.listed,
        "helper_id": _text(gone.helper_id),
        "card_valid": gone.card_digest is not None and gone.card_revoked_at is None,
        "kept": {
            "phone": kept.phone,
            "squad_id": _text(kept.squad_id),
            "area_id": _text(kept.area_id),
            "helper_id": _text(kept.helper_id),
        },
        "given": {"roles": []},
    }


def _text(member_id: UUID | None) -> str | None:
    return str(member_id) if member_id else None


def _uuid(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def _close(gone: Member, heads: dict[UUID | None, int]) -> None:
    now = clock.now()
    _count(heads, gone.squad_id, -(gone.status == "active"))
    end_help(gone)
    gone.phone = gone.claim_digest = gone.claim_expires_at = gone.on_leave_until = None
    gone.status, gone.left_at, gone.listed = "left", now, False
    gone.session_epoch += 1
    if gone.card_digest is not None:
        # The code on a card follows from the membership's id: it cannot become the other one's.
        gone.card_revoked_at = gone.card_revoked_at or now
    db.session.execute(sa.delete(DeskSession).where(DeskSession.member_id == gone.id))


def _count(heads: dict[UUID | None, int], squad_id: UUID | None, change: int) -> None:
    heads[squad_id] = heads.get(squad_id, 0) + change


def _take_over_phone(gone_id: UUID, kept: Member, before: dict[str, Any]) -> None:
    kept.phone = before["phone"]
    kept.session_epoch += 1
    end_help(kept)
    before["given"]["phone"] = before["phone"]
    password = kept_hashes(gone_id)[0]
    if password is not None and kept_hashes(kept.id)[0] is None:
        # Whoever signs in with this number types the password that goes with it.
        store(kept.id, password_hash=password)
        before["given"]["password"] = True


def changes_squad(gone: Member, kept: Member, place: str) -> bool:
    """Whether the kept one goes to the squad of the other. Raises `DeletionCaptain` while he leads his own."""
    if gone.squad_id in {None, kept.squad_id} or (place != "gone" and kept.squad_id is not None):
        return False
    led = sa.select(Squad.name).join(Captaincy, Captaincy.squad_id == Squad.id)
    if name := db.session.scalar(led.where(Captaincy.member_id == kept.id).order_by(Squad.name)):
        raise DeletionCaptain(squad=name)
    return True


def _take_over_place(
    gone: Member, kept: Member, place: str, before: dict[str, Any], heads: dict[UUID | None, int]
) -> None:
    if changes_squad(gone, kept, place):
        if kept.status == "active":
            _count(heads, kept.squad_id, -1)
            _count(heads, gone.squad_id, 1)
        kept.squad_id = gone.squad_id
        before["given"]["squad_id"] = _text(gone.squad_id)
    if gone.area_id is not None and (place == "gone" or kept.area_id is None):
        kept.area_id = gone.area_id
        before["given"]["area_id"] = _text(gone.area_id)


# --- Undoing


def lock_undoable(actor: Actor, merge_id: UUID) -> tuple[Merge, Member, Member]:
    """A merge that can be undone, with the one that had gone and the one that was kept; all three locked.

    Raises `MergeUnknown`, `MergeUndone`, `MergeTooOld`, `MergeChained`, and what `lock_both` does.
    """
    query = sa.select(Merge.gone_id, Merge.kept_id).where(Merge.id == merge_id)
    found = db.session.execute(query).one_or_none()
    if found is None:
        raise MergeUnknown
    gone, kept = lock_both(actor, found.gone_id, found.kept_id)
    locked = sa.select(Merge).where(Merge.id == merge_id).with_for_update()
    merged = db.session.scalars(locked.execution_options(populate_existing=True)).one()
    _require_undoable(merged)
    return merged, gone, kept


def give_back(actor: Actor, key: UUID, merged: Merge) -> Moved:
    """Reverse what the merge has moved: how many points went back, and what the kept one owes for what was spent."""
    moved = Moved(0, 0)
    for part in parts():
        more = part.separate(actor, key, merged.id, merged.gone_id, merged.kept_id)
        moved = Moved(moved.points + more.points, moved.owed + more.owed)
    return moved


def take_apart(
    actor: Actor, merged: Merge, gone: Member, kept: Member, moved: Moved, consent: Consented | None = None
) -> str:
    """Make the two locked members two again, after `give_back`; what came of the telephone number."""
    phone = _make_two(gone, kept, merged.before)
    merged.undone_by, merged.undone_at, merged.before = actor.id, clock.now(), {}
    told: dict[str, Any] = {"points": moved.points, "owed": moved.owed, "phone": phone}
    told.update(consent.told if consent else {})
    audit.record(
        actor, "member.merge_undone", "member", gone.id, merge=str(merged.id), kept=str(kept.id), **told
    )
    return phone


def _require_undoable(merged: Merge) -> None:
    if merged.undone_at is not None:
        raise MergeUndone
    if not merged.before or clock.now() >= merged.merged_at + rules.MERGE_UNDO:
        raise MergeTooOld(days=rules.MERGE_UNDO.days)
    later = sa.select(Merge.id).where(Merge.gone_id == merged.kept_id, Merge.undone_at.is_(None))
    if db.session.scalar(later) is not None:
        raise MergeChained


def _make_two(gone: Member, kept: Member, before: Mapping[str, Any]) -> str:
    heads: dict[UUID | None, int] = {}
    _take_back(kept, before, heads)
    db.session.flush()
    gone.status, gone.left_at, gone.listed = before["status"], None, before["listed"]
    gone.on_leave_until = date.fromisoformat(before["on_leave_until"]) if before["on_leave_until"] else None
    _count(heads, gone.squad_id, gone.status == "active")
    if before["card_valid"]:
        gone.card_revoked_at = None
    phone = _return_phone(gone, before["phone"])
    _return_helper(gone, before["helper_id"])
    _return_helper(kept, before["kept"]["helper_id"])
    change_heads(heads)
    return phone


def _take_back(kept: Member, before: Mapping[str, Any], heads: dict[UUID | None, int]) -> None:
    """What the kept one got, as far as it still has it; what was changed since stays."""
    given, own = before["given"], before["kept"]
    if given.get("phone") and kept.phone == given["phone"]:
        kept.phone = None
        kept.session_epoch += 1
        db.session.flush()
        _return_phone(kept, own["phone"])
    if given.get("password"):
        db.session.execute(sa.update(SignIn).where(SignIn.member_id == kept.id).values(password_hash=None))
    if "squad_id" in given and _text(kept.squad_id) == given["squad_id"]:
        if kept.status == "active":
            _count(heads, kept.squad_id, -1)
            _count(heads, _uuid(own["squad_id"]), 1)
        end_captaincies(kept.id)
        kept.squad_id = _uuid(own["squad_id"])
    if "area_id" in given and _text(kept.area_id) == given["area_id"]:
        kept.area_id = _uuid(own["area_id"])
    if given.get("helper_id") and _text(kept.helper_id) == given["helper_id"]:
        end_help(kept)
    taken = MemberRole.role.in_(given["roles"])
    db.session.execute(sa.delete(MemberRole).where(MemberRole.member_id == kept.id, taken))


def _return_phone(member: Member, phone: str | None) -> str:
    if phone is None or member.phone is not None or member.status == "left":
        return "none"
    try:
        with unique_or(PhoneTaken(field="phone")):
            member.phone = phone
    except PhoneTaken:
        member.phone = None
        return "taken"
    return "back"


def _return_helper(member: Member, helper_id: str | None) -> None:
    """The helper of before, unless the member has a telephone or the helper is no longer there."""
    wanted = _uuid(helper_id)
    if wanted is None or member.helper_id is not None or member.phone is not None:
        return
    found = queries.many_facts([wanted]).get(wanted)
    if found is not None and found.status in {"active", "on_leave"} and found.helper_id is None:
        member.helper_id = wanted


# --- What else staff say, and what is forgotten


@transactional
def tell_apart(actor: Actor, first_id: UUID, second_id: UUID) -> None:
    """These two are two people: they are not listed as likely the same any more. Twice is like once.

    Raises `MemberUnknown`.
    """
    actor.require("member.merge")
    if first_id == second_id:
        raise Invalid(field="second_id")
    first, second = sorted((first_id, second_id))
    for each in (first, second):
        queries.facts(each)
    statement = insert(ToldApart).values(
        first_id=first, second_id=second, told_by=actor.id, told_at=clock.now()
    )
    kept = db.session.execute(
        statement.on_conflict_do_nothing(index_elements=[ToldApart.first_id, ToldApart.second_id]).returning(
            ToldApart.first_id
        )
    ).first()
    if kept is not None:
        audit.record(actor, "member.told_apart", "member", first, other=str(second))


@transactional
def forget_old_merges() -> int:
    """Forget what would undo merges that nobody can undo any more; how many. Repeatable."""
    old = sa.select(Merge).where(
        Merge.merged_at < clock.now() - rules.MERGE_UNDO,
        Merge.undone_at.is_(None),
        sa.cast(Merge.before, sa.String) != "{}",
    )
    found = db.session.scalars(old.with_for_update()).all()
    for each in found:
        each.before = {}
        # Kept until now so that the owner could sign in as before.
        db.session.execute(sa.delete(SignIn).where(SignIn.member_id == each.gone_id))
    return len(found)
