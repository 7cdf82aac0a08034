"""Waiting for what is sold out: who is told when it is back, and until when."""

from datetime import timedelta

import pytest
from flask import Flask

import rewards.queries
import rewards.service
from core.clock import FrozenClock
from core.db import new_id
from tests.support import points_builders
from tests.support import rewards_builders as shelf


@pytest.fixture(autouse=True)
def alliance(app: Flask, clock: FrozenClock):
    yield
    assert points_builders.faults() == {}


def told(*people) -> list[bool]:
    shelf.fresh()
    return [bool(rewards.queries.back_in_stock(each.id)) for each in people]


def receive(found, count):
    return rewards.service.receive_stock(shelf.desk(), key=new_id(), reward_id=found.id, count=count).body


@pytest.fixture
def queue(clock: FrozenClock):
    """A reward that is gone, and three who wait for it in this order."""
    found = shelf.reward(stock=0)
    people = [shelf.member(name) for name in ("王秀英", "李梅", "陈芳")]
    for each in people:
        rewards.service.wait_for(each, found.id)
        clock.tick(minutes=1)
    return found, people


def test_who_waits_is_on_the_list_and_the_desk_sees_how_many(queue):
    found, (wang, *_) = queue
    assert rewards.queries.waiting_count(found.id) == 3
    assert rewards.queries.card(wang.id, found.id).waiting
    assert told(wang) == [False]


def test_as_many_are_told_as_pieces_came_in_the_first_ones_first(queue):
    found, people = queue
    assert receive(found, 2)["told"] == 2
    assert told(*people) == [True, True, False]
    assert rewards.queries.card(people[0].id, found.id).told


def test_nothing_is_kept_for_who_waits(queue):
    found, people = queue
    receive(found, 1)
    shelf.reserve(shelf.member("赵新来"), found)
    assert told(*people) == [False, False, False]
    assert shelf.refusal(shelf.reserve, people[0], found).data["waiting"]


def test_who_was_told_and_did_not_look_keeps_his_place(queue):
    found, people = queue
    receive(found, 1)
    redemption_id, _ = shelf.voucher(shelf.member("赵新来"), found)
    rewards.service.cancel_redemption(shelf.desk(), key=new_id(), redemption_id=redemption_id)
    assert told(*people) == [True, False, False]


def test_who_has_looked_makes_room_for_the_next(queue):
    found, people = queue
    receive(found, 1)
    rewards.service.stop_waiting(people[0], found.id)
    assert told(*people) == [False, True, False]
    assert rewards.queries.waiting_count(found.id) == 2


def test_who_does_not_look_for_three_days_is_not_waited_for(queue, clock: FrozenClock):
    found, people = queue
    receive(found, 1)
    clock.tick(hours=71)
    rewards.service.expire_redemptions()
    assert told(*people) == [True, False, False]
    clock.tick(hours=1)
    rewards.service.expire_redemptions()
    assert told(*people) == [True, True, False]


def test_who_redeems_waits_no_longer(queue):
    found, people = queue
    receive(found, 1)
    shelf.reserve(people[0], found)
    assert rewards.queries.waiting_count(found.id) == 2


def test_a_voucher_that_runs_out_is_news_for_who_waits(clock: FrozenClock):
    found, wang, li = shelf.reward(stock=1), shelf.member(), shelf.member("李梅")
    shelf.voucher(wang, found)
    rewards.service.wait_for(li, found.id)
    clock.tick(hours=72)
    rewards.service.expire_redemptions()
    assert told(li) == [True]


def test_waiting_twice_keeps_the_first_place(queue, clock: FrozenClock):
    found, people = queue
    rewards.service.wait_for(people[0], found.id)
    receive(found, 1)
    assert told(*people) == [True, False, False]


def test_there_is_no_waiting_for_what_is_there():
    wang = shelf.member()
    wait = rewards.service.wait_for
    assert shelf.refusal(wait, wang, shelf.reward().id).code == "still_in_stock"
    assert shelf.refusal(wait, wang, shelf.reward(stock=None).id).code == "still_in_stock"
    assert shelf.refusal(wait, wang, shelf.reward(stock=0, offered=False).id).code == "reward_unknown"
    assert shelf.refusal(wait, wang, new_id()).code == "reward_unknown"


def test_of_what_is_off_the_shelf_nobody_is_told(queue, clock: FrozenClock):
    found, people = queue
    rewards.service.retire_reward(shelf.desk(), found.id)
    receive(found, 3)
    assert told(*people) == [False, False, False]
    rewards.service.offer_reward(shelf.desk(), found.id)
    assert told(*people) == [True, True, True]


def test_hearts_are_the_members_own_and_may_be_given_twice():
    found, wang, li = shelf.reward(), shelf.member(), shelf.member("李梅")
    for _ in range(2):
        rewards.service.mark(wang, found.id)
    assert rewards.queries.card(wang.id, found.id).favourite
    assert not rewards.queries.card(li.id, found.id).favourite
    for _ in range(2):
        rewards.service.unmark(wang, found.id)
    shelf.fresh()
    assert not rewards.queries.card(wang.id, found.id).favourite
    assert shelf.refusal(rewards.service.mark, wang, new_id()).code == "reward_unknown"


def test_the_members_list_of_waiting_ends_with_the_offer(queue, clock: FrozenClock):
    found, people = queue
    receive(found, 1)
    wish = {name: getattr(found, name) for name in rewards.service.RewardWish.__dataclass_fields__}
    wish["offered_until"] = (clock.now() + timedelta(days=1)).date()
    rewards.service.change_reward(shelf.desk(), found.id, version=1, wish=rewards.service.RewardWish(**wish))
    clock.tick(days=2)
    assert told(*people) == [False, False, False]
