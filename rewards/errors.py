"""Refusals of rewards: each a class with a stable code. Words are in `alliance/messages/rewards.py`.

That a price has changed since it was shown is said as shops say it.
"""

from core.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from merchants.errors import PriceChanged

__all__ = [
    "CountInvalid",
    "FittingPlaceMissing",
    "NotHandedOver",
    "NoteInvalid",
    "OwnVoucher",
    "PictureInvalid",
    "PictureTooLarge",
    "PriceChanged",
    "QuotaReached",
    "RedeemerNeeded",
    "RedemptionUnknown",
    "ReturnNeedsAnother",
    "RewardChanged",
    "RewardInvalid",
    "RewardNotOffered",
    "RewardUnknown",
    "SoldOut",
    "StillInStock",
    "StockNotEnough",
    "VoucherCancelled",
    "VoucherElsewhere",
    "VoucherExpired",
    "VoucherReturned",
    "VoucherUnknown",
    "VoucherUsed",
    "WithoutStock",
]

# --- The catalogue ---------------------------------------------------------------------------------------------------


class RewardUnknown(NotFound):
    """There is no such reward, or it is not on the shelf."""

    code = "reward_unknown"


class RewardInvalid(Invalid):
    """A reward that cannot be kept.

    Data: `field`, `reason` (empty, too_long, characters, range, unknown), for texts `longest`.
    """

    code = "reward_invalid"


class ShopUnclear(Invalid):
    """What was typed for a shop names none, or several. Data: `field`."""

    code = "shop_unclear"


class RewardChanged(Conflict):
    """Somebody else has changed the reward meanwhile. Data: `version` as it is now."""

    code = "reward_changed"


class NoteInvalid(Invalid):
    """A note that is too long or holds characters that are not written by hand. Data: `field`, `longest`."""

    code = "note_invalid"


class PictureInvalid(Invalid):
    """Not a picture that we can read: JPEG, PNG or WebP. Data: `field`."""

    code = "picture_invalid"


class PictureTooLarge(Invalid):
    """The picture has too many bytes or pixels. Data: `field`, `most_bytes`, `most_pixels`."""

    code = "picture_too_large"


# --- Stock -----------------------------------------------------------------------------------------------------------


class CountInvalid(Invalid):
    """Not a possible number of pieces. Data: `field`, `least`, `most`."""

    code = "count_invalid"


class StockNotEnough(Refused):
    """What is held for vouchers must stay on the shelf. Data: `field`, `stock`, `held`."""

    code = "stock_not_enough"


class WithoutStock(Refused):
    """Of this reward there is no end: nothing is counted."""

    code = "without_stock"


# --- Reserving -------------------------------------------------------------------------------------------------------


class RedeemerNeeded(Forbidden):
    """Only a member redeems, for himself or as a helper; not a device or the system."""

    code = "redeemer_needed"


class RewardNotOffered(Refused):
    """Not to be had today: not yet, no more, or its shop pauses. Data: `reward_id`, `offered_from` (ISO day)."""

    code = "reward_not_offered"


class SoldOut(Refused):
    """Nothing left to reserve. Data: `reward_id`, `waiting` (already on the waiting list)."""

    code = "sold_out"


class QuotaReached(Refused):
    """The member has had as many as one may have. Data: `quota`, `period`, `again_on` (ISO day, None for never)."""

    code = "quota_reached"


class StillInStock(Refused):
    """There is nothing to wait for: the reward can be had now. Data: `reward_id`."""

    code = "still_in_stock"


# --- Vouchers --------------------------------------------------------------------------------------------------------


class RedemptionUnknown(NotFound):
    """There is no such redemption, or not for this reader."""

    code = "redemption_unknown"


class VoucherUnknown(NotFound):
    """No voucher of ours has this code."""

    code = "voucher_unknown"


class VoucherUsed(Conflict):
    """The voucher was handed over before. Data: `at` (ISO time), `where` (shop's name, "" for the police room)."""

    code = "voucher_used"


class VoucherExpired(Refused):
    """The voucher's time is over; the points are back or on their way. Data: `at` (ISO time)."""

    code = "voucher_expired"


class VoucherCancelled(Conflict):
    """The member called the voucher off. Data: `at` (ISO time)."""

    code = "voucher_cancelled"


class VoucherReturned(Conflict):
    """What the voucher was for was taken back, and the points returned. Data: `at` (ISO time)."""

    code = "voucher_returned"


class NotHandedOver(Refused):
    """Nothing was handed over for this voucher yet: it is called off, not taken back."""

    code = "not_handed_over"


class ReturnNeedsAnother(Refused):
    """Who handed a reward over does not take it back alone when no piece goes back on the shelf."""

    code = "return_needs_another"


class VoucherElsewhere(Refused):
    """The voucher is for another place. Data: `where` (shop's name, "" for the police room)."""

    code = "voucher_elsewhere"


class OwnVoucher(Refused):
    """Nobody hands over his own or his household's voucher."""

    code = "own_voucher"


class FittingPlaceMissing(Invalid):
    """A security product is given out only with the place where it will be fitted. Data: `field`."""

    code = "fitting_place_missing"
