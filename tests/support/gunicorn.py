"""A gunicorn of our own that can be hurt: workers or all of it killed, halted, started again on the same port."""

import contextlib
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from core.config import Settings
from tests.support import server


class Gunicorn:
    """A master with its workers, all started by this process. The listening socket outlives them."""

    def __init__(
        self,
        settings: Settings,
        log: Path,
        *,
        workers: int,
        threads: int,
        options: tuple[str, ...],
        application: str,
    ) -> None:
        self._listener = server.free_port()
        self.base_url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._settings, self._log = settings, log
        self._workers, self._threads, self._options = workers, threads, options
        self._application = application
        self._master: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait for its first answer."""
        self._master = server.start_processes(
            self._settings,
            self._listener,
            self._log,
            workers=self._workers,
            threads=self._threads,
            options=self._options,
            application=self._application,
        )
        server.wait_for(f"{self.base_url}/healthz", self._master, self._log)

    def close(self) -> None:
        """Stop it in an orderly way."""
        if self._master is not None:
            self._master.terminate()
            self._master.wait(server.PATIENCE_SECONDS)
        self._listener.close()

    @property
    def workers(self) -> list[int]:
        """Process ids of the workers: the children of our own master, and nobody else's."""
        assert self._master is not None
        return _children(self._master.pid)

    def all_workers(self) -> list[int]:
        """Process ids of the workers, once there are as many as there should be."""
        deadline = time.monotonic() + server.PATIENCE_SECONDS
        while len(found := self.workers) < self._workers:
            assert time.monotonic() < deadline, "workers are missing"
            time.sleep(0.05)
        return found

    def kill_worker(self, chance: random.Random) -> bool:
        """Kill one worker as the kernel would: no word, no tidying up. False when there was none."""
        found = self.workers
        if not found:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(chance.choice(found), signal.SIGKILL)
        return True

    def kill_all(self) -> None:
        """Kill master and workers at once, as a power cut would."""
        assert self._master is not None
        os.kill(self._master.pid, signal.SIGSTOP)  # or it would start another worker while we count them
        for pid in (self._master.pid, *self.workers):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._master.wait(server.PATIENCE_SECONDS)
        self._master = None

    @contextlib.contextmanager
    def only(self, worker: int) -> Iterator[None]:
        """Halt all other workers for the length of the block, so that this one must answer."""
        halted = [each for each in self.all_workers() if each != worker]
        for pid in halted:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in halted:
                os.kill(pid, signal.SIGCONT)


@contextlib.contextmanager
def serving(
    settings: Settings,
    log: Path,
    *,
    workers: int = 2,
    threads: int = 8,
    options: tuple[str, ...] = (),
    application: str = server.APPLICATION,
) -> Iterator[Gunicorn]:
    """A running gunicorn over the settings' database, stopped after the block. `options` are gunicorn's own."""
    running = Gunicorn(
        settings, log, workers=workers, threads=threads, options=options, application=application
    )
    try:
        running.start()
        yield running
    finally:
        running.close()


def _children(parent: int) -> list[int]:
    found = []
    for process in [each for each in Path("/proc").iterdir() if each.name.isdigit()]:
        # Whoever has ended by now is nobody's child.
        with contextlib.suppress(OSError):
            status = process / "stat"
            # The name in brackets may hold anything, also brackets; behind the last one stand state and parent.
            state, ppid = status.read_text().rpartition(")")[2].split()[:2]
            if int(ppid) == parent and state != "Z":
                found.append(int(process.name))
    return sorted(found)
