"""Pure decisions about points: seasons, expiry, which lot pays, caps, what an amount or a rule may be."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from core import texts
from points.errors import (
    AmountInvalid,
    AwardToHousehold,
    AwardToOneself,
    DailyCapReached,
    DeedTimeInvalid,
    MemoHoldsNumber,
    MemoInvalid,
    PatrolCapNeeded,
    PatrolCategoryStays,
    RequestTooOld,
    RuleForMembers,
    RuleForShops,
    RuleInvalid,
    RuleNotValid,
    SecondIsFirst,
    WeeklyCapReached,
)

#: Largest whole number that every client and every spreadsheet still holds exactly.
LARGEST_SUM: Final = 2**53 - 1
#: Most points that one transfer may move.
LARGEST_AMOUNT: Final = 1_000_000
#: Parts over which a squad's score is spread, so that its members do not queue for one row.
SHARDS: Final = 16
LONGEST_MEMO: Final = 200
LONGEST_NAME: Final = 60
#: Most awards in one request.
MOST_AWARDS: Final = 500
AWARD_REQUEST_STATES: Final = ("waiting", "agreed", "declined", "cancelled")
AWARD_LIMITS: Final = ("award", "member_week", "coordinator_day")
#: How far back a coordinator may date a deed.
OLDEST_DEED: Final = timedelta(days=31)
#: So long a second person may agree to what was asked for; later hardly anybody knows what it was for.
REQUEST_LASTS: Final = timedelta(days=31)
#: The rule by which rounds pay unless their route names another.
PATROL_RULE: Final = "patrol"
#: The category of rules by which rounds pay.
PATROL_CATEGORY: Final = "patrol"
#: Largest cap; more than anybody can do.
LARGEST_CAP: Final = 1000
#: What never expires: the points of merchants.
NEVER: Final = date(9999, 12, 31)
CATEGORIES: Final = (
    "patrol",
    "report",
    "care",
    "publicity",
    "mediation",
    "rental",
    "bill",
    "training",
    "other",
    "shop",
)
#: Rules of this category pay shops, all others pay members.
SHOP_CATEGORY: Final = "shop"
#: Telephone and identity numbers: seven digits in a row, or a mobile number in groups. Dates are shorter or in groups.
_PERSONAL_NUMBER: Final = re.compile(r"\d{7}|1[3-9]\d(?:[ -]?\d){8}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One version of an earning rule. `valid_until` is the day after its last one, None for an open end."""

    id: UUID
    code: str
    version: int
    name_zh: str
    name_en: str
    category: str
    points: int
    daily_cap: int | None
    weekly_cap: int | None
    valid_from: date
    valid_until: date | None

    @property
    def last_day(self) -> date | None:
        """The last day on which the rule pays."""
        return self.valid_until - timedelta(days=1) if self.valid_until else None


# --- Seasons and expiry ----------------------------------------------------------------------------------------------


def seasons(day: date) -> tuple[str, str, str, str]:
    """The seasons that hold `day` (programme zone): ISO week, month, year, all time."""
    year, week, _weekday = day.isocalendar()
    return f"W{year}-{week:02}", f"M{day.year}-{day.month:02}", f"Y{day.year}", "ALL"


def season(kind: str, day: date) -> str:
    """The season of one kind ("week", "month", "year", "all") that holds `day`."""
    return seasons(day)[("week", "month", "year", "all").index(kind)]


def season_days(season: str) -> tuple[date, date] | None:
    """The first day of a season such as `W2026-47` and the day after its last one; None for all time."""
    if season == "ALL":
        return None
    year, _, part = season[1:].partition("-")
    if season[0] == "W":
        monday = date.fromisocalendar(int(year), int(part), 1)
        return monday, monday + timedelta(days=7)
    if season[0] == "M":
        first = date(int(year), int(part), 1)
        return first, (first + timedelta(days=32)).replace(day=1)
    return date(int(year), 1, 1), date(int(year) + 1, 1, 1)


def expiry(earned_on: date, live_years: int) -> date:
    """The last day on which points earned on `earned_on` can be spent: 31 December, `live_years` years later."""
    return date(earned_on.year + live_years, 12, 31)


def shard(member_id: UUID) -> int:
    """The part of a squad's score into which this member's points go."""
    return member_id.int % SHARDS


# --- Lots ------------------------------------------------------------------------------------------------------------


def balance(lots: Mapping[date, int], today: date) -> int:
    """What can be spent on `today`: lots past their day no longer count, whether or not the yearly run was made."""
    return sum(points for expires_on, points in lots.items() if expires_on >= today)


def take(lots: Mapping[date, int], amount: int, today: date, first: Collection[date] = ()) -> dict[date, int]:
    """Which lots pay `amount` on `today`: those in `first`, then the earliest expiry. Less than `amount` if too few."""
    parts: dict[date, int] = {}
    for expires_on in sorted(lots, key=lambda day: (day not in first, day)):
        part = min(lots[expires_on], amount)
        if part and expires_on >= today:
            parts[expires_on] = part
            amount -= part
    return parts


# --- Amounts and texts -----------------------------------------------------------------------------------------------


def check_amount(amount: int, field: str = "amount") -> int:
    """`amount` if it is a whole number from 1 to 1,000,000. Raises `AmountInvalid`, also for True and 1.0."""
    if type(amount) is not int or not 1 <= amount <= LARGEST_AMOUNT:
        raise AmountInvalid(field=field)
    return amount


def parts(key: UUID, amount: int) -> list[tuple[UUID, int]]:
    """`amount` as the transfers that move it, 1,000,000 points at most each, with the key under which each is booked.

    The first has the request's key; the others follow from it, so that a repeat cannot book them again. Raises
    `AmountInvalid` unless it is a whole number from 1 to 2^53-1.
    """
    if type(amount) is not int or not 1 <= amount <= LARGEST_SUM:
        raise AmountInvalid(field="points")
    sizes = [min(LARGEST_AMOUNT, amount - before) for before in range(0, amount, LARGEST_AMOUNT)]
    return [(uuid5(key, str(place)) if place else key, size) for place, size in enumerate(sizes)]


def read_amount(text: str, field: str = "amount") -> int:
    """A number of points that somebody typed: ASCII digits only, no sign, no exponent. Raises `AmountInvalid`."""
    digits = text.strip(" ")
    if not re.fullmatch(r"[0-9]{1,7}", digits, re.ASCII):
        raise AmountInvalid(field=field)
    return check_amount(int(digits), field)


def clean_memo(text: str, field: str = "memo") -> str:
    """A note in one line, at most 200 code points. Raises `MemoInvalid`, `MemoHoldsNumber`."""
    clean = texts.clean_line(
        text, LONGEST_MEMO, lambda _reason: MemoInvalid(field=field, longest=LONGEST_MEMO), required=False
    )
    if _PERSONAL_NUMBER.search(clean):
        raise MemoHoldsNumber(field=field)
    return clean


# --- Awards and caps -------------------------------------------------------------------------------------------------


def deed_time(happened_at: datetime | None, now: datetime) -> datetime:
    """When an awarded deed was done; now when nobody said. Raises `DeedTimeInvalid`: future, or over 31 days ago."""
    if happened_at is None:
        return now
    if not now - OLDEST_DEED <= happened_at <= now:
        raise DeedTimeInvalid(field="happened_at", days=OLDEST_DEED.days)
    return happened_at


def check_awarder(awarder_id: UUID, member_id: UUID, household: Collection[UUID]) -> None:
    """Raise `AwardToOneself` or `AwardToHousehold` when the points would stay with the awarder or his household."""
    if awarder_id == member_id:
        raise AwardToOneself
    if awarder_id in household:
        raise AwardToHousehold


@dataclass(frozen=True, slots=True)
class AwardLimits:
    """Up to how many points one coordinator enters alone: per award, per member and ISO week, per own day."""

    award: int
    member_week: int
    coordinator_day: int


def award_limit_passed(points: int, in_week: int, on_day: int, limits: AwardLimits) -> str | None:
    """Which limit an award of `points` would pass: "award", "member_week", "coordinator_day", or None.

    `in_week` is what the member has got by hand in the week of booking, `on_day` what the coordinator has entered on
    the day of booking; neither counts what was withdrawn or what two people have agreed to.
    """
    if points > limits.award:
        return "award"
    return alone_limit_passed(points, in_week, on_day, limits)


def alone_limit_passed(points: int, in_week: int, on_day: int, limits: AwardLimits) -> str | None:
    """Which limit a deed would pass that one person decides about by the tariff: as above, but for the first."""
    if in_week + points > limits.member_week:
        return "member_week"
    if on_day + points > limits.coordinator_day:
        return "coordinator_day"
    return None


def check_second(requester_id: UUID, second_id: UUID, member_id: UUID, household: Collection[UUID]) -> None:
    """Raise unless `second_id` may agree to or decline an award that `requester_id` has entered for the member.

    Raises `SecondIsFirst`, `AwardToOneself`, `AwardToHousehold`.
    """
    if second_id == requester_id:
        raise SecondIsFirst
    check_awarder(second_id, member_id, household)


def was_asked_lately(asked_at: datetime, now: datetime) -> bool:
    """Whether a second person may still agree to it: it has not waited for longer than `REQUEST_LASTS`."""
    return now < asked_at + REQUEST_LASTS


def check_asked_lately(asked_at: datetime, now: datetime) -> None:
    """Raise `RequestTooOld` unless it was asked lately."""
    if not was_asked_lately(asked_at, now):
        raise RequestTooOld(days=REQUEST_LASTS.days)


def check_earner(rule: Rule, account_kind: str) -> None:
    """Raise `RuleForShops` or `RuleForMembers` unless the rule is one for such an account ("member", "merchant")."""
    if rule.category == SHOP_CATEGORY and account_kind != "merchant":
        raise RuleForShops(rule=rule.code)
    if rule.category != SHOP_CATEGORY and account_kind == "merchant":
        raise RuleForMembers(rule=rule.code)


def check_valid(rule: Rule, day: date) -> None:
    """Raise `RuleNotValid` unless the rule was in force on `day`, when the deed was done."""
    if day < rule.valid_from or (rule.valid_until is not None and day >= rule.valid_until):
        raise RuleNotValid(rule=rule.code, day=day.isoformat())


def check_caps(rule: Rule, day: date, on_day: int, in_week: int) -> None:
    """Raise `DailyCapReached` or `WeeklyCapReached` when the rule has paid often enough on `day` or in its ISO week.

    `on_day` and `in_week` are the awards that this member has already got by any version of the rule for deeds of that
    day and week, without those that were withdrawn.
    """
    if rule.weekly_cap is not None and in_week >= rule.weekly_cap:
        monday = day - timedelta(days=day.weekday()) + timedelta(days=7)
        raise WeeklyCapReached(rule=rule.code, cap=rule.weekly_cap, again_on=monday.isoformat())
    if rule.daily_cap is not None and on_day >= rule.daily_cap:
        tomorrow = day + timedelta(days=1)
        raise DailyCapReached(rule=rule.code, cap=rule.daily_cap, again_on=tomorrow.isoformat())


# --- Tariff ----------------------------------------------------------------------------------------------------------


def is_rule_code(text: str) -> bool:
    """Whether this could be the code of a rule: lower-case ASCII letters, digits, underscores."""
    return re.fullmatch(r"[a-z][a-z0-9_]{1,39}", text, re.ASCII) is not None


def clean_rule_code(text: str) -> str:
    """A code for programs, as `is_rule_code` tells. Raises `RuleInvalid`."""
    if not is_rule_code(text):
        raise RuleInvalid(field="code", reason="characters")
    return text


def clean_rule_name(text: str, field: str) -> str:
    """A rule's name in one language, 1 to 60 code points. Raises `RuleInvalid`."""

    def refusal(reason: str) -> RuleInvalid:
        return RuleInvalid(field=field, reason="characters" if reason == "characters" else "length")

    return texts.clean_line(text, LONGEST_NAME, refusal)


def check_rule(
    *,
    category: str,
    points: int,
    daily_cap: int | None,
    weekly_cap: int | None,
    valid_from: date,
    valid_until: date | None,
    today: date,
) -> None:
    """Raise `RuleInvalid` unless a rule with these values can take effect: what is past is never changed.

    Rounds pay without anybody's hand: without a daily cap (`PatrolCapNeeded`) whoever walks in circles would make
    points without end.
    """
    if category not in CATEGORIES:
        raise RuleInvalid(field="category", reason="unknown")
    if type(points) is not int or not 1 <= points <= LARGEST_AMOUNT:
        raise RuleInvalid(field="points", reason="range")
    for field, cap in (("daily_cap", daily_cap), ("weekly_cap", weekly_cap)):
        if cap is not None and (type(cap) is not int or not 1 <= cap <= LARGEST_CAP):
            raise RuleInvalid(field=field, reason="range")
    if category == PATROL_CATEGORY and daily_cap is None:
        raise PatrolCapNeeded(field="daily_cap")
    if valid_from < today:
        raise RuleInvalid(field="valid_from", reason="past")
    if valid_from.year > today.year + 10:
        raise RuleInvalid(field="valid_from", reason="range")
    if valid_until is not None and valid_until <= valid_from:
        raise RuleInvalid(field="valid_until", reason="order")


def check_category_change(before: str, after: str) -> None:
    """Raise `PatrolCategoryStays` when a rule by which routes may pay would leave its category, and its cap with it."""
    if before == PATROL_CATEGORY != after:
        raise PatrolCategoryStays(field="category")
