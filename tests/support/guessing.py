"""Who wrote the reports without a name? Guessed from everything that is stored: all tables, and the log.

Whoever has the database and the log may line reports and members up: by any column of any row that has to do with a
report, or by the place of that row in its table; by the place of any row that names a member, or of his line in the
log. If the service keeps its word, each such guess hits one in so many by chance, and no value stands in both.
"""

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core.db import db

Row = Mapping[str, Any]
Tables = Mapping[str, Sequence[Row]]
#: What a thief has, in the order in which the engine itself keeps it.
_ORDERS = {"postgresql": "ctid", "sqlite": "rowid"}


@dataclass(frozen=True, slots=True)
class Guess:
    """The best of all guesses: how it was made, how many it hit, how many ways were tried."""

    way: str
    hits: int
    ways: int


def dump() -> dict[str, list[Row]]:
    """All tables, each in the order in which its rows lie, with what PostgreSQL itself notes beside them."""
    found: dict[str, list[Row]] = {}
    db.session.rollback()
    with db.engine.connect() as connection:
        engine = connection.dialect.name
        for name in db.metadata.tables:
            more = ", CAST(xmin AS text) AS xmin" if engine == "postgresql" else ""
            query = f'SELECT *{more} FROM "{name}"'
            if engine == "sqlite" and not _without_rowid(connection, name):
                query += " ORDER BY rowid"
            elif engine == "postgresql":
                query += " ORDER BY ctid"
            found[name] = [dict(row._mapping) for row in connection.exec_driver_sql(query)]
    return found


def _without_rowid(connection: sa.Connection, name: str) -> bool:
    query = sa.text("SELECT sql FROM sqlite_master WHERE name = :name")
    return "WITHOUT ROWID" in connection.scalar(query, {"name": name}).upper()


def plain(value: Any) -> Any:
    """A value so that ids are alike on both engines."""
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, dict | list):
        return json.dumps(value)
    if isinstance(value, str):
        return value.replace("-", "") if len(value) == 36 else value
    return value


def log_lines(text: str) -> list[Row]:
    """The lines of the log that are JSON objects."""
    lines = (line for line in text.splitlines() if line.startswith("{"))
    return [json.loads(line) for line in lines]


def shared_values(tables: Tables, report_ids: Iterable[UUID], member_ids: Iterable[UUID]) -> set[str]:
    """Ids of members that stand in a row of a report without a name, or in a row that names one."""
    reports, people = {each.hex for each in report_ids}, {each.hex for each in member_ids}
    found = set()
    for name, rows in tables.items():
        for row in rows:
            values = {plain(value) for value in row.values() if not isinstance(value, bytes)}
            texts = " ".join(str(value).replace("-", "") for value in values)
            if values & reports or any(each in texts for each in reports):
                found |= {f"{name}: {each}" for each in people if each in texts}
    return found


def guess(
    tables: Tables, log: Sequence[Row], truth: Mapping[UUID, UUID], dice: random.Random | None = None
) -> Guess:
    """Line up reports and members in every way there is; `truth` (report → author) only counts the hits."""
    dice = dice or random.Random(7)
    author_of = {report.hex: author.hex for report, author in truth.items()}
    traces = _traces(tables, list(author_of))
    members = _traces(tables, sorted(author_of.values()), values=False)
    for place, line in enumerate(log):
        actor = plain(str(line.get("actor")))
        if actor in author_of.values():
            members.setdefault("log first", {}).setdefault(actor, place)
            members.setdefault("log last", {})[actor] = place
    best, ways = Guess("none", 0, 0), 0
    for report_way, reports in traces.items():
        for member_way, people in members.items():
            for turned in (False, True):
                ways += 1
                hits = _hits(reports, people, author_of, turned, dice)
                if hits > best.hits:
                    best = Guess(f"{report_way} ~ {member_way}{' turned' if turned else ''}", hits, 0)
    return Guess(best.way, best.hits, ways)


def guess_by_place(tables: Tables, truth: Mapping[UUID, UUID], dice: random.Random | None = None) -> Guess:
    """Take for the author one of those who have scanned where the report is from: over plate, its name, areas around.

    Whom nobody was near is drawn from all. The visits must be those of the reports' day.
    """
    dice = dice or random.Random(7)
    author_of = {report.hex: author.hex for report, author in truth.items()}
    reports = {plain(row["id"]): row for row in tables["report"]}
    best, ways = Guess("none", 0, 0), 0
    for way, place in (("plate", "checkpoint_id"), ("name", "place"), ("area", "area_id")):
        near = _were_at(tables, way)
        hits = 0
        for report, author in author_of.items():
            found = near.get(plain(reports[report][place]), set()) & set(author_of.values())
            hits += dice.choice(sorted(found or author_of.values())) == author
        ways += 1
        if hits > best.hits:
            best = Guess(f"who has scanned at the {way}", hits, 0)
    return Guess(best.way, best.hits, ways)


def _were_at(tables: Tables, way: str) -> dict[Any, set[str]]:
    """Place → members who have scanned a plate there, also in vain: refusals keep the digest of the plate."""
    parents = {plain(row["id"]): plain(row["parent_id"]) for row in tables["area"]}
    places: dict[str, set[Any]] = {}
    plates = {row["code_digest"]: plain(row["id"]) for row in tables["checkpoint"]}
    for row in tables["checkpoint"]:
        area, around = plain(row["area_id"]), set()
        while area:
            around.add(area)
            area = parents[area]
        known = {"plate": {plain(row["id"])}, "name": {plain(row["name"])}, "area": around}
        places[plain(row["id"])] = known[way]
    found: dict[Any, set[str]] = {}
    seen = [(plain(row["checkpoint_id"]), row["member_id"]) for row in tables["visit"]]
    refused = tables["refused_scan"]
    seen += [
        (plates[row["code_digest"]], row["member_id"]) for row in refused if row["code_digest"] in plates
    ]
    for checkpoint, member in seen:
        for place in places[checkpoint]:
            found.setdefault(place, set()).add(plain(member))
    return found


def _traces(tables: Tables, ids: Sequence[str], *, values: bool = True) -> dict[str, dict[str, Any]]:
    """way → id → where, or with what, it stands: the place of its first and last row, and their columns."""
    wanted, found = set(ids), {}
    for name, rows in tables.items():
        for place, row in enumerate(rows):
            for each in wanted & {plain(value) for value in row.values() if isinstance(value, str | UUID)}:
                found.setdefault(f"{name} first", {}).setdefault(each, place)
                found.setdefault(f"{name} last", {})[each] = place
                for column, value in row.items() if values else ():
                    if value is not None:
                        found.setdefault(f"{name}.{column}", {})[each] = plain(value)
    # Whom a way knows nothing of, it cannot line up; and what is alike for nearly all says nothing.
    return {
        way: places
        for way, places in found.items()
        if len(places) == len(wanted) and len({str(each) for each in places.values()}) > len(wanted) // 2
    }


def _hits(
    reports: Mapping[str, Any],
    people: Mapping[str, Any],
    author_of: Mapping[str, str],
    turned: bool,
    dice: random.Random,
) -> int:
    first, second = (_sorted(each, dice) for each in (reports, people))
    if turned:
        second.reverse()
    return sum(author_of[report] == author for report, author in zip(first, second, strict=True))


def _sorted(places: Mapping[str, Any], dice: random.Random) -> list[str]:
    ids = list(places)
    dice.shuffle(ids)

    def key(each: str) -> tuple[float, str]:
        value = places[each]
        is_number = isinstance(value, int | float) or (isinstance(value, str) and value.isdecimal())
        return (float(value), "") if is_number else (0.0, str(value))

    return sorted(ids, key=key)
