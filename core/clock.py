"""The server's clock and the programme's calendar.

Every stamp in the system comes from `now()`, in UTC. The programme's zone (`ALLIANCE_ZONE`, default Asia/Shanghai)
decides where days, weeks, months and years begin. All intervals are half-open: start ≤ t < end.
"""

import contextlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DEFAULT_ZONE = "Asia/Shanghai"


class FrozenClock:
    """A clock that moves only when told to: for tests and for replaying history."""

    def __init__(self, at: datetime) -> None:
        self._at = _aware(at)

    def now(self) -> datetime:
        """The time at which the clock stands, UTC."""
        return self._at

    def move_to(self, at: datetime) -> None:
        """Put the clock to `at` (aware)."""
        self._at = _aware(at)

    def tick(self, **step: float) -> datetime:
        """Move forward by a `timedelta(**step)`, for example `tick(minutes=5)`, and return the new time."""
        self._at += timedelta(**step)
        return self._at


_frozen: FrozenClock | None = None
_default_zone = ZoneInfo(DEFAULT_ZONE)


def now() -> datetime:
    """The current time, aware, in UTC, with microseconds."""
    return _frozen.now() if _frozen is not None else datetime.now(UTC)


@contextlib.contextmanager
def frozen(at: datetime) -> Iterator[FrozenClock]:
    """Stop the clock of this process at `at` (aware) for the length of the block; yields the clock to move it.

    The frozen clock is seen by all threads, so that a test can drive a server that runs beside it.
    """
    global _frozen  # noqa: PLW0603 - one clock per process is the point of this module
    before, _frozen = _frozen, FrozenClock(at)
    try:
        yield _frozen
    finally:
        _frozen = before


def use_zone(name: str) -> None:
    """Set the programme's zone for this process, by its IANA name."""
    global _default_zone  # noqa: PLW0603 - set once at start from the settings
    _default_zone = ZoneInfo(name)


def zone() -> ZoneInfo:
    """The programme's time zone."""
    return _default_zone


def today() -> date:
    """The current day in the programme's zone."""
    return local_date(now())


def local(at: datetime) -> datetime:
    """`at` (aware) as wall-clock time in the programme's zone."""
    return _aware(at).astimezone(zone())


def local_date(at: datetime) -> date:
    """The day in the programme's zone on which `at` (aware) falls."""
    return local(at).date()


def start_of(day: date) -> datetime:
    """The first instant of `day` in the programme's zone, in UTC."""
    return datetime.combine(day, time(), tzinfo=zone()).astimezone(UTC)


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """`day` in the programme's zone as a half-open UTC interval."""
    return start_of(day), start_of(day + timedelta(days=1))


def week_bounds(day: date) -> tuple[datetime, datetime]:
    """The ISO week (Monday to Sunday) that holds `day`, as a half-open UTC interval."""
    monday = day - timedelta(days=day.weekday())
    return start_of(monday), start_of(monday + timedelta(days=7))


def month_bounds(day: date) -> tuple[datetime, datetime]:
    """The calendar month that holds `day`, as a half-open UTC interval."""
    first = day.replace(day=1)
    return start_of(first), start_of((first + timedelta(days=32)).replace(day=1))


def year_bounds(day: date) -> tuple[datetime, datetime]:
    """The calendar year that holds `day`, as a half-open UTC interval."""
    return start_of(date(day.year, 1, 1)), start_of(date(day.year + 1, 1, 1))


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("a time without a zone is not a time")
    return at.astimezone(UTC)
