"""Reads about settlement: statements of shops month by month, their lines, and what a point is worth."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

import members.queries
import points.queries
from core import clock, paging
from core.auth import Actor
from core.db import db
from core.paging import Page
from merchants.errors import OwnerNeeded, SettlementUnknown
from merchants.models import (
    Charge,
    ConversionRate,
    FormerTrade,
    Merchant,
    Settlement,
    SettlementLine,
    SettlementPayback,
    ShopClerk,
    Trade,
)
from merchants.rules import settling as rules
from merchants.rules.settling import Rate, Sums
from merchants.rules.values import ACTIVE, AGREED, DRAFT, LEFT, OWNER, PAUSED

#: So many months are offered on the desk's page.
MOST_MONTHS: Final = 36


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementFacts:
    """One statement with its shop. Sums as in `merchants.models.Settlement`; stamps are UTC, days the programme's.

    `agreed_name` and its like are the names of the members who did it; None also for commands and devices.
    """

    id: UUID
    number: int
    merchant_id: UUID
    merchant_number: int
    shop: str
    shop_en: str
    month: str
    state: str
    points: int
    cents: int
    carried_points: int
    carried_cents: int
    drafted_at: datetime
    agreed_at: datetime | None
    agreed_by: UUID | None
    agreed_note: str
    paid_on: date | None
    paid_by: UUID | None
    reference: str
    transfer_id: UUID | None
    closed_at: datetime | None
    closed_by: UUID | None
    agreed_name: str | None
    paid_name: str | None
    closed_name: str | None

    @property
    def own(self) -> Sums:
        """The sums of its lines."""
        return Sums(self.points, self.cents)

    @property
    def carried(self) -> Sums:
        """What came over from the statement before."""
        return Sums(self.carried_points, self.carried_cents)

    @property
    def due_points(self) -> int:
        """Points that are paid out."""
        return rules.due(self.own, self.carried).points

    @property
    def due_cents(self) -> int:
        """Money that is paid out, in cents."""
        return rules.due(self.own, self.carried).cents

    @property
    def left_points(self) -> int:
        """Points that go over to the next statement; zero or negative."""
        return rules.carry(self.own, self.carried).points

    @property
    def left_cents(self) -> int:
        """Money that goes over to the next statement, in cents; zero or negative."""
        return rules.carry(self.own, self.carried).cents


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementLineFacts:
    """One line. `what` is the offer that a charge named; `original_id` what a refund takes back."""

    transfer_id: UUID
    kind: str
    posted_at: datetime
    points: int
    cents: int
    original_id: UUID | None
    what: str

    @property
    def cents_per_point(self) -> int:
        """The rate at which it counts: whole, because the amount was made from it."""
        return self.cents // self.points


@dataclass(frozen=True, slots=True)
class KindSums:
    """Lines of one kind: how many, and what they come to."""

    kind: str
    lines: int
    points: int
    cents: int


@dataclass(frozen=True, slots=True)
class MonthFacts:
    """The statements of a month: how many in each state, and what is due for all of them."""

    month: str
    states: dict[str, int]
    points: int
    due_cents: int

    @property
    def statements(self) -> int:
        """How many there are."""
        return sum(self.states.values())

    @property
    def waiting(self) -> int:
        """How many are still to be agreed or paid."""
        return self.states.get(DRAFT, 0) + self.states.get(AGREED, 0)


@dataclass(frozen=True, slots=True)
class RateFacts:
    """A rate with the names of its shop or trade; both empty for the general one."""

    id: UUID
    merchant_id: UUID | None
    shop: str | None
    trade_code: str | None
    trade_zh: str | None
    trade_en: str | None
    cents_per_point: int
    valid_from: date
    created_at: datetime
    created_by: UUID


# ------------------------------------------------------------------------------------------ statements


def _name_of(member_id: Any) -> Any:
    names = members.queries.name_select().subquery()
    return sa.select(names.c.name).where(names.c.id == member_id).scalar_subquery()


_STATEMENT: Final = (
    *(column for column in Settlement.__table__.c),
    Merchant.number.label("merchant_number"),
    Merchant.name.label("shop"),
    Merchant.name_en.label("shop_en"),
    _name_of(Settlement.agreed_by).label("agreed_name"),
    _name_of(Settlement.paid_by).label("paid_name"),
    _name_of(Settlement.closed_by).label("closed_name"),
)


def settlements_for(
    actor: Actor,
    *,
    merchant_id: UUID | None = None,
    month: str | None = None,
    state: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[SettlementFacts]:
    """Statements, the newest month first, in it by the shops' numbers: all for the desk, else those of own shops.

    Raises `CursorInvalid`, and `OwnerNeeded` for a shop that is not the actor's own.
    """
    query = sa.select(*_STATEMENT).join(Merchant, Merchant.id == Settlement.merchant_id)
    if not actor.may("settlement.read"):
        own = owned_shops(actor)
        if merchant_id is not None and merchant_id not in own:
            raise OwnerNeeded
        query = query.where(Settlement.merchant_id.in_(own))
    if merchant_id is not None:
        query = query.where(Settlement.merchant_id == merchant_id)
    if month is not None:
        query = query.where(Settlement.month == month)
    if state is not None:
        query = query.where(Settlement.state == state)
    if cursor is not None:
        after_month, after_number = paging.decode(cursor, str, int)
        later = (Settlement.month == after_month) & (Merchant.number > after_number)
        query = query.where((Settlement.month < after_month) | later)
    most = min(limit, paging.MOST_ITEMS)
    query = query.order_by(Settlement.month.desc(), Merchant.number).limit(most + 1)
    found = [SettlementFacts(**row) for row in db.session.execute(query).mappings()]
    items = found[:most]
    more = len(found) > most
    return Page(items, paging.encode(items[-1].month, items[-1].merchant_number) if more else None)


def statements_of_month(month: str) -> list[SettlementFacts]:
    """All statements of a month, by the shops' numbers."""
    query = (
        sa.select(*_STATEMENT)
        .join(Merchant, Merchant.id == Settlement.merchant_id)
        .where(Settlement.month == month)
        .order_by(Merchant.number)
    )
    return [SettlementFacts(**row) for row in db.session.execute(query).mappings()]


def settlement_for(actor: Actor, settlement_id: UUID) -> SettlementFacts:
    """One statement, for the desk and the owners of its shop. Raises `SettlementUnknown`."""
    query = sa.select(*_STATEMENT).join(Merchant, Merchant.id == Settlement.merchant_id)
    row = db.session.execute(query.where(Settlement.id == settlement_id)).mappings().one_or_none()
    if row is None:
        raise SettlementUnknown
    if not actor.may("settlement.read") and row["merchant_id"] not in owned_shops(actor):
        raise SettlementUnknown
    return SettlementFacts(**row)


def may_pay(actor: Actor, agreed_by: UUID | None, agreed_note: str) -> bool:
    """Whether the actor may book a statement's payment: not if he, or his household, agreed for the shop on paper."""
    if not agreed_note or actor.member_id is None:
        return True
    return agreed_by not in members.queries.household_of(actor.member_id)


@dataclass(frozen=True, slots=True)
class Debt:
    """What a shop that left still owes after its latest statement; points and cents are zero or negative."""

    settlement_id: UUID
    merchant_id: UUID
    merchant_number: int
    shop: str
    shop_en: str
    month: str
    points: int
    cents: int


#: The statement of the query was made up for in money.
_PAID_BACK = sa.exists().where(SettlementPayback.settlement_id == Settlement.id)


def debts_of_the_left() -> list[Debt]:
    """Shops that left and owe: nothing that they take makes it up any more. By the shops' numbers."""
    points_left = Settlement.points + Settlement.carried_points
    cents_left = Settlement.cents + Settlement.carried_cents
    later = sa.orm.aliased(Settlement)
    newer = sa.exists().where(later.merchant_id == Settlement.merchant_id, later.month > Settlement.month)
    query = (
        sa.select(
            Settlement.id,
            Merchant.id,
            Merchant.number,
            Merchant.name,
            Merchant.name_en,
            Settlement.month,
            sa.case((points_left < 0, points_left), else_=0),
            sa.case((cents_left < 0, cents_left), else_=0),
        )
        .join(Merchant, Merchant.id == Settlement.merchant_id)
        .where(Merchant.status == LEFT, ~newer, ~_PAID_BACK, sa.or_(points_left < 0, cents_left < 0))
        .order_by(Merchant.number)
    )
    return [Debt(*row) for row in db.session.execute(query)]


def owned_shops(actor: Actor) -> set[UUID]:
    """Shops that the actor owns now; a till owns nothing, whoever answers for it."""
    member_id = actor.member_id if actor.kind == "member" else None
    query = sa.select(ShopClerk.merchant_id).where(
        ShopClerk.member_id == member_id, ShopClerk.post == OWNER, ShopClerk.left_at.is_(None)
    )
    return set(db.session.scalars(query)) if member_id else set()


def settlement_lines(
    settlement_id: UUID, *, cursor: str | None = None, limit: int = 100
) -> Page[SettlementLineFacts]:
    """The lines of a statement, oldest first. Raises `CursorInvalid`."""
    query = _lines(settlement_id)
    if cursor is not None:
        posted_at, transfer_id = _place(cursor)
        place = sa.tuple_(sa.literal(posted_at, SettlementLine.posted_at.type), transfer_id)
        query = query.where(sa.tuple_(SettlementLine.posted_at, SettlementLine.transfer_id) > place)
    most = min(limit, paging.MOST_ITEMS)
    found = _read_lines(query.limit(most + 1))
    items = found[:most]
    more = len(found) > most
    after = paging.encode(items[-1].posted_at.isoformat(), str(items[-1].transfer_id)) if more else None
    return Page(items, after)


def all_settlement_lines(settlement_id: UUID) -> list[SettlementLineFacts]:
    """All lines of a statement, oldest first: for paper and spreadsheets."""
    return _read_lines(_lines(settlement_id))


def _lines(settlement_id: UUID) -> Any:
    charge_of = sa.func.coalesce(SettlementLine.original_id, SettlementLine.transfer_id)
    return (
        sa.select(
            SettlementLine.transfer_id,
            SettlementLine.kind,
            SettlementLine.posted_at,
            SettlementLine.points,
            SettlementLine.cents,
            SettlementLine.original_id,
            sa.func.coalesce(Charge.what, "").label("what"),
        )
        .outerjoin(Charge, Charge.payment_id == charge_of)
        .where(SettlementLine.settlement_id == settlement_id)
        .order_by(SettlementLine.posted_at, SettlementLine.transfer_id)
    )


def _read_lines(query: Any) -> list[SettlementLineFacts]:
    return [SettlementLineFacts(**row) for row in db.session.execute(query).mappings()]


def _place(cursor: str) -> tuple[datetime, UUID]:
    posted_at, transfer_id = paging.decode(cursor, str, str)
    return paging.moment(posted_at), paging.identifier(transfer_id)


def kind_sums(settlement_id: UUID) -> list[KindSums]:
    """The lines of a statement added up by kind: charges, vouchers, refunds."""
    query = (
        sa.select(
            SettlementLine.kind,
            sa.func.count(),
            sa.func.sum(SettlementLine.points),
            sa.func.sum(SettlementLine.cents),
        )
        .where(SettlementLine.settlement_id == settlement_id)
        .group_by(SettlementLine.kind)
    )
    found = {
        row[0]: KindSums(row[0], int(row[1]), int(row[2]), int(row[3])) for row in db.session.execute(query)
    }
    return [found[kind] for kind in ("charge", "voucher", "refund") if kind in found]


# ------------------------------------------------------------------------------------------ months


def has_statements(month: str) -> bool:
    """Whether the month was drafted."""
    return db.session.scalar(sa.select(Settlement.id).where(Settlement.month == month).limit(1)) is not None


def month_sums(month: str) -> tuple[int, int, int]:
    """How many statements a month has, and the points and cents of their lines."""
    query = sa.select(
        sa.func.count(),
        sa.func.coalesce(sa.func.sum(Settlement.points), 0),
        sa.func.coalesce(sa.func.sum(Settlement.cents), 0),
    ).where(Settlement.month == month)
    count, taken, cents = db.session.execute(query).one()
    return int(count), int(taken), int(cents)


def last_drafted_month() -> str | None:
    """The latest month with statements."""
    return db.session.scalar(sa.select(sa.func.max(Settlement.month)))


def settled_months() -> list[MonthFacts]:
    """Months with statements, the newest first."""
    total = Settlement.cents + Settlement.carried_cents
    query = (
        sa.select(
            Settlement.month,
            Settlement.state,
            sa.func.count(),
            sa.func.sum(Settlement.points),
            sa.func.sum(sa.case((total > 0, total), else_=0)),
        )
        .group_by(Settlement.month, Settlement.state)
        .order_by(Settlement.month.desc())
    )
    found: dict[str, MonthFacts] = {}
    for month, state, count, taken, cents in db.session.execute(query):
        before = found.get(month, MonthFacts(month, {}, 0, 0))
        states = {**before.states, state: int(count)}
        found[month] = MonthFacts(month, states, before.points + int(taken), before.due_cents + int(cents))
    return list(found.values())[:MOST_MONTHS]


def statements_waiting() -> int:
    """How many statements are still to be agreed or paid."""
    query = sa.select(sa.func.count()).select_from(Settlement)
    return db.session.scalar(query.where(Settlement.state.in_((DRAFT, AGREED)))) or 0


def month_to_draft() -> str | None:
    """The earliest month that is over, has takings and no statements yet; None when all is drafted."""
    last = last_drafted_month()
    beginning = clock.start_of(date(rules.FIRST_YEAR, 1, 1))
    since = clock.month_bounds(rules.read_month(last))[1] if last else beginning
    this_month = clock.month_bounds(clock.local_date(clock.now() - rules.GRACE))[0]
    if since >= this_month:
        return None
    taken = points.queries.takings_select(None, since, this_month).subquery()
    earliest = db.session.scalar(sa.select(sa.func.min(taken.c.posted_at, type_=taken.c.posted_at.type)))
    return rules.month_of(clock.local_date(earliest)) if earliest else None


# ------------------------------------------------------------------------------------------ rates


def all_rates() -> list[Rate]:
    """All rates as plain values for the rules, in the order in which they were entered."""
    query = sa.select(
        ConversionRate.merchant_id,
        ConversionRate.trade_code,
        ConversionRate.cents_per_point,
        ConversionRate.valid_from,
        ConversionRate.created_at,
    ).order_by(ConversionRate.created_at, ConversionRate.id)
    return [Rate(*row) for row in db.session.execute(query)]


def rates() -> Sequence[RateFacts]:
    """All rates with the names of their shops and trades: the general ones first, each scope from its newest day."""
    query = (
        sa.select(
            ConversionRate.id,
            ConversionRate.merchant_id,
            Merchant.name.label("shop"),
            ConversionRate.trade_code,
            Trade.name_zh.label("trade_zh"),
            Trade.name_en.label("trade_en"),
            ConversionRate.cents_per_point,
            ConversionRate.valid_from,
            ConversionRate.created_at,
            ConversionRate.created_by,
        )
        .outerjoin(Merchant, Merchant.id == ConversionRate.merchant_id)
        .outerjoin(Trade, Trade.code == ConversionRate.trade_code)
        .order_by(
            Merchant.number.is_not(None),
            Trade.position.is_not(None),
            Trade.position,
            Merchant.number,
            ConversionRate.valid_from.desc(),
            ConversionRate.created_at.desc(),
            ConversionRate.id.desc(),
        )
    )
    return [RateFacts(**row) for row in db.session.execute(query).mappings()]


def former_trades() -> dict[UUID, list[tuple[datetime, str]]]:
    """Shop → the trades that it had before, as (until when, code), oldest first; only shops that changed theirs."""
    query = sa.select(FormerTrade.merchant_id, FormerTrade.until, FormerTrade.trade_code)
    found: dict[UUID, list[tuple[datetime, str]]] = {}
    for merchant_id, until, code in db.session.execute(query.order_by(FormerTrade.until)):
        found.setdefault(merchant_id, []).append((until, code))
    return found


def rate_today(merchant_id: UUID, trade_code: str) -> int | None:
    """Cents that a shop gets for a point today, or None when nobody has said."""
    return rules.rate_on(all_rates(), merchant_id, trade_code, clock.today())


def shops_by_name() -> list[tuple[UUID, str]]:
    """Shops that are partners, for the choice of whom a rate is for."""
    query = sa.select(Merchant.id, Merchant.name).where(Merchant.status.in_((ACTIVE, PAUSED)))
    return [(row.id, row.name) for row in db.session.execute(query.order_by(Merchant.name))]
