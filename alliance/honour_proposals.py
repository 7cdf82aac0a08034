"""What the boards propose for titles: squads by points per active head, and their leaders."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import honours.queries
import members.queries
from honours.queries import Candidate
from points import leaderboard, leaderboard_members
from points.leaderboard import Line, PeriodKind

#: Squads that are looked at for either title.
_MOST_SQUADS = 10


def initialise() -> None:
    """Let the titles know of the boards."""
    honours.queries.connect(propose)


def propose(title: str, period: str, first: date) -> Sequence[Candidate]:
    """The ranked squads of the period, or their captains and acting captains, best first."""
    kind: PeriodKind = "month" if len(period) > len("2026") else "year"
    board = leaderboard.squad_board(kind, "head", first)
    ranked = [line for line in board.standings.lines if line.rank is not None][:_MOST_SQUADS]
    if title == "squad":
        return [Candidate(line.squad_id, None, _figures(line)) for line in ranked]
    return [each for line in ranked for each in _leaders(line, kind, first)] if title == "star" else []


def _figures(line: Line) -> dict[str, int]:
    return {
        "rank": line.rank or 0,
        "per_head": round(line.value),
        "points": line.points,
        "deeds": line.deeds,
        "heads": line.heads,
    }


def _leaders(line: Line, kind: PeriodKind, first: date) -> list[Candidate]:
    found = [
        Candidate(
            line.squad_id, each, {**_figures(line), "own_points": _own(each, line.squad_id, kind, first)}
        )
        for each in members.queries.captains_of(line.squad_id)
    ]
    return sorted(found, key=lambda each: (-each.figures["own_points"], str(each.member_id)))


def _own(member_id: UUID, squad_id: UUID, kind: PeriodKind, first: date) -> int:
    place = leaderboard_members.own_place(leaderboard.period(kind, first), member_id, squad_id)
    return place.points if place else 0
