"""Charges and statements of the past, taken over in bulk: from older records, or as the year behind a demo alliance.

What the counter does request by request is written here for thousands of charges in a few statements. The points are
booked by the caller with `points.ledger.post_many`, because a history is booked in the order of time and has more than
charges: `past_movements` says which.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from core import clock, codes
from core.codes import keyring
from core.config import settings
from core.db import execute, new_id, transaction
from core.receipts import PastReceipt, import_past
from merchants.models import Charge, Settlement
from merchants.rules.shops import check_points
from merchants.rules.values import (
    BY_CARD,
    BY_ORDER,
    BY_PHONE,
    BY_PLATE,
    CANCELLED,
    CLOSED,
    EXPIRED,
    HOLD_LIFE,
    PAID,
    REFUNDED,
    VOID_LIFE,
    VOIDED,
)
from merchants.service.charging import order_code
from points import ledger

#: The request with which a charge of each way begins.
_BEGINNINGS: Final = {
    BY_ORDER: "charge.order",
    BY_PHONE: "charge.hold",
    BY_CARD: "charge.hold",
    BY_PLATE: "charge.plate",
}
_ENDINGS: Final = {VOIDED: "charge.void", REFUNDED: "charge.refund"}
_BATCH: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCharge:
    """A charge of the past that is over, or stands paid. All times aware; the columns as in `merchants.models.Charge`.

    `held_at`: when the points went into escrow. `lots`: expiry day → points that they came from; only needed for what
    came back. The keys are those of the requests that held, paid and gave back.
    """

    id: UUID = field(default_factory=new_id)
    merchant_id: UUID
    member_id: UUID | None
    clerk_id: UUID | None
    way: str
    points: int
    offer_id: UUID | None = None
    what: str = ""
    state: str
    opened_at: datetime
    held_at: datetime | None = None
    paid_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: UUID | None = None
    reason: str = ""
    lots: Mapping[date, int] = field(default_factory=dict)
    reservation_id: UUID = field(default_factory=new_id)
    payment_id: UUID = field(default_factory=new_id)
    return_id: UUID = field(default_factory=new_id)
    hold_key: UUID = field(default_factory=new_id)
    payment_key: UUID = field(default_factory=new_id)
    return_key: UUID = field(default_factory=new_id)

    @property
    def payer(self) -> UUID:
        """Who is answerable for the payment: the member, or the clerk who read his code."""
        who = self.clerk_id if self.way in {BY_PHONE, BY_CARD} else self.member_id
        if who is None:
            raise ValueError(f"nobody is answerable for the payment of charge {self.id}")
        return who

    @property
    def keys(self) -> tuple[UUID, UUID]:
        """Under which keys the points were held and paid: by the plate both at once."""
        if self.way == BY_PLATE:
            return self.id, self.id
        if self.way == BY_ORDER:
            return self.hold_key, self.payment_key
        return self.id if self.way == BY_PHONE else self.payment_key, self.payment_key


def past_movements(past: PastCharge) -> Iterator[ledger.Movement]:
    """How the points of a charge moved: into escrow, to the shop, and home again. Raises ValueError for what cannot be.

    What came back past its day expires as it comes.
    """
    _check(past)
    if past.held_at is None or past.member_id is None:
        return
    member, shop = ledger.member(past.member_id), ledger.merchant(past.merchant_id)
    hold_key, payment_key = past.keys
    about: dict[str, Any] = {"amount": past.points, "subject_type": "charge", "subject_id": past.id}
    yield ledger.Movement(
        id=past.reservation_id, kind="spend", debit=member, credit=ledger.ESCROW,
        **about, **_stamp(past.held_at, hold_key, past.payer),
    )  # fmt: skip
    if past.paid_at is not None:
        yield ledger.Movement(
            id=past.payment_id, kind="pay", debit=ledger.ESCROW, credit=shop, expires_on=date.max,
            reservation_id=past.reservation_id, **about, **_stamp(past.paid_at, payment_key, past.payer),
        )  # fmt: skip
    if past.ended_at is None or past.ended_by is None:
        return
    back = about | _stamp(past.ended_at, past.return_key, past.ended_by) | {"memo": past.reason}
    if past.paid_at is not None:
        yield ledger.Movement(
            kind="reversal", debit=shop, credit=ledger.ESCROW, reverses_id=past.payment_id, **back
        )
    yield ledger.Movement(
        id=past.return_id, kind="reversal", debit=ledger.ESCROW, credit=member, returns=past.lots,
        reverses_id=past.reservation_id, **back,
    )  # fmt: skip


def import_charges(charges: Iterable[PastCharge]) -> int:
    """Write charges of the past with the receipts of their requests; returns how many. Joins the transaction.

    Their movements must have been booked before. None of the limits of a day are looked at, and nothing is flagged.
    """
    everything = list(charges)
    with transaction():
        for start in range(0, len(everything), _BATCH):
            batch = everything[start : start + _BATCH]
            execute(sa.insert(Charge), [_row(each) for each in batch])
            import_past(receipt for each in batch for receipt in _receipts(each))
    return len(everything)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastClosing:
    """How a drafted statement of the past was agreed, paid and closed; `points` and `paid_at` as of its payment.

    `agreed_note`: empty when the owner agreed himself. Times aware, `paid_on` is the day of the programme's zone.
    """

    settlement_id: UUID
    merchant_id: UUID
    points: int
    agreed_at: datetime
    agreed_by: UUID
    agreed_note: str = ""
    paid_at: datetime
    paid_by: UUID
    reference: str
    closed_at: datetime
    closed_by: UUID


def import_closings(closings: Iterable[PastClosing]) -> None:
    """Close drafted statements of the past, and move the points that were paid out. Joins the transaction."""
    everything = list(closings)
    paid = {
        each.settlement_id: [(new_id(), *part) for part in ledger.parts(new_id(), each.points)]
        for each in everything
        if each.points
    }
    with transaction():
        ledger.post_many(
            ledger.Movement(
                id=transfer_id, kind="settle", debit=ledger.merchant(each.merchant_id),
                credit=ledger.SETTLED, amount=points, subject_type="settlement", subject_id=each.settlement_id,
                **_stamp(each.paid_at, key, each.paid_by),
            )
            for each in everything
            for transfer_id, key, points in paid.get(each.settlement_id, ())
        )  # fmt: skip
        rows = [
            {
                "statement": each.settlement_id,
                "state": CLOSED,
                "agreed_at": each.agreed_at,
                "agreed_by": each.agreed_by,
                "agreed_note": each.agreed_note,
                "paid_on": clock.local_date(each.paid_at),
                "paid_by": each.paid_by,
                "reference": each.reference,
                "transfer_id": paid[each.settlement_id][0][0] if each.points else None,
                "closed_at": each.closed_at,
                "closed_by": each.closed_by,
            }
            for each in everything
        ]
        if rows:
            table = Settlement.__table__
            names = rows[0].keys() - {"statement"}
            change = sa.update(Settlement).where(table.c.id == sa.bindparam("statement"))
            execute(change.values({name: sa.bindparam(name) for name in names}), rows)


def _check(past: PastCharge) -> None:
    check_points(past.points)
    paid = past.state in {PAID, VOIDED, REFUNDED}
    over = past.state != PAID
    times = [at for at in (past.opened_at, past.held_at, past.paid_at, past.ended_at) if at is not None]
    right = (
        past.state in {PAID, VOIDED, REFUNDED, CANCELLED, EXPIRED}
        and paid == (past.paid_at is not None)
        and over == (past.ended_at is not None and past.ended_by is not None)
        and (past.held_at is None) == (past.member_id is None)
        and (not paid or past.held_at is not None)
        and times == sorted(times)
        and (past.paid_at is None or past.paid_at < past.opened_at + HOLD_LIFE)
        and (past.held_at is None or not over or sum(past.lots.values()) == past.points)
    )
    if past.state == VOIDED and past.paid_at is not None and past.ended_at is not None:
        right = right and past.ended_at < past.paid_at + VOID_LIFE
    if not right:
        raise ValueError(f"charge {past.id} cannot have gone like that")


def _stamp(at: datetime, key: UUID, actor_id: UUID) -> dict[str, Any]:
    return {
        "happened_at": at,
        "posted_at": at,
        "posted_on": clock.local_date(at),
        "key": key,
        "actor_id": actor_id,
    }


def _row(past: PastCharge) -> dict[str, Any]:
    held, paid = past.held_at is not None, past.paid_at is not None
    by_order = past.way == BY_ORDER
    return {
        "id": past.id,
        "merchant_id": past.merchant_id,
        "member_id": past.member_id,
        "clerk_id": past.clerk_id,
        "way": past.way,
        "points": past.points,
        "offer_id": past.offer_id,
        "what": past.what,
        "state": past.state,
        "code_digest": codes.digest(keyring(settings()), order_code(past.id)) if by_order else None,
        "opened_at": past.opened_at,
        "expires_at": past.opened_at + HOLD_LIFE,
        "paid_at": past.paid_at,
        "local_day": clock.local_date(past.paid_at) if past.paid_at else None,
        "ended_at": past.ended_at,
        "ended_by": past.ended_by,
        "reason": past.reason,
        "reservation_id": past.reservation_id if held else None,
        "payment_id": past.payment_id if paid else None,
        "return_id": past.return_id if held and past.ended_at else None,
    }


def _receipts(past: PastCharge) -> Iterator[PastReceipt]:
    """The requests behind a charge: it was opened, paid, given back."""
    beginner = past.member_id if past.way == BY_PLATE else past.clerk_id
    if beginner is None:
        raise ValueError(f"nobody has begun charge {past.id}")
    yield _receipt(past, past.id, beginner, _BEGINNINGS[past.way], past.opened_at)
    if past.paid_at is not None and past.way != BY_PLATE:
        action = "charge.confirm" if past.way == BY_ORDER else "charge.take"
        yield _receipt(past, past.payment_key, past.payer, action, past.paid_at)
    if past.state in _ENDINGS and past.ended_at is not None and past.ended_by is not None:
        yield _receipt(past, past.return_key, past.ended_by, _ENDINGS[past.state], past.ended_at)


def _receipt(past: PastCharge, key: UUID, actor_id: UUID, action: str, at: datetime) -> PastReceipt:
    about = {"charge_id": str(past.id), "points": past.points}
    return PastReceipt(key=key, actor_id=actor_id, action=action, content=about, answer=about, created_at=at)
