"""Nobody grants a shop many points alone: above a limit a second coordinator agrees before anything is booked."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from uuid import UUID

import pytest
import sqlalchemy as sa

import members.queries
import merchants.queries
import merchants.service
import points.queries
from core.auth import SYSTEM
from core.db import db, new_id, transaction
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
from merchants.models import BudgetRequest
from merchants.service import budgets
from points.errors import MemoHoldsNumber
from tests.support import members_builders as people
from tests.support import merchants_builders as shops
from tests.support import points_builders
from tests.support.ledger_crew import at_once, codes


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
    return decide(merchants.service.agree_to_request, actor, request_id)


def budget(shop):
    return points.queries.budget(shop.id)


def test_a_large_grant_waits_and_is_booked_when_another_coordinator_agrees(database_app, clock):
    shop, first, second = shops.a_shop(), people.staff(), people.staff()
    asked = ask(first, shop)
    assert (asked["outcome"], asked["limit_passed"], asked["budget"]) == ("budget_requested", "grant", 0)
    assert merchants.queries.requests_to_second(second.member_id) == 1
    assert merchants.queries.requests_to_second(first.member_id) == 0
    assert agree(second, asked["request_id"])["budget"] == budget(shop) == 600
    (line,) = merchants.queries.budget_changes(shop.id).items
    assert (line.points, line.seconded) == (600, True)
    (told,) = merchants.queries.shop_requests("agreed").items
    assert (told.requested_by, told.decided_by) == (first.member_id, second.member_id)
    assert merchants.queries.requests_to_second(None) == 0
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
            (merchants.service.agree_to_request, {}),
            (merchants.service.decline_request, {"reason": "不"}),
            (merchants.service.cancel_request, {}),
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
    assert merchants.queries.requests_to_second(None) == 0


def test_declined_with_a_reason_or_called_off_by_who_asked_nothing_is_granted(shop):
    first, second = people.staff(), people.staff()
    declined, called_off = (ask(first, shop)["request_id"] for _ in range(2))
    with pytest.raises(ShopReasonMissing):
        decide(merchants.service.decline_request, second, declined, reason=" ")
    decide(merchants.service.decline_request, second, declined, reason="太多了")
    with pytest.raises(BudgetRequestNotOwn):
        decide(merchants.service.cancel_request, second, called_off)
    decide(merchants.service.cancel_request, first, called_off)
    for request_id in (declined, called_off):
        with pytest.raises(BudgetRequestClosed):
            agree(second, request_id)
    assert [each.answer for each in merchants.queries.shop_requests("declined").items] == ["太多了"]
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
            together.wait(60)
            try:
                return agree(actor, request_id)["outcome"]
            except DomainError as refusal:
                return refusal.code

    with ThreadPoolExecutor(len(seconds)) as pool:
        found = Counter(pool.map(run, seconds))
    assert found == {"budget_agreed": 1, "budget_request_closed": 5}
    assert budget(shop) == 600
    assert points_builders.faults() == {}


def test_looking_whether_it_waits_and_then_granting_would_grant_to_each_who_agrees(database_app, clock):
    """The control of the race above: the same hands book the same way, but look before they have the lock."""
    shop, first = shops.a_shop(), people.staff()
    request_id = UUID(ask(first, shop)["request_id"])
    seconds = [people.staff() for _ in range(6)]
    looked = threading.Barrier(len(seconds))

    def naive(actor):
        waits = db.session.scalar(sa.select(BudgetRequest.state).where(BudgetRequest.id == request_id))
        db.session.rollback()
        looked.wait(30)
        if waits == "waiting":
            with transaction():
                budgets.book_change(actor, new_id(), shop.id, 600, "重阳节活动", first.member_id)

    db.session.rollback()
    assert codes(at_once(database_app, [partial(naive, each) for each in seconds])) == {"done": 6}
    assert budget(shop) == 3600


def test_grants_of_one_coordinator_at_the_same_moment_share_the_limit_of_his_day(make_app, engine_url, clock):
    app = make_app(engine_url, shop_budget_coordinator_day_limit=1000)
    with app.app_context():
        first, partners = people.staff(), [shops.a_shop() for _ in range(5)]
        db.session.rollback()
        together = threading.Barrier(len(partners))

        def run(shop):
            with app.app_context():
                together.wait(60)
                return ask(first, shop, 400)["outcome"]

        with ThreadPoolExecutor(len(partners)) as pool:
            assert Counter(pool.map(run, partners)) == {"budget_granted": 2, "budget_requested": 3}
