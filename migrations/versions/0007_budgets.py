"""Budgets of shops, and what shops earn and give.

The way back is refused once a budget was granted: the older tables cannot tell such points, and what was booked is never
removed.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ISSUED = "beb443fecef45834bfb07d686e78dc52"

#: Table → the CHECKs that change, by name without prefix: as they were, and as they are from now on.
_CHANGES: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "account": (
        {
            "kind": "kind IN ('member', 'merchant', 'issued', 'escrow', 'redeemed', 'expired', 'settled', 'owed')",
        },
        {
            "kind": "kind IN ('member', 'merchant', 'budget', 'issued', 'escrow', 'redeemed', 'expired', "
            "'settled', 'owed')",
        },
    ),
    "tariff_rule": (
        {
            "category": "category IN ('patrol', 'report', 'care', 'publicity', 'mediation', 'rental', 'bill', "
            "'training', 'other')",
        },
        {
            "category": "category IN ('patrol', 'report', 'care', 'publicity', 'mediation', 'rental', 'bill', "
            "'training', 'other', 'shop')",
        },
    ),
    "transfer": (
        {
            "kind": "kind IN ('earn', 'spend', 'release', 'pay', 'expire', 'settle', 'gift', 'reversal', "
            "'advance', 'repay')",
        },
        {
            "kind": "kind IN ('earn', 'spend', 'release', 'pay', 'expire', 'settle', 'gift', 'reversal', "
            "'advance', 'repay', 'grant', 'ungrant', 'give')",
            "grant": f"kind <> 'grant' OR debit_account_id = '{_ISSUED}'",
            "ungrant": f"kind <> 'ungrant' OR credit_account_id = '{_ISSUED}'",
        },
    ),
}
#: Rules that pay shops: the usual ones, and whatever has paid one before the way back.
_SHOP_RULES = """
    UPDATE tariff_rule SET category = 'shop' WHERE code IN ('shop_self_check', 'shop_notice', 'shop_help')
    OR code IN (SELECT r.code FROM account a JOIN transfer t ON t.credit_account_id = a.id
        JOIN tariff_rule r ON r.id = t.rule_id WHERE a.kind = 'merchant' AND t.kind = 'earn')
"""


def upgrade() -> None:
    """Let shops have budgets, give points and earn by rules of their own."""
    for table, (before, after) in _CHANGES.items():
        _replace(table, before, after)
    op.execute(_SHOP_RULES)


def downgrade() -> None:
    """Put rules for shops under the other deeds. Raises RuntimeError when a budget was ever granted."""
    if op.get_bind().scalar(sa.text("SELECT 1 FROM account WHERE kind = 'budget' LIMIT 1")):
        raise RuntimeError("budgets were granted: the tables before them cannot hold what was booked")
    op.execute("UPDATE tariff_rule SET category = 'other' WHERE category = 'shop'")
    for table, (before, after) in _CHANGES.items():
        _replace(table, after, before)


def _replace(table: str, before: dict[str, str], after: dict[str, str]) -> None:
    """Put the CHECKs `after` in the place of `before`."""
    if op.get_bind().dialect.name == "sqlite":
        _rewrite(table, before, after)
        return
    for name in before:
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
    for name, text in after.items():
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, sa.text(text))


def _rewrite(table: str, before: dict[str, str], after: dict[str, str]) -> None:
    """Change the text of the table in SQLite's schema, as sqlite.org/lang_altertable.html describes it for CHECKs.

    The usual way, to copy the rows into a table built anew, took a minute for a million transfers and would take more
    than in proportion for more: the keys are random, and their indexes soon do not fit into the cache. Here no row
    changes, so indexes, triggers and what refers to the table stay as they are.
    """
    connection = op.get_bind()
    found = sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :table")
    told = connection.scalar(found, {"table": table})
    if told is None or told.count(_clauses(table, before)) != 1:
        raise RuntimeError(f"the table {table} does not have the constraints that earlier migrations gave it")
    version = connection.scalar(sa.text("PRAGMA schema_version"))
    connection.execute(sa.text("PRAGMA writable_schema = ON"))
    connection.execute(
        sa.text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :table"),
        {"sql": told.replace(_clauses(table, before), _clauses(table, after)), "table": table},
    )
    # Other connections read the schema again, and so does this one.
    connection.execute(sa.text(f"PRAGMA schema_version = {version + 1}"))
    connection.execute(sa.text("PRAGMA writable_schema = RESET"))


def _clauses(table: str, checks: dict[str, str]) -> str:
    return ", ".join(f"CONSTRAINT ck_{table}_{name} CHECK ({text})" for name, text in checks.items())
