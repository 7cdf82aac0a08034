"""What staff may see: lists, records, applications."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import clock, paging
from core.db import db
from core.paging import Page
from members import rules
from members.errors import MemberUnknown
from members.models import Member, MemberRole, SignIn
from members.queries.facts import FACTS, MemberFacts, many_facts, to_facts


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
    consent_version: int | None
    signed_in_on: date | None
    deletion_due_at: datetime | None
    erased_at: datetime | None

    @property
    def consent_due(self) -> bool:
        """Whether the member has not agreed to the text in force yet."""
        return rules.consent_due(self.consent_version)


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
        facts=to_facts(member),
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
        consent_version=member.consent_version,
        signed_in_on=member.signed_in_on,
        deletion_due_at=member.deletion_due_at,
        erased_at=member.erased_at,
    )


def roles_of(ids: Collection[UUID]) -> dict[UUID, tuple[str, ...]]:
    """member id → roles, in the order of the role table."""
    found: dict[UUID, list[str]] = {}
    for row in db.session.execute(sa.select(MemberRole).where(MemberRole.member_id.in_(list(ids)))).scalars():
        found.setdefault(row.member_id, []).append(row.role)
    return {member_id: tuple(sorted(roles, key=rules.ROLES.index)) for member_id, roles in found.items()}


def rights_of(ids: Collection[UUID]) -> dict[UUID, frozenset[str]]:
    """member id → what he may do himself, by his roles and his status of today; unknown ids are left out."""
    roles, known = roles_of(ids), many_facts(ids)
    return {each: rules.permissions_of(roles.get(each, ()), facts.status) for each, facts in known.items()}


def holders_of(role: str) -> list[MemberFacts]:
    """Members who hold the role and are neither suspended nor gone, by name."""
    query = (
        sa.select(*FACTS)
        .join(MemberRole, MemberRole.member_id == Member.id)
        .where(MemberRole.role == role, Member.status.in_(("active", "on_leave")))
        .order_by(Member.name, Member.id)
    )
    return [to_facts(row) for row in db.session.execute(query)]


def managed_by(helper_id: UUID) -> list[MemberFacts]:
    """Whom the member looks after, by number."""
    query = (
        sa.select(*FACTS)
        .where(Member.helper_id == helper_id, Member.status != "left")
        .order_by(Member.number)
    )
    return [to_facts(row) for row in db.session.execute(query)]


def line(row: Any) -> MemberLine:
    """The line for a row with the columns of `FACTS` and the telephone number."""
    known = to_facts(row)
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
        sa.select(*FACTS, Member.phone, Member.created_at)
        .where(Member.status == "applied")
        .order_by(Member.id)
    )
    if cursor:
        (last,) = paging.decode(cursor, str)
        query = query.where(Member.id > paging.identifier(last))
    limit = max(1, min(limit, paging.MOST_ITEMS))
    rows = db.session.execute(query.limit(limit + 1)).all()
    more = paging.encode(str(rows[limit - 1].id)) if len(rows) > limit else None
    return Page([Applicant(to_facts(row), row.phone, row.created_at) for row in rows[:limit]], more)


#: Of each status so many members are counted: more say nothing more, and counting a million takes a quarter second.
MOST_COUNTED_OF_STATUS = 100_000


def status_counts(statuses: Sequence[str] = rules.STATUSES) -> Mapping[str, int]:
    """status → number of members, `MOST_COUNTED_OF_STATUS` at most; every one of these statuses present."""
    some = (
        sa.select(Member.id).where(Member.status == each).limit(MOST_COUNTED_OF_STATUS).subquery()
        for each in statuses
    )
    counted = [sa.select(sa.func.count()).select_from(each).scalar_subquery() for each in some]
    return dict(zip(statuses, db.session.execute(sa.select(*counted)).one(), strict=True))
