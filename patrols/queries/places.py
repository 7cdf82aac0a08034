"""Checkpoints with their plates, and routes over them."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from core import codes, paging
from core.codes import Kind, keyring
from core.config import settings
from core.db import db
from core.paging import Page
from patrols.errors import CheckpointNotFound, CheckpointUnknown, RouteUnknown
from patrols.models import Checkpoint, ReplacedPlate, Route, RouteCheckpoint
from patrols.rules.values import IN_USE
from patrols.rules.visits import clock_time


@dataclass(frozen=True, slots=True)
class CheckpointFacts:
    """A checkpoint. Coordinates are degrees × 1,000,000; `routes` are the names of the routes in use that pass it."""

    id: UUID
    number: int
    name: str
    hint: str
    area_id: UUID | None
    latitude_e6: int | None
    longitude_e6: int | None
    generation: int
    status: str
    routes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RouteFacts:
    """A route with its stops in order. Hours are "HH:MM" in the programme's zone, None for always."""

    id: UUID
    name: str
    area_id: UUID | None
    squad_id: UUID | None
    ordered: bool
    minimum_points: int
    minimum_minutes: int
    cooldown_minutes: int
    opens_at: str | None
    closes_at: str | None
    time_out_minutes: int
    rule_code: str
    status: str
    checkpoints: tuple[CheckpointFacts, ...]


@dataclass(frozen=True, slots=True)
class PlateToPrint:
    """What stands on a plate: the address goes into the QR code, the grouped code below it for typing."""

    checkpoint: CheckpointFacts
    address: str
    code: str


def checkpoints(*, retired: bool = False, ids: Collection[UUID] | None = None) -> list[CheckpointFacts]:
    """Checkpoints by number; those out of use only on wish."""
    query = sa.select(Checkpoint).order_by(Checkpoint.number).execution_options(populate_existing=True)
    if not retired:
        query = query.where(Checkpoint.status == IN_USE)
    if ids is not None:
        query = query.where(Checkpoint.id.in_(list(ids)))
    names = _route_names()
    return [_checkpoint(row, names) for row in db.session.scalars(query)]


@dataclass(frozen=True, slots=True)
class CheckpointChoice:
    """A checkpoint as one out of thousands to choose from."""

    id: UUID
    number: int
    name: str
    hint: str
    area_id: UUID | None


def checkpoint_choices() -> list[CheckpointChoice]:
    """All checkpoints in use, by number."""
    columns = (Checkpoint.id, Checkpoint.number, Checkpoint.name, Checkpoint.hint, Checkpoint.area_id)
    query = sa.select(*columns).where(Checkpoint.status == IN_USE).order_by(Checkpoint.number)
    return [CheckpointChoice(*row) for row in db.session.execute(query)]


def checkpoint_page(
    *, retired: bool = False, cursor: str | None = None, limit: int = 50
) -> Page[CheckpointFacts]:
    """As `checkpoints`, a page at a time. Raises `core.paging.CursorInvalid`."""
    query = sa.select(Checkpoint).order_by(Checkpoint.number).execution_options(populate_existing=True)
    if not retired:
        query = query.where(Checkpoint.status == IN_USE)
    if cursor is not None:
        query = query.where(Checkpoint.number > paging.decode(cursor, int)[0])
    limit = min(limit, paging.MOST_ITEMS)
    found = list(db.session.scalars(query.limit(limit + 1)))
    rows = found[:limit]
    names = _route_names([each.id for each in rows])
    more = paging.encode(rows[-1].number) if len(found) > limit else None
    return Page([_checkpoint(each, names) for each in rows], more)


def _route_names(checkpoint_ids: Collection[UUID] | None = None) -> dict[UUID, list[str]]:
    query = (
        sa.select(RouteCheckpoint.checkpoint_id, Route.name)
        .join(Route, Route.id == RouteCheckpoint.route_id)
        .where(Route.status == IN_USE)
        .order_by(Route.name)
    )
    if checkpoint_ids is not None:
        query = query.where(RouteCheckpoint.checkpoint_id.in_(list(checkpoint_ids)))
    found: dict[UUID, list[str]] = defaultdict(list)
    for checkpoint_id, name in db.session.execute(query):
        found[checkpoint_id].append(name)
    return found


def _checkpoint(row: Checkpoint, names: dict[UUID, list[str]]) -> CheckpointFacts:
    return CheckpointFacts(
        id=row.id,
        number=row.number,
        name=row.name,
        hint=row.hint,
        area_id=row.area_id,
        latitude_e6=row.latitude_e6,
        longitude_e6=row.longitude_e6,
        generation=row.generation,
        status=row.status,
        routes=tuple(names.get(row.id, ())),
    )


def checkpoints_by_area() -> dict[UUID, int]:
    """Area → how many checkpoints in use lie in it, those of areas within it apart."""
    query = (
        sa.select(Checkpoint.area_id, sa.func.count())
        .where(Checkpoint.status == IN_USE, Checkpoint.area_id.is_not(None))
        .group_by(Checkpoint.area_id)
    )
    return {area_id: count for area_id, count in db.session.execute(query) if area_id is not None}


def checkpoint(checkpoint_id: UUID) -> CheckpointFacts:
    """One checkpoint, in use or not. Raises `CheckpointNotFound`."""
    found = checkpoints(retired=True, ids=[checkpoint_id])
    if not found:
        raise CheckpointNotFound
    return found[0]


def checkpoint_by_code(code_digest: str) -> CheckpointFacts:
    """The checkpoint whose plate, present or replaced, has a code with this digest. Raises `CheckpointUnknown`."""
    present = sa.select(Checkpoint.id).where(Checkpoint.code_digest == code_digest)
    replaced = sa.select(ReplacedPlate.checkpoint_id).where(ReplacedPlate.code_digest == code_digest)
    found = db.session.scalar(present) or db.session.scalar(replaced)
    if found is None:
        raise CheckpointUnknown
    return checkpoint(found)


def plates_behind(code_digests: Collection[str]) -> dict[str, CheckpointChoice]:
    """Whose plates, present or replaced, have codes with these digests; unknown ones are left out."""
    columns = (Checkpoint.id, Checkpoint.number, Checkpoint.name, Checkpoint.hint, Checkpoint.area_id)
    present = sa.select(Checkpoint.code_digest, *columns).where(Checkpoint.code_digest.in_(code_digests))
    replaced = (
        sa.select(ReplacedPlate.code_digest, *columns)
        .join(Checkpoint, Checkpoint.id == ReplacedPlate.checkpoint_id)
        .where(ReplacedPlate.code_digest.in_(code_digests))
    )
    rows = db.session.execute(sa.union_all(present, replaced))
    return {row[0]: CheckpointChoice(*row[1:]) for row in rows}


def routes(*, retired: bool = False) -> list[RouteFacts]:
    """Routes by name; those out of use only on wish."""
    query = sa.select(Route).order_by(Route.name).execution_options(populate_existing=True)
    if not retired:
        query = query.where(Route.status == IN_USE)
    found = list(db.session.scalars(query))
    stops = _stops([each.id for each in found])
    return [_route(each, stops) for each in found]


def route_page(*, retired: bool = False, cursor: str | None = None, limit: int = 50) -> Page[RouteFacts]:
    """As `routes`, a page at a time. Raises `core.paging.CursorInvalid`."""
    query = sa.select(Route).order_by(Route.name).execution_options(populate_existing=True)
    if not retired:
        query = query.where(Route.status == IN_USE)
    if cursor is not None:
        # By its id: a long Chinese name does not fit into a cursor. Names are unique.
        last = sa.orm.aliased(Route)
        query = query.where(
            Route.name > sa.select(last.name).where(last.id == _after(cursor)).scalar_subquery()
        )
    limit = min(limit, paging.MOST_ITEMS)
    found = list(db.session.scalars(query.limit(limit + 1)))
    rows = found[:limit]
    stops = _stops([each.id for each in rows])
    more = paging.encode(rows[-1].id) if len(found) > limit else None
    return Page([_route(each, stops) for each in rows], more)


def _after(cursor: str) -> UUID:
    (key,) = paging.decode(cursor, str)
    return paging.identifier(key)


def route(route_id: UUID) -> RouteFacts:
    """One route, in use or not. Raises `RouteUnknown`."""
    found = db.session.get(Route, route_id, populate_existing=True)
    if found is None:
        raise RouteUnknown
    return _route(found, _stops([route_id]))


def _stops(route_ids: Collection[UUID]) -> dict[UUID, list[CheckpointFacts]]:
    query = (
        sa.select(RouteCheckpoint.route_id, Checkpoint)
        .join(Checkpoint, Checkpoint.id == RouteCheckpoint.checkpoint_id)
        .where(RouteCheckpoint.route_id.in_(list(route_ids)))
        .order_by(RouteCheckpoint.route_id, RouteCheckpoint.position)
        .execution_options(populate_existing=True)
    )
    rows = db.session.execute(query).all()
    names = _route_names({row.id for _route_id, row in rows})
    found: dict[UUID, list[CheckpointFacts]] = defaultdict(list)
    for route_id, row in rows:
        found[route_id].append(_checkpoint(row, names))
    return found


def _route(row: Route, stops: dict[UUID, list[CheckpointFacts]]) -> RouteFacts:
    return RouteFacts(
        id=row.id,
        name=row.name,
        area_id=row.area_id,
        squad_id=row.squad_id,
        ordered=row.ordered,
        minimum_points=row.minimum_points,
        minimum_minutes=row.minimum_minutes,
        cooldown_minutes=row.cooldown_minutes,
        opens_at=None if row.opens_at is None else clock_time(row.opens_at),
        closes_at=None if row.closes_at is None else clock_time(row.closes_at),
        time_out_minutes=row.time_out_minutes,
        rule_code=row.rule_code,
        status=row.status,
        checkpoints=tuple(stops.get(row.id, ())),
    )


def plates(ids: Collection[UUID] | None = None) -> list[PlateToPrint]:
    """The plates of checkpoints in use, of all or of these, by number. The same plate comes out at every printing."""
    return [_plate(each) for each in checkpoints(ids=ids)]


def plate(checkpoint_id: UUID) -> PlateToPrint:
    """The newest plate of one checkpoint. Raises `CheckpointNotFound`."""
    return _plate(checkpoint(checkpoint_id))


def _plate(facts: CheckpointFacts) -> PlateToPrint:
    code = codes.printed_code(keyring(settings()), Kind.CHECKPOINT, facts.id, facts.generation)
    return PlateToPrint(facts, codes.address(settings().base_url, code), codes.grouped(code))
