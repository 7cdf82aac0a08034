"""Pay deeds by the tariff: the path of every scan that earns."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from core import clock
from core.auth import Actor
from core.config import settings
from core.errors import DomainError
from points import ledger, queries, rules
from points.books import AccountRef, Books
from points.errors import RuleNotValid, RuleUnknown
from points.queries import Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Something that was done. `squad_id` is the squad at that time; `happened_at` is aware UTC."""

    member_id: UUID
    squad_id: UUID | None
    rule_code: str
    happened_at: datetime
    subject_type: str
    subject_id: UUID | None
    memo: str = ""


@dataclass(frozen=True, slots=True)
class Paid:
    """What a deed has brought, and what the member can spend now."""

    transfer_id: UUID
    points: int
    balance: int
    rule: rules.Rule


def pay_deed(
    actor: Actor,
    *,
    key: UUID,
    member_id: UUID,
    squad_id: UUID | None,
    rule_code: str,
    happened_at: datetime,
    subject_type: str,
    subject_id: UUID | None,
    memo: str = "",
) -> Paid:
    """Pay one member for one deed; joins the caller's transaction.

    Raises `RuleUnknown`, `RuleNotValid`, `RuleForShops`, `DailyCapReached`, `WeeklyCapReached`, and `KeyReused` when
    this key has paid this member before. Rights are the caller's matter.
    """
    deed = Deed(
        member_id=member_id,
        squad_id=squad_id,
        rule_code=rule_code,
        happened_at=happened_at,
        subject_type=subject_type,
        subject_id=subject_id,
        memo=memo,
    )
    outcome = pay_deeds(actor, key=key, deeds=[deed])[member_id]
    if isinstance(outcome, DomainError):
        raise outcome
    return outcome


def lock_earners(member_ids: Iterable[UUID]) -> None:
    """Let nobody else pay these members until the transaction ends.

    For whoever has to read what else was paid to them before he pays. Joins the caller's transaction.
    """
    ledger.lock(map(ledger.member, member_ids), lots=False)


def pay_deeds(actor: Actor, *, key: UUID, deeds: Sequence[Deed]) -> dict[UUID, Paid | DomainError]:
    """Pay several members at once, one deed each; joins the caller's transaction.

    Whom the tariff does not pay (cap reached, rule not in force) has the refusal as his outcome; the others are paid.
    One call for all, because accounts are locked in the order of their ids: two rounds that share members would
    otherwise wait for each other.
    """
    if len({deed.member_id for deed in deeds}) < len(deeds):
        raise ValueError("one deed for each member")
    books = ledger.lock((ledger.member(deed.member_id) for deed in deeds), lots=False)
    outcomes: dict[UUID, Paid | DomainError] = {}
    for deed in deeds:
        try:
            outcomes[deed.member_id] = _pay(books, actor, key, deed)
        except DomainError as refusal:
            outcomes[deed.member_id] = refusal
    if books.transfers:
        ledger.write(books)
    return outcomes


def terms_of(account: AccountRef, rule_code: str, day: date) -> Terms:
    """The terms on which a locked account is paid for a deed of `day`, caps looked at.

    Raises `RuleUnknown`, `RuleNotValid`, `RuleForShops`, `RuleForMembers`, `DailyCapReached`, `WeeklyCapReached`.
    """
    if not rules.is_rule_code(rule_code):
        raise RuleUnknown(rule="")
    terms = queries.terms(account.id, rule_code, day)
    if terms is None:
        known = queries.rule_versions(rule_code)
        raise RuleNotValid(rule=rule_code, day=day.isoformat()) if known else RuleUnknown(rule=rule_code)
    rules.check_earner(terms.rule, account.kind)
    rules.check_valid(terms.rule, day)
    rules.check_caps(terms.rule, day, terms.on_day, terms.in_week)
    return terms


def earning(
    deed: Deed, rule: rules.Rule, key: UUID, answerable_id: UUID, now: datetime, today: date
) -> ledger.Movement:
    """The movement that pays a deed by a rule; `today` is the day of `now` in the programme's zone."""
    return ledger.Movement(
        kind="earn",
        debit=ledger.ISSUED,
        credit=ledger.member(deed.member_id),
        amount=rule.points,
        key=key,
        actor_id=answerable_id,
        subject_type=deed.subject_type,
        subject_id=deed.subject_id,
        rule_id=rule.id,
        squad_id=deed.squad_id,
        happened_at=deed.happened_at,
        posted_at=now,
        posted_on=today,
        expires_on=rules.expiry(today, settings().points_live_years),
        memo=deed.memo,
    )


def _pay(books: Books, actor: Actor, key: UUID, deed: Deed) -> Paid:
    now = clock.now()
    today = clock.local_date(now)
    day = clock.local_date(min(deed.happened_at, now))
    terms = terms_of(ledger.member(deed.member_id), deed.rule_code, day)
    transfer_id = books.post(earning(deed, terms.rule, key, actor.member_id or actor.id, now, today))
    repaid = -books.owed_changes.get(deed.member_id, 0)
    return Paid(transfer_id, terms.rule.points, terms.balance + terms.rule.points - repaid, terms.rule)
