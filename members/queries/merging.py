"""Memberships that were made one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from core import clock, paging
from core.db import db
from core.paging import Page
from members import rules
from members.errors import MergeUnknown
from members.models import Merge
from members.queries.elsewhere import Purse, parts
from members.queries.facts import MemberFacts, many_facts


@dataclass(frozen=True, slots=True)
class MergeLine:
    """A merge as staff read it. Times are UTC; `undo_until`: until when it can be undone, None when it cannot.

    `by_two`: a second person has agreed to it, None when it is older than that rule.
    """

    id: UUID
    gone: MemberFacts
    kept: MemberFacts
    merged_by: UUID
    merged_at: datetime
    reason: str
    points: int
    owed: int
    by_two: bool | None
    undone_by: UUID | None
    undone_at: datetime | None
    undo_until: datetime | None


def merge_of(merge_id: UUID) -> MergeLine:
    """One merge. Raises `MergeUnknown`."""
    found = db.session.get(Merge, merge_id, populate_existing=True)
    if found is None:
        raise MergeUnknown
    return _line(found)


def merges(*, cursor: str | None = None, limit: int = 50) -> Page[MergeLine]:
    """All merges, also those that were undone, the newest first. Raises `CursorInvalid`."""
    limit = max(1, min(limit, paging.MOST_ITEMS))
    query = sa.select(Merge).order_by(Merge.id.desc()).limit(limit + 1)
    if cursor:
        query = query.where(Merge.id < paging.identifier(*paging.decode(cursor, str)))
    rows = db.session.scalars(query.execution_options(populate_existing=True)).all()
    more = paging.encode(str(rows[limit - 1].id)) if len(rows) > limit else None
    people = many_facts({each for row in rows for each in (row.gone_id, row.kept_id)})
    return Page([_line(each, people) for each in rows[:limit]], more)


def merged_into(member_id: UUID) -> MergeLine | None:
    """The merge in force by which this membership has gone up in another one, or None."""
    query = sa.select(Merge).where(Merge.gone_id == member_id, Merge.undone_at.is_(None))
    found = db.session.scalar(query.execution_options(populate_existing=True))
    return _line(found) if found is not None else None


def merged_here(kept_id: UUID) -> list[MergeLine]:
    """The merges in force by which others have gone up in this membership, the newest first."""
    query = (
        sa.select(Merge)
        .where(Merge.kept_id == kept_id, Merge.undone_at.is_(None))
        .order_by(Merge.id.desc())
        .execution_options(populate_existing=True)
    )
    return [_line(each) for each in db.session.scalars(query)]


def memberships_of(member_id: UUID) -> list[UUID]:
    """The member, and every membership that has gone up in his, also by way of others; himself first."""
    found = [member_id]
    for each in found:  # grows while it is walked through
        gone = sa.select(Merge.gone_id).where(Merge.kept_id == each, Merge.undone_at.is_(None))
        found += [one for one in db.session.scalars(gone.order_by(Merge.id)) if one not in found]
    return found


def _line(merge: Merge, people: Mapping[UUID, MemberFacts] | None = None) -> MergeLine:
    people = people or many_facts((merge.gone_id, merge.kept_id))
    until = merge.merged_at + rules.MERGE_UNDO
    open_ = merge.undone_at is None and bool(merge.before) and clock.now() < until
    return MergeLine(
        id=merge.id,
        gone=people[merge.gone_id],
        kept=people[merge.kept_id],
        merged_by=merge.merged_by,
        merged_at=merge.merged_at,
        reason=merge.reason,
        points=merge.points,
        owed=merge.owed,
        by_two=merge.by_two,
        undone_by=merge.undone_by,
        undone_at=merge.undone_at,
        undo_until=until if open_ else None,
    )


def merges_in_force() -> sa.Select[UUID, UUID, UUID]:
    """`id`, `gone_id` and `kept_id` of every merge that was not undone, to be joined in another package's query."""
    return sa.select(Merge.id, Merge.gone_id, Merge.kept_id).where(Merge.undone_at.is_(None))


def purse(member_id: UUID) -> Purse:
    """What the member holds, as the packages above tell."""
    found = [part.purse(member_id) for part in parts()]
    lots = tuple(sorted(lot for each in found for lot in each.lots))
    balance, owed = sum(each.balance for each in found), sum(each.owed for each in found)
    return Purse(balance, owed, lots, any(each.ever for each in found))
