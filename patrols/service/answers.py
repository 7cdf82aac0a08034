"""What a scan or an end is answered with: codes, names and numbers, for programs and for the sentences of others."""

from typing import Any
from uuid import UUID

from patrols.rules import visits
from patrols.rules.values import (
    ABSENT,
    CAPPED,
    COMPLETED,
    HELD,
    NOT_ACTIVE,
    NOT_IN_TARIFF,
    Moment,
    Plan,
    Stop,
    Walk,
)
from patrols.service.ending import Ended

#: Why a complete round brought this member no points.
_WITHOUT_POINTS = frozenset({ABSENT, CAPPED, NOT_ACTIVE, NOT_IN_TARIFF})


def visited(
    plan: Plan, walk: Walk, stop: Stop, moment: Moment, member_id: UUID, ended: Ended | None, *, opened: bool
) -> dict[str, Any]:
    """The answer to a visit: `round_opened`, `visited`, `round_completed` or `round_held`."""
    outcome = "round_opened" if opened else "visited"
    if ended is not None and ended.closing.state in {COMPLETED, HELD}:
        outcome = f"round_{ended.closing.state}"
    return {
        "outcome": outcome,
        "where": stop.name,
        "happened_at": moment.happened_at.isoformat(),
        "queued": moment.queued,
        **about(plan, walk, ended),
        **brought(ended, member_id),
        **visits.progress(plan, walk, ended.closing.ended_at if ended else moment.happened_at),
    }


def ended_by_hand(plan: Plan, walk: Walk, member_id: UUID | None, ended: Ended) -> dict[str, Any]:
    """The answer to ending or judging a round: `round_` and the state, for example `round_incomplete`."""
    return {
        "outcome": f"round_{ended.closing.state}",
        "where": None,
        "happened_at": ended.closing.ended_at.isoformat(),
        **about(plan, walk, ended),
        **brought(ended, member_id),
        **visits.progress(plan, walk, ended.closing.ended_at),
        "missing": ended.closing.missed,
    }


def about(plan: Plan, walk: Walk, ended: Ended | None) -> dict[str, Any]:
    """Which round and route, and who walks along."""
    return {
        "round_id": str(walk.id),
        "state": ended.closing.state if ended else walk.state,
        "route": plan.name,
        "route_id": str(plan.id),
        "companions": sum(each.left_at is None for each in walk.walkers) - 1,
        "due_at": walk.due_at.isoformat(),
    }


def brought(ended: Ended | None, member_id: UUID | None) -> dict[str, Any]:
    """What the end brought this member: points, balance, minutes of service, or why there are no points."""
    share = ended.closing.shares.get(member_id) if ended and member_id else None
    if ended is None or share is None or ended.closing.state != COMPLETED:
        return {"points": None, "balance": None, "service_minutes": None, "without_points": None}
    return {
        "points": share.points,
        "balance": ended.balances.get(share.member_id),
        "service_minutes": share.minutes,
        "without_points": share.outcome if share.outcome in _WITHOUT_POINTS else None,
    }
