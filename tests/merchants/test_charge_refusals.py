"""What is asked anew at every step of a payment: points, amounts, prices, the shop, the member, the clerk."""

from collections.abc import Iterator
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

import members.service
import merchants.queries
import merchants.service
import points.service as points_service
from core.auth import SYSTEM
from core.clock import FrozenClock
from core.db import db, new_id
from core.receipts import Receipt
from members.errors import MemberOnLeave
from merchants.errors import (
    AmountMissing,
    ChargeExpired,
    NotYourShop,
    OfferRetired,
    OfferUnknown,
    PriceChanged,
    ShopClosedNow,
)
from merchants.models import Charge
from points.errors import AmountInvalid, PointsNotEnough
from tests.support import counter_builders as build
from tests.support import members_builders as people
from tests.support import merchants_builders as shops
from tests.support import points_builders as points


@pytest.fixture(autouse=True)
def books_stay_right(app: Flask, clock: FrozenClock) -> Iterator[None]:
    """Whatever happens at a counter, the books are in order afterwards."""
    yield
    assert points.faults() == {}


def test_paying_without_enough_points_is_refused() -> None:
    counter, member = build.a_counter(), build.payer(29)
    shown = build.show(counter, 30)
    with pytest.raises(PointsNotEnough) as refusal:
        build.scan(member, shown.body["code"])
    assert refusal.value.data == {"needed": 30, "balance": 29, "missing": 1}
    with pytest.raises(PointsNotEnough):
        build.pay_plate(counter, member, 30)
    assert (build.balance(member), build.state(shown.body["charge_id"])) == (29, "shown")


@pytest.mark.parametrize("amount", [0, -1, 1.5, 1e9, "１２", "12", 2**63, True, 1_000_001])
def test_an_amount_is_a_whole_number_of_points(amount: object) -> None:
    counter, member = build.a_counter(), build.payer()
    with pytest.raises(AmountInvalid):
        build.show(counter, amount)
    with pytest.raises(AmountInvalid):
        build.hold(counter, build.phone_code(member), amount)
    with pytest.raises(AmountInvalid):
        build.pay_plate(counter, member, amount)
    charge_id = build.order(counter, member)
    with pytest.raises(AmountInvalid):
        build.confirm(member, charge_id, amount)
    assert build.balance(member) == 70


def test_an_order_needs_an_amount_or_an_offer_of_this_shop() -> None:
    counter, other = build.a_counter(), build.a_counter()
    offer_id = shops.an_offer(other.shop)
    with pytest.raises(AmountMissing):
        build.show(counter, None)
    with pytest.raises(OfferUnknown):
        build.show(counter, None, offer_id=offer_id)
    merchants.service.retire_offer(SYSTEM, other.shop.id, offer_id)
    with pytest.raises(OfferRetired):
        build.show(other, None, offer_id=offer_id)


def test_the_member_pays_what_he_was_shown_or_is_asked_again() -> None:
    counter, member = build.a_counter(), build.payer()
    charge_id = build.order(counter, member, 30)
    with pytest.raises(PriceChanged) as refusal:
        build.confirm(member, charge_id, 20)
    assert refusal.value.data == {"points": 30, "shown": 20}
    offer_id = shops.an_offer(counter.shop, points=25)
    for refused in (
        lambda: build.pay_plate(counter, member, 20, offer_id=offer_id),
        lambda: build.show(counter, 20, offer_id=offer_id),
        lambda: build.hold(counter, build.phone_code(member), 20, offer_id=offer_id),
    ):
        with pytest.raises(PriceChanged):
            refused()
    build.confirm(member, charge_id, 30)
    assert build.pay_plate(counter, member, 25, offer_id=offer_id).body["points"] == 25


def test_an_order_keeps_its_price_when_the_offer_changes_meanwhile() -> None:
    counter, member = build.a_counter(), build.payer()
    offer_id = shops.an_offer(counter.shop, points=30)
    shown = build.show(counter, None, offer_id=offer_id)
    build.scan(member, shown.body["code"])
    merchants.service.retire_offer(SYSTEM, counter.shop.id, offer_id)
    assert build.confirm(member, UUID(shown.body["charge_id"]), 30).body["points"] == 30


def test_a_shop_that_is_paused_meanwhile_takes_nothing(clock: FrozenClock) -> None:
    counter, member = build.a_counter(), build.payer(200)
    charge_id, shown = build.order(counter, member), build.show(counter)
    held = build.hold(counter, build.phone_code(member)).body["charge_id"]
    merchants.service.pause_shop(SYSTEM, counter.shop.id, reason="盘点")
    for refused in (
        lambda: build.confirm(member, charge_id),
        lambda: build.scan(member, shown.body["code"]),
        lambda: build.take(counter, held),
        lambda: build.show(counter),
        lambda: build.pay_plate(counter, member),
        lambda: build.hold(counter, build.phone_code(member)),
    ):
        with pytest.raises(ShopClosedNow):
            refused()
    clock.tick(minutes=2)
    assert build.expire() == 3
    assert (build.balance(member), build.balance(counter.shop)) == (200, 0)


def test_a_member_on_leave_or_suspended_pays_nothing() -> None:
    counter, member = build.a_counter(), build.payer(200)
    own_id = build.facts(member).id
    code, held = build.phone_code(member), build.hold(counter, build.phone_code(member)).body["charge_id"]
    charge_id, shown = build.order(counter, member), build.show(counter)
    members.service.take_leave(SYSTEM, own_id, until=None)
    for refused in (
        lambda: build.confirm(member, charge_id),
        lambda: build.scan(member, shown.body["code"]),
        lambda: build.pay_plate(counter, member),
        lambda: build.hold(counter, code),
        lambda: build.take(counter, held),
    ):
        with pytest.raises(MemberOnLeave):
            refused()
    merchants.service.decline_charge(member, key=new_id(), charge_id=charge_id)
    members.service.come_back(SYSTEM, own_id)
    members.service.suspend(SYSTEM, own_id, "借卡给别人")
    with pytest.raises(Exception, match="member_suspended"):
        build.take(counter, held)
    assert (build.balance(own_id), build.balance(counter.shop)) == (170, 0)


def test_a_clerk_of_another_shop_stands_at_no_counter_of_this_one() -> None:
    counter, other, member = build.a_counter(), build.a_counter(), build.payer(200)
    stranger = build.Counter(counter.shop, other.owner, other.clerk)
    held = build.hold(counter, build.phone_code(member)).body["charge_id"]
    paid = build.paid(counter, member)
    for refused in (
        lambda: build.show(stranger),
        lambda: build.hold(stranger, build.phone_code(member)),
        lambda: build.take(stranger, held),
        lambda: merchants.service.cancel_charge(other.clerk, key=new_id(), charge_id=UUID(held)),
        lambda: merchants.service.void_charge(other.clerk, key=new_id(), charge_id=paid),
        lambda: merchants.service.refund_charge(other.owner, key=new_id(), charge_id=paid, reason="退"),
        lambda: build.show(counter, clerk_id=other.clerk.member_id),
    ):
        with pytest.raises(NotYourShop):
            refused()
    assert build.balance(counter.shop) == 30


def test_a_clerk_who_has_left_stands_at_no_counter_any_more() -> None:
    counter, member = build.a_counter(), build.payer()
    held = build.hold(counter, build.phone_code(member)).body["charge_id"]
    assert counter.clerk.member_id is not None
    merchants.service.remove_clerk(SYSTEM, merchant_id=counter.shop.id, member_id=counter.clerk.member_id)
    with pytest.raises(NotYourShop):
        build.take(counter, held)
    with pytest.raises(NotYourShop):
        build.show(counter)


def test_at_a_shared_till_the_charge_is_the_clerks_who_stands_there() -> None:
    counter, member = build.a_counter(), build.payer()
    colleague = shops.a_clerk(counter.shop, people.member("吴小丽二", "clerk"))
    charge_id = build.show(counter, clerk_id=colleague.id).body["charge_id"]
    build.scan(member, merchants.service.order_code(UUID(charge_id)))
    build.confirm(member, UUID(charge_id))
    found = merchants.queries.charge(UUID(charge_id))
    assert (found.clerk_id, found.clerk) == (colleague.id, "吴小丽二")


def test_a_refusal_is_kept_under_its_key_and_changes_nothing_else() -> None:
    counter, member, key = build.a_counter(), build.payer(10), new_id()
    for _ in range(2):
        with pytest.raises(Exception, match="points_not_enough"):
            build.pay_plate(counter, member, 30, key=key)
    points.earn(build.facts(member).id, 100)
    with pytest.raises(Exception, match="points_not_enough"):
        build.pay_plate(counter, member, 30, key=key)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Charge)) == 0
    assert db.session.scalar(sa.select(Receipt.outcome).where(Receipt.key == key)) == "points_not_enough"


def test_a_payment_whose_time_runs_out_while_it_waits_for_the_accounts_is_none(
    clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter, member = build.a_counter(), build.payer(100)
    charge_id = build.order(counter, member)
    pay = points_service.pay

    def after_a_wait(*arguments: object, **keywords: object) -> UUID:
        clock.tick(seconds=2)
        return pay(*arguments, **keywords)  # type: ignore[arg-type] # handed on as they came

    clock.tick(seconds=119)
    monkeypatch.setattr(points_service, "pay", after_a_wait)
    with pytest.raises(ChargeExpired):
        build.confirm(member, charge_id)
    assert build.state(charge_id) == "held"
    build.expire()
    assert (build.balance(member), build.balance(counter.shop)) == (100, 0)
    assert points.faults() == {}
