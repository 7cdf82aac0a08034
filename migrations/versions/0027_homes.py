"""Rented homes that may be the same, and those that were struck out."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcTime

revision = "0027"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them. Homes of before have no outline: they are found again by their whole address only."""
    with op.batch_alter_table("rented_home") as table:
        table.add_column(sa.Column("outline", sa.String(64), nullable=False, server_default=""))
        table.add_column(sa.Column("voided_at", UtcTime()))
        table.add_column(sa.Column("void_reason", sa.String(200), nullable=False, server_default=""))
    op.create_index("ix_rented_home_outline", "rented_home", ["outline"])


def downgrade() -> None:
    """Take them away again."""
    op.drop_index("ix_rented_home_outline", "rented_home")
    with op.batch_alter_table("rented_home") as table:
        for name in ("void_reason", "voided_at", "outline"):
            table.drop_column(name)
