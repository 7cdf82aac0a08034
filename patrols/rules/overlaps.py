"""Two rounds of one member at the same time, or one soon after the other on the same route. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from patrols.rules.values import COMPLETED, HELD, OPEN, PRESENT, SAME_MOMENT, Elsewhere, Plan

#: From when until when.
Span = tuple[datetime, datetime]


def pause_after(plan: Plan) -> timedelta:
    """How long nobody may walk this route again."""
    return timedelta(minutes=plan.cooldown_minutes)


def is_too_near(plan: Plan, mine: Span, other: Elsewhere) -> bool:
    """Whether both rounds took place at the same time, or on the same route with less than its pause between them."""
    start, until = mine
    pause = pause_after(plan) if other.route_id == plan.id else timedelta()
    between = max(start - other.until, other.start - until)
    if pause:
        return between < pause - SAME_MOMENT
    return is_at_once(mine, (other.start, other.until))


def is_at_once(one: Span, another: Span) -> bool:
    """Whether two rounds took place at the same time."""
    between = max(one[0] - another[1], another[0] - one[1])
    return between < timedelta() and not _is_handed_over(one, another)


def _is_handed_over(one: Span, another: Span) -> bool:
    """Whether one round begins about the moment the other one ends: then they are not at the same time.

    Neither inside the other, and most of the shorter one beside it: of two short rounds the moment would be all.
    """
    (start, until), (later_start, later_until) = sorted((one, another))
    both = until - later_start
    shorter = min(until - start, later_until - later_start)
    return start < later_start and until < later_until and both <= SAME_MOMENT and both * 2 < shorter


def counts(other: Elsewhere) -> bool:
    """Whether the other round was paid, or may be as it is known now.

    One that is held because of this very round is asked about already: this one need not wait, too. One that is held
    for another reason, or goes on, may be: `patrols.service.overlaps` looks whether he was there for enough.
    """
    if other.state == COMPLETED:
        return other.outcome in PRESENT
    return other.state == OPEN or (other.state == HELD and not other.waits_for_this)


def minutes_beside(mine: Span, others: Iterable[Span]) -> int:
    """Whole minutes of a span that lie in none of the others."""
    start, until = mine
    left = timedelta()
    for begins, ends in sorted(others):
        if begins >= until:
            break
        left += max(begins - start, timedelta())
        start = max(start, ends)
    left += max(until - start, timedelta())
    return left // timedelta(minutes=1)
