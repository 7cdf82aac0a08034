"""Tables of the ledger, the scores and the tariff.

A transfer is the only fact; lots and scores are derived from transfers and kept for speed, and `flask points check`
proves that they agree.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Identifier, Model, UtcTime
from core.receipts import Receipt
from points import triggers
from points.rules import (
    AWARD_LIMITS,
    AWARD_REQUEST_STATES,
    CATEGORIES,
    LARGEST_AMOUNT,
    LARGEST_SUM,
    LONGEST_MEMO,
    SHARDS,
)
from points.triggers import PROGRAMME_ACCOUNTS

ACCOUNT_KINDS = ("member", "merchant", "budget", *PROGRAMME_ACCOUNTS)
TRANSFER_KINDS = (
    "earn",
    "spend",
    "release",
    "pay",
    "expire",
    "settle",
    "gift",
    "reversal",
    "advance",
    "repay",
    "grant",
    "ungrant",
    "give",
    "payback",
)


#: Spelled out in queries too, not bound: only so can an engine see that the index fits.
BY_HAND = "subject_type = 'award'"
SHOP_DEEDS = "subject_type = 'shop_deed'"
#: What shops give members, and what the desk grants them for it.
SHOP_GIVING = "subject_type IN ('shop_gift', 'budget')"
#: What one person at the desk decides though nobody enters an award: who came to an activity, which report was useful,
#: which home was registered. Subject to the same limits.
DECIDED = "subject_type IN ('activity', 'report', 'home')"


#: Points of a report without a name that somebody has collected: one person found it useful.
CLAIM = "report_claim"


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def _account_of(kind: str, side: str, account: str) -> str:
    # PostgreSQL reads the bare hexadecimal digits as a UUID, SQLite stores them so.
    return f"kind <> '{kind}' OR {side}_account_id = '{PROGRAMME_ACCOUNTS[account].hex}'"


class Account(Model):
    """Whose points: one account per owner and kind.

    A member's account has the member's id, a merchant's the merchant's; a merchant's budget for giving points away is a
    second account of his. `owed` is what a withdrawn award took away
    after it had been spent; the next points that come in repay it.
    """

    __tablename__ = "account"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    owner_id: Mapped[UUID] = mapped_column(Identifier)
    owed: Mapped[int] = mapped_column(sa.BigInteger, default=0)

    __table_args__ = (
        sa.UniqueConstraint("owner_id", "kind"),
        sa.CheckConstraint(_one_of("kind", ACCOUNT_KINDS), name="kind"),
        sa.CheckConstraint(f"owed BETWEEN 0 AND {LARGEST_SUM}", name="owed"),
    )


class TariffRule(Model):
    """One version of an earning rule. Never changed: an edit adds the next version with its own first day.

    `valid_from` is its first day, `valid_until` the day after its last one (None: open end), in the programme's zone.
    The caps count awards per member by the local day and ISO week of the deed; None is no cap.
    """

    __tablename__ = "tariff_rule"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(40))
    version: Mapped[int] = mapped_column(sa.Integer)
    name_zh: Mapped[str] = mapped_column(sa.String(60))
    name_en: Mapped[str] = mapped_column(sa.String(60))
    category: Mapped[str] = mapped_column(sa.String(20))
    points: Mapped[int] = mapped_column(sa.BigInteger)
    daily_cap: Mapped[int | None] = mapped_column(sa.Integer)
    weekly_cap: Mapped[int | None] = mapped_column(sa.Integer)
    valid_from: Mapped[date] = mapped_column(sa.Date)
    valid_until: Mapped[date | None] = mapped_column(sa.Date)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    created_by: Mapped[UUID] = mapped_column(Identifier)

    __table_args__ = (
        sa.UniqueConstraint("code", "version"),
        sa.CheckConstraint("version >= 1", name="version"),
        sa.CheckConstraint(_one_of("category", CATEGORIES), name="category"),
        sa.CheckConstraint(f"points BETWEEN 1 AND {LARGEST_AMOUNT}", name="points"),
        sa.CheckConstraint("daily_cap IS NULL OR daily_cap >= 1", name="daily_cap"),
        sa.CheckConstraint("weekly_cap IS NULL OR weekly_cap >= 1", name="weekly_cap"),
        sa.CheckConstraint("valid_until IS NULL OR valid_until > valid_from", name="valid_until"),
    )


class Transfer(Model):
    """`amount` points moved from the debit to the credit account. Insert-only, by triggers.

    `happened_at` is when the deed was done, `posted_at` when it was booked; both UTC. `expires_on` is set when the
    whole credit went into that one lot; every other touched lot stands in `transfer_lot`. `reservation_id` names the
    `spend` that a `release` or `pay` finishes, `reverses_id` the transfer that a `reversal` undoes. `actor_id` is the
    person answerable for it (for a device, the member under whom it was enrolled).

    `receipt_key` is what makes the movement happen once. It is the key of the receipt for whatever somebody asked for
    with a key of his own (awards, withdrawals, spending). A round pays under its own id, because it may end by itself,
    and so does each account of a nightly run under a new id: those have no receipt.
    """

    __tablename__ = "transfer"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    debit_account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    credit_account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    amount: Mapped[int] = mapped_column(sa.BigInteger)
    receipt_key: Mapped[UUID] = mapped_column(Identifier)
    actor_id: Mapped[UUID] = mapped_column(Identifier)
    subject_type: Mapped[str] = mapped_column(sa.String(40))
    subject_id: Mapped[UUID | None] = mapped_column(Identifier)
    rule_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("tariff_rule.id"))
    squad_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("squad.id"))
    happened_at: Mapped[datetime] = mapped_column(UtcTime)
    posted_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_on: Mapped[date | None] = mapped_column(sa.Date)
    reservation_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("transfer.id"))
    reverses_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("transfer.id"))
    memo: Mapped[str] = mapped_column(sa.String(200), default="")

    __table_args__ = (
        sa.UniqueConstraint(
            "receipt_key",
            "kind",
            "credit_account_id",
            "debit_account_id",
            name="uq_transfer_once",
        ),
        sa.CheckConstraint(_one_of("kind", TRANSFER_KINDS), name="kind"),
        sa.CheckConstraint(f"amount BETWEEN 1 AND {LARGEST_AMOUNT}", name="amount"),
        sa.CheckConstraint("debit_account_id <> credit_account_id", name="two_accounts"),
        sa.CheckConstraint("happened_at <= posted_at", name="happened_before_posted"),
        sa.CheckConstraint("(kind = 'reversal') = (reverses_id IS NOT NULL)", name="reversal"),
        sa.CheckConstraint("(kind IN ('release', 'pay')) = (reservation_id IS NOT NULL)", name="reservation"),
        sa.CheckConstraint(
            "kind <> 'earn' OR subject_type <> 'award' OR actor_id <> credit_account_id",
            name="nobody_awards_himself",
        ),
        sa.CheckConstraint(_account_of("earn", "debit", "issued"), name="earn"),
        sa.CheckConstraint(_account_of("spend", "credit", "escrow"), name="spend"),
        sa.CheckConstraint(_account_of("release", "debit", "escrow"), name="release_from"),
        sa.CheckConstraint(_account_of("release", "credit", "redeemed"), name="release_to"),
        sa.CheckConstraint(_account_of("pay", "debit", "escrow"), name="pay"),
        sa.CheckConstraint(_account_of("expire", "credit", "expired"), name="expire"),
        sa.CheckConstraint(_account_of("settle", "credit", "settled"), name="settle"),
        sa.CheckConstraint(_account_of("advance", "debit", "owed"), name="advance"),
        sa.CheckConstraint(_account_of("repay", "credit", "owed"), name="repay"),
        sa.CheckConstraint(_account_of("grant", "debit", "issued"), name="grant"),
        sa.CheckConstraint(_account_of("ungrant", "credit", "issued"), name="ungrant"),
        sa.CheckConstraint(_account_of("payback", "debit", "settled"), name="payback"),
        sa.Index("ix_transfer_credit", "credit_account_id", "posted_at", "id"),
        # By time alone: the ledger desk, the month's figures and the daily seal. New rows go to its end.
        sa.Index("ix_transfer_posted", "posted_at", "id"),
        # Earnings all have the same debit account, which nobody looks up: leaving them out saves a write per scan.
        sa.Index(
            "ix_transfer_debit",
            "debit_account_id",
            "posted_at",
            "id",
            sqlite_where=sa.text("kind <> 'earn'"),
            postgresql_where=sa.text("kind <> 'earn'"),
        ),
        # What was entered by hand, and by whom: few rows, and nothing for a scan to write. With kind and squad, so that
        # counting them for the boards need not look at the rows.
        sa.Index(
            "ix_transfer_by_hand",
            "posted_at",
            "id",
            "kind",
            "squad_id",
            sqlite_where=sa.text(BY_HAND),
            postgresql_where=sa.text(BY_HAND),
        ),
        sa.Index(
            "ix_transfer_by_hand_of",
            "actor_id",
            "posted_at",
            sqlite_where=sa.text(BY_HAND),
            postgresql_where=sa.text(BY_HAND),
        ),
        sa.Index(
            "ix_transfer_decided_of",
            "actor_id",
            "posted_at",
            sqlite_where=sa.text(DECIDED),
            postgresql_where=sa.text(DECIDED),
        ),
        # Deeds of shops: a few among all the payments that stand beside them in the index of accounts.
        sa.Index(
            "ix_transfer_shop_deeds",
            "credit_account_id",
            sqlite_where=sa.text(SHOP_DEEDS),
            postgresql_where=sa.text(SHOP_DEEDS),
        ),
        sa.Index(
            "ix_transfer_shop_giving",
            "posted_at",
            sqlite_where=sa.text(SHOP_GIVING),
            postgresql_where=sa.text(SHOP_GIVING),
        ),
        sa.Index(
            "uq_transfer_reverses_id",
            "reverses_id",
            unique=True,
            sqlite_where=sa.text("reverses_id IS NOT NULL"),
            postgresql_where=sa.text("reverses_id IS NOT NULL"),
        ),
        sa.Index(
            "uq_transfer_reservation_id",
            "reservation_id",
            unique=True,
            sqlite_where=sa.text("reservation_id IS NOT NULL"),
            postgresql_where=sa.text("reservation_id IS NOT NULL"),
        ),
    )


class Lot(Model):
    """The points of one account that expire at the end of the same day. A merchant's and his budget's: `9999-12-31`."""

    __tablename__ = "lot"

    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"), primary_key=True)
    expires_on: Mapped[date] = mapped_column(sa.Date, primary_key=True)
    balance: Mapped[int] = mapped_column(sa.BigInteger)

    __table_args__ = (
        sa.CheckConstraint(f"balance BETWEEN 0 AND {LARGEST_SUM}", name="balance"),
        sa.Index("ix_lot_expires_on", "expires_on", "account_id"),
    )


class TransferLot(Model):
    """What a transfer changed in one lot, signed; so that a return gives back the same points. Insert-only."""

    __tablename__ = "transfer_lot"

    transfer_id: Mapped[UUID] = mapped_column(sa.ForeignKey("transfer.id"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"), primary_key=True)
    expires_on: Mapped[date] = mapped_column(sa.Date, primary_key=True)
    change: Mapped[int] = mapped_column(sa.BigInteger)

    __table_args__ = (
        sa.CheckConstraint(
            f"change <> 0 AND change BETWEEN -{LARGEST_AMOUNT} AND {LARGEST_AMOUNT}", name="change"
        ),
    )


class Score(Model):
    """What a member has earned in a season while in one squad (nil UUID: in none). Withdrawn awards do not count.

    `season` is `W2026-47`, `M2026-11`, `Y2026` or `ALL`, by the day of booking in the programme's zone.
    `reached_at` is the time of the latest earning: of two equal scores the earlier one is ahead.
    """

    __tablename__ = "score"

    season: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    squad_id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    points: Mapped[int] = mapped_column(sa.BigInteger)
    deeds: Mapped[int] = mapped_column(sa.BigInteger)
    reached_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (
        sa.CheckConstraint(f"points BETWEEN 0 AND {LARGEST_SUM}", name="points"),
        sa.CheckConstraint("deeds >= 0", name="deeds"),
        # A member's place among the own squad, and the best of each squad.
        sa.Index("ix_score_season_squad_id_points", "season", "squad_id", "points"),
    )


class SquadScore(Model):
    """What a squad's members have earned for it in a season, spread over `SHARDS` rows by member.

    The squad's score is the sum of its rows, its `reached_at` the latest of them. One row per squad would make all its
    members wait for each other. Earnings of members without a squad are not here. `by_hand`: so many of the deeds were
    entered by a coordinator; counted from the ledger, the board of all time would read all of them.
    """

    __tablename__ = "squad_score"

    season: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    squad_id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    shard: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    points: Mapped[int] = mapped_column(sa.BigInteger)
    deeds: Mapped[int] = mapped_column(sa.BigInteger)
    by_hand: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    reached_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (
        sa.CheckConstraint(f"shard BETWEEN 0 AND {SHARDS - 1}", name="shard"),
        sa.CheckConstraint(f"points BETWEEN 0 AND {LARGEST_SUM}", name="points"),
        sa.CheckConstraint("deeds >= 0", name="deeds"),
    )


class KeptMonth(Model):
    """The sums of a finished month, so that its report need not read the month's transfers again and again.

    `month` is "2026-11" in the programme's zone. `sums` is written and read by `points/queries/month.py`; `transfers`
    and `points` are what they come to, by which `flask points check` compares them with the ledger.
    """

    __tablename__ = "kept_month"

    month: Mapped[str] = mapped_column(sa.String(7), primary_key=True)
    transfers: Mapped[int] = mapped_column(sa.BigInteger)
    points: Mapped[int] = mapped_column(sa.BigInteger)
    sums: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    kept_at: Mapped[datetime] = mapped_column(UtcTime)


class AwardRequest(Model):
    """An award that one coordinator has entered above a limit; it pays only when a second one agrees.

    `key` is the key of the request that made it. `rule_id` is the version of the rule that will pay, `squad_id` the
    member's squad at that time, `limit_passed` the limit that asked for a second person. With `activity_id` the member
    has proved by its code that he was at this activity, so what it pays is no award entered by hand. Whoever agrees,
    declines or (as the requester) calls it off stands in `decided_by`; `transfer_id` is what the agreement has paid.
    """

    __tablename__ = "award_request"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    key: Mapped[UUID] = mapped_column(Identifier, unique=True)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"))
    squad_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("squad.id"))
    rule_id: Mapped[UUID] = mapped_column(sa.ForeignKey("tariff_rule.id"))
    happened_at: Mapped[datetime] = mapped_column(UtcTime)
    memo: Mapped[str] = mapped_column(sa.String(200), default="")
    activity_id: Mapped[UUID | None] = mapped_column(Identifier)
    limit_passed: Mapped[str] = mapped_column(sa.String(20))
    requested_by: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"))
    requested_at: Mapped[datetime] = mapped_column(UtcTime)
    state: Mapped[str] = mapped_column(sa.String(10))
    decided_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("member.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcTime)
    reason: Mapped[str] = mapped_column(sa.String(200), default="")
    transfer_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("transfer.id"), unique=True)

    __table_args__ = (
        sa.CheckConstraint(_one_of("state", AWARD_REQUEST_STATES), name="state"),
        sa.CheckConstraint(_one_of("limit_passed", AWARD_LIMITS), name="limit_passed"),
        sa.CheckConstraint("requested_by <> member_id", name="not_for_oneself"),
        sa.CheckConstraint("(state = 'waiting') = (decided_by IS NULL)", name="decided_by"),
        sa.CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name="decided_at"),
        sa.CheckConstraint("(state = 'agreed') = (transfer_id IS NOT NULL)", name="paid"),
        sa.CheckConstraint("(state = 'cancelled') = (decided_by = requested_by)", name="second_is_another"),
        sa.CheckConstraint("decided_by IS NULL OR decided_by <> member_id", name="second_is_not_the_member"),
        sa.Index("ix_award_request_state", "state", "id"),
        sa.Index("ix_award_request_member_id", "member_id"),
    )


class OddAward(Model):
    """A pattern among awards entered by hand that somebody should look at, as it was found last.

    `pattern` names it and its people (of who came to an activity: its number), so that it is known again. `seen_at`
    says that somebody has looked; it is empty again once the pattern goes on.
    """

    __tablename__ = "odd_award"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    pattern: Mapped[str] = mapped_column(sa.String(160), unique=True)
    kind: Mapped[str] = mapped_column(sa.String(10))
    people: Mapped[list[str]] = mapped_column(sa.JSON)
    times: Mapped[int] = mapped_column(sa.Integer)
    points: Mapped[int] = mapped_column(sa.BigInteger)
    last_at: Mapped[datetime] = mapped_column(UtcTime)
    found_at: Mapped[datetime] = mapped_column(UtcTime)
    seen_at: Mapped[datetime | None] = mapped_column(UtcTime)
    seen_by: Mapped[UUID | None] = mapped_column(Identifier)
    note: Mapped[str] = mapped_column(sa.String(LONGEST_MEMO), default="")
    about: Mapped[str] = mapped_column(sa.String(60), server_default="")
    activity_number: Mapped[int | None] = mapped_column(sa.Integer)

    __table_args__ = (
        sa.CheckConstraint("kind IN ('ring', 'burst', 'pair', 'typed', 'device')", name="kind"),
        sa.CheckConstraint("(kind IN ('typed', 'device')) = (activity_number IS NOT NULL)", name="activity"),
        sa.CheckConstraint("(seen_at IS NULL) = (seen_by IS NULL)", name="seen"),
        sa.Index("ix_odd_award_seen_at_last_at", "seen_at", "last_at"),
    )


def _after_create(table: sa.Table, dialect: str, statement: str) -> None:
    make = sa.DDL(statement)  # type: ignore[no-untyped-call] # SQLAlchemy leaves it untyped
    event.listen(table, "after_create", make.execute_if(dialect=dialect))


def _attach_triggers() -> None:
    tables = {
        "transfer": Transfer.__table__,
        "transfer_lot": TransferLot.__table__,
        "receipt": Receipt.__table__,
    }
    for name, engines in triggers.CREATE.items():
        for dialect, statements in engines.items():
            for statement in statements:
                _after_create(tables[name], dialect, statement)  # type: ignore[arg-type] # a Table, typed FromClause
    for dialect, statement in triggers.OPEN_PROGRAMME_ACCOUNTS.items():
        _after_create(Account.__table__, dialect, statement)  # type: ignore[arg-type] # as above


_attach_triggers()
