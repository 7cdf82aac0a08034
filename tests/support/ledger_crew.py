"""Many hands at one ledger at the same moment: threads of this process, or processes with threads of their own."""

import contextlib
import contextvars
import multiprocessing
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from flask import Flask

from alliance.factory import create_app
from core.auth import SYSTEM
from core.db import db, transactional
from core.errors import DomainError
from points import service

THREADS = 16
PROCESSES = 2
#: How often each race is run; `SOAK=1` runs them for long.
ROUNDS = 150 if os.environ.get("SOAK") else 2


def at_once(app: Flask, works: list[Callable[[], Any]]) -> list[Any]:
    """Do all works at the same moment, each in a thread with a session of its own.

    The results in order; a refusal by the domain is a result, any other exception is raised.
    """
    start = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        with app.app_context():
            start.wait()
            try:
                return work()
            except DomainError as refusal:
                return refusal
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(works)) as pool:
        # A context of its own: else the threads would share what the test has put into its context.
        running = [pool.submit(contextvars.Context().run, run, work) for work in works]
        return [each.result() for each in running]


def codes(results: list[Any]) -> Counter[str]:
    """How often each refusal was given; `done` for whatever was not refused."""
    return Counter(each.code if isinstance(each, DomainError) else "done" for each in results)


@transactional
def spend(member_id: UUID, points: int, key: UUID | None = None) -> UUID:
    """Reserve points, as a shop's service would."""
    return service.reserve(
        SYSTEM,
        key=key or uuid4(),
        member_id=member_id,
        points=points,
        subject_type="race",
        subject_id=None,
    )


InProcesses = Callable[..., list[Any]]
"""`in_processes(settings, work, *arguments)`: let `PROCESSES` processes with `THREADS / PROCESSES` threads each do a
named work of this module at once."""


@contextlib.contextmanager
def processes() -> Iterator[InProcesses]:
    """Processes that stay for several works: each takes seconds until it has loaded the application."""
    spawning = multiprocessing.get_context("spawn")
    start, results = spawning.Barrier(PROCESSES), spawning.Queue()
    wishes = [spawning.Queue() for _ in range(PROCESSES)]
    crew = [spawning.Process(target=_member_of_crew, args=(start, each, results)) for each in wishes]
    for process in crew:
        process.start()

    def do(*wish: Any) -> list[Any]:
        for each in wishes:
            each.put(wish)
        return [result for _ in crew for result in results.get(timeout=100)]

    try:
        yield do
    finally:
        for each in wishes:
            each.put(None)
        for process in crew:
            process.join(timeout=20)


def _member_of_crew(start: Any, wishes: Any, results: Any) -> None:
    for settings, work, *arguments in iter(wishes.get, None):
        app = create_app(settings)
        start.wait()
        found = at_once(app, [partial(WORKS[work], *arguments)] * (THREADS // PROCESSES))
        results.put([each.code if isinstance(each, DomainError) else each for each in found])
        with app.app_context():
            db.engine.dispose()
    # All has been said and heard; to tidy up the whole application would take seconds.
    os._exit(0)


def spend_often(member_id: UUID, points: int, times: int) -> list[str]:
    """Reserve so many points so often; the outcome of each try."""
    outcomes = []
    for _ in range(times):
        try:
            spend(member_id, points)
            outcomes.append("done")
        except DomainError as refusal:
            outcomes.append(refusal.code)
    return outcomes


def award_with_key(coordinator: Any, member_id: UUID, key: UUID) -> tuple[bool, str]:
    """Award a lead under a given key; whether it was answered before, and the transfer that the answer names."""
    answer = service.award_deed(coordinator, key=key, member_id=member_id, rule_code="lead")
    return answer.replayed, answer.body["transfer_id"]


def award_often(coordinator: Any, member_id: UUID, key: UUID, times: int) -> list[tuple[bool, str]]:
    """The same award so often, with one key."""
    return [award_with_key(coordinator, member_id, key) for _ in range(times)]


WORKS: dict[str, Callable[..., Any]] = {"spend_often": spend_often, "award_with_key": award_with_key}
