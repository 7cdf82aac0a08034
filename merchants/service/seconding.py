"""The second coordinator: agrees to what another one wants to give a shop above a limit, or declines it.

A grant to its budget or the award of a deed, one place decides: under the locks of the shop and of the request.
"""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

import members.queries
from core import clock
from core.auth import Actor
from core.db import db
from core.receipts import Answer, once
from merchants.errors import (
    BudgetRequestClosed,
    BudgetRequesterChanged,
    BudgetRequestNotOwn,
    BudgetRequestUnknown,
    BudgetSecondIsFirst,
)
from merchants.models import BudgetRequest, Merchant
from merchants.rules.shops import clean_reason, require_partner
from merchants.rules.values import WAITING
from merchants.service.budgets import book_change, told_budget
from merchants.service.common import is_own_shop, lock_shop, record, require_disinterested
from merchants.service.deeds import book_deed
from points import queries as points_queries
from points.errors import DeedWorthChanged


def agree_to_request(actor: Actor, *, key: UUID, request_id: UUID) -> Answer:
    """Agree to what somebody else has asked for, and book it, once; needs `award.second`, audited.

    It stands in the books under who asked. A deed is looked at anew, and pays what was asked for or nothing. Raises
    `BudgetRequestUnknown`, `BudgetRequestClosed`, `BudgetSecondIsFirst`, `BudgetRequesterChanged`,
    `RequestTooOld`, `OwnShop`, `ShopClosedNow`; for a deed `DeedWorthChanged` and the refusals of
    `points.service.pay_shop_deed`.
    """

    def work() -> dict[str, Any]:
        shop, request = _lock_waiting(actor, "award.second", request_id)
        _require_second(actor, request)
        require_partner(shop.status, shop.name)
        _require_unchanged(request)
        _book(actor, key, request)
        return _close(actor, shop, request, "agreed")

    return once(key, actor, "shop.budget_agree", {"request_id": request_id}, work)


def decline_request(actor: Actor, *, key: UUID, request_id: UUID, reason: str) -> Answer:
    """Decline what somebody else has asked for, with a reason; needs `award.second`, once per key, audited.

    Raises `ShopReasonMissing`, and as `agree_to_request` does about who may decide.
    """
    reason = points_queries.clean_memo(clean_reason(reason), "reason")

    def work() -> dict[str, Any]:
        shop, request = _lock_waiting(actor, "award.second", request_id)
        _require_second(actor, request)
        request.answer = reason
        return _close(actor, shop, request, "declined", reason=reason)

    return once(key, actor, "shop.budget_decline", {"request_id": request_id, "reason": reason}, work)


def cancel_request(actor: Actor, *, key: UUID, request_id: UUID) -> Answer:
    """Call off what one has asked for oneself, while it waits; needs `shop.manage`, once per key, audited.

    Raises `BudgetRequestUnknown`, `BudgetRequestClosed`, `BudgetRequestNotOwn`.
    """
    actor.require("shop.manage")

    def work() -> dict[str, Any]:
        shop, request = _lock_waiting(actor, None, request_id)
        if request.requested_by != (actor.member_id or actor.id):
            raise BudgetRequestNotOwn
        return _close(actor, shop, request, "cancelled")

    return once(key, actor, "shop.budget_cancel", {"request_id": request_id}, work)


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
    """Who has asked must still be one who could ask, and must have asked lately."""
    points_queries.check_asked_lately(request.requested_at, clock.now())
    asker = request.requested_by
    rights = members.queries.rights_of([asker]).get(asker, frozenset())
    if "shop.manage" not in rights or is_own_shop(asker, request.merchant_id):
        raise BudgetRequesterChanged


def _book(actor: Actor, key: UUID, request: BudgetRequest) -> None:
    shop_id, asked_by = request.merchant_id, request.requested_by
    if request.rule_code is None or request.happened_at is None:
        book_change(actor, key, shop_id, request.points, request.reason, asked_by)
        request.change_id = key
        return
    paid = book_deed(
        actor,
        key,
        merchant_id=shop_id,
        rule_code=request.rule_code,
        done_at=request.happened_at,
        note=request.reason,
        asked_by=asked_by,
    )
    if paid.points != request.points:
        # Somebody has changed the tariff since: nobody has agreed to that sum.
        raise DeedWorthChanged(asked=request.points, points=paid.points)
    request.deed_id = key


def _close(actor: Actor, shop: Merchant, request: BudgetRequest, state: str, **more: str) -> dict[str, Any]:
    request.state = state
    request.decided_by, request.decided_at = actor.member_id or actor.id, clock.now()
    db.session.flush()
    what = {"request": str(request.id), "requested_by": str(request.requested_by), "points": request.points}
    if request.rule_code is None:
        record(actor, f"shop.budget_{state}", shop.id, **what, **more)
        return told_budget(f"budget_{state}", shop, request.points, request)
    record(actor, f"shop.award_{state}", shop.id, **what, rule=request.rule_code, **more)
    return told_budget(f"shop_award_{state}", shop, request.points, request)
