"""Memberships that look like one person's: of one name, or of names that sound the same and more in common."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby, islice, product
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import paging
from core.db import db
from core.paging import Page
from members import name_rules
from members.models import Member, ToldApart
from members.queries.facts import FACTS
from members.queries.staff import MemberLine, line

#: Who can be the same person twice: not those who are gone or barred.
_HERE = ("active", "on_leave", "applied")
#: A name that so many share says nothing; of them only the newest are compared.
MOST_NAMESAKES = 60
#: So many shared names are read at once, one after the other for one page: in a city a handful of names has a thousand
#: bearers, in a village a hundred names have three hundred.
_NAMES_AT_ONCE = (10, 20, 40, 80)
#: So many members are looked at at once by the sound of their names, with all whose names sound like the last one.
_BEARERS_AT_ONCE = (500, 1500, 4000)
#: A page is full, unless so many bearers were looked at for it in vain.
MOST_BEARERS = 20_000
#: Of one name only the likeliest pairs are listed; the others follow when these are settled.
_MOST_PAIRS = 10
#: In a crowd of one sound and place not all are compared with all.
_MOST_COMPARED = 2000
#: In a cursor: all pairs of this name were listed.
_ALL = 1_000_000

_TAIL = sa.func.substr(Member.phone, sa.func.length(Member.phone) - 3)

Pair = tuple[UUID, UUID]
#: Pairs by their ids in order, the likeliest first → what the two have in common.
Pairs = Mapping[Pair, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Likely:
    """Two members of one name or sound. `why`: what they have in common, of `name_rules.LIKELY_SIGNS`."""

    first: MemberLine
    second: MemberLine
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Batch:
    """Pairs by name, how many members were looked at, and the last of the names; None when that is the last of all."""

    pairs: Mapping[str, Pairs]
    bearers: int
    last: str | None


def duplicates(*, by: str = "name", cursor: str | None = None, limit: int = 20) -> Page[Likely]:
    """Pairs that are likely one person, by name or sound; `next` only when there is another.

    Two of one name who both have a telephone and live apart are only namesakes. Two whose names only sound the same
    need a squad, a helper or the end of the telephone number in common, or an area when not both have a telephone.
    A page is short only when `MOST_BEARERS` were looked at for it. Raises `CursorInvalid`.
    """
    after, shown = paging.decode(cursor, str, int) if cursor else ("", 0)
    limit = max(1, min(limit, paging.MOST_ITEMS))
    read, sizes = (_of_name, _NAMES_AT_ONCE) if by == "name" else (_of_sound, _BEARERS_AT_ONCE)
    found: list[tuple[Pair, tuple[str, ...]]] = []
    bearers, steps = 0, iter(sizes)
    while bearers < MOST_BEARERS:
        batch = read(after, next(steps, sizes[-1]), again=shown < _ALL)
        for name, pairs in _not_told_apart(batch.pairs):
            skip = max(0, shown) if name == after else 0
            fresh = pairs[skip:]
            room = limit - len(found)
            found += fresh[:room]
            if len(fresh) > room:
                return Page(_told(found), paging.encode(name, skip + room))
        if batch.last is None:
            return Page(_told(found), None)
        after, shown = batch.last, _ALL
        bearers += batch.bearers
    return Page(_told(found), paging.encode(after, _ALL))


def _told(found: Sequence[tuple[Pair, tuple[str, ...]]]) -> list[Likely]:
    lines = _lines({each for pair, _why in found for each in pair})
    return [Likely(lines[one], lines[other], why) for (one, other), why in found]


def _lines(ids: Collection[UUID]) -> dict[UUID, MemberLine]:
    query = sa.select(*FACTS, Member.phone)
    found: dict[UUID, MemberLine] = {}
    for some in _some(ids):
        found |= {row.id: line(row) for row in db.session.execute(query.where(Member.id.in_(some)))}
    return found


def _not_told_apart(pairs: Mapping[str, Pairs]) -> Iterator[tuple[str, list[tuple[Pair, tuple[str, ...]]]]]:
    """Of each name, in their order, the likeliest pairs that nobody told apart."""
    apart = _told_apart({each for found in pairs.values() for pair in found for each in pair})
    for name in sorted(pairs):
        yield name, list(islice((each for each in pairs[name].items() if each[0] not in apart), _MOST_PAIRS))


def _told_apart(ids: Collection[UUID]) -> set[Pair]:
    query = sa.select(ToldApart.first_id, ToldApart.second_id)
    found: set[Pair] = set()
    for some in _some(ids):
        rows = db.session.execute(query.where(ToldApart.first_id.in_(some)))
        found |= {(row.first_id, row.second_id) for row in rows}
    return found


def _some(values: Collection[Any]) -> Iterator[list[Any]]:
    """Not too many values for one statement."""
    every = sorted(values)
    return (every[start : start + 500] for start in range(0, len(every), 500))


# --- Of one name


def _of_name(after: str, most: int, *, again: bool) -> _Batch:
    names = _shared_names(after, most, again=again)
    last = list(names)[-1] if len(names) == most else None
    return _Batch(_pairs_of_names(list(names)), sum(names.values()), last)


def _shared_names(after: str, most: int, *, again: bool) -> dict[str, int]:
    """The next names whose bearers may be one person, in their order → how many have them."""
    count = sa.func.count
    query = (
        sa.select(Member.name_key, count())
        .where(_beyond(Member.name_key, after, again=again), Member.status.in_(_HERE))
        .group_by(Member.name_key)
        # What `_alike` looks for: without it page after page of namesakes would be read for nothing.
        .having(
            count() > 1,
            sa.or_(
                count(Member.phone).between(1, count() - 1),
                *(count(each) > count(each.distinct()) for each in (Member.squad_id, Member.area_id)),
                *(count(each) > count(each.distinct()) for each in (Member.helper_id, _TAIL)),
            ),
        )
        .order_by(Member.name_key)
        .limit(most)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


def _beyond(column: Any, after: str, *, again: bool) -> sa.ColumnElement[bool]:
    return column >= after if again and after else column > after  # type: ignore[no-any-return] # of a column, whatever it holds


def _pairs_of_names(names: Sequence[str]) -> dict[str, Pairs]:
    """Most names have none, so little is read of them."""
    newest = sa.func.row_number().over(partition_by=Member.name_key, order_by=Member.id.desc())
    ranked = (
        sa.select(*_compared(), newest.label("place"))
        .where(Member.name_key.in_(names), Member.status.in_(_HERE))
        .subquery()
    )
    rows = db.session.execute(
        sa.select(ranked).where(ranked.c.place <= MOST_NAMESAKES).order_by(ranked.c.name_key, ranked.c.id)
    )
    return {name: _alike(list(bearers)) for name, bearers in groupby(rows, key=lambda each: each.name_key)}


def _compared() -> tuple[Any, ...]:
    places = (Member.squad_id, Member.area_id, Member.helper_id)
    return (
        Member.id,
        Member.name_key,
        *places,
        _TAIL.label("tail"),
        Member.phone.is_(None).label("no_phone"),
    )


def _alike(bearers: Sequence[Any]) -> Pairs:
    """Pairs of one name that have something in common."""
    found = _in_common(bearers, ("squad", "area", "helper", "tail"), lambda _one, _other: True)
    without = [each.id for each in bearers if each.no_phone]
    others = [each.id for each in bearers if not each.no_phone]
    for one, other in product(without, others):
        found[min(one, other), max(one, other)].append("phone")
    return _likeliest(found)


def _in_common(
    bearers: Sequence[Any], signs: Iterable[str], fits: Callable[[Any, Any], bool]
) -> dict[Pair, list[str]]:
    found: dict[Pair, list[str]] = defaultdict(list)
    for sign in signs:
        column = sign if sign == "tail" else f"{sign}_id"
        together: dict[Any, list[Any]] = defaultdict(list)
        for each in bearers:
            together[getattr(each, column)].append(each)
        together.pop(None, None)
        for some in together.values():
            for one, other in islice(combinations(some, 2), _MOST_COMPARED):
                if fits(one, other):
                    found[min(one.id, other.id), max(one.id, other.id)].append(sign)
    return found


def _likeliest(found: Mapping[Pair, list[str]]) -> Pairs:
    ranked = sorted(
        found.items(), key=lambda each: (-sum(name_rules.LIKELY_SIGNS[sign] for sign in each[1]), each[0])
    )
    return {pair: tuple(why) for pair, why in ranked}


# --- Of one sound


def _of_sound(after: str, most: int, *, again: bool) -> _Batch:
    """Among the next members in the order of the sound of their names; out of the index as long as that will do."""
    beyond = _beyond(Member.name_sound, after, again=again)
    last = db.session.scalar(
        sa.select(Member.name_sound).where(beyond).order_by(Member.name_sound).offset(most - 1).limit(1)
    )
    here = sa.select(Member.name_sound, *_compared()).where(beyond, Member.status.in_(_HERE))
    if last is not None:
        here = here.where(Member.name_sound <= last)
    rows = db.session.execute(_with_company(here.cte())).all()
    groups = groupby(rows, key=lambda each: each.name_sound)
    return _Batch({sound: _sounding_alike(list(some)) for sound, some in groups}, most, last)


def _with_company(here: sa.CTE) -> Any:
    """Those of one sound who share what counts as a sign with another one, written otherwise."""
    it = here.c

    def company(place: Any, *more: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
        two = sa.func.min(it.name_key) != sa.func.max(it.name_key)
        shared = sa.select(it.name_sound, place).where(place.is_not(None)).group_by(it.name_sound, place)
        return sa.tuple_(it.name_sound, place).in_(shared.having(two, *more))

    no_phone = sa.func.max(sa.cast(it.no_phone, sa.Integer)) > 0
    signs = (company(it.squad_id), company(it.helper_id), company(it.tail), company(it.area_id, no_phone))
    return sa.select(here).where(sa.or_(*signs)).order_by(it.name_sound, it.id)


def _sounding_alike(bearers: Sequence[Any]) -> Pairs:
    """Pairs of one sound, written otherwise, that have something in common; who is only called alike is no pair."""
    found = _in_common(
        bearers, ("squad", "helper", "tail"), lambda one, other: one.name_key != other.name_key
    )
    near = _in_common(
        bearers,
        ("area",),
        lambda one, other: one.name_key != other.name_key and (one.no_phone or other.no_phone),
    )
    for pair, why in near.items():
        found[pair] += why
    no_phone = {each.id: each.no_phone for each in bearers}
    for (one, other), why in found.items():
        if no_phone[one] != no_phone[other]:
            why.append("phone")
    return _likeliest(found)


# --- Who comes in and may be a member already


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who is about to come in; `number` if he has applied and has one."""

    name: str
    phone: str | None
    squad_id: UUID | None
    area_id: UUID | None
    number: int | None = None


def sounding_like(people: Collection[Newcomer]) -> dict[Newcomer, int]:
    """Who of these may be a member already → that member's number.

    The names sound the same, and both are in one squad, or in one area and not both have a telephone.
    """
    sounds = {name_rules.sound(each.name) for each in people} - {""}
    by_squad = _numbers(sounds, Member.squad_id, {each.squad_id for each in people} - {None})
    by_area = _numbers(sounds, Member.area_id, {each.area_id for each in people} - {None})
    found: dict[Newcomer, int] = {}
    for each in people:
        sound = name_rules.sound(each.name)
        phones = (True,) if each.phone else (True, False)
        candidates = [by_squad.get((sound, each.squad_id, no_phone), ()) for no_phone in (True, False)]
        candidates += [by_area.get((sound, each.area_id, no_phone), ()) for no_phone in phones]
        others = [number for some in candidates for number in some if number != each.number]
        if others:
            found[each] = others[0]
    return found


def _numbers(sounds: Collection[str], column: Any, places: Collection[Any]) -> Mapping[Any, tuple[int, int]]:
    """Sound, place, without telephone → the lowest and the highest number: one of them is somebody else's."""
    no_phone = Member.phone.is_(None)
    query = sa.select(
        Member.name_sound, column, no_phone, sa.func.min(Member.number), sa.func.max(Member.number)
    ).where(Member.status.in_(_HERE))
    found = {}
    for some in _some(sounds) if places else ():
        for somewhere in _some(places):
            here = query.where(Member.name_sound.in_(some), column.in_(somewhere))
            for row in db.session.execute(here.group_by(Member.name_sound, column, no_phone)):
                found[row[0], row[1], bool(row[2])] = (row[3], row[4])
    return found
