"""Awards a second through the batch call over HTTP, 500 in a request, against the same rows by the bare driver."""

import argparse
import functools
import json
import statistics
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from alliance.factory import create_app
from bench import load, processor, town, yardstick
from bench.scans import PROCESSES, ROUNDS, WORKERS, database, settings_for
from core import clock
from core.config import Settings
from core.db import db, new_id, transaction
from members.models import MemberRole
from points import checks
from points.models import TariffRule
from points.rules import LARGEST_AMOUNT, MOST_AWARDS
from tests.support import server

MEMBERS = 5_000
#: Coordinators who send at the same time, one connection each. Each locks only his own day's limit.
COORDINATORS = 2
THREADS = COORDINATORS // PROCESSES
#: Batches in each round.
BATCHES = 24
CAPTURED = 8


def run(options: argparse.Namespace, folder: Path) -> None:
    """Measure on each engine and print."""
    for engine in options.engines:
        place = folder / "awards"
        place.mkdir(exist_ok=True)
        with database(engine, place) as url:
            _measure(engine, url, place)


def _settings(url: str, folder: Path) -> Settings:
    """Without limits that ask for a second person: what is measured is the writing."""
    return replace(
        settings_for(url, folder),
        award_limit=LARGEST_AMOUNT,
        award_member_week_limit=LARGEST_AMOUNT,
        award_coordinator_day_limit=LARGEST_AMOUNT * 100,
    )


def _measure(engine: str, url: str, folder: Path) -> None:
    app = create_app(_settings(url, folder))
    built = town.build(app, MEMBERS + COORDINATORS)
    with app.app_context(), transaction():
        officers = built.members[MEMBERS:]
        db.session.execute(
            db.insert(MemberRole), [{"member_id": each, "role": "coordinator"} for each in officers]
        )
        rule_id = new_id()
        db.session.execute(db.insert(TariffRule), [_rule(rule_id)])
    known = built.known | {each.hex for each in built.members} | {rule_id.hex}
    client = app.test_client(use_cookies=False)
    scripts = [
        yardstick.capture(app, known, functools.partial(_send, client, _batch(built, n)))
        for n in range(CAPTURED)
    ]
    over_http, bare, costs = [], [], []
    log = folder / "gunicorn.log"
    with server.serve_processes(_settings(url, folder), log, workers=WORKERS, threads=4) as base_url:
        _send_all(base_url, built)
        with app.app_context():
            # The squads of the town are written past the services, and so are not counted.
            faults = [each.name for each in checks.run() if each.faults and "head-counts" not in each.name]
            db.session.rollback()
        if faults:
            raise SystemExit(f"the books are not in order: {faults}")
        for _ in range(ROUNDS):
            before = processor.spent(url)
            over_http.append(_send_all(base_url, built))
            costs.append(processor.told(before, processor.spent(url), BATCHES, "batch"))
            bare.append(yardstick.run(scripts, url, BATCHES, processes=PROCESSES, threads=THREADS))
    middle = sorted(over_http, key=lambda each: each.per_second)[len(over_http) // 2]
    ratios = [each.per_second / yard for each, yard in zip(over_http, bare, strict=True)]
    print(
        f"\n== awards, {engine}: batches of {MOST_AWARDS}, {WORKERS} workers, {COORDINATORS} connections ==\n"
        f"  over HTTP          {middle.per_second * MOST_AWARDS:8.0f} awards/s   p50 {middle.percentile(0.5):.0f} ms a batch\n"
        f"  bare driver        {statistics.median(bare) * MOST_AWARDS:8.0f} awards/s\n"
        f"  ratio              {statistics.median(ratios):8.2f}   (rounds: {', '.join(f'{each:.2f}' for each in ratios)})",
        flush=True,
    )
    print("\n".join(costs), flush=True)
    with app.app_context():
        db.engine.dispose()


def _rule(rule_id: UUID) -> dict[str, Any]:
    return {
        "id": rule_id, "code": "errand", "version": 1, "name_zh": "跑腿", "name_en": "Errand", "category": "other",
        "points": 2, "daily_cap": 500, "valid_from": clock.today().replace(month=1, day=1), "created_at": clock.now(),
        "created_by": UUID(int=0),
    }  # fmt: skip


def _batch(built: town.Town, n: int) -> bytes:
    """The n-th batch as bytes on the wire: other members than the batch before, each with a key of its own."""
    first = n * MOST_AWARDS % MEMBERS
    items = [
        {"key": str(uuid4()), "member_id": str(each), "rule_code": "errand"}
        for each in built.members[first : first + MOST_AWARDS]
    ]
    body = json.dumps({"items": items}).encode()
    return (
        f"POST /api/v1/awards/batch HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Cookie: alliance={built.cookies[MEMBERS + n % COORDINATORS]}\r\nX-CSRF-Token: {built.forgery_token}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def _send(client: Any, raw: bytes) -> None:
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    answer = client.post(
        first.split()[1], data=body, headers=headers, environ_overrides={"REMOTE_ADDR": "127.0.0.1"}
    )
    assert {each["outcome"] for each in answer.json["items"]} == {"awarded"}, answer.text[:2000]


def _send_all(base_url: str, built: town.Town) -> load.Measured:
    measured = load.send_all(
        base_url, [_batch(built, n) for n in range(BATCHES)], processes=PROCESSES, threads=THREADS
    )
    if set(measured.statuses) != {200}:
        raise SystemExit(f"batches were not all answered: {measured.statuses}")
    return measured
