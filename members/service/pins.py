"""The PIN that goes with the card: setting it, checking it, locking it after wrong tries."""

import math
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from core import audit, clock
from core.auth import Actor
from core.db import db, in_transaction, transactional
from members import secret_rules
from members.errors import MemberUnknown, PinLocked, PinMissing, PinWrong
from members.models import Member
from members.service.common import lock_managed, lock_subject
from members.service.limits import closed_until, count_try, forget_tries
from members.service.secrets import hash_pin, kept_hashes, matches, store
from members.service.signing_in import prove_oneself

#: Wrong PINs are counted by these limits, whoever asked for the PIN: the desk or a shop.
_LIMITS = ("pin_member", "pin_member_day")


def check_pin(member_id: UUID, pin: str) -> None:
    """Return when this is the member's PIN, and raise otherwise. The one place where PINs are checked.

    Wrong tries are counted per member, in a transaction of their own, so that the count stands whatever becomes of the
    caller's work: five in an hour or ten in a day lock the PIN, for the desk and all shops, until the time is over or
    the desk unlocks it. The right PIN starts the count anew. Takes tens of milliseconds on purpose.

    Call it before `receipts.once` or `transaction()`; inside one it raises RuntimeError. Raises `PinMissing`,
    `PinWrong` with `tries_left` (at least 1), `PinLocked` with `retry_after` in seconds, also for the last wrong try.
    """
    if in_transaction():
        raise RuntimeError("check_pin inside a transaction, which would undo the count of tries")
    kept = kept_hashes(member_id)[1]
    if kept is None:
        raise PinMissing(field="pin")
    closed = pin_locked_until(member_id)
    if (
        closed is not None
    ):  # Said without counting: who tries again and again meanwhile must not lock it for longer.
        raise PinLocked(retry_after=math.ceil((closed - clock.now()).total_seconds()))
    # Counted before it is looked at: of many guesses at the same moment, too, only so many are looked at.
    left = count_try(PinLocked, **dict.fromkeys(_LIMITS, str(member_id)))
    if matches(kept, pin):
        _forget(member_id)
        return
    if left.tries == 0:
        raise PinLocked(retry_after=left.retry_after)
    raise PinWrong(field="pin", tries_left=left.tries)


@transactional
def _forget(member_id: UUID) -> None:
    for kind in _LIMITS:
        forget_tries(kind, str(member_id))


def pin_locked_until(member_id: UUID) -> datetime | None:
    """Until when (UTC) the PIN is locked after wrong tries, or None."""
    return max((each for kind in _LIMITS if (each := closed_until(kind, str(member_id)))), default=None)


@transactional
def unlock_pin(actor: Actor, member_id: UUID) -> None:
    """Let the PIN of somebody else be tried again before its time. Raises `NotOnOneself`, `MemberOutranks`."""
    lock_managed(actor, member_id)
    _forget(member_id)
    audit.record(actor, "member.pin_unlocked", "member", member_id)


def new_pin_hash(member_id: UUID, pin: str) -> str:
    """The hash of a PIN that this member may have. Made before the transaction that keeps it: hashing takes long.

    Raises `PinTooWeak`, `MemberUnknown`.
    """
    row = db.session.execute(
        sa.select(Member.phone, Member.number).where(Member.id == member_id)
    ).one_or_none()
    if row is None:
        raise MemberUnknown
    return hash_pin(secret_rules.clean_pin(pin, phone=row.phone, number=row.number))


def keep_pin(actor: Actor, member_id: UUID, pin_hash: str, **how: bool) -> None:
    """Keep the PIN, and open it when the old one was locked; `how` goes into the audit log. Joins the transaction."""
    store(member_id, pin_hash=pin_hash)
    _forget(member_id)
    audit.record(actor, "member.secret_changed", "member", member_id, secrets=["pin_hash"], **how)


def change_pin(
    actor: Actor, *, pin: str, current: str | None, code: str | None, network_address: str
) -> None:
    """Set one's own PIN, known by the password (`current`) or by a one-time code sent for `password`.

    Raises `PasswordWrong`, `OneTimeCodeWrong`, `PinTooWeak`, `SignInTooOften`, and `Forbidden` for a helper who acts.
    """
    actor.require("self.write")
    hashed = new_pin_hash(actor.id, pin)
    prove_oneself(actor, password=current, code=code, network_address=network_address)
    _keep_own(actor, hashed)


@transactional
def _keep_own(actor: Actor, pin_hash: str) -> None:
    lock_subject(actor, actor.id)
    keep_pin(actor, actor.id, pin_hash)


def set_pin(actor: Actor, member_id: UUID, pin: str) -> None:
    """An administrator sets somebody's PIN, without the card.

    A coordinator does so only when a card is issued (`issue_card`) or with the card before him
    (`desk.set_pin_at_the_desk`): in passing, he could open the desk with any card he finds. Raises `PinTooWeak`,
    `PermissionMissing`, `NotOnOneself`.
    """
    actor.require("role.manage")
    _set_pin(actor, member_id, new_pin_hash(member_id, pin))


@transactional
def _set_pin(actor: Actor, member_id: UUID, pin_hash: str) -> None:
    lock_managed(actor, member_id)
    keep_pin(actor, member_id, pin_hash)
