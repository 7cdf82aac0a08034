"""How a database would run a statement: which tables it would read from end to end, however many rows they have."""

import re
from collections.abc import Iterator
from typing import Any, Self

from sqlalchemy import event

from core.db import db, dialect_name

#: What SQLite says of a table that it reads whole, also through an index.
WHOLE_TABLE = re.compile(r"^SCAN (?!CONSTANT ROW|json_each|\d+ )(\w+)")
CONDITIONS = ("Index Cond", "Recheck Cond")


class Statements:
    """Collects what is sent to the database inside of its `with` block, each text once, with its parameters."""

    def __init__(self) -> None:
        self.sent: dict[str, Any] = {}

    def __enter__(self) -> Self:
        event.listen(db.engine, "before_cursor_execute", self._note)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(db.engine, "before_cursor_execute", self._note)

    def _note(
        self, _connection: Any, _cursor: Any, text: str, values: Any, _context: Any, many: bool
    ) -> None:
        if text.lstrip().startswith(("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")):
            several = many and isinstance(values, list) and values
            self.sent.setdefault(text, values[0] if several else values)


def read_whole(text: str, values: Any) -> set[str]:
    """The tables (on SQLite: their names in the statement) that it would read whole because no index helps it."""
    connection = db.session.connection()
    if dialect_name() == "sqlite":
        lines = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)
        return {found[1] for line in lines if (found := WHOLE_TABLE.match(line.detail))}
    # A table of three rows is read whole by choice. Where that is forbidden, only a missing index leads to it.
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    ((plan,),) = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {text}", values)
    return {node["Relation Name"] for node in _nodes(plan[0]["Plan"]) if _reads_all(node)}


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", []):
        yield from _nodes(child)


def _reads_all(node: dict[str, Any]) -> bool:
    return (
        "Relation Name" in node and not (node.keys() & set(CONDITIONS)) and node["Node Type"] != "ModifyTable"
    )
