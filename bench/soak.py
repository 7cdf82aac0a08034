"""`make soak`: hours of races, bad lines, killed workers and power cuts on both engines; then the books are checked.

`SOAK_MINUTES` (default 30) is shared by the engines, and on each by the patrols and the shops (`soak_market.py`). Half of
the patrols' time belongs to the races, sixteen phones at the same moment round after round (at least a thousand rounds,
however long they take); in the other half phones scan over a bad line while workers are killed. In the end the database
must tell the same story as the phones' notebooks: the command prints figures and fails on any difference. Beside it, two hundred
members race for the last pieces of a reward, a thousand rounds on each engine, however long they take, and lists of members come in
while workers are killed (`soak_lists.py`).
"""

import argparse
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from alliance.factory import create_app
from bench.scans import database, settings_for
from bench.soak_lists import soak_lists
from bench.soak_market import soak_market
from core.db import db
from tests.support import crew as crews
from tests.support import reckoning, rewards_races
from tests.support.crew import Crew, Request
from tests.support.lossy_proxy import bad_line
from tests.support.phones import Line, Notebook, awards, patrol, send_until_answered
from tests.support.served_town import ServedTown, serve_town
from tests.support.town import HELP, Person, scan_of

PHONES = crews.PROCESSES * crews.THREADS
#: Half of them stand at the post, the others walk the loop: with a round under way nobody can begin another.
PEOPLE = 2 * PHONES
#: Races on each engine, however few the minutes are.
RACES = 1_000
#: Payments and redemptions to be acknowledged on each engine while workers are killed.
PAYMENTS = 1_000
#: Rounds in which everybody wants the last piece of a reward, on each engine.
LAST_PIECES = 1_000
#: Lists of members that are brought on each engine while workers are killed.
LISTS = 10
#: Time between two kills, in seconds; every so many kills it is the whole server.
KILL_EVERY_SECONDS = (0.5, 3.0)
POWER_CUT_EVERY = 15


@dataclass
class Story:
    """What happened on one engine."""

    notebook: Notebook = field(default_factory=Notebook)
    races: int = 0
    requests: int = 0
    race_seconds: float = 0
    longest_wait: float = 0
    unequal: list[str] = field(default_factory=list)
    dropped: int = 0
    cut: int = 0
    kills: int = 0
    power_cuts: int = 0


def main() -> None:
    """Parse the command line, run, and exit with 1 when anything was lost, doubled or invented."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak")
    parser.add_argument("--minutes", type=float, default=float(os.environ.get("SOAK_MINUTES", "30")))
    parser.add_argument("--races", type=int, default=RACES, help="at least so many on each engine")
    parser.add_argument("--payments", type=int, default=PAYMENTS, help="at least so many on each engine")
    parser.add_argument("--last-pieces", type=int, default=LAST_PIECES, help="rounds on each engine")
    parser.add_argument("--lists", type=int, default=LISTS, help="lists of members on each engine")
    parser.add_argument("--engines", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    options = parser.parse_args()
    seconds = options.minutes * 60 / len(options.engines) / 2
    print(f"soaking for {options.minutes:g} minutes, seed {options.seed}", flush=True)
    findings: list[str] = []
    for engine in options.engines:
        with tempfile.TemporaryDirectory(prefix="alliance-soak-") as folder:
            findings += soak(engine, Path(folder), seconds, options.races, random.Random(options.seed))
        with tempfile.TemporaryDirectory(prefix="alliance-soak-") as folder:
            chance = random.Random(options.seed)
            findings += soak_market(engine, Path(folder), seconds, options.payments, chance)
        with tempfile.TemporaryDirectory(prefix="alliance-soak-") as folder:
            findings += soak_shelf(engine, Path(folder), options.last_pieces)
        with tempfile.TemporaryDirectory(prefix="alliance-soak-") as folder:
            findings += soak_lists(engine, Path(folder), options.lists, random.Random(options.seed))
    sys.exit(1 if findings else 0)


def soak_shelf(engine: str, folder: Path, rounds: int) -> list[str]:
    """The race for the last pieces of rewards; prints what happened and returns what is wrong."""
    with database(engine, folder) as url:
        app = create_app(settings_for(url, folder))
        findings = rewards_races.rounds_of_last_items(app, rounds)
        with app.app_context():
            db.engine.dispose()
    members = rewards_races.MEMBERS
    print(
        f"{engine}: {rounds} races of {members} for the last pieces, {len(findings)} went wrong", flush=True
    )
    for each in findings[:20]:
        print(f"  {each}", flush=True)
    return findings


def soak(engine: str, folder: Path, seconds: float, races: int, chance: random.Random) -> list[str]:
    """Both parts on one engine; prints what happened and returns what is wrong."""
    story = Story()
    with database(engine, folder) as url:
        settings, log = settings_for(url, folder), folder / "gunicorn.log"
        with serve_town(settings, log, people=PEOPLE) as place:
            with crews.crew(place.server.base_url) as crew:
                race(place, crew, story, races, time.monotonic() + seconds / 2)
            print(f"{engine}: {story.races} races run", flush=True)
            endure(place, story, time.monotonic() + seconds / 2, chance)
            findings = [
                *story.unequal,
                *(f"answered {each.status}: {each.text[:200]}" for each in story.notebook.faults),
                *reckoning.differences(place.app, place.town, story.notebook.lines),
                *place.complaints(),
            ]
    report(engine, story, findings)
    return findings


def race(place: ServedTown, crew: Crew, story: Story, least: int, until: float) -> None:
    """Races of all kinds in turn, at least `least` and on until the time `until` (monotonic clock)."""
    start, people = time.monotonic(), place.town.members
    while story.races < least or time.monotonic() < until:
        n = story.races
        requests, runners = _race(n, place, people[n // 5 % PHONES], people[PHONES + n // 5 % PHONES])
        answers = crew.fire(requests)
        story.races += 1
        story.requests += len(requests)
        story.longest_wait = max(story.longest_wait, *(each.seconds for each in answers))
        told = {}
        for (headers, scan), runner, answer in zip(requests, runners, answers, strict=True):
            known = told.setdefault(scan["scan_id"], answer)
            if answer.status == 0 or answer.status >= 500:
                story.notebook.faults.append(answer)
            elif known is answer:
                story.notebook.lines.append(Line(runner, headers, scan, answer, 1, answer.seconds))
            if known.lasting != answer.lasting:
                story.unequal.append(f"two answers to {scan['scan_id']}: {known.text} and {answer.text}")
    story.race_seconds = time.monotonic() - start


def _race(
    n: int, place: ServedTown, person: Person, walker: Person
) -> tuple[Sequence[Request], Sequence[Person]]:
    """The requests of race number `n`, and who is meant to profit from each."""
    town = place.town
    if n % 5 == 0:  # one scan, paying, sixteen times
        return [(person.headers, scan_of(town.post))] * PHONES, [person] * PHONES
    if n % 5 == 1:  # sixteen scans of one plate
        plate = town.loop[n // 5 // PHONES % len(town.loop)]
        return [(walker.headers, scan_of(plate)) for _ in range(PHONES)], [walker] * PHONES
    if n % 5 == 2:  # one award sixteen times
        return [(town.desk, scan_of(person.card, rule_code=HELP))] * PHONES, [person] * PHONES
    if n % 5 == 3:  # sixteen awards to one member
        return [(town.desk, scan_of(person.card, rule_code=HELP)) for _ in range(PHONES)], [person] * PHONES
    walkers = town.members[:PHONES]  # sixteen members on one route
    return [(each.headers, scan_of(town.post)) for each in walkers], walkers


def endure(place: ServedTown, story: Story, end: float, chance: random.Random) -> None:
    """Let phones scan over a bad line until `end` while workers, and now and then the whole server, are killed."""
    stop, town = threading.Event(), place.town
    work = [(each, patrol(each, town, rounds=10**6)) for each in town.members[:12]]
    work += [(each, awards(each, town, count=10**6)) for each in town.members[12:]]
    with bad_line(place.server.base_url, drop=0.1, cut=0.05, seed=chance.randrange(10**6)) as line:
        phones = threading.Thread(
            target=send_until_answered,
            args=(line.base_url, work),
            kwargs={"notebook": story.notebook, "stop": stop},
        )
        phones.start()
        try:
            while time.monotonic() < end:
                time.sleep(chance.uniform(*KILL_EVERY_SECONDS))
                if (story.kills + 1) % POWER_CUT_EVERY == 0:
                    place.server.kill_all()
                    place.server.start()
                    story.power_cuts += 1
                story.kills += place.server.kill_worker(chance)
        finally:
            stop.set()
            phones.join()
        story.dropped, story.cut = line.dropped, line.cut


def report(engine: str, story: Story, findings: list[str]) -> None:
    """Print the figures of one engine."""
    lines = story.notebook.lines
    outcomes = Counter(line.answered.code or line.answered.body.get("outcome") for line in lines)
    saved = sum(line.tries > 1 and bool(line.answered.body.get("replayed")) for line in lines)
    rate = story.requests / story.race_seconds if story.race_seconds else 0
    print(f"\n== soak, {engine} ==")
    print(f"  races              {story.races} of {PHONES} phones, {rate:.0f} requests/s")
    print(f"  longest wait       {story.longest_wait:.2f} s for one answer of a race")
    print(f"  bad line           {story.dropped} answers dropped, {story.cut} cut in half")
    print(f"  kill -9            {story.kills} workers, {story.power_cuts} times the whole server")
    print(
        f"  asked again        {story.notebook.lost} times; {saved} scans had counted although nobody was told"
    )
    print(
        f"  scans              {len(lines)}: "
        + ", ".join(f"{name} {n}" for name, n in outcomes.most_common())
    )
    print(f"  findings           {len(findings)}")
    for each in findings[:20]:
        print(f"    {each}")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
