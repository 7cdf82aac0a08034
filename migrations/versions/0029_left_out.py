"""A further thing that a round may bring: nothing, because the member was suspended or had left before it ended."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcTime

revision = "0029"
down_revision = "0026"
branch_labels = None
depends_on = None

_BEFORE = "outcome IN ('paid', 'capped', 'not_in_tariff', 'absent', 'held', 'incomplete', 'dismissed')"
_AFTER = "outcome IN ('paid', 'capped', 'not_in_tariff', 'absent', 'not_active', 'held', 'incomplete', 'dismissed')"


def upgrade() -> None:
    """Let the outcome be told."""
    _replace_check(_BEFORE, _AFTER)


def downgrade() -> None:
    """What is nearest to it: not there for enough points."""
    op.execute("UPDATE round_member SET outcome = 'absent' WHERE outcome = 'not_active'")
    _replace_check(_AFTER, _BEFORE)


def _replace_check(before: str, after: str) -> None:
    # SQLite builds the table anew. Told in full, because reading it from the database loses types and constraints.
    with op.batch_alter_table("round_member", copy_from=_round_member(before)) as batch_op:
        batch_op.drop_constraint(op.f("ck_round_member_outcome"), type_="check")
        batch_op.create_check_constraint(op.f("ck_round_member_outcome"), sa.text(after))


def _round_member(outcomes: str) -> sa.Table:
    return sa.Table(
        "round_member",
        sa.MetaData(),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("joined_at", UtcTime(), nullable=False),
        sa.Column("left_at", UtcTime(), nullable=True),
        sa.Column("device_digest", sa.String(length=64), nullable=True),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("service_minutes", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.CheckConstraint(outcomes, name=op.f("ck_round_member_outcome")),
        sa.CheckConstraint("points >= 0", name=op.f("ck_round_member_points")),
        sa.CheckConstraint("service_minutes >= 0", name=op.f("ck_round_member_service_minutes")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_round_member_member_id_member")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_round_member_round_id_round")),
        sa.PrimaryKeyConstraint("round_id", "member_id", name=op.f("pk_round_member")),
        sa.Index("ix_round_member_member_id_joined_at", "member_id", "joined_at"),
        sa.Index(
            "ix_round_member_member_id_under_way",
            "member_id",
            sqlite_where=sa.text("outcome IS NULL"),
            postgresql_where=sa.text("outcome IS NULL"),
        ),
        sqlite_strict=True,
    )
