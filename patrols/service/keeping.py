"""Checkpoints and routes: made, changed, taken out of use, plates printed anew. Every act is audited."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

import members.queries
import points.queries
from core import audit, clock, receipts
from core.auth import Actor
from core.codes import Kind, digest, keyring, printed_code
from core.config import settings
from core.db import db, insert, new_id, transactional
from core.receipts import Answer
from patrols import queries
from patrols.errors import (
    CheckpointInvalid,
    CheckpointNotFound,
    CheckpointOnRoute,
    PlateRenewed,
    RouteInvalid,
    RouteNameTaken,
    RouteUnknown,
    RuleNotForRoutes,
)
from patrols.models import Checkpoint, ReplacedPlate, Route, RouteCheckpoint
from patrols.queries import PlateToPrint
from patrols.rules.values import IN_USE, RETIRED
from patrols.rules.wishes import (
    CheckpointWish,
    RouteWish,
    clean_checkpoint,
    clean_route,
    is_for_routes,
)


def plate_digest(checkpoint_id: UUID, generation: int) -> str:
    """What the database keeps of the plate's code."""
    keys = keyring(settings())
    return digest(keys, printed_code(keys, Kind.CHECKPOINT, checkpoint_id, generation))


def request_checkpoint(actor: Actor, *, key: UUID, wish: CheckpointWish) -> Answer:
    """`create_checkpoint` exactly once per key; the answer has `checkpoint_id`."""

    def work() -> dict[str, str]:
        return {"checkpoint_id": str(create_checkpoint(actor, wish))}

    return receipts.once(key, actor, "checkpoint.create", asdict(wish), work)


@transactional
def create_checkpoint(actor: Actor, wish: CheckpointWish) -> UUID:
    """Add a checkpoint with the next free number and a plate to print. Raises `CheckpointInvalid`."""
    actor.require("checkpoint.manage")
    wish = _checked(wish)
    checkpoint_id = new_id()
    values = {
        "id": checkpoint_id,
        **_checkpoint_values(wish),
        "generation": 1,
        "code_digest": plate_digest(checkpoint_id, 1),
        "status": IN_USE,
    }
    statement = (
        insert(Checkpoint).on_conflict_do_nothing(index_elements=["number"]).returning(Checkpoint.number)
    )
    while True:  # somebody else may take the same number at the same time
        last = db.session.scalar(sa.select(sa.func.max(Checkpoint.number))) or 0
        if db.session.execute(statement.values(**values, number=last + 1)).first() is not None:
            break
    audit.record(actor, "checkpoint_created", "checkpoint", checkpoint_id, name=wish.name)
    return checkpoint_id


@transactional
def edit_checkpoint(actor: Actor, checkpoint_id: UUID, wish: CheckpointWish) -> None:
    """Change name, hint, area or coordinates. Raises `CheckpointNotFound`, `CheckpointInvalid`."""
    actor.require("checkpoint.manage")
    wish = _checked(wish)
    checkpoint = _checkpoint(checkpoint_id)
    for name, value in _checkpoint_values(wish).items():
        setattr(checkpoint, name, value)
    audit.record(actor, "checkpoint_edited", "checkpoint", checkpoint_id, name=wish.name)


@transactional
def set_checkpoint_in_use(actor: Actor, checkpoint_id: UUID, *, in_use: bool) -> None:
    """Take a checkpoint out of use, or back. Raises `CheckpointNotFound`, `CheckpointOnRoute`."""
    actor.require("checkpoint.manage")
    checkpoint = _checkpoint(checkpoint_id)
    if not in_use:
        _check_on_no_route(checkpoint)
    checkpoint.status = IN_USE if in_use else RETIRED
    audit.record(actor, "checkpoint_status", "checkpoint", checkpoint_id, status=checkpoint.status)


@transactional
def reprint_plate(actor: Actor, checkpoint_id: UUID, *, generation: int) -> int:
    """Give the checkpoint a new code, so that the old plate and every photo of it are worthless.

    `generation` is the one that is to be replaced: a second tap must not void the plate that was just printed. Returns
    the new generation. Raises `CheckpointNotFound`, `PlateRenewed`.
    """
    actor.require("checkpoint.manage")
    checkpoint = _checkpoint(checkpoint_id)
    if checkpoint.generation != generation:
        raise PlateRenewed(where=checkpoint.name, generation=checkpoint.generation)
    replaced = {
        "code_digest": checkpoint.code_digest,
        "checkpoint_id": checkpoint_id,
        "replaced_at": clock.now(),
    }
    db.session.execute(sa.insert(ReplacedPlate), replaced)
    checkpoint.generation += 1
    checkpoint.code_digest = plate_digest(checkpoint_id, checkpoint.generation)
    audit.record(actor, "plate_reprinted", "checkpoint", checkpoint_id, generation=checkpoint.generation)
    return checkpoint.generation


@transactional
def print_plates(actor: Actor, ids: Collection[UUID] | None = None) -> list[PlateToPrint]:
    """The plates of checkpoints in use, of all or of these, each written down as printed.

    The same plate comes out at every printing, and whoever holds one can scan it where it does not hang.
    """
    actor.require("checkpoint.manage")
    return _printed(actor, queries.plates(ids))


@transactional
def print_plate(actor: Actor, checkpoint_id: UUID) -> PlateToPrint:
    """The newest plate of one checkpoint, in use or not; written down as printed. Raises `CheckpointNotFound`."""
    actor.require("checkpoint.manage")
    return _printed(actor, [queries.plate(checkpoint_id)])[0]


def _printed(actor: Actor, plates: list[PlateToPrint]) -> list[PlateToPrint]:
    acts = [
        audit.Act(each.id, None, {"number": each.number, "name": each.name, "generation": each.generation})
        for each in (plate.checkpoint for plate in plates)
    ]
    audit.record_many(actor, "plate_printed", "checkpoint", acts)
    return plates


def _checkpoint(checkpoint_id: UUID) -> Checkpoint:
    query = sa.select(Checkpoint).where(Checkpoint.id == checkpoint_id)
    found = db.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if found is None:
        raise CheckpointNotFound
    return found


def _checked(wish: CheckpointWish) -> CheckpointWish:
    wish = clean_checkpoint(wish)
    if wish.area_id is not None and wish.area_id not in members.queries.area_names():
        raise CheckpointInvalid(field="area_id", reason="unknown")
    return wish


def _checkpoint_values(wish: CheckpointWish) -> dict[str, object]:
    return {
        "name": wish.name,
        "hint": wish.hint,
        "area_id": wish.area_id,
        "latitude_e6": wish.latitude_e6,
        "longitude_e6": wish.longitude_e6,
    }


def _check_on_no_route(checkpoint: Checkpoint) -> None:
    query = (
        sa.select(Route.name)
        .join(RouteCheckpoint, RouteCheckpoint.route_id == Route.id)
        .where(RouteCheckpoint.checkpoint_id == checkpoint.id, Route.status == IN_USE)
        .order_by(Route.name)
    )
    names = list(db.session.scalars(query))
    if names:
        raise CheckpointOnRoute(where=checkpoint.name, routes=names)


# ------------------------------------------------------------------------------------------ routes


def request_route(actor: Actor, *, key: UUID, wish: RouteWish) -> Answer:
    """`create_route` exactly once per key; the answer has `route_id`."""

    def work() -> dict[str, str]:
        return {"route_id": str(create_route(actor, wish))}

    return receipts.once(key, actor, "route.create", asdict(wish), work)


@transactional
def create_route(actor: Actor, wish: RouteWish) -> UUID:
    """Add a route. Raises `RouteInvalid`, `RuleNotForRoutes`, `RouteNameTaken`."""
    actor.require("route.manage")
    now = clock.now()
    wish = _checked_route(wish, now)
    route_id = new_id()
    values = {"id": route_id, **_route_values(wish), "status": IN_USE}
    statement = insert(Route).on_conflict_do_nothing(index_elements=["name"]).returning(Route.id)
    if db.session.execute(statement.values(**values)).first() is None:
        raise RouteNameTaken(field="name", name=wish.name)
    _set_stops(route_id, wish)
    audit.record(actor, "route_created", "route", route_id, name=wish.name)
    return route_id


@transactional
def edit_route(actor: Actor, route_id: UUID, wish: RouteWish) -> None:
    """Change a route; rounds under way go on by the new plan.

    Raises `RouteUnknown`, `RouteInvalid`, `RuleNotForRoutes`, `RouteNameTaken`.
    """
    actor.require("route.manage")
    wish = _checked_route(wish, clock.now())
    route = _route(route_id)
    taken = sa.select(Route.id).where(Route.name == wish.name, Route.id != route_id)
    if db.session.scalar(taken) is not None:
        raise RouteNameTaken(field="name", name=wish.name)
    for name, value in _route_values(wish).items():
        setattr(route, name, value)
    db.session.execute(sa.delete(RouteCheckpoint).where(RouteCheckpoint.route_id == route_id))
    _set_stops(route_id, wish)
    audit.record(actor, "route_edited", "route", route_id, name=wish.name, points=len(wish.checkpoint_ids))


@transactional
def set_route_in_use(actor: Actor, route_id: UUID, *, in_use: bool) -> None:
    """Take a route out of use, or back. Rounds under way may be finished.

    Raises `RouteUnknown`, `RouteInvalid`, `RuleNotForRoutes`.
    """
    actor.require("route.manage")
    route = _route(route_id)
    if in_use:
        stops = sa.select(RouteCheckpoint.checkpoint_id).where(RouteCheckpoint.route_id == route_id)
        _check_stops(list(db.session.scalars(stops)))
        _check_rule(route.rule_code, clock.now())
    route.status = IN_USE if in_use else RETIRED
    audit.record(actor, "route_status", "route", route_id, status=route.status)


def _route(route_id: UUID) -> Route:
    query = sa.select(Route).where(Route.id == route_id)
    found = db.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if found is None:
        raise RouteUnknown
    return found


def _checked_route(wish: RouteWish, now: datetime) -> RouteWish:
    wish = clean_route(wish)
    if wish.area_id is not None and wish.area_id not in members.queries.area_names():
        raise RouteInvalid(field="area_id", reason="unknown")
    if wish.squad_id is not None and wish.squad_id not in members.queries.squad_heads():
        raise RouteInvalid(field="squad_id", reason="unknown")
    _check_rule(wish.rule_code, now)
    _check_stops(wish.checkpoint_ids)
    return wish


def _check_rule(code: str, now: datetime) -> None:
    """Routes are kept by people who also walk: without category and cap a route of one's own would make points."""
    rule = points.queries.rule(code, clock.local_date(now))
    if rule is None:
        raise RouteInvalid(field="rule_code", reason="unknown")
    if not is_for_routes(rule.category, rule.daily_cap):
        raise RuleNotForRoutes(field="rule_code", rule=code)


def _check_stops(checkpoint_ids: list[UUID] | tuple[UUID, ...]) -> None:
    query = sa.select(sa.func.count()).where(Checkpoint.id.in_(checkpoint_ids), Checkpoint.status == IN_USE)
    if db.session.scalar(query) != len(checkpoint_ids):
        raise RouteInvalid(field="checkpoint_ids", reason="unknown")


def _route_values(wish: RouteWish) -> dict[str, object]:
    return {
        "name": wish.name,
        "area_id": wish.area_id,
        "squad_id": wish.squad_id,
        "ordered": wish.ordered,
        "minimum_points": wish.minimum_points,
        "minimum_minutes": wish.minimum_minutes,
        "cooldown_minutes": wish.cooldown_minutes,
        "opens_at": wish.opens_at,
        "closes_at": wish.closes_at,
        "time_out_minutes": wish.time_out_minutes,
        "rule_code": wish.rule_code,
    }


def _set_stops(route_id: UUID, wish: RouteWish) -> None:
    rows = [
        {"route_id": route_id, "position": position, "checkpoint_id": checkpoint_id}
        for position, checkpoint_id in enumerate(wish.checkpoint_ids, start=1)
    ]
    db.session.execute(sa.insert(RouteCheckpoint), rows)
