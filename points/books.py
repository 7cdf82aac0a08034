"""What a movement of points does to lots, debts and scores: decided here on plain values, written by `ledger.py`.

`Books` holds the locked accounts and collects the changes of one or many movements. It needs no database, so the rules
that keep points from being lost, doubled or invented can be read and tested on their own.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from core.db import new_id
from points import rules
from points.errors import AwardExpired, PointsNotEnough, TransferNotReversible
from points.triggers import PROGRAMME_ACCOUNTS

NIL = UUID(int=0)
#: The subject of what a coordinator has entered by hand.
AWARD = "award"
#: Kinds that take lots from their owner by his own will; expiry and reversals follow other rules.
REVERSIBLE = frozenset({"earn", "spend", "release", "pay", "settle", "gift", "give"})


class AccountRef(NamedTuple):
    """An account by kind and id. Only members, merchants and merchants' budgets hold lots.

    `owner_id` is only needed to open the account; None says that it has its owner's id.
    """

    kind: str
    id: UUID
    owner_id: UUID | None = None

    @property
    def holds_lots(self) -> bool:
        """Whether the account has a stored balance that must be locked before it is touched."""
        return self.kind in {"member", "merchant", "budget"}


def member(member_id: UUID) -> AccountRef:
    """The account of a member; it has his id."""
    return AccountRef("member", member_id)


def merchant(merchant_id: UUID) -> AccountRef:
    """The account of a merchant; it has its id."""
    return AccountRef("merchant", merchant_id)


def budget(merchant_id: UUID) -> AccountRef:
    """The account out of which a merchant gives points to members: granted by the alliance, never paid out."""
    return AccountRef("budget", uuid5(merchant_id, "budget"), merchant_id)


ISSUED, ESCROW, REDEEMED, EXPIRED, SETTLED, OWED = (
    AccountRef(kind, account_id) for kind, account_id in PROGRAMME_ACCOUNTS.items()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """Points to be moved. `posted_at` (UTC) is the time of booking, `posted_on` its day in the programme's zone.

    `expires_on`: the lot that gets the credit. `returns`: the lots that get back what they gave. `prefer`: lots that
    pay first. `id`: what the transfer is to be called, for histories in which later movements finish or undo it.
    """

    kind: str
    debit: AccountRef
    credit: AccountRef
    amount: int
    key: UUID
    actor_id: UUID
    subject_type: str
    subject_id: UUID | None
    happened_at: datetime
    posted_at: datetime
    posted_on: date
    rule_id: UUID | None = None
    squad_id: UUID | None = None
    expires_on: date | None = None
    returns: Mapping[date, int] | None = None
    prefer: Collection[date] = ()
    reservation_id: UUID | None = None
    reverses_id: UUID | None = None
    memo: str = ""
    id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """A transfer as it stands in the books; `lots` holds account id → lot → signed change."""

    id: UUID
    kind: str
    debit: AccountRef
    credit: AccountRef
    amount: int
    subject_type: str
    subject_id: UUID | None
    rule_id: UUID | None
    squad_id: UUID | None
    happened_at: datetime
    posted_at: datetime
    posted_on: date
    expires_on: date | None
    reservation_id: UUID | None
    receipt_key: UUID
    actor_id: UUID
    memo: str
    lots: Mapping[UUID, Mapping[date, int]]

    def credited(self) -> dict[date, int]:
        """The lots of the credit account that got the points."""
        if self.expires_on is not None:
            return {self.expires_on: self.amount}
        changes = self.lots.get(self.credit.id, {})
        return {day: change for day, change in changes.items() if change > 0}

    def debited(self) -> dict[date, int]:
        """The lots of the debit account that gave the points."""
        changes = self.lots.get(self.debit.id, {})
        return {day: -change for day, change in changes.items() if change < 0}


@dataclass(slots=True)
class Holding:
    """A locked account: what it owes, and its points by expiry date."""

    owed: int = 0
    lots: dict[date, int] = field(default_factory=dict)


@dataclass(slots=True)
class ScoreChange:
    """What is added to a score."""

    points: int = 0
    deeds: int = 0
    reached_at: datetime | None = None
    #: So many of the deeds were entered by a coordinator.
    by_hand: int = 0

    def add(self, other: "ScoreChange") -> None:
        """Take another change of the same score along; the later moment counts."""
        self.points += other.points
        self.deeds += other.deeds
        self.by_hand += other.by_hand
        if self.reached_at is None or (other.reached_at is not None and other.reached_at > self.reached_at):
            self.reached_at = other.reached_at


@dataclass(slots=True)
class Books:
    """Locked accounts, and what a transaction does to them. Not yet in the database until `ledger.write`."""

    holdings: dict[UUID, Holding]
    transfers: list[dict[str, Any]] = field(default_factory=list)
    transfer_lots: list[dict[str, Any]] = field(default_factory=list)
    lot_changes: defaultdict[tuple[UUID, date], int] = field(default_factory=lambda: defaultdict(int))
    owed_changes: defaultdict[UUID, int] = field(default_factory=lambda: defaultdict(int))
    scores: dict[tuple[str, UUID, UUID], ScoreChange] = field(default_factory=dict)

    def post(self, move: Movement) -> UUID:
        """Move the points and return the id of the transfer. Raises `AmountInvalid` and `PointsNotEnough`.

        What comes in is first used to repay what the account owes; what comes back past its day expires at once.
        """
        rules.check_amount(move.amount)
        taken = self._take(move)
        row = self._row(move)
        self._book(row, move.debit, {day: -part for day, part in taken.items()})
        given = self._give(move, taken, row)
        if move.kind == "earn" and move.credit.kind == "member":
            change = ScoreChange(move.amount, 1, move.posted_at, int(move.subject_type == AWARD))
            self._score(move.credit.id, move.squad_id, move.posted_on, change)
        if given:
            self._repay(move, self._expire_past(move, given))
        return _id(row)

    def reverse(self, original: Booked, move: Movement) -> UUID:
        """Book `move`, a reversal made by `mirror`, and return its id. It always equals its original."""
        reversal_id = self.post_in_full(move)
        if original.kind == "earn" and original.credit.kind == "member":
            change = ScoreChange(-original.amount, -1, by_hand=-int(original.subject_type == AWARD))
            self._score(original.credit.id, original.squad_id, original.posted_on, change)
        return reversal_id

    def post_in_full(self, move: Movement) -> UUID:
        """Post `move` even when its account has too little: what is missing is advanced first, and owed from then on.

        It goes into the latest of the lots that `move` prefers. A balance is never negative.
        """
        holding = self.holdings.get(move.debit.id)
        if holding is not None:
            parts = rules.take(holding.lots, move.amount, move.posted_on, move.prefer)
            missing = move.amount - sum(parts.values())
            if missing:
                self._advance(move, missing)
        return self.post(move)

    def expire(self, account: AccountRef, **stamp: Any) -> UUID | None:
        """Book what the account holds past its day as expired, 1,000,000 points at most; None when there is nothing.

        `stamp` holds key, actor_id, posted_at, posted_on.
        """
        past: dict[date, int] = {}
        for day, points in self.holdings[account.id].lots.items():
            part = min(points, rules.LARGEST_AMOUNT - sum(past.values()))
            if part and day < stamp["posted_on"]:
                past[day] = part
        if not past:
            return None
        move = Movement(
            kind="expire",
            debit=account,
            credit=EXPIRED,
            amount=sum(past.values()),
            subject_type="expiry",
            subject_id=None,
            happened_at=stamp["posted_at"],
            **stamp,
        )
        return self._expire(move, account, past)

    # --- steps ---------------------------------------------------------------------------------------------------

    def _take(self, move: Movement) -> dict[date, int]:
        holding = self.holdings.get(move.debit.id)
        if holding is None:
            return {}
        taken = rules.take(holding.lots, move.amount, move.posted_on, move.prefer)
        if sum(taken.values()) < move.amount:
            balance = rules.balance(holding.lots, move.posted_on)
            raise PointsNotEnough(needed=move.amount, balance=balance, missing=move.amount - balance)
        return taken

    def _give(self, move: Movement, taken: dict[date, int], row: dict[str, Any]) -> dict[date, int]:
        if move.credit.id not in self.holdings:
            return {}
        if move.expires_on is not None:
            self._change(move.credit.id, move.expires_on, move.amount)
            return {move.expires_on: move.amount}
        given = dict(move.returns) if move.returns is not None else taken
        self._book(row, move.credit, given)
        return given

    def _expire_past(self, move: Movement, given: dict[date, int]) -> dict[date, int]:
        past = {day: points for day, points in given.items() if day < move.posted_on}
        if past:
            self._expire(move, move.credit, past)
        return {day: points for day, points in given.items() if day not in past}

    def _expire(self, move: Movement, account: AccountRef, past: dict[date, int]) -> UUID:
        row = self._row(move, kind="expire", debit=account, credit=EXPIRED, amount=sum(past.values()))
        self._book(row, account, {day: -points for day, points in past.items()})
        return _id(row)

    def _repay(self, move: Movement, fresh: dict[date, int]) -> None:
        holding = self.holdings[move.credit.id]
        due = min(holding.owed, sum(fresh.values()))
        if not due:
            return
        row = self._row(move, kind="repay", debit=move.credit, credit=OWED, amount=due)
        parts = rules.take(fresh, due, move.posted_on)
        self._book(row, move.credit, {day: -part for day, part in parts.items()})
        holding.owed -= due
        self.owed_changes[move.credit.id] -= due

    def _advance(self, move: Movement, missing: int) -> None:
        into = max(move.prefer)
        self._row(move, kind="advance", debit=OWED, credit=move.debit, amount=missing, expires_on=into)
        self._change(move.debit.id, into, missing)
        self.holdings[move.debit.id].owed += missing
        self.owed_changes[move.debit.id] += missing

    def _row(self, move: Movement, **changes: Any) -> dict[str, Any]:
        side = bool(changes)  # an advance, a repayment or an expiry that follows from the movement
        debit, credit = changes.get("debit", move.debit), changes.get("credit", move.credit)
        row = {
            "id": new_id() if side or move.id is None else move.id,
            "kind": changes.get("kind", move.kind),
            "debit_account_id": debit.id,
            "credit_account_id": credit.id,
            "amount": changes.get("amount", move.amount),
            "receipt_key": move.key,
            "actor_id": move.actor_id,
            "subject_type": move.subject_type,
            "subject_id": move.subject_id,
            "rule_id": move.rule_id,
            "squad_id": move.squad_id,
            "happened_at": min(move.happened_at, move.posted_at),
            "posted_at": move.posted_at,
            "expires_on": changes.get("expires_on") if side else move.expires_on,
            "reservation_id": None if side else move.reservation_id,
            "reverses_id": None if side else move.reverses_id,
            "memo": "" if side else move.memo,
        }
        self.transfers.append(row)
        return row

    def _book(self, row: dict[str, Any], account: AccountRef, changes: Mapping[date, int]) -> None:
        for day, change in changes.items():
            self._change(account.id, day, change)
            self.transfer_lots.append(
                {"transfer_id": row["id"], "account_id": account.id, "expires_on": day, "change": change}
            )

    def _change(self, account_id: UUID, day: date, change: int) -> None:
        lots = self.holdings[account_id].lots
        lots[day] = lots.get(day, 0) + change
        self.lot_changes[account_id, day] += change

    def _score(self, member_id: UUID, squad_id: UUID | None, day: date, change: ScoreChange) -> None:
        for season in rules.seasons(day):
            self.scores.setdefault((season, member_id, squad_id or NIL), ScoreChange()).add(change)


def _id(row: dict[str, Any]) -> UUID:
    transfer_id: UUID = row["id"]
    return transfer_id


def mirror(original: Booked, **stamp: Any) -> Movement:
    """The movement that undoes `original`; `stamp` holds key, actor_id, posted_at, posted_on, memo.

    Raises `TransferNotReversible` for kinds that follow from others, `AwardExpired` for points past their day.
    """
    if original.kind not in REVERSIBLE:
        raise TransferNotReversible(kind=original.kind)
    latest = max(original.credited(), default=rules.NEVER)
    if original.credit.holds_lots and latest < stamp["posted_on"]:
        raise AwardExpired(expired_on=latest.isoformat())
    return Movement(
        kind="reversal",
        debit=original.credit,
        credit=original.debit,
        amount=original.amount,
        subject_type=original.subject_type,
        subject_id=original.subject_id,
        rule_id=original.rule_id,
        squad_id=original.squad_id,
        happened_at=stamp["posted_at"],
        returns=original.debited() if original.debit.holds_lots else None,
        prefer=tuple(sorted(original.credited())),
        reverses_id=original.id,
        **stamp,
    )
