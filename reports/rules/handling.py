"""The course of a report: which step may follow which, when it is late, who may read its words."""

from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from reports.errors import DayInvalid, FollowUpTooEarly, StepImpossible
from reports.rules.kinds import KINDS

#: received → assigned → checked on site → resolved or passed on → followed up next day → closed.
STATES: Final = ("received", "assigned", "checked", "resolved", "passed_on", "followed_up", "closed")
#: States in which somebody still has to do something about the matter itself.
OPEN_STATES: Final = ("received", "assigned", "checked")
VERDICTS: Final = ("open", "useful", "not_useful")
#: What stands in a report's course.
STEPS: Final = (*STATES[1:], "noted", "hazard", "rechecked", "judged", "duplicate", "registered")
_NEXT: Final[dict[str, frozenset[str]]] = {
    "received": frozenset({"assigned"}),
    "assigned": frozenset({"assigned", "checked", "resolved", "passed_on"}),
    "checked": frozenset({"assigned", "checked", "resolved", "passed_on"}),
    "resolved": frozenset({"assigned", "followed_up"}),
    "passed_on": frozenset({"assigned", "resolved", "followed_up"}),
    "followed_up": frozenset({"assigned", "closed"}),
    "closed": frozenset(),
}
MOST_DUE_DAYS: Final = 366
FIRST_NUMBER: Final = 10_000_000
LAST_NUMBER: Final = 99_999_999
MOST_PHOTOS: Final = 3
LARGEST_PHOTO_BYTES: Final = 1_500_000
MOST_PHOTO_PIXELS: Final = 24_000_000
PHOTO_SIDE_PIXELS: Final = 1200
#: How long after closing photos and words are kept.
PHOTOS_LIVE: Final = timedelta(days=180)
WORDS_LIVE: Final = timedelta(days=730)


def check_step(state: str, wanted: str, kind_code: str) -> None:
    """Raise `StepImpossible` unless the course has this step: what needs a look on site is looked at first."""
    possible = _NEXT[state]
    if KINDS[kind_code].on_site and state == "assigned":
        # Passing on is no answer of ours, so it needs no look; saying that it is done does.
        possible -= {"resolved"}
    if wanted not in possible:
        raise StepImpossible(state=state, wanted=wanted)


def next_steps(state: str, kind_code: str) -> tuple[str, ...]:
    """The states to which the report can go from here, in the order of its course."""
    found = []
    for wanted in STATES:
        try:
            check_step(state, wanted, kind_code)
        except StepImpossible:
            continue
        found.append(wanted)
    return tuple(found)


def check_follow_up(follow_up_on: date | None, today: date) -> None:
    """Raise `FollowUpTooEarly` before the day after it was resolved or passed on: who asks at once learns nothing."""
    if follow_up_on is not None and today < follow_up_on:
        raise FollowUpTooEarly(on=follow_up_on.isoformat())


def check_day(day: date | None, today: date, field: str) -> date | None:
    """`day` unless it has passed or is more than a year away. Raises `DayInvalid`."""
    if day is not None and not today <= day <= today + timedelta(days=MOST_DUE_DAYS):
        raise DayInvalid(field=field)
    return day


def overdue(kind_code: str, state: str, received_on: date, due_on: date, today: date) -> bool:
    """Whether it is late: past its day, or a dispute that has stayed open past midnight."""
    if state not in OPEN_STATES:
        return False
    return due_on < today or (KINDS[kind_code].overnight and received_on < today)


def open_hours(received_at: datetime, ended_at: datetime) -> int:
    """Whole hours since it was received, for the clock of the desk."""
    return max(0, int((ended_at - received_at).total_seconds() // 3600))


def may_read(
    confidential: bool, reader_id: UUID | None, handler_id: UUID | None, second_id: UUID | None
) -> bool:
    """Whether a coordinator may read the words: of a confidential one the handler, and who has given his reason."""
    return not confidential or (reader_id is not None and reader_id in {handler_id, second_id})


def collect_from(judged_on: date) -> date:
    """The first day on which the points of a report without a name can be collected: the Monday after.

    All of a week become free together, so that the order in which they were judged tells nothing.
    """
    return judged_on + timedelta(days=7 - judged_on.weekday())
