"""Leaderboards of squads: who stands where, why, and what would change it. Pure decisions; the reads are below them.

Squads are ranked by points *earned* in a season, never by balance, either in total or per active head. Per head a
squad needs `FEWEST_HEADS` active members to be ranked, and small squads are drawn towards the average of all, because
a handful of people with one lucky week proves little: value = (points + k·mean) ÷ (heads + k). All values are exact
fractions. Equal values: who reached them earlier stands higher, then the name decides.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from typing import Literal
from uuid import UUID

By = Literal["head", "total"]
#: Per head, squads with fewer active members are listed without a rank.
FEWEST_HEADS = 5
#: k: so many average members are added in thought to every squad.
AVERAGE_HEADS_ADDED = 5
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What one squad brings to the board: its active heads, its points and when it reached them (UTC)."""

    squad_id: UUID
    name: str
    heads: int
    points: int
    deeds: int = 0
    reached_at: datetime | None = None
    kind: str = ""
    crest_color: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line(Tally):
    """One line of the board.

    `value` is what is ranked. `rank` is None for a squad that is listed unranked, and `unranked` says why. `before` is
    the rank in the period before, None when it had none.
    """

    value: Fraction
    rank: int | None
    unranked: Literal["too_small", "no_points"] | None = None
    before: int | None = None

    @property
    def moved(self) -> int | None:
        """Places won (positive) or lost since the period before; None when one of the two ranks is missing."""
        return None if self.rank is None or self.before is None else self.before - self.rank


@dataclass(frozen=True, slots=True)
class Standings:
    """A whole board, best first, the unranked at the end.

    `mean_points` ÷ `mean_heads` is the average per head that small squads are drawn towards.
    """

    by: By
    lines: tuple[Line, ...]
    mean_points: int
    mean_heads: int

    @property
    def mean(self) -> Fraction:
        """Points per active head over all squads that are large enough to be ranked."""
        return Fraction(self.mean_points, self.mean_heads) if self.mean_heads else Fraction(0)

    def line(self, squad_id: UUID | None) -> Line | None:
        """The line of one squad, None when it is not on the board."""
        return next((line for line in self.lines if line.squad_id == squad_id), None)

    def at(self, rank: int) -> Line | None:
        """The line with this rank."""
        return next((line for line in self.lines if line.rank == rank), None)


@dataclass(frozen=True, slots=True)
class Outlook:
    """Why a squad stands where it stands, and what would change it.

    `above` is the squad that is passed with `points_missing` more points (None for the leader); `below` would need
    `points_ahead` to pass this squad. `patrols_missing` is the same in patrols, None when no patrol rule is in force.
    """

    line: Line
    above: Line | None
    points_missing: int | None
    patrols_missing: int | None
    below: Line | None
    points_ahead: int | None
    heads_missing: int = 0


def standings(tallies: Iterable[Tally], by: By, before: Mapping[UUID, int] | None = None) -> Standings:
    """Rank the squads; `before` holds the ranks of the period before by squad id.

    A squad without points in the season has no rank yet; per head, neither has one with too few active members.
    """
    everybody = list(tallies)
    large = [tally for tally in everybody if tally.heads >= FEWEST_HEADS]
    board = Standings(by, (), sum(tally.points for tally in large), sum(tally.heads for tally in large))
    lines = [_line(tally, by, board.mean) for tally in everybody]
    ranked = sorted((line for line in lines if line.unranked is None), key=_order)
    unranked = sorted((line for line in lines if line.unranked is not None), key=_order_of_unranked)
    earlier = before or {}
    numbered = [
        replace(line, rank=rank, before=earlier.get(line.squad_id))
        for rank, line in enumerate(ranked, start=1)
    ]
    return replace(board, lines=(*numbered, *unranked))


def outlook(board: Standings, squad_id: UUID, patrol_points: int | None) -> Outlook | None:
    """What the squad needs to climb and how safe it is; None when it is not on the board.

    `patrol_points` is what one patrol pays now. Points count for the squad only; nobody else is thought to earn.
    """
    line = board.line(squad_id)
    if line is None:
        return None
    if line.unranked == "too_small":
        return Outlook(line, None, None, None, None, None, FEWEST_HEADS - line.heads)
    if line.rank is None:
        return Outlook(line, None, 1, _patrols(1, patrol_points), None, None)
    reachable = [
        (points_to_pass(board, line, other), -(other.rank or 0), other) for other in _above(board, line)
    ]
    missing, _, above = min(reachable) if reachable else (None, 0, None)
    below = board.at(line.rank + 1)
    return Outlook(
        line=line,
        above=above,
        points_missing=missing,
        patrols_missing=_patrols(missing, patrol_points),
        below=below,
        points_ahead=None if below is None else points_to_pass(board, below, line),
    )


def points_to_pass(board: Standings, line: Line, other: Line) -> int:
    """The fewest points with which `line` would stand above `other`, which stands above it now.

    Points earned now are the later ones, so a tie is not enough. Per head, each point also lifts the average towards
    which both squads are drawn; it lifts the squad that earns it more, so there always is such a number.
    """
    gap = other.value - line.value
    return math.floor(gap / (_gain(board, line, own=True) - _gain(board, other, own=False))) + 1


def _gain(board: Standings, line: Line, *, own: bool) -> Fraction:
    # By how much the value of a squad grows with one more point, its own or somebody else's.
    if board.by == "total":
        return Fraction(int(own))
    drawn = Fraction(AVERAGE_HEADS_ADDED, board.mean_heads)
    return (int(own) + drawn) / (line.heads + AVERAGE_HEADS_ADDED)


def _line(tally: Tally, by: By, mean: Fraction) -> Line:
    unranked: Literal["too_small", "no_points"] | None = None
    if by == "head" and tally.heads < FEWEST_HEADS:
        unranked = "too_small"
    elif tally.points <= 0:
        unranked = "no_points"
    if by == "total":
        value = Fraction(tally.points)
    else:
        value = (tally.points + AVERAGE_HEADS_ADDED * mean) / (tally.heads + AVERAGE_HEADS_ADDED)
    return Line(
        squad_id=tally.squad_id,
        name=tally.name,
        heads=tally.heads,
        points=tally.points,
        deeds=tally.deeds,
        reached_at=tally.reached_at,
        kind=tally.kind,
        crest_color=tally.crest_color,
        value=value,
        rank=None,
        unranked=unranked,
    )


def _order(line: Line) -> tuple[Fraction, datetime, str, str]:
    return -line.value, line.reached_at or _NEVER, line.name, str(line.squad_id)


def _order_of_unranked(line: Line) -> tuple[int, str, str]:
    return -line.points, line.name, str(line.squad_id)


def _above(board: Standings, line: Line) -> list[Line]:
    return [other for other in board.lines if other.rank is not None and other.rank < (line.rank or 0)]


def _patrols(points: int | None, patrol_points: int | None) -> int | None:
    return None if points is None or not patrol_points else math.ceil(points / patrol_points)
