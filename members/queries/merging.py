"""Memberships that look like one person's, and those that were made one."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations, groupby, islice, product
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import clock, paging
from core.db import db
from core.paging import Page
from members import rules
from members.errors import MergeUnknown
from members.models import Member, Merge, ToldApart
from members.queries.elsewhere import Purse, parts
from members.queries.facts import FACTS, MemberFacts, many_facts
from members.queries.staff import MemberLine, identifier, line

#: Who can be the same person twice: not those who are gone or barred.
_HERE = ("active", "on_leave", "applied")
#: A name that so many share says nothing; of them only the newest are compared.
MOST_NAMESAKES = 60
#: So many shared names are read at once, one after the other for one page, and no more once so many bearers were
#: counted: in a city a handful of names has a thousand bearers, in a village a hundred names have three hundred.
_NAMES_AT_ONCE = (10, 20, 40, 80)
_ENOUGH_BEARERS = 2000
#: Of one name only the likeliest pairs are listed; the others follow when these are settled.
_MOST_PAIRS = 10


@dataclass(frozen=True, slots=True)
class Likely:
    """Two members of one name. `why`: `squad` or `area` in common, or only one of them has a `phone`."""

    first: MemberLine
    second: MemberLine
    why: tuple[str, ...]


def duplicates(*, cursor: str | None = None, limit: int = 20) -> Page[Likely]:
    """Pairs that are likely one person, by name. Two who both have a telephone and live apart are only namesakes.

    A page looks at 150 names at most and may be short or empty although another follows. Raises `CursorInvalid`.
    """
    (after,) = paging.decode(cursor, str) if cursor else ("",)
    limit = max(1, min(limit, paging.MOST_ITEMS))
    found: list[Likely] = []
    bearers = 0
    for most in _NAMES_AT_ONCE:
        shared = _shared_names(after, most)
        names, more = list(shared), len(shared) == most
        for name, pairs in _likely_pairs(names):
            found += pairs
            if len(found) >= limit and (more or name != names[-1]):
                return Page(found, paging.encode(name))
        if not more:
            return Page(found, None)
        after = names[-1]
        bearers += sum(shared.values())
        if bearers >= _ENOUGH_BEARERS:
            break
    return Page(found, paging.encode(after))


def _shared_names(after: str, most: int) -> dict[str, int]:
    """The next names that several have, in their order → how many have them."""
    query = (
        sa.select(Member.name_key, sa.func.count())
        .where(Member.name_key > after, Member.status.in_(_HERE))
        .group_by(Member.name_key)
        .having(sa.func.count() > 1)
        .order_by(Member.name_key)
        .limit(most)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


def _likely_pairs(names: Sequence[str]) -> Iterator[tuple[str, list[Likely]]]:
    """Of each name the likeliest pairs that nobody told apart. Most names have none, so little is read of them."""
    newest = sa.func.row_number().over(partition_by=Member.name_key, order_by=Member.id.desc())
    ranked = (
        sa.select(
            Member.id,
            Member.name_key,
            Member.squad_id,
            Member.area_id,
            Member.phone.is_(None).label("no_phone"),
            newest.label("place"),
        )
        .where(Member.name_key.in_(names), Member.status.in_(_HERE))
        .subquery()
    )
    rows = db.session.execute(
        sa.select(ranked).where(ranked.c.place <= MOST_NAMESAKES).order_by(ranked.c.name_key, ranked.c.id)
    )
    pairs = {name: _alike(list(bearers)) for name, bearers in groupby(rows, key=lambda each: each.name_key)}
    apart = _told_apart({each for found in pairs.values() for pair in found for each in pair})
    left = {
        name: dict(islice(((pair, why) for pair, why in found.items() if pair not in apart), _MOST_PAIRS))
        for name, found in pairs.items()
    }
    lines = _lines({each for found in left.values() for pair in found for each in pair})
    for name in names:
        yield (
            name,
            [Likely(lines[one], lines[other], why) for (one, other), why in left.get(name, {}).items()],
        )


def _alike(bearers: Sequence[Any]) -> dict[tuple[UUID, UUID], tuple[str, ...]]:
    """Pairs of one name that have something in common, by their ids in order, the likeliest first."""
    found: dict[tuple[UUID, UUID], list[str]] = {}
    for what, place in (("squad", "squad_id"), ("area", "area_id")):
        together: dict[UUID | None, list[UUID]] = {}
        for each in bearers:
            together.setdefault(getattr(each, place), []).append(each.id)
        together.pop(None, None)
        for pair in (pair for ids in together.values() for pair in combinations(ids, 2)):
            found.setdefault(pair, []).append(what)
    without = [each.id for each in bearers if each.no_phone]
    others = [each.id for each in bearers if not each.no_phone]
    for one, other in product(without, others):
        found.setdefault((min(one, other), max(one, other)), []).append("phone")
    return {pair: tuple(why) for pair, why in sorted(found.items(), key=lambda each: -len(each[1]))}


def _lines(ids: Collection[UUID]) -> dict[UUID, MemberLine]:
    query = sa.select(*FACTS, Member.phone)
    found: dict[UUID, MemberLine] = {}
    for some in _some(ids):
        found |= {row.id: line(row) for row in db.session.execute(query.where(Member.id.in_(some)))}
    return found


def _told_apart(ids: Collection[UUID]) -> set[tuple[UUID, UUID]]:
    query = sa.select(ToldApart.first_id, ToldApart.second_id)
    found: set[tuple[UUID, UUID]] = set()
    for some in _some(ids):
        rows = db.session.execute(query.where(ToldApart.first_id.in_(some)))
        found |= {(row.first_id, row.second_id) for row in rows}
    return found


def _some(ids: Collection[UUID]) -> Iterator[list[UUID]]:
    """Not too many values for one statement."""
    every = sorted(ids)
    return (every[start : start + 500] for start in range(0, len(every), 500))


# --- Merges


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
        query = query.where(Merge.id < identifier(*paging.decode(cursor, str)))
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
