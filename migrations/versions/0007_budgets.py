"""Budgets of shops, and what shops earn and give.

The way back is refused once a budget was granted: the older tables cannot tell such points, and what was booked is never
removed.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from core.db import UtcTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ISSUED = "beb443fecef45834bfb07d686e78dc52"
_ESCROW = "c36790620de8526ea6a8d8fef62d1892"
_REDEEMED = "7989e0f4e1c3542987f06c57ff5e4ebf"
_EXPIRED = "c27f5d8aac485199b1a58becbed878bd"
_SETTLED = "11aa35fe316d5c009f2cd9f51cdd812d"
_OWED = "84d09f61f1a257d4940842a3682a9d71"

_ACCOUNTS_BEFORE = (
    "kind IN ('member', 'merchant', 'issued', 'escrow', 'redeemed', 'expired', 'settled', 'owed')"
)
_ACCOUNTS_AFTER = (
    "kind IN ('member', 'merchant', 'budget', 'issued', 'escrow', 'redeemed', 'expired', 'settled', 'owed')"
)
_CATEGORIES_BEFORE = (
    "category IN ('patrol', 'report', 'care', 'publicity', 'mediation', 'rental', 'bill', 'training', 'other')"
)
_CATEGORIES_AFTER = (
    "category IN ('patrol', 'report', 'care', 'publicity', 'mediation', 'rental', 'bill', 'training', 'other', "
    "'shop')"
)
_KINDS_BEFORE = (
    "kind IN ('earn', 'spend', 'release', 'pay', 'expire', 'settle', 'gift', 'reversal', 'advance', 'repay')"
)
_KINDS_AFTER = (
    "kind IN ('earn', 'spend', 'release', 'pay', 'expire', 'settle', 'gift', 'reversal', 'advance', 'repay', "
    "'grant', 'ungrant', 'give')"
)
_TRANSFER_BEFORE = {
    "reversal": "(kind = 'reversal') = (reverses_id IS NOT NULL)",
    "reservation": "(kind IN ('release', 'pay')) = (reservation_id IS NOT NULL)",
    "advance": f"kind <> 'advance' OR debit_account_id = '{_OWED}'",
    "earn": f"kind <> 'earn' OR debit_account_id = '{_ISSUED}'",
    "nobody_awards_himself": (
        "kind <> 'earn' OR subject_type <> 'award' OR actor_id <> credit_account_id"
    ),
    "expire": f"kind <> 'expire' OR credit_account_id = '{_EXPIRED}'",
    "pay": f"kind <> 'pay' OR debit_account_id = '{_ESCROW}'",
    "release_to": f"kind <> 'release' OR credit_account_id = '{_REDEEMED}'",
    "release_from": f"kind <> 'release' OR debit_account_id = '{_ESCROW}'",
    "repay": f"kind <> 'repay' OR credit_account_id = '{_OWED}'",
    "settle": f"kind <> 'settle' OR credit_account_id = '{_SETTLED}'",
    "spend": f"kind <> 'spend' OR credit_account_id = '{_ESCROW}'",
    "kind": _KINDS_BEFORE,
    "amount": "amount BETWEEN 1 AND 1000000",
    "two_accounts": "debit_account_id <> credit_account_id",
    "happened_before_posted": "happened_at <= posted_at",
}
_TRANSFER_AFTER = _TRANSFER_BEFORE | {
    "kind": _KINDS_AFTER,
    "grant": f"kind <> 'grant' OR debit_account_id = '{_ISSUED}'",
    "ungrant": f"kind <> 'ungrant' OR credit_account_id = '{_ISSUED}'",
}
#: SQLite's triggers go with the table that is built anew; PostgreSQL alters the table under them.
_INSERT_ONLY = (
    "CREATE TRIGGER transfer_no_update BEFORE UPDATE ON transfer  BEGIN SELECT RAISE(ABORT, "
    "'transfer is insert-only'); END",
    "CREATE TRIGGER transfer_no_delete BEFORE DELETE ON transfer  BEGIN SELECT RAISE(ABORT, "
    "'transfer is insert-only'); END",
)
#: Rules that pay shops: the usual ones, and whatever has paid one before the way back.
_SHOP_RULES = """
    UPDATE tariff_rule SET category = 'shop' WHERE code IN ('shop_self_check', 'shop_notice', 'shop_help')
    OR code IN (SELECT r.code FROM account a JOIN transfer t ON t.credit_account_id = a.id
        JOIN tariff_rule r ON r.id = t.rule_id WHERE a.kind = 'merchant' AND t.kind = 'earn')
"""


def upgrade() -> None:
    """Let shops have budgets, give points and earn by rules of their own."""
    _replace(_account(_ACCOUNTS_BEFORE), {"kind": _ACCOUNTS_BEFORE}, {"kind": _ACCOUNTS_AFTER})
    _replace(_rule(_CATEGORIES_BEFORE), {"category": _CATEGORIES_BEFORE}, {"category": _CATEGORIES_AFTER})
    _replace(_transfer(_TRANSFER_BEFORE), _TRANSFER_BEFORE, _TRANSFER_AFTER)
    _refuse_changes()
    op.execute(_SHOP_RULES)


def downgrade() -> None:
    """Put rules for shops under the other deeds. Raises RuntimeError when a budget was ever granted."""
    if op.get_bind().scalar(sa.text("SELECT 1 FROM account WHERE kind = 'budget' LIMIT 1")):
        raise RuntimeError("budgets were granted: the tables before them cannot hold what was booked")
    op.execute("UPDATE tariff_rule SET category = 'other' WHERE category = 'shop'")
    _replace(_transfer(_TRANSFER_AFTER), _TRANSFER_AFTER, _TRANSFER_BEFORE)
    _refuse_changes()
    _replace(_rule(_CATEGORIES_AFTER), {"category": _CATEGORIES_AFTER}, {"category": _CATEGORIES_BEFORE})
    _replace(_account(_ACCOUNTS_AFTER), {"kind": _ACCOUNTS_AFTER}, {"kind": _ACCOUNTS_BEFORE})


def _replace(table: sa.Table, before: dict[str, str], after: dict[str, str]) -> None:
    """Put the CHECKs `after` in place of `before`, by name without prefix; those that stay the same are left alone.

    SQLite copies the rows once into a table built anew. The table is told in full, because reading it from the database
    loses types and constraints.
    """
    with op.batch_alter_table(table.name, copy_from=table) as batch_op:
        for name in before.keys() - {key for key, text in after.items() if before.get(key) == text}:
            batch_op.drop_constraint(op.f(f"ck_{table.name}_{name}"), type_="check")
        for name, text in after.items():
            if before.get(name) != text:
                batch_op.create_check_constraint(op.f(f"ck_{table.name}_{name}"), sa.text(text))


def _refuse_changes() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for statement in _INSERT_ONLY:
            op.execute(statement)


def _checks(table: str, texts: dict[str, str]) -> Sequence[sa.CheckConstraint]:
    return [sa.CheckConstraint(text, name=op.f(f"ck_{table}_{name}")) for name, text in texts.items()]


def _account(kinds: str) -> sa.Table:
    return sa.Table(
        "account",
        sa.MetaData(),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("owed", sa.BigInteger(), nullable=False),
        *_checks("account", {"kind": kinds, "owed": "owed BETWEEN 0 AND 9007199254740991"}),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("owner_id", "kind", name=op.f("uq_account_owner_id_kind")),
        sqlite_strict=True,
    )


def _rule(categories: str) -> sa.Table:
    checks = {
        "category": categories,
        "daily_cap": "daily_cap IS NULL OR daily_cap >= 1",
        "points": "points BETWEEN 1 AND 1000000",
        "valid_until": "valid_until IS NULL OR valid_until > valid_from",
        "version": "version >= 1",
        "weekly_cap": "weekly_cap IS NULL OR weekly_cap >= 1",
    }
    return sa.Table(
        "tariff_rule",
        sa.MetaData(),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name_zh", sa.String(length=60), nullable=False),
        sa.Column("name_en", sa.String(length=60), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("daily_cap", sa.Integer(), nullable=True),
        sa.Column("weekly_cap", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        *_checks("tariff_rule", checks),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tariff_rule")),
        sa.UniqueConstraint("code", "version", name=op.f("uq_tariff_rule_code_version")),
        sqlite_strict=True,
    )


def _transfer(checks: dict[str, str]) -> sa.Table:
    return sa.Table(
        "transfer",
        sa.MetaData(),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("debit_account_id", sa.Uuid(), nullable=False),
        sa.Column("credit_account_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("receipt_key", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("subject_type", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("rule_id", sa.Uuid(), nullable=True),
        sa.Column("squad_id", sa.Uuid(), nullable=True),
        sa.Column("happened_at", UtcTime(), nullable=False),
        sa.Column("posted_at", UtcTime(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("reservation_id", sa.Uuid(), nullable=True),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.Column("memo", sa.String(length=200), nullable=False),
        *_checks("transfer", checks),
        *(_refers(column, table) for column, table in _REFERS.items()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer")),
        sa.UniqueConstraint(
            "receipt_key", "kind", "credit_account_id", "debit_account_id", name="uq_transfer_once"
        ),
        sa.Index("ix_transfer_credit", "credit_account_id", "posted_at", "id"),
        _partial("ix_transfer_debit", "debit_account_id", "posted_at", "id", where="kind <> 'earn'"),
        *(
            _partial(f"uq_transfer_{column}", column, where=f"{column} IS NOT NULL", unique=True)
            for column in ("reservation_id", "reverses_id")
        ),
        sqlite_strict=True,
    )


_REFERS = {
    "credit_account_id": "account",
    "debit_account_id": "account",
    "reservation_id": "transfer",
    "reverses_id": "transfer",
    "rule_id": "tariff_rule",
    "squad_id": "squad",
}


def _refers(column: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_transfer_{column}_{table}"))


def _partial(name: str, *columns: str, where: str, unique: bool = False) -> sa.Index:
    condition = sa.text(where)
    return sa.Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)
