"""Processor time by who spent it: says what a request costs on a machine that others use too, where a clock does not."""

import os
import resource
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psycopg

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Spent:
    """Seconds of the processor, user and system: of the server's workers, of PostgreSQL's backends, of the generator."""

    server: float
    database: float
    generator: float

    def __sub__(self, earlier: "Spent") -> "Spent":
        return Spent(
            self.server - earlier.server,
            self.database - earlier.database,
            self.generator - earlier.generator,
        )


def spent(url: str) -> Spent:
    """What was spent by now by the gunicorn that this process has started, by the database and by ended children."""
    masters = [each for each in _children(os.getpid()) if b"gunicorn" in _command(each)]
    workers = [each for master in masters for each in _children(master)]
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    backends = [] if url.startswith("sqlite") else _backends(url)
    return Spent(_seconds(workers), _seconds(backends), used.ru_utime + used.ru_stime)


def told(before: Spent, after: Spent, count: int, what: str) -> str:
    """A line about `count` things done between two looks."""
    each = after - before
    parts = (f"{name} {seconds / count * 1000:.2f}" for name, seconds in vars(each).items())
    return f"  processor          {', '.join(parts)} ms a {what}"


def _seconds(processes: Iterable[int]) -> float:
    return sum(sum(map(int, _status(each)[11:13])) for each in processes) / _TICKS


def _children(parent: int) -> list[int]:
    found = (int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit())
    return [each for each in found if _status(each)[1:2] == [str(parent)]]


def _backends(url: str) -> list[int]:
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), autocommit=True) as connection:
        rows = connection.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        own = connection.info.backend_pid
        return [pid for (pid,) in rows if pid != own]


def _status(process: int) -> list[str]:
    """The fields of the process behind its name; empty for one that is gone."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _command(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""
