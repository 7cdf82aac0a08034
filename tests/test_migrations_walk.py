"""Each migration is undone and done again with rows in the tables: nothing else changes by it."""

import io
import re
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import Script, ScriptDirectory
from flask import Flask

from core.clock import FrozenClock
from core.db import db
from tests.support import full_books
from tests.support import members_builders as people
from tests.test_migrations import MIGRATIONS, tables

#: The oldest migration that can be undone with these books: the one before it refuses once activities have paid.
OLDEST = "0018"
#: Tables without a row in these books, and why.
EMPTY = {
    "one_time_code": "no migration since has touched it",
    "outbox_message": "no migration since has touched it",
    "settlement_payback": "the way back is refused once a shop has paid back, which has a test of its own",
    "redemption_return": "the way back is refused once a reward was taken back, which has a test of its own",
}
#: Migration → tables in which its way back takes away or changes rows on purpose, beside those that it drops.
CHANGED = {
    "0025": {"member_import"},  # lists that are still being read are forgotten
    "0034": {"kept_month"},  # counted again
    "0042": {"budget_request"},  # awards to shops among them are forgotten
    "0038": {"float_day"},  # reckoned with what stayed in the till, less what lay in it
}


class Walk:
    """Goes one migration down or up, without reading all migrations anew each time as a command would."""

    def __init__(self) -> None:
        self.scripts = ScriptDirectory(MIGRATIONS)
        self._config = Config(output_buffer=io.StringIO())
        self._config.set_main_option("script_location", MIGRATIONS)

    def steps(self) -> Iterator[Script]:
        """The migrations from the newest to the oldest that can be undone."""
        for step in self.scripts.walk_revisions():
            yield step
            if step.revision == OLDEST:
                return
        raise LookupError(OLDEST)

    def down(self, step: Script) -> None:
        """Undo it."""
        self._run(lambda at, _context: self.scripts._downgrade_revs(step.down_revision or "base", at))

    def up(self, step: Script) -> None:
        """Do it again."""
        self._run(lambda at, _context: self.scripts._upgrade_revs(step.revision, at))

    def _run(self, steps: Any) -> None:
        db.session.remove()
        with EnvironmentContext(self._config, self.scripts, fn=steps):
            self.scripts.run_env()


#: Table → its columns and its rows.
Rows = dict[str, tuple[tuple[str, ...], list[tuple[Any, ...]]]]
#: All that an engine says about columns, constraints, indexes and triggers, in an order of its own.
CATALOGUE = """
    SELECT 'column', attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull::text
      FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
     WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace AND attnum > 0 AND NOT attisdropped
    UNION ALL SELECT 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid), ''
      FROM pg_constraint WHERE connamespace = current_schema()::regnamespace AND conrelid <> 0
    UNION ALL SELECT 'index', tablename::regclass, indexname, indexdef, ''
      FROM pg_indexes WHERE schemaname = current_schema()
    UNION ALL SELECT 'trigger', tgrelid::regclass, tgname, pg_get_triggerdef(oid), ''
      FROM pg_trigger WHERE NOT tgisinternal
"""


def rows() -> Rows:
    """Everything that stands in the tables."""
    found = {}
    with db.engine.connect() as connection:
        for table in tables():
            read = connection.exec_driver_sql(f'SELECT * FROM "{table}"')
            found[table] = (tuple(read.keys()), [tuple(line) for line in read])
    return found


def differing(before: Rows, after: Rows) -> set[str]:
    """The tables on both sides with other rows in the columns that both have."""
    found = set()
    for table in before.keys() & after.keys():
        both = sorted(set(before[table][0]) & set(after[table][0]))
        one, other = (_these(*each[table], both) for each in (before, after))
        if one != other:
            found.add(table)
    return found


def _these(names: tuple[str, ...], lines: list[tuple[Any, ...]], wanted: list[str]) -> list[str]:
    places = [names.index(each) for each in wanted]
    return sorted(repr([line[place] for place in places]) for line in lines)


def shape() -> set[tuple[str, ...]]:
    """What the tables are and refuse, as the engine tells it."""
    query = CATALOGUE
    if db.engine.dialect.name == "sqlite":
        query = "SELECT type, tbl_name, name, sql FROM sqlite_master WHERE sql IS NOT NULL"
    with db.engine.connect() as connection:
        return {tuple(line) for line in connection.execute(sa.text(query))}


def unlike(before: set[tuple[str, ...]], after: set[tuple[str, ...]]) -> set[tuple[str, ...]]:
    """What is no longer, or only now. SQLite may tell a table that was made anew in other words for the same."""
    odd = before ^ after
    if db.engine.dialect.name != "sqlite":
        return odd
    return {each for each in odd if (_kind(each), _words(each)) not in _told(before) & _told(after)}


def _told(lines: set[tuple[str, ...]]) -> set[tuple[str, tuple[str, ...]]]:
    return {(_kind(each), _words(each)) for each in lines}


def _kind(line: tuple[str, ...]) -> str:
    return " ".join(line[:3])


def _words(line: tuple[str, ...]) -> tuple[str, ...]:
    """The clauses of a statement, whatever their order and the quotes around names."""
    return tuple(sorted(re.findall(r"\w+|[^\w\s\"]", line[3].partition("(")[2])))


def test_each_migration_is_undone_and_done_again_among_rows(database_app: Flask, clock: FrozenClock):
    full_books.fill(database_app)
    walk, findings, before = Walk(), [], rows()
    assert {table for table, (_, lines) in before.items() if not lines} == EMPTY.keys()
    for step in walk.steps():
        name, made = step.revision, shape()
        walk.down(step)
        undone = rows()
        if (changed := differing(before, undone)) != CHANGED.get(name, set()):
            findings.append(f"undoing {name} changes rows of {changed}")
        walk.up(step)
        again = rows()
        if again.keys() != before.keys():
            findings.append(f"doing {name} again makes other tables: {again.keys() ^ before.keys()}")
        if changed := differing(undone, again):
            findings.append(f"doing {name} again changes rows of {changed}")
        if odd := unlike(made, shape()):
            findings.append(f"doing {name} again leaves other tables: {sorted(odd)}")
        walk.down(step)
        before = rows()
        if changed := differing(undone, before):
            findings.append(f"undoing {name} twice changes rows of {changed}")
    assert findings == [], "\n".join(findings)


def test_a_row_that_changes_and_a_check_that_goes_are_seen(database_app: Flask):
    """The control of the walk above."""
    people.area("西苑派出所")
    db.session.remove()
    before, made = rows(), shape()
    with db.engine.begin() as connection:
        connection.execute(sa.text("UPDATE area SET name = 'x'"))
        connection.execute(sa.text("DROP INDEX ix_member_name_sound"))
        connection.execute(sa.text("ALTER TABLE squad ADD COLUMN shoe_size integer"))
    assert differing(before, rows()) == {"area"}
    assert {line[2] for line in unlike(made, shape())} >= {"ix_member_name_sound"}
    assert "shoe_size" in str(unlike(made, shape()))
