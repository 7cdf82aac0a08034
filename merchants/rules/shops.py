"""What a shop, an offer, a trade may be, which status follows, and when a shop is open. Pure."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from core import texts
from merchants.errors import ShopClosedNow, ShopInvalid, ShopReasonMissing, ShopStatusImpossible, TradeUnknown
from merchants.rules.values import (
    ACTIVE,
    APPLIED,
    LEFT,
    LONGEST_NAME,
    LONGEST_REASON,
    LONGEST_TEXT,
    PAUSED,
)
from points.errors import AmountInvalid

LARGEST_AMOUNT: Final = 1_000_000
#: No limit of a day is higher: a slip of the finger must not let a shop take a million points in an afternoon.
MOST_A_DAY: Final = 32_000
MINUTES_A_DAY: Final = 1440
MOST_TRADES: Final = 99
MOST_OFFERS: Final = 30
MOST_CLERKS: Final = 30
#: So many intervals one day may have: closed at noon and in the afternoon is already rare.
MOST_INTERVALS: Final = 4
#: So many applications of one member may wait at the same time.
MOST_APPLICATIONS: Final = 3
#: Who has left a shop counts as one of its people so long, as households do: else he would leave for a minute.
OWN_SHOP_LASTS: Final = timedelta(days=31)

_TRADE_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,29}", re.ASCII)

# ------------------------------------------------------------------------------------------ texts


def clean_text(text: str, field: str, longest: int, *, required: bool = False) -> str:
    """`text` in one line. Raises `ShopInvalid` with a reason: `empty`, `too_long` or `characters`."""
    return texts.clean_line(
        text,
        longest,
        lambda reason: ShopInvalid(field=field, reason=reason, longest=longest),
        required=required,
    )


def clean_name(text: str, field: str = "name") -> str:
    """A name of a shop, an offer or a trade: 1 to 40 code points, not only signs. Raises `ShopInvalid`."""
    clean = clean_text(text, field, LONGEST_NAME, required=True)
    # What has no width makes two names look alike.
    if "\u200d" in clean or not texts.has_letter(clean):
        raise ShopInvalid(field=field, reason="characters", longest=LONGEST_NAME)
    return clean


def clean_reason(text: str, *, required: bool = True) -> str:
    """A reason in words. Raises `ShopReasonMissing`, `ShopInvalid`."""
    clean = clean_text(text, "reason", LONGEST_REASON)
    if required and not clean:
        raise ShopReasonMissing(field="reason")
    return clean


def clean_phone(text: str) -> str:
    """A shop's telephone as it is dialled: digits, spaces, hyphens, a plus in front; may be empty.

    Landlines and short numbers are as good as mobiles. Raises `ShopInvalid`.
    """
    if len(text) > 40:
        raise ShopInvalid(field="phone", reason="too_long", longest=20)
    clean = " ".join(unicodedata.normalize("NFKC", text).split())
    if clean and not re.fullmatch(r"\+?[0-9][0-9 \-]{1,18}", clean, re.ASCII):
        raise ShopInvalid(field="phone", reason="characters")
    return clean


def clean_trade_code(code: str) -> str:
    """A trade's code: 1 to 30 small ASCII letters, digits and underscores, a letter first. Raises `ShopInvalid`."""
    if not _TRADE_CODE.fullmatch(code):
        raise ShopInvalid(field="code", reason="characters")
    return code


def search_text(text: str) -> str:
    """What is searched for: compatibility letters and case do not matter; at most 40 code points."""
    clean = unicodedata.normalize("NFKC", text[: 4 * LONGEST_NAME]).casefold()
    if not texts.is_written(clean):
        clean = "".join(filter(texts.is_written, clean))
    return " ".join(clean.split())[:LONGEST_NAME]


def check_points(points: int) -> int:
    """`points` if it is a whole number from 1 to 1,000,000. Raises `AmountInvalid`, also for True and 1.0."""
    if type(points) is not int or not 1 <= points <= LARGEST_AMOUNT:
        raise AmountInvalid(field="points")
    return points


# ------------------------------------------------------------------------------------------ shops


Hours = Sequence[Sequence[Sequence[int]]]


@dataclass(frozen=True, slots=True)
class ShopWish:
    """A shop as somebody wants it to be. `hours` as in `merchants.models.Merchant`; empty: not said."""

    name: str
    trade_code: str
    name_en: str = ""
    area_id: UUID | None = None
    address: str = ""
    contact_name: str = ""
    phone: str = ""
    about: str = ""
    hours: Hours = ()


def clean_shop(wish: ShopWish) -> ShopWish:
    """The wish as it may be stored. Raises `ShopInvalid`, and `TradeUnknown` for what cannot be a trade's code."""
    if not _TRADE_CODE.fullmatch(wish.trade_code):
        raise TradeUnknown(field="trade_code")
    return replace(
        wish,
        name=clean_name(wish.name),
        name_en=clean_text(wish.name_en, "name_en", LONGEST_NAME),
        address=clean_text(wish.address, "address", LONGEST_REASON),
        contact_name=clean_text(wish.contact_name, "contact_name", LONGEST_NAME),
        phone=clean_phone(wish.phone),
        about=clean_text(wish.about, "about", LONGEST_TEXT),
        hours=clean_hours(wish.hours),
    )


def clean_limits(limits: Mapping[str, int | None]) -> dict[str, int | None]:
    """A shop's own limits: whole points, or None for the alliance's. Raises `ShopInvalid`."""
    most = {"payment_limit": MOST_A_DAY, "member_day_limit": MOST_A_DAY, "day_limit": MOST_A_DAY}
    for name, limit in limits.items():
        if limit is not None and (type(limit) is not int or not 1 <= limit <= most[name]):
            raise ShopInvalid(field=name, reason="range")
    return dict(limits)


_NEXT_STATUS: Final[dict[str, frozenset[str]]] = {
    APPLIED: frozenset({ACTIVE, LEFT}),
    ACTIVE: frozenset({PAUSED, LEFT}),
    PAUSED: frozenset({ACTIVE, LEFT}),
    LEFT: frozenset({ACTIVE}),
}


def check_status_change(status: str, wanted: str) -> None:
    """Raise `ShopStatusImpossible` unless the status machine has this step."""
    if wanted not in _NEXT_STATUS[status]:
        raise ShopStatusImpossible(status=status, wanted=wanted)


def require_partner(status: str, name: str) -> None:
    """Raise `ShopClosedNow` unless the shop takes and gives points now."""
    if status != ACTIVE:
        raise ShopClosedNow(shop=name, status=status)


# ------------------------------------------------------------------------------------------ hours


def clean_hours(hours: Any) -> list[list[list[int]]]:
    """Opening hours as they are stored: nothing, or seven days of intervals [opens, closes] in order.

    Minutes since midnight, 0 ≤ opens < closes ≤ 1440, no two intervals of a day touch. A night goes on the next day
    from 0. Raises `ShopInvalid`.
    """
    days = [[list(interval) for interval in day] for day in hours]
    if not days:
        return []
    if len(days) != 7:
        raise ShopInvalid(field="hours", reason="days")
    for day in days:
        if len(day) > MOST_INTERVALS:
            raise ShopInvalid(field="hours", reason="count")
        last = -1
        for interval in day:
            if len(interval) != 2 or any(type(minute) is not int for minute in interval):
                raise ShopInvalid(field="hours", reason="interval")
            opens, closes = interval
            if not last < opens < closes <= MINUTES_A_DAY:
                raise ShopInvalid(field="hours", reason="order")
            last = closes
    return days


@dataclass(frozen=True, slots=True)
class Opening:
    """Whether a shop is open. `until`: when that changes, local time; None when it never does.

    `state`: `unknown` when the shop has not said its hours.
    """

    state: Literal["open", "closed", "unknown"]
    until: datetime | None = None


def opening(hours: Hours, local: datetime) -> Opening:
    """Whether a shop with these hours is open at `local`, a time of the programme's zone. Closing is half-open."""
    if not hours:
        return Opening("unknown")
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    minute = local.hour * 60 + local.minute
    intervals = _joined(hours, local.weekday())
    for opens, closes in intervals:
        if opens <= minute < closes:
            always = closes - opens >= 7 * MINUTES_A_DAY
            return Opening("open", None if always else _at(midnight, closes))
        if opens > minute:
            return Opening("closed", _at(midnight, opens))
    return Opening("closed")


def _joined(hours: Hours, weekday: int) -> list[tuple[int, int]]:
    """The intervals from yesterday to a week from now, in minutes since today's midnight; nights in one piece."""
    found: list[tuple[int, int]] = []
    for ahead in range(-1, 8):
        for opens, closes in hours[(weekday + ahead) % 7]:
            start, end = ahead * MINUTES_A_DAY + opens, ahead * MINUTES_A_DAY + closes
            if found and found[-1][1] == start:
                found[-1] = (found[-1][0], end)
            else:
                found.append((start, end))
    return found


def _at(midnight: datetime, minutes: int) -> datetime:
    # Wall-clock time: a shop that opens at eight opens at eight also after the clocks were changed.
    return midnight + timedelta(minutes=minutes)


# ------------------------------------------------------------------------------------------ offers


@dataclass(frozen=True, slots=True)
class OfferWish:
    """What a shop gives for so many points."""

    name: str
    points: int
    name_en: str = ""
    note: str = ""


def clean_offer(wish: OfferWish) -> OfferWish:
    """The wish as it may be stored. Raises `ShopInvalid`, `AmountInvalid`."""
    check_points(wish.points)
    return replace(
        wish,
        name=clean_name(wish.name),
        name_en=clean_text(wish.name_en, "name_en", LONGEST_NAME),
        note=clean_text(wish.note, "note", LONGEST_REASON),
    )
