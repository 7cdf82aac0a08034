"""Nobody grants a shop many points alone: above a limit a second coordinator agrees before anything is booked."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

import members.queries
import merchants.queries
import merchants.service
import points.queries
import points.service
from alliance.messages import problem
from core.auth import SYSTEM
from core.db import db, new_id
from core.errors import DomainError, PermissionMissing
from merchants.errors import (
    BudgetRequestClosed,
    BudgetRequesterChanged,
    BudgetRequestNotOwn,
    BudgetRequestUnknown,
    BudgetSecondIsFirst,
    OwnShop,
    ShopClosedNow,
    ShopReasonMissing,
)
from points.errors import DeedAboveLimit, MemoHoldsNumber, SecondNeeded
from tests.support import members_builders as people
from tests.support import merchants_builders as shops
from tests.support import points_builders


@pytest.fixture
def shop(app, clock):
    return shops.a_shop("小周理发店")


def ask(actor, shop, amount=600):
    return merchants.service.grant_shop_budget(
        actor, key=new_id(), merchant_id=shop.id, points=amount, reason="重阳节活动"
    ).body


def decide(verb, actor, request_id, **more):
    return verb(actor, key=new_id(), request_id=UUID(str(request_id)), **more).body


def agree(actor, request_id):
    return decide(merchants.service.agree_to_budget, actor, request_id)


def budget(shop):
    return points.queries.budget(shop.id)


def test_a_large_grant_waits_and_is_booked_when_another_coordinator_agrees(database_app, clock):
    shop, first, second = shops.a_shop(), people.staff(), people.staff()
    asked = ask(first, shop)
    assert (asked["outcome"], asked["limit_passed"], asked["budget"]) == ("budget_requested", "grant", 0)
    assert merchants.queries.budgets_to_second(second.member_id) == 1
    assert merchants.queries.budgets_to_second(first.member_id) == 0
    assert agree(second, asked["request_id"])["budget"] == budget(shop) == 600
    (line,) = merchants.queries.budget_changes(shop.id).items
    assert (line.points, line.seconded) == (600, True)
    (told,) = merchants.queries.budget_requests("agreed").items
    assert (told.requested_by, told.decided_by) == (first.member_id, second.member_id)
    assert merchants.queries.budgets_to_second(None) == 0
    assert points_builders.faults() == {}


def test_many_small_grants_are_no_way_around_for_one_shop_or_for_one_coordinator(shop, clock):
    first, second = people.staff(), people.staff()
    assert [ask(each, shop, 500)["outcome"] for each in (first, second)] == ["budget_granted"] * 2
    assert ask(second, shop, 1)["limit_passed"] == "shop_week"
    others = [shops.a_shop() for _ in range(4)]
    assert [ask(first, each, 500)["outcome"] for each in others[:3]] == ["budget_granted"] * 3
    assert ask(first, others[3], 1)["limit_passed"] == "coordinator_day"
    # What was taken out again still counts: else grants could be moved from shop to shop.
    merchants.service.withdraw_shop_budget(
        first, key=new_id(), merchant_id=others[0].id, points=500, reason="收回"
    )
    assert ask(first, others[3], 1)["limit_passed"] == "coordinator_day"
    clock.tick(days=7)
    assert ask(first, shop, 500)["outcome"] == "budget_granted"


def test_what_two_have_agreed_to_leaves_room_for_what_one_grants_alone(shop):
    first, second = people.staff(), people.staff()
    agree(second, ask(first, shop, 5000)["request_id"])
    assert ask(first, shop, 500)["outcome"] == "budget_granted"


def test_nobody_is_his_own_second_nor_his_households_nor_his_shops(shop):
    first = people.staff()
    request_id = ask(first, shop)["request_id"]
    with pytest.raises(BudgetSecondIsFirst):
        agree(first, request_id)
    worker = people.staff()
    shops.a_clerk(shop, members.queries.facts(worker.id))
    with pytest.raises(OwnShop):
        agree(worker, request_id)
    for stranger in (people.staff("auditor"), people.actor(shops.the_owner(shop))):
        for verb, more in (
            (merchants.service.agree_to_budget, {}),
            (merchants.service.decline_budget, {"reason": "不"}),
            (merchants.service.cancel_budget, {}),
        ):
            with pytest.raises(PermissionMissing):
                decide(verb, stranger, request_id, **more)
    with pytest.raises(BudgetRequestUnknown):
        agree(people.staff(), new_id())
    assert budget(shop) == 0


def test_what_could_never_be_booked_does_not_wait(shop):
    # The ledger takes no telephone numbers: who agrees to it later would be refused for ever.
    with pytest.raises(MemoHoldsNumber):
        merchants.service.grant_shop_budget(
            people.staff(), key=new_id(), merchant_id=shop.id, points=600, reason="打 13812345678"
        )
    assert merchants.queries.budgets_to_second(None) == 0


def test_declined_with_a_reason_or_called_off_by_who_asked_nothing_is_granted(shop):
    first, second = people.staff(), people.staff()
    declined, called_off = (ask(first, shop)["request_id"] for _ in range(2))
    with pytest.raises(ShopReasonMissing):
        decide(merchants.service.decline_budget, second, declined, reason=" ")
    decide(merchants.service.decline_budget, second, declined, reason="太多了")
    with pytest.raises(BudgetRequestNotOwn):
        decide(merchants.service.cancel_budget, second, called_off)
    decide(merchants.service.cancel_budget, first, called_off)
    for request_id in (declined, called_off):
        with pytest.raises(BudgetRequestClosed):
            agree(second, request_id)
    assert [each.answer for each in merchants.queries.budget_requests("declined").items] == ["太多了"]
    assert budget(shop) == 0


def test_a_grant_is_not_agreed_to_once_who_asked_joined_the_shop_or_the_shop_pauses(shop):
    first, second = people.staff(), people.staff()
    request_id = ask(first, shop)["request_id"]
    merchants.service.pause_shop(SYSTEM, shop.id, "装修")
    with pytest.raises(ShopClosedNow):
        agree(second, request_id)
    merchants.service.resume_shop(SYSTEM, shop.id)
    shops.a_clerk(shop, members.queries.facts(first.id))
    with pytest.raises(BudgetRequesterChanged):
        agree(second, request_id)
    assert budget(shop) == 0


def test_of_two_who_agree_at_once_one_does_it(database_app, clock):
    shop, first = shops.a_shop(), people.staff()
    request_id = ask(first, shop)["request_id"]
    seconds = [people.staff() for _ in range(6)]
    db.session.rollback()
    together = threading.Barrier(len(seconds))

    def run(actor):
        with database_app.app_context():
            together.wait(30)
            try:
                return agree(actor, request_id)["outcome"]
            except DomainError as refusal:
                return refusal.code

    with ThreadPoolExecutor(len(seconds)) as pool:
        found = Counter(pool.map(run, seconds))
    assert found == {"budget_agreed": 1, "budget_request_closed": 5}
    assert budget(shop) == 600
    assert points_builders.faults() == {}


def test_grants_of_one_coordinator_at_the_same_moment_share_the_limit_of_his_day(make_app, engine_url, clock):
    app = make_app(engine_url, shop_budget_coordinator_day_limit=1000)
    with app.app_context():
        first, partners = people.staff(), [shops.a_shop() for _ in range(5)]
        db.session.rollback()
        together = threading.Barrier(len(partners))

        def run(shop):
            with app.app_context():
                together.wait(30)
                return ask(first, shop, 400)["outcome"]

        with ThreadPoolExecutor(len(partners)) as pool:
            assert Counter(pool.map(run, partners)) == {"budget_granted": 2, "budget_requested": 3}


def test_one_person_awards_a_shop_only_so_much_in_a_week(make_app, clock):
    the_app = make_app(award_member_week_limit=8)
    with the_app.app_context():
        points.service.install_tariff()
        shop, first, second = shops.a_shop(), people.staff(), people.staff()

        def award(actor):
            merchants.service.award_shop(actor, key=new_id(), merchant_id=shop.id, rule_code="shop_notice")

        award(first)
        with pytest.raises(SecondNeeded) as refused:
            award(first)
        assert refused.value.data == {"limit": "member_week", "reason": "shop"}
        with the_app.test_request_context(headers={"Accept-Language": "en"}):
            assert "to this shop this week" in problem("second_needed", refused.value.data).what
        award(second)
        assert merchants.queries.standing(shop.id).points == 10


@pytest.mark.parametrize("limit", ["award_member_week_limit", "award_coordinator_day_limit"])
def test_a_deed_that_nobody_may_award_alone_says_so_instead_of_asking_for_another_coordinator(
    make_app, clock, limit
):
    with make_app(**{limit: 4}).app_context():
        points.service.install_tariff()
        shop = shops.a_shop()
        wish = {"merchant_id": shop.id, "rule_code": "shop_notice"}
        with pytest.raises(DeedAboveLimit) as refused:
            merchants.service.award_shop(people.staff(), key=new_id(), **wish)
        assert refused.value.data == {"rule": "shop_notice", "points": 5, "most": 4}
        assert merchants.queries.deeds(shop.id).items == []
        assert merchants.queries.standing(shop.id).points == 0
        # Operators' own runs have no limits.
        merchants.service.award_shop(SYSTEM, key=new_id(), **wish)
        assert merchants.queries.standing(shop.id).points == 5
