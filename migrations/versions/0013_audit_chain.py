"""The audit log as a chain, and the books in the order of time.

Entries that are there already are chained by the first `flask audit seal` (the keeper does it within a minute), by the
same code and in the same order as all later ones.
"""

import sqlalchemy as sa
from alembic import op

from core.db import UtcTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

#: The database itself refuses to change or remove a link.
MAKE = {
    "postgresql": (
        "CREATE TRIGGER audit_link_no_update BEFORE UPDATE ON audit_link FOR EACH ROW EXECUTE FUNCTION "
        "refuse_change()",
        "CREATE TRIGGER audit_link_no_delete BEFORE DELETE ON audit_link FOR EACH ROW EXECUTE FUNCTION "
        "refuse_change()",
        "CREATE TRIGGER audit_link_no_truncate BEFORE TRUNCATE ON audit_link FOR EACH STATEMENT EXECUTE "
        "FUNCTION refuse_change()",
    ),
    "sqlite": (
        "CREATE TRIGGER audit_link_no_update BEFORE UPDATE ON audit_link BEGIN SELECT RAISE(ABORT, "
        "'audit_link is insert-only'); END",
        "CREATE TRIGGER audit_link_no_delete BEFORE DELETE ON audit_link BEGIN SELECT RAISE(ABORT, "
        "'audit_link is insert-only'); END",
    ),
}


def upgrade() -> None:
    """Make the chain and the indexes by time."""
    op.create_table(
        "audit_link",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_at", UtcTime(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_audit_link_number")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["audit_entry.id"], name=op.f("fk_audit_link_entry_id_audit_entry")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_link")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_audit_link_entry_id")),
        sqlite_strict=True,
    )
    for statement in MAKE[op.get_bind().dialect.name]:
        op.execute(statement)
    op.create_index("ix_transfer_posted", "transfer", ["posted_at", "id"], unique=False)
    op.drop_index("ix_receipt_outcome_created_at", "receipt")
    op.create_index("ix_receipt_created_at_outcome", "receipt", ["created_at", "outcome"], unique=False)


def downgrade() -> None:
    """Take chain and indexes away."""
    op.drop_index("ix_receipt_created_at_outcome", "receipt")
    op.create_index("ix_receipt_outcome_created_at", "receipt", ["outcome", "created_at"], unique=False)
    op.drop_index("ix_transfer_posted", "transfer")
    if op.get_bind().dialect.name == "postgresql":
        for act in ("update", "delete", "truncate"):
            op.execute(f"DROP TRIGGER audit_link_no_{act} ON audit_link")
    else:
        for act in ("update", "delete"):
            op.execute(f"DROP TRIGGER audit_link_no_{act}")
    op.drop_table("audit_link")
