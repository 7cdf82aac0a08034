"""What a shop gave or was awarded goes back by reversal, once, with a reason; and what shops give is watched."""

from datetime import timedelta
from uuid import UUID

import pytest

import merchants.queries
import merchants.service
import points.queries
import points.service
from alliance.month_figures import figures
from core import audit
from core import clock as core_clock
from core.db import new_id
from core.errors import PermissionMissing
from merchants.errors import GiftMemberWeekLimit, GiftUnknown, OwnShop, ShopDeedUnknown, ShopReasonMissing
from merchants.service import Receiver
from points.errors import TransferReversed
from tests.support import members_builders as people
from tests.support import merchants_builders as shops
from tests.support import points_builders


@pytest.fixture
def shop(app, clock):
    points.service.install_tariff()
    shop = shops.a_shop("小周理发店")
    shops.a_budget(shop, 500)
    return shop


def give(actor, shop, member, amount=20):
    return merchants.service.give_points(
        actor,
        key=new_id(),
        merchant_id=shop.id,
        receiver=Receiver(number=str(member.number)),
        points=amount,
    ).body


def back(actor, shop, gift, reason="顾客没有来过"):
    return merchants.service.withdraw_gift(
        actor, key=new_id(), merchant_id=shop.id, gift_id=UUID(gift["gift_id"]), reason=reason
    ).body


def owner_of(shop):
    return people.actor(shops.the_owner(shop))


def test_a_gift_goes_back_into_the_budget_once_and_what_is_spent_is_owed(database_app, clock):
    shop, customer = shops.a_shop(), people.member("王小芳")
    shops.a_budget(shop, 100)
    gift = give(owner_of(shop), shop, customer)
    points_builders.reserve(customer.id, 15)
    desk = people.staff()
    assert back(desk, shop, gift)["owed"] == 15
    assert (points.queries.budget(shop.id), points.queries.balance(customer.id)) == (100, 0)
    with pytest.raises(TransferReversed):
        back(people.staff(), shop, gift)
    (line,) = merchants.queries.gifts(shop.id).items
    assert line.withdrawn_why == "顾客没有来过"
    since = core_clock.now() - timedelta(days=1)
    (told,) = points.queries.gifts_taken_from(customer.id, since)
    assert (told.points, told.reason) == (20, "顾客没有来过")
    assert [each.points for each in points.queries.taken_from_shop(shop.id, since)] == [20]
    # The next points repay it.
    give(owner_of(shop), shop, customer)
    (day,) = merchants.queries.by_clerk(shop.id, core_clock.today(), core_clock.today())
    assert (day.gifts, day.given, day.withdrawn_gifts, day.withdrawn) == (1, 20, 1, 20)
    month = figures(core_clock.today().replace(day=1)).trade
    assert (month.gifts, month.gift_points) == (2, 40)
    assert (month.gifts_withdrawn, month.gifts_withdrawn_points) == (1, 20)
    assert points.queries.balance(customer.id) == 5
    assert points_builders.faults() == {}


def test_the_same_withdrawal_sent_twice_is_done_once(shop):
    gift, key, desk = give(owner_of(shop), shop, people.member()), new_id(), people.staff()
    wish = {"key": key, "merchant_id": shop.id, "gift_id": UUID(gift["gift_id"]), "reason": "按错了"}
    answers = [merchants.service.withdraw_gift(desk, **wish) for _ in range(2)]
    assert [each.replayed for each in answers] == [False, True]
    assert points.queries.budget(shop.id) == 500


def test_taking_back_needs_a_coordinator_who_is_none_of_the_shops_people_and_a_reason(shop):
    gift = give(owner_of(shop), shop, people.member())
    for actor in (owner_of(shop), people.staff("auditor")):
        with pytest.raises(PermissionMissing):
            back(actor, shop, gift)
    worker = people.staff()
    shops.a_clerk(shop, members_facts(worker))
    with pytest.raises(OwnShop):
        back(worker, shop, gift)
    with pytest.raises(ShopReasonMissing):
        back(people.staff(), shop, gift, " ")
    other = shops.a_shop()
    with pytest.raises(GiftUnknown):
        back(people.staff(), other, gift)
    assert points.queries.budget(shop.id) == 480


def members_facts(actor):
    return people.members.queries.facts(actor.id)


def test_a_deed_of_a_shop_is_taken_back_and_leaves_its_standing(shop):
    desk = people.staff()
    deed = merchants.service.award_shop(desk, key=new_id(), merchant_id=shop.id, rule_code="shop_notice").body
    wish = {"merchant_id": shop.id, "deed_id": UUID(deed["deed_id"]), "reason": "不属实"}
    answer = merchants.service.withdraw_deed(desk, key=new_id(), **wish).body
    gift = give(owner_of(shop), shop, people.member())
    back(desk, shop, gift)
    # Words about a person do not stand in the log, which nothing can be deleted from.
    log = {each.action: each.data for each in audit.entries(subject_id=shop.id).items}
    assert log["shop.deed_withdrawn"]["transfer"]
    assert log["shop.gift_withdrawn"]["transfer"]
    assert all("reason" not in log[f"shop.{act}_withdrawn"] for act in ("deed", "gift"))
    assert (answer["points"], answer["owed"]) == (deed["points"], 0)
    assert merchants.queries.standing(shop.id).points == 0
    with pytest.raises(TransferReversed):
        merchants.service.withdraw_deed(desk, key=new_id(), **wish)
    with pytest.raises(ShopDeedUnknown):
        merchants.service.withdraw_deed(desk, key=new_id(), **wish | {"deed_id": new_id()})
    assert points_builders.faults() == {}


def test_points_of_shops_and_of_coordinators_share_the_members_week(make_app, clock):
    with make_app(award_member_week_limit=70).app_context():
        points.service.install_tariff()
        customer, desk = people.member(), people.staff()
        partners = [shops.a_shop() for _ in range(2)]
        for each in partners:
            shops.a_budget(each)
        give(owner_of(partners[0]), partners[0], customer)
        award = {"member_id": customer.id, "rule_code": "care"}
        # 50 by hand and 20 from a shop: the week is full, whoever gives next.
        assert points.service.award_deed(desk, key=new_id(), **award).body["outcome"] == "awarded"
        with pytest.raises(GiftMemberWeekLimit):
            give(owner_of(partners[1]), partners[1], customer, 1)
        waiting = points.service.award_deed(desk, key=new_id(), member_id=customer.id, rule_code="lead")
        assert waiting.body["limit_passed"] == "member_week"
        clock.tick(days=7)
        assert give(owner_of(partners[1]), partners[1], customer, 1)["points"] == 1


def odd():
    return {(each.kind, frozenset(each.people)): each for each in points.queries.odd_awards()}


def test_a_coordinator_who_fills_a_budget_and_is_given_out_of_it_is_a_ring(shop):
    desk, owner = people.staff(), owner_of(shop)
    merchants.service.grant_shop_budget(desk, key=new_id(), merchant_id=shop.id, points=100, reason="活动")
    give(owner, shop, people.member())
    assert odd() == {}
    gift = give(owner, shop, members_facts(desk))
    ring = odd()["ring", frozenset({desk.id, owner.id})]
    assert (ring.times, ring.points) == (2, 120)
    back(people.staff(), shop, gift)
    assert odd() == {}


def test_two_shopkeepers_who_give_to_each_other_and_one_who_gives_to_the_same_again_and_again_are_odd(
    shop, clock
):
    other = shops.a_shop()
    shops.a_budget(other)
    first, second = shops.the_owner(shop), shops.the_owner(other)
    give(people.actor(first), shop, second)
    give(people.actor(second), other, first)
    assert set(odd()) == {("ring", frozenset({first.id, second.id}))}
    friend = people.member()
    for _ in range(9):
        give(people.actor(first), shop, friend, 1)
        clock.tick(days=1)
    assert odd()["pair", frozenset({first.id, friend.id})].times == 9


def test_a_rush_of_gifts_at_one_counter_is_odd(make_app, clock):
    with make_app(shop_gift_day_limit=1000).app_context():
        shop = shops.a_shop()
        shops.a_budget(shop)
        clerk = shops.a_clerk(shop)
        # On the owner's phone, but it is the clerk who gives.
        for number in range(61):
            merchants.service.give_points(
                owner_of(shop),
                key=new_id(),
                merchant_id=shop.id,
                receiver=Receiver(number=str(people.member(f"顾客{number}").number)),
                points=1,
                clerk_id=clerk.id,
            )
            clock.tick(seconds=5)
        assert odd()["burst", frozenset({clerk.id})].times == 61
