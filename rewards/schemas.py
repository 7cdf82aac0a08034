"""What programs send and get about rewards and redemptions. Numbers are JSON integers: no text, no fraction."""

import marshmallow as ma

from core.fields import KeyIn, PageIn, YesOrNo, number, text
from rewards import rules

_GROUPS = ("open", "past")
#: What the desk may ask for besides: of the police room and of all shops.
_DESK_GROUPS = (*_GROUPS, "handed_over", "returned")
#: Base64 writes three bytes with four letters.
_LONGEST_PICTURE = rules.LARGEST_PICTURE_BYTES * 4 // 3 + 4


def _one_of(values: tuple[str, ...]) -> ma.validate.OneOf:
    return ma.validate.OneOf(values)


# --- The catalogue ---------------------------------------------------------------------------------------------------


class ShelfIn(PageIn):
    """Which rewards, and in which order."""

    sort = ma.fields.String(load_default="newest", validate=_one_of(rules.SORTS))
    kind = ma.fields.String(load_default=None, validate=_one_of(rules.KINDS))


class RewardOut(ma.Schema):
    """A reward. `stock` and `available` are null when there is no end of it; days are the programme's zone's."""

    id = ma.fields.UUID(required=True)
    number = ma.fields.Integer(required=True)
    name_zh = ma.fields.String(required=True)
    name_en = ma.fields.String(required=True)
    about_zh = ma.fields.String(required=True)
    about_en = ma.fields.String(required=True)
    kind = ma.fields.String(required=True, validate=_one_of(rules.KINDS))
    points = ma.fields.Integer(required=True)
    available = ma.fields.Integer(required=True, allow_none=True)
    quota = ma.fields.Integer(required=True, allow_none=True)
    quota_period = ma.fields.String(required=True, validate=_one_of(rules.QUOTA_PERIODS))
    voucher_hours = ma.fields.Integer(required=True)
    offered_from = ma.fields.Date(required=True, allow_none=True)
    offered_until = ma.fields.Date(
        required=True, allow_none=True, metadata={"description": "the day after the last one"}
    )
    merchant_id = ma.fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "the shop that offers it; null: the police room"},
    )
    drawing = ma.fields.String(required=True)
    picture_id = ma.fields.UUID(required=True, allow_none=True)
    status = ma.fields.String(required=True, validate=_one_of(rules.STATUSES))
    version = ma.fields.Integer(required=True)


class ShelfItemOut(ma.Schema):
    """A reward as it lies before this reader. `missing`: points that he lacks; null for a device."""

    reward = ma.fields.Nested(RewardOut, required=True)
    merchant_name = ma.fields.String(required=True)
    favourite = ma.fields.Boolean(required=True)
    waiting = ma.fields.Boolean(required=True)
    told = ma.fields.Boolean(
        required=True, metadata={"description": "the member waits for it, and it is there again"}
    )
    missing = ma.fields.Integer(required=True, allow_none=True)


class ShelfOut(ma.Schema):
    """What is offered today."""

    items = ma.fields.List(ma.fields.Nested(ShelfItemOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class RewardCardOut(ShelfItemOut):
    """One reward with what a member wants to know before he redeems it; the last four are null for a device."""

    balance = ma.fields.Integer(required=True, allow_none=True)
    balance_after = ma.fields.Integer(required=True, allow_none=True)
    left_of_quota = ma.fields.Integer(required=True, allow_none=True)
    obstacle = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "code of the refusal that redeeming would meet now"},
    )


class _RewardFields(ma.Schema):
    name_en = text(rules.LONGEST_NAME)
    about_zh = text(rules.LONGEST_TEXT)
    about_en = text(rules.LONGEST_TEXT)
    kind = ma.fields.String(validate=_one_of(rules.KINDS))
    low_stock = number(0, rules.LARGEST_STOCK)
    quota = number(1, rules.LARGEST_QUOTA, allow_none=True)
    quota_period = ma.fields.String(validate=_one_of(rules.QUOTA_PERIODS))
    voucher_hours = number(1, rules.LONGEST_LIFE_HOURS)
    offered_from = ma.fields.Date(allow_none=True)
    offered_until = ma.fields.Date(allow_none=True, metadata={"description": "the day after the last one"})
    drawing = text(rules.LONGEST_NAME, metadata={"description": "name of a drawn picture"})


class RewardIn(_RewardFields, KeyIn):
    """A new reward. Without `stock` there is no end of it."""

    name_zh = text(rules.LONGEST_NAME, required=True)
    points = number(1, rules.LARGEST_PRICE, required=True)
    stock = number(0, rules.LARGEST_STOCK, load_default=None, allow_none=True)
    merchant_id = ma.fields.UUID(load_default=None, allow_none=True)
    offered = YesOrNo(load_default=False)


class RewardCreatedOut(ma.Schema):
    """The new reward."""

    reward_id = ma.fields.UUID(required=True)
    number = ma.fields.Integer(required=True)


class RewardChangeIn(_RewardFields):
    """What is to be another; what is not named stays. `version` is the one that the change was made from."""

    version = number(1, 2**31 - 1, required=True)
    name_zh = text(rules.LONGEST_NAME)
    points = number(1, rules.LARGEST_PRICE)
    status = ma.fields.String(validate=_one_of((rules.OFFERED, rules.RETIRED)))


class RewardPictureIn(ma.Schema):
    """A picture: JPEG, PNG or WebP, in base64. It is made anew, small, without what the camera wrote."""

    content = ma.fields.String(required=True, validate=ma.validate.Length(min=1, max=_LONGEST_PICTURE))


class RewardPictureOut(ma.Schema):
    """Under which id the picture is shown."""

    picture_id = ma.fields.UUID(required=True)


# --- Stock -----------------------------------------------------------------------------------------------------------


class StockIn(KeyIn):
    """Pieces that came in, broke, or were counted."""

    kind = ma.fields.String(required=True, validate=_one_of((rules.RECEIVED, rules.DAMAGED, rules.COUNTED)))
    count = number(0, rules.LARGEST_STOCK, required=True)
    note = text(rules.LONGEST_NOTE, load_default="")


class StockMovedOut(ma.Schema):
    """What lies on the shelf now, how much of it is held for vouchers, how many who wait were told."""

    outcome = ma.fields.String(required=True)
    reward_id = ma.fields.UUID(required=True)
    stock = ma.fields.Integer(required=True)
    held = ma.fields.Integer(required=True)
    told = ma.fields.Integer(required=True)


class StockMovementOut(ma.Schema):
    """One line of the stock journal."""

    id = ma.fields.UUID(required=True)
    sequence = ma.fields.Integer(required=True)
    kind = ma.fields.String(required=True, validate=_one_of(rules.MOVEMENTS))
    change = ma.fields.Integer(required=True)
    stock_after = ma.fields.Integer(required=True)
    redemption_id = ma.fields.UUID(required=True, allow_none=True)
    note = ma.fields.String(required=True)
    actor_name = ma.fields.String(required=True)
    moved_at = ma.fields.AwareDateTime(required=True)


class StockOut(ma.Schema):
    """A reward's stock with its journal, the newest line first."""

    stock = ma.fields.Integer(required=True, allow_none=True)
    held = ma.fields.Integer(required=True)
    low_stock = ma.fields.Integer(required=True)
    waiting = ma.fields.Integer(required=True, metadata={"description": "members on the waiting list"})
    items = ma.fields.List(ma.fields.Nested(StockMovementOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


# --- Redemptions -----------------------------------------------------------------------------------------------------


class RedemptionIn(KeyIn):
    """A reward to be redeemed, with the version and the price that were shown."""

    reward_id = ma.fields.UUID(required=True)
    version = number(1, 2**31 - 1, required=True)
    points = number(1, rules.LARGEST_PRICE, required=True)


class ReservedOut(ma.Schema):
    """The redemption, with its voucher's code as long as it is good."""

    outcome = ma.fields.String(required=True)
    redemption_id = ma.fields.UUID(required=True)
    reward_id = ma.fields.UUID(required=True)
    reward_name_zh = ma.fields.String(required=True)
    reward_name_en = ma.fields.String(required=True)
    points = ma.fields.Integer(required=True)
    balance = ma.fields.Integer(required=True)
    expires_at = ma.fields.String(required=True)
    code = ma.fields.String(required=True, allow_none=True)
    grouped = ma.fields.String(required=True, allow_none=True)
    address = ma.fields.String(required=True, allow_none=True)


class RedemptionsIn(PageIn):
    """Open vouchers, or those that are over."""

    group = ma.fields.String(load_default="open", validate=_one_of(_GROUPS))


class DeskRedemptionsIn(PageIn):
    """Vouchers of the police room, open or over; or what was handed over or taken back there and at shops."""

    group = ma.fields.String(load_default="open", validate=_one_of(_DESK_GROUPS))


class RewardReturnedOut(ma.Schema):
    """When and why a reward was taken back; `to_stock`: the piece lies on the shelf again."""

    at = ma.fields.AwareDateTime(required=True)
    reason = ma.fields.String(required=True)
    to_stock = ma.fields.Boolean(required=True)
    reversal_id = ma.fields.UUID(required=True)


class VoucherOut(ma.Schema):
    """A redemption. `where`: name of the shop that hands it over, "" for the police room.

    `returned`: null unless what was handed over ("used") was taken back.
    """

    id = ma.fields.UUID(required=True)
    reward = ma.fields.Nested(RewardOut, required=True)
    where = ma.fields.String(required=True)
    member_id = ma.fields.UUID(required=True)
    points = ma.fields.Integer(required=True)
    state = ma.fields.String(required=True, validate=_one_of(rules.STATES))
    reserved_at = ma.fields.AwareDateTime(required=True)
    expires_at = ma.fields.AwareDateTime(required=True)
    ended_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    fitting_place = ma.fields.String(required=True)
    fitting_help = ma.fields.Boolean(required=True)
    returned = ma.fields.Nested(RewardReturnedOut, required=True, allow_none=True)


class VouchersOut(ma.Schema):
    """Redemptions, the newest first."""

    items = ma.fields.List(ma.fields.Nested(VoucherOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class RedemptionOut(VoucherOut):
    """One redemption; the code only for its owner, the name masked for everybody else."""

    member_name = ma.fields.String(required=True)
    code = ma.fields.String(required=True, allow_none=True)
    grouped = ma.fields.String(required=True, allow_none=True)
    address = ma.fields.String(required=True, allow_none=True)


class RedemptionCancelIn(KeyIn):
    """A voucher to be called off."""


class RedemptionCancelledOut(ma.Schema):
    """What was given back."""

    outcome = ma.fields.String(required=True)
    redemption_id = ma.fields.UUID(required=True)
    reward_id = ma.fields.UUID(required=True)
    points = ma.fields.Integer(required=True)
    balance = ma.fields.Integer(required=True)


class RedemptionReturnIn(KeyIn):
    """A reward that was handed over is taken back: why, and whether the piece lies on the shelf again."""

    reason = text(rules.LONGEST_NOTE, required=True)
    to_stock = YesOrNo(load_default=False)


class RedemptionReturnedOut(ma.Schema):
    """What came back: the points with their old expiry dates, and the piece if it lies on the shelf again."""

    outcome = ma.fields.String(required=True)
    redemption_id = ma.fields.UUID(required=True)
    reward_id = ma.fields.UUID(required=True)
    member_id = ma.fields.UUID(required=True)
    reversal_id = ma.fields.UUID(required=True)
    points = ma.fields.Integer(required=True)
    balance = ma.fields.Integer(required=True)
    to_stock = ma.fields.Boolean(required=True)


class HandOverIn(KeyIn):
    """A voucher as it was read or typed, at the desk or (`merchant_id`) at the counter of a shop."""

    code = ma.fields.String(required=True, validate=ma.validate.Length(min=1, max=1_000))
    merchant_id = ma.fields.UUID(load_default=None, allow_none=True)
    fitting_place = text(rules.LONGEST_NOTE, load_default="")
    fitting_help = YesOrNo(load_default=False)


class HandedOverOut(ma.Schema):
    """What was given out, and to whom (masked name)."""

    outcome = ma.fields.String(required=True)
    redemption_id = ma.fields.UUID(required=True)
    reward_id = ma.fields.UUID(required=True)
    reward_name_zh = ma.fields.String(required=True)
    reward_name_en = ma.fields.String(required=True)
    points = ma.fields.Integer(required=True)
    member_id = ma.fields.UUID(required=True)
    member_name = ma.fields.String(required=True)
