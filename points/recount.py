"""Counts the members' scores anew from the ledger: a part of `flask points check`.

As queries the same took minutes with a million transfers on SQLite, which has no calendar and sorts by text: here both
tables are read once, member by member, and no more than one member is held in memory.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import sqlalchemy as sa

from core import clock
from points.rules import seasons

#: Earnings that stand: a reversal takes back from the season in which the points were earned.
_EARNED: Final = """
    SELECT e.credit_account_id, COALESCE(e.squad_id, {nil}), e.amount, e.posted_at
    FROM transfer e JOIN account a ON a.id = e.credit_account_id AND a.kind = 'member'
    WHERE e.kind = 'earn' AND NOT EXISTS (SELECT 1 FROM transfer r WHERE r.reverses_id = e.id)
    ORDER BY e.credit_account_id
"""
_STORED: Final = "SELECT member_id, squad_id, season, points, deeds, reached_at FROM score ORDER BY member_id"
#: Rows that are asked of the server at a time.
_CHUNK: Final = 5_000

#: Season and squad → points, deeds and the time of the latest deed.
_Scores = dict[tuple[str, Any], tuple[int, int, Any]]
_NOTHING: Final = (0, 0, None)


@dataclass(frozen=True, slots=True)
class Difference:
    """A member's score that is not what the ledger tells; `of_sums` when points or deeds differ, else the time."""

    of_sums: bool
    words: str


def differences(connection: sa.Connection, nil: str) -> Iterator[Difference]:
    """What is wrong with the stored scores; `nil` is how the engine writes the squad of those who are in none."""
    earned = _by_member(_stream(connection, _EARNED.format(nil=nil)))
    stored = _by_member(_stream(connection, _STORED))
    for member_id, earnings, rows in _side_by_side(earned, stored):
        counted = _count(earnings)
        scores: _Scores = {(season, squad): (*numbers,) for squad, season, *numbers in rows}
        for key in sorted(counted.keys() | scores.keys(), key=str):
            yield from _compare(member_id, key, counted.get(key, _NOTHING), scores.get(key, _NOTHING))


def _compare(
    member_id: Any, key: tuple[str, Any], counted: tuple[int, int, Any], stored: tuple[int, int, Any]
) -> Iterator[Difference]:
    where = f"season={key[0]} member_id={member_id} squad_id={key[1]}"
    if counted[:2] != stored[:2]:
        points, deeds = counted[0] - stored[0], counted[1] - stored[1]
        yield Difference(True, f"{where} points={points} deeds={deeds}")
    # Of a score that was taken back altogether no latest earning is left.
    if counted[2] and stored[2] and counted[2] != stored[2]:
        yield Difference(False, f"{where} reached_at={stored[2]} latest={counted[2]}")


def _stream(connection: sa.Connection, query: str) -> Iterator[Any]:
    rows = connection.execute(sa.text(query), execution_options={"yield_per": _CHUNK})
    for part in rows.partitions():
        yield from part


def _by_member(rows: Iterable[Any]) -> Iterator[tuple[Any, list[Any]]]:
    for member_id, group in groupby(rows, key=itemgetter(0)):
        yield member_id, [row[1:] for row in group]


def _side_by_side(
    left: Iterator[tuple[Any, list[Any]]], right: Iterator[tuple[Any, list[Any]]]
) -> Iterator[tuple[Any, list[Any], list[Any]]]:
    """Both sides' rows of each member, for members in ascending order on both sides."""
    here, there = next(left, None), next(right, None)
    while here or there:
        if there is None or (here is not None and here[0] < there[0]):
            assert here is not None  # noqa: S101 - tells the type checker what the loop's condition says
            yield here[0], here[1], []
            here = next(left, None)
        elif here is None or there[0] < here[0]:
            yield there[0], [], there[1]
            there = next(right, None)
        else:
            yield here[0], here[1], there[1]
            here, there = next(left, None), next(right, None)


def _count(earnings: list[Any]) -> _Scores:
    counted: _Scores = {}
    for squad, amount, posted_at in earnings:
        for season in _seasons(posted_at):
            points, deeds, latest = counted.get((season, squad), _NOTHING)
            latest = posted_at if latest is None else max(latest, posted_at)
            counted[season, squad] = points + amount, deeds + 1, latest
    return counted


def _seasons(posted_at: Any) -> tuple[str, ...]:
    # Text on SQLite. No zone changes its day within a minute.
    if isinstance(posted_at, str):
        return _seasons_of_minute(posted_at[:16])
    return _seasons_of_minute(posted_at.astimezone(UTC).isoformat()[:16])


@lru_cache(maxsize=100_000)
def _seasons_of_minute(minute: str) -> tuple[str, ...]:
    return seasons(clock.local_date(datetime.fromisoformat(f"{minute}:00+00:00")))
