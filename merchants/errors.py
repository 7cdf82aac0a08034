"""Refusals of partner shops: each a class with a stable code. Words are in `alliance/messages/merchants.py`."""

from core.errors import Conflict, Forbidden, Invalid, NotFound, Refused, TooMany

# --- Shops -----------------------------------------------------------------------------------------------------------


class ShopUnknown(NotFound):
    """There is no such shop, or none that this reader may see."""

    code = "shop_unknown"


class ShopInvalid(Invalid):
    """The shop, offer or trade cannot be as described. Data: `field`, `reason`, for texts `longest`."""

    code = "shop_invalid"


class ShopNameTaken(Conflict):
    """Another shop has this name. Data: `field`, `name`."""

    code = "shop_name_taken"


class ShopStatusImpossible(Conflict):
    """The shop cannot go from its status to the wanted one. Data: `status`, `wanted`."""

    code = "shop_status_impossible"


class ShopReasonMissing(Invalid):
    """Declining, pausing or ending a shop by the desk needs a reason in words. Data: `field`."""

    code = "shop_reason_missing"


class ApplicationsTooMany(Refused):
    """The member has applied for several shops that nobody has judged yet. Data: `most`."""

    code = "shop_applications_too_many"


class OwnShop(Forbidden):
    """Nobody decides about value at a shop where he, or somebody of his household, works. Data: `where`."""

    code = "own_shop"


class TradeUnknown(Refused):
    """There is no such trade. Data: `field`."""

    code = "trade_unknown"


class TradeExists(Conflict):
    """Another trade has this code. Data: `field`, `trade`."""

    code = "trade_exists"


# --- The plate -------------------------------------------------------------------------------------------------------


class ShopPlateUnknown(NotFound):
    """No plate of ours on any counter has this code."""

    code = "shop_plate_unknown"


class ShopPlateReplaced(Refused):
    """The shop's plate was printed anew and this old one counts no more. Data: `where`."""

    code = "shop_plate_replaced"


class ShopPlateRenewed(Conflict):
    """The shop got a new plate since its page was read. Data: `where`, `generation` of the newest plate."""

    code = "shop_plate_renewed"


# --- Clerks ----------------------------------------------------------------------------------------------------------


class NotYourShop(Forbidden):
    """Only its owners and clerks stand at this counter."""

    code = "not_your_shop"


class ClerkUnknown(NotFound):
    """The member does not work at this shop."""

    code = "clerk_unknown"


class ClerkThere(Conflict):
    """The member works at this shop already. Data: `field`."""

    code = "clerk_there"


class ClerkAsked(Conflict):
    """The member was asked to work at this shop and has not answered yet. Data: `field`."""

    code = "clerk_asked"


class InvitationUnknown(NotFound):
    """The shop has not asked this member to work there, or no longer."""

    code = "invitation_unknown"


class ClerksTooMany(Refused):
    """No more clerks fit. Data: `most`."""

    code = "clerks_too_many"


class LastOwner(Refused):
    """A shop keeps at least one owner."""

    code = "last_owner"


class MemberNumberUnknown(Refused):
    """The number typed is no member's. Data: `field`."""

    code = "member_number_unknown"


class CounterPinWrong(Refused):
    """Not the clerk's counter PIN. Data: `field`, `tries_left`."""

    code = "counter_pin_wrong"


class CounterPinLocked(TooMany):
    """Too many wrong counter PINs; it opens by itself, or by a new PIN. Data: `retry_after`, seconds."""

    code = "counter_pin_locked"


class CounterPinMissing(Refused):
    """The clerk has no counter PIN yet. Data: `field`."""

    code = "counter_pin_missing"


class CounterKept(Forbidden):
    """Clerks share this phone at a counter: nothing but the counter opens until its member shows his own PIN.

    Data: `where`.
    """

    code = "counter_kept"


# --- Offers ----------------------------------------------------------------------------------------------------------


class OfferUnknown(NotFound):
    """The shop has no such offer."""

    code = "offer_unknown"


class OfferRetired(Refused):
    """The offer is no longer made. Data: `what`."""

    code = "offer_retired"


class OffersTooMany(Refused):
    """No more offers fit on the page. Data: `most`."""

    code = "offers_too_many"


# --- Giving ----------------------------------------------------------------------------------------------------------


class GiftToOwnPeople(Refused):
    """A shop's points are for customers: not for who works there, nor for the household of the giver."""

    code = "gift_to_own_people"


class GiftReceiverChanged(Conflict):
    """The code or number belongs to somebody else than the clerk was shown."""

    code = "gift_receiver_changed"


class GiftReceiverMissing(Invalid):
    """A gift names one member: by card or phone code, or by number. Data: `field`."""

    code = "gift_receiver_missing"


class GiftTooLarge(Refused):
    """More than one gift may have. Data: `limit`."""

    code = "gift_too_large"


class GiftMemberDayLimit(Refused):
    """The shop has given this member enough today. Data: `limit`, `left`."""

    code = "gift_member_day_limit"


class GiftMemberWeekLimit(Refused):
    """This member has got as much this week as may be given without a second person. Data: `limit`."""

    code = "gift_member_week_limit"


class GiftShopDayLimit(Refused):
    """The shop has given enough today. Data: `limit`, `left`."""

    code = "gift_shop_day_limit"


class BudgetNotEnough(Refused):
    """The shop's budget holds fewer points. Data: `needed`, `balance`."""

    code = "budget_not_enough"


class GiftUnknown(NotFound):
    """The shop has given no such gift."""

    code = "gift_unknown"


class ShopDeedUnknown(NotFound):
    """The shop was awarded no such deed."""

    code = "shop_deed_unknown"


class BudgetRequestUnknown(NotFound):
    """No such grant, and no such award of a deed, has waited for a second person."""

    code = "budget_request_unknown"


class BudgetRequestClosed(Conflict):
    """It was agreed to, declined or called off before. Data: `state`."""

    code = "budget_request_closed"


class BudgetSecondIsFirst(Refused):
    """Nobody is the second person for what he, or somebody of his household, has asked for."""

    code = "budget_second_is_first"


class BudgetRequestNotOwn(Refused):
    """Only who asked for it calls it off."""

    code = "budget_request_not_own"


class BudgetRequesterChanged(Conflict):
    """Who asked for it belongs to the shop by now, or may no longer ask for such things."""

    code = "budget_requester_changed"


# --- Charges ---------------------------------------------------------------------------------------------------------


class ShopClosedNow(Refused):
    """The shop takes no points at present. Data: `shop`, `status`."""

    code = "shop_closed_now"


class AmountMissing(Invalid):
    """Neither an amount nor an offer was chosen. Data: `field`."""

    code = "amount_missing"


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
    """Of the shop's people only its owner may do this."""

    code = "owner_needed"


class RefundReasonMissing(Invalid):
    """A refund needs a reason that the member can read. Data: `field`, `reason`."""

    code = "refund_reason_missing"


class FlagUnknown(NotFound):
    """There is no such entry in the list of odd charges."""

    code = "flag_unknown"


# --- Settlement ------------------------------------------------------------------------------------------------------


class MonthInvalid(Invalid):
    """Not a month as "2026-10". Data: `field`."""

    code = "month_invalid"


class MonthOpen(Refused):
    """The month is not over, or only just. Data: `field`, `month`, `ready_at`."""

    code = "month_open"


class MonthFuture(Refused):
    """The month has not begun. Data: `field`, `month`."""

    code = "month_future"


class EarlierMonthOpen(Refused):
    """Months are settled in their order. Data: `month`, `earlier`: the one that comes first."""

    code = "earlier_month_open"


class RateMissing(Refused):
    """For some shops nobody has said what a point is worth. Data: `month`, `shops`: names, `count`, `since`."""

    code = "rate_missing"


class RateInvalid(Invalid):
    """Not a rate. Data: `field`, `reason`."""

    code = "rate_invalid"


class RateTooEarly(Refused):
    """For the month of that day statements are there already. Data: `field`, `earliest`."""

    code = "rate_too_early"


class SettlementUnknown(NotFound):
    """There is no such statement, or not for this reader."""

    code = "settlement_unknown"


class SettlementStepImpossible(Conflict):
    """The statement is not at the step before the wanted one. Data: `state`, `wanted`."""

    code = "settlement_step_impossible"


class SecondPersonPays(Forbidden):
    """Who wrote down that the shop agreed on paper does not book the payment as well. Data: `where`."""

    code = "second_person_pays"


class PaperNoteMissing(Invalid):
    """Who agrees for a shop says how the shop did. Data: `field`."""

    code = "paper_note_missing"


class ReferenceMissing(Invalid):
    """Money that was paid has a number to find it by. Data: `field`."""

    code = "reference_missing"


class PaidOnInvalid(Invalid):
    """Money is paid after the month and not in days to come. Data: `field`, `earliest`, `latest`."""

    code = "paid_on_invalid"


class PaybackImpossible(Conflict):
    """The shop owes nothing (any more) after this statement, or is a partner again. Data: `where`."""

    code = "payback_impossible"
