"""A database server that was restarted is noticed before the next piece of work, not by its failing."""

import pytest
import sqlalchemy as sa

import core.db
from core.db import db
from tests.conftest import MakeApp

CUT_ALL_OTHERS = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE pid <> pg_backend_pid() AND datname = current_database()"""


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_after_a_restart_of_the_database_the_next_requests_find_it_again(
    make_app: MakeApp, engine_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core.db, "IDLE_SECONDS", 0.0)
    with make_app(engine_url).app_context():
        several = [db.engine.connect() for _ in range(3)]
        for each in several:
            each.close()
        outside = sa.create_engine(db.engine.url, poolclass=sa.NullPool)
        with outside.connect() as connection:
            assert connection.scalar(sa.text(CUT_ALL_OTHERS)) == 3

        again = [db.engine.connect() for _ in range(3)]
        assert [each.scalar(sa.text("SELECT 1")) for each in again] == [1, 1, 1]
        for each in again:
            each.close()


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_a_connection_in_steady_use_is_not_asked_each_time(
    make_app: MakeApp, engine_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    # However long the machine takes from one line to the next.
    monkeypatch.setattr(core.db, "IDLE_SECONDS", 3_600.0)
    with make_app(engine_url).app_context():
        db.engine.connect().close()
        monkeypatch.setattr(db.engine.dialect, "do_ping", asked.append)
        db.engine.connect().close()
        assert asked == []
        monkeypatch.setattr(core.db, "IDLE_SECONDS", 0.0)
        db.engine.connect().close()
        assert len(asked) == 1
