"""Who may read the words of a confidential report: its handler, and one more person who says why."""

from uuid import UUID

import sqlalchemy as sa

from core import audit, clock
from core.auth import Actor
from core.db import db, insert, new_id, transactional
from reports.errors import ReportUnknown, WordsClosed
from reports.models import Report, ReportReading
from reports.rules import texts
from reports.service import steps


@transactional
def open_words(actor: Actor, report_id: UUID, reason: str) -> None:
    """Let the actor read a confidential report that is somebody else's to handle; recorded and audited.

    Nothing happens for the handler and for a report that is not confidential. While it has the same handler one second
    person may; before it has one nobody may: take it first. Raises `WordsClosed`, `TextInvalid`, `ReportUnknown`.
    """
    reader_id = steps.require_handler(actor)
    query = sa.select(Report).where(Report.id == report_id).with_for_update()
    report = db.session.scalar(query.execution_options(populate_existing=True))
    if report is None:
        raise ReportUnknown
    if not report.confidential or report.handler_id == reader_id:
        return
    if report.handler_id is None:
        raise WordsClosed
    reason = texts.clean_line(reason, "reason", texts.LONGEST_REASON, required=True)
    steps.check_not_own(report, reader_id)
    reading = {
        "id": new_id(),
        "report_id": report.id,
        "handler_id": report.handler_id,
        "reader_id": reader_id,
        "reason": reason,
        "at": clock.now(),
    }
    statement = insert(ReportReading).values(**reading)
    statement = statement.on_conflict_do_nothing(index_elements=["report_id", "handler_id"])
    if db.session.execute(statement.returning(ReportReading.id)).first() is None:
        if steps.second_reader(report.id, report.handler_id) != reader_id:
            raise WordsClosed
        return
    audit.record(actor, "report.words_opened", "report", report.id, number=report.number, reason=reason)
