"""Every invariant about charges finds the fault that is planted for it, on both databases."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

import merchants.service
from core import clock as core_clock
from core.clock import FrozenClock
from core.db import db, new_id
from core.receipts import Receipt
from merchants.checks.charges import CHARGES
from merchants.models import Charge
from points.models import Lot, Transfer, TransferLot
from tests.support import counter_builders as build
from tests.support import points_builders as points
from tests.support.planted import Fault, change, copy, each_is_found, run, strip

Made = dict[str, UUID]


@pytest.fixture
def books(database_app: Flask, clock: FrozenClock) -> Made:
    """A counter at which everything has happened once."""
    counter, member = build.a_counter(), build.payer(1000)
    made = {
        "paid": build.paid(counter, member),
        "held": build.order(counter, member),
        "voided": build.paid(counter, member),
        "refunded": build.paid(counter, member),
        "cancelled": build.order(counter, member),
        "shown": UUID(build.show(counter).body["charge_id"]),
        "plate": UUID(build.pay_plate(counter, member).body["charge_id"]),
        "other_shop": build.a_counter().shop.id,
    }
    merchants.service.void_charge(counter.clerk, key=new_id(), charge_id=made["voided"])
    merchants.service.refund_charge(counter.owner, key=new_id(), charge_id=made["refunded"], reason="没货")
    merchants.service.decline_charge(member, key=new_id(), charge_id=made["cancelled"])
    strip()
    return made


def of(charge_id: UUID) -> sa.ColumnElement[bool]:
    return Charge.id == charge_id


def transfer(made: Made, which: str, column: str = "payment_id") -> UUID:
    with db.engine.connect() as connection:
        found = connection.scalar(sa.select(getattr(Charge, column)).where(of(made[which])))
    assert found is not None
    return UUID(str(found))


def back(transfer_id: UUID) -> None:
    """Somebody gives back what was moved, past all services."""
    with db.engine.connect() as connection:
        row = connection.execute(sa.select(Transfer.__table__).where(Transfer.id == transfer_id)).one()
    copy(
        Transfer,
        transfer_id,
        kind="reversal",
        reverses_id=transfer_id,
        reservation_id=None,
        debit_account_id=row.credit_account_id,
        credit_account_id=row.debit_account_id,
    )


def a_charge_costs_more_than_was_held(made: Made) -> None:
    change(Charge, of(made["held"]), points=31)


def a_charge_is_held_with_nothing(made: Made) -> None:
    change(Charge, of(made["held"]), reservation_id=None)


def a_charge_is_held_with_somebody_elses_points(made: Made) -> None:
    change(Charge, of(made["held"]), member_id=uuid4())


def a_held_charge_says_cancelled(made: Made) -> None:
    change(Charge, of(made["held"]), state="cancelled")


def a_held_charge_is_lost(made: Made) -> None:
    run(sa.delete(Charge).where(of(made["held"])))


def a_payment_went_to_another_shop(made: Made) -> None:
    change(Charge, of(made["paid"]), merchant_id=made["other_shop"])


def a_payment_is_not_named(made: Made) -> None:
    change(Charge, of(made["paid"]), payment_id=None)


def a_payment_is_counted_on_another_day(made: Made) -> None:
    change(Charge, of(made["paid"]), local_day=core_clock.today() - timedelta(days=1))


def an_order_was_never_paid(made: Made) -> None:
    change(Charge, of(made["shown"]), state="paid")


def a_paid_charge_is_lost(made: Made) -> None:
    run(sa.delete(Charge).where(of(made["paid"])))


def a_payment_is_invented(made: Made) -> None:
    copy(Transfer, transfer(made, "paid"))


def a_paid_charge_was_given_back(made: Made) -> None:
    back(transfer(made, "paid"))
    back(transfer(made, "paid", "reservation_id"))


def a_refund_never_came_home(made: Made) -> None:
    run(sa.delete(Transfer).where(Transfer.id == transfer(made, "refunded", "return_id")))


def a_refunded_charge_says_paid(made: Made) -> None:
    change(Charge, of(made["refunded"]), state="paid")


def a_cancelled_charge_keeps_the_points(made: Made) -> None:
    run(sa.delete(Transfer).where(Transfer.id == transfer(made, "cancelled", "return_id")))


def a_charge_was_paid_after_its_time(made: Made) -> None:
    change(Charge, of(made["paid"]), expires_at=core_clock.now() - timedelta(seconds=1))


def a_charge_was_paid_in_days_to_come(made: Made) -> None:
    change(Charge, of(made["shown"]), opened_at=core_clock.now() + timedelta(days=1))


def a_charge_is_written_by_hand(made: Made) -> None:
    copy(Charge, made["shown"], code_digest=None)


def a_payment_has_no_request(made: Made) -> None:
    change(Transfer, Transfer.id == transfer(made, "paid"), receipt_key=uuid4())


def an_answered_order_is_lost(made: Made) -> None:
    run(sa.delete(Charge).where(of(made["shown"])))


def an_answered_confirmation_moved_nothing(made: Made) -> None:
    change(Receipt, Receipt.action == "charge.confirm", key=uuid4())


FAULTS: list[Fault] = [
    (a_charge_costs_more_than_was_held, "a charge's reservation is its own"),
    (a_charge_is_held_with_nothing, "a charge's reservation is its own"),
    (a_charge_is_held_with_somebody_elses_points, "a charge's reservation is its own"),
    (a_held_charge_says_cancelled, "held charges = open reservations for charges"),
    (a_held_charge_is_lost, "held charges = open reservations for charges"),
    (a_payment_went_to_another_shop, "paid charges were paid to their shop"),
    (a_payment_is_not_named, "paid charges were paid to their shop"),
    (a_payment_is_counted_on_another_day, "paid charges were paid to their shop"),
    (an_order_was_never_paid, "paid charges were paid to their shop"),
    (a_paid_charge_is_lost, "payments for charges have their charge"),
    (a_payment_is_invented, "payments for charges have their charge"),
    (a_paid_charge_was_given_back, "charges are given back once"),
    (a_refund_never_came_home, "charges are given back once"),
    (a_refunded_charge_says_paid, "charges are given back once"),
    (a_cancelled_charge_keeps_the_points, "charges are given back once"),
    (a_charge_was_paid_after_its_time, "charges were paid while they waited"),
    (a_charge_was_paid_in_days_to_come, "charges were paid while they waited"),
    (a_charge_is_written_by_hand, "every charge has its request"),
    (a_payment_has_no_request, "every charge has its request"),
    (an_answered_order_is_lost, "answered requests have their charge"),
    (an_answered_confirmation_moved_nothing, "answered requests have their charge"),
]


def test_every_planted_fault_is_found_and_every_invariant_has_its_fault(books: Made) -> None:
    each_is_found(books, FAULTS, CHARGES, [Charge, Transfer, TransferLot, Lot, Receipt])


def test_the_command_gives_back_what_waits_too_long(app: Flask, clock: FrozenClock) -> None:
    counter, member = build.a_counter(), build.payer(100)
    build.order(counter, member)
    build.show(counter)
    clock.tick(minutes=2)
    runner = app.test_cli_runner()
    assert runner.invoke(args=["merchants", "expire"]).output == "Payments ended: 2\n"
    assert runner.invoke(args=["merchants", "expire"]).output == "Payments ended: 0\n"
    assert build.balance(member) == 100
    assert points.faults() == {}
