"""The course of a membership: leave, suspension, leaving, roles, squad, name, preferences."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from core import audit, clock
from core.auth import Actor
from core.db import db, transactional
from core.errors import Invalid
from members import name_rules, queries, rules
from members.errors import MemberMerged, PhoneTaken, StatusChangeImpossible
from members.models import Captaincy, DeskSession, Member, MemberRole, SignIn
from members.service.common import (
    change_heads,
    end_captaincies,
    end_help,
    lock_managed,
    lock_member,
    lock_subject,
    require_another_administrator,
    require_owner_or_staff,
    require_places,
    roles_of,
    set_status,
    unique_or,
)
from members.service.joining import admit

_CHUNK = 200


@transactional
def take_leave(actor: Actor, member_id: UUID, until: date | None) -> None:
    """Rest until the end of the day `until` (programme's zone), or until called back when None.

    By the member or staff. Raises `LeaveDateInvalid`, `StatusChangeImpossible`, `MemberOutranks`.
    """
    rules.check_leave(until, clock.today())
    member = lock_subject(actor, member_id)
    if member.status != "on_leave":
        set_status(member, "on_leave")
    member.on_leave_until = until
    _record(actor, "member.leave_taken", member_id, until=until.isoformat() if until else None)


@transactional
def come_back(actor: Actor, member_id: UUID) -> None:
    """End the leave now; for an active member nothing changes. Raises `StatusChangeImpossible`, `MemberOutranks`."""
    member = lock_subject(actor, member_id)
    if member.status == "active":
        return
    if member.status != "on_leave":
        # Only staff lift a suspension, and only staff admit.
        raise StatusChangeImpossible(status=member.status, wanted="active")
    set_status(member, "active")
    _record(actor, "member.came_back", member_id)


def end_leaves() -> int:
    """Book the end of every leave whose last day is over; how many. Idempotent, in small transactions."""
    done = 0
    while True:
        ended = _end_some_leaves()
        done += ended
        if ended < _CHUNK:
            return done


@transactional
def _end_some_leaves() -> int:
    query = (
        sa.select(Member)
        .where(Member.status == "on_leave", Member.on_leave_until < clock.today())
        .order_by(Member.id)
        .limit(_CHUNK)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    found = db.session.scalars(query).all()
    changes: dict[UUID | None, int] = {}
    for member in found:
        member.status, member.on_leave_until = "active", None
        changes[member.squad_id] = changes.get(member.squad_id, 0) + 1
    change_heads(changes)
    return len(found)


@transactional
def suspend(actor: Actor, member_id: UUID, reason: str) -> None:
    """Suspend a membership: all sessions end at their next request. Twice is the same as once.

    Raises `NotOnOneself`, `MemberOutranks`, `LastAdministrator`, `StatusChangeImpossible`, `NameInvalid` (reason).
    """
    reason = rules.clean_text(reason, "reason", rules.LONGEST_MOTTO)
    member = lock_managed(actor, member_id)
    if member.status == "suspended":
        return
    rules.check_status_change(member.status, "suspended")
    require_another_administrator(member_id)
    set_status(member, "suspended")
    end_captaincies(member_id)
    member.session_epoch += 1
    audit.record(actor, "member.suspended", "member", member_id, reason=reason)


@transactional
def reinstate(actor: Actor, member_id: UUID) -> None:
    """Lift a suspension. Raises `NotOnOneself`, `MemberOutranks`, `StatusChangeImpossible`."""
    member = lock_managed(actor, member_id)
    if member.status == "active":
        return
    if member.status != "suspended":
        raise StatusChangeImpossible(status=member.status, wanted="active")
    set_status(member, "active")
    audit.record(actor, "member.reinstated", "member", member_id)


@transactional
def leave(actor: Actor, member_id: UUID) -> None:
    """Leave the alliance: telephone, secrets, card, posts and staff roles go; what was earned stays in the books.

    By the member himself or staff; twice is the same as once. Raises `LastAdministrator`, `MemberOutranks`,
    `NotByHelper`.
    """
    require_owner_or_staff(actor, member_id)
    member = lock_subject(actor, member_id)
    if member.status == "left":
        return
    end_membership(member)
    _record(actor, "member.left", member_id)


def end_membership(member: Member) -> None:
    """Everything that leaving changes, for a locked member. Joins the transaction. Raises `LastAdministrator`."""
    member_id = member.id
    require_another_administrator(member_id)
    # First, because the database knows nobody who has left and still has a telephone.
    end_help(member)
    for each in db.session.scalars(sa.select(Member.id).where(Member.helper_id == member_id)).all():
        end_help(lock_member(each))
    member.phone = member.claim_digest = member.claim_expires_at = None
    set_status(member, "left")
    end_captaincies(member_id)
    now = clock.now()
    member.left_at = now
    member.listed = False
    member.session_epoch += 1
    if member.card_digest is not None:
        member.card_revoked_at = member.card_revoked_at or now
    db.session.execute(sa.delete(SignIn).where(SignIn.member_id == member_id))
    db.session.execute(sa.delete(DeskSession).where(DeskSession.member_id == member_id))
    staff = MemberRole.role.in_(rules.STAFF_ROLES)
    db.session.execute(sa.delete(MemberRole).where(MemberRole.member_id == member_id, staff))


@transactional
def readmit(actor: Actor, member_id: UUID, phone: str | None) -> None:
    """Take back somebody who left, with his number and his points.

    Raises `PhoneInvalid`, `PhoneTaken`, `StatusChangeImpossible`, `MemberMerged`, and what `lock_managed` does.
    """
    clean = rules.clean_phone(phone) if phone else None
    member = lock_managed(actor, member_id)
    if member.status == "active":
        return
    if member.status != "left":
        raise StatusChangeImpossible(status=member.status, wanted="active")
    merged = queries.merged_into(member_id)
    if merged is not None:
        raise MemberMerged(number=rules.spoken_number(merged.kept.number))
    set_status(member, "active")
    member.left_at = None
    member.admitted_at = member.admitted_at or clock.now()
    with unique_or(PhoneTaken(field="phone")):
        member.phone = clean
    audit.record(actor, "member.readmitted", "member", member_id)


@transactional
def change_status(
    actor: Actor, member_id: UUID, *, status: str, reason: str = "", until: date | None = None
) -> None:
    """Bring a member to the status wanted, by the use case that leads there from the present one.

    `reason` is needed to suspend, and to admit whom too few have vouched for; `until` may limit a leave. Raises what
    the use cases raise.
    """
    if status == "suspended":
        suspend(actor, member_id, reason)
    elif status == "left":
        leave(actor, member_id)
    elif status == "on_leave":
        take_leave(actor, member_id, until)
    else:
        actor.require("member.manage")
        present = lock_member(member_id).status
        if present == "suspended":
            reinstate(actor, member_id)
        elif present == "applied":
            admit(actor, member_id, reason=reason)
        elif present == "left":
            readmit(actor, member_id, None)
        else:
            come_back(actor, member_id)


@transactional
def set_roles(actor: Actor, member_id: UUID, roles: Collection[str]) -> None:
    """Give a member exactly these roles; staff roles only with `role.manage`.

    Raises `RoleUnknown`, `NotOnOneself`, `MemberOutranks`, `LastAdministrator`, `PermissionMissing`.
    """
    wanted = set(roles)
    rules.check_roles(wanted)
    lock_managed(actor, member_id)
    held = roles_of(member_id)
    if (wanted ^ held) & rules.STAFF_ROLES:
        actor.require("role.manage")
    if "administrator" in held - wanted:
        require_another_administrator(member_id)
    if wanted == held:
        return
    gone = MemberRole.role.in_(held - wanted)
    db.session.execute(sa.delete(MemberRole).where(MemberRole.member_id == member_id, gone))
    db.session.add_all(MemberRole(member_id=member_id, role=role) for role in wanted - held)
    audit.record(
        actor, "member.roles_changed", "member", member_id, before=sorted(held), after=sorted(wanted)
    )


@transactional
def move(actor: Actor, member_id: UUID, *, squad_id: UUID | None, area_id: UUID | None) -> None:
    """Put a member into this squad and area; None takes him out. Points earned before stay with the old squad.

    Raises `SquadUnknown`, `AreaUnknown`, `MemberOutranks`.
    """
    actor.require("member.manage")
    member = (
        lock_subject(actor, member_id) if actor.member_id == member_id else lock_managed(actor, member_id)
    )
    require_places(squad_id, area_id)
    before = member.squad_id
    if before != squad_id:
        if member.status == "active":
            change_heads({before: -1, squad_id: 1})
        db.session.execute(sa.delete(Captaincy).where(Captaincy.member_id == member_id))
    member.squad_id, member.area_id = squad_id, area_id
    audit.record(
        actor,
        "member.moved",
        "member",
        member_id,
        before=str(before) if before else None,
        after=str(squad_id) if squad_id else None,
    )


@transactional
def rename(actor: Actor, member_id: UUID, name: str) -> None:
    """Correct a member's name, by staff: cards and lists bear it. Raises `NameInvalid`, `MemberOutranks`."""
    name = rules.clean_name(name)
    actor.require("member.manage")
    member = lock_subject(actor, member_id)
    if member.name != name:
        member.name = name
        for column, value in name_rules.kept(name).items():
            setattr(member, column, value)
        audit.record(actor, "member.renamed", "member", member_id)


@transactional
def change_settings(
    actor: Actor,
    *,
    language: str | None = None,
    theme: str | None = None,
    large_type: bool | None = None,
    speak: bool | None = None,
    listed: bool | None = None,
) -> None:
    """Change how pages look and sound for whoever signed in, and whether the member appears on leaderboards.

    None leaves a setting as it is. While a helper acts, the looks are his own and `listed` is the member's. Raises
    `Invalid` for an unknown language or theme.
    """
    actor.require("self.write")
    for field, value, known in (("language", language, rules.LANGUAGES), ("theme", theme, rules.THEMES)):
        if value is not None and value not in known:
            raise Invalid(field=field)
    looks = {"language": language, "theme": theme, "large_type": large_type, "speak": speak}
    for member_id, wanted in ((actor.id, looks), (actor.member_id, {"listed": listed})):
        changes = {name: value for name, value in wanted.items() if value is not None}
        if changes:
            db.session.execute(
                sa.update(Member).where(Member.id == member_id).values(**changes),
                execution_options={"synchronize_session": False},
            )


def _record(actor: Actor, action: str, member_id: UUID, **data: str | None) -> None:
    """Acts on others are written down; what somebody does for himself is his own business."""
    if actor.id != member_id:
        audit.record(actor, action, "member", member_id, **data)
