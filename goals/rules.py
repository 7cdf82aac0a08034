"""Pure decisions about goals: what can be one, from when it counts, how far it has been reached."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from goals.errors import GoalInvalid

LARGEST_AIM: Final = 1_000_000
#: A goal can be set so far ahead.
LONGEST_AHEAD: Final = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Kind:
    """What is counted, in which period ("week" or "month").

    `percent`: a share of all, not a number. `of_squads`: squads can have one of their own. `level`: how many there are
    now, not how many came in the period. `most`: the largest aim.
    """

    period: str
    percent: bool = False
    of_squads: bool = True
    level: bool = False
    most: int = LARGEST_AIM


#: What can be a goal. The figures are those that the desk shows anyway.
KINDS: Final[dict[str, Kind]] = {
    "week_rounds": Kind("week"),
    "month_rounds": Kind("month"),
    "week_deeds": Kind("week"),
    "month_deeds": Kind("month"),
    "month_activities": Kind("month"),
    # The desk counts no more members of a status than that.
    "active_members": Kind("month", level=True, most=100_000),
    "hazards_in_time": Kind("month", percent=True, of_squads=False, most=100),
}


def period_of(kind: str, day: date) -> tuple[date, date]:
    """The first day of the week or month that holds `day`, and the day after its last one."""
    if KINDS[kind].period == "week":
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=7)
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1)


def check_kind(kind: str, *, of_squad: bool) -> Kind:
    """What is counted. Raises `GoalInvalid` for what is not, and for a squad's where only the alliance has one."""
    found = KINDS.get(kind)
    if found is None:
        raise GoalInvalid(field="kind", reason="unknown")
    if of_squad and not found.of_squads:
        raise GoalInvalid(field="squad_id", reason="whole_only")
    return found


def check_aim(kind: str, aim: int | None) -> int | None:
    """How many, None for no goal any more. Raises `GoalInvalid`."""
    most = KINDS[kind].most
    if aim is not None and not 1 <= aim <= most:
        raise GoalInvalid(field="aim", reason="range", most=most)
    return aim


def first_day(kind: str, wanted: date | None, today: date) -> date:
    """The first day of the week or month from which a goal counts: the one that holds `wanted`, by default the present.

    Raises `GoalInvalid` for one that is over, so that nobody changes afterwards what was aimed at, and for one too far
    ahead.
    """
    if wanted is not None and wanted > today + LONGEST_AHEAD:
        raise GoalInvalid(field="valid_from", reason="too_far")
    present, _after = period_of(kind, today)
    first = present if wanted is None else period_of(kind, wanted)[0]
    if first < present:
        raise GoalInvalid(field="valid_from", reason="past")
    return first


def share(done: int, aim: int) -> int:
    """How much of the aim is reached, in whole percent, never rounded up to 100 before it is."""
    return min(100 * done // aim, 100)
