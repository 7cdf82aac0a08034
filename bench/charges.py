"""Paying charges a second over HTTP through gunicorn with two workers, against the same rows by the bare driver.

By order: shown by the clerk, scanned and confirmed by the member, three requests and three commits. By plate: scanned
and paid by the member, two of each. The yardstick writes all rows of a charge in one transaction.
"""

import argparse
import functools
import json
import statistics
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from flask import Flask

import merchants.service
from alliance.factory import create_app
from bench import load, processor, town, yardstick
from bench.scans import PROCESSES, ROUNDS, THREADS, WORKERS, database, settings_for
from core import clock, codes
from core.config import settings
from core.db import db, new_id, transaction
from merchants.models import Merchant, ShopClerk
from points import checks, ledger
from points.models import Account, TariffRule
from tests.support import server

MEMBERS = 2_000
#: No divisor of the members, so that nobody comes to the same shop again and again, which would be flagged.
SHOPS = 47
PURSE = 1_000
WARM_UP = 100
#: Charges that the yardstick writes again.
CAPTURED = 160
PRICE = 3


@dataclass(frozen=True)
class Street:
    """The town with its shops, each with a clerk who is one of the last members, and the codes of their plates."""

    town: town.Town
    shops: list[UUID]
    plates: list[str]
    app: Flask

    def order(self, n: int) -> tuple[bytes, ...]:
        """The n-th charge by order: shown, scanned, confirmed."""
        shop, member, charge_id = n % SHOPS, n % MEMBERS, uuid4()
        with self.app.app_context():
            code = merchants.service.order_code(charge_id).text
        shown = {"key": str(charge_id), "merchant_id": str(self.shops[shop]), "points": PRICE}
        return (
            self._request(MEMBERS + shop, "/api/v1/counter/orders", shown),
            self._request(member, "/api/v1/scans", {"scan_id": str(uuid4()), "code": code}),
            self._request(
                member, f"/api/v1/me/charges/{charge_id}/confirm", {"key": str(uuid4()), "points": PRICE}
            ),
        )

    def plate(self, n: int) -> tuple[bytes, ...]:
        """The n-th charge by plate: scanned, paid."""
        code, member = self.plates[n % SHOPS], n % MEMBERS
        return (
            self._request(member, "/api/v1/scans", {"scan_id": str(uuid4()), "code": code}),
            self._request(
                member, "/api/v1/me/payments", {"key": str(uuid4()), "code": code, "points": PRICE}
            ),
        )

    def _request(self, who: int, path: str, content: dict[str, Any]) -> bytes:
        body = json.dumps(content).encode()
        return (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Cookie: alliance={self.town.cookies[who]}\r\nX-CSRF-Token: {self.town.forgery_token}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode() + body

    def known(self) -> frozenset[str]:
        """What the yardstick leaves as it is: everybody, every shop, and what is the same for all."""
        return self.town.known | {each.hex for each in (*self.town.members, *self.shops)}


def run(options: argparse.Namespace, folder: Path) -> None:
    """Measure on each engine and print."""
    for engine in options.engines:
        place = folder / "charges"
        place.mkdir(exist_ok=True)
        with database(engine, place) as url:
            _measure(engine, url, place, options.payments)


def _measure(engine: str, url: str, folder: Path, count: int) -> None:
    app = create_app(settings_for(url, folder))
    street = _build(app)
    client = app.test_client(use_cookies=False)
    ways = {"by order": street.order, "by plate": street.plate}
    known = street.known()
    scripts = {
        way: [
            yardstick.capture(app, known, functools.partial(_send, client, charge(n)))
            for n in range(CAPTURED)
        ]
        for way, charge in ways.items()
    }
    log = folder / "gunicorn.log"
    with server.serve_processes(settings_for(url, folder), log, workers=WORKERS, threads=THREADS) as base_url:
        for charge in ways.values():
            _send_all(base_url, charge, WARM_UP)
        # Now, because the rows of the yardstick are charges that nobody has made.
        _look_at_the_books(app)
        for way, charge in ways.items():
            over_http, bare, costs = [], [], []
            for _ in range(ROUNDS):
                before = processor.spent(url)
                over_http.append(_send_all(base_url, charge, count))
                costs.append(processor.told(before, processor.spent(url), count, "charge"))
                bare.append(yardstick.run(scripts[way], url, count, processes=PROCESSES, threads=THREADS))
            _print(engine, way, over_http, bare, len(scripts[way][0].statements))
            print("\n".join(costs), flush=True)
    with app.app_context():
        db.engine.dispose()


def _look_at_the_books(app: Flask) -> None:
    with app.app_context():
        # The squads of the town are written past the services, and so are not counted.
        faults = [each.name for each in checks.run() if each.faults and "head-counts" not in each.name]
        db.session.rollback()
    if faults:
        raise SystemExit(f"the books are not in order: {faults}")


def _send_all(base_url: str, charge: Any, count: int) -> load.Measured:
    measured = load.send_all(
        base_url, [charge(n) for n in range(count)], processes=PROCESSES, threads=THREADS
    )
    if set(measured.statuses) != {201}:
        raise SystemExit(f"charges were not all paid: {measured.statuses}")
    return measured


def _send(client: Any, steps: tuple[bytes, ...]) -> None:
    for raw in steps:
        head, _, body = raw.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        answer = client.post(
            first.split()[1], data=body, headers=headers, environ_overrides={"REMOTE_ADDR": "127.0.0.1"}
        )
        assert answer.status_code == 201, answer.text


def _print(engine: str, name: str, over_http: list[load.Measured], bare: list[float], wrote: int) -> None:
    middle = sorted(over_http, key=lambda each: each.per_second)[len(over_http) // 2]
    ratios = [each.per_second / yard for each, yard in zip(over_http, bare, strict=True)]
    print(
        f"\n== charges {name}, {engine}: {WORKERS} workers × {THREADS} threads, {PROCESSES * THREADS} connections ==\n"
        f"  over HTTP          {middle.per_second:8.0f} charges/s   p50 {middle.percentile(0.5):.1f} ms   p99 {middle.percentile(0.99):.1f} ms (the whole charge)\n"
        f"  bare driver        {statistics.median(bare):8.0f} transactions/s of {wrote} statements each\n"
        f"  ratio              {statistics.median(ratios):8.2f}   (rounds: {', '.join(f'{each:.2f}' for each in ratios)})",
        flush=True,
    )


# --- The street ------------------------------------------------------------------------------------------------------


def _build(app: Flask) -> Street:
    """A town whose last members are clerks; every other member has points to spend."""
    built = town.build(app, MEMBERS + SHOPS)
    with app.app_context():
        now, keys = clock.now(), codes.keyring(settings())
        shops = [new_id() for _ in range(SHOPS)]
        plates = [codes.printed_code(keys, codes.Kind.SHOP, each, 1) for each in shops]
        clerks = built.members[MEMBERS:]
        merchants.service.install_trades()
        with transaction():
            db.session.execute(
                db.insert(Merchant),
                [
                    {
                        "id": each, "number": n + 1, "name": f"商户{n}", "trade_code": "supermarket", "status": "active",
                        "plate_digest": codes.digest(keys, plates[n]), "applied_by": clerks[n], "applied_at": now,
                        "admitted_at": now,
                    }
                    for n, each in enumerate(shops)
                ],
            )  # fmt: skip
            db.session.execute(
                db.insert(ShopClerk),
                [
                    {"merchant_id": each, "member_id": clerks[n], "post": "owner", "since": now}
                    for n, each in enumerate(shops)
                ],
            )
            db.session.execute(
                db.insert(Account),
                [{"id": each, "kind": "merchant", "owner_id": each, "owed": 0} for each in shops],
            )
            _fill_purses(built.members[:MEMBERS], now)
        known = built.known | {
            each.id.hex for each in db.session.query(Account).filter(Account.kind != "member")
        }
        return Street(
            town.Town(built.members, built.cookies, built.forgery_token, built.plates, known),
            shops,
            [each.text for each in plates],
            app,
        )


def _fill_purses(members: list[UUID], now: Any) -> None:
    rule_id, today = new_id(), clock.local_date(now)
    rule = {
        "id": rule_id, "code": "purse", "version": 1, "name_zh": "本金", "name_en": "Purse", "category": "other",
        "points": PURSE, "valid_from": date(2020, 1, 1), "created_at": now, "created_by": UUID(int=0),
    }  # fmt: skip
    db.session.execute(db.insert(TariffRule), rule)
    ledger.post_many(
        ledger.Movement(
            kind="earn", debit=ledger.ISSUED, credit=ledger.member(each), amount=PURSE, key=new_id(),
            actor_id=UUID(int=0), subject_type="history", subject_id=None, happened_at=now, posted_at=now,
            posted_on=today, rule_id=rule_id, expires_on=date(today.year + 1, 12, 31),
        )
        for each in members
    )  # fmt: skip
