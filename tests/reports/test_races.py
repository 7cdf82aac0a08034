"""Many at one report at the same moment: told once, taken by one, kept by one till."""

import threading
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

import reports.service
from core import clock
from core.auth import Actor
from core.db import db, new_id, transaction
from reports import queries
from reports.models import Bill, FloatDay, RentedHome, Report
from reports.service import steps
from tests.support import points_builders
from tests.support import reports_builders as build
from tests.support.ledger_crew import at_once, codes

HANDS = 8
#: Who does not come is a fault of the test, not a reason to wait for ever.
PATIENCE_SECONDS = 60


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


def test_looking_who_has_it_and_then_taking_it_would_give_one_report_to_everybody(app: Flask):
    desks = [build.desk(f"民警{number}") for number in range(HANDS)]
    report_id = build.told(build.resident())
    looked = threading.Barrier(HANDS)

    def naive(desk: Actor) -> None:
        handler_id = db.session.scalar(sa.select(Report.handler_id).where(Report.id == report_id))
        db.session.rollback()
        looked.wait(PATIENCE_SECONDS)
        if handler_id is None:
            with transaction():
                report = db.session.get_one(Report, report_id)
                report.handler_id, report.state = desk.id, "assigned"
                steps.record(desk, report, "assigned", "", "")

    assert codes(at_once(app, [partial(naive, each) for each in desks])) == {"done": HANDS}
    assert len(build.seen(desks[0], report_id).steps) == HANDS


#: One flat as six desks write it: the same numbers, and no two addresses the same.
WRITTEN = [
    f"{town}3号楼202" for town in ("西苑", "连云港市西苑", "西苑社区", "西院", "新浦西苑", "民生街西苑")
]


def register(desk: Actor, address: str, member_id: UUID, *, another: bool = False) -> None:
    reports.service.register_home(
        desk,
        key=new_id(),
        address=address,
        term_from=clock.today(),
        term_until=clock.today() + timedelta(days=365),
        member_id=member_id,
        another=another,
    )


def test_a_flat_that_many_desks_write_each_in_its_own_way_earns_once(app: Flask):
    wang = build.resident()
    desks = [build.desk(f"民警{number}") for number in range(len(WRITTEN))]
    works = [partial(register, each, address, wang.id) for each, address in zip(desks, WRITTEN, strict=True)]
    assert codes(at_once(app, works)) == {"done": 1, "home_alike": len(WRITTEN) - 1}
    assert build.balance(wang) == 10


def test_looking_for_the_flat_and_then_registering_it_would_pay_every_desk(app: Flask):
    wang = build.resident()
    desks = [build.desk(f"民警{number}") for number in range(len(WRITTEN))]
    looked = threading.Barrier(len(WRITTEN))

    def naive(desk: Actor, address: str) -> None:
        nobody = db.session.scalar(sa.select(RentedHome.id)) is None
        db.session.rollback()
        looked.wait(PATIENCE_SECONDS)
        if nobody:
            register(desk, address, wang.id, another=True)

    works = [partial(naive, each, address) for each, address in zip(desks, WRITTEN, strict=True)]
    assert codes(at_once(app, works)) == {"done": len(WRITTEN)}
    assert build.balance(wang) > 10  # only the cap of a week ends it


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


def test_adding_up_first_and_closing_then_would_close_a_till_without_the_bills_in_between(app: Flask):
    chen, wang = build.desk(), build.resident()
    added_up, entered = threading.Barrier(HANDS), threading.Barrier(HANDS)

    def naive_close() -> None:
        till = queries.float_state(chen.id)
        db.session.rollback()
        added_up.wait(PATIENCE_SECONDS)
        entered.wait(PATIENCE_SECONDS)
        sums = {"bills": till.bills, "taken_fen": till.taken_fen, "handed_over_fen": 0, "difference_fen": 0}
        who = {"coordinator_id": chen.id, "reconciled_by": chen.id, "reconciled_at": clock.now()}
        with transaction():
            db.session.add(FloatDay(day=till.day, **who, **sums))

    def take_bill() -> None:
        added_up.wait(PATIENCE_SECONDS)
        build.bill(chen, wang)
        entered.wait(PATIENCE_SECONDS)

    assert codes(at_once(app, [naive_close] + [take_bill] * (HANDS - 1))) == {"done": HANDS}
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.sum(Bill.amount_fen))) > queries.float_state(chen.id).taken_fen
    assert points_builders.faults() != {}
