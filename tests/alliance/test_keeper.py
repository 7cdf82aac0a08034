"""What nobody asks for happens by the clock."""

from datetime import timedelta

import pytest
from flask import Flask

from alliance import keeper
from alliance.keeper import Chore
from core.clock import FrozenClock
from core.db import db
from tests.support import patrols_builders as walks


def test_a_round_ends_and_pays_by_itself_after_its_time_out(app: Flask, clock: FrozenClock) -> None:
    walks.tariff()
    street = walks.street(3, minimum_points=2, time_out_minutes=60)
    walker = walks.person()
    walks.visit(walker, street.plate(1))
    clock.tick(minutes=10)
    walks.visit(walker, street.plate(2))
    waiting = keeper.chores()
    keeper.do_due(waiting)
    assert walks.balance(walker) == 0
    clock.tick(minutes=61)
    assert "close overdue rounds" in keeper.do_due(waiting)
    db.session.rollback()
    assert walks.balance(walker) == 2


def test_a_chore_waits_for_its_time(app: Flask, clock: FrozenClock) -> None:
    done: list[int] = []
    waiting = [Chore("count", timedelta(minutes=5), lambda: done.append(1))]
    for _ in range(3):
        keeper.do_due(waiting)
        clock.tick(minutes=2)
    keeper.do_due(waiting)
    assert len(done) == 2


def test_a_broken_chore_does_not_stop_the_others(app: Flask) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    ran = keeper.do_due([Chore("broken", timedelta(0), broken), Chore("other", timedelta(0), lambda: None)])
    assert ran == ["other"]


def test_the_keeper_goes_when_the_server_is_gone(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_sleep(_seconds: float) -> None:
        raise AssertionError("the keeper stayed")

    monkeypatch.setattr(keeper.time, "sleep", no_sleep)
    keeper.keep(parent=-1)


def test_a_server_without_a_keeper_has_all_chores_done_by_a_command(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = app.test_cli_runner()
    everything = runner.invoke(args=["alliance", "chores"])
    assert everything.exit_code == 0, everything.output
    assert "done: forget refused scans" in everything.output

    def broken() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(keeper, "chores", lambda: [Chore("tidy", timedelta(0), broken)])
    refused = runner.invoke(args=["alliance", "chores"])
    assert (refused.exit_code, "FAILED: tidy" in refused.output) == (1, True)
