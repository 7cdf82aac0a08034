"""Members on leaderboards, who are never ranked against their wish, and the latest thanks for the wall.

Those who agreed to it appear by their masked name, ranked among each other. Each member sees the own place in the own
squad, for himself only, and the neighbours there without names unless they agreed too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased

import members.queries
from core import clock
from core.auth import NIL
from core.db import db
from points.leaderboard import Period
from points.models import BY_HAND, Score, SquadScore, TariffRule, Transfer

#: Members on one list.
MOST_MEMBERS = 20
#: Squads from which it is learnt how many points are needed to be on the list.
_STRONGEST = 10
#: Neighbours shown above and below the own place.
NEIGHBOURS = 2


@dataclass(frozen=True, slots=True)
class Person:
    """A member on a list. `name` is masked, None for one who did not agree to appear; `own` is the reader himself.

    `by_hand` is how many of the deeds were entered by hand.
    """

    rank: int
    name: str | None
    squad_id: UUID
    points: int
    deeds: int
    by_hand: int = 0
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
    season = period_.season
    if squad_id:
        rows = _best_of(season, [squad_id])
    else:
        # Whoever has fewer points than as many as fit on the list have in a few squads need not be looked at elsewhere.
        known = _best_of(season, [NIL, *_strongest_squads(season)])
        floor = known[-1].points if len(known) == MOST_MEMBERS else 1
        rows = _best_of(season, [NIL, *_squads_with_the_best(season, floor)], floor)
    entered = _by_hand(period_, rows)
    return [
        _person(rank, row, members.queries.masked_name(row.name), reader_id, entered)
        for rank, row in enumerate(rows, start=1)
    ]


def own_place(period_: Period, member_id: UUID, squad_id: UUID | None) -> OwnPlace | None:
    """The member's place in the squad, or among those without one; None as long as he has earned nothing there.

    Equal points: who reached them earlier, then the name.
    """
    in_squad = (Score.season == period_.season) & (Score.squad_id == (squad_id or NIL))
    earned = in_squad & (Score.points > 0)
    own = db.session.execute(sa.select(*_SCORE).where(earned, Score.member_id == member_id)).one_or_none()
    if own is None:
        return None
    more = Score.points > own.points
    earlier = (Score.points == own.points) & (Score.reached_at < own.reached_at)
    # Counted apart, because the index alone answers the first; only for the second the rows must be looked at. The
    # others say nothing of points above 0: SQLite would go through all of those instead of through the equals.
    everybody = sa.select(sa.func.count(), sa.func.count().filter(more)).where(earned)
    of, with_more = db.session.execute(everybody).one()
    before_him = db.session.execute(sa.select(sa.func.count()).where(in_squad, earlier)).scalar_one()
    equals = _equals(in_squad, own)
    before = [row.member_id for row in equals].index(member_id)
    above, below = _beyond(in_squad, own, NEIGHBOURS - before, NEIGHBOURS + 1 + before - len(equals))
    shown, at = [*above, *equals, *below], len(above) + before
    rank = with_more + before_him + shown[at].place
    listed = members.queries.listed_ids(row.member_id for row in shown) | {member_id}
    masked = {
        row.member_id: members.queries.masked_name(row.name) for row in shown if row.member_id in listed
    }
    entered = _by_hand(period_, shown)
    return OwnPlace(
        rank=rank,
        of=of,
        points=own.points,
        points_missing=shown[at - 1].points - own.points + 1 if at else None,
        in_squad=squad_id is not None,
        lines=tuple(
            _person(place, row, masked.get(row.member_id), member_id, entered)
            for place, row in enumerate(shown, start=rank - at)
        ),
    )


_SCORE = (Score.member_id, Score.squad_id, Score.points, Score.deeds, Score.reached_at)


def _best_of(season: str, squad_ids: list[UUID], floor: int = 1) -> list[Any]:
    """The best `MOST_MEMBERS` who have `floor` points or more in one of these squads, best first."""
    rows = list(db.session.execute(sa.union_all(*(_best(season, each, floor) for each in squad_ids))))
    rows.sort(key=lambda row: (-row.points, row.reached_at, row.name, str(row.member_id)))
    return rows[:MOST_MEMBERS]


def _strongest_squads(season: str) -> list[UUID]:
    """A few squads in which there are likely to be members with many points."""
    query = sa.select(SquadScore.squad_id).where(SquadScore.season == season).group_by(SquadScore.squad_id)
    return list(db.session.scalars(query.order_by(sa.func.sum(SquadScore.points).desc()).limit(_STRONGEST)))


def _squads_with_the_best(season: str, floor: int) -> list[UUID]:
    """Squads in which somebody can stand on the list: those with the best first ones.

    Whoever is in another squad stands behind its first one, and so behind as many as fit on a list.
    """
    squads = sa.select(SquadScore.squad_id).where(SquadScore.season == season).distinct().subquery()
    score, listed = aliased(Score), members.queries.listed_select().subquery()
    first = (
        sa.select(score.member_id)
        .join(listed, listed.c.id == score.member_id)
        .where(score.season == season, score.squad_id == squads.c.squad_id, score.points >= floor)
        .order_by(score.points.desc(), score.reached_at, listed.c.name, score.member_id)
        .limit(1)
        .scalar_subquery()
    )
    # Once for each squad: as a plain subquery PostgreSQL looks for them again wherever the member is named.
    firsts = sa.select(squads.c.squad_id, first.label("member_id")).cte("firsts").prefix_with("MATERIALIZED")
    person = members.queries.name_select().subquery()
    own = (
        (Score.season == season)
        & (Score.squad_id == firsts.c.squad_id)
        & (Score.member_id == firsts.c.member_id)
    )
    query = (
        sa.select(firsts.c.squad_id)
        .join(Score, own)
        .join(person, person.c.id == firsts.c.member_id)
        .order_by(Score.points.desc(), Score.reached_at, person.c.name, Score.member_id)
        .limit(MOST_MEMBERS)
    )
    return list(db.session.scalars(query))


def _best(season: str, squad_id: UUID, floor: int) -> sa.Select[Any]:
    # Joined before the cut: behind those who do not appear there may be any number of those who do.
    listed = members.queries.listed_select().subquery()
    best = (
        sa.select(*_SCORE, listed.c.name)
        .join(listed, listed.c.id == Score.member_id)
        .where(Score.season == season, Score.squad_id == squad_id, Score.points >= floor)
        .order_by(Score.points.desc(), Score.reached_at, listed.c.name, Score.member_id)
        .limit(MOST_MEMBERS)
        # SQLite takes ORDER BY and LIMIT in a part of a UNION only inside brackets of its own.
        .subquery()
    )
    return sa.select(*best.c)


def _equals(in_squad: sa.ColumnElement[bool], own: Any) -> list[Any]:
    """Who equals `own` but for the name, by name: he himself and those next to him, each with his place among them."""
    person = members.queries.name_select().subquery()
    place = sa.func.row_number().over(order_by=(person.c.name, Score.member_id)).label("place")
    equals = (
        sa.select(*_SCORE, person.c.name, place)
        .join(person, person.c.id == Score.member_id)
        .where(in_squad, Score.points == own.points, Score.reached_at == own.reached_at)
        .cte("equals")
    )
    own_place = sa.select(equals.c.place).where(equals.c.member_id == own.member_id).scalar_subquery()
    near = equals.c.place.between(own_place - NEIGHBOURS, own_place + NEIGHBOURS)
    return list(db.session.execute(sa.select(equals).where(near).order_by(equals.c.place)))


def _beyond(
    in_squad: sa.ColumnElement[bool], own: Any, above: int, below: int
) -> tuple[list[Any], list[Any]]:
    """The last `above` of those ahead of `own` and its equals, and the first `below` of those behind, best first."""
    person = members.queries.name_select().subquery()
    named = sa.select(*_SCORE, person.c.name).join(person, person.c.id == Score.member_id).where(in_squad)
    # `points >= …` and `points BETWEEN …` give the index its range; the rest decides between equals.
    ahead = named.where(
        Score.points >= own.points, sa.or_(Score.points > own.points, Score.reached_at < own.reached_at)
    ).order_by(Score.points, Score.reached_at.desc(), person.c.name.desc(), Score.member_id.desc())
    behind = named.where(
        Score.points.between(1, own.points),
        sa.or_(Score.points < own.points, Score.reached_at > own.reached_at),
    ).order_by(Score.points.desc(), Score.reached_at, person.c.name, Score.member_id)
    nearest, next_ones = (
        list(db.session.execute(side.limit(count))) if count > 0 else []
        for side, count in ((ahead, above), (behind, below))
    )
    return nearest[::-1], next_ones


def _by_hand(period_: Period, rows: Sequence[Any]) -> dict[tuple[UUID, UUID], int]:
    """(member, squad) of the few that are shown → deeds of the period that were entered by hand and stand.

    Counted in the books, by the index of the members' accounts: a number beside each score would be written with every
    scan, for lists that few look at.
    """
    if not rows:
        return {}
    undone = aliased(Transfer)
    query = (
        sa.select(Transfer.credit_account_id, Transfer.squad_id, sa.func.count())
        .where(
            Transfer.credit_account_id.in_(sorted({row.member_id for row in rows})),
            Transfer.kind == "earn",
            sa.text(f"transfer.{BY_HAND}"),
            ~sa.exists().where(undone.reverses_id == Transfer.id),
        )
        .group_by(Transfer.credit_account_id, Transfer.squad_id)
    )
    if period_.first is not None and period_.last is not None:
        until = clock.start_of(period_.last + timedelta(days=1))
        query = query.where(Transfer.posted_at >= clock.start_of(period_.first), Transfer.posted_at < until)
    return {(member_id, squad_id or NIL): count for member_id, squad_id, count in db.session.execute(query)}


def _person(
    rank: int,
    row: Any,
    name: str | None,
    reader_id: UUID | None,
    entered: Mapping[tuple[UUID, UUID], int],
) -> Person:
    by_hand = entered.get((row.member_id, row.squad_id), 0)
    return Person(rank, name, row.squad_id, row.points, row.deeds, by_hand, own=row.member_id == reader_id)


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
