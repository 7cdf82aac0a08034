"""The values that the rules of patrols work on, and the numbers they know. `docs/patrols.md` says them in words."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from core import scans

LONGEST_NAME: Final = 60
LONGEST_HINT: Final = 200
LONGEST_REASON: Final = 300
MOST_STOPS: Final = 50
MOST_WALKERS: Final = 60
LONGEST_TIME_OUT_MINUTES: Final = 24 * 60
LONGEST_COOLDOWN_MINUTES: Final = 7 * 24 * 60
DEFAULT_COOLDOWN_MINUTES: Final = 60
DEFAULT_TIME_OUT_MINUTES: Final = 240
DEFAULT_RULE_CODE: Final = "patrol"
#: The category of the tariff whose rules may pay rounds.
RULE_CATEGORY: Final = "patrol"
MINUTES_A_DAY: Final = 24 * 60

IN_USE: Final = "active"
RETIRED: Final = "retired"
STATUSES: Final = (IN_USE, RETIRED)

OPEN: Final = "open"
COMPLETED: Final = "completed"
HELD: Final = "held"
INCOMPLETE: Final = "incomplete"
DISMISSED: Final = "dismissed"
STATES: Final = (OPEN, COMPLETED, HELD, INCOMPLETE, DISMISSED)
#: A closed round in which a late scan may still be entered: nothing has been paid or judged.
UNPAID: Final = frozenset({OPEN, HELD, INCOMPLETE})

BY_VISIT: Final = "visit"
BY_HAND: Final = "hand"
BY_TIME_OUT: Final = "time_out"
ENDINGS: Final = (BY_VISIT, BY_HAND, BY_TIME_OUT)

#: What a round brought to one who walked in it. `capped` and `not_in_tariff`: hours, but no points today. `not_active`:
#: nothing, because he was suspended or had left before it paid.
PAID, CAPPED, NOT_IN_TARIFF, ABSENT, NOT_ACTIVE = "paid", "capped", "not_in_tariff", "absent", "not_active"
OUTCOMES: Final = (PAID, CAPPED, NOT_IN_TARIFF, ABSENT, NOT_ACTIVE, HELD, INCOMPLETE, DISMISSED)
#: Outcomes of those who were there for enough of a complete round: their minutes count.
PRESENT: Final = frozenset({PAID, CAPPED, NOT_IN_TARIFF})

#: How somebody came into a round: he began it, scanned the captain's changing code, typed its short form (which can be
#: told over the telephone), or was named by the captain or the desk.
BEGAN, SCANNED, TYPED, NAMED = "began", "scanned", "typed", "named"
WAYS_IN: Final = (BEGAN, SCANNED, TYPED, NAMED)

TOO_FAST: Final = "too_fast"
SHARED_DEVICE: Final = "shared_device"
SKEWED_CLOCK: Final = "skewed_clock"
RAN_OVER: Final = "outside_hours"
STAFF_WALKER: Final = "staff_walker"
TYPED_ONLY: Final = "typed_only"
TWO_ROUNDS: Final = "two_rounds"
FLAGS: Final = (TOO_FAST, SHARED_DEVICE, SKEWED_CLOCK, RAN_OVER, STAFF_WALKER, TYPED_ONLY, TWO_ROUNDS)

#: A clock further off than this says nothing about when the scan happened.
MOST_SKEW: Final = scans.MOST_SKEW
#: A clock further off than this is shown to a coordinator.
FLAGGED_SKEW: Final = timedelta(minutes=2)
#: A scan that arrives later than this after it happened has waited in the phone.
QUEUED_AFTER: Final = timedelta(minutes=2)
OLDEST_SCAN: Final = scans.LONGEST_WAIT
#: Two rounds that overlap by no more are one after the other: the news of a scan travels for some seconds.
SAME_MOMENT: Final = timedelta(seconds=30)
#: Metres a second: a brisk run. Coordinates of plates are good to some metres, hence the slack.
FASTEST_WALK: Final = 2.5
SLACK_METRES: Final = 15
#: Who joins within this time after a visit stood at that point, too.
JOINING: Final = timedelta(minutes=10)

EARTH_RADIUS_METRES: Final = 6_371_000


@dataclass(frozen=True, slots=True)
class Stop:
    """A checkpoint as a stop of a route; positions count from 1."""

    position: int
    checkpoint_id: UUID
    name: str
    latitude_e6: int | None = None
    longitude_e6: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A route as a round must walk it."""

    id: UUID
    name: str
    squad_id: UUID | None
    ordered: bool
    minimum_points: int
    minimum_minutes: int
    cooldown_minutes: int
    opens_at: int | None
    closes_at: int | None
    time_out_minutes: int
    rule_code: str
    stops: tuple[Stop, ...]
    in_use: bool = True

    def stop_at(self, checkpoint_id: UUID) -> Stop | None:
        """The stop at this checkpoint, None when the route does not pass it."""
        return next((each for each in self.stops if each.checkpoint_id == checkpoint_id), None)


@dataclass(frozen=True, slots=True)
class Seen:
    """A visit as the rules look at it."""

    id: UUID
    checkpoint_id: UUID
    member_id: UUID
    happened_at: datetime
    device_digest: str | None = None
    skew_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Walker:
    """Somebody who walks in a round, from joining until leaving it or its end.

    `joined_how` is one of `WAYS_IN`, None where it was not written down.
    """

    member_id: UUID
    joined_at: datetime
    left_at: datetime | None = None
    device_digest: str | None = None
    outcome: str | None = None
    joined_how: str | None = None


@dataclass(frozen=True, slots=True)
class Walk:
    """One round as the rules look at it. `visits` in the order in which they happened."""

    id: UUID
    state: str
    opened_at: datetime
    due_at: datetime
    ended_at: datetime | None
    ended_how: str | None
    visits: tuple[Seen, ...] = ()
    walkers: tuple[Walker, ...] = ()

    @property
    def last_visit_at(self) -> datetime | None:
        """When the last visit happened, None before the first."""
        return self.visits[-1].happened_at if self.visits else None

    @property
    def visited(self) -> frozenset[UUID]:
        """Ids of the checkpoints that the round has."""
        return frozenset(each.checkpoint_id for each in self.visits)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another round of somebody who walks in this one, and from when until when he was in it, or may be at the latest.

    `outcome` is his, `waits_for_this` whether that round is held because of this very one.
    """

    member_id: UUID
    round_id: UUID
    route_id: UUID
    state: str
    start: datetime
    until: datetime
    outcome: str | None
    has_left: bool
    waits_for_this: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """When a scan happened, and what is known about the phone's clock."""

    happened_at: datetime
    skew_seconds: int | None
    queued: bool


@dataclass(frozen=True, slots=True)
class Flag:
    """Something odd. `data` holds numbers and names for the reason in words."""

    kind: str
    visit_id: UUID | None
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Share:
    """What the end of a round means for one who walked in it. `outcome` is one of `OUTCOMES`."""

    member_id: UUID
    outcome: str
    minutes: int = 0
    points: int = 0


@dataclass(frozen=True, slots=True)
class Closing:
    """How a round ends: in which state, when, what was left out, and what each walker gets, by member."""

    state: str
    how: str
    ended_at: datetime
    missed: list[str]
    shares: dict[UUID, Share]
