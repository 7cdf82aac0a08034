"""Shops give points out of a budget: within their limits, to customers only, never more than they have."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

import members.service
import merchants.queries
import merchants.service
import points.queries
from core import clock as core_clock
from core.auth import SYSTEM
from core.codes import CodeMalformed
from core.db import db, new_id
from core.errors import DomainError, PermissionMissing
from members.errors import CardRevoked, CodeUsed, MemberOnLeave
from merchants.errors import (
    BudgetNotEnough,
    GiftMemberDayLimit,
    GiftReceiverMissing,
    GiftShopDayLimit,
    GiftTooLarge,
    GiftToOwnPeople,
    MemberNumberUnknown,
    NotYourShop,
    ShopClosedNow,
    ShopReasonMissing,
)
from merchants.models import Merchant, ShopGift
from merchants.service import Receiver, giving
from points.errors import AmountInvalid
from tests.support import members_builders as people
from tests.support import merchants_builders as shops
from tests.support import points_builders

NOT_AMOUNTS = [0, -1, 1.0, 1.5, 1e9, True, "5", "１２", 1_000_001, 2**63, None]


@pytest.fixture
def shop(app, clock):
    shop = shops.a_shop("小周理发店")
    shops.a_budget(shop, 200)
    return shop


@pytest.fixture
def clerk(shop):
    return people.actor(shops.a_clerk(shop))


def give(actor, shop, member=None, points=5, **more):
    receiver = more.pop("receiver", None) or Receiver(number=str(member.number))
    return merchants.service.give_points(
        actor, **{"key": new_id(), "merchant_id": shop.id, "receiver": receiver, "points": points, **more}
    )


def budget(shop):
    return points.queries.budget(shop.id)


# --- the budget


def test_the_desk_fills_a_budget_and_takes_back_what_was_not_given(database_app, clock):
    shop, desk = shops.a_shop(), people.staff()
    granted = merchants.service.grant_shop_budget(
        desk, key=new_id(), merchant_id=shop.id, points=100, reason="重阳节活动"
    )
    assert granted.body["budget"] == budget(shop) == 100
    merchants.service.withdraw_shop_budget(
        desk, key=new_id(), merchant_id=shop.id, points=40, reason="活动结束"
    )
    assert budget(shop) == 60
    with pytest.raises(BudgetNotEnough) as refusal:
        merchants.service.withdraw_shop_budget(
            desk, key=new_id(), merchant_id=shop.id, points=61, reason="全部收回"
        )
    assert refusal.value.data == {"needed": 61, "balance": 60}
    changes = merchants.queries.budget_changes(shop.id).items
    assert [(each.points, each.reason) for each in changes] == [(-40, "活动结束"), (100, "重阳节活动")]
    assert points_builders.faults() == {}


def test_the_same_grant_sent_twice_is_granted_once(shop):
    desk, key = people.staff(), new_id()
    for _ in range(2):
        merchants.service.grant_shop_budget(desk, key=key, merchant_id=shop.id, points=50, reason="活动")
    assert budget(shop) == 250


@pytest.mark.parametrize("amount", NOT_AMOUNTS)
def test_a_budget_moves_in_whole_points(shop, amount):
    desk = people.staff()
    for change in (merchants.service.grant_shop_budget, merchants.service.withdraw_shop_budget):
        with pytest.raises(AmountInvalid):
            change(desk, key=new_id(), merchant_id=shop.id, points=amount, reason="活动")
    assert budget(shop) == 200


def test_a_grant_has_a_reason_and_comes_from_the_desk(shop):
    wish = {"merchant_id": shop.id, "points": 10}
    with pytest.raises(ShopReasonMissing):
        merchants.service.grant_shop_budget(people.staff(), key=new_id(), reason=" ", **wish)
    for actor in (people.actor(shops.the_owner(shop)), people.staff("auditor")):
        with pytest.raises(PermissionMissing):
            merchants.service.grant_shop_budget(actor, key=new_id(), reason="自己给自己", **wish)


def test_a_shop_that_has_left_gets_nothing_and_its_budget_comes_home(shop):
    desk = people.staff()
    merchants.service.end_shop(desk, shop.id, "搬走")
    with pytest.raises(ShopClosedNow):
        merchants.service.grant_shop_budget(desk, key=new_id(), merchant_id=shop.id, points=1, reason="活动")
    merchants.service.withdraw_shop_budget(desk, key=new_id(), merchant_id=shop.id, points=200, reason="搬走")
    assert budget(shop) == 0


# --- gifts


def test_a_customer_gets_points_that_expire_like_earned_ones_and_count_for_no_score(database_app, clock):
    shop, customer = shops.a_shop("小周理发店"), people.member("王小芳")
    shops.a_budget(shop, 50)
    clerk = shops.a_clerk(shop)
    answer = give(people.actor(clerk), shop, customer, 5, reason="理发满五十元")
    assert (answer.body["points"], answer.body["budget"]) == (5, 45)
    assert points.queries.balance(customer.id) == 5
    assert points.queries.earned(customer.id, "ALL").points == 0
    (lot,) = points.queries.lots(customer.id)
    assert lot.expires_on.isoformat() == "2027-12-31"
    (line,) = merchants.queries.gifts(shop.id).items
    assert (line.points, line.member_name, line.clerk_name, line.reason) == (
        5,
        "王*芳",
        clerk.name,
        "理发满五十元",
    )
    (day,) = merchants.queries.by_clerk(shop.id, core_clock.today(), core_clock.today())
    assert (day.clerk_id, day.gifts, day.given, day.charges) == (clerk.id, 1, 5, 0)
    assert (day.withdrawn_gifts, day.withdrawn) == (0, 0)
    assert points_builders.faults() == {}


def test_a_gift_goes_to_the_phone_or_the_card_that_was_scanned(shop, clerk):
    customer = people.member("王小芳")
    code = members.service.phone_code(people.actor(customer)).code
    give(clerk, shop, receiver=Receiver(code=code.text))
    with pytest.raises(CodeUsed):
        give(clerk, shop, receiver=Receiver(code=code.text))
    card = people.card(customer)
    give(clerk, shop, receiver=Receiver(code=card.text))
    members.service.revoke_card(SYSTEM, customer.id)
    with pytest.raises(CardRevoked):
        give(clerk, shop, receiver=Receiver(code=card.text))
    assert points.queries.balance(customer.id) == 10


def test_a_refused_gift_does_not_use_up_the_phones_code(shop, clerk):
    customer = people.member("王小芳")
    code = members.service.phone_code(people.actor(customer)).code
    with pytest.raises(GiftTooLarge):
        give(clerk, shop, receiver=Receiver(code=code.text), points=21)
    assert give(clerk, shop, receiver=Receiver(code=code.text), points=20).body["points"] == 20


def test_the_same_gift_sent_twice_is_given_once(shop, clerk):
    customer, key = people.member(), new_id()
    answers = [give(clerk, shop, customer, key=key) for _ in range(2)]
    assert [each.replayed for each in answers] == [False, True]
    assert points.queries.balance(customer.id) == 5


def test_nobody_gives_to_himself_his_mates_or_his_household(shop, clerk):
    mate = shops.a_clerk(shop)
    helper = people.member("儿子")
    mother = people.managed(people.actor(helper))
    shops.a_clerk(shop, helper)
    own = members_of(clerk)
    former = shops.a_clerk(shop)
    merchants.service.remove_clerk(SYSTEM, merchant_id=shop.id, member_id=former.id)
    for receiver in (own, mate, helper, mother, shops.the_owner(shop), former):
        with pytest.raises(GiftToOwnPeople):
            give(clerk, shop, receiver)
    assert budget(shop) == 200


def members_of(actor):
    return members.queries.facts(actor.id)


def test_each_limit_of_gifts_holds(shop, clerk, clock):
    customer = people.member()
    with pytest.raises(GiftTooLarge):
        give(clerk, shop, customer, 21)
    for _ in range(2):
        give(clerk, shop, customer, 20)
    with pytest.raises(GiftMemberDayLimit) as refusal:
        give(clerk, shop, customer, 1)
    assert refusal.value.data == {"limit": 40, "left": 0}
    clock.tick(days=1)
    give(clerk, shop, customer, 20)


def test_a_shop_gives_so_much_in_a_day(make_app, clock):
    with make_app(shop_gift_day_limit=30).app_context():
        shop = shops.a_shop()
        shops.a_budget(shop)
        clerk = people.actor(shops.a_clerk(shop))
        give(clerk, shop, people.member(), 20)
        with pytest.raises(GiftShopDayLimit) as refusal:
            give(clerk, shop, people.member(), 11)
        assert refusal.value.data["left"] == 10
        give(clerk, shop, people.member(), 10)


@pytest.mark.parametrize("amount", NOT_AMOUNTS)
def test_a_gift_is_a_whole_number_of_points(shop, clerk, amount):
    with pytest.raises(AmountInvalid):
        give(clerk, shop, people.member(), amount)
    assert budget(shop) == 200


@pytest.mark.parametrize(
    ("receiver", "refusal"),
    [
        (Receiver(), GiftReceiverMissing),
        (Receiver(code="M", number="1"), GiftReceiverMissing),
        (Receiver(number="1234567"), MemberNumberUnknown),
        (Receiver(number="=1+1"), MemberNumberUnknown),
        (Receiver(code="=1+1"), DomainError),
        (Receiver(code="\ud800\x00"), CodeMalformed),
    ],
)
def test_a_gift_names_one_member(shop, clerk, receiver, refusal):
    with pytest.raises(refusal):
        give(clerk, shop, receiver=receiver)


def test_a_gift_needs_budget_an_open_shop_a_clerk_and_an_active_member(shop, clerk):
    customer, stranger = people.member(), people.actor(people.member())
    with pytest.raises(NotYourShop):
        give(stranger, shop, customer)
    resting = people.member("休假")
    members.service.take_leave(SYSTEM, resting.id, None)
    with pytest.raises(MemberOnLeave):
        give(clerk, shop, resting)
    merchants.service.pause_shop(SYSTEM, shop.id, "装修")
    with pytest.raises(ShopClosedNow):
        give(clerk, shop, customer)
    poor = shops.a_shop()
    with pytest.raises(BudgetNotEnough):
        give(people.actor(shops.the_owner(poor)), poor, customer)


def test_the_gift_of_a_shared_phone_is_written_down_for_who_stood_there(shop, clerk):
    owner, customer = people.actor(shops.the_owner(shop)), people.member()
    give(owner, shop, customer, clerk_id=clerk.id)
    assert db.session.scalars(sa.select(ShopGift.clerk_id)).all() == [clerk.id]


# --- many at once, on both engines

#: Who does not come is a fault of the test, not a reason to wait for ever.
PATIENCE_SECONDS = 60


def all_at_once(app, works):
    together = threading.Barrier(len(works))

    def run(work):
        with app.app_context():
            together.wait(PATIENCE_SECONDS)
            try:
                return work().body["outcome"]
            except DomainError as refusal:
                return refusal.code

    with ThreadPoolExecutor(len(works)) as pool:
        return Counter(pool.map(run, works))


def crowd(app, shop_points):
    shop = shops.a_shop()
    shops.a_budget(shop, shop_points)
    actor = people.actor(shops.a_clerk(shop))
    customers = [people.member(f"顾客{n}") for n in range(12)]
    db.session.rollback()
    return shop, [(lambda customer=customer: give(actor, shop, customer, 10)) for customer in customers]


def test_a_budget_is_never_overdrawn_by_clerks_who_give_at_the_same_moment(database_app, clock):
    shop, works = crowd(database_app, 55)
    assert all_at_once(database_app, works) == {"points_given": 5, "budget_not_enough": 7}
    assert budget(shop) == 5
    assert points_builders.faults() == {}


def test_the_limit_of_the_day_holds_when_all_give_at_the_same_moment(make_app, engine_url, clock):
    app = make_app(engine_url, shop_gift_day_limit=40)
    with app.app_context():
        shop, works = crowd(app, 500)
        assert all_at_once(app, works) == {"points_given": 4, "gift_shop_day_limit": 8}
        assert budget(shop) == 460


# On SQLite nobody reads before it is his turn to write, so there is no race to be had.
@pytest.mark.parametrize("engine_name", ["postgresql"])
def test_without_the_shops_lock_the_same_race_passes_the_limit(make_app, engine_url, clock, monkeypatch):
    """The negative control: no lock, and whoever has looked waits for the others before he writes."""
    app = make_app(engine_url, shop_gift_day_limit=40)
    look = merchants.queries.given_today
    with app.app_context():
        _, works = crowd(app, 500)
        everybody_has_looked = threading.Barrier(len(works))

        def look_and_wait(*place):
            found = look(*place)
            everybody_has_looked.wait(PATIENCE_SECONDS)
            return found

        monkeypatch.setattr(merchants.queries, "given_today", look_and_wait)
        monkeypatch.setattr(giving, "lock_shop", lambda merchant_id: db.session.get(Merchant, merchant_id))
        assert all_at_once(app, works) == {"points_given": 12}


def test_a_clerk_who_leaves_meanwhile_gives_nothing_afterwards(database_app, clock):
    shop = shops.a_shop()
    shops.a_budget(shop, 500)
    clerk = shops.a_clerk(shop)
    actor = people.actor(clerk)
    customers = [people.member(f"顾客{n}") for n in range(8)]
    db.session.rollback()

    def leave():
        merchants.service.remove_clerk(SYSTEM, merchant_id=shop.id, member_id=clerk.id)
        return type("Done", (), {"body": {"outcome": "left"}})

    works = [leave, *((lambda each=each: give(actor, shop, each, 5)) for each in customers)]
    found = all_at_once(database_app, works)
    assert set(found) <= {"left", "points_given", "not_your_shop"}
    assert found["points_given"] + found["not_your_shop"] == 8
    left_at = db.session.scalar(sa.text("SELECT left_at FROM shop_clerk WHERE left_at IS NOT NULL"))
    assert left_at is not None
    with pytest.raises(NotYourShop):
        give(actor, shop, customers[0])


def test_two_applications_with_one_name_at_the_same_moment_are_one_shop(database_app, clock):
    merchants.service.install_trades()
    owners = [people.actor(people.member(f"老板{n}")) for n in range(8)]
    db.session.rollback()

    def apply(owner, name):
        return lambda: merchants.service.apply_shop(owner, new_id(), name=name, trade_code="hardware")

    same = all_at_once(database_app, [apply(each, "老王五金") for each in owners])
    assert same == {"shop_applied": 1, "shop_name_taken": 7}
    different = all_at_once(database_app, [apply(each, f"{each.id}"[-12:]) for each in owners[1:]])
    assert different["shop_applied"] + different["shop_applications_too_many"] == 7
    assert merchants.queries.status_counts() == {"applied": 1 + different["shop_applied"]}
