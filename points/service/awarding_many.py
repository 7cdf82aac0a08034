"""The one place that decides about awards entered by hand, one or five hundred at a time.

What the decisions need is read in a few statements under the locks of all accounts concerned, the coordinator's own
among them, so that two requests at once cannot both stay just below a limit; then each wish is decided in its order on
plain values, and everything is written at the end. A refusal touches nobody but its own wish.
"""

import functools
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import members.queries
from core import audit, clock
from core.auth import Actor
from core.config import settings
from core.db import execute, new_id, transaction
from core.errors import DomainError
from core.fixed import Fixed
from core.receipts import Answer, Asked, many
from members.errors import MemberUnknown
from members.queries import MemberFacts
from points import ledger, queries, rules
from points.books import Books
from points.errors import AwardNeedsPerson, BatchTooLarge, RuleNotValid, RuleUnknown
from points.models import AwardRequest
from points.rules import MOST_AWARDS, AwardLimits, Rule
from points.service.given import given_today
from points.service.paying import Deed, earning

_ADD_REQUEST = Fixed(sa.insert(AwardRequest.__table__))  # type: ignore[arg-type] # a Table, typed FromClause
#: What one wish has come to: the answer, or the refusal.
Outcome = dict[str, Any] | DomainError


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardWish:
    """A deed of one member that is to be awarded; `happened_at` (aware) is when it was done, None is now.

    `activity_id`: the member proved by its code that he was at this activity, so the award is none entered by hand. The
    limits hold all the same, and what passes one waits as any other award.
    """

    key: UUID
    member_id: UUID
    rule_code: str
    happened_at: datetime | None = None
    memo: str = ""
    activity_id: UUID | None = None

    def content(self) -> dict[str, Any]:
        """What the key stands for."""
        proved = {"activity_id": self.activity_id} if self.activity_id is not None else {}
        return {
            "member_id": self.member_id,
            "rule_code": self.rule_code,
            "happened_at": self.happened_at,
            "memo": self.memo,
            **proved,
        }


def award_many(actor: Actor, wishes: Sequence[AwardWish]) -> list[Answer | DomainError]:
    """Award up to 500 deeds, each exactly once under its own key; answers and refusals in the order of the wishes.

    One transaction for all; needs `award.give`, each award is audited. Raises `BatchTooLarge`; what a single award
    would be refused with is that wish's outcome.
    """
    actor.require("award.give")
    if not 1 <= len(wishes) <= MOST_AWARDS:
        raise BatchTooLarge(field="items", most=MOST_AWARDS)
    outcomes: list[Answer | DomainError | None] = []
    asked: list[Asked] = []
    clean: dict[int, AwardWish] = {}
    for wish in wishes:
        try:
            tidy = cleaned(wish)
        except DomainError as refusal:
            outcomes.append(refusal)
            continue
        outcomes.append(None)
        clean[len(asked)] = tidy
        asked.append(Asked(tidy.key, tidy.content()))
    answers = iter(
        many(actor, "award", asked, lambda open_: award_all(actor, [clean[each] for each in open_]))
    )
    return [next(answers) if outcome is None else outcome for outcome in outcomes]


def cleaned(wish: AwardWish) -> AwardWish:
    """The wish with its note tidied. Raises `MemoInvalid`, `MemoHoldsNumber`, and `RuleUnknown` for what is no code.

    Before anything is stored: a text that is no code at all may hold what no database takes.
    """
    if not rules.is_rule_code(wish.rule_code):
        raise RuleUnknown(rule="")
    return replace(wish, memo=rules.clean_memo(wish.memo))


def award_all(actor: Actor, wishes: Sequence[AwardWish]) -> dict[UUID, Outcome]:
    """Decide about wishes with different keys and write what follows; joins the caller's transaction.

    Key → the answer or the refusal. An answer's `outcome` is "awarded", or "requested" when a limit asks for a second
    person. Raises `PermissionMissing`, `AwardNeedsPerson`.
    """
    actor.require("award.give")
    if actor.member_id is None and actor.kind != "system":
        raise AwardNeedsPerson
    desk = _open_desk(actor, wishes)
    outcomes: dict[UUID, Outcome] = {}
    for wish in wishes:
        try:
            outcomes[wish.key] = desk.decide(wish)
        except DomainError as refusal:
            outcomes[wish.key] = refusal
    desk.write()
    return outcomes


class _RehearsedError(Exception):
    """Ends a rehearsal, so that nothing of it stays."""


def rehearse(actor: Actor, wishes: Sequence[AwardWish]) -> dict[UUID, Outcome]:
    """What `award_all` would answer now, in this order; nothing is written. Raises as it does."""
    actor.require("award.give")
    outcomes: dict[UUID, Outcome] = {}
    try:
        with transaction():
            desk = _open_desk(actor, wishes)
            for wish in wishes:
                try:
                    outcomes[wish.key] = desk.decide(wish)
                except DomainError as refusal:
                    outcomes[wish.key] = refusal
            raise _RehearsedError
    except _RehearsedError:
        return outcomes


@dataclass(slots=True)
class _Desk:
    """What is known about those concerned, and what has been decided so far."""

    actor: Actor
    now: datetime
    today: date
    limits: AwardLimits
    holders: dict[UUID, MemberFacts]
    household: Collection[UUID]
    tariff: dict[str, list[Rule]]
    books: Books
    given_today: int
    #: (member, rule, day) → earnings for deeds of that day; the same by the Monday of the week.
    on_day: defaultdict[tuple[UUID, str, date], int] = field(default_factory=lambda: defaultdict(int))
    in_week: defaultdict[tuple[UUID, str, date], int] = field(default_factory=lambda: defaultdict(int))
    alone_this_week: defaultdict[UUID, int] = field(default_factory=lambda: defaultdict(int))
    given: list[audit.Act] = field(default_factory=list)
    asked: list[audit.Act] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)

    def decide(self, wish: AwardWish) -> dict[str, Any]:
        holder = self.holders.get(wish.member_id)
        if holder is None:
            raise MemberUnknown
        if self.actor.member_id is not None:
            # Who counts as one household counts so from both sides.
            rules.check_awarder(holder.id, self.actor.member_id, self.household)
        members.queries.require_active(holder)
        done_at = rules.deed_time(wish.happened_at, self.now)
        day = clock.local_date(done_at)
        rule = rule_on(self.tariff, wish.rule_code, day)
        by_day, by_week = (holder.id, rule.code, day), (holder.id, rule.code, monday(day))
        rules.check_caps(rule, day, self.on_day[by_day], self.in_week[by_week])
        passed = self._limit_passed(holder.id, rule)
        answer = _answer(holder.id, rule, done_at)
        if passed is not None:
            return answer | self._ask(wish, holder, rule, done_at, passed)
        self.on_day[by_day] += 1
        self.in_week[by_week] += 1
        self.alone_this_week[holder.id] += rule.points
        self.given_today += rule.points
        return answer | self._give(wish, holder, rule, done_at)

    def _limit_passed(self, member_id: UUID, rule: Rule) -> str | None:
        if self.actor.kind == "system":
            return None
        return rules.award_limit_passed(
            rule.points, self.alone_this_week[member_id], self.given_today, self.limits
        )

    def _give(self, wish: AwardWish, holder: MemberFacts, rule: Rule, done_at: datetime) -> dict[str, Any]:
        deed = Deed(
            member_id=holder.id,
            squad_id=holder.squad_id,
            rule_code=rule.code,
            happened_at=done_at,
            subject_type="award" if wish.activity_id is None else "activity",
            subject_id=wish.activity_id,
            memo=wish.memo,
        )
        answerable_id = self.actor.member_id or self.actor.id
        transfer_id = self.books.post(earning(deed, rule, wish.key, answerable_id, self.now, self.today))
        what = {"transfer": str(transfer_id), "rule": rule.code, "points": rule.points}
        self.given.append(audit.Act(holder.id, wish.key, what))
        return {
            "outcome": "awarded",
            "transfer_id": str(transfer_id),
            "balance": rules.balance(self.books.holdings[holder.id].lots, self.today),
        }

    def _ask(
        self, wish: AwardWish, holder: MemberFacts, rule: Rule, done_at: datetime, passed: str
    ) -> dict[str, Any]:
        request_id = new_id()
        self.requests.append(
            {
                "id": request_id,
                "key": wish.key,
                "member_id": holder.id,
                "squad_id": holder.squad_id,
                "rule_id": rule.id,
                "happened_at": done_at,
                "memo": wish.memo,
                "activity_id": wish.activity_id,
                "limit_passed": passed,
                "requested_by": self.actor.member_id,
                "requested_at": self.now,
                "state": "waiting",
                "decided_by": None,
                "decided_at": None,
                "reason": "",
                "transfer_id": None,
            }
        )
        what = {"request": str(request_id), "rule": rule.code, "points": rule.points, "limit": passed}
        self.asked.append(audit.Act(holder.id, wish.key, what))
        return {
            "outcome": "requested",
            "request_id": str(request_id),
            "limit_passed": passed,
            "balance": rules.balance(self.books.holdings[holder.id].lots, self.today),
        }

    def write(self) -> None:
        if self.books.transfers:
            ledger.write(self.books)
        if self.requests:
            execute(_ADD_REQUEST, self.requests)
        audit.record_many(self.actor, "award.give", "member", self.given)
        audit.record_many(self.actor, "award.request", "member", self.asked)


def _open_desk(actor: Actor, wishes: Sequence[AwardWish]) -> _Desk:
    now = clock.now()
    today = clock.local_date(now)
    holders = members.queries.many_facts(wish.member_id for wish in wishes)
    own = actor.member_id
    # The coordinator's own account is locked as well: his limit of the day is one that his requests share.
    concerned = {*holders, own} if own is not None else set(holders)
    books = ledger.lock(map(ledger.member, concerned))
    codes = {wish.rule_code for wish in wishes}
    desk = _Desk(
        actor=actor,
        now=now,
        today=today,
        limits=limits(),
        holders=holders,
        household=members.queries.household_of(own) if own is not None else (),
        tariff=queries.versions_of(codes),
        books=books,
        given_today=given_today(own) if own is not None else 0,
    )
    _count(desk, codes, _earliest_week(wishes, now))
    return desk


def rule_on(tariff: Mapping[str, Sequence[Rule]], code: str, day: date) -> Rule:
    """The version that pays a deed of `day` out of all versions, the newest first.

    Raises `RuleUnknown`, `RuleNotValid`, `RuleForShops`.
    """
    versions = tariff.get(code)
    if not versions:
        raise RuleUnknown(rule=code)
    rule = next((each for each in versions if each.valid_from <= day), None)
    if rule is None:
        raise RuleNotValid(rule=code, day=day.isoformat())
    rules.check_earner(rule, "member")
    rules.check_valid(rule, day)
    return rule


def limits() -> AwardLimits:
    """The limits in force, from the settings."""
    known = settings()
    return AwardLimits(known.award_limit, known.award_member_week_limit, known.award_coordinator_day_limit)


def _earliest_week(wishes: Sequence[AwardWish], now: datetime) -> datetime:
    """The beginning of the week of the earliest deed, as far back as a deed may lie."""
    named = [wish.happened_at for wish in wishes if wish.happened_at is not None]
    earliest = max(min([now, *named]), now - rules.OLDEST_DEED)
    return clock.start_of(monday(clock.local_date(earliest)))


def _count(desk: _Desk, codes: Collection[str], since: datetime) -> None:
    this_week = clock.start_of(monday(desk.today))
    local_date = functools.cache(
        clock.local_date
    )  # what was awarded together was often done at the same moment
    for past in queries.recent_earnings(desk.holders, codes, since):
        if past.alone and past.posted_at >= this_week:
            desk.alone_this_week[past.member_id] += past.points
        if past.rule_code in codes:
            day = local_date(past.happened_at)
            desk.on_day[past.member_id, past.rule_code, day] += 1
            desk.in_week[past.member_id, past.rule_code, monday(day)] += 1


def monday(day: date) -> date:
    """The first day of its week."""
    return day - timedelta(days=day.weekday())


def _answer(member_id: UUID, rule: Rule, done_at: datetime) -> dict[str, Any]:
    return {
        "transfer_id": None,
        "request_id": None,
        "member_id": str(member_id),
        "rule_code": rule.code,
        "rule_name_zh": rule.name_zh,
        "rule_name_en": rule.name_en,
        "points": rule.points,
        "when": done_at.isoformat(),
    }
