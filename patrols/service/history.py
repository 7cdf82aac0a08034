"""Rounds of the past, taken over in bulk: from older records, or as the year behind a demo alliance.

What `visiting` and `ending` do scan by scan in front of a wall is done here for thousands of rounds in a few
statements. The same rules decide about them, so that a round taken over cannot be told from one that was walked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from core.db import new_id, transaction
from patrols.errors import RouteUnknown
from patrols.rules import ending, oddities, overlaps, visits
from patrols.rules.overlaps import Span
from patrols.rules.values import (
    BY_HAND,
    BY_VISIT,
    CAPPED,
    COMPLETED,
    OPEN,
    PAID,
    Closing,
    Plan,
    Seen,
    Share,
    Walk,
    Walker,
)
from patrols.service import records
from patrols.service.ending import minute_of_day

#: Rounds that are taken in hand at once.
_BATCH: Final = 2_000


class PastVisit(NamedTuple):
    """A checkpoint that was visited, who scanned it, and when (aware)."""

    checkpoint_id: UUID
    member_id: UUID
    happened_at: datetime


class PastWalker(NamedTuple):
    """Somebody who walked along from `joined_at` (aware) to the end. `points`: what he was paid, 0 when capped."""

    member_id: UUID
    joined_at: datetime
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRound:
    """A complete round of the past. `squad_id` is the squad that walked it, the first walker began it.

    Visits in the order in which they happened. `ended_by_hand_at` is empty when all points were visited, so that the
    round ended by itself with the last visit.
    """

    id: UUID
    route_id: UUID
    squad_id: UUID | None
    walkers: tuple[PastWalker, ...]
    visits: tuple[PastVisit, ...]
    ended_by_hand_at: datetime | None = None

    @property
    def ended_at(self) -> datetime:
        """When the round ended, which is when its points were earned."""
        return self.ended_by_hand_at or self.visits[-1].happened_at


def import_rounds(rounds: Sequence[PastRound]) -> int:
    """Write complete rounds of the past with their walkers, minutes of service and visits; returns how many.

    The points are booked by the caller with `points.ledger.post_many`, each with the round's id as its key and
    subject, because a history is booked in the order of time and has more than patrols. Joins the transaction.

    Raises `RouteUnknown`, and ValueError for a round that would not have been paid: too short, odd, with somebody
    who was not there for enough of it, or who walked another one at the same time. Then nothing was written.
    """
    with transaction():
        plans = records.plans({each.route_id for each in rounds})
        for start in range(0, len(rounds), _BATCH):
            rows = [_over(plans, each) for each in rounds[start : start + _BATCH]]
            _check_one_at_a_time(rows)
            records.add_past_rounds(rows)
    return len(rounds)


def _check_one_at_a_time(rows: Sequence[records.PastRow]) -> None:
    """Raise ValueError when somebody walked two of these rounds, or one of them and a stored one, at the same time."""
    spans = sorted(
        (walker.member_id, *ending.span(row.walk, walker, row.closing.ended_at), row.walk.id)
        for row in rows
        for walker in row.walk.walkers
    )
    start, until = min(each[1] for each in spans), max(each[2] for each in spans)
    stored = [
        (each.member_id, each.start, each.until, each.round_id)
        for each in records.elsewhere(rows[0].walk.id, {each[0] for each in spans}, start, until)
        if each.state == COMPLETED and overlaps.counts(each)
    ]
    latest: dict[UUID, Span] = {}
    for member_id, begun, over, round_id in sorted(spans + stored):
        before = latest.get(member_id)
        if before is not None and overlaps.is_at_once(before, (begun, over)):
            raise ValueError(f"round {round_id} is at the same time as another one of the same member")
        if before is None or over > before[1]:
            latest[member_id] = (begun, over)


def _over(plans: Mapping[UUID, Plan], past: PastRound) -> records.PastRow:
    plan = plans.get(past.route_id)
    if plan is None:
        raise RouteUnknown
    walk = _walk(plan, past)
    odd = bool(oddities.flags(plan, walk, minute_of_day, past.ended_at))
    how = BY_HAND if past.ended_by_hand_at else BY_VISIT
    closing = ending.close(plan, walk, how, past.ended_at, odd=odd)
    if how == BY_VISIT and not ending.is_all_done(plan, walk):
        raise ValueError(f"round {past.id} cannot have ended by itself")
    if closing.state != COMPLETED or any(each.outcome != PAID for each in closing.shares.values()):
        raise ValueError(f"round {past.id} is not complete for everybody who walked")
    return records.PastRow(plan, walk, past.squad_id, _with_points(closing, past.walkers))


def _walk(plan: Plan, past: PastRound) -> Walk:
    opened_at = past.visits[0].happened_at
    return Walk(
        id=past.id,
        state=OPEN,
        opened_at=opened_at,
        due_at=visits.due_at(opened_at, plan),
        ended_at=None,
        ended_how=None,
        visits=tuple(Seen(new_id(), *each) for each in past.visits),
        walkers=tuple(Walker(each.member_id, each.joined_at) for each in past.walkers),
    )


def _with_points(closing: Closing, walkers: Sequence[PastWalker]) -> Closing:
    shares: dict[UUID, Share] = {}
    for each in walkers:
        outcome = PAID if each.points else CAPPED
        shares[each.member_id] = replace(closing.shares[each.member_id], points=each.points, outcome=outcome)
    return replace(closing, shares=shares)
