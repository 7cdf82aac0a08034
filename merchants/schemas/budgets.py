"""What waits for a second coordinator before a shop gets it, and what is taken back, as programs send and get them."""

import marshmallow as ma

from core.fields import KeyIn, PageIn, text
from merchants.rules.values import BUDGET_REQUEST_STATES, LONGEST_REASON


class BudgetRequestsIn(PageIn):
    """Which: those that wait, or those in another state."""

    state = ma.fields.String(load_default="waiting", validate=ma.validate.OneOf(BUDGET_REQUEST_STATES))


class BudgetRequestOut(ma.Schema):
    """A grant to a shop's budget above a limit, or with a rule the award of a deed of the shop."""

    id = ma.fields.UUID(required=True)
    merchant_id = ma.fields.UUID(required=True)
    shop_name = ma.fields.String(required=True)
    points = ma.fields.Integer(required=True)
    reason = ma.fields.String(required=True, metadata={"description": "of a grant; the note of a deed"})
    rule_code = ma.fields.String(required=True, allow_none=True)
    rule_zh = ma.fields.String(required=True)
    rule_en = ma.fields.String(required=True)
    happened_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    limit_passed = ma.fields.String(
        required=True,
        metadata={"description": "grant or award, shop_week or member_week (of a deed), or coordinator_day"},
    )
    requested_by = ma.fields.UUID(required=True)
    requested_at = ma.fields.AwareDateTime(required=True)
    state = ma.fields.String(required=True, validate=ma.validate.OneOf(BUDGET_REQUEST_STATES))
    decided_by = ma.fields.UUID(required=True, allow_none=True)
    decided_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    answer = ma.fields.String(required=True, metadata={"description": "why it was declined"})


class BudgetRequestsOut(ma.Schema):
    """Those in one state: what waits oldest first, the rest newest first."""

    items = ma.fields.List(ma.fields.Nested(BudgetRequestOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class BudgetRefusalIn(KeyIn):
    """Why it is declined."""

    reason = text(LONGEST_REASON, required=True)


class ShopTakeBackIn(KeyIn):
    """Why a gift or a deed is taken back; both sides read it."""

    reason = text(LONGEST_REASON, required=True)


class ShopTakenBackOut(ma.Schema):
    """What was taken back, what the shop's budget holds now, and what the member or the shop owes since."""

    outcome = ma.fields.String(required=True)
    merchant_id = ma.fields.UUID(required=True)
    reversal_id = ma.fields.UUID(required=True)
    points = ma.fields.Integer(required=True)
    budget = ma.fields.Integer(required=True)
    owed = ma.fields.Integer(required=True)
