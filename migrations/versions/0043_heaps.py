"""Heaps of refused scans that somebody has looked at, and why they could be put away."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcTime

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; nobody has looked at any before."""
    op.create_table(
        "refused_heap",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(10), nullable=False),
        sa.Column("digest", sa.String(64), nullable=True),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("last_at", UtcTime(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("seen_at", UtcTime(), nullable=False),
        sa.Column("seen_by", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.CheckConstraint("what IN ('code', 'phone', 'member')", name=op.f("ck_refused_heap_what")),
        sa.CheckConstraint("(what = 'member') = (member_id IS NOT NULL)", name=op.f("ck_refused_heap_member")),
        sa.CheckConstraint("(digest IS NULL) = (member_id IS NOT NULL)", name=op.f("ck_refused_heap_digest")),
        sa.CheckConstraint("times >= 1 AND people >= 0", name=op.f("ck_refused_heap_counts")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_refused_heap_reason")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refused_heap")),
        sa.UniqueConstraint("what", "digest", name=op.f("uq_refused_heap_what_digest")),
        sa.UniqueConstraint("member_id", name=op.f("uq_refused_heap_member_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_refused_heap_seen_at_id", "refused_heap", ["seen_at", "id"])
    op.create_index("ix_refused_heap_last_at", "refused_heap", ["last_at"])


def downgrade() -> None:
    """Take it away again: all heaps of the day wait once more."""
    op.drop_table("refused_heap")
