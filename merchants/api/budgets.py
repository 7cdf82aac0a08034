"""Grants and awards to shops that wait for a second coordinator, and what the desk takes back, for programs."""

from typing import Any
from uuid import UUID

import merchants.service
from core.answers import AGAIN, answered
from core.auth import current_actor, requires
from core.fields import KeyIn
from merchants import queries
from merchants.api.blueprint import api
from merchants.schemas.budgets import (
    BudgetRefusalIn,
    BudgetRequestsIn,
    BudgetRequestsOut,
    ShopTakeBackIn,
    ShopTakenBackOut,
)
from merchants.schemas.people import BudgetChangedOut


@api.route("/shops/budgets", methods=["GET"])
@api.arguments(BudgetRequestsIn, location="query")
@api.response(200, BudgetRequestsOut)
@requires("shop.audit")
def get_budget_requests(query: dict[str, Any]) -> Any:
    """Grants to shops and awards of their deeds above a limit: what waits, oldest first, or others, newest first."""
    return queries.shop_requests(query.pop("state"), **query)


@api.route("/shops/budgets/<uuid:grant_id>/agreement", methods=["POST"])
@api.arguments(KeyIn)
@api.response(201, BudgetChangedOut)
@api.alt_response(200, schema=BudgetChangedOut, description=AGAIN)
@requires("award.second")
def post_budget_agreement(payload: dict[str, Any], grant_id: UUID) -> tuple[dict[str, Any], int]:
    """Agree to a grant or an award that somebody else has asked for; this books it."""
    return answered(merchants.service.agree_to_request(current_actor(), request_id=grant_id, **payload))


@api.route("/shops/budgets/<uuid:grant_id>/refusal", methods=["POST"])
@api.arguments(BudgetRefusalIn)
@api.response(201, BudgetChangedOut)
@api.alt_response(200, schema=BudgetChangedOut, description=AGAIN)
@requires("award.second")
def post_budget_refusal(payload: dict[str, Any], grant_id: UUID) -> tuple[dict[str, Any], int]:
    """Decline a grant or an award that somebody else has asked for, with a reason."""
    return answered(merchants.service.decline_request(current_actor(), request_id=grant_id, **payload))


@api.route("/shops/budgets/<uuid:grant_id>/cancellation", methods=["POST"])
@api.arguments(KeyIn)
@api.response(201, BudgetChangedOut)
@api.alt_response(200, schema=BudgetChangedOut, description=AGAIN)
@requires("shop.manage")
def post_budget_cancellation(payload: dict[str, Any], grant_id: UUID) -> tuple[dict[str, Any], int]:
    """Call off one's own wish for a grant or an award while it waits."""
    return answered(merchants.service.cancel_request(current_actor(), request_id=grant_id, **payload))


@api.route("/shops/<uuid:merchant_id>/gifts/<uuid:gift_id>/withdrawal", methods=["POST"])
@api.arguments(ShopTakeBackIn)
@api.response(201, ShopTakenBackOut)
@api.alt_response(200, schema=ShopTakenBackOut, description=AGAIN)
@requires("award.withdraw")
def post_gift_withdrawal(
    payload: dict[str, Any], merchant_id: UUID, gift_id: UUID
) -> tuple[dict[str, Any], int]:
    """Take a shop's gift back from the member into the shop's budget."""
    return answered(
        merchants.service.withdraw_gift(current_actor(), merchant_id=merchant_id, gift_id=gift_id, **payload)
    )


@api.route("/shops/<uuid:merchant_id>/deeds/<uuid:deed_id>/withdrawal", methods=["POST"])
@api.arguments(ShopTakeBackIn)
@api.response(201, ShopTakenBackOut)
@api.alt_response(200, schema=ShopTakenBackOut, description=AGAIN)
@requires("award.withdraw")
def post_shop_deed_withdrawal(
    payload: dict[str, Any], merchant_id: UUID, deed_id: UUID
) -> tuple[dict[str, Any], int]:
    """Take back what a shop was awarded for a good deed."""
    return answered(
        merchants.service.withdraw_deed(current_actor(), merchant_id=merchant_id, deed_id=deed_id, **payload)
    )
