"""What programs send and get at a shop's counter. Points are JSON integers: no text, no fraction, no exponent."""

from typing import Any

import marshmallow as ma

from core.fields import Day, KeyIn, PageIn, WholeNumber, text
from merchants.rules.values import CHARGE_STATES, FLAGS, LONGEST_REASON, WAYS

#: Longest text that is looked at as a code; the domain says what is wrong with it.
_LONGEST_CODE = 8_000
#: A time in a stored answer, which is told as it was written.
_TIME = {"format": "date-time"}


def _one_of(values: tuple[str, ...]) -> ma.validate.OneOf:
    return ma.validate.OneOf(values)


def _points(**options: Any) -> WholeNumber:
    # How large it may be is said by the limits, with a sentence of their own.
    return WholeNumber(**options)


class _AmountIn(KeyIn):
    """An amount or an offer; beside an offer `points` is the price that was shown."""

    points = _points(load_default=None, allow_none=True)
    offer_id = ma.fields.UUID(load_default=None, allow_none=True)


class OrderIn(_AmountIn):
    """An order to be shown. The key becomes the id of the charge."""

    merchant_id = ma.fields.UUID(required=True)


class HoldIn(_AmountIn):
    """A member's phone code or card, read at the counter. The key becomes the id of the charge."""

    merchant_id = ma.fields.UUID(required=True)
    code = ma.fields.String(required=True, validate=ma.validate.Length(min=1, max=_LONGEST_CODE))


class ChargeStepIn(KeyIn):
    """A step with a charge that needs nothing but its key."""


class TakeIn(KeyIn):
    """The clerk takes the points, with the member's PIN where it is needed."""

    pin = ma.fields.String(load_default=None, allow_none=True, validate=ma.validate.Length(max=20))


class RefundIn(KeyIn):
    """A refund with its reason, which the member can read."""

    reason = text(LONGEST_REASON, required=True)


class ConfirmIn(KeyIn):
    """The member confirms the price that he was shown."""

    points = _points(required=True)


class PlatePaymentIn(KeyIn):
    """A payment by the plate on a counter. The key becomes the id of the charge."""

    code = ma.fields.String(required=True, validate=ma.validate.Length(min=1, max=_LONGEST_CODE))
    points = _points(required=True, metadata={"description": "what the member saw and confirms"})
    offer_id = ma.fields.UUID(load_default=None, allow_none=True)


class ShopPageIn(PageIn):
    """Whose list, of which day of the programme's zone, and where it goes on."""

    merchant_id = ma.fields.UUID(required=True)
    day = Day(load_default=None, metadata={"description": "default: all days"})


class FeedIn(ma.Schema):
    """Since when."""

    merchant_id = ma.fields.UUID(required=True)
    after = ma.fields.String(load_default=None, validate=ma.validate.Length(max=300))


class ShopIn(ma.Schema):
    """Which shop."""

    merchant_id = ma.fields.UUID(required=True)


class SeenPaymentsIn(ShopIn):
    """Which payments the counter has seen now."""

    charge_ids = ma.fields.List(ma.fields.UUID(), required=True, validate=ma.validate.Length(min=1, max=100))


class ShopDayIn(ma.Schema):
    """Which shop, which day of the programme's zone."""

    merchant_id = ma.fields.UUID(required=True)
    day = Day(load_default=None, metadata={"description": "default: today"})


class _StepOut(ma.Schema):
    """What a step with a charge has done."""

    outcome = ma.fields.String(required=True, metadata={"description": "stable, for programs"})
    charge_id = ma.fields.UUID(required=True)
    state = ma.fields.String(required=True, validate=_one_of(CHARGE_STATES))
    points = ma.fields.Integer(required=True)
    what = ma.fields.String(required=True)
    merchant_id = ma.fields.UUID(required=True)
    shop = ma.fields.String(required=True)
    shop_en = ma.fields.String(required=True)
    expires_at = ma.fields.String(metadata=_TIME)
    paid_at = ma.fields.String(metadata=_TIME)


class OrderOut(_StepOut):
    """The order with its code for the screen."""

    code = ma.fields.String(required=True)
    grouped = ma.fields.String(required=True, metadata={"description": "for reading out and typing"})
    address = ma.fields.String(required=True)
    svg = ma.fields.String(required=True, metadata={"description": "the QR code as a picture"})


class HeldOut(_StepOut):
    """What was held, and from whom, with the middle of the name hidden."""

    member_name = ma.fields.String(required=True)
    pin_needed = ma.fields.Boolean(required=True)


class CounterStepOut(_StepOut):
    """A step of the clerk."""


class OwnStepOut(_StepOut):
    """A step of the member, who is told what he has now."""

    balance = ma.fields.Integer(required=True)


class ChargeOut(ma.Schema):
    """A charge as its member sees it. `state` counts now."""

    id = ma.fields.UUID(required=True)
    merchant_id = ma.fields.UUID(required=True)
    shop = ma.fields.String(required=True)
    shop_en = ma.fields.String(required=True)
    shop_number = ma.fields.Integer(required=True)
    way = ma.fields.String(required=True, validate=_one_of(WAYS))
    points = ma.fields.Integer(required=True)
    offer_id = ma.fields.UUID(required=True, allow_none=True)
    what = ma.fields.String(required=True)
    what_en = ma.fields.String(required=True)
    state = ma.fields.String(required=True, validate=_one_of(CHARGE_STATES))
    opened_at = ma.fields.AwareDateTime(required=True)
    expires_at = ma.fields.AwareDateTime(required=True)
    paid_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    ended_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    reason = ma.fields.String(required=True)


class CounterChargeOut(ChargeOut):
    """A charge as the shop's people see it: who paid, with the middle of the name hidden, and who took it."""

    payer = ma.fields.String(required=True)
    clerk = ma.fields.String(required=True)
    voidable_until = ma.fields.AwareDateTime(required=True, allow_none=True)


class ChargesOut(ma.Schema):
    """Charges of a member, the newest first."""

    items = ma.fields.List(ma.fields.Nested(ChargeOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class CounterChargesOut(ma.Schema):
    """Charges of a shop."""

    items = ma.fields.List(ma.fields.Nested(CounterChargeOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class UntoldOut(ma.Schema):
    """Payments by the plate that nobody at the counter has seen yet, the newest first, and their sum."""

    payments = ma.fields.Integer(required=True)
    points = ma.fields.Integer(required=True)
    items = ma.fields.List(ma.fields.Nested(CounterChargeOut), required=True)


class DayOut(ma.Schema):
    """What a shop has taken on a day; what was given back does not count."""

    day = ma.fields.Date(required=True)
    payments = ma.fields.Integer(required=True)
    points = ma.fields.Integer(required=True)


class OddIn(PageIn):
    """Which odd charges."""

    seen = ma.fields.Boolean(load_default=False, metadata={"description": "those that were looked at"})


class SeenIn(KeyIn):
    """What somebody found who looked at it."""

    note = text(LONGEST_REASON, load_default="")


class OddOut(ma.Schema):
    """Something odd about a charge."""

    id = ma.fields.UUID(required=True)
    kind = ma.fields.String(required=True, validate=_one_of(FLAGS))
    data = ma.fields.Dict(required=True)
    raised_at = ma.fields.AwareDateTime(required=True)
    seen_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    note = ma.fields.String(required=True)
    charge = ma.fields.Nested(CounterChargeOut, required=True)


class OddsOut(ma.Schema):
    """Odd charges, the newest first."""

    items = ma.fields.List(ma.fields.Nested(OddOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class SeenOut(ma.Schema):
    """That it was looked at."""

    outcome = ma.fields.String(required=True)
    flag_id = ma.fields.UUID(required=True)
    charge_id = ma.fields.UUID(required=True)
