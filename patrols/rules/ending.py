"""When a round is complete, when it ends, and what it means for each who walked. Pure: the time is an argument."""

from dataclasses import replace
from datetime import datetime

from patrols.rules.values import (
    ABSENT,
    BY_HAND,
    COMPLETED,
    HELD,
    INCOMPLETE,
    JOINING,
    PAID,
    TYPED,
    Closing,
    Plan,
    Share,
    Walk,
    Walker,
)
from patrols.rules.visits import minutes_between, missed


def is_all_done(plan: Plan, walk: Walk) -> bool:
    """Whether the round is complete by itself: every stop visited, and in enough minutes from first to last."""
    return (
        bool(walk.visits)
        and not missed(plan, walk.visited)
        and _long_enough(plan, walk, walk.visits[-1].happened_at)
    )


def is_enough(plan: Plan, walk: Walk, ended_at: datetime) -> bool:
    """Whether a round that ends at `ended_at` counts: enough stops and enough minutes."""
    reached = len(plan.stops) - len(missed(plan, walk.visited))
    return reached >= min(plan.minimum_points, len(plan.stops)) and _long_enough(plan, walk, ended_at)


def _long_enough(plan: Plan, walk: Walk, ended_at: datetime) -> bool:
    return minutes_between(walk.opened_at, ended_at) >= plan.minimum_minutes


def end_of(walk: Walk, how: str, at: datetime) -> datetime:
    """When a round ends: by hand at `at`, else at its last visit, because nobody knows of anything after that."""
    last = walk.visits[-1].happened_at if walk.visits else walk.opened_at
    if how == BY_HAND and at < walk.due_at:
        return max(at, last)
    return last


def close(plan: Plan, walk: Walk, how: str, at: datetime, *, odd: bool) -> Closing:
    """How the round ends. Too little of it is `incomplete`; enough of it is `completed`, or `held` when it looks odd.

    Shares of a completed round say `paid` for everybody who was there for enough of it: what that brings in points is
    for the tariff to say.
    """
    ended_at = end_of(walk, how, at)
    left_out = missed(plan, walk.visited)
    state = INCOMPLETE if not is_enough(plan, walk, ended_at) else HELD if odd else COMPLETED
    if state == COMPLETED:
        shares = [share(plan, walk, each, ended_at) for each in walk.walkers]
    else:
        shares = [Share(each.member_id, state) for each in walk.walkers]
    return Closing(state, how, ended_at, left_out, {each.member_id: each for each in shares})


def came_back(walker: Walker, again: Walker) -> Walker:
    """Who left and joins `again`. A short absence counts as presence; after a longer one he joins anew.

    Otherwise he would be paid for points that were visited, and for minutes that passed, while he was away. Who has
    shown once that he stands there need not show it again after a short absence.
    """
    if again.joined_at - (walker.left_at or again.joined_at) > JOINING:
        return replace(walker, left_at=None, joined_at=again.joined_at, joined_how=again.joined_how)
    how = again.joined_how if walker.joined_how == TYPED else walker.joined_how
    return replace(walker, left_at=None, joined_how=how)


def share(plan: Plan, walk: Walk, walker: Walker, ended_at: datetime) -> Share:
    """What the round means for this walker: `paid` or `absent`, and the minutes of service.

    Present is who was there for as many visits as the round needs. A visit counts for everybody who walks along,
    whoever scanned it. Who joins within ten minutes after a visit was standing there, so that last visit before
    joining counts for him as well.
    """
    start, until = span(walk, walker, ended_at)
    attended = [each for each in walk.visits if walker.joined_at <= each.happened_at <= until]
    before = [each for each in walk.visits if each.happened_at < walker.joined_at]
    if before and walker.joined_at - before[-1].happened_at <= JOINING:
        attended.append(before[-1])
    if len(attended) < min(plan.minimum_points, len(plan.stops)):
        return Share(walker.member_id, ABSENT)
    return Share(walker.member_id, PAID, minutes_between(start, until))


def span(walk: Walk, walker: Walker, ended_at: datetime) -> tuple[datetime, datetime]:
    """From when until when somebody walked in a round that ended at `ended_at`."""
    return max(walk.opened_at, walker.joined_at), min(walker.left_at or ended_at, ended_at)
