"""Squads and areas."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from core.db import db
from members import rules
from members.errors import AreaUnknown, SquadUnknown
from members.models import Area, Captaincy, Member, Squad
from members.place_models import FormerArea, FormerSquadArea


@dataclass(frozen=True, slots=True)
class SquadFacts:
    """A squad. `active_members` is its head-count: members on leave, suspended or gone do not count."""

    id: UUID
    name: str
    kind: str
    crest_color: str
    area_id: UUID | None
    captain_id: UUID | None
    acting_captain_id: UUID | None
    active_members: int
    founded_on: date | None
    motto: str


@dataclass(frozen=True, slots=True)
class AreaFacts:
    """A place in the tree; `path` holds the names from the top down to itself."""

    id: UUID
    parent_id: UUID | None
    level: str
    name: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SquadDifference:
    """A squad whose head-count is not the number of its active members."""

    squad_id: UUID
    stored: int
    counted: int


def squads() -> list[SquadFacts]:
    """All squads by name."""
    return _squads(sa.true())


def squad(squad_id: UUID) -> SquadFacts:
    """One squad. Raises `SquadUnknown`."""
    found = _squads(Squad.id == squad_id)
    if not found:
        raise SquadUnknown
    return found[0]


def _squads(condition: sa.ColumnElement[bool]) -> list[SquadFacts]:
    captain, acting = sa.orm.aliased(Captaincy), sa.orm.aliased(Captaincy)
    query = (
        sa.select(Squad, captain.member_id, acting.member_id)
        .outerjoin(captain, (captain.squad_id == Squad.id) & (captain.post == "captain"))
        .outerjoin(acting, (acting.squad_id == Squad.id) & (acting.post == "acting_captain"))
        .where(condition)
        .order_by(Squad.name, Squad.id)
        .execution_options(populate_existing=True)
    )
    return [
        SquadFacts(
            each.id,
            each.name,
            each.kind,
            each.crest_color,
            each.area_id,
            captain_id,
            acting_id,
            each.active_members,
            each.founded_on,
            each.motto,
        )
        for each, captain_id, acting_id in db.session.execute(query)
    ]


def squad_names() -> dict[UUID, str]:
    """squad id → name."""
    return {row.id: row.name for row in db.session.execute(sa.select(Squad.id, Squad.name))}


def squad_heads() -> dict[UUID, int]:
    """squad id → number of active members."""
    return {
        row.id: row.active_members for row in db.session.execute(sa.select(Squad.id, Squad.active_members))
    }


def captains_of(squad_id: UUID) -> set[UUID]:
    """Captain and acting captain of the squad, as far as it has them."""
    return set(db.session.scalars(sa.select(Captaincy.member_id).where(Captaincy.squad_id == squad_id)))


def squad_differences() -> list[SquadDifference]:
    """For the check of the books: squads whose head-count is wrong. Always empty, or something is broken."""
    counted = (
        sa.select(sa.func.count())
        .where(Member.squad_id == Squad.id, Member.status == "active")
        .correlate(Squad)
        .scalar_subquery()
    )
    query = sa.select(Squad.id, Squad.active_members, counted).where(Squad.active_members != counted)
    return [SquadDifference(*row) for row in db.session.execute(query)]


def areas() -> list[AreaFacts]:
    """All areas, parents before children, each level by name."""
    rows = db.session.execute(sa.select(Area.id, Area.parent_id, Area.level, Area.name)).all()
    return _tree((row.id, row.parent_id, row.level, row.name) for row in rows)


def areas_at(moment: datetime) -> list[AreaFacts]:
    """The same as they were called, and belonged together, at a moment (UTC)."""
    rows = db.session.execute(sa.select(Area.id, Area.parent_id, Area.level, Area.name)).all()
    former = sa.select(FormerArea).where(FormerArea.until > moment).order_by(FormerArea.until.desc())
    then = {each.area_id: (each.parent_id, each.name) for each in db.session.scalars(former)}
    now = {row.id: (row.parent_id, row.name) for row in rows}
    places = now | then
    return _tree((row.id, places[row.id][0], row.level, places[row.id][1]) for row in rows)


def _tree(rows: Iterable[tuple[UUID, UUID | None, str, str]]) -> list[AreaFacts]:
    found: dict[UUID, AreaFacts] = {}
    for area_id, parent_id, level, name in sorted(
        rows, key=lambda each: (rules.AREA_LEVELS.index(each[2]), each[3])
    ):
        above = found[parent_id].path if parent_id else ()
        found[area_id] = AreaFacts(area_id, parent_id, level, name, (*above, name))
    return sorted(found.values(), key=lambda each: each.path)


def squads_moved(start: datetime, end: datetime) -> list[datetime]:
    """The moments from `start` up to, not including, `end` (UTC) when squads came into another area."""
    query = sa.select(FormerSquadArea.until).where(FormerSquadArea.until > start, FormerSquadArea.until < end)
    return list(db.session.scalars(query.distinct().order_by(FormerSquadArea.until)))


def squad_areas_at(moment: datetime) -> dict[UUID, UUID | None]:
    """squad id → the area that it was in at a moment (UTC)."""
    former = (
        sa.select(FormerSquadArea)
        .where(FormerSquadArea.until > moment)
        .order_by(FormerSquadArea.until.desc())
    )
    then = {each.squad_id: each.area_id for each in db.session.scalars(former)}
    return {row.id: row.area_id for row in db.session.execute(sa.select(Squad.id, Squad.area_id))} | then


def area(area_id: UUID) -> AreaFacts:
    """One area. Raises `AreaUnknown`."""
    for each in areas():
        if each.id == area_id:
            return each
    raise AreaUnknown


def area_names() -> dict[UUID, str]:
    """area id → name."""
    return {row.id: row.name for row in db.session.execute(sa.select(Area.id, Area.name))}
