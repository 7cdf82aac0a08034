"""How much may be paid, and what is written down for a person to look at."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

import merchants.queries
import merchants.service
from core.auth import SYSTEM, Actor
from core.clock import FrozenClock
from core.db import new_id
from members.errors import NotOnOneself
from merchants.errors import (
    FlagUnknown,
    MemberDayLimitReached,
    OwnShop,
    PaymentLimitPassed,
    PlateDayLimitReached,
    PlateLimitPassed,
    ShopDayLimitReached,
)
from merchants.rules import charging as rules
from tests.support import counter_builders as build
from tests.support import members_builders as people
from tests.support import merchants_builders as shops
from tests.support import points_builders as points

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture(autouse=True)
def books_stay_right(app: Flask, clock: FrozenClock) -> Iterator[None]:
    """Limits refuse before anything moves."""
    yield
    assert points.faults() == {}


# --- limits


def test_one_payment_has_a_limit_that_a_shop_may_change() -> None:
    counter, member = build.a_counter(), build.payer(2000, pin=True)
    with pytest.raises(PaymentLimitPassed) as refusal:
        build.show(counter, 501)
    assert refusal.value.data == {"most": 500}
    with pytest.raises(PaymentLimitPassed):
        build.hold(counter, build.phone_code(member), 501)
    build.paid(counter, member, 500)
    dear = build.a_counter(payment_limit=800)
    build.paid(dear, member, 800)


def test_by_the_plate_less_can_be_paid_at_once_and_in_a_day(clock: FrozenClock) -> None:
    counter, other, member = build.a_counter(), build.a_counter(), build.payer(500)
    with pytest.raises(PlateLimitPassed):
        build.pay_plate(counter, member, 51)
    build.pay_plate(counter, member, 50)
    build.pay_plate(other, member, 40)
    with pytest.raises(PlateDayLimitReached) as refusal:
        build.pay_plate(counter, member, 11)
    assert refusal.value.data == {"most": 100, "left": 10}
    build.pay_plate(counter, member, 10)
    build.paid(counter, member, 60)
    clock.tick(days=1)
    build.pay_plate(counter, member, 50)


def test_a_member_pays_only_so_much_at_one_shop_in_a_day(clock: FrozenClock) -> None:
    counter, member = build.a_counter(member_day_limit=100), build.payer(500)
    build.paid(counter, member, 60)
    build.order(counter, member, 30)
    with pytest.raises(MemberDayLimitReached) as refusal:
        build.order(counter, member, 11)
    assert refusal.value.data == {"most": 100, "left": 10}
    build.paid(build.a_counter(), member, 60)
    build.paid(counter, build.payer(100), 60)
    clock.tick(days=1)
    build.paid(counter, member, 100)


def test_what_is_given_back_or_called_off_no_longer_counts() -> None:
    counter, member = build.a_counter(member_day_limit=100), build.payer(500)
    paid, held = build.paid(counter, member, 60), build.order(counter, member, 40)
    merchants.service.void_charge(counter.clerk, key=new_id(), charge_id=paid)
    merchants.service.decline_charge(member, key=new_id(), charge_id=held)
    build.paid(counter, member, 100)


def test_a_shop_takes_only_so_much_in_a_day() -> None:
    counter = build.a_counter(day_limit=100)
    build.paid(counter, build.payer(), 70)
    with pytest.raises(ShopDayLimitReached) as refusal:
        build.paid(counter, build.payer(), 31)
    assert refusal.value.data == {"most": 100}, "what a shop takes is nobody else's business"
    build.paid(counter, build.payer(), 30)


def test_a_day_is_the_programmes_day(clock: FrozenClock) -> None:
    clock.move_to(datetime(2026, 11, 18, 23, 59, tzinfo=SHANGHAI))
    counter, member = build.a_counter(member_day_limit=50), build.payer(500)
    build.paid(counter, member, 50)
    clock.tick(minutes=1)
    build.paid(counter, member, 50)


# --- flags


def test_the_same_member_again_and_again_is_noticed_once_a_day(clock: FrozenClock) -> None:
    counter, member = build.a_counter(), build.payer(500)
    paid = []
    for _ in range(6):
        paid.append(build.paid(counter, member, 7))
        clock.tick(minutes=20)
    assert [build.flags(each) for each in paid] == [[], [], [], ["same_pair"], [], []]
    build.paid(counter, build.payer(), 7)
    assert build.flags() == ["same_pair"]


def test_ten_times_in_a_week_is_noticed_too(clock: FrozenClock) -> None:
    counter, member = build.a_counter(), build.payer(500)
    for count in range(1, 10):
        build.paid(counter, member, 7)
        clock.tick(hours=12 if count % 2 else 20)
    assert build.flags() == []
    tenth = build.paid(counter, member, 7)
    (odd,) = merchants.queries.odd_charges().items
    assert (odd.charge.id, odd.data["in_week"]) == (tenth, 10)


def test_a_clerk_who_pays_himself_is_paid_and_noticed() -> None:
    counter = build.a_counter()
    assert counter.clerk.member_id is not None
    points.earn(counter.clerk.member_id, 100)
    held = build.hold(counter, build.phone_code(counter.clerk)).body["charge_id"]
    build.take(counter, held)
    assert (build.state(held), build.flags(held)) == ("paid", ["own_shop"])
    assert build.flags(UUID(build.pay_plate(counter, counter.clerk).body["charge_id"])) == ["own_shop"]


def test_an_account_that_a_clerk_looks_after_is_noticed_like_his_own() -> None:
    counter = build.a_counter()
    granny = people.managed(counter.clerk)
    points.earn(granny.id, 100)
    held = build.hold(counter, people.card(granny), 10).body["charge_id"]
    build.give_pin(granny.id)
    build.take(counter, held, build.PIN)
    assert build.flags(held) == ["own_shop"]


def test_round_amounts_around_closing_time_are_noticed(clock: FrozenClock) -> None:
    """The shop closes at seven in the evening."""
    counter = build.a_counter(hours=shops.HOURS)
    clock.move_to(datetime(2026, 11, 18, 18, 20, tzinfo=SHANGHAI))
    for _ in range(3):
        build.paid(counter, build.payer(200), 50)
    assert build.flags() == [], "twenty past six is not closing time"
    clock.move_to(datetime(2026, 11, 18, 18, 40, tzinfo=SHANGHAI))
    build.paid(counter, build.payer(200), 100)
    build.paid(counter, build.payer(200), 51)
    build.paid(counter, build.payer(200), 50)
    assert build.flags() == []
    clock.move_to(datetime(2026, 11, 18, 19, 25, tzinfo=SHANGHAI))
    third = build.paid(counter, build.payer(200), 150)
    assert build.flags(third) == ["closing_time"]


def give(counter: build.Counter, member: Actor, amount: int) -> None:
    merchants.service.give_points(
        counter.clerk,
        key=new_id(),
        merchant_id=counter.shop.id,
        receiver=merchants.service.Receiver(number=str(build.facts(member).number)),
        points=amount,
    )


def test_a_gift_that_comes_back_as_payment_is_noticed_once_however_it_is_cut(clock: FrozenClock) -> None:
    counter, member = build.a_counter(), build.payer(100)
    shops.a_budget(counter.shop, 100)
    build.paid(counter, member, 20)
    clock.tick(minutes=1)
    give(counter, member, 5)
    give(counter, member, 5)
    clock.tick(minutes=1)
    first = build.paid(counter, member, 9)
    clock.tick(days=20)
    second, third = build.paid(counter, member, 1), build.paid(counter, member, 10)
    assert [build.flags(each) for each in (first, second, third)] == [[], ["gift_returned"], []]
    (odd,) = merchants.queries.odd_charges().items
    assert odd.data == {"given": 10, "paid": 10, "days": 30}
    clock.tick(days=1)
    give(counter, member, 5)
    clock.tick(minutes=1)
    assert build.flags(build.paid(counter, member, 5)) == ["gift_returned"], "a new gift, a new look"


def test_what_is_paid_elsewhere_or_a_month_later_is_no_gift_that_came_back(clock: FrozenClock) -> None:
    counter, other, member = build.a_counter(), build.a_counter(name="大周理发店"), build.payer(100)
    shops.a_budget(counter.shop, 100)
    give(counter, member, 5)
    clock.tick(minutes=1)
    build.paid(other, member, 10)
    build.paid(counter, build.payer(), 10)
    clock.tick(days=30)
    build.paid(counter, member, 10)
    assert build.flags() == []


def test_the_desk_looks_at_odd_charges_and_says_what_it_found() -> None:
    counter, officer = build.a_counter(), people.staff()
    points.earn(build.facts(counter.owner).id, 100)
    charge_id = build.paid(counter, counter.owner)
    assert merchants.queries.odd_count() == 1
    (odd,) = merchants.queries.odd_charges().items
    assert (odd.kind, odd.charge.id) == ("own_shop", charge_id)
    key = new_id()
    for _ in range(2):
        merchants.service.see_flag(officer, key=key, flag_id=odd.id, note="自己理发，没问题")
    assert (merchants.queries.odd_count(), merchants.queries.odd_charges().items) == (0, [])
    (seen,) = merchants.queries.odd_charges(seen=True).items
    assert seen.note == "自己理发，没问题"
    with pytest.raises(FlagUnknown):
        merchants.service.see_flag(officer, key=new_id(), flag_id=new_id())
    shops.a_clerk(counter.shop, build.facts(officer))
    with pytest.raises(OwnShop):
        merchants.service.see_flag(officer, key=new_id(), flag_id=odd.id)
    merchants.service.see_flag(SYSTEM, key=new_id(), flag_id=odd.id)


def test_nobody_of_the_desk_judges_his_own_payments() -> None:
    counter, officer = build.a_counter(), people.staff()
    points.earn(build.facts(officer).id, 200)
    for _ in range(rules.PAIR_A_DAY):
        build.paid(counter, officer)
    (odd,) = merchants.queries.odd_charges().items
    with pytest.raises(NotOnOneself):
        merchants.service.see_flag(officer, key=new_id(), flag_id=odd.id)
    merchants.service.see_flag(people.staff(), key=new_id(), flag_id=odd.id)
    assert merchants.queries.odd_count() == 0


# --- closing times


@pytest.mark.parametrize(
    ("at", "near"),
    [
        ("2026-11-18T18:29", False),
        ("2026-11-18T18:30", True),
        ("2026-11-18T19:30", True),
        ("2026-11-18T19:31", False),
        ("2026-11-18T12:10", True),
        ("2026-11-22T12:00", True),
        ("2026-11-22T19:00", False),
    ],
)
def test_closing_time_is_half_an_hour_on_either_side(at: str, near: bool) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=SHANGHAI)
    assert (rules.around_closing(shops.HOURS, moment) is not None) is near


def test_a_shop_that_closes_at_midnight_closes_also_after_it() -> None:
    hours = [[[600, 1440]]] * 7
    found = rules.around_closing(hours, datetime(2026, 11, 18, 0, 20, tzinfo=SHANGHAI))
    assert found == (
        datetime(2026, 11, 17, 23, 30, tzinfo=SHANGHAI),
        datetime(2026, 11, 18, 0, 30, tzinfo=SHANGHAI),
    )
    assert rules.around_closing([], datetime(2026, 11, 18, 0, 20, tzinfo=SHANGHAI)) is None
