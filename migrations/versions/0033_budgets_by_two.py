"""Grants to budgets of shops that wait for a second coordinator; what shops give, and who grants it, found by indexes."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcTime

revision = "0033"
down_revision = "0035"
branch_labels = None
depends_on = None

_GIVING = sa.text("subject_type IN ('shop_gift', 'budget')")


def upgrade() -> None:
    """Make its table; what was granted before stands as it does."""
    op.create_table(
        "budget_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("limit_passed", sa.String(length=20), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("requested_at", UtcTime(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", UtcTime(), nullable=True),
        sa.Column("answer", sa.String(length=200), nullable=False),
        sa.Column("change_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("points BETWEEN 1 AND 1000000", name=op.f("ck_budget_request_points")),
        sa.CheckConstraint(
            "state IN ('waiting', 'agreed', 'declined', 'cancelled')", name=op.f("ck_budget_request_state")
        ),
        sa.CheckConstraint(
            "(state = 'waiting') = (decided_at IS NULL)", name=op.f("ck_budget_request_decided")
        ),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (decided_by IS NULL)", name=op.f("ck_budget_request_decided_by")
        ),
        sa.CheckConstraint(
            "(state = 'agreed') = (change_id IS NOT NULL)", name=op.f("ck_budget_request_agreed")
        ),
        sa.CheckConstraint(
            "state NOT IN ('agreed', 'declined') OR decided_by <> requested_by",
            name=op.f("ck_budget_request_second"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchant.id"], name=op.f("fk_budget_request_merchant_id_merchant")
        ),
        sa.ForeignKeyConstraint(
            ["change_id"], ["budget_change.id"], name=op.f("fk_budget_request_change_id_budget_change")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_request")),
        sa.UniqueConstraint("change_id", name=op.f("uq_budget_request_change_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_budget_request_state_requested_at", "budget_request", ["state", "requested_at"])
    op.create_index("ix_budget_request_merchant_id", "budget_request", ["merchant_id"])
    op.create_index("ix_budget_change_changed_by_changed_at", "budget_change", ["changed_by", "changed_at"])
    op.create_index("ix_shop_deed_awarded_by_awarded_at", "shop_deed", ["awarded_by", "awarded_at"])
    op.create_index(
        "ix_transfer_shop_giving",
        "transfer",
        ["posted_at"],
        sqlite_where=_GIVING,
        postgresql_where=_GIVING,
    )


def downgrade() -> None:
    """Forget who agreed and what still waits; what was granted stays in the books."""
    op.drop_index("ix_transfer_shop_giving", "transfer")
    op.drop_index("ix_shop_deed_awarded_by_awarded_at", "shop_deed")
    op.drop_index("ix_budget_change_changed_by_changed_at", "budget_change")
    op.drop_table("budget_request")
