"""Every invariant about what shops give and earn finds the fault that is planted for it, on both databases."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

import merchants.service
import points.service
from core import clock as core_clock
from core.auth import SYSTEM
from core.clock import FrozenClock
from core.db import new_id
from merchants.checks.giving import GIVING
from merchants.models import BudgetChange, BudgetRequest, ShopClerk, ShopDeed, ShopGift
from merchants.service import Receiver
from points.models import Transfer
from tests.support import members_builders as people
from tests.support import merchants_builders as shops
from tests.support import points_builders
from tests.support.planted import Fault, change, each_is_found, run, strip

Made = dict[str, UUID]


@pytest.fixture
def books(database_app: Flask, clock: FrozenClock) -> Made:
    """A shop that was granted a budget, gave out of it, gave some back, and earned by a deed of its own."""
    points.service.install_tariff()
    shop, customer = shops.a_shop(), people.member("顾客")
    shops.a_budget(shop, 100)
    clerk = shops.a_clerk(shop)
    made = {"shop": shop.id, "other": shops.a_shop().id, "clerk": clerk.id, "customer": customer.id}
    made |= {name: new_id() for name in ("gift", "withdrawal", "deed")}
    merchants.service.give_points(
        people.actor(clerk),
        key=made["gift"],
        merchant_id=shop.id,
        receiver=Receiver(number=str(customer.number)),
        points=5,
    )
    merchants.service.withdraw_shop_budget(
        SYSTEM, key=made["withdrawal"], merchant_id=shop.id, points=20, reason="活动结束"
    )
    merchants.service.award_shop(SYSTEM, key=made["deed"], merchant_id=shop.id, rule_code="shop_notice")
    made["request"] = new_id()
    merchants.service.grant_shop_budget(
        people.staff(), key=made["request"], merchant_id=shop.id, points=600, reason="周年庆"
    )
    merchants.service.agree_to_request(people.staff(), key=new_id(), request_id=made["request"])
    hero = points_builders.tariff_rule(category="shop", points=300).code
    made |= {"large": new_id(), "seconded": new_id()}
    merchants.service.award_shop(people.staff(), key=made["large"], merchant_id=shop.id, rule_code=hero)
    merchants.service.agree_to_request(people.staff(), key=made["seconded"], request_id=made["large"])
    strip()
    return made


def gift(made: Made, **values: object) -> None:
    change(ShopGift, ShopGift.id == made["gift"], **values)


def a_gift_says_more_than_was_given(made: Made) -> None:
    gift(made, points=6)


def a_gift_names_another_member(made: Made) -> None:
    gift(made, member_id=uuid4())


def a_gift_names_another_shop(made: Made) -> None:
    gift(made, merchant_id=made["other"])


def a_gift_stands_on_another_day(made: Made) -> None:
    gift(made, local_day=core_clock.today() - timedelta(1))


def a_gift_was_never_booked(made: Made) -> None:
    gift(made, transfer_id=uuid4())


def a_clerk_gave_to_himself(made: Made) -> None:
    gift(made, member_id=made["clerk"])


def a_customer_worked_there_all_the_time(made: Made) -> None:
    row = {
        "merchant_id": made["shop"],
        "member_id": made["customer"],
        "post": "clerk",
        "since": core_clock.now() - timedelta(1),
    }
    run(sa.insert(ShopClerk).values(**row))


def a_stranger_gave(made: Made) -> None:
    gift(made, clerk_id=uuid4())


def a_withdrawal_says_less(made: Made) -> None:
    change(BudgetChange, BudgetChange.id == made["withdrawal"], points=-19)


def a_withdrawal_says_grant(made: Made) -> None:
    change(BudgetChange, BudgetChange.id == made["withdrawal"], points=20)


def a_grant_names_another_shop(made: Made) -> None:
    change(BudgetChange, BudgetChange.points > 0, merchant_id=made["other"])


def a_deed_says_more(made: Made) -> None:
    change(ShopDeed, ShopDeed.id == made["deed"], points=500)


def a_deed_names_another_rule(made: Made) -> None:
    change(ShopDeed, ShopDeed.id == made["deed"], rule_code="shop_help")


def a_deed_of_another_shop(made: Made) -> None:
    change(ShopDeed, ShopDeed.id == made["deed"], merchant_id=made["other"])


def a_gift_is_lost(made: Made) -> None:
    run(sa.delete(ShopGift))


def a_grant_is_lost(made: Made) -> None:
    run(sa.delete(BudgetChange).where(BudgetChange.points > 0))


def a_grant_by_two_says_more(made: Made) -> None:
    change(BudgetRequest, BudgetRequest.id == made["request"], points=700)


def a_grant_by_two_names_another_shop(made: Made) -> None:
    change(BudgetRequest, BudgetRequest.id == made["request"], merchant_id=made["other"])


def who_asked_has_agreed_himself(made: Made) -> None:
    change(BudgetRequest, BudgetRequest.id == made["request"], decided_by=BudgetRequest.requested_by)


def a_deed_by_two_says_more(made: Made) -> None:
    change(BudgetRequest, BudgetRequest.id == made["large"], points=301)


def a_deed_by_two_names_nobody_else(made: Made) -> None:
    change(BudgetRequest, BudgetRequest.id == made["large"], decided_by=BudgetRequest.requested_by)


def a_deed_by_two_stands_under_somebody_else(made: Made) -> None:
    change(ShopDeed, ShopDeed.id == made["seconded"], awarded_by=uuid4())


def a_deed_is_lost(made: Made) -> None:
    run(sa.delete(ShopDeed))


BUDGET, PEOPLE = "gifts came out of their shop's budget", "gifts are for customers"
CHANGED, DEEDS = "budgets changed as the desk wrote down", "deeds of shops were paid to them"
BY_TWO = "budgets above a limit have two people"
DEED_BY_TWO = "deeds of shops above a limit have two people"
WRITTEN = "what shops give and earn is written down"
FAULTS: tuple[Fault, ...] = (
    (a_gift_says_more_than_was_given, BUDGET),
    (a_gift_names_another_member, BUDGET),
    (a_gift_names_another_shop, BUDGET),
    (a_gift_stands_on_another_day, BUDGET),
    (a_gift_was_never_booked, BUDGET),
    (a_clerk_gave_to_himself, PEOPLE),
    (a_customer_worked_there_all_the_time, PEOPLE),
    (a_stranger_gave, "gifts were given by their shop's people"),
    (a_withdrawal_says_less, CHANGED),
    (a_withdrawal_says_grant, CHANGED),
    (a_grant_names_another_shop, CHANGED),
    (a_grant_by_two_says_more, BY_TWO),
    (a_grant_by_two_names_another_shop, BY_TWO),
    (who_asked_has_agreed_himself, BY_TWO),
    (a_deed_by_two_says_more, DEED_BY_TWO),
    (a_deed_by_two_names_nobody_else, DEED_BY_TWO),
    (a_deed_by_two_stands_under_somebody_else, DEED_BY_TWO),
    (a_deed_says_more, DEEDS),
    (a_deed_names_another_rule, DEEDS),
    (a_deed_of_another_shop, DEEDS),
    (a_gift_is_lost, WRITTEN),
    (a_grant_is_lost, WRITTEN),
    (a_deed_is_lost, WRITTEN),
)


def test_each_planted_fault_is_found(books: Made) -> None:
    each_is_found(
        books, FAULTS, GIVING, (ShopGift, ShopClerk, BudgetChange, BudgetRequest, ShopDeed, Transfer)
    )
