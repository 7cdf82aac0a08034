"""Budgets that the desk grants to shops: up to a limit by one coordinator, above it when a second one agrees."""

import contextlib
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import clock
from core.auth import Actor
from core.config import settings
from core.db import db
from core.receipts import Answer, once
from merchants import queries
from merchants.errors import BudgetNotEnough
from merchants.models import BudgetChange, BudgetRequest, Merchant
from merchants.rules import giving as rules
from merchants.rules.shops import check_points, clean_reason, require_partner
from merchants.service.asking import ask
from merchants.service.common import lock_shop, record, require_disinterested
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
            request = ask(actor, key, shop, points=points, reason=reason, passed=passed)
            return told_budget("budget_requested", shop, points, request)
        book_change(actor, key, merchant_id, points, reason)
        record(actor, "shop.budget_granted", merchant_id, points=points, reason=reason)
        return told_budget("budget_granted", shop, points)

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
        book_change(actor, key, merchant_id, -points, reason)
        record(actor, "shop.budget_withdrawn", merchant_id, points=points, reason=reason)
        return told_budget("budget_withdrawn", shop, points)

    content = {"merchant_id": merchant_id, "change": -points, "reason": reason}
    return once(key, actor, "shop.budget", content, work)


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


def book_change(
    actor: Actor, key: UUID, merchant_id: UUID, change: int, reason: str, asked_by: UUID | None = None
) -> None:
    """Move points into a shop's budget, or (negative) out of it, and write it down; joins the caller's transaction.

    `asked_by`: who had asked for it when `actor` is the second person; it stands under him. Raises `BudgetNotEnough`.
    """
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


def told_budget(
    outcome: str, shop: Merchant, points: int, request: BudgetRequest | None = None
) -> dict[str, Any]:
    """The answer about a shop's budget, or about what waits, or waited, for a second person."""
    return {
        "outcome": outcome,
        "merchant_id": str(shop.id),
        "where": shop.name,
        "points": points,
        "budget": points_queries.budget(shop.id),
        "request_id": str(request.id) if request else None,
        "limit_passed": request.limit_passed if request else None,
        "rule_code": request.rule_code if request else None,
    }
