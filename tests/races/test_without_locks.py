"""The control of the races: the programme's own looks and its own writing, but for the lock that holds them together.

Everybody looks and is told yes, everybody waits for the others, and then everybody writes in turn. So nothing hangs on
who is quicker, and nobody waits in a circle: what goes wrong goes wrong each time.
"""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

from core import clock
from core.auth import SYSTEM
from core.db import db, transactional
from points import ledger, service
from points.rules import NEVER
from points.service import paying, spending
from tests.support import counter_builders as counters
from tests.support import ledger_crew as crew
from tests.support import members_builders as people
from tests.support import points_builders as books


@pytest.fixture
def app(database_app: Flask) -> Flask:
    """On both engines; the books do not add up afterwards."""
    service.install_tariff()
    return database_app


def looking_first(look: Callable[[], Any], write: Callable[..., Any]) -> Callable[[], Any]:
    """Does what a transaction under a lock does in two: all have looked before the first one writes."""
    everybody_has_looked = threading.Barrier(crew.THREADS)

    def act() -> Any:
        seen = look()
        db.session.rollback()
        everybody_has_looked.wait(timeout=60)
        return transactional(write)(seen)

    return act


def test_a_cap_that_is_looked_at_before_the_lock_is_passed_by_many(app: Flask):
    wang, now = people.member(), clock.now()
    deed = service.Deed(
        member_id=wang.id,
        squad_id=None,
        rule_code="patrol",
        happened_at=now,
        subject_type="deed",
        subject_id=None,
    )

    def look() -> Any:
        return paying.terms_of(ledger.member(wang.id), "patrol", clock.local_date(now)).rule

    def write(rule: Any) -> None:
        ledger.post(paying.earning(deed, rule, uuid4(), SYSTEM.id, now, clock.local_date(now)))

    outcomes = crew.codes(crew.at_once(app, [looking_first(look, write)] * crew.THREADS))
    assert outcomes == {"done": crew.THREADS}, "a day has two"
    assert books.balance(wang.id) == 2 * crew.THREADS


def test_a_reservation_that_is_looked_at_before_the_lock_is_given_back_by_many(app: Flask):
    wang = uuid4()
    books.earn(wang, 20)
    reservation = books.reserve(wang, 20)

    def write(_seen: None) -> None:
        found = ledger.find(reservation)
        home = ledger.mirror(found, **spending.stamp(SYSTEM, uuid4(), ""))
        locked = ledger.lock((found.debit,))
        locked.reverse(found, home)
        ledger.write(locked)

    with db.engine.begin() as connection:  # the key that would tell whoever comes second
        connection.execute(sa.text("DROP INDEX uq_transfer_reverses_id"))
    give_back = looking_first(partial(spending._require_open, reservation), write)
    outcomes = crew.codes(crew.at_once(app, [give_back] * crew.THREADS))
    assert outcomes == {"done": crew.THREADS}, "there was only one reservation"
    assert books.balance(wang) == 20 * crew.THREADS


def test_an_award_that_is_looked_at_before_the_lock_is_withdrawn_by_many(app: Flask):
    wang = uuid4()
    award, *_others = (books.earn(wang, 20) for _ in range(crew.THREADS))

    def write(_seen: None) -> None:
        found = ledger.find(award)
        move = ledger.mirror(found, **spending.stamp(SYSTEM, uuid4(), ""))
        locked = ledger.lock((move.debit, move.credit))
        locked.reverse(found, move)
        ledger.write(locked)

    with db.engine.begin() as connection:
        connection.execute(sa.text("DROP INDEX uq_transfer_reverses_id"))
    withdraw = looking_first(partial(ledger.require_not_reversed, award), write)
    outcomes = crew.codes(crew.at_once(app, [withdraw] * crew.THREADS))
    assert outcomes == {"done": crew.THREADS}, "it was one award of many"
    assert books.balance(wang) == 0


def test_a_shops_deed_that_is_looked_at_before_the_lock_is_paid_to_many(app: Flask):
    shop, now = uuid4(), clock.now()

    def look() -> Any:
        return paying.terms_of(ledger.merchant(shop), "shop_help", clock.local_date(now)).rule

    def write(rule: Any) -> None:
        ledger.post(
            ledger.Movement(
                kind="earn",
                debit=ledger.ISSUED,
                credit=ledger.merchant(shop),
                amount=rule.points,
                key=uuid4(),
                actor_id=SYSTEM.id,
                subject_type="shop_deed",
                subject_id=None,
                rule_id=rule.id,
                happened_at=now,
                posted_at=now,
                posted_on=clock.local_date(now),
                expires_on=NEVER,
            )
        )

    outcomes = crew.codes(crew.at_once(app, [looking_first(look, write)] * crew.THREADS))
    assert outcomes == {"done": crew.THREADS}, "a day has one"
    assert books.balance(shop) == 5 * crew.THREADS


def test_a_tills_limit_that_is_looked_at_before_the_lock_is_passed_by_many(app: Flask):
    """The race itself is `one_till` in tests/support/charge_races.py: seven of sixteen are within the limit of 50."""
    shop, price = counters.a_counter(day_limit=50).shop, 7
    payers = [counters.payer(20) for _ in range(crew.THREADS)]

    def look() -> bool:
        return books.balance(shop.id) + price <= 50

    def write(is_within: bool) -> None:
        assert is_within
        service.reserve_and_pay(
            SYSTEM,
            key=uuid4(),
            member_id=payers.pop().member_id,
            merchant_id=shop.id,
            points=price,
            subject_type="race",
            subject_id=None,
        )

    outcomes = crew.codes(crew.at_once(app, [looking_first(look, write)] * crew.THREADS))
    assert outcomes == {"done": crew.THREADS}
    assert books.balance(shop.id) == price * crew.THREADS, "more than the shop takes in a day"
