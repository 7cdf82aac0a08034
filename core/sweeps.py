"""Runs that do something for many rows, each by itself: one that fails must not keep the others from it."""

import logging
from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

_log = logging.getLogger(__name__)


class SweepFailed(RuntimeError):
    """Some rows of a run could not be done; all others are. `done`: how many; `failed`: the ids of the rest."""

    def __init__(self, name: str, done: int, failed: Sequence[UUID]) -> None:
        """Keep what is told at the end of the run `name`."""
        super().__init__(f"{name}: {done} done, {len(failed)} failed: {' '.join(map(str, failed))}")
        self.done = done
        self.failed = tuple(failed)


def sweep(name: str, ids: Iterable[UUID], work: Callable[[UUID], bool]) -> int:
    """Do `work` for each id, in a transaction of its own that `work` makes; for how many it said that it did something.

    One that raises is logged with its id, and the run goes on. Raises `SweepFailed` at the end when there was one.
    """
    done = 0
    failed: list[UUID] = []
    for each in ids:
        try:
            done += work(each)
        except Exception:  # noqa: BLE001 - whatever it is, it is logged whole and told at the end
            _log.exception("%s: %s failed", name, each)
            failed.append(each)
    if failed:
        raise SweepFailed(name, done, failed)
    return done
