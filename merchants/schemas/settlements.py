"""Statements of shops and what a point is worth, as programs send and get them."""

import marshmallow as ma

from core.fields import KeyIn, PageIn, WholeNumber, text
from merchants.rules.values import LINE_KINDS, LONGEST_REASON, LONGEST_REFERENCE, SETTLEMENT_STATES

_MONTH = {"description": "month of the programme's zone, as in 2026-10"}
_CENTS = {"description": "whole cents; points times the rate, nothing is rounded"}
_CARRIED = {"description": "never positive: what the shop owed after its statement before"}


class SettlementsIn(PageIn):
    """Which statements to list."""

    merchant_id = ma.fields.UUID(load_default=None)
    month = ma.fields.String(load_default=None, validate=ma.validate.Length(max=20), metadata=_MONTH)
    state = ma.fields.String(load_default=None, validate=ma.validate.OneOf(SETTLEMENT_STATES))


class SettlementOut(ma.Schema):
    """A shop's statement of one month."""

    id = ma.fields.UUID(required=True)
    number = ma.fields.Integer(required=True)
    merchant_id = ma.fields.UUID(required=True)
    shop = ma.fields.String(required=True)
    month = ma.fields.String(required=True, metadata=_MONTH)
    state = ma.fields.String(required=True, validate=ma.validate.OneOf(SETTLEMENT_STATES))
    points = ma.fields.Integer(required=True, metadata={"description": "sum of the lines, may be negative"})
    cents = ma.fields.Integer(required=True, metadata=_CENTS)
    carried_points = ma.fields.Integer(required=True, metadata=_CARRIED)
    carried_cents = ma.fields.Integer(required=True, metadata=_CARRIED)
    due_points = ma.fields.Integer(required=True, metadata={"description": "points that are paid out"})
    due_cents = ma.fields.Integer(required=True, metadata={"description": "money that is paid out"})
    drafted_at = ma.fields.AwareDateTime(required=True)
    agreed_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    agreed_note = ma.fields.String(required=True)
    paid_on = ma.fields.Date(required=True, allow_none=True)
    reference = ma.fields.String(required=True)
    closed_at = ma.fields.AwareDateTime(required=True, allow_none=True)


class SettlementsOut(ma.Schema):
    """Some statements, the newest month first, and where the list goes on."""

    items = ma.fields.List(ma.fields.Nested(SettlementOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class SettlementLinesIn(PageIn):
    """Where the lines go on."""


class SettlementLineOut(ma.Schema):
    """One line: a payment or a voucher taken, or (negative) one given back."""

    transfer_id = ma.fields.UUID(required=True)
    kind = ma.fields.String(required=True, validate=ma.validate.OneOf(LINE_KINDS))
    posted_at = ma.fields.AwareDateTime(required=True)
    points = ma.fields.Integer(required=True)
    cents_per_point = ma.fields.Integer(required=True)
    cents = ma.fields.Integer(required=True, metadata=_CENTS)
    what = ma.fields.String(required=True, metadata={"description": "the offer that was bought, or nothing"})
    original_id = ma.fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "of a refund: the payment that it takes back"},
    )


class SettlementLinesOut(ma.Schema):
    """Some lines of a statement, the oldest first, and where the list goes on."""

    items = ma.fields.List(ma.fields.Nested(SettlementLineOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class DebtOut(ma.Schema):
    """What a shop that left still owes after its latest statement; no more takings of its own make it up."""

    settlement_id = ma.fields.UUID(required=True)
    merchant_id = ma.fields.UUID(required=True)
    merchant_number = ma.fields.Integer(required=True)
    shop = ma.fields.String(required=True)
    month = ma.fields.String(required=True, metadata=_MONTH)
    points = ma.fields.Integer(required=True, metadata={"description": "zero or negative"})
    cents = ma.fields.Integer(required=True, metadata={"description": "whole cents, zero or negative"})


class DebtsOut(ma.Schema):
    """Shops that left and still owe, by number."""

    items = ma.fields.List(ma.fields.Nested(DebtOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class PaybackIn(KeyIn):
    """A shop that left has paid back all that a statement left owed."""

    paid_on = ma.fields.Date(required=True)
    reference = text(
        LONGEST_REFERENCE,
        load_default="",
        metadata={"description": "the number of the receipt that the shop was given"},
    )


class PaidBackOut(ma.Schema):
    """What was paid back."""

    settlement_id = ma.fields.UUID(required=True)
    merchant_id = ma.fields.UUID(required=True)
    points = ma.fields.Integer(required=True)
    cents = ma.fields.Integer(required=True, metadata={"description": "whole cents"})


class PaybackOut(PaidBackOut):
    """What a shop that left paid back, when, on which receipt, and who took it in."""

    id = ma.fields.UUID(required=True)
    shop = ma.fields.String(required=True)
    month = ma.fields.String(required=True, metadata=_MONTH)
    paid_on = ma.fields.Date(required=True)
    reference = ma.fields.String(required=True)
    recorded_by = ma.fields.UUID(required=True)
    recorded_at = ma.fields.AwareDateTime(required=True)


class PaybacksOut(ma.Schema):
    """What shops that left paid back, the latest first."""

    items = ma.fields.List(ma.fields.Nested(PaybackOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class DraftIn(ma.Schema):
    """The month whose statements are wanted. Asking twice makes them once."""

    month = ma.fields.String(required=True, validate=ma.validate.Length(max=20), metadata=_MONTH)


class DraftedOut(ma.Schema):
    """What there is for the month; `made` is 0 when it was there before."""

    month = ma.fields.String(required=True, metadata=_MONTH)
    made = ma.fields.Integer(required=True)
    statements = ma.fields.Integer(required=True)
    points = ma.fields.Integer(required=True)
    cents = ma.fields.Integer(required=True, metadata=_CENTS)


class AgreementIn(KeyIn):
    """The shop agrees. For the desk: how it did."""

    note = text(
        LONGEST_REASON, load_default="", metadata={"description": "needed unless the owner agrees himself"}
    )


class PayoutIn(KeyIn):
    """The money was paid."""

    paid_on = ma.fields.Date(required=True)
    reference = text(
        LONGEST_REFERENCE, load_default="", metadata={"description": "needed where money was due"}
    )


class ClosingIn(KeyIn):
    """The statement is done and filed."""


class SettlementStepOut(ma.Schema):
    """How far the statement is now."""

    settlement_id = ma.fields.UUID(required=True)
    state = ma.fields.String(required=True, validate=ma.validate.OneOf(SETTLEMENT_STATES))
    points = ma.fields.Integer(metadata={"description": "points that were paid out"})
    cents = ma.fields.Integer(metadata={"description": "money that was paid out"})


class RateOut(ma.Schema):
    """What a point is worth from a day on: of one shop, of one trade, or (neither) of all."""

    id = ma.fields.UUID(required=True)
    merchant_id = ma.fields.UUID(required=True, allow_none=True)
    shop = ma.fields.String(required=True, allow_none=True)
    trade_code = ma.fields.String(required=True, allow_none=True)
    cents_per_point = ma.fields.Integer(required=True)
    valid_from = ma.fields.Date(required=True)


class RatesOut(ma.Schema):
    """All rates: the general ones first, each scope from its newest day."""

    items = ma.fields.List(ma.fields.Nested(RateOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class RateIn(KeyIn):
    """A new rate. Another one of the same scope and day takes the place of the older one."""

    cents_per_point = WholeNumber(required=True)
    valid_from = ma.fields.Date(required=True)
    merchant_id = ma.fields.UUID(load_default=None, allow_none=True)
    trade_code = ma.fields.String(load_default=None, allow_none=True, validate=ma.validate.Length(max=30))


class RateAddedOut(ma.Schema):
    """The new rate's id."""

    rate_id = ma.fields.UUID(required=True)
