"""Shops, hours and charges in plain words, in the reader's language."""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import format_date, format_datetime, format_time
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy

from core import clock
from merchants.queries import ShopFacts

STATUSES = {
    "applied": _lazy("has applied"),
    "active": _lazy("partner"),
    "paused": _lazy("paused"),
    "left": _lazy("has left"),
}
STATUS_TONES = {"applied": "warn", "active": "ok", "paused": "warn", "left": ""}
POSTS = {"owner": _lazy("owner"), "clerk": _lazy("clerk")}
WAYS = {
    "order": _lazy("by order code"),
    "phone": _lazy("by the member's phone"),
    "card": _lazy("by card and PIN"),
    "plate": _lazy("by the shop's plate"),
}
STATES = {
    "shown": _lazy("waits to be scanned"),
    "held": _lazy("waits to be confirmed"),
    "paid": _lazy("paid"),
    "cancelled": _lazy("called off"),
    "expired": _lazy("ran out"),
    "voided": _lazy("taken back"),
    "refunded": _lazy("refunded"),
}
STATE_TONES = {
    "shown": "calm",
    "held": "calm",
    "paid": "ok",
    "cancelled": "",
    "expired": "",
    "voided": "warn",
    "refunded": "warn",
}
FLAGS = {
    "same_pair": _lazy("the same two again and again"),
    "own_shop": _lazy("paid at the own shop"),
    "closing_time": _lazy("round amounts at closing time"),
    "gift_returned": _lazy("a gift that came back"),
}
WEEKDAYS = (
    _lazy("Monday"),
    _lazy("Tuesday"),
    _lazy("Wednesday"),
    _lazy("Thursday"),
    _lazy("Friday"),
    _lazy("Saturday"),
    _lazy("Sunday"),
)


def time_of_day(minutes: int) -> str:
    """Minutes since midnight as 09:30; 1440 is 24:00."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def hours_of_day(spans: Sequence[Sequence[int]]) -> str:
    """The hours of one day in words."""
    if not spans:
        return _("closed")
    if [list(each) for each in spans] == [[0, 1440]]:
        return _("day and night")
    return ", ".join(f"{time_of_day(opens)}–{time_of_day(closes)}" for opens, closes in spans)


def week(shop: ShopFacts) -> list[tuple[str, str, bool]]:
    """The shop's week: day, hours, whether it is today. Empty when the shop has not said its hours."""
    today = clock.today().weekday()
    return [
        (str(WEEKDAYS[day]), hours_of_day(spans), day == today)
        for day, spans in enumerate(shop.hours)
        if day < len(WEEKDAYS)
    ]


def open_now(shop: ShopFacts) -> tuple[str, str]:
    """Whether the shop is open now: words and tone. Empty words when it has not said its hours."""
    if shop.status == "paused":
        return _("pauses just now"), "warn"
    opening = shop.opening
    if opening.state == "unknown":
        return "", ""
    if opening.state == "open":
        if opening.until is None:
            return _("open day and night"), "ok"
        return _("open until %(time)s", time=format_time(opening.until, "HH:mm", rebase=False)), "ok"
    if opening.until is None:
        return _("closed"), ""
    return _("closed, opens %(moment)s", moment=_next_opening(opening.until)), ""


def _next_opening(local: datetime) -> str:
    time = format_time(local, "HH:mm", rebase=False)
    if local.date() == clock.today():
        return time
    return f"{format_date(local.date(), 'EEE', rebase=False)} {time}"


def moment(at: datetime) -> str:
    """A time of the programme's zone with its day."""
    return format_datetime(clock.local(at), _("d MMM, HH:mm"), rebase=False)


def day(at: datetime) -> str:
    """The day of a time, in the programme's zone."""
    return format_date(clock.local(at).date(), "long", rebase=False)


def time(at: datetime) -> str:
    """A time of the programme's zone, without its day."""
    return format_time(clock.local(at), "HH:mm", rebase=False)
