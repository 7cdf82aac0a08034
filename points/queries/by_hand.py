"""What was entered by hand, for everybody to see, and what of it looks odd.

All of it is found by the index of what was entered by hand, which is small beside the ledger.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from core import clock, paging
from core.db import db
from core.paging import Page
from points.models import BY_HAND, DECIDED, SHOP_GIVING, TariffRule, Transfer
from points.queries.tariff import RULE, rule_of
from points.rules import Rule

_IS_BY_HAND = sa.text(f"transfer.{BY_HAND}")
_IS_GIVING = sa.text(f"transfer.{SHOP_GIVING}")
_IS_DECIDED = sa.text(f"transfer.{DECIDED}")
#: So far back odd awards are looked for.
ODD_DAYS: Final = 30
#: More single awards than this by one coordinator within `BURST_MINUTES` are odd; a batch or list counts as one.
BURST_AWARDS: Final = 60
BURST_MINUTES: Final = 10
#: More awards than this by the same coordinator to the same member within `ODD_DAYS` are odd.
PAIR_AWARDS: Final = 8


@dataclass(frozen=True, slots=True)
class HandAward:
    """One award entered by hand. `seconded`: two people stand for it; `withdrawn`: it was taken back."""

    id: UUID
    member_id: UUID
    rule: Rule
    points: int
    happened_at: datetime
    posted_at: datetime
    seconded: bool
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class OddAwards:
    """Awards and gifts of shops, or who came to an activity, that somebody should look at.

    `people`: those of the ring in its order, or coordinator (for a gift the clerk) and member.

    `times` awards with `points` together; `last_at` (UTC) is when the last of them was entered. Of an activity `about`
    and `activity_number` say which, `times` how many people, `last_at` when the last of them came.
    """

    kind: Literal["ring", "burst", "pair", "typed", "device"]
    people: tuple[UUID, ...]
    times: int
    points: int
    last_at: datetime
    about: str = ""
    activity_number: int | None = None


def by_hand(*, cursor: str | None = None, limit: int = 50) -> Page[HandAward]:
    """Awards entered by hand, the newest first, those that were taken back among them. Raises `CursorInvalid`."""
    limit = max(1, min(limit, paging.MOST_ITEMS))
    undone = sa.orm.aliased(Transfer)
    own = (column.label(f"rule_{column.key}") for column in RULE)
    query = (
        sa.select(
            Transfer.id,
            Transfer.credit_account_id,
            Transfer.amount,
            Transfer.happened_at,
            Transfer.posted_at,
            Transfer.subject_id,
            undone.id.label("undone_by"),
            *own,
        )
        .join(TariffRule, TariffRule.id == Transfer.rule_id)
        .outerjoin(undone, undone.reverses_id == Transfer.id)
        .where(_IS_BY_HAND, Transfer.kind == "earn")
        .order_by(Transfer.posted_at.desc(), Transfer.id.desc())
        .limit(limit + 1)
    )
    if cursor:
        posted_at, last = paging.decode(cursor, str, str)
        at = sa.literal(paging.moment(posted_at), Transfer.posted_at.type)
        place = sa.tuple_(at, paging.identifier(last))
        query = query.where(sa.tuple_(Transfer.posted_at, Transfer.id) < place)
    rows = db.session.execute(query).all()
    more = None
    if len(rows) > limit:
        more = paging.encode(rows[limit - 1].posted_at.isoformat(), str(rows[limit - 1].id))
    return Page([_award(row) for row in rows[:limit]], more)


class Promise(NamedTuple):
    """Points that somebody has promised to whom nobody knows; `posted_at` (UTC) is when."""

    actor_id: UUID
    posted_at: datetime
    points: int


def odd_since() -> datetime:
    """From when on odd awards are looked for (aware)."""
    return clock.now() - timedelta(days=ODD_DAYS)


def odd_awards(promises: Iterable[Promise] = ()) -> list[OddAwards]:
    """Rings, bursts and pairs of the last 30 days, the newest first. `promises` since then count in the bursts."""
    since = odd_since()
    pairs = _pairs(since)
    found = [*_rings(_with_grants(pairs, since)), *_often(pairs), *_bursts(since, promises)]
    return sorted(found, key=lambda each: each.last_at, reverse=True)


@dataclass(frozen=True, slots=True)
class _Pair:
    times: int
    points: int
    last_at: datetime


def _pairs(since: datetime) -> dict[tuple[UUID, UUID], _Pair]:
    """Who has given to whom: by hand, by useful reports and homes, or at a shop's counter."""
    found = _pairs_of(since, "earn", _IS_BY_HAND)
    # By the index of what one person decides; whoever came to an activity has shown a code.
    _add(found, _pairs_of(since, "earn", _IS_DECIDED, Transfer.subject_type != "activity"))
    _add(found, _pairs_of(since, "give", _IS_GIVING))
    return found


def _with_grants(pairs: Mapping[tuple[UUID, UUID], _Pair], since: datetime) -> dict[tuple[UUID, UUID], _Pair]:
    """The same, and who has filled the budgets out of which somebody gave: he stands before that clerk in a ring.

    A coordinator who grants a budget to the shop of a friend and is given points out of it has given to himself.
    """
    grant, gave = Transfer, sa.orm.aliased(Transfer, name="gave")
    clerks = sa.select(gave.actor_id, gave.debit_account_id)
    clerks = clerks.where(
        gave.kind == "give", gave.posted_at >= since, sa.text(SHOP_GIVING.replace("subject", "gave.subject"))
    )
    of = clerks.distinct().subquery()
    query = (
        sa.select(
            grant.actor_id,
            of.c.actor_id,
            sa.func.count(),
            sa.func.sum(grant.amount),
            sa.func.max(grant.posted_at),
        )
        .join(of, of.c.debit_account_id == grant.credit_account_id)
        .where(_IS_GIVING, grant.kind == "grant", grant.posted_at >= since)
        .where(grant.actor_id != of.c.actor_id)
        .group_by(grant.actor_id, of.c.actor_id)
    )
    found = dict(pairs)
    _add(found, {(row[0], row[1]): _Pair(row[2], int(row[3]), row[4]) for row in db.session.execute(query)})
    return found


def _add(found: dict[tuple[UUID, UUID], _Pair], more: Mapping[tuple[UUID, UUID], _Pair]) -> None:
    for people, each in more.items():
        given = found.get(people, _Pair(0, 0, each.last_at))
        found[people] = _Pair(
            given.times + each.times, given.points + each.points, max(given.last_at, each.last_at)
        )


def _pairs_of(since: datetime, kind: str, *which: Any) -> dict[tuple[UUID, UUID], _Pair]:
    undone = sa.orm.aliased(Transfer)
    query = (
        sa.select(
            Transfer.actor_id,
            Transfer.credit_account_id,
            sa.func.count(),
            sa.func.sum(Transfer.amount),
            sa.func.max(Transfer.posted_at),
        )
        .where(
            *which,
            Transfer.posted_at >= since,
            Transfer.kind == kind,
            ~sa.exists().where(undone.reverses_id == Transfer.id),
        )
        .group_by(Transfer.actor_id, Transfer.credit_account_id)
    )
    return {(row[0], row[1]): _Pair(row[2], int(row[3]), row[4]) for row in db.session.execute(query)}


def _rings(pairs: Mapping[tuple[UUID, UUID], _Pair]) -> list[OddAwards]:
    """A gives to B and B to A; or A to B, B to C and C to A. Each ring once, from its smallest id on."""
    givers = {giver for giver, _taker in pairs}
    gives: dict[UUID, set[UUID]] = {giver: set() for giver in givers}
    for giver, taker in pairs:
        if taker in givers:
            gives[giver].add(taker)
    found: set[tuple[UUID, ...]] = set()
    for one in givers:
        for other in gives[one]:
            if one in gives[other]:
                found.add(_turned((one, other)))
            found.update(
                _turned((one, other, third)) for third in gives[other] - {one} if one in gives[third]
            )
    return [_sum("ring", ring, [pairs[step] for step in _steps(ring)]) for ring in found]


def _steps(ring: tuple[UUID, ...]) -> Iterable[tuple[UUID, UUID]]:
    return zip(ring, (*ring[1:], ring[0]), strict=True)


def _turned(ring: tuple[UUID, ...]) -> tuple[UUID, ...]:
    start = ring.index(min(ring))
    return ring[start:] + ring[:start]


def _often(pairs: Mapping[tuple[UUID, UUID], _Pair]) -> list[OddAwards]:
    return [_sum("pair", people, (pair,)) for people, pair in pairs.items() if pair.times > PAIR_AWARDS]


def _sum(kind: Literal["ring", "pair"], people: tuple[UUID, ...], parts: Iterable[_Pair]) -> OddAwards:
    all_parts = list(parts)
    return OddAwards(
        kind,
        people,
        sum(part.times for part in all_parts),
        sum(part.points for part in all_parts),
        max(part.last_at for part in all_parts),
    )


def _bursts(since: datetime, promises: Iterable[Promise]) -> list[OddAwards]:
    """For each coordinator or clerk the densest ten minutes, if they hold too many awards, gifts or promises.

    Only what was entered singly: what was booked at one moment came in one batch or list, and counts as one.
    """
    best: dict[UUID, OddAwards] = {}
    window: list[Any] = []
    entered = [*_entered(since, "earn", _IS_BY_HAND), *_entered(since, "give", _IS_GIVING), *promises]
    for row in sorted(entered, key=lambda each: (each.actor_id, each.posted_at)):
        window.append(row)
        horizon = row.posted_at - timedelta(minutes=BURST_MINUTES)
        window = [each for each in window if each.actor_id == row.actor_id and each.posted_at > horizon]
        known = best.get(row.actor_id)
        if len(window) > (known.times if known else BURST_AWARDS):
            points = sum(int(each[2]) for each in window)
            best[row.actor_id] = OddAwards("burst", (row.actor_id,), len(window), points, row.posted_at)
    return list(best.values())


def _entered(since: datetime, kind: str, which: Any) -> list[Any]:
    query = (
        sa.select(Transfer.actor_id, Transfer.posted_at, sa.func.sum(Transfer.amount))
        .where(which, Transfer.posted_at >= since, Transfer.kind == kind)
        .group_by(Transfer.actor_id, Transfer.posted_at)
    )
    return list(db.session.execute(query))


def _award(row: Any) -> HandAward:
    return HandAward(
        id=row.id,
        member_id=row.credit_account_id,
        rule=rule_of(row),
        points=row.amount,
        happened_at=row.happened_at,
        posted_at=row.posted_at,
        seconded=row.subject_id is not None,
        withdrawn=row.undone_by is not None,
    )
