"""What is kept about a member, for himself; and who has not been seen for a long time, for the desk."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import clock, paging
from core.config import settings
from core.db import db
from core.paging import Page
from core.sheets import Value
from members import rules
from members.errors import MemberErased
from members.models import Consent, Member
from members.queries import elsewhere
from members.queries.elsewhere import Table
from members.queries.facts import FACTS
from members.queries.facts import facts as facts_of
from members.queries.merging import memberships_of
from members.queries.places import area_names, captains_of, squad
from members.queries.staff import MemberLine, line, record

#: Entries of the profile by what they are kept for; words for all of them stand in members/views/personal.py.
GROUPS = {
    "membership": (
        "number",
        "name",
        "phone",
        "status",
        "squad",
        "leads_squad",
        "area",
        "roles",
        "helper",
        "looks_after",
    ),
    "course": ("applied", "admitted", "on_leave_until", "card_issued", "card_blocked"),
    "access": ("signed_in_on", "password_set", "pin_set"),
    "looks": ("language", "theme", "large_type", "speak", "listed"),
}


@dataclass(frozen=True, slots=True)
class Agreed:
    """A text about personal data that the member has agreed to. `agreed_at` is UTC; `by_himself`: not at the desk."""

    version: int
    agreed_at: datetime
    by_himself: bool


@dataclass(frozen=True, slots=True)
class LastSeen:
    """When a member last signed in (None: never), since when he is one (UTC), and the number to ring up."""

    signed_in_on: date | None
    admitted_at: datetime | None
    phone: str | None


@dataclass(frozen=True, slots=True)
class PersonalData:
    """Everything that is kept about a member. No hash of anything is part of it."""

    profile: dict[str, Value]
    consents: tuple[Agreed, ...]
    deletion_due_at: datetime | None
    tables: tuple[Table, ...]

    def as_json(self) -> dict[str, Any]:
        """The same under stable names, for programs."""
        return {
            "made_at": clock.now().isoformat(),
            "profile": {code: _plain(value) for code, value in self.profile.items()},
            "consents": [
                {"version": each.version, "agreed_at": each.agreed_at.isoformat()} for each in self.consents
            ],
            "deletion_due_at": self.deletion_due_at.isoformat() if self.deletion_due_at else None,
            "tables": {
                each.code: [dict(zip(each.columns, map(_plain, row), strict=True)) for row in each.rows]
                for each in self.tables
            },
        }


def _plain(value: Value) -> str | int | None:
    return value if value is None or isinstance(value, (str, int)) else str(value)


def personal_data(member_id: UUID) -> PersonalData:
    """What is kept about this member, in all packages. Raises `MemberUnknown`, `MemberErased`."""
    found = record(member_id)
    if found.erased_at is not None:
        raise MemberErased
    return PersonalData(
        profile=_profile(found),
        consents=tuple(consents(member_id)),
        deletion_due_at=found.deletion_due_at,
        tables=tuple(_tables(member_id)),
    )


def _tables(member_id: UUID) -> Iterator[Table]:
    """What the other packages keep, of this membership and of those that have gone up in it."""
    everyone = memberships_of(member_id)
    for part in elsewhere.parts():
        for same in zip(*(part.tables(each) for each in everyone), strict=True):
            yield Table(same[0].code, same[0].columns, [row for table in same for row in table.rows])


def _profile(found: Any) -> dict[str, Value]:
    facts = found.facts
    own_squad = squad(facts.squad_id) if facts.squad_id else None
    captains = captains_of(facts.squad_id) if facts.squad_id else set()
    return {
        "number": facts.number,
        "name": facts.name,
        "phone": found.phone,
        "status": facts.status,
        "squad": own_squad.name if own_squad else None,
        "leads_squad": facts.id in captains,
        "area": area_names().get(facts.area_id) if facts.area_id else None,
        "roles": ", ".join(found.roles),
        "helper": facts_of(facts.helper_id).name if facts.helper_id else None,
        "looks_after": ", ".join(each.name for each in found.managed) or None,
        "applied": clock.local(found.created_at).date(),
        "admitted": clock.local(found.admitted_at).date() if found.admitted_at else None,
        "on_leave_until": facts.on_leave_until,
        "card_issued": clock.local(found.card_issued_at).date() if found.card_issued_at else None,
        "card_blocked": clock.local(found.card_revoked_at).date() if found.card_revoked_at else None,
        "signed_in_on": found.signed_in_on,
        "password_set": found.has_password,
        "pin_set": found.has_pin,
        "language": facts.language,
        "theme": found.theme,
        "large_type": found.large_type,
        "speak": found.speak,
        "listed": facts.listed,
    }


def consents(member_id: UUID) -> list[Agreed]:
    """Which texts the member has agreed to, the newest first."""
    query = sa.select(Consent).where(Consent.member_id == member_id).order_by(Consent.version.desc())
    return [
        Agreed(each.version, each.agreed_at, each.recorded_by == member_id)
        for each in db.session.scalars(query)
    ]


#: How many members without a sign-in are asked at once what else they did, and how often for one page: asked for all,
#: a city's database joins every member with every transfer.
_LOOKED_AT = 400
_LOOKS = 5


def dormant_since() -> date:
    """Whoever was last seen before this day is dormant: `ALLIANCE_DORMANT_MONTHS` ago."""
    return rules.months_before(clock.today(), settings().dormant_months)


def last_seen(ids: Sequence[UUID]) -> dict[UUID, LastSeen]:
    """When these members last signed in, and how to reach them."""
    query = sa.select(Member.id, Member.signed_in_on, Member.admitted_at, Member.phone)
    rows = db.session.execute(query.where(Member.id.in_(list(ids))))
    return {row.id: LastSeen(row.signed_in_on, row.admitted_at, row.phone) for row in rows}


def dormant(*, cursor: str | None = None, limit: int = 50) -> Page[MemberLine]:
    """Members who have neither signed in nor done, earned or paid anything since `dormant_since`, the oldest first.

    Only for a person to look at: nothing happens to them by themselves. Of those without a sign-in a page looks at
    `_LOOKS` times `_LOOKED_AT` at most, so it may be short or empty although another follows. Raises
    `core.paging.CursorInvalid`.
    """
    limit = max(1, min(limit, paging.MOST_ITEMS))
    after = paging.identifier(paging.decode(cursor, str)[0]) if cursor else None
    start = clock.start_of(dormant_since())
    found: list[Any] = []
    for _ in range(_LOOKS):
        looked_at = _without_sign_in(after)
        query = sa.select(*FACTS, Member.phone).where(
            Member.id.in_(looked_at), *(sa.not_(part.alive(Member.id, start)) for part in elsewhere.parts())
        )
        found += db.session.execute(query.order_by(Member.id)).all()
        if len(found) > limit:
            break
        if len(looked_at) < _LOOKED_AT:
            return Page([line(row) for row in found], None)
        after = looked_at[-1]
    last = found[limit - 1].id if len(found) > limit else after
    return Page([line(row) for row in found[:limit]], paging.encode(str(last)))


def _without_sign_in(after: UUID | None) -> list[UUID]:
    """The next members who were admitted before `dormant_since` and have not signed in since then."""
    since = dormant_since()
    query = sa.select(Member.id).where(
        Member.status.in_(("active", "on_leave", "suspended")),
        Member.admitted_at < clock.start_of(since),
        sa.or_(Member.signed_in_on.is_(None), Member.signed_in_on < since),
    )
    if after is not None:
        query = query.where(Member.id > after)
    return list(db.session.scalars(query.order_by(Member.id).limit(_LOOKED_AT)))
