"""Rewards that were handed over and taken back, and the pieces that went back on the shelf with them.

The way back is refused once something was taken back: the older tables do not know what its reversals are for.
"""

import sqlalchemy as sa
from alembic import op

from core.audit import insert_only
from core.db import UtcTime

revision = "0041"
down_revision = "0043"
branch_labels = None
depends_on = None

_KINDS = "kind IN ('received', 'handed_over', 'damaged', 'counted'{more})"
_BEFORE, _AFTER = _KINDS.format(more=""), _KINDS.format(more=", 'returned'")
_USED = sa.text("state = 'used'")


def upgrade() -> None:
    """Make the table that nobody may change, and let the stock journal know such lines."""
    op.create_table(
        "redemption_return",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("redemption_id", sa.Uuid(), nullable=False),
        sa.Column("reversal_id", sa.Uuid(), nullable=False),
        sa.Column("movement_id", sa.Uuid(), nullable=True),
        sa.Column("returned_by", sa.Uuid(), nullable=False),
        sa.Column("returned_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["redemption_id"], ["redemption.id"], name=op.f("fk_redemption_return_redemption_id_redemption")
        ),
        sa.ForeignKeyConstraint(
            ["reversal_id"], ["transfer.id"], name=op.f("fk_redemption_return_reversal_id_transfer")
        ),
        sa.ForeignKeyConstraint(
            ["movement_id"],
            ["stock_movement.id"],
            name=op.f("fk_redemption_return_movement_id_stock_movement"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redemption_return")),
        sa.UniqueConstraint("redemption_id", name=op.f("uq_redemption_return_redemption_id")),
        sa.UniqueConstraint("reversal_id", name=op.f("uq_redemption_return_reversal_id")),
        sa.UniqueConstraint("movement_id", name=op.f("uq_redemption_return_movement_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_redemption_return_returned_at", "redemption_return", ["returned_at"])
    op.create_index(
        "ix_redemption_ended_at_used",
        "redemption",
        ["ended_at"],
        sqlite_where=_USED,
        postgresql_where=_USED,
    )
    for statement in insert_only("redemption_return")[op.get_bind().dialect.name]:
        op.execute(statement)
    _rewrite(_BEFORE, _AFTER)


def downgrade() -> None:
    """Take the table away. Raises RuntimeError when a reward was taken back."""
    if op.get_bind().scalar(sa.text("SELECT 1 FROM redemption_return LIMIT 1")):
        raise RuntimeError("rewards were taken back: the tables before them cannot hold what was booked")
    _rewrite(_AFTER, _BEFORE)
    op.drop_index("ix_redemption_ended_at_used", "redemption")
    op.drop_table("redemption_return")


def _rewrite(before: str, after: str) -> None:
    """Change one CHECK of the journal: in SQLite the text of its schema, no row changes (ADR 036)."""
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(op.f("ck_stock_movement_kind"), "stock_movement", type_="check")
        op.create_check_constraint(op.f("ck_stock_movement_kind"), "stock_movement", sa.text(after))
        return
    connection = op.get_bind()
    old, new = (f"CONSTRAINT ck_stock_movement_kind CHECK ({text})" for text in (before, after))
    where = "WHERE type = 'table' AND name = 'stock_movement'"
    told = connection.scalar(sa.text(f"SELECT sql FROM sqlite_master {where}"))
    if told is None or told.count(old) != 1:
        raise RuntimeError("the stock journal does not have the constraints that earlier migrations gave it")
    version = connection.scalar(sa.text("PRAGMA schema_version"))
    connection.execute(sa.text("PRAGMA writable_schema = ON"))
    connection.execute(
        sa.text(f"UPDATE sqlite_master SET sql = :sql {where}"), {"sql": told.replace(old, new)}
    )
    # Other connections read the schema again, and so does this one.
    connection.execute(sa.text(f"PRAGMA schema_version = {version + 1}"))
    connection.execute(sa.text("PRAGMA writable_schema = RESET"))
