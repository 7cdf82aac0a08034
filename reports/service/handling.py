"""The desk takes a report through its course, step by step; each is audited and told to the reporter in plain words.

Every step names the `version` that was shown: of two coordinators who act at once one wins, the other hears
`ReportChanged`. All need `report.handle`, and all but `assign` the right to read the words (`WordsClosed`).
"""

from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa

import members.queries
from core import clock
from core.auth import Actor
from core.db import db, transactional
from reports import queries
from reports.errors import HandlerUnfit, NotADuplicate, NotAHazard, ReportUnknown, WordsClosed
from reports.models import Report
from reports.rules import handling, texts
from reports.service import steps


@transactional
def assign(
    actor: Actor,
    report_id: UUID,
    *,
    version: int,
    handler_id: UUID,
    due_on: date | None = None,
    public_note: str = "",
    note: str = "",
) -> None:
    """Give a report to somebody, or take it, with the day by which it should be done; also opens it again.

    Raises `ReportUnknown`, `ReportChanged`, `StepImpossible`, `DayInvalid`, `HandlerUnfit` (cannot handle reports, is
    not there, or is the reporter or of his household), `TextInvalid`. A confidential report is given away by its
    handler, or by an administrator who says why in `note`; anybody else could read it so (`WordsClosed`).
    """
    steps.require_handler(actor)
    report = steps.lock(report_id, version)
    handling.check_step(report.state, "assigned", report.kind)
    if report.confidential and report.handler_id not in {None, actor.member_id}:
        if not actor.may("role.manage"):
            raise WordsClosed
        texts.clean_words(note, "note", texts.LONGEST_NOTE)
    unfit = report.member_id in members.queries.household_of(handler_id) if report.member_id else False
    if unfit or not any(each.id == handler_id for each in queries.handlers()):
        raise HandlerUnfit(field="handler_id")
    report.due_on = handling.check_day(due_on, clock.today(), "due_on") or report.due_on
    report.handler_id, report.state, report.follow_up_on = handler_id, "assigned", None
    steps.record(
        actor, report, "assigned", public_note, note, handler=str(handler_id), due_on=str(report.due_on)
    )


@transactional
def check_on_site(
    actor: Actor, report_id: UUID, *, version: int, public_note: str = "", note: str = ""
) -> None:
    """Somebody has gone and looked.

    Raises `ReportUnknown`, `ReportChanged`, `StepImpossible`, `WordsClosed`, `OwnReport`, `TextInvalid`.
    """
    _move(actor, report_id, version, "checked", public_note, note)


@transactional
def resolve(actor: Actor, report_id: UUID, *, version: int, public_note: str = "", note: str = "") -> None:
    """The matter is settled; on the next day somebody asks whether it has held. Raises as `check_on_site` does."""
    _move(actor, report_id, version, "resolved", public_note, note)


@transactional
def pass_on(
    actor: Actor, report_id: UUID, *, version: int, passed_to: str, public_note: str = "", note: str = ""
) -> None:
    """Others are responsible and were told: `passed_to` names them, for the reporter too. Raises as `check_on_site`."""
    name = texts.clean_line(passed_to, "passed_to", texts.LONGEST_NAME, required=True)
    report = _move(actor, report_id, version, "passed_on", public_note, note)
    report.passed_to = name


@transactional
def follow_up(actor: Actor, report_id: UUID, *, version: int, public_note: str = "", note: str = "") -> None:
    """On the next day it was asked whether it has held. Raises `FollowUpTooEarly`, and as `check_on_site` does."""
    _move(actor, report_id, version, "followed_up", public_note, note)


@transactional
def close(actor: Actor, report_id: UUID, *, version: int, public_note: str = "", note: str = "") -> None:
    """The report is done with. Raises as `check_on_site` does."""
    _move(actor, report_id, version, "closed", public_note, note)


def _move(actor: Actor, report_id: UUID, version: int, wanted: str, public_note: str, note: str) -> Report:
    handler_id = steps.require_handler(actor)
    report = steps.lock(report_id, version)
    steps.check_not_own(report, handler_id)
    steps.check_may_read(report, handler_id)
    handling.check_step(report.state, wanted, report.kind)
    today = clock.today()
    if wanted == "followed_up":
        handling.check_follow_up(report.follow_up_on, today)
    report.state = wanted
    if wanted in {"resolved", "passed_on"}:
        report.follow_up_on = today + timedelta(days=1)
    elif wanted in {"followed_up", "closed"}:
        report.follow_up_on = None
    if wanted == "closed":
        report.closed_on = today
    steps.record(actor, report, wanted, public_note, note)
    return report


@transactional
def add_note(actor: Actor, report_id: UUID, *, version: int, public_note: str = "", note: str = "") -> None:
    """Tell the reporter something, or note it for the desk, without a step. Raises as `check_on_site` does."""
    handler_id = steps.require_handler(actor)
    report = steps.lock(report_id, version)
    steps.check_may_read(report, handler_id)
    if not public_note.strip():
        texts.clean_words(note, "note", texts.LONGEST_NOTE)
    steps.record(actor, report, "noted", public_note, note)


@transactional
def keep_hazard(
    actor: Actor,
    report_id: UUID,
    *,
    version: int,
    responsible: str,
    deadline: date | None,
    recheck_on: date | None,
    public_note: str = "",
) -> None:
    """Note who has to remove a hazard, by when, and when somebody looks again.

    Raises `NotAHazard`, `DayInvalid`, `TextInvalid`, `ReportUnknown`, `ReportChanged`, `WordsClosed`.
    """
    report = _hazard(report_id, version, steps.require_handler(actor))
    today = clock.today()
    report.responsible = texts.clean_line(responsible, "responsible", texts.LONGEST_NAME, required=True)
    report.deadline = handling.check_day(deadline, today, "deadline")
    report.recheck_on = handling.check_day(recheck_on or deadline, today, "recheck_on")
    steps.record(
        actor, report, "hazard", public_note, "", deadline=str(deadline), recheck_on=str(report.recheck_on)
    )


@transactional
def recheck(
    actor: Actor,
    report_id: UUID,
    *,
    version: int,
    fixed: bool,
    next_on: date | None = None,
    public_note: str = "",
    note: str = "",
) -> None:
    """Somebody has looked again: the hazard is gone, or it is looked at once more on `next_on` (default: tomorrow).

    Raises as `keep_hazard` does.
    """
    report = _hazard(report_id, version, steps.require_handler(actor))
    again = handling.check_day(next_on, clock.today(), "next_on") or clock.today() + timedelta(days=1)
    report.recheck_on = None if fixed else again
    steps.record(actor, report, "rechecked", public_note, note, fixed=fixed)


def _hazard(report_id: UUID, version: int, handler_id: UUID) -> Report:
    report = steps.lock(report_id, version)
    if report.kind != "hazard":
        raise NotAHazard
    steps.check_may_read(report, handler_id)
    return report


@transactional
def link_duplicate(
    actor: Actor, report_id: UUID, *, version: int, of_number: int, public_note: str = "", note: str = ""
) -> None:
    """Close a report that tells what another one tells, and link it to that (`of_number`).

    Raises `NotADuplicate`, `ReportUnknown`, `ReportChanged`, `OwnReport`, `WordsClosed`, `TextInvalid`.
    """
    handler_id = steps.require_handler(actor)
    report = steps.lock(report_id, version)
    steps.check_not_own(report, handler_id)
    steps.check_may_read(report, handler_id)
    first = db.session.scalar(sa.select(Report).where(Report.number == of_number))
    if first is None:
        raise ReportUnknown
    repeated = db.session.scalar(sa.select(Report.id).where(Report.duplicate_of_id == report.id).limit(1))
    if (
        report.state == "closed"
        or report.verdict == "useful"
        or first.id == report.id
        or first.kind != report.kind
        or first.duplicate_of_id is not None
        or repeated is not None
    ):
        raise NotADuplicate(field="of_number")
    report.duplicate_of_id, report.state, report.closed_on = first.id, "closed", clock.today()
    report.follow_up_on = report.recheck_on = None
    steps.record(actor, report, "duplicate", public_note, note, of=first.number)
