"""Limits of requests per address: counted by threads at the same time, forgotten when their time is over."""

import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from limits.storage import storage_from_string

from alliance.security import RequestCounts
from core import clock

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)


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
