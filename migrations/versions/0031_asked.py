"""Awards of activities that wait for a second coordinator: the activity, and what was decided, for those who came."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0029"
branch_labels = None
depends_on = None

_FILLED = sa.text("request_id IS NOT NULL")
_OF_REQUEST = "SELECT {} FROM award_request q WHERE q.id = attendance.request_id"


def upgrade() -> None:
    """Name the activity where the award still waits; what was paid stands in the books as it does."""
    op.add_column("award_request", sa.Column("activity_id", sa.Uuid(), nullable=True))
    op.create_index(
        "ix_attendance_request_id",
        "attendance",
        ["request_id"],
        sqlite_where=_FILLED,
        postgresql_where=_FILLED,
    )
    op.execute(
        "UPDATE award_request SET activity_id = (SELECT a.activity_id FROM attendance a "
        "WHERE a.request_id = award_request.id AND a.how = 'code') WHERE state = 'waiting'"
    )
    op.execute(
        "UPDATE attendance SET service_minutes = 0 WHERE how = 'hand' AND outcome = 'requested' "
        f"AND ({_OF_REQUEST.format('q.state')}) <> 'agreed'"
    )
    op.execute(
        f"UPDATE attendance SET outcome = 'paid', transfer_id = ({_OF_REQUEST.format('q.transfer_id')}), "
        f"request_id = NULL WHERE outcome = 'requested' AND ({_OF_REQUEST.format('q.state')}) = 'agreed'"
    )
    for state, refusal in (("declined", "award_declined"), ("cancelled", "award_called_off")):
        op.execute(
            f"UPDATE attendance SET outcome = 'refused', refusal = '{refusal}', points = 0, request_id = NULL "
            f"WHERE outcome = 'requested' AND ({_OF_REQUEST.format('q.state')}) = '{state}'"
        )


def downgrade() -> None:
    """Take column and index away; what was decided stays with those who came."""
    op.drop_index("ix_attendance_request_id", "attendance")
    op.drop_column("award_request", "activity_id")
