"""Many at one report at the same moment: told once, taken by one, kept by one till."""

from functools import partial
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

import reports.service
from core.db import db, new_id
from reports import queries
from reports.models import Bill, Report
from tests.support import points_builders
from tests.support import reports_builders as build
from tests.support.ledger_crew import at_once, codes

HANDS = 8


@pytest.fixture
def app(database_app: Flask) -> Flask:
    build.tariff()
    return database_app


def test_one_report_without_a_name_sent_by_a_nervous_thumb_is_one_report(app: Flask):
    key = uuid4()
    answers = at_once(app, [partial(build.send, key=key)] * HANDS)
    assert len({str(each.body) for each in answers}) == 1
    assert sum(not each.replayed for each in answers) == 1
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Report)) == 1


def test_one_report_taken_by_many_is_taken_by_one(app: Flask):
    desks = [build.desk(f"民警{number}") for number in range(HANDS)]
    report_id = build.told(build.resident())
    works = [
        partial(reports.service.assign, each, report_id, version=1, handler_id=each.id) for each in desks
    ]
    assert codes(at_once(app, works)) == {"done": 1, "report_changed": HANDS - 1}
    assert len(build.seen(desks[0], report_id).steps) == 1


def test_a_till_that_is_closed_while_bills_come_in_holds_what_it_says(app: Flask):
    chen, wang = build.desk(), build.resident()
    close = partial(reports.service.reconcile_float, chen, key=new_id(), handed_over_fen=0, note="边收边结")
    works = [partial(build.bill, chen, wang) for _ in range(HANDS)]
    works.insert(HANDS // 2, close)
    found = codes(at_once(app, works))
    db.session.rollback()
    taken = db.session.scalar(sa.select(sa.func.coalesce(sa.func.sum(Bill.amount_fen), 0)))
    till = queries.float_state(chen.id)
    assert till.taken_fen == taken
    assert found["done"] + found["float_reconciled"] == HANDS + 1
    assert points_builders.faults() == {}
