"""The ledger as the desk and auditors search it: any transfer of anybody, and all that is known of one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import clock, paging
from core.db import db
from core.paging import Page
from points.errors import TransferUnknown
from points.models import Account, TariffRule, Transfer, TransferLot
from points.queries.tariff import RULE, rule_of
from points.rules import Rule

#: What a rare kind or amount is looked for in before the page says how far it has got: every page costs the same,
#: however many transfers there are.
LOOKED_THROUGH = 10_000
#: The shortest beginning of a number that is looked up.
SHORTEST_BEGINNING = 8
_HEX_DIGITS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class BookLine:
    """One transfer seen from outside. `debit_owner` and `credit_owner` are whose accounts they are.

    `reversed_by` is the reversal that took it back, `finished_by` the transfer that handed on what it had reserved.
    """

    id: UUID
    kind: str
    amount: int
    debit_id: UUID
    debit_kind: str
    debit_owner: UUID
    credit_id: UUID
    credit_kind: str
    credit_owner: UUID
    subject_type: str
    subject_id: UUID | None
    rule: Rule | None
    squad_id: UUID | None
    actor_id: UUID
    happened_at: datetime
    posted_at: datetime
    expires_on: date | None
    memo: str
    receipt_key: UUID
    reservation_id: UUID | None
    reverses_id: UUID | None
    reversed_by: UUID | None
    finished_by: UUID | None

    @property
    def withdrawable(self) -> bool:
        """Whether the desk may still take it back by itself: an award to a member that stands and has not expired."""
        unexpired = self.expires_on is None or self.expires_on >= clock.today()
        earned = self.kind == "earn" and self.credit_kind == "member"
        return earned and self.reversed_by is None and unexpired


@dataclass(frozen=True, slots=True)
class LotChange:
    """What a transfer changed in one lot of one account, signed."""

    account_id: UUID
    expires_on: date
    change: int


@dataclass(frozen=True, slots=True)
class TransferSheet:
    """A transfer with the lots it touched and what was booked under the same key."""

    line: BookLine
    lots: tuple[LotChange, ...]
    together: tuple[BookLine, ...]


@dataclass(frozen=True, slots=True)
class Searched:
    """A page of the search; `looked_back_to` tells how far it got when it stopped before the page was full."""

    page: Page[BookLine]
    looked_back_to: datetime | None


def search_transfers(
    *,
    account_ids: Sequence[UUID] = (),
    kind: str | None = None,
    amount: int | None = None,
    first: date | None = None,
    last: date | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Searched:
    """Transfers by their time of booking, the newest first: of these accounts (all when none), days inclusive.

    Looks through `LOOKED_THROUGH` transfers at most and can then be continued, also from a page with no line on it.
    Raises `CursorInvalid`.
    """
    limit = max(1, min(limit, paging.MOST_ITEMS))
    before = _position(cursor) if cursor else None
    selective = kind is not None or amount is not None
    most = LOOKED_THROUGH if selective else limit + 1
    looked = _looked_through(account_ids, first, last, before, most)
    query = sa.select(looked.c.id, looked.c.posted_at)
    if kind is not None:
        query = query.where(looked.c.kind == kind)
    if amount is not None:
        query = query.where(looked.c.amount == amount)
    found = db.session.execute(
        query.order_by(looked.c.posted_at.desc(), looked.c.id.desc()).limit(limit + 1)
    ).all()
    lines = _lines([row.id for row in found[:limit]])
    if len(found) > limit:
        return Searched(Page(lines, _cursor(found[limit - 1])), None)
    reached = _end_of(looked, most) if selective else None
    if reached is None:
        return Searched(Page(lines, None), None)
    return Searched(Page(lines, _cursor(reached)), reached.posted_at)


def taken_back(transfer_ids: Iterable[UUID]) -> set[UUID]:
    """Those of the transfers that a reversal has undone."""
    query = sa.select(Transfer.reverses_id).where(
        Transfer.reverses_id.in_(list(transfer_ids)), Transfer.reverses_id.is_not(None)
    )
    return {each for each in db.session.scalars(query) if each is not None}


def transfers_like(text: str) -> list[BookLine]:
    """Transfers whose own number or receipt's number begins so (8 hexadecimal digits at least), a page at most."""
    digits = "".join(text.split()).replace("-", "").lower()
    if not SHORTEST_BEGINNING <= len(digits) <= _HEX_DIGITS or set(digits) - set("0123456789abcdef"):
        return []
    low, high = UUID(digits.ljust(_HEX_DIGITS, "0")), UUID(digits.ljust(_HEX_DIGITS, "f"))
    both = sa.union(
        *(
            sa.select(
                sa.select(Transfer.id)
                .where(column.between(low, high))
                .limit(paging.MOST_ITEMS)
                .subquery()
                .c.id
            )
            for column in (Transfer.id, Transfer.receipt_key)
        )
    )
    return _lines(list(db.session.scalars(both))[: paging.MOST_ITEMS])


def transfer_sheet(transfer_id: UUID) -> TransferSheet:
    """All that the books tell of one transfer. Raises `TransferUnknown`."""
    found = _lines([transfer_id])
    if not found:
        raise TransferUnknown
    line = found[0]
    lots = [
        LotChange(row.account_id, row.expires_on, row.change)
        for row in db.session.execute(
            sa.select(TransferLot.account_id, TransferLot.expires_on, TransferLot.change)
            .where(TransferLot.transfer_id == transfer_id)
            .order_by(TransferLot.account_id, TransferLot.expires_on)
        )
    ]
    if line.expires_on is not None:
        lots.append(LotChange(line.credit_id, line.expires_on, line.amount))
    same = sa.select(Transfer.id).where(Transfer.receipt_key == line.receipt_key, Transfer.id != transfer_id)
    together = _lines(list(db.session.scalars(same.limit(paging.MOST_ITEMS))))
    return TransferSheet(line, tuple(lots), tuple(together))


def _looked_through(
    account_ids: Sequence[UUID],
    first: date | None,
    last: date | None,
    before: tuple[datetime, UUID] | None,
    most: int,
) -> Any:
    """The newest transfers that fit account and time, as they stand in one index: no more than `most`."""
    columns = (Transfer.id, Transfer.posted_at, Transfer.kind, Transfer.amount)
    parts = []
    for account_id in account_ids:
        parts.append(sa.select(*columns).where(Transfer.credit_account_id == account_id))
        # Spelled out, not bound: only so can the index without earnings be used.
        parts.append(
            sa.select(*columns).where(Transfer.debit_account_id == account_id, sa.text("kind <> 'earn'"))
        )
    limited = [_limited(part, first, last, before, most) for part in parts or [sa.select(*columns)]]
    if len(limited) == 1:
        return limited[0].subquery()
    everything = sa.union(*(sa.select(part.subquery()) for part in limited)).subquery()
    order = everything.c.posted_at.desc(), everything.c.id.desc()
    return sa.select(everything).order_by(*order).limit(most).subquery()


def _limited(
    query: Any, first: date | None, last: date | None, before: tuple[datetime, UUID] | None, most: int
) -> Any:
    if first is not None:
        query = query.where(Transfer.posted_at >= clock.start_of(first))
    if last is not None:
        query = query.where(Transfer.posted_at < clock.day_bounds(last)[1])
    if before is not None:
        at, transfer_id = before
        earlier = sa.or_(Transfer.posted_at < at, Transfer.id < transfer_id)
        query = query.where(Transfer.posted_at <= at, earlier)
    return query.order_by(Transfer.posted_at.desc(), Transfer.id.desc()).limit(most)


def _end_of(looked: Any, most: int) -> Any:
    """The oldest one looked at, None when there were no more than these."""
    count = db.session.scalar(sa.select(sa.func.count()).select_from(looked)) or 0
    if count < most:
        return None
    query = sa.select(looked.c.id, looked.c.posted_at)
    return db.session.execute(query.order_by(looked.c.posted_at, looked.c.id).limit(1)).one()


def _cursor(row: Any) -> str:
    return paging.encode(row.posted_at.isoformat(), str(row.id))


def _position(cursor: str) -> tuple[datetime, UUID]:
    posted_at, transfer_id = paging.decode(cursor, str, str)
    return paging.moment(posted_at), paging.identifier(transfer_id)


def _lines(ids: Sequence[UUID]) -> list[BookLine]:
    """These transfers, the newest first."""
    debit, credit = sa.orm.aliased(Account), sa.orm.aliased(Account)
    undone, finish = sa.orm.aliased(Transfer), sa.orm.aliased(Transfer)
    query = (
        sa.select(
            *Transfer.__table__.columns,
            debit.kind.label("debit_kind"),
            debit.owner_id.label("debit_owner"),
            credit.kind.label("credit_kind"),
            credit.owner_id.label("credit_owner"),
            undone.id.label("reversed_by"),
            finish.id.label("finished_by"),
            *(column.label(f"rule_{column.key}") for column in RULE if column is not TariffRule.id),
        )
        .join(debit, debit.id == Transfer.debit_account_id)
        .join(credit, credit.id == Transfer.credit_account_id)
        .outerjoin(TariffRule, TariffRule.id == Transfer.rule_id)
        # Said once more, because PostgreSQL takes these indexes of some for indexes of all transfers else.
        .outerjoin(undone, (undone.reverses_id == Transfer.id) & undone.reverses_id.is_not(None))
        .outerjoin(finish, (finish.reservation_id == Transfer.id) & finish.reservation_id.is_not(None))
        .where(Transfer.id.in_(ids))
        .order_by(Transfer.posted_at.desc(), Transfer.id.desc())
    )
    return [_line(row) for row in db.session.execute(query)] if ids else []


def _line(row: Any) -> BookLine:
    return BookLine(
        rule=rule_of(row) if row.rule_id else None,
        debit_id=row.debit_account_id,
        credit_id=row.credit_account_id,
        **{
            name: getattr(row, name)
            for name in BookLine.__dataclass_fields__
            if name not in {"rule", "debit_id", "credit_id"}
        },
    )
