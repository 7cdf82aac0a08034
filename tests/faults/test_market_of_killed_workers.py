"""kill -9 at the counter: every payment and voucher that was acknowledged is there once, and nothing else is."""

import random
import threading
import time
from collections import Counter

from tests.faults.conftest import PRELOADED, ServeTown
from tests.support import market
from tests.support.phones import Notebook, ask_once, send_until_answered
from tests.support.served_town import ServedTown

KILLS, PEOPLE, VISITS = 8, 6, 12


def work(place: market.Market, seed: int) -> list[tuple[market.Person, market.Walk]]:
    return [
        (person, market.spend(place, person, seed + n, times=VISITS)) for n, person in enumerate(place.people)
    ]


def kill_until_done(place: ServedTown, phones: threading.Thread, notebook: Notebook) -> int:
    """Kill workers at random moments for as long as the phones go on; how many."""
    chance, kills = random.Random(7), 0
    while phones.is_alive():
        known = len(notebook.lines)
        while phones.is_alive() and len(notebook.lines) < known + 4:
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.03))
        kills += place.server.kill_worker(chance) if kills < 40 else 0
    return kills


def test_nothing_is_lost_doubled_or_invented_at_the_counter_when_workers_are_killed(serve: ServeTown) -> None:
    notebook = Notebook()
    with serve(people=PEOPLE, options=PRELOADED) as place:
        fair = market.open_market(place.app, place.town)
        phones = threading.Thread(
            target=send_until_answered,
            args=(place.server.base_url, work(fair, seed=30)),
            kwargs={"notebook": notebook},
        )
        phones.start()
        kills = kill_until_done(place, phones, notebook)
        phones.join()

        assert market.differences(fair, notebook.lines) == []
        assert place.complaints() == []
        assert notebook.faults == []
        assert kills >= KILLS
        assert notebook.lost > 0
        outcomes = Counter(line.answered.body.get("outcome") for line in notebook.lines)
        assert min(outcomes[each] for each in ("paid", "order_held", "charge_held", "charge_voided")) > 0

        paid = [line for line in notebook.lines if line.answered.body.get("outcome") == "paid"]
        for line in paid[-10:]:
            again = ask_once(place.server.base_url, line.headers, line.scan, line.path)
            assert (again.status, again.lasting) == (200, line.answered.lasting)
        # The control: notebooks that tell another story than the database are found out.
        others = [line for line in notebook.lines if line is not paid[0]]
        assert market.differences(fair, others) != []
