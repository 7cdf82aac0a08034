"""Books that are sealed: of each table that nobody may change, the audit log keeps a digest of every finished day.

The digest stands in an entry of the log, and the log is a chain (core/chain.py): whoever changes, removes or adds a row
of an earlier day, in whatever column, is found by `verify`. Packages name their tables in `checks.py` (`AUDITED`).
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import audit, clock
from core.audit import AuditEntry
from core.auth import SYSTEM
from core.chain import SETTLED_AFTER, Fault, digest_of, plain, rows
from core.db import db, dialect_name, execute, transactional

#: What the entries of the log that seal books are about: a subject of their own, so that they are found at once.
BOOKS = UUID("0a6f1d53-52a5-5f0e-9c37-5b3c9f1d2e11")
ACTION = "books.sealed"
_LOCK = 7_264_114


@dataclass(frozen=True, slots=True)
class Audited:
    """A table whose rows never change once they are there.

    `moment` names the column that tells when a row was written (UTC); with `of`, a column that refers to another
    table's id, that column stands there. After `lives` rows may be pruned: then nothing is said about them any more.
    """

    table: str
    moment: str
    of: str | None = None
    lives: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """Some rows of one table as they were when they were sealed: `first` ≤ moment < `until`, None is the beginning."""

    table: str
    first: datetime | None
    until: datetime
    columns: tuple[str, ...]
    rows: int
    digest: str


_audited: dict[str, Audited] = {}


def cover(tables: Sequence[Audited]) -> None:
    """Have these tables sealed; the factory hands in what packages offer."""
    _audited.update({each.table: each for each in tables})


def seal_books() -> int:
    """Seal what was written on days that are over; how many entries that took. May be repeated, and by several.

    A day is sealed an hour after its end, when nobody can still be writing to it; in steps of a month at most, so that
    a fault can be told to the month even in what was there before the first seal.
    """
    now = clock.now()
    end = clock.start_of(clock.local_date(now - SETTLED_AFTER))
    count = 0
    while (step := _next_step(end)) is not None:
        names, first, until = step
        # Reckoned before the writers' turn: what it is about does not change any more.
        sealed = {name: _reckon(_audited[name], None, first, until) for name in names}
        count += _record(first, until, sealed)
    return count


def verify(since: datetime | None = None, tables: Sequence[str] = ()) -> Iterator[Fault]:
    """Reckon all sealed days anew (those that end after `since`) and tell which are not what they were. Reads only."""
    reached: dict[str, datetime] = {}
    for span in _spans():
        if tables and span.table not in tables:
            continue
        where = f"{span.table} {_day(span.first) if span.first else '…'} – {_day(span.until)}"
        if reached.get(span.table) != span.first:
            yield Fault(where, "does not continue where the seal before it ended")
        reached[span.table] = span.until
        audited = _audited.get(span.table)
        if audited is None or _may_be_pruned(audited, span) or (since and span.until <= since):
            continue
        gone = [name for name in span.columns if name not in db.metadata.tables[span.table].c]
        if gone:
            yield Fault(where, f"has no longer the columns {', '.join(gone)}")
            continue
        found = _reckon(audited, span.columns, span.first, span.until)
        if found["digest"] != span.digest:
            yield Fault(where, f"changed: {span.rows} rows were sealed, {found['rows']} are there")


def sealed_until() -> datetime | None:
    """Up to when every audited table is sealed (UTC); None before the first time."""
    reached = _reached()
    return (
        min((reached[name] for name in _audited), default=None) if _audited.keys() <= reached.keys() else None
    )


def _next_step(end: datetime) -> tuple[list[str], datetime | None, datetime] | None:
    """Tables that are sealed equally far, from when, and until when at most; None when all is sealed."""
    reached = _reached()
    behind: dict[datetime | None, list[str]] = {}
    for name in _audited:
        behind.setdefault(reached.get(name), []).append(name)
    for first, names in behind.items():
        if first is None or first < end:
            start = first or _earliest(names)
            # Nothing there yet is sealed, too: as nothing.
            month_end = clock.month_bounds(clock.local_date(start))[1] if start else end
            return names, first, min(month_end, end)
    return None


def _earliest(names: Sequence[str]) -> datetime | None:
    moments = []
    for name in names:
        column, source = _source(_audited[name])
        moments.append(db.session.scalar(sa.select(sa.func.min(column)).select_from(source)))
    return min((each for each in moments if each is not None), default=None)


@transactional
def _record(first: datetime | None, until: datetime, sealed: dict[str, dict[str, Any]]) -> int:
    if dialect_name() == "postgresql":
        execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    reached = _reached()
    if any(reached.get(name) != first for name in sealed):
        return 0  # somebody else was faster
    audit.record(
        SYSTEM,
        ACTION,
        "books",
        BOOKS,
        first=first.isoformat() if first else None,
        until=until.isoformat(),
        rows=sum(each["rows"] for each in sealed.values()),
        tables=sealed,
    )
    return 1


def _reached() -> dict[str, datetime]:
    return {span.table: span.until for span in _spans()}


def _spans() -> Iterator[Span]:
    """All spans in the order in which they were sealed."""
    entry: Any = AuditEntry.__table__
    query = (
        sa.select(entry.c.data)
        .where(entry.c.subject_id == BOOKS, entry.c.action == ACTION)
        .order_by(entry.c.id)
    )
    for data in db.session.scalars(query).all():
        try:
            yield from _read(data)
        except (KeyError, TypeError, ValueError, AttributeError):
            # Somebody has changed it: the chain says so, and the next span does not continue where this one should end.
            continue


def _read(data: dict[str, Any]) -> list[Span]:
    first = datetime.fromisoformat(data["first"]) if data["first"] else None
    until = datetime.fromisoformat(data["until"])
    return [
        Span(table, first, until, tuple(sealed["columns"].split()), sealed["rows"], sealed["digest"])
        for table, sealed in data["tables"].items()
    ]


def _source(audited: Audited) -> tuple[Any, Any]:
    """The column of the moment, and the table (joined with the one that has that column)."""
    table = db.metadata.tables[audited.table]
    if audited.of is None:
        return table.c[audited.moment], table
    key = table.c[audited.of]
    (reference,) = key.foreign_keys
    other = reference.column.table
    return other.c[audited.moment], table.join(other, reference.column == key)


def _reckon(
    audited: Audited, columns: tuple[str, ...] | None, first: datetime | None, until: datetime
) -> dict[str, Any]:
    table = db.metadata.tables[audited.table]
    names = columns or tuple(sorted(table.c.keys()))
    moment, source = _source(audited)
    order = (
        [moment, *table.primary_key.columns]
        if audited.of is None
        else [
            moment,
            table.c[audited.of],
            *(each for each in table.primary_key.columns if each.name != audited.of),
        ]
    )
    query = sa.select(*(plain(table.c[name]).label(f"c{place}") for place, name in enumerate(names)))
    query = query.select_from(source).where(moment < until).order_by(*order)
    if first is not None:
        query = query.where(moment >= first)
    digest, count = hashlib.sha256(digest_of(audited.table, names).encode()), 0
    for row in rows(query):
        digest.update(json.dumps(tuple(row)).encode())
        count += 1
    return {"rows": count, "columns": " ".join(names), "digest": digest.hexdigest()}


def _may_be_pruned(audited: Audited, span: Span) -> bool:
    if audited.lives is None:
        return False
    # The first span of all begins with the first row there was, and is a month long at most.
    first = span.first or span.until - timedelta(days=31)
    return first < clock.now() - audited.lives


def _day(at: datetime) -> str:
    return clock.local(at).date().isoformat()
