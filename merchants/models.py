"""Tables of partner shops: shops and their clerks and offers, charges at the counter, monthly settlement."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Identifier, Model, UtcTime
from merchants.rules import values as rules

LARGEST_AMOUNT = 1_000_000


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Trade(Model):
    """A line of business, for the directory and for conversion rates. The nine usual ones are there from the start."""

    __tablename__ = "trade"

    code: Mapped[str] = mapped_column(sa.String(30), primary_key=True)
    name_zh: Mapped[str] = mapped_column(sa.String(rules.LONGEST_NAME))
    name_en: Mapped[str] = mapped_column(sa.String(rules.LONGEST_NAME))
    position: Mapped[int] = mapped_column(sa.Integer)


class Merchant(Model):
    """A partner shop. Its account in the ledger has its id.

    `hours`: for each day of the week from Monday a list of [opens, closes] in minutes since midnight, programme's zone;
    `closes` may be up to 1440. The plate's code follows from id and `plate_generation`; only its digest is kept.
    Limits that are empty are the alliance's (settings). `applied_by` is the member who spoke for the shop.
    `paused_by_shop`: the pause is the owner's own wish, and he may end it; one that the desk made only the desk ends.
    """

    __tablename__ = "merchant"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    number: Mapped[int] = mapped_column(sa.Integer, unique=True)
    name: Mapped[str] = mapped_column(sa.String(rules.LONGEST_NAME))
    name_en: Mapped[str] = mapped_column(sa.String(rules.LONGEST_NAME), default="")
    trade_code: Mapped[str] = mapped_column(sa.ForeignKey("trade.code"), index=True)
    area_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("area.id"), index=True)
    address: Mapped[str] = mapped_column(sa.String(rules.LONGEST_REASON), default="")
    contact_name: Mapped[str] = mapped_column(sa.String(rules.LONGEST_NAME), default="")
    phone: Mapped[str] = mapped_column(sa.String(20), default="")
    about: Mapped[str] = mapped_column(sa.String(rules.LONGEST_TEXT), default="")
    hours: Mapped[list[list[list[int]]]] = mapped_column(sa.JSON, default=list)
    status: Mapped[str] = mapped_column(sa.String(10), default=rules.APPLIED)
    paused_by_shop: Mapped[bool] = mapped_column(sa.Boolean, default=False)
    plate_generation: Mapped[int] = mapped_column(sa.Integer, default=1)
    plate_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    payment_limit: Mapped[int | None] = mapped_column(sa.BigInteger)
    member_day_limit: Mapped[int | None] = mapped_column(sa.BigInteger)
    day_limit: Mapped[int | None] = mapped_column(sa.BigInteger)
    applied_by: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"))
    applied_at: Mapped[datetime] = mapped_column(UtcTime)
    admitted_at: Mapped[datetime | None] = mapped_column(UtcTime)

    __table_args__ = (
        sa.CheckConstraint(_one_of("status", rules.STATUSES), name="status"),
        sa.CheckConstraint("number > 0", name="number"),
        sa.CheckConstraint("plate_generation > 0", name="plate_generation"),
        sa.CheckConstraint(f"payment_limit BETWEEN 1 AND {LARGEST_AMOUNT}", name="payment_limit"),
        sa.CheckConstraint("member_day_limit >= 1", name="member_day_limit"),
        sa.CheckConstraint("day_limit >= 1", name="day_limit"),
        sa.CheckConstraint("NOT paused_by_shop OR status = 'paused'", name="paused_by_shop"),
        sa.CheckConstraint("status NOT IN ('active', 'paused') OR admitted_at IS NOT NULL", name="admitted"),
        sa.Index("ix_merchant_status_name", "status", "name"),
        # A declined application must not keep the name from the shop's next one.
        sa.Index(
            "uq_merchant_name_there",
            "name",
            unique=True,
            sqlite_where=sa.text("status <> 'left'"),
            postgresql_where=sa.text("status <> 'left'"),
        ),
    )


class ReplacedShopPlate(Model):
    """An older plate of a shop, kept so that its scan can be told from a forged code."""

    __tablename__ = "replaced_shop_plate"

    code_digest: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    merchant_id: Mapped[UUID] = mapped_column(sa.ForeignKey("merchant.id"), index=True)
    replaced_at: Mapped[datetime] = mapped_column(UtcTime)


class Offer(Model):
    """What a shop gives for points: "haircut, 30 points". Retired offers stay for the charges that name them."""

    __tablename__ = "offer"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    merchant_id: Mapped[UUID] = mapped_column(sa.ForeignKey("merchant.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(rules.LONGEST_NAME))
    name_en: Mapped[str] = mapped_column(sa.String(rules.LONGEST_NAME), default="")
    note: Mapped[str] = mapped_column(sa.String(rules.LONGEST_REASON), default="")
    points: Mapped[int] = mapped_column(sa.BigInteger)
    position: Mapped[int] = mapped_column(sa.Integer, default=0)
    retired_at: Mapped[datetime | None] = mapped_column(UtcTime)

    __table_args__ = (sa.CheckConstraint(f"points BETWEEN 1 AND {LARGEST_AMOUNT}", name="points"),)


class ShopClerk(Model):
    """A member who works at a shop's counter, with a PIN for a shared phone or tablet. `left_at`: until when."""

    __tablename__ = "shop_clerk"

    merchant_id: Mapped[UUID] = mapped_column(sa.ForeignKey("merchant.id"), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), primary_key=True)
    post: Mapped[str] = mapped_column(sa.String(10))
    pin_hash: Mapped[str | None] = mapped_column(sa.String(200))
    since: Mapped[datetime] = mapped_column(UtcTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcTime)

    __table_args__ = (
        sa.CheckConstraint(_one_of("post", rules.POSTS), name="post"),
        sa.Index("ix_shop_clerk_member_id", "member_id"),
    )


class ShopInvitation(Model):
    """A shop's wish that a member works there. He is none of its people until he accepts; then it is taken away.

    So it is when he declines, or when the shop thinks better of it. `invited_by` is the owner who asked.
    """

    __tablename__ = "shop_invitation"

    merchant_id: Mapped[UUID] = mapped_column(sa.ForeignKey("merchant.id"), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), primary_key=True)
    post: Mapped[str] = mapped_column(sa.String(10))
    invited_at: Mapped[datetime] = mapped_column(UtcTime)
    invited_by: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"))

    __table_args__ = (
        sa.CheckConstraint(_one_of("post", rules.POSTS), name="post"),
        sa.Index("ix_shop_invitation_member_id", "member_id"),
    )


class FormerTrade(Model):
    """A trade that a shop had until a moment; the shop's row has the present one.

    What it took before counts at the rate of the trade that it had then.
    """

    __tablename__ = "former_trade"

    merchant_id: Mapped[UUID] = mapped_column(sa.ForeignKey("merchant.id"), primary_key=True)
    until: Mapped[datetime] = mapped_column(UtcTime, primary_key=True)
    trade_code: Mapped[str] = mapped_column(sa.ForeignKey("trade.code"))


class ShopDeed(Model):
    """A good deed of a shop itself, paid by the tariff's rules for shops. The id is the request's key."""

    __tablename__ = "shop_deed"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    merchant_id: Mapped[UUID] = mapped_column(sa.ForeignKey("merchant.id"))
    rule_code: Mapped[str] = mapped_column(sa.String(40))
    points: Mapped[int] = mapped_column(sa.BigInteger)
    note: Mapped[str] = mapped_column(sa.String(rules.LONGEST_REASON), default="")
    happened_at: Mapped[datetime] = mapped_column(UtcTime)
    awarded_at: Mapped[datetime] = mapped_column(UtcTime)
    awarded_by: Mapped[UUID] = mapped_column(Identifier)
    transfer_id: Mapped[UUID] = mapped_column(sa.ForeignKey("transfer.id"), unique=True)

    __table_args__ = (
        sa.CheckConstraint(f"points BETWEEN 1 AND {LARGEST_AMOUNT}", name="points"),
        sa.Index("ix_shop_deed_merchant_id_awarded_at", "merchant_id", "awarded_at"),
        sa.Index("ix_shop_deed_awarded_by_awarded_at", "awarded_by", "awarded_at"),
    )


class BudgetChange(Model):
    """Points that a coordinator gave a shop to give away, or (negative) took back. The id is the request's key."""

    __tablename__ = "budget_change"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    merchant_id: Mapped[UUID] = mapped_column(sa.ForeignKey("merchant.id"))
    points: Mapped[int] = mapped_column(sa.BigInteger)
    reason: Mapped[str] = mapped_column(sa.String(rules.LONGEST_REASON), default="")
    changed_at: Mapped[datetime] = mapped_column(UtcTime)
    changed_by: Mapped[UUID] = mapped_column(Identifier)
    transfer_id: Mapped[UUID] = mapped_column(sa.ForeignKey("transfer.id"), unique=True)

    __table_args__ = (
        sa.CheckConstraint(
            f"points <> 0 AND points BETWEEN -{LARGEST_AMOUNT} AND {LARGEST_AMOUNT}", name="points"
        ),
        sa.Index("ix_budget_change_merchant_id_changed_at", "merchant_id", "changed_at"),
        sa.Index("ix_budget_change_changed_by_changed_at", "changed_by", "changed_at"),
    )


class BudgetRequest(Model):
    """What a shop is to get above a limit: no point moves until a second coordinator agrees. The id is its key.

    A grant to its budget, or with a rule the award of a deed done at `happened_at` (`reason` is its note then).
    `limit_passed` tells which limit; `answer` why it was declined; `change_id` or `deed_id` what was booked when it was
    agreed to.
    """

    __tablename__ = "budget_request"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    merchant_id: Mapped[UUID] = mapped_column(sa.ForeignKey("merchant.id"))
    points: Mapped[int] = mapped_column(sa.BigInteger)
    reason: Mapped[str] = mapped_column(sa.String(rules.LONGEST_REASON))
    rule_code: Mapped[str | None] = mapped_column(sa.String(40))
    happened_at: Mapped[datetime | None] = mapped_column(UtcTime)
    limit_passed: Mapped[str] = mapped_column(sa.String(20))
    requested_by: Mapped[UUID] = mapped_column(Identifier)
    requested_at: Mapped[datetime] = mapped_column(UtcTime)
    state: Mapped[str] = mapped_column(sa.String(10), default=rules.WAITING)
    decided_by: Mapped[UUID | None] = mapped_column(Identifier)
    decided_at: Mapped[datetime | None] = mapped_column(UtcTime)
    answer: Mapped[str] = mapped_column(sa.String(rules.LONGEST_REASON), default="")
    change_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("budget_change.id"), unique=True)
    deed_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("shop_deed.id"), unique=True)

    __table_args__ = (
        sa.CheckConstraint(f"points BETWEEN 1 AND {LARGEST_AMOUNT}", name="points"),
        sa.CheckConstraint(_one_of("state", rules.BUDGET_REQUEST_STATES), name="state"),
        sa.CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="decided"),
        sa.CheckConstraint("(decided_at IS NULL) = (decided_by IS NULL)", name="decided_by"),
        sa.CheckConstraint("(rule_code IS NULL) = (happened_at IS NULL)", name="deed"),
        sa.CheckConstraint(
            "(state = 'agreed') = (CASE WHEN rule_code IS NULL THEN change_id ELSE deed_id END IS NOT NULL)",
            name="agreed",
        ),
        sa.CheckConstraint(
            "state NOT IN ('agreed', 'declined') OR decided_by <> requested_by", name="second"
        ),
        sa.Index("ix_budget_request_state_requested_at", "state", "requested_at"),
        sa.Index("ix_budget_request_merchant_id", "merchant_id"),
    )


class Charge(Model):
    """Points taken at a counter, from the order shown to the payment and what came after. The id is the request's key.

    An order has no member until one scans it; a payment by the plate has no clerk. `reservation_id` is the transfer
    into escrow, `payment_id` the one to the shop, `return_id` the reversal that brought the points home. `local_day`
    is the day of the programme's zone on which it was paid, for the limits of a day.
    """

    __tablename__ = "charge"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    merchant_id: Mapped[UUID] = mapped_column(sa.ForeignKey("merchant.id"))
    member_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("member.id"))
    clerk_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("member.id"))
    way: Mapped[str] = mapped_column(sa.String(10))
    points: Mapped[int] = mapped_column(sa.BigInteger)
    offer_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("offer.id"))
    what: Mapped[str] = mapped_column(sa.String(rules.LONGEST_NAME), default="")
    state: Mapped[str] = mapped_column(sa.String(10))
    code_digest: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    opened_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    paid_at: Mapped[datetime | None] = mapped_column(UtcTime)
    local_day: Mapped[date | None] = mapped_column(sa.Date)
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)
    ended_by: Mapped[UUID | None] = mapped_column(Identifier)
    reason: Mapped[str] = mapped_column(sa.String(rules.LONGEST_REASON), default="")
    reservation_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("transfer.id"), unique=True)
    payment_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("transfer.id"), unique=True)
    return_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("transfer.id"), unique=True)

    __table_args__ = (
        sa.CheckConstraint(_one_of("way", rules.WAYS), name="way"),
        sa.CheckConstraint(_one_of("state", rules.CHARGE_STATES), name="state"),
        sa.CheckConstraint(f"points BETWEEN 1 AND {LARGEST_AMOUNT}", name="points"),
        sa.CheckConstraint("expires_at > opened_at", name="expires"),
        sa.CheckConstraint("(state IN ('paid', 'voided', 'refunded')) = (paid_at IS NOT NULL)", name="paid"),
        sa.CheckConstraint("(paid_at IS NULL) = (payment_id IS NULL)", name="payment"),
        sa.CheckConstraint("(paid_at IS NULL) = (local_day IS NULL)", name="local_day"),
        sa.CheckConstraint("state <> 'held' OR reservation_id IS NOT NULL", name="held"),
        sa.CheckConstraint("state NOT IN ('held', 'paid') OR member_id IS NOT NULL", name="member"),
        sa.CheckConstraint("(reservation_id IS NULL) OR (member_id IS NOT NULL)", name="reservation"),
        sa.CheckConstraint(
            "(state IN ('voided', 'refunded')) = (return_id IS NOT NULL AND payment_id IS NOT NULL)",
            name="returned",
        ),
        sa.CheckConstraint("(state IN ('shown', 'held', 'paid')) = (ended_at IS NULL)", name="ended"),
        sa.Index("ix_charge_merchant_id_opened_at", "merchant_id", "opened_at"),
        sa.Index("ix_charge_merchant_id_local_day", "merchant_id", "local_day"),
        sa.Index("ix_charge_member_id_opened_at", "member_id", "opened_at"),
        sa.Index(
            "ix_charge_expires_at_waiting",
            "expires_at",
            sqlite_where=sa.text("state IN ('shown', 'held')"),
            postgresql_where=sa.text("state IN ('shown', 'held')"),
        ),
    )


class ChargeFlag(Model):
    """Something about a charge that looked odd. It pays all the same; a coordinator looks at it and says so."""

    __tablename__ = "charge_flag"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    charge_id: Mapped[UUID] = mapped_column(sa.ForeignKey("charge.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    data: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    raised_at: Mapped[datetime] = mapped_column(UtcTime)
    seen_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("member.id"))
    seen_at: Mapped[datetime | None] = mapped_column(UtcTime)
    note: Mapped[str] = mapped_column(sa.String(rules.LONGEST_REASON), default="")

    __table_args__ = (
        sa.CheckConstraint(_one_of("kind", rules.FLAGS), name="kind"),
        sa.CheckConstraint("(seen_by IS NULL) = (seen_at IS NULL)", name="seen"),
        sa.Index(
            "ix_charge_flag_raised_at_unseen",
            "raised_at",
            sqlite_where=sa.text("seen_at IS NULL"),
            postgresql_where=sa.text("seen_at IS NULL"),
        ),
    )


class UntoldPayment(Model):
    """A payment by the shop's plate that nobody at the counter has seen yet; the row goes once somebody has."""

    __tablename__ = "untold_payment"

    charge_id: Mapped[UUID] = mapped_column(sa.ForeignKey("charge.id"), primary_key=True)
    merchant_id: Mapped[UUID] = mapped_column(sa.ForeignKey("merchant.id"), index=True)


class ShopGift(Model):
    """Points that a shop gave a member out of its budget. The id is the request's key."""

    __tablename__ = "shop_gift"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    merchant_id: Mapped[UUID] = mapped_column(sa.ForeignKey("merchant.id"))
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"))
    clerk_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"))
    points: Mapped[int] = mapped_column(sa.BigInteger)
    reason: Mapped[str] = mapped_column(sa.String(rules.LONGEST_REASON), default="")
    given_at: Mapped[datetime] = mapped_column(UtcTime)
    local_day: Mapped[date] = mapped_column(sa.Date)
    transfer_id: Mapped[UUID] = mapped_column(sa.ForeignKey("transfer.id"), unique=True)

    __table_args__ = (
        sa.CheckConstraint(f"points BETWEEN 1 AND {LARGEST_AMOUNT}", name="points"),
        sa.Index("ix_shop_gift_merchant_id_given_at", "merchant_id", "given_at"),
        sa.Index("ix_shop_gift_merchant_id_local_day", "merchant_id", "local_day", "member_id"),
    )


class ConversionRate(Model):
    """What a point is worth from a day on, in whole cents: of one shop, of one trade, or (both empty) of all.

    A shop's own rate goes before its trade's, that before the general one. Never changed: a new day, a new row.
    """

    __tablename__ = "conversion_rate"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    merchant_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("merchant.id"), index=True)
    trade_code: Mapped[str | None] = mapped_column(sa.ForeignKey("trade.code"), index=True)
    cents_per_point: Mapped[int] = mapped_column(sa.Integer)
    valid_from: Mapped[date] = mapped_column(sa.Date)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    created_by: Mapped[UUID] = mapped_column(Identifier)

    __table_args__ = (
        sa.CheckConstraint(
            f"cents_per_point BETWEEN 0 AND {rules.MOST_CENTS_PER_POINT}", name="cents_per_point"
        ),
        sa.CheckConstraint("merchant_id IS NULL OR trade_code IS NULL", name="one_scope"),
        sa.Index("ix_conversion_rate_valid_from", "valid_from"),
    )


class Settlement(Model):
    """What a shop is owed for one month of the programme's zone ("2026-10"), from its lines alone.

    `points` and `cents` are the sums of the lines and may be negative; `carried_points` and `carried_cents` (never
    positive) come from the shop's statement before, when that was negative. What is paid out is the sum of both, if
    positive, by `transfer_id` and, above what one transfer may move, further ones. `agreed_note` tells how a
    coordinator saw the shop's consent; it is empty when the owner agreed himself.
    """

    __tablename__ = "settlement"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    number: Mapped[int] = mapped_column(sa.Integer, unique=True)
    merchant_id: Mapped[UUID] = mapped_column(sa.ForeignKey("merchant.id"))
    month: Mapped[str] = mapped_column(sa.String(7))
    state: Mapped[str] = mapped_column(sa.String(10))
    points: Mapped[int] = mapped_column(sa.BigInteger)
    cents: Mapped[int] = mapped_column(sa.BigInteger)
    carried_points: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    carried_cents: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    drafted_at: Mapped[datetime] = mapped_column(UtcTime)
    agreed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    agreed_by: Mapped[UUID | None] = mapped_column(Identifier)
    agreed_note: Mapped[str] = mapped_column(sa.String(rules.LONGEST_REASON), default="")
    paid_on: Mapped[date | None] = mapped_column(sa.Date)
    paid_by: Mapped[UUID | None] = mapped_column(Identifier)
    reference: Mapped[str] = mapped_column(sa.String(rules.LONGEST_REFERENCE), default="")
    transfer_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("transfer.id"), unique=True)
    closed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    closed_by: Mapped[UUID | None] = mapped_column(Identifier)

    __table_args__ = (
        sa.UniqueConstraint("merchant_id", "month"),
        sa.CheckConstraint(_one_of("state", rules.SETTLEMENT_STATES), name="state"),
        sa.CheckConstraint("carried_points <= 0 AND carried_cents <= 0", name="carried"),
        sa.CheckConstraint("(state = 'draft') = (agreed_at IS NULL)", name="agreed"),
        sa.CheckConstraint("(state IN ('draft', 'agreed')) = (paid_on IS NULL)", name="paid"),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed"),
        sa.Index("ix_settlement_month_state", "month", "state"),
    )


class SettlementPayback(Model):
    """Money by which a shop that left made up for its latest statement, and the receipt that it was given for it.

    All of it at once: `points` and `cents` are what the statement left owed. The id is the request's key.
    """

    __tablename__ = "settlement_payback"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    settlement_id: Mapped[UUID] = mapped_column(sa.ForeignKey("settlement.id"), unique=True)
    points: Mapped[int] = mapped_column(sa.BigInteger)
    cents: Mapped[int] = mapped_column(sa.BigInteger)
    paid_on: Mapped[date] = mapped_column(sa.Date)
    reference: Mapped[str] = mapped_column(sa.String(rules.LONGEST_REFERENCE))
    recorded_by: Mapped[UUID] = mapped_column(Identifier)
    recorded_at: Mapped[datetime] = mapped_column(UtcTime)
    transfer_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("transfer.id"), unique=True)

    __table_args__ = (
        sa.CheckConstraint("points >= 0 AND cents >= 0 AND points + cents > 0", name="sums"),
        sa.CheckConstraint("(points > 0) = (transfer_id IS NOT NULL)", name="booked"),
        sa.Index("ix_settlement_payback_recorded_at", "recorded_at"),
    )


class SettlementLine(Model):
    """One transfer of the ledger in a settlement: points to the shop, or (negative) back from it. Each once, ever.

    `original_id` is, for a refund, the payment that it takes back: it counts at that payment's rate.
    """

    __tablename__ = "settlement_line"

    transfer_id: Mapped[UUID] = mapped_column(sa.ForeignKey("transfer.id"), primary_key=True)
    settlement_id: Mapped[UUID] = mapped_column(sa.ForeignKey("settlement.id"))
    original_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("transfer.id"))
    kind: Mapped[str] = mapped_column(sa.String(10))
    points: Mapped[int] = mapped_column(sa.BigInteger)
    cents: Mapped[int] = mapped_column(sa.BigInteger)
    posted_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (
        sa.CheckConstraint(_one_of("kind", rules.LINE_KINDS), name="kind"),
        sa.CheckConstraint("(kind = 'refund') = (points < 0)", name="sign"),
        sa.CheckConstraint("(kind = 'refund') = (original_id IS NOT NULL)", name="original"),
        sa.CheckConstraint("points <> 0", name="points"),
        sa.Index("ix_settlement_line_in_order", "settlement_id", "posted_at", "transfer_id"),
    )
