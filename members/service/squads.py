"""Squads with their captains, and the tree of areas."""

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import audit, clock, receipts
from core.auth import Actor
from core.db import db, insert, new_id, transactional
from core.errors import Invalid
from core.receipts import Answer
from members import rules
from members.errors import (
    AreaNameTaken,
    AreaUnknown,
    CaptainNotInSquad,
    CaptainsAreTwo,
    SquadNameTaken,
    SquadUnknown,
)
from members.models import Area, Captaincy, Member, Squad
from members.place_models import FormerArea, FormerSquadArea
from members.service.common import require_places, unique_or


def create_squad(
    actor: Actor,
    *,
    key: UUID,
    name: str,
    kind: str = "patrol",
    crest_color: str | None = None,
    area_id: UUID | None = None,
    founded_on: date | None = None,
    motto: str = "",
) -> Answer:
    """Found a squad. Once per key; the answer has `squad_id`. Raises as `add_squad` does."""
    actor.require("squad.manage")
    name = rules.clean_name(name)
    motto = rules.clean_text(motto, "motto", rules.LONGEST_MOTTO, required=False)
    _check(kind, crest_color or rules.CREST_COLORS[0])
    content = {
        "name": name,
        "kind": kind,
        "crest_color": crest_color,
        "area_id": area_id,
        "founded_on": founded_on,
        "motto": motto,
    }

    def work() -> dict[str, str]:
        squad_id = add_squad(
            actor,
            name=name,
            kind=kind,
            crest_color=crest_color,
            area_id=area_id,
            founded_on=founded_on,
            motto=motto,
        )
        return {"squad_id": str(squad_id)}

    return receipts.once(key, actor, "squad.create", content, work)


@transactional
def add_squad(
    actor: Actor,
    *,
    name: str,
    kind: str = "patrol",
    crest_color: str | None = None,
    area_id: UUID | None = None,
    founded_on: date | None = None,
    motto: str = "",
) -> UUID:
    """Found a squad; for commands and tests. Without a colour it gets the one that the fewest squads have.

    Raises `NameInvalid`, `SquadNameTaken`, `AreaUnknown`, `Invalid` (kind, colour).
    """
    actor.require("squad.manage")
    _check(kind, crest_color or rules.CREST_COLORS[0])
    require_places(None, area_id)
    squad = Squad(
        id=new_id(),
        name=rules.clean_name(name),
        kind=kind,
        crest_color=crest_color or _rarest_color(),
        area_id=area_id,
        active_members=0,
        founded_on=founded_on,
        motto=rules.clean_text(motto, "motto", rules.LONGEST_MOTTO, required=False),
    )
    with unique_or(SquadNameTaken(field="name")):
        db.session.add(squad)
    audit.record(actor, "squad.created", "squad", squad.id)
    return squad.id


def _check(kind: str, crest_color: str) -> None:
    for field, value, known in (
        ("kind", kind, rules.SQUAD_KINDS),
        ("crest_color", crest_color, rules.CREST_COLORS),
    ):
        if value not in known:
            raise Invalid(field=field)


def _rarest_color() -> str:
    rows = db.session.execute(sa.select(Squad.crest_color, sa.func.count()).group_by(Squad.crest_color))
    used = {row[0]: row[1] for row in rows}
    return min(rules.CREST_COLORS, key=lambda color: (used.get(color, 0), rules.CREST_COLORS.index(color)))


@transactional
def change_squad(
    actor: Actor,
    squad_id: UUID,
    *,
    name: str,
    kind: str,
    crest_color: str,
    area_id: UUID | None,
    founded_on: date | None,
    motto: str,
) -> None:
    """Change what a squad is called and looks like. Raises `SquadUnknown` and as `add_squad` does."""
    actor.require("squad.manage")
    _check(kind, crest_color)
    require_places(None, area_id)
    squad = _lock_squad(squad_id)
    if squad.area_id != area_id:
        _keep(FormerSquadArea, squad_id=squad_id, area_id=squad.area_id)
    squad.kind, squad.crest_color, squad.area_id, squad.founded_on = kind, crest_color, area_id, founded_on
    squad.motto = rules.clean_text(motto, "motto", rules.LONGEST_MOTTO, required=False)
    clean = rules.clean_name(name)
    with unique_or(SquadNameTaken(field="name")):
        squad.name = clean
    audit.record(actor, "squad.changed", "squad", squad_id)


def _lock_squad(squad_id: UUID) -> Squad:
    found = db.session.get(Squad, squad_id, with_for_update={"key_share": True}, populate_existing=True)
    if found is None:
        raise SquadUnknown
    return found


@transactional
def appoint_captains(
    actor: Actor, squad_id: UUID, *, captain_id: UUID | None, acting_captain_id: UUID | None
) -> None:
    """Set who leads the squad and who stands in; None leaves a post empty.

    Raises `SquadUnknown`, `CaptainNotInSquad`, `CaptainsAreTwo`.
    """
    actor.require("squad.manage")
    if captain_id is not None and captain_id == acting_captain_id:
        raise CaptainsAreTwo
    chosen = {"captain": captain_id, "acting_captain": acting_captain_id}
    # Members before squads: the order in which all use cases lock.
    for member_id in sorted(each for each in chosen.values() if each is not None):
        query = sa.select(Member.squad_id, Member.status).where(Member.id == member_id)
        row = db.session.execute(query.with_for_update(key_share=True)).one_or_none()
        if row is None or row.squad_id != squad_id or row.status not in {"active", "on_leave"}:
            raise CaptainNotInSquad
    _lock_squad(squad_id)
    db.session.execute(sa.delete(Captaincy).where(Captaincy.squad_id == squad_id))
    for post, chosen_id in chosen.items():
        if chosen_id is not None:
            db.session.execute(insert(Captaincy).values(squad_id=squad_id, post=post, member_id=chosen_id))
    data = {post: str(chosen_id) if chosen_id else None for post, chosen_id in chosen.items()}
    audit.record(actor, "squad.captains_appointed", "squad", squad_id, **data)


def create_area(actor: Actor, *, key: UUID, name: str, level: str, parent_id: UUID | None = None) -> Answer:
    """Add an area. Once per key; the answer has `area_id`. Raises as `add_area` does."""
    actor.require("area.manage")
    name = rules.clean_name(name)

    def work() -> dict[str, str]:
        return {"area_id": str(add_area(actor, name=name, level=level, parent_id=parent_id))}

    content = {"name": name, "level": level, "parent_id": parent_id}
    return receipts.once(key, actor, "area.create", content, work)


@transactional
def add_area(actor: Actor, *, name: str, level: str, parent_id: UUID | None = None) -> UUID:
    """Add an area below its parent; for commands and tests.

    Raises `NameInvalid`, `AreaLevelWrong`, `AreaNameTaken`, `AreaUnknown`.
    """
    actor.require("area.manage")
    _check_parent(level, parent_id)
    area = Area(id=new_id(), parent_id=parent_id, level=level, name=rules.clean_name(name))
    with unique_or(AreaNameTaken(field="name")):
        db.session.add(area)
    audit.record(actor, "area.created", "area", area.id)
    return area.id


@transactional
def change_area(actor: Actor, area_id: UUID, *, name: str, parent_id: UUID | None = None) -> None:
    """Correct an area's name, or what it belongs to; it stays of its level. All below it and its people go along.

    Raises `NameInvalid`, `AreaNameTaken`, `AreaUnknown`, `AreaLevelWrong`.
    """
    actor.require("area.manage")
    area = db.session.get(Area, area_id, with_for_update={"key_share": True}, populate_existing=True)
    if area is None:
        raise AreaUnknown
    _check_parent(area.level, parent_id)
    clean = rules.clean_name(name)
    if (area.name, area.parent_id) != (clean, parent_id):
        _keep(FormerArea, area_id=area_id, name=area.name, parent_id=area.parent_id)
    with unique_or(AreaNameTaken(field="name")):
        area.name, area.parent_id = clean, parent_id
    audit.record(actor, "area.changed", "area", area_id)


def _keep(table: type[FormerSquadArea] | type[FormerArea], **before: Any) -> None:
    """Note what was until now. Of two changes in one moment the first tells what was before it."""
    db.session.execute(insert(table).values(until=clock.now(), **before).on_conflict_do_nothing())


def _check_parent(level: str, parent_id: UUID | None) -> None:
    parent_level = None
    if parent_id is not None:
        parent_level = db.session.scalar(sa.select(Area.level).where(Area.id == parent_id))
        if parent_level is None:
            raise AreaUnknown(field="parent_id")
    rules.check_area_level(level, parent_level)
