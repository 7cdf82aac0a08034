"""What every tutorial does: look whether it is done, do it, write the new balance. No key, no lock.

Served by gunicorn over the same database as the Alliance, to show that the races of the tests are real ones. The first
two phones with a code have both looked before either of them writes, so that what goes wrong goes wrong each time,
however busy the machine is.
"""

import json
import os
import time
from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa

#: More than a second phone needs to arrive, on the busiest of machines.
PATIENCE_SECONDS = 60
POLL_SECONDS = 0.01
TABLES = (
    "CREATE TABLE naive_scan (scan_key TEXT NOT NULL)",
    "CREATE TABLE naive_balance (points INTEGER NOT NULL)",
    "INSERT INTO naive_balance VALUES (0)",
    "CREATE TABLE naive_look (code TEXT NOT NULL)",
)

_engines: list[sa.Engine] = []


def _engine() -> sa.Engine:
    # Made in the worker at its first request: a connection must not be inherited from the master.
    if not _engines:
        address = os.environ["ALLIANCE_DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://")
        _engines.append(sa.create_engine(address, isolation_level="AUTOCOMMIT", pool_size=16))
    return _engines[0]


def app(environment: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """Add two points for a scan unless its key is known."""
    if environment["REQUEST_METHOD"] == "POST":
        scan = json.loads(environment["wsgi.input"].read(int(environment["CONTENT_LENGTH"])))
        _add_two_points(scan["scan_id"], scan["code"])
    start("200 OK", [("Content-Type", "application/json"), ("Content-Length", "2")])
    return [b"{}"]


def _add_two_points(key: str, code: str) -> None:
    with _engine().connect() as connection:
        known = connection.scalar(
            sa.text("SELECT count(*) FROM naive_scan WHERE scan_key = :key"), {"key": key}
        )
        points = connection.scalar(sa.text("SELECT points FROM naive_balance")) or 0
        _wait_for_a_second_look(connection, code)
        if not known:
            connection.execute(sa.text("INSERT INTO naive_scan VALUES (:key)"), {"key": key})
            connection.execute(sa.text("UPDATE naive_balance SET points = :points"), {"points": points + 2})


def _wait_for_a_second_look(connection: sa.Connection, code: str) -> None:
    """The workers are processes, so they meet in a table."""
    connection.execute(sa.text("INSERT INTO naive_look VALUES (:code)"), {"code": code})
    looks = sa.text("SELECT count(*) FROM naive_look WHERE code = :code")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while connection.scalar(looks, {"code": code}) < 2 and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
