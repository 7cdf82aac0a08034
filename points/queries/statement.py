"""Statements: what came in and went out, line by line."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import clock, paging
from core.db import db
from core.paging import Page
from points.errors import TransferUnknown
from points.models import TariffRule, Transfer, TransferLot
from points.queries.balances import LotLine
from points.queries.tariff import RULE, rule_of
from points.rules import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """One line of an account's statement: `points` is signed. `reverses_kind`: what a reversal took back.

    `reversed_by` is the reversal that took this line back, None when it stands; `finished_by` the kind of transfer
    ("pay", "release") that handed on what this line had reserved. `subject_name` is the shop's or reward's name in the
    reader's language, once `points.words.with_names` has looked it up.
    """

    id: UUID
    kind: str
    points: int
    happened_at: datetime
    posted_at: datetime
    rule: Rule | None
    subject_type: str
    subject_id: UUID | None
    expires_on: date | None
    memo: str
    reverses_id: UUID | None
    reverses_kind: str | None
    reversed_by: UUID | None
    finished_by: str | None
    other_id: UUID
    squad_id: UUID | None
    receipt_key: UUID
    actor_id: UUID
    subject_name: str = ""

    @property
    def withdrawable(self) -> bool:
        """Whether the desk may still take it back: an award that stands and has not expired."""
        unexpired = self.expires_on is None or self.expires_on >= clock.today()
        return self.kind == "earn" and self.reversed_by is None and unexpired


@dataclass(frozen=True, slots=True)
class Receipt:
    """One line with the lots that it changed (signed), for the page behind it."""

    line: StatementLine
    lots: tuple[LotLine, ...]
    follow_ups: tuple[StatementLine, ...]


def statement(account_id: UUID, *, cursor: str | None = None, limit: int = 50) -> Page[StatementLine]:
    """What came in and went out, the newest first. Raises `core.paging.CursorInvalid`."""
    limit = max(1, min(limit, paging.MOST_ITEMS))
    before = _position(cursor) if cursor else None
    sides = [
        _side(account_id, Transfer.credit_account_id, before, limit + 1),
        _side(account_id, Transfer.debit_account_id, before, limit + 1),
    ]
    both = sa.union_all(*(sa.select(side.subquery().c.id) for side in sides)).subquery()
    rows = _lines(account_id, Transfer.id.in_(sa.select(both.c.id)), limit + 1)
    more = None
    if len(rows) > limit:
        last = rows[limit - 1]
        more = paging.encode(last.posted_at.isoformat(), str(last.id))
    return Page(rows[:limit], more)


def find_transfer(account_id: UUID, transfer_id: UUID) -> Receipt:
    """One line of an account's statement. Raises `TransferUnknown`, also for somebody else's transfer."""
    mine = sa.or_(Transfer.credit_account_id == account_id, Transfer.debit_account_id == account_id)
    found = _lines(account_id, sa.and_(Transfer.id == transfer_id, mine), 1)
    if not found:
        raise TransferUnknown
    line = found[0]
    same_key = sa.and_(mine, Transfer.receipt_key == line.receipt_key, Transfer.id != transfer_id)
    changes = db.session.execute(
        sa.select(TransferLot.expires_on, TransferLot.change)
        .where(TransferLot.transfer_id == transfer_id, TransferLot.account_id == account_id)
        .order_by(TransferLot.expires_on)
    )
    touched = tuple(LotLine(row.expires_on, row.change) for row in changes)
    if line.expires_on is not None and line.points > 0:
        touched = (LotLine(line.expires_on, line.points),)
    return Receipt(line, touched, tuple(_lines(account_id, same_key, paging.MOST_ITEMS)))


def owner_of(transfer_id: UUID) -> UUID:
    """Whose statement shows this earning. Raises `TransferUnknown`."""
    owner = db.session.scalar(
        sa.select(Transfer.credit_account_id).where(Transfer.id == transfer_id, Transfer.kind == "earn")
    )
    if owner is None:
        raise TransferUnknown
    return owner


def _position(cursor: str) -> tuple[datetime, UUID]:
    posted_at, transfer_id = paging.decode(cursor, str, str)
    return paging.moment(posted_at), paging.identifier(transfer_id)


def _side(account_id: UUID, column: Any, before: tuple[datetime, UUID] | None, limit: int) -> Any:
    query = sa.select(Transfer.id).where(column == account_id)
    if column is Transfer.debit_account_id:
        # Spelled out, not bound: only so can the index without earnings be used.
        query = query.where(sa.text("kind <> 'earn'"))
    if before is not None:
        at, transfer_id = before
        earlier = sa.or_(Transfer.posted_at < at, Transfer.id < transfer_id)
        query = query.where(Transfer.posted_at <= at, earlier)
    return query.order_by(Transfer.posted_at.desc(), Transfer.id.desc()).limit(limit)


def _lines(account_id: UUID, condition: Any, limit: int) -> list[StatementLine]:
    original, undone, finish = (sa.orm.aliased(Transfer) for _ in range(3))
    query = (
        sa.select(
            *Transfer.__table__.columns,
            *(column.label(f"rule_{column.key}") for column in RULE if column is not TariffRule.id),
            original.kind.label("reverses_kind"),
            undone.id.label("reversed_by"),
            finish.kind.label("finished_by"),
        )
        .outerjoin(TariffRule, TariffRule.id == Transfer.rule_id)
        .outerjoin(original, original.id == Transfer.reverses_id)
        .outerjoin(undone, undone.reverses_id == Transfer.id)
        .outerjoin(finish, finish.reservation_id == Transfer.id)
        .where(condition)
        .order_by(Transfer.posted_at.desc(), Transfer.id.desc())
        .limit(limit)
    )
    return [_line(account_id, row) for row in db.session.execute(query)]


def _line(account_id: UUID, row: Any) -> StatementLine:
    credited = row.credit_account_id == account_id
    return StatementLine(
        id=row.id,
        kind=row.kind,
        points=row.amount if credited else -row.amount,
        happened_at=row.happened_at,
        posted_at=row.posted_at,
        rule=rule_of(row) if row.rule_id else None,
        subject_type=row.subject_type,
        subject_id=row.subject_id,
        expires_on=row.expires_on,
        memo=row.memo,
        reverses_id=row.reverses_id,
        reverses_kind=row.reverses_kind,
        reversed_by=row.reversed_by,
        finished_by=row.finished_by,
        other_id=row.debit_account_id if credited else row.credit_account_id,
        squad_id=row.squad_id,
        receipt_key=row.receipt_key,
        actor_id=row.actor_id,
    )
