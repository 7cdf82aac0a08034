"""What shops that left have paid back, on which receipt."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

import members.queries
from core import paging
from core.db import db
from core.paging import Page
from merchants.models import Merchant, Settlement, SettlementPayback


@dataclass(frozen=True, slots=True, kw_only=True)
class PaybackLine:
    """Money that a shop paid back. `points` and `cents` are what it came to; `recorded_at` is UTC."""

    id: UUID
    settlement_id: UUID
    merchant_id: UUID
    shop: str
    shop_en: str
    month: str
    points: int
    cents: int
    paid_on: date
    reference: str
    recorded_by: UUID
    recorded_at: datetime
    recorded_by_name: str


def paybacks(
    settlement_id: UUID | None = None, *, cursor: str | None = None, limit: int = 50
) -> Page[PaybackLine]:
    """What was paid back, for one statement or for all, the latest first. Raises `CursorInvalid`."""
    limit = max(1, min(limit, paging.MOST_ITEMS))
    query = (
        sa.select(
            *(column for column in SettlementPayback.__table__.c if column.key != "transfer_id"),
            Settlement.merchant_id,
            Settlement.month,
            Merchant.name.label("shop"),
            Merchant.name_en.label("shop_en"),
        )
        .join(Settlement, Settlement.id == SettlementPayback.settlement_id)
        .join(Merchant, Merchant.id == Settlement.merchant_id)
        .order_by(SettlementPayback.recorded_at.desc(), SettlementPayback.id.desc())
        .limit(limit + 1)
    )
    if settlement_id is not None:
        query = query.where(SettlementPayback.settlement_id == settlement_id)
    if cursor is not None:
        at, last = paging.decode(cursor, str, str)
        moment = sa.literal(paging.moment(at), SettlementPayback.recorded_at.type)
        there = sa.tuple_(moment, paging.identifier(last))
        query = query.where(sa.tuple_(SettlementPayback.recorded_at, SettlementPayback.id) < there)
    rows = db.session.execute(query).mappings().all()
    people = members.queries.many_facts({row["recorded_by"] for row in rows})
    names = {each: facts.name for each, facts in people.items()}
    lines = [PaybackLine(**row, recorded_by_name=names.get(row["recorded_by"], "")) for row in rows[:limit]]
    more = paging.encode(lines[-1].recorded_at.isoformat(), str(lines[-1].id)) if len(rows) > limit else None
    return Page(lines, more)
