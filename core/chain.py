"""The audit log as a chain: each entry has a number, and a digest over itself and over the digest before it.

Who changes, removes, swaps or slips in an entry breaks the chain at that place, and who makes the whole chain anew has
another last digest than the one that hangs on the wall. Entries are chained shortly after they were written, by `seal`
in a transaction of its own: staff who act at the same time never wait for each other (ADR 060).
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.audit import AuditEntry, guard
from core.db import Model, UtcTime, db, dialect_name, execute, transactional

#: Entries chained in one transaction: on SQLite all writers wait for it.
BATCH = 1_000
#: An entry may be committed later than one with a later id, but no transaction lasts as long as this.
SETTLED_AFTER = timedelta(hours=1)
#: Begins each digest, so that another way of reckoning can be told apart one day.
FORM = "alliance-audit-1"
#: What the first entry is chained to.
BEGINNING = "0" * 64
#: PostgreSQL: the lock under which the chain grows. Any number that nothing else uses.
_LOCK = 7_264_113
#: Rows that are fetched at once when a table is read through.
ROWS_AT_ONCE = 5_000


class AuditLink(Model):
    """The place of an entry in the chain, from 1 on without gaps. Insert-only, by triggers."""

    __tablename__ = "audit_link"

    number: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    entry_id: Mapped[UUID] = mapped_column(sa.ForeignKey("audit_entry.id"), unique=True)
    sealed_at: Mapped[datetime] = mapped_column(UtcTime)
    digest: Mapped[str] = mapped_column(sa.String(64))

    __table_args__ = (sa.CheckConstraint("number >= 1", name="number"),)


guard(AuditLink.__table__)  # type: ignore[arg-type] # a Table, typed FromClause

_entry: Any = AuditEntry.__table__
_link: Any = AuditLink.__table__


@dataclass(frozen=True, slots=True)
class Head:
    """How far the chain goes. `digest` is what may be printed for the wall; `waiting` entries are not chained yet."""

    number: int
    digest: str
    sealed_at: datetime | None
    waiting: int

    @property
    def groups(self) -> list[str]:
        """The digest in groups of four, for reading out and comparing."""
        return [self.digest[start : start + 4] for start in range(0, len(self.digest), 4)]


@dataclass(frozen=True, slots=True)
class Fault:
    """One place where the log or the books are not what they were when they were sealed."""

    where: str
    what: str


def plain(column: Any) -> Any:
    """A column read as the text (or whole number) that both engines write alike, past SQLAlchemy's types.

    Digests must not depend on the engine, and a million rows must not be made into objects first.
    """
    kind = column.type
    if dialect_name() == "sqlite":
        return sa.type_coerce(column, sa.String())
    if isinstance(kind, UtcTime):
        return sa.func.to_char(sa.func.timezone("UTC", column), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    if isinstance(kind, sa.Uuid):
        return sa.func.replace(sa.cast(column, sa.Text), "-", "")
    if isinstance(kind, sa.Date):
        return sa.func.to_char(column, "YYYY-MM-DD")
    if isinstance(kind, sa.Boolean):
        return sa.cast(column, sa.Integer)
    if isinstance(kind, sa.JSON | sa.LargeBinary):
        return sa.cast(column, sa.Text)
    return sa.type_coerce(column, sa.String()) if isinstance(kind, sa.String) else column


def rows(query: Any) -> Iterator[Any]:
    """The rows of a query as they come, a few thousand in memory at a time."""
    yield from db.session.execute(query, execution_options={"yield_per": ROWS_AT_ONCE})


def digest_of(*values: Any) -> str:
    """SHA-256 of the values written as JSON, as 64 hexadecimal digits."""
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()


def seal() -> int:
    """Chain the entries that wait, oldest first; their number. May be repeated, and by several at once."""
    count = 0
    while _waiting_ids(_newest(), 1) and (done := _seal_some()):
        count += done
    return count


def head() -> Head:
    """The last link of the chain."""
    newest = _newest()
    waiting = len(_waiting_ids(newest, BATCH))
    if newest is None:
        return Head(0, BEGINNING, None, waiting)
    return Head(newest.number, newest.digest, newest.sealed_at, waiting)


def link_of(entry_ids: Iterable[UUID]) -> dict[UUID, tuple[int, str]]:
    """Number and digest of those of the entries that are chained."""
    found = db.session.execute(
        sa.select(_link.c.entry_id, _link.c.number, _link.c.digest).where(
            _link.c.entry_id.in_(list(entry_ids))
        )
    )
    return {row.entry_id: (row.number, row.digest) for row in found}


def digest_at(number: int) -> str | None:
    """The digest that the chain has at this number, None when it does not go so far."""
    return db.session.scalar(sa.select(_link.c.digest).where(_link.c.number == number))


def verify() -> Iterator[Fault]:
    """Walk along the whole chain and tell where it is broken. Reads only."""
    expected, previous = 1, BEGINNING
    query = (
        sa.select(
            _link.c.number,
            plain(_link.c.entry_id).label("linked"),
            _link.c.digest,
            plain(_link.c.sealed_at).label("stamp"),
            *_entry_columns(),
        )
        .outerjoin(_entry, _entry.c.id == _link.c.entry_id)
        .order_by(_link.c.number)
    )
    for number, linked, digest, stamp, *entry in rows(query):
        if number != expected:
            yield Fault(f"entry {expected}", f"missing from the chain up to {number - 1}")
        if entry[0] is None:
            yield Fault(f"entry {number}", f"removed ({linked})")
        elif digest != digest_of(FORM, number, previous, stamp, *entry):
            yield Fault(f"entry {number}", f"changed or moved ({linked})")
        expected, previous = number + 1, digest
    yield from _slipped_in()


def _slipped_in() -> Iterator[Fault]:
    newest = _newest()
    if newest is None:
        return
    query = sa.select(_entry.c.id).where(_entry.c.id < _floor(newest), ~_is_linked()).order_by(_entry.c.id)
    for (entry_id,) in rows(query):
        yield Fault(f"entry {entry_id}", "put among older entries, without a place in the chain")


@transactional
def _seal_some() -> int:
    if dialect_name() == "postgresql":
        execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    newest = _newest()
    waiting = _waiting_ids(newest, BATCH)
    if not waiting:
        return 0
    number, previous = (newest.number, newest.digest) if newest else (0, BEGINNING)
    # To the microsecond, as the column keeps it.
    now = clock.now()
    stamp = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    links = []
    query = sa.select(*_entry_columns()).where(_entry.c.id.in_(waiting)).order_by(_entry.c.id)
    for entry in execute(query):
        number += 1
        previous = digest_of(FORM, number, previous, stamp, *entry)
        links.append({"number": number, "entry_id": UUID(entry[0]), "sealed_at": now, "digest": previous})
    execute(sa.insert(_link), links)
    return len(links)


def _entry_columns() -> list[Any]:
    names = (
        "id",
        "at",
        "actor_id",
        "answerable_id",
        "action",
        "subject_type",
        "subject_id",
        "receipt_key",
        "data",
    )
    return [plain(_entry.c[name]).label(f"entry_{name}") for name in names]


def _newest() -> Any:
    return db.session.execute(sa.select(_link).order_by(_link.c.number.desc()).limit(1)).one_or_none()


def _is_linked() -> Any:
    return sa.exists().where(_link.c.entry_id == _entry.c.id)


def _waiting_ids(newest: Any, most: int) -> list[UUID]:
    query = sa.select(_entry.c.id).where(~_is_linked()).order_by(_entry.c.id).limit(most)
    if newest is not None:
        query = query.where(_entry.c.id >= _floor(newest))
    return list(db.session.scalars(query))


def _floor(newest: Any) -> UUID:
    """The first id that an entry may have which is not chained yet: ids tell the millisecond of their making."""
    made = datetime.fromtimestamp((newest.entry_id.int >> 80) / 1000, UTC)
    earliest = min(made, clock.now()) - SETTLED_AFTER
    return UUID(int=int(earliest.timestamp() * 1000) << 80)
