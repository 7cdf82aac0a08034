"""The yardstick: the same rows as one paying scan, written by the bare driver in one transaction.

The statements are not written down here: they are captured from real scans of many members, so that the yardstick follows
the code and meets the same rows: one member's statements would have all connections wait for the rows of one squad. What
was new in a captured scan (ids, keys) is replaced by new values of the same kind each time.
"""

import multiprocessing
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import psycopg
from flask import Flask
from sqlalchemy import event

from core.db import BUSY_TIMEOUT_MS, db, new_id

#: Also inside a common table expression: on PostgreSQL one statement may write several tables.
WRITES = re.compile(r"\b(INSERT INTO|UPDATE \w+ SET|DELETE FROM)\b")
#: Ids and digests, also those in an array that is sent as text.
HEXADECIMAL = re.compile(r"\b(?:[0-9a-f]{64}|[0-9a-f]{32})\b")


@dataclass(frozen=True)
class Script:
    """The writing statements of one scan with their parameters, and which of the ids belong to this scan only."""

    statements: list[tuple[str, Any]]
    fresh: frozenset[str]


def capture(app: Flask, known: frozenset[str], scan: Callable[[], None]) -> Script:
    """Run `scan()` once and keep what it wrote. `known`: hexadecimal ids that stay what they are."""
    kept: list[tuple[str, Any]] = []

    def listen(
        _connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool
    ) -> None:
        if WRITES.search(statement):
            # "Many" is also said of one INSERT with the rows of many: that one has one set of values.
            several = many and all(isinstance(each, dict | tuple) for each in parameters)
            kept.append((statement, list(parameters) if several else parameters))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", listen)
    try:
        scan()
    finally:
        event.remove(engine, "before_cursor_execute", listen)
    values = {found for _, parameters in kept for value in _flat(parameters) for found in _hex(value)}
    return Script(kept, frozenset(values - known))


def run(scripts: Sequence[Script], url: str, count: int, *, processes: int, threads: int) -> float:
    """Write `count` times, script after script, from as many processes and threads; transactions a second."""
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(processes + 1)
    done: multiprocessing.Queue = context.Queue()
    share = count // (processes * threads)
    workers = [
        context.Process(target=_worker, args=(scripts[n::processes], url, share, threads, barrier, done))
        for n in range(processes)
    ]
    for worker in workers:
        worker.start()
    barrier.wait()
    start = time.perf_counter()
    for _ in workers:
        done.get()
    seconds = time.perf_counter() - start
    for worker in workers:
        worker.join()
    return share * processes * threads / seconds


def _worker(scripts, url, share, threads, barrier, done) -> None:  # type: ignore[no-untyped-def] # process entry
    def work(part: Sequence[Script]) -> None:
        write = _sqlite_writer(url) if url.startswith("sqlite") else _postgresql_writer(url)
        for n in range(share):
            write(_with_new_values(part[n % len(part)]))

    pool = [threading.Thread(target=work, args=(scripts[n::threads],)) for n in range(threads)]
    barrier.wait()
    for thread in pool:
        thread.start()
    for thread in pool:
        thread.join()
    done.put(True)


def _sqlite_writer(url: str):  # type: ignore[no-untyped-def] # a closure over a connection
    connection = sqlite3.connect(
        url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False
    )
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")

    def write(statements: list[tuple[str, Any]]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        for text, parameters in statements:
            (connection.executemany if isinstance(parameters, list) else connection.execute)(text, parameters)
        connection.execute("COMMIT")

    return write


def _postgresql_writer(url: str):  # type: ignore[no-untyped-def] # a closure over a connection
    connection = psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), autocommit=True)

    def write(statements: list[tuple[str, Any]]) -> None:
        with connection.transaction(), connection.cursor() as cursor:
            for text, parameters in statements:
                (cursor.executemany if isinstance(parameters, list) else cursor.execute)(text, parameters)

    return write


def _with_new_values(script: Script) -> list[tuple[str, Any]]:
    new = {value: _alike(value) for value in script.fresh}
    return [(text, _replace(parameters, new)) for text, parameters in script.statements]


def _alike(value: str) -> UUID:
    # Ids that grow with time fill an index from its end, keys from phones everywhere: that costs the database more.
    return new_id() if UUID(value[:32]).version == new_id().version else uuid4()


def _replace(parameters: Any, new: dict[str, UUID]) -> Any:
    if isinstance(parameters, list):
        return [_replace(each, new) for each in parameters]
    if isinstance(parameters, dict):
        return {name: _new(value, new) for name, value in parameters.items()}
    return tuple(_new(value, new) for value in parameters)


def _new(value: Any, new: dict[str, UUID]) -> Any:
    if isinstance(value, UUID):
        return new.get(value.hex, value)
    if isinstance(value, str):
        return HEXADECIMAL.sub(lambda found: _new_text(found[0], new), value)
    return value


def _new_text(value: str, new: dict[str, UUID]) -> str:
    return new[value].hex * (len(value) // 32) if value in new else value


def _hex(value: Any) -> list[str]:
    """The hexadecimal digits of the ids and digests in a value: itself, or those in an array."""
    if isinstance(value, UUID):
        return [value.hex]
    return HEXADECIMAL.findall(value) if isinstance(value, str) else []


def _flat(parameters: Any) -> list[Any]:
    if isinstance(parameters, list):
        return [value for each in parameters for value in _flat(each)]
    return list(parameters.values()) if isinstance(parameters, dict) else list(parameters)
