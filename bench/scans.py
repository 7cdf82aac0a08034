"""Paying scans a second over HTTP through gunicorn with two workers, against the same rows by the bare driver.

The yardstick writes them table after table, as a plain program does. On PostgreSQL the service puts them into fewer
statements; what the bare driver does with those is measured, too, so that both the gain and what is left can be seen.
"""

import argparse
import contextlib
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from flask import Flask
from sqlalchemy import event

from alliance.cli import prepare
from alliance.factory import create_app
from bench import load, processor, town, yardstick
from core.config import Settings
from core.db import db
from patrols.service import records
from points import ledger
from tests.support import databases, server

PROCESSES, THREADS = 2, 8
WORKERS = 2
ROUNDS = 3
MEMBERS = 2_000
#: Rounds of each member before: 60,000 together.
PAST_ROUNDS = 30
WARM_UP = 200
#: Scans of as many members are written again by the yardstick.
CAPTURED = 320
PROFILED = 300
#: PostgreSQL sweeps up after the writers, as where it is run for real, but sooner: a bench lasts a minute, not a day.
LIKE_A_CITY = {"autovacuum": "on", "autovacuum_naptime": "5s"}


def settings_for(url: str, folder: Path) -> Settings:
    """A service as in production, without limits per address and for awards: the load comes from one of each."""
    return Settings(
        environment="development",
        database_url=url,
        instance=str(folder),
        request_limit="1000000 per second",
        award_member_week_limit=10**9,
        award_coordinator_day_limit=10**9,
        log_level="WARNING",
    )


def build_tables(url: str) -> None:
    """Make all tables by the migrations."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(settings_for(url, Path(folder)))
        with app.app_context():
            prepare()
            db.engine.dispose()


@contextlib.contextmanager
def database(engine: str, folder: Path) -> Iterator[str]:
    """A fresh database with all tables."""
    place = folder / engine
    place.mkdir(parents=True, exist_ok=True)
    # The server runs as a user of its own and must be able to reach its folder.
    for each in (folder.parent, folder, place):
        if each.is_relative_to(tempfile.gettempdir()) and each != Path(tempfile.gettempdir()):
            each.chmod(0o755)
    databases.prepare_folder(place)
    try:
        with databases.Databases(place, build_tables, LIKE_A_CITY).fresh(engine, place) as url:
            yield url
    finally:
        databases.stop(place)


def run(options: argparse.Namespace, folder: Path) -> None:
    """Measure on each engine and print."""
    for engine in options.engines:
        with database(engine, folder) as url:
            _measure(engine, url, folder, options.scans)


def _measure(engine: str, url: str, folder: Path, count: int) -> None:
    settings = settings_for(url, folder)
    app = create_app(settings)
    place = town.build(app, MEMBERS)
    town.add_past(app, place, PAST_ROUNDS)
    client = app.test_client(use_cookies=False)

    ours = [_capture(app, client, place, n) for n in range(CAPTURED)]
    with _table_after_table():
        plain = [_capture(app, client, place, n) for n in range(CAPTURED)]
    yards = {"plain": plain} | ({"ours": ours} if len(ours[0].statements) < len(plain[0].statements) else {})
    where = _profile(app, client, place)
    over_http, costs = [], []
    bare: dict[str, list[float]] = {name: [] for name in yards}
    log = folder / "gunicorn.log"
    with server.serve_processes(settings, log, workers=WORKERS, threads=THREADS) as base_url:
        load.send_all(base_url, _requests(place, WARM_UP), processes=PROCESSES, threads=THREADS)
        for _ in range(ROUNDS):
            requests, before = _requests(place, count), processor.spent(url)
            measured = load.send_all(base_url, requests, processes=PROCESSES, threads=THREADS)
            costs.append(processor.told(before, processor.spent(url), count, "scan"))
            if set(measured.statuses) != {201}:
                raise SystemExit(f"scans were not all accepted: {measured.statuses}")
            over_http.append(measured)
            for name, scripts in yards.items():
                bare[name].append(
                    yardstick.run(scripts, settings.database, count, processes=PROCESSES, threads=THREADS)
                )
    _print(engine, over_http, where)
    for name, scripts in yards.items():
        _print_yard(name, over_http, bare[name], len(scripts[0].statements))
    print("\n".join(costs), flush=True)
    with app.app_context():
        db.engine.dispose()


@contextlib.contextmanager
def _table_after_table() -> Iterator[None]:
    """A scan then writes as on SQLite: one statement for each table."""
    with (
        mock.patch.object(ledger, "_is_one_earning", return_value=False),
        mock.patch.object(records, "dialect_name", return_value="plain"),
    ):
        yield


def _capture(app: Flask, client: Any, place: town.Town, n: int) -> yardstick.Script:
    """What the `n`th member's scan writes; his id and everything that was there before stays what it is."""

    def one_scan() -> None:
        answer = _send(client, town.request(place, n, n % town.PLATES))
        assert answer == 201, answer

    return yardstick.capture(app, place.known | {place.members[n].hex}, one_scan)


def _requests(place: town.Town, count: int) -> list[bytes]:
    return [town.request(place, n % MEMBERS, n % town.PLATES) for n in range(count)]


def _send(client: Any, raw: bytes) -> int:
    head, _, body = raw.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    status: int = client.post(
        "/api/v1/scans", data=body, headers=headers, environ_overrides={"REMOTE_ADDR": "127.0.0.1"}
    ).status_code
    return status


def _profile(app: Flask, client: Any, place: town.Town) -> dict[str, float]:
    """Where the time of one scan goes, one after the other in this process: milliseconds and counts per scan."""
    spent = {"statements": 0.0, "in statements, ms": 0.0, "in commits, ms": 0.0}
    started: list[float] = []
    with app.app_context():
        engine = db.engine

    def before(*_: Any) -> None:
        started.append(time.perf_counter())

    def after(*_: Any) -> None:
        spent["statements"] += 1
        spent["in statements, ms"] += (time.perf_counter() - started.pop()) * 1000

    commit = engine.dialect.do_commit

    def timed_commit(connection: Any) -> None:
        start = time.perf_counter()
        commit(connection)
        spent["in commits, ms"] += (time.perf_counter() - start) * 1000

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    engine.dialect.do_commit = timed_commit  # type: ignore[method-assign] # there is no event around the commit itself
    try:
        start = time.perf_counter()
        for n in range(PROFILED):
            _send(client, town.request(place, n % MEMBERS, n % town.PLATES))
        total = (time.perf_counter() - start) * 1000
    finally:
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "after_cursor_execute", after)
        engine.dialect.do_commit = commit  # type: ignore[method-assign] # put back
    rest = total - spent["in statements, ms"] - spent["in commits, ms"]
    return {
        name: value / PROFILED for name, value in {**spent, "in Python, ms": rest, "whole, ms": total}.items()
    }


def _print(engine: str, over_http: list[load.Measured], where: dict[str, float]) -> None:
    middle = sorted(over_http, key=lambda each: each.per_second)[len(over_http) // 2]
    print(
        f"\n== paying scans, {engine}: {WORKERS} workers × {THREADS} threads, {PROCESSES * THREADS} connections =="
    )
    print(
        f"  over HTTP          {middle.per_second:8.0f} scans/s   p50 {middle.percentile(0.5):.1f} ms   p99 {middle.percentile(0.99):.1f} ms"
    )
    print(
        "  one scan at a time: " + ", ".join(f"{name} {value:.2f}" for name, value in where.items()),
        flush=True,
    )


def _print_yard(name: str, over_http: list[load.Measured], bare: list[float], wrote: int) -> None:
    told = {"plain": "table after table", "ours": "as we write them"}[name]
    aim = "; aim ≥ 0.25" if name == "plain" else ""
    ratios = [ours.per_second / yard for ours, yard in zip(over_http, bare, strict=True)]
    print(
        f"  bare driver        {statistics.median(bare):8.0f} transactions/s of {wrote} statements each, {told}, {PROCESSES} processes × {THREADS} threads"
    )
    print(
        f"  ratio              {statistics.median(ratios):8.2f}   (rounds: {', '.join(f'{each:.2f}' for each in ratios)}{aim})",
        flush=True,
    )
