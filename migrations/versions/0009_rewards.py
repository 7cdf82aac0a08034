"""Rewards: catalogue with stock and its journal, redemptions with vouchers, waiting lists, favourites.

The way back is refused once something was redeemed.
"""

import sqlalchemy as sa
from alembic import op

from core.db import UtcTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_REFUSE_CHANGE = (
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', "
    "MESSAGE = TG_TABLE_NAME || ' is insert-only'; END $$"
)


def upgrade() -> None:
    """Make the tables, and let nobody change a line of the journal."""
    op.create_table(
        "reward_picture",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("media_type", sa.String(length=20), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reward_picture")),
        sqlite_strict=True,
    )
    op.create_table(
        "reward",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name_zh", sa.String(length=40), nullable=False),
        sa.Column("name_en", sa.String(length=40), nullable=False),
        sa.Column("about_zh", sa.String(length=600), nullable=False),
        sa.Column("about_en", sa.String(length=600), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("stock", sa.Integer(), nullable=True),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("low_stock", sa.Integer(), nullable=False),
        sa.Column("quota", sa.Integer(), nullable=True),
        sa.Column("quota_period", sa.String(length=10), nullable=False),
        sa.Column("voucher_hours", sa.Integer(), nullable=False),
        sa.Column("offered_from", sa.Date(), nullable=True),
        sa.Column("offered_until", sa.Date(), nullable=True),
        sa.Column("merchant_id", sa.Uuid(), nullable=True),
        sa.Column("drawing", sa.String(length=40), nullable=False),
        sa.Column("picture_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('goods', 'security', 'service', 'certificate')", name=op.f("ck_reward_kind")
        ),
        sa.CheckConstraint("quota_period IN ('month', 'year', 'ever')", name=op.f("ck_reward_quota_period")),
        sa.CheckConstraint("status IN ('draft', 'offered', 'retired')", name=op.f("ck_reward_status")),
        sa.CheckConstraint("held >= 0 AND (stock IS NULL OR held <= stock)", name=op.f("ck_reward_held")),
        sa.CheckConstraint("low_stock >= 0", name=op.f("ck_reward_low_stock")),
        sa.CheckConstraint("offered_until > offered_from", name=op.f("ck_reward_offered")),
        sa.CheckConstraint("points BETWEEN 1 AND 1000000", name=op.f("ck_reward_points")),
        sa.CheckConstraint("quota >= 1", name=op.f("ck_reward_quota")),
        sa.CheckConstraint("stock BETWEEN 0 AND 1000000", name=op.f("ck_reward_stock")),
        sa.CheckConstraint("stock IS NOT NULL OR held = 0", name=op.f("ck_reward_held_without_stock")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_reward_version")),
        sa.CheckConstraint("voucher_hours BETWEEN 1 AND 2160", name=op.f("ck_reward_voucher_hours")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchant.id"], name=op.f("fk_reward_merchant_id_merchant")
        ),
        sa.ForeignKeyConstraint(
            ["picture_id"], ["reward_picture.id"], name=op.f("fk_reward_picture_id_reward_picture")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reward")),
        sa.UniqueConstraint("number", name=op.f("uq_reward_number")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("reward", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reward_merchant_id"), ["merchant_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reward_picture_id"), ["picture_id"], unique=False)
        batch_op.create_index("ix_reward_status_points", ["status", "points"], unique=False)

    op.create_table(
        "favourite",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("reward_id", sa.Uuid(), nullable=False),
        sa.Column("since", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_favourite_member_id_member")),
        sa.ForeignKeyConstraint(["reward_id"], ["reward.id"], name=op.f("fk_favourite_reward_id_reward")),
        sa.PrimaryKeyConstraint("member_id", "reward_id", name=op.f("pk_favourite")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("favourite", schema=None) as batch_op:
        batch_op.create_index("ix_favourite_reward_id", ["reward_id"], unique=False)

    op.create_table(
        "redemption",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reward_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("stocked", sa.Boolean(), nullable=False),
        sa.Column("code_digest", sa.String(length=64), nullable=False),
        sa.Column("reserved_at", UtcTime(), nullable=False),
        sa.Column("local_day", sa.Date(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("reservation_id", sa.Uuid(), nullable=False),
        sa.Column("finish_id", sa.Uuid(), nullable=True),
        sa.Column("handed_over_by", sa.Uuid(), nullable=True),
        sa.Column("merchant_id", sa.Uuid(), nullable=True),
        sa.Column("fitting_place", sa.String(length=200), nullable=False),
        sa.Column("fitting_help", sa.Boolean(), nullable=False),
        sa.CheckConstraint("(state = 'held') = (ended_at IS NULL)", name=op.f("ck_redemption_ended")),
        sa.CheckConstraint(
            "(state = 'used') = (handed_over_by IS NOT NULL)", name=op.f("ck_redemption_handed_over")
        ),
        sa.CheckConstraint(
            "state <> 'used' OR ended_at < expires_at", name=op.f("ck_redemption_used_in_time")
        ),
        sa.CheckConstraint(
            "state IN ('held', 'used', 'cancelled', 'expired')", name=op.f("ck_redemption_state")
        ),
        sa.CheckConstraint("(ended_at IS NULL) = (finish_id IS NULL)", name=op.f("ck_redemption_finish")),
        sa.CheckConstraint("expires_at > reserved_at", name=op.f("ck_redemption_expires")),
        sa.CheckConstraint("points BETWEEN 1 AND 1000000", name=op.f("ck_redemption_points")),
        sa.ForeignKeyConstraint(
            ["finish_id"], ["transfer.id"], name=op.f("fk_redemption_finish_id_transfer")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_redemption_member_id_member")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchant.id"], name=op.f("fk_redemption_merchant_id_merchant")
        ),
        sa.ForeignKeyConstraint(
            ["reservation_id"], ["transfer.id"], name=op.f("fk_redemption_reservation_id_transfer")
        ),
        sa.ForeignKeyConstraint(["reward_id"], ["reward.id"], name=op.f("fk_redemption_reward_id_reward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redemption")),
        sa.UniqueConstraint("code_digest", name=op.f("uq_redemption_code_digest")),
        sa.UniqueConstraint("finish_id", name=op.f("uq_redemption_finish_id")),
        sa.UniqueConstraint("reservation_id", name=op.f("uq_redemption_reservation_id")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("redemption", schema=None) as batch_op:
        batch_op.create_index(
            "ix_redemption_expires_at_held",
            ["expires_at"],
            unique=False,
            sqlite_where=sa.text("state = 'held'"),
            postgresql_where=sa.text("state = 'held'"),
        )
        batch_op.create_index(
            "ix_redemption_member_id_reserved_at", ["member_id", "reserved_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_redemption_merchant_id"), ["merchant_id"], unique=False)
        batch_op.create_index(
            "ix_redemption_reward_id_reserved_at", ["reward_id", "reserved_at"], unique=False
        )

    op.create_table(
        "waiting_member",
        sa.Column("reward_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("since", UtcTime(), nullable=False),
        sa.Column("told_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_waiting_member_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["reward_id"], ["reward.id"], name=op.f("fk_waiting_member_reward_id_reward")
        ),
        sa.PrimaryKeyConstraint("reward_id", "member_id", name=op.f("pk_waiting_member")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("waiting_member", schema=None) as batch_op:
        batch_op.create_index("ix_waiting_member_member_id", ["member_id"], unique=False)

    op.create_table(
        "stock_movement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reward_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("change", sa.Integer(), nullable=False),
        sa.Column("stock_after", sa.Integer(), nullable=False),
        sa.Column("redemption_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("moved_at", UtcTime(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'handed_over') = (redemption_id IS NOT NULL AND change = -1)",
            name=op.f("ck_stock_movement_handed_over"),
        ),
        sa.CheckConstraint(
            "kind IN ('received', 'handed_over', 'damaged', 'counted')", name=op.f("ck_stock_movement_kind")
        ),
        sa.CheckConstraint("sequence >= 1", name=op.f("ck_stock_movement_sequence")),
        sa.CheckConstraint("stock_after >= 0", name=op.f("ck_stock_movement_stock_after")),
        sa.ForeignKeyConstraint(
            ["redemption_id"], ["redemption.id"], name=op.f("fk_stock_movement_redemption_id_redemption")
        ),
        sa.ForeignKeyConstraint(
            ["reward_id"], ["reward.id"], name=op.f("fk_stock_movement_reward_id_reward")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_movement")),
        sa.UniqueConstraint("redemption_id", name=op.f("uq_stock_movement_redemption_id")),
        sa.UniqueConstraint("reward_id", "sequence", name=op.f("uq_stock_movement_reward_id_sequence")),
        sqlite_strict=True,
    )
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER stock_movement_no_{act.lower()} BEFORE {act} ON stock_movement "
                "BEGIN SELECT RAISE(ABORT, 'stock_movement is insert-only'); END"
            )
        return
    op.execute(_REFUSE_CHANGE)
    for act in ("UPDATE", "DELETE", "TRUNCATE"):
        op.execute(
            f"CREATE TRIGGER stock_movement_no_{act.lower()} BEFORE {act} ON stock_movement "
            f"FOR EACH {'STATEMENT' if act == 'TRUNCATE' else 'ROW'} EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    """Remove the tables. Raises RuntimeError when something was ever redeemed: its transfers would lose their reason."""
    if op.get_bind().scalar(sa.text("SELECT 1 FROM redemption LIMIT 1")):
        raise RuntimeError("rewards were redeemed: the tables before them cannot tell what for")
    op.drop_table("stock_movement")
    with op.batch_alter_table("waiting_member", schema=None) as batch_op:
        batch_op.drop_index("ix_waiting_member_member_id")

    op.drop_table("waiting_member")
    with op.batch_alter_table("redemption", schema=None) as batch_op:
        batch_op.drop_index("ix_redemption_reward_id_reserved_at")
        batch_op.drop_index(batch_op.f("ix_redemption_merchant_id"))
        batch_op.drop_index("ix_redemption_member_id_reserved_at")
        batch_op.drop_index(
            "ix_redemption_expires_at_held",
            sqlite_where=sa.text("state = 'held'"),
            postgresql_where=sa.text("state = 'held'"),
        )

    op.drop_table("redemption")
    with op.batch_alter_table("favourite", schema=None) as batch_op:
        batch_op.drop_index("ix_favourite_reward_id")

    op.drop_table("favourite")
    with op.batch_alter_table("reward", schema=None) as batch_op:
        batch_op.drop_index("ix_reward_status_points")
        batch_op.drop_index(batch_op.f("ix_reward_picture_id"))
        batch_op.drop_index(batch_op.f("ix_reward_merchant_id"))

    op.drop_table("reward")
    op.drop_table("reward_picture")
