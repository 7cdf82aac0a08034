"""Opening hours as they are typed: seven days, each with a span or two of HH:MM."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask_babel import lazy_gettext as _

from merchants.errors import ShopInvalid
from merchants.rules.shops import MINUTES_A_DAY, clean_hours

SPANS: Final = 2
_DAYS: Final = range(7)
#: A Chinese keyboard writes a wide colon; a hurried hand a dot, or nothing.
_TIME: Final = re.compile(r"(\d{1,2})[:：.]?(\d{2})", re.ASCII)

FAULTS: Final[Mapping[str, Any]] = {
    "time": _("Write times as 09:00; midnight at the end of the day is 24:00."),
    "half": _("Each span has two times: when you open and when you close."),
    "order": _("The times go from morning to night, and no two spans touch."),
}


@dataclass
class Day:
    """One day: its spans as typed, and what is wrong with them."""

    spans: list[tuple[str, str]]
    fault: str = ""


class Week:
    """A week of opening hours in a form, from Monday. Nothing typed at all: the shop has not said its hours."""

    def __init__(self, days: Sequence[Sequence[tuple[str, str]]]) -> None:
        most = max([SPANS, *map(len, days)])
        self.days = [Day([*spans, *[("", "")] * (most - len(spans))]) for spans in days]

    @classmethod
    def of(cls, hours: Sequence[Sequence[Sequence[int]]]) -> "Week":
        """Stored hours, to be changed."""
        days = hours or [[] for _day in _DAYS]
        return cls([[(_written(opens), _written(closes)) for opens, closes in day] for day in days])

    @classmethod
    def read(cls, form: Mapping[str, str]) -> "Week":
        """What was typed. Ticking "every day like Monday" copies Monday."""
        same = form.get("every_day") == "1"
        return cls([_typed(form, 0 if same else day) for day in _DAYS])

    def minutes(self) -> list[list[list[int]]]:
        """The hours as they are stored; marks the day that is at fault. Raises `ShopInvalid` with `field` hours."""
        found = []
        for day in self.days:
            try:
                spans = [_span(*each) for each in day.spans if any(each)]
                found.append(clean_hours([spans, *[[]] * 6])[0])
            except ShopInvalid as refusal:
                day.fault = str(FAULTS.get(str(refusal.data["reason"]), FAULTS["order"]))
                raise
        return found if any(found) else []


def _typed(form: Mapping[str, str], day: int) -> list[tuple[str, str]]:
    spans: list[tuple[str, str]] = []
    while f"opens-{day}-{len(spans)}" in form and len(spans) < 2 * SPANS:
        place = f"{day}-{len(spans)}"
        spans.append((form[f"opens-{place}"].strip()[:9], form.get(f"closes-{place}", "").strip()[:9]))
    return spans


def _span(opens: str, closes: str) -> list[int]:
    if not (opens and closes):
        raise ShopInvalid(field="hours", reason="half")
    return [_minutes(opens), _minutes(closes)]


def _minutes(text: str) -> int:
    read = _TIME.fullmatch(text)
    if read is None or int(read[2]) > 59 or int(read[1]) * 60 + int(read[2]) > MINUTES_A_DAY:
        raise ShopInvalid(field="hours", reason="time")
    return int(read[1]) * 60 + int(read[2])


def _written(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
