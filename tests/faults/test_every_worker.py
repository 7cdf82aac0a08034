"""What ends a session or a device ends it in every process of the server, from the next request on."""

from collections.abc import Callable, Iterator

import pytest

import members.service
from core.auth import SYSTEM
from tests.faults.conftest import PRELOADED, ServeTown
from tests.support.crew import Answer
from tests.support.phones import ask_once
from tests.support.served_town import ServedTown
from tests.support.town import HELP, Headers, Person, scan_of


def answers_of_each_worker(
    place: ServedTown, headers: Headers, new_scan: Callable[[], dict[str, str]]
) -> list[Answer]:
    """Ask every worker once, the others being halted meanwhile."""
    answers = []
    for worker in place.server.all_workers():
        with place.server.only(worker):
            answers.append(ask_once(place.server.base_url, headers, new_scan()))
    return answers


def suspend(person: Person) -> None:
    members.service.suspend(SYSTEM, person.id, "借卡给别人")


def sign_out_everywhere(person: Person) -> None:
    members.service.sign_out_everywhere(SYSTEM, person.id)


def leave(person: Person) -> None:
    members.service.leave(SYSTEM, person.id)


@pytest.fixture(scope="module")
def place(serve: ServeTown) -> Iterator[ServedTown]:
    """One town for all tests of this file."""
    with serve(people=8, options=PRELOADED) as served:
        yield served


@pytest.mark.parametrize("end", [suspend, sign_out_everywhere, leave])
def test_a_session_that_was_ended_is_refused_by_every_worker(
    end: Callable[[Person], None], place: ServedTown
) -> None:
    walker, other = place.newcomers(2)

    def scan() -> dict[str, str]:
        return scan_of(place.town.post)

    before = answers_of_each_worker(place, walker.headers, scan)
    assert [each.status for each in before] == [201, 201]

    with place.app.app_context():
        end(walker)

    after = answers_of_each_worker(place, walker.headers, scan)
    assert [(each.status, each.code) for each in after] == [(401, "sign_in_needed")] * 2
    assert place.transfers(walker) == 2
    assert [each.status for each in answers_of_each_worker(place, other.headers, scan)] == [201, 201]


def test_a_device_is_shut_out_by_every_worker_when_its_coordinator_is_suspended(place: ServedTown) -> None:
    [holder] = place.newcomers(1)

    def award() -> dict[str, str]:
        return scan_of(holder.card, rule_code=HELP)

    before = answers_of_each_worker(place, place.town.desk, award)
    assert [each.status for each in before] == [201, 201]

    with place.app.app_context():
        suspend(place.town.coordinator)

    after = answers_of_each_worker(place, place.town.desk, award)
    assert [(each.status, each.code) for each in after] == [(401, "token_unknown")] * 2
    assert place.transfers(holder) == 2
