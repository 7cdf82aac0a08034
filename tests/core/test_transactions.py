"""One owner of the commit: what is done together is kept together or not at all."""

import threading
import uuid

import pytest
import sqlalchemy as sa
from flask import Flask

from core import audit
from core.audit import AuditEntry
from core.auth import SYSTEM
from core.db import DirtyRead, after_commit, db, in_transaction, lost_race, transaction, transactional
from core.errors import Busy


def note(action: str = "noted") -> None:
    audit.record(SYSTEM, action, "thing", uuid.uuid4())


def noted() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) or 0


def test_what_a_block_did_is_there_afterwards(database_app: Flask) -> None:
    with transaction():
        note()
    assert noted() == 1


def test_an_exception_undoes_the_whole_block(database_app: Flask) -> None:
    with pytest.raises(LookupError), transaction():
        note()
        raise LookupError
    assert noted() == 0
    assert not in_transaction()


def test_an_inner_block_joins_the_outer_one_and_falls_with_it(database_app: Flask) -> None:
    with pytest.raises(LookupError), transaction():
        with transaction():
            note()
        raise LookupError
    assert noted() == 0


def test_effects_wait_for_the_outermost_commit(database_app: Flask) -> None:
    seen: list[int] = []
    with transaction():
        with transaction():
            note()
            after_commit(lambda: seen.append(noted()))
        assert seen == []
    assert seen == [1]


def test_effects_of_an_undone_block_never_happen(database_app: Flask) -> None:
    seen: list[str] = []
    with pytest.raises(LookupError), transaction():
        after_commit(lambda: seen.append("mail"))
        raise LookupError
    assert seen == []


def test_changes_that_no_transaction_owns_are_refused(database_app: Flask) -> None:
    db.session.add(AuditEntry(action="stray"))
    with pytest.raises(DirtyRead), transaction():
        pass
    db.session.rollback()


def test_a_record_outside_a_transaction_is_refused(app: Flask) -> None:
    with pytest.raises(RuntimeError):
        note()
    with pytest.raises(RuntimeError):
        after_commit(lambda: None)


def test_a_lost_race_is_tried_again_at_most_five_times(app: Flask) -> None:
    tries = []

    @transactional
    def always_locked() -> None:
        tries.append(1)
        note()
        raise sa.exc.OperationalError("update", {}, Exception("database is locked"))

    with pytest.raises(Busy):
        always_locked()
    assert len(tries) == 5
    assert noted() == 0


def test_a_race_lost_once_leaves_one_effect(app: Flask) -> None:
    tries = []

    @transactional
    def locked_once() -> str:
        tries.append(1)
        note()
        if len(tries) == 1:
            raise sa.exc.OperationalError("update", {}, Exception("database is locked"))
        return "done"

    assert locked_once() == "done"
    assert noted() == 1


def test_other_faults_are_not_tried_again(app: Flask) -> None:
    tries = []

    @transactional
    def broken() -> None:
        tries.append(1)
        raise sa.exc.OperationalError("select", {}, Exception("no such table"))

    with pytest.raises(sa.exc.OperationalError):
        broken()
    assert len(tries) == 1


def test_lost_races_are_told_from_other_faults() -> None:
    class Serialization(Exception):
        sqlstate = "40001"

    assert lost_race(sa.exc.OperationalError("x", {}, Serialization()))
    assert not lost_race(sa.exc.OperationalError("x", {}, Exception("disk full")))


def test_writers_queue_instead_of_failing(database_app: Flask) -> None:
    """Sixteen writers that read before they write: deferred transactions would fail with "database is locked"."""
    faults: list[BaseException] = []

    @transactional
    def read_then_write() -> None:
        db.session.scalar(sa.select(sa.func.count()).select_from(AuditEntry))
        note()

    def work() -> None:
        try:
            with database_app.app_context():
                for _ in range(10):
                    read_then_write()
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert noted() == 160


def test_sqlite_keeps_what_it_has_acknowledged(app: Flask) -> None:
    def pragma(name: str) -> object:
        return db.session.execute(sa.text(f"PRAGMA {name}")).scalar()

    assert pragma("journal_mode") == "wal"
    assert pragma("synchronous") == 2, "FULL: the commit is on disk before it is answered"
    assert pragma("foreign_keys") == 1


def test_every_table_is_strict_on_sqlite(app: Flask) -> None:
    rows = db.session.execute(
        sa.text("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0")
    ).scalars()
    assert {name for name in rows if not name.startswith("sqlite_")} <= {"alembic_version"}
