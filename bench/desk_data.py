"""A city to look up at the desk: every table filled inside the database, in proportions of a programme that is two years old.

The tables' constraints hold and names, times and states are spread; the books need not balance. What a column says that
nothing here names is its neutral value, so that a new column needs nothing; a table that nobody fills is told by
`empty_tables`.
"""

from collections.abc import Iterable

import sqlalchemy as sa

import merchants.service
from bench import desk_paperwork, desk_rows, desk_trade
from bench.desk_spelling import ADMINISTRATOR, SUPERMARKET, WALKER, Sizes, identifier, lite
from core.db import db, transaction

__all__ = [
    "ADMINISTRATOR",
    "SUPERMARKET",
    "WALKER",
    "Sizes",
    "empty_tables",
    "fill",
    "identifier",
    "table_sizes",
]


def fill(sizes: Sizes) -> None:
    """Write everything; then let the engine count what it needs for its plans."""
    merchants.service.install_trades()
    indexes = _drop_indexes()
    with transaction():
        if not lite():
            # The ids fit by how they are made; looking each of them up would take longer than writing them.
            db.session.execute(sa.text("SET LOCAL session_replication_role = replica"))
        for part in (
            desk_rows.people,
            desk_rows.tariff,
            desk_rows.books,
            desk_rows.scores,
            desk_trade.patrols,
            desk_trade.shops_and_people,
            desk_trade.giving,
            desk_trade.settlements,
            desk_trade.charges,
            desk_trade.rewards,
            desk_paperwork.reports,
            desk_paperwork.desk,
            desk_paperwork.life,
        ):
            part(sizes)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # Transfers stand in the order of their booking, as they were written one by one.
        in_order = ["CLUSTER transfer USING ix_transfer_posted"] if not lite() else []
        for statement in (*indexes, *in_order, "ANALYZE" if lite() else "VACUUM ANALYZE"):
            connection.exec_driver_sql(statement)


def empty_tables() -> list[str]:
    """Tables in which nothing stands: lists of them were measured without a row."""
    return [
        name
        for name, table in sorted(db.metadata.tables.items())
        if db.session.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first() is None
    ]


def _drop_indexes() -> list[str]:
    """PostgreSQL: take the indexes of the large tables away; returns the statements that make them again."""
    if lite():
        return []
    names = "'transfer', 'receipt', 'member', 'score', 'visit', 'round_member', 'round', 'charge', 'audit_entry', 'lot', 'refused_scan'"
    query = (
        f"SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN ({names}) AND schemaname = current_schema() "
        "AND indexname NOT IN (SELECT conname FROM pg_constraint)"
    )
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        found = connection.exec_driver_sql(query).all()
        for name, _ in found:
            connection.exec_driver_sql(f"DROP INDEX {name}")
    return [definition for _, definition in found]


def table_sizes() -> Iterable[str]:
    """PostgreSQL: the largest tables with their indexes, for the record."""
    if lite():
        return []
    query = "SELECT relname, reltuples::bigint, pg_size_pretty(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND reltuples > 100000 ORDER BY pg_total_relation_size(oid) DESC LIMIT 12"
    return [f"{name} {rows:,} rows {size}" for name, rows, size in db.session.execute(sa.text(query))]
