"""A load generator on loopback: keep-alive connections from processes of its own, bounded in count.

Plain sockets, because a client library costs more than the server it measures when both share two cores.
"""

import multiprocessing
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

LONGEST_ANSWER_BYTES = 1024 * 1024
PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class Measured:
    """What a run did: `seconds` from start to the last answer, the time of each request, and the answers by status."""

    seconds: float
    times: list[float]
    statuses: dict[int, int]

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return len(self.times) / self.seconds

    def percentile(self, share: float) -> float:
        """The time in milliseconds within which `share` of the requests were answered."""
        return sorted(self.times)[min(len(self.times) - 1, int(len(self.times) * share))] * 1000


#: One request, or several that belong together: sent one after the other, timed as one, the highest status counts.
Errand = bytes | tuple[bytes, ...]


def send_all(base_url: str, requests: Sequence[Errand], *, processes: int, threads: int) -> Measured:
    """Send every request once, spread over `processes` × `threads` connections."""
    parts = urlsplit(base_url)
    context = multiprocessing.get_context("fork")
    results: multiprocessing.Queue = context.Queue()
    barrier = context.Barrier(processes + 1)
    workers = [
        context.Process(
            target=_worker,
            args=(parts.hostname, parts.port, requests[n::processes], threads, barrier, results),
        )
        for n in range(processes)
    ]
    for worker in workers:
        worker.start()
    barrier.wait()
    start = time.perf_counter()
    gathered = [results.get() for _ in workers]
    seconds = time.perf_counter() - start
    for worker in workers:
        worker.join()
    times = [each for part, _ in gathered for each in part]
    statuses: dict[int, int] = {}
    for _, part in gathered:
        for status in part:
            statuses[status] = statuses.get(status, 0) + 1
    return Measured(seconds, times, statuses)


def _worker(host, port, requests, threads, barrier, results) -> None:  # type: ignore[no-untyped-def] # process entry
    times: list[float] = []
    statuses: list[int] = []

    def work(part: Sequence[Errand]) -> None:
        connection = socket.create_connection((host, port), timeout=PATIENCE_SECONDS)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for errand in part:
            start, highest = time.perf_counter(), 0
            for request in (errand,) if isinstance(errand, bytes) else errand:
                connection.sendall(request)
                status, closes = _read(connection)
                highest = max(highest, status)
                if closes:
                    connection.close()
                    connection = socket.create_connection((host, port), timeout=PATIENCE_SECONDS)
            times.append(time.perf_counter() - start)
            statuses.append(highest)
        connection.close()

    workers = [threading.Thread(target=work, args=(requests[n::threads],)) for n in range(threads)]
    barrier.wait()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    results.put((times, statuses))


def _read(connection: socket.socket) -> tuple[int, bool]:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(LONGEST_ANSWER_BYTES)
        if not piece:
            raise ConnectionError("the server closed the connection without an answer")
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(LONGEST_ANSWER_BYTES)
    return int(head[9:12]), b"connection: close" in lines
