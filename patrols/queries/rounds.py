"""Rounds as their walkers, captains and the desk see them, and the hours that they brought."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

import members.queries
from core import clock, paging
from core.auth import Actor
from core.db import db
from core.paging import MOST_ITEMS, Page
from patrols.errors import RoundUnknown
from patrols.models import Checkpoint, Round, RoundFlag, RoundMember, Route, RouteCheckpoint, Visit
from patrols.queries.flags import RoundFlagView, flags_of
from patrols.rules.values import COMPLETED, HELD, OPEN, QUEUED_AFTER, TYPED
from patrols.rules.visits import minutes_between

#: What the desk asks for: rounds of today, under way, open too long, waiting for a judge, all.
DESK_LISTS: Final = ("today", "open", "overdue", "held", "all")


@dataclass(frozen=True, slots=True)
class RoundLine:
    """A round in a list. `minutes` from its beginning to its end or to now; `flags` are kinds of oddities."""

    id: UUID
    route_id: UUID
    route: str
    state: str
    squad_id: UUID | None
    opened_by: UUID
    leader: str
    opened_at: datetime
    due_at: datetime
    ended_at: datetime | None
    visited: int
    total: int
    walkers: int
    minutes: int
    overdue: bool
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StopView:
    """A point of a round. `state`: done, next (fixed order), open, or missed once the round is over."""

    position: int
    checkpoint_id: UUID
    name: str
    hint: str
    state: str
    visited_at: datetime | None = None
    visited_by: str | None = None
    arrived_late: bool = False


@dataclass(frozen=True, slots=True)
class WalkerView:
    """One who walks along. `outcome` is empty until the round ends, `joined_how` where it was not written down.

    `scanned`: how many of the round's points he scanned himself.
    """

    member_id: UUID
    name: str
    joined_at: datetime
    left_at: datetime | None
    points: int
    service_minutes: int
    outcome: str | None
    joined_how: str | None
    scanned: int

    @property
    def is_unseen(self) -> bool:
        """Whether nothing shows that he stood there: he typed the captain's code and scanned no point."""
        return self.joined_how == TYPED and not self.scanned


@dataclass(frozen=True, slots=True)
class RoundView:
    """A whole round. The last members say what this reader is to it: he walks in it, may show the captain's code
    (`leads`), is its captain or coordinator and so may see it (`oversees`), may end or judge it.
    """

    line: RoundLine
    minutes_needed: int
    points_needed: int
    ordered: bool
    ended_how: str | None
    stops: tuple[StopView, ...]
    walkers: tuple[WalkerView, ...]
    flags: tuple[RoundFlagView, ...]
    missed: tuple[str, ...]
    judged_at: datetime | None
    judge: str | None
    judge_reason: str | None
    walks: bool
    leads: bool
    oversees: bool
    may_end: bool
    may_judge: bool

    @property
    def id(self) -> UUID:
        """The round's id."""
        return self.line.id

    @property
    def route(self) -> str:
        """The route's name."""
        return self.line.route

    @property
    def visited(self) -> int:
        """How many points are visited."""
        return self.line.visited

    @property
    def total(self) -> int:
        """How many points the route has."""
        return self.line.total

    @property
    def next_point(self) -> str | None:
        """The point that comes next, on routes with a fixed order."""
        return next((each.name for each in self.stops if each.state == "next"), None)


@dataclass(frozen=True, slots=True)
class OwnRound:
    """A round in a member's own list, with what it brought him and how he came into it."""

    line: RoundLine
    points: int
    service_minutes: int
    outcome: str | None
    joined_how: str | None


# ------------------------------------------------------------------------------------------ lists

_visit_count = sa.select(sa.func.count()).where(Visit.round_id == Round.id).correlate(Round).scalar_subquery()
_walker_count = (
    sa.select(sa.func.count())
    .where(RoundMember.round_id == Round.id, RoundMember.left_at.is_(None))
    .correlate(Round)
    .scalar_subquery()
)
_own_visits = (
    sa.select(sa.func.count())
    .where(Visit.round_id == RoundMember.round_id, Visit.member_id == RoundMember.member_id)
    .correlate(RoundMember)
    .scalar_subquery()
)
_stop_count = (
    sa.select(sa.func.count())
    .where(RouteCheckpoint.route_id == Round.route_id)
    .correlate(Round)
    .scalar_subquery()
)
_LINE = (
    Round.id,
    Round.route_id,
    Route.name.label("route"),
    Round.state,
    Round.squad_id,
    Round.opened_by,
    Round.opened_at,
    Round.due_at,
    Round.ended_at,
    Round.points_visited,
    Round.points_total,
    _visit_count.label("visit_count"),
    _stop_count.label("stop_count"),
    _walker_count.label("walker_count"),
)


def _lines(rows: Sequence[Any]) -> list[RoundLine]:
    names = members.queries.many_facts({row.opened_by for row in rows})
    kinds = _flag_kinds([row.id for row in rows])
    now = clock.now()
    return [
        RoundLine(
            id=row.id,
            route_id=row.route_id,
            route=row.route,
            state=row.state,
            squad_id=row.squad_id,
            opened_by=row.opened_by,
            leader=names[row.opened_by].name,
            opened_at=row.opened_at,
            due_at=row.due_at,
            ended_at=row.ended_at,
            visited=row.visit_count if row.state == OPEN else row.points_visited,
            total=row.stop_count if row.state == OPEN else row.points_total,
            walkers=row.walker_count,
            minutes=minutes_between(row.opened_at, row.ended_at or min(now, row.due_at)),
            overdue=row.state == OPEN and row.due_at <= now,
            flags=tuple(sorted(kinds.get(row.id, ()))),
        )
        for row in rows
    ]


def _flag_kinds(round_ids: Sequence[UUID]) -> dict[UUID, set[str]]:
    query = sa.select(RoundFlag.round_id, RoundFlag.kind).where(RoundFlag.round_id.in_(round_ids))
    found: dict[UUID, set[str]] = defaultdict(set)
    for round_id, kind in db.session.execute(query):
        found[round_id].add(kind)
    return found


def rounds_for(
    actor: Actor,
    which: str = "today",
    *,
    squad_id: UUID | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[RoundLine]:
    """Rounds for the desk, and those of one squad for its captains; `which` is one of `DESK_LISTS`.

    The newest first. Raises `PermissionMissing`, `core.paging.CursorInvalid`.
    """
    if squad_id is None or actor.member_id not in members.queries.captains_of(squad_id):
        actor.require("desk.read")
    condition = _desk_condition(which)
    if squad_id is not None:
        condition &= Round.squad_id == squad_id
    query = sa.select(*_LINE).join(Route, Route.id == Round.route_id).where(condition)
    query = query.order_by(Round.opened_at.desc(), Round.id.desc())
    rows, more = _page(query, Round.opened_at, Round.id, cursor, limit)
    return Page(_lines(rows), more)


def _desk_condition(which: str) -> sa.ColumnElement[bool]:
    now = clock.now()
    if which == "open":
        return Round.state == OPEN
    if which == "overdue":
        return (Round.state == OPEN) & (Round.due_at <= now)
    if which == "held":
        return Round.state == HELD
    if which == "today":
        start, _end = clock.day_bounds(clock.local_date(now))
        return (Round.opened_at >= start) | Round.state.in_((OPEN, HELD))
    return sa.true()


def desk_counts() -> dict[str, int]:
    """How many rounds each list of the desk has, but for "all"."""
    counts = [
        sa.select(sa.func.count())
        .select_from(Round)
        .where(_desk_condition(which))
        .scalar_subquery()
        .label(which)
        for which in DESK_LISTS[:-1]
    ]
    found = db.session.execute(sa.select(*counts)).one()
    return dict(zip(DESK_LISTS[:-1], map(int, found), strict=True))


def rounds_of(member_id: UUID, *, cursor: str | None = None, limit: int = 50) -> Page[OwnRound]:
    """The member's rounds, the newest first. Raises `core.paging.CursorInvalid`."""
    own = (
        RoundMember.points,
        RoundMember.service_minutes,
        RoundMember.outcome,
        RoundMember.joined_how,
        RoundMember.joined_at,
    )
    query = (
        sa.select(*_LINE, *own)
        .join(RoundMember, RoundMember.round_id == Round.id)
        .join(Route, Route.id == Round.route_id)
        .where(RoundMember.member_id == member_id)
        .order_by(RoundMember.joined_at.desc(), RoundMember.round_id.desc())
    )
    rows, more = _page(query, RoundMember.joined_at, RoundMember.round_id, cursor, limit)
    lines = _lines(rows)
    found = [
        OwnRound(line, row.points, row.service_minutes, row.outcome, row.joined_how)
        for line, row in zip(lines, rows, strict=True)
    ]
    return Page(found, more)


def _page(query: Any, at: Any, key: Any, cursor: str | None, limit: int) -> tuple[Sequence[Any], str | None]:
    if cursor:
        text, last = paging.decode(cursor, str, str)
        after = paging.moment(text), paging.identifier(last)
        query = query.where((at < after[0]) | ((at == after[0]) & (key < after[1])))
    limit = max(1, min(limit, MOST_ITEMS))
    rows = db.session.execute(query.limit(limit + 1)).all()
    if len(rows) <= limit:
        return rows, None
    last_row = rows[limit - 1]
    return rows[:limit], paging.encode(getattr(last_row, at.key).isoformat(), str(last_row.id))


def service_minutes(member_id: UUID, start: datetime, until: datetime) -> int:
    """Minutes of service from complete rounds that ended in start ≤ t < until (aware)."""
    query = (
        sa.select(sa.func.sum(RoundMember.service_minutes))
        .join(Round, Round.id == RoundMember.round_id)
        .where(
            RoundMember.member_id == member_id,
            Round.state == COMPLETED,
            Round.ended_at >= start,
            Round.ended_at < until,
        )
    )
    return int(db.session.scalar(query) or 0)


# ------------------------------------------------------------------------------------------ one round


def open_round(member_id: UUID) -> RoundView | None:
    """The round that the member is walking, None when there is none. The newest, should there be several."""
    query = (
        sa.select(Round.id)
        .join(RoundMember, RoundMember.round_id == Round.id)
        .where(
            RoundMember.member_id == member_id,
            RoundMember.outcome.is_(None),
            RoundMember.left_at.is_(None),
            Round.state == OPEN,
            Round.due_at > clock.now(),
        )
        .order_by(Round.opened_at.desc())
        .limit(1)
    )
    round_id = db.session.scalar(query)
    return (
        None if round_id is None else _view(round_id, Actor(id=member_id, kind="member", member_id=member_id))
    )


def round_for(actor: Actor, round_id: UUID) -> RoundView:
    """A round for who walks in it, a captain of its squad, or the desk. Raises `RoundUnknown`, also for all others."""
    found = _view(round_id, actor)
    if not found.walks and not found.oversees and not actor.may("desk.read"):
        raise RoundUnknown
    return found


def _view(round_id: UUID, actor: Actor) -> RoundView:
    extra = (
        Route.ordered,
        Route.minimum_minutes,
        Route.minimum_points,
        Round.ended_how,
        Round.missed,
        Round.judged_by,
        Round.judged_at,
        Round.judge_reason,
    )
    query = sa.select(*_LINE, *extra).join(Route, Route.id == Round.route_id).where(Round.id == round_id)
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise RoundUnknown
    walkers = _walkers(round_id)
    rights = _rights(actor, row, walkers)
    judge = members.queries.many_facts([row.judged_by]) if row.judged_by else {}
    return RoundView(
        line=_lines([row])[0],
        minutes_needed=row.minimum_minutes,
        points_needed=row.minimum_points,
        ordered=row.ordered,
        ended_how=row.ended_how,
        stops=_stops(row, {each.member_id: each.name for each in walkers}),
        walkers=walkers,
        flags=tuple(flags_of(round_id, with_others=_knows_all_rounds(actor))),
        missed=tuple(row.missed) if row.state != OPEN else (),
        judged_at=row.judged_at,
        judge=judge[row.judged_by].name if row.judged_by else None,
        judge_reason=row.judge_reason,
        **rights,
    )


def _knows_all_rounds(actor: Actor) -> bool:
    """Not so a captain: companions may be of another squad, and where else they were is not his affair."""
    return actor.may("desk.read") or actor.may("round.manage")


def _rights(actor: Actor, row: Any, walkers: Iterable[WalkerView]) -> dict[str, bool]:
    mine = [each for each in walkers if each.member_id == actor.member_id]
    captain = row.squad_id is not None and actor.member_id in members.queries.captains_of(row.squad_id)
    leads = bool(captain) or actor.may("round.manage")
    present = any(each.left_at is None for each in mine)
    return {
        "walks": bool(mine),
        "leads": row.state == OPEN and (leads or row.opened_by == actor.member_id),
        "oversees": leads,
        "may_end": row.state == OPEN and (leads or present),
        "may_judge": row.state == HELD and actor.may("round.manage") and not mine,
    }


def _walkers(round_id: UUID) -> tuple[WalkerView, ...]:
    columns = (
        RoundMember.member_id,
        RoundMember.joined_at,
        RoundMember.left_at,
        RoundMember.points,
        RoundMember.service_minutes,
        RoundMember.outcome,
        RoundMember.joined_how,
        _own_visits.label("scanned"),
    )
    query = sa.select(*columns).where(RoundMember.round_id == round_id)
    rows = db.session.execute(query.order_by(RoundMember.joined_at, RoundMember.member_id)).all()
    names = members.queries.many_facts(row.member_id for row in rows)
    return tuple(WalkerView(row[0], names[row[0]].name, *row[1:]) for row in rows)


def _stops(row: Any, names: dict[UUID, str]) -> tuple[StopView, ...]:
    """The points of the route as they are today, and those visited that have since been taken from it."""
    visits = {
        each.checkpoint_id: each
        for each in db.session.scalars(sa.select(Visit).where(Visit.round_id == row.id))
    }
    columns = (RouteCheckpoint.position, Checkpoint.id, Checkpoint.name, Checkpoint.hint)
    query = (
        sa.select(*columns)
        .join(Checkpoint, Checkpoint.id == RouteCheckpoint.checkpoint_id)
        .where(RouteCheckpoint.route_id == row.route_id)
        .order_by(RouteCheckpoint.position)
    )
    found, expects_next = [], row.ordered and row.state == OPEN
    for position, checkpoint_id, name, hint in db.session.execute(query):
        visit = visits.get(checkpoint_id)
        if visit is not None:
            late = visit.received_at - visit.happened_at > QUEUED_AFTER
            by = names.get(visit.member_id)
            found.append(StopView(position, checkpoint_id, name, hint, "done", visit.happened_at, by, late))
            continue
        state = "next" if expects_next else "open" if row.state == OPEN else "missed"
        expects_next = False
        found.append(StopView(position, checkpoint_id, name, hint, state))
    return tuple(found)
