"""What shops that left paid back in money: its receipts, and the points that go back to their accounts for it.

The way back is refused once a shop has paid back: the older tables have no kind for such points, and what was booked is
never removed.
"""

import sqlalchemy as sa
from alembic import op

from core.db import UtcTime

revision = "0037"
down_revision = "0034"
branch_labels = None
depends_on = None

_ISSUED, _SETTLED = "beb443fecef45834bfb07d686e78dc52", "11aa35fe316d5c009f2cd9f51cdd812d"
_KINDS = (
    "kind IN ('earn', 'spend', 'release', 'pay', 'expire', 'settle', 'gift', 'reversal', 'advance', 'repay', "
    "'grant', 'ungrant', 'give'{more})"
)
_GRANTS = {
    "grant": f"kind <> 'grant' OR debit_account_id = '{_ISSUED}'",
    "ungrant": f"kind <> 'ungrant' OR credit_account_id = '{_ISSUED}'",
}
#: The CHECKs that change, by name without prefix, as they stand one behind the other in SQLite's schema.
_BEFORE = {"kind": _KINDS.format(more=""), **_GRANTS}
_PAYBACK = {"payback": f"kind <> 'payback' OR debit_account_id = '{_SETTLED}'"}
_AFTER = {"kind": _KINDS.format(more=", 'payback'"), **_GRANTS, **_PAYBACK}


def upgrade() -> None:
    """Make its table, and let the ledger know such transfers."""
    op.create_table(
        "settlement_payback",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("settlement_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", UtcTime(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "points >= 0 AND cents >= 0 AND points + cents > 0", name=op.f("ck_settlement_payback_sums")
        ),
        sa.CheckConstraint(
            "(points > 0) = (transfer_id IS NOT NULL)", name=op.f("ck_settlement_payback_booked")
        ),
        sa.ForeignKeyConstraint(
            ["settlement_id"], ["settlement.id"], name=op.f("fk_settlement_payback_settlement_id_settlement")
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["transfer.id"], name=op.f("fk_settlement_payback_transfer_id_transfer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_payback")),
        sa.UniqueConstraint("settlement_id", name=op.f("uq_settlement_payback_settlement_id")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_settlement_payback_transfer_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_settlement_payback_recorded_at", "settlement_payback", ["recorded_at"])
    if op.get_bind().dialect.name == "sqlite":
        _rewrite(_BEFORE, _AFTER)
        return
    op.drop_constraint(op.f("ck_transfer_kind"), "transfer", type_="check")
    for name in ("kind", "payback"):
        op.create_check_constraint(op.f(f"ck_transfer_{name}"), "transfer", sa.text(_AFTER[name]))


def downgrade() -> None:
    """Take the table away. Raises RuntimeError when a shop has paid back."""
    if op.get_bind().scalar(sa.text("SELECT 1 FROM settlement_payback LIMIT 1")):
        raise RuntimeError("shops have paid back: the tables before them cannot hold what was booked")
    if op.get_bind().dialect.name == "sqlite":
        _rewrite(_AFTER, _BEFORE)
    else:
        for name in ("kind", "payback"):
            op.drop_constraint(op.f(f"ck_transfer_{name}"), "transfer", type_="check")
        op.create_check_constraint(op.f("ck_transfer_kind"), "transfer", sa.text(_BEFORE["kind"]))
    op.drop_table("settlement_payback")


def _rewrite(before: dict[str, str], after: dict[str, str]) -> None:
    """Change the text of the table in SQLite's schema: no row changes (ADR 036, and 0007 before this one)."""
    connection = op.get_bind()
    told = connection.scalar(sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'transfer'"))
    if told is None or told.count(_clauses(before)) != 1:
        raise RuntimeError("the table transfer does not have the constraints that earlier migrations gave it")
    version = connection.scalar(sa.text("PRAGMA schema_version"))
    connection.execute(sa.text("PRAGMA writable_schema = ON"))
    connection.execute(
        sa.text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = 'transfer'"),
        {"sql": told.replace(_clauses(before), _clauses(after))},
    )
    # Other connections read the schema again, and so does this one.
    connection.execute(sa.text(f"PRAGMA schema_version = {version + 1}"))
    connection.execute(sa.text("PRAGMA writable_schema = RESET"))


def _clauses(checks: dict[str, str]) -> str:
    return ", ".join(f"CONSTRAINT ck_transfer_{name} CHECK ({text})" for name, text in checks.items())
