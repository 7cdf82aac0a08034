"""Heaps of refused scans: many of one code, from one phone or of one member; and which of them somebody has looked at.

A heap that was looked at is put away until a further scan is refused that belongs to it. Which refusals count, and who
may put a heap away, is decided above.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core import clock, paging
from core.db import Identifier, Model, UtcTime, db, insert, new_id, transactional
from core.paging import Page
from core.refused_scans import COLUMNS, Line, RefusedScan

What = Literal["code", "phone", "member"]
#: Sort of heap → how many people it needs: a heap of one member's is told as his.
SORTS: Final[dict[What, int]] = {"code": 2, "phone": 2, "member": 1}
#: Of the refusals of a day only so many, the newest, are looked through for heaps.
MOST_LOOKED_THROUGH: Final = 5_000
#: Most heaps that are told.
_MOST_HEAPS: Final = 20
LONGEST_REASON: Final = 200


class RefusedHeap(Model):
    """A heap that somebody has looked at. It is of the code or the phone with this `digest`, or of the member.

    `last_at` is the time of the newest scan that he saw, `times` and `people` how many it were within a day. Times are
    UTC.
    """

    __tablename__ = "refused_heap"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    what: Mapped[str] = mapped_column(sa.String(10))
    digest: Mapped[str | None] = mapped_column(sa.String(64))
    member_id: Mapped[UUID | None] = mapped_column(Identifier)
    last_at: Mapped[datetime] = mapped_column(UtcTime)
    times: Mapped[int] = mapped_column(sa.Integer)
    people: Mapped[int] = mapped_column(sa.Integer)
    seen_at: Mapped[datetime] = mapped_column(UtcTime)
    seen_by: Mapped[UUID] = mapped_column(Identifier)
    reason: Mapped[str] = mapped_column(sa.String(LONGEST_REASON))

    __table_args__ = (
        sa.CheckConstraint("what IN ('code', 'phone', 'member')", name="what"),
        sa.CheckConstraint("(what = 'member') = (member_id IS NOT NULL)", name="member"),
        sa.CheckConstraint("(digest IS NULL) = (member_id IS NOT NULL)", name="digest"),
        sa.CheckConstraint("times >= 1 AND people >= 0", name="counts"),
        sa.CheckConstraint("reason <> ''", name="reason"),
        sa.UniqueConstraint("what", "digest"),
        sa.UniqueConstraint("member_id"),
        sa.Index("ix_refused_heap_seen_at_id", "seen_at", "id"),
        sa.Index("ix_refused_heap_last_at", "last_at"),
    )


@dataclass(frozen=True, slots=True)
class Look:
    """That somebody has looked at a heap, what he saw of it, and what he says about it. Times are UTC."""

    id: UUID
    what: What
    last_at: datetime
    times: int
    people: int
    seen_at: datetime
    seen_by: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class Heap:
    """Many refusals of one code, from one phone, or of one member. `key` is the digest, or the member's id.

    `newest` is one of them, `people` how many it were; `look` says who has looked at it before, and `further` how many
    have come since.
    """

    what: What
    key: str | UUID
    newest: Line
    count: int
    people: int
    look: Look | None = None
    further: int = 0


#: Sort of heap → by what its refusals are one.
_BY: dict[str, sa.orm.InstrumentedAttribute[Any]] = {
    "code": RefusedScan.code_digest,
    "phone": RefusedScan.device_digest,
    "member": RefusedScan.member_id,
}


def heaps(since: datetime, least: int, *, but_for: Collection[str] = ()) -> list[Heap]:
    """Since then: `least` or more refusals of one code or phone by several people, or of one member; most first.

    Reasons in `but_for` do not count. Left out is what somebody has looked at, unless a further one has come.
    """
    lately = (
        sa.select(*COLUMNS)
        .where(RefusedScan.at >= since, RefusedScan.reason.not_in(list(but_for)))
        .order_by(RefusedScan.at.desc(), RefusedScan.id.desc())
        .limit(MOST_LOOKED_THROUGH)
        .cte("lately")
    )
    # One statement, in which the refusals of the day are read once.
    sorts = [_counted(lately, what, least, people) for what, people in SORTS.items()]
    rows = db.session.execute(sa.union_all(*sorts)).all()
    looks = _looks(since)
    keyed = [(row, _key(row.what, row.value)) for row in rows]
    waiting = [each for each in keyed if not _is_seen(looks.get((each[0].what, each[1])), each[0].last_at)]
    most = sorted(waiting, key=lambda each: -each[0].number)[:_MOST_HEAPS]
    return [_heap(row, key, looks.get((row.what, key)), but_for) for row, key in most]


def _counted(lately: sa.CTE, what: What, least: int, people: int) -> sa.Select[str, str, int, int, datetime]:
    column, number = lately.c[_BY[what].name], sa.func.count()
    several = sa.func.count(lately.c.member_id.distinct())
    return (
        sa.select(
            sa.literal(what).label("what"),
            sa.cast(column, sa.String).label("value"),
            number.label("number"),
            several.label("people"),
            sa.func.max(lately.c.at, type_=UtcTime()).label("last_at"),
        )
        .where(column.is_not(None))
        .group_by(column)
        .having(number >= least, several >= people)
    )


def _key(what: str, value: str) -> str | UUID:
    return UUID(value) if what == "member" else value


def _is_seen(look: Look | None, last_at: datetime) -> bool:
    return look is not None and last_at <= look.last_at


def _looks(since: datetime) -> dict[tuple[str, str | UUID], Look]:
    """Those that were looked at and have scans since then, by sort and key."""
    rows = db.session.scalars(sa.select(RefusedHeap).where(RefusedHeap.last_at >= since))
    return {(row.what, row.member_id or row.digest or ""): _look(row) for row in rows}


def _look(row: RefusedHeap) -> Look:
    return Look(
        row.id,
        row.what,  # type: ignore[arg-type] # a CHECK lets only these through
        row.last_at,
        row.times,
        row.people,
        row.seen_at,
        row.seen_by,
        row.reason,
    )


def _heap(row: Any, key: str | UUID, look: Look | None, but_for: Collection[str]) -> Heap:
    query = sa.select(*COLUMNS).where(_BY[row.what] == key)
    newest = db.session.execute(query.order_by(RefusedScan.at.desc(), RefusedScan.id.desc()).limit(1)).one()
    further = 0
    if look is not None:
        counted = sa.select(sa.func.count()).select_from(RefusedScan)
        after = (RefusedScan.at > look.last_at, RefusedScan.reason.not_in(list(but_for)))
        further = db.session.scalar(counted.where(_BY[row.what] == key, *after)) or 0
    return Heap(row.what, key, Line(*newest), row.number, row.people, look, further)


def people(heap: Heap, since: datetime) -> set[UUID]:
    """Whose scans since then belong to the heap."""
    query = sa.select(RefusedScan.member_id).where(_BY[heap.what] == heap.key, RefusedScan.at >= since)
    return {each for each in db.session.scalars(query.distinct()) if each is not None}


def is_seen(what: str, key: str | UUID, at: datetime) -> bool:
    """Whether somebody has looked at the heap, and at its scans up to `at`."""
    mine = RefusedHeap.member_id == key if what == "member" else RefusedHeap.digest == key
    query = sa.select(RefusedHeap.id).where(RefusedHeap.what == what, mine, RefusedHeap.last_at >= at)
    return db.session.scalar(query) is not None


def looked_at(*, cursor: str | None = None, limit: int = 50) -> Page[tuple[Look, Line | None]]:
    """Heaps that somebody has looked at, the last look first, each with its newest scan that is still kept.

    Raises `core.paging.CursorInvalid`.
    """
    query = sa.select(RefusedHeap)
    if cursor is not None:
        at, last = paging.decode(cursor, str, str)
        moment = sa.literal(paging.moment(at), RefusedHeap.seen_at.type)
        after = sa.tuple_(moment, sa.literal(paging.identifier(last), RefusedHeap.id.type))
        query = query.where(sa.tuple_(RefusedHeap.seen_at, RefusedHeap.id) < after)
    limit = max(1, min(limit, paging.MOST_ITEMS))
    query = query.order_by(RefusedHeap.seen_at.desc(), RefusedHeap.id.desc()).limit(limit + 1)
    rows = list(db.session.scalars(query))
    onward = paging.encode(rows[limit - 1].seen_at.isoformat(), rows[limit - 1].id) if rows[limit:] else None
    newest = _newest_of(rows[:limit])
    return Page([(_look(row), newest.get(row.id)) for row in rows[:limit]], onward)


def _newest_of(rows: Iterable[RefusedHeap]) -> dict[UUID, Line]:
    found: dict[UUID, Line] = {}
    for row in rows:
        mine = _BY[row.what] == (row.member_id or row.digest)
        query = sa.select(*COLUMNS).where(mine, RefusedScan.at <= row.last_at)
        line = db.session.execute(
            query.order_by(RefusedScan.at.desc(), RefusedScan.id.desc()).limit(1)
        ).one_or_none()
        found |= {row.id: Line(*line)} if line is not None else {}
    return found


def put_away(heap: Heap, *, until: datetime, by: UUID, reason: str) -> UUID | None:
    """Write down that somebody has looked at the heap and all its scans up to `until`; the id of the look.

    None when somebody else was faster. Joins the caller's transaction.
    """
    of = (
        {"digest": None, "member_id": heap.key}
        if heap.what == "member"
        else {"digest": heap.key, "member_id": None}
    )
    told = {
        "last_at": until,
        "times": heap.count,
        "people": heap.people,
        "seen_at": clock.now(),
        "seen_by": by,
        "reason": reason,
    }
    add = insert(RefusedHeap).values(id=new_id(), what=heap.what, **of, **told).on_conflict_do_nothing()
    added: UUID | None = db.session.scalar(add.returning(RefusedHeap.id))
    if added is not None:
        return added
    mine = [getattr(RefusedHeap, name) == value for name, value in of.items() if value is not None]
    again = sa.update(RefusedHeap).where(RefusedHeap.what == heap.what, *mine, RefusedHeap.last_at < until)
    changed: UUID | None = db.session.scalar(again.values(**told).returning(RefusedHeap.id))
    return changed


@transactional
def forget(before: datetime) -> int:
    """Remove looks at heaps whose scans are all from before then. Returns how many."""
    return (
        db.session.connection().execute(sa.delete(RefusedHeap).where(RefusedHeap.last_at < before)).rowcount
    )
