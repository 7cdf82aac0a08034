"""Find the hazards whose last day lies in a month."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_BY = {
    "deadline": "kind = 'hazard'",
    "due_on": "kind = 'hazard' AND deadline IS NULL",
}


def upgrade() -> None:
    """The goal of hazards dealt with in time read all hazards of a year for it, with every look at the desk."""
    for column, which in _BY.items():
        where = sa.text(which)
        op.create_index(
            f"ix_report_hazard_{column}", "report", [column], sqlite_where=where, postgresql_where=where
        )


def downgrade() -> None:
    """Read them all again."""
    for column in _BY:
        op.drop_index(f"ix_report_hazard_{column}", "report")
