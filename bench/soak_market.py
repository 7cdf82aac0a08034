"""The counter's part of `make soak`: charge races round after round, and payments and vouchers while workers die."""

import random
import sys
import threading
import time
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path

from alliance.factory import create_app
from bench.scans import database, settings_for
from core.db import db
from tests.support import charge_races, market
from tests.support import points_builders as points
from tests.support.phones import Notebook, send_until_answered
from tests.support.served_town import ServedTown, serve_town

PEOPLE, PURSE = 16, 100_000
#: Time between two kills, in seconds; every so many kills it is the whole server.
KILL_EVERY_SECONDS = (0.5, 3.0)
POWER_CUT_EVERY = 15
#: Payments of one balance at once, in the first round of its race.
PAYMENTS = 500
#: Workers are forked from a loaded master: a killed one is replaced in a moment, and is killed at work, not at its start.
PRELOADED = ("--preload",)
#: What counts as one charge or redemption that was acknowledged.
_DONE = {"paid", "reserved"}


def soak_market(engine: str, folder: Path, seconds: float, payments: int, chance: random.Random) -> list[str]:
    """Both parts on one engine; at least `payments` acknowledged under kill -9. Prints figures; what is wrong."""
    return [
        *race(engine, folder / "races", time.monotonic() + seconds / 2),
        *trade(engine, folder / "trade", time.monotonic() + seconds / 2, payments, chance),
    ]


def race(engine: str, folder: Path, until: float) -> list[str]:
    """Charge races in turn until the time `until` (monotonic clock), each at least once."""
    rounds = {**charge_races.ROUNDS, "one_balance": partial(charge_races.one_balance, payments=PAYMENTS)}
    done: Counter[str] = Counter()
    findings: list[str] = []
    with database(engine, folder) as url:
        app = create_app(replace(settings_for(url, folder), **charge_races.WITHOUT_LIMITS))
        with app.app_context():
            while time.monotonic() < until or len(done) < len(rounds):
                name = list(rounds)[done.total() % len(rounds)]
                findings += [f"{name}: {each}" for each in rounds[name](app)]
                done[name] += 1
            findings += [f"{name}: {rows}" for name, rows in points.faults().items()]
            db.session.remove()
            db.engine.dispose()
    report(engine, "charge races", done, findings)
    return findings


def trade(engine: str, folder: Path, until: float, payments: int, chance: random.Random) -> list[str]:
    """Let people pay and redeem while workers, and now and then the whole server, are killed."""
    notebook, stop, kills = Notebook(), threading.Event(), Counter[str]()
    with database(engine, folder) as url:
        settings = replace(settings_for(url, folder), **charge_races.WITHOUT_LIMITS)
        log = folder / "market.log"
        with serve_town(settings, log, people=PEOPLE, options=PRELOADED) as place:
            fair = market.open_market(place.app, place.town, purse=PURSE)
            seeds = range(10**6)
            work = [
                (person, market.spend(fair, person, chance.choice(seeds), times=10**6))
                for person in fair.people
            ]
            phones = threading.Thread(
                target=send_until_answered,
                args=(place.server.base_url, work),
                kwargs={"notebook": notebook, "stop": stop},
            )
            phones.start()
            try:
                while time.monotonic() < until or acknowledged(notebook) < payments:
                    time.sleep(chance.uniform(*KILL_EVERY_SECONDS))
                    kill(place, kills, chance)
            finally:
                stop.set()
                phones.join()
            findings = [
                *(f"answered {each.status}: {each.text[:200]}" for each in notebook.faults),
                *market.differences(fair, notebook.lines),
                *place.complaints(),
            ]
    outcomes = Counter(
        str(line.answered.body.get("outcome") or line.answered.code) for line in notebook.lines
    )
    report(engine, "payments and vouchers under kill -9", outcomes + kills, findings)
    return findings


def kill(place: ServedTown, kills: Counter[str], chance: random.Random) -> None:
    """Kill one worker; now and then the whole server, which is started again."""
    if (kills["workers killed"] + 1) % POWER_CUT_EVERY == 0:
        place.server.kill_all()
        place.server.start()
        kills["power cuts"] += 1
    kills["workers killed"] += place.server.kill_worker(chance)


def acknowledged(notebook: Notebook) -> int:
    """How many payments and redemptions were told to somebody."""
    return sum(line.answered.body.get("outcome") in _DONE for line in list(notebook.lines))


def report(engine: str, what: str, figures: Counter[str], findings: list[str]) -> None:
    """Print the figures of one part."""
    print(f"\n== {what}, {engine} ==")
    for name, count in figures.most_common():
        print(f"  {name:<24} {count}")
    print(f"  {'findings':<24} {len(findings)}")
    for each in findings[:20]:
        print(f"    {each}")
    sys.stdout.flush()
