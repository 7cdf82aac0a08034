"""Awards of shops' deeds wait for a second coordinator above a limit, beside the grants to their budgets."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcTime

revision = "0042"
down_revision = "0040"
branch_labels = None
depends_on = None

_AGREED = "ck_budget_request_agreed"
_BEFORE = "(state = 'agreed') = (change_id IS NOT NULL)"
_AFTER = "(state = 'agreed') = (CASE WHEN rule_code IS NULL THEN change_id ELSE deed_id END IS NOT NULL)"
_DEED = "(rule_code IS NULL) = (happened_at IS NULL)"


def upgrade() -> None:
    """What waits already, and what was decided, are grants: they have no rule."""
    with op.batch_alter_table("budget_request", copy_from=_requests(_BEFORE)) as batch_op:
        batch_op.add_column(sa.Column("rule_code", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("happened_at", UtcTime(), nullable=True))
        batch_op.add_column(sa.Column("deed_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_budget_request_deed_id_shop_deed"), "shop_deed", ["deed_id"], ["id"]
        )
        batch_op.create_unique_constraint(op.f("uq_budget_request_deed_id"), ["deed_id"])
        batch_op.create_check_constraint(op.f("ck_budget_request_deed"), sa.text(_DEED))
        batch_op.drop_constraint(op.f(_AGREED), type_="check")
        batch_op.create_check_constraint(op.f(_AGREED), sa.text(_AFTER))


def downgrade() -> None:
    """Forget who agreed to awards and which still wait; what was awarded stays in the books."""
    op.execute(sa.text("DELETE FROM budget_request WHERE rule_code IS NOT NULL"))
    more = (
        sa.Column("rule_code", sa.String(length=40), nullable=True),
        sa.Column("happened_at", UtcTime(), nullable=True),
        sa.Column("deed_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["deed_id"], ["shop_deed.id"], name=op.f("fk_budget_request_deed_id_shop_deed")
        ),
        sa.UniqueConstraint("deed_id", name=op.f("uq_budget_request_deed_id")),
        sa.CheckConstraint(_DEED, name=op.f("ck_budget_request_deed")),
    )
    with op.batch_alter_table("budget_request", copy_from=_requests(_AFTER, *more)) as batch_op:
        batch_op.drop_constraint(op.f(_AGREED), type_="check")
        batch_op.drop_constraint(op.f("ck_budget_request_deed"), type_="check")
        batch_op.drop_constraint(op.f("uq_budget_request_deed_id"), type_="unique")
        batch_op.drop_constraint(op.f("fk_budget_request_deed_id_shop_deed"), type_="foreignkey")
        for name in ("rule_code", "happened_at", "deed_id"):
            batch_op.drop_column(name)
        batch_op.create_check_constraint(op.f(_AGREED), sa.text(_BEFORE))


def _requests(agreed: str, *more: sa.schema.SchemaItem) -> sa.Table:
    """The table as it stands, for engines that write it anew."""
    checks = {
        "points": "points BETWEEN 1 AND 1000000",
        "state": "state IN ('waiting', 'agreed', 'declined', 'cancelled')",
        "decided": "(state = 'waiting') = (decided_at IS NULL)",
        "decided_by": "(decided_at IS NULL) = (decided_by IS NULL)",
        "agreed": agreed,
        "second": "state NOT IN ('agreed', 'declined') OR decided_by <> requested_by",
    }
    return sa.Table(
        "budget_request",
        sa.MetaData(),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("limit_passed", sa.String(length=20), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("requested_at", UtcTime(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", UtcTime(), nullable=True),
        sa.Column("answer", sa.String(length=200), nullable=False),
        sa.Column("change_id", sa.Uuid(), nullable=True),
        *more,
        *(sa.CheckConstraint(text, name=op.f(f"ck_budget_request_{name}")) for name, text in checks.items()),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchant.id"], name=op.f("fk_budget_request_merchant_id_merchant")
        ),
        sa.ForeignKeyConstraint(
            ["change_id"], ["budget_change.id"], name=op.f("fk_budget_request_change_id_budget_change")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_request")),
        sa.UniqueConstraint("change_id", name=op.f("uq_budget_request_change_id")),
        sa.Index("ix_budget_request_state_requested_at", "state", "requested_at"),
        sa.Index("ix_budget_request_merchant_id", "merchant_id"),
        sqlite_strict=True,
    )
