"""What is booked is never changed, not even by hand: the database itself refuses."""

from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

from core import clock as core_clock
from core.auth import SYSTEM
from core.clock import FrozenClock
from core.db import db, transaction
from core.receipts import Receipt, once
from points import triggers
from points.models import Account, Lot, Score, Transfer, TransferLot
from tests.support import points_builders as build


@pytest.fixture
def wang(database_app: Flask, clock: FrozenClock):
    member = uuid4()
    build.earn(member, 20)
    build.reserve(member, 5)
    once(uuid4(), SYSTEM, "test", {}, lambda: {"done": True})
    return member


CHANGES = {
    "a transfer's amount": sa.update(Transfer).values(amount=1_000),
    "a transfer's note": sa.update(Transfer).values(memo="x"),
    "a transfer": sa.delete(Transfer),
    "a lot change": sa.update(TransferLot).values(change=-1),
    "the lot changes": sa.delete(TransferLot),
    "a receipt's answer": sa.update(Receipt).values(answer="{}"),
    "a young receipt": sa.delete(Receipt),
}


@pytest.mark.parametrize("what", CHANGES)
def test_nobody_changes_or_removes(what: str, wang) -> None:
    with pytest.raises(sa.exc.DBAPIError, match="is insert-only"), transaction():
        db.session.execute(CHANGES[what])
    assert build.balance(wang) == 15
    assert build.faults() == {}


@pytest.mark.parametrize("table", ["transfer", "transfer_lot", "receipt"])
def test_on_sqlite_a_row_cannot_be_replaced_either(app: Flask, clock: FrozenClock, table: str) -> None:
    member = uuid4()
    build.earn(member, 20)
    build.reserve(member, 5)
    once(uuid4(), SYSTEM, "test", {}, lambda: {"done": True})
    with pytest.raises(sa.exc.DBAPIError, match="is insert-only"), transaction():
        db.session.execute(sa.text(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"))
    assert build.balance(member) == 15


def test_on_postgresql_the_tables_cannot_be_emptied_either(wang) -> None:
    if db.engine.dialect.name == "postgresql":
        for table in ("transfer CASCADE", "transfer_lot", "receipt"):
            with pytest.raises(sa.exc.DBAPIError, match="is insert-only"), transaction():
                db.session.execute(sa.text(f"TRUNCATE {table}"))
    assert build.balance(wang) == 15


def test_receipts_older_than_400_days_may_be_pruned(database_app: Flask) -> None:
    # The triggers ask the database for the time: rows are old or young by the real calendar.
    now = core_clock.now()
    kept, gone = uuid4(), uuid4()
    row = {
        "actor_id": SYSTEM.id,
        "action": "x",
        "fingerprint": "",
        "outcome": "done",
        "family": "",
        "answer": "{}",
    }
    with transaction():
        db.session.execute(
            sa.insert(Receipt),
            [
                {
                    **row,
                    "key": gone,
                    "created_at": now - timedelta(days=triggers.RECEIPT_LIVES_DAYS, hours=1),
                },
                {
                    **row,
                    "key": kept,
                    "created_at": now - timedelta(days=triggers.RECEIPT_LIVES_DAYS, hours=-1),
                },
            ],
        )
    with transaction():
        db.session.execute(sa.delete(Receipt).where(Receipt.key == gone))
    with pytest.raises(sa.exc.DBAPIError, match="is insert-only"), transaction():
        db.session.execute(sa.delete(Receipt).where(Receipt.key == kept))
    assert db.session.scalars(sa.select(Receipt.key)).all() == [kept]


WRONG_ROWS = {
    "a lot below zero": sa.update(Lot).values(balance=-1),
    "a lot beyond all numbers": sa.update(Lot).values(balance=2**53),
    "a debt below zero": sa.update(Account).values(owed=-1),
    "a score below zero": sa.update(Score).values(points=-1),
    "text in a number": sa.text("UPDATE lot SET balance = 'ten'"),
}


@pytest.mark.parametrize("what", WRONG_ROWS)
def test_the_tables_take_no_wrong_numbers(what: str, wang) -> None:
    with pytest.raises(sa.exc.DBAPIError), transaction():
        db.session.execute(WRONG_ROWS[what])
    assert build.faults() == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": 0},
        {"amount": -1},
        {"amount": 1_000_001},
        {"amount": 2**63 - 1},
        {"kind": "conjure"},
        {"debit": "credit"},
        {"debit": "escrow"},
        {"reverses_id": "itself"},
        {"reservation_id": "itself"},
        {"actor": "credit", "subject_type": "award"},
        {"happened_at": "later"},
        {"rule_id": "unknown"},
        {"squad_id": "unknown"},
        {"credit": "unknown"},
    ],
    ids=lambda changes: " ".join(f"{name}={value}" for name, value in changes.items()),
)
def test_the_table_of_transfers_takes_no_wrong_row(changes, wang, clock: FrozenClock) -> None:
    row = {
        "id": uuid4(),
        "kind": "earn",
        "debit_account_id": triggers.PROGRAMME_ACCOUNTS["issued"],
        "credit_account_id": wang,
        "amount": 1,
        "receipt_key": uuid4(),
        "actor_id": SYSTEM.id,
        "subject_type": "test",
        "happened_at": clock.now(),
        "posted_at": clock.now(),
        "expires_on": None,
        "memo": "",
    }
    names = {"debit": "debit_account_id", "credit": "credit_account_id", "actor": "actor_id"}
    values = {
        "credit": wang,
        "escrow": triggers.PROGRAMME_ACCOUNTS["escrow"],
        "itself": row["id"],
        "later": clock.now() + timedelta(seconds=1),
        "unknown": uuid4(),
    }
    wrong = {names.get(name, name): values.get(value, value) for name, value in changes.items()}
    with pytest.raises(sa.exc.IntegrityError), transaction():
        db.session.execute(sa.insert(Transfer), {**row, **wrong})
    with transaction():
        db.session.execute(sa.insert(Transfer), row)
