"""What a period has done to the points: sums of transfers by where they came from and where they went."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import members.queries
from core import clock
from core.db import db
from points.models import Account, KeptMonth, Lot, TariffRule, Transfer, TransferLot
from points.rules import SHOP_CATEGORY
from points.triggers import PROGRAMME_ACCOUNTS

#: Rules that members earn by.
_OF_MEMBERS = sa.or_(TariffRule.id.is_(None), TariffRule.category != SHOP_CATEGORY)
_NAMES = {account_id: kind for kind, account_id in PROGRAMME_ACCOUNTS.items()}


@dataclass(frozen=True, slots=True)
class Flow:
    """Transfers of one sort in a period: how many, and of how many points together.

    `giver` and `taker` are the programme's account ("issued", "escrow", …), or "holder" for a member, a shop or a
    shop's budget. `area_id` is where the squad was when it was booked; of members without a squad, where they belong.
    """

    kind: str
    subject_type: str
    rule_id: UUID | None
    squad_id: UUID | None
    area_id: UUID | None
    giver: str
    taker: str
    count: int
    points: int


@dataclass(frozen=True, slots=True)
class Outstanding:
    """What members, shops ("merchant") or budgets hold, by the day after which it expires."""

    holder: str
    expires_on: date
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthSums:
    """What a month's report says about points.

    `flows` of the month, `lots` at its end, members with at least one deed in all and by squad, and the deeds of each
    week, which is cut off where the month begins and ends.
    """

    flows: list[Flow]
    lots: list[Outstanding]
    active: int
    active_by_squad: dict[UUID | None, int]
    weeks: list[tuple[date, date, int]]

    def to_json(self) -> dict[str, Any]:
        """To be kept in a column."""
        return {
            "flows": [[_text(each) for each in astuple(flow)] for flow in self.flows],
            "lots": [[lot.holder, lot.expires_on.isoformat(), lot.points] for lot in self.lots],
            "active": self.active,
            "active_by_squad": [[_text(squad), count] for squad, count in self.active_by_squad.items()],
            "weeks": [[start.isoformat(), last.isoformat(), deeds] for start, last, deeds in self.weeks],
        }


def month_sums(first: date) -> MonthSums:
    """The sums of the month that begins on `first`: as they were kept, else counted from the ledger."""
    kept = db.session.scalar(sa.select(KeptMonth.sums).where(KeptMonth.month == f"{first:%Y-%m}"))
    return count_month(first) if kept is None else _from_json(kept)


def count_month(first: date) -> MonthSums:
    """The sums of the month that begins on `first`, read from the ledger several times over: seconds in a city."""
    start, end = clock.month_bounds(first)
    active, by_squad = active_members(start, end)
    spans = _weeks(first, clock.local_date(end))
    bounds = [(clock.start_of(begin), clock.day_bounds(last)[1]) for begin, last in spans]
    weeks = [(*span, deeds) for span, deeds in zip(spans, deeds_between(bounds), strict=True)]
    return MonthSums(
        flows=flows(start, end), lots=outstanding(end), active=active, active_by_squad=by_squad, weeks=weeks
    )


def _weeks(first: date, after: date) -> list[tuple[date, date]]:
    spans: list[tuple[date, date]] = []
    day = first
    while day < after:
        last = min(day + timedelta(days=6 - day.weekday()), after - timedelta(days=1))
        spans.append((day, last))
        day = last + timedelta(days=1)
    return spans


def _from_json(kept: dict[str, Any]) -> MonthSums:
    return MonthSums(
        flows=[
            Flow(kind, subject, _id(rule), _id(squad), _id(area), giver, taker, count, points)
            for kind, subject, rule, squad, area, giver, taker, count, points in kept["flows"]
        ],
        lots=[Outstanding(holder, date.fromisoformat(day), points) for holder, day, points in kept["lots"]],
        active=kept["active"],
        active_by_squad={_id(squad): count for squad, count in kept["active_by_squad"]},
        weeks=[
            (date.fromisoformat(start), date.fromisoformat(last), deeds)
            for start, last, deeds in kept["weeks"]
        ],
    )


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value


def _id(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)


def flows(start: datetime, end: datetime) -> list[Flow]:
    """All transfers booked from `start` up to, not including, `end`.

    They are read in one pass, cut where a squad came into another area: between two cuts each squad has one.
    """
    found: dict[tuple[Any, ...], tuple[int, int]] = {}
    cuts = [start, *members.queries.squads_moved(start, end), end]
    for begin, until in pairwise(cuts):
        areas = members.queries.squad_areas_at(begin)
        for row in db.session.execute(_flows(begin, until)):
            kind, subject, rule, squad, own_area, giver, taker, count, amount = row
            area = areas.get(squad) if squad else own_area
            key = (kind, subject, rule, squad, area, _name(giver), _name(taker))
            before = found.get(key, (0, 0))
            found[key] = (before[0] + count, before[1] + int(amount))
    return [Flow(*(*key, *sums)) for key, sums in found.items()]


def _flows(start: datetime, end: datetime) -> sa.Select[Any]:
    own = members.queries.own_area_select().subquery()
    earner = sa.case((Transfer.kind == "earn", Transfer.credit_account_id), else_=Transfer.debit_account_id)
    columns = (
        Transfer.kind,
        Transfer.subject_type,
        Transfer.rule_id,
        Transfer.squad_id,
        own.c.area_id,
        _side(Transfer.debit_account_id),
        _side(Transfer.credit_account_id),
    )
    # Only of deeds of members without a squad, and of what was withdrawn of them.
    alone = Transfer.squad_id.is_(None) & Transfer.kind.in_(("earn", "reversal"))
    return (
        sa.select(*columns, sa.func.count(), sa.func.sum(Transfer.amount))
        .outerjoin(own, (own.c.id == earner) & alone)
        .where(Transfer.posted_at >= start, Transfer.posted_at < end)
        .group_by(*columns)
    )


def outstanding(at: datetime) -> list[Outstanding]:
    """What was held at a moment, by holder and expiry: today's lots less what has changed since."""
    held: dict[tuple[str, date], int] = defaultdict(int)
    holder = (Lot.expires_on, Account.kind)
    lots = sa.select(*holder, sa.func.sum(Lot.balance)).join(Account, Account.id == Lot.account_id)
    for day, kind, points in db.session.execute(lots.group_by(*holder)):
        held[kind, day] += int(points)
    if at < clock.now():
        for day, kind, points in _changes_since(at):
            held[kind, day] -= int(points)
    return [Outstanding(kind, day, points) for (kind, day), points in sorted(held.items()) if points]


def active_members(start: datetime, end: datetime) -> tuple[int, dict[UUID | None, int]]:
    """How many members did at least one deed that was booked in the period: in all, and by squad at the time."""
    who = (
        sa.select(Transfer.credit_account_id, Transfer.squad_id)
        .outerjoin(TariffRule, TariffRule.id == Transfer.rule_id)
        .where(Transfer.kind == "earn", Transfer.posted_at >= start, Transfer.posted_at < end, _OF_MEMBERS)
        .distinct()
        .cte("who")
    )
    # One statement for both, so that the month's transfers are read once.
    everybody = sa.select(
        sa.true().label("all"),
        sa.cast(sa.null(), who.c.squad_id.type),
        sa.func.count(who.c.credit_account_id.distinct()),
    )
    by_squad = sa.select(sa.false(), who.c.squad_id, sa.func.count()).group_by(who.c.squad_id)
    rows = db.session.execute(sa.union_all(everybody, by_squad)).all()
    return next(row[2] for row in rows if row[0]), {row[1]: row[2] for row in rows if not row[0]}


def deeds_between(bounds: Sequence[tuple[datetime, datetime]]) -> list[int]:
    """How many deeds of members were booked in each of the half-open periods, which are read in one pass."""
    if not bounds:
        return []
    counted = (
        sa.func.count(sa.case(((Transfer.posted_at >= start) & (Transfer.posted_at < end), 1)))
        for start, end in bounds
    )
    first, last = min(start for start, _end in bounds), max(end for _start, end in bounds)
    query = (
        sa.select(*counted)
        .select_from(Transfer)
        .outerjoin(TariffRule, TariffRule.id == Transfer.rule_id)
        .where(Transfer.kind == "earn", Transfer.posted_at >= first, Transfer.posted_at < last, _OF_MEMBERS)
    )
    return list(db.session.execute(query).one())


def _side(column: Any) -> Any:
    """The programme's account, or None for everybody else's: there are too many of those to group by."""
    return sa.case((column.in_(list(_NAMES)), column), else_=sa.null())


def _name(account_id: UUID | None) -> str:
    return "holder" if account_id is None else _NAMES[account_id]


def _changes_since(at: datetime) -> list[Any]:
    parts = sa.select(TransferLot.expires_on, Account.kind, sa.func.sum(TransferLot.change))
    parts = parts.join(Transfer, Transfer.id == TransferLot.transfer_id)
    parts = parts.join(Account, Account.id == TransferLot.account_id)
    wholes = sa.select(Transfer.expires_on, Account.kind, sa.func.sum(Transfer.amount))
    wholes = wholes.join(Account, Account.id == Transfer.credit_account_id)
    wholes = wholes.where(Transfer.expires_on.is_not(None))
    found: list[Any] = []
    for query, day in ((parts, TransferLot.expires_on), (wholes, Transfer.expires_on)):
        found += db.session.execute(query.where(Transfer.posted_at >= at).group_by(day, Account.kind)).all()
    return found
