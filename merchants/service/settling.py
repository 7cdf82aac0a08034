"""Month's end: statements are drafted from the ledger alone, agreed by the shop, paid and closed.

Drafting is a few statements however many payments there were: the lines go from the ledger into the settlement
without leaving the database. Whoever drafts is alone at it (`alone`), so that two at once make one draft.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

import points.queries
import points.service
from core import audit, clock
from core.auth import Actor
from core.db import Identifier, UtcTime, db, new_id, transactional
from core.receipts import Answer, once
from merchants import queries
from merchants.errors import (
    EarlierMonthOpen,
    OwnerNeeded,
    RateMissing,
    SecondPersonPays,
    SettlementUnknown,
)
from merchants.models import Merchant, Settlement, SettlementLine, SettlementPayback
from merchants.rules import settling as rules
from merchants.rules.settling import Sums, Trading, Worth
from merchants.rules.values import AGREED, CLOSED, DRAFT, OWNER, SETTLED
from merchants.service.common import post_at, require_disinterested

#: Shops in one statement: both engines have a limit of bound values.
_CHUNK: Final = 200
#: Shops that are named when a rate is missing; the rest are only counted.
_MOST_NAMED: Final = 20
#: Before the first payment of any programme.
_BEGINNING: Final = datetime(rules.FIRST_YEAR, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Drafted:
    """What was done for a month: statements made now (0 when they were there), and all there are with their sums."""

    month: str
    made: int
    statements: int
    points: int
    cents: int


@dataclass(frozen=True, slots=True)
class _Taker:
    """A shop that took or gave back points in the month, and what a point was worth there, time by time.

    `priced_from` and `priced_to`: when the first and the last points were taken that need a rate; None when none do.
    """

    id: UUID
    name: str
    priced_from: datetime | None
    priced_to: datetime | None
    worths: Sequence[Worth]


# ------------------------------------------------------------------------------------------ drafts


@transactional
def draft_month(actor: Actor, *, month: str) -> Drafted:
    """Make the statements of a month, once: a second call, also at the same moment, finds them and makes nothing.

    `month` is "2026-10", of the programme's zone. Needs `settlement.manage`, audited. Raises `MonthInvalid`,
    `MonthFuture`, `MonthOpen`, `EarlierMonthOpen`, `RateMissing`.
    """
    actor.require("settlement.manage")
    first = rules.read_month(month)
    start, end = clock.month_bounds(first)
    rules.check_over(month, start, end, clock.now())
    alone()
    made = 0
    if not queries.has_statements(month):
        _require_order(month, start)
        made = _draft(month, start, end)
    drafted = Drafted(month, made, *queries.month_sums(month))
    if made:
        sums = {"statements": made, "points": drafted.points, "cents": drafted.cents}
        audit.record(actor, "settlement.drafted", "settlement", None, month=month, **sums)
    return drafted


def alone() -> None:
    """Wait until nobody else drafts or prices, and keep others from it until the transaction ends.

    On SQLite a writing transaction is alone anyway.
    """
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(sa.text("LOCK TABLE settlement IN SHARE ROW EXCLUSIVE MODE"))


def _require_order(month: str, start: datetime) -> None:
    """Months go in their order, because what a shop owes is carried from one to the next."""
    last = queries.last_drafted_month()
    since = clock.month_bounds(rules.read_month(last))[1] if last else _BEGINNING
    if since >= start:
        return
    taken = points.queries.takings_select(None, since, start).subquery()
    earliest = db.session.scalar(sa.select(sa.func.min(taken.c.posted_at)))
    if earliest is not None:
        earlier = rules.month_of(clock.local_date(earliest))
        raise EarlierMonthOpen(field="month", month=month, earlier=earlier)


def _draft(month: str, start: datetime, end: datetime) -> int:
    takers = _takers(start, end)
    _require_rates(month, start, end, takers)
    if not takers:
        return 0
    _add_statements(month, takers)
    for begin in range(0, len(takers), _CHUNK):
        _add_lines(month, start, end, takers[begin : begin + _CHUNK])
    _sum_up(month)
    return len(takers)


def _takers(start: datetime, end: datetime) -> list[_Taker]:
    """Shops with takings in [start, end), by number. A refund of what was settled needs no rate: it has its own."""
    taken = points.queries.takings_select(None, start, end).subquery("taken")
    settled = sa.orm.aliased(SettlementLine)
    priced = sa.case((settled.transfer_id.is_(None), taken.c.original_posted_at))
    sums = (
        sa.select(
            taken.c.merchant_id,
            sa.func.min(priced, type_=UtcTime()).label("priced_from"),
            sa.func.max(priced, type_=UtcTime()).label("priced_to"),
        )
        .outerjoin(settled, settled.transfer_id == taken.c.original_id)
        .group_by(taken.c.merchant_id)
        .subquery("sums")
    )
    query = (
        sa.select(Merchant.id, Merchant.name, Merchant.trade_code, sums.c.priced_from, sums.c.priced_to)
        .join(sums, sums.c.merchant_id == Merchant.id)
        .order_by(Merchant.number)
    )
    rates, former = queries.all_rates(), queries.former_trades()
    return [
        _Taker(
            row.id,
            row.name,
            row.priced_from,
            row.priced_to,
            rules.worth(
                rates, row.id, Trading(row.trade_code, tuple(former.get(row.id, ()))), clock.start_of
            ),
        )
        for row in db.session.execute(query)
    ]


def _require_rates(month: str, start: datetime, end: datetime, takers: Iterable[_Taker]) -> None:
    without: list[str] = []
    since: date | None = None
    for taker in takers:
        unpriced = _first_unpriced(taker, start, end)
        if unpriced is None:
            continue
        day = clock.local_date(unpriced)
        without.append(taker.name)
        since = day if since is None else min(since, day)
    if since is not None:
        raise RateMissing(
            field="month",
            month=month,
            shops="、".join(without[:_MOST_NAMED]),
            count=len(without),
            since=since.isoformat(),
        )


def _first_unpriced(taker: _Taker, start: datetime, end: datetime) -> datetime | None:
    """When the shop first took points for which nobody has said what they are worth; None when there are none."""
    if taker.priced_from is None or taker.priced_to is None:
        return None
    for first, last in rules.gaps(taker.worths, taker.priced_from, taker.priced_to):
        if first == taker.priced_from:
            return first
        # A gap behind the first rate comes with a change of trade only, and need not have any takings in it.
        taken = points.queries.takings_select([taker.id], start, end).subquery()
        settled = sa.orm.aliased(SettlementLine)
        query = (
            sa.select(sa.func.min(taken.c.original_posted_at, type_=UtcTime()))
            .outerjoin(settled, settled.transfer_id == taken.c.original_id)
            .where(settled.transfer_id.is_(None))
            .where(taken.c.original_posted_at >= first, taken.c.original_posted_at < last)
        )
        found: datetime | None = db.session.scalar(query)
        if found is not None:
            return found
    return None


def _add_statements(month: str, takers: Sequence[_Taker]) -> None:
    carried = _carried(month, [taker.id for taker in takers])
    number = db.session.scalar(sa.select(sa.func.coalesce(sa.func.max(Settlement.number), 0))) or 0
    now = clock.now()
    rows = [
        {
            "id": new_id(),
            "number": number + place,
            "merchant_id": taker.id,
            "month": month,
            "state": DRAFT,
            "points": 0,
            "cents": 0,
            "carried_points": carried[taker.id].points if taker.id in carried else 0,
            "carried_cents": carried[taker.id].cents if taker.id in carried else 0,
            "drafted_at": now,
            "agreed_note": "",
            "reference": "",
        }
        for place, taker in enumerate(takers, start=1)
    ]
    db.session.execute(sa.insert(Settlement), rows)


def _carried(month: str, merchant_ids: Collection[UUID]) -> dict[UUID, Sums]:
    """What each shop's latest statement before this month leaves owed by the shop, and it has not paid back."""
    latest = (
        sa.select(Settlement.merchant_id, sa.func.max(Settlement.month).label("month"))
        .where(Settlement.month < month)
        .group_by(Settlement.merchant_id)
        .subquery()
    )
    query = sa.select(
        Settlement.merchant_id,
        Settlement.points,
        Settlement.cents,
        Settlement.carried_points,
        Settlement.carried_cents,
    ).join(latest, (latest.c.merchant_id == Settlement.merchant_id) & (latest.c.month == Settlement.month))
    query = query.where(~sa.exists().where(SettlementPayback.settlement_id == Settlement.id))
    wanted = set(merchant_ids)
    return {
        row.merchant_id: rules.carry(Sums(row.points, row.cents), Sums(row.carried_points, row.carried_cents))
        for row in db.session.execute(query)
        if row.merchant_id in wanted
    }


def _add_lines(month: str, start: datetime, end: datetime, takers: Sequence[_Taker]) -> None:
    """One statement for these shops: each taking becomes a line, at the rate of the moment at which it was taken."""
    taken = points.queries.takings_select([taker.id for taker in takers], start, end).subquery("taken")
    span = _spans(takers)
    settled = sa.orm.aliased(SettlementLine)
    lines = (
        sa.select(
            taken.c.transfer_id,
            Settlement.id,
            taken.c.original_id,
            taken.c.kind,
            taken.c.points,
            # What was settled at some rate is taken back at that rate, also when the shop has changed its trade.
            sa.func.coalesce(-settled.cents, taken.c.points * span.c.cents_per_point),
            taken.c.posted_at,
        )
        .join(Settlement, (Settlement.merchant_id == taken.c.merchant_id) & (Settlement.month == month))
        .outerjoin(settled, settled.transfer_id == taken.c.original_id)
        .outerjoin(
            span,
            (span.c.merchant_id == taken.c.merchant_id)
            & (span.c.starts <= taken.c.original_posted_at)
            & (span.c.ends > taken.c.original_posted_at),
        )
    )
    names = ["transfer_id", "settlement_id", "original_id", "kind", "points", "cents", "posted_at"]
    db.session.execute(sa.insert(SettlementLine).from_select(names, lines))


def _spans(takers: Sequence[_Taker]) -> Any:
    """What points were worth at these shops as a table of half-open intervals of time."""
    rows = [
        (taker.id, each.start, each.end, each.cents_per_point) for taker in takers for each in taker.worths
    ]
    columns = (
        sa.column("merchant_id", Identifier),
        sa.column("starts", UtcTime),
        sa.column("ends", UtcTime),
        sa.column("cents_per_point", sa.BigInteger),
    )
    # Refunds of what is settled may be all there is: a table needs a row all the same.
    nothing = [(UUID(int=0), _BEGINNING, _BEGINNING, 0)]
    values = sa.values(*columns, name="span_values").data(rows or nothing).cte("span_values")
    # On SQLite values have no type, and what has none is not looked up by an index: it would be read through for each
    # payment.
    typed = sa.select(
        sa.cast(values.c.merchant_id, Identifier).label("merchant_id"),
        values.c.starts,
        values.c.ends,
        values.c.cents_per_point,
    )
    return typed.cte("span").prefix_with("MATERIALIZED")


def _sum_up(month: str) -> None:
    sums = (
        sa.select(
            SettlementLine.settlement_id,
            sa.func.sum(SettlementLine.points).label("points"),
            sa.func.sum(SettlementLine.cents).label("cents"),
        )
        .join(Settlement, Settlement.id == SettlementLine.settlement_id)
        .where(Settlement.month == month)
        .group_by(SettlementLine.settlement_id)
        .subquery("sums")
    )
    db.session.execute(
        sa.update(Settlement)
        .where(Settlement.id == sums.c.settlement_id)
        .values(points=sums.c.points, cents=sums.c.cents)
        .execution_options(synchronize_session=False)
    )


# ------------------------------------------------------------------------------------------ steps


def agree_settlement(actor: Actor, *, key: UUID, settlement_id: UUID, note: str = "") -> Answer:
    """The shop agrees: its owner himself, or the desk (`settlement.manage`) with a note of what was signed on paper.

    Once per key, audited. Raises `SettlementUnknown`, `OwnerNeeded` for the shop's clerks, `OwnShop`,
    `PaperNoteMissing`, `SettlementStepImpossible`.
    """

    def work() -> dict[str, Any]:
        found, shop = _locked(actor, settlement_id)
        kept = ""
        if not _speaks_for(actor, shop.id):
            require_disinterested(actor, "settlement.manage", shop)
            kept = rules.clean_note(note)
        rules.check_step(found.state, AGREED)
        values = {"agreed_at": clock.now(), "agreed_by": actor.member_id or actor.id, "agreed_note": kept}
        _step(found, AGREED, values)
        audit.record(
            actor, "settlement.agreed", "settlement", found.id, month=found.month, shop=shop.name, note=kept
        )
        return {"settlement_id": str(found.id), "state": AGREED}

    return once(key, actor, "settlement.agree", {"settlement_id": settlement_id, "note": note}, work)


def pay_settlement(
    actor: Actor, *, key: UUID, settlement_id: UUID, paid_on: date, reference: str = ""
) -> Answer:
    """The money was paid: the points it stands for leave the shop's account; once per key, audited.

    `paid_on` is a day of the programme's zone, `reference` what the payment is found by; not needed when nothing was
    due. Who wrote down that the shop agreed on paper does not pay it: two people stand behind money that nobody of the
    shop has confirmed. Needs `settlement.manage`. Raises `SettlementUnknown`, `OwnShop`, `SecondPersonPays`,
    `SettlementStepImpossible`, `ReferenceMissing`, `PaidOnInvalid`.
    """
    actor.require("settlement.manage")

    def work() -> dict[str, Any]:
        found, shop = _locked(actor, settlement_id)
        require_disinterested(actor, "settlement.manage", shop)
        rules.check_step(found.state, SETTLED)
        _require_second_person(actor, found, shop)
        due = rules.due(Sums(found.points, found.cents), Sums(found.carried_points, found.carried_cents))
        kept = rules.clean_reference(reference, due.cents)
        month_end = clock.local_date(clock.month_bounds(rules.read_month(found.month))[1])
        rules.check_paid_on(paid_on, month_end, clock.today())
        transfer_id = _settle(actor, key, found, due.points)
        values = {
            "paid_on": paid_on,
            "paid_by": actor.member_id or actor.id,
            "reference": kept,
            "transfer_id": transfer_id,
        }
        _step(found, SETTLED, values)
        audit.record(
            actor, "settlement.paid", "settlement", found.id, month=found.month, shop=shop.name,
            points=due.points, cents=due.cents, reference=kept,
        )  # fmt: skip
        return {"settlement_id": str(found.id), "state": SETTLED, "points": due.points, "cents": due.cents}

    content = {"settlement_id": settlement_id, "paid_on": paid_on, "reference": reference}
    return once(key, actor, "settlement.pay", content, work)


def close_settlement(actor: Actor, *, key: UUID, settlement_id: UUID) -> Answer:
    """The statement is done and filed; once per key, audited.

    Needs `settlement.manage`. Raises `SettlementUnknown`, `OwnShop`, `SettlementStepImpossible`.
    """
    actor.require("settlement.manage")

    def work() -> dict[str, Any]:
        found, shop = _locked(actor, settlement_id)
        require_disinterested(actor, "settlement.manage", shop)
        rules.check_step(found.state, CLOSED)
        _step(found, CLOSED, {"closed_at": clock.now(), "closed_by": actor.member_id or actor.id})
        audit.record(actor, "settlement.closed", "settlement", found.id, month=found.month, shop=shop.name)
        return {"settlement_id": str(found.id), "state": CLOSED}

    return once(key, actor, "settlement.close", {"settlement_id": settlement_id}, work)


def _locked(actor: Actor, settlement_id: UUID) -> tuple[Any, Merchant]:
    """The statement, locked, with its shop. Raises `SettlementUnknown`, also for strangers to the shop."""
    columns = sa.select(*Settlement.__table__.c).where(Settlement.id == settlement_id)
    found = db.session.execute(columns.with_for_update()).one_or_none()
    if found is None:
        raise SettlementUnknown
    shop = db.session.get_one(Merchant, found.merchant_id)
    if not actor.may("settlement.read") and post_at(actor.member_id, shop.id) is None:
        raise SettlementUnknown
    return found, shop


def _speaks_for(actor: Actor, merchant_id: UUID) -> bool:
    """Whether the actor owns the shop. Raises `OwnerNeeded` for its clerks."""
    post = post_at(actor.member_id, merchant_id) if actor.kind == "member" else None
    if post is not None and post != OWNER and not actor.may("settlement.manage"):
        raise OwnerNeeded
    return post == OWNER and actor.may("counter.use")


def _require_second_person(actor: Actor, found: Any, shop: Merchant) -> None:
    """Raise `SecondPersonPays` where one person, or his household, would agree for the shop and pay it as well.

    The owner who agreed himself is the other person. A command of the machine's operator is nobody's second hand.
    """
    if not queries.may_pay(actor, found.agreed_by, found.agreed_note):
        raise SecondPersonPays(where=shop.name)


def _settle(actor: Actor, key: UUID, found: Any, amount: int) -> UUID | None:
    if not amount:
        return None
    return points.service.settle(
        actor, key=key, merchant_id=found.merchant_id, points=amount, subject_id=found.id
    )


def _step(found: Any, state: str, values: dict[str, Any]) -> None:
    change = sa.update(Settlement).where(Settlement.id == found.id).values(state=state, **values)
    db.session.execute(change.execution_options(synchronize_session=False))
