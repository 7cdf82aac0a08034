"""Members without a phone at the desk: known by card and PIN, served by a coordinator."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from core import audit, clock
from core.auth import Actor
from core.codes import Code
from core.db import db, new_id, transactional
from core.errors import Invalid
from members import queries, rules
from members.errors import DeskSessionMissing, NotOnOneself, PinOwnPhone
from members.models import DeskSession, Member
from members.queries import MemberFacts
from members.service.cards import read_card
from members.service.common import lock_managed
from members.service.pins import check_pin, keep_pin, new_pin_hash
from members.service.secrets import kept_hashes


@dataclass(frozen=True, slots=True)
class AtTheDesk:
    """A member who is known to stand at this coordinator's desk until `ends_at` (UTC)."""

    member: MemberFacts
    ends_at: datetime


def open_desk_session(actor: Actor, *, card: Code, pin: str) -> AtTheDesk:
    """Let a coordinator act on the word of the member whose card and PIN these are, for ten minutes.

    Raises `CardUnknown`, `CardRevoked`, `CardExpired`, as `check_pin` does, and the refusals of suspended and former
    members. A member on leave is served.
    """
    actor.require("desk.read")
    actor.require("member.manage")
    found = read_card(card)
    check_pin(found.id, pin)
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


def require_at_the_desk(actor: Actor, member_id: UUID) -> datetime:
    """Until when the member stands at this coordinator's desk (UTC). Raises `DeskSessionMissing` when he does not."""
    ends_at = at_the_desk(actor, member_id)
    if ends_at is None:
        raise DeskSessionMissing
    return ends_at


def on_the_members_word(actor: Actor, member_id: UUID, work: Callable[[], None]) -> None:
    """Do what the member at the desk asks for, and only while he stands there. Raises `DeskSessionMissing`.

    `work` checks the coordinator's own rights and writes the audit log; the desk session stands there before it.
    """
    require_at_the_desk(actor, member_id)
    work()


@transactional
def change_settings_at_the_desk(actor: Actor, member_id: UUID, *, language: str, listed: bool) -> None:
    """The member at the desk chooses his language and whether he appears on leaderboards.

    Raises `DeskSessionMissing`, `Invalid` for an unknown language, `NotOnOneself`, `MemberOutranks`.
    """
    require_at_the_desk(actor, member_id)
    if language not in rules.LANGUAGES:
        raise Invalid(field="language")
    member = lock_managed(actor, member_id)
    member.language, member.listed = language, listed
    audit.record(actor, "member.settings_changed", "member", member_id, language=language, listed=listed)


def change_pin_at_the_desk(actor: Actor, member_id: UUID, pin: str) -> None:
    """The member at the desk, known by card and PIN, takes another PIN.

    Raises `DeskSessionMissing`, `PinTooWeak`, `NotOnOneself`, `MemberOutranks`.
    """
    require_at_the_desk(actor, member_id)
    _keep_shown(actor, member_id, new_pin_hash(member_id, pin))


@transactional
def close_desk_session(actor: Actor, member_id: UUID) -> None:
    """The member has gone: nothing more happens on his word."""
    now = clock.now()
    open_ones = (
        DeskSession.member_id == member_id,
        DeskSession.coordinator_id == actor.id,
        DeskSession.ends_at > now,
    )
    ended = db.session.connection().execute(sa.update(DeskSession).where(*open_ones).values(ends_at=now))
    if ended.rowcount:
        audit.record(actor, "desk.closed", "member", member_id)


def set_pin_at_the_desk(actor: Actor, *, card: Code, pin: str, current: str | None = None) -> MemberFacts:
    """Set the PIN of a member without a telephone, who has come with the card and types it himself.

    The card shows that he is there; who has a PIN gives it as `current`, and who forgot it gets a new card, with which
    the old one ends. Nobody does this for his own household. Raises as `read_card` and `check_pin` do, `PinOwnPhone`,
    `PinTooWeak`, `NotOnOneself`, `MemberOutranks`, and the refusals of suspended and former members.
    """
    actor.require("desk.read")
    actor.require("member.manage")
    found = read_card(card)
    if found.status != "on_leave":
        rules.require_active(found)
    if actor.id in queries.household_of(found.id):
        raise NotOnOneself
    if db.session.scalar(sa.select(Member.phone).where(Member.id == found.id)) is not None:
        raise PinOwnPhone
    hashed = new_pin_hash(found.id, pin)
    if kept_hashes(found.id)[1] is not None:
        check_pin(found.id, current or "")
    _keep_shown(actor, found.id, hashed)
    return found


@transactional
def _keep_shown(actor: Actor, member_id: UUID, pin_hash: str) -> None:
    lock_managed(actor, member_id)
    keep_pin(actor, member_id, pin_hash, card_shown=True)
