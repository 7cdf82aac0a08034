"""What was paid is given back: by the clerk within minutes, later by the owner or a coordinator, once, as it was."""

from collections.abc import Iterator
from datetime import date
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

import merchants.service
import points.service
from core.auth import SYSTEM
from core.clock import FrozenClock
from core.db import db, new_id, transaction
from members.errors import NotOnOneself
from merchants.errors import (
    ChargeClosed,
    ChargeUnknown,
    ChargeUnpaid,
    OwnerNeeded,
    OwnShop,
    RefundReasonMissing,
    VoidTooLate,
)
from merchants.models import Charge
from points.errors import MemoHoldsNumber
from points.models import Lot
from tests.support import counter_builders as build
from tests.support import members_builders as people
from tests.support import merchants_builders as shops
from tests.support import points_builders as points_of


@pytest.fixture(autouse=True)
def books_stay_right(app: Flask, clock: FrozenClock) -> Iterator[None]:
    """Whatever is given back, the books are in order afterwards."""
    yield
    assert points_of.faults() == {}


def void(counter: build.Counter, charge_id: UUID, key: UUID | None = None) -> dict[str, object]:
    return merchants.service.void_charge(counter.clerk, key=key or new_id(), charge_id=charge_id).body


def refund(
    actor: build.Actor, charge_id: UUID, reason: str = "没有货了", key: UUID | None = None
) -> dict[str, object]:
    key = key or new_id()
    return merchants.service.refund_charge(actor, key=key, charge_id=charge_id, reason=reason).body


def lots(member: build.Actor) -> dict[date, int]:
    db.session.rollback()
    rows = db.session.execute(
        sa.select(Lot.expires_on, Lot.balance).where(Lot.account_id == member.member_id, Lot.balance > 0)
    )
    return {row.expires_on: row.balance for row in rows}


def test_the_clerk_takes_a_payment_back_within_ten_minutes(clock: FrozenClock) -> None:
    counter, member = build.a_counter(), build.payer(100)
    charge_id = build.paid(counter, member)
    clock.tick(minutes=9, seconds=59)
    assert void(counter, charge_id)["outcome"] == "charge_voided"
    assert (build.balance(member), build.balance(counter.shop)) == (100, 0)
    assert build.state(charge_id) == "voided"


def test_after_ten_minutes_the_owner_refunds_and_the_clerk_no_longer_can(clock: FrozenClock) -> None:
    counter, member = build.a_counter(), build.payer(100)
    charge_id = build.paid(counter, member)
    clock.tick(minutes=10)
    with pytest.raises(VoidTooLate):
        void(counter, charge_id)
    with pytest.raises(OwnerNeeded):
        refund(counter.clerk, charge_id)
    clock.tick(days=40)
    assert refund(counter.owner, charge_id)["outcome"] == "charge_refunded"
    assert (build.balance(member), build.balance(counter.shop)) == (100, 0)
    assert merchants.queries.charge(charge_id).reason == "没有货了"


def test_points_come_back_with_their_old_days() -> None:
    counter, member = build.a_counter(), build.payer(0)
    early, late = date(2026, 12, 31), date(2027, 12, 31)
    assert member.member_id is not None
    points_of.earn(member.member_id, 20, expires_on=early)
    points_of.earn(member.member_id, 20, expires_on=late)
    charge_id = build.paid(counter, member, 30)
    assert lots(member) == {late: 10}
    void(counter, charge_id)
    assert lots(member) == {early: 20, late: 20}


def test_what_is_given_back_past_its_day_expires_at_once(clock: FrozenClock) -> None:
    counter, member = build.a_counter(), build.payer(0)
    assert member.member_id is not None
    points_of.earn(member.member_id, 30, expires_on=date(2026, 12, 31))
    charge_id = build.paid(counter, member, 30)
    clock.tick(days=60)
    refund(counter.owner, charge_id)
    assert (build.balance(member), build.balance(counter.shop)) == (0, 0)


def test_a_refund_is_given_once_and_is_not_refunded_itself() -> None:
    counter, member, key = build.a_counter(), build.payer(100), new_id()
    charge_id = build.paid(counter, member)
    assert refund(counter.owner, charge_id, key=key) == refund(counter.owner, charge_id, key=key)
    for again in (lambda: refund(counter.owner, charge_id), lambda: void(counter, charge_id)):
        with pytest.raises(ChargeClosed) as refusal:
            again()
        assert refusal.value.data == {"state": "refunded"}
    assert (build.balance(member), build.balance(counter.shop)) == (100, 0)


def test_a_void_is_given_once() -> None:
    counter, member, key = build.a_counter(), build.payer(100), new_id()
    charge_id = build.paid(counter, member)
    assert void(counter, charge_id, key) == void(counter, charge_id, key)
    with pytest.raises(ChargeClosed):
        void(counter, charge_id)
    with pytest.raises(ChargeClosed):
        refund(counter.owner, charge_id)
    assert build.balance(member) == 100


def test_what_was_not_paid_is_not_given_back() -> None:
    counter, member = build.a_counter(), build.payer(100)
    charge_id = build.order(counter, member)
    with pytest.raises(ChargeUnpaid):
        void(counter, charge_id)
    with pytest.raises(ChargeUnpaid):
        refund(counter.owner, charge_id)
    with pytest.raises(ChargeUnknown):
        refund(counter.owner, new_id())


def test_a_coordinator_refunds_but_not_at_the_shop_where_his_people_work() -> None:
    counter, member, officer = build.a_counter(), build.payer(100), people.staff()
    first, second = build.paid(counter, member), build.paid(counter, member)
    refund(officer, first)
    shops.a_clerk(counter.shop, build.facts(officer))
    with pytest.raises(OwnShop):
        refund(officer, second)
    assert build.state(second) == "paid"


def test_a_refund_needs_a_reason_that_the_member_may_read() -> None:
    counter, member = build.a_counter(), build.payer(100)
    charge_id = build.paid(counter, member)
    for reason in ("", "  "):
        with pytest.raises(RefundReasonMissing):
            refund(counter.owner, charge_id, reason)
    with pytest.raises(Exception, match="shop_invalid"):
        refund(counter.owner, charge_id, "退\u202e款")
    with pytest.raises(MemoHoldsNumber):
        refund(counter.owner, charge_id, "打 13800138000 联系")
    assert build.state(charge_id) == "paid"


def test_what_the_shop_was_already_paid_for_it_owes() -> None:
    """The month was settled meanwhile: the member gets his points all the same."""
    counter, member = build.a_counter(), build.payer(100)
    charge_id = build.paid(counter, member, 40)
    with transaction():
        points.service.settle(SYSTEM, key=new_id(), merchant_id=counter.shop.id, points=40)
    refund(counter.owner, charge_id)
    assert (build.balance(member), build.balance(counter.shop)) == (100, 0)
    assert points_of.owed(counter.shop.id) == 40


def test_a_payment_by_plate_and_by_card_is_voided_like_any_other() -> None:
    counter, member = build.a_counter(), build.payer(100, pin=True)
    by_plate = UUID(build.pay_plate(counter, member, 20).body["charge_id"])
    held = build.hold(counter, people.card(build.facts(member)), 10).body["charge_id"]
    build.take(counter, held, build.PIN)
    for charge_id in (by_plate, UUID(held)):
        void(counter, charge_id)
    assert (build.balance(member), build.balance(counter.shop)) == (100, 0)
    assert db.session.scalar(sa.select(sa.func.count()).where(Charge.state == "voided")) == 2


def test_a_coordinator_gives_back_neither_his_own_payment_nor_his_households() -> None:
    counter, desk = build.a_counter(), people.staff()
    helped = people.managed(desk)
    for member_id in (desk.member_id, helped.id):
        points_of.earn(member_id, 100)
    paid = build.paid(counter, desk), build.paid(counter, people.actor(helped))
    for charge_id in paid:
        with pytest.raises(NotOnOneself):
            refund(desk, charge_id, "退给自己")
        assert build.state(charge_id) == "paid"
    assert build.balance(desk) == 70
    refund(people.staff(), paid[0])
    assert build.balance(desk) == 100
