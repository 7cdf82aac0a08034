"""Phones that keep a notebook: each request is written down with its key and repeated until there is an answer to it.

Most requests are scans; a request to another address names it. What a phone does next may depend on the last answer: a
work that is a generator gets it from its `yield`.
"""

import http.client
import json
import threading
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.support.crew import Answer
from tests.support.town import Headers, Person, Town, scan_of

#: Longest wait for one answer, and the pause before asking again, in seconds.
PATIENCE_SECONDS = 30
PAUSE_SECONDS = 0.02
#: A phone that asked so often in vain will never be answered.
MOST_TRIES = 2_000
FORGED = "C2345678923456789"
SCANS = "/api/v1/scans"

#: Headers and body of a scan; for any other request also its address.
Wish = tuple[Headers, dict[str, Any]] | tuple[Headers, dict[str, Any], str]
#: What one phone does; a generator is told each answer.
Work = Iterable[Wish] | Generator[Wish, Answer, None]


@dataclass(frozen=True)
class Line:
    """One request in the notebook. `answered` is the whole answer that ended the asking; `tries` counts requests."""

    person: Person
    headers: Headers
    scan: dict[str, Any]
    answered: Answer
    tries: int
    seconds: float
    path: str = SCANS


@dataclass
class Notebook:
    """What all phones together know. `faults` are answers that no server may ever give: 500 and the like."""

    lines: list[Line] = field(default_factory=list)
    faults: list[Answer] = field(default_factory=list)

    @property
    def lost(self) -> int:
        """Requests that got no whole answer."""
        return sum(line.tries - 1 for line in self.lines)


def patrol(person: Person, town: Town, *, rounds: int) -> Iterator[tuple[Headers, dict[str, str]]]:
    """Scans of one member: whole rounds, and in each of them some that must be refused."""
    for _ in range(rounds):
        yield person.headers, scan_of(town.loop[0])
        yield person.headers, scan_of(town.loop[0])
        yield person.headers, scan_of(town.loop[1])
        yield person.headers, scan_of(FORGED)
        yield from ((person.headers, scan_of(plate)) for plate in town.loop[2:])
        yield person.headers, scan_of(town.post)


def awards(person: Person, town: Town, *, count: int) -> Iterator[tuple[Headers, dict[str, str]]]:
    """Scans of one member's card at the desk."""
    return ((town.desk, scan_of(person.card, rule_code="town_help")) for _ in range(count))


def send_until_answered(
    base_url: str,
    work: Sequence[tuple[Person, Work]],
    *,
    notebook: Notebook,
    stop: threading.Event | None = None,
) -> None:
    """Let every phone send its requests one after the other, until all are answered or `stop` is set."""
    troubles: list[BaseException] = []

    def phone(person: Person, wishes: Work) -> None:
        try:
            told = _told(wishes)
            wish = next(told, None)
            while wish is not None and not (stop is not None and stop.is_set()):
                line = _ask(base_url, person, wish, notebook)
                notebook.lines.append(line)
                wish = _next(told, line.answered)
        except BaseException as trouble:
            troubles.append(trouble)

    threads = [threading.Thread(target=phone, args=each) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if troubles:
        raise troubles[0]


def _told(wishes: Work) -> Generator[Wish, Answer, None]:
    """A work that may be told its answers, whether it listens or not."""
    if isinstance(wishes, Generator):
        return wishes
    return (wish for wish in wishes)


def _next(work: Generator[Wish, Answer, None], answer: Answer) -> Wish | None:
    try:
        return work.send(answer)
    except StopIteration:
        return None


def set_to_work(base_url: str, town: Town, notebook: Notebook, stop: threading.Event) -> threading.Thread:
    """Everybody in town walks rounds, and two are awarded besides, in a thread of its own until `stop` is set."""
    work = [(each, patrol(each, town, rounds=10**6)) for each in town.members]
    work += [(each, awards(each, town, count=10**6)) for each in town.members[:2]]
    thread = threading.Thread(
        target=send_until_answered, args=(base_url, work), kwargs={"notebook": notebook, "stop": stop}
    )
    thread.start()
    return thread


def _ask(base_url: str, person: Person, wish: Wish, notebook: Notebook) -> Line:
    start = time.monotonic()
    headers, body, path = wish if len(wish) == 3 else (*wish, SCANS)
    for tries in range(1, MOST_TRIES):
        answer = ask_once(base_url, headers, body, path)
        if answer.status >= 500:
            notebook.faults.append(answer)
        elif answer.status:
            return Line(person, headers, body, answer, tries, time.monotonic() - start, path)
        time.sleep(PAUSE_SECONDS)
    raise AssertionError(f"no answer after {MOST_TRIES} tries")


def ask_once(base_url: str, headers: Headers, body: dict[str, Any], path: str = SCANS) -> Answer:
    """Send a request once, over a connection of its own; status 0 when no whole answer came back."""
    parts = urlsplit(base_url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE_SECONDS)
    try:
        content = json.dumps(body)
        connection.request(
            "POST", path, content, {**headers, "Content-Type": "application/json", "Connection": "close"}
        )
        answer = connection.getresponse()
        return Answer(answer.status, answer.read().decode())
    except (OSError, http.client.HTTPException) as fault:
        return Answer(0, repr(fault))
    finally:
        connection.close()
