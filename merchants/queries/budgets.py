"""What waits for a second coordinator before a shop gets it, and what single coordinators have granted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import points.queries
from core import paging
from core.auth import NIL
from core.db import db
from core.paging import Page
from merchants.models import BudgetChange, BudgetRequest, Merchant
from merchants.rules.values import WAITING
from points.queries import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetRequestLine:
    """What a shop is to get above a limit. `state` is "waiting", "agreed", "declined" or "cancelled"; times are UTC.

    A grant to its budget, or with a `rule_code` (and its names in the tariff today) the award of a deed done at
    `happened_at`. `limit_passed`: "grant" or "award", "shop_week" or "member_week" (for a deed), or "coordinator_day";
    `answer` is why it was declined.
    """

    id: UUID
    merchant_id: UUID
    shop_name: str
    shop_name_en: str
    points: int
    reason: str
    rule_code: str | None
    rule_zh: str
    rule_en: str
    happened_at: datetime | None
    limit_passed: str
    requested_by: UUID
    requested_at: datetime
    state: str
    decided_by: UUID | None
    decided_at: datetime | None
    answer: str


def granted_alone(since: datetime, *, merchant_id: UUID | None = None, by: UUID | None = None) -> int:
    """Points that coordinators have granted since (UTC) and nobody had to second: to one shop, or by one of them.

    What was taken out again still counts, and what an operator's own run has granted does not. Only sure while the
    shop's budget and the account of whoever grants are locked.
    """
    total = sa.select(sa.func.coalesce(sa.func.sum(BudgetChange.points), 0)).where(
        BudgetChange.changed_at >= since,
        BudgetChange.points > 0,
        BudgetChange.changed_by != NIL,
        ~sa.exists().where(BudgetRequest.change_id == BudgetChange.id),
    )
    if merchant_id is not None:
        total = total.where(BudgetChange.merchant_id == merchant_id)
    if by is not None:
        total = total.where(BudgetChange.changed_by == by)
    return int(db.session.scalar(total) or 0)


def shop_requests(
    state: str = WAITING, *, merchant_id: UUID | None = None, cursor: str | None = None, limit: int = 50
) -> Page[BudgetRequestLine]:
    """Those in one state, of all shops or of one: what waits oldest first, the rest newest first.

    Raises `CursorInvalid`.
    """
    limit = max(1, min(limit, paging.MOST_ITEMS))
    waiting = state == WAITING
    place = sa.tuple_(BudgetRequest.requested_at, BudgetRequest.id)
    columns = BudgetRequest.__table__.c
    query = (
        sa.select(
            *(columns[each] for each in BudgetRequestLine.__dataclass_fields__ if each in columns),
            Merchant.name.label("shop_name"),
            Merchant.name_en.label("shop_name_en"),
        )
        .join(Merchant, Merchant.id == BudgetRequest.merchant_id)
        .where(BudgetRequest.state == state)
        .order_by(
            *(each if waiting else each.desc() for each in (BudgetRequest.requested_at, BudgetRequest.id))
        )
        .limit(limit + 1)
    )
    if merchant_id is not None:
        query = query.where(BudgetRequest.merchant_id == merchant_id)
    if cursor is not None:
        at, last = paging.decode(cursor, str, str)
        moment = sa.literal(paging.moment(at), BudgetRequest.requested_at.type)
        there = sa.tuple_(moment, paging.identifier(last))
        query = query.where(place > there if waiting else place < there)
    rows = db.session.execute(query).mappings().all()
    codes = {row["rule_code"] for row in rows} - {None}
    names = {code: points.queries.rule_versions(code)[0] for code in codes}
    found = [BudgetRequestLine(**row, **_rule_names(names.get(row["rule_code"]))) for row in rows]
    more = None
    if len(found) > limit:
        more = paging.encode(found[limit - 1].requested_at.isoformat(), str(found[limit - 1].id))
    return Page(found[:limit], more)


def _rule_names(rule: Rule | None) -> dict[str, Any]:
    return {"rule_zh": rule.name_zh if rule else "", "rule_en": rule.name_en if rule else ""}


def requests_to_second(actor_id: UUID | None) -> int:
    """How many wait that somebody else has asked for."""
    query = sa.select(sa.func.count()).select_from(BudgetRequest).where(BudgetRequest.state == WAITING)
    if actor_id is not None:
        query = query.where(BudgetRequest.requested_by != actor_id)
    return int(db.session.scalar(query) or 0)
