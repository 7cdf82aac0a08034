"""The rows behind rounds: read for the rules, written from what they decided.

A scan is the busiest write of the Alliance, so this is Core with columns, not objects, and each function says how many
statements it takes. Locks are taken in this order: the member, the round, the accounts.
"""

import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core.db import db, dialect_name, execute, insert, new_id
from patrols.errors import CheckpointRetired, CheckpointUnknown, PlateReplaced, RoundUnknown, RouteUnknown
from patrols.models import Checkpoint, ReplacedPlate
from patrols.rules.values import (
    IN_USE,
    LONGEST_TIME_OUT_MINUTES,
    OPEN,
    RETIRED,
    TWO_ROUNDS,
    Closing,
    Elsewhere,
    Flag,
    Plan,
    Seen,
    Stop,
    Walk,
    Walker,
)
from patrols.service import statements as sql

_HANDLE_BITS = 31


@dataclass(frozen=True, slots=True)
class Plate:
    """What a scanned plate leads to. `device_used`: another member scanned with this phone today."""

    stop: Stop
    plans: tuple[Plan, ...]
    device_used: bool


@dataclass(frozen=True, slots=True)
class Recent:
    """A round that the member walks, or walked not long ago."""

    id: UUID
    route_id: UUID
    state: str
    opened_at: datetime
    due_at: datetime
    last_visit_at: datetime | None
    ended_at: datetime | None
    ended_how: str | None
    left_at: datetime | None
    joined_at: datetime
    joined_how: str | None

    @property
    def left(self) -> bool:
        """Whether the member has left it."""
        return self.left_at is not None


@dataclass(frozen=True, slots=True)
class PastRow:
    """A round that is over, as it is to be written at one go. The first walker began it."""

    plan: Plan
    walk: Walk
    squad_id: UUID | None
    closing: Closing


def plate(code_digest: str, member_id: UUID, device_digest: str | None) -> Plate:
    """What the plate with this digest leads to. One statement.

    Raises `CheckpointUnknown`, `PlateReplaced`, `CheckpointRetired`.
    """
    binds: dict[str, Any] = {"code_digest": code_digest}
    if device_digest:
        binds |= {"member_id": member_id, "device_digest": device_digest}
    rows = execute(sql.PLATE_AND_DEVICE if device_digest else sql.PLATE, binds).all()
    if not rows:
        raise _no_plate(code_digest)
    if rows[0].here_status == RETIRED:
        raise CheckpointRetired(where=rows[0].here_name)
    stop = Stop(0, rows[0].here_id, rows[0].here_name)
    return Plate(stop, tuple(_plans(rows)), bool(rows[0].device_used))


def _no_plate(code_digest: str) -> CheckpointUnknown | PlateReplaced:
    query = (
        sa.select(Checkpoint.name)
        .join(ReplacedPlate, ReplacedPlate.checkpoint_id == Checkpoint.id)
        .where(ReplacedPlate.code_digest == code_digest)
    )
    name = db.session.scalar(query)
    return CheckpointUnknown() if name is None else PlateReplaced(where=name)


def device_used(member_id: UUID, device_digest: str | None) -> bool:
    """Whether another member scanned or joined with this phone today. One statement, none without a digest."""
    if not device_digest:
        return False
    return bool(execute(sql.DEVICE_USED, {"member_id": member_id, "device_digest": device_digest}).scalar())


def _plans(rows: Iterable[Any]) -> Iterable[Plan]:
    by_route = defaultdict(list)
    for row in rows:
        if row.id is not None:
            by_route[row.id].append(row)
    for stops in by_route.values():
        route = stops[0]
        yield Plan(
            id=route.id,
            name=route.name,
            squad_id=route.squad_id,
            ordered=route.ordered,
            minimum_points=route.minimum_points,
            minimum_minutes=route.minimum_minutes,
            cooldown_minutes=route.cooldown_minutes,
            opens_at=route.opens_at,
            closes_at=route.closes_at,
            time_out_minutes=route.time_out_minutes,
            rule_code=route.rule_code,
            in_use=route.status == IN_USE,
            stops=tuple(
                Stop(each.position, each.stop_id, each.stop_name, each.latitude_e6, each.longitude_e6)
                for each in stops
                if each.position is not None
            ),
        )


def plans(route_ids: Iterable[UUID]) -> dict[UUID, Plan]:
    """Routes by id. One statement."""
    rows = execute(sql.PLANS, {"route_ids": list(route_ids)}).all()
    return {each.id: each for each in _plans(rows)}


def plan(route_id: UUID) -> Plan:
    """One route. One statement. Raises `RouteUnknown`."""
    found = plans([route_id]).get(route_id)
    if found is None:
        raise RouteUnknown
    return found


def recent(member_id: UUID, since: datetime) -> list[Recent]:
    """The member's rounds that are under way or that he joined after `since`, the newest first. One statement."""
    return [Recent(*row) for row in execute(sql.RECENT, {"member_id": member_id, "since": since})]


def look_back(candidates: Sequence[Plan], at: datetime) -> datetime:
    """How far back a round may lie that matters for a scan at `at`."""
    minutes = max((each.cooldown_minutes + each.time_out_minutes for each in candidates), default=0)
    return at - timedelta(minutes=minutes + LONGEST_TIME_OUT_MINUTES)


def elsewhere(
    round_id: UUID, member_ids: Collection[UUID], start: datetime, until: datetime
) -> list[Elsewhere]:
    """Other rounds of these members from `start` to `until` that are paid or may be paid. One statement."""
    since = start - timedelta(minutes=LONGEST_TIME_OUT_MINUTES)
    binds = {
        "round_id": round_id,
        "naming": f"%{round_id}%",
        "member_ids": member_ids,
        "since": since,
        "until": until,
    }
    return [_elsewhere(row) for row in execute(sql.ELSEWHERE, binds)]


def _elsewhere(row: Any) -> Elsewhere:
    end = row.ended_at or row.left_at or row.due_at
    return Elsewhere(
        member_id=row.member_id,
        round_id=row.round_id,
        route_id=row.route_id,
        state=row.state,
        start=max(row.opened_at, row.joined_at),
        until=min(row.left_at or end, end),
        outcome=row.outcome,
        has_left=row.left_at is not None,
        waits_for_this=bool(row.waits_for_this),
    )


def locked(round_id: UUID) -> tuple[Walk, UUID]:
    """The round and its route's id; nobody else changes the round until the transaction ends. Three statements.

    The visits are read after the lock is there: a statement that waited for the lock would still show the visits as
    they were before. Raises `RoundUnknown`.
    """
    row = execute(sql.LOCKED_ROUND, {"round_id": round_id}).one_or_none()
    if row is None:
        raise RoundUnknown
    return _walk(row), row.route_id


def stored(round_id: UUID) -> tuple[Walk, UUID]:
    """The round as it is now and its route's id; others may change it. Three statements. Raises `RoundUnknown`."""
    row = execute(sql.STORED_ROUND, {"round_id": round_id}).one_or_none()
    if row is None:
        raise RoundUnknown
    return _walk(row), row.route_id


def _walk(row: Any) -> Walk:
    visits = execute(sql.VISITS, {"round_id": row.id})
    walkers = execute(sql.WALKERS, {"round_id": row.id})
    return Walk(
        id=row.id,
        state=row.state,
        opened_at=row.opened_at,
        due_at=row.due_at,
        ended_at=row.ended_at,
        ended_how=row.ended_how,
        visits=tuple(Seen(*each) for each in visits),
        walkers=tuple(Walker(*each) for each in walkers),
    )


def add_round(
    plan: Plan, walk: Walk, *, opened_by: UUID, squad_id: UUID | None, closing: Closing | None
) -> None:
    """Write a new round and its walkers. Two statements."""
    _add_round(_new_round(plan, walk, opened_by, squad_id, closing))
    execute(sql.ADD_WALKER, [_walker(walk, each, closing) for each in walk.walkers])


def add_scanned_round(
    plan: Plan,
    walk: Walk,
    seen: Seen,
    received_at: datetime,
    *,
    squad_id: UUID | None,
    closing: Closing | None,
) -> None:
    """Write a new round with its one walker and its first visit. Three statements, or one that does it all."""
    new = _new_round(plan, walk, seen.member_id, squad_id, closing)
    (walker,) = (_walker(walk, each, closing) for each in walk.walkers)
    visit = _visit(walk, seen, received_at)
    if closing is None or dialect_name() != "postgresql":
        _add_round(new)
        execute(sql.ADD_WALKER, walker)
        execute(sql.ADD_VISIT, visit)
        return
    rows = (("round", new), ("round_member", walker), ("visit", visit))
    execute(
        sql.ADD_WHOLE_ROUND, {f"{table}_{name}": value for table, row in rows for name, value in row.items()}
    )


def add_past_rounds(rounds: Sequence[PastRow]) -> None:
    """Write rounds that are over, with their walkers and visits. Three statements for all of them."""
    if not rounds:
        return
    opened = [
        _new_round(each.plan, each.walk, each.walk.walkers[0].member_id, each.squad_id, each.closing)
        for each in rounds
    ]
    came = [_walker(each.walk, walker, each.closing) for each in rounds for walker in each.walk.walkers]
    seen = [_visit(each.walk, seen, seen.happened_at) for each in rounds for seen in each.walk.visits]
    execute(sql.ADD_ROUND, opened)
    execute(sql.ADD_WALKER, came)
    execute(sql.ADD_VISIT, seen)


def _new_round(
    plan: Plan, walk: Walk, opened_by: UUID, squad_id: UUID | None, closing: Closing | None
) -> dict[str, Any]:
    return {
        "id": walk.id,
        "handle": secrets.randbits(_HANDLE_BITS),
        "route_id": plan.id,
        "opened_by": opened_by,
        "squad_id": squad_id,
        "judged_by": None,
        "judged_at": None,
        "judge_reason": None,
        **_round_values(plan, walk, closing),
    }


def _add_round(values: dict[str, Any]) -> None:
    """One statement. The handle of an open round is drawn again in the rare case that another open one has it."""
    if values["state"] != OPEN:
        execute(sql.ADD_ROUND, values)
        return
    statement = insert(sql.round).on_conflict_do_nothing(
        index_elements=["handle"], index_where=sa.text("state = 'open'")
    )
    # RETURNING tells whether the row went in: a row count would not do so on both engines.
    statement = statement.returning(sql.round.c.id)
    while execute(statement, values).first() is None:
        values = values | {"handle": secrets.randbits(_HANDLE_BITS)}


def add_walkers(walk: Walk, walkers: Sequence[Walker]) -> None:
    """Write further walkers of a round that is under way. One statement."""
    execute(sql.ADD_WALKER, [_walker(walk, each, None) for each in walkers])


def _walker(walk: Walk, walker: Walker, closing: Closing | None) -> dict[str, Any]:
    share = closing.shares[walker.member_id] if closing else None
    return {
        "round_id": walk.id,
        "member_id": walker.member_id,
        "joined_at": walker.joined_at,
        "left_at": walker.left_at,
        "device_digest": walker.device_digest,
        "points": share.points if share else 0,
        "service_minutes": share.minutes if share else 0,
        "outcome": share.outcome if share else None,
        "joined_how": walker.joined_how,
    }


def add_visit(walk: Walk, seen: Seen, received_at: datetime) -> None:
    """Write a visit. One statement."""
    execute(sql.ADD_VISIT, _visit(walk, seen, received_at))


def _visit(walk: Walk, seen: Seen, received_at: datetime) -> dict[str, Any]:
    return {
        "id": seen.id,
        "round_id": walk.id,
        "checkpoint_id": seen.checkpoint_id,
        "member_id": seen.member_id,
        "happened_at": seen.happened_at,
        "received_at": received_at,
        "device_digest": seen.device_digest,
        "skew_seconds": seen.skew_seconds,
    }


def save(plan: Plan, before: Walk, walk: Walk, closing: Closing | None) -> None:
    """Write what a round has become. One statement; with a closing one more for all walkers.

    When a visit became known that was earlier than the first one, those who began the round were there already.
    """
    if walk.opened_at != before.opened_at:
        walker = sql.round_member.c
        began = (walker.round_id == walk.id) & (walker.joined_at == before.opened_at)
        execute(sa.update(sql.round_member).where(began).values(joined_at=walk.opened_at))
    change = sa.update(sql.round).where(sql.round.c.id == walk.id)
    execute(change.values(_round_values(plan, walk, closing)))
    if closing is not None:
        save_shares(walk.id, closing)


def save_shares(round_id: UUID, closing: Closing) -> None:
    """Write what each walker gets. One statement for all."""
    rows = [
        {
            "of_round": round_id,
            "of_member": each.member_id,
            "of_points": each.points,
            "of_minutes": each.minutes,
            "of_outcome": each.outcome,
        }
        for each in closing.shares.values()
    ]
    execute(sql.SAVE_SHARE, rows)


def _round_values(plan: Plan, walk: Walk, closing: Closing | None) -> dict[str, Any]:
    values: dict[str, Any] = {
        "state": walk.state,
        "opened_at": walk.opened_at,
        "due_at": walk.due_at,
        "last_visit_at": walk.visits[-1].happened_at if walk.visits else None,
        "ended_at": None,
        "ended_how": None,
        "points_visited": 0,
        "points_total": len(plan.stops),
        "missed": [],
    }
    if closing is not None:
        values |= {
            "state": closing.state,
            "ended_at": closing.ended_at,
            "ended_how": closing.how,
            "points_visited": len(plan.stops) - len(closing.missed),
            "missed": closing.missed,
        }
    return values


def stored_flags(round_id: UUID) -> set[tuple[str, UUID | None]]:
    """Kind and visit of the flags that the round has already. One statement."""
    rows = execute(sql.FLAGS, {"round_id": round_id})
    return {(row.kind, row.visit_id) for row in rows}


def flagged_rounds(round_id: UUID) -> set[UUID]:
    """The other rounds that flags of the round name already. One statement."""
    mine = sql.round_flag.c
    query = sa.select(mine.data).where((mine.round_id == round_id) & (mine.kind == TWO_ROUNDS))
    return {UUID(data["round"]) for data in db.session.scalars(query)}


def add_flags(round_id: UUID, flags: Sequence[Flag], at: datetime) -> None:
    """Write flags. One statement, none without flags."""
    rows = [
        {
            "id": new_id(),
            "round_id": round_id,
            "visit_id": each.visit_id,
            "kind": each.kind,
            "data": each.data,
            "raised_at": at,
        }
        for each in flags
    ]
    if rows:
        execute(sql.ADD_FLAG, rows)


def drop_flags(round_id: UUID, kind: str) -> None:
    """Take back flags of this kind, because what looked odd has been explained by what arrived since."""
    mine = sql.round_flag.c
    execute(sa.delete(sql.round_flag).where((mine.round_id == round_id) & (mine.kind == kind)))
