"""What partner shops earn, give and are paid: the ledger's side of it."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask

from core import clock as core_clock
from core.auth import SYSTEM
from core.clock import FrozenClock
from core.db import db, transaction
from core.locales import in_language
from core.receipts import KeyReused
from points import ledger, queries, service, words
from points.errors import (
    AmountInvalid,
    AwardExpired,
    DailyCapReached,
    PointsNotEnough,
    RuleForMembers,
    RuleForShops,
    RuleUnknown,
    TransferNotReversible,
    TransferReversed,
    WeeklyCapReached,
)
from tests.support import points_builders as build

NEVER = date(9999, 12, 31)


@pytest.fixture
def shop(database_app: Flask, clock: FrozenClock) -> UUID:
    """A shop; the tariff is installed."""
    service.install_tariff()
    return uuid4()


@pytest.fixture
def app_in_english(database_app: Flask) -> Iterator[None]:
    with database_app.test_request_context(), in_language("en"):
        yield


def grant(shop: UUID, points: int, key: UUID | None = None) -> UUID:
    with transaction():
        return service.grant_budget(SYSTEM, key=key or uuid4(), merchant_id=shop, points=points)


def withdraw(shop: UUID, points: int) -> UUID:
    with transaction():
        return service.withdraw_budget(SYSTEM, key=uuid4(), merchant_id=shop, points=points)


def give(shop: UUID, member_id: UUID, points: int, key: UUID | None = None) -> UUID:
    with transaction():
        return service.give(
            SYSTEM,
            key=key or uuid4(),
            merchant_id=shop,
            member_id=member_id,
            points=points,
            subject_id=uuid4(),
            memo="帮忙搬货",
        )


def deed(shop: UUID, rule_code: str, key: UUID | None = None) -> service.Paid:
    with transaction():
        return service.pay_shop_deed(
            SYSTEM,
            key=key or uuid4(),
            merchant_id=shop,
            rule_code=rule_code,
            happened_at=core_clock.now(),
            subject_id=uuid4(),
        )


def take_back(transfer_id: UUID) -> UUID:
    with transaction():
        return service.take_back(SYSTEM, key=uuid4(), transfer_id=transfer_id, memo="记错了")


def hold(member_id: UUID, points: int, subject_type: str = "test", subject_id: UUID | None = None) -> UUID:
    with transaction():
        return service.reserve(
            SYSTEM,
            key=uuid4(),
            member_id=member_id,
            points=points,
            subject_type=subject_type,
            subject_id=subject_id or uuid4(),
        )


def charge(shop: UUID, member_id: UUID, points: int, subject_type: str = "test") -> UUID:
    """Points paid to the shop; the id of the reservation. A "charge" or "redemption" is only for what looks at words or
    takings: the check of the books asks the packages above for theirs.
    """
    reservation = hold(member_id, points, subject_type)
    with transaction():
        service.pay(SYSTEM, key=uuid4(), reservation_id=reservation, merchant_id=shop)
    return reservation


def refund(reservation_id: UUID) -> UUID:
    with transaction():
        return service.refund(SYSTEM, key=uuid4(), reservation_id=reservation_id)


def settle(shop: UUID, points: int) -> UUID:
    with transaction():
        return service.settle(SYSTEM, key=uuid4(), merchant_id=shop, points=points)


# --- Budgets ---------------------------------------------------------------------------------------------------------


def test_a_shop_gives_points_out_of_its_budget_and_no_more_than_is_in_it(shop: UUID) -> None:
    wang = build.member().id
    grant(shop, 30)
    give(shop, wang, 20)
    assert (queries.budget(shop), build.balance(wang)) == (10, 20)
    with pytest.raises(PointsNotEnough) as refused:
        give(shop, wang, 11)
    assert refused.value.data == {"needed": 11, "balance": 10, "missing": 1}
    assert (queries.budget(shop), build.balance(wang)) == (10, 20)
    assert build.faults() == {}


def test_a_shop_without_a_budget_gives_nothing(shop: UUID) -> None:
    with pytest.raises(PointsNotEnough):
        give(shop, build.member().id, 1)
    assert queries.budget(shop) == 0


def test_takings_are_not_the_budget_and_the_budget_is_not_paid_out(shop: UUID) -> None:
    wang = build.member().id
    build.earn(wang, 10)
    charge(shop, wang, 10)
    with pytest.raises(PointsNotEnough):
        give(shop, wang, 1)
    grant(shop, 7)
    assert (build.balance(shop), queries.budget(shop)) == (10, 7)


def test_given_points_expire_like_earned_ones_and_count_for_no_score(shop: UUID) -> None:
    wang = build.member().id
    grant(shop, 10)
    give(shop, wang, 10)
    assert queries.lots(wang) == (queries.LotLine(date(2027, 12, 31), 10),)
    assert queries.earned(wang, "ALL") == queries.Earned(0, 0)


def test_what_was_not_given_yet_can_be_withdrawn_and_no_more(shop: UUID) -> None:
    grant(shop, 10)
    withdraw(shop, 4)
    with pytest.raises(PointsNotEnough):
        withdraw(shop, 7)
    assert queries.budget(shop) == 6
    assert build.faults() == {}


def test_a_budget_never_expires(shop: UUID, clock: FrozenClock) -> None:
    grant(shop, 10)
    clock.tick(days=3000)
    service.expire()
    assert queries.budget(shop) == 10
    assert build.faults() == {}


@pytest.mark.parametrize("points", [0, -1, 1_000_001, True, 1.0])
def test_only_whole_numbers_of_points_are_granted_given_and_withdrawn(shop: UUID, points: int) -> None:
    grant(shop, 10)
    for act in (
        lambda: grant(shop, points),
        lambda: withdraw(shop, points),
        lambda: give(shop, uuid4(), points),
    ):
        with pytest.raises(AmountInvalid):
            act()


def test_one_key_grants_and_gives_once(shop: UUID) -> None:
    wang, key, again = build.member().id, uuid4(), uuid4()
    grant(shop, 10, key)
    give(shop, wang, 3, again)
    for act in (lambda: grant(shop, 10, key), lambda: give(shop, wang, 3, again)):
        with pytest.raises(KeyReused):
            act()
    assert (queries.budget(shop), build.balance(wang)) == (7, 3)


def test_a_gift_is_taken_back_once_and_goes_back_into_the_budget(shop: UUID) -> None:
    wang = build.member().id
    grant(shop, 10)
    gift = give(shop, wang, 10)
    build.reserve(wang, 4)
    take_back(gift)
    assert (queries.budget(shop), build.balance(wang), build.owed(wang)) == (10, 0, 4)
    with pytest.raises(TransferReversed):
        take_back(gift)
    assert build.faults() == {}


def test_a_gift_past_its_day_is_not_taken_back(shop: UUID, clock: FrozenClock) -> None:
    grant(shop, 10)
    gift = give(shop, build.member().id, 10)
    clock.tick(days=800)
    with pytest.raises(AwardExpired):
        take_back(gift)


# --- Deeds -----------------------------------------------------------------------------------------------------------


def test_a_shop_earns_by_its_own_rules_up_to_their_caps(shop: UUID, clock: FrozenClock) -> None:
    assert deed(shop, "shop_self_check").points == 10
    with pytest.raises(WeeklyCapReached):
        deed(shop, "shop_self_check")
    assert deed(shop, "shop_help").balance == 15
    with pytest.raises(DailyCapReached):
        deed(shop, "shop_help")
    assert deed(uuid4(), "shop_help").balance == 5
    clock.tick(days=7)
    assert deed(shop, "shop_self_check").balance == 25
    assert queries.merchant_earned(shop) == 25
    assert build.faults() == {}


def test_rules_for_shops_pay_no_member_and_rules_for_members_pay_no_shop(shop: UUID) -> None:
    coordinator, wang = build.coordinator(), build.member()
    with pytest.raises(RuleForShops):
        service.award_deed(coordinator, key=uuid4(), member_id=wang.id, rule_code="shop_help")
    with pytest.raises(RuleForMembers):
        deed(shop, "lead")
    with pytest.raises(RuleUnknown):
        deed(shop, "no_such_rule")
    assert (build.balance(wang.id), build.balance(shop)) == (0, 0)


def test_one_key_pays_one_deed_of_a_shop(shop: UUID) -> None:
    key = uuid4()
    deed(shop, "shop_notice", key)
    with pytest.raises(KeyReused):
        deed(shop, "shop_notice", key)
    assert queries.merchant_earned(shop) == 5


def test_a_withdrawn_deed_of_a_shop_no_longer_stands_for_it(shop: UUID) -> None:
    first, second = deed(shop, "shop_notice"), deed(shop, "shop_notice")
    take_back(first.transfer_id)
    assert (queries.merchant_earned(shop), build.balance(shop)) == (5, 5)
    assert queries.merchants_earned([shop, uuid4()]) == {shop: 5}
    assert second.balance == 10
    assert build.faults() == {}


def test_only_gifts_and_deeds_of_shops_are_taken_back_this_way(shop: UUID) -> None:
    wang = build.member().id
    earning = build.earn(wang, 10)
    with pytest.raises(TransferNotReversible):
        take_back(earning)
    with pytest.raises(TransferNotReversible):
        take_back(grant(shop, 10))


# --- Refund and settlement -------------------------------------------------------------------------------------------


def test_a_refund_is_made_even_when_the_shop_has_been_paid_out(shop: UUID) -> None:
    wang = build.member().id
    build.earn(wang, 100)
    sold = charge(shop, wang, 30)
    settle(shop, 30)
    refund(sold)
    assert (build.balance(wang), build.balance(shop), build.owed(shop)) == (100, 0, 30)
    assert build.faults() == {}


def test_a_settled_month_a_refund_and_the_next_settlement_balance(shop: UUID) -> None:
    wang = build.member().id
    build.earn(wang, 200)
    first = charge(shop, wang, 100)
    settle(shop, 100)
    refund(first)
    charge(shop, wang, 130)
    assert (build.balance(shop), build.owed(shop)) == (30, 0)
    settle(shop, 130 - 100)
    assert (build.balance(shop), build.owed(shop), build.balance(wang)) == (0, 0, 70)
    assert build.faults() == {}


def test_a_refund_between_the_months_end_and_the_payment_does_not_stop_the_payment(shop: UUID) -> None:
    wang = build.member().id
    build.earn(wang, 200)
    first = charge(shop, wang, 100)
    refund(first)
    settle(shop, 100)
    assert (build.balance(shop), build.owed(shop)) == (0, 100)
    charge(shop, wang, 160)
    assert (build.balance(shop), build.owed(shop)) == (60, 0)
    settle(shop, 160 - 100)
    assert (build.balance(shop), build.owed(shop)) == (0, 0)
    assert build.faults() == {}


def test_points_for_a_shops_deeds_stay_with_it_when_its_takings_are_paid_out(shop: UUID) -> None:
    wang = build.member().id
    build.earn(wang, 50)
    deed(shop, "shop_self_check")
    sold = charge(shop, wang, 50)
    settle(shop, 50)
    assert build.balance(shop) == 10
    refund(sold)
    assert (build.balance(shop), build.owed(shop)) == (0, 40)
    charge(shop, wang, 50)
    assert (build.balance(shop), build.owed(shop)) == (10, 0)
    assert build.faults() == {}


# --- Takings ---------------------------------------------------------------------------------------------------------


def start_of(year: int, month: int) -> datetime:
    return core_clock.start_of(date(year, month, 1))


def test_takings_are_payments_less_what_was_given_back_in_the_month_in_which_each_was_booked(
    shop: UUID, clock: FrozenClock
) -> None:
    wang, other = build.member().id, uuid4()
    build.earn(wang, 500)
    deed(shop, "shop_self_check")
    clock.move_to(start_of(2026, 12) - timedelta(seconds=1))
    sold = charge(shop, wang, 100, "charge")
    charge(other, wang, 7, "charge")
    clock.move_to(start_of(2026, 12))
    charge(shop, wang, 40, "redemption")
    settle(shop, 100)
    back = refund(sold)
    november = queries.takings([shop], start_of(2026, 11), start_of(2026, 12))
    december = queries.takings([shop], start_of(2026, 12), start_of(2027, 1))
    assert [(each.kind, each.points) for each in november] == [("charge", 100)]
    assert sorted((each.kind, each.points) for each in december) == [("refund", -100), ("voucher", 40)]
    (given_back,) = [each for each in december if each.kind == "refund"]
    assert given_back.original_id == november[0].transfer_id
    assert given_back.original_posted_at == november[0].posted_at == start_of(2026, 12) - timedelta(seconds=1)
    assert given_back.merchant_id == shop
    assert given_back.transfer_id != back, (
        "the reversal of the payment, not the one that brings the points home"
    )
    everybody = queries.takings(None, start_of(2026, 11), start_of(2027, 1))
    assert sum(each.points for each in everybody) == 100 + 7 + 40 - 100
    assert {each.transfer_id for each in everybody} > {each.transfer_id for each in [*november, *december]}
    assert queries.takings([], start_of(2026, 11), start_of(2027, 1)) == []


def test_what_is_only_held_or_was_cancelled_is_no_taking(shop: UUID) -> None:
    wang = build.member().id
    build.earn(wang, 20)
    hold(wang, 5)
    cancelled = hold(wang, 6)
    with transaction():
        service.cancel(SYSTEM, key=uuid4(), reservation_id=cancelled)
    assert queries.takings(None, start_of(2026, 11), start_of(2026, 12)) == []


# --- Words -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every charge and gift is about one barber, every redemption about one lamp with a name in both languages."""
    monkeypatch.setattr(words, "_NAMES", {})
    for subject_type in ("charge", "shop_gift"):
        words.name_subject(subject_type, lambda ids: dict.fromkeys(ids, "老王理发店"))
    words.name_subject("redemption", lambda ids: dict.fromkeys(ids, ("台灯", "Desk lamp")))


def titles(account_id: UUID) -> list[str]:
    """The lines of a statement in words, the oldest first, with their signed points."""
    db.session.rollback()
    lines = words.with_names(reversed(queries.statement(account_id).items))
    return [f"{words.line_title(line)} {line.points:+}" for line in lines if line.kind != "earn"]


def story(shop: UUID, clock: FrozenClock) -> UUID:
    """A member who is given points, holds, pays, gets back, redeems here and there."""
    wang = build.member().id
    build.earn(wang, 200)
    grant(shop, 10)
    steps: list[Callable[[], UUID]] = [
        lambda: give(shop, wang, 5),
        lambda: charge(shop, wang, 30, "charge"),
        lambda: hold(wang, 20, "charge"),
        lambda: service.cancel(SYSTEM, key=uuid4(), reservation_id=hold(wang, 11, "charge")),
        lambda: refund(charge(shop, wang, 12, "charge")),
        lambda: charge(shop, wang, 13, "redemption"),
        lambda: service.release(SYSTEM, key=uuid4(), reservation_id=hold(wang, 14, "redemption")),
        lambda: hold(wang, 15, "redemption"),
    ]
    for step in steps:
        clock.tick(seconds=1)
        with transaction():
            step()
    return wang


def test_a_statement_says_where_points_were_paid_held_and_given_back(
    shop: UUID, clock: FrozenClock, app_in_english: None, named: None
) -> None:
    assert titles(story(shop, clock)) == [
        "Points from 老王理发店 +5",
        "Paid at 老王理发店 -30",
        "Held for 老王理发店 -20",
        "Held for 老王理发店 -11",
        "Given back: 老王理发店 +11",
        "Paid at 老王理发店 -12",
        "Given back: 老王理发店 +12",
        "Redeemed: Desk lamp -13",
        "Redeemed: Desk lamp -14",
        "Held for Desk lamp -15",
    ]


def test_a_statement_is_understood_without_names(
    shop: UUID, clock: FrozenClock, app_in_english: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "_NAMES", {})
    assert titles(story(shop, clock))[:5] == [
        "Points from a partner shop +5",
        "Paid at a partner shop -30",
        "Reserved for something you chose -20",
        "Reserved for something you chose -11",
        "Given back +11",
    ]


def test_the_statements_of_a_shop_and_of_its_budget_tell_their_side(
    shop: UUID, clock: FrozenClock, app_in_english: None, named: None
) -> None:
    wang = story(shop, clock)
    settle(shop, 60)
    take_back(give(shop, wang, 2))
    withdraw(shop, 5)
    clock.tick(seconds=1)
    assert sorted(titles(shop)) == [
        "Given back to the member -12",
        "Paid out in money -60",
        "Points taken as payment +12",
        "Points taken as payment +13",
        "Points taken as payment +30",
        "Was already spent: noted as owed +17",
    ]
    assert sorted(titles(ledger.budget(shop).id)) == [
        "Gift taken back +2",
        "Given to a member -2",
        "Given to a member -5",
        "Granted by the alliance +10",
        "Taken back by the alliance -5",
    ]
