"""Scans that were refused, for whoever looks after codes: forged and worn plates are only visible in refusals.

A scan's receipt says what was answered. Here stands, for some weeks, what a receipt does not know: what kind of code it
was, and by digests which scans were of one code and which came from one phone. No code can be read out of a digest.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core import clock, paging
from core.db import Identifier, Model, UtcTime, db, insert, transactional
from core.paging import Page


class RefusedScan(Model):
    """One refused scan; `id` is the scan's and the key of its receipt, `member_id` who scanned or answers for it.

    `kind` is the letter of the kind of code, None for what is no code of ours. `code_digest` is kept of plates and of
    what is no code of ours; `device_digest` tells phones apart for a day. `reason` is the code of the refusal.
    """

    __tablename__ = "refused_scan"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcTime)
    member_id: Mapped[UUID | None] = mapped_column(Identifier)
    kind: Mapped[str | None] = mapped_column(sa.String(1))
    reason: Mapped[str] = mapped_column(sa.String(60))
    code_digest: Mapped[str | None] = mapped_column(sa.String(64))
    device_digest: Mapped[str | None] = mapped_column(sa.String(32))

    __table_args__ = (
        sa.Index("ix_refused_scan_at_id", "at", "id"),
        sa.Index("ix_refused_scan_member_id_at_id", "member_id", "at", "id"),
        sa.Index("ix_refused_scan_reason_at_id", "reason", "at", "id"),
        sa.Index("ix_refused_scan_code_digest_at_id", "code_digest", "at", "id"),
        sa.Index("ix_refused_scan_device_digest_at_id", "device_digest", "at", "id"),
    )


@dataclass(frozen=True, slots=True)
class Line:
    """One refused scan as the desk reads it. `at` is UTC."""

    id: UUID
    at: datetime
    member_id: UUID | None
    kind: str | None
    reason: str
    code_digest: str | None
    device_digest: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which refused scans: since then, with this reason, by this member, of the code or from the phone of this one."""

    since: datetime
    reason: str | None = None
    member_id: UUID | None = None
    code_of: UUID | None = None
    phone_of: UUID | None = None


def note(
    scan_id: UUID,
    member_id: UUID | None,
    *,
    kind: str | None,
    reason: str,
    code_digest: str | None,
    device_digest: str | None,
) -> None:
    """Write one down, in the transaction of its receipt."""
    values = {
        "id": scan_id,
        "at": clock.now(),
        "member_id": member_id,
        "kind": kind,
        "reason": reason,
        "code_digest": code_digest,
        "device_digest": device_digest,
    }
    db.session.execute(insert(RefusedScan).values(values).on_conflict_do_nothing(index_elements=["id"]))


#: What a `Line` holds.
COLUMNS = (
    *(RefusedScan.id, RefusedScan.at, RefusedScan.member_id, RefusedScan.kind, RefusedScan.reason),
    *(RefusedScan.code_digest, RefusedScan.device_digest),
)


def lines(wanted: Wanted, *, cursor: str | None = None, limit: int = 50) -> Page[Line]:
    """Refused scans, newest first. Raises `core.paging.CursorInvalid`."""
    query = sa.select(*COLUMNS).where(*_conditions(wanted))
    if cursor is not None:
        query = query.where(sa.tuple_(RefusedScan.at, RefusedScan.id) < _after(cursor))
    limit = min(limit, paging.MOST_ITEMS)
    rows = db.session.execute(
        query.order_by(RefusedScan.at.desc(), RefusedScan.id.desc()).limit(limit + 1)
    ).all()
    found = [Line(*row) for row in rows[:limit]]
    onward = paging.encode(found[-1].at.isoformat(), found[-1].id) if len(rows) > limit else None
    return Page(found, onward)


def _conditions(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = [RefusedScan.at >= wanted.since]
    if wanted.reason is not None:
        found.append(RefusedScan.reason == wanted.reason)
    if wanted.member_id is not None:
        found.append(RefusedScan.member_id == wanted.member_id)
    for scan_id, column in (
        (wanted.code_of, RefusedScan.code_digest),
        (wanted.phone_of, RefusedScan.device_digest),
    ):
        if scan_id is not None:
            # Read first: compared with a value the index leads, compared with a subquery PostgreSQL guesses.
            digest = db.session.scalar(sa.select(column).where(RefusedScan.id == scan_id))
            found.append(column == digest if digest is not None else sa.false())
    return found


def _after(cursor: str) -> sa.ColumnElement[tuple[datetime, UUID]]:
    at, key = paging.decode(cursor, str, str)
    moment = sa.literal(paging.moment(at), RefusedScan.at.type)
    return sa.tuple_(moment, sa.literal(paging.identifier(key), RefusedScan.id.type))


def line(scan_id: UUID) -> Line | None:
    """One refused scan, None when there is none with this id."""
    row = db.session.execute(sa.select(*COLUMNS).where(RefusedScan.id == scan_id)).one_or_none()
    return Line(*row) if row is not None else None


def reasons() -> list[str]:
    """The reasons that occur, in the order of their codes."""
    # One look at the index for each reason, however many scans have it.
    first = sa.select(sa.func.min(RefusedScan.reason).label("reason")).cte("reasons", recursive=True)
    above = sa.select(sa.func.min(RefusedScan.reason)).where(RefusedScan.reason > first.c.reason)
    chain = first.union_all(sa.select(above.scalar_subquery()).where(first.c.reason.is_not(None)))
    query = sa.select(chain.c.reason).where(chain.c.reason.is_not(None)).order_by(chain.c.reason)
    return list(db.session.scalars(query))


@transactional
def forget(before: datetime) -> int:
    """Remove those from before then; what was answered stays in their receipts. Returns how many."""
    return db.session.connection().execute(sa.delete(RefusedScan).where(RefusedScan.at < before)).rowcount
