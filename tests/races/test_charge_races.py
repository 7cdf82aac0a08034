"""Sixteen hands at one counter: one balance, one order, one end, however many tap at the same moment."""

import os
import threading
from collections.abc import Iterator
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from core.db import db, new_id, transaction
from merchants.models import Charge
from tests.conftest import MakeApp
from tests.support import charge_races, counter_builders, ledger_crew
from tests.support import points_builders as points

#: The races by name; those that end at a random moment are run more often.
TIMES = {"one_end": 4}


@pytest.fixture
def app(make_app: MakeApp, engine_url: str) -> Iterator[Flask]:
    app = make_app(engine_url, **charge_races.WITHOUT_LIMITS)
    with app.app_context():
        yield app
        assert points.faults() == {}


@pytest.mark.parametrize("race", charge_races.ROUNDS)
def test_what_many_do_at_once_comes_out_as_if_in_turn(app: Flask, race: str) -> None:
    for _ in range(TIMES.get(race, 1) * (20 if os.environ.get("SOAK") else 1)):
        assert charge_races.ROUNDS[race](app) == []


def test_an_order_that_is_looked_at_before_it_is_taken_has_many_takers(app: Flask) -> None:
    """The negative control: the same sixteen hands with the code of a tutorial, without the lock on the charge."""
    counter = counter_builders.a_counter()
    charge_id = UUID(counter_builders.show(counter).body["charge_id"])
    everybody_has_looked = threading.Barrier(ledger_crew.THREADS)

    def take_naively() -> bool:
        with db.engine.connect() as connection:
            state = connection.scalar(sa.select(Charge.state).where(Charge.id == charge_id))
            connection.rollback()
        everybody_has_looked.wait()
        if state != "shown":
            return False
        with transaction():
            db.session.execute(sa.update(Charge).where(Charge.id == charge_id).values(reason=str(new_id())))
        return True

    takers = sum(ledger_crew.at_once(app, [take_naively] * ledger_crew.THREADS))
    assert takers == ledger_crew.THREADS, "there was only one order"
