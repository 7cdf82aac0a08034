"""Leaderboards: who stands where, why, and what would change it. First the pure decisions, then the reads.

Squads are ranked by points *earned* in a season, never by balance, either in total or per active head. Per head a
squad needs `FEWEST_HEADS` active members to be ranked, and small squads are drawn towards the average of all, because
a handful of people with one lucky week proves little: value = (points + k·mean) ÷ (heads + k). All values are exact
fractions. Equal values: who reached them earlier stands higher, then the name decides.
"""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Final, Literal
from uuid import UUID

import sqlalchemy as sa

import members.queries
from core import clock
from core.db import db
from points import queries, rules
from points.models import Score, SquadScore

By = Literal["head", "total"]
PeriodKind = Literal["week", "month", "year", "all"]
#: In the order of `points.rules.seasons`.
PERIOD_KINDS: Final[tuple[PeriodKind, ...]] = ("week", "month", "year", "all")
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
    lines = [_line(tally, by, board) for tally in everybody]
    ranked = sorted((line for line in lines if line.unranked is None), key=_order)
    unranked = sorted((line for line in lines if line.unranked is not None), key=_order_of_unranked)
    earlier = before or {}
    numbered = [
        replace(line, rank=rank, before=earlier.get(line.squad_id))
        for rank, line in enumerate(ranked, start=1)
    ]
    return replace(board, lines=(*numbered, *unranked))


def outlook(board: Standings, squad_id: UUID | None, patrol_points: int | None) -> Outlook | None:
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


def _line(tally: Tally, by: By, board: Standings) -> Line:
    unranked: Literal["too_small", "no_points"] | None = None
    if by == "head" and tally.heads < FEWEST_HEADS:
        unranked = "too_small"
    elif tally.points <= 0:
        unranked = "no_points"
    if by == "total":
        value = Fraction(tally.points)
    else:
        # (points + k·mean) ÷ (heads + k), with mean = points ÷ heads of all: one fraction is made instead of three.
        heads = board.mean_heads or 1
        value = Fraction(
            tally.points * heads + AVERAGE_HEADS_ADDED * board.mean_points,
            (tally.heads + AVERAGE_HEADS_ADDED) * heads,
        )
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


def _order(line: Line) -> tuple[int, datetime, str, str]:
    # Whole numbers are compared many times as fast as fractions. Two values that differ do so by more than 2^-128:
    # their denominators are the heads of a squad times those of all squads, and both are below 2^32.
    height = (line.value.numerator << 128) // line.value.denominator
    return -height, line.reached_at or _NEVER, line.name, str(line.squad_id)


def _order_of_unranked(line: Line) -> tuple[int, str, str]:
    return -line.points, line.name, str(line.squad_id)


def _above(board: Standings, line: Line) -> list[Line]:
    return [other for other in board.lines if other.rank is not None and other.rank < (line.rank or 0)]


def _patrols(points: int | None, patrol_points: int | None) -> int | None:
    return None if points is None or not patrol_points else math.ceil(points / patrol_points)


# --- Periods ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Period:
    """A season and the one before it, which the arrows compare with.

    `first` and `last` are its days in the programme's zone, None for all time. All time has nothing before it: there
    the arrows compare with the state before this week, that is all time without the season `without`.
    """

    kind: PeriodKind
    season: str
    before: str | None
    without: str | None
    first: date | None
    last: date | None


def period(kind: PeriodKind, day: date) -> Period:
    """The period of this kind that holds `day` (a day in the programme's zone)."""
    if kind == "all":
        return Period(kind, _season("all", day), None, _season("week", day), None, None)
    if kind == "week":
        first = day - timedelta(days=day.weekday())
        after = first + timedelta(days=7)
    elif kind == "month":
        first = day.replace(day=1)
        after = (first + timedelta(days=32)).replace(day=1)
    else:
        first, after = date(day.year, 1, 1), date(day.year + 1, 1, 1)
    before = _season(kind, first - timedelta(days=1))
    return Period(kind, _season(kind, day), before, None, first, after - timedelta(days=1))


def _season(kind: PeriodKind, day: date) -> str:
    return dict(zip(PERIOD_KINDS, rules.seasons(day), strict=True))[kind]


# --- Reads ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Board:
    """The board of squads for a period, as page, interface and wall display show it."""

    period: Period
    standings: Standings
    #: Squad id → deeds of the period that stand and were entered by a coordinator.
    by_hand: dict[UUID, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Earned:
    points: int
    deeds: int
    reached_at: datetime | None
    by_hand: int = 0


_NOTHING = _Earned(0, 0, None)


def squad_board(kind: PeriodKind, by: By, day: date | None = None) -> Board:
    """The standings of all squads in the period that holds `day` (default: today), with arrows.

    Heads are counted as they are now, also for the period before: nobody keeps old head-counts.
    """
    now = asked_period(kind, day)
    squads = members.queries.squads()
    earned = _earned_by_squads([season for season in (now.season, now.before, now.without) if season])
    current = earned.get(now.season, {})
    if now.without:
        earlier = {
            squad_id: _less(sum_, earned.get(now.without, {}).get(squad_id))
            for squad_id, sum_ in current.items()
        }
    else:
        earlier = earned.get(now.before or "", {})
    before = standings(_tallies(squads, earlier), by)
    ranks = {line.squad_id: line.rank for line in before.lines if line.rank is not None}
    by_hand = {squad_id: earned_.by_hand for squad_id, earned_ in current.items() if earned_.by_hand}
    return Board(now, standings(_tallies(squads, current), by, ranks), by_hand)


def is_over(period: Period) -> bool:
    """Whether its last day has gone by."""
    return period.last is not None and period.last < clock.today()


def asked_period(kind: PeriodKind, day: date | None) -> Period:
    """The period of this kind that holds `day`, today when nobody says; all time is always reckoned up to today."""
    return period(kind, clock.today() if day is None or kind == "all" else day)


def neighbours(period: Period, *, of_squads: bool = True) -> tuple[date | None, date | None]:
    """The first days of the nearest periods of its kind before and after it in which any squad earned points.

    With `of_squads` False: any member. After it, today's is the last, whether anybody has points in it yet or not.
    One statement.
    """
    if period.kind == "all":
        return None, None
    today = rules.season(period.kind, clock.today())
    table = SquadScore if of_squads else Score
    some = sa.select(table.season).where(table.points > 0)
    # Ordered, and no max(): whatever PostgreSQL knows of the table, it then goes down the index once.
    before = some.where(table.season < period.season, table.season >= period.season[0])
    after = some.where(table.season > period.season, table.season <= today)
    first, last = db.session.execute(
        sa.select(
            before.order_by(table.season.desc()).limit(1).scalar_subquery(),
            after.order_by(table.season).limit(1).scalar_subquery(),
        )
    ).one()
    return _first_day(first), _first_day(last or (today if period.season < today else None))


def _first_day(season: str | None) -> date | None:
    days = rules.season_days(season) if season else None
    return days[0] if days else None


def patrol_points(day: date | None = None) -> int | None:
    """What one patrol pays on `day` (default: today), None when no rule for it is in force."""
    rule = queries.rule(rules.PATROL_RULE, day or clock.today())
    return rule.points if rule else None


def _earned_by_squads(seasons: Collection[str]) -> dict[str, dict[UUID, _Earned]]:
    query = (
        sa.select(
            SquadScore.season,
            SquadScore.squad_id,
            sa.func.sum(SquadScore.points).label("points"),
            sa.func.sum(SquadScore.deeds).label("deeds"),
            sa.func.sum(SquadScore.by_hand).label("by_hand"),
            # A part from which every deed was withdrawn does not tell when the others were reached.
            sa.func.max(SquadScore.reached_at).filter(SquadScore.deeds > 0).label("reached_at"),
        )
        .where(SquadScore.season.in_(list(seasons)))
        .group_by(SquadScore.season, SquadScore.squad_id)
    )
    found: dict[str, dict[UUID, _Earned]] = {}
    for row in db.session.execute(query):
        # PostgreSQL sums bigint columns as numeric.
        earned = _Earned(int(row.points), int(row.deeds), row.reached_at, int(row.by_hand))
        found.setdefault(row.season, {})[row.squad_id] = earned
    return found


def _less(whole: _Earned, part: _Earned | None) -> _Earned:
    part = part or _NOTHING
    return _Earned(whole.points - part.points, whole.deeds - part.deeds, whole.reached_at)


def _tallies(squads: Iterable[members.queries.SquadFacts], earned: Mapping[UUID, _Earned]) -> list[Tally]:
    tallies = []
    for squad in squads:
        sum_ = earned.get(squad.id, _NOTHING)
        tallies.append(
            Tally(
                squad_id=squad.id,
                name=squad.name,
                heads=squad.active_members,
                points=sum_.points,
                deeds=sum_.deeds,
                reached_at=sum_.reached_at,
                kind=squad.kind,
                crest_color=squad.crest_color,
            )
        )
    return tallies
