"""What the use cases share: locking, rights over other members, head-counts, keyed digests."""

import contextlib
import hmac
from collections.abc import Iterator, Mapping
from uuid import UUID

import sqlalchemy as sa

from core import clock, codes
from core.auth import Actor
from core.config import settings
from core.db import db, insert
from core.errors import DomainError
from members import rules
from members.errors import (
    AreaUnknown,
    LastAdministrator,
    MemberErased,
    MemberOutranks,
    MemberUnknown,
    NotByHelper,
    NotOnOneself,
    SquadUnknown,
)
from members.models import Area, Captaincy, Member, MemberRole, NumberSeries, PastHelp, Squad


def keys() -> codes.Keyring:
    """The keys of this alliance."""
    return codes.keyring(settings())


def keyed_digest(purpose: str, text: str) -> str:
    """What is kept instead of `text`: useless without the key, and unlike the digest for any other purpose."""
    message = f"members {purpose} {text}".encode("utf-8", "surrogatepass")
    return hmac.digest(settings().printing_secret.encode(), message, "sha256").hex()


def lock_member(member_id: UUID) -> Member:
    """The member's row, locked until the transaction ends. Raises `MemberUnknown`."""
    # FOR NO KEY UPDATE: rows that only point to the member (scans, transfers) need not wait.
    query = sa.select(Member).where(Member.id == member_id).with_for_update(key_share=True)
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise MemberUnknown
    return found


def roles_of(member_id: UUID) -> set[str]:
    """The roles that the member holds."""
    return set(db.session.scalars(sa.select(MemberRole.role).where(MemberRole.member_id == member_id)))


def lock_subject(actor: Actor, member_id: UUID) -> Member:
    """Lock a member's row for a change by himself (or his helper) or by staff.

    Raises `MemberUnknown`, `MemberErased`, and as `require_rank` does.
    """
    if actor.member_id == member_id and actor.kind == "member":
        actor.require("self.write")
        return lock_member(member_id)
    actor.require("member.manage")
    return _lock_for_staff(actor, member_id)


def _lock_for_staff(actor: Actor, member_id: UUID) -> Member:
    member = lock_member(member_id)
    require_rank(actor, member_id)
    if member.erased_at is not None:
        # A new name or telephone number would be personal data again, without anybody's consent.
        raise MemberErased
    return member


def require_owner_or_staff(actor: Actor, member_id: UUID) -> None:
    """Raise `NotByHelper` for a helper who acts for this member: some things only the owner himself decides."""
    if actor.member_id == member_id and actor.id != member_id:
        raise NotByHelper


def lock_managed(actor: Actor, member_id: UUID, permission: str = "member.manage") -> Member:
    """Lock the row of somebody else for an act of staff. Raises `NotOnOneself`, `MemberOutranks`, `MemberUnknown`,
    `MemberErased`.
    """
    actor.require(permission)
    if member_id in {actor.member_id, actor.id}:
        raise NotOnOneself
    return _lock_for_staff(actor, member_id)


def require_rank(actor: Actor, member_id: UUID) -> None:
    """Raise `MemberOutranks` when the member is staff and the actor does not give staff roles.

    Otherwise a coordinator could give a colleague's account a new telephone and sign in with it.
    """
    if actor.kind != "system" and rules.outranks(roles_of(member_id), actor.permissions):
        raise MemberOutranks


def require_places(squad_id: UUID | None, area_id: UUID | None) -> None:
    """Raise `SquadUnknown` or `AreaUnknown` unless both exist, as far as they are given."""
    if squad_id is not None and db.session.scalar(sa.select(Squad.id).where(Squad.id == squad_id)) is None:
        raise SquadUnknown(field="squad_id")
    if area_id is not None and db.session.scalar(sa.select(Area.id).where(Area.id == area_id)) is None:
        raise AreaUnknown(field="area_id")


def change_heads(changes: Mapping[UUID | None, int]) -> None:
    """Add to the head-counts of squads; relative, in id order, so that neither a change is lost nor a lock crossed."""
    for squad_id in sorted(each for each, change in changes.items() if each is not None and change):
        change = changes[squad_id]
        db.session.execute(
            sa.update(Squad).where(Squad.id == squad_id).values(active_members=Squad.active_members + change),
            execution_options={"synchronize_session": False},
        )


def set_status(member: Member, status: str) -> None:
    """Take a step of the status machine and keep the head-count. Raises `StatusChangeImpossible`."""
    rules.check_status_change(member.status, status)
    before, member.status = member.status, status
    change_heads({member.squad_id: (status == "active") - (before == "active")})
    if status != "on_leave":
        member.on_leave_until = None


def end_help(member: Member) -> None:
    """Nobody looks after the account any more. Who did so is remembered, see `rules.HOUSEHOLD_LASTS`."""
    if member.helper_id is None:
        return
    ended_at = clock.now()
    statement = insert(PastHelp).values(member_id=member.id, helper_id=member.helper_id, ended_at=ended_at)
    statement = statement.on_conflict_do_update(
        index_elements=[PastHelp.member_id, PastHelp.helper_id], set_={"ended_at": ended_at}
    )
    db.session.execute(statement)
    member.helper_id = None


def end_captaincies(member_id: UUID) -> None:
    """Whoever leaves a squad or may not act for it does not lead it."""
    db.session.execute(sa.delete(Captaincy).where(Captaincy.member_id == member_id))


def require_another_administrator(member_id: UUID) -> None:
    """Raise `LastAdministrator` when nobody but the member is administrator.

    Locks all administrators' roles, so that two of them cannot remove each other at the same moment.
    """
    query = sa.select(MemberRole.member_id).where(MemberRole.role == "administrator")
    holders = db.session.scalars(query.order_by(MemberRole.member_id).with_for_update()).all()
    able = sa.select(Member.id).where(Member.id.in_(holders), Member.status.in_(("active", "on_leave")))
    if member_id in holders and not set(db.session.scalars(able)) - {member_id}:
        raise LastAdministrator


def take_number() -> int:
    """The next member number, never given out twice."""
    return take_numbers(1)[0]


def take_numbers(count: int) -> list[int]:
    """The next member numbers, never given out twice."""
    statement = insert(NumberSeries).values(name="member", last=rules.FIRST_RUNNING_NUMBER + count - 1)
    statement = statement.on_conflict_do_update(
        index_elements=[NumberSeries.name], set_={"last": NumberSeries.last + count}
    ).returning(NumberSeries.last)
    last = db.session.execute(statement).scalar_one()
    return [rules.member_number(running) for running in range(last - count + 1, last + 1)]


@contextlib.contextmanager
def unique_or(refusal: DomainError) -> Iterator[None]:
    """Write what is added inside at once; when a unique constraint refuses it, undo just that and raise `refusal`.

    A look beforehand would miss the one who does the same at the same moment.
    """
    try:
        with db.session.begin_nested():
            yield
    except sa.exc.IntegrityError as error:
        raise refusal from error
