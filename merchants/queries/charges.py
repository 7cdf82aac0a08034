"""Reads about charges: for the counter, for the member who pays, for the owner, for the desk's list of odd things.

Who may read what is asked before: the counter's people by `service.clerk_of`, the member by his own id.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import members.queries
from core import clock
from core.config import settings
from core.db import db
from core.paging import CursorInvalid, Page, decode, encode, identifier, moment
from merchants.errors import ChargeUnknown
from merchants.models import Charge, ChargeFlag, Merchant, Offer, UntoldPayment
from merchants.rules import charging as rules
from merchants.rules.values import EXPIRED, HELD, PAID, SHOWN, VOID_LIFE

#: A payment may be committed a little after the time that stands in it: so far back the feed looks again.
_FEED_OVERLAP = timedelta(seconds=10)
_MOST_IN_FEED = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeFacts:
    """A charge as people look at it. `state` counts now: whoever waited too long has expired. All times UTC.

    `payer` is the member's name with its middle hidden, `clerk` the name of who took it; both empty when there is none.
    `voidable_until`: until when the clerk may take a payment back, None for anything that is not paid.
    """

    id: UUID
    merchant_id: UUID
    shop: str
    shop_en: str
    shop_number: int
    member_id: UUID | None
    payer: str
    clerk_id: UUID | None
    clerk: str
    way: str
    points: int
    offer_id: UUID | None
    what: str
    what_en: str
    state: str
    opened_at: datetime
    expires_at: datetime
    paid_at: datetime | None
    local_day: date | None
    ended_at: datetime | None
    reason: str

    @property
    def voidable_until(self) -> datetime | None:
        """Until when the clerk may take it back, UTC."""
        return self.paid_at + VOID_LIFE if self.state == PAID and self.paid_at is not None else None

    @property
    def pin_needed(self) -> bool:
        """Whether the clerk takes it only with the member's PIN."""
        return rules.needs_pin(self.way, self.points, settings().pin_above)

    @property
    def waits(self) -> bool:
        """Whether it may still be paid."""
        return self.state in {SHOWN, HELD}


_FACTS = (
    sa.select(
        Charge.id,
        Charge.merchant_id,
        Merchant.name.label("shop"),
        Merchant.name_en.label("shop_en"),
        Merchant.number.label("shop_number"),
        Charge.member_id,
        Charge.clerk_id,
        Charge.way,
        Charge.points,
        Charge.offer_id,
        Charge.what,
        Offer.name_en.label("what_en"),
        Charge.state,
        Charge.opened_at,
        Charge.expires_at,
        Charge.paid_at,
        Charge.local_day,
        Charge.ended_at,
        Charge.reason,
    )
    .join(Merchant, Merchant.id == Charge.merchant_id)
    .outerjoin(Offer, Offer.id == Charge.offer_id)
)


def charge(charge_id: UUID) -> ChargeFacts:
    """One charge. Raises `ChargeUnknown`."""
    found = _read(_FACTS.where(Charge.id == charge_id))
    if not found:
        raise ChargeUnknown
    return found[0]


def own_charge(member_id: UUID, charge_id: UUID) -> ChargeFacts:
    """A charge of this member. Raises `ChargeUnknown`, also for somebody else's."""
    found = charge(charge_id)
    if found.member_id != member_id:
        raise ChargeUnknown
    return found


def own_charges(member_id: UUID, *, cursor: str | None = None, limit: int = 50) -> Page[ChargeFacts]:
    """The member's charges, the newest first. Raises `CursorInvalid`."""
    return _page(_FACTS.where(Charge.member_id == member_id), cursor, limit)


def shop_charges(
    merchant_id: UUID,
    *,
    day: date | None = None,
    clerk_id: UUID | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[ChargeFacts]:
    """Charges of a shop, the newest first: of one day of the programme's zone, of one clerk. Raises `CursorInvalid`."""
    query = _FACTS.where(Charge.merchant_id == merchant_id)
    if day is not None:
        start, end = clock.day_bounds(day)
        query = query.where(Charge.opened_at >= start, Charge.opened_at < end)
    if clerk_id is not None:
        query = query.where(Charge.clerk_id == clerk_id)
    return _page(query, cursor, limit)


def paid_charges(merchant_id: UUID, day: date) -> list[ChargeFacts]:
    """What a shop was paid on a day of the programme's zone, also what was given back since; the newest first."""
    query = _FACTS.where(Charge.merchant_id == merchant_id, Charge.local_day == day)
    return _read(query.order_by(Charge.paid_at.desc(), Charge.id.desc()))


@dataclass(frozen=True, slots=True)
class DaySum:
    """What a shop has taken on a day: payments that stand, and their points."""

    payments: int
    points: int


def day_sum(merchant_id: UUID, day: date) -> DaySum:
    """What a shop has taken on a day of the programme's zone; what was given back does not count."""
    query = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(Charge.points), 0)).where(
        Charge.merchant_id == merchant_id, Charge.local_day == day, Charge.state == PAID
    )
    payments, points = db.session.execute(query).one()
    return DaySum(payments, int(points))


def feed(merchant_id: UUID, after: str | None = None) -> Page[ChargeFacts]:
    """What was paid at a shop since the cursor, the oldest first; without one only the cursor to begin with.

    A payment may come twice: whoever listens tells them apart by their ids. Raises `CursorInvalid`.
    """
    if after is None:
        return Page([], encode(clock.now().isoformat()))
    since = _feed_time(after)
    today = clock.today()
    query = _FACTS.where(
        Charge.merchant_id == merchant_id,
        Charge.local_day.in_((today, today - timedelta(days=1))),
        Charge.paid_at > since - _FEED_OVERLAP,
    )
    found = _read(query.order_by(Charge.paid_at, Charge.id).limit(_MOST_IN_FEED))
    last = max((each.paid_at for each in found if each.paid_at is not None), default=since)
    return Page(found, encode(max(last, since).isoformat()))


def untold(merchant_id: UUID) -> list[ChargeFacts]:
    """Payments by the plate that nobody at the counter has seen yet, the newest first, at most fifty."""
    waiting = sa.select(UntoldPayment.charge_id).where(UntoldPayment.merchant_id == merchant_id)
    query = _FACTS.where(Charge.id.in_(waiting), Charge.state == PAID)
    return _read(query.order_by(Charge.paid_at.desc(), Charge.id.desc()).limit(_MOST_IN_FEED))


def masked_payer(charge_id: UUID) -> str:
    """The name of who pays, with its middle hidden, for the clerk who scanned the code; empty when nobody does."""
    return charge(charge_id).payer


# --- Odd things ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OddCharge:
    """Something odd about a charge, as the desk looks at it. `seen_at` None: nobody has looked yet."""

    id: UUID
    kind: str
    data: dict[str, Any]
    raised_at: datetime
    seen_at: datetime | None
    note: str
    charge: ChargeFacts


def odd_charges(*, seen: bool = False, cursor: str | None = None, limit: int = 50) -> Page[OddCharge]:
    """Odd charges that wait for somebody to look at them, or that were looked at; the newest first.

    Raises `CursorInvalid`.
    """
    query = sa.select(ChargeFlag).where(
        ChargeFlag.seen_at.is_not(None) if seen else ChargeFlag.seen_at.is_(None)
    )
    order = (ChargeFlag.raised_at, ChargeFlag.id)
    if cursor is not None:
        query = query.where(sa.tuple_(*order) < sa.tuple_(*_bound(cursor)))
    query = query.order_by(*(each.desc() for each in order)).limit(limit + 1)
    rows = db.session.scalars(query).all()
    flags = rows[:limit]
    facts = {each.id: each for each in _read(_FACTS.where(Charge.id.in_([row.charge_id for row in flags])))}
    items = [
        OddCharge(row.id, row.kind, row.data, row.raised_at, row.seen_at, row.note, facts[row.charge_id])
        for row in flags
    ]
    more = len(rows) > limit
    return Page(items, encode(items[-1].raised_at.isoformat(), items[-1].id) if more else None)


def odd_count() -> int:
    """How many odd charges nobody has looked at yet."""
    query = sa.select(sa.func.count()).select_from(ChargeFlag).where(ChargeFlag.seen_at.is_(None))
    return db.session.scalar(query) or 0


# --- Steps -----------------------------------------------------------------------------------------------------------


def _page(query: Any, cursor: str | None, limit: int) -> Page[ChargeFacts]:
    order = (Charge.opened_at, Charge.id)
    if cursor is not None:
        query = query.where(sa.tuple_(*order) < sa.tuple_(*_bound(cursor)))
    found = _read(query.order_by(*(each.desc() for each in order)).limit(limit + 1))
    items = found[:limit]
    more = len(found) > limit
    return Page(items, encode(items[-1].opened_at.isoformat(), items[-1].id) if more else None)


def _read(query: Any) -> list[ChargeFacts]:
    rows = db.session.execute(query).mappings().all()
    people = members.queries.many_facts(
        each for row in rows for each in (row["member_id"], row["clerk_id"]) if each is not None
    )
    now = clock.now()
    return [_facts(row, people, now) for row in rows]


def _facts(row: sa.RowMapping, people: dict[UUID, members.queries.MemberFacts], now: datetime) -> ChargeFacts:
    overdue = row["state"] in {SHOWN, HELD} and now >= row["expires_at"]
    payer, clerk = people.get(row["member_id"]), people.get(row["clerk_id"])
    own = {
        "shop_en": row["shop_en"] or row["shop"],
        "what_en": row["what_en"] or row["what"],
        "state": EXPIRED if overdue else row["state"],
        "payer": members.queries.masked_name(payer.name) if payer else "",
        "clerk": clerk.name if clerk else "",
    }
    return ChargeFacts(**{**row, **own})


def _bound(cursor: str) -> tuple[Any, Any]:
    at, text = decode(cursor, str, str)
    return (
        sa.bindparam(None, moment(at), type_=Charge.opened_at.type),
        sa.bindparam(None, identifier(text), type_=Charge.id.type),
    )


def _feed_time(cursor: str) -> datetime:
    (text,) = decode(cursor, str)
    try:
        return moment(text)
    except CursorInvalid as error:
        raise CursorInvalid(field="after") from error
