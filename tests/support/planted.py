"""Faults planted by hand, where the database no longer refuses them, to see that `flask points check` finds each one.

A package's own test makes books in which everything has happened once, calls `strip`, and then `each_is_found` with the
`INVARIANTS` of its `checks.py`: an invariant without a planted fault fails, and so does a fault that is not found.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from core.db import Model, db
from tests.support import points_builders as build

#: Something that plants a fault in the books it is given, and the name of the invariant that it breaks.
Fault = tuple[Callable[[Any], None], str]


def strip() -> None:
    """Take away keys, checks, triggers and strictness from all tables, by making each anew from its rows."""
    db.session.rollback()
    with db.engine.connect() as connection:
        lite = connection.dialect.name == "sqlite"
        if lite:
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("BEGIN")
        for name in sorted(set(sa.inspect(connection).get_table_names()) - {"alembic_version"}):
            table = f'"{name}"'
            connection.exec_driver_sql(f"CREATE TABLE bare AS SELECT * FROM {table}")
            connection.exec_driver_sql(f"DROP TABLE {table} {'' if lite else 'CASCADE'}")
            connection.exec_driver_sql(f"ALTER TABLE bare RENAME TO {table}")
        connection.commit()
    db.engine.dispose()


def run(statement: sa.Executable) -> None:
    """One statement, committed, past all services."""
    with db.engine.connect() as connection:
        connection.execute(statement)
        connection.commit()


def change(model: type[Model], condition: sa.ColumnElement[bool], **values: object) -> None:
    """Change rows that nobody may change."""
    run(sa.update(model).where(condition).values(**values))


def copy(model: type[Model], row_id: UUID, **changes: object) -> UUID:
    """One more row with a new id, like another one but for the changes, as if somebody had written it by hand."""
    table = model.__table__
    with db.engine.connect() as connection:
        row = connection.execute(sa.select(table).where(table.c.id == row_id)).one()
    values = {**row._mapping, "id": uuid4(), **changes}
    run(sa.insert(table).values(**values))
    return values["id"]


def each_is_found(
    made: Any, faults: Sequence[Fault], invariants: Iterable[str], tables: Sequence[type[Model]]
) -> None:
    """Plant each fault, see that its invariant names it, and put the rows of `tables` back as they were."""
    assert {name for _, name in faults} == set(invariants)
    assert build.faults() == {}
    for plant, name in faults:
        before = _keep(tables)
        plant(made)
        found = build.faults()
        assert found.get(name), f"{plant.__name__} was not found by {name!r}; found: {list(found)}"
        _put_back(before)
        assert build.faults() == {}, plant.__name__


def _keep(tables: Sequence[type[Model]]) -> dict[str, list[dict[str, object]]]:
    with db.engine.connect() as connection:
        return {
            model.__tablename__: [
                dict(row._mapping) for row in connection.execute(sa.select(model.__table__))
            ]
            for model in tables
        }


def _put_back(rows: dict[str, list[dict[str, object]]]) -> None:
    with db.engine.connect() as connection:
        for name, kept in rows.items():
            table = db.metadata.tables[name]
            connection.execute(sa.delete(table))
            if kept:
                connection.execute(sa.insert(table), kept)
        connection.commit()
