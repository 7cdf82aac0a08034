"""Figures about reports for the month: how many of which kind, what came of them, how long it took."""

from dataclasses import dataclass
from datetime import date, datetime
from statistics import median

import sqlalchemy as sa

from core.db import db
from reports.models import Report, ReportStep
from reports.rules import handling
from reports.rules.kinds import KINDS


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
    """A period's reports. Hours are the median from telling to the first step of the desk, of reports by name."""

    kinds: tuple[KindFigures, ...]
    response_hours: float | None
    hazards_open: int
    hazards_closed: int


def figures(first: date, end: date) -> Figures:
    """Figures of the days from `first` to the day before `end` (programme zone); open hazards are those of today."""
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
    hazards = sa.select(count(still_open), count(~still_open & period)).where(Report.kind == "hazard")
    hazards_open, hazards_closed = db.session.execute(hazards).one()
    return Figures(
        kinds=tuple(rows.get(code) or KindFigures(code, 0, 0, 0, 0, 0) for code in KINDS),
        response_hours=_response_hours(period),
        hazards_open=int(hazards_open),
        hazards_closed=int(hazards_closed),
    )


def _response_hours(period: sa.ColumnElement[bool]) -> float | None:
    query = (
        sa.select(Report.received_at, sa.func.min(ReportStep.at, type_=ReportStep.at.type))
        .join(ReportStep, ReportStep.report_id == Report.id)
        .where(period, Report.received_at.is_not(None))
        .group_by(Report.id, Report.received_at)
    )
    rows: list[tuple[datetime | None, datetime]] = [(row[0], row[1]) for row in db.session.execute(query)]
    hours = [(first - told).total_seconds() / 3600 for told, first in rows if told is not None]
    return round(median(hours), 1) if hours else None
