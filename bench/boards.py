"""Reads of the leaderboard: fifty squads with the own rank, and the own place in the squad, at growing numbers of members."""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import event

from alliance.factory import create_app
from bench.scans import database, settings_for
from core import clock
from core.db import db, transaction
from points import leaderboard, leaderboard_members

SQUADS = 50
REPEATS = 25
LIMIT_MS = 20
#: Ids of squads and members are numbers written as ids: members from here on.
FIRST_MEMBER = 1_000


def run(options: argparse.Namespace, folder: Path) -> None:
    """Measure on each engine at each size and print."""
    for engine in options.engines:
        for members in options.members:
            place = folder / f"boards-{members}"
            place.mkdir(exist_ok=True)
            with database(engine, place) as url:
                app = create_app(settings_for(url, place))
                with app.app_context():
                    _fill(members)
                    _measure(engine, members)
                    db.engine.dispose()


def _fill(members: int) -> None:
    """`members` active members in fifty squads, each with a score in this and the last period."""
    lite = db.engine.dialect.name == "sqlite"
    number = "printf('%032x', n)" if lite else "lpad(to_hex(n), 32, '0')::uuid"
    squad = (
        number.replace("n)", f"n % {SQUADS} + 1)", 1)
        if lite
        else number.replace("(n)", f"(n % {SQUADS} + 1)")
    )
    now = f"'{clock.now().strftime('%Y-%m-%dT%H:%M:%S.%fZ')}'"
    this = [leaderboard.period(kind, clock.today()) for kind in ("week", "month", "year", "all")]
    seasons = {each.season for each in this} | {each.before for each in this if each.before}
    with transaction():
        run_sql = db.session.execute
        run_sql(
            sa.text(
                _numbers(1, SQUADS)
                + f"""INSERT INTO squad (id, name, kind, crest_color, active_members, motto)
            SELECT {number}, 'Squad ' || n, 'patrol', 'red', {members // SQUADS}, '' FROM numbers"""
            )
        )
        run_sql(
            sa.text(
                _numbers(FIRST_MEMBER, FIRST_MEMBER + members - 1)
                + f"""INSERT INTO member
            (id, number, name, name_key, status, squad_id, language, theme, large_type, speak, listed, session_epoch,
             card_generation, admitted_at, created_at)
            SELECT {number}, n, 'Member ' || n, 'member ' || n, 'active', {squad}, 'zh_Hans_CN', 'auto',
             {"0, 0, 0" if lite else "false, false, false"}, 1, 0, {now}, {now} FROM numbers"""
            )
        )
        for season in sorted(seasons):
            run_sql(
                sa.text(
                    _numbers(FIRST_MEMBER, FIRST_MEMBER + members - 1)
                    + f"""INSERT INTO score
                (season, member_id, squad_id, points, deeds, reached_at)
                SELECT '{season}', {number}, {squad}, (n * 7919) % 500 + 1, 1, {now} FROM numbers"""
                )
            )
        run_sql(
            sa.text("""INSERT INTO squad_score (season, squad_id, shard, points, deeds, reached_at)
            SELECT season, squad_id, points % 16, sum(points), sum(deeds), max(reached_at) FROM score
            GROUP BY season, squad_id, points % 16""")
        )
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in ("ANALYZE",) if lite else ("VACUUM ANALYZE",):
            connection.exec_driver_sql(statement)


def _numbers(first: int, last: int) -> str:
    if db.engine.dialect.name == "sqlite":
        return f"WITH RECURSIVE numbers(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM numbers WHERE n < {last}) "
    return f"WITH numbers AS (SELECT n FROM generate_series({first}::bigint, {last}::bigint) AS n) "


def _measure(engine: str, members: int) -> None:
    member, squad = (
        UUID(int=FIRST_MEMBER + members // 2),
        UUID(int=(FIRST_MEMBER + members // 2) % SQUADS + 1),
    )
    week = leaderboard.period("week", clock.today())
    one_row = sa.text("SELECT name FROM squad WHERE id = :id").bindparams(sa.bindparam("id", type_=sa.Uuid()))
    reads: dict[str, Callable[[], Any]] = {
        "yardstick: one row by its key": lambda: db.session.execute(one_row, {"id": squad}).one(),
        "50 squads by total, own rank and outlook": lambda: _board("total", squad),
        "50 squads per head, own rank and outlook": lambda: _board("head", squad),
        "own place in the squad, with neighbours": lambda: leaderboard_members.own_place(week, member, squad),
    }
    print(
        f"\n== leaderboard reads, {engine}, {members:,} members in {SQUADS} squads (aim ≤ {LIMIT_MS} ms at the database) =="
    )
    yard = 0.0
    for name, read in reads.items():
        at_database, whole = _time(read)
        yard = yard or at_database
        print(
            f"  {name:44} {at_database:7.2f} ms at the database ({at_database / yard:5.1f} × yardstick), {whole:7.2f} ms whole",
            flush=True,
        )


def _board(by: Any, squad: UUID) -> None:
    board = leaderboard.squad_board("week", by)
    if leaderboard.outlook(board.standings, squad, 2) is None:
        raise SystemExit("the bench's squad has no place: nothing was measured")


def _time(read: Callable[[], Any]) -> tuple[float, float]:
    """Median milliseconds at the database and in the whole read.

    At the database: the statements of the read once more by the bare driver, all rows fetched (SQLite finds them only
    then).
    """
    kept: list[tuple[str, Any]] = []

    def keep(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        kept.append((statement, parameters))

    # Before listening: the session's BEGIN is not a statement of the read.
    cursor = db.session.connection().connection.cursor()
    event.listen(db.engine, "before_cursor_execute", keep)
    read()
    event.remove(db.engine, "before_cursor_execute", keep)
    at_database, whole = [], []
    for _ in range(REPEATS):
        start = time.perf_counter()
        read()
        between = time.perf_counter()
        for statement, parameters in kept:
            cursor.execute(statement, parameters)
            cursor.fetchall()
        at_database.append((time.perf_counter() - between) * 1000)
        whole.append((between - start) * 1000)
    db.session.rollback()
    return statistics.median(at_database), statistics.median(whole)
