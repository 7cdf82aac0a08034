"""Plain values for the pure rules of patrols: no database."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from patrols.rules.values import OPEN, Plan, Seen, Stop, Walk, Walker

#: A moment from which rules are tried: minutes are counted from here.
START = datetime(2026, 11, 18, 2, tzinfo=UTC)
WANG, LI, CHEN = UUID(int=1001), UUID(int=1002), UUID(int=1003)


def minute(number: float) -> datetime:
    """So many minutes after the start."""
    return START + timedelta(minutes=number)


def stop(position: int) -> Stop:
    """A stop, a hundred metres east of the one before."""
    return Stop(position, UUID(int=position), f"点{position}", 34_600_000, 119_100_000 + position * 1_093)


def plan(stops: int = 3, **changes: Any) -> Plan:
    """A route that wants all of its stops and nothing else."""
    values: dict[str, Any] = {
        "id": UUID(int=500),
        "name": "环线",
        "squad_id": None,
        "ordered": False,
        "minimum_points": stops,
        "minimum_minutes": 0,
        "cooldown_minutes": 60,
        "opens_at": None,
        "closes_at": None,
        "time_out_minutes": 240,
        "rule_code": "patrol",
        "stops": tuple(stop(position) for position in range(1, stops + 1)),
    }
    return Plan(**(values | changes))


def seen(place: int, at: float, by: UUID = WANG, **more: Any) -> Seen:
    """A visit of the stop at this place, so many minutes after the start."""
    return Seen(UUID(int=9000 + place), UUID(int=place), by, minute(at), **more)


def walk(*visits: Seen, walkers: tuple[Walker, ...] = (), **changes: Any) -> Walk:
    """A round under way that Wang opened with its first visit."""
    opened_at = min((each.happened_at for each in visits), default=START)
    values: dict[str, Any] = {
        "id": UUID(int=700),
        "state": OPEN,
        "opened_at": opened_at,
        "due_at": opened_at + timedelta(minutes=240),
        "ended_at": None,
        "ended_how": None,
        "visits": tuple(sorted(visits, key=lambda each: each.happened_at)),
        "walkers": walkers or (Walker(WANG, opened_at),),
    }
    return Walk(**(values | changes))
