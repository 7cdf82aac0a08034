"""Reads about notices: a member's own list, the desk's, and who of those it is for has read one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import members.queries
from core import clock, paging
from core.auth import Actor
from core.db import db
from core.paging import Page
from members.queries import reachable
from notices import rules
from notices.errors import NoticeNotYours, NoticeUnknown
from notices.models import Notice, NoticeArea, NoticeReading, NoticeSquad

#: So far readers of one notice are counted on a list of many; beyond it "more than".
MOST_COUNTED = 1000


@dataclass(frozen=True, slots=True)
class Shown:
    """A notice as its reader sees it. `read_at` (UTC) is None while he has not read it."""

    id: UUID
    title_zh: str
    text_zh: str
    title_en: str
    text_en: str
    first_day: date
    last_day: date
    pinned: bool
    version: int
    written_at: datetime
    changed_at: datetime | None
    first_read_at: datetime | None
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Sent:
    """A notice as those see it who write and look after them. `readers` stops counting at `MOST_COUNTED`.

    `stage`: coming, shown, over, withdrawn or replaced, today.
    """

    id: UUID
    title_zh: str
    text_zh: str
    title_en: str
    text_en: str
    audience: str
    squad_ids: tuple[UUID, ...]
    area_ids: tuple[UUID, ...]
    first_day: date
    last_day: date
    pinned: bool
    version: int
    stage: str
    written_by: UUID
    written_at: datetime
    changed_at: datetime | None
    first_read_at: datetime | None
    replaces_id: UUID | None
    replaced_by_id: UUID | None
    reason: str
    readers: int


@dataclass(frozen=True, slots=True)
class SquadReading:
    """How many active members of a squad a notice is for, and how many of them have read it."""

    squad_id: UUID
    name: str
    receivers: int
    readers: int


@dataclass(frozen=True, slots=True)
class Unread:
    """Somebody who has not read a notice. Telephones only for staff; `helper_name`: who looks after the account."""

    id: UUID
    number: int
    name: str
    squad_id: UUID | None
    has_phone: bool
    phone: str | None
    helper_name: str | None
    helper_phone: str | None


# --- The reader ------------------------------------------------------------------------------------------------------


def _addressed(squad_id: UUID | None, area_ids: Sequence[UUID]) -> sa.ColumnElement[bool]:
    ways: list[sa.ColumnElement[bool]] = [Notice.audience == "everybody"]
    if squad_id is not None:
        ways.append(sa.exists().where(NoticeSquad.notice_id == Notice.id, NoticeSquad.squad_id == squad_id))
    if area_ids:
        ways.append(sa.exists().where(NoticeArea.notice_id == Notice.id, NoticeArea.area_id.in_(area_ids)))
    return sa.or_(*ways)


def _for_member(member_id: UUID) -> sa.ColumnElement[bool]:
    """Whether a notice is for this member: today's squad and area count, not those of the day it was written."""
    facts = members.queries.facts(member_id)
    area_id = facts.area_id
    if area_id is None and facts.squad_id is not None:
        area_id = members.queries.squad(facts.squad_id).area_id
    above = rules.areas_above(area_id, reachable.area_parents()) if area_id else ()
    return _addressed(facts.squad_id, above) if facts.status in {"active", "on_leave"} else sa.false()


def _shown(member_id: UUID) -> sa.Select[Any]:
    columns = (getattr(Notice, name) for name in Shown.__dataclass_fields__ if name != "read_at")
    mine = (NoticeReading.notice_id == Notice.id) & (NoticeReading.member_id == member_id)
    query = sa.select(*columns, NoticeReading.read_at).outerjoin(NoticeReading, mine)
    return query.where(Notice.state == "open", Notice.first_day <= clock.today(), _for_member(member_id))


def own(member_id: UUID, *, cursor: str | None = None, limit: int = 50) -> Page[Shown]:
    """What is shown to the member today, pinned ones first, then the newest. Raises `CursorInvalid`."""
    query = _shown(member_id).where(Notice.last_day >= clock.today())
    query = query.order_by(Notice.pinned.desc(), Notice.id.desc())
    if cursor is not None:
        pinned, last = paging.decode(cursor, bool, str)
        after = sa.tuple_(sa.literal(pinned, sa.Boolean), sa.literal(paging.identifier(last), sa.Uuid))
        query = query.where(sa.tuple_(Notice.pinned, Notice.id) < after)
    limit = max(1, min(limit, paging.MOST_ITEMS))
    found = [Shown(*row) for row in db.session.execute(query.limit(limit + 1))]
    more = len(found) > limit
    return Page(found[:limit], paging.encode(found[limit - 1].pinned, found[limit - 1].id) if more else None)


def for_reader(member_id: UUID, notice_id: UUID) -> Shown:
    """One notice that is for the member, also after its last day. Raises `NoticeUnknown`."""
    row = db.session.execute(_shown(member_id).where(Notice.id == notice_id)).one_or_none()
    if row is None:
        raise NoticeUnknown
    return Shown(*row)


@dataclass(frozen=True, slots=True)
class Newest:
    """The notice for the first page: the newest unread one, else the pinned one. `unread` stops at 100."""

    notice: Shown
    unread: int


def newest(member_id: UUID) -> Newest | None:
    """What the first page tells; None when there is nothing new and nothing pinned."""
    found = own(member_id, limit=paging.MOST_ITEMS).items
    unread = [each for each in found if each.read_at is None]
    best = next(iter(unread), None) or next((each for each in found if each.pinned), None)
    return Newest(best, len(unread)) if best is not None else None


def readings_of(member_id: UUID) -> list[tuple[str, datetime]]:
    """Titles of what the member has read, and when, for his personal data; the newest first."""
    query = (
        sa.select(Notice.title_zh, NoticeReading.read_at)
        .join(Notice, Notice.id == NoticeReading.notice_id)
        .where(NoticeReading.member_id == member_id)
        .order_by(NoticeReading.read_at.desc())
    )
    return [(row.title_zh, row.read_at) for row in db.session.execute(query.limit(1000))]


# --- Who writes ------------------------------------------------------------------------------------------------------


def first_day_of(notice_id: UUID) -> date | None:
    """The first day of a notice, None when there is no such."""
    return db.session.scalar(sa.select(Notice.first_day).where(Notice.id == notice_id))


def squads_of(actor: Actor) -> set[UUID] | None:
    """The squads whose readers the actor may see: None is all of them. Raises `NoticeNotYours` for nobody's leader."""
    if actor.may("desk.read"):
        return None
    led = reachable.led_by(actor.id) if actor.kind == "member" else set()
    if not led:
        raise NoticeNotYours
    return led


def _seen_by(actor: Actor) -> sa.ColumnElement[bool]:
    led = squads_of(actor)
    if led is None:
        return sa.true()
    parents = reachable.area_parents()
    areas = {each.id: each.area_id for each in members.queries.squads() if each.id in led}
    ways = (_addressed(each, rules.areas_above(areas.get(each), parents)) for each in led)
    return sa.or_(Notice.written_by == actor.id, *ways)


def sent(actor: Actor, *, cursor: str | None = None, limit: int = 20) -> Page[Sent]:
    """Notices, the newest first: all of them for the desk, for a captain those that reach his squad.

    Raises `NoticeNotYours`, `CursorInvalid`.
    """
    query = sa.select(Notice).where(_seen_by(actor)).order_by(Notice.id.desc())
    if cursor is not None:
        (last,) = paging.decode(cursor, str)
        query = query.where(Notice.id < paging.identifier(last))
    limit = max(1, min(limit, paging.MOST_ITEMS))
    found = db.session.scalars(query.limit(limit + 1)).all()
    more = paging.encode(found[limit - 1].id) if len(found) > limit else None
    return Page(_sent(found[:limit]), more)


def one(actor: Actor, notice_id: UUID) -> Sent:
    """One notice for whoever looks after it. Raises `NoticeNotYours`, `NoticeUnknown`."""
    found = db.session.scalars(sa.select(Notice).where(Notice.id == notice_id, _seen_by(actor))).all()
    if not found:
        raise NoticeUnknown
    return _sent(found)[0]


def _sent(found: Sequence[Notice]) -> list[Sent]:
    ids = [each.id for each in found]
    squads, areas = _grouped(NoticeSquad, "squad_id", ids), _grouped(NoticeArea, "area_id", ids)
    after = sa.select(Notice.replaces_id, Notice.id).where(Notice.replaces_id.in_(ids))
    successors = {row[0]: row[1] for row in db.session.execute(after)}
    plain = [name for name in Sent.__dataclass_fields__ if hasattr(Notice, name)]
    readers = _count_readers(ids)
    return [
        Sent(
            **{name: getattr(each, name) for name in plain},
            squad_ids=squads.get(each.id, ()),
            area_ids=areas.get(each.id, ()),
            stage=_stage(each),
            replaced_by_id=successors.get(each.id),
            readers=readers[each.id],
        )
        for each in found
    ]


def _stage(notice: Notice) -> str:
    if notice.state != "open":
        return notice.state
    today = clock.today()
    if notice.first_day > today:
        return "coming"
    return "over" if notice.last_day < today else "shown"


def _grouped(table: Any, column: str, ids: Sequence[UUID]) -> dict[UUID, tuple[UUID, ...]]:
    target = getattr(table, column)
    found: dict[UUID, tuple[UUID, ...]] = {}
    for row in db.session.execute(
        sa.select(table.notice_id, target).where(table.notice_id.in_(ids)).order_by(target)
    ):
        found[row[0]] = (*found.get(row[0], ()), row[1])
    return found


def _count_readers(ids: Sequence[UUID]) -> dict[UUID, int]:
    """Notice → who has read it, `MOST_COUNTED` at most. In one statement, however many notices."""
    some = (
        sa.select(sa.literal(1)).where(NoticeReading.notice_id == each).limit(MOST_COUNTED).subquery()
        for each in ids
    )
    counted = [sa.select(sa.func.count()).select_from(each).scalar_subquery() for each in some]
    return dict(zip(ids, db.session.execute(sa.select(*counted)).one(), strict=True)) if counted else {}


def receivers(notice: Sent, actor: Actor) -> Any:
    """Active members whom the notice is for, as far as the actor may see them, to be counted or listed."""
    people = reachable.reachable_select().subquery()
    conditions: list[Any] = []
    if notice.audience == "squads":
        conditions.append(people.c.squad_id.in_(notice.squad_ids))
    elif notice.audience == "areas":
        below = rules.areas_below(notice.area_ids, reachable.area_parents())
        conditions.append(people.c.area_id.in_(below))
    led = squads_of(actor)
    if led is not None:
        conditions.append(people.c.squad_id.in_(led))
    return people, conditions


def by_squad(actor: Actor, notice: Sent, *, cursor: str | None = None, limit: int = 50) -> Page[SquadReading]:
    """Read and not read, squad by squad in the order of their names; squads that nobody is reached in are left out.

    Counted anew for the squads of one page, so that it stays right when people change squads and fast with many.
    Raises `CursorInvalid`.
    """
    led = squads_of(actor)
    squads = [each for each in members.queries.squads() if led is None or each.id in led]
    if notice.audience == "squads":
        squads = [each for each in squads if each.id in notice.squad_ids]
    if cursor is not None:
        (name, last) = paging.decode(cursor, str, str)
        squads = [each for each in squads if (each.name, str(each.id)) > (name, last)]
    limit = max(1, min(limit, paging.MOST_ITEMS))
    page = squads[:limit]
    ids = [each.id for each in page]
    # Of a whole squad the head-count is kept; only of an area's part of it everybody has to be counted.
    heads = (
        _receivers_in(notice, actor, ids)
        if notice.audience == "areas"
        else {each.id: each.active_members for each in page if each.active_members}
    )
    read = _readers_in(notice, actor, ids)
    items = [
        SquadReading(each.id, each.name, heads[each.id], read.get(each.id, 0))
        for each in page
        if each.id in heads
    ]
    more = paging.encode(page[-1].name, page[-1].id) if len(squads) > limit else None
    return Page(items, more)


def _receivers_in(notice: Sent, actor: Actor, squad_ids: Sequence[UUID]) -> dict[UUID, int]:
    people, conditions = receivers(notice, actor)
    query = sa.select(people.c.squad_id, sa.func.count()).where(people.c.squad_id.in_(squad_ids), *conditions)
    return {row[0]: row[1] for row in db.session.execute(query.group_by(people.c.squad_id))}


def _readers_in(notice: Sent, actor: Actor, squad_ids: Sequence[UUID]) -> dict[UUID, int]:
    people, conditions = receivers(notice, actor)
    query = (
        sa.select(people.c.squad_id, sa.func.count())
        .join_from(NoticeReading, people, people.c.id == NoticeReading.member_id)
        .where(NoticeReading.notice_id == notice.id, people.c.squad_id.in_(squad_ids), *conditions)
        .group_by(people.c.squad_id)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


def unread(
    actor: Actor,
    notice: Sent,
    *,
    squad_id: UUID | None = None,
    without_phone: bool = False,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Unread]:
    """Who has not read it, by member number; of one squad, or only those without a telephone of their own.

    Raises `CursorInvalid`.
    """
    people, conditions = receivers(notice, actor)
    has_read = sa.exists().where(NoticeReading.notice_id == notice.id, NoticeReading.member_id == people.c.id)
    query = sa.select(people).where(*conditions, ~has_read).order_by(people.c.number)
    if squad_id is not None:
        query = query.where(people.c.squad_id == squad_id)
    if without_phone:
        query = query.where(people.c.phone.is_(None))
    if cursor is not None:
        (number,) = paging.decode(cursor, int)
        query = query.where(people.c.number > number)
    rows = db.session.execute(query.limit(limit + 1)).all()
    # Read by themselves: joined, SQLite would make a list of all members for each page.
    helpers = reachable.reached([row.helper_id for row in rows if row.helper_id is not None])
    told = actor.may("member.read")
    items = [
        Unread(
            row.id,
            row.number,
            row.name,
            row.squad_id,
            row.phone is not None,
            row.phone if told else None,
            helpers[row.helper_id].name if row.helper_id in helpers else None,
            helpers[row.helper_id].phone if told and row.helper_id in helpers else None,
        )
        for row in rows[:limit]
    ]
    return Page(items, paging.encode(items[-1].number) if len(rows) > limit else None)
