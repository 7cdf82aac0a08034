"""Indexes of the desk's lists.

What each costs: the three of members are written when somebody joins, leaves, moves or changes his name; the one of
reports with each step of a report; the ones of transfers with awards by hand and deeds of shops. A scan, a payment and
a redemption write nothing more than before.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_BY_HAND = sa.text("subject_type = 'award'")
_SHOP_DEEDS = sa.text("subject_type = 'shop_deed'")
_WAITING = sa.text("state <> 'closed' OR recheck_on IS NOT NULL")


def upgrade() -> None:
    """Make them; those that they take the place of go."""
    for column in ("squad_id", "status", "area_id"):
        op.create_index(f"ix_member_{column}_name_key", "member", [column, "name_key", "id"])
    op.drop_index("ix_member_area_id", "member")
    op.drop_index("ix_transfer_by_hand", "transfer")
    _partial("ix_transfer_by_hand", "transfer", ["posted_at", "id", "kind", "squad_id"], _BY_HAND)
    _partial("ix_transfer_shop_deeds", "transfer", ["credit_account_id"], _SHOP_DEEDS)
    _partial("ix_report_waiting", "report", ["received_on", "id"], _WAITING)
    op.create_index(
        "ix_settlement_line_in_order", "settlement_line", ["settlement_id", "posted_at", "transfer_id"]
    )
    op.drop_index("ix_settlement_line_settlement_id", "settlement_line")


def downgrade() -> None:
    """Take them away again."""
    op.create_index("ix_settlement_line_settlement_id", "settlement_line", ["settlement_id"])
    op.drop_index("ix_settlement_line_in_order", "settlement_line")
    op.drop_index("ix_report_waiting", "report")
    op.drop_index("ix_transfer_shop_deeds", "transfer")
    op.drop_index("ix_transfer_by_hand", "transfer")
    _partial("ix_transfer_by_hand", "transfer", ["posted_at", "id"], _BY_HAND)
    op.create_index("ix_member_area_id", "member", ["area_id"])
    for column in ("squad_id", "status", "area_id"):
        op.drop_index(f"ix_member_{column}_name_key", "member")


def _partial(name: str, table: str, columns: list[str], where: sa.TextClause) -> None:
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
