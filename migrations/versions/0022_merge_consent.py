"""Merges that move points wait for a second person.

Of merges that were made before nobody knows whether two had agreed: their `by_two` stays empty.
"""

import sqlalchemy as sa
from alembic import op

from core.db import UtcTime

revision = "0022"
down_revision = "0025"
branch_labels = None
depends_on = None

_CHECKS = {
    "kind": "kind IN ('merge', 'undo')",
    "state": "state IN ('waiting', 'agreed', 'declined', 'cancelled', 'lapsed')",
    "two_members": "gone_id <> kept_id",
    "moved": "points >= 0 AND owed >= 0",
    "not_for_oneself": "proposed_by <> gone_id AND proposed_by <> kept_id",
    "decided_by": "(state = 'waiting') = (decided_by IS NULL)",
    "decided_at": "(decided_by IS NULL) = (decided_at IS NULL)",
    "second_is_another": "state NOT IN ('agreed', 'declined') OR decided_by <> proposed_by",
    "called_off_by_oneself": "state <> 'cancelled' OR decided_by = proposed_by",
    "second_is_neither": "decided_by IS NULL OR (decided_by <> gone_id AND decided_by <> kept_id)",
    "merge": "(kind = 'undo' OR state = 'agreed') = (merge_id IS NOT NULL)",
}


def upgrade() -> None:
    """Make its table."""
    op.add_column("member_merge", sa.Column("by_two", sa.Boolean(), nullable=True))
    op.create_table(
        "merge_proposal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("gone_id", sa.Uuid(), nullable=False),
        sa.Column("kept_id", sa.Uuid(), nullable=False),
        sa.Column("phone", sa.String(length=4), nullable=False),
        sa.Column("place", sa.String(length=4), nullable=False),
        sa.Column("reason", sa.String(length=120), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("owed", sa.BigInteger(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", UtcTime(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", UtcTime(), nullable=True),
        sa.Column("answer", sa.String(length=120), nullable=False),
        sa.Column("merge_id", sa.Uuid(), nullable=True),
        *(sa.CheckConstraint(text, name=op.f(f"ck_merge_proposal_{name}")) for name, text in _CHECKS.items()),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_merge_proposal_{column}_{table}")
            )
            for column, table in (("gone_id", "member"), ("kept_id", "member"), ("merge_id", "member_merge"))
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merge_proposal")),
        sqlite_strict=True,
    )
    for name, columns, where in (
        ("uq_merge_proposal_gone_id", ["gone_id"], "state = 'waiting'"),
        ("uq_merge_proposal_merge_id", ["merge_id", "kind"], "state = 'agreed'"),
    ):
        part = sa.text(where)
        op.create_index(
            name, "merge_proposal", columns, unique=True, sqlite_where=part, postgresql_where=part
        )
    for column in (["state", "id"], ["gone_id"], ["kept_id"]):
        op.create_index(f"ix_merge_proposal_{column[0]}", "merge_proposal", column)


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("merge_proposal")
    op.drop_column("member_merge", "by_two")
