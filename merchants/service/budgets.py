"""Budgets that the desk grants to shops: up to a limit by one coordinator, above it when a second one agrees."""

import contextlib
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import members.queries
from core import clock
from core.auth import Actor
from core.config import settings
from core.db import db
from core.receipts import Answer, once
from merchants import queries
from merchants.errors import (
    BudgetNotEnough,
    BudgetRequestClosed,
    BudgetRequesterChanged,
    BudgetRequestNotOwn,
    BudgetRequestUnknown,
    BudgetSecondIsFirst,
)
from merchants.models import BudgetChange, BudgetRequest, Merchant
from merchants.rules import giving as rules
from merchants.rules.shops import check_points, clean_reason, require_partner
from merchants.rules.values import WAITING
from merchants.service.common import is_own_shop, lock_shop, record, require_disinterested
from points import queries as points_queries
from points import service as points_service
from points.errors import PointsNotEnough


def grant_shop_budget(actor: Actor, *, key: UUID, merchant_id: UUID, points: int, reason: str) -> Answer:
    """Put points into a shop's budget; needs `shop.manage` and a reason, once per key, audited.

    Above a limit (`ALLIANCE_SHOP_BUDGET_…`) nothing moves: the answer's `outcome` is then "budget_requested" instead of
    "budget_granted", and the grant waits for a second coordinator. Nobody grants to the shop at which he works. Raises
    `OwnShop`, `ShopClosedNow`, `ShopUnknown`, `AmountInvalid`, `ShopReasonMissing`, `MemoHoldsNumber`.
    """
    check_points(points)
    reason = points_queries.clean_memo(clean_reason(reason), "reason")

    def work() -> dict[str, Any]:
        shop = lock_shop(merchant_id)
        require_disinterested(actor, "shop.manage", shop)
        require_partner(shop.status, shop.name)
        passed = _limit_passed(actor, merchant_id, points)
        if passed is not None:
            return _ask(actor, key, shop, points, reason, passed)
        _book(actor, key, merchant_id, points, reason)
        record(actor, "shop.budget_granted", merchant_id, points=points, reason=reason)
        return _told("budget_granted", shop, points)

    content = {"merchant_id": merchant_id, "change": points, "reason": reason}
    return once(key, actor, "shop.budget", content, work)


def withdraw_shop_budget(actor: Actor, *, key: UUID, merchant_id: UUID, points: int, reason: str) -> Answer:
    """Take points that the shop has not given yet out of its budget; needs `shop.manage`, once per key, audited.

    Also from a shop that has left. Raises `BudgetNotEnough`, and as `grant_shop_budget` does.
    """
    check_points(points)
    reason = points_queries.clean_memo(clean_reason(reason), "reason")

    def work() -> dict[str, Any]:
        shop = lock_shop(merchant_id)
        require_disinterested(actor, "shop.manage", shop)
        _book(actor, key, merchant_id, -points, reason)
        record(actor, "shop.budget_withdrawn", merchant_id, points=points, reason=reason)
        return _told("budget_withdrawn", shop, points)

    content = {"merchant_id": merchant_id, "change": -points, "reason": reason}
    return once(key, actor, "shop.budget", content, work)


def agree_to_budget(actor: Actor, *, key: UUID, request_id: UUID) -> Answer:
    """Agree to a grant that somebody else has asked for, and book it, once; needs `award.second`, audited.

    It stands in the books under who asked. Raises `BudgetRequestUnknown`, `BudgetRequestClosed`, `BudgetSecondIsFirst`,
    `BudgetRequesterChanged`, `OwnShop`, `ShopClosedNow`.
    """

    def work() -> dict[str, Any]:
        shop, request = _lock_waiting(actor, "award.second", request_id)
        _require_second(actor, request)
        require_partner(shop.status, shop.name)
        _require_unchanged(request)
        _book(actor, key, shop.id, request.points, request.reason, asked_by=request.requested_by)
        _close(actor, request, "agreed", change_id=key)
        _record(actor, "shop.budget_agreed", request)
        return _told("budget_agreed", shop, request.points, request)

    return once(key, actor, "shop.budget_agree", {"request_id": request_id}, work)


def decline_budget(actor: Actor, *, key: UUID, request_id: UUID, reason: str) -> Answer:
    """Decline a grant that somebody else has asked for, with a reason; needs `award.second`, once per key, audited.

    Raises `ShopReasonMissing`, and as `agree_to_budget` does about who may decide.
    """
    reason = points_queries.clean_memo(clean_reason(reason), "reason")

    def work() -> dict[str, Any]:
        shop, request = _lock_waiting(actor, "award.second", request_id)
        _require_second(actor, request)
        _close(actor, request, "declined", answer=reason)
        _record(actor, "shop.budget_declined", request, reason=reason)
        return _told("budget_declined", shop, request.points, request)

    return once(key, actor, "shop.budget_decline", {"request_id": request_id, "reason": reason}, work)


def cancel_budget(actor: Actor, *, key: UUID, request_id: UUID) -> Answer:
    """Call off a grant that one has asked for oneself, while it waits; needs `shop.manage`, once per key, audited.

    Raises `BudgetRequestUnknown`, `BudgetRequestClosed`, `BudgetRequestNotOwn`.
    """
    actor.require("shop.manage")

    def work() -> dict[str, Any]:
        shop, request = _lock_waiting(actor, None, request_id)
        if request.requested_by != (actor.member_id or actor.id):
            raise BudgetRequestNotOwn
        _close(actor, request, "cancelled")
        _record(actor, "shop.budget_cancelled", request)
        return _told("budget_cancelled", shop, request.points, request)

    return once(key, actor, "shop.budget_cancel", {"request_id": request_id}, work)


def budget_limits() -> rules.BudgetLimits:
    """Up to how much one coordinator grants alone, from the settings."""
    known = settings()
    return rules.BudgetLimits(
        known.shop_budget_limit, known.shop_budget_week_limit, known.shop_budget_coordinator_day_limit
    )


@contextlib.contextmanager
def budget_refusals() -> Iterator[None]:
    """Tell of a budget, not of a balance, where points do not suffice."""
    try:
        yield
    except PointsNotEnough as refusal:
        raise BudgetNotEnough(needed=refusal.data["needed"], balance=refusal.data["balance"]) from refusal


def _limit_passed(actor: Actor, merchant_id: UUID, points: int) -> str | None:
    if actor.kind == "system":
        return None
    # Before anything is counted: two grants at once must not both stay just below a limit.
    points_service.hold_budget(actor, merchant_id)
    today = clock.today()
    in_week = queries.granted_alone(clock.start_of(points_service.monday(today)), merchant_id=merchant_id)
    on_day = queries.granted_alone(clock.start_of(today), by=actor.member_id or actor.id)
    return rules.budget_limit_passed(points, in_week, on_day, budget_limits())


def _ask(actor: Actor, key: UUID, shop: Merchant, points: int, reason: str, passed: str) -> dict[str, Any]:
    request = BudgetRequest(
        id=key,
        merchant_id=shop.id,
        points=points,
        reason=reason,
        limit_passed=passed,
        requested_by=actor.member_id or actor.id,
        requested_at=clock.now(),
        state=WAITING,
        answer="",
    )
    db.session.add(request)
    db.session.flush()
    record(
        actor, "shop.budget_requested", shop.id, request=str(key), points=points, limit=passed, reason=reason
    )
    return _told("budget_requested", shop, points, request)


def _book(
    actor: Actor, key: UUID, merchant_id: UUID, change: int, reason: str, asked_by: UUID | None = None
) -> None:
    moved: dict[str, Any] = {"key": key, "merchant_id": merchant_id, "points": abs(change), "memo": reason}
    with budget_refusals():
        if change > 0:
            transfer_id = points_service.grant_budget(actor, **moved, asked_by=asked_by)
        else:
            transfer_id = points_service.withdraw_budget(actor, **moved)
    values = {
        "id": key,
        "merchant_id": merchant_id,
        "points": change,
        "reason": reason,
        "changed_at": clock.now(),
        "changed_by": asked_by or actor.member_id or actor.id,
        "transfer_id": transfer_id,
    }
    db.session.execute(sa.insert(BudgetChange), values)


def _lock_waiting(actor: Actor, permission: str | None, request_id: UUID) -> tuple[Merchant, BudgetRequest]:
    """The shop and the request, both locked; `permission` is asked for by who decides about value."""
    query = sa.select(BudgetRequest).where(BudgetRequest.id == request_id)
    found = db.session.scalar(query)
    if found is None:
        raise BudgetRequestUnknown
    shop = lock_shop(found.merchant_id)
    if permission is not None:
        require_disinterested(actor, permission, shop)
    found = db.session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()
    if found.state != WAITING:
        raise BudgetRequestClosed(state=found.state)
    return shop, found


def _require_second(actor: Actor, request: BudgetRequest) -> None:
    # Who looks after the other one's account, or the other way round, is no second pair of eyes.
    if {actor.id, actor.member_id} & {
        *members.queries.household_of(request.requested_by),
        request.requested_by,
    }:
        raise BudgetSecondIsFirst


def _require_unchanged(request: BudgetRequest) -> None:
    """Who has asked must still be one who could ask."""
    asker = members.queries.many_facts([request.requested_by]).get(request.requested_by)
    if asker is None or asker.status != "active" or is_own_shop(asker.id, request.merchant_id):
        raise BudgetRequesterChanged


def _close(
    actor: Actor, request: BudgetRequest, state: str, *, answer: str = "", change_id: UUID | None = None
) -> None:
    request.state, request.answer, request.change_id = state, answer, change_id
    request.decided_by, request.decided_at = actor.member_id or actor.id, clock.now()
    db.session.flush()


def _record(actor: Actor, act: str, request: BudgetRequest, **more: str) -> None:
    told = {"request": str(request.id), "requested_by": str(request.requested_by), "points": request.points}
    record(actor, act, request.merchant_id, **told, **more)


def _told(outcome: str, shop: Merchant, points: int, request: BudgetRequest | None = None) -> dict[str, Any]:
    return {
        "outcome": outcome,
        "merchant_id": str(shop.id),
        "where": shop.name,
        "points": points,
        "budget": points_queries.budget(shop.id),
        "request_id": str(request.id) if request else None,
        "limit_passed": request.limit_passed if request else None,
    }
