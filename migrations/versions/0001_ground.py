"""Receipts and the audit log."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

#: The database itself refuses to change or remove what was booked.
MAKE = {
    "postgresql": (
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = TG_TABLE_NAME "
        "|| ' is insert-only'; END $$",
        "CREATE TRIGGER receipt_no_update BEFORE UPDATE ON receipt FOR EACH ROW  EXECUTE FUNCTION "
        "refuse_change()",
        "CREATE TRIGGER receipt_no_delete BEFORE DELETE ON receipt FOR EACH ROW WHEN (OLD.created_at "
        "> now() - interval '400 days') EXECUTE FUNCTION refuse_change()",
        "CREATE TRIGGER receipt_no_truncate BEFORE TRUNCATE ON receipt FOR EACH STATEMENT  EXECUTE "
        "FUNCTION refuse_change()",
    ),
    "sqlite": (
        "CREATE TRIGGER receipt_no_update BEFORE UPDATE ON receipt  BEGIN SELECT RAISE(ABORT, 'receipt "
        "is insert-only'); END",
        "CREATE TRIGGER receipt_no_delete BEFORE DELETE ON receipt WHEN julianday('now') - "
        "julianday(OLD.created_at) < 400 BEGIN SELECT RAISE(ABORT, 'receipt is insert-only'); END",
    ),
}
DROP = {
    "postgresql": (
        "DROP TRIGGER receipt_no_update ON receipt",
        "DROP TRIGGER receipt_no_delete ON receipt",
        "DROP TRIGGER receipt_no_truncate ON receipt",
        "DROP FUNCTION refuse_change()",
    ),
    "sqlite": ("DROP TRIGGER receipt_no_update", "DROP TRIGGER receipt_no_delete"),
}


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("answerable_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject_type", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("receipt_key", sa.Uuid(), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index("ix_audit_entry_subject_id_at", ["subject_id", "at"], unique=False)
    op.create_table(
        "receipt",
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=60), nullable=False),
        sa.Column("family", sa.String(length=20), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_receipt")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.create_index("ix_receipt_outcome_created_at", ["outcome", "created_at"], unique=False)
    for statement in MAKE[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    """Remove the tables."""
    for statement in DROP[op.get_bind().dialect.name]:
        op.execute(statement)
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.drop_index("ix_receipt_outcome_created_at")
    op.drop_table("receipt")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entry_subject_id_at")
    op.drop_table("audit_entry")
