"""Taking points at a counter: the three ways, and what ends a charge without payment."""

from collections.abc import Iterator
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

import members.service
import merchants.queries
import merchants.service
from core.auth import SYSTEM, Actor
from core.clock import FrozenClock
from core.codes import Kind
from core.db import db, new_id
from core.receipts import Receipt
from core.sweeps import SweepFailed
from members.errors import CodeUsed, PinLocked, PinMissing, PinWrong
from merchants.errors import (
    ChargeClosed,
    ChargeExpired,
    ChargeUnknown,
    MemberCannotPay,
    MemberConfirms,
    NotYourShop,
    OrderExpired,
    OrderTaken,
    OrderUnknown,
    PinNeeded,
)
from merchants.rules.charging import Charge
from merchants.service.charging import steps
from tests.support import counter_builders as build
from tests.support import members_builders as people
from tests.support import merchants_builders as shops
from tests.support import points_builders as points


@pytest.fixture(autouse=True)
def books_stay_right(app: Flask, clock: FrozenClock) -> Iterator[None]:
    """Whatever happens at a counter, the books are in order afterwards."""
    yield
    assert points.faults() == {}


# --- an order on the clerk's screen


def test_an_order_is_shown_scanned_confirmed_and_paid() -> None:
    counter, member = build.a_counter(), build.payer(100)
    shown = build.show(counter, 30)
    held = build.scan(member, shown.body["code"])
    assert (held.body["outcome"], held.body["points"], held.body["balance_after"]) == ("order_held", 30, 70)
    assert held.body["shop"] == counter.shop.name
    assert build.balance(counter.shop) == 0
    answer = build.confirm(member, UUID(held.body["charge_id"]))
    assert (answer.body["outcome"], answer.body["balance"]) == ("paid", 70)
    assert (build.balance(member), build.balance(counter.shop)) == (70, 30)
    assert build.state(shown.body["charge_id"]) == "paid"


def test_the_screen_can_draw_an_order_again_but_the_database_keeps_no_code() -> None:
    counter, key = build.a_counter(), new_id()
    first = build.show(counter, key=key)
    again = build.show(counter, key=key)
    assert again.replayed
    assert again.body == first.body
    kept = db.session.scalar(sa.select(Receipt.answer).where(Receipt.key == key))
    assert first.body["code"] not in str(kept)


def test_an_order_for_an_offer_has_its_name_and_price() -> None:
    counter, member = build.a_counter(), build.payer()
    offer_id = shops.an_offer(counter.shop, "剪发", 30)
    shown = build.show(counter, None, offer_id=offer_id)
    assert (shown.body["points"], shown.body["what"]) == (30, "剪发")
    build.scan(member, shown.body["code"])
    assert build.confirm(member, UUID(shown.body["charge_id"])).body["what"] == "剪发"


def test_an_order_scanned_twice_by_one_member_is_held_once() -> None:
    counter, member = build.a_counter(), build.payer(30)
    shown = build.show(counter, 30)
    first, again = (build.scan(member, shown.body["code"]).body for _ in range(2))
    assert first | {"scan_id": ""} == again | {"scan_id": ""}
    assert build.balance(member) == 0


def test_an_order_belongs_to_who_scans_it_first() -> None:
    counter, member, other = build.a_counter(), build.payer(), build.payer(name="李梅")
    charge_id = build.order(counter, member)
    with pytest.raises(OrderTaken):
        build.scan(other, merchants.service.order_code(charge_id))
    with pytest.raises(ChargeUnknown):
        build.confirm(other, charge_id)
    assert build.balance(other) == 100


def test_a_paid_order_is_not_paid_again() -> None:
    counter, member = build.a_counter(), build.payer(100)
    charge_id = build.paid(counter, member)
    with pytest.raises(ChargeClosed):
        build.confirm(member, charge_id)
    with pytest.raises(ChargeClosed):
        build.scan(member, merchants.service.order_code(charge_id))
    with pytest.raises(OrderTaken):
        build.scan(build.payer(), merchants.service.order_code(charge_id))
    assert build.balance(counter.shop) == 30


def test_a_double_tap_on_confirm_pays_once_and_is_answered_twice() -> None:
    counter, member, key = build.a_counter(), build.payer(100), new_id()
    charge_id = build.order(counter, member)
    first, again = (build.confirm(member, charge_id, key=key) for _ in range(2))
    assert (first.replayed, again.replayed, first.body) == (False, True, again.body)
    assert build.balance(member) == 70


def test_an_order_that_nobody_showed_is_unknown() -> None:
    with pytest.raises(OrderUnknown):
        build.scan(build.payer(), merchants.service.order_code(new_id()))


def test_an_order_is_good_for_two_minutes(clock: FrozenClock) -> None:
    counter, member = build.a_counter(), build.payer()
    shown = build.show(counter)
    clock.tick(seconds=120)
    with pytest.raises(OrderExpired):
        build.scan(member, shown.body["code"])
    assert build.balance(member) == 100


def test_what_was_held_comes_back_when_the_two_minutes_are_over(clock: FrozenClock) -> None:
    counter, member = build.a_counter(), build.payer()
    charge_id = build.order(counter, member)
    clock.tick(seconds=119)
    assert build.expire() == 0
    clock.tick(seconds=1)
    with pytest.raises(ChargeExpired):
        build.confirm(member, charge_id)
    assert merchants.queries.charge(charge_id).state == "expired"
    assert build.balance(member) == 70
    assert build.expire() == 1
    assert build.expire() == 0
    assert (build.balance(member), build.state(charge_id)) == (100, "expired")


def test_a_charge_that_cannot_be_ended_keeps_nobody_elses_points(
    app: Flask, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    counter, payers = build.a_counter(), [build.payer(), build.payer(), build.payer()]
    charges = [build.order(counter, each) for each in payers]
    bad = min(charges)
    clock.tick(seconds=120)
    end = steps.end

    def broken(actor: Actor, charge: Charge, *arguments: str, **details: UUID) -> None:
        end(actor, charge, *arguments, **details)
        if charge.id == bad:
            raise ZeroDivisionError("a bad row")

    with monkeypatch.context() as patched:
        patched.setattr(steps, "end", broken)
        with pytest.raises(SweepFailed) as failure:
            build.expire()
        told = app.test_cli_runner().invoke(args=["merchants", "expire"])
    assert (failure.value.done, failure.value.failed) == (2, (bad,))
    assert (told.exit_code, str(bad) in told.output) == (1, True)
    assert str(bad) in caplog.text
    assert sorted(build.balance(each) for each in payers) == [70, 100, 100]
    assert build.expire() == 1


def test_points_that_have_waited_too_long_can_be_spent_at_once(clock: FrozenClock) -> None:
    """Lazily: nobody has to wait for the keeper."""
    counter, member = build.a_counter(), build.payer(50)
    forgotten = build.order(counter, member, 50)
    clock.tick(seconds=121)
    build.paid(counter, member, 40)
    assert (build.balance(member), build.balance(counter.shop)) == (10, 40)
    assert build.state(forgotten) == "expired"


def test_the_member_may_say_no_and_the_clerk_may_call_it_off() -> None:
    counter, member = build.a_counter(), build.payer()
    declined, cancelled = build.order(counter, member), build.order(counter, member)
    answer = merchants.service.decline_charge(member, key=new_id(), charge_id=declined)
    assert answer.body["balance"] == 70
    merchants.service.cancel_charge(counter.clerk, key=new_id(), charge_id=cancelled)
    assert build.balance(member) == 100
    for charge_id in (declined, cancelled):
        assert build.state(charge_id) == "cancelled"
        with pytest.raises(ChargeClosed):
            build.confirm(member, charge_id)
        with pytest.raises(ChargeClosed):
            merchants.service.cancel_charge(counter.clerk, key=new_id(), charge_id=charge_id)


def test_an_order_that_nobody_has_scanned_can_be_called_off() -> None:
    counter = build.a_counter()
    charge_id = UUID(build.show(counter).body["charge_id"])
    with pytest.raises(ChargeUnknown):
        merchants.service.decline_charge(build.payer(), key=new_id(), charge_id=charge_id)
    merchants.service.cancel_charge(counter.clerk, key=new_id(), charge_id=charge_id)
    assert build.state(charge_id) == "cancelled"


def test_calling_off_what_is_overdue_ends_it_as_expired(clock: FrozenClock) -> None:
    counter, member = build.a_counter(), build.payer()
    charge_id = build.order(counter, member)
    clock.tick(minutes=3)
    merchants.service.decline_charge(member, key=new_id(), charge_id=charge_id)
    assert (build.state(charge_id), build.balance(member)) == ("expired", 100)


# --- the member's phone code, read by the clerk


def test_a_phone_code_is_held_and_taken_by_the_clerk_who_sees_a_masked_name() -> None:
    counter, member = build.a_counter(), build.payer(100, "王小芳")
    held = build.hold(counter, build.phone_code(member), 40)
    assert (held.body["outcome"], held.body["pin_needed"]) == ("charge_held", False)
    assert "balance" not in str(held.body)
    assert merchants.queries.masked_payer(UUID(held.body["charge_id"])) == "王*芳"
    assert build.balance(member) == 60
    build.take(counter, held.body["charge_id"])
    assert (build.balance(member), build.balance(counter.shop)) == (60, 40)
    with pytest.raises(ChargeClosed):
        build.take(counter, held.body["charge_id"])


def test_the_gate_takes_a_phone_code_for_a_charge_when_the_scan_says_at_which_counter() -> None:
    counter, member = build.a_counter(), build.payer(100)
    held = build.scan(counter.clerk, build.phone_code(member), merchant_id=counter.shop.id, points=25)
    assert (held.body["outcome"], held.body["points"]) == ("charge_held", 25)
    build.take(counter, held.body["charge_id"])
    assert build.balance(counter.shop) == 25


def test_a_phone_code_is_good_for_one_charge() -> None:
    counter, member = build.a_counter(), build.payer(100)
    code = build.phone_code(member)
    build.hold(counter, code)
    with pytest.raises(CodeUsed):
        build.hold(counter, code)
    assert build.balance(member) == 70


def test_a_refused_hold_does_not_spend_the_phone_code() -> None:
    counter, member = build.a_counter(), build.payer(20)
    code = build.phone_code(member)
    with pytest.raises(MemberCannotPay) as refusal:
        build.hold(counter, code, 30)
    assert refusal.value.data == {"needed": 30}, "what a member has is not the clerk's business"
    build.hold(counter, code, 20)


def test_above_a_limit_the_phone_code_needs_the_pin() -> None:
    counter, member = build.a_counter(), build.payer(300, pin=True)
    held = build.hold(counter, build.phone_code(member), 101).body
    assert held["pin_needed"] is True
    key = new_id()
    with pytest.raises(PinNeeded):
        build.take(counter, held["charge_id"], key=key)
    with pytest.raises(PinWrong):
        build.take(counter, held["charge_id"], "111122", key=key)
    assert build.balance(counter.shop) == 0
    answer = build.take(counter, held["charge_id"], build.PIN, key=key)
    assert answer.body["outcome"] == "paid"
    assert build.take(counter, held["charge_id"], key=key).replayed, "a repeat needs no PIN"
    assert build.balance(counter.shop) == 101


def test_at_the_limit_no_pin_is_needed() -> None:
    counter, member = build.a_counter(), build.payer(300)
    held = build.hold(counter, build.phone_code(member), 100).body
    assert build.take(counter, held["charge_id"]).body["outcome"] == "paid"


def test_the_clerk_does_not_take_an_order_in_place_of_the_member() -> None:
    counter, member = build.a_counter(), build.payer()
    charge_id = build.order(counter, member)
    with pytest.raises(MemberConfirms):
        build.take(counter, charge_id)


# --- a printed card


def test_a_card_identifies_and_pays_only_with_the_pin() -> None:
    counter, member = build.a_counter(), build.payer(100, pin=True)
    held = build.hold(counter, people.card(build.facts(member)), 10).body
    assert held["pin_needed"] is True
    assert build.balance(member) == 100, "a card alone does not even hold points"
    with pytest.raises(PinNeeded):
        build.take(counter, held["charge_id"])
    build.take(counter, held["charge_id"], build.PIN)
    assert (build.balance(member), build.balance(counter.shop)) == (90, 10)


def test_a_card_without_a_pin_never_pays() -> None:
    counter, member = build.a_counter(), build.payer(100)
    held = build.hold(counter, people.card(build.facts(member)), 1).body
    with pytest.raises(PinMissing):
        build.take(counter, held["charge_id"], "739264")
    assert build.balance(member) == 100


def test_wrong_pins_at_a_counter_lock_the_pin() -> None:
    counter, member = build.a_counter(), build.payer(100, pin=True)
    held = build.hold(counter, people.card(build.facts(member)), 10).body
    for _ in range(4):
        with pytest.raises(PinWrong):
            build.take(counter, held["charge_id"], "111122")
    with pytest.raises(PinLocked):
        build.take(counter, held["charge_id"], "111122")
    with pytest.raises(PinLocked):
        build.take(counter, held["charge_id"], build.PIN)
    assert build.balance(member) == 100


def test_nobody_but_the_shops_people_can_try_a_pin() -> None:
    """Else anybody who learns of a charge could lock the member's PIN."""
    counter, member, other = build.a_counter(), build.payer(100, pin=True), build.a_counter()
    held = build.hold(counter, people.card(build.facts(member)), 10).body
    for _ in range(6):
        with pytest.raises(NotYourShop):
            merchants.service.take_charge(
                other.clerk, key=new_id(), charge_id=UUID(held["charge_id"]), pin="111122"
            )
    build.take(counter, held["charge_id"], build.PIN)


def test_a_lost_card_and_other_codes_start_no_charge() -> None:
    counter, member = build.a_counter(), build.payer(100, pin=True)
    card = people.card(build.facts(member))
    members.service.revoke_card(SYSTEM, build.facts(member).id)
    for code in (card, merchants.service.order_code(new_id()), shops.plate_of(counter.shop)):
        with pytest.raises(Exception, match=r"card_(revoked|unknown)"):
            build.hold(counter, code, 10)
    assert build.charges() == 0


# --- the plate on the counter


def test_a_plate_shows_the_shop_and_pays_at_once() -> None:
    counter, member = build.a_counter(), build.payer(100)
    seen = build.scan(member, shops.plate_of(counter.shop))
    assert (seen.body["outcome"], seen.body["merchant_id"]) == ("shop", str(counter.shop.id))
    answer = build.pay_plate(counter, member, 20)
    assert (answer.body["outcome"], answer.body["balance"]) == ("paid", 80)
    assert build.balance(counter.shop) == 20


def test_the_same_payment_by_plate_sent_twice_is_one() -> None:
    counter, member, key = build.a_counter(), build.payer(100), new_id()
    first, again = (build.pay_plate(counter, member, 20, key=key) for _ in range(2))
    assert (again.replayed, again.body) == (True, first.body)
    assert build.balance(counter.shop) == 20


def test_a_plate_that_was_printed_anew_pays_nobody() -> None:
    counter, member = build.a_counter(), build.payer(100)
    old = shops.plate_of(counter.shop)
    merchants.service.reprint_plate(SYSTEM, counter.shop.id, generation=1)
    with pytest.raises(Exception, match="shop_plate_replaced"):
        build.pay_plate(counter, member, code=old)
    with pytest.raises(Exception, match="shop_plate_unknown"):
        build.pay_plate(counter, member, code=merchants.service.order_code(new_id()))
    assert build.balance(member) == 100


def test_an_order_code_is_an_order_code() -> None:
    assert merchants.service.order_code(new_id()).kind is Kind.ORDER
