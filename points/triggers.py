"""What the database itself refuses: changing or removing what has been booked.

Plain SQL, because both `create_all` and the migrations run it: for each engine the statements that create the
triggers, and those that drop them. No statement contains `%` or `:`, which drivers take for parameters.

Receipts may be pruned once they are older than `RECEIPT_LIVES_DAYS`, transfers and their lots never.
"""

from uuid import UUID, uuid5

#: The programme's own accounts have the same ids in every database, so that no statement has to look them up.
_NAMESPACE = UUID("6f1c3a52-93f2-5d0c-8e8b-3a1c66f0a7d1")
PROGRAMME_ACCOUNTS: dict[str, UUID] = {
    kind: uuid5(_NAMESPACE, kind) for kind in ("issued", "escrow", "redeemed", "expired", "settled", "owed")
}
RECEIPT_LIVES_DAYS = 400

_NIL = UUID(int=0)


def _uuid(dialect: str, value: UUID) -> str:
    return f"'{value.hex if dialect == 'sqlite' else value}'"


def _programme_accounts(dialect: str) -> str:
    rows = ", ".join(
        f"({_uuid(dialect, account)}, '{kind}', {_uuid(dialect, _NIL)}, 0)"
        for kind, account in PROGRAMME_ACCOUNTS.items()
    )
    return f"INSERT INTO account (id, kind, owner_id, owed) VALUES {rows}"  # noqa: S608 - constants only


#: Run once, after the table `account` is made.
OPEN_PROGRAMME_ACCOUNTS: dict[str, str] = {
    name: _programme_accounts(name) for name in ("sqlite", "postgresql")
}


def _sqlite_trigger(table: str, act: str, condition: str = "") -> str:
    name = f"{table}_no_{act.lower()}"
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is insert-only'); END"
    return f"CREATE TRIGGER {name} BEFORE {act} ON {table} {condition} {refuse}"


def _postgresql_trigger(table: str, act: str, condition: str = "") -> str:
    name = f"{table}_no_{act.lower()}"
    each = "STATEMENT" if act == "TRUNCATE" else "ROW"
    refuse = f"FOR EACH {each} {condition} EXECUTE FUNCTION refuse_change()"
    return f"CREATE TRIGGER {name} BEFORE {act} ON {table} {refuse}"


_REFUSE_CHANGE = (
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', "
    "MESSAGE = TG_TABLE_NAME || ' is insert-only'; END $$"
)
_RECEIPT_IS_YOUNG = {
    "sqlite": f"WHEN julianday('now') - julianday(OLD.created_at) < {RECEIPT_LIVES_DAYS}",
    "postgresql": f"WHEN (OLD.created_at > now() - interval '{RECEIPT_LIVES_DAYS} days')",
}


def _insert_only(table: str, deletable: dict[str, str] | None = None) -> dict[str, tuple[str, ...]]:
    young = deletable or {"sqlite": "", "postgresql": ""}
    return {
        "sqlite": (
            _sqlite_trigger(table, "UPDATE"),
            _sqlite_trigger(table, "DELETE", young["sqlite"]),
        ),
        "postgresql": (
            _REFUSE_CHANGE,
            _postgresql_trigger(table, "UPDATE"),
            _postgresql_trigger(table, "DELETE", young["postgresql"]),
            _postgresql_trigger(table, "TRUNCATE"),
        ),
    }


#: By table, then by engine: the statements to run after the table is made.
CREATE: dict[str, dict[str, tuple[str, ...]]] = {
    "transfer": _insert_only("transfer"),
    "transfer_lot": _insert_only("transfer_lot"),
    "receipt": _insert_only("receipt", _RECEIPT_IS_YOUNG),
}

#: Undoes `CREATE`, by table and engine.
DROP: dict[str, dict[str, tuple[str, ...]]] = {
    table: {
        "sqlite": tuple(f"DROP TRIGGER {table}_no_{act}" for act in ("update", "delete")),
        "postgresql": tuple(
            f"DROP TRIGGER {table}_no_{act} ON {table}" for act in ("update", "delete", "truncate")
        ),
    }
    for table in CREATE
}
#: Goes last, when no trigger needs the function any more.
DROP_FUNCTION: dict[str, tuple[str, ...]] = {
    "sqlite": (),
    "postgresql": ("DROP FUNCTION refuse_change()",),
}
