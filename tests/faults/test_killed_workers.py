"""kill -9 in the middle of the work: what was answered is there, what was refused is not, and nothing else is."""

import random
import threading
import time

from tests.faults.conftest import ServeTown
from tests.support import reckoning
from tests.support.phones import Notebook, ask_once, awards, patrol, send_until_answered
from tests.support.served_town import ServedTown

KILLS = 10
#: Workers are forked from a loaded master, so that a killed one is replaced in a moment and the next can be killed.
PRELOADED = ("--preload",)


def work_until(stop: threading.Event, place: ServedTown, notebook: Notebook) -> threading.Thread:
    """Phones that scan until `stop`, in a thread of their own."""
    walkers = place.town.members
    work = [(each, patrol(each, place.town, rounds=1_000)) for each in walkers]
    work += [(each, awards(each, place.town, count=10_000)) for each in walkers[:2]]
    thread = threading.Thread(
        target=send_until_answered,
        args=(place.server.base_url, work),
        kwargs={"notebook": notebook, "stop": stop},
    )
    thread.start()
    return thread


def wait_for_lines(notebook: Notebook, count: int) -> None:
    deadline = time.monotonic() + 30
    while len(notebook.lines) < count:
        assert time.monotonic() < deadline, "the phones get no answers"
        time.sleep(0.01)


def test_no_point_is_lost_doubled_or_invented_when_workers_are_killed(serve: ServeTown) -> None:
    notebook, stop, chance = Notebook(), threading.Event(), random.Random(20)
    with serve(options=PRELOADED) as place:
        phones = work_until(stop, place, notebook)
        try:
            for _ in range(KILLS):
                # The work goes on between two kills; when exactly the next one comes is left to chance.
                wait_for_lines(notebook, len(notebook.lines) + 4)
                time.sleep(chance.uniform(0, 0.03))
                assert place.server.kill_worker(chance)
        finally:
            stop.set()
            phones.join()

        assert notebook.lost > 0
        assert notebook.faults == []
        assert reckoning.differences(place.app, place.town, notebook.lines) == []
        assert place.complaints() == []


def test_after_a_power_cut_the_same_key_still_has_the_same_answer(serve: ServeTown) -> None:
    notebook, stop = Notebook(), threading.Event()
    with serve() as place:
        phones = work_until(stop, place, notebook)
        try:
            wait_for_lines(notebook, 40)
            place.server.kill_all()
            before = list(notebook.lines)
            place.server.start()
            wait_for_lines(notebook, len(before) + 20)
        finally:
            stop.set()
            phones.join()

        for line in before:
            again = ask_once(place.server.base_url, line.headers, line.scan)
            assert (again.lasting, again.body["replayed"]) == (line.answered.lasting, True)
        assert notebook.lost > 0
        assert notebook.faults == []
        assert reckoning.differences(place.app, place.town, notebook.lines) == []
        assert place.complaints() == []
