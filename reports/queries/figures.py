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
    """Reports of one kind that were received in a period. `unnamed` of them came without a name."""

    kind: str
    received: int
    unnamed: int
    resolved: int
    useful: int
    still_open: int


@dataclass(frozen=True, slots=True)
class Figures:
    """A period's reports. Hazards are those that were open when it ended, and those that were dealt with during it.

    Hours are medians of reports by name: from telling to the desk's first step, and to resolving or passing on.
    """

    kinds: tuple[KindFigures, ...]
    response_hours: float | None
    resolution_hours: float | None
    hazards_open: int
    hazards_closed: int


def figures(first: date, end: date) -> Figures:
    """Figures of the days from `first` to the day before `end` (programme zone); of a period that lasts, as of now."""
    period = (Report.received_on >= first) & (Report.received_on < end)

    def count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)

    still_open = Report.state.in_(handling.OPEN_STATES)
    query = (
        sa.select(
            Report.kind,
            sa.func.count(),
            count(Report.member_id.is_(None)),
            count(~still_open & Report.duplicate_of_id.is_(None)),
            count(Report.verdict == "useful"),
            count(still_open),
        )
        .where(period)
        .group_by(Report.kind)
    )
    rows = {
        row[0]: KindFigures(row[0], *(int(each) for each in row[1:])) for row in db.session.execute(query)
    }
    return Figures(
        kinds=tuple(rows.get(code) or KindFigures(code, 0, 0, 0, 0, 0) for code in KINDS),
        response_hours=_hours(period),
        resolution_hours=_hours(period & ReportStep.step.in_(_DEALT_WITH)),
        hazards_open=_hazards_open(end),
        hazards_closed=_hazards_closed(first, end),
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


def _latest(moment: datetime) -> sa.ScalarSelect[str]:
    """The last step of a report's course before a moment; none when it had only been received."""
    query = sa.select(ReportStep.step).where(
        ReportStep.report_id == Report.id, ReportStep.step.in_(_COURSE), ReportStep.at < moment
    )
    return query.order_by(ReportStep.id.desc()).limit(1).scalar_subquery()


def _hazards_open(end: date) -> int:
    moment = clock.start_of(end)
    # What is closed now and had no step since was closed then: it need not be looked at.
    moved = sa.select(ReportStep.report_id).where(ReportStep.at >= moment)
    query = sa.select(sa.func.count()).where(
        Report.kind == "hazard",
        Report.received_on < end,
        Report.state.in_(handling.OPEN_STATES) | Report.id.in_(moved),
        sa.func.coalesce(_latest(moment), "received").in_(handling.OPEN_STATES),
    )
    return int(db.session.execute(query).scalar_one())


def _hazards_closed(first: date, end: date) -> int:
    moment = clock.start_of(end)
    dealt_with = sa.select(ReportStep.report_id).where(
        ReportStep.step.in_((*_DEALT_WITH, "duplicate")),
        ReportStep.at >= clock.start_of(first),
        ReportStep.at < moment,
    )
    query = sa.select(sa.func.count()).where(
        Report.kind == "hazard",
        Report.id.in_(dealt_with),
        _latest(moment).not_in(handling.OPEN_STATES),
    )
    return int(db.session.execute(query).scalar_one())


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
