"""What partner shops took, and what they have earned."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core.db import db
from points.books import ESCROW, budget
from points.models import SHOP_DEEDS, Transfer


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """One movement for which a shop is owed money, or (negative, with `original_id`) owes it back.

    `kind` is "charge", "voucher" or "refund"; times are UTC. `original_posted_at` is when the shop took what a refund
    gives back; of a payment its own time.
    """

    transfer_id: UUID
    merchant_id: UUID
    kind: str
    points: int
    posted_at: datetime
    original_id: UUID | None
    original_posted_at: datetime


def takings(merchant_ids: Collection[UUID] | None, start: datetime, end: datetime) -> list[Taking]:
    """What these shops (None: all) took from `start` up to, not including, `end`, less what was given back; by time."""
    found = takings_select(merchant_ids, start, end).subquery()
    query = sa.select(found).order_by(found.c.posted_at, found.c.transfer_id)
    return [Taking(**row) for row in db.session.execute(query).mappings()]


def takings_select(
    merchant_ids: Collection[UUID] | None, start: datetime, end: datetime
) -> sa.CompoundSelect[Any]:
    """The columns of `Taking` as a SELECT, for an INSERT of many thousand rows that never leave the database."""
    paid, back, original = (sa.orm.aliased(Transfer) for _ in range(3))
    took = sa.select(
        paid.id.label("transfer_id"),
        paid.credit_account_id.label("merchant_id"),
        sa.case((paid.subject_type == "redemption", "voucher"), else_="charge").label("kind"),
        paid.amount.label("points"),
        paid.posted_at.label("posted_at"),
        sa.cast(sa.null(), paid.id.type).label("original_id"),
        paid.posted_at.label("original_posted_at"),
    ).where(paid.kind == "pay", paid.posted_at >= start, paid.posted_at < end)
    gave_back = (
        sa.select(
            back.id,
            back.debit_account_id,
            sa.literal("refund"),
            -back.amount,
            back.posted_at,
            original.id,
            original.posted_at,
        )
        .join(original, original.id == back.reverses_id)
        .where(original.kind == "pay", back.posted_at >= start, back.posted_at < end)
    )
    if merchant_ids is None:
        # All of it passes through escrow, whose movements the indexes hold by time.
        took = took.where(paid.debit_account_id == ESCROW.id, _not_earned(paid))
        gave_back = gave_back.where(back.credit_account_id == ESCROW.id)
    else:
        took = took.where(paid.credit_account_id.in_(merchant_ids))
        gave_back = gave_back.where(back.debit_account_id.in_(merchant_ids), _not_earned(back))
    return sa.union_all(took, gave_back)


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A gift or a deed of a shop, or a purchase, that was taken back.

    `points` is what it was, `at` is UTC, `reason` is in words.
    """

    transfer_id: UUID
    subject_type: str
    points: int
    at: datetime
    reason: str


def undone(transfer_ids: Collection[UUID]) -> dict[UUID, TakenBack]:
    """Those of the transfers that were taken back, by their ids."""
    found = _undone(Transfer.reverses_id.in_(transfer_ids)) if transfer_ids else []
    return {each.transfer_id: each for each in found}


def taken_from_shop(merchant_id: UUID, since: datetime) -> list[TakenBack]:
    """What was taken back from a shop since (UTC), the latest first.

    Its gifts (back into its budget), its own deeds, and rewards that it had handed over and been paid for.
    """
    gifts = _undone(
        Transfer.credit_account_id == budget(merchant_id).id,
        Transfer.subject_type == "shop_gift",
        Transfer.posted_at >= since,
    )
    own = _undone(
        Transfer.debit_account_id == merchant_id,
        Transfer.subject_type.in_(("shop_deed", "redemption")),
        Transfer.posted_at >= since,
        _not_earned(Transfer),
    )
    return sorted((*gifts, *own), key=lambda each: each.at, reverse=True)


def gifts_taken_from(member_id: UUID, since: datetime) -> list[TakenBack]:
    """Which gifts of shops were taken back from a member since (UTC), the latest first."""
    found = _undone(
        Transfer.debit_account_id == member_id,
        Transfer.subject_type == "shop_gift",
        Transfer.posted_at >= since,
        _not_earned(Transfer),
    )
    return sorted(found, key=lambda each: each.at, reverse=True)


def _undone(*conditions: Any) -> list[TakenBack]:
    query = sa.select(
        Transfer.reverses_id, Transfer.subject_type, Transfer.amount, Transfer.posted_at, Transfer.memo
    ).where(Transfer.reverses_id.is_not(None), *conditions)
    rows: Any = db.session.execute(query)
    return [TakenBack(*row) for row in rows]


def _not_earned(transfer: Any) -> sa.ColumnElement[bool]:
    # Written out, not bound: only so can the index without earnings be used.
    not_earned: sa.ColumnElement[bool] = transfer.kind != sa.literal_column("'earn'")
    return not_earned


def merchant_earned(merchant_id: UUID) -> int:
    """Points that a shop has earned by good deeds of its own; what it stands for, whether or not it still has them."""
    return merchants_earned([merchant_id]).get(merchant_id, 0)


def merchants_earned(merchant_ids: Collection[UUID]) -> dict[UUID, int]:
    """Shop → points earned by its good deeds; shops without any are left out."""
    undone = sa.orm.aliased(Transfer)
    query = (
        sa.select(Transfer.credit_account_id, sa.func.sum(Transfer.amount))
        .where(
            sa.text(f"transfer.{SHOP_DEEDS}"),
            Transfer.credit_account_id.in_(merchant_ids),
            Transfer.kind == "earn",
            # Said once more, because PostgreSQL takes the index of withdrawals for one of all transfers else.
            ~sa.exists().where(undone.reverses_id == Transfer.id, undone.reverses_id.is_not(None)),
        )
        .group_by(Transfer.credit_account_id)
    )
    return {merchant_id: int(earned) for merchant_id, earned in db.session.execute(query)}
