"""Two at the desk at the same moment: a month is drafted once, a statement agreed once and paid once."""

import threading

import pytest
import sqlalchemy as sa

import merchants.service
from core import clock as core_clock
from core.auth import SYSTEM
from core.db import db, new_id, transactional
from merchants import queries
from merchants.models import Settlement, SettlementLine
from merchants.service import settling
from points.models import Transfer
from tests.support import members_builders as people
from tests.support import merchants_builders as shops
from tests.support import planted
from tests.support import settlement_builders as month
from tests.support.ledger_crew import ROUNDS, at_once, codes
from tests.support.points_builders import faults

THREADS = 8


@pytest.fixture
def app(make_app, engine_url, clock):
    app = make_app(engine_url)
    with app.app_context():
        month.rate(10)
    return app


def a_month_of_payments(app, clock):
    with app.app_context(), month.on(clock, "2026-10-15T12:00"):
        for _ in range(3):
            shop = shops.a_shop()
            wang = month.payer()
            for amount in (10, 20):
                month.take(shop, wang, amount)
        return [people.staff(name=f"干事{n}") for n in range(THREADS)]


def rows(model):
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(model))


def test_eight_who_draft_a_month_at_once_draft_it_once(app, clock):
    desk = a_month_of_payments(app, clock)
    for n in range(ROUNDS):
        results = at_once(
            app, [lambda by=each: merchants.service.draft_month(by, month="2026-10") for each in desk]
        )
        assert sorted(each.made for each in results) == [0] * (THREADS - 1) + [0 if n else 3]
        assert {(each.statements, each.points, each.cents) for each in results} == {(3, 90, 900)}
    with app.app_context():
        assert rows(Settlement) == 3
        assert rows(SettlementLine) == 6
        assert faults() == {}


def test_looking_first_and_writing_then_would_draft_it_twice(app, clock):
    """The control: without being alone, and without the keys of the tables, the same race makes several drafts."""
    desk = a_month_of_payments(app, clock)
    with app.app_context():
        planted.strip()
    looked = threading.Barrier(len(desk))
    bounds = core_clock.month_bounds(core_clock.local_date(month.at("2026-10-15T12:00")))

    def naive():
        there = queries.has_statements("2026-10")
        db.session.rollback()
        looked.wait()
        if not there:
            # Without keys their sums may tangle: whoever PostgreSQL gives up then tries again, as everywhere.
            transactional(settling._draft)("2026-10", *bounds)

    at_once(app, [naive] * len(desk))
    with app.app_context():
        assert rows(Settlement) > 3
        assert rows(SettlementLine) > 6


def test_a_statement_is_agreed_and_paid_by_one_of_many(app, clock):
    desk = a_month_of_payments(app, clock)
    with app.app_context():
        statements = [each.id for each in month.draft()]
    for statement in statements[:ROUNDS]:
        agreed = at_once(app, [lambda by=each, to=statement: month.agree(to, by) for each in desk])
        assert codes(agreed) == {"done": 1, "settlement_step_impossible": THREADS - 1}
        paid = at_once(app, [lambda by=each, to=statement: month.pay(to, by) for each in desk])
        counted = codes(paid)
        # The one who agreed on paper is refused for that, if he comes before the one who pays.
        assert counted.pop("second_person_pays", 0) <= 1
        assert counted.pop("done") == 1
        assert set(counted) == {"settlement_step_impossible"}
    with app.app_context():
        settled = sa.select(sa.func.count()).select_from(Transfer).where(Transfer.kind == "settle")
        db.session.rollback()
        assert db.session.scalar(settled) == len(statements[:ROUNDS])
        assert faults() == {}


def test_one_key_pays_once_however_often_it_is_sent(app, clock):
    (by, *_) = a_month_of_payments(app, clock)
    with app.app_context():
        (statement, *_) = [each.id for each in month.draft()]
        month.agree(statement)
    key = new_id()

    def pay():
        return merchants.service.pay_settlement(
            by, key=key, settlement_id=statement, paid_on=core_clock.today(), reference="转账 1"
        ).body

    answers = at_once(app, [pay] * THREADS)
    assert len({str(each) for each in answers}) == 1
    assert answers[0]["state"] == "paid"


def test_a_rate_and_a_draft_at_once_leave_no_line_at_a_rate_that_came_too_late(app, clock):
    a_month_of_payments(app, clock)

    def price():
        return month.rate(99, "2026-10-01")

    def draft():
        return merchants.service.draft_month(SYSTEM, month="2026-10").cents

    results = at_once(app, [draft, price])
    # Either the rate was first, and all lines have it, or it came too late and none has.
    assert (results[0], codes(results[1:])) in [
        (90 * 99, {"done": 1}),
        (900, {"rate_too_early": 1}),
    ]
