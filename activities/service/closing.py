"""The closing: what came of the activity is written down, and who came is awarded, each exactly once.

Activity, counters, awards and outcomes are one transaction under the activity's lock: two who close at once wait for
each other and the second hears that it is done; a process that dies half-way has done nothing.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final
from uuid import UUID, uuid5

import sqlalchemy as sa

import members.queries
import points.service
from activities import queries, rules
from activities.errors import ActivityNotBegun, ActivityNotClosed, AwardCalledOff, AwardDeclined
from activities.models import Activity, Attendance
from activities.rules import BY_CODE, CLOSED, Counters
from activities.service import records
from core import audit, clock, receipts
from core.auth import Actor
from core.db import execute
from core.errors import DomainError
from core.receipts import Answer
from points.service import AwardWish, Decided

_KEYS: Final = UUID("c7b0a1f4-6a0e-5d1d-9b57-2f6f6f2f8a17")
#: Refusals that pass when somebody else closes: nobody awards himself or his household.
NEED_ANOTHER: Final = frozenset({"award_to_oneself", "award_to_household"})
#: Refusals after which the time counts all the same, as on rounds: the member came, only the tariff pays no more.
CAPPED: Final = frozenset({"daily_cap_reached", "weekly_cap_reached"})
#: Two people have looked at it: trying again with the rest would only ask the second one once more.
DECLINED: Final = AwardDeclined.code
#: A line that counts for nothing.
_COUNTS_NOTHING: Final[dict[str, Any]] = {"outcome": "", "refusal": "", "details": {}, "service_minutes": 0}
_activity: sa.Table = Activity.__table__  # type: ignore[assignment] # SQLAlchemy types it as FromClause
_attendance: sa.Table = Attendance.__table__  # type: ignore[assignment] # SQLAlchemy types it as FromClause


def close_activity(actor: Actor, number: int, *, key: UUID, counters: Counters) -> Answer:
    """Close an activity that has begun, once: keep the counters, and award everybody who came by its rule.

    Needs `activity.manage` and `award.give`, audited. The answer counts `paid`, `requested` (a limit asks for a second
    coordinator) and `refused` (a cap is reached, somebody is no member any more, or it is the closer himself); the list
    says why. `merged` counts who came under a membership that was made one with another since: the one that remains is
    awarded, once. Raises `ActivityInvalid`, `ActivityUnknown`, `ActivityNotBegun`, `ActivityCancelled`,
    `ActivityClosed`.
    """
    actor.require("activity.manage")
    actor.require("award.give")
    clean = rules.clean_counters(counters)

    def work() -> dict[str, Any]:
        found, now = records.planned(number), clock.now()
        if now < found.starts_at:
            raise ActivityNotBegun(activity=found.title, at=found.starts_at.isoformat())
        merged = _count_once(actor, found, _list(found.id, ""))
        people = _list(found.id, "")
        ended = {"ended_by": actor.member_id or actor.id, "ended_at": now, "people": len(people)}
        records.write(found.id, state=CLOSED, version=found.version + 1, **asdict(clean), **ended)
        counts = _award(actor, found, people) | {"merged": merged}
        what = {"number": number, **asdict(clean), **counts}
        audit.record(actor, "activity.closed", records.SUBJECT, found.id, **what)
        return {"outcome": "closed", "number": number, **counts}

    return receipts.once(key, actor, "activity.close", {"number": number, **asdict(clean)}, work)


def award_rest(actor: Actor, number: int, *, key: UUID) -> Answer:
    """Try again for those whom the closing has refused an award, once per key: another coordinator for the closer.

    Needs `activity.manage` and `award.give`, audited. Counts as `close_activity` does. Raises `ActivityUnknown`,
    `ActivityNotClosed`, `ActivityCancelled`.
    """
    actor.require("activity.manage")
    actor.require("award.give")

    def work() -> dict[str, Any]:
        found = records.locked(number)
        if found.state != CLOSED:
            if found.state == rules.CANCELLED:
                records.check_planned(found)
            raise ActivityNotClosed(activity=found.title, number=number)
        merged = _count_once(actor, found, _list(found.id, "refused"))
        counts = _award(actor, found, _list(found.id, "refused")) | {"merged": merged}
        if merged:
            records.write(found.id, people=_heads(found.id))
        audit.record(actor, "activity.rest_awarded", records.SUBJECT, found.id, number=number, **counts)
        return {"outcome": "closed", "number": number, **counts}

    return receipts.once(key, actor, "activity.rest", {"number": number}, work)


def _list(activity_id: UUID, outcome: str) -> Sequence[Any]:
    here = (_attendance.c.activity_id == activity_id) & _attendance.c.removed_at.is_(None)
    query = sa.select(_attendance).where(
        here, _attendance.c.outcome == outcome, _attendance.c.refusal != DECLINED
    )
    rows: Sequence[Any] = execute(query.order_by(_attendance.c.came_at, _attendance.c.id)).all()
    return rows


def _count_once(actor: Actor, found: Any, people: Sequence[Any]) -> int:
    """Let each of `people` whose membership was made one with another since count for the one that remains; how many.

    Whoever came as both is one person who came: his second line is taken off the list, and if either was proved by the
    code, so is the one that stays.
    """
    kept_of = queries.remaining({each.member_id for each in people})
    if not kept_of:
        return 0
    theirs = _attendance.c.member_id.in_(sorted(set(kept_of.values())))
    query = sa.select(_attendance).where(_attendance.c.activity_id == found.id, theirs)
    here = {row.member_id: row for row in execute(query)}
    numbers = {each.id: each.number for each in members.queries.many_facts(kept_of.values()).values()}
    for line in people:
        kept = kept_of.get(line.member_id)
        if kept is None:
            continue
        own = here.get(kept)
        if own is None:
            here[kept] = line
            _write(line.id, member_id=kept, merged_id=line.member_id)
            continue
        undecided = own.outcome in {"", "refused"}
        shown = {"typed": line.typed, "device_digest": line.device_digest}
        by_code = {"how": BY_CODE, "added_by": None, **shown} if line.how == BY_CODE and undecided else {}
        if own.removed_at is None:
            _write(own.id, merged_id=line.member_id, **by_code)
        off = {"removed_by": actor.member_id or actor.id, "removed_at": clock.now()}
        _write(line.id, **_COUNTS_NOTHING, **off, merged_id=kept, reason=str(numbers[kept]))
    return sum(each.member_id in kept_of for each in people)


def _write(attendance_id: UUID, **values: object) -> None:
    execute(sa.update(_attendance).where(_attendance.c.id == attendance_id).values(**values))


def _heads(activity_id: UUID) -> int:
    here = (_attendance.c.activity_id == activity_id) & _attendance.c.removed_at.is_(None)
    return int(execute(sa.select(sa.func.count()).select_from(_attendance).where(here)).scalar_one())


def _award(actor: Actor, found: Any, people: Sequence[Any]) -> dict[str, int]:
    """Award each by the activity's rule through the one path of awards, and write down what came of it."""
    counts = Counter({"paid": 0, "requested": 0, "refused": 0})
    wishes = [_wish(found, each) for each in people]
    answers = points.service.award_many(actor, wishes) if wishes else []
    for person, answer in zip(people, answers, strict=True):
        values = _refused(answer) if isinstance(answer, DomainError) else _paid(answer.body)
        # Hours are for having come. Whom one person put on the list has none until a second one agrees.
        waits = values["outcome"] == "requested" and person.how != BY_CODE
        if values["refusal"] in CAPPED or not (waits or values["refusal"]):
            values["service_minutes"] = rules.service_minutes(found.starts_at, found.ends_at)
        counts[str(values["outcome"])] += 1
        mine = _attendance.c.id == person.id
        execute(sa.update(_attendance).where(mine).values(tries=person.tries + 1, **values))
    return dict(counts)


def _wish(found: Any, person: Any) -> AwardWish:
    return AwardWish(
        key=uuid5(_KEYS, f"{person.id}|{person.tries + 1}"),
        member_id=person.member_id,
        rule_code=found.rule_code,
        happened_at=found.starts_at,
        memo=found.title,
        activity_id=found.id if person.how == BY_CODE else None,
    )


def _paid(body: dict[str, Any]) -> dict[str, Any]:
    given = body["outcome"] == "awarded"
    return {
        "outcome": "paid" if given else "requested",
        "points": body["points"],
        "transfer_id": UUID(body["transfer_id"]) if given else None,
        "request_id": None if given else UUID(body["request_id"]),
        "refusal": "",
        "details": {},
    }


def _refused(refusal: DomainError) -> dict[str, Any]:
    return {"outcome": "refused", "refusal": refusal.code, "details": dict(refusal.data)}


def keep_decisions(decided: Sequence[Decided]) -> None:
    """Write down for those who came what a second coordinator, or the one who asked, decided about their awards.

    Joins the transaction of the decision. Who proved by the code that he came keeps the hours whatever is decided; who
    was put on the list by hand has them once somebody agrees.
    """
    by_request = {each.request_id: each for each in decided}
    times = (_activity.c.starts_at, _activity.c.ends_at)
    query = sa.select(_attendance.c.id, _attendance.c.request_id, _attendance.c.how, *times)
    query = query.join(_activity, _activity.c.id == _attendance.c.activity_id)
    for row in execute(query.where(_attendance.c.request_id.in_(sorted(by_request)))).all():
        minutes = rules.service_minutes(row.starts_at, row.ends_at)
        _write(row.id, request_id=None, **_after(by_request[row.request_id], row.how, minutes))


def _after(decided: Decided, how: str, minutes: int) -> dict[str, Any]:
    if decided.transfer_id is not None:
        return {"outcome": "paid", "transfer_id": decided.transfer_id, "service_minutes": minutes}
    refusal = AwardDeclined if decided.state == "declined" else AwardCalledOff
    return {
        "outcome": "refused",
        "points": 0,
        "refusal": refusal.code,
        "details": {"request": str(decided.request_id)},
        "service_minutes": minutes if how == BY_CODE else 0,
    }
