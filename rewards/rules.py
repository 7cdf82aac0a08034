"""Pure decisions about rewards: who may redeem what, how long a voucher lives, what stock allows."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from core import texts
from rewards.errors import (
    CountInvalid,
    FittingPlaceMissing,
    NoteInvalid,
    PriceChanged,
    QuotaReached,
    ReturnNeedsAnother,
    RewardInvalid,
    RewardNotOffered,
    RewardUnknown,
    SoldOut,
    StockNotEnough,
    VoucherCancelled,
    VoucherExpired,
    VoucherReturned,
    VoucherUsed,
)

LONGEST_NAME: Final = 40
LONGEST_TEXT: Final = 600
LONGEST_NOTE: Final = 200
LARGEST_PRICE: Final = 1_000_000
LARGEST_STOCK: Final = 1_000_000
LARGEST_QUOTA: Final = 1_000

#: Daily goods at the police room, security products (locks, alarms), a service at a shop, a certificate.
SECURITY: Final = "security"
KINDS: Final = ("goods", SECURITY, "service", "certificate")
#: Prepared by the desk, on the shelf, no longer offered.
DRAFT: Final = "draft"
OFFERED: Final = "offered"
RETIRED: Final = "retired"
STATUSES: Final = (DRAFT, OFFERED, RETIRED)
#: Over which a member's quota counts, in the programme's zone.
QUOTA_PERIODS: Final = ("month", "year", "ever")

#: Why stock changed: came in, given out for a voucher, broken or lost, set to what was counted, brought back.
RECEIVED: Final = "received"
HANDED_OVER: Final = "handed_over"
DAMAGED: Final = "damaged"
COUNTED: Final = "counted"
RETURNED: Final = "returned"
MOVEMENTS: Final = (RECEIVED, HANDED_OVER, DAMAGED, COUNTED, RETURNED)

HELD: Final = "held"
USED: Final = "used"
CANCELLED: Final = "cancelled"
EXPIRED: Final = "expired"
STATES: Final = (HELD, USED, CANCELLED, EXPIRED)
#: So long a voucher waits to be handed over unless the reward says otherwise; never longer than `LONGEST_LIFE`.
VOUCHER_LIFE: Final = timedelta(hours=72)
LONGEST_LIFE: Final = timedelta(days=90)
LONGEST_LIFE_HOURS: Final = LONGEST_LIFE // timedelta(hours=1)
#: So long whoever was told that a reward is back keeps the next one in the list from being told.
TOLD_LIFE: Final = timedelta(hours=72)

#: How a list of rewards may be sorted.
SORTS: Final = ("newest", "price", "favourites", "affordable")

#: What a picture may weigh and measure when it is uploaded, and how large it is kept.
LARGEST_PICTURE_BYTES: Final = 1_500_000
MOST_PICTURE_PIXELS: Final = 40_000_000
PICTURE_SIDE_PIXELS: Final = 1_200

_DRAWING = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardWish:
    """A reward as the desk wants it to be.

    `offered_from` is the first day, `offered_until` the day after the last one, in the programme's zone. `low_stock`:
    with so many or fewer on the shelf the desk is warned. `drawing` names a drawn picture, "" for none.
    """

    name_zh: str
    name_en: str = ""
    about_zh: str = ""
    about_en: str = ""
    kind: str = "goods"
    points: int
    low_stock: int = 0
    quota: int | None = None
    quota_period: str = "month"
    voucher_hours: int = VOUCHER_LIFE // timedelta(hours=1)
    offered_from: date | None = None
    offered_until: date | None = None
    drawing: str = ""


#: Not what a member agrees to when he redeems: a change of these asks nobody again.
NO_TERMS: Final = frozenset({"low_stock", "drawing"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardFacts:
    """A reward as it is: all that decisions and pages need to know. See `rewards.models.Reward` for the meanings."""

    id: UUID
    number: int
    name_zh: str
    name_en: str
    about_zh: str
    about_en: str
    kind: str
    points: int
    stock: int | None
    held: int
    low_stock: int
    quota: int | None
    quota_period: str
    voucher_hours: int
    offered_from: date | None
    offered_until: date | None
    merchant_id: UUID | None
    drawing: str
    picture_id: UUID | None
    status: str
    version: int
    created_at: datetime

    @property
    def available(self) -> int | None:
        """How many can be reserved now; None when there is no end of it."""
        return None if self.stock is None else self.stock - self.held

    @property
    def sold_out(self) -> bool:
        """Whether nothing is left to reserve."""
        return self.available == 0

    @property
    def running_low(self) -> bool:
        """Whether the desk should order more."""
        return self.available is not None and self.available <= self.low_stock

    @property
    def voucher_life(self) -> timedelta:
        """How long a voucher for it waits."""
        return timedelta(hours=self.voucher_hours)


# --- The catalogue ---------------------------------------------------------------------------------------------------


def clean_reward(wish: RewardWish) -> RewardWish:
    """The wish as it may be stored. Raises `RewardInvalid` with `field` and `reason`."""
    _require(wish.kind in KINDS, "kind", "unknown")
    _require(wish.quota_period in QUOTA_PERIODS, "quota_period", "unknown")
    for field, value, least, most in (
        ("points", wish.points, 1, LARGEST_PRICE),
        ("low_stock", wish.low_stock, 0, LARGEST_STOCK),
        ("quota", 1 if wish.quota is None else wish.quota, 1, LARGEST_QUOTA),
        ("voucher_hours", wish.voucher_hours, 1, LONGEST_LIFE_HOURS),
    ):
        _require(type(value) is int and least <= value <= most, field, "range")
    begins, ends = wish.offered_from, wish.offered_until
    _require(begins is None or ends is None or begins < ends, "offered_until", "range")
    fits = len(wish.drawing) <= LONGEST_NAME and (not wish.drawing or _DRAWING.fullmatch(wish.drawing))
    _require(bool(fits), "drawing", "characters")
    return replace(
        wish,
        name_zh=_text(wish.name_zh, "name_zh", LONGEST_NAME, required=True),
        name_en=_text(wish.name_en, "name_en", LONGEST_NAME),
        about_zh=_text(wish.about_zh, "about_zh", LONGEST_TEXT),
        about_en=_text(wish.about_en, "about_en", LONGEST_TEXT),
    )


def clean_note(text: str, field: str = "note") -> str:
    """A note in one line, at most 200 code points. Raises `NoteInvalid`."""
    return texts.clean_line(
        text, LONGEST_NOTE, lambda _reason: NoteInvalid(field=field, longest=LONGEST_NOTE), required=False
    )


def clean_count(count: int, least: int) -> int:
    """A number of pieces from `least` to 1,000,000. Raises `CountInvalid`."""
    if type(count) is not int or not least <= count <= LARGEST_STOCK:
        raise CountInvalid(field="count", least=least, most=LARGEST_STOCK)
    return count


def terms_changed(facts: RewardFacts, wish: RewardWish) -> bool:
    """Whether what a member agrees to would be another thing than before."""
    return any(
        getattr(facts, name) != getattr(wish, name)
        for name in RewardWish.__dataclass_fields__
        if name not in NO_TERMS
    )


def _require(good: bool, field: str, reason: str) -> None:
    if not good:
        raise RewardInvalid(field=field, reason=reason)


def _text(text: str, field: str, longest: int, *, required: bool = False) -> str:
    return texts.clean_line(
        text,
        longest,
        lambda reason: RewardInvalid(field=field, reason=reason, longest=longest),
        required=required,
    )


# --- Reserving -------------------------------------------------------------------------------------------------------


def check_on_shelf(reward: RewardFacts, today: date, *, shop_open: bool) -> None:
    """Raise `RewardUnknown` for a draft, `RewardNotOffered` when it is not to be had on this day."""
    if reward.status == DRAFT:
        raise RewardUnknown
    too_early = reward.offered_from is not None and today < reward.offered_from
    too_late = reward.offered_until is not None and today >= reward.offered_until
    if reward.status == RETIRED or too_early or too_late or not shop_open:
        begins = reward.offered_from.isoformat() if too_early and reward.offered_from else None
        raise RewardNotOffered(reward_id=str(reward.id), offered_from=begins)


def check_shown(reward: RewardFacts, version: int, points: int) -> None:
    """Raise `PriceChanged` with the new terms unless the member was shown what holds now."""
    if (reward.version, reward.points) != (version, points):
        raise PriceChanged(
            reward_id=str(reward.id),
            version=reward.version,
            points=reward.points,
            shown=points,
            quota=reward.quota,
            quota_period=reward.quota_period,
            voucher_hours=reward.voucher_hours,
        )


def check_in_stock(reward: RewardFacts, *, waits: bool) -> None:
    """Raise `SoldOut`; `waits`: whether the member is on the waiting list already."""
    if reward.sold_out:
        raise SoldOut(reward_id=str(reward.id), waiting=waits)


def quota_begins(period: str, today: date) -> date:
    """The first day that counts for a quota on `today` (programme's zone)."""
    if period == "month":
        return today.replace(day=1)
    return date(today.year, 1, 1) if period == "year" else date.min


def quota_again(period: str, today: date) -> date | None:
    """The first day on which a used-up quota is fresh; None when that day never comes."""
    if period == "month":
        return (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    return date(today.year + 1, 1, 1) if period == "year" else None


def check_quota(reward: RewardFacts, taken: int, today: date) -> None:
    """Raise `QuotaReached` when the member has taken as many as one may have in the period."""
    if reward.quota is not None and taken >= reward.quota:
        again = quota_again(reward.quota_period, today)
        raise QuotaReached(
            quota=reward.quota, period=reward.quota_period, again_on=again.isoformat() if again else None
        )


# --- Vouchers --------------------------------------------------------------------------------------------------------


def effective_state(state: str, expires_at: datetime, now: datetime) -> str:
    """The state as it counts: a voucher is expired from its minute on, also before the run books it."""
    return EXPIRED if state == HELD and now >= expires_at else state


def check_voucher(
    *,
    state: str,
    expires_at: datetime,
    ended_at: datetime | None,
    returned_at: datetime | None,
    used_where: str,
    now: datetime,
) -> None:
    """Raise unless the voucher can be handed over now.

    `VoucherUsed`, `VoucherReturned`, `VoucherCancelled` or `VoucherExpired`. `used_where`: name of the shop that handed
    it over, "" for the police room.
    """
    state = effective_state(state, expires_at, now)
    if returned_at is not None:
        raise VoucherReturned(at=returned_at.isoformat())
    if state == USED and ended_at is not None:
        raise VoucherUsed(at=ended_at.isoformat(), where=used_where)
    if state == CANCELLED and ended_at is not None:
        raise VoucherCancelled(at=ended_at.isoformat())
    if state == EXPIRED:
        raise VoucherExpired(at=expires_at.isoformat())


def check_fitting(kind: str, fitting_place: str) -> None:
    """Raise `FittingPlaceMissing` when a security product is given out without saying where it will be fitted."""
    if kind == SECURITY and not fitting_place:
        raise FittingPlaceMissing(field="fitting_place")


def check_returner(handed_over_by: UUID | None, household: Collection[UUID], *, to_stock: bool) -> None:
    """Raise `ReturnNeedsAnother` when who handed it over would take it back alone, with no piece there to be counted.

    `household`: the returner with his. Points that come back while nothing lies on the shelf for them are goods for
    nothing: two people stand behind that. What goes back on the shelf the next count finds, or misses.
    """
    if not to_stock and handed_over_by in household:
        raise ReturnNeedsAnother


# --- Stock -----------------------------------------------------------------------------------------------------------


def stock_after(reward: RewardFacts, change: int) -> int:
    """What lies on the shelf after a change by hand.

    Raises `StockNotEnough` when what is held for vouchers would not be there any more, `CountInvalid` when it would be
    more than 1,000,000. Data: `stock`, `held`.
    """
    after = (reward.stock or 0) + change
    if after < reward.held:
        raise StockNotEnough(field="count", stock=reward.stock, held=reward.held)
    return clean_count(after, 0)
