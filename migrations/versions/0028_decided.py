"""Find what one person at the desk has decided: not only about activities, but about reports and homes."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_AT_ACTIVITY = sa.text("subject_type = 'activity'")
_DECIDED = sa.text("subject_type IN ('activity', 'report', 'home')")


def upgrade() -> None:
    """Put one index in the place of the other."""
    _replace("ix_transfer_at_activity_of", "ix_transfer_decided_of", _DECIDED)


def downgrade() -> None:
    """And back."""
    _replace("ix_transfer_decided_of", "ix_transfer_at_activity_of", _AT_ACTIVITY)


def _replace(old: str, new: str, where: sa.TextClause) -> None:
    op.drop_index(old, table_name="transfer")
    op.create_index(new, "transfer", ["actor_id", "posted_at"], sqlite_where=where, postgresql_where=where)
