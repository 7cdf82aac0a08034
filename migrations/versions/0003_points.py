"""Ledger, tariff and scores."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

#: The database itself refuses to change or remove what was booked.
MAKE = {
    "postgresql": (
        "CREATE TRIGGER transfer_no_update BEFORE UPDATE ON transfer FOR EACH ROW  EXECUTE FUNCTION "
        "refuse_change()",
        "CREATE TRIGGER transfer_no_delete BEFORE DELETE ON transfer FOR EACH ROW  EXECUTE FUNCTION "
        "refuse_change()",
        "CREATE TRIGGER transfer_no_truncate BEFORE TRUNCATE ON transfer FOR EACH STATEMENT  EXECUTE "
        "FUNCTION refuse_change()",
        "CREATE TRIGGER transfer_lot_no_update BEFORE UPDATE ON transfer_lot FOR EACH ROW  EXECUTE "
        "FUNCTION refuse_change()",
        "CREATE TRIGGER transfer_lot_no_delete BEFORE DELETE ON transfer_lot FOR EACH ROW  EXECUTE "
        "FUNCTION refuse_change()",
        "CREATE TRIGGER transfer_lot_no_truncate BEFORE TRUNCATE ON transfer_lot FOR EACH STATEMENT  "
        "EXECUTE FUNCTION refuse_change()",
        "INSERT INTO account (id, kind, owner_id, owed) VALUES "
        "('beb443fe-cef4-5834-bfb0-7d686e78dc52', 'issued', '00000000-0000-0000-0000-000000000000', "
        "0), ('c3679062-0de8-526e-a6a8-d8fef62d1892', 'escrow', "
        "'00000000-0000-0000-0000-000000000000', 0), ('7989e0f4-e1c3-5429-87f0-6c57ff5e4ebf', "
        "'redeemed', '00000000-0000-0000-0000-000000000000', 0), "
        "('c27f5d8a-ac48-5199-b1a5-8becbed878bd', 'expired', '00000000-0000-0000-0000-000000000000', "
        "0), ('11aa35fe-316d-5c00-9f2c-d9f51cdd812d', 'settled', "
        "'00000000-0000-0000-0000-000000000000', 0), ('84d09f61-f1a2-57d4-9408-42a3682a9d71', "
        "'owed', '00000000-0000-0000-0000-000000000000', 0)",
    ),
    "sqlite": (
        "CREATE TRIGGER transfer_no_update BEFORE UPDATE ON transfer  BEGIN SELECT RAISE(ABORT, "
        "'transfer is insert-only'); END",
        "CREATE TRIGGER transfer_no_delete BEFORE DELETE ON transfer  BEGIN SELECT RAISE(ABORT, "
        "'transfer is insert-only'); END",
        "CREATE TRIGGER transfer_lot_no_update BEFORE UPDATE ON transfer_lot  BEGIN SELECT RAISE(ABORT, "
        "'transfer_lot is insert-only'); END",
        "CREATE TRIGGER transfer_lot_no_delete BEFORE DELETE ON transfer_lot  BEGIN SELECT RAISE(ABORT, "
        "'transfer_lot is insert-only'); END",
        "INSERT INTO account (id, kind, owner_id, owed) VALUES ('beb443fecef45834bfb07d686e78dc52', "
        "'issued', '00000000000000000000000000000000', 0), ('c36790620de8526ea6a8d8fef62d1892', "
        "'escrow', '00000000000000000000000000000000', 0), ('7989e0f4e1c3542987f06c57ff5e4ebf', "
        "'redeemed', '00000000000000000000000000000000', 0), ('c27f5d8aac485199b1a58becbed878bd', "
        "'expired', '00000000000000000000000000000000', 0), ('11aa35fe316d5c009f2cd9f51cdd812d', "
        "'settled', '00000000000000000000000000000000', 0), ('84d09f61f1a257d4940842a3682a9d71', 'owed', "
        "'00000000000000000000000000000000', 0)",
    ),
}
DROP = {
    "postgresql": (
        "DROP TRIGGER transfer_no_update ON transfer",
        "DROP TRIGGER transfer_no_delete ON transfer",
        "DROP TRIGGER transfer_no_truncate ON transfer",
        "DROP TRIGGER transfer_lot_no_update ON transfer_lot",
        "DROP TRIGGER transfer_lot_no_delete ON transfer_lot",
        "DROP TRIGGER transfer_lot_no_truncate ON transfer_lot",
    ),
    "sqlite": (
        "DROP TRIGGER transfer_no_update",
        "DROP TRIGGER transfer_no_delete",
        "DROP TRIGGER transfer_lot_no_update",
        "DROP TRIGGER transfer_lot_no_delete",
    ),
}


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("owed", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('member', 'merchant', 'issued', 'escrow', 'redeemed', 'expired', 'settled', 'owed')",
            name=op.f("ck_account_kind"),
        ),
        sa.CheckConstraint("owed BETWEEN 0 AND 9007199254740991", name=op.f("ck_account_owed")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("owner_id", "kind", name=op.f("uq_account_owner_id_kind")),
        sqlite_strict=True,
    )
    op.create_table(
        "score",
        sa.Column("season", sa.String(length=10), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("squad_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("deeds", sa.BigInteger(), nullable=False),
        sa.Column("reached_at", UtcTime(), nullable=False),
        sa.CheckConstraint("deeds >= 0", name=op.f("ck_score_deeds")),
        sa.CheckConstraint("points BETWEEN 0 AND 9007199254740991", name=op.f("ck_score_points")),
        sa.PrimaryKeyConstraint("season", "member_id", "squad_id", name=op.f("pk_score")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("score", schema=None) as batch_op:
        batch_op.create_index(
            "ix_score_season_squad_id_points", ["season", "squad_id", "points"], unique=False
        )
    op.create_table(
        "squad_score",
        sa.Column("season", sa.String(length=10), nullable=False),
        sa.Column("squad_id", sa.Uuid(), nullable=False),
        sa.Column("shard", sa.Integer(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("deeds", sa.BigInteger(), nullable=False),
        sa.Column("reached_at", UtcTime(), nullable=False),
        sa.CheckConstraint("deeds >= 0", name=op.f("ck_squad_score_deeds")),
        sa.CheckConstraint("points BETWEEN 0 AND 9007199254740991", name=op.f("ck_squad_score_points")),
        sa.CheckConstraint("shard BETWEEN 0 AND 15", name=op.f("ck_squad_score_shard")),
        sa.PrimaryKeyConstraint("season", "squad_id", "shard", name=op.f("pk_squad_score")),
        sqlite_strict=True,
    )
    op.create_table(
        "tariff_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name_zh", sa.String(length=60), nullable=False),
        sa.Column("name_en", sa.String(length=60), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("daily_cap", sa.Integer(), nullable=True),
        sa.Column("weekly_cap", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "category IN ('patrol', 'report', 'care', 'publicity', 'mediation', 'rental', 'bill', 'training', 'other')",
            name=op.f("ck_tariff_rule_category"),
        ),
        sa.CheckConstraint("daily_cap IS NULL OR daily_cap >= 1", name=op.f("ck_tariff_rule_daily_cap")),
        sa.CheckConstraint("points BETWEEN 1 AND 1000000", name=op.f("ck_tariff_rule_points")),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until > valid_from", name=op.f("ck_tariff_rule_valid_until")
        ),
        sa.CheckConstraint("version >= 1", name=op.f("ck_tariff_rule_version")),
        sa.CheckConstraint("weekly_cap IS NULL OR weekly_cap >= 1", name=op.f("ck_tariff_rule_weekly_cap")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tariff_rule")),
        sa.UniqueConstraint("code", "version", name=op.f("uq_tariff_rule_code_version")),
        sqlite_strict=True,
    )
    op.create_table(
        "lot",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("balance BETWEEN 0 AND 9007199254740991", name=op.f("ck_lot_balance")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_lot_account_id_account")),
        sa.PrimaryKeyConstraint("account_id", "expires_on", name=op.f("pk_lot")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("lot", schema=None) as batch_op:
        batch_op.create_index("ix_lot_expires_on", ["expires_on", "account_id"], unique=False)
    op.create_table(
        "transfer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("debit_account_id", sa.Uuid(), nullable=False),
        sa.Column("credit_account_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("receipt_key", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("subject_type", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("rule_id", sa.Uuid(), nullable=True),
        sa.Column("squad_id", sa.Uuid(), nullable=True),
        sa.Column("happened_at", UtcTime(), nullable=False),
        sa.Column("posted_at", UtcTime(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("reservation_id", sa.Uuid(), nullable=True),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.Column("memo", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "(kind = 'reversal') = (reverses_id IS NOT NULL)", name=op.f("ck_transfer_reversal")
        ),
        sa.CheckConstraint(
            "(kind IN ('release', 'pay')) = (reservation_id IS NOT NULL)",
            name=op.f("ck_transfer_reservation"),
        ),
        sa.CheckConstraint(
            "kind <> 'advance' OR debit_account_id = '84d09f61f1a257d4940842a3682a9d71'",
            name=op.f("ck_transfer_advance"),
        ),
        sa.CheckConstraint(
            "kind <> 'earn' OR debit_account_id = 'beb443fecef45834bfb07d686e78dc52'",
            name=op.f("ck_transfer_earn"),
        ),
        sa.CheckConstraint(
            "kind <> 'earn' OR subject_type <> 'award' OR actor_id <> credit_account_id",
            name=op.f("ck_transfer_nobody_awards_himself"),
        ),
        sa.CheckConstraint(
            "kind <> 'expire' OR credit_account_id = 'c27f5d8aac485199b1a58becbed878bd'",
            name=op.f("ck_transfer_expire"),
        ),
        sa.CheckConstraint(
            "kind <> 'pay' OR debit_account_id = 'c36790620de8526ea6a8d8fef62d1892'",
            name=op.f("ck_transfer_pay"),
        ),
        sa.CheckConstraint(
            "kind <> 'release' OR credit_account_id = '7989e0f4e1c3542987f06c57ff5e4ebf'",
            name=op.f("ck_transfer_release_to"),
        ),
        sa.CheckConstraint(
            "kind <> 'release' OR debit_account_id = 'c36790620de8526ea6a8d8fef62d1892'",
            name=op.f("ck_transfer_release_from"),
        ),
        sa.CheckConstraint(
            "kind <> 'repay' OR credit_account_id = '84d09f61f1a257d4940842a3682a9d71'",
            name=op.f("ck_transfer_repay"),
        ),
        sa.CheckConstraint(
            "kind <> 'settle' OR credit_account_id = '11aa35fe316d5c009f2cd9f51cdd812d'",
            name=op.f("ck_transfer_settle"),
        ),
        sa.CheckConstraint(
            "kind <> 'spend' OR credit_account_id = 'c36790620de8526ea6a8d8fef62d1892'",
            name=op.f("ck_transfer_spend"),
        ),
        sa.CheckConstraint(
            "kind IN ('earn', 'spend', 'release', 'pay', 'expire', 'settle', 'gift', 'reversal', 'advance', 'repay')",
            name=op.f("ck_transfer_kind"),
        ),
        sa.CheckConstraint("amount BETWEEN 1 AND 1000000", name=op.f("ck_transfer_amount")),
        sa.CheckConstraint("debit_account_id <> credit_account_id", name=op.f("ck_transfer_two_accounts")),
        sa.CheckConstraint("happened_at <= posted_at", name=op.f("ck_transfer_happened_before_posted")),
        sa.ForeignKeyConstraint(
            ["credit_account_id"], ["account.id"], name=op.f("fk_transfer_credit_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["debit_account_id"], ["account.id"], name=op.f("fk_transfer_debit_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["reservation_id"], ["transfer.id"], name=op.f("fk_transfer_reservation_id_transfer")
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["transfer.id"], name=op.f("fk_transfer_reverses_id_transfer")
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["tariff_rule.id"], name=op.f("fk_transfer_rule_id_tariff_rule")
        ),
        sa.ForeignKeyConstraint(["squad_id"], ["squad.id"], name=op.f("fk_transfer_squad_id_squad")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer")),
        sa.UniqueConstraint(
            "receipt_key", "kind", "credit_account_id", "debit_account_id", name="uq_transfer_once"
        ),
        sqlite_strict=True,
    )
    with op.batch_alter_table("transfer", schema=None) as batch_op:
        batch_op.create_index("ix_transfer_credit", ["credit_account_id", "posted_at", "id"], unique=False)
        batch_op.create_index(
            "ix_transfer_debit",
            ["debit_account_id", "posted_at", "id"],
            unique=False,
            sqlite_where=sa.text("kind <> 'earn'"),
            postgresql_where=sa.text("kind <> 'earn'"),
        )
        batch_op.create_index(
            "uq_transfer_reservation_id",
            ["reservation_id"],
            unique=True,
            sqlite_where=sa.text("reservation_id IS NOT NULL"),
            postgresql_where=sa.text("reservation_id IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_transfer_reverses_id",
            ["reverses_id"],
            unique=True,
            sqlite_where=sa.text("reverses_id IS NOT NULL"),
            postgresql_where=sa.text("reverses_id IS NOT NULL"),
        )
    op.create_table(
        "transfer_lot",
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "change <> 0 AND change BETWEEN -1000000 AND 1000000", name=op.f("ck_transfer_lot_change")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_transfer_lot_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["transfer.id"], name=op.f("fk_transfer_lot_transfer_id_transfer")
        ),
        sa.PrimaryKeyConstraint("transfer_id", "account_id", "expires_on", name=op.f("pk_transfer_lot")),
        sqlite_strict=True,
    )
    for statement in MAKE[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    """Remove the tables."""
    for statement in DROP[op.get_bind().dialect.name]:
        op.execute(statement)
    op.drop_table("transfer_lot")
    with op.batch_alter_table("transfer", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_transfer_reverses_id",
            sqlite_where=sa.text("reverses_id IS NOT NULL"),
            postgresql_where=sa.text("reverses_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "uq_transfer_reservation_id",
            sqlite_where=sa.text("reservation_id IS NOT NULL"),
            postgresql_where=sa.text("reservation_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_transfer_debit",
            sqlite_where=sa.text("kind <> 'earn'"),
            postgresql_where=sa.text("kind <> 'earn'"),
        )
        batch_op.drop_index("ix_transfer_credit")
    op.drop_table("transfer")
    with op.batch_alter_table("lot", schema=None) as batch_op:
        batch_op.drop_index("ix_lot_expires_on")
    op.drop_table("lot")
    op.drop_table("tariff_rule")
    op.drop_table("squad_score")
    with op.batch_alter_table("score", schema=None) as batch_op:
        batch_op.drop_index("ix_score_season_squad_id_points")
    op.drop_table("score")
    op.drop_table("account")
