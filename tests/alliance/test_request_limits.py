"""Limits of requests: who is counted under what, by threads at the same time, and forgotten when the time is over."""

import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from limits.storage import storage_from_string

from alliance.security import RequestCounts
from core import clock
from tests.support.members_builders import device, member, sign_in

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)


@pytest.fixture
def narrow(make_app):
    """An application that lets each ask five times a minute; the test stands inside it."""
    app = make_app(request_limit="5 per minute")
    with app.app_context():
        yield app


def test_neighbours_behind_one_router_do_not_use_up_each_others_requests(narrow):
    clients = [narrow.test_client() for _ in range(3)]
    for number, client in enumerate(clients):
        sign_in(client, member(f"邻居{'一二三'[number]}"))
    gate = {"Authorization": f"Bearer {device('wall.read')}"}

    for client in clients:
        assert [client.get("/api/v1/me").status_code for _ in range(6)] == [200] * 5 + [429]
    stranger = narrow.test_client()
    assert [stranger.get("/api/v1/session", headers=gate).status_code for _ in range(6)] == [200] * 5 + [429]
    assert [stranger.get("/sign-in").status_code for _ in range(6)] == [200] * 5 + [429]


def test_strangers_with_made_up_tokens_are_counted_by_their_address(narrow):
    client = narrow.test_client()
    answers = [
        client.get("/api/v1/me", headers={"Authorization": f"Bearer made-up-{number}"}) for number in range(6)
    ]
    assert [each.status_code for each in answers] == [401] * 5 + [429]


def test_machines_that_watch_the_service_are_always_answered(narrow):
    client = narrow.test_client()
    for path in ("/healthz", "/readyz"):
        assert {client.get(path).status_code for _ in range(7)} == {200}


def test_who_asked_too_often_hears_how_long_the_rest_of_the_minute_is(narrow):
    client = narrow.test_client()
    with clock.frozen(NOW) as watch:
        for _ in range(5):
            client.get("/sign-in")
        watch.tick(seconds=42.5)
        refused = client.get("/sign-in")
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "18")
        watch.tick(seconds=18)
        assert client.get("/sign-in").status_code == 200


@pytest.fixture
def counts() -> RequestCounts:
    found = storage_from_string("memory://")
    assert isinstance(found, RequestCounts)
    return found


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Threads take turns as often as they can, so that what may go wrong between them does."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("hasty_threads")
def test_no_request_is_forgotten_or_fails_when_many_come_at_once(counts: RequestCounts) -> None:
    faults: list[BaseException] = []

    def ask() -> None:
        try:
            for _ in range(500):
                counts.incr("one address", 60)
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert counts.get("one address") == 4000


def test_counting_starts_no_thread_of_its_own(counts: RequestCounts) -> None:
    before = threading.active_count()
    counts.incr("one address", 60)
    assert threading.active_count() == before


def test_a_count_begins_anew_when_its_time_is_over(counts: RequestCounts) -> None:
    with clock.frozen(NOW) as watch:
        assert [counts.incr("one address", 60) for _ in range(3)] == [1, 2, 3]
        assert counts.incr("another", 60) == 1
        assert counts.get_expiry("one address") == NOW.timestamp() + 60
        watch.tick(seconds=60)
        assert counts.get("one address") == 0
        assert counts.incr("one address", 60) == 1


def test_addresses_that_do_not_come_back_take_no_room_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RequestCounts, "ROOM", 3)
    counts = RequestCounts()
    with clock.frozen(NOW) as watch:
        for number in range(3):
            counts.incr(f"address {number}", 60)
        watch.tick(seconds=61)
        counts.incr("address 3", 60)
    assert counts.reset() == 1
