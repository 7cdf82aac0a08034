"""Who looks after whom, for the desk; and whose card is blocked and not replaced yet."""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from core import paging
from core.db import db
from core.paging import Page
from members.models import Member
from members.queries.facts import FACTS
from members.queries.staff import MemberLine, line


@dataclass(frozen=True, slots=True)
class HelpedLine:
    """An account that somebody looks after. `able`: the helper is still here and can act."""

    member: MemberLine
    helper_id: UUID
    helper_name: str
    helper_number: int
    able: bool


def helped(*, cursor: str | None = None, limit: int = 50) -> Page[HelpedLine]:
    """Accounts that somebody looks after, by id. Raises `core.paging.CursorInvalid`."""
    helper = aliased(Member)
    query = (
        sa.select(
            *FACTS,
            Member.phone,
            helper.name.label("helper_name"),
            helper.number.label("helper_number"),
            helper.status.label("helper_status"),
        )
        .join(helper, helper.id == Member.helper_id)
        .where(Member.helper_id.is_not(None), Member.status != "left")
        .order_by(Member.id)
    )
    if cursor:
        (last,) = paging.decode(cursor, str)
        query = query.where(Member.id > paging.identifier(last))
    limit = max(1, min(limit, paging.MOST_ITEMS))
    rows = db.session.execute(query.limit(limit + 1)).all()
    more = paging.encode(str(rows[limit - 1].id)) if len(rows) > limit else None
    lines = [
        HelpedLine(
            line(row),
            row.helper_id,
            row.helper_name,
            row.helper_number,
            row.helper_status in {"active", "on_leave"},
        )
        for row in rows[:limit]
    ]
    return Page(lines, more)


#: Spelled as in the partial index that answers it.
_LOST = (Member.status == "active", Member.card_revoked_at.is_not(None))


def lost_cards(*, limit: int = 20) -> list[MemberLine]:
    """Active members whose card is blocked and not replaced yet, the first in by number."""
    query = sa.select(*FACTS, Member.phone).where(*_LOST).order_by(Member.id).limit(limit)
    return [line(row) for row in db.session.execute(query)]


def count_lost_cards() -> int:
    """How many active members wait for a card in place of a blocked one; counted up to 100."""
    some = sa.select(Member.id).where(*_LOST).limit(100).subquery()
    return db.session.scalar(sa.select(sa.func.count()).select_from(some)) or 0
