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


@dataclass(frozen=True, slots=True)
class BudgetLimits:
    """Up to how many points one coordinator grants alone: at once, to one shop in an ISO week, in all on his day."""

    grant: int
    shop_week: int
    coordinator_day: int


def budget_limit_passed(points: int, in_week: int, on_day: int, limits: BudgetLimits) -> str | None:
    """Which limit a grant of `points` would pass: "grant", "shop_week", "coordinator_day", or None.

    `in_week` is what single persons have granted the shop in this week, `on_day` what this one has granted today.
    """
    if points > limits.grant:
        return "grant"
    if in_week + points > limits.shop_week:
        return "shop_week"
    if on_day + points > limits.coordinator_day:
        return "coordinator_day"
    return None


def deed_time(happened_at: datetime | None, now: datetime) -> datetime:
    """When a deed was done; now when nobody said. Raises `DeedTimeInvalid`: in the future, or over 31 days ago."""
    if happened_at is None:
        return now
    if not now - OLDEST_DEED <= happened_at <= now:
        raise DeedTimeInvalid(field="happened_at", days=OLDEST_DEED.days)
    return happened_at
