"""What the desk does with reports."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import reports.service
from core.answers import AGAIN, answered
from core.auth import current_actor, requires
from reports import queries
from reports.api.blueprint import api
from reports.schemas.reports import (
    DeskReportOut,
    DuplicateIn,
    HazardIn,
    JudgeReportIn,
    OpenWordsIn,
    RecheckIn,
    ReportAssignIn,
    ReportCountsOut,
    ReportFiguresIn,
    ReportFiguresOut,
    ReportJudgedOut,
    ReportsIn,
    ReportsOut,
    ReportStepIn,
)

_STEPS: dict[str, Callable[..., None]] = {
    "checked": reports.service.check_on_site,
    "resolved": reports.service.resolve,
    "followed_up": reports.service.follow_up,
    "closed": reports.service.close,
    "noted": reports.service.add_note,
}


@api.route("/reports", methods=["GET"])
@api.arguments(ReportsIn, location="query")
@api.response(200, ReportsOut)
@requires("report.read")
def get_reports(wish: dict[str, Any]) -> Any:
    """Reports of one tab of the desk; nothing of their words."""
    return queries.desk_list(current_actor(), **wish)


@api.route("/reports/counts", methods=["GET"])
@api.response(200, ReportCountsOut)
@requires("report.read")
def get_counts() -> Any:
    """How many reports stand in each tab."""
    return queries.desk_counts(current_actor())


@api.route("/reports/figures", methods=["GET"])
@api.arguments(ReportFiguresIn, location="query")
@api.response(200, ReportFiguresOut)
@requires("report.read")
def get_figures(period: dict[str, Any]) -> Any:
    """Figures of a period."""
    return queries.figures(**period)


@api.route("/reports/<uuid:report_id>", methods=["GET"])
@api.response(200, DeskReportOut)
@requires("report.read")
def get_report(report_id: UUID) -> Any:
    """One report; of a confidential one the words only for who may read them."""
    return queries.desk_report(current_actor(), report_id)


@api.route("/reports/<uuid:report_id>/assign", methods=["POST"])
@api.arguments(ReportAssignIn)
@api.response(200, DeskReportOut)
@requires("report.handle")
def post_assign(payload: dict[str, Any], report_id: UUID) -> Any:
    """Give the report to somebody, or take it."""
    reports.service.assign(current_actor(), report_id, **payload)
    return queries.desk_report(current_actor(), report_id)


@api.route("/reports/<uuid:report_id>/steps", methods=["POST"])
@api.arguments(ReportStepIn)
@api.response(200, DeskReportOut)
@requires("report.handle")
def post_step(payload: dict[str, Any], report_id: UUID) -> Any:
    """Take the next step, or leave a note."""
    step, passed_to = payload.pop("step"), payload.pop("passed_to")
    if step == "passed_on":
        reports.service.pass_on(current_actor(), report_id, passed_to=passed_to, **payload)
    else:
        _STEPS[step](current_actor(), report_id, **payload)
    return queries.desk_report(current_actor(), report_id)


@api.route("/reports/<uuid:report_id>/hazard", methods=["PUT"])
@api.arguments(HazardIn)
@api.response(200, DeskReportOut)
@requires("report.handle")
def put_hazard(payload: dict[str, Any], report_id: UUID) -> Any:
    """Note who has to remove the hazard, by when, and when somebody looks again."""
    reports.service.keep_hazard(current_actor(), report_id, **payload)
    return queries.desk_report(current_actor(), report_id)


@api.route("/reports/<uuid:report_id>/recheck", methods=["POST"])
@api.arguments(RecheckIn)
@api.response(200, DeskReportOut)
@requires("report.handle")
def post_recheck(payload: dict[str, Any], report_id: UUID) -> Any:
    """Tell what was seen when somebody looked again."""
    reports.service.recheck(current_actor(), report_id, **payload)
    return queries.desk_report(current_actor(), report_id)


@api.route("/reports/<uuid:report_id>/duplicate", methods=["POST"])
@api.arguments(DuplicateIn)
@api.response(200, DeskReportOut)
@requires("report.handle")
def post_duplicate(payload: dict[str, Any], report_id: UUID) -> Any:
    """Close a report that repeats another one."""
    reports.service.link_duplicate(current_actor(), report_id, **payload)
    return queries.desk_report(current_actor(), report_id)


@api.route("/reports/<uuid:report_id>/words", methods=["POST"])
@api.arguments(OpenWordsIn)
@api.response(200, DeskReportOut)
@requires("report.handle")
def post_words(payload: dict[str, Any], report_id: UUID) -> Any:
    """Open the words of a confidential report as its second person; who and why is recorded."""
    reports.service.open_words(current_actor(), report_id, payload["reason"])
    return queries.desk_report(current_actor(), report_id)


@api.route("/reports/<uuid:report_id>/judgement", methods=["POST"])
@api.arguments(JudgeReportIn)
@api.response(201, ReportJudgedOut)
@api.alt_response(200, schema=ReportJudgedOut, description=AGAIN)
@requires("report.handle")
def post_judgement(payload: dict[str, Any], report_id: UUID) -> tuple[dict[str, Any], int]:
    """Say whether a report was useful, once."""
    return answered(reports.service.judge_useful(current_actor(), report_id=report_id, **payload))
