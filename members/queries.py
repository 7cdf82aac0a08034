"""Reads about people. What other packages may know of a member is `MemberFacts`, of a squad `SquadFacts`."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import clock, paging
from core.db import db
from core.paging import Page
from members import rules
from members.errors import MemberUnknown, NameInvalid, PhoneInvalid, SquadUnknown
from members.models import Area, Captaincy, Device, JoinCode, Member, MemberRole, OutboxMessage, SignIn, Squad
from members.rules import masked_name

__all__ = ["masked_name"]

#: Most ids in one statement: both engines have a limit of bound values.
_CHUNK = 500
#: A code point after every other one, to end the range of names with a given beginning.
_AFTER = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """What rules of other packages may depend on. `status` is the status of today: leave ends by itself."""

    id: UUID
    number: int
    name: str
    status: str
    squad_id: UUID | None
    area_id: UUID | None
    helper_id: UUID | None
    language: str
    listed: bool
    on_leave_until: date | None = None


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


_FACTS = (
    Member.id,
    Member.number,
    Member.name,
    Member.status,
    Member.squad_id,
    Member.area_id,
    Member.helper_id,
    Member.language,
    Member.listed,
    Member.on_leave_until,
)


def _facts(row: Any) -> MemberFacts:
    status = rules.effective_status(row.status, row.on_leave_until, clock.today())
    return MemberFacts(
        row.id,
        row.number,
        row.name,
        status,
        row.squad_id,
        row.area_id,
        row.helper_id,
        row.language,
        row.listed,
        row.on_leave_until,
    )


def _one(condition: sa.ColumnElement[bool]) -> MemberFacts | None:
    row = db.session.execute(sa.select(*_FACTS).where(condition)).one_or_none()
    return _facts(row) if row is not None else None


def facts(member_id: UUID) -> MemberFacts:
    """Facts about one member. Raises `MemberUnknown`."""
    found = _one(Member.id == member_id)
    if found is None:
        raise MemberUnknown
    return found


def facts_by_number(number: int) -> MemberFacts | None:
    """The member with this number (with its check digit), or None."""
    return _one(Member.number == number)


def facts_by_card(digest: str) -> MemberFacts | None:
    """The member whose newest printed card has this digest, or None. Says nothing about the card being revoked."""
    return _one(Member.card_digest == digest)


def many_facts(ids: Iterable[UUID]) -> dict[UUID, MemberFacts]:
    """Facts about many members by id; unknown ids are left out."""
    wanted, found = list(dict.fromkeys(ids)), {}
    for start in range(0, len(wanted), _CHUNK):
        rows = db.session.execute(sa.select(*_FACTS).where(Member.id.in_(wanted[start : start + _CHUNK])))
        found.update({row.id: _facts(row) for row in rows})
    return found


def listed_ids(ids: Iterable[UUID] | None = None) -> set[UUID]:
    """Those of `ids` (of all when None) who agreed to appear on leaderboards, without the suspended and the gone."""
    condition = Member.listed & Member.status.in_(("active", "on_leave"))
    if ids is None:
        return set(db.session.scalars(sa.select(Member.id).where(condition)))
    wanted, found = list(ids), set[UUID]()
    for start in range(0, len(wanted), _CHUNK):
        chunk = Member.id.in_(wanted[start : start + _CHUNK])
        found.update(db.session.scalars(sa.select(Member.id).where(condition, chunk)))
    return found


def listed_select() -> sa.Select[UUID]:
    """The ids of all who agreed to appear on leaderboards, as a subquery for a read that must stay one statement."""
    return sa.select(Member.id).where(Member.listed & Member.status.in_(("active", "on_leave")))


def household_of(member_id: UUID) -> set[UUID]:
    """Ids that count as the member himself when points are awarded: himself, his helper, whom he helps, and whom his
    helper helps. Never empty.
    """
    helper_id = db.session.scalar(sa.select(Member.helper_id).where(Member.id == member_id))
    managed = db.session.scalars(sa.select(Member.id).where(Member.helper_id == member_id)).all()
    siblings = (
        db.session.scalars(sa.select(Member.id).where(Member.helper_id == helper_id)).all()
        if helper_id
        else []
    )
    return rules.household(member_id, helper_id, managed, siblings)


# --- Squads and areas ------------------------------------------------------------------------------------------------


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


def area_names() -> dict[UUID, str]:
    """area id → name."""
    return {row.id: row.name for row in db.session.execute(sa.select(Area.id, Area.name))}


# --- Staff's view of members -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MemberLine:
    """A line in the coordinators' list of members."""

    id: UUID
    number: int
    name: str
    status: str
    squad_id: UUID | None
    area_id: UUID | None
    phone_end: str | None
    helper_id: UUID | None
    on_leave_until: date | None


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """Everything that staff with `member.read` may know about one member. No secrets, the phone for staff only."""

    facts: MemberFacts
    phone: str | None
    roles: tuple[str, ...]
    large_type: bool
    speak: bool
    theme: str
    card_generation: int
    card_issued_at: datetime | None
    card_revoked_at: datetime | None
    consented_at: datetime | None
    admitted_at: datetime | None
    created_at: datetime
    left_at: datetime | None
    has_password: bool
    has_pin: bool
    managed: tuple[MemberFacts, ...]
    claim_open: bool


def record(member_id: UUID) -> MemberRecord:
    """The whole record of one member. Raises `MemberUnknown`."""
    query = (
        sa.select(Member, SignIn.password_hash.is_not(None), SignIn.pin_hash.is_not(None))
        .outerjoin(SignIn, SignIn.member_id == Member.id)
        .where(Member.id == member_id)
        .execution_options(populate_existing=True)
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise MemberUnknown
    member, has_password, has_pin = row
    return MemberRecord(
        facts=_facts(member),
        phone=member.phone,
        roles=roles_of([member_id]).get(member_id, ()),
        large_type=member.large_type,
        speak=member.speak,
        theme=member.theme,
        card_generation=member.card_generation,
        card_issued_at=member.card_issued_at,
        card_revoked_at=member.card_revoked_at,
        consented_at=member.consented_at,
        admitted_at=member.admitted_at,
        created_at=member.created_at,
        left_at=member.left_at,
        has_password=bool(has_password),
        has_pin=bool(has_pin),
        managed=tuple(managed_by(member_id)),
        claim_open=member.claim_expires_at is not None and member.claim_expires_at > clock.now(),
    )


def roles_of(ids: Collection[UUID]) -> dict[UUID, tuple[str, ...]]:
    """member id → roles, in the order of the role table."""
    found: dict[UUID, list[str]] = {}
    for row in db.session.execute(sa.select(MemberRole).where(MemberRole.member_id.in_(list(ids)))).scalars():
        found.setdefault(row.member_id, []).append(row.role)
    return {member_id: tuple(sorted(roles, key=rules.ROLES.index)) for member_id, roles in found.items()}


def holders_of(role: str) -> list[MemberFacts]:
    """Members who hold the role and are neither suspended nor gone, by name."""
    query = (
        sa.select(*_FACTS)
        .join(MemberRole, MemberRole.member_id == Member.id)
        .where(MemberRole.role == role, Member.status.in_(("active", "on_leave")))
        .order_by(Member.name, Member.id)
    )
    return [_facts(row) for row in db.session.execute(query)]


def managed_by(helper_id: UUID) -> list[MemberFacts]:
    """Whom the member looks after, by number."""
    query = (
        sa.select(*_FACTS)
        .where(Member.helper_id == helper_id, Member.status != "left")
        .order_by(Member.number)
    )
    return [_facts(row) for row in db.session.execute(query)]


def search(
    text: str = "",
    *,
    status: str | None = None,
    squad_id: UUID | None = None,
    area_id: UUID | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[MemberLine]:
    """Members found by number, telephone or the beginning of the name, by name; all when `text` is empty.

    Raises `core.paging.CursorInvalid`.
    """
    query = sa.select(*_FACTS, Member.name_key, Member.phone).order_by(Member.name_key, Member.id)
    query = query.where(*_matching(text.strip()))
    for column, wanted in ((Member.status, status), (Member.squad_id, squad_id), (Member.area_id, area_id)):
        if wanted is not None:
            query = query.where(column == wanted)
    if cursor:
        name, last = paging.decode(cursor, str, str)
        query = query.where(sa.tuple_(Member.name_key, Member.id) > sa.tuple_(name, _identifier(last)))
    limit = max(1, min(limit, paging.MOST_ITEMS))
    rows = db.session.execute(query.limit(limit + 1)).all()
    more = paging.encode(rows[limit - 1].name_key, str(rows[limit - 1].id)) if len(rows) > limit else None
    return Page([_line(row) for row in rows[:limit]], more)


def _identifier(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise paging.CursorInvalid(field="cursor") from error


def _matching(text: str) -> list[sa.ColumnElement[bool]]:
    if not text:
        return []
    try:
        rules.clean_text(text, "search", rules.LONGEST_NAME)
    except NameInvalid:
        return [sa.false()]
    number = rules.read_number(text)
    if number is not None:
        return [Member.number == number]
    try:
        return [Member.phone == rules.clean_phone(text)]
    except PhoneInvalid:
        beginning = rules.name_key(text)
        return [Member.name_key >= beginning, Member.name_key < beginning + _AFTER]


def _line(row: Any) -> MemberLine:
    known = _facts(row)
    return MemberLine(
        id=known.id,
        number=known.number,
        name=known.name,
        status=known.status,
        squad_id=known.squad_id,
        area_id=known.area_id,
        phone_end=row.phone[-4:] if row.phone else None,
        helper_id=known.helper_id,
        on_leave_until=known.on_leave_until,
    )


@dataclass(frozen=True, slots=True)
class Applicant:
    """Somebody who waits to be admitted."""

    facts: MemberFacts
    phone: str | None
    created_at: datetime


def applications(*, cursor: str | None = None, limit: int = 50) -> Page[Applicant]:
    """Applications, the oldest first. Raises `core.paging.CursorInvalid`."""
    query = (
        sa.select(*_FACTS, Member.phone, Member.created_at)
        .where(Member.status == "applied")
        .order_by(Member.id)
    )
    if cursor:
        (last,) = paging.decode(cursor, str)
        query = query.where(Member.id > _identifier(last))
    limit = max(1, min(limit, paging.MOST_ITEMS))
    rows = db.session.execute(query.limit(limit + 1)).all()
    more = paging.encode(str(rows[limit - 1].id)) if len(rows) > limit else None
    return Page([Applicant(_facts(row), row.phone, row.created_at) for row in rows[:limit]], more)


def status_counts() -> Mapping[str, int]:
    """status → number of members, every status present."""
    rows = db.session.execute(sa.select(Member.status, sa.func.count()).group_by(Member.status))
    return dict.fromkeys(rules.STATUSES, 0) | {row[0]: row[1] for row in rows}


# --- Devices ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """An enrolled device as administrators see it."""

    id: UUID
    name: str
    permissions: tuple[str, ...]
    responsible_id: UUID
    responsible_name: str
    enrolled_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class JoinCodeLine:
    """A join code as staff see it; the code itself is shown only when it is made."""

    id: UUID
    purpose: str
    label: str
    permissions: tuple[str, ...]
    responsible_id: UUID | None
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    withdrawn_at: datetime | None


def devices(device_id: UUID | None = None) -> list[DeviceLine]:
    """Devices (or the one), those in use first, by name."""
    query = sa.select(Device, Member.name).join(Member, Member.id == Device.responsible_id)
    query = query.order_by(Device.revoked_at.is_not(None), Device.name, Device.id)
    query = query.execution_options(populate_existing=True)
    if device_id is not None:
        query = query.where(Device.id == device_id)
    return [
        DeviceLine(
            each.id,
            each.name,
            tuple(each.permissions),
            each.responsible_id,
            responsible_name,
            each.enrolled_at,
            each.last_used_at,
            each.revoked_at,
        )
        for each, responsible_name in db.session.execute(query)
    ]


def join_codes(purpose: str) -> list[JoinCodeLine]:
    """Join codes of a purpose that can still be used, newest first."""
    query = (
        sa.select(JoinCode)
        .where(JoinCode.purpose == purpose, JoinCode.used_at.is_(None), JoinCode.withdrawn_at.is_(None))
        .where(JoinCode.expires_at.is_(None) | (JoinCode.expires_at > clock.now()))
        .order_by(JoinCode.id.desc())
        .limit(paging.MOST_ITEMS)
        .execution_options(populate_existing=True)
    )
    return [
        JoinCodeLine(
            each.id,
            each.purpose,
            each.label,
            tuple(each.permissions),
            each.responsible_id,
            each.created_at,
            each.expires_at,
            each.used_at,
            each.withdrawn_at,
        )
        for each in db.session.scalars(query)
    ]


@dataclass(frozen=True, slots=True)
class Message:
    """Development only: a message in the outbox."""

    phone: str
    text: str
    created_at: datetime


def outbox() -> list[Message]:
    """Development only: the last messages, newest first."""
    query = sa.select(OutboxMessage).order_by(OutboxMessage.id.desc()).limit(50)
    return [Message(each.phone, each.text, each.created_at) for each in db.session.scalars(query)]
