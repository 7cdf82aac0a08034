"""Refusals of partner shops: each a class with a stable code. Words are in `alliance/messages/merchants.py`."""

from core.errors import Conflict, Forbidden, Invalid, NotFound, Refused

# --- Charges ---------------------------------------------------------------------------------------------------------


class ShopClosedNow(Refused):
    """The shop takes no points at present. Data: `shop`, `status`."""

    code = "shop_closed_now"


class AmountMissing(Invalid):
    """Neither an amount nor an offer was chosen. Data: `field`."""

    code = "amount_missing"


class OfferGone(Refused):
    """The shop does not offer this any more, or never did."""

    code = "offer_gone"


class PriceChanged(Conflict):
    """It costs something else now than what was shown. Data: `points` (now), `shown`."""

    code = "price_changed"


class PaymentLimitPassed(Refused):
    """More than one payment may be. Data: `most`."""

    code = "payment_limit"


class PlateLimitPassed(Refused):
    """More than one payment by the shop's plate may be. Data: `most`."""

    code = "plate_limit"


class MemberDayLimitReached(Refused):
    """More than one member may pay at one shop in a day. Data: `most`, `left`."""

    code = "member_day_limit"


class ShopDayLimitReached(Refused):
    """More than one shop may take in a day. Data: `most`."""

    code = "shop_day_limit"


class PlateDayLimitReached(Refused):
    """More than one member may pay by plates in a day. Data: `most`, `left`."""

    code = "plate_day_limit"


class MemberCannotPay(Refused):
    """The member has fewer points. Said to the clerk, who is not told how many. Data: `needed`."""

    code = "member_cannot_pay"


class PayerNeeded(Refused):
    """A device or a command pays nothing: only a member does."""

    code = "payer_needed"


class OrderUnknown(NotFound):
    """No shop of ours shows an order with this code."""

    code = "order_unknown"


class OrderExpired(Refused):
    """The order was shown too long ago."""

    code = "order_expired"


class OrderTaken(Refused):
    """Another member has scanned the order first."""

    code = "order_taken"


class ChargeUnknown(NotFound):
    """There is no such charge, or not for this reader."""

    code = "charge_unknown"


class ChargeExpired(Refused):
    """The time for paying is over; points that were held are back or on their way."""

    code = "charge_expired"


class ChargeClosed(Conflict):
    """The charge has come to its end: it was paid, called off or given back before. Data: `state`."""

    code = "charge_closed"


class ChargeUnpaid(Refused):
    """Only what was paid can be given back. Data: `state`."""

    code = "charge_unpaid"


class MemberConfirms(Refused):
    """An order is confirmed by the member on his own phone, not by the clerk."""

    code = "member_confirms"


class PinNeeded(Refused):
    """For this payment the member types his PIN. Data: `field`, `points`."""

    code = "pin_needed"


class VoidTooLate(Refused):
    """The clerk can take a payment back for some minutes only. Data: `minutes`."""

    code = "void_too_late"


class OwnerNeeded(Forbidden):
    """Of the shop's people only its owner gives points back later."""

    code = "owner_needed"


class RefundReasonMissing(Invalid):
    """A refund needs a reason that the member can read. Data: `field`, `reason`."""

    code = "refund_reason_missing"


class FlagUnknown(NotFound):
    """There is no such entry in the list of odd charges."""

    code = "flag_unknown"
