"""kill -9 in the middle of the work: what was answered is there, what was refused is not, and nothing else is."""

import random
import threading
import time

from tests.faults.conftest import PRELOADED, ServeTown
from tests.support import reckoning
from tests.support.phones import Notebook, ask_once, set_to_work
from tests.support.server import PATIENCE_SECONDS

KILLS = 10


def wait_for_lines(notebook: Notebook, count: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(notebook.lines) < count:
        assert time.monotonic() < deadline, "the phones get no answers"
        time.sleep(0.01)


def test_no_point_is_lost_doubled_or_invented_when_workers_are_killed(serve: ServeTown) -> None:
    notebook, stop, chance = Notebook(), threading.Event(), random.Random(20)
    with serve(options=PRELOADED) as place:
        phones = set_to_work(place.server.base_url, place.town, notebook, stop)
        try:
            for _ in range(KILLS):
                # The work goes on between two kills; when exactly the next one comes is left to chance.
                wait_for_lines(notebook, len(notebook.lines) + 4)
                time.sleep(chance.uniform(0, 0.03))
                assert place.server.kill_worker(chance)
        finally:
            stop.set()
            phones.join()

        assert reckoning.differences(place.app, place.town, notebook.lines) == []
        assert place.complaints() == []
        assert notebook.faults == []
        assert notebook.lost > 0


def test_after_a_power_cut_the_same_key_still_has_the_same_answer(serve: ServeTown) -> None:
    notebook, stop = Notebook(), threading.Event()
    with serve(options=PRELOADED) as place:
        phones = set_to_work(place.server.base_url, place.town, notebook, stop)
        try:
            wait_for_lines(notebook, 40)
            place.server.kill_all()
            before = list(notebook.lines)
            place.server.start()
            wait_for_lines(notebook, len(before) + 20)
        finally:
            stop.set()
            phones.join()

        for line in before[-40:]:
            again = ask_once(place.server.base_url, line.headers, line.scan)
            assert (again.lasting, again.body["replayed"]) == (line.answered.lasting, True)
        assert reckoning.differences(place.app, place.town, notebook.lines) == []
        assert place.complaints() == []
        assert notebook.faults == []
        assert notebook.lost > 0
