"""The database: one engine, one kind of transaction, one timestamp type.

SQLite and PostgreSQL run the same code. SQLite: write-ahead log, `synchronous=FULL`, foreign keys on, STRICT tables,
writers start with BEGIN IMMEDIATE so that two of them queue instead of failing half-way. PostgreSQL: READ COMMITTED,
row locks taken by the services in id order.
"""

import contextlib
import functools
import random
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar
from uuid import UUID

import psycopg
import sqlalchemy as sa
import uuid_utils.compat
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as BoundSession
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase

from core.config import Settings
from core.fixed import Fixed
from core.writers import SHARED, Writers, busy

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

#: Every constraint has a name, so that migrations can drop it on either engine.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
#: How often a transaction that lost a race for locks is tried before the client hears of it.
MOST_TRIES = 5
#: How long a writer waits for others, in milliseconds: on SQLite for all of them, on PostgreSQL for those of one row.
BUSY_TIMEOUT_MS = 20_000
#: PostgreSQL: a connection that was not used for so long is tested before it is used, in seconds.
IDLE_SECONDS = 1.0
#: PostgreSQL's classes for "somebody else won, try again": serialization failure, deadlock.
RETRY_STATES = frozenset({"40001", "40P01"})
#: PostgreSQL's class for "waited long enough".
LOCK_NOT_AVAILABLE = "55P03"

Identifier = sa.Uuid


class Base(DeclarativeBase):
    """Common base of all tables."""

    metadata = sa.MetaData(naming_convention=NAMING)


@event.listens_for(sa.Table, "after_parent_attach")
def _make_strict(table: sa.Table, _metadata: sa.MetaData) -> None:
    # A column of an ordinary SQLite table takes any kind of value; a STRICT one refuses "ten" where a number belongs.
    table.dialect_options["sqlite"]["strict"] = True


class Session(BoundSession):
    """The session of a request. While it writes on SQLite, its connection is the one that its writers share."""

    def get_bind(self, *args: Any, **keywords: Any) -> sa.Engine | sa.Connection:
        """The shared connection, or else the engine."""
        return self.info.get(SHARED) or super().get_bind(*args, **keywords)


# A shared connection is committed by whoever writes last (`core.writers`), never by a session.
db = SQLAlchemy(
    model_class=Base, session_options={"class_": Session, "join_transaction_mode": "rollback_only"}
)

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model


class UtcTime(sa.types.TypeDecorator[datetime]):
    """A moment in time, aware, UTC. A value without a zone is refused instead of being guessed at.

    SQLite has no type for it and would drop the zone: there it is text of fixed width, which sorts by time.
    """

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """Text on SQLite, `timestamptz` elsewhere."""
        return dialect.type_descriptor(sa.Text() if dialect.name == "sqlite" else sa.DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> Any:
        """Convert to UTC for storage. Raises ValueError for a time without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        value = value.astimezone(UTC)
        if dialect.name == "sqlite":
            return f"{value.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
        return value

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:
        """Read back as an aware UTC time."""
        if value is None:
            return None
        return datetime.fromisoformat(value) if isinstance(value, str) else value.astimezone(UTC)


@compiles(sa.Uuid, "sqlite")
@compiles(sa.String, "sqlite")
@compiles(sa.Date, "sqlite")
@compiles(sa.JSON, "sqlite")
def _text_in_strict_tables(_type: Any, _compiler: Any, **_options: Any) -> str:
    return "TEXT"


@compiles(sa.BigInteger, "sqlite")
@compiles(sa.Integer, "sqlite")
@compiles(sa.Boolean, "sqlite")
def _integer_in_strict_tables(_type: Any, _compiler: Any, **_options: Any) -> str:
    return "INTEGER"


def new_id() -> UUID:
    """A new identifier: UUID version 7, so that later rows sort later."""
    return uuid_utils.compat.uuid7()


def dialect_name() -> str:
    """The engine in use: "sqlite" or "postgresql"."""
    return db.engine.dialect.name


def insert(table: Any) -> Any:
    """An INSERT that knows `on_conflict_do_update` and `on_conflict_do_nothing` on the engine in use."""
    return postgresql.insert(table) if dialect_name() == "postgresql" else sqlite.insert(table)


def execute(statement: Any, values: Any = None) -> Any:
    """Run a Core statement in the session's transaction, after what waits in the session was written.

    For busy paths: rows need no objects, and the session's own way to them costs more than the statement. The busiest
    send `Fixed` statements.
    """
    session = db.session()
    session.flush()
    connection: sa.Connection = session.info.get("alliance_connection") or session.connection()
    if isinstance(statement, Fixed):
        return statement.send(connection, values)
    return connection.execute(statement, values)


class PlainCursor(psycopg.Cursor[Any]):
    """Describes columns by name and type, which is all that is asked for.

    The driver would make an object with everything that is known of a column, for each column of each answer: a tenth
    of the time of a scan.
    """

    @property
    def description(self) -> Any:
        """One 7-tuple for each column (PEP 249), None without an answer that has columns."""
        result = self.pgresult
        if result is None or not result.nfields:
            return None
        names = (result.fname(number) or b"" for number in range(result.nfields))
        return [
            (name.decode(), result.ftype(number), None, None, None, None, None)
            for number, name in enumerate(names)
        ]


def initialise(app: Flask, settings: Settings) -> None:
    """Bind the application to its database."""
    # An error's text goes to the log: without the values, which may be names and telephone numbers.
    options: dict[str, Any] = {"hide_parameters": True}
    if settings.database.startswith("sqlite"):
        Path(settings.instance).mkdir(parents=True, exist_ok=True)
        options["connect_args"] = {"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False}
    else:
        options["connect_args"] = {
            "options": f"-c lock_timeout={BUSY_TIMEOUT_MS}",
            "cursor_factory": PlainCursor,
        }
    options |= {"pool_size": settings.database_pool, "max_overflow": settings.database_pool}
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options
    db.init_app(app)
    with app.app_context():
        if db.engine.dialect.name == "postgresql":
            _test_idle_connections(db.engine)
        if db.engine.dialect.name == "sqlite":
            _prepare_sqlite(db.engine)
            if db.engine.url.database not in {None, "", ":memory:"}:
                writers = Writers(db.engine, Path(f"{db.engine.url.database}-writers"))
                db.engine.update_execution_options(alliance_writers=writers)


def _test_idle_connections(engine: sa.Engine) -> None:
    """Ask a connection whether it is still there before it is used again, but not within the same second.

    A server that went away and came back has cut them all. SQLAlchemy's own `pool_pre_ping` asks each time, which is
    one more round trip for every scan.
    """

    @event.listens_for(engine, "checkin")
    def _checkin(_connection: Any, record: Any) -> None:
        record.info["alliance_used"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _checkout(connection: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info.get("alliance_used", 0) > IDLE_SECONDS:
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error as error:
                raise sa.exc.InvalidatePoolError from error  # the pool then makes new ones


def _prepare_sqlite(engine: sa.Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        # The driver must not begin transactions by itself: it would begin deferred ones, and a deferred writer that
        # read first fails at once with "database is locked" when another one has written meanwhile.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            # Without it INSERT OR REPLACE removes the row that is in its way past the triggers that forbid removing.
            "recursive_triggers=ON",
            "cache_size=-32000",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("alliance_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


class DirtyRead(RuntimeError):
    """Something was changed in the session before the transaction that should own the change was opened."""


def in_transaction() -> bool:
    """Whether the caller runs inside a `transaction()` block."""
    return "alliance_connection" in db.session().info


def after_commit(effect: Callable[[], None]) -> None:
    """Run `effect` once the outermost transaction is safely on disk; never when it is rolled back."""
    if not in_transaction():
        raise RuntimeError("after_commit outside a transaction")
    db.session().info["alliance_effects"].append(effect)


@contextlib.contextmanager
def transaction(*, together: bool = False) -> Iterator[None]:
    """A transaction that writes. The outermost block commits; inner blocks join it; any exception undoes all of it.

    The block never rolls the session back by itself: to undo a step it opens `begin_nested()`, to undo all it raises.
    `together`: it is short, and may share its commit with others who write at the same moment (`core.writers`).
    Raises `DirtyRead` when the session already holds changes that no transaction owns, and `Busy` when other writers
    stand in the way for longer than `BUSY_TIMEOUT_MS`.
    """
    session = db.session()
    if in_transaction():
        yield
        return
    if session.new or session.dirty or session.deleted:
        raise DirtyRead("changes were made before the transaction was opened")
    effects: list[Callable[[], None]] = []
    with _writers_turn(session, together):
        try:
            session.info["alliance_connection"] = _begin_to_write(session)
            session.info["alliance_effects"] = effects
            yield
            session.commit()
        except BaseException as error:
            session.rollback()
            if isinstance(error, sa.exc.OperationalError) and _state(error) == LOCK_NOT_AVAILABLE:
                raise busy() from error
            raise
        finally:
            session.info.pop("alliance_connection", None)
    for effect in effects:
        effect()


@contextlib.contextmanager
def _writers_turn(session: Any, together: bool) -> Iterator[None]:
    """On SQLite all writers stand in one queue. PostgreSQL knows by itself who waits for whom."""
    writers: Writers | None = db.engine.get_execution_options().get("alliance_writers")
    if writers is None:
        yield
        return
    with writers.turn(session, BUSY_TIMEOUT_MS / 1000, together=together):
        yield


def _begin_to_write(session: Any) -> sa.Connection:
    """Make the session's transaction one that writes, and forget what was read before the locks were there.

    What the sign-in has read left a transaction open. On PostgreSQL every statement sees what is committed by then, so
    it goes on, on the same connection.
    """
    session.expire_all()
    connection: sa.Connection = session.connection()
    return connection


def transactional(
    work: Callable[Parameters, Result], *, together: bool = False
) -> Callable[Parameters, Result]:
    """Run the function in a `transaction()`; when it is the outermost, repeat it if it lost a race for locks.

    The function must be repeatable: whatever it did is undone before the next try. Raises `Busy` after `MOST_TRIES`
    tries.
    """

    @functools.wraps(work)
    def run(*args: Parameters.args, **keywords: Parameters.kwargs) -> Result:
        if in_transaction():
            return work(*args, **keywords)
        for attempt in range(1, MOST_TRIES + 1):
            try:
                with transaction(together=together):
                    return work(*args, **keywords)
            except sa.exc.OperationalError as error:
                if not lost_race(error):
                    raise
                if attempt == MOST_TRIES:
                    raise busy() from error
                time.sleep(random.uniform(0, 0.02) * 2**attempt)  # noqa: S311 - spreads tries, guards no secret
        raise AssertionError("unreachable")

    return run


def lost_race(error: sa.exc.DBAPIError) -> bool:
    """Whether the database gave up this transaction only because another one was in its way."""
    return _state(error) in RETRY_STATES or bool(re.search(r"database is locked|busy", str(error.orig)))


def _state(error: sa.exc.DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)
