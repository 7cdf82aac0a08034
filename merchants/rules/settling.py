"""What a month's statement of a shop is: which month may be drafted, what a point is worth, what is owed. Pure.

A rate is whole cents for one point, so every amount is points times cents: nothing is ever rounded.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from merchants.errors import (
    MonthFuture,
    MonthInvalid,
    MonthOpen,
    PaidOnInvalid,
    PaperNoteMissing,
    RateInvalid,
    RateTooEarly,
    ReferenceMissing,
    SettlementStepImpossible,
)
from merchants.rules.shops import clean_text
from merchants.rules.values import (
    AGREED,
    CLOSED,
    DRAFT,
    LONGEST_REASON,
    LONGEST_REFERENCE,
    MOST_CENTS_PER_POINT,
    SETTLED,
)

#: So long after its end a month is not drafted yet: a payment booked in its last second is in the database by then.
GRACE: Final = timedelta(minutes=5)
#: The programme is younger than this; a month before it is a slip of the finger.
FIRST_YEAR: Final = 2000
_EVER: Final = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
_FOREVER: Final = datetime.max.replace(tzinfo=UTC)
_STEPS: Final = {AGREED: DRAFT, SETTLED: AGREED, CLOSED: SETTLED}

# ------------------------------------------------------------------------------------------ months


def read_month(text: str) -> date:
    """The first day of a month written "2026-10". Raises `MonthInvalid`."""
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", text, re.ASCII) or int(text[:4]) < FIRST_YEAR:
        raise MonthInvalid(field="month")
    return date(int(text[:4]), int(text[5:]), 1)


def month_of(day: date) -> str:
    """The month of a day, as it is written here: "2026-10"."""
    return f"{day.year:04}-{day.month:02}"


def check_over(month: str, start: datetime, end: datetime, now: datetime) -> None:
    """Raise `MonthFuture` before the month [start, end) has begun, `MonthOpen` until it is over and all is booked."""
    if now < start:
        raise MonthFuture(field="month", month=month)
    if now < end + GRACE:
        raise MonthOpen(field="month", month=month, ready_at=(end + GRACE).isoformat())


# ------------------------------------------------------------------------------------------ rates


@dataclass(frozen=True, slots=True)
class Rate:
    """What a point is worth from a day on: at one shop, in one trade, or (both empty) everywhere.

    Of two rates of one scope for the same day the one entered later counts: so a slip is put right without a trace
    being lost.
    """

    merchant_id: UUID | None
    trade_code: str | None
    cents_per_point: int
    valid_from: date
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Span:
    """A rate of one shop from its first day to the day before `until` (None: open end)."""

    first: date
    until: date | None
    cents_per_point: int


def rate_on(rates: Iterable[Rate], merchant_id: UUID, trade_code: str, day: date) -> int | None:
    """Cents for a point at a shop on a day: its own rate, else its trade's, else the general one; None without any."""
    best: tuple[int, date, datetime] | None = None
    cents: int | None = None
    for rate in rates:
        rank = _rank(rate, merchant_id, trade_code)
        if rank is None or rate.valid_from > day:
            continue
        candidate = (rank, rate.valid_from, rate.created_at)
        if best is None or candidate >= best:
            best, cents = candidate, rate.cents_per_point
    return cents


def _rank(rate: Rate, merchant_id: UUID, trade_code: str) -> int | None:
    if rate.merchant_id is not None:
        return 2 if rate.merchant_id == merchant_id else None
    if rate.trade_code is not None:
        return 1 if rate.trade_code == trade_code else None
    return 0


def rate_spans(rates: Sequence[Rate], merchant_id: UUID, trade_code: str) -> list[Span]:
    """All rates that ever counted at a shop, oldest first, without gaps from the first one on."""
    own = [rate for rate in rates if _rank(rate, merchant_id, trade_code) is not None]
    days = sorted({rate.valid_from for rate in own})
    spans: list[Span] = []
    for day in days:
        cents = rate_on(own, merchant_id, trade_code, day)
        if cents is None or (spans and spans[-1].cents_per_point == cents):
            continue
        if spans:
            spans[-1] = Span(spans[-1].first, day, spans[-1].cents_per_point)
        spans.append(Span(day, None, cents))
    return spans


@dataclass(frozen=True, slots=True)
class Trading:
    """The trades of a shop: `former` as (until when, code), oldest first, and the present one."""

    present: str
    former: tuple[tuple[datetime, str], ...] = ()

    def periods(self) -> list[tuple[datetime, datetime, str]]:
        """Each trade with the half-open time in which the shop had it, from ever to ever, without gaps."""
        ends = [*self.former, (_FOREVER, self.present)]
        starts = [_EVER, *(until for until, _code in self.former)]
        return [(start, end, code) for start, (end, code) in zip(starts, ends, strict=True) if start < end]


@dataclass(frozen=True, slots=True)
class Worth:
    """What a point that a shop took from `start` until before `end` counts, in cents. UTC."""

    start: datetime
    end: datetime
    cents_per_point: int


def worth(
    rates: Sequence[Rate], merchant_id: UUID, trading: Trading, start_of: Callable[[date], datetime]
) -> list[Worth]:
    """What points count that a shop ever took, oldest first: at the rate of the trade that it had when it took them.

    `start_of` gives the moment at which a day of the programme's zone begins. Where no rate was valid there is a gap.
    """
    found: list[Worth] = []
    for start, end, trade_code in trading.periods():
        for span in rate_spans(rates, merchant_id, trade_code):
            first = max(start, start_of(span.first))
            last = min(end, start_of(span.until)) if span.until else end
            if first < last:
                found.append(Worth(first, last, span.cents_per_point))
    return found


def gaps(worths: Sequence[Worth], first: datetime, last: datetime) -> list[tuple[datetime, datetime]]:
    """The half-open times from `first` to `last` (included) in which no rate was valid, oldest first."""
    found: list[tuple[datetime, datetime]] = []
    covered = first
    for each in worths:
        if each.start > last:
            break
        if each.start > covered:
            found.append((covered, each.start))
        covered = max(covered, each.end)
    if covered <= last:
        found.append((covered, _FOREVER))
    return found


def check_rate(cents_per_point: int, valid_from: date, drafted_until: date | None) -> None:
    """Raise `RateInvalid`, or `RateTooEarly` for a day that lies in a month for which statements are there.

    `drafted_until` is the day after the last month with statements.
    """
    if type(cents_per_point) is not int or not 0 <= cents_per_point <= MOST_CENTS_PER_POINT:
        raise RateInvalid(field="cents_per_point", reason="range")
    if valid_from.year < FIRST_YEAR:
        raise RateInvalid(field="valid_from", reason="date")
    if drafted_until is not None and valid_from < drafted_until:
        raise RateTooEarly(field="valid_from", earliest=drafted_until.isoformat())


# ------------------------------------------------------------------------------------------ what is owed


@dataclass(frozen=True, slots=True)
class Sums:
    """Points and their worth in cents; each may be negative."""

    points: int
    cents: int


def balance(own: Sums, carried: Sums) -> Sums:
    """What a statement comes to: the sums of its lines and what was carried over to it."""
    return Sums(own.points + carried.points, own.cents + carried.cents)


def due(own: Sums, carried: Sums) -> Sums:
    """What is paid out for a statement: its balance where that is positive."""
    total = balance(own, carried)
    return Sums(max(0, total.points), max(0, total.cents))


def carry(own: Sums, carried: Sums) -> Sums:
    """What goes over to the shop's next statement: the balance where it is negative."""
    total = balance(own, carried)
    return Sums(min(0, total.points), min(0, total.cents))


def yuan(cents: int) -> str:
    """Cents as money: -123456 → "-¥1,234.56"."""
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}¥{whole:,}.{rest:02}"


# ------------------------------------------------------------------------------------------ steps


def check_step(state: str, wanted: str) -> None:
    """Raise `SettlementStepImpossible` unless `wanted` comes right after `state`."""
    if _STEPS[wanted] != state:
        raise SettlementStepImpossible(state=state, wanted=wanted)


def clean_note(text: str) -> str:
    """How a coordinator saw the shop's consent, in words. Raises `PaperNoteMissing`, `ShopInvalid`."""
    clean = clean_text(text, "note", LONGEST_REASON)
    if not clean:
        raise PaperNoteMissing(field="note")
    return clean


def clean_reference(text: str, cents: int) -> str:
    """What a payment is found by; needed where money was paid. Raises `ReferenceMissing`, `ShopInvalid`."""
    clean = clean_text(text, "reference", LONGEST_REFERENCE)
    if cents and not clean:
        raise ReferenceMissing(field="reference")
    return clean


def check_paid_on(day: date, month_end: date, today: date) -> None:
    """Raise `PaidOnInvalid` unless the day lies after the month (`month_end` is the day after it) and not ahead."""
    if not month_end <= day <= today:
        raise PaidOnInvalid(field="paid_on", earliest=month_end.isoformat(), latest=today.isoformat())
