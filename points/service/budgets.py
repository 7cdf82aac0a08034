"""What partner shops earn, and what they give: deeds of shops, and points out of a budget that the alliance grants.

These functions join the transaction of `merchants`; rights and the shops' own limits are its matter.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from core import clock
from core.auth import Actor
from core.config import settings
from points import ledger, rules
from points.books import AccountRef, Books
from points.errors import TransferNotReversible
from points.service.paying import Paid, terms_of
from points.service.spending import move


def hold_budget(actor: Actor, merchant_id: UUID) -> None:
    """Lock a shop's budget and the account of whoever grants, in the order of their ids, until the transaction ends.

    Of two grants of one person at once, to whatever shops, the second then sees what the first has come to.
    """
    own = [] if actor.member_id is None else [ledger.member(actor.member_id)]
    ledger.lock((ledger.budget(merchant_id), *own), lots=False)


def grant_budget(
    actor: Actor, *, key: UUID, merchant_id: UUID, points: int, memo: str = "", asked_by: UUID | None = None
) -> UUID:
    """Put points into a shop's budget, for it to give to members. Raises `AmountInvalid`.

    `asked_by`: who had asked for it when `actor` is the second person; it stands under him.
    """
    return move(
        _answerable(actor, asked_by),
        key,
        kind="grant",
        debit=ledger.ISSUED,
        credit=ledger.budget(merchant_id),
        amount=rules.check_amount(points, "points"),
        subject_type="budget",
        subject_id=merchant_id,
        expires_on=rules.NEVER,
        memo=memo,
    )


def withdraw_budget(actor: Actor, *, key: UUID, merchant_id: UUID, points: int, memo: str = "") -> UUID:
    """Take points that were not given yet out of a shop's budget. Raises `AmountInvalid`, `PointsNotEnough`."""
    return move(
        actor,
        key,
        kind="ungrant",
        debit=ledger.budget(merchant_id),
        credit=ledger.ISSUED,
        amount=rules.check_amount(points, "points"),
        subject_type="budget",
        subject_id=merchant_id,
        memo=memo,
    )


def give(
    actor: Actor,
    *,
    key: UUID,
    merchant_id: UUID,
    member_id: UUID,
    points: int,
    subject_id: UUID | None,
    given_by: UUID | None = None,
    memo: str = "",
) -> UUID:
    """A shop gives a member points out of its budget; they expire like earned ones and count for no score.

    `subject_id` names the shop's gift; `given_by` is the clerk, whoever's phone he used. Raises `AmountInvalid`,
    `PointsNotEnough`.
    """
    return move(
        _answerable(actor, given_by),
        key,
        kind="give",
        debit=ledger.budget(merchant_id),
        credit=ledger.member(member_id),
        amount=rules.check_amount(points, "points"),
        subject_type="shop_gift",
        subject_id=subject_id,
        expires_on=rules.expiry(clock.today(), settings().points_live_years),
        memo=memo,
    )


def shop_deed_rule(actor: Actor, *, merchant_id: UUID, rule_code: str, happened_at: datetime) -> rules.Rule:
    """The rule that would pay a shop's deed now, caps looked at; under the locks that `pay_shop_deed` takes.

    Raises as that does.
    """
    account = ledger.merchant(merchant_id)
    _hold_shop(actor, account)
    return terms_of(account, rule_code, clock.local_date(min(happened_at, clock.now()))).rule


def _hold_shop(actor: Actor, account: AccountRef) -> Books:
    """Lock a shop's account, and that of whoever awards: two of his awards at once share the limit of his day."""
    own = [] if actor.member_id is None else [ledger.member(actor.member_id)]
    return ledger.lock((account, *own), lots=False)


def pay_shop_deed(
    actor: Actor,
    *,
    key: UUID,
    merchant_id: UUID,
    rule_code: str,
    happened_at: datetime,
    subject_id: UUID | None,
    memo: str = "",
    asked_by: UUID | None = None,
) -> Paid:
    """Pay a shop for a good deed of its own, by the tariff's rules for shops and their caps per shop.

    `happened_at` is aware UTC; `asked_by` as in `grant_budget`. `Paid.balance` is all that the shop's account holds,
    takings included. Raises `RuleUnknown`, `RuleNotValid`, `RuleForMembers`, `DailyCapReached`, `WeeklyCapReached`,
    and `KeyReused` when this key has paid this shop before.
    """
    now = clock.now()
    account = ledger.merchant(merchant_id)
    books = _hold_shop(actor, account)
    answerable = _answerable(actor, asked_by)
    terms = terms_of(account, rule_code, clock.local_date(min(happened_at, now)))
    transfer_id = books.post(
        ledger.Movement(
            kind="earn",
            debit=ledger.ISSUED,
            credit=account,
            amount=terms.rule.points,
            key=key,
            actor_id=answerable.member_id or answerable.id,
            subject_type="shop_deed",
            subject_id=subject_id,
            rule_id=terms.rule.id,
            happened_at=happened_at,
            posted_at=now,
            posted_on=clock.local_date(now),
            expires_on=rules.NEVER,
            memo=rules.clean_memo(memo),
        )
    )
    ledger.write(books)
    repaid = -books.owed_changes.get(merchant_id, 0)
    return Paid(transfer_id, terms.rule.points, terms.balance + terms.rule.points - repaid, terms.rule)


def _answerable(actor: Actor, person: UUID | None) -> Actor:
    return actor if person is None else replace(actor, member_id=person)


def take_back(actor: Actor, *, key: UUID, transfer_id: UUID, memo: str) -> UUID:
    """Undo a gift or a deed of a shop, once; what is already spent is owed. Returns the id of the reversal.

    Raises `TransferUnknown`, `TransferNotReversible` for anything else, `TransferReversed`, `AwardExpired`.
    """
    original = ledger.find(transfer_id)
    if original.subject_type not in {"shop_gift", "shop_deed"}:
        raise TransferNotReversible(kind=original.kind)
    return ledger.reverse(
        original, key=key, actor_id=actor.member_id or actor.id, memo=rules.clean_memo(memo, "reason")
    )
