"""What lists and pages show of a report."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import points.queries
from core import clock
from core.db import db
from reports.models import Report, ReportPhoto, ReportStep
from reports.rules import handling


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the desk. `at` is UTC, None for who follows a report without a name: he is told the day."""

    step: str
    on: date
    at: datetime | None
    actor_id: UUID | None
    public_note: str
    note: str


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A report in a list of the desk; nothing of its words. `received_at` is None without a name.

    Who may not read a confidential one is told neither place nor time, nor who is responsible or was told: by the time
    the reporter could be found in the ledger.
    `hours_open`: since it was received, or since the morning of that day without a name, until it was closed.
    """

    id: UUID
    number: int
    kind: str
    state: str
    named: bool
    confidential: bool
    received_on: date
    received_at: datetime | None
    hours_open: int
    area_id: UUID | None
    checkpoint_id: UUID | None
    place: str
    handler_id: UUID | None
    due_on: date
    overdue: bool
    follow_up_on: date | None
    responsible: str
    deadline: date | None
    recheck_on: date | None
    passed_to: str
    verdict: str
    duplicate_of: int | None
    version: int


@dataclass(frozen=True, slots=True)
class Course:
    """A report as its reporter sees it. `collect_from`: the day from which points without a name can be collected.

    `withdrawn`: its points were taken back.
    """

    id: UUID
    number: int
    kind: str
    state: str
    received_on: date
    received_at: datetime | None
    area_id: UUID | None
    place: str
    words: str
    answers: dict[str, str]
    confidential: bool
    photo_ids: tuple[UUID, ...]
    due_on: date
    passed_to: str
    closed_on: date | None
    duplicate_of: int | None
    verdict: str
    points: int
    withdrawn: bool
    rule_code: str | None
    collect_from: date | None
    steps: tuple[Step, ...]


def line(report: Report, duplicate_of: int | None, *, is_open: bool) -> ReportLine:
    """The report as lists show it, as it is today. `duplicate_of` is the number of the report that it repeats.

    `is_open`: the reader may read its words.
    """
    now = clock.now()
    received_at = report.received_at if is_open else None
    began = received_at or clock.start_of(report.received_on)
    ended = clock.start_of(report.closed_on) if report.closed_on else now
    return ReportLine(
        id=report.id,
        number=report.number,
        kind=report.kind,
        state=report.state,
        named=report.member_id is not None,
        confidential=report.confidential,
        received_on=report.received_on,
        received_at=received_at,
        hours_open=handling.open_hours(began, ended),
        area_id=report.area_id,
        checkpoint_id=report.checkpoint_id if is_open else None,
        place=report.place if is_open else "",
        handler_id=report.handler_id,
        due_on=report.due_on,
        overdue=handling.overdue(
            report.kind, report.state, report.received_on, report.due_on, clock.local_date(now)
        ),
        follow_up_on=report.follow_up_on,
        responsible=report.responsible if is_open else "",
        deadline=report.deadline,
        recheck_on=report.recheck_on,
        passed_to=report.passed_to if is_open else "",
        verdict=report.verdict,
        duplicate_of=duplicate_of,
        version=report.version,
    )


def photo_ids(report_id: UUID) -> tuple[UUID, ...]:
    """The report's photos in their order."""
    query = sa.select(ReportPhoto.id).where(ReportPhoto.report_id == report_id).order_by(ReportPhoto.place)
    return tuple(db.session.scalars(query))


def steps_of(report_id: UUID) -> list[ReportStep]:
    """The steps of the desk, the oldest first."""
    query = sa.select(ReportStep).where(ReportStep.report_id == report_id).order_by(ReportStep.id)
    return list(db.session.scalars(query))


def were_withdrawn(reports: Iterable[Report]) -> set[UUID]:
    """Those of the transfers that paid the reports which were taken back."""
    paid = [each.transfer_id for each in reports if each.transfer_id is not None]
    return points.queries.taken_back(paid) if paid else set()


def number_of(report_id: UUID | None) -> int | None:
    """The number of a report, None for none."""
    if report_id is None:
        return None
    found: int | None = db.session.scalar(sa.select(Report.number).where(Report.id == report_id))
    return found


def fresh(query: Any) -> Any:
    """A query whose rows are read anew, whatever the session has seen."""
    return query.execution_options(populate_existing=True)
