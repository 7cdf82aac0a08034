"""Attendances of a person who was registered twice: the other membership."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; nobody has one yet."""
    op.add_column("attendance", sa.Column("merged_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    """Take it away again."""
    op.drop_column("attendance", "merged_id")
