"""What stayed in a till when it was closed last, beside what was counted at opening, and why the two differ."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcTime

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of tills that were counted before, nobody has compared the two: nothing is said about what stayed."""
    with op.batch_alter_table("float_opening", copy_from=_float_opening()) as batch_op:
        batch_op.add_column(sa.Column("stayed_fen", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("note", sa.String(length=200), server_default="", nullable=False))
        batch_op.create_check_constraint(
            op.f("ck_float_opening_explained"), sa.text("stayed_fen = opening_fen OR note <> ''")
        )


def downgrade() -> None:
    """What was counted stays; what had stayed stands in the closed tills."""
    more = (
        sa.Column("stayed_fen", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.String(length=200), server_default="", nullable=False),
        sa.CheckConstraint("stayed_fen = opening_fen OR note <> ''", name=op.f("ck_float_opening_explained")),
    )
    with op.batch_alter_table("float_opening", copy_from=_float_opening(*more)) as batch_op:
        batch_op.drop_constraint(op.f("ck_float_opening_explained"), type_="check")
        batch_op.drop_column("stayed_fen")
        batch_op.drop_column("note")


def _float_opening(*more: sa.Column[int] | sa.Column[str] | sa.CheckConstraint) -> sa.Table:
    return sa.Table(
        "float_opening",
        sa.MetaData(),
        sa.Column("coordinator_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("opening_fen", sa.BigInteger(), nullable=False),
        sa.Column("counted_at", UtcTime(), nullable=False),
        *more,
        sa.CheckConstraint("opening_fen >= 0", name=op.f("ck_float_opening_opening")),
        sa.ForeignKeyConstraint(
            ["coordinator_id"], ["member.id"], name=op.f("fk_float_opening_coordinator_id_member")
        ),
        sa.PrimaryKeyConstraint("coordinator_id", "day", name=op.f("pk_float_opening")),
        sqlite_strict=True,
    )
