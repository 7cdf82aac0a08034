"""Points past their day leave the lots; the run can be broken off and repeated."""

from datetime import date, datetime
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskCliRunner

from core.clock import FrozenClock
from core.db import db
from core.sweeps import SweepFailed
from points import ledger, queries, service
from points.models import Transfer
from points.service import expiring
from tests.support import points_builders as build


def expiries() -> list[int]:
    db.session.rollback()
    return sorted(db.session.scalars(sa.select(Transfer.amount).where(Transfer.kind == "expire")))


def test_the_run_takes_what_is_past_and_leaves_the_rest(database_app: Flask, clock: FrozenClock) -> None:
    wang, li = uuid4(), uuid4()
    build.earn(wang, 10, expires_on=date(2026, 12, 31))
    build.earn(wang, 4, expires_on=date(2027, 12, 31))
    build.earn(li, 7, expires_on=date(2026, 12, 31))
    clock.move_to(datetime.fromisoformat("2026-12-31T23:59:59+08:00"))
    assert service.expire() == service.Expired(0, 0)
    clock.tick(seconds=1)
    assert service.expire() == service.Expired(2, 17)
    assert (build.balance(wang), build.balance(li)) == (4, 0)
    assert service.expire() == service.Expired(0, 0)
    assert expiries() == [7, 10]
    assert build.faults() == {}


def test_a_run_that_was_broken_off_goes_on_where_it_stood(
    database_app: Flask, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for points in range(1, 8):
        build.earn(uuid4(), points, expires_on=date(2026, 12, 31))
    clock.tick(days=50)
    whole, batches = ledger.write, []

    def breaks_off(books: ledger.Books) -> None:
        batches.append(books)
        if len(batches) == 3:
            raise SystemExit
        whole(books)

    monkeypatch.setattr(ledger, "write", breaks_off)
    with pytest.raises(SystemExit):
        service.expire(batch=2)
    assert len(expiries()) == 4
    assert build.faults() == {}
    monkeypatch.setattr(ledger, "write", whole)
    assert service.expire(batch=2).accounts == 3
    assert expiries() == [1, 2, 3, 4, 5, 6, 7]
    assert build.faults() == {}


def test_an_account_that_cannot_be_booked_keeps_nobody_else_from_it(
    app: Flask, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = sorted(uuid4() for _ in range(5))
    for account in accounts:
        build.earn(account, 3, expires_on=date(2026, 12, 31))
    clock.tick(days=50)
    whole = ledger.lock

    def stumbles(wanted: list[ledger.AccountRef]) -> ledger.Books:
        if accounts[1] in {each.id for each in wanted}:
            raise ArithmeticError("a bad row")
        return whole(wanted)

    with monkeypatch.context() as patched:
        patched.setattr(ledger, "lock", stumbles)
        with pytest.raises(SweepFailed) as failure:
            service.expire(batch=2)
    assert (failure.value.done, failure.value.failed) == (4, (accounts[1],))
    assert expiries() == [3, 3, 3, 3]
    assert service.expire() == service.Expired(1, 3)


def test_more_points_than_one_transfer_may_move_expire_in_several(
    database_app: Flask, clock: FrozenClock
) -> None:
    wang = uuid4()
    for _ in range(3):
        build.earn(wang, 800_000, expires_on=date(2026, 12, 31))
    clock.tick(days=50)
    assert service.expire() == service.Expired(1, 2_400_000)
    assert expiries() == [400_000, 1_000_000, 1_000_000]
    assert build.faults() == {}


def test_a_merchants_points_never_expire(database_app: Flask, clock: FrozenClock) -> None:
    wang, barber = uuid4(), uuid4()
    build.earn(wang, 10)
    reservation = build.reserve(wang, 10)
    with build.transaction():
        service.pay(build.SYSTEM, key=uuid4(), reservation_id=reservation, merchant_id=barber)
    clock.tick(days=4_000)
    assert service.expire().accounts == 0
    assert build.balance(barber) == 10


def test_the_day_of_the_last_earnings_decides_and_not_the_length_of_a_year(
    database_app: Flask, clock: FrozenClock
) -> None:
    wang = uuid4()
    clock.move_to(datetime.fromisoformat("2028-02-29T12:00:00+08:00"))
    build.earn(wang, 1)
    assert queries.lots(wang) == (queries.LotLine(date(2029, 12, 31), 1),)


def test_the_command_says_what_it_did(app: Flask, clock: FrozenClock, cli: FlaskCliRunner) -> None:
    build.earn(uuid4(), 10, expires_on=date(2026, 11, 18))
    clock.tick(days=1)
    assert "expired: 10 points of 1 accounts" in cli.invoke(args=["points", "expire"]).output
    assert "expired: 0 points of 0 accounts" in cli.invoke(args=["points", "expire"]).output
    assert expiring.BATCH <= 500
