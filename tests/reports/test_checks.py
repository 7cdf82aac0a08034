"""`flask points check` sees every kind of fault of reports, claims, homes and bills, each planted past the tables."""

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Flask

import reports.service
from core import clock as core_clock
from core.auth import STRANGER
from core.clock import FrozenClock
from core.db import new_id
from core.receipts import Receipt
from points.models import Transfer
from reports.checks import INVARIANTS
from reports.models import Bill, FloatDay, FloatOpening, RentedHome, Report, ReportClaim, ReportReading
from tests.support import planted, points_builders
from tests.support import reports_builders as build
from tests.support.planted import change, copy

TABLES = (Report, ReportClaim, ReportReading, RentedHome, Bill, FloatDay, FloatOpening, Transfer, Receipt)
Books = dict[str, Any]


def books(clock: FrozenClock) -> Books:
    """Books in which everything about reports has happened once, and they are right."""
    build.tariff()
    wang, chen, li = build.resident(), build.desk(), build.desk("李志强")
    made: Books = {"wang": wang.id, "chen": chen.id}
    made["report"] = build.told(wang, "scam")
    build.take(chen, made["report"])
    reports.service.open_words(li, made["report"], "协助")
    build.judge(chen, made["report"])
    made["judged"] = build.told(wang, "hazard")
    build.take(chen, made["judged"])
    build.judge(chen, made["judged"], useful=False)
    made["duplicate"] = build.told(wang, "hazard")
    number = build.seen(chen, made["judged"]).line.number
    build.step(chen, made["duplicate"], "link_duplicate", of_number=number)
    made["unnamed"], first, password = build.unnamed(chen)
    build.useful(chen, made["unnamed"])
    made["home"] = UUID(
        reports.service.register_home(
            chen,
            key=new_id(),
            address="3号楼201",
            term_from=date(2026, 11, 1),
            term_until=date(2027, 10, 31),
            member_id=wang.id,
        ).body["home_id"]
    )
    reports.service.open_float(chen, key=new_id(), opening_fen=100)
    made["bill"] = UUID(build.bill(chen, wang)["bill_id"])
    made["void"] = UUID(build.bill(chen, wang)["bill_id"])
    reports.service.void_bill(chen, key=new_id(), bill_id=made["void"], reason="输错")
    reports.service.reconcile_float(chen, key=new_id(), handed_over_fen=8_650, counted_fen=100)
    build.next_week(clock)
    build.collect(wang, reports.service.claim_token(first, password).token)
    made["carried_on"] = core_clock.today()
    reports.service.reconcile_float(chen, key=new_id(), handed_over_fen=0, counted_fen=100)
    clock.tick(days=1)
    reports.service.open_float(chen, key=new_id(), opening_fen=100)
    return made


def transfer_of(subject: str) -> sa.ColumnElement[bool]:
    return (Transfer.subject_type == subject) & (Transfer.kind == "earn")


def more(model: Any, name: str) -> Any:
    def plant(made: Books) -> None:
        change(model, model.id == made[name], points=model.points + 1)

    plant.__name__ = f"{model.__tablename__} says more than was paid"
    return plant


def a_claim_says_more(_made: Books) -> None:
    change(ReportClaim, sa.true(), points=ReportClaim.points + 1)


def nobody_knows(subject: str) -> Any:
    def plant(_made: Books) -> None:
        with planted.db.engine.connect() as connection:
            one = connection.scalar(sa.select(Transfer.id).where(transfer_of(subject)).limit(1))
        copy(Transfer, one, receipt_key=new_id())

    plant.__name__ = f"a second transfer for a {subject}"
    return plant


def a_useless_report_earns(made: Books) -> None:
    change(Report, Report.id == made["judged"], rule_code="lead")


def a_claim_out_of_nothing(made: Books) -> None:
    change(Report, Report.id == made["unnamed"], verdict="not_useful", rule_code=None)


def the_time_of_a_report_without_a_name(made: Books) -> None:
    change(Report, Report.id == made["unnamed"], received_at=core_clock.now())


def the_plate_of_a_report_without_a_name(made: Books) -> None:
    change(Report, Report.id == made["unnamed"], checkpoint_id=new_id())


def a_receipt_of_a_stranger(_made: Books) -> None:
    with planted.db.engine.connect() as connection:
        query = sa.select(Receipt.key).where(Receipt.action == "report.send").limit(1)
        key = connection.scalar(query)
    change(Receipt, Receipt.key == key, actor_id=STRANGER.id)


def a_duplicate_of_another_kind(made: Books) -> None:
    change(Report, Report.id == made["duplicate"], duplicate_of_id=made["report"])


def a_third_reader(_made: Books) -> None:
    with planted.db.engine.connect() as connection:
        one = connection.scalar(sa.select(ReportReading.id))
    copy(ReportReading, one, reader_id=new_id())


def a_home_rewarded_twice(made: Books) -> None:
    copy(RentedHome, made["home"], points=0, transfer_id=None)


def a_receipt_counted_twice(made: Books) -> None:
    copy(Bill, made["bill"], points=0, transfer_id=None, day=date(2026, 1, 1))


def money_is_missing_from_a_till(_made: Books) -> None:
    change(
        FloatDay, sa.true(), taken_fen=FloatDay.taken_fen - 1, handed_over_fen=FloatDay.handed_over_fen - 1
    )


def the_opening_of_a_till_is_changed_afterwards(_made: Books) -> None:
    planted.run(sa.delete(FloatOpening))


def what_stayed_in_a_till_is_left_out_of_the_next(made: Books) -> None:
    change(FloatDay, FloatDay.day == made["carried_on"], opening_fen=0, counted_fen=0)


def less_is_counted_than_stayed_and_nobody_says_why(_made: Books) -> None:
    change(FloatOpening, FloatOpening.stayed_fen.is_not(None), opening_fen=40, stayed_fen=40)


def a_struck_out_receipt_keeps_its_points(made: Books) -> None:
    with planted.db.engine.connect() as connection:
        paid = connection.scalar(sa.select(Bill.transfer_id).where(Bill.id == made["void"]))
    change(Transfer, Transfer.reverses_id == paid, reverses_id=new_id())


FAULTS: list[planted.Fault] = [
    (more(Report, "report"), "paid report has its transfer"),
    (more(RentedHome, "home"), "paid home has its transfer"),
    (more(Bill, "bill"), "paid bill has its transfer"),
    (a_claim_says_more, "paid report_claim has its transfer"),
    *(
        (nobody_knows(each), f"transfer for a {each} has its {each}")
        for each in ("report", "home", "bill", "report_claim")
    ),
    (a_useless_report_earns, "useful reports have their rule, others earn nothing"),
    (a_claim_out_of_nothing, "no more is collected than was useful"),
    (the_time_of_a_report_without_a_name, "reports without a name tell nobody, no time and no plate"),
    (the_plate_of_a_report_without_a_name, "reports without a name tell nobody, no time and no plate"),
    (a_receipt_of_a_stranger, "reports without a name have no receipt"),
    (a_duplicate_of_another_kind, "duplicates repeat a report of their kind"),
    (a_third_reader, "words of confidential reports were opened by one more person"),
    (a_home_rewarded_twice, "one award for each home and term"),
    (a_receipt_counted_twice, "each receipt of a bill counts once"),
    (the_opening_of_a_till_is_changed_afterwards, "closed tills = their receipts"),
    (what_stayed_in_a_till_is_left_out_of_the_next, "closed tills = their receipts"),
    (less_is_counted_than_stayed_and_nobody_says_why, "counted tills begin with what stayed in them"),
    (money_is_missing_from_a_till, "closed tills = their receipts"),
    (a_struck_out_receipt_keeps_its_points, "struck out receipts keep no points"),
]


def test_each_planted_fault_is_found(database_app: Flask, clock: FrozenClock):
    made = books(clock)
    assert points_builders.faults() == {}
    planted.strip()
    planted.each_is_found(made, FAULTS, INVARIANTS, TABLES)
