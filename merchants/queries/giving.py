"""What shops have given and been given: gifts, budgets, good deeds; and what each of their clerks took."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import members.queries
import points.queries
from core import clock, paging
from core.auth import NIL
from core.db import db, execute
from core.paging import Page
from merchants.errors import GiftUnknown, ShopDeedUnknown
from merchants.models import BudgetChange, BudgetRequest, Charge, Merchant, ShopDeed, ShopGift
from merchants.queries.shops import shop
from merchants.rules.giving import GivenToday
from merchants.rules.values import ACTIVE, PAID, PAUSED
from points.queries import TakenBack


def given_today(merchant_id: UUID, member_id: UUID, day: date) -> GivenToday:
    """Points that the shop has given on this local day, to all and to the member."""
    to_member = sa.case((ShopGift.member_id == member_id, ShopGift.points), else_=0)
    query = sa.select(
        sa.func.coalesce(sa.func.sum(ShopGift.points), 0), sa.func.coalesce(sa.func.sum(to_member), 0)
    ).where(ShopGift.merchant_id == merchant_id, ShopGift.local_day == day)
    to_all, own = db.session.execute(query).one()
    return GivenToday(int(to_all), int(own))


@dataclass(frozen=True, slots=True)
class GiftLine:
    """One gift of a shop. `given_at` is UTC; the receiver's name is masked, the clerk's is not: they work together.

    `withdrawn_at` and `withdrawn_why`: when (UTC) and why the desk has taken it back.
    """

    id: UUID
    merchant_id: UUID
    points: int
    reason: str
    given_at: datetime
    member_name: str
    clerk_id: UUID
    clerk_name: str
    withdrawn_at: datetime | None
    withdrawn_why: str


def gifts(merchant_id: UUID, *, cursor: str | None = None, limit: int = 50) -> Page[GiftLine]:
    """The shop's gifts, the newest first. Raises `CursorInvalid`."""
    rows, more = _newest(ShopGift, ShopGift.given_at, merchant_id, cursor, limit)
    return Page(_gift_lines(rows), more)


def gift_of(merchant_id: UUID, gift_id: UUID) -> GiftLine:
    """One gift of the shop. Raises `GiftUnknown`, also for another shop's."""
    query = sa.select(ShopGift).where(ShopGift.id == gift_id, ShopGift.merchant_id == merchant_id)
    found = db.session.scalar(query)
    if found is None:
        raise GiftUnknown
    return _gift_lines([found])[0]


def _gift_lines(rows: Sequence[ShopGift]) -> list[GiftLine]:
    undone = points.queries.undone([row.transfer_id for row in rows])
    people = members.queries.many_facts(each for row in rows for each in (row.member_id, row.clerk_id))
    return [
        GiftLine(
            id=row.id,
            merchant_id=row.merchant_id,
            points=row.points,
            reason=row.reason,
            given_at=row.given_at,
            member_name=members.queries.masked_name(people[row.member_id].name),
            clerk_id=row.clerk_id,
            clerk_name=people[row.clerk_id].name,
            **_withdrawn(undone.get(row.transfer_id)),
        )
        for row in rows
    ]


def _withdrawn(undone: TakenBack | None) -> dict[str, Any]:
    return {
        "withdrawn_at": undone.at if undone else None,
        "withdrawn_why": undone.reason if undone else "",
    }


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """Points put into a shop's budget, or (negative) taken out of it by the desk. `changed_at` is UTC.

    `seconded`: two coordinators stand for it.
    """

    id: UUID
    points: int
    reason: str
    changed_at: datetime
    seconded: bool


def budget_changes(merchant_id: UUID, *, cursor: str | None = None, limit: int = 50) -> Page[BudgetLine]:
    """What the desk has done to the shop's budget, the newest first. Raises `CursorInvalid`."""
    rows, more = _newest(BudgetChange, BudgetChange.changed_at, merchant_id, cursor, limit)
    by_two = _by_two(BudgetRequest.change_id, rows)
    lines = [BudgetLine(row.id, row.points, row.reason, row.changed_at, row.id in by_two) for row in rows]
    return Page(lines, more)


def _by_two(column: Any, rows: Sequence[BudgetChange | ShopDeed]) -> set[UUID]:
    """Those for which two coordinators stand; `column` of the requests names them."""
    return set(db.session.scalars(sa.select(column).where(column.in_([row.id for row in rows]))))


@dataclass(frozen=True, slots=True)
class DeedLine:
    """A good deed of a shop. Times are UTC; the rule's names are those of the tariff today.

    `seconded`: two coordinators stand for it. `withdrawn_at` and `withdrawn_why`: when and why the desk has taken it
    back.
    """

    id: UUID
    rule_code: str
    rule_zh: str
    rule_en: str
    points: int
    note: str
    happened_at: datetime
    awarded_at: datetime
    seconded: bool
    withdrawn_at: datetime | None
    withdrawn_why: str


def deeds(merchant_id: UUID, *, cursor: str | None = None, limit: int = 50) -> Page[DeedLine]:
    """The shop's good deeds, the newest award first. Raises `CursorInvalid`."""
    rows, more = _newest(ShopDeed, ShopDeed.awarded_at, merchant_id, cursor, limit)
    return Page(_deed_lines(rows), more)


def deed_of(merchant_id: UUID, deed_id: UUID) -> DeedLine:
    """One good deed of the shop. Raises `ShopDeedUnknown`, also for another shop's."""
    query = sa.select(ShopDeed).where(ShopDeed.id == deed_id, ShopDeed.merchant_id == merchant_id)
    found = db.session.scalar(query)
    if found is None:
        raise ShopDeedUnknown
    return _deed_lines([found])[0]


def awarded_alone(actor_id: UUID, since: datetime) -> int:
    """Points that the person has awarded to shops since (UTC) and nobody had to second; as they stand now."""
    return _alone(since, ShopDeed.awarded_by == actor_id)


def shop_awarded_alone(merchant_id: UUID, since: datetime) -> int:
    """Points that single coordinators have awarded the shop since (UTC); as they stand now.

    What an operator's own run has awarded does not count. Only sure while the shop's account is locked.
    """
    return _alone(since, ShopDeed.merchant_id == merchant_id, ShopDeed.awarded_by != NIL)


def _alone(since: datetime, *which: sa.ColumnElement[bool]) -> int:
    query = sa.select(ShopDeed.transfer_id, ShopDeed.points).where(
        ShopDeed.awarded_at >= since, *which, ~sa.exists().where(BudgetRequest.deed_id == ShopDeed.id)
    )
    found = execute(query).all()
    undone = points.queries.undone([row.transfer_id for row in found])
    return sum(row.points for row in found if row.transfer_id not in undone)


def _deed_lines(rows: Sequence[ShopDeed]) -> list[DeedLine]:
    undone = points.queries.undone([row.transfer_id for row in rows])
    by_two = _by_two(BudgetRequest.deed_id, rows)
    names = {code: points.queries.rule_versions(code)[0] for code in {row.rule_code for row in rows}}
    return [
        DeedLine(
            id=row.id,
            rule_code=row.rule_code,
            rule_zh=names[row.rule_code].name_zh,
            rule_en=names[row.rule_code].name_en,
            points=row.points,
            note=row.note,
            happened_at=row.happened_at,
            awarded_at=row.awarded_at,
            seconded=row.id in by_two,
            **_withdrawn(undone.get(row.transfer_id)),
        )
        for row in rows
    ]


def _newest(
    table: Any, at: Any, merchant_id: UUID, cursor: str | None, limit: int
) -> tuple[list[Any], str | None]:
    """Rows of one shop by time and id, the newest first, and the cursor behind them."""
    limit = max(1, min(limit, paging.MOST_ITEMS))
    query = sa.select(table).where(table.merchant_id == merchant_id)
    if cursor is not None:
        query = query.where(sa.tuple_(at, table.id) < sa.tuple_(*_place(cursor)))
    query = query.order_by(at.desc(), table.id.desc()).limit(limit + 1)
    rows = list(db.session.scalars(query.execution_options(populate_existing=True)))
    more = (
        paging.encode(getattr(rows[limit - 1], at.key).isoformat(), str(rows[limit - 1].id))
        if len(rows) > limit
        else None
    )
    return rows[:limit], more


def _place(cursor: str) -> tuple[Any, Any]:
    time, last = paging.decode(cursor, str, str)
    at, key = paging.moment(time), paging.identifier(last)
    return sa.literal(at, ShopGift.given_at.type), sa.literal(key, ShopGift.id.type)


# --- Standing --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """Points that a shop earned by good deeds of its own, and its place by them among `shops` of its trade.

    Equal points share a place. `place` is None for a shop that has earned none.
    """

    points: int
    place: int | None
    shops: int


def standing(merchant_id: UUID) -> Standing:
    """How the shop stands in its trade. Raises `ShopUnknown`."""
    peers = sa.select(Merchant.id).where(
        Merchant.trade_code == shop(merchant_id).trade_code, Merchant.status.in_((ACTIVE, PAUSED))
    )
    ids = {merchant_id, *db.session.scalars(peers)}
    earned = points.queries.merchants_earned(ids)
    own = earned.get(merchant_id, 0)
    place = 1 + sum(each > own for each in earned.values()) if own else None
    return Standing(own, place, len(ids))


# --- Who took what ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ClerkDay:
    """What one clerk took and gave on one local day. A payment by the plate has no clerk: `clerk_id` is None.

    `taken` counts what stayed paid, `returned` what was voided or refunded since; `given` what stayed with members,
    `withdrawn` what the desk has taken back since.
    """

    day: date
    clerk_id: UUID | None
    clerk_name: str
    charges: int
    taken: int
    returned_charges: int
    returned: int
    gifts: int
    given: int
    withdrawn_gifts: int
    withdrawn: int


def by_clerk(merchant_id: UUID, first: date, last: date) -> list[ClerkDay]:
    """Who took and gave what at the shop, per clerk and local day from `first` to `last`, the newest day first."""
    stayed = sa.case((Charge.state == PAID, 1), else_=0)
    took = (
        sa.select(
            Charge.local_day,
            Charge.clerk_id,
            sa.func.sum(stayed),
            sa.func.sum(stayed * Charge.points),
            sa.func.sum(1 - stayed),
            sa.func.sum((1 - stayed) * Charge.points),
        )
        .where(Charge.merchant_id == merchant_id, Charge.local_day.between(first, last))
        .group_by(Charge.local_day, Charge.clerk_id)
    )
    # Nothing is taken back before it was given. These are few: somebody at the desk did each by hand.
    back = [each.transfer_id for each in points.queries.taken_from_shop(merchant_id, clock.start_of(first))]
    kept = sa.case((ShopGift.transfer_id.in_(back), 0), else_=1)
    gave = (
        sa.select(
            ShopGift.local_day,
            ShopGift.clerk_id,
            sa.func.sum(kept),
            sa.func.sum(kept * ShopGift.points),
            sa.func.sum(1 - kept),
            sa.func.sum((1 - kept) * ShopGift.points),
        )
        .where(ShopGift.merchant_id == merchant_id, ShopGift.local_day.between(first, last))
        .group_by(ShopGift.local_day, ShopGift.clerk_id)
    )
    taken: dict[tuple[date, UUID | None], tuple[int, ...]] = {
        (day, who): tuple(map(int, rest)) for day, who, *rest in db.session.execute(took)
    }
    given: dict[tuple[date, UUID | None], tuple[int, ...]] = {
        (day, who): tuple(map(int, rest)) for day, who, *rest in db.session.execute(gave)
    }
    keys = {*taken, *given}
    people = members.queries.many_facts(who for _, who in keys if who is not None)
    lines = [
        ClerkDay(
            day,
            who,
            people[who].name if who is not None else "",
            *taken.get((day, who), (0, 0, 0, 0)),
            *given.get((day, who), (0, 0, 0, 0)),
        )
        for day, who in keys
    ]
    return sorted(lines, key=lambda each: (-each.day.toordinal(), each.clerk_name, str(each.clerk_id)))
