"""A further kind of oddity: staff walked along in the round."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_BEFORE = "kind IN ('too_fast', 'shared_device', 'skewed_clock', 'outside_hours')"
_AFTER = "kind IN ('too_fast', 'shared_device', 'skewed_clock', 'outside_hours', 'staff_walker')"


def upgrade() -> None:
    """Let flags tell that staff walked along."""
    _replace_check(_BEFORE, _AFTER)


def downgrade() -> None:
    """Forget those flags; a round that is held by one stays held."""
    op.execute("DELETE FROM round_flag WHERE kind = 'staff_walker'")
    _replace_check(_AFTER, _BEFORE)


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
