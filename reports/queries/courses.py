"""What reporters see: their own reports, and one report without a name by its number and password."""

import hmac
from uuid import UUID

import sqlalchemy as sa

from core import clock, paging
from core.auth import Actor
from core.db import db
from reports import secrets
from reports.errors import FollowRefused, ReportUnknown
from reports.models import Report
from reports.queries.facts import Course, Step, fresh, number_of, photo_ids, steps_of, were_withdrawn


def mine(member_id: UUID, *, cursor: str | None = None, limit: int = 20) -> paging.Page[Course]:
    """The member's reports by name, the newest first. Raises `CursorInvalid`."""
    query = sa.select(Report).where(Report.member_id == member_id).order_by(Report.id.desc())
    if cursor is not None:
        (text,) = paging.decode(cursor, str)
        query = query.where(Report.id < paging.identifier(text))
    limit = min(limit, paging.MOST_ITEMS)
    found = list(db.session.scalars(fresh(query.limit(limit + 1))))
    withdrawn = were_withdrawn(found[:limit])
    items = [_course(each, each.transfer_id in withdrawn) for each in found[:limit]]
    return paging.Page(items, paging.encode(items[-1].id) if len(found) > limit else None)


def course(actor: Actor, report_id: UUID) -> Course:
    """One report by name, for its reporter. Raises `ReportUnknown`."""
    report = db.session.scalar(fresh(sa.select(Report).where(Report.id == report_id)))
    if report is None or report.member_id is None or report.member_id != actor.member_id:
        raise ReportUnknown
    return _course(report, bool(were_withdrawn([report])))


def follow(number: int, password: str) -> Course:
    """A report without a name, for who has its number and password. Raises `FollowRefused`, whichever is wrong."""
    return _course(row_followed(number, password), False)


def row_followed(number: int, password: str) -> Report:
    """The row behind `follow`, for the services of this package. Raises `FollowRefused`."""
    typed = secrets.read_password(password) or ""
    report: Report | None = db.session.scalar(fresh(sa.select(Report).where(Report.number == number)))
    kept = (report.password_digest if report is not None else None) or ""
    # Both are digests under a key of ours, so their comparison tells nothing by its time.
    if report is None or not kept or not hmac.compare_digest(kept.encode(), typed.encode()):
        raise FollowRefused(field="password")
    return report


def _course(report: Report, withdrawn: bool) -> Course:
    named = report.member_id is not None
    return Course(
        id=report.id,
        number=report.number,
        kind=report.kind,
        state=report.state,
        received_on=report.received_on,
        received_at=report.received_at,
        area_id=report.area_id,
        place=report.place,
        words=report.words,
        answers=dict(report.answers),
        confidential=report.confidential,
        photo_ids=photo_ids(report.id),
        due_on=report.due_on,
        passed_to=report.passed_to,
        closed_on=report.closed_on,
        duplicate_of=number_of(report.duplicate_of_id),
        verdict=report.verdict,
        points=report.points,
        withdrawn=withdrawn,
        rule_code=report.rule_code,
        collect_from=report.collect_from,
        steps=tuple(
            Step(each.step, clock.local_date(each.at), each.at if named else None, None, each.public_note, "")
            for each in steps_of(report.id)
        ),
    )
