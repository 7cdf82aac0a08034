"""Odd awards as they were found last, and whether somebody has looked at them. Found anew by the keeper."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from core import paging
from core.db import db
from core.paging import Page
from points.models import OddAward

#: So far they are counted for the first page of the desk.
MOST_COUNTED = 100


@dataclass(frozen=True, slots=True)
class OddLine:
    """A pattern that somebody should look at, or has. `people`: coordinators in the order of the ring, or coordinator
    and member; `times` awards with `points` together, the last of them at `last_at` (UTC). Of an activity: those
    who came in oddly, with its title and number.
    """

    id: UUID
    kind: str
    people: tuple[UUID, ...]
    times: int
    points: int
    last_at: datetime
    seen_at: datetime | None
    seen_by: UUID | None
    note: str
    about: str
    activity_number: int | None


def odd_count() -> int:
    """How many odd patterns nobody has looked at yet; counted up to `MOST_COUNTED`."""
    some = sa.select(sa.literal(1)).where(OddAward.seen_at.is_(None)).limit(MOST_COUNTED).subquery()
    return db.session.scalar(sa.select(sa.func.count()).select_from(some)) or 0


def odd_lines(*, seen: bool = False, cursor: str | None = None, limit: int = 50) -> Page[OddLine]:
    """Those that wait to be looked at, or those that were, the newest first. Raises `CursorInvalid`."""
    state = OddAward.seen_at.is_not(None) if seen else OddAward.seen_at.is_(None)
    query = sa.select(OddAward).where(state).order_by(OddAward.last_at.desc(), OddAward.id.desc())
    if cursor is not None:
        at, last = paging.decode(cursor, str, str)
        moment = sa.literal(paging.moment(at), OddAward.last_at.type)
        place = sa.tuple_(moment, paging.identifier(last))
        query = query.where(sa.tuple_(OddAward.last_at, OddAward.id) < place)
    limit = max(1, min(limit, paging.MOST_ITEMS))
    found = db.session.scalars(query.limit(limit + 1)).all()
    last_one = found[limit - 1] if len(found) > limit else None
    more = paging.encode(last_one.last_at.isoformat(), last_one.id) if last_one else None
    return Page([_line(each) for each in found[:limit]], more)


def _line(row: OddAward) -> OddLine:
    return OddLine(
        row.id,
        row.kind,
        tuple(UUID(each) for each in row.people),
        row.times,
        row.points,
        row.last_at,
        row.seen_at,
        row.seen_by,
        row.note,
        row.about,
        row.activity_number,
    )
