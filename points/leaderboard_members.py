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

    `points_missing` is what would pass the one above, None for the first. `in_squad` is False for a member without a
    squad, whose place is among those without one.
    """

    rank: int
    of: int
    points: int
    points_missing: int | None
    lines: tuple[Person, ...]
    in_squad: bool = True


def listed_members(
    period_: Period, *, squad_id: UUID | None = None, reader_id: UUID | None = None
) -> list[Person]:
    """The best `MOST_MEMBERS` of those who agreed to appear, of one squad or of all; ranked among each other only.

    Equal points: who reached them earlier, then the name. A member who changed squads stands on the list once per
    squad, with what he earned there.
    """
    squad_ids = [squad_id] if squad_id else [NIL, *members.queries.squad_heads()]
    rows: list[Any] = []
    for some in _in_parts(squad_ids):
        rows += db.session.execute(sa.union_all(*(_best(period_.season, each) for each in some)))
    rows.sort(key=lambda row: (-row.points, row.reached_at, row.name, str(row.member_id)))
    return [
        _person(rank, row, members.queries.masked_name(row.name), reader_id)
        for rank, row in enumerate(rows[:MOST_MEMBERS], start=1)
    ]


def own_place(period_: Period, member_id: UUID, squad_id: UUID | None) -> OwnPlace | None:
    """The member's place in the squad, or among those without one; None as long as he has earned nothing there.

    Equal points: who reached them earlier, then the name.
    """
    in_squad = (Score.season == period_.season) & (Score.squad_id == (squad_id or NIL)) & (Score.points > 0)
    own = db.session.execute(sa.select(*_SCORE).where(in_squad, Score.member_id == member_id)).one_or_none()
    if own is None:
        return None
    ahead, behind, equal = _compared(own)
    # Counted apart, because the index alone answers the first two; only for the equals the rows must be looked at.
    of, more, earlier = db.session.execute(
        sa.select(
            *(
                sa.select(sa.func.count()).where(in_squad, condition).scalar_subquery()
                for condition in (sa.true(), Score.points > own.points, (Score.points == own.points) & ahead)
            )
        )
    ).one()
    neighbours = sa.select(*_SCORE).where(in_squad)
    upwards, downwards = (Score.points, Score.reached_at.desc()), (Score.points.desc(), Score.reached_at)
    rows = [
        *db.session.execute(neighbours.where(ahead).order_by(*upwards).limit(NEIGHBOURS)),
        *db.session.execute(neighbours.where(equal)),
        *db.session.execute(neighbours.where(behind).order_by(*downwards).limit(NEIGHBOURS)),
    ]
    names = {
        each.id: each.name for each in members.queries.many_facts(row.member_id for row in rows).values()
    }
    rows.sort(key=lambda row: (-row.points, row.reached_at, names.get(row.member_id, ""), str(row.member_id)))
    at = rows.index(own)
    first = max(0, at - NEIGHBOURS)
    shown = rows[first : at + NEIGHBOURS + 1]
    before = sum((row.points, row.reached_at) == (own.points, own.reached_at) for row in rows[:at])
    rank = 1 + more + earlier + before
    named = members.queries.listed_ids(row.member_id for row in shown) | {member_id}
    masked = {each: members.queries.masked_name(name) for each, name in names.items() if each in named}
    return OwnPlace(
        rank=rank,
        of=of,
        points=own.points,
        points_missing=rows[at - 1].points - own.points + 1 if at else None,
        in_squad=squad_id is not None,
        lines=tuple(
            _person(place, row, masked.get(row.member_id), member_id)
            for place, row in enumerate(shown, start=rank - at + first)
        ),
    )


_SCORE = (Score.member_id, Score.squad_id, Score.points, Score.deeds, Score.reached_at)


def _in_parts(squad_ids: list[UUID]) -> Iterator[list[UUID]]:
    for start in range(0, len(squad_ids), _SQUADS_IN_ONE_SELECT):
        yield squad_ids[start : start + _SQUADS_IN_ONE_SELECT]


def _best(season: str, squad_id: UUID) -> sa.Select[Any]:
    # Joined before the cut: behind those who do not appear there may be any number of those who do.
    listed = members.queries.listed_select().subquery()
    best = (
        sa.select(*_SCORE, listed.c.name)
        .join(listed, listed.c.id == Score.member_id)
        .where(Score.season == season, Score.squad_id == squad_id, Score.points > 0)
        .order_by(Score.points.desc(), Score.reached_at, listed.c.name, Score.member_id)
        .limit(MOST_MEMBERS)
        # SQLite takes ORDER BY and LIMIT in a part of a UNION only inside brackets of its own.
        .subquery()
    )
    return sa.select(*best.c)


def _compared(own: Any) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    """Who is ahead of this score, behind it, and equal to it but for the name."""
    # `points >= …` and `points <= …` give the index its range; the rest decides between equals.
    ahead = sa.and_(
        Score.points >= own.points,
        sa.or_(Score.points > own.points, Score.reached_at < own.reached_at),
    )
    behind = sa.and_(
        Score.points <= own.points,
        sa.or_(Score.points < own.points, Score.reached_at > own.reached_at),
    )
    return ahead, behind, sa.and_(Score.points == own.points, Score.reached_at == own.reached_at)


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
