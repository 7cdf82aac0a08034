"""Books with a million transfers: sealing and verifying them, searching them at the desk, reporting a month."""

import argparse
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import points.queries
from alliance.factory import create_app
from alliance.month_figures import figures
from bench.scans import database, settings_for
from core import audit, chain, clock, seals
from core.auth import SYSTEM
from core.db import db, new_id, transaction
from points.triggers import PROGRAMME_ACCOUNTS

MEMBERS = 20_000
SQUADS = 50
#: The transfers are spread over so many days, the last of them yesterday.
DAYS = 60
ENTRIES = 20_000
REPEATS = 5
DAY_SECONDS = 86_400
#: Ids are numbers written as ids: members, transfers and receipts from here on.
FIRST_MEMBER, FIRST_TRANSFER, FIRST_KEY = 1_000, 1_000_000_000, 3_000_000_000


def run(options: argparse.Namespace, folder: Path) -> None:
    """Measure on each engine and print."""
    for engine in options.engines:
        place = folder / "books"
        place.mkdir(exist_ok=True)
        with database(engine, place) as url:
            app = create_app(settings_for(url, place))
            with app.app_context():
                print(f"books on {engine}, {options.transfers:,} transfers")
                _fill(options.transfers)
                _measure()
                db.engine.dispose()


def _measure() -> None:
    _once(f"chain {ENTRIES:,} entries", chain.seal)
    _once("seal the books", seals.seal_books)
    _once("verify the chain", lambda: list(chain.verify()))
    _once("verify the books", lambda: list(seals.verify()))
    month = clock.today().replace(day=1)
    before = (month - timedelta(days=1)).replace(day=1)
    _once("figures of the month before", lambda: figures(before))
    member, day = UUID(int=FIRST_MEMBER + 5), clock.today() - timedelta(days=20)
    search = points.queries.search_transfers
    _often("ledger, newest", search)
    _often("ledger, one day", lambda: search(first=day, last=day))
    _often("ledger, one member", lambda: search(account_ids=[member]))
    _often("ledger, an amount that is nowhere", lambda: search(amount=777))
    _often("ledger, by its number", lambda: points.queries.transfers_like(f"{FIRST_TRANSFER + 77:032x}"))


def _once(name: str, work: Callable[[], Any]) -> None:
    db.session.rollback()
    start = time.perf_counter()
    work()
    print(f"  {name}: {time.perf_counter() - start:.1f} s")


def _often(name: str, work: Callable[[], Any]) -> None:
    times = []
    for _ in range(REPEATS):
        db.session.rollback()
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    print(f"  {name}: {sorted(times)[REPEATS // 2] * 1000:.0f} ms")


def _fill(transfers: int) -> None:
    """Deeds of `MEMBERS` members, each with its receipt, written set-wise past the services."""
    execute = db.session.execute
    rule_id, squads = new_id(), [UUID(int=number) for number in range(1, SQUADS + 1)]
    with transaction():
        tables = db.metadata.tables
        execute(sa.insert(tables["squad"]), [_squad(each) for each in squads])
        accounts = [UUID(int=FIRST_MEMBER + number) for number in range(MEMBERS)]
        rows = [{"id": each, "kind": "member", "owner_id": each, "owed": 0} for each in accounts]
        execute(sa.insert(tables["account"]), rows)
        execute(sa.insert(tables["tariff_rule"]), _rule(rule_id))
        start = clock.start_of(clock.today() - timedelta(days=DAYS))
        for first in range(0, transfers, 20_000):
            numbers = range(first, min(first + 20_000, transfers))
            step = timedelta(seconds=DAYS * DAY_SECONDS / transfers)
            execute(sa.insert(tables["transfer"]), [_transfer(n, start + n * step, rule_id) for n in numbers])
            execute(sa.insert(tables["receipt"]), [_receipt(n, start + n * step) for n in numbers])
        for number in range(ENTRIES):
            audit.record(SYSTEM, "member.renamed", "member", new_id(), number=number)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        lite = connection.dialect.name == "sqlite"
        connection.exec_driver_sql("ANALYZE" if lite else "VACUUM ANALYZE")


def _squad(squad_id: UUID) -> dict[str, Any]:
    return {
        "id": squad_id,
        "name": f"Squad {squad_id.int}",
        "kind": "patrol",
        "crest_color": "red",
        "active_members": 0,
        "motto": "",
    }


def _rule(rule_id: UUID) -> dict[str, Any]:
    return {
        "id": rule_id,
        "code": "care",
        "version": 1,
        "name_zh": "关爱",
        "name_en": "Care",
        "category": "care",
        "points": 2,
        "valid_from": date(2020, 1, 1),
        "created_at": clock.now() - timedelta(days=DAYS),
        "created_by": SYSTEM.id,
    }


def _transfer(number: int, at: Any, rule_id: UUID) -> dict[str, Any]:
    return {
        "id": UUID(int=FIRST_TRANSFER + number),
        "kind": "earn",
        "debit_account_id": PROGRAMME_ACCOUNTS["issued"],
        "credit_account_id": UUID(int=FIRST_MEMBER + number * 7919 % MEMBERS),
        "amount": 1 + number % 50,
        "receipt_key": UUID(int=FIRST_KEY + number),
        "actor_id": SYSTEM.id,
        "subject_type": "round",
        "subject_id": UUID(int=number),
        "rule_id": rule_id,
        "squad_id": UUID(int=1 + number % SQUADS),
        "happened_at": at,
        "posted_at": at,
        "expires_on": date(at.year + 1, 12, 31),
        "reservation_id": None,
        "reverses_id": None,
        "memo": "",
    }


def _receipt(number: int, at: Any) -> dict[str, Any]:
    return {
        "key": UUID(int=FIRST_KEY + number),
        "actor_id": UUID(int=FIRST_MEMBER + number % MEMBERS),
        "action": "scan",
        "fingerprint": f"{number:064x}",
        "outcome": "done",
        "family": "",
        "answer": '{"outcome":"round_ended","points":2,"transfer_id":"…","title":"巡逻"}',
        "created_at": at,
    }
