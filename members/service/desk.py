"""Members without a phone at the desk: known by card and PIN, served by a coordinator."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from core import audit, clock
from core.auth import Actor
from core.codes import Code
from core.db import db, new_id, transactional
from members import rules
from members.errors import DeskSessionMissing, PinWrong, SignInTooOften
from members.models import DeskSession
from members.queries import MemberFacts
from members.service.cards import read_card
from members.service.limits import count_try
from members.service.secrets import kept_hashes, matches


@dataclass(frozen=True, slots=True)
class AtTheDesk:
    """A member who is known to stand at this coordinator's desk until `ends_at` (UTC)."""

    member: MemberFacts
    ends_at: datetime


def open_desk_session(actor: Actor, *, card: Code, pin: str) -> AtTheDesk:
    """Let a coordinator act on the word of the member whose card and PIN these are, for ten minutes.

    Raises `CardUnknown`, `CardRevoked`, `CardExpired`, `PinWrong`, `SignInTooOften`, and the refusals of suspended and
    former members. A member on leave is served.
    """
    actor.require("desk.read")
    actor.require("member.manage")
    found = read_card(card)
    count_try(SignInTooOften, pin_member=str(found.id))
    if not matches(kept_hashes(found.id)[1], pin):
        raise PinWrong(field="pin")
    if found.status != "on_leave":
        rules.require_active(found)
    return AtTheDesk(found, _open(actor, found.id))


@transactional
def _open(actor: Actor, member_id: UUID) -> datetime:
    now = clock.now()
    ends_at = now + rules.DESK_SESSION_LIFE
    db.session.add(
        DeskSession(id=new_id(), member_id=member_id, coordinator_id=actor.id, opened_at=now, ends_at=ends_at)
    )
    audit.record(actor, "desk.opened", "member", member_id)
    return ends_at


def at_the_desk(actor: Actor, member_id: UUID) -> datetime | None:
    """Until when the member is known to stand at this coordinator's desk (UTC), or None."""
    query = sa.select(sa.func.max(DeskSession.ends_at)).where(
        DeskSession.member_id == member_id,
        DeskSession.coordinator_id == actor.id,
        DeskSession.ends_at > clock.now(),
    )
    found: datetime | None = db.session.scalar(query)
    return found


def require_at_the_desk(actor: Actor, member_id: UUID) -> None:
    """Raise `DeskSessionMissing` unless the member is known to stand at this coordinator's desk."""
    if at_the_desk(actor, member_id) is None:
        raise DeskSessionMissing


@transactional
def close_desk_session(actor: Actor, member_id: UUID) -> None:
    """The member has gone: nothing more happens on his word."""
    now = clock.now()
    open_ones = (
        DeskSession.member_id == member_id,
        DeskSession.coordinator_id == actor.id,
        DeskSession.ends_at > now,
    )
    db.session.execute(
        sa.update(DeskSession).where(*open_ones).values(ends_at=now),
        execution_options={"synchronize_session": False},
    )
