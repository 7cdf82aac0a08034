"""How somebody came into a round, and a further kind of oddity: he only typed the captain's code."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcTime

revision = "0030"
down_revision = "0031"
branch_labels = None
depends_on = None

_BEFORE = "kind IN ('too_fast', 'shared_device', 'skewed_clock', 'outside_hours', 'staff_walker')"
_AFTER = "kind IN ('too_fast', 'shared_device', 'skewed_clock', 'outside_hours', 'staff_walker', 'typed_only')"
_WAYS_IN = "joined_how IN ('began', 'scanned', 'typed', 'named')"


def upgrade() -> None:
    """Leave it empty for everybody who walked before: nobody wrote it down."""
    with op.batch_alter_table("round_member", copy_from=_round_member()) as batch_op:
        batch_op.add_column(sa.Column("joined_how", sa.String(length=10), nullable=True))
        batch_op.create_check_constraint(op.f("ck_round_member_joined_how"), sa.text(_WAYS_IN))
    _replace_check(_BEFORE, _AFTER)


def downgrade() -> None:
    """Forget those flags; a round that is held by one stays held."""
    op.execute("DELETE FROM round_flag WHERE kind = 'typed_only'")
    _replace_check(_AFTER, _BEFORE)
    column = sa.Column("joined_how", sa.String(length=10), nullable=True)
    check = sa.CheckConstraint(_WAYS_IN, name=op.f("ck_round_member_joined_how"))
    with op.batch_alter_table("round_member", copy_from=_round_member(column, check)) as batch_op:
        batch_op.drop_constraint(op.f("ck_round_member_joined_how"), type_="check")
        batch_op.drop_column("joined_how")


def _replace_check(before: str, after: str) -> None:
    # SQLite builds the table anew. Told in full, because reading it from the database loses types and constraints.
    with op.batch_alter_table("round_flag", copy_from=_round_flag(before)) as batch_op:
        batch_op.drop_constraint(op.f("ck_round_flag_kind"), type_="check")
        batch_op.create_check_constraint(op.f("ck_round_flag_kind"), sa.text(after))


def _round_flag(kinds: str) -> sa.Table:
    return sa.Table(
        "round_flag",
        sa.MetaData(),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("raised_at", UtcTime(), nullable=False),
        sa.CheckConstraint(kinds, name=op.f("ck_round_flag_kind")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_round_flag_round_id_round")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_round_flag_visit_id_visit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_flag")),
        sa.Index(op.f("ix_round_flag_round_id"), "round_id"),
        sa.Index(op.f("ix_round_flag_visit_id"), "visit_id"),
        sqlite_strict=True,
    )


def _round_member(*more: sa.Column[str] | sa.CheckConstraint) -> sa.Table:
    outcomes = (
        "outcome IN ('paid', 'capped', 'not_in_tariff', 'absent', 'not_active', 'held', 'incomplete', 'dismissed')"
    )
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
        *more,
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
