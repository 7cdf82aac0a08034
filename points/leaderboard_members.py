"""Members on leaderboards, who are never ranked against their wish, and the latest thanks for the wall.

Those who agreed to it appear by their masked name, ranked among each other. Each member sees the own place in the own
squad, for himself only, and the neighbours there without names unless they agreed too.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased

import members.queries
from core.auth import NIL
from core.db import db
from points.leaderboard import Period
from points.models import Score, TariffRule, Transfer

#: Members on one list.
MOST_MEMBERS = 20
#: So many of the best of each squad are looked at, so that a list costs the same with a million members.
BEST_OF_EACH_SQUAD = 10
BEST_OF_ONE_SQUAD = 100
#: Neighbours shown above and below the own place.
NEIGHBOURS = 2
#: SQLite joins at most 500 selects.
_SQUADS_IN_ONE_SELECT = 100


@dataclass(frozen=True, slots=True)
class Person:
    """A member on a list. `name` is masked, None for one who did not agree to appear; `own` is the reader himself."""

    rank: int
    name: str | None
    squad_id: UUID
    points: int
    deeds: int
    own: bool = False


@dataclass(frozen=True, slots=True)
class OwnPlace:
    """The reader's place among those of the own squad who earned points; `lines` are he and his neighbours.

    `points_missing` is what would pass the one above, None for the first.
    """

    rank: int
    of: int
    points: int
    points_missing: int | None
    lines: tuple[Person, ...]


def listed_members(
    period_: Period, *, squad_id: UUID | None = None, reader_id: UUID | None = None
) -> list[Person]:
    """The best `MOST_MEMBERS` of those who agreed to appear, of one squad or of all; ranked among each other only.

    Looks at the best `BEST_OF_EACH_SQUAD` of all squads or the best `BEST_OF_ONE_SQUAD` of the one. A member who
    changed squads stands on the list once per squad, with what he earned there.
    """
    squad_ids = [squad_id] if squad_id else [NIL, *members.queries.squad_heads()]
    depth = BEST_OF_ONE_SQUAD if squad_id else BEST_OF_EACH_SQUAD
    rows: list[Any] = []
    for some in _in_parts(squad_ids):
        rows += db.session.execute(sa.union_all(*(_best(period_.season, each, depth) for each in some)))
    listed = members.queries.listed_ids(row.member_id for row in rows)
    rows.sort(key=lambda row: (-row.points, row.reached_at, str(row.member_id)))
    best = [row for row in rows if row.member_id in listed][:MOST_MEMBERS]
    facts = members.queries.many_facts(row.member_id for row in best)
    return [
        _person(rank, row, members.queries.masked_name(facts[row.member_id].name), reader_id)
        for rank, row in enumerate(best, start=1)
    ]


def own_place(period_: Period, member_id: UUID, squad_id: UUID) -> OwnPlace | None:
    """The member's place in the squad; None as long as he has earned nothing for it in the period."""
    in_squad = (Score.season == period_.season) & (Score.squad_id == squad_id) & (Score.points > 0)
    own = db.session.execute(sa.select(*_SCORE).where(in_squad, Score.member_id == member_id)).one_or_none()
    if own is None:
        return None
    ahead, behind = _ahead_of(own), _behind(own)
    # Counted apart, because the index alone answers the first two; only for the equals the rows must be looked at.
    of, more, equal = db.session.execute(
        sa.select(
            *(
                sa.select(sa.func.count()).where(in_squad, condition).scalar_subquery()
                for condition in (sa.true(), Score.points > own.points, (Score.points == own.points) & ahead)
            )
        )
    ).one()
    rank = 1 + more + equal
    neighbours = sa.select(*_SCORE).where(in_squad).limit(NEIGHBOURS)
    upwards = Score.points, Score.reached_at.desc(), Score.member_id.desc()
    downwards = Score.points.desc(), Score.reached_at, Score.member_id
    above = db.session.execute(neighbours.where(ahead).order_by(*upwards)).all()
    below = db.session.execute(neighbours.where(behind).order_by(*downwards)).all()
    rows = [*reversed(above), own, *below]
    listed = members.queries.listed_ids(row.member_id for row in rows) | {member_id}
    names = {
        each.id: members.queries.masked_name(each.name)
        for each in members.queries.many_facts(listed).values()
    }
    first = rank - len(above)
    return OwnPlace(
        rank=rank,
        of=of,
        points=own.points,
        points_missing=above[0].points - own.points + 1 if above else None,
        lines=tuple(
            _person(first + place, row, names.get(row.member_id), member_id) for place, row in enumerate(rows)
        ),
    )


_SCORE = (Score.member_id, Score.squad_id, Score.points, Score.deeds, Score.reached_at)


def _in_parts(squad_ids: list[UUID]) -> Iterator[list[UUID]]:
    for start in range(0, len(squad_ids), _SQUADS_IN_ONE_SELECT):
        yield squad_ids[start : start + _SQUADS_IN_ONE_SELECT]


def _best(season: str, squad_id: UUID, depth: int) -> sa.Select[Any]:
    best = (
        sa.select(*_SCORE)
        .where(Score.season == season, Score.squad_id == squad_id, Score.points > 0)
        .order_by(Score.points.desc(), Score.reached_at, Score.member_id)
        .limit(depth)
        # SQLite takes ORDER BY and LIMIT in a part of a UNION only inside brackets of its own.
        .subquery()
    )
    return sa.select(*best.c)


def _ahead_of(row: Any) -> sa.ColumnElement[bool]:
    # `points >= …` beside it gives the index its range; the rest decides between equals.
    return sa.and_(
        Score.points >= row.points,
        sa.or_(
            Score.points > row.points,
            Score.reached_at < row.reached_at,
            sa.and_(Score.reached_at == row.reached_at, Score.member_id < row.member_id),
        ),
    )


def _behind(row: Any) -> sa.ColumnElement[bool]:
    return sa.and_(
        Score.points <= row.points,
        sa.or_(
            Score.points < row.points,
            Score.reached_at > row.reached_at,
            sa.and_(Score.reached_at == row.reached_at, Score.member_id > row.member_id),
        ),
    )


def _person(rank: int, row: Any, name: str | None, reader_id: UUID | None) -> Person:
    return Person(rank, name, row.squad_id, row.points, row.deeds, own=row.member_id == reader_id)


# --- Thanks -----------------------------------------------------------------------------------------------------------

#: How many of the latest transfers are looked at for the latest thanks.
_LATEST = 40


@dataclass(frozen=True, slots=True)
class Thanks:
    """A good deed to be thanked for in public; `name` is masked, None for a member who did not agree to appear."""

    name: str | None
    squad_id: UUID | None
    rule_name_zh: str
    rule_name_en: str
    points: int
    at: datetime


def latest_thanks() -> Thanks | None:
    """The latest award that still stands, None when there is none among the latest transfers."""
    latest = sa.select(Transfer).order_by(Transfer.id.desc()).limit(_LATEST).subquery()
    earned = aliased(Transfer, latest)
    undone = sa.select(Transfer.id).where(Transfer.reverses_id == earned.id).exists()
    query = (
        sa.select(
            earned.credit_account_id,
            earned.squad_id,
            earned.amount,
            earned.posted_at,
            TariffRule.name_zh,
            TariffRule.name_en,
        )
        .join(TariffRule, TariffRule.id == earned.rule_id)
        .where(earned.kind == "earn", ~undone)
        .order_by(earned.id.desc())
        .limit(1)
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        return None
    who = members.queries.many_facts(members.queries.listed_ids([row.credit_account_id]))
    name = next((members.queries.masked_name(each.name) for each in who.values()), None)
    return Thanks(name, row.squad_id, row.name_zh, row.name_en, row.amount, row.posted_at)
