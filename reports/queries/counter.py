"""Rented homes, bills and tills, as the desk sees them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import clock, paging
from core.db import db
from reports.models import Bill, FloatDay, FloatOpening, RentedHome, Report
from reports.queries.facts import fresh


@dataclass(frozen=True, slots=True)
class Home:
    """A registered dwelling. `term_until` is the last day; `address` is empty once it was removed.

    `address` is empty for who may not read it. `member_id` is None when it was told without a name or in confidence.
    """

    id: UUID
    address: str
    area_id: UUID | None
    tenants: int
    term: str
    term_from: date
    term_until: date
    member_id: UUID | None
    report_id: UUID | None
    registered_by: UUID
    registered_on: date
    points: int
    voided_at: datetime | None
    void_reason: str


@dataclass(frozen=True, slots=True)
class BillLine:
    """A receipt in the log."""

    id: UUID
    utility: str
    receipt_number: str
    amount_fen: int
    member_id: UUID
    taken_by: UUID
    taken_at: datetime
    day: date
    points: int
    voided_at: datetime | None
    void_reason: str


@dataclass(frozen=True, slots=True)
class Till:
    """The till of a coordinator and day: by the log while it is open, as it was closed afterwards (`closed_at`).

    `opening_fen` lay in it before the first bill (None: nobody counted, so `stayed_fen` did, what stayed in it when it
    was closed last), `counted_fen` at the end. `opening_note` says why another sum was counted than stayed.
    """

    coordinator_id: UUID
    day: date
    bills: int
    taken_fen: int
    handed_over_fen: int | None
    difference_fen: int | None
    note: str
    closed_at: datetime | None
    opening_fen: int | None = None
    counted_fen: int | None = None
    stayed_fen: int | None = None
    opening_note: str = ""

    @property
    def expected_fen(self) -> int:
        """What must be in it: what lay in it and was taken, less what was handed over."""
        began = self.stayed_fen if self.opening_fen is None else self.opening_fen
        return (began or 0) + self.taken_fen - (self.handed_over_fen or 0)


def homes(
    *,
    q: str = "",
    area_id: UUID | None = None,
    cursor: str | None = None,
    limit: int = 50,
    handles: bool = True,
) -> paging.Page[Home]:
    """Registered homes, the newest first; `q` is a part of the address. Raises `CursorInvalid`.

    For who does not handle reports (`handles` false) homes that were told in confidence have no place, and no search
    finds them by it.
    """
    query = sa.select(RentedHome).order_by(RentedHome.id.desc())
    if not handles and (q.strip() or area_id is not None):
        query = query.where(~sa.exists().where(Report.id == RentedHome.report_id, Report.confidential))
    if q.strip():
        query = query.where(RentedHome.address.contains(q.strip()[:80], autoescape=True))
    if area_id is not None:
        query = query.where(RentedHome.area_id == area_id)
    if cursor is not None:
        query = query.where(RentedHome.id < _after(cursor))
    limit = min(limit, paging.MOST_ITEMS)
    found = list(db.session.scalars(fresh(query.limit(limit + 1))))
    in_confidence = _told_in_confidence(found)
    closed = set() if handles else in_confidence
    items = [
        Home(
            each.id,
            "" if each.id in closed else each.address,
            None if each.id in closed else each.area_id,
            each.tenants,
            each.term,
            each.term_from,
            each.term_until,
            None if each.id in in_confidence else each.member_id,
            each.report_id,
            each.registered_by,
            each.registered_on,
            each.points,
            each.voided_at,
            each.void_reason,
        )
        for each in found[:limit]
    ]
    return paging.Page(items, paging.encode(items[-1].id) if len(found) > limit else None)


def _told_in_confidence(homes: Sequence[RentedHome]) -> set[UUID]:
    """Those of the homes whose report is confidential: who told it is for its handler alone."""
    query = sa.select(Report.id).where(
        Report.id.in_([each.report_id for each in homes if each.report_id]), Report.confidential
    )
    closed = set(db.session.scalars(query))
    return {each.id for each in homes if each.report_id in closed}


def _after(cursor: str) -> UUID:
    (key,) = paging.decode(cursor, str)
    return paging.identifier(key)


def bills_of(day: date, taken_by: UUID | None = None) -> list[BillLine]:
    """The receipts of a day (programme zone), of one coordinator when named, the newest first; struck out ones, too."""
    query = sa.select(Bill).where(Bill.day == day).order_by(Bill.id.desc())
    if taken_by is not None:
        query = query.where(Bill.taken_by == taken_by)
    return [_bill(each) for each in db.session.scalars(fresh(query))]


def bills(*, cursor: str | None = None, limit: int = 50) -> paging.Page[BillLine]:
    """All receipts, the newest first. Raises `CursorInvalid`."""
    query = sa.select(Bill).order_by(Bill.id.desc())
    if cursor is not None:
        query = query.where(Bill.id < _after(cursor))
    limit = min(limit, paging.MOST_ITEMS)
    found: Sequence[Bill] = list(db.session.scalars(fresh(query.limit(limit + 1))))
    items = [_bill(each) for each in found[:limit]]
    return paging.Page(items, paging.encode(items[-1].id) if len(found) > limit else None)


def _bill(each: Bill) -> BillLine:
    return BillLine(
        each.id,
        each.utility,
        each.receipt_number,
        each.amount_fen,
        each.member_id,
        each.taken_by,
        each.taken_at,
        each.day,
        each.points,
        each.voided_at,
        each.void_reason,
    )


def stayed_fen(coordinator_id: UUID, day: date) -> int | None:
    """What stayed in a coordinator's till when it was closed last before this day, in fen; None when it never was."""
    return db.session.scalar(_stayed(sa.literal(coordinator_id), sa.literal(day)))


def _stayed(coordinator_id: Any, day: Any) -> sa.Select[int]:
    before = sa.orm.aliased(FloatDay)
    return (
        sa.select(before.counted_fen)
        .where(before.coordinator_id == coordinator_id, before.day < day)
        .order_by(before.day.desc())
        .limit(1)
    )


def float_state(coordinator_id: UUID, day: date | None = None) -> Till:
    """The till of a coordinator on a day (default: today, programme zone)."""
    day = day or clock.today()
    query = _closed_with_opening().where(FloatDay.coordinator_id == coordinator_id, FloatDay.day == day)
    closed = db.session.execute(fresh(query)).one_or_none()
    if closed is not None:
        return _closed(*closed)
    sums = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(Bill.amount_fen), 0)).where(
        Bill.taken_by == coordinator_id, Bill.day == day, Bill.voided_at.is_(None)
    )
    count, taken = db.session.execute(sums).one()
    opening = db.session.execute(
        sa.select(FloatOpening.opening_fen, FloatOpening.stayed_fen, FloatOpening.note).where(
            FloatOpening.coordinator_id == coordinator_id, FloatOpening.day == day
        )
    ).one_or_none()
    state = Till(coordinator_id, day, int(count), int(taken), None, None, "", None)
    if opening is None:
        return replace(state, stayed_fen=stayed_fen(coordinator_id, day))
    return replace(state, opening_fen=opening[0], stayed_fen=opening[1], opening_note=opening[2])


def _closed_with_opening() -> sa.Select[FloatDay, int | None, str]:
    same = (FloatOpening.coordinator_id == FloatDay.coordinator_id) & (FloatOpening.day == FloatDay.day)
    return sa.select(FloatDay, FloatOpening.stayed_fen, FloatOpening.note).outerjoin(FloatOpening, same)


def _closed(row: FloatDay, stayed: int | None, opening_note: str | None) -> Till:
    return Till(
        row.coordinator_id,
        row.day,
        row.bills,
        row.taken_fen,
        row.handed_over_fen,
        row.difference_fen,
        row.note,
        row.reconciled_at,
        row.opening_fen,
        row.counted_fen,
        stayed,
        opening_note or "",
    )


def closed_tills(*, most: int = 31) -> list[Till]:
    """The tills that were closed last, the newest day first."""
    query = _closed_with_opening().order_by(FloatDay.day.desc(), FloatDay.coordinator_id).limit(most)
    return [_closed(*each) for each in db.session.execute(fresh(query))]


def open_tills(since: date | None = None) -> list[Till]:
    """Tills of days that are over (from `since` on) and were not closed, the oldest first."""
    closed = (FloatDay.coordinator_id == Bill.taken_by) & (FloatDay.day == Bill.day)
    if since is not None:
        closed &= FloatDay.day >= since
    query = (
        sa.select(
            Bill.taken_by,
            Bill.day,
            sa.func.count().label("bills"),
            sa.func.sum(Bill.amount_fen).label("taken"),
            _stayed(Bill.taken_by, Bill.day).correlate(Bill).scalar_subquery().label("stayed"),
        )
        .outerjoin(FloatDay, closed)
        .where(Bill.day < clock.today(), Bill.voided_at.is_(None), FloatDay.day.is_(None))
        .group_by(Bill.taken_by, Bill.day)
        .order_by(Bill.day, Bill.taken_by)
    )
    counted = (
        sa.select(FloatOpening)
        .outerjoin(
            FloatDay,
            (FloatDay.coordinator_id == FloatOpening.coordinator_id) & (FloatDay.day == FloatOpening.day),
        )
        .where(FloatOpening.day < clock.today(), FloatDay.day.is_(None))
    )
    if since is not None:
        query, counted = query.where(Bill.day >= since), counted.where(FloatOpening.day >= since)
    found: dict[tuple[UUID, date], Till] = {}
    for row in db.session.execute(query):
        till = Till(row.taken_by, row.day, int(row.bills), int(row.taken), None, None, "", None)
        found[row.taken_by, row.day] = replace(till, stayed_fen=row.stayed)
    for each in db.session.scalars(fresh(counted)):
        whose = (each.coordinator_id, each.day)
        till = found.get(whose) or Till(*whose, 0, 0, None, None, "", None)
        found[whose] = replace(
            till, opening_fen=each.opening_fen, stayed_fen=each.stayed_fen, opening_note=each.note
        )
    return sorted(found.values(), key=lambda each: (each.day, each.coordinator_id))
