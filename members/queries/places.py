"""Squads and areas."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from core.db import db
from members import rules
from members.errors import AreaUnknown, SquadUnknown
from members.models import Area, Captaincy, Member, Squad


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
    found: dict[UUID, AreaFacts] = {}
    for row in sorted(rows, key=lambda each: (rules.AREA_LEVELS.index(each.level), each.name)):
        above = found[row.parent_id].path if row.parent_id else ()
        found[row.id] = AreaFacts(row.id, row.parent_id, row.level, row.name, (*above, row.name))
    return sorted(found.values(), key=lambda each: each.path)


def area(area_id: UUID) -> AreaFacts:
    """One area. Raises `AreaUnknown`."""
    for each in areas():
        if each.id == area_id:
            return each
    raise AreaUnknown


def area_names() -> dict[UUID, str]:
    """area id → name."""
    return {row.id: row.name for row in db.session.execute(sa.select(Area.id, Area.name))}
