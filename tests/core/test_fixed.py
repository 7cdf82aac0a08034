"""Statements of busy paths go to the driver as they are, and behave as SQLAlchemy's own."""

import uuid
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from core.audit import AuditEntry
from core.db import db, execute, transaction
from core.fixed import KEPT_ROWS, Fixed, among

ENTRY: sa.Table = AuditEntry.__table__  # type: ignore[assignment] # SQLAlchemy types it as FromClause
ADD = Fixed(sa.insert(ENTRY))
FIND_ALL = Fixed(sa.select(ENTRY.c.id).where(ENTRY.c.actor_id == sa.bindparam("who")))
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


ODD = [
    "",
    " ",
    "NULL",
    "null",
    "{}",
    "a,b",
    'say "yes"',
    "back\\slash",
    "\\",
    "'",
    "两\n行\t%s %(x)s",
    '{"a": [1]}',
    "é😀",
]


def test_several_are_written_at_once_just_as_they_are(database_app: Flask) -> None:
    who = uuid.uuid4()
    rows = [
        entry(
            who,
            subject_type=odd,
            data={odd: [odd, None, place]},
            subject_id=uuid.uuid4() if place % 2 else None,
        )
        for place, odd in enumerate(ODD)
    ]
    with transaction():
        assert execute(ADD, rows).written == len(rows)
    kept = {row.id: row for row in execute(sa.select(ENTRY).where(ENTRY.c.actor_id == who))}
    for row in rows:
        found = kept[row["id"]]
        assert {name: getattr(found, name) for name in row} == row
    with pytest.raises(sa.exc.MultipleResultsFound):
        execute(FIND, {"who": who}).one_or_none()


def test_what_is_too_long_among_several_is_refused_and_not_cut_off(database_app: Flask) -> None:
    who = uuid.uuid4()
    with pytest.raises(sa.exc.DBAPIError), transaction():
        execute(ADD, [entry(who), entry(who, subject_type=None)])
    if db.engine.dialect.name == "postgresql":
        with pytest.raises(sa.exc.DataError), transaction():
            execute(ADD, [entry(who), entry(who, action="sweep" * 20)])
    assert execute(FIND, {"who": who}) == []


def test_a_list_of_any_length_is_one_value(database_app: Flask) -> None:
    rows = [entry(uuid.uuid4(), subject_type=odd) for odd in ODD]
    with transaction():
        execute(ADD, rows)
    by_id = Fixed(sa.select(ENTRY.c.id).where(among(ENTRY.c.id, "ids")))
    by_text = Fixed(
        sa.select(ENTRY.c.id).where(among(ENTRY.c.subject_type, "texts"), ENTRY.c.action == "sweep")
    )
    ids = [row["id"] for row in rows]
    many = {*ids, *(uuid.uuid4() for _ in range(3000))}
    assert {row.id for row in execute(by_id, {"ids": many})} == set(ids)
    assert [row.id for row in execute(by_id, {"ids": [ids[3]]})] == [ids[3]]
    assert execute(by_id, {"ids": []}) == []
    for place, odd in enumerate(ODD):
        assert [row.id for row in execute(by_text, {"texts": [odd, "other"]})] == [ids[place]]
    # The index is used: a list that SQLAlchemy compares with 1 would look at every row.
    if db.engine.dialect.name == "sqlite":
        text = str(by_id.statement.compile(dialect=db.engine.dialect))
        plan = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", ("[]",)).all()
        assert "SEARCH audit_entry" in str(plan)


def test_a_fault_of_the_driver_is_told_as_sqlalchemy_tells_it_and_without_the_values(
    database_app: Flask,
) -> None:
    row = entry(uuid.uuid4(), action="telephone 13800000000")
    with pytest.raises(sa.exc.IntegrityError) as fault, transaction():
        execute(ADD, row)
        execute(ADD, row)
    assert "13800000000" not in str(fault.value).split("[SQL:")[1]
    assert execute(FIND, {"who": row["actor_id"]}) == []


def test_a_connection_keeps_one_cursor_but_no_long_answer(database_app: Flask) -> None:
    who = uuid.uuid4()
    with transaction():
        execute(ADD, [entry(who) for _ in range(KEPT_ROWS + 1)])
        kept = db.session.connection().connection.info
        assert execute(FIND, {"who": uuid.uuid4()}) == []
        one = kept["alliance_cursor"]
        assert execute(FIND, {"who": uuid.uuid4()}) == []
        assert kept["alliance_cursor"] is one
        assert len(execute(FIND_ALL, {"who": who})) == KEPT_ROWS + 1
        assert "alliance_cursor" not in kept
        assert execute(FIND, {"who": uuid.uuid4()}) == []


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
