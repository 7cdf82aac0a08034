"""What the desk sees of reports: lists, counts, one report with or without its words, photos."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

import members.queries
from core import clock, paging
from core.auth import Actor
from core.db import db
from members.queries import MemberFacts
from reports.errors import PhotoUnknown, ReportUnknown
from reports.models import WAITING, Report, ReportPhoto, ReportReading
from reports.queries.facts import (
    ReportLine,
    Step,
    fresh,
    line,
    number_of,
    photo_ids,
    steps_of,
    were_withdrawn,
)
from reports.rules import handling
from reports.rules.kinds import KINDS

#: Lists of the desk: nobody's yet, mine, late, to be looked at again or asked about today, open, closed.
TABS = ("new", "mine", "overdue", "recheck", "open", "closed")
#: A hazard may be closed at the desk and still wait to be looked at again.
_IS_WAITING = sa.text(f"({WAITING})")
_OVERNIGHT = tuple(kind.code for kind in KINDS.values() if kind.overnight)


@dataclass(frozen=True, slots=True)
class Reading:
    """That somebody beside the handler has opened the words, and why."""

    reader_id: UUID
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DeskReport:
    """A report as the desk sees it. Unless `words_open`, words, answers, photos, notes, reporter, place and the times
    of its course are withheld, and it can only be taken. `withdrawn`: its points were taken back.
    """

    line: ReportLine
    words_open: bool
    words: str | None
    answers: dict[str, str] | None
    photo_ids: tuple[UUID, ...]
    reporter_id: UUID | None
    points: int
    withdrawn: bool
    rule_code: str | None
    collect_from: date | None
    steps: tuple[Step, ...]
    readings: tuple[Reading, ...]
    next_steps: tuple[str, ...]


def handlers() -> list[MemberFacts]:
    """Members who may handle reports and are there, by name."""
    found = {
        each.id: each
        for role in ("coordinator", "administrator")
        for each in members.queries.holders_of(role)
        if each.status == "active"
    }
    return sorted(found.values(), key=lambda each: (each.name, each.id))


def require_desk(actor: Actor) -> None:
    """Raise the refusal of a missing right unless the actor handles reports or audits them."""
    if not actor.may("report.handle"):
        actor.require("report.read")


def _condition(tab: str, actor: Actor, today: date) -> sa.ColumnElement[bool]:
    still_open = Report.state.in_(handling.OPEN_STATES)
    mine = Report.handler_id == actor.member_id
    late = (Report.due_on < today) | (Report.kind.in_(_OVERNIGHT) & (Report.received_on < today))
    conditions: dict[str, sa.ColumnElement[bool]] = {
        "new": Report.state == "received",
        "mine": mine & (Report.state != "closed"),
        "in_hand": mine & still_open,
        "overdue": still_open & late,
        "recheck": (Report.recheck_on <= today) | (Report.follow_up_on <= today),
        "open": Report.state != "closed",
        "closed": Report.state == "closed",
    }
    return conditions[tab]


def desk_counts(actor: Actor) -> dict[str, int]:
    """Tab → how many reports stand in it, without the closed ones; "in_hand": mine that are not dealt with yet.

    Raises the refusal of a missing right.
    """
    require_desk(actor)
    today = clock.today()
    tabs = [*(tab for tab in TABS if tab != "closed"), "in_hand"]
    counted = (
        sa.func.coalesce(sa.func.sum(sa.case((_condition(tab, actor, today), 1), else_=0)), 0) for tab in tabs
    )
    row = db.session.execute(sa.select(*counted).select_from(Report).where(_IS_WAITING)).one()
    return {tab: int(count) for tab, count in zip(tabs, row, strict=True)}


def desk_list(
    actor: Actor,
    *,
    tab: str = "open",
    kind: str | None = None,
    area_id: UUID | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> paging.Page[ReportLine]:
    """Reports of one tab: the oldest first, closed ones the newest first. Raises `CursorInvalid`, a missing right."""
    require_desk(actor)
    newest_first = tab == "closed"
    keys = (Report.received_on, Report.id)
    query = sa.select(Report).where(_condition(tab, actor, clock.today()))
    if not newest_first:
        query = query.where(_IS_WAITING)
    query = query.order_by(*(key.desc() if newest_first else key for key in keys))
    if kind is not None:
        query = query.where(Report.kind == kind)
    if area_id is not None:
        query = query.where(Report.area_id == area_id)
    if cursor is not None:
        after = sa.tuple_(
            *(sa.literal(each, key.type) for each, key in zip(_after(cursor), keys, strict=True))
        )
        here = sa.tuple_(*keys)
        query = query.where(here < after if newest_first else here > after)
    limit = min(limit, paging.MOST_ITEMS)
    found = list(db.session.scalars(fresh(query.limit(limit + 1))))
    first = _numbers([each.duplicate_of_id for each in found if each.duplicate_of_id])
    closed = _closed_words(actor, found[:limit])
    items = [
        line(
            each,
            first.get(each.duplicate_of_id) if each.duplicate_of_id else None,
            is_open=each.id not in closed,
        )
        for each in found[:limit]
    ]
    more = len(found) > limit
    return paging.Page(items, paging.encode(items[-1].received_on, items[-1].id) if more else None)


def _after(cursor: str) -> tuple[date, UUID]:
    day, report_id = paging.decode(cursor, str, str)
    try:
        return date.fromisoformat(day), UUID(report_id)
    except ValueError as error:
        raise paging.CursorInvalid(field="cursor") from error


def _numbers(ids: list[UUID]) -> dict[UUID, int]:
    query = sa.select(Report.id, Report.number).where(Report.id.in_(ids))
    return {row.id: row.number for row in db.session.execute(query)}


def desk_report(actor: Actor, report_id: UUID) -> DeskReport:
    """One report for the desk; its words only for who may read them. Raises `ReportUnknown`, a missing right."""
    require_desk(actor)
    report = db.session.scalar(fresh(sa.select(Report).where(Report.id == report_id)))
    if report is None:
        raise ReportUnknown
    readings = tuple(_readings(report.id))
    is_open = _may_read(actor, report)
    return DeskReport(
        line=line(report, number_of(report.duplicate_of_id), is_open=is_open),
        words_open=is_open,
        words=report.words if is_open else None,
        answers=dict(report.answers) if is_open else None,
        photo_ids=photo_ids(report.id) if is_open else (),
        reporter_id=report.member_id if is_open else None,
        points=report.points,
        withdrawn=bool(were_withdrawn([report])),
        rule_code=report.rule_code,
        collect_from=report.collect_from,
        steps=tuple(
            Step(
                each.step,
                clock.local_date(each.at),
                each.at if is_open else None,
                each.actor_id,
                each.public_note if is_open else "",
                each.note if is_open else "",
            )
            for each in steps_of(report.id)
        ),
        readings=readings,
        next_steps=_next_steps(actor, report, is_open),
    )


def by_number(actor: Actor, number: int) -> UUID:
    """The id of the report with this number, for the desk. Raises `ReportUnknown`, a missing right."""
    require_desk(actor)
    found = db.session.scalar(sa.select(Report.id).where(Report.number == number))
    if found is None:
        raise ReportUnknown
    return found


def _readings(report_id: UUID) -> list[Reading]:
    query = sa.select(ReportReading).where(ReportReading.report_id == report_id).order_by(ReportReading.id)
    return [Reading(each.reader_id, each.reason, each.at) for each in db.session.scalars(query)]


def _next_steps(actor: Actor, report: Report, is_open: bool) -> tuple[str, ...]:
    """The states to which this reader can take it: unread it can only be given to somebody."""
    if not actor.may("report.handle"):
        return ()
    possible = handling.next_steps(report.state, report.kind)
    return possible if is_open else tuple(state for state in possible if state == "assigned")


def _may_read(actor: Actor, report: Report) -> bool:
    return not _closed_words(actor, [report])


def _closed_words(actor: Actor, reports: Sequence[Report]) -> set[UUID]:
    """Those of the reports whose words this reader may not read."""
    closed = [each for each in reports if each.confidential]
    # An auditor reads no confidential words, not even when he once handled the report.
    if not closed or not actor.may("report.handle"):
        return {each.id for each in closed}
    query = sa.select(ReportReading.report_id, ReportReading.handler_id, ReportReading.reader_id).where(
        ReportReading.report_id.in_([each.id for each in closed])
    )
    second = {(row.report_id, row.handler_id): row.reader_id for row in db.session.execute(query)}
    return {
        each.id
        for each in closed
        if not handling.may_read(
            True, actor.member_id, each.handler_id, second.get((each.id, each.handler_id))
        )
    }


def photo(actor: Actor, photo_id: UUID) -> tuple[str, bytes]:
    """Media type and content of a photo, for its reporter (by name) and for who may read the words.

    Raises `PhotoUnknown`.
    """
    query = (
        sa.select(ReportPhoto, Report)
        .join(Report, Report.id == ReportPhoto.report_id)
        .where(ReportPhoto.id == photo_id)
    )
    row = db.session.execute(fresh(query)).one_or_none()
    if row is None:
        raise PhotoUnknown
    picture, report = row
    own = report.member_id is not None and report.member_id == actor.member_id
    staff = actor.may("report.handle") or actor.may("report.read")
    if not own and not (staff and _may_read(actor, report)):
        raise PhotoUnknown
    return picture.media_type, picture.content
