"""Many phones at once: threads in processes of their own, so that the requests of a race really arrive together.

`python -m tests.support.crew HOST PORT THREADS` is one such process. It reads one round of requests as a line of JSON,
sends them from its threads at the same moment over connections that stay open, and writes the answers as a line.
"""

import contextlib
import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from core.config import ROOT

PROCESSES, THREADS = 2, 8
#: Longer than a writer may queue in the database, in seconds.
PATIENCE_SECONDS = 60

Request = tuple[dict[str, str], dict[str, str]]
"""Headers and body of one scan."""


@dataclass(frozen=True)
class Answer:
    """One answer after so many seconds, or with status 0 the fault of the connection as text."""

    status: int
    text: str
    seconds: float = 0

    @property
    def body(self) -> dict[str, Any]:
        """The answer as a mapping, empty when it is none."""
        with contextlib.suppress(ValueError):
            found = json.loads(self.text)
            return found if isinstance(found, dict) else {}
        return {}

    @property
    def code(self) -> str | None:
        """The code of the refusal, None for a success."""
        return self.body.get("code")

    @property
    def lasting(self) -> str:
        """The answer without the one word that tells a repeat from the first: the rest is the same, byte for byte."""
        return self.text.replace('"replayed": true, ', "").replace('"replayed": false, ', "")


class Crew:
    """Processes × threads that fire together, round after round."""

    def __init__(self, processes: Sequence["subprocess.Popen[str]"]) -> None:
        self._processes = processes

    def fire(self, requests: Sequence[Request]) -> list[Answer]:
        """Send all requests at the same moment, spread over processes and threads; the answers in the same order."""
        count = len(self._processes)
        for n, process in enumerate(self._processes):
            assert process.stdin is not None
            process.stdin.write(json.dumps(requests[n::count]) + "\n")
            process.stdin.flush()
        answers: list[Answer] = [Answer(0, "not answered")] * len(requests)
        for n, process in enumerate(self._processes):
            assert process.stdout is not None
            answers[n::count] = [Answer(*each) for each in json.loads(process.stdout.readline())]
        return answers


@contextlib.contextmanager
def crew(base_url: str, *, processes: int = PROCESSES, threads: int = THREADS) -> Iterator[Crew]:
    """A crew before the server at `base_url`; it goes home after the block."""
    parts = urlsplit(base_url)
    command = [sys.executable, "-m", __name__, str(parts.hostname), str(parts.port), str(threads)]
    started = [
        subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(processes)
    ]
    try:
        yield Crew(started)
    finally:
        for process in started:
            process.communicate(timeout=PATIENCE_SECONDS)


def _member_of_crew(host: str, port: int, threads: int) -> None:
    phones = [http.client.HTTPConnection(host, port, timeout=PATIENCE_SECONDS) for _ in range(threads)]
    with ThreadPoolExecutor(threads) as pool:
        for line in sys.stdin:
            requests = json.loads(line)
            together = threading.Barrier(threads)

            def work(n: int, requests: Any = requests, together: threading.Barrier = together) -> list[Any]:
                together.wait()
                return [_send(phones[n], *each) for each in requests[n::threads]]

            answers: list[Any] = [None] * len(requests)
            for n, part in enumerate(pool.map(work, range(threads))):
                answers[n::threads] = part
            sys.stdout.write(json.dumps(answers) + "\n")
            sys.stdout.flush()


def _send(
    phone: http.client.HTTPConnection, headers: dict[str, str], body: dict[str, str]
) -> tuple[int, str, float]:
    start = time.monotonic()
    status, text = _ask(phone, headers, json.dumps(body))
    return status, text, time.monotonic() - start


def _ask(phone: http.client.HTTPConnection, headers: dict[str, str], content: str) -> tuple[int, str]:
    headers = {**headers, "Content-Type": "application/json"}
    for _ in range(2):
        try:
            phone.request("POST", "/api/v1/scans", content, headers)
            answer = phone.getresponse()
            return answer.status, answer.read().decode()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            phone.close()  # the server may end a connection on which nothing was said for a while
        except (OSError, http.client.HTTPException) as fault:
            phone.close()
            return 0, repr(fault)
    return 0, "the server closed the connection twice"


if __name__ == "__main__":
    _member_of_crew(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
