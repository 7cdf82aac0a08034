"""Whether somebody walked elsewhere at the same time: read after the accounts are locked, so of two rounds that end at
the same moment one sees the other.

The round itself is locked before. Another one of the same member may be ended meanwhile by his companions, who lock
neither him nor this round; but both have to lock his account.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import points.service
from members.queries import MemberFacts
from patrols.rules import overlaps as rules
from patrols.rules.ending import share, span
from patrols.rules.overlaps import Span
from patrols.rules.values import (
    COMPLETED,
    DISMISSED,
    OPEN,
    PAID,
    TWO_ROUNDS,
    Elsewhere,
    Flag,
    Plan,
    Share,
    Walk,
)
from patrols.service import records
from patrols.service.records import Recent
from patrols.service.statements import MOST_RECENT


@dataclass(frozen=True, slots=True)
class Scanner:
    """Whose scan ends a round: the member, locked since before his `recent` rounds were read."""

    member: MemberFacts
    recent: Sequence[Recent]


def flags(plan: Plan, walk: Walk, ended_at: datetime, scanner: Scanner | None) -> list[Flag]:
    """The flags of a round of which somebody who would be paid walked another one at the same time, or too soon.

    One for each such round, the earliest first. Locks the accounts of those who would be paid, unless what the scanner
    is known to have walked shows already that there is nothing to look at. None or three statements.
    """
    spans = _spans(plan, walk, ended_at)
    if not spans or (
        scanner and spans.keys() == {scanner.member.id} and _is_alone(plan, walk, ended_at, scanner)
    ):
        return []
    return [flag_of(each) for each in _near(plan, walk.id, spans)]


def unseen(plan: Plan, walk: Walk, ended_at: datetime) -> list[UUID]:
    """Other rounds at the same time, or too soon, that no flag of this held round names: they came in since."""
    spans = _spans(plan, walk, ended_at)
    near = _near(plan, walk.id, spans) if spans else []
    known = records.flagged_rounds(walk.id) if near else set()
    return [each for each in near if each not in known]


def flag_of(other_id: UUID) -> Flag:
    """The flag that names the other round."""
    return Flag(TWO_ROUNDS, None, {"round": str(other_id)})


def _near(plan: Plan, round_id: UUID, spans: Mapping[UUID, Span]) -> list[UUID]:
    found = [
        each.round_id
        for each in _read(plan, round_id, spans)
        if rules.counts(each)
        and rules.is_too_near(plan, spans[each.member_id], each)
        and _may_pay(each, len(spans))
    ]
    return list(dict.fromkeys(found))


def _spans(plan: Plan, walk: Walk, ended_at: datetime) -> dict[UUID, Span]:
    """From when until when each of those walked who were there for enough of the round."""
    return {
        each.member_id: span(walk, each, ended_at)
        for each in walk.walkers
        if share(plan, walk, each, ended_at).outcome == PAID
    }


def _is_alone(plan: Plan, walk: Walk, ended_at: datetime, scanner: Scanner) -> bool:
    """Whether all other rounds of the scanner are over for good and not near this one.

    Nobody enters a round without locking him, and what is paid or judged stays as it is: no need to read again. Unless
    there are so many that not all of them were read.
    """
    if len(scanner.recent) >= MOST_RECENT:
        return False
    return all(_is_far(plan, walk, ended_at, each) for each in scanner.recent if each.id != walk.id)


def _is_far(plan: Plan, walk: Walk, ended_at: datetime, each: Recent) -> bool:
    if each.state == DISMISSED:
        return True
    if each.state != COMPLETED or each.ended_at is None:
        return False
    pause = rules.pause_after(plan)
    return each.ended_at + pause <= walk.opened_at or ended_at + pause <= each.opened_at


def _read(plan: Plan, round_id: UUID, spans: Mapping[UUID, Span]) -> list[Elsewhere]:
    points.service.lock_earners(spans)
    pause = rules.pause_after(plan)
    since, until = min(start for start, _ in spans.values()), max(until for _, until in spans.values())
    return records.elsewhere(round_id, spans, since - pause, until + pause)


def _may_pay(each: Elsewhere, company: int) -> bool:
    """Whether a round that is not paid yet may pay him: he was there for enough of it, or may still be.

    Of two rounds in which he still is, the one with less company waits: nobody lets a whole team wait for a walk of
    his own.
    """
    if each.state == COMPLETED:
        return True
    walk, route_id = records.stored(each.round_id)
    if each.state == OPEN and not each.has_left:
        return sum(other.left_at is None for other in walk.walkers) > company
    (walker,) = (found for found in walk.walkers if found.member_id == each.member_id)
    return share(records.plan(route_id), walk, walker, each.until).outcome == PAID


def without_double_minutes(
    plan: Plan, walk: Walk, ended_at: datetime, shares: Collection[Share]
) -> list[Share]:
    """These shares of a round that is accepted, without the minutes that another round counts already."""
    spans = _spans(plan, walk, ended_at)
    if not spans:
        return list(shares)
    taken: dict[UUID, list[Span]] = {}
    for each in _read(plan, walk.id, spans):
        if each.state == COMPLETED and rules.counts(each):
            taken.setdefault(each.member_id, []).append((each.start, each.until))
    return [
        replace(each, minutes=rules.minutes_beside(spans[each.member_id], taken[each.member_id]))
        if each.member_id in taken
        else each
        for each in shares
    ]
