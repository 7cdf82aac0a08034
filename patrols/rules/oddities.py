"""What looks odd about a round, for a person to look at. Nothing of this refuses a visit. Pure."""

import math
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from patrols.rules.ending import share
from patrols.rules.values import (
    EARTH_RADIUS_METRES,
    FASTEST_WALK,
    FLAGGED_SKEW,
    PAID,
    RAN_OVER,
    SHARED_DEVICE,
    SKEWED_CLOCK,
    SLACK_METRES,
    TOO_FAST,
    TYPED,
    TYPED_ONLY,
    Flag,
    Plan,
    Seen,
    Stop,
    Walk,
    Walker,
)
from patrols.rules.visits import clock_time, is_within_hours


def flags(plan: Plan, walk: Walk, minute_of: Callable[[datetime], int], ended_at: datetime) -> list[Flag]:
    """What looks odd about the round as a whole; the same whatever the order in which its visits arrived.

    `minute_of` tells the local minute of the day. Nothing of this refuses a visit: a person looks at it.
    """
    return [
        *_too_fast(plan, walk.visits),
        *_ran_over(plan, walk.visits, minute_of),
        *_skewed(walk.visits),
        *_shared(walk),
        *_typed_only(plan, walk, ended_at),
    ]


def _too_fast(plan: Plan, visits: Sequence[Seen]) -> Iterable[Flag]:
    for before, after in pairwise(visits):
        start, end = plan.stop_at(before.checkpoint_id), plan.stop_at(after.checkpoint_id)
        metres = distance_metres(start, end) if start and end else None
        seconds = (after.happened_at - before.happened_at).total_seconds()
        if start and end and metres is not None and metres > FASTEST_WALK * seconds + SLACK_METRES:
            data = {"start": start.name, "end": end.name, "metres": round(metres), "seconds": round(seconds)}
            yield Flag(TOO_FAST, after.id, data)


def distance_metres(start: Stop, end: Stop) -> float | None:
    """The distance as the crow flies, None when one of them has no coordinates."""
    if None in {start.latitude_e6, start.longitude_e6, end.latitude_e6, end.longitude_e6}:
        return None
    north = math.radians((end.latitude_e6 or 0) / 1e6 - (start.latitude_e6 or 0) / 1e6)
    middle = math.radians(((end.latitude_e6 or 0) + (start.latitude_e6 or 0)) / 2e6)
    east = math.radians((end.longitude_e6 or 0) / 1e6 - (start.longitude_e6 or 0) / 1e6) * math.cos(middle)
    return EARTH_RADIUS_METRES * math.hypot(north, east)


def _ran_over(plan: Plan, visits: Sequence[Seen], minute_of: Callable[[datetime], int]) -> Iterable[Flag]:
    for seen in visits:
        minute = minute_of(seen.happened_at)
        if not is_within_hours(plan, minute):
            yield Flag(
                RAN_OVER, seen.id, {"at": clock_time(minute), "closes_at": clock_time(plan.closes_at or 0)}
            )


def _skewed(visits: Sequence[Seen]) -> Iterable[Flag]:
    for seen in visits:
        if seen.skew_seconds is not None and abs(seen.skew_seconds) > FLAGGED_SKEW.total_seconds():
            yield Flag(SKEWED_CLOCK, seen.id, {"seconds": seen.skew_seconds})


def _shared(walk: Walk) -> Iterable[Flag]:
    users: dict[str, set[UUID]] = {}
    used = [(each.device_digest, each.member_id) for each in walk.visits]
    used += [(each.device_digest, each.member_id) for each in walk.walkers]
    for device, member_id in used:
        if device:
            users.setdefault(device, set()).add(member_id)
    for found in users.values():
        if len(found) > 1:
            yield Flag(SHARED_DEVICE, None, {"members": len(found)})


def _typed_only(plan: Plan, walk: Walk, ended_at: datetime) -> Iterable[Flag]:
    """One flag for all of them. Who would not be paid anyhow is no reason to let the others wait."""
    for walker in walk.walkers:
        if _is_unseen(walk, walker) and share(plan, walk, walker, ended_at).outcome == PAID:
            yield Flag(TYPED_ONLY, None)
            return


def _is_unseen(walk: Walk, walker: Walker) -> bool:
    return walker.joined_how == TYPED and all(each.member_id != walker.member_id for each in walk.visits)
