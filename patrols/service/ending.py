"""What the end of a round sets in motion: flags, state, points and hours. Used by every way in which a round ends."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import members.queries
import points.service
from core import clock
from core.auth import Actor
from core.errors import DomainError
from members.queries import MemberFacts
from patrols.rules import ending, oddities
from patrols.rules.values import (
    CAPPED,
    COMPLETED,
    HELD,
    NOT_ACTIVE,
    NOT_IN_TARIFF,
    PAID,
    SHARED_DEVICE,
    TWO_ROUNDS,
    TYPED_ONLY,
    Closing,
    Flag,
    Plan,
    Share,
    Walk,
)
from patrols.service import overlaps, records
from patrols.service.overlaps import Scanner
from points.errors import DailyCapReached, RuleNotValid, RuleUnknown, WeeklyCapReached
from points.service import Deed

#: Refusals of the tariff that take nothing from the round.
_WITHOUT_POINTS: dict[tuple[type[DomainError], ...], str] = {
    (DailyCapReached, WeeklyCapReached): CAPPED,
    (RuleUnknown, RuleNotValid): NOT_IN_TARIFF,
}
#: Kind and visit of a flag: one of each is enough.
FlagKey = tuple[str, UUID | None]


@dataclass(frozen=True, slots=True)
class Ended:
    """A round's end with what was paid; `flags` are new, `balances` those of the members who were paid.

    `cleared`: that somebody only typed the captain's code is no longer so, because a scan of his has arrived.
    """

    closing: Closing
    flags: list[Flag]
    balances: dict[UUID, int]
    cleared: bool = False


def decide(
    actor: Actor,
    plan: Plan,
    walk: Walk,
    how: str,
    at: datetime,
    *,
    scanner: Scanner | None = None,
    flagged: frozenset[FlagKey] = frozenset(),
) -> Ended:
    """Decide how the round ends, and pay if it is complete and not odd. The round itself is not written.

    `scanner` saves looking up what is known about him, `flagged` says which flags the round has already. Joins the
    transaction; the round must be locked or new.
    """
    ended_at = ending.end_of(walk, how, at)
    found = oddities.flags(plan, walk, minute_of_day, ended_at)
    if ending.is_enough(plan, walk, ended_at) and (TWO_ROUNDS, None) not in flagged:
        found += overlaps.flags(plan, walk, ended_at, scanner)
    typed_before = frozenset(each for each in flagged if each[0] == TYPED_ONLY)
    closing = ending.close(plan, walk, how, at, odd=bool(found or flagged - typed_before))
    cleared = bool(typed_before) and all(each.kind != TYPED_ONLY for each in found)
    if closing.state == COMPLETED:
        known = {scanner.member.id: scanner.member} if scanner else {}
        closing, balances = pay(actor, plan, walk.id, closing, known)
        return Ended(closing, [], balances, cleared)
    new = [each for each in found if _is_new(each, flagged)]
    return Ended(closing, new if closing.state == HELD else [], {}, cleared)


def _is_new(flag: Flag, flagged: frozenset[FlagKey]) -> bool:
    if flag.kind == SHARED_DEVICE:
        return all(kind != SHARED_DEVICE for kind, _visit in flagged)
    return (flag.kind, flag.visit_id) not in flagged


def end(actor: Actor, plan: Plan, walk: Walk, how: str, at: datetime) -> Ended:
    """End a stored round: decide, pay, write. The round must be locked."""
    ended = decide(actor, plan, walk, how, at, flagged=frozenset(records.stored_flags(walk.id)))
    records.save(plan, walk, walk, ended.closing)
    records.add_flags(walk.id, ended.flags, clock.now())
    return ended


def pay(
    actor: Actor, plan: Plan, round_id: UUID, closing: Closing, known: Mapping[UUID, MemberFacts]
) -> tuple[Closing, dict[UUID, int]]:
    """Pay everybody who was there, in the order of ids, and return what each got, and the balances.

    The round's id is the key: the ledger itself makes sure that a round pays a member once, ever. A cap of the tariff
    takes nothing from the round: it is complete and its hours count, only points are none. Who joined and was then
    suspended or left gets nothing, whoever ends the round; leave takes nothing from what was walked.
    """
    present = sorted(each.member_id for each in closing.shares.values() if each.outcome == PAID)
    if not present:
        return closing, {}
    unknown = [each for each in present if each not in known]
    facts = {**known, **(members.queries.many_facts(unknown) if unknown else {})}
    shares: dict[UUID, Share] = dict(closing.shares)
    for member_id in [each for each in present if _is_gone(facts[each])]:
        shares[member_id] = Share(member_id, NOT_ACTIVE)
        present.remove(member_id)
    deeds = [
        Deed(
            member_id=member_id,
            squad_id=facts[member_id].squad_id,
            rule_code=plan.rule_code,
            happened_at=closing.ended_at,
            subject_type="round",
            subject_id=round_id,
            memo=plan.name,
        )
        for member_id in present
    ]
    balances: dict[UUID, int] = {}
    for member_id, outcome in points.service.pay_deeds(actor, key=round_id, deeds=deeds).items():
        if isinstance(outcome, DomainError):
            shares[member_id] = replace(shares[member_id], outcome=_why_nothing(outcome))
        else:
            shares[member_id] = replace(shares[member_id], points=outcome.points)
            balances[member_id] = outcome.balance
    return replace(closing, shares=shares), balances


def _is_gone(member: MemberFacts) -> bool:
    """Suspended, or left; not who was registered twice, whose points go on to the membership that was kept."""
    if member.status not in {"suspended", "left"}:
        return False
    return members.queries.merged_into(member.id) is None


def _why_nothing(refusal: DomainError) -> str:
    for kinds, outcome in _WITHOUT_POINTS.items():
        if isinstance(refusal, kinds):
            return outcome
    raise refusal


def minute_of_day(at: datetime) -> int:
    """Minutes since midnight in the programme's zone."""
    local = clock.local(at)
    return local.hour * 60 + local.minute
