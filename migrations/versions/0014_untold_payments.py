"""Payments by the plate that nobody at the counter has seen yet, and a further kind of oddity: a gift that came back.

What was paid by the plate before counts as seen.
"""

import sqlalchemy as sa
from alembic import op

from core.db import UtcTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_BEFORE = "kind IN ('same_pair', 'own_shop', 'closing_time')"
_AFTER = "kind IN ('same_pair', 'own_shop', 'closing_time', 'gift_returned')"


def upgrade() -> None:
    """Make the table, and let flags tell of gifts."""
    op.create_table(
        "untold_payment",
        sa.Column("charge_id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["charge_id"], ["charge.id"], name=op.f("fk_untold_payment_charge_id_charge")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchant.id"], name=op.f("fk_untold_payment_merchant_id_merchant")
        ),
        sa.PrimaryKeyConstraint("charge_id", name=op.f("pk_untold_payment")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("untold_payment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_untold_payment_merchant_id"), ["merchant_id"], unique=False)
    _replace_check(_BEFORE, _AFTER)


def downgrade() -> None:
    """Forget those flags, and what the counter has not seen."""
    op.execute("DELETE FROM charge_flag WHERE kind = 'gift_returned'")
    _replace_check(_AFTER, _BEFORE)
    op.drop_table("untold_payment")


def _replace_check(before: str, after: str) -> None:
    # SQLite builds the table anew. Told in full, because reading it from the database loses types and constraints.
    with op.batch_alter_table("charge_flag", copy_from=_charge_flag(before)) as batch_op:
        batch_op.drop_constraint(op.f("ck_charge_flag_kind"), type_="check")
        batch_op.create_check_constraint(op.f("ck_charge_flag_kind"), sa.text(after))


def _charge_flag(kinds: str) -> sa.Table:
    return sa.Table(
        "charge_flag",
        sa.MetaData(),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("charge_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("raised_at", UtcTime(), nullable=False),
        sa.Column("seen_by", sa.Uuid(), nullable=True),
        sa.Column("seen_at", UtcTime(), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.CheckConstraint(kinds, name=op.f("ck_charge_flag_kind")),
        sa.CheckConstraint("(seen_by IS NULL) = (seen_at IS NULL)", name=op.f("ck_charge_flag_seen")),
        sa.ForeignKeyConstraint(["charge_id"], ["charge.id"], name=op.f("fk_charge_flag_charge_id_charge")),
        sa.ForeignKeyConstraint(["seen_by"], ["member.id"], name=op.f("fk_charge_flag_seen_by_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charge_flag")),
        sa.Index(op.f("ix_charge_flag_charge_id"), "charge_id"),
        sa.Index(
            "ix_charge_flag_raised_at_unseen",
            "raised_at",
            sqlite_where=sa.text("seen_at IS NULL"),
            postgresql_where=sa.text("seen_at IS NULL"),
        ),
        sqlite_strict=True,
    )
