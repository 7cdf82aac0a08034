"""Redemptions of the past are taken over in bulk, with the journal of the stock behind them."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

import rewards.queries
import rewards.service
from core.db import transaction
from points import ledger
from rewards.service import PastDelivery, PastRedemption
from tests.support import points_builders
from tests.support import rewards_builders as build

LOT = {date(2027, 12, 31): 40}


@pytest.fixture
def town(database_app, clock):
    return build.reward("毛巾", points=40, stock=1), build.member(points=100), build.desk()


def past(town, clock, **changes) -> PastRedemption:
    """Towels, fetched at the desk a day after they were reserved."""
    reward, member, desk = town
    reserved_at = clock.now() - timedelta(days=9)
    used = PastRedemption(
        reward_id=reward.id,
        member_id=member.member_id,
        points=40,
        state="used",
        reserved_at=reserved_at,
        expires_at=reserved_at + timedelta(hours=72),
        ended_at=reserved_at + timedelta(days=1),
        ended_by=desk.member_id,
    )
    return replace(used, **changes)


def take_over(*past_ones: PastRedemption, deliveries=()) -> None:
    with transaction():
        ledger.post_many(move for each in past_ones for move in rewards.service.past_movements(each))
        rewards.service.import_redemptions(past_ones, deliveries)


def test_a_reward_that_was_fetched_is_off_the_shelf_and_in_the_journal(town, clock):
    reward, member, desk = town
    delivery = PastDelivery(
        reward_id=reward.id, count=5, arrived_at=clock.now() - timedelta(days=3), actor_id=desk.member_id
    )
    take_over(past(town, clock), deliveries=[delivery])
    assert rewards.queries.reward(reward.id).stock == 5
    kinds = [(each.kind, each.change) for each in rewards.queries.movements(reward.id).items]
    assert kinds == [("received", 5), ("handed_over", -1), ("received", 1)]
    assert build.balance(member) == 60
    assert points_builders.faults() == {}


@pytest.mark.parametrize(("state", "days"), [("cancelled", 1), ("expired", 3)])
def test_what_was_not_fetched_is_home_and_still_on_the_shelf(town, clock, state, days):
    reward, member, _desk = town
    one = past(town, clock)
    take_over(replace(one, state=state, ended_at=one.reserved_at + timedelta(days=days), lots=LOT))
    assert rewards.queries.reward(reward.id).stock == 1
    assert build.balance(member) == 100
    assert points_builders.faults() == {}


def test_more_than_there_was_cannot_have_been_fetched(town, clock):
    with pytest.raises(ValueError, match="less than nothing"):
        take_over(past(town, clock), past(town, clock))
    assert build.balance(town[1]) == 100


@pytest.mark.parametrize("what", ["late", "own", "unpaid"])
def test_a_redemption_that_cannot_have_gone_like_that_is_refused(town, clock, what):
    one = past(town, clock)
    wrong = {
        "late": {"ended_at": one.expires_at},
        "own": {"ended_by": one.member_id},
        "unpaid": {"state": "cancelled"},
    }[what]
    with pytest.raises(ValueError, match="redemption"):
        take_over(replace(one, **wrong))
    assert build.balance(town[1]) == 100
