"""The desk's list of members: what it can be narrowed by, how many there are, and all of them for a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import clock, paging
from core.db import db
from core.paging import Page
from members import name_rules, rules
from members.errors import NameInvalid, PhoneInvalid
from members.models import Area, Member, MemberRole
from members.queries.facts import CHUNK, FACTS, to_facts
from members.queries.places import area_names, squads
from members.queries.staff import MemberLine, line, roles_of

#: A code point after every other one, to end the range of names with a given beginning.
_AFTER = "\U0010ffff"
#: Beyond that nobody wants to know how many exactly.
MOST_COUNTED = 10_000
#: Members that are read at a time for a file.
_STEP = 2000


@dataclass(frozen=True, slots=True)
class MemberFilter:
    """What narrows the list. `text`: number, telephone or name, see `matching`; an area means all below it, too;
    `joined_since`: the day in the programme's zone since when somebody is a member.
    """

    text: str = ""
    status: str | None = None
    role: str | None = None
    squad_id: UUID | None = None
    without_squad: bool = False
    area_id: UUID | None = None
    without_phone: bool = False
    joined_since: date | None = None

    def told(self) -> dict[str, str | bool]:
        """What is set, for the audit log. A name or a telephone that was searched for is nobody's business there."""
        told: dict[str, str | bool] = {}
        for name in ("status", "role", "squad_id", "area_id", "joined_since"):
            if getattr(self, name) is not None:
                told[name] = str(getattr(self, name))
        told |= {name: True for name in ("without_squad", "without_phone") if getattr(self, name)}
        return told | ({"searched": True} if self.text.strip() else {})


@dataclass(frozen=True, slots=True)
class MemberEntry:
    """A member as a line of a file."""

    number: int
    name: str
    phone: str | None
    status: str
    roles: tuple[str, ...]
    squad: str | None
    area: str | None
    joined_on: date | None
    applied_on: date


def members_page(wanted: MemberFilter, *, cursor: str | None = None, limit: int = 50) -> Page[MemberLine]:
    """Members by name, then in the order of entry. Raises `core.paging.CursorInvalid`."""
    limit = max(1, min(limit, paging.MOST_ITEMS))
    rows = db.session.execute(_select(wanted, cursor).limit(limit + 1)).all()
    more = paging.encode(rows[limit - 1].place, str(rows[limit - 1].id)) if len(rows) > limit else None
    return Page([line(row) for row in rows[:limit]], more)


def search(
    text: str = "",
    *,
    status: str | None = None,
    squad_id: UUID | None = None,
    area_id: UUID | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[MemberLine]:
    """`members_page` by what most callers narrow it by."""
    wanted = MemberFilter(text=text, status=status, squad_id=squad_id, area_id=area_id)
    return members_page(wanted, cursor=cursor, limit=limit)


def count_members(wanted: MemberFilter, most: int = MOST_COUNTED) -> int:
    """How many there are, but never more than `most` + 1."""
    found = sa.select(Member.id).where(*_conditions(wanted)[0]).limit(most + 1).subquery()
    return db.session.scalar(sa.select(sa.func.count()).select_from(found)) or 0


def all_members(wanted: MemberFilter, most: int, *, with_phones: bool) -> Iterator[MemberEntry]:
    """At most `most` members in the order of the list, each once, whatever happens to others meanwhile."""
    squad_names, areas = {each.id: each.name for each in squads()}, area_names()
    cursor = None
    while most > 0:
        rows = db.session.execute(_select(wanted, cursor).limit(min(_STEP, most))).all()
        ids = [row.id for row in rows]
        roles: dict[UUID, tuple[str, ...]] = {}
        for start in range(0, len(ids), CHUNK):
            roles |= roles_of(ids[start : start + CHUNK])
        for row in rows:
            facts = to_facts(row)
            yield MemberEntry(
                number=facts.number,
                name=facts.name,
                phone=row.phone if with_phones else None,
                status=facts.status,
                roles=roles.get(facts.id, ()),
                squad=squad_names.get(facts.squad_id) if facts.squad_id else None,
                area=areas.get(facts.area_id) if facts.area_id else None,
                joined_on=_day(row.admitted_at),
                applied_on=clock.local(row.created_at).date(),
            )
        most -= len(rows)
        if len(rows) < _STEP:
            return
        cursor = paging.encode(rows[-1].place, str(rows[-1].id))


def _day(at: datetime | None) -> date | None:
    return clock.local(at).date() if at is not None else None


def _select(wanted: MemberFilter, cursor: str | None) -> Any:
    conditions, order = _conditions(wanted)
    columns = (*FACTS, order.label("place"), Member.phone, Member.admitted_at, Member.created_at)
    query = sa.select(*columns).where(*conditions).order_by(order, Member.id)
    if cursor:
        name, last = paging.decode(cursor, str, str)
        query = query.where(sa.tuple_(order, Member.id) > sa.tuple_(name, paging.identifier(last)))
    return query


def _conditions(wanted: MemberFilter) -> tuple[list[sa.ColumnElement[bool]], Any]:
    """What a member has to fulfil, and the column by which those are put in order."""
    found, order = matching(wanted.text.strip())
    if wanted.status is not None:
        found.append(Member.status == wanted.status)
    if wanted.without_squad:
        found.append(Member.squad_id.is_(None))
    elif wanted.squad_id is not None:
        found.append(Member.squad_id == wanted.squad_id)
    if wanted.role is not None:
        found.append(sa.exists().where(MemberRole.member_id == Member.id, MemberRole.role == wanted.role))
    if wanted.area_id is not None:
        found.append(Member.area_id.in_(_with_all_below(wanted.area_id)))
    if wanted.without_phone:
        found.append(Member.phone.is_(None))
    if wanted.joined_since is not None:
        found.append(Member.admitted_at >= clock.start_of(wanted.joined_since))
    return found, order


def _with_all_below(area_id: UUID) -> list[UUID]:
    children: dict[UUID | None, list[UUID]] = {}
    for row in db.session.execute(sa.select(Area.id, Area.parent_id)):
        children.setdefault(row.parent_id, []).append(row.id)
    found = [area_id]
    for each in found:
        found.extend(children.get(each, ()))
    return found


def matching(text: str) -> tuple[list[sa.ColumnElement[bool]], Any]:
    """The condition that a member has this number or telephone, or a name that begins so, and the column by which
    those are put in order. No condition for an empty text.

    Latin letters are also looked for as they are typed for Chinese names ("zhangw" → 张伟), and when no name begins so
    as syllables in any order, whole or by their first letters ("wei zhang", "zw").
    """
    if not text:
        return [], Member.name_key
    try:
        text = rules.clean_text(text, "search", rules.LONGEST_NAME)
    except NameInvalid:
        return [sa.false()], Member.name_key
    number = rules.read_number(text)
    if number is not None:
        return [Member.number == number], Member.name_key
    try:
        return [Member.phone == rules.clean_phone(text)], Member.name_key
    except PhoneInvalid:
        return _named(text)


def _named(text: str) -> tuple[list[sa.ColumnElement[bool]], Any]:
    if not name_rules.is_latin(text):
        return [_begins(Member.name_key, rules.name_key(text))], Member.name_key
    # One after the other: both in one condition would leave no index that has them in order.
    spelled = _begins(Member.name_latin, name_rules.latin(text))
    sounded = name_rules.typed_sound(text)
    if sounded is None or db.session.scalar(sa.select(Member.id).where(spelled).limit(1)) is not None:
        return [spelled], Member.name_latin
    initials, syllables = sounded
    whole = (Member.name_sound + " ").contains
    wanted = [_begins(Member.name_sound, f"{initials} "), *(whole(f" {each} ") for each in syllables)]
    return wanted, Member.name_sound


def _begins(column: Any, beginning: str) -> sa.ColumnElement[bool]:
    return sa.and_(column >= beginning, column < beginning + _AFTER)


def named_alike(text: str, limit: int = 20) -> list[MemberLine]:
    """Members whose names sound like this one that nobody has as it is written; none for anything but a name."""
    if rules.read_number(text) is not None or len(text) > 4 * rules.LONGEST_NAME:
        return []
    sound = name_rules.sound(text)
    # A single syllable is hardly a name, and hundreds sound like it.
    if " " not in sound.partition(" ")[2]:
        return []
    query = sa.select(*FACTS, Member.phone).where(Member.name_sound == sound)
    return [line(row) for row in db.session.execute(query.order_by(Member.name_key, Member.id).limit(limit))]
