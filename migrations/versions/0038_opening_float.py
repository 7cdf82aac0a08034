"""What lay in a till when it was opened, and what was counted in it when it was closed."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcTime

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

_BEFORE = "difference_fen = handed_over_fen - taken_fen"
_AFTER = "difference_fen = counted_fen + handed_over_fen - opening_fen - taken_fen"


def upgrade() -> None:
    """Tills that were closed before were opened empty and left empty, as they were reckoned."""
    op.create_table(
        "float_opening",
        sa.Column("coordinator_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("opening_fen", sa.BigInteger(), nullable=False),
        sa.Column("counted_at", UtcTime(), nullable=False),
        sa.CheckConstraint("opening_fen >= 0", name=op.f("ck_float_opening_opening")),
        sa.ForeignKeyConstraint(
            ["coordinator_id"], ["member.id"], name=op.f("fk_float_opening_coordinator_id_member")
        ),
        sa.PrimaryKeyConstraint("coordinator_id", "day", name=op.f("pk_float_opening")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("float_day", copy_from=_float_day(_BEFORE)) as batch_op:
        for name in ("opening_fen", "counted_fen"):
            batch_op.add_column(sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))
        batch_op.drop_constraint(op.f("ck_float_day_difference"), type_="check")
        batch_op.create_check_constraint(op.f("ck_float_day_difference"), sa.text(_AFTER))
        batch_op.create_check_constraint(
            op.f("ck_float_day_counted"), sa.text("opening_fen >= 0 AND counted_fen >= 0")
        )


def downgrade() -> None:
    """Reckon what was handed over with what stayed in the till, less what lay in it: the difference stays the same."""
    op.drop_table("float_opening")
    counted = sa.CheckConstraint(
        "opening_fen >= 0 AND counted_fen >= 0", name=op.f("ck_float_day_counted")
    )
    with op.batch_alter_table("float_day", copy_from=_float_day(_AFTER, *_counted(), counted)) as batch_op:
        batch_op.drop_constraint(op.f("ck_float_day_difference"), type_="check")
        batch_op.drop_constraint(op.f("ck_float_day_counted"), type_="check")
    op.execute("UPDATE float_day SET handed_over_fen = handed_over_fen + counted_fen - opening_fen")
    with op.batch_alter_table("float_day", copy_from=_float_day(None, *_counted())) as batch_op:
        for name in ("opening_fen", "counted_fen"):
            batch_op.drop_column(name)
        batch_op.create_check_constraint(op.f("ck_float_day_difference"), sa.text(_BEFORE))


def _counted() -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in ("opening_fen", "counted_fen")]


def _float_day(difference: str | None, *more: sa.Column[int] | sa.CheckConstraint) -> sa.Table:
    checks = [sa.CheckConstraint("difference_fen = 0 OR note <> ''", name=op.f("ck_float_day_explained"))]
    if difference is not None:
        checks.append(sa.CheckConstraint(difference, name=op.f("ck_float_day_difference")))
    return sa.Table(
        "float_day",
        sa.MetaData(),
        sa.Column("coordinator_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("bills", sa.Integer(), nullable=False),
        sa.Column("taken_fen", sa.BigInteger(), nullable=False),
        sa.Column("handed_over_fen", sa.BigInteger(), nullable=False),
        sa.Column("difference_fen", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("reconciled_by", sa.Uuid(), nullable=False),
        sa.Column("reconciled_at", UtcTime(), nullable=False),
        *more,
        *checks,
        sa.ForeignKeyConstraint(
            ["coordinator_id"], ["member.id"], name=op.f("fk_float_day_coordinator_id_member")
        ),
        sa.PrimaryKeyConstraint("coordinator_id", "day", name=op.f("pk_float_day")),
        sa.Index("ix_float_day_day", "day"),
        sqlite_strict=True,
    )
