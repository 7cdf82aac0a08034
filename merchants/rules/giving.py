"""What a shop may give away, and what counts as its good deed. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from merchants.errors import GiftMemberDayLimit, GiftShopDayLimit, GiftTooLarge
from points.errors import DeedTimeInvalid

#: A deed that is older is not awarded any more.
OLDEST_DEED: Final = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class GiftLimits:
    """Most points in one gift, from one shop to one member in a day, from one shop in a day."""

    gift: int
    member_day: int
    shop_day: int


@dataclass(frozen=True, slots=True)
class GivenToday:
    """Points that a shop has given today, to all and to this member."""

    to_all: int
    to_member: int


def check_gift(points: int, limits: GiftLimits, given: GivenToday) -> None:
    """Raise `GiftTooLarge`, `GiftMemberDayLimit` or `GiftShopDayLimit` when the gift passes a limit."""
    if points > limits.gift:
        raise GiftTooLarge(limit=limits.gift)
    if given.to_member + points > limits.member_day:
        raise GiftMemberDayLimit(limit=limits.member_day, left=max(0, limits.member_day - given.to_member))
    if given.to_all + points > limits.shop_day:
        raise GiftShopDayLimit(limit=limits.shop_day, left=max(0, limits.shop_day - given.to_all))


def deed_time(happened_at: datetime | None, now: datetime) -> datetime:
    """When a deed was done; now when nobody said. Raises `DeedTimeInvalid`: in the future, or over 31 days ago."""
    if happened_at is None:
        return now
    if not now - OLDEST_DEED <= happened_at <= now:
        raise DeedTimeInvalid(field="happened_at", days=OLDEST_DEED.days)
    return happened_at
