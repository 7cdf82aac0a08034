"""Endorsements and imports of members."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_UNDER_WAY = sa.text("state IN ('running', 'stopped')")


def upgrade() -> None:
    """Make its tables."""
    op.create_table(
        "endorsement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("applicant_id", sa.Uuid(), nullable=False),
        sa.Column("endorser_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("asked_at", UtcTime(), nullable=False),
        sa.Column("decided_at", UtcTime(), nullable=True),
        sa.CheckConstraint("state IN ('asked', 'confirmed', 'declined')", name=op.f("ck_endorsement_state")),
        sa.CheckConstraint(
            "applicant_id <> endorser_id", name=op.f("ck_endorsement_nobody_endorses_himself")
        ),
        sa.CheckConstraint("(state = 'asked') = (decided_at IS NULL)", name=op.f("ck_endorsement_decided")),
        sa.ForeignKeyConstraint(
            ["applicant_id"], ["member.id"], name=op.f("fk_endorsement_applicant_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["endorser_id"], ["member.id"], name=op.f("fk_endorsement_endorser_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endorsement")),
        sa.UniqueConstraint(
            "applicant_id", "endorser_id", name=op.f("uq_endorsement_applicant_id_endorser_id")
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_endorsement_endorser_id_state", "endorsement", ["endorser_id", "state", "decided_at"])
    _make_imports()
    _make_rows()


def _make_imports() -> None:
    op.create_table(
        "member_import",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("file_name", sa.String(60), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("target", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("unused_columns", sa.JSON(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("entered", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=True),
        sa.Column("finished_at", UtcTime(), nullable=True),
        sa.CheckConstraint("target IN ('active', 'applied')", name=op.f("ck_member_import_target")),
        sa.CheckConstraint(
            "state IN ('reading', 'ready', 'running', 'stopped', 'done')", name=op.f("ck_member_import_state")
        ),
        sa.CheckConstraint("entered >= 0 AND entered <= total", name=op.f("ck_member_import_entered")),
        sa.CheckConstraint(
            "(state IN ('reading', 'ready')) = (started_at IS NULL)", name=op.f("ck_member_import_started")
        ),
        sa.CheckConstraint(
            "(state = 'done') = (finished_at IS NOT NULL)", name=op.f("ck_member_import_finished")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_import")),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_member_import_digest",
        "member_import",
        ["digest"],
        unique=True,
        sqlite_where=_UNDER_WAY,
        postgresql_where=_UNDER_WAY,
    )
    op.create_index("ix_member_import_created_at", "member_import", ["created_at"])


def _make_rows() -> None:
    op.create_table(
        "member_import_row",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("told", sa.String(200), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("phone", sa.String(20), nullable=True),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("squad_id", sa.Uuid(), nullable=True),
        sa.Column("area_id", sa.Uuid(), nullable=True),
        sa.Column("problem", sa.String(60), nullable=True),
        sa.Column("problem_data", sa.JSON(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "state IN ('ready', 'problem', 'entered', 'refused')", name=op.f("ck_member_import_row_state")
        ),
        sa.CheckConstraint(
            "state <> 'entered' OR (name = '' AND phone IS NULL)", name=op.f("ck_member_import_row_emptied")
        ),
        sa.CheckConstraint(
            "(state IN ('problem', 'refused')) = (problem IS NOT NULL)",
            name=op.f("ck_member_import_row_problem"),
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["member_import.id"], name=op.f("fk_member_import_row_import_id_member_import")
        ),
        sa.ForeignKeyConstraint(["squad_id"], ["squad.id"], name=op.f("fk_member_import_row_squad_id_squad")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_member_import_row_area_id_area")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_member_import_row_member_id_member")
        ),
        sa.PrimaryKeyConstraint("import_id", "number", name=op.f("pk_member_import_row")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_member_import_row_import_id_state", "member_import_row", ["import_id", "state", "number"]
    )
    op.create_index("ix_member_import_row_member_id", "member_import_row", ["member_id"])
    op.create_index("ix_member_import_row_phone", "member_import_row", ["phone"])


def downgrade() -> None:
    """Take them away again; who was entered stays a member."""
    op.drop_table("member_import_row")
    op.drop_table("member_import")
    op.drop_table("endorsement")
