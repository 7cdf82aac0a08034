"""The second pair of eyes: awards above a limit pay when another coordinator agrees, to one or to a whole run of them.

Whether one or five hundred, agreed to, declined or called off, one place decides: under the locks of the requests and
then of all accounts concerned, each on plain values and by itself, and what follows is written in a few statements.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

import members.queries
from core import audit, clock
from core.auth import Actor
from core.db import execute
from core.errors import DomainError
from core.receipts import Answer, Asked, many, once
from members.queries import MemberFacts
from points import ledger, queries, rules
from points.books import Books
from points.errors import (
    AwardNeedsPerson,
    AwardRequestClosed,
    AwardRequesterChanged,
    AwardRequestNotOwn,
    AwardRequestUnknown,
    BatchTooLarge,
    ReasonMissing,
)
from points.models import AwardRequest
from points.queries import AwardRequestLine
from points.rules import MOST_AWARDS, Rule
from points.service.awarding_many import Outcome, monday, rule_on
from points.service.paying import Deed, earning

#: What can be decided → the state that follows.
_STATES: Final = {"award.second": "agreed", "award.decline": "declined", "award.cancel": "cancelled"}
_request: sa.Table = AwardRequest.__table__  # type: ignore[assignment] # SQLAlchemy types it as FromClause


@dataclass(frozen=True, slots=True)
class Decision:
    """A word about one award that waits; `key` makes it count once."""

    key: UUID
    request_id: UUID


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of an award that waited: agreed (`transfer_id` is what it paid), declined or cancelled."""

    request_id: UUID
    state: str
    transfer_id: UUID | None


_TELL: list[Callable[[Sequence[Decided]], None]] = []


def connect_decided(tell: Callable[[Sequence[Decided]], None]) -> None:
    """Let another package hear what is decided, in the same transaction. May be repeated; the last word counts."""
    _TELL[:] = [tell]


def second_award(actor: Actor, *, key: UUID, request_id: UUID) -> Answer:
    """Agree to an award that somebody else has entered, and pay it, once; needs `award.second`, audited.

    The award stands in the books under its requester; the request that it names tells who agreed. It pays by the
    version of the rule that was requested, if the caps still allow it. Raises `AwardRequestUnknown`,
    `AwardRequestClosed`, `AwardRequesterChanged`, `RequestTooOld`, `SecondIsFirst`, `AwardToOneself`,
    `AwardToHousehold`, the member's `MemberOnLeave` and so on, `DailyCapReached`, `WeeklyCapReached`.
    """
    return _decide(actor, Decision(key, request_id), "award.second")


def decline_award(actor: Actor, *, key: UUID, request_id: UUID, reason: str) -> Answer:
    """Decline an award that somebody else has entered, with a reason; needs `award.second`, audited.

    Raises `ReasonMissing`, `MemoInvalid`, and as `second_award` does about who may decide.
    """
    return _decide(actor, Decision(key, request_id), "award.decline", _clean_reason(reason))


def cancel_award(actor: Actor, *, key: UUID, request_id: UUID) -> Answer:
    """Call off one's own request while it waits; needs `award.give`, audited.

    Raises `AwardRequestUnknown`, `AwardRequestNotOwn`, `AwardRequestClosed`.
    """
    return _decide(actor, Decision(key, request_id), "award.cancel")


def second_awards(actor: Actor, decisions: Sequence[Decision]) -> list[Answer | DomainError]:
    """Agree to up to 500 awards, each exactly once under its own key; answers and refusals in their order.

    One transaction for all. What `second_award` would refuse one with is that one's outcome, and the others are paid
    all the same. Raises `BatchTooLarge`, `AwardNeedsPerson`.
    """
    return _decide_many(actor, decisions, "award.second")


def decline_awards(actor: Actor, decisions: Sequence[Decision], reason: str) -> list[Answer | DomainError]:
    """Decline up to 500 awards for one reason, as `second_awards` agrees to them. Raises `ReasonMissing`, too."""
    return _decide_many(actor, decisions, "award.decline", _clean_reason(reason))


def cancel_awards(actor: Actor, decisions: Sequence[Decision]) -> list[Answer | DomainError]:
    """Call off up to 500 of one's own, as `second_awards` agrees to others'."""
    return _decide_many(actor, decisions, "award.cancel")


def _clean_reason(text: str) -> str:
    reason = rules.clean_memo(text, "reason")
    if not reason:
        raise ReasonMissing(field="reason")
    return reason


def _decide(actor: Actor, decision: Decision, action: str, reason: str = "") -> Answer:
    def work() -> dict[str, Any]:
        outcome = _decide_all(actor, [decision], action, reason)[decision.key]
        if isinstance(outcome, DomainError):
            raise outcome
        return outcome

    return once(decision.key, actor, action, _content(decision, reason), work)


def _decide_many(
    actor: Actor, decisions: Sequence[Decision], action: str, reason: str = ""
) -> list[Answer | DomainError]:
    _require(actor, action)
    if not 1 <= len(decisions) <= MOST_AWARDS:
        raise BatchTooLarge(field="items", most=MOST_AWARDS)
    asked = [Asked(each.key, _content(each, reason)) for each in decisions]
    return many(
        actor,
        action,
        asked,
        lambda open_: _decide_all(actor, [decisions[each] for each in open_], action, reason),
    )


def _content(decision: Decision, reason: str) -> dict[str, Any]:
    return {"request_id": decision.request_id, "reason": reason}


def _require(actor: Actor, action: str) -> UUID:
    """Whoever decides, as a person. Raises `PermissionMissing`, `AwardNeedsPerson`."""
    actor.require("award.give" if action == "award.cancel" else "award.second")
    if actor.member_id is None:
        raise AwardNeedsPerson
    return actor.member_id


def _decide_all(actor: Actor, decisions: Sequence[Decision], action: str, reason: str) -> dict[UUID, Outcome]:
    """Decide about requests under different keys and write what follows; joins the caller's transaction.

    Key → the answer or the refusal.
    """
    decider_id = _require(actor, action)
    # The requests first, then the accounts, both in the order of their ids: two who decide at once wait for each other.
    found = queries.requests_by_id([each.request_id for each in decisions], lock=True)
    table = _Table(actor, action, reason, decider_id, clock.now(), found)
    if action != "award.cancel":
        table.household = members.queries.household_of(decider_id)
    waiting = [each for each in found.values() if each.state == "waiting"]
    if action == "award.second" and waiting:
        table.terms = _open_terms(waiting)
    outcomes: dict[UUID, Outcome] = {}
    for each in decisions:
        try:
            outcomes[each.key] = table.decide(each)
        except DomainError as refusal:
            outcomes[each.key] = refusal
    table.write()
    return outcomes


@dataclass(slots=True)
class _Terms:
    """What paying depends on: who the members are, who may still award, the tariff, how often the rules have paid."""

    holders: Mapping[UUID, MemberFacts]
    askers: Mapping[UUID, frozenset[str]]
    tariff: Mapping[str, Sequence[Rule]]
    books: Books
    #: (member, rule, day) → earnings for deeds of that day; the same by the Monday of the week.
    on_day: defaultdict[tuple[UUID, str, date], int] = field(default_factory=lambda: defaultdict(int))
    in_week: defaultdict[tuple[UUID, str, date], int] = field(default_factory=lambda: defaultdict(int))

    def check(self, request: AwardRequestLine) -> None:
        """Look at who asked, member and caps again: others may have awarded the same deed while this one waited."""
        rules.check_asked_lately(request.requested_at, clock.now())
        if "award.give" not in self.askers.get(request.requested_by, ()):
            raise AwardRequesterChanged
        members.queries.require_active(self.holders[request.member_id])
        day = clock.local_date(request.happened_at)
        rule = rule_on(self.tariff, request.rule.code, day)
        by_day, by_week = (request.member_id, rule.code, day), (request.member_id, rule.code, monday(day))
        rules.check_caps(rule, day, self.on_day[by_day], self.in_week[by_week])
        self.on_day[by_day] += 1
        self.in_week[by_week] += 1

    def pay(self, request: AwardRequestLine, key: UUID, now: datetime) -> UUID:
        """Post what was requested, under its requester."""
        deed = Deed(
            member_id=request.member_id,
            squad_id=request.squad_id,
            rule_code=request.rule.code,
            happened_at=request.happened_at,
            # Whoever was there by the code has no award entered by hand, whoever had to agree to it.
            subject_type="award" if request.activity_id is None else "activity",
            subject_id=request.activity_id or request.id,
            memo=request.memo,
        )
        return self.books.post(
            earning(deed, request.rule, key, request.requested_by, now, clock.local_date(now))
        )


def _open_terms(waiting: Sequence[AwardRequestLine]) -> _Terms:
    codes = {each.rule.code for each in waiting}
    books = ledger.lock((ledger.member(each.member_id) for each in waiting), lots=False)
    holders = members.queries.many_facts(each.member_id for each in waiting)
    askers = members.queries.rights_of({each.requested_by for each in waiting})
    terms = _Terms(holders, askers, queries.versions_of(codes), books)
    earliest = monday(clock.local_date(min(each.happened_at for each in waiting)))
    for past in queries.recent_earnings(holders, codes, clock.start_of(earliest)):
        if past.rule_code in codes:
            day = clock.local_date(past.happened_at)
            terms.on_day[past.member_id, past.rule_code, day] += 1
            terms.in_week[past.member_id, past.rule_code, monday(day)] += 1
    return terms


@dataclass(slots=True)
class _Table:
    """The requests that somebody decides about in one way, and what has been decided so far."""

    actor: Actor
    action: str
    reason: str
    decider_id: UUID
    now: datetime
    found: Mapping[UUID, AwardRequestLine]
    household: Collection[UUID] = ()
    terms: _Terms | None = None
    #: Request → the transfer that pays it, if any.
    decided: dict[UUID, UUID | None] = field(default_factory=dict)
    acts: list[audit.Act] = field(default_factory=list)

    def decide(self, decision: Decision) -> dict[str, Any]:
        """Decide about one, or raise what refuses it."""
        request = self.found.get(decision.request_id)
        if request is None:
            raise AwardRequestUnknown
        state = _STATES[self.action] if request.id in self.decided else request.state
        if state != "waiting":
            raise AwardRequestClosed(state=state)
        self._check(request)
        paid = self.terms.pay(request, decision.key, self.now) if self.terms is not None else None
        self.decided[request.id] = paid
        transfer_id = str(paid) if paid else None
        told = {
            "request": str(request.id),
            "requested_by": str(request.requested_by),
            "transfer": transfer_id,
            "rule": request.rule.code,
            "points": request.points,
        }
        self.acts.append(audit.Act(request.member_id, decision.key, told))
        return {
            "outcome": _STATES[self.action],
            "request_id": str(request.id),
            "transfer_id": transfer_id,
            "member_id": str(request.member_id),
            "points": request.points,
        }

    def _check(self, request: AwardRequestLine) -> None:
        if self.action == "award.cancel":
            if request.requested_by != self.decider_id:
                raise AwardRequestNotOwn
            return
        # Who counts as one household counts so from both sides.
        both = self.household if request.member_id in self.household else ()
        rules.check_second(request.requested_by, self.decider_id, request.member_id, both)
        if self.terms is not None:
            self.terms.check(request)

    def write(self) -> None:
        """Write what was decided; nothing when all was refused."""
        if self.terms is not None and self.terms.books.transfers:
            ledger.write(self.terms.books)
        if self.decided:
            change = sa.update(_request).where(_request.c.id == sa.bindparam("request"))
            change = change.values(
                state=_STATES[self.action],
                decided_by=self.decider_id,
                decided_at=self.now,
                reason=self.reason,
                transfer_id=sa.bindparam("paid"),
            )
            execute(change, _rows(self.decided.items()))
            for tell in _TELL:
                tell([Decided(each, _STATES[self.action], paid) for each, paid in self.decided.items()])
        audit.record_many(self.actor, self.action, "member", self.acts)


def _rows(decided: Iterable[tuple[UUID, UUID | None]]) -> list[dict[str, Any]]:
    return [{"request": request_id, "paid": transfer_id} for request_id, transfer_id in decided]
