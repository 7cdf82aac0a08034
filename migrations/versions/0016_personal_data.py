"""Consent by version, and what is left of a member whose personal data is gone.

Who has consented before has agreed to the first text. Plain ALTER TABLE on both engines: building the table of members
anew would take minutes with a million of them.
"""

import sqlalchemy as sa
from alembic import op

from core.db import UtcTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_DUE = sa.text("deletion_due_at IS NOT NULL")


def upgrade() -> None:
    """Make the table and the columns, and enter what was agreed to so far."""
    op.create_table(
        "consent",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("agreed_at", UtcTime(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_consent_version")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_consent_member_id_member")),
        sa.PrimaryKeyConstraint("member_id", "version", name=op.f("pk_consent")),
        sqlite_strict=True,
    )
    op.add_column("member", sa.Column("consent_version", sa.Integer(), nullable=True))
    op.add_column("member", sa.Column("signed_in_on", sa.Date(), nullable=True))
    op.add_column("member", sa.Column("deletion_due_at", UtcTime(), nullable=True))
    op.add_column("member", sa.Column("erased_at", UtcTime(), nullable=True))
    op.create_index(
        "ix_member_deletion_due_at",
        "member",
        ["deletion_due_at"],
        unique=False,
        sqlite_where=_DUE,
        postgresql_where=_DUE,
    )
    op.execute("UPDATE member SET consent_version = 1 WHERE consented_at IS NOT NULL")
    op.execute(
        "INSERT INTO consent (member_id, version, agreed_at, recorded_by) "
        "SELECT id, 1, consented_at, id FROM member WHERE consented_at IS NOT NULL"
    )


def downgrade() -> None:
    """Take them away; names that were deleted stay deleted."""
    op.drop_index("ix_member_deletion_due_at", "member")
    for column in ("erased_at", "deletion_due_at", "signed_in_on", "consent_version"):
        op.execute(f"ALTER TABLE member DROP COLUMN {column}")
    op.drop_table("consent")
