"""Who came: by the changing code on the wall, or put on the list by hand; and who is taken off it again."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import members.queries
import members.service
from activities import queries, rules
from activities.errors import (
    ActivityFull,
    ActivityNotBegun,
    ActivityUnknown,
    AlreadyAttended,
    AttendanceRemoved,
    AttendanceUnknown,
    AttenderNotFound,
)
from activities.models import Attendance
from activities.rules import BY_CODE, BY_HAND, MOST_PEOPLE
from activities.service import records
from core import audit, clock, codes, receipts
from core.auth import Actor
from core.codes import Code, Kind
from core.config import settings
from core.db import execute, new_id, transactional
from core.receipts import Answer
from core.scans import Scan
from members.queries import MemberFacts

_attendance: sa.Table = Attendance.__table__  # type: ignore[assignment] # SQLAlchemy types it as FromClause


def code_of(actor: Actor, number: int) -> Code:
    """The changing code for the wall, as it is now; needs `activity.show`. Another one every 15 seconds.

    Raises `ActivityUnknown`, `ActivityCancelled`, `ActivityClosed`, `AttendanceEarly`, `AttendanceLate`.
    """
    return codes.activity_code(codes.keyring(settings()), _shown(actor, number), clock.now())


def typed_code_of(actor: Actor, number: int) -> Code:
    """The same for whoever cannot scan: short, another one every minute. Raises as `code_of` does."""
    return codes.typed_activity_code(codes.keyring(settings()), _shown(actor, number), clock.now())


def _shown(actor: Actor, number: int) -> int:
    actor.require("activity.show")
    line = queries.activity(number)
    records.check_planned(line)
    rules.check_door(line.title, line.starts_at, line.ends_at, clock.now())
    return rules.handle(number)


@transactional
def attend_by_code(actor: Actor, scan: Scan) -> dict[str, Any]:
    """Count the member in who scanned the activity's changing code. Only the server's clock is asked.

    Joins the transaction of the receipt; the answer for the gate. A scan sets nothing but that the member was there:
    points come with the closing. Raises `core.codes.CodeUnknown`, `CodeExpired`, `AttenderNeeded`, `ActivityUnknown`,
    `ActivityCancelled`, `ActivityClosed`, `AttendanceEarly`, `AttendanceLate`, `AlreadyAttended`, `AttendanceRemoved`,
    and what `members` says about members who may not act.
    """
    actor.require("activity.attend")
    member_id, at = records.himself(actor), scan.received_at
    number = queries.number_behind(scan.code, at)
    if number is None:
        raise ActivityUnknown
    # The member first: several phones of one member wait for each other here.
    member = members.queries.facts(member_id, lock=True)
    members.queries.require_active(member)
    found = records.planned(number, shared=True)
    rules.check_door(found.title, found.starts_at, found.ends_at, at)
    before = _of(found.id, member.id)
    if before is not None and before.removed_at is not None:
        raise AttendanceRemoved(activity=found.title)
    if before is not None:
        raise AlreadyAttended(activity=found.title, number=number)
    shown = {"typed": codes.is_typed_form(scan.code), "device_digest": scan.device_digest}
    _add(found, member, at, how=BY_CODE, added_by=None, **shown)
    return _counted(found, at)


def add_by_hand(
    actor: Actor,
    number: int,
    *,
    key: UUID,
    member_id: UUID | None = None,
    code: Code | None = None,
) -> Answer:
    """Put a member on the list who could not scan, by his id, or by his card or phone; once per key.

    Needs `activity.manage`, audited; marked as entered by hand, and so is its award. From half an hour before the
    beginning until the closing. Puts back who was taken off. Raises `AttenderNotFound`, `ActivityUnknown`,
    `ActivityCancelled`, `ActivityClosed`, `ActivityNotBegun`, `AlreadyAttended`, `ActivityFull`, and what `members`
    says about cards and about members who may not act.
    """
    actor.require("activity.manage")
    content = {"number": number, "member_id": member_id, "code": code.text if code else None}

    def work() -> dict[str, Any]:
        member = members.queries.facts(_whose(member_id, code), lock=True)
        members.queries.require_active(member)
        found, now = records.planned(number), clock.now()
        opens, closes = rules.door(found.starts_at, found.ends_at)
        if now < opens:
            raise ActivityNotBegun(activity=found.title, at=opens.isoformat())
        _put_on(actor, found, member, min(now, closes))
        what = {"number": number, "member": str(member.id)}
        audit.record(actor, "activity.attendance_added", records.SUBJECT, found.id, **what)
        return {"outcome": "added", "number": number, "member_id": str(member.id)}

    return receipts.once(key, actor, "activity.add", content, work)


def take_off(actor: Actor, number: int, *, key: UUID, member_id: UUID, reason: str) -> Answer:
    """Take a member off the list before the closing, with a reason, once per key; needs `activity.manage`, audited.

    Raises `ActivityInvalid`, `ActivityUnknown`, `ActivityCancelled`, `ActivityClosed`, `AttendanceUnknown`.
    """
    actor.require("activity.manage")
    clean = rules.clean_reason(reason)

    def work() -> dict[str, Any]:
        found = records.planned(number)
        before = _of(found.id, member_id)
        if before is None or before.removed_at is not None:
            raise AttendanceUnknown
        _write(before.id, removed_by=actor.member_id or actor.id, removed_at=clock.now(), reason=clean)
        what = {"number": number, "member": str(member_id), "reason": clean}
        audit.record(actor, "activity.attendance_removed", records.SUBJECT, found.id, **what)
        return {"outcome": "taken_off", "number": number, "member_id": str(member_id)}

    content = {"number": number, "member_id": member_id, "reason": clean}
    return receipts.once(key, actor, "activity.take_off", content, work)


def _whose(member_id: UUID | None, code: Code | None) -> UUID:
    if member_id is not None:
        return member_id
    if code is None or code.kind not in {Kind.CARD, Kind.PHONE}:
        raise AttenderNotFound(field="who")
    return members.service.read_member_code(code, clock.now()).id


def _of(activity_id: UUID, member_id: UUID) -> Any:
    mine = (_attendance.c.activity_id == activity_id) & (_attendance.c.member_id == member_id)
    return execute(sa.select(_attendance).where(mine)).one_or_none()


def _put_on(actor: Actor, found: Any, member: MemberFacts, at: datetime) -> None:
    before = _of(found.id, member.id)
    if before is not None and before.removed_at is None:
        raise AlreadyAttended(activity=found.title, number=found.number)
    answerable = actor.member_id or actor.id
    if before is not None:
        back = {"removed_by": None, "removed_at": None, "reason": "", "typed": None, "device_digest": None}
        _write(before.id, **back, how=BY_HAND, added_by=answerable)
        return
    _add(found, member, at, how=BY_HAND, added_by=answerable, typed=None, device_digest=None)


def _add(found: Any, member: MemberFacts, at: datetime, **came: str | bool | UUID | None) -> None:
    here = sa.select(sa.func.count()).select_from(_attendance).where(_attendance.c.activity_id == found.id)
    if int(execute(here).scalar_one()) >= MOST_PEOPLE:
        raise ActivityFull(activity=found.title, most=MOST_PEOPLE)
    row = {
        "id": new_id(),
        "activity_id": found.id,
        "member_id": member.id,
        "squad_id": member.squad_id,
        "came_at": at,
        **came,
        "merged_id": None,
        "reason": "",
        "outcome": "",
        "tries": 0,
        "points": 0,
        "service_minutes": 0,
        "refusal": "",
        "details": {},
    }
    execute(sa.insert(_attendance), row)


def _write(attendance_id: UUID, **values: object) -> None:
    execute(sa.update(_attendance).where(_attendance.c.id == attendance_id).values(**values))


def _counted(found: Any, at: datetime) -> dict[str, Any]:
    return {
        "outcome": "attended",
        "activity": found.title,
        "activity_number": found.number,
        "where": found.place,
        "happened_at": at.isoformat(),
        "points": None,
        "balance": None,
    }
