"""Merged memberships, and pairs that look alike and are two people."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_IN_FORCE = sa.text("undone_at IS NULL")
_LOST = sa.text("status = 'active' AND card_revoked_at IS NOT NULL")


def upgrade() -> None:
    """Make its tables."""
    op.create_table(
        "member_merge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("gone_id", sa.Uuid(), nullable=False),
        sa.Column("kept_id", sa.Uuid(), nullable=False),
        sa.Column("merged_by", sa.Uuid(), nullable=False),
        sa.Column("merged_at", UtcTime(), nullable=False),
        sa.Column("reason", sa.String(length=120), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("owed", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("undone_by", sa.Uuid(), nullable=True),
        sa.Column("undone_at", UtcTime(), nullable=True),
        sa.CheckConstraint("gone_id <> kept_id", name=op.f("ck_member_merge_two_members")),
        sa.CheckConstraint(
            "merged_by <> gone_id AND merged_by <> kept_id",
            name=op.f("ck_member_merge_nobody_merges_himself"),
        ),
        sa.CheckConstraint("points >= 0 AND owed >= 0", name=op.f("ck_member_merge_moved")),
        sa.CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name=op.f("ck_member_merge_undone")),
        sa.CheckConstraint(
            "undone_at IS NULL OR undone_at >= merged_at", name=op.f("ck_member_merge_undone_afterwards")
        ),
        sa.ForeignKeyConstraint(["gone_id"], ["member.id"], name=op.f("fk_member_merge_gone_id_member")),
        sa.ForeignKeyConstraint(["kept_id"], ["member.id"], name=op.f("fk_member_merge_kept_id_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_merge")),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_member_merge_gone_id",
        "member_merge",
        ["gone_id"],
        unique=True,
        sqlite_where=_IN_FORCE,
        postgresql_where=_IN_FORCE,
    )
    op.create_index("ix_member_merge_kept_id", "member_merge", ["kept_id"])
    op.create_table(
        "told_apart",
        sa.Column("first_id", sa.Uuid(), nullable=False),
        sa.Column("second_id", sa.Uuid(), nullable=False),
        sa.Column("told_by", sa.Uuid(), nullable=False),
        sa.Column("told_at", UtcTime(), nullable=False),
        sa.CheckConstraint("first_id < second_id", name=op.f("ck_told_apart_in_order")),
        sa.ForeignKeyConstraint(["first_id"], ["member.id"], name=op.f("fk_told_apart_first_id_member")),
        sa.ForeignKeyConstraint(["second_id"], ["member.id"], name=op.f("fk_told_apart_second_id_member")),
        sa.PrimaryKeyConstraint("first_id", "second_id", name=op.f("pk_told_apart")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_told_apart_second_id"), "told_apart", ["second_id"])
    op.create_index("ix_member_card_lost", "member", ["id"], sqlite_where=_LOST, postgresql_where=_LOST)


def downgrade() -> None:
    """Take them away again."""
    op.drop_index("ix_member_card_lost", "member")
    op.drop_table("told_apart")
    op.drop_table("member_merge")
