"""Closing a month: the statements of 500 shops out of 100,000 payments, beside the bare driver's sums."""

import argparse
import time
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import merchants.queries
import merchants.service
from alliance.factory import create_app
from bench.scans import database, settings_for
from core import clock
from core.auth import SYSTEM
from core.db import db, new_id, transaction
from points import checks
from points.triggers import PROGRAMME_ACCOUNTS

LIMIT_SECONDS = 10
MONTH = date(2026, 9, 1)
PAYERS = 1_000
#: One payment in so many is given back, half of them in the month itself.
REFUND_EVERY = 50
RATES_EVERY = 10
#: Ids are numbers written as ids; each kind of row has a range of its own.
SHOP, PAYER, HOLD, PAYMENT, REFUND, KEY = (n * 10**8 for n in range(1, 7))


def run(options: argparse.Namespace, folder: Path) -> None:
    """Measure on each engine and print."""
    for engine in options.engines:
        place = folder / "settlement"
        place.mkdir(exist_ok=True)
        with database(engine, place) as url:
            app = create_app(settings_for(url, place))
            with app.app_context():
                _fill(options.charges, options.shops)
                _measure(engine, options.charges, options.shops)
                db.engine.dispose()


def _fill(charges: int, shops: int) -> None:
    """A month of payments before this one, with refunds, general and own rates, written set-wise past the services."""
    merchants.service.install_trades()
    stamp = _stamp_of(charges)
    with transaction():
        execute = db.session.execute
        execute(sa.text(_numbers(1, PAYERS) + _MEMBERS.format(**_spelling(PAYER))))
        execute(sa.text(_numbers(1, shops) + _SHOPS.format(**_spelling(SHOP), payer=_id(f"{PAYER} + 1"))))
        for owner in (SHOP, PAYER):
            kind, count = ("merchant", shops) if owner == SHOP else ("member", PAYERS)
            execute(sa.text(_numbers(1, count) + _ACCOUNTS.format(id=_id(f"{owner} + n"), kind=kind)))
        parts = {
            "hold": _id(f"{HOLD} + n"), "payment": _id(f"{PAYMENT} + n"), "refund": _id(f"{REFUND} + n"),
            "key": _id(f"{KEY} + n"), "shop": _id(f"{SHOP} + 1 + n % {shops}"), "payer": _id(f"{PAYER} + 1 + n % {PAYERS}"),
            "escrow": _quoted(PROGRAMME_ACCOUNTS["escrow"]), "actor": _quoted(UUID(int=0)), "at": stamp,
            "amount": "1 + n * 7919 % 60", "every": REFUND_EVERY, "nothing": "NULL" if _lite() else "NULL::uuid",
        }  # fmt: skip
        for statement in (_HOLDS, _PAYMENTS, _REFUNDS):
            execute(sa.text(_numbers(1, charges) + statement.format(**parts)))
    for cents, shop in _rates(shops):
        _rate(cents, shop)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE" if _lite() else "VACUUM ANALYZE")


def _rates(shops: int) -> list[tuple[int, int | None]]:
    return [(10, None), *((11 + n % 5, n) for n in range(1, shops + 1, RATES_EVERY))]


def _rate(cents: int, shop: int | None) -> None:
    merchants.service.add_rate(
        SYSTEM,
        key=new_id(),
        cents_per_point=cents,
        # Own rates begin in the middle of the month: such shops have two.
        valid_from=MONTH.replace(day=16) if shop else date(2026, 1, 1),
        merchant_id=UUID(int=SHOP + shop) if shop else None,
    )


def _measure(engine: str, charges: int, shops: int) -> None:
    month = merchants.queries.month_to_draft()
    assert month == f"{MONTH:%Y-%m}", month
    start, end = clock.month_bounds(MONTH)
    yard = _time(lambda: _bare_sums(start, end))
    seconds = _time(lambda: merchants.service.draft_month(SYSTEM, month=month))
    drafted = merchants.service.draft_month(SYSTEM, month=month)
    again = _time(lambda: merchants.service.draft_month(SYSTEM, month=month))
    read = _time(lambda: merchants.queries.statements_of_month(month))
    faults = [f"{each.name}: {each.rows}" for each in checks.run() if each.faults and "settle" in each.name]
    if faults or drafted.statements != shops:
        raise SystemExit(f"the month is not right: {faults or drafted}")
    verdict = "ok" if seconds <= LIMIT_SECONDS else "TOO SLOW"
    print(
        f"\n== settlement, {engine}: {charges:,} payments of {shops} shops (aim ≤ {LIMIT_SECONDS} s) ==\n"
        f"  yardstick: the sums alone by the bare driver {yard:7.2f} s\n"
        f"  drafting the month                           {seconds:7.2f} s ({seconds / yard:5.1f} × yardstick) {verdict}\n"
        f"  asking for it again                          {again:7.3f} s\n"
        f"  reading its {shops} statements                {read:7.3f} s\n"
        f"  {drafted.points:,} points in {_lines():,} lines",
        flush=True,
    )


def _bare_sums(start: Any, end: Any) -> None:
    cursor = db.session.connection().connection.cursor()
    mark = "?" if _lite() else "%s"
    bounds = (_text(start), _text(end)) if _lite() else (start, end)
    cursor.execute(
        f"SELECT credit_account_id, sum(amount) FROM transfer WHERE kind = 'pay' AND posted_at >= {mark} AND posted_at < {mark} GROUP BY 1",
        bounds,
    )
    cursor.fetchall()
    db.session.rollback()


def _lines() -> int:
    return db.session.scalar(sa.text("SELECT count(*) FROM settlement_line")) or 0


def _time(work: Any) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


# --- rows written set-wise

_MEMBERS = """INSERT INTO member (id, number, name, name_key, status, language, theme, large_type, speak, listed,
    session_epoch, card_generation, admitted_at, created_at)
    SELECT {id}, {first} + n, 'Member ' || n, 'member ' || n, 'active', 'zh_Hans_CN', 'auto', {no}, {no}, {no}, 1, 0, {now}, {now} FROM numbers"""
_SHOPS = """INSERT INTO merchant (id, number, name, name_en, trade_code, address, contact_name, phone, about, hours, status,
    paused_by_shop, plate_generation, plate_digest, applied_by, applied_at, admitted_at)
    SELECT {id}, n, 'Shop ' || n, '', 'hairdresser', '', '', '', '', '[]', 'active', {no}, 1, 'digest ' || n, {payer}, {now}, {now} FROM numbers"""
_ACCOUNTS = "INSERT INTO account (id, kind, owner_id, owed) SELECT {id}, '{kind}', {id}, 0 FROM numbers"
_COLUMNS = """INSERT INTO transfer (id, kind, debit_account_id, credit_account_id, amount, receipt_key, actor_id,
    subject_type, subject_id, happened_at, posted_at, reservation_id, reverses_id, memo)"""
_HOLDS = (
    _COLUMNS
    + """
    SELECT {hold}, 'spend', {payer}, {escrow}, {amount}, {key}, {actor}, 'charge', {key}, {at}, {at}, {nothing}, {nothing}, '' FROM numbers"""
)
_PAYMENTS = (
    _COLUMNS
    + """
    SELECT {payment}, 'pay', {escrow}, {shop}, {amount}, {key}, {actor}, 'charge', {key}, {at}, {at}, {hold}, {nothing}, '' FROM numbers"""
)
_REFUNDS = (
    _COLUMNS
    + """
    SELECT {refund}, 'reversal', {shop}, {escrow}, {amount}, {key}, {actor}, 'charge', {key}, {at}, {at}, {nothing}, {payment}, '' FROM numbers
    WHERE n % {every} = 0"""
)


def _lite() -> bool:
    return db.engine.dialect.name == "sqlite"


def _numbers(first: int, last: int) -> str:
    if _lite():
        return f"WITH RECURSIVE numbers(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM numbers WHERE n < {last}) "
    return f"WITH numbers AS (SELECT n FROM generate_series({first}::bigint, {last}::bigint) AS n) "


def _id(number: str) -> str:
    return f"printf('%032x', {number})" if _lite() else f"lpad(to_hex({number}), 32, '0')::uuid"


def _quoted(found: UUID) -> str:
    return f"'{found.hex}'"


def _text(at: Any) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _spelling(first: int) -> dict[str, Any]:
    now = f"'{_text(clock.month_bounds(MONTH)[0])}'"
    return {"id": _id(f"{first} + n"), "first": first, "no": 0 if _lite() else "false", "now": now}


def _stamp_of(charges: int) -> str:
    """The time of the n-th payment, spread evenly over the month."""
    start, end = clock.month_bounds(MONTH)
    seconds = int((end - start).total_seconds())
    if _lite():
        return f"strftime('%Y-%m-%dT%H:%M:%S.000000Z', '{start:%Y-%m-%d %H:%M:%S}', '+' || (n * {seconds} / ({charges} + 1)) || ' seconds')"
    return f"timestamptz '{_text(start)}' + make_interval(secs => n * {seconds} / ({charges} + 1))"
