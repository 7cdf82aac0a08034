"""What kind of code a refused scan was of, and which refusals were of one code or came from one phone."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcTime

revision = "0036"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; refusals from before stand in receipts only, which do not know what was scanned."""
    op.create_table(
        "refused_scan",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(1), nullable=True),
        sa.Column("reason", sa.String(60), nullable=False),
        sa.Column("code_digest", sa.String(64), nullable=True),
        sa.Column("device_digest", sa.String(32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refused_scan")),
        sqlite_strict=True,
    )
    for columns in (("at",), ("member_id", "at"), ("reason", "at"), ("code_digest", "at"), ("device_digest", "at")):
        op.create_index(f"ix_refused_scan_{'_'.join(columns)}_id", "refused_scan", [*columns, "id"])


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("refused_scan")
