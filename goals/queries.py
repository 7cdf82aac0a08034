"""Reads about goals: which are in force, how far they have been reached, what was set when and by whom.

What has been done is counted by the packages that know it: `alliance/` connects them.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import members.queries
from core import paging
from core.db import db
from core.paging import Page
from goals import rules
from goals.models import Goal

#: kind, first day, day after the last one, squads (None: the whole alliance) → what each of them has done; None stands
#: for the whole alliance. Whoever is missing has done nothing; a share is missing where nothing was due.
Measure = Callable[[str, date, date, Collection[UUID] | None], Mapping[UUID | None, int]]


@dataclass(frozen=True, slots=True)
class GoalLine:
    """A goal as it was set; `aim` None ends the one before. `set_at` is UTC."""

    id: UUID
    kind: str
    squad_id: UUID | None
    aim: int | None
    valid_from: date
    set_by: UUID
    set_at: datetime

    @property
    def percent(self) -> bool:
        """Whether the aim is a share."""
        return rules.KINDS[self.kind].percent


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a goal has been reached in the week or month from `first` up to, not including, `after`.

    `done` is None for a share of nothing.
    """

    goal: GoalLine
    aim: int
    first: date
    after: date
    done: int | None
    squad_name: str = ""

    @property
    def reached(self) -> bool:
        """Whether the aim is reached."""
        return self.done is not None and self.done >= self.aim

    @property
    def share(self) -> int:
        """How much of it, in whole percent of the aim."""
        return rules.share(self.done or 0, self.aim)


@dataclass(frozen=True, slots=True)
class SetGoal:
    """One line of the history, with the names of the squad and of whoever set it."""

    goal: GoalLine
    squad_name: str
    setter: str


_connected: dict[str, Measure] = {}


def connect(measure: Measure) -> None:
    """Told by `alliance/`: who counts what has been done."""
    _connected["measure"] = measure


#: The columns of a goal in the order of `GoalLine`.
_COLUMNS = (Goal.id, Goal.kind, Goal.squad_id, Goal.aim, Goal.valid_from, Goal.set_by, Goal.set_at)


def in_force(day: date, of: sa.ColumnElement[bool] | None = None) -> list[GoalLine]:
    """All goals that count on a day, of the alliance and of squads, or only some of them."""
    place = sa.func.row_number().over(
        partition_by=(Goal.kind, Goal.squad_id),
        order_by=(Goal.valid_from.desc(), Goal.set_at.desc(), Goal.id.desc()),
    )
    wanted = Goal.valid_from <= day if of is None else (Goal.valid_from <= day) & of
    lines = sa.select(*_COLUMNS, place.label("place")).where(wanted).subquery()
    query = sa.select(*(lines.c[each.key] for each in _COLUMNS))
    rows = db.session.execute(query.where(lines.c.place == 1, lines.c.aim.is_not(None)))
    order = list(rules.KINDS)
    return sorted((GoalLine(*row) for row in rows), key=lambda each: order.index(each.kind))


def coming(day: date) -> list[SetGoal]:
    """What was set from a later day on, the earliest first; of what was set for the same day the latest alone."""
    query = sa.select(Goal).where(Goal.valid_from > day).order_by(Goal.valid_from, Goal.set_at, Goal.id)
    found = {(each.kind, each.squad_id, each.valid_from): _line(each) for each in db.session.scalars(query)}
    return _named(found.values())


def of_alliance(
    today: date, known: Mapping[str, int] | None = None, *, most: int | None = None
) -> list[Progress]:
    """The goals of the whole alliance, and how far each has been reached.

    `known`: what somebody has counted already, by kind; it need not be counted again. `most`: so many, in the order
    of the kinds.
    """
    lines = in_force(today, Goal.squad_id.is_(None))[:most]
    return _measured(lines, today, done={(kind, None): value for kind, value in (known or {}).items()})


def of_squad(squad_id: UUID, today: date) -> list[Progress]:
    """The goals of one squad, and how far each has been reached."""
    return _measured(in_force(today, Goal.squad_id == squad_id), today)


def of_squads(today: date, *, cursor: str | None = None, limit: int = 50) -> Page[Progress]:
    """The goals of all squads by the squad's name, and how far each has been reached."""
    names = members.queries.squad_names()
    order = list(rules.KINDS)

    def key(each: GoalLine) -> tuple[str, str, int]:
        return names.get(each.squad_id or each.id, ""), str(each.squad_id), order.index(each.kind)

    lines = sorted(in_force(today, Goal.squad_id.is_not(None)), key=key)
    if cursor is not None:
        after = paging.decode(cursor, str, str, int)
        lines = [each for each in lines if key(each) > after]
    shown, more = lines[:limit], len(lines) > limit
    found = _measured(shown, today, names)
    return Page(found, paging.encode(*key(shown[-1])) if more else None)


def history(*, cursor: str | None = None, limit: int = 50) -> Page[SetGoal]:
    """All that was ever set, the latest first, with who set it."""
    query = sa.select(Goal).order_by(Goal.set_at.desc(), Goal.id.desc()).limit(limit + 1)
    if cursor is not None:
        at, goal_id = paging.decode(cursor, str, str)
        moment, last = paging.moment(at), paging.identifier(goal_id)
        query = query.where((Goal.set_at < moment) | ((Goal.set_at == moment) & (Goal.id < last)))
    rows = [_line(each) for each in db.session.scalars(query)]
    shown = rows[:limit]
    more = len(rows) > limit
    return Page(
        _named(shown), paging.encode(shown[-1].set_at.isoformat(), str(shown[-1].id)) if more else None
    )


def _line(row: Goal) -> GoalLine:
    return GoalLine(row.id, row.kind, row.squad_id, row.aim, row.valid_from, row.set_by, row.set_at)


def _named(lines: Iterable[GoalLine]) -> list[SetGoal]:
    found = list(lines)
    squads = members.queries.squad_names() if any(each.squad_id for each in found) else {}
    people = members.queries.many_facts({each.set_by for each in found})
    return [
        SetGoal(
            each,
            squads.get(each.squad_id, "") if each.squad_id else "",
            people[each.set_by].name if each.set_by in people else "",
        )
        for each in found
    ]


def _measured(
    lines: Iterable[GoalLine],
    today: date,
    names: Mapping[UUID, str] | None = None,
    done: Mapping[tuple[str, UUID | None], int] | None = None,
) -> list[Progress]:
    """One question for each kind, not for each goal."""
    found = [each for each in lines if each.aim is not None]
    counted = dict(done or {})
    asked: dict[str, set[UUID | None]] = {}
    for each in found:
        if (each.kind, each.squad_id) not in counted:
            asked.setdefault(each.kind, set()).add(each.squad_id)
    for kind, whose in asked.items():
        squads = {each for each in whose if each is not None}
        if None in whose:
            counted |= _ask(kind, today, None)
        if squads:
            counted |= _ask(kind, today, squads)
    return [
        _progress(each, today, counted, (names or {}).get(each.squad_id or each.id, "")) for each in found
    ]


def _ask(kind: str, today: date, squads: Collection[UUID] | None) -> dict[tuple[str, UUID | None], int]:
    counted = _connected["measure"](kind, *rules.period_of(kind, today), squads)
    return {(kind, whose): value for whose, value in counted.items()}


def _progress(line: GoalLine, today: date, done: Mapping[Any, int], squad_name: str) -> Progress:
    value = done.get((line.kind, line.squad_id), None if line.percent else 0)
    return Progress(line, line.aim or 1, *rules.period_of(line.kind, today), value, squad_name)
