"""Tables of rewards: the catalogue with its stock, redemptions with their vouchers and returns, wishes of members."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Mapped, mapped_column

from core import audit
from core.db import Identifier, Model, UtcTime
from rewards import rules, triggers


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class RewardPicture(Model):
    """A picture of a reward, made anew from what was uploaded: bounded, without anything that the camera wrote.

    The id follows from the content, so that an address always shows the same picture and may be kept for ever.
    """

    __tablename__ = "reward_picture"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    media_type: Mapped[str] = mapped_column(sa.String(20))
    content: Mapped[bytes] = mapped_column(sa.LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcTime)


class Reward(Model):
    """Something to be had for points. Offered by the police room, or by the shop `merchant_id`.

    `stock` is what lies on the shelf, `held` the part of it that waits for vouchers; both empty and 0 when there is no
    end of it. `drawing` names one of the drawn pictures in static/rewards/; an uploaded picture goes before it.
    `offered_from` is the first day, `offered_until` the day after the last one, in the programme's zone. `version`
    grows with every change of price or terms, so that a member confirms what was shown.
    """

    __tablename__ = "reward"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    number: Mapped[int] = mapped_column(sa.Integer, unique=True)
    name_zh: Mapped[str] = mapped_column(sa.String(rules.LONGEST_NAME))
    name_en: Mapped[str] = mapped_column(sa.String(rules.LONGEST_NAME), default="")
    about_zh: Mapped[str] = mapped_column(sa.String(rules.LONGEST_TEXT), default="")
    about_en: Mapped[str] = mapped_column(sa.String(rules.LONGEST_TEXT), default="")
    kind: Mapped[str] = mapped_column(sa.String(12))
    points: Mapped[int] = mapped_column(sa.BigInteger)
    stock: Mapped[int | None] = mapped_column(sa.Integer)
    held: Mapped[int] = mapped_column(sa.Integer, default=0)
    low_stock: Mapped[int] = mapped_column(sa.Integer, default=0)
    quota: Mapped[int | None] = mapped_column(sa.Integer)
    quota_period: Mapped[str] = mapped_column(sa.String(10), default="month")
    voucher_hours: Mapped[int] = mapped_column(sa.Integer, default=72)
    offered_from: Mapped[date | None] = mapped_column(sa.Date)
    offered_until: Mapped[date | None] = mapped_column(sa.Date)
    merchant_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("merchant.id"), index=True)
    drawing: Mapped[str] = mapped_column(sa.String(40), default="")
    picture_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("reward_picture.id"), index=True)
    status: Mapped[str] = mapped_column(sa.String(10), default=rules.DRAFT)
    version: Mapped[int] = mapped_column(sa.Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (
        sa.CheckConstraint(_one_of("kind", rules.KINDS), name="kind"),
        sa.CheckConstraint(_one_of("status", rules.STATUSES), name="status"),
        sa.CheckConstraint(_one_of("quota_period", rules.QUOTA_PERIODS), name="quota_period"),
        sa.CheckConstraint(f"points BETWEEN 1 AND {rules.LARGEST_PRICE}", name="points"),
        sa.CheckConstraint(f"stock BETWEEN 0 AND {rules.LARGEST_STOCK}", name="stock"),
        sa.CheckConstraint("held >= 0 AND (stock IS NULL OR held <= stock)", name="held"),
        sa.CheckConstraint("stock IS NOT NULL OR held = 0", name="held_without_stock"),
        sa.CheckConstraint("low_stock >= 0", name="low_stock"),
        sa.CheckConstraint("quota >= 1", name="quota"),
        sa.CheckConstraint(f"voucher_hours BETWEEN 1 AND {rules.LONGEST_LIFE_HOURS}", name="voucher_hours"),
        sa.CheckConstraint("offered_until > offered_from", name="offered"),
        sa.CheckConstraint("version >= 1", name="version"),
        sa.Index("ix_reward_status_points", "status", "points"),
    )


class StockMovement(Model):
    """Why the stock of a reward changed, by how much, and what lay on the shelf after it. Insert-only, by triggers."""

    __tablename__ = "stock_movement"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    reward_id: Mapped[UUID] = mapped_column(sa.ForeignKey("reward.id"))
    sequence: Mapped[int] = mapped_column(sa.Integer)
    kind: Mapped[str] = mapped_column(sa.String(12))
    change: Mapped[int] = mapped_column(sa.Integer)
    stock_after: Mapped[int] = mapped_column(sa.Integer)
    redemption_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("redemption.id"), unique=True)
    note: Mapped[str] = mapped_column(sa.String(rules.LONGEST_NOTE), default="")
    actor_id: Mapped[UUID] = mapped_column(Identifier)
    moved_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (
        sa.UniqueConstraint("reward_id", "sequence"),
        sa.CheckConstraint(_one_of("kind", rules.MOVEMENTS), name="kind"),
        sa.CheckConstraint("sequence >= 1", name="sequence"),
        sa.CheckConstraint("stock_after >= 0", name="stock_after"),
        sa.CheckConstraint(
            "(kind = 'handed_over') = (redemption_id IS NOT NULL AND change = -1)", name="handed_over"
        ),
    )


class Redemption(Model):
    """A member's points for a reward, with the voucher that fetches it. The id is the request's key.

    The voucher's code follows from the id; only its digest is kept. `reservation_id` is the transfer into escrow,
    `finish_id` what ended it: the release or payment when it was used, the reversal when it was not. `handed_over_by`
    is who gave it out, `merchant_id` the shop at which (None: the police room).
    """

    __tablename__ = "redemption"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    reward_id: Mapped[UUID] = mapped_column(sa.ForeignKey("reward.id"))
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"))
    points: Mapped[int] = mapped_column(sa.BigInteger)
    state: Mapped[str] = mapped_column(sa.String(10))
    stocked: Mapped[bool] = mapped_column(sa.Boolean)
    code_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    reserved_at: Mapped[datetime] = mapped_column(UtcTime)
    local_day: Mapped[date] = mapped_column(sa.Date)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)
    reservation_id: Mapped[UUID] = mapped_column(sa.ForeignKey("transfer.id"), unique=True)
    finish_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("transfer.id"), unique=True)
    handed_over_by: Mapped[UUID | None] = mapped_column(Identifier)
    merchant_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("merchant.id"), index=True)
    fitting_place: Mapped[str] = mapped_column(sa.String(rules.LONGEST_NOTE), default="")
    fitting_help: Mapped[bool] = mapped_column(sa.Boolean, default=False)

    __table_args__ = (
        sa.CheckConstraint(_one_of("state", rules.STATES), name="state"),
        sa.CheckConstraint(f"points BETWEEN 1 AND {rules.LARGEST_PRICE}", name="points"),
        sa.CheckConstraint("expires_at > reserved_at", name="expires"),
        sa.CheckConstraint("(state = 'held') = (ended_at IS NULL)", name="ended"),
        sa.CheckConstraint("(ended_at IS NULL) = (finish_id IS NULL)", name="finish"),
        sa.CheckConstraint("(state = 'used') = (handed_over_by IS NOT NULL)", name="handed_over"),
        sa.CheckConstraint("state <> 'used' OR ended_at < expires_at", name="used_in_time"),
        sa.Index("ix_redemption_member_id_reserved_at", "member_id", "reserved_at"),
        sa.Index("ix_redemption_reward_id_reserved_at", "reward_id", "reserved_at"),
        sa.Index(
            "ix_redemption_expires_at_held",
            "expires_at",
            sqlite_where=sa.text("state = 'held'"),
            postgresql_where=sa.text("state = 'held'"),
        ),
        sa.Index(
            "ix_redemption_ended_at_used",
            "ended_at",
            sqlite_where=sa.text("state = 'used'"),
            postgresql_where=sa.text("state = 'used'"),
        ),
    )


class RedemptionReturn(Model):
    """A reward that was handed over and taken back, once. The id is the request's key. Insert-only, by triggers.

    `reversal_id` is the transfer with which the points came home; its note is the reason. `movement_id` is the line of
    the stock journal when the piece went back on the shelf (None: it is broken or gone, or nothing is counted).
    """

    __tablename__ = "redemption_return"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    redemption_id: Mapped[UUID] = mapped_column(sa.ForeignKey("redemption.id"), unique=True)
    reversal_id: Mapped[UUID] = mapped_column(sa.ForeignKey("transfer.id"), unique=True)
    movement_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("stock_movement.id"), unique=True)
    returned_by: Mapped[UUID] = mapped_column(Identifier)
    returned_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (sa.Index("ix_redemption_return_returned_at", "returned_at"),)


class WaitingMember(Model):
    """Who waits for a reward that is out of stock; `told_at` is when he was told that it is back."""

    __tablename__ = "waiting_member"

    reward_id: Mapped[UUID] = mapped_column(sa.ForeignKey("reward.id"), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcTime)
    told_at: Mapped[datetime | None] = mapped_column(UtcTime)

    __table_args__ = (sa.Index("ix_waiting_member_member_id", "member_id"),)


class Favourite(Model):
    """A reward that a member has marked."""

    __tablename__ = "favourite"

    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), primary_key=True)
    reward_id: Mapped[UUID] = mapped_column(sa.ForeignKey("reward.id"), primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (sa.Index("ix_favourite_reward_id", "reward_id"),)


def _guard_the_journal() -> None:
    for dialect, statements in triggers.CREATE.items():
        for statement in statements:
            make = sa.DDL(statement)  # type: ignore[no-untyped-call] # SQLAlchemy leaves it untyped
            event.listen(StockMovement.__table__, "after_create", make.execute_if(dialect=dialect))


_guard_the_journal()
audit.guard(RedemptionReturn.__table__)  # type: ignore[arg-type] # a Table, typed FromClause
