"""How many statements a scan takes: the busiest write of the Alliance must stay lean."""

import contextlib

import pytest
import sqlalchemy as sa

from core.db import db
from tests.support import patrols_builders as patrol
from tests.support.patrols_builders import visit


@pytest.fixture(autouse=True)
def alliance(database_app, clock):
    patrol.tariff()


@contextlib.contextmanager
def counted():
    """Collect the statements that are sent to the database, without BEGIN and COMMIT."""
    sent = []

    def note(_connection, _cursor, statement, *_more):
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    yield sent
    sa.event.remove(db.engine, "before_cursor_execute", note)


def test_a_scan_that_completes_a_route_of_one_point_and_pays_takes_few_statements(clock, engine_name):
    street, walker = patrol.street(1), patrol.person()
    visit(walker, street.plate(1))  # the first payment also opens the account
    clock.tick(minutes=5)
    plate = street.plate(1)
    with counted() as sent:
        assert visit(walker, plate, device_digest="phone")["points"] == 2
    # receipt, member, plate with its routes, own rounds, account, rule with caps, payment, round with visit, receipt;
    # SQLite has no statement that writes several tables at once
    assert len(sent) <= (9 if engine_name == "postgresql" else 13), "\n\n".join(sent)


def test_a_scan_in_the_middle_of_a_round_takes_few_statements(clock):
    street, walker = patrol.street(3), patrol.person()
    visit(walker, street.plate(1))
    clock.tick(minutes=5)
    plate = street.plate(2)
    with counted() as sent:
        assert visit(walker, plate, device_digest="phone")["outcome"] == "visited"
    # receipt, member, plate with its routes, own rounds, lock, visits, walkers, visit, round, receipt
    assert len(sent) <= 10, "\n\n".join(sent)
