"""Consent of whom a shop wants at its counter, and the trades that shops had before.

Who works at a shop already counts as having agreed: invitations are rows of their own. The way back drops both; who was
asked must be asked again, and points taken under a former trade count at the present one's rate.
"""

import sqlalchemy as sa
from alembic import op

from core.db import UtcTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "shop_invitation",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("post", sa.String(length=10), nullable=False),
        sa.Column("invited_at", UtcTime(), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("post IN ('owner', 'clerk')", name=op.f("ck_shop_invitation_post")),
        sa.ForeignKeyConstraint(
            ["invited_by"], ["member.id"], name=op.f("fk_shop_invitation_invited_by_member")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_shop_invitation_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchant.id"], name=op.f("fk_shop_invitation_merchant_id_merchant")
        ),
        sa.PrimaryKeyConstraint("merchant_id", "member_id", name=op.f("pk_shop_invitation")),
        sqlite_strict=True,
    )
    op.create_index("ix_shop_invitation_member_id", "shop_invitation", ["member_id"])
    op.create_table(
        "former_trade",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("until", UtcTime(), nullable=False),
        sa.Column("trade_code", sa.String(length=30), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchant.id"], name=op.f("fk_former_trade_merchant_id_merchant")
        ),
        sa.ForeignKeyConstraint(
            ["trade_code"], ["trade.code"], name=op.f("fk_former_trade_trade_code_trade")
        ),
        sa.PrimaryKeyConstraint("merchant_id", "until", name=op.f("pk_former_trade")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("former_trade")
    op.drop_table("shop_invitation")
