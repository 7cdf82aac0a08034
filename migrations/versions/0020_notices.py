"""Notices to members and who has read them, titles on the wall of honour, and odd awards that wait to be looked at."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _add_notices()
    _add_readers()
    _add_honours()
    _add_odd_awards()


def _add_notices() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title_zh", sa.String(60), nullable=False),
        sa.Column("text_zh", sa.String(2000), nullable=False),
        sa.Column("title_en", sa.String(120), nullable=False),
        sa.Column("text_en", sa.String(4000), nullable=False),
        sa.Column("audience", sa.String(20), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("written_at", UtcTime(), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=True),
        sa.Column("first_read_at", UtcTime(), nullable=True),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name=op.f("ck_notice_ended")),
        sa.CheckConstraint("(state = 'withdrawn') = (reason <> '')", name=op.f("ck_notice_reason")),
        sa.CheckConstraint("(title_en = '') = (text_en = '')", name=op.f("ck_notice_english_whole")),
        sa.CheckConstraint("audience IN ('everybody', 'squads', 'areas')", name=op.f("ck_notice_audience")),
        sa.CheckConstraint("state IN ('open', 'withdrawn', 'replaced')", name=op.f("ck_notice_state")),
        sa.CheckConstraint("title_zh <> '' AND text_zh <> ''", name=op.f("ck_notice_words")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_notice_ended_by")),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_notice_days")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_notice_version")),
        sa.ForeignKeyConstraint(["replaces_id"], ["notice.id"], name=op.f("fk_notice_replaces_id_notice")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_notice_replaces_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_notice_state_last_day", "notice", ["state", "last_day"], unique=False)
    op.create_index("ix_notice_written_by", "notice", ["written_by"], unique=False)


def _add_readers() -> None:
    op.create_table(
        "notice_squad",
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("squad_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_squad_notice_id_notice")),
        sa.ForeignKeyConstraint(["squad_id"], ["squad.id"], name=op.f("fk_notice_squad_squad_id_squad")),
        sa.PrimaryKeyConstraint("notice_id", "squad_id", name=op.f("pk_notice_squad")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_notice_squad_squad_id"), "notice_squad", ["squad_id"], unique=False)
    op.create_table(
        "notice_area",
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_notice_area_area_id_area")),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_area_notice_id_notice")),
        sa.PrimaryKeyConstraint("notice_id", "area_id", name=op.f("pk_notice_area")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_notice_area_area_id"), "notice_area", ["area_id"], unique=False)
    op.create_table(
        "notice_reading",
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("read_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_notice_reading_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name=op.f("fk_notice_reading_notice_id_notice")
        ),
        sa.PrimaryKeyConstraint("notice_id", "member_id", name=op.f("pk_notice_reading")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_notice_reading_member_id"), "notice_reading", ["member_id"], unique=False)


def _add_honours() -> None:
    op.create_table(
        "honour",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(10), nullable=False),
        sa.Column("period", sa.String(7), nullable=False),
        sa.Column("squad_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("given_by", sa.Uuid(), nullable=False),
        sa.Column("given_at", UtcTime(), nullable=False),
        sa.Column("revoked_by", sa.Uuid(), nullable=True),
        sa.Column("revoked_at", UtcTime(), nullable=True),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.CheckConstraint("(revoked_at IS NULL) = (reason = '')", name=op.f("ck_honour_reason")),
        sa.CheckConstraint(
            "(title = 'star') = (member_id IS NOT NULL)", name=op.f("ck_honour_stars_are_people")
        ),
        sa.CheckConstraint("title IN ('star', 'squad')", name=op.f("ck_honour_title")),
        sa.CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name=op.f("ck_honour_revoked")),
        sa.CheckConstraint("length(period) IN (4, 7)", name=op.f("ck_honour_period")),
        sa.CheckConstraint(
            "member_id IS NULL OR given_by <> member_id", name=op.f("ck_honour_not_to_oneself")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_honour_member_id_member")),
        sa.ForeignKeyConstraint(["squad_id"], ["squad.id"], name=op.f("fk_honour_squad_id_squad")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_honour")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_honour_member_id"), "honour", ["member_id"], unique=False)
    op.create_index(op.f("ix_honour_squad_id"), "honour", ["squad_id"], unique=False)
    op.create_index(
        "uq_honour_title_period",
        "honour",
        ["title", "period"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )


def _add_odd_awards() -> None:
    op.create_table(
        "odd_award",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pattern", sa.String(160), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("people", sa.JSON(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("last_at", UtcTime(), nullable=False),
        sa.Column("found_at", UtcTime(), nullable=False),
        sa.Column("seen_at", UtcTime(), nullable=True),
        sa.Column("seen_by", sa.Uuid(), nullable=True),
        sa.Column("note", sa.String(200), nullable=False),
        sa.CheckConstraint("kind IN ('ring', 'burst', 'pair')", name=op.f("ck_odd_award_kind")),
        sa.CheckConstraint("(seen_at IS NULL) = (seen_by IS NULL)", name=op.f("ck_odd_award_seen")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_odd_award")),
        sa.UniqueConstraint("pattern", name=op.f("uq_odd_award_pattern")),
        sqlite_strict=True,
    )
    op.create_index("ix_odd_award_seen_at_last_at", "odd_award", ["seen_at", "last_at"], unique=False)


def downgrade() -> None:
    """Take them away again."""
    for table in ("odd_award", "honour", "notice_reading", "notice_area", "notice_squad", "notice"):
        op.drop_table(table)
