"""Statements of busy paths go to the driver as they are, and behave as SQLAlchemy's own."""

import uuid
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from core.audit import AuditEntry
from core.db import db, execute, transaction
from core.fixed import Fixed

ENTRY: sa.Table = AuditEntry.__table__  # type: ignore[assignment] # SQLAlchemy types it as FromClause
ADD = Fixed(sa.insert(ENTRY))
FIND = Fixed(
    sa.select(ENTRY.c.id, ENTRY.c.at, ENTRY.c.subject_id, ENTRY.c.data, (ENTRY.c.action == "sweep"))
    .where(ENTRY.c.actor_id == sa.bindparam("who"))
    .order_by(ENTRY.c.at)
    .limit(5)
)
BEIJING = timezone(timedelta(hours=8))


def entry(who: uuid.UUID, **changes: Any) -> dict[str, Any]:
    return {
        "id": uuid.uuid4(),
        "at": datetime(2026, 11, 1, 8, 0, 0, 5, tzinfo=BEIJING),
        "actor_id": who,
        "answerable_id": None,
        "action": "sweep",
        "subject_type": "street",
        "subject_id": None,
        "receipt_key": None,
        "data": {"where": "东门", "ten": 10},
        **changes,
    }


def test_what_is_written_is_read_again_with_our_types(database_app: Flask) -> None:
    who, row = uuid.uuid4(), entry(uuid.uuid4())
    with transaction():
        execute(ADD, row | {"actor_id": who})
    found = execute(FIND, {"who": who}).one_or_none()
    assert (found.id, found.at) == (row["id"], datetime(2026, 11, 1, 0, 0, 0, 5, tzinfo=UTC))
    assert (found.subject_id, found.data, found[4]) == (None, {"where": "东门", "ten": 10}, True)
    assert found.at.tzinfo is UTC
    assert execute(FIND, {"who": uuid.uuid4()}).first() is None
    # SQLAlchemy's own way finds the same.
    assert db.session.execute(FIND.statement, {"who": who}).one()[:4] == found[:4]


def test_several_are_written_at_once(database_app: Flask) -> None:
    who = uuid.uuid4()
    with transaction():
        execute(ADD, [entry(who) for _ in range(3)])
    rows = execute(FIND, {"who": who})
    assert len(rows.all()) == 3
    with pytest.raises(sa.exc.MultipleResultsFound):
        rows.one_or_none()


def test_a_fault_of_the_driver_is_told_as_sqlalchemy_tells_it_and_without_the_values(
    database_app: Flask,
) -> None:
    row = entry(uuid.uuid4(), action="telephone 13800000000")
    with pytest.raises(sa.exc.IntegrityError) as fault, transaction():
        execute(ADD, row)
        execute(ADD, row)
    assert "13800000000" not in str(fault.value).split("[SQL:")[1]
    assert execute(FIND, {"who": row["actor_id"]}) == []


def test_who_listens_to_statements_hears_these_too(database_app: Flask) -> None:
    heard: list[str] = []

    def listen(*details: Any) -> None:
        heard.append(details[2])

    sa.event.listen(db.engine, "before_cursor_execute", listen)
    execute(FIND, {"who": uuid.uuid4()})
    sa.event.remove(db.engine, "before_cursor_execute", listen)
    assert [each for each in heard if "audit_entry" in each]


def test_what_would_vary_is_refused(database_app: Flask) -> None:
    several = Fixed(sa.select(ENTRY.c.id).where(ENTRY.c.id.in_(sa.bindparam("ids", expanding=True))))
    with pytest.raises(ValueError, match="lists"):
        execute(several, {"ids": [uuid.uuid4()]})
    with pytest.raises(KeyError, match="who"):
        execute(FIND)
