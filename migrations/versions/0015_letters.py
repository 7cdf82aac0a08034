"""Letters of encouragement."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make its tables."""
    op.create_table(
        "letter_series",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.CheckConstraint("last >= 1", name=op.f("ck_letter_series_last")),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_letter_series")),
        sqlite_strict=True,
    )
    op.create_table(
        "letter",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("occasion_zh", sa.String(length=300), nullable=False),
        sa.Column("occasion_en", sa.String(length=600), nullable=False),
        sa.Column("code_digest", sa.String(length=64), nullable=False),
        sa.Column("issued_by", sa.Uuid(), nullable=False),
        sa.Column("issued_at", UtcTime(), nullable=False),
        sa.Column("revoked_by", sa.Uuid(), nullable=True),
        sa.Column("revoked_at", UtcTime(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint("sequence >= 1", name=op.f("ck_letter_sequence")),
        sa.CheckConstraint("occasion_zh <> ''", name=op.f("ck_letter_occasion")),
        sa.CheckConstraint("issued_by <> member_id", name=op.f("ck_letter_not_to_oneself")),
        sa.CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name=op.f("ck_letter_revoked")),
        sa.CheckConstraint("(revoked_at IS NULL) = (reason = '')", name=op.f("ck_letter_reason")),
        sa.CheckConstraint(
            "revoked_at IS NULL OR revoked_at >= issued_at", name=op.f("ck_letter_revoked_after_issued")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_letter_member_id_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint("code_digest", name=op.f("uq_letter_code_digest")),
        sa.UniqueConstraint("year", "sequence", name=op.f("uq_letter_year_sequence")),
        sqlite_strict=True,
    )
    op.create_index("ix_letter_member_id_issued_at", "letter", ["member_id", "issued_at"])


def downgrade() -> None:
    """Take them away."""
    op.drop_table("letter")
    op.drop_table("letter_series")
