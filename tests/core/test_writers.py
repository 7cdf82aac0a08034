"""Writers who wait for each other on SQLite share one commit; each stands and falls by himself until then."""

import contextlib
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import event

import core.writers
from core import audit, receipts
from core.audit import AuditEntry
from core.auth import SYSTEM
from core.db import after_commit, db, transaction, transactional
from core.errors import Busy, Refused
from core.receipts import Receipt
from core.writers import Writers

PATIENCE_SECONDS = 30
Work = Callable[..., Any]
BEYOND = "after the transaction was lost"


class NotToday(Refused):
    code = "not_today_in_this_test"


class Line:
    """Writers behind one who holds the turn until all the others stand behind him."""

    def __init__(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        self._app = app
        self.writers: Writers = db.engine.get_execution_options()["alliance_writers"]
        self.commits = 0
        self.returned_at_commit: list[int] = []
        self.results: dict[int, Any] = {}
        commit = db.engine.dialect.do_commit

        def counted(connection: Any) -> None:
            self.commits += 1
            self.returned_at_commit.append(len(self.results))
            commit(connection)

        monkeypatch.setattr(db.engine.dialect, "do_commit", counted)

    def write(self, *works: Work, first: Work = lambda: note("first")) -> list[Any]:
        """What each gets, the first one's first: an exception is a result, too."""
        db.session.rollback()
        is_at_work, go_on = threading.Event(), threading.Event()

        def hold() -> Any:
            with transaction(together=True):
                is_at_work.set()
                assert go_on.wait(PATIENCE_SECONDS)
                return first()

        leader = self._start(0, hold)
        assert is_at_work.wait(PATIENCE_SECONDS)
        others = [self._start(n, work) for n, work in enumerate(works, start=1)]
        self._until_all_wait(len(works))
        go_on.set()
        for each in (leader, *others):
            each.join(PATIENCE_SECONDS)
            assert not each.is_alive()
        return [self.results[n] for n in range(len(works) + 1)]

    def _start(self, n: int, work: Work) -> threading.Thread:
        def run() -> None:
            with self._app.app_context():
                try:
                    result = work()
                except Exception as error:
                    result = error
                self.results[n] = result

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    def _until_all_wait(self, count: int) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.writers.waiting < count:
            assert time.monotonic() < deadline
            threading.Event().wait(0.002)


@pytest.fixture
def line(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Line:
    """However slow the machine is, nobody is too late to join, and nobody ends a group because he comes late."""
    monkeypatch.setattr(core.writers, "LONGEST_SECONDS", PATIENCE_SECONDS)
    monkeypatch.setattr(core.writers, "LOOK_AFTER_SECONDS", 2 * PATIENCE_SECONDS)
    return Line(app, monkeypatch)


def note(action: str) -> str:
    audit.record(SYSTEM, action, "thing", uuid.uuid4())
    return action


def noting(action: str, *, together: bool = True) -> Work:
    def work() -> str:
        with transaction(together=together):
            return note(action)

    return work


def refusing(action: str) -> Work:
    def work() -> None:
        with transaction(together=True):
            note(action)
            raise NotToday

    return work


def failing(reason: str) -> Work:
    """In the place of something of the driver's."""

    def fail(*_: Any) -> None:
        raise OSError(reason)

    return fail


def noted() -> set[str]:
    db.session.rollback()
    return set(db.session.scalars(sa.select(AuditEntry.action)))


def test_those_who_wait_for_each_other_share_one_commit_and_nobody_returns_before_it(line: Line) -> None:
    works = [noting(f"writer {n}") for n in range(5)]
    assert line.write(*works) == ["first", *(f"writer {n}" for n in range(5))]
    assert line.commits == 1
    assert line.returned_at_commit == [0]
    assert noted() == {"first", *(f"writer {n}" for n in range(5))}


def test_whoever_is_alone_commits_at_once(line: Line) -> None:
    noting("alone")()
    assert line.commits == 1
    assert noted() == {"alone"}


def test_so_many_go_together_and_no_more(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core.writers, "MOST_TOGETHER", 3)
    line.write(*(noting(f"writer {n}") for n in range(5)))
    assert line.commits == 2
    assert len(noted()) == 6


def test_nobody_joins_a_transaction_that_is_open_for_long(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core.writers, "LONGEST_SECONDS", 0)
    line.write(noting("one"), noting("other"))
    assert line.commits == 3


def test_a_long_piece_of_work_shares_with_nobody(line: Line) -> None:
    """What was written before it is on disk before it begins, and can be answered."""
    seen: list[int] = []

    def long() -> None:
        with transaction():
            seen.append(line.commits)
            note("long")

    line.write(long, long)
    assert seen == [1, 2]
    assert line.commits == 3


def test_who_is_refused_undoes_his_own_part_alone(line: Line) -> None:
    results = line.write(refusing("refused"), noting("one"), refusing("refused, too"), noting("other"))
    assert [type(each) for each in results] == [str, NotToday, str, NotToday, str]
    assert noted() == {"first", "one", "other"}
    assert line.commits == 1


def test_when_the_first_is_refused_the_others_are_kept(line: Line) -> None:
    def refuse() -> None:
        note("first")
        raise NotToday

    results = line.write(noting("one"), noting("other"), first=refuse)
    assert [type(each) for each in results] == [NotToday, str, str]
    assert noted() == {"one", "other"}


def test_effects_wait_for_the_commit_of_all(line: Line) -> None:
    seen: list[int] = []

    def work() -> None:
        with transaction(together=True):
            note("one")
            after_commit(lambda: seen.append(line.commits))

    line.write(work, work, noting("other"))
    assert seen == [1, 1]


def test_when_the_commit_fails_everybody_hears_of_it_and_nothing_is_kept(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    effects: list[str] = []

    def work() -> None:
        with transaction(together=True):
            note("one")
            after_commit(lambda: effects.append("mail"))

    with monkeypatch.context() as fault:
        fault.setattr(db.engine.dialect, "do_commit", failing("no space left"))
        results = line.write(work, refusing("refused"))
    assert [type(each) for each in results] == [Busy] * 3
    assert noted() == set()
    assert effects == []
    noting("afterwards")()
    assert noted() == {"afterwards"}


def test_a_failed_commit_that_cannot_be_logged_is_told_all_the_same(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unable(_record: Any) -> bool:
        raise RecursionError

    with monkeypatch.context() as fault:
        fault.setattr(db.engine.dialect, "do_commit", failing("no space left"))
        fault.setattr(core.writers._log, "filters", [unable])
        results = line.write(noting("one"), noting("other"))
    assert not [each for each in results if isinstance(each, str)]
    assert noted() == set()
    noting("afterwards")()
    assert noted() == {"afterwards"}


def lose_the_transaction() -> None:
    """As a full disk does in the middle of a statement."""
    connection = db.session.connection().connection.dbapi_connection
    assert connection is not None
    connection.rollback()


def lose_and_say_so() -> None:
    lose_the_transaction()
    raise sa.exc.OperationalError("insert", {}, Exception("database or disk is full"))


def lose_and_go_on() -> None:
    lose_the_transaction()


def lose_and_begin_anew() -> None:
    """No work goes on like that. Outside of a transaction a savepoint begins one, and what is written then stays."""
    lose_the_transaction()
    db.session.begin_nested()
    note(BEYOND)


def lose_begin_anew_and_refuse() -> None:
    lose_and_begin_anew()
    raise NotToday


def break_the_connection() -> None:
    db.session.connection().invalidate()
    raise OSError("gone")


LOSSES = [
    lose_and_say_so,
    lose_and_go_on,
    lose_and_begin_anew,
    lose_begin_anew_and_refuse,
    break_the_connection,
]


@pytest.mark.parametrize("loss", LOSSES)
def test_when_the_database_gives_the_transaction_up_nobody_is_told_that_it_is_kept(
    line: Line, loss: Work
) -> None:
    def unlucky() -> None:
        with transaction(together=True):
            note("unlucky")
            loss()

    results = line.write(noting("one"), unlucky, noting("other"))
    assert isinstance(results[0], Busy)
    assert isinstance(results[2], Busy)
    assert noted() - {BEYOND} == {each for each in results if isinstance(each, str)}
    noting("afterwards")()
    assert "afterwards" in noted()


@pytest.mark.parametrize("loss", [lose_and_say_so, lose_and_go_on, break_the_connection])
def test_whoever_is_alone_is_not_told_that_a_lost_transaction_is_kept(line: Line, loss: Work) -> None:
    with pytest.raises((Busy, sa.exc.OperationalError, OSError)), transaction(together=True):
        note("lost")
        loss()
    assert noted() == set()
    noting("afterwards")()
    assert noted() == {"afterwards"}


@pytest.mark.parametrize("refused", [False, True], ids=["cannot be kept", "cannot be undone"])
def test_a_part_of_which_nobody_knows_whether_it_is_there_takes_the_others_with_it(
    line: Line, refused: bool
) -> None:
    statement = "ROLLBACK TO part" if refused else "RELEASE part"

    @event.listens_for(db.engine, "before_cursor_execute")
    def fail(_connection: Any, _cursor: Any, text: str, *_: Any) -> None:
        if text == statement:
            raise OSError("disk I/O error")

    try:
        results = line.write(*[refusing("one") if refused else noting("one")] * 2)
    finally:
        event.remove(db.engine, "before_cursor_execute", fail)
    kept = {each for each in results if isinstance(each, str)}
    assert noted() == kept
    assert "first" not in kept
    noting("afterwards")()
    assert "afterwards" in noted()


def test_a_first_part_that_cannot_be_undone_is_not_kept_by_whoever_waits_behind(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        note("first")
        fault.setattr(db.engine.dialect, "do_rollback", failing("disk I/O error"))
        raise NotToday

    with monkeypatch.context() as fault:
        results = line.write(noting("one"), first=refuse)
    assert isinstance(results[0], Exception)
    assert results[1] == "one"
    assert noted() == {"one"}
    noting("afterwards")()
    assert "afterwards" in noted()


def test_nobody_waits_for_ever_when_the_connection_cannot_be_given_back(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as fault:
        fault.setattr(sa.Connection, "close", failing("bad file descriptor"))
        results = line.write(noting("one"), noting("other"))
    assert len(results) == 3
    assert noted() == {"first", "one", "other"}
    noting("afterwards")()


def test_nobody_tries_again_with_what_a_failed_commit_has_left_in_the_session(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The session believes that its rows are there: a second try would not write them, and be told that all is well."""
    tries: list[str] = []

    def locked(_connection: Any) -> None:
        raise sa.exc.OperationalError("commit", {}, Exception("database is locked"))

    @transactional
    def work() -> None:
        tries.append("once")
        note("one")

    with monkeypatch.context() as fault:
        fault.setattr(db.engine.dialect, "do_commit", locked)
        with pytest.raises(Busy):
            work()
    assert tries == ["once"]
    work()
    assert noted() == {"one"}


def test_a_group_that_was_left_to_somebody_who_went_away_ends_by_itself(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core.writers, "LOOK_AFTER_SECONDS", 0.01)
    with contextlib.ExitStack() as stack:
        stack.callback(setattr, line.writers, "waiting", 0)
        line.writers.waiting = 1  # who gives up in the moment in which he is counted on
        noting("alone")()
    assert noted() == {"alone"}
    noting("afterwards")()
    assert noted() == {"alone", "afterwards"}


def test_a_repeat_in_the_same_group_gets_the_answer_of_the_first(line: Line) -> None:
    key = uuid.uuid4()

    def send() -> tuple[dict[str, Any], bool]:
        answer = receipts.once(key, SYSTEM, "scan", {"code": "x"}, lambda: {"did": note("effect")})
        return answer.body, answer.replayed

    results = line.write(*[send] * 5)[1:]
    assert sorted(replayed for _, replayed in results) == [False, True, True, True, True]
    assert {body["did"] for body, _ in results} == {"effect"}
    assert sorted(db.session.scalars(sa.select(AuditEntry.action))) == ["effect", "first"]


def test_a_key_whose_commit_failed_counts_once_when_it_is_sent_again(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also its repeats in the same group must not be told what was never kept."""
    key = uuid.uuid4()

    def send() -> bool:
        return receipts.once(key, SYSTEM, "scan", {"code": "x"}, lambda: {"did": note("effect")}).replayed

    with monkeypatch.context() as fault:
        fault.setattr(db.engine.dialect, "do_commit", failing("no space left"))
        results = line.write(send, send)
    assert [type(each) for each in results] == [Busy] * 3
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Receipt)) == 0
    assert [send(), send()] == [False, True]
    assert noted() == {"effect"}


def test_nobody_outside_of_a_group_sees_anything_of_it_before_its_commit(line: Line) -> None:
    seen: list[set[str]] = []

    @event.listens_for(db.engine, "commit")
    def look(_connection: Any) -> None:
        with db.engine.connect() as reader:
            seen.append(set(reader.scalars(sa.select(AuditEntry.action))))

    line.write(noting("one"))
    event.remove(db.engine, "commit", look)
    assert seen == [set()]
