"""What rules of all packages may depend on: facts about members, and who counts as one household."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import clock
from core.db import db, execute
from core.fixed import Fixed, among
from members import rules
from members.errors import MemberUnknown
from members.models import Member, Merge, PastHelp

#: Most ids in one statement: both engines have a limit of bound values.
CHUNK = 500


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


#: Columns of `MemberFacts`.
FACTS = (
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


def to_facts(row: Any) -> MemberFacts:
    """The facts in a row that has the columns of `FACTS`."""
    status = row.status
    if row.on_leave_until is not None:
        status = rules.effective_status(status, row.on_leave_until, clock.today())
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


#: Built once, because every scan asks so. Bind `wanted`.
_by_id = sa.select(*FACTS).where(Member.id == sa.bindparam("wanted"))
_BY_ID = Fixed(_by_id)
#: Not against rows that only refer to the member.
_BY_ID_LOCKED = Fixed(_by_id.with_for_update(key_share=True))
_BY_IDS = Fixed(sa.select(*FACTS).where(among(Member.id, "wanted")))
_BY_NUMBER = Fixed(sa.select(*FACTS).where(Member.number == sa.bindparam("wanted")))
_BY_CARD = Fixed(sa.select(*FACTS).where(Member.card_digest == sa.bindparam("wanted")))


def _one(query: Fixed, wanted: UUID | int | str) -> MemberFacts | None:
    row = execute(query, {"wanted": wanted}).one_or_none()
    return to_facts(row) if row is not None else None


def facts(member_id: UUID, *, lock: bool = False) -> MemberFacts:
    """Facts about one member. `lock`: others who ask so wait until the transaction ends. Raises `MemberUnknown`."""
    found = _one(_BY_ID_LOCKED if lock else _BY_ID, member_id)
    if found is None:
        raise MemberUnknown
    return found


def facts_by_number(number: int) -> MemberFacts | None:
    """The member with this number (with its check digit), or None."""
    return _one(_BY_NUMBER, number)


def facts_by_number_and_name(number: str, name: str) -> MemberFacts | None:
    """The member whose number and whole name somebody typed, or None: which of the two is wrong is not said."""
    read = rules.read_number(number)
    found = facts_by_number(read) if read is not None else None
    fits = found is not None and rules.name_key(found.name) == rules.name_key(name.strip())
    return found if fits else None


def many_facts(ids: Iterable[UUID]) -> dict[UUID, MemberFacts]:
    """Facts about many members by id; unknown ids are left out."""
    return {row.id: to_facts(row) for row in execute(_BY_IDS, {"wanted": set(ids)})}


def without_person(text: str, member_id: UUID) -> str:
    """The text without the member's name and telephone number, for what is kept for good, such as the audit log."""
    row = db.session.execute(sa.select(Member.name, Member.phone).where(Member.id == member_id)).one_or_none()
    if row is None:
        return text
    return rules.without(text, row.name, row.phone, row.phone.removeprefix("+86") if row.phone else None)


def listed_ids(ids: Iterable[UUID] | None = None) -> set[UUID]:
    """Those of `ids` (of all when None) who agreed to appear on leaderboards, without the suspended and the gone."""
    condition = Member.listed & Member.status.in_(("active", "on_leave"))
    if ids is None:
        return set(db.session.scalars(sa.select(Member.id).where(condition)))
    wanted, found = list(ids), set[UUID]()
    for start in range(0, len(wanted), CHUNK):
        chunk = Member.id.in_(wanted[start : start + CHUNK])
        found.update(db.session.scalars(sa.select(Member.id).where(condition, chunk)))
    return found


def listed_select() -> sa.Select[UUID, str]:
    """`listed_ids` as a select of `id` and `name`, to be joined in another package's query."""
    return sa.select(Member.id, Member.name).where(Member.listed, Member.status.in_(("active", "on_leave")))


def own_area_select() -> sa.Select[UUID, UUID | None]:
    """`id` and `area_id` of everybody, to be joined in another package's query."""
    return sa.select(Member.id, Member.area_id)


def name_select() -> sa.Select[UUID, str]:
    """`id` and `name` of everybody, to be joined in another package's query."""
    return sa.select(Member.id, Member.name)


_himself = sa.bindparam("himself", type_=Member.id.type)
_recent_help = PastHelp.ended_at > sa.bindparam("since")
_above = sa.union(
    sa.select(_himself.label("id")),
    sa.select(Member.helper_id).where(Member.id == _himself, Member.helper_id.is_not(None)),
    sa.select(PastHelp.helper_id).where(PastHelp.member_id == _himself, _recent_help),
).cte("above")
_around = sa.union(
    sa.select(_above.c.id),
    sa.select(Member.id).where(Member.helper_id.in_(sa.select(_above.c.id))),
    sa.select(PastHelp.member_id).where(PastHelp.helper_id.in_(sa.select(_above.c.id)), _recent_help),
).cte("around")
_HOUSEHOLD = Fixed(sa.select(_around.c.id))
_in_force = Merge.undone_at.is_(None)
#: By a list of ids: joined to the statement above, PostgreSQL would read all merges there ever were. Each half by the
#: index of its own; that a merge was undone is looked at by `_one_person`.
_TOUCHED = Fixed(
    sa.union_all(
        sa.select(Merge.id).where(among(Merge.gone_id, "ids"), _in_force),
        sa.select(Merge.id).where(among(Merge.kept_id, "ids")),
    )
)


def household_of(member_id: UUID) -> set[UUID]:
    """Ids that count as the member himself when points are awarded: himself, his helper, whom he helps, and whom his
    helper helps; also those of the last 31 days (`rules.HOUSEHOLD_LASTS`), and every membership that was made one with
    one of these, either way. Never empty.
    """
    since = clock.now() - rules.HOUSEHOLD_LASTS
    ids = {member_id, *(row.id for row in execute(_HOUSEHOLD, {"himself": member_id, "since": since}))}
    return _household_of_merged(member_id, since) if execute(_TOUCHED, {"ids": ids}) else ids


def _household_of_merged(member_id: UUID, since: datetime) -> set[UUID]:
    himself = _one_person({member_id})
    recent = PastHelp.ended_at > since
    now = sa.select(Member.helper_id).where(Member.id.in_(himself), Member.helper_id.is_not(None))
    past = sa.select(PastHelp.helper_id).where(PastHelp.member_id.in_(himself), recent)
    above = _one_person(himself.union(db.session.scalars(now), db.session.scalars(past)))
    now = sa.select(Member.id).where(Member.helper_id.in_(above))
    past = sa.select(PastHelp.member_id).where(PastHelp.helper_id.in_(above), recent)
    return _one_person(above.union(db.session.scalars(now), db.session.scalars(past)))


def _one_person(ids: set[UUID]) -> set[UUID]:
    """These memberships, and all that were made one with any of them, either way and by way of others."""
    while True:
        touches = sa.or_(Merge.gone_id.in_(ids), Merge.kept_id.in_(ids))
        pairs = db.session.execute(sa.select(Merge.gone_id, Merge.kept_id).where(touches, _in_force))
        more = ids.union(*(tuple(pair) for pair in pairs))
        if more == ids:
            return ids
        ids = more
