"""The second pair of eyes: awards above a limit pay when another coordinator agrees."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import members.queries
from core import audit, clock
from core.auth import Actor
from core.db import execute
from core.receipts import Answer, once
from points import ledger, queries, rules
from points.errors import AwardNeedsPerson, AwardRequestClosed, AwardRequestNotOwn, ReasonMissing
from points.models import AwardRequest
from points.queries import AwardRequestLine
from points.service.paying import Deed, earning, terms_of


def second_award(actor: Actor, *, key: UUID, request_id: UUID) -> Answer:
    """Agree to an award that somebody else has entered, and pay it, once; needs `award.second`, audited.

    The award stands in the books under its requester; the request that it names tells who agreed. It pays by the
    version of the rule that was requested, if the caps still allow it. Raises `AwardRequestUnknown`,
    `AwardRequestClosed`, `SecondIsFirst`, `AwardToOneself`, `AwardToHousehold`, the member's `MemberOnLeave` and so on,
    `DailyCapReached`, `WeeklyCapReached`.
    """
    return _decide(actor, key, request_id, "award.second", "", _agree)


def decline_award(actor: Actor, *, key: UUID, request_id: UUID, reason: str) -> Answer:
    """Decline an award that somebody else has entered, with a reason; needs `award.second`, audited.

    Raises `ReasonMissing`, `MemoInvalid`, and as `second_award` does about who may decide.
    """
    reason = rules.clean_memo(reason, "reason")
    if not reason:
        raise ReasonMissing(field="reason")
    return _decide(actor, key, request_id, "award.decline", reason, _decline)


def cancel_award(actor: Actor, *, key: UUID, request_id: UUID) -> Answer:
    """Call off one's own request while it waits; needs `award.give`, audited.

    Raises `AwardRequestUnknown`, `AwardRequestNotOwn`, `AwardRequestClosed`.
    """
    return _decide(actor, key, request_id, "award.cancel", "", _cancel)


Step = Callable[[Actor, UUID, AwardRequestLine], UUID | None]


def _decide(actor: Actor, key: UUID, request_id: UUID, action: str, reason: str, step: Step) -> Answer:
    def work() -> dict[str, Any]:
        actor.require("award.give" if action == "award.cancel" else "award.second")
        if actor.member_id is None:
            raise AwardNeedsPerson
        request = queries.award_request(request_id, lock=True)
        if request.state != "waiting":
            raise AwardRequestClosed(state=request.state)
        transfer_id = step(actor, key, request)
        state = {"award.second": "agreed", "award.decline": "declined", "award.cancel": "cancelled"}[action]
        _close(request_id, state, actor.member_id, reason, transfer_id)
        audit.record(
            actor,
            action,
            "member",
            request.member_id,
            request=str(request_id),
            requested_by=str(request.requested_by),
            transfer=str(transfer_id) if transfer_id else None,
            rule=request.rule.code,
            points=request.points,
        )
        return {
            "outcome": state,
            "request_id": str(request_id),
            "transfer_id": str(transfer_id) if transfer_id else None,
            "member_id": str(request.member_id),
            "points": request.points,
        }

    return once(key, actor, action, {"request_id": request_id, "reason": reason}, work)


def _agree(actor: Actor, key: UUID, request: AwardRequestLine) -> UUID:
    _check_second(actor, request)
    members.queries.require_active(members.queries.facts(request.member_id))
    books = ledger.lock([ledger.member(request.member_id)], lots=False)
    # Looked at again: others may have awarded the same deed while this one waited.
    terms_of(ledger.member(request.member_id), request.rule.code, clock.local_date(request.happened_at))
    now = clock.now()
    deed = Deed(
        member_id=request.member_id,
        squad_id=request.squad_id,
        rule_code=request.rule.code,
        happened_at=request.happened_at,
        subject_type="award",
        subject_id=request.id,
        memo=request.memo,
    )
    paid = earning(deed, request.rule, key, request.requested_by, now, clock.local_date(now))
    transfer_id = books.post(paid)
    ledger.write(books)
    return transfer_id


def _decline(actor: Actor, _key: UUID, request: AwardRequestLine) -> None:
    _check_second(actor, request)


def _cancel(actor: Actor, _key: UUID, request: AwardRequestLine) -> None:
    if request.requested_by != actor.member_id:
        raise AwardRequestNotOwn


def _check_second(actor: Actor, request: AwardRequestLine) -> None:
    assert actor.member_id is not None  # noqa: S101 - tells the type checker what was asked before
    household = members.queries.household_of(request.member_id)
    rules.check_second(request.requested_by, actor.member_id, request.member_id, household)


def _close(request_id: UUID, state: str, by: UUID, reason: str, transfer_id: UUID | None) -> None:
    execute(
        sa.update(AwardRequest)
        .where(AwardRequest.id == request_id)
        .values(state=state, decided_by=by, decided_at=clock.now(), reason=reason, transfer_id=transfer_id)
    )
