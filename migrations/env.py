"""Runs migrations on the application's database, SQLite or PostgreSQL."""

from typing import Any

import sqlalchemy as sa
from alembic import context
from flask import current_app

database = current_app.extensions["migrate"].db


def render_item(kind: str, item: Any, autogenerate: Any) -> str | bool:
    """Write our timestamp type as the name that migrations import."""
    if kind == "type" and type(item).__module__ == "core.db":
        autogenerate.imports.add("from core.db import UtcTime")
        return "UtcTime()"
    return False


def run() -> None:
    """Migrate in one transaction.

    SQLite rebuilds a table to change it. With foreign keys on, dropping the old table would empty the tables that
    refer to it with ON DELETE CASCADE: they are off while it works, and checked before the commit.
    """
    # Not the pool's connection: its pragma stays behind when it is given back.
    engine = database.engine
    with engine.connect().execution_options(alliance_writes=True) as connection:
        lite = connection.dialect.name == "sqlite"
        if lite:
            raw: Any = connection.connection.dbapi_connection
            raw.execute("PRAGMA foreign_keys=OFF")
        try:
            context.configure(
                connection=connection,
                target_metadata=database.metadata,
                render_as_batch=True,
                render_item=render_item,
                compare_type=True,
                transaction_per_migration=False,
                # Alembic believes that SQLite cannot; with the driver's own transactions off it can, and a migration
                # that dies half-way leaves nothing behind.
                transactional_ddl=True,
            )
            with context.begin_transaction():
                context.run_migrations()
                if lite and connection.execute(sa.text("PRAGMA foreign_key_check")).first():
                    raise RuntimeError("a migration would leave rows that refer to nothing")
            if connection.in_transaction():
                connection.commit()  # the ground's one owner of commits is for requests; this is the tables themselves
        finally:
            if lite:
                raw.execute("PRAGMA foreign_keys=ON")


run()
