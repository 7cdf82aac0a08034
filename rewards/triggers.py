"""What the database itself refuses: changing or removing a line of the stock journal.

Plain SQL by engine, because both `create_all` and the migration run it; the function is the one that guards the books.
"""

_TABLE = "stock_movement"
_REFUSE_CHANGE = (
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', "
    "MESSAGE = TG_TABLE_NAME || ' is insert-only'; END $$"
)

#: By engine: the statements to run after the table is made.
CREATE: dict[str, tuple[str, ...]] = {
    "sqlite": tuple(
        f"CREATE TRIGGER {_TABLE}_no_{act.lower()} BEFORE {act} ON {_TABLE} "
        f"BEGIN SELECT RAISE(ABORT, '{_TABLE} is insert-only'); END"
        for act in ("UPDATE", "DELETE")
    ),
    "postgresql": (
        _REFUSE_CHANGE,
        *(
            f"CREATE TRIGGER {_TABLE}_no_{act.lower()} BEFORE {act} ON {_TABLE} "
            f"FOR EACH {'STATEMENT' if act == 'TRUNCATE' else 'ROW'} EXECUTE FUNCTION refuse_change()"
            for act in ("UPDATE", "DELETE", "TRUNCATE")
        ),
    ),
}
#: Undoes `CREATE`, but for the function, which other tables need.
DROP: dict[str, tuple[str, ...]] = {
    "sqlite": tuple(f"DROP TRIGGER {_TABLE}_no_{act}" for act in ("update", "delete")),
    "postgresql": tuple(
        f"DROP TRIGGER {_TABLE}_no_{act} ON {_TABLE}" for act in ("update", "delete", "truncate")
    ),
}
