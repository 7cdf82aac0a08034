"""Partner shops: trades, clerks, offers, deeds and gifts of shops, charges, settlement."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "trade",
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("name_zh", sa.String(length=40), nullable=False),
        sa.Column("name_en", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_trade")),
        sqlite_strict=True,
    )
    op.create_table(
        "merchant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("name_en", sa.String(length=40), nullable=False),
        sa.Column("trade_code", sa.String(length=30), nullable=False),
        sa.Column("area_id", sa.Uuid(), nullable=True),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("contact_name", sa.String(length=40), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("about", sa.String(length=500), nullable=False),
        sa.Column("hours", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("paused_by_shop", sa.Boolean(), nullable=False),
        sa.Column("plate_generation", sa.Integer(), nullable=False),
        sa.Column("plate_digest", sa.String(length=64), nullable=False),
        sa.Column("payment_limit", sa.BigInteger(), nullable=True),
        sa.Column("member_day_limit", sa.BigInteger(), nullable=True),
        sa.Column("day_limit", sa.BigInteger(), nullable=True),
        sa.Column("applied_by", sa.Uuid(), nullable=False),
        sa.Column("applied_at", UtcTime(), nullable=False),
        sa.Column("admitted_at", UtcTime(), nullable=True),
        sa.CheckConstraint(
            "NOT paused_by_shop OR status = 'paused'", name=op.f("ck_merchant_paused_by_shop")
        ),
        sa.CheckConstraint(
            "status IN ('applied', 'active', 'paused', 'left')", name=op.f("ck_merchant_status")
        ),
        sa.CheckConstraint(
            "status NOT IN ('active', 'paused') OR admitted_at IS NOT NULL", name=op.f("ck_merchant_admitted")
        ),
        sa.CheckConstraint("day_limit >= 1", name=op.f("ck_merchant_day_limit")),
        sa.CheckConstraint("member_day_limit >= 1", name=op.f("ck_merchant_member_day_limit")),
        sa.CheckConstraint("number > 0", name=op.f("ck_merchant_number")),
        sa.CheckConstraint("payment_limit BETWEEN 1 AND 1000000", name=op.f("ck_merchant_payment_limit")),
        sa.CheckConstraint("plate_generation > 0", name=op.f("ck_merchant_plate_generation")),
        sa.ForeignKeyConstraint(["applied_by"], ["member.id"], name=op.f("fk_merchant_applied_by_member")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_merchant_area_id_area")),
        sa.ForeignKeyConstraint(["trade_code"], ["trade.code"], name=op.f("fk_merchant_trade_code_trade")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merchant")),
        sa.UniqueConstraint("number", name=op.f("uq_merchant_number")),
        sa.UniqueConstraint("plate_digest", name=op.f("uq_merchant_plate_digest")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("merchant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_merchant_area_id"), ["area_id"], unique=False)
        batch_op.create_index("ix_merchant_status_name", ["status", "name"], unique=False)
        batch_op.create_index(batch_op.f("ix_merchant_trade_code"), ["trade_code"], unique=False)
        batch_op.create_index(
            "uq_merchant_name_there",
            ["name"],
            unique=True,
            sqlite_where=sa.text("status <> 'left'"),
            postgresql_where=sa.text("status <> 'left'"),
        )

    op.create_table(
        "budget_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "points <> 0 AND points BETWEEN -1000000 AND 1000000", name=op.f("ck_budget_change_points")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchant.id"], name=op.f("fk_budget_change_merchant_id_merchant")
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["transfer.id"], name=op.f("fk_budget_change_transfer_id_transfer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_change")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_budget_change_transfer_id")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("budget_change", schema=None) as batch_op:
        batch_op.create_index(
            "ix_budget_change_merchant_id_changed_at", ["merchant_id", "changed_at"], unique=False
        )

    op.create_table(
        "conversion_rate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=True),
        sa.Column("trade_code", sa.String(length=30), nullable=True),
        sa.Column("cents_per_point", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "cents_per_point BETWEEN 0 AND 10000", name=op.f("ck_conversion_rate_cents_per_point")
        ),
        sa.CheckConstraint(
            "merchant_id IS NULL OR trade_code IS NULL", name=op.f("ck_conversion_rate_one_scope")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchant.id"], name=op.f("fk_conversion_rate_merchant_id_merchant")
        ),
        sa.ForeignKeyConstraint(
            ["trade_code"], ["trade.code"], name=op.f("fk_conversion_rate_trade_code_trade")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversion_rate")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("conversion_rate", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_conversion_rate_merchant_id"), ["merchant_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_conversion_rate_trade_code"), ["trade_code"], unique=False)
        batch_op.create_index("ix_conversion_rate_valid_from", ["valid_from"], unique=False)

    op.create_table(
        "offer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("name_en", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("retired_at", UtcTime(), nullable=True),
        sa.CheckConstraint("points BETWEEN 1 AND 1000000", name=op.f("ck_offer_points")),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchant.id"], name=op.f("fk_offer_merchant_id_merchant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_offer_merchant_id"), ["merchant_id"], unique=False)

    op.create_table(
        "replaced_shop_plate",
        sa.Column("code_digest", sa.String(length=64), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("replaced_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchant.id"], name=op.f("fk_replaced_shop_plate_merchant_id_merchant")
        ),
        sa.PrimaryKeyConstraint("code_digest", name=op.f("pk_replaced_shop_plate")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("replaced_shop_plate", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_replaced_shop_plate_merchant_id"), ["merchant_id"], unique=False)

    op.create_table(
        "settlement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("carried_points", sa.BigInteger(), nullable=False),
        sa.Column("carried_cents", sa.BigInteger(), nullable=False),
        sa.Column("drafted_at", UtcTime(), nullable=False),
        sa.Column("agreed_at", UtcTime(), nullable=True),
        sa.Column("agreed_by", sa.Uuid(), nullable=True),
        sa.Column("agreed_note", sa.String(length=200), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("paid_by", sa.Uuid(), nullable=True),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=True),
        sa.Column("closed_at", UtcTime(), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_settlement_closed")),
        sa.CheckConstraint("(state = 'draft') = (agreed_at IS NULL)", name=op.f("ck_settlement_agreed")),
        sa.CheckConstraint(
            "(state IN ('draft', 'agreed')) = (paid_on IS NULL)", name=op.f("ck_settlement_paid")
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'agreed', 'paid', 'closed')", name=op.f("ck_settlement_state")
        ),
        sa.CheckConstraint("carried_points <= 0 AND carried_cents <= 0", name=op.f("ck_settlement_carried")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchant.id"], name=op.f("fk_settlement_merchant_id_merchant")
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["transfer.id"], name=op.f("fk_settlement_transfer_id_transfer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement")),
        sa.UniqueConstraint("merchant_id", "month", name=op.f("uq_settlement_merchant_id_month")),
        sa.UniqueConstraint("number", name=op.f("uq_settlement_number")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_settlement_transfer_id")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("settlement", schema=None) as batch_op:
        batch_op.create_index("ix_settlement_month_state", ["month", "state"], unique=False)

    op.create_table(
        "shop_clerk",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("post", sa.String(length=10), nullable=False),
        sa.Column("pin_hash", sa.String(length=200), nullable=True),
        sa.Column("since", UtcTime(), nullable=False),
        sa.Column("left_at", UtcTime(), nullable=True),
        sa.CheckConstraint("post IN ('owner', 'clerk')", name=op.f("ck_shop_clerk_post")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_shop_clerk_member_id_member")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchant.id"], name=op.f("fk_shop_clerk_merchant_id_merchant")
        ),
        sa.PrimaryKeyConstraint("merchant_id", "member_id", name=op.f("pk_shop_clerk")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("shop_clerk", schema=None) as batch_op:
        batch_op.create_index("ix_shop_clerk_member_id", ["member_id"], unique=False)

    op.create_table(
        "shop_deed",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("rule_code", sa.String(length=40), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("happened_at", UtcTime(), nullable=False),
        sa.Column("awarded_at", UtcTime(), nullable=False),
        sa.Column("awarded_by", sa.Uuid(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("points BETWEEN 1 AND 1000000", name=op.f("ck_shop_deed_points")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchant.id"], name=op.f("fk_shop_deed_merchant_id_merchant")
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["transfer.id"], name=op.f("fk_shop_deed_transfer_id_transfer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_deed")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_shop_deed_transfer_id")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("shop_deed", schema=None) as batch_op:
        batch_op.create_index(
            "ix_shop_deed_merchant_id_awarded_at", ["merchant_id", "awarded_at"], unique=False
        )

    op.create_table(
        "shop_gift",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("clerk_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("given_at", UtcTime(), nullable=False),
        sa.Column("local_day", sa.Date(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("points BETWEEN 1 AND 1000000", name=op.f("ck_shop_gift_points")),
        sa.ForeignKeyConstraint(["clerk_id"], ["member.id"], name=op.f("fk_shop_gift_clerk_id_member")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_shop_gift_member_id_member")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchant.id"], name=op.f("fk_shop_gift_merchant_id_merchant")
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["transfer.id"], name=op.f("fk_shop_gift_transfer_id_transfer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_gift")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_shop_gift_transfer_id")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("shop_gift", schema=None) as batch_op:
        batch_op.create_index("ix_shop_gift_merchant_id_given_at", ["merchant_id", "given_at"], unique=False)
        batch_op.create_index(
            "ix_shop_gift_merchant_id_local_day", ["merchant_id", "local_day", "member_id"], unique=False
        )

    op.create_table(
        "charge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("clerk_id", sa.Uuid(), nullable=True),
        sa.Column("way", sa.String(length=10), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=True),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("code_digest", sa.String(length=64), nullable=True),
        sa.Column("opened_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("paid_at", UtcTime(), nullable=True),
        sa.Column("local_day", sa.Date(), nullable=True),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("reservation_id", sa.Uuid(), nullable=True),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("return_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('paid', 'voided', 'refunded')) = (paid_at IS NOT NULL)", name=op.f("ck_charge_paid")
        ),
        sa.CheckConstraint(
            "(state IN ('shown', 'held', 'paid')) = (ended_at IS NULL)", name=op.f("ck_charge_ended")
        ),
        sa.CheckConstraint(
            "(state IN ('voided', 'refunded')) = (return_id IS NOT NULL AND payment_id IS NOT NULL)",
            name=op.f("ck_charge_returned"),
        ),
        sa.CheckConstraint("state <> 'held' OR reservation_id IS NOT NULL", name=op.f("ck_charge_held")),
        sa.CheckConstraint(
            "state IN ('shown', 'held', 'paid', 'cancelled', 'expired', 'voided', 'refunded')",
            name=op.f("ck_charge_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('held', 'paid') OR member_id IS NOT NULL", name=op.f("ck_charge_member")
        ),
        sa.CheckConstraint("way IN ('order', 'phone', 'card', 'plate')", name=op.f("ck_charge_way")),
        sa.CheckConstraint("(paid_at IS NULL) = (local_day IS NULL)", name=op.f("ck_charge_local_day")),
        sa.CheckConstraint("(paid_at IS NULL) = (payment_id IS NULL)", name=op.f("ck_charge_payment")),
        sa.CheckConstraint(
            "(reservation_id IS NULL) OR (member_id IS NOT NULL)", name=op.f("ck_charge_reservation")
        ),
        sa.CheckConstraint("expires_at > opened_at", name=op.f("ck_charge_expires")),
        sa.CheckConstraint("points BETWEEN 1 AND 1000000", name=op.f("ck_charge_points")),
        sa.ForeignKeyConstraint(["clerk_id"], ["member.id"], name=op.f("fk_charge_clerk_id_member")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_charge_member_id_member")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchant.id"], name=op.f("fk_charge_merchant_id_merchant")
        ),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_charge_offer_id_offer")),
        sa.ForeignKeyConstraint(["payment_id"], ["transfer.id"], name=op.f("fk_charge_payment_id_transfer")),
        sa.ForeignKeyConstraint(
            ["reservation_id"], ["transfer.id"], name=op.f("fk_charge_reservation_id_transfer")
        ),
        sa.ForeignKeyConstraint(["return_id"], ["transfer.id"], name=op.f("fk_charge_return_id_transfer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charge")),
        sa.UniqueConstraint("code_digest", name=op.f("uq_charge_code_digest")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_charge_payment_id")),
        sa.UniqueConstraint("reservation_id", name=op.f("uq_charge_reservation_id")),
        sa.UniqueConstraint("return_id", name=op.f("uq_charge_return_id")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("charge", schema=None) as batch_op:
        batch_op.create_index(
            "ix_charge_expires_at_waiting",
            ["expires_at"],
            unique=False,
            sqlite_where=sa.text("state IN ('shown', 'held')"),
            postgresql_where=sa.text("state IN ('shown', 'held')"),
        )
        batch_op.create_index("ix_charge_member_id_opened_at", ["member_id", "opened_at"], unique=False)
        batch_op.create_index("ix_charge_merchant_id_local_day", ["merchant_id", "local_day"], unique=False)
        batch_op.create_index("ix_charge_merchant_id_opened_at", ["merchant_id", "opened_at"], unique=False)

    op.create_table(
        "settlement_line",
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("settlement_id", sa.Uuid(), nullable=False),
        sa.Column("original_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("posted_at", UtcTime(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'refund') = (original_id IS NOT NULL)", name=op.f("ck_settlement_line_original")
        ),
        sa.CheckConstraint("(kind = 'refund') = (points < 0)", name=op.f("ck_settlement_line_sign")),
        sa.CheckConstraint("kind IN ('charge', 'voucher', 'refund')", name=op.f("ck_settlement_line_kind")),
        sa.CheckConstraint("points <> 0", name=op.f("ck_settlement_line_points")),
        sa.ForeignKeyConstraint(
            ["original_id"], ["transfer.id"], name=op.f("fk_settlement_line_original_id_transfer")
        ),
        sa.ForeignKeyConstraint(
            ["settlement_id"], ["settlement.id"], name=op.f("fk_settlement_line_settlement_id_settlement")
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["transfer.id"], name=op.f("fk_settlement_line_transfer_id_transfer")
        ),
        sa.PrimaryKeyConstraint("transfer_id", name=op.f("pk_settlement_line")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("settlement_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_settlement_line_settlement_id"), ["settlement_id"], unique=False)

    op.create_table(
        "charge_flag",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("charge_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("raised_at", UtcTime(), nullable=False),
        sa.Column("seen_by", sa.Uuid(), nullable=True),
        sa.Column("seen_at", UtcTime(), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "kind IN ('same_pair', 'own_shop', 'closing_time')", name=op.f("ck_charge_flag_kind")
        ),
        sa.CheckConstraint("(seen_by IS NULL) = (seen_at IS NULL)", name=op.f("ck_charge_flag_seen")),
        sa.ForeignKeyConstraint(["charge_id"], ["charge.id"], name=op.f("fk_charge_flag_charge_id_charge")),
        sa.ForeignKeyConstraint(["seen_by"], ["member.id"], name=op.f("fk_charge_flag_seen_by_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charge_flag")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("charge_flag", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_charge_flag_charge_id"), ["charge_id"], unique=False)
        batch_op.create_index(
            "ix_charge_flag_raised_at_unseen",
            ["raised_at"],
            unique=False,
            sqlite_where=sa.text("seen_at IS NULL"),
            postgresql_where=sa.text("seen_at IS NULL"),
        )


def downgrade() -> None:
    """Remove the tables."""
    op.drop_table("charge_flag")
    op.drop_table("settlement_line")
    op.drop_table("charge")
    op.drop_table("shop_gift")
    op.drop_table("shop_deed")
    op.drop_table("shop_clerk")
    op.drop_table("settlement")
    op.drop_table("replaced_shop_plate")
    op.drop_table("offer")
    op.drop_table("conversion_rate")
    op.drop_table("budget_change")
    op.drop_table("merchant")
    op.drop_table("trade")
