"""Spend points: reserve them in escrow, then hand them on or give them back.

These functions join the transaction of whoever sells something; rights, stock and prices are the seller's matter. All
that concerns one reservation happens under the lock of its member's account, so that it is finished only once.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import clock
from core.auth import Actor
from core.db import db, execute
from core.fixed import Fixed
from points import ledger, rules
from points.books import AccountRef, Booked
from points.errors import ReservationClosed, ReservationOpen, TransferNotReversible
from points.models import Transfer

_of: sa.BindParameter[UUID] = sa.bindparam("reservation")
#: What has finished a reservation, or given it back.
_CLOSED = Fixed(
    sa.select(Transfer.id).where((Transfer.reservation_id == _of) | (Transfer.reverses_id == _of))
)


def reserve(
    actor: Actor,
    *,
    key: UUID,
    member_id: UUID,
    points: int,
    subject_type: str,
    subject_id: UUID | None,
    memo: str = "",
) -> UUID:
    """Put a member's points in escrow, earliest expiry first; returns the id of the reservation.

    Raises `AmountInvalid`, `PointsNotEnough`.
    """
    rules.check_amount(points, "points")
    return move(
        actor,
        key,
        kind="spend",
        debit=ledger.member(member_id),
        credit=ledger.ESCROW,
        amount=points,
        subject_type=subject_type,
        subject_id=subject_id,
        memo=memo,
    )


def reserve_and_pay(
    actor: Actor,
    *,
    key: UUID,
    member_id: UUID,
    merchant_id: UUID,
    points: int,
    subject_type: str,
    subject_id: UUID | None,
) -> tuple[UUID, UUID]:
    """`reserve` and `pay` at one go; the ids of the reservation and of the payment.

    Raises `AmountInvalid`, `PointsNotEnough`.
    """
    rules.check_amount(points, "points")
    stamped = stamp(actor, key, "")
    subject: dict[str, Any] = {"amount": points, "subject_type": subject_type, "subject_id": subject_id}
    buyer, shop = ledger.member(member_id), ledger.merchant(merchant_id)
    books = ledger.lock((buyer, shop))
    reservation_id = books.post(
        ledger.Movement(
            kind="spend",
            debit=buyer,
            credit=ledger.ESCROW,
            happened_at=stamped["posted_at"],
            **subject,
            **stamped,
        )
    )
    payment_id = books.post(_handed_on("pay", shop, reservation_id, **subject, **stamped))
    ledger.write(books)
    return reservation_id, payment_id


def release(actor: Actor, *, key: UUID, reservation_id: UUID, memo: str = "") -> UUID:
    """The reserved reward was handed over at the police room. Raises `TransferUnknown`, `ReservationClosed`."""
    return _finish(actor, key, reservation_id, "release", ledger.REDEEMED, memo)


def pay(actor: Actor, *, key: UUID, reservation_id: UUID, merchant_id: UUID, memo: str = "") -> UUID:
    """A shop has taken the reserved points. Raises `TransferUnknown`, `ReservationClosed`."""
    return _finish(actor, key, reservation_id, "pay", ledger.merchant(merchant_id), memo)


def cancel(actor: Actor, *, key: UUID, reservation_id: UUID, memo: str = "") -> UUID:
    """Give reserved points back with their old expiry dates; those past their day expire at once.

    Raises `TransferUnknown`, `ReservationClosed`.
    """
    reservation = _reservation(reservation_id)
    home = ledger.mirror(reservation, **stamp(actor, key, memo))
    books = ledger.lock((reservation.debit,))
    _require_open(reservation_id)
    reversal_id = books.reverse(reservation, home)
    ledger.write(books)
    return reversal_id


def refund(actor: Actor, *, key: UUID, reservation_id: UUID, memo: str = "") -> UUID:
    """Undo a finished purchase as a whole, once: what was handed on goes back through escrow to the member's old lots.

    What a shop no longer holds it owes. Raises `TransferUnknown`, `ReservationOpen`, `ReservationClosed`.
    """
    reservation = _reservation(reservation_id)
    finished_id = db.session.scalar(sa.select(Transfer.id).where(Transfer.reservation_id == reservation_id))
    if finished_id is None:
        raise ReservationOpen
    finished = ledger.find(finished_id)
    stamped = stamp(actor, key, memo)
    back, home = ledger.mirror(finished, **stamped), ledger.mirror(reservation, **stamped)
    books = ledger.lock((back.debit, home.credit))
    if _reversed(reservation_id) or _reversed(finished_id):
        raise ReservationClosed
    books.reverse(finished, back)
    reversal_id = books.reverse(reservation, home)
    ledger.write(books)
    return reversal_id


def gift(actor: Actor, *, key: UUID, giver_id: UUID, receiver_id: UUID, points: int, memo: str = "") -> UUID:
    """One member gives points to another; they keep their expiry dates and count for no score.

    Raises `AmountInvalid`, `PointsNotEnough`.
    """
    return move(
        actor,
        key,
        kind="gift",
        debit=ledger.member(giver_id),
        credit=ledger.member(receiver_id),
        amount=rules.check_amount(points, "points"),
        subject_type="gift",
        subject_id=None,
        memo=memo,
    )


def settle(
    actor: Actor, *, key: UUID, merchant_id: UUID, points: int, subject_id: UUID | None = None, memo: str = ""
) -> UUID:
    """A merchant's points were paid out in money; the id of the transfer.

    More than one transfer may move goes in several, of which this is the first. Never refused for lack of points,
    because a refund may come between the end of the month and the payment: what is missing is owed and taken from the
    next points that the shop takes. Raises `AmountInvalid`.
    """
    stamped = stamp(actor, key, memo)
    account = ledger.merchant(merchant_id)
    books = ledger.lock((account,))
    posted = [
        books.post_in_full(
            ledger.Movement(
                kind="settle",
                debit=account,
                credit=ledger.SETTLED,
                amount=part,
                subject_type="settlement",
                subject_id=subject_id,
                happened_at=stamped["posted_at"],
                prefer=(rules.NEVER,),
                **(stamped | {"key": part_key}),
            )
        )
        for part_key, part in rules.parts(key, points)
    ]
    ledger.write(books)
    return posted[0]


def pay_back(
    actor: Actor, *, key: UUID, merchant_id: UUID, points: int, subject_id: UUID | None = None
) -> UUID:
    """A merchant has paid back in money what these points had brought him; the id of the transfer.

    The way back of `settle`: what the account owes is repaid from it. More than one transfer may move goes in several,
    of which this is the first. Raises `AmountInvalid`.
    """
    stamped = stamp(actor, key, "")
    account = ledger.merchant(merchant_id)
    books = ledger.lock((account,))
    posted = [
        books.post(
            ledger.Movement(
                kind="payback",
                debit=ledger.SETTLED,
                credit=account,
                amount=part,
                subject_type="settlement",
                subject_id=subject_id,
                happened_at=stamped["posted_at"],
                expires_on=rules.NEVER,
                **(stamped | {"key": part_key}),
            )
        )
        for part_key, part in rules.parts(key, points)
    ]
    ledger.write(books)
    return posted[0]


def _finish(actor: Actor, key: UUID, reservation_id: UUID, kind: str, credit: AccountRef, memo: str) -> UUID:
    reservation = _reservation(reservation_id)
    stamped = stamp(actor, key, memo)
    books = ledger.lock((reservation.debit, credit))
    _require_open(reservation_id)
    transfer_id = books.post(
        _handed_on(
            kind,
            credit,
            reservation_id,
            amount=reservation.amount,
            subject_type=reservation.subject_type,
            subject_id=reservation.subject_id,
            **stamped,
        )
    )
    ledger.write(books)
    return transfer_id


def _handed_on(kind: str, credit: AccountRef, reservation_id: UUID, **movement: Any) -> ledger.Movement:
    """What was reserved goes on to whom it was meant for; a shop's points do not expire."""
    return ledger.Movement(
        kind=kind,
        debit=ledger.ESCROW,
        credit=credit,
        happened_at=movement["posted_at"],
        expires_on=rules.NEVER if credit.holds_lots else None,
        reservation_id=reservation_id,
        **movement,
    )


def stamp(actor: Actor, key: UUID, memo: str) -> dict[str, Any]:
    """Who moves points, when and under which key, as a `Movement` takes it. Raises `MemoInvalid`, `MemoHoldsNumber`."""
    now: datetime = clock.now()
    return {
        "key": key,
        "actor_id": actor.member_id or actor.id,
        "posted_at": now,
        "posted_on": clock.local_date(now),
        "memo": rules.clean_memo(memo),
    }


def move(actor: Actor, key: UUID, *, memo: str, **movement: Any) -> UUID:
    """Book one movement that happens now; the id of the transfer. Raises `PointsNotEnough`, `KeyReused`."""
    stamped = stamp(actor, key, memo)
    return ledger.post(ledger.Movement(happened_at=stamped["posted_at"], **stamped, **movement))[0]


def _reservation(reservation_id: UUID) -> Booked:
    found = ledger.find(reservation_id)
    if found.kind != "spend":
        raise TransferNotReversible(kind=found.kind)
    return found


def _require_open(reservation_id: UUID) -> None:
    if execute(_CLOSED, {"reservation": reservation_id}).first() is not None:
        raise ReservationClosed


def _reversed(transfer_id: UUID) -> bool:
    return db.session.scalar(sa.select(Transfer.id).where(Transfer.reverses_id == transfer_id)) is not None
