"""When a scan happened, to which round it belongs, and whether it counts. Pure: the time is an argument."""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from patrols.errors import (
    AlreadyVisited,
    ChooseRoute,
    ClockWrong,
    Cooldown,
    NoRoute,
    NotOnRoute,
    OutOfOrder,
    OutsideHours,
    ScanTooOld,
)
from patrols.rules.values import (
    BEGAN,
    BY_TIME_OUT,
    JOINING,
    MOST_SKEW,
    OLDEST_SCAN,
    QUEUED_AFTER,
    UNPAID,
    Moment,
    Plan,
    Seen,
    Stop,
    Walk,
)


def when_it_happened(scanned_at: datetime | None, sent_at: datetime | None, received_at: datetime) -> Moment:
    """Place a scan in time. The server's clock decides; the phone's clock only says how long the scan waited.

    The phone's clock is measured when it sends: `sent_at` against `received_at`. Raises `ClockWrong`, `ScanTooOld`.
    """
    if scanned_at is None:
        return Moment(received_at, None, queued=False)
    skew = received_at - sent_at if sent_at is not None else min(received_at - scanned_at, timedelta())
    if abs(skew) > MOST_SKEW:
        raise ClockWrong(hours=round(abs(skew) / timedelta(hours=1)))
    happened_at = min(scanned_at + skew, received_at)
    waited = received_at - happened_at
    if waited > OLDEST_SCAN:
        raise ScanTooOld(hours=round(waited / timedelta(hours=1)))
    # A phone that says when it scanned but not what its clock shows now asks us to believe it: that is shown, too.
    believed = skew if sent_at is not None else received_at - scanned_at
    return Moment(happened_at, round(believed.total_seconds()), queued=waited > QUEUED_AFTER)


def minutes_between(start: datetime, end: datetime) -> int:
    """Whole minutes from start to end, never negative."""
    return max(0, (end - start) // timedelta(minutes=1))


def due_at(opened_at: datetime, plan: Plan) -> datetime:
    """When a round that began at `opened_at` ends by itself."""
    return opened_at + timedelta(minutes=plan.time_out_minutes)


def clock_time(minute: int) -> str:
    """Minutes since midnight as "HH:MM"."""
    return f"{minute // 60:02}:{minute % 60:02}"


def is_within_hours(plan: Plan, minute: int) -> bool:
    """Whether the route may be begun at this local minute of the day. The closing minute itself is closed."""
    if plan.opens_at is None or plan.closes_at is None:
        return True
    if plan.opens_at < plan.closes_at:
        return plan.opens_at <= minute < plan.closes_at
    return minute >= plan.opens_at or minute < plan.closes_at


def check_hours(plan: Plan, minute: int) -> None:
    """Raise `OutsideHours` unless a round may begin at this local minute of the day."""
    if not is_within_hours(plan, minute):
        raise OutsideHours(
            route=plan.name,
            opens_at=clock_time(plan.opens_at or 0),
            closes_at=clock_time(plan.closes_at or 0),
        )


def choose_route(
    plans: Sequence[Plan], *, wished: UUID | None, squad_id: UUID | None, minute: int, where: str
) -> Plan:
    """The route on which a new round begins: the wished one, else that of the own squad, else the only one open now.

    Raises `NoRoute`, `NotOnRoute` (the wished one does not pass here), `ChooseRoute`, `OutsideHours`.
    """
    if not plans:
        raise NoRoute(where=where)
    if wished is not None:
        chosen = next((each for each in plans if each.id == wished), None)
        if chosen is None:
            raise NotOnRoute(where=where, route=None, round_id=None)
        check_hours(chosen, minute)
        return chosen
    nearest = min(_nearness(each, squad_id) for each in plans)
    near = [each for each in plans if _nearness(each, squad_id) == nearest]
    walkable = [each for each in near if is_within_hours(each, minute)]
    if len(walkable) > 1:
        offered = [
            {"id": str(each.id), "name": each.name} for each in sorted(walkable, key=lambda each: each.name)
        ]
        raise ChooseRoute(where=where, routes=offered)
    chosen = walkable[0] if walkable else near[0]
    check_hours(chosen, minute)
    return chosen


def _nearness(plan: Plan, squad_id: UUID | None) -> int:
    if plan.squad_id is None:
        return 1
    return 0 if plan.squad_id == squad_id else 2


class Span(Protocol):
    """What tells in which time something can be part of a round: the round itself, or a line about it."""

    @property
    def state(self) -> str:
        """One of `STATES`."""

    @property
    def opened_at(self) -> datetime:
        """When it began, as far as is known."""

    @property
    def due_at(self) -> datetime:
        """When it ends by itself."""

    @property
    def last_visit_at(self) -> datetime | None:
        """When its last visit happened."""

    @property
    def ended_at(self) -> datetime | None:
        """When it ended."""

    @property
    def ended_how(self) -> str | None:
        """One of `ENDINGS`."""


def covers(round: Span, plan: Plan, at: datetime) -> bool:
    """Whether something that happened at `at` is part of this round, in whatever order the news of it arrives.

    A scan may be older than the first one that arrived, as long as all of them fit into one round's time; but not in
    a round that is paid or judged.
    """
    if at < round.opened_at:
        last = round.last_visit_at or round.opened_at
        return round.state in UNPAID and last - at < timedelta(minutes=plan.time_out_minutes)
    if round.ended_at is not None and round.ended_how != BY_TIME_OUT:
        return at <= round.ended_at
    return at < round.due_at


def was_not_in_yet(joined_how: str | None, joined_at: datetime, at: datetime) -> bool:
    """Whether somebody who joined a round was not in it yet when he scanned, nor standing there already.

    Who began it was there since its beginning, and that may turn out to be earlier.
    """
    return joined_how not in {None, BEGAN} and at < joined_at - JOINING


def is_earlier_walk(walk: Walk, here: Stop, at: datetime) -> bool:
    """Whether a scan from before the round began belongs to an earlier walk that passed here, too.

    Two scans within moments are the same standing before the plate: of two taps at once the later may be known first.
    """
    seen = next((each for each in walk.visits if each.checkpoint_id == here.checkpoint_id), None)
    return seen is not None and seen.happened_at - at >= QUEUED_AFTER


def check_cooldown(plan: Plan, opened_at: datetime, ended_at: datetime | None, at: datetime) -> None:
    """Raise `Cooldown` when a round beginning at `at` is too near to one walked before (or entered before)."""
    pause = timedelta(minutes=plan.cooldown_minutes)
    until = (ended_at or opened_at) + pause
    if opened_at - pause < at < until:
        left = math.ceil((until - at) / timedelta(minutes=1))
        raise Cooldown(route=plan.name, minutes=left, until=until.isoformat())


def check_visit(plan: Plan, walk: Walk, stop: Stop, moment: Moment) -> None:
    """Whether this round may have this stop at this moment. Raises `AlreadyVisited`, `OutOfOrder`.

    On a route with a fixed order nothing may contradict what is known. A scan that comes straight from the wall must
    also be the very next one; one that waited in the phone may be ahead of others that still wait.
    """
    if stop.checkpoint_id in walk.visited:
        raise AlreadyVisited(where=stop.name, **progress(plan, walk, moment.happened_at))
    if not plan.ordered:
        return
    expected = next_stop(plan, walk.visited)
    contradicted = any(
        (other.position > stop.position) != (seen.happened_at > moment.happened_at)
        for seen in walk.visits
        if (other := plan.stop_at(seen.checkpoint_id)) is not None
    )
    skipped = not moment.queued and expected is not None and expected.position < stop.position
    if contradicted or skipped:
        raise OutOfOrder(where=stop.name, route=plan.name, next_point=expected.name if expected else None)


def next_stop(plan: Plan, visited: frozenset[UUID]) -> Stop | None:
    """The first stop that is not visited."""
    return next((each for each in plan.stops if each.checkpoint_id not in visited), None)


def missed(plan: Plan, visited: frozenset[UUID]) -> list[str]:
    """Names of the stops that are not visited, in the route's order."""
    return [each.name for each in plan.stops if each.checkpoint_id not in visited]


def progress(plan: Plan, walk: Walk, at: datetime) -> dict[str, Any]:
    """How far the round is at `at`: numbers and names for the reader."""
    following = next_stop(plan, walk.visited) if plan.ordered else None
    left_out = missed(plan, walk.visited)
    return {
        "visited": len(plan.stops) - len(left_out),
        "total": len(plan.stops),
        "minutes": minutes_between(walk.opened_at, walk.ended_at or at),
        "minutes_needed": plan.minimum_minutes,
        "points_needed": plan.minimum_points,
        "missing": left_out,
        "next_point": following.name if following else None,
    }


def with_visit(plan: Plan, walk: Walk, seen: Seen) -> Walk:
    """The round with one more visit, wherever in its time that happened."""
    visits = tuple(sorted((*walk.visits, seen), key=lambda each: (each.happened_at, each.id)))
    opened_at = min(walk.opened_at, seen.happened_at)
    walkers = tuple(
        replace(each, joined_at=min(each.joined_at, seen.happened_at))
        if each.joined_at == walk.opened_at
        else each
        for each in walk.walkers
    )
    return replace(walk, visits=visits, opened_at=opened_at, due_at=due_at(opened_at, plan), walkers=walkers)
