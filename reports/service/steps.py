"""What every step of a report has in common: right, lock, version, record."""

from uuid import UUID

import sqlalchemy as sa

import members.queries
from core import audit, clock
from core.auth import Actor
from core.db import db, new_id
from reports.errors import OwnReport, ReportChanged, ReporterNeeded, ReportUnknown, WordsClosed
from reports.models import Report, ReportReading, ReportStep
from reports.rules import handling, texts


def require_handler(actor: Actor) -> UUID:
    """The id of the member who may handle reports. Raises the refusals of a missing right, `ReporterNeeded`."""
    actor.require("report.handle")
    if actor.member_id is None:
        raise ReporterNeeded
    return actor.member_id


def lock(report_id: UUID, version: int) -> Report:
    """The report, locked until the transaction ends, as it was when `version` was shown.

    Raises `ReportUnknown`, and `ReportChanged` when somebody else was faster.
    """
    query = sa.select(Report).where(Report.id == report_id).with_for_update()
    report = db.session.scalar(query.execution_options(populate_existing=True))
    if report is None:
        raise ReportUnknown
    if report.version != version:
        raise ReportChanged(version=report.version, state=report.state)
    return report


def check_not_own(report: Report, handler_id: UUID) -> None:
    """Raise `OwnReport` when the reporter is the handler or of his household."""
    if report.member_id is not None and report.member_id in members.queries.household_of(handler_id):
        raise OwnReport


def second_reader(report_id: UUID, handler_id: UUID | None) -> UUID | None:
    """Who has opened the words beside this handler, or None."""
    query = sa.select(ReportReading.reader_id).where(
        ReportReading.report_id == report_id, ReportReading.handler_id == handler_id
    )
    found: UUID | None = db.session.scalar(query)
    return found


def check_may_read(report: Report, reader_id: UUID) -> None:
    """Raise `WordsClosed` unless he may read the report: nobody decides about what he cannot know."""
    second = second_reader(report.id, report.handler_id) if report.confidential else None
    if not handling.may_read(report.confidential, reader_id, report.handler_id, second):
        raise WordsClosed


def record(actor: Actor, report: Report, step: str, public_note: str, note: str, **data: object) -> None:
    """Write the step into the report's course and into the audit log. Joins the caller's transaction."""
    report.version += 1
    values = {
        "id": new_id(),
        "report_id": report.id,
        "step": step,
        "actor_id": actor.member_id or actor.id,
        "at": clock.now(),
        "public_note": texts.clean_words(public_note, "public_note", texts.LONGEST_NOTE, required=False),
        "note": texts.clean_words(note, "note", texts.LONGEST_NOTE, required=False),
    }
    db.session.execute(sa.insert(ReportStep), values)
    # The number, not the words: auditors read this of confidential reports, too.
    audit.record(actor, f"report.{step}", "report", report.id, number=report.number, **data)
