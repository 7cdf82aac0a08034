"""Partner shops: facts for rules and pages, and the directory by trade and area."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import members.queries
from core import clock, paging
from core.auth import Actor
from core.config import settings
from core.db import db, execute
from core.fixed import Fixed
from core.paging import Page
from merchants.errors import ShopUnknown
from merchants.models import Merchant, Offer, ShopClerk, Trade
from merchants.rules import shops as rules
from merchants.rules.shops import Opening
from merchants.rules.values import ACTIVE, PAUSED

#: A shop's own limits; where one is None, the alliance's holds.
LIMITS = ("payment_limit", "member_day_limit", "day_limit")
#: Shops that members see.
_SHOWN = (ACTIVE, PAUSED)


@dataclass(frozen=True, slots=True)
class ShopFacts:
    """A shop. Times are UTC; `hours` as in `merchants.models.Merchant`; limits are None where the alliance's hold."""

    id: UUID
    number: int
    name: str
    name_en: str
    trade_code: str
    trade_zh: str
    trade_en: str
    area_id: UUID | None
    address: str
    contact_name: str
    phone: str
    about: str
    hours: list[list[list[int]]]
    status: str
    paused_by_shop: bool
    plate_generation: int
    payment_limit: int | None
    member_day_limit: int | None
    day_limit: int | None
    applied_by: UUID
    applied_at: datetime
    admitted_at: datetime | None

    @property
    def opening(self) -> Opening:
        """Whether the shop is open now, by its hours in the programme's zone."""
        return rules.opening(self.hours, clock.local(clock.now()))


_FACTS = (
    Merchant.id,
    Merchant.number,
    Merchant.name,
    Merchant.name_en,
    Merchant.trade_code,
    Trade.name_zh,
    Trade.name_en,
    Merchant.area_id,
    Merchant.address,
    Merchant.contact_name,
    Merchant.phone,
    Merchant.about,
    Merchant.hours,
    Merchant.status,
    Merchant.paused_by_shop,
    Merchant.plate_generation,
    Merchant.payment_limit,
    Merchant.member_day_limit,
    Merchant.day_limit,
    Merchant.applied_by,
    Merchant.applied_at,
    Merchant.admitted_at,
)


def _select() -> Any:
    return sa.select(*_FACTS).join(Trade, Trade.code == Merchant.trade_code)


def shop(merchant_id: UUID) -> ShopFacts:
    """One shop, whatever its status. Raises `ShopUnknown`."""
    return _one(_BY_ID, merchant_id)


def shop_by_number(number: int) -> ShopFacts:
    """The shop with this number, whatever its status. Raises `ShopUnknown`."""
    return _one(_BY_NUMBER, number)


_BY_ID = Fixed(_select().where(Merchant.id == sa.bindparam("wanted")))
_BY_NUMBER = Fixed(_select().where(Merchant.number == sa.bindparam("wanted")))


def _one(query: Fixed, wanted: UUID | int) -> ShopFacts:
    row = execute(query, {"wanted": wanted}).one_or_none()
    if row is None:
        raise ShopUnknown
    return ShopFacts(*row)


def many_shops(merchant_ids: Collection[UUID]) -> dict[UUID, ShopFacts]:
    """Shops by id; unknown ids are left out."""
    rows = db.session.execute(_select().where(Merchant.id.in_(list(merchant_ids))))
    return {row[0]: ShopFacts(*row) for row in rows}


def shop_for(actor: Actor, merchant_id: UUID) -> ShopFacts:
    """The shop as far as this reader may see it. Raises `ShopUnknown`.

    Members see partners; who has applied or left only its own people and the desk.
    """
    found = shop(merchant_id)
    if found.status not in _SHOWN and not may_look_behind(actor, merchant_id):
        raise ShopUnknown
    return found


def may_look_behind(actor: Actor, merchant_id: UUID) -> bool:
    """Whether the reader sees what only the shop's own people and the desk see: contact, limits, status."""
    if actor.may("shop.manage") or actor.may("shop.audit"):
        return True
    works = sa.select(ShopClerk.member_id).where(
        ShopClerk.merchant_id == merchant_id,
        ShopClerk.member_id == actor.member_id,
        ShopClerk.left_at.is_(None),
    )
    return actor.may("counter.use") and db.session.scalar(works) is not None


def directory(
    *,
    trade: str | None = None,
    area_id: UUID | None = None,
    text: str = "",
    cursor: str | None = None,
    limit: int = 50,
) -> Page[ShopFacts]:
    """Partner shops by trade and number; `area_id` with all areas below it; `text` in names, address and offers.

    Raises `CursorInvalid`.
    """
    return _list(_SHOWN, trade, area_id, text, cursor, limit)


def desk_list(
    *,
    statuses: Collection[str],
    trade: str | None = None,
    area_id: UUID | None = None,
    text: str = "",
    cursor: str | None = None,
    limit: int = 50,
) -> Page[ShopFacts]:
    """Shops of these statuses for the desk, in the order of `directory`. Raises `CursorInvalid`."""
    return _list(statuses, trade, area_id, text, cursor, limit)


def _list(
    statuses: Collection[str],
    trade: str | None,
    area_id: UUID | None,
    text: str,
    cursor: str | None,
    limit: int,
) -> Page[ShopFacts]:
    limit = max(1, min(limit, paging.MOST_ITEMS))
    query = _select().where(Merchant.status.in_(list(statuses)), *_matching(text))
    if trade is not None:
        query = query.where(Merchant.trade_code == trade)
    if area_id is not None:
        query = query.where(Merchant.area_id.in_(_area_and_below(area_id)))
    if cursor is not None:
        query = query.where(
            sa.tuple_(Trade.position, Merchant.number) > sa.tuple_(*paging.decode(cursor, int, int))
        )
    query = query.add_columns(Trade.position).order_by(Trade.position, Merchant.number).limit(limit + 1)
    rows = db.session.execute(query).all()
    more = paging.encode(rows[limit - 1][-1], rows[limit - 1][1]) if len(rows) > limit else None
    return Page([ShopFacts(*row[:-1]) for row in rows[:limit]], more)


def _matching(text: str) -> Iterable[sa.ColumnElement[bool]]:
    wanted = rules.search_text(text)
    if not wanted:
        return
    columns = (Merchant.name, Merchant.name_en, Merchant.address, Trade.name_zh, Trade.name_en)
    offered = sa.select(Offer.merchant_id).where(
        Offer.retired_at.is_(None),
        sa.or_(*(_holds(column, wanted) for column in (Offer.name, Offer.name_en))),
    )
    yield sa.or_(*(_holds(column, wanted) for column in columns), Merchant.id.in_(offered))


def _holds(column: Any, wanted: str) -> sa.ColumnElement[bool]:
    return sa.func.lower(column).contains(wanted, autoescape=True)


def _area_and_below(area_id: UUID) -> set[UUID]:
    below: dict[UUID | None, list[UUID]] = {}
    for area in members.queries.areas():
        below.setdefault(area.parent_id, []).append(area.id)
    found, waiting = set[UUID](), [area_id]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += below.get(each, [])
    return found


def status_counts() -> dict[str, int]:
    """Status → how many shops have it; statuses without shops are left out."""
    query = sa.select(Merchant.status, sa.func.count()).group_by(Merchant.status)
    return dict(db.session.execute(query).all())


def trade_counts() -> dict[str, int]:
    """Trade → how many partner shops it has, for the directory; trades without shops are left out."""
    query = (
        sa.select(Merchant.trade_code, sa.func.count())
        .where(Merchant.status.in_(_SHOWN))
        .group_by(Merchant.trade_code)
    )
    return dict(db.session.execute(query).all())


def plate_payment_limit(facts: ShopFacts) -> int:
    """Most points that one payment by the shop's plate may have."""
    common = settings()
    return min(common.plate_payment_limit, facts.payment_limit or common.payment_limit)
