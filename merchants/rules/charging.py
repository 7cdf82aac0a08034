"""Pure decisions about charges: amounts, limits, what may follow on a state, when a PIN is needed, what looks odd."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from merchants.errors import (
    AmountMissing,
    ChargeClosed,
    ChargeExpired,
    ChargeUnpaid,
    MemberConfirms,
    MemberDayLimitReached,
    OrderExpired,
    OrderTaken,
    PaymentLimitPassed,
    PinNeeded,
    PlateDayLimitReached,
    PlateLimitPassed,
    PriceChanged,
    RefundReasonMissing,
    ShopDayLimitReached,
    VoidTooLate,
)
from merchants.rules.shops import check_points, clean_text
from merchants.rules.values import (
    BY_CARD,
    BY_ORDER,
    BY_PHONE,
    BY_PLATE,
    CANCELLED,
    EXPIRED,
    HELD,
    LONGEST_REASON,
    PAID,
    REFUNDED,
    SHOWN,
    VOID_LIFE,
    VOIDED,
)

#: The same member at the same shop so often in a day, or in `PAIR_DAYS`, is worth a look.
PAIR_A_DAY: Final = 4
PAIR_IN_DAYS: Final = 10
PAIR_DAYS: Final = timedelta(days=7)
#: So many round amounts so close to closing time are worth a look.
ROUND_AMOUNT: Final = 50
ROUND_TIMES: Final = 3
AROUND_CLOSING: Final = timedelta(minutes=30)
#: So long after a gift it is worth a look when as many points come back to the shop that gave them.
GIFT_COMES_BACK: Final = timedelta(days=30)
#: States in which nothing is left to be called off.
_OVER: Final = frozenset({PAID, CANCELLED, EXPIRED, VOIDED, REFUNDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """A charge as decisions see it. All times UTC."""

    id: UUID
    merchant_id: UUID
    member_id: UUID | None
    clerk_id: UUID | None
    way: str
    points: int
    offer_id: UUID | None
    what: str
    state: str
    opened_at: datetime
    expires_at: datetime
    paid_at: datetime | None
    reservation_id: UUID | None

    def state_at(self, now: datetime) -> str:
        """The state that counts: whoever waited too long has expired, although nobody has written it down yet."""
        return EXPIRED if self.state in {SHOWN, HELD} and now >= self.expires_at else self.state


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """What a payment depends on. `hours` as in `merchants.models.Merchant`; limits None: the alliance's."""

    id: UUID
    name: str
    name_en: str
    status: str
    hours: Sequence[Sequence[Sequence[int]]]
    payment_limit: int | None
    member_day_limit: int | None
    day_limit: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Most points: in one payment, of a member at the shop in a day, of the shop in a day, and by plates."""

    payment: int
    member_day: int
    shop_day: int
    plate_payment: int
    plate_day: int


@dataclass(frozen=True, slots=True)
class Taken:
    """Points of today, paid or held: of the member at the shop, of the shop, of the member by plates anywhere."""

    by_member: int = 0
    by_shop: int = 0
    by_plates: int = 0


# --- Amounts and limits ----------------------------------------------------------------------------------------------


def price(points: int | None, offer_points: int | None) -> int:
    """What is to be paid: the amount typed, or the offer's price.

    `points` beside an offer is the price that was shown. Raises `AmountInvalid`, `AmountMissing`, `PriceChanged`.
    """
    if points is None and offer_points is None:
        raise AmountMissing(field="points")
    if offer_points is None:
        return check_points(points or 0)
    if points is not None:
        check_price(points, offer_points)
    return offer_points


def check_price(shown: int, points: int) -> None:
    """Raise `PriceChanged` unless the price that the member saw is the price. Raises `AmountInvalid` for no price."""
    if check_points(shown) != points:
        raise PriceChanged(points=points, shown=shown)


def check_payment(points: int, way: str, limits: Limits) -> None:
    """Raise `PaymentLimitPassed` or `PlateLimitPassed` when one payment is too large."""
    if points > limits.payment:
        raise PaymentLimitPassed(most=limits.payment)
    if way == BY_PLATE and points > limits.plate_payment:
        raise PlateLimitPassed(most=limits.plate_payment)


def check_day(points: int, way: str, limits: Limits, taken: Taken) -> None:
    """Raise `MemberDayLimitReached`, `ShopDayLimitReached` or `PlateDayLimitReached` when it is too much for a day.

    The member is told what is left for him; how much a shop takes in a day is nobody else's business.
    """
    if taken.by_member + points > limits.member_day:
        raise MemberDayLimitReached(most=limits.member_day, left=max(limits.member_day - taken.by_member, 0))
    if taken.by_shop + points > limits.shop_day:
        raise ShopDayLimitReached(most=limits.shop_day)
    if way == BY_PLATE and taken.by_plates + points > limits.plate_day:
        raise PlateDayLimitReached(most=limits.plate_day, left=max(limits.plate_day - taken.by_plates, 0))


def needs_pin(way: str, points: int, above: int) -> bool:
    """Whether the member's PIN is needed: for a card always, for the phone's code above a limit."""
    return way == BY_CARD or (way == BY_PHONE and points > above)


# --- What may follow -------------------------------------------------------------------------------------------------


def check_takeable(order: Charge, member_id: UUID, now: datetime) -> None:
    """Raise `OrderExpired`, `OrderTaken` or `ChargeClosed` unless the member may take this order, or has taken it."""
    state = order.state_at(now)
    if state == EXPIRED:
        raise OrderExpired
    if order.member_id is not None and order.member_id != member_id:
        raise OrderTaken
    if state not in {SHOWN, HELD}:
        raise ChargeClosed(state=state)


def check_confirmable(charge: Charge, shown: int, now: datetime) -> None:
    """Raise unless the member may pay now what was shown: `ChargeExpired`, `ChargeClosed`, `PriceChanged`."""
    _require_waiting(charge, now)
    if charge.way != BY_ORDER or charge.state != HELD:
        raise ChargeClosed(state=charge.state)
    check_price(shown, charge.points)


def check_collectable(charge: Charge, now: datetime, *, pin_needed: bool, pin_shown: bool) -> None:
    """Raise unless the clerk may take the points now.

    Raises `ChargeExpired`, `ChargeClosed`, `MemberConfirms`, `PinNeeded`.
    """
    _require_waiting(charge, now)
    if charge.way == BY_ORDER:
        raise MemberConfirms
    if pin_needed and not pin_shown:
        raise PinNeeded(field="pin", points=charge.points)


def check_cancellable(charge: Charge) -> None:
    """Raise `ChargeClosed` when there is nothing left to call off; one whose time has run out may be."""
    if charge.state in _OVER:
        raise ChargeClosed(state=charge.state)


def check_voidable(charge: Charge, now: datetime) -> None:
    """Raise `ChargeUnpaid`, `ChargeClosed` or `VoidTooLate` unless the clerk may take the payment back."""
    _require_paid(charge)
    if charge.paid_at is None or now >= charge.paid_at + VOID_LIFE:
        raise VoidTooLate(minutes=VOID_LIFE // timedelta(minutes=1))


def check_refundable(charge: Charge) -> None:
    """Raise `ChargeUnpaid` or `ChargeClosed` unless the payment stands."""
    _require_paid(charge)


def clean_reason(text: str) -> str:
    """The reason of a refund, which the member can read. Raises `RefundReasonMissing`, `ShopInvalid`."""
    clean = clean_text(text, "reason", LONGEST_REASON)
    if not clean:
        raise RefundReasonMissing(field="reason")
    return clean


def clean_note(text: str) -> str:
    """What a coordinator found out about something odd; may be empty. Raises `ShopInvalid`."""
    return clean_text(text, "note", LONGEST_REASON)


def _require_waiting(charge: Charge, now: datetime) -> None:
    state = charge.state_at(now)
    if state == EXPIRED:
        raise ChargeExpired
    if state not in {SHOWN, HELD}:
        raise ChargeClosed(state=state)


def _require_paid(charge: Charge) -> None:
    if charge.state in {VOIDED, REFUNDED}:
        raise ChargeClosed(state=charge.state)
    if charge.state != PAID:
        raise ChargeUnpaid(state=charge.state)


# --- What looks odd --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Gifts:
    """Points that a shop gave a member within `GIFT_COMES_BACK`, and what he has paid there since the first of them.

    `last_at` (UTC) is the last gift; None when there was none.
    """

    given: int = 0
    paid: int = 0
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Habits:
    """What is known when a payment is looked at, itself counted in.

    Payments of the member at this shop on this day and in the last seven; whether he or somebody of his household
    works there; round amounts of the shop around this closing time; what the shop gave him.
    """

    pair_in_day: int
    pair_in_week: int
    works_there: bool
    round_at_closing: int
    gifts: Gifts = Gifts()


def odd(habits: Habits) -> list[tuple[str, dict[str, Any]]]:
    """Kind and data of every flag that the payment deserves. It stands all the same: a person looks at it."""
    found: list[tuple[str, dict[str, Any]]] = []
    if habits.pair_in_day >= PAIR_A_DAY or habits.pair_in_week >= PAIR_IN_DAYS:
        found.append(("same_pair", {"in_day": habits.pair_in_day, "in_week": habits.pair_in_week}))
    if habits.works_there:
        found.append(("own_shop", {}))
    if habits.round_at_closing >= ROUND_TIMES:
        found.append(("closing_time", {"times": habits.round_at_closing}))
    gifts = habits.gifts
    if gifts.given and gifts.paid >= gifts.given:
        found.append(
            ("gift_returned", {"given": gifts.given, "paid": gifts.paid, "days": GIFT_COMES_BACK.days})
        )
    return found


def is_round(points: int) -> bool:
    """Whether the amount looks invented rather than reckoned."""
    return points % ROUND_AMOUNT == 0


def around_closing(
    hours: Sequence[Sequence[Sequence[int]]], at: datetime
) -> tuple[datetime, datetime] | None:
    """The half hour before and after the closing time that `at` is near to, or None. All in the programme's zone.

    `hours`: for each day of the week from Monday a list of [opens, closes] in minutes since midnight.
    """
    for day in (at.date(), at.date() - timedelta(days=1)):
        for closes in _closings(hours, day):
            moment = datetime.combine(day, datetime.min.time(), tzinfo=at.tzinfo) + timedelta(minutes=closes)
            if abs(at - moment) <= AROUND_CLOSING:
                return moment - AROUND_CLOSING, moment + AROUND_CLOSING
    return None


def _closings(hours: Sequence[Sequence[Sequence[int]]], day: date) -> list[int]:
    if len(hours) <= day.weekday():
        return []
    return [span[1] for span in hours[day.weekday()]]
