"""Figures about reports for the month: how many of which kind, what came of them, how long it took."""

from dataclasses import dataclass
from datetime import date, datetime
from statistics import median
from typing import Any

import sqlalchemy as sa

from core import clock
from core.db import db
from reports.models import HAZARD, HAZARD_OF_THE_DESK, Report, ReportStep
from reports.rules import handling
from reports.rules.kinds import KINDS

#: Steps by which a matter is dealt with.
_DEALT_WITH = ("resolved", "passed_on")
#: Steps that say where a report stands.
_COURSE = (*handling.STATES[1:], "duplicate")


@dataclass(frozen=True, slots=True)
class KindFigures:
    """Reports of one kind that were received in a period. `unnamed` of them came without a name.

    `resolved` were dealt with by the desk, `passed_on` handed to another office: what became of them there is not known
    here.
    """

    kind: str
    received: int
    unnamed: int
    resolved: int
    passed_on: int
    useful: int
    still_open: int


@dataclass(frozen=True, slots=True)
class Figures:
    """A period's reports, and what became of hazards, whenever they were told.

    `hazards_open` and `hazards_to_follow_up` (resolved, nobody has looked again) are those of the period's end;
    `hazards_closed` were resolved by the desk and followed up in it, `hazards_passed_on` handed to another office.
    Hours are medians of reports by name: from telling to the desk's first step, and to resolving.
    """

    kinds: tuple[KindFigures, ...]
    response_hours: float | None
    resolution_hours: float | None
    hazards_open: int
    hazards_to_follow_up: int
    hazards_closed: int
    hazards_passed_on: int


def figures(first: date, end: date) -> Figures:
    """Figures of the days from `first` to the day before `end` (programme zone); of a period that lasts, as of now."""
    period = (Report.received_on >= first) & (Report.received_on < end)

    def count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)

    still_open = Report.state.in_(handling.OPEN_STATES)
    done, ended_by = ~still_open & Report.duplicate_of_id.is_(None), _latest(_DEALT_WITH)
    query = (
        sa.select(
            Report.kind,
            sa.func.count(),
            count(Report.member_id.is_(None)),
            count(done & (ended_by == "resolved")),
            count(done & (ended_by == "passed_on")),
            count(Report.verdict == "useful"),
            count(still_open),
        )
        .where(period)
        .group_by(Report.kind)
    )
    rows = {
        row[0]: KindFigures(row[0], *(int(each) for each in row[1:])) for row in db.session.execute(query)
    }
    standing = _hazards_standing(end)
    closed, passed_on = _hazards_ended(first, end)
    return Figures(
        kinds=tuple(rows.get(code) or KindFigures(code, 0, 0, 0, 0, 0, 0) for code in KINDS),
        response_hours=_hours(period),
        resolution_hours=_hours(period & (ReportStep.step == "resolved")),
        hazards_open=sum(standing.get(state, 0) for state in handling.OPEN_STATES),
        hazards_to_follow_up=standing.get("resolved", 0),
        hazards_closed=closed,
        hazards_passed_on=passed_on,
    )


def hazards_in_time(first: date, after: date) -> tuple[int, int]:
    """Of the hazards whose last day lies from `first` up to, not including, `after`: dealt with by that day, and all.

    The last day is the deadline of whoever is responsible; without one, the day on which the desk wanted it done.
    Those whose day is still to come count once they are dealt with. What was taken up again since has to be dealt with
    again. Days of the programme's zone.
    """
    last_day = sa.func.coalesce(Report.deadline, Report.due_on, type_=Report.due_on.type)
    later = sa.orm.aliased(ReportStep)
    taken_up_again = sa.exists().where(
        later.report_id == ReportStep.report_id, later.step == "assigned", later.id > ReportStep.id
    )
    dealt_with = (
        sa.select(sa.func.min(ReportStep.at, type_=ReportStep.at.type))
        .where(ReportStep.report_id == Report.id, ReportStep.step.in_(_DEALT_WITH), ~taken_up_again)
        .scalar_subquery()
    )
    query = sa.select(last_day, dealt_with).where(
        Report.duplicate_of_id.is_(None),
        (sa.text(HAZARD) & _within(Report.deadline, first, after))
        | (sa.text(HAZARD_OF_THE_DESK) & _within(Report.due_on, first, after)),
    )
    today, in_time, due = clock.today(), 0, 0
    rows: list[tuple[date, datetime | None]] = [(row[0], row[1]) for row in db.session.execute(query)]
    for day, at in rows:
        if at is not None and clock.local_date(at) <= day:
            in_time, due = in_time + 1, due + 1
        elif day < today or at is not None:
            due += 1
    return in_time, due


def _within(day: sa.SQLColumnExpression[Any], first: date, after: date) -> sa.ColumnElement[bool]:
    return sa.and_(day >= first, day < after)


def _latest(steps: tuple[str, ...], before: datetime | None = None) -> sa.ScalarSelect[str]:
    """The last of these steps in a report's course, before a moment; none when it had none of them."""
    query = sa.select(ReportStep.step).where(
        ReportStep.report_id == Report.id, ReportStep.step.in_(steps), *_before(before)
    )
    return query.order_by(ReportStep.id.desc()).limit(1).scalar_subquery()


def _before(moment: datetime | None) -> list[sa.ColumnElement[bool]]:
    return [] if moment is None else [ReportStep.at < moment]


def _hazards_standing(end: date) -> dict[str, int]:
    """State → how many hazards stood there when the day `end` began; of those that somebody still had to look after."""
    moment, states = clock.start_of(end), (*handling.OPEN_STATES, "resolved")
    # What is closed now and had no step since was closed then: it need not be looked at.
    moved = sa.select(ReportStep.report_id).where(ReportStep.at >= moment)
    stood = (
        sa.select(sa.func.coalesce(_latest(_COURSE, moment), "received").label("state"))
        .where(
            Report.kind == "hazard",
            Report.received_on < end,
            Report.state.in_(states) | Report.id.in_(moved),
        )
        .subquery()
    )
    query = sa.select(stood.c.state, sa.func.count()).group_by(stood.c.state)
    return {row[0]: int(row[1]) for row in db.session.execute(query) if row[0] in states}


def _hazards_ended(first: date, end: date) -> tuple[int, int]:
    """Hazards that the period brought to an end: resolved here and followed up, and passed on to another office.

    What was taken up again before the period's end is none of them. A duplicate is counted with the one it repeats.
    """
    moment = clock.start_of(end)
    within = (ReportStep.at >= clock.start_of(first)) & (ReportStep.at < moment)
    moved = sa.select(ReportStep.report_id).where(ReportStep.step.in_(("passed_on", "followed_up")), within)
    passed_now = sa.exists().where(ReportStep.report_id == Report.id, ReportStep.step == "passed_on", within)
    query = sa.select(
        _latest(_DEALT_WITH, moment).label("by"),
        _latest(_COURSE, moment).label("state"),
        passed_now.label("passed_now"),
    ).where(Report.kind == "hazard", Report.id.in_(moved))
    closed = passed_on = 0
    for by, state, passed_now_too in db.session.execute(query):
        closed += by == "resolved" and state in ("followed_up", "closed")
        passed_on += (
            by == "passed_on" and state not in (*handling.OPEN_STATES, "duplicate") and passed_now_too
        )
    return closed, passed_on


def _hours(which: sa.ColumnElement[bool]) -> float | None:
    query = (
        sa.select(Report.received_at, sa.func.min(ReportStep.at, type_=ReportStep.at.type))
        .join(ReportStep, ReportStep.report_id == Report.id)
        .where(which, Report.received_at.is_not(None))
        .group_by(Report.id, Report.received_at)
    )
    rows: list[tuple[datetime | None, datetime]] = [(row[0], row[1]) for row in db.session.execute(query)]
    hours = [(first - told).total_seconds() / 3600 for told, first in rows if told is not None]
    return round(median(hours), 1) if hours else None
