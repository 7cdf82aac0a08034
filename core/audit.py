"""Who of the staff did what, when: written in the transaction of the change itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Mapped, mapped_column

from core import clock, paging
from core.auth import Actor
from core.db import Identifier, Model, UtcTime, db, execute, in_transaction, new_id
from core.fixed import Fixed
from core.receipts import current_key


class AuditEntry(Model):
    """One act of somebody with rights over others. Holds ids and numbers, no telephone numbers and no codes."""

    __tablename__ = "audit_entry"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcTime)
    actor_id: Mapped[UUID] = mapped_column(Identifier)
    answerable_id: Mapped[UUID | None] = mapped_column(Identifier)
    action: Mapped[str] = mapped_column(sa.String(60))
    subject_type: Mapped[str] = mapped_column(sa.String(40))
    subject_id: Mapped[UUID | None] = mapped_column(Identifier)
    receipt_key: Mapped[UUID | None] = mapped_column(Identifier)
    data: Mapped[dict[str, Any]] = mapped_column(sa.JSON)

    __table_args__ = (sa.Index("ix_audit_entry_subject_id_at", "subject_id", "at"),)


_REFUSE_CHANGE = (
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', "
    "MESSAGE = TG_TABLE_NAME || ' is insert-only'; END $$"
)


def insert_only(table: str) -> dict[str, tuple[str, ...]]:
    """By engine: the statements after which the database itself refuses to change or remove a row of the table.

    Plain SQL, because `create_all` and the migrations have to agree; the function also guards the books.
    """
    return {
        "sqlite": tuple(
            f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is insert-only'); END"
            for act in ("UPDATE", "DELETE")
        ),
        "postgresql": (
            _REFUSE_CHANGE,
            *(
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                f"FOR EACH {'STATEMENT' if act == 'TRUNCATE' else 'ROW'} EXECUTE FUNCTION refuse_change()"
                for act in ("UPDATE", "DELETE", "TRUNCATE")
            ),
        ),
    }


def guard(table: sa.Table) -> None:
    """Make `create_all` guard the table so."""
    for dialect, statements in insert_only(table.name).items():
        for statement in statements:
            make = sa.DDL(statement)  # type: ignore[no-untyped-call] # SQLAlchemy leaves it untyped
            event.listen(table, "after_create", make.execute_if(dialect=dialect))


guard(AuditEntry.__table__)  # type: ignore[arg-type] # a Table, typed FromClause


_ADD = Fixed(sa.insert(AuditEntry.__table__))  # type: ignore[arg-type] # a Table, typed FromClause


def record(actor: Actor, action: str, subject_type: str, subject_id: UUID | None, **data: Any) -> None:
    """Write one entry. Raises RuntimeError outside of `transaction()`: an act and its record are one commit."""
    if not in_transaction():
        raise RuntimeError("audit.record outside a transaction")
    db.session.execute(
        sa.insert(AuditEntry),
        {
            "id": new_id(),
            "at": clock.now(),
            "actor_id": actor.id,
            "answerable_id": actor.member_id,
            "action": action,
            "subject_type": subject_type,
            "subject_id": subject_id,
            "receipt_key": current_key(),
            "data": data,
        },
    )


@dataclass(frozen=True, slots=True)
class Act:
    """One of many acts that are recorded together; `receipt_key` is the key of the request that asked for it."""

    subject_id: UUID | None
    receipt_key: UUID | None
    data: dict[str, Any]


def record_many(actor: Actor, action: str, subject_type: str, acts: Sequence[Act]) -> None:
    """Write one entry for each act, in one statement. Raises RuntimeError outside of `transaction()`."""
    if not in_transaction():
        raise RuntimeError("audit.record_many outside a transaction")
    now = clock.now()
    rows = [
        {
            "id": new_id(),
            "at": now,
            "actor_id": actor.id,
            "answerable_id": actor.member_id,
            "action": action,
            "subject_type": subject_type,
            "subject_id": act.subject_id,
            "receipt_key": act.receipt_key,
            "data": act.data,
        }
        for act in acts
    ]
    if rows:
        execute(_ADD, rows)


@dataclass(frozen=True, slots=True)
class Entry:
    """One act as auditors read it. `at` is UTC; `answerable_id` is the person behind a device."""

    id: UUID
    at: datetime
    actor_id: UUID
    answerable_id: UUID | None
    action: str
    subject_type: str
    subject_id: UUID | None
    receipt_key: UUID | None
    data: dict[str, Any]


def entries(
    *, subject_id: UUID | None = None, cursor: str | None = None, limit: int = 50
) -> paging.Page[Entry]:
    """Entries, newest first; of one subject when given. Raises `CursorInvalid`.

    Ids are made in the order of time, so the newest have the highest.
    """
    query = sa.select(AuditEntry).order_by(AuditEntry.id.desc()).limit(min(limit, paging.MOST_ITEMS) + 1)
    if subject_id is not None:
        query = query.where(AuditEntry.subject_id == subject_id)
    if cursor is not None:
        query = query.where(AuditEntry.id < _after(cursor))
    found = db.session.scalars(query).all()
    items = [
        Entry(
            each.id,
            each.at,
            each.actor_id,
            each.answerable_id,
            each.action,
            each.subject_type,
            each.subject_id,
            each.receipt_key,
            each.data,
        )
        for each in found[: min(limit, paging.MOST_ITEMS)]
    ]
    more = len(found) > len(items)
    return paging.Page(items, paging.encode(items[-1].id) if more else None)


def _after(cursor: str) -> UUID:
    (text,) = paging.decode(cursor, str)
    return paging.identifier(text)
