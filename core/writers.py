"""SQLite: whose turn it is to write, and which writers share one commit.

SQLite lets one write at a time and makes the others sleep and look again, up to a tenth of a second and in no order:
under load some waited for seconds. Here they stand in a queue. What keeps writers apart is still BEGIN IMMEDIATE, also
against a program that knows nothing of the queue; and a killed process gives its place back.

A commit waits for the disk, and so do all who stand behind it. Writers of one process who already wait for each other
therefore go on in the transaction that is open, each as a part of its own (a savepoint: what one part undoes concerns
no other), and the last of them commits for all. None of them returns before that commit is on disk. This is group
commit, as PostgreSQL has it of itself.
"""

import contextlib
import fcntl
import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa

from core.errors import Busy

#: How often the first writer of a process looks whether another process has finished, in seconds.
LOOK_AGAIN_SECONDS = 0.0005
#: Who waits for the commit of his group looks after so many seconds whether somebody is still there to see to it.
LOOK_AFTER_SECONDS = 0.05
#: So many go together at most, and none joins a transaction that is older: other processes wait as well.
MOST_TOGETHER = 8
LONGEST_SECONDS = 0.02
#: When a client that heard `Busy` had better try again, in seconds.
RETRY_AFTER_SECONDS = 5
#: In the session's `info`: the connection that its transaction shares with others.
SHARED = "alliance_shared"
_log = logging.getLogger(__name__)


def busy() -> Busy:
    """What a writer is told who has waited long enough."""
    return Busy(retry_after=RETRY_AFTER_SECONDS)


@dataclass(slots=True, eq=False)
class _Group:
    """One transaction, and the writers who share it. `failure`: why nothing of it is kept."""

    connection: sa.Connection
    file: IO[bytes]
    began: float
    parts: int = 0
    broken: bool = False
    over: threading.Event = field(default_factory=threading.Event)
    failure: BaseException | None = None

    def takes_another(self) -> bool:
        return self.parts < MOST_TOGETHER and time.monotonic() - self.began < LONGEST_SECONDS

    def is_whole(self) -> bool:
        """Whether the database still holds all parts: a full disk, for one, makes it give up the transaction."""
        return not self.broken and self._is_open()

    def _is_open(self) -> bool:
        if self.connection.closed or self.connection.invalidated:
            return False
        driver: Any = self.connection.connection.dbapi_connection
        return bool(driver.in_transaction)

    @contextlib.contextmanager
    def part(self) -> Iterator[None]:
        """What is done in the block is undone when it raises. When that fails, or keeping it, the group is broken."""
        self.parts += 1
        if self.parts == 1:  # it is the transaction itself: alone it needs no savepoint
            with self._first_part():
                yield
        else:
            with self._further_part():
                yield

    @contextlib.contextmanager
    def _first_part(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.broken = True  # until it is known to be undone
            self.connection.rollback()
            self.broken = self._is_open()
            raise
        self.broken = not self.is_whole()

    @contextlib.contextmanager
    def _further_part(self) -> Iterator[None]:
        # The session undoes its own savepoint, which SQLAlchemy makes. Ours around it shows that the database still
        # has everything: it can be released only in the transaction in which it was made.
        self.connection.exec_driver_sql("SAVEPOINT part")
        inner = self.connection.begin_nested()
        try:
            yield
            inner.commit()
        except BaseException:
            self.broken = True  # until it is known to be undone
            if inner.is_active:
                inner.rollback()
            self.connection.exec_driver_sql("ROLLBACK TO part")
            self._release()
            raise
        self._release()

    def _release(self) -> None:
        self.broken = True  # until it is known to be whole
        self.connection.exec_driver_sql("RELEASE part")
        self.broken = False


class Writers:
    """Those of this process who write into the file of one engine. `queue`: the file whose lock is the turn."""

    def __init__(self, engine: sa.Engine, queue: Path) -> None:
        self._engine = engine
        self._queue = queue
        #: One thread at a time; it alone may touch `_open`.
        self._turn = threading.Lock()
        self._open: _Group | None = None
        self._count = threading.Lock()
        #: How many threads stand here for their turn.
        self.waiting = 0

    @contextlib.contextmanager
    def turn(self, session: Any, patience: float, *, together: bool) -> Iterator[None]:
        """Wait until it is this writer's turn; within the block the session writes, and afterwards it is on disk.

        The session's own rollback undoes this part alone. `together`: may share a commit, because it is short. Nobody
        may come with a lock in his hand that another writer wants in the middle of his part.

        Raises `Busy` when the turn does not come within `patience` seconds, and when the commit failed, whoever made
        it: then nothing is kept, and the same can be asked for again.
        """
        deadline = time.monotonic() + patience
        # Whoever waits keeps no connection: the one whose turn it is may need it, where there are more threads than
        # connections. What was read ends with the snapshot anyway.
        session.rollback()
        self._take_turn(patience)
        group = None
        try:
            group = self._group(deadline, together)
            with group.part():
                session.info[SHARED] = group.connection
                try:
                    yield
                finally:
                    session.info.pop(SHARED)
        finally:
            try:
                if group is not None:
                    self._leave(group, together)
            finally:
                self._turn.release()
            if group is not None:
                # Also for who was refused: perhaps because of what others of the group have written.
                self._wait_for_end(group)
                if group.failure is not None:
                    raise busy() from group.failure

    def _take_turn(self, patience: float) -> None:
        if self._turn.acquire(blocking=False):
            return
        with self._count:
            self.waiting += 1
        try:
            if not self._turn.acquire(timeout=patience):
                raise busy()
        finally:
            with self._count:
                self.waiting -= 1

    def _group(self, deadline: float, together: bool) -> _Group:
        """The open group, or a new one: who takes long goes alone. Raises `Busy`."""
        if self._open is not None and not together:
            self._end(self._open)
        if self._open is None:
            self._open = self._begin(deadline)
        return self._open

    def _begin(self, deadline: float) -> _Group:
        with contextlib.ExitStack() as undo:
            file = undo.enter_context(self._queue.open("wb"))
            while not _take(file):
                if time.monotonic() > deadline:
                    raise busy()
                time.sleep(LOOK_AGAIN_SECONDS)
            connection = undo.enter_context(self._engine.connect().execution_options(alliance_writes=True))
            try:
                connection.begin()
            except sa.exc.OperationalError as error:
                if "locked" in str(error.orig):
                    raise busy() from error
                raise
            undo.pop_all()
        return _Group(connection, file, time.monotonic())

    def _leave(self, group: _Group, together: bool) -> None:
        """Leave the group to the next writer, or end it."""
        if together and self.waiting and group.takes_another() and group.is_whole():
            return
        self._end(group)

    def _end(self, group: _Group) -> None:
        """Commit for all. A group whose only part was undone has nothing to commit."""
        self._open = None
        with contextlib.ExitStack() as last:
            last.callback(group.over.set)
            last.callback(group.file.close)
            last.callback(group.connection.close)
            try:
                if group.is_whole():
                    group.connection.commit()
                elif group.broken or group.parts > 1:
                    raise busy()
            except BaseException as failure:
                # First of all, for whatever else fails here: nobody may be told that it is kept.
                group.failure = failure
                group.connection.invalidate()  # whatever state it is in
                _log.exception("nothing of a transaction was kept", extra={"parts": group.parts})
                if not isinstance(failure, Exception):
                    raise

    def _wait_for_end(self, group: _Group) -> None:
        while not group.over.wait(LOOK_AFTER_SECONDS):
            # Somebody was waiting when the group was left open, but may have given up since.
            if self._turn.acquire(blocking=False):
                try:
                    if self._open is group:
                        self._end(group)
                finally:
                    self._turn.release()


def _take(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
