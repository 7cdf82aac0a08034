"""Who signed up, who came, and what a member has attended."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa

import members.queries
from activities import rules
from activities.models import Activity, Attendance, SignUp
from core import paging
from core.db import db
from core.paging import Page
from points.queries import OddAwards


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendanceLine:
    """One who came. `outcome` is empty before the closing, then paid, requested or refused (`refusal`, `details`).

    `merged_id`: he was registered twice, and came as that membership (of one taken off: is counted with it).
    `typed`: the code was typed, not scanned (None: by hand, or not known). `at_once`: typed within seconds of several
    others; `one_device`: with a phone with which others came in, too. Both for somebody to look at, no reproach.
    """

    member_id: UUID
    name: str
    number: int
    squad: str
    came_at: datetime
    how: str
    typed: bool | None
    at_once: bool
    one_device: bool
    added_by: UUID | None
    merged_id: UUID | None
    removed_at: datetime | None
    removed_by: UUID | None
    reason: str
    outcome: str
    points: int
    transfer_id: UUID | None
    request_id: UUID | None
    refusal: str
    details: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAttendance:
    """An activity that a member has attended, as he may read it."""

    number: int
    title: str
    place: str
    kind: str
    starts_at: datetime
    ends_at: datetime
    state: str
    how: str
    outcome: str
    points: int
    service_minutes: int
    transfer_id: UUID | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a member stands to one activity: whether he is signed up, and his attendance (None: not there)."""

    signed_up: bool = False
    came_at: datetime | None = None
    taken_off: bool = False
    outcome: str = ""
    points: int = 0
    transfer_id: UUID | None = None
    refusal: str = ""
    details: dict[str, Any] | None = None


def attendance(activity_id: UUID) -> list[AttendanceLine]:
    """All who came, those who were taken off among them, the last to come first; names are those of today."""
    query = sa.select(Attendance).where(Attendance.activity_id == activity_id)
    found = db.session.scalars(query.order_by(Attendance.came_at.desc(), Attendance.id.desc())).all()
    people = members.queries.many_facts(each.member_id for each in found)
    squads = {each.id: each.name for each in members.queries.squads()}
    odd = odd_arrivals(found, {each: people[each].helper_id for each in people})
    told = {"name", "number", "squad", "at_once", "one_device"}
    own = [name for name in AttendanceLine.__dataclass_fields__ if name not in told]
    return [
        AttendanceLine(
            name=people[each.member_id].name,
            number=people[each.member_id].number,
            squad=squads.get(each.squad_id, "") if each.squad_id else "",
            at_once=each.member_id in odd["typed"],
            one_device=each.member_id in odd["device"],
            **{name: getattr(each, name) for name in own},
        )
        for each in found
    ]


def odd_arrivals(
    lines: Iterable[Attendance], helpers: Mapping[UUID, UUID | None]
) -> dict[Literal["typed", "device"], set[UUID]]:
    """Of those who came to one activity and were not taken off: who typed at once with others, who shared a phone."""
    here = [
        rules.Arrival(
            each.member_id,
            helpers.get(each.member_id) or each.member_id,
            each.came_at,
            each.typed,
            each.device_digest,
        )
        for each in lines
        if each.removed_at is None
    ]
    return {"typed": rules.typed_at_once(here), "device": rules.with_one_device(here)}


def odd_attendance(since: datetime) -> list[OddAwards]:
    """What is odd about who came to activities that have begun since then (aware), for the desk's list."""
    activity = sa.select(Activity.id, Activity.number, Activity.title).where(
        Activity.state.in_((rules.PLANNED, rules.CLOSED)), Activity.starts_at >= since
    )
    known = {row.id: row for row in db.session.execute(activity)}
    query = sa.select(Attendance).where(
        Attendance.activity_id.in_(sorted(known)),
        Attendance.removed_at.is_(None),
        Attendance.typed | Attendance.device_digest.is_not(None),
    )
    by_activity: dict[UUID, list[Attendance]] = {}
    for each in db.session.scalars(query):
        by_activity.setdefault(each.activity_id, []).append(each)
    found = []
    for activity_id, lines in by_activity.items():
        facts = members.queries.many_facts(each.member_id for each in lines)
        for kind, people in odd_arrivals(lines, {each: facts[each].helper_id for each in facts}).items():
            if people:
                last_at = max(each.came_at for each in lines if each.member_id in people)
                points = sum(each.points for each in lines if each.member_id in people)
                row = known[activity_id]
                odd = OddAwards(kind, tuple(sorted(people)), len(people), points, last_at)
                found.append(replace(odd, about=row.title, activity_number=row.number))
    return found


def came(activity_id: UUID) -> list[UUID]:
    """Who came and was not taken off the list, in the order of coming."""
    here = (Attendance.activity_id == activity_id) & Attendance.removed_at.is_(None)
    query = sa.select(Attendance.member_id).where(here).order_by(Attendance.came_at, Attendance.id)
    return list(db.session.scalars(query))


def latest_names(activity_id: UUID, most: int = 6) -> list[str]:
    """Names of those who came last, the last first."""
    query = sa.select(Attendance.member_id).where(
        Attendance.activity_id == activity_id, Attendance.removed_at.is_(None)
    )
    ids = list(
        db.session.scalars(query.order_by(Attendance.came_at.desc(), Attendance.id.desc()).limit(most))
    )
    people = members.queries.many_facts(ids)
    return [people[each].name for each in ids]


def remaining(member_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Those of the memberships that were made one with another → the one that remains, at the end of the chain."""
    merge = members.queries.merges_in_force().subquery()
    found: dict[UUID, UUID] = {}
    asked = set(member_ids)
    while asked:
        query = sa.select(merge.c.gone_id, merge.c.kept_id).where(merge.c.gone_id.in_(sorted(asked)))
        step = {row.gone_id: row.kept_id for row in db.session.execute(query)}
        found |= step
        asked = set(step.values()) - found.keys()
    for gone in found:
        while found[gone] in found:
            found[gone] = found[found[gone]]
    return {gone: kept for gone, kept in found.items() if gone in member_ids}


def sign_ups(activity_id: UUID) -> list[members.queries.MemberFacts]:
    """Who means to come, in the order of signing up."""
    query = sa.select(SignUp.member_id).where(SignUp.activity_id == activity_id)
    ids = list(db.session.scalars(query.order_by(SignUp.at, SignUp.member_id)))
    people = members.queries.many_facts(ids)
    return [people[each] for each in ids]


def signed_up_of(member_id: UUID, activity_ids: Collection[UUID]) -> set[UUID]:
    """Those of the activities that the member has signed up for."""
    query = sa.select(SignUp.activity_id).where(
        SignUp.member_id == member_id, SignUp.activity_id.in_(sorted(activity_ids))
    )
    return set(db.session.scalars(query))


def standing(activity_id: UUID, member_id: UUID) -> Standing:
    """How the member stands to the activity."""
    mine = (SignUp.activity_id == activity_id) & (SignUp.member_id == member_id)
    signed_up = db.session.scalar(sa.select(SignUp.at).where(mine)) is not None
    query = sa.select(Attendance).where(
        Attendance.activity_id == activity_id, Attendance.member_id == member_id
    )
    came = db.session.scalar(query)
    if came is None:
        return Standing(signed_up)
    return Standing(
        signed_up,
        came.came_at,
        came.removed_at is not None,
        came.outcome,
        came.points,
        came.transfer_id,
        came.refusal,
        dict(came.details),
    )


def attended(member_id: UUID, *, cursor: str | None = None, limit: int = 50) -> Page[OwnAttendance]:
    """What the member has attended, newest first. Raises `core.paging.CursorInvalid`."""
    limit = max(1, min(limit, paging.MOST_ITEMS))
    activity = ("number", "title", "place", "kind", "starts_at", "ends_at", "state")
    own = ("how", "outcome", "points", "service_minutes", "transfer_id")
    query = (
        sa.select(
            *(getattr(Activity, name) for name in activity),
            *(getattr(Attendance, name) for name in own),
            Attendance.came_at,
        )
        .join(Activity, Activity.id == Attendance.activity_id)
        .where(Attendance.member_id == member_id, Attendance.removed_at.is_(None))
        .order_by(Attendance.came_at.desc(), Activity.number.desc())
        .limit(limit + 1)
    )
    if cursor is not None:
        at, number = paging.decode(cursor, str, int)
        last = sa.tuple_(sa.literal(paging.moment(at), Attendance.came_at.type), number)
        query = query.where(sa.tuple_(Attendance.came_at, Activity.number) < last)
    rows = db.session.execute(query).all()
    more = None
    if len(rows) > limit:
        more = paging.encode(rows[limit - 1].came_at.isoformat(), rows[limit - 1].number)
    items = [
        OwnAttendance(**{name: getattr(row, name) for name in (*activity, *own)}) for row in rows[:limit]
    ]
    return Page(items, more)


def service_minutes(member_id: UUID, start: datetime, until: datetime) -> int:
    """Minutes of service at activities that were awarded, begun in the half-open interval."""
    query = (
        sa.select(sa.func.coalesce(sa.func.sum(Attendance.service_minutes), 0))
        .join(Activity, Activity.id == Attendance.activity_id)
        .where(Attendance.member_id == member_id, Activity.starts_at >= start, Activity.starts_at < until)
    )
    return int(db.session.scalar(query) or 0)
