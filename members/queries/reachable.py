"""Whom a word to many reaches: by squad, by area, and who leads whom. For packages that address many members."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core.db import db
from members.models import Area, Captaincy, Member, Squad


def reachable_select() -> sa.Select[UUID, int, str, str | None, UUID | None, UUID | None, UUID | None]:
    """`id`, `number`, `name`, `phone`, `helper_id`, `squad_id`, `area_id` of active members, to be joined in another
    package's query. The area is the member's own, or else his squad's.
    """
    return (
        sa.select(
            Member.id,
            Member.number,
            Member.name,
            Member.phone,
            Member.helper_id,
            Member.squad_id,
            sa.func.coalesce(Member.area_id, Squad.area_id).label("area_id"),
        )
        .outerjoin(Squad, Squad.id == Member.squad_id)
        .where(Member.status == "active")
    )


def reached(ids: Sequence[UUID]) -> dict[UUID, Any]:
    """id → what `reachable_select` tells, of those of these members who are active."""
    rows = db.session.execute(reachable_select().where(Member.id.in_(ids))) if ids else ()
    return {row.id: row for row in rows}


def area_parents() -> dict[UUID, UUID | None]:
    """area id → the area that it lies in, None for stations."""
    return {row.id: row.parent_id for row in db.session.execute(sa.select(Area.id, Area.parent_id))}


def led_by(member_id: UUID) -> set[UUID]:
    """Squads whose captain or acting captain the member is."""
    return set(db.session.scalars(sa.select(Captaincy.squad_id).where(Captaincy.member_id == member_id)))
