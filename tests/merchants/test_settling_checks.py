"""`flask points check` sees every fault of settlement. Each is planted with the database's constraints taken away."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from core import clock as core_clock
from core.auth import SYSTEM
from core.db import db
from merchants.checks.settlements import SETTLEMENTS
from merchants.models import Settlement, SettlementLine, SettlementPayback
from points.ledger import SETTLED
from points.models import Transfer
from tests.support import merchants_builders as shops
from tests.support import planted
from tests.support import settlement_builders as month
from tests.support.planted import change, copy, run


@pytest.fixture
def made(database_app, clock):
    """A closed month, one in which a shop gave back more than it took, and one that takes it into account."""
    month.rate(10)
    shop, other = shops.a_shop(), shops.a_shop()
    wang = month.payer()
    with month.on(clock, "2026-08-15T12:00"):
        taken = [month.take(shop, wang, amount) for amount in (10, 20)]
        month.take(other, wang, 7)
    with month.on(clock, "2026-09-03T09:00"):
        statements = month.draft("2026-08")
        for each in statements:
            month.agree(each.id)
            month.pay(each.id)
            month.close(each.id)
        month.refund(taken[1])
    with month.on(clock, "2026-10-03T09:00"):
        (september,) = month.draft("2026-09")
        month.agree(september.id)
        month.pay(september.id, reference="")
        month.take(shop, wang, 50)
    (october,) = month.draft("2026-10")
    planted.strip()
    return {
        "shop": shop.id,
        "other": other.id,
        "august": statements[0].id,
        "settle": statements[0].transfer_id or month.of("2026-08")[0].transfer_id,
        "september": september.id,
        "october": october.id,
    }


def line_of(settlement_id: UUID, **conditions: object) -> UUID:
    query = sa.select(SettlementLine.transfer_id).where(SettlementLine.settlement_id == settlement_id)
    with db.engine.connect() as connection:
        found = connection.scalars(query.order_by(SettlementLine.points)).first()
    assert found is not None
    return found


def a_sum_is_raised(made):
    change(Settlement, Settlement.id == made["august"], cents=Settlement.cents + 1)


def a_statement_has_no_lines(made):
    copy(Settlement, made["october"], month="2026-11", points=0, cents=0, number=99)


def a_line_is_lost(made):
    line = line_of(made["august"])
    run(sa.delete(SettlementLine).where(SettlementLine.transfer_id == line))


def a_line_is_of_another_shop(made):
    change(Settlement, Settlement.id == made["august"], merchant_id=made["other"])


def a_line_is_of_another_month(made):
    change(Settlement, Settlement.id == made["october"], month="2026-11")


def a_line_has_more_points_than_were_taken(made):
    change(SettlementLine, SettlementLine.transfer_id == line_of(made["october"]), points=51)


def a_line_is_of_another_kind(made):
    change(SettlementLine, SettlementLine.transfer_id == line_of(made["october"]), kind="voucher")


def a_refund_takes_back_something_else(made):
    line = line_of(made["september"])
    change(SettlementLine, SettlementLine.transfer_id == line, original_id=line_of(made["august"]))


def a_line_is_of_no_transfer(made):
    change(SettlementLine, SettlementLine.transfer_id == line_of(made["october"]), transfer_id=uuid4())


def a_line_is_settled_twice(made):
    table = SettlementLine.__table__
    line = line_of(made["august"])
    with db.engine.connect() as connection:
        row = connection.execute(sa.select(table).where(table.c.transfer_id == line)).one()
    run(sa.insert(table).values({**row._mapping, "settlement_id": made["october"]}))


def a_month_is_settled_twice(made):
    copy(Settlement, made["august"], number=98)


def a_payment_of_a_settled_month_appears_later(made):
    with db.engine.connect() as connection:
        paid = connection.scalars(sa.select(Transfer.id).where(Transfer.kind == "pay")).first()
    copy(Transfer, paid, receipt_key=uuid4())


def a_line_is_worth_half_a_cent_more(made):
    line = line_of(made["october"])
    change(SettlementLine, SettlementLine.transfer_id == line, cents=SettlementLine.cents + 1)


def a_refund_is_worth_more_than_its_payment(made):
    line = line_of(made["september"])
    change(SettlementLine, SettlementLine.transfer_id == line, cents=SettlementLine.points * 11)


def a_line_takes_money_for_points(made):
    change(SettlementLine, SettlementLine.transfer_id == line_of(made["october"]), cents=-500)


def what_a_shop_owes_is_forgotten(made):
    change(Settlement, Settlement.id == made["october"], carried_cents=0)


def a_shop_is_charged_for_what_it_does_not_owe(made):
    change(Settlement, Settlement.id == made["august"], carried_points=-1)


def a_statement_is_paid_without_a_transfer(made):
    change(Settlement, Settlement.id == made["october"], state="paid")


def more_is_paid_than_was_due(made):
    change(Transfer, Transfer.id == made["settle"], amount=31)


def the_money_went_to_another_shop(made):
    change(Transfer, Transfer.id == made["settle"], debit_account_id=made["other"])


def a_statement_is_paid_twice(made):
    copy(Transfer, made["settle"], receipt_key=uuid4())


def a_payment_is_undone(made):
    with db.engine.connect() as connection:
        row = connection.execute(sa.select(Transfer.__table__).where(Transfer.id == made["settle"])).one()
    copy(
        Transfer,
        made["settle"],
        kind="reversal",
        receipt_key=uuid4(),
        reverses_id=row.id,
        debit_account_id=row.credit_account_id,
        credit_account_id=row.debit_account_id,
    )


def a_payment_has_no_statement(made):
    copy(Transfer, made["settle"], receipt_key=uuid4(), subject_id=uuid4())


def a_draft_is_closed(made):
    change(Settlement, Settlement.id == made["october"], closed_at=core_clock.now(), closed_by=SYSTEM.id)


def a_statement_is_agreed_by_nobody(made):
    change(Settlement, Settlement.id == made["august"], agreed_by=None)


def a_statement_was_drafted_before_its_month_was_over(made):
    early = core_clock.now() - timedelta(days=30)
    change(Settlement, Settlement.id == made["october"], drafted_at=early)


def a_statement_was_closed_before_it_was_paid(made):
    change(Settlement, Settlement.id == made["august"], paid_on=date(2026, 9, 4))


def more_was_paid_back_than_was_owed(made):
    row = {
        "id": uuid4(),
        "settlement_id": made["october"],
        "points": 5,
        "cents": 50,
        "paid_on": date(2026, 11, 3),
        "reference": "收据 17",
        "recorded_by": uuid4(),
        "recorded_at": core_clock.now(),
    }
    run(sa.insert(SettlementPayback).values(**row))


def points_were_bought_back_without_a_receipt(made):
    copy(
        Transfer,
        made["settle"],
        kind="payback",
        receipt_key=uuid4(),
        debit_account_id=SETTLED.id,
        credit_account_id=made["shop"],
    )


FAULTS = [
    (more_was_paid_back_than_was_owed, "what shops paid back is what they owed, and booked"),
    (points_were_bought_back_without_a_receipt, "points that shops bought back have their receipt"),
    (a_sum_is_raised, "a settlement = its own lines"),
    (a_statement_has_no_lines, "a settlement = its own lines"),
    (a_line_is_lost, "a settlement = its own lines"),
    (a_line_is_lost, "nothing of a settled month is left out"),
    (a_line_is_of_another_shop, "a settlement's lines are takings of its shop and month"),
    (a_line_is_of_another_month, "a settlement's lines are takings of its shop and month"),
    (a_line_has_more_points_than_were_taken, "a settlement's lines are takings of its shop and month"),
    (a_line_is_of_another_kind, "a settlement's lines are takings of its shop and month"),
    (a_refund_takes_back_something_else, "a settlement's lines are takings of its shop and month"),
    (a_line_is_of_no_transfer, "a settlement's lines are takings of its shop and month"),
    (a_line_is_settled_twice, "each taking is settled once"),
    (a_month_is_settled_twice, "each taking is settled once"),
    (a_payment_of_a_settled_month_appears_later, "nothing of a settled month is left out"),
    (a_line_is_worth_half_a_cent_more, "a line is worth its points at one rate"),
    (a_refund_is_worth_more_than_its_payment, "a line is worth its points at one rate"),
    (a_line_takes_money_for_points, "a line is worth its points at one rate"),
    (what_a_shop_owes_is_forgotten, "what a shop owes goes over to its next settlement"),
    (a_shop_is_charged_for_what_it_does_not_owe, "what a shop owes goes over to its next settlement"),
    (a_statement_is_paid_without_a_transfer, "a settlement is paid out once, in full"),
    (more_is_paid_than_was_due, "a settlement is paid out once, in full"),
    (the_money_went_to_another_shop, "a settlement is paid out once, in full"),
    (a_statement_is_paid_twice, "a settlement is paid out once, in full"),
    (a_payment_is_undone, "payments for settlements have their settlement and stand"),
    (a_payment_has_no_statement, "payments for settlements have their settlement and stand"),
    (a_draft_is_closed, "settlements went step by step"),
    (a_statement_is_agreed_by_nobody, "settlements went step by step"),
    (a_statement_was_drafted_before_its_month_was_over, "settlements went step by step"),
    (a_statement_was_closed_before_it_was_paid, "settlements went step by step"),
]


def test_every_planted_fault_is_found_and_every_invariant_has_its_fault(made):
    planted.each_is_found(
        made, FAULTS, SETTLEMENTS, (Settlement, SettlementLine, SettlementPayback, Transfer)
    )
