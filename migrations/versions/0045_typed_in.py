"""How who came to an activity came in, and oddities of activities among what looks odd."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcTime

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

_KINDS = "kind IN ('ring', 'burst', 'pair')"
_MORE_KINDS = "kind IN ('ring', 'burst', 'pair', 'typed', 'device')"
_ACTIVITY = "(kind IN ('typed', 'device')) = (activity_number IS NOT NULL)"


def upgrade() -> None:
    """Leave it empty for everybody who came before: nobody wrote it down."""
    op.add_column("attendance", sa.Column("typed", sa.Boolean(), nullable=True))
    op.add_column("attendance", sa.Column("device_digest", sa.String(length=32), nullable=True))
    # SQLite builds the table anew. Told in full, because reading it from the database loses types and constraints.
    with op.batch_alter_table("odd_award", copy_from=_odd_award(_KINDS)) as batch_op:
        batch_op.add_column(sa.Column("about", sa.String(length=60), server_default="", nullable=False))
        batch_op.add_column(sa.Column("activity_number", sa.Integer(), nullable=True))
        batch_op.drop_constraint(op.f("ck_odd_award_kind"), type_="check")
        batch_op.create_check_constraint(op.f("ck_odd_award_kind"), sa.text(_MORE_KINDS))
        batch_op.create_check_constraint(op.f("ck_odd_award_activity"), sa.text(_ACTIVITY))


def downgrade() -> None:
    """Forget how they came in, and what was odd about it."""
    op.execute("DELETE FROM odd_award WHERE activity_number IS NOT NULL")
    about = sa.Column("about", sa.String(length=60), server_default="", nullable=False)
    number = sa.Column("activity_number", sa.Integer(), nullable=True)
    check = sa.CheckConstraint(_ACTIVITY, name=op.f("ck_odd_award_activity"))
    with op.batch_alter_table("odd_award", copy_from=_odd_award(_MORE_KINDS, about, number, check)) as batch_op:
        batch_op.drop_constraint(op.f("ck_odd_award_activity"), type_="check")
        batch_op.drop_constraint(op.f("ck_odd_award_kind"), type_="check")
        batch_op.create_check_constraint(op.f("ck_odd_award_kind"), sa.text(_KINDS))
        batch_op.drop_column("activity_number")
        batch_op.drop_column("about")
    op.drop_column("attendance", "device_digest")
    op.drop_column("attendance", "typed")


def _odd_award(kinds: str, *more: sa.Column[str] | sa.Column[int] | sa.CheckConstraint) -> sa.Table:
    return sa.Table(
        "odd_award",
        sa.MetaData(),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pattern", sa.String(length=160), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("people", sa.JSON(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("last_at", UtcTime(), nullable=False),
        sa.Column("found_at", UtcTime(), nullable=False),
        sa.Column("seen_at", UtcTime(), nullable=True),
        sa.Column("seen_by", sa.Uuid(), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        *more,
        sa.CheckConstraint(kinds, name=op.f("ck_odd_award_kind")),
        sa.CheckConstraint("(seen_at IS NULL) = (seen_by IS NULL)", name=op.f("ck_odd_award_seen")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_odd_award")),
        sa.UniqueConstraint("pattern", name=op.f("uq_odd_award_pattern")),
        sa.Index("ix_odd_award_seen_at_last_at", "seen_at", "last_at"),
        sqlite_strict=True,
    )
