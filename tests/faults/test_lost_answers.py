"""A bad line: a third of the answers get lost. A failed answer does not mean "not done", and asking again is safe."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.faults.conftest import PEOPLE, PRELOADED, ServeTown
from tests.support import reckoning
from tests.support.lossy_proxy import BadLine, bad_line
from tests.support.phones import Notebook, ask_once, awards, patrol, send_until_answered
from tests.support.served_town import ServedTown

ROUNDS, SCANS_A_ROUND, AWARDS = 2, 7, 6


@dataclass
class BadDay:
    """A town whose phones had a bad line all day, and what they have written down."""

    place: ServedTown
    line: BadLine
    notebook: Notebook


@pytest.fixture(scope="module")
def bad_day(serve: ServeTown) -> Iterator[BadDay]:
    """Everybody walks two rounds and two are awarded besides, all of it over a bad line."""
    with serve(options=PRELOADED) as place:
        people, notebook = place.town.members, Notebook()
        work = [(each, patrol(each, place.town, rounds=ROUNDS)) for each in people]
        work += [(each, awards(each, place.town, count=AWARDS)) for each in people[:2]]
        with bad_line(place.server.base_url, drop=0.3, cut=0.1) as line:
            send_until_answered(line.base_url, work, notebook=notebook)
        yield BadDay(place, line, notebook)


def test_every_scan_is_there_once_however_many_answers_got_lost(bad_day: BadDay) -> None:
    place, line, notebook = bad_day.place, bad_day.line, bad_day.notebook
    assert line.dropped > 20
    assert line.cut > 5
    # First, because a fault is asked again, too, and would look like one more lost answer.
    assert notebook.faults == []
    assert notebook.lost == line.dropped + line.cut
    assert len(notebook.lines) == PEOPLE * ROUNDS * SCANS_A_ROUND + 2 * AWARDS
    assert reckoning.differences(place.app, place.town, notebook.lines) == []
    assert place.complaints() == []


def test_a_repeat_gets_the_answer_of_the_first_time_byte_for_byte(bad_day: BadDay) -> None:
    place = bad_day.place
    for line in bad_day.notebook.lines:
        again = ask_once(place.server.base_url, line.headers, line.scan)
        assert again.lasting == line.answered.lasting
        assert again.body["replayed"] is True
        assert again.status == (200 if line.answered.status in {200, 201} else line.answered.status)
    assert reckoning.differences(place.app, place.town, bad_day.notebook.lines) == []


def test_the_reckoning_sees_what_was_lost_and_what_was_invented(bad_day: BadDay) -> None:
    """The control: a notebook that tells another story than the database is found out."""
    place, lines = bad_day.place, bad_day.notebook.lines
    paid = next(line for line in lines if line.answered.body.get("points"))
    others = [line for line in lines if line is not paid]

    untold = reckoning.differences(place.app, place.town, others)
    told_twice = reckoning.differences(place.app, place.town, [*lines, paid])

    assert any(each.startswith("transfers invented or doubled") for each in untold)
    assert any(each.startswith("transfers lost") for each in told_twice)
    assert any(each.startswith("balance of") for each in untold)
