"""Pure decisions about activities: what may stand in them, when attendance counts, how long service lasts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from activities.errors import ActivityInvalid, AttendanceEarly, AttendanceLate
from core import texts

KINDS: Final = ("care", "leaflets", "training", "drill", "mediation", "other")
STATES: Final = ("planned", "closed", "cancelled")
PLANNED, CLOSED, CANCELLED = STATES
WAYS: Final = ("code", "hand")
BY_CODE, BY_HAND = WAYS
OUTCOMES: Final = ("", "paid", "requested", "refused")
#: Kind → the rule of the usual tariff by which it is awarded, unless the coordinator chooses another.
USUAL_RULES: Final = {
    "care": "care",
    "leaflets": "publicity",
    "training": "training",
    "drill": "training",
    "mediation": "mediation",
    "other": "other",
}

#: So many who type the code within so short a time are odd: who cannot scan types by himself, and slowly.
TYPED_AT_ONCE: Final = 3
TYPED_WITHIN: Final = timedelta(seconds=10)

LONGEST_NAME: Final = 60
LONGEST_PLACE: Final = 80
LONGEST_WORDS: Final = 600
LONGEST_REASON: Final = 200
LARGEST_COUNT: Final = 1_000_000
LARGEST_NUMBER: Final = 999_999_999
#: Most members at one activity: all of them are awarded in one transaction.
MOST_PEOPLE: Final = 500
LONGEST_ACTIVITY: Final = timedelta(hours=12)
#: So far back and ahead an activity may lie when it is written down.
OLDEST: Final = timedelta(days=14)
FARTHEST: Final = timedelta(days=400)
#: The code counts from half an hour before the beginning to an hour after the end.
DOOR_OPENS: Final = timedelta(minutes=30)
DOOR_CLOSES: Final = timedelta(hours=1)
#: Handles of rounds, which share the kind of code, are below this.
FIRST_HANDLE: Final = 1 << 31
#: Years that every calendar and zone reckons with.
_YEARS: Final = range(2000, 2200)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityWish:
    """An activity as the desk wants it; times are aware, `most` is the limit of sign-ups (None: none)."""

    kind: str
    title: str
    place: str
    starts_at: datetime
    ends_at: datetime
    rule_code: str
    words: str = ""
    squad_id: UUID | None = None
    campaign_id: UUID | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Counters:
    """What came of an activity: leaflets handed out, people reached, hazards found."""

    leaflets: int = 0
    reached: int = 0
    hazards: int = 0


@dataclass(frozen=True, slots=True)
class Arrival:
    """How one came in by the code. `household` is whoever looks after him, else he himself."""

    member_id: UUID
    household: UUID
    at: datetime
    typed: bool | None
    device_digest: str | None


def typed_at_once(people: Iterable[Arrival]) -> set[UUID]:
    """Who typed the code within seconds of several others."""
    typed = sorted((each for each in people if each.typed), key=lambda each: each.at)
    found: set[UUID] = set()
    for place in range(len(typed)):
        near = [each for each in typed[place:] if each.at - typed[place].at <= TYPED_WITHIN]
        if len(near) >= TYPED_AT_ONCE:
            found |= {each.member_id for each in near}
    return found


def with_one_device(people: Iterable[Arrival]) -> set[UUID]:
    """Who came in with a phone with which others did, too; who is looked after may use his helper's."""
    by_device: dict[str, list[Arrival]] = {}
    for each in people:
        if each.device_digest:
            by_device.setdefault(each.device_digest, []).append(each)
    return {
        each.member_id
        for users in by_device.values()
        if len({each.household for each in users}) > 1
        for each in users
    }


def clean_text(text: str, field: str, longest: int, *, required: bool = True, lines: bool = False) -> str:
    """`text` as it may be kept, with `lines` in paragraphs. Raises `ActivityInvalid`."""
    clean = texts.clean_paragraphs if lines else texts.clean_line
    return clean(
        text,
        longest,
        lambda reason: ActivityInvalid(field=field, reason=reason, longest=longest),
        required=required,
    )


def clean_reason(text: str) -> str:
    """Why an activity is called off or somebody taken off its list. Raises `ActivityInvalid`."""
    return clean_text(text, "reason", LONGEST_REASON)


def clean_times(starts_at: datetime, ends_at: datetime) -> tuple[datetime, datetime]:
    """Both times in UTC, to the minute. Raises `ActivityInvalid` for a time outside the calendar and an odd length."""
    for field, at in (("starts_at", starts_at), ("ends_at", ends_at)):
        if at.tzinfo is None or at.year not in _YEARS:
            raise ActivityInvalid(field=field, reason="range")
    start, end = (at.astimezone(UTC).replace(second=0, microsecond=0) for at in (starts_at, ends_at))
    if end <= start:
        raise ActivityInvalid(field="ends_at", reason="order")
    if end - start > LONGEST_ACTIVITY:
        raise ActivityInvalid(field="ends_at", reason="too_long_day", hours=12)
    return start, end


def check_near(starts_at: datetime, now: datetime) -> None:
    """Raise `ActivityInvalid` for what is too long ago, or too far ahead to be meant."""
    if not now - OLDEST <= starts_at <= now + FARTHEST:
        raise ActivityInvalid(field="starts_at", reason="range")


def clean_most(most: int | None) -> int | None:
    """The limit of sign-ups. Raises `ActivityInvalid`."""
    if most is not None and not (type(most) is int and 1 <= most <= MOST_PEOPLE):
        raise ActivityInvalid(field="most", reason="range")
    return most


def clean_kind(kind: str) -> str:
    """One of `KINDS`. Raises `ActivityInvalid`."""
    if kind not in KINDS:
        raise ActivityInvalid(field="kind", reason="unknown")
    return kind


def clean_counters(counters: Counters) -> Counters:
    """Whole numbers from 0 to a million. Raises `ActivityInvalid`."""
    for field in ("leaflets", "reached", "hazards"):
        value = getattr(counters, field)
        if type(value) is not int or not 0 <= value <= LARGEST_COUNT:
            raise ActivityInvalid(field=field, reason="range")
    return counters


def clean_days(first_day: date, last_day: date | None) -> None:
    """Raise `ActivityInvalid` for days of a campaign that lie outside the calendar or in the wrong order."""
    for field, day in (("first_day", first_day), ("last_day", last_day)):
        if day is not None and day.year not in _YEARS:
            raise ActivityInvalid(field=field, reason="range")
    if last_day is not None and last_day < first_day:
        raise ActivityInvalid(field="last_day", reason="order")


def door(starts_at: datetime, ends_at: datetime) -> tuple[datetime, datetime]:
    """From when and until when attendance counts by the code."""
    return starts_at - DOOR_OPENS, ends_at + DOOR_CLOSES


def check_door(title: str, starts_at: datetime, ends_at: datetime, at: datetime) -> None:
    """Raise `AttendanceEarly` or `AttendanceLate` unless the code counts at `at`."""
    opens, closes = door(starts_at, ends_at)
    if at < opens:
        raise AttendanceEarly(activity=title, at=opens.isoformat())
    if at >= closes:
        raise AttendanceLate(activity=title)


def service_minutes(starts_at: datetime, ends_at: datetime) -> int:
    """Minutes of service for each who came: the length of the activity."""
    return int((ends_at - starts_at).total_seconds()) // 60


def handle(number: int) -> int:
    """What stands for the activity in its changing code."""
    return FIRST_HANDLE + number


def number_in(handle_read: int) -> int | None:
    """The number of the activity behind a handle, None for that of a round."""
    return handle_read - FIRST_HANDLE if handle_read > FIRST_HANDLE else None
