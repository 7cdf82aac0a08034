"""Every list of the desk with a city's worth of members: server time, time in the database, statements, plans.

A list that takes longer than `LIMIT_MS` is marked. With `--plans` the plan of each slow statement is printed.
"""

import argparse
import contextlib
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from alliance.cli import prepare
from alliance.factory import create_app
from bench import desk_data
from bench.desk_data import ADMINISTRATOR, Sizes, identifier
from bench.desk_routes import Question, questions
from bench.scans import database, settings_for
from core.db import db

LIMIT_MS = 100
#: Statements that take longer are looked at.
LOOKED_AT_MS = 20
WARM_UP, REPEATS = 2, 7
#: A list of a thousand ids tells nobody anything.
LONGEST_SHOWN = 400
#: A paper may take seconds.
PAPER_REPEATS = 2


@dataclass
class Spent:
    """What a request spent in the database: milliseconds, and each statement with its parameters and its own time."""

    statements: list[tuple[float, str, Any]] = field(default_factory=list)
    #: The processor time of PostgreSQL's process for this connection, where this machine tells it; without its helpers.
    server: float = 0.0

    @property
    def milliseconds(self) -> float:
        """All statements together."""
        return sum(each[0] for each in self.statements)


@dataclass(frozen=True)
class Measured:
    """Median and worst milliseconds of several requests, and what the quickest ones needed.

    `own` is the least processor time of this process, `server` that of PostgreSQL's (on SQLite both are one). On a
    machine that does other things at the same time these two, and not the clock, tell what the list itself takes.
    """

    question: Question
    status: int
    bytes: int
    own: float
    median: float
    worst: float
    server: float
    spent: Spent

    @property
    def alone(self) -> float:
        """What the list takes on a machine that does nothing else, in milliseconds."""
        return self.own + self.server

    @property
    def mark(self) -> str:
        """TOO SLOW, or "busy" when only the machine was; for other answers than 200 their status."""
        if self.question.paper or self.median <= LIMIT_MS:
            return "" if self.status == 200 else str(self.status)
        return "TOO SLOW" if self.alone > LIMIT_MS else "busy"


def run(options: argparse.Namespace, folder: Path) -> None:
    """Measure on each engine, or in the database that was named, and print."""
    for engine in options.engines:
        place = folder / "desk"
        place.mkdir(exist_ok=True)
        with contextlib.nullcontext(options.database) if options.database else database(engine, place) as url:
            measure(create_app(settings_for(url, place)), options.desk, options)


def measure(app: Flask, sizes: Sizes, options: argparse.Namespace) -> None:
    """Fill the database unless somebody did, ask everything, print."""
    with app.app_context():
        prepare()
        start = time.perf_counter()
        if not _is_filled():
            desk_data.fill(sizes)
        print(
            f"\n== desk, {db.engine.dialect.name}: {sizes.members:,} members, {sizes.transfers:,} transfers "
            f"(filled in {time.perf_counter() - start:.0f} s; aim ≤ {LIMIT_MS} ms) =="
        )
        for line in desk_data.table_sizes():
            print(f"  {line}")
        print(f"  without a row: {', '.join(desk_data.empty_tables())}")
        print(f"  yardstick: one row by its key {_yardstick():.2f} ms in the database")
        db.session.rollback()
        client = _signed_in(app)
    found = [
        _ask(app, client, each, options.plans)
        for each in questions(app, client, options.only)
        if options.papers or not each.paper
    ]
    _print(found)
    with app.app_context():
        db.engine.dispose()


def _is_filled() -> bool:
    return db.session.execute(sa.text("SELECT 1 FROM member LIMIT 1")).first() is not None


def _yardstick() -> float:
    one_row = sa.text("SELECT name FROM squad WHERE id = :id").bindparams(sa.bindparam("id", type_=sa.Uuid()))
    times = []
    for _ in range(25):
        start = time.perf_counter()
        db.session.execute(one_row, {"id": identifier("squad", 1)}).one()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def _signed_in(app: Flask) -> FlaskClient:
    """A browser in which the first administrator is signed in: a coordinator who may read the audit log, too."""
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = f"{identifier('member', ADMINISTRATOR)}:1", True
    return client


def _ask(app: Flask, client: FlaskClient, question: Question, plans: bool) -> Measured:
    runs, own = [], []
    for _ in range(PAPER_REPEATS if question.paper else WARM_UP + REPEATS):
        with _listening(app) as spent:
            start, used = time.perf_counter(), time.process_time()
            answer = client.get(question.address)
            size = len(answer.get_data())
            own.append((time.process_time() - used) * 1000)
            runs.append(((time.perf_counter() - start) * 1000, spent))
    counted = sorted(runs[-REPEATS:], key=lambda each: each[0])
    middle = counted[len(counted) // 2]
    least = min((spent for _, spent in counted), key=lambda each: each.milliseconds)
    server = min(spent.server for _, spent in counted)
    found = Measured(question, answer.status_code, size, min(own), middle[0], counted[-1][0], server, least)
    _print_line(found)
    if plans:
        _explain(app, found)
    return found


@contextlib.contextmanager
def _listening(app: Flask) -> Iterator[Spent]:
    """Times statements, with the fetching of their rows as far as the driver does it at once."""
    spent, started = Spent(), [0.0]
    process: dict[int, float] = {}

    def before(connection: Any, *_: Any) -> None:
        info = getattr(connection.connection.driver_connection, "info", None)
        if info is not None and not process:
            process[info.backend_pid] = _processor_time(info.backend_pid)
        started[0] = time.perf_counter()

    def after(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        spent.statements.append(((time.perf_counter() - started[0]) * 1000, statement, parameters))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    try:
        yield spent
        spent.server = sum(_processor_time(pid) - began for pid, began in process.items())
    finally:
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "after_cursor_execute", after)


def _processor_time(pid: int) -> float:
    """Milliseconds that a process of this machine has spent on a processor; 0 where that is not told."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1_000_000
    except (OSError, ValueError):
        return 0.0


def _explain(app: Flask, found: Measured) -> None:
    for milliseconds, statement, parameters in found.spent.statements:
        if milliseconds < LOOKED_AT_MS:
            continue
        print(f"    {milliseconds:.0f} ms: {statement}\n    {str(parameters)[:LONGEST_SHOWN]}")
        with app.app_context(), db.engine.connect() as connection:
            lite = connection.dialect.name == "sqlite"
            command = "EXPLAIN QUERY PLAN " if lite else "EXPLAIN (ANALYZE, BUFFERS) "
            for row in connection.exec_driver_sql(command + statement, parameters):
                print(f"      {row[-1]}")


def _print_line(found: Measured) -> None:
    print(
        f"  {found.median:8.1f} {found.worst:8.1f} {found.spent.milliseconds:8.1f} {found.own:8.1f} {found.server:8.1f} {found.alone:8.1f} "
        f"{len(found.spent.statements):4} {found.bytes // 1024:5} kB  {found.question.address} {found.mark}",
        flush=True,
    )


def _print(found: list[Measured]) -> None:
    lists = [each for each in found if not each.question.paper]
    slow = [each for each in lists if each.mark == "TOO SLOW"]
    print(
        f"  {len(lists)} addresses, {len(slow)} over {LIMIT_MS} ms "
        "(columns: median, worst, in the database; processor time: own, PostgreSQL's, both together; statements)"
    )
    for each in sorted(lists, key=lambda each: -each.alone)[:15]:
        print(f"    {each.alone:8.1f} ms  {each.question.address}")
