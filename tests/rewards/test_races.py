"""Many hands at one shelf: never oversold, one winner per piece, one end per voucher, nobody hears of locks."""

import os
import threading
from collections import Counter
from functools import partial

import pytest
import sqlalchemy as sa
from flask import Flask

import rewards.service
from core.clock import FrozenClock
from core.db import db, new_id, transaction
from rewards.models import Reward
from rewards.service import handing_over, records
from tests.support import points_builders
from tests.support import rewards_builders as shelf
from tests.support import rewards_races as races
from tests.support.ledger_crew import at_once, codes

#: How often the last one is raced for; `SOAK=1` does it for long.
ROUNDS = 1_000 if os.environ.get("SOAK") else 8
HANDS = 16
#: Who does not come is a fault of the test, not a reason to wait for ever.
PATIENCE_SECONDS = 60

pytestmark = pytest.mark.timeout(0 if os.environ.get("SOAK") else 300)


@pytest.fixture
def app(database_app: Flask) -> Flask:
    return database_app


@pytest.fixture
def clean_afterwards(app: Flask):
    yield
    assert points_builders.faults() == {}
    assert deadlocks() == 0


def deadlocks() -> int:
    """How often PostgreSQL had to break a circle of waiting transactions; SQLite has one writer and no circles."""
    if db.engine.dialect.name == "sqlite":
        return 0
    query = sa.text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    return db.session.scalar(query) or 0


def test_the_last_ones_go_to_exactly_as_many_as_there_are(app: Flask, clean_afterwards):
    people = races.crowd()
    for number in range(ROUNDS):
        assert races.last_items(app, people, items=1 + number % 3) == []


def test_sold_by_look_and_write_the_last_one_goes_to_many(app: Flask):
    """The negative control: the same hands with the code of a tutorial."""
    assert races.oversold_without_lock(app, HANDS) == HANDS


def test_without_the_rewards_lock_the_statement_itself_does_not_oversell(app: Flask, monkeypatch):
    """Behind the lock stands a condition: all have looked, all believe there is one, one gets it."""
    people = [shelf.member(f"会员{number}") for number in range(8)]
    everybody_has_looked = threading.Barrier(len(people))
    hold_one = records.hold_one

    def late(found):
        everybody_has_looked.wait(PATIENCE_SECONDS)
        hold_one(found)

    if db.engine.dialect.name == "sqlite":  # one writer at a time: nobody looks before the other has written
        everybody_has_looked = threading.Barrier(1)
    monkeypatch.setattr(records, "reward", partial(records.reward, lock=False))
    monkeypatch.setattr(records, "hold_one", late)
    assert races.last_items(app, people) == []


def test_one_voucher_is_used_once_by_a_hundred(app: Flask, clean_afterwards):
    wang, soap = shelf.member(), shelf.reward(points=1, stock=10)
    desks = [shelf.desk(f"值班员{number}") for number in range(10)] * 10
    for _ in range(max(2, ROUNDS // 10)):
        soap = shelf.reward(points=1, stock=1)
        assert races.one_voucher(app, wang, desks, soap) == []


def test_of_hand_over_calling_off_and_running_out_exactly_one_happens(
    app: Flask, clock: FrozenClock, clean_afterwards
):
    wang, desk = shelf.member(points=1_000), shelf.desk()
    ends = Counter()
    for _ in range(ROUNDS):
        state, wrong = races.three_ends(app, clock, wang, desk, shelf.reward(points=1, stock=1))
        assert wrong == []
        ends[state] += 1
    assert set(ends) <= {"used", "cancelled", "expired"}


def test_one_reward_is_taken_back_once_by_many(app: Flask, clean_afterwards):
    wang, desks = shelf.member(), [shelf.desk(f"值班员{number}") for number in range(4)] * 3
    for _ in range(max(2, ROUNDS // 4)):
        soap = shelf.reward(points=1, stock=1)
        redemption_id, text = shelf.voucher(wang, soap)
        shelf.hand_over(desks[0], text)
        assert races.one_return(app, desks, redemption_id, soap) == []


def test_taken_back_by_look_and_write_it_comes_back_many_times(app: Flask):
    """The negative control: the same hands with the code of a tutorial."""
    assert races.come_home_without_lock(app, HANDS) == HANDS


def test_of_hand_over_calling_off_and_taking_back_nothing_is_lost_and_nothing_comes_twice(
    app: Flask, clean_afterwards
):
    wang, desk, ends = shelf.member(points=1_000), shelf.desk(), Counter()
    for _ in range(ROUNDS):
        end, wrong = races.hand_over_and_return(app, wang, desk, shelf.reward(points=1, stock=1))
        assert wrong == []
        ends[end] += 1
    assert set(ends) <= {"used 0", "used 1", "cancelled 0"}


def test_a_reward_seen_by_two_before_either_takes_it_back_comes_back_once(
    app: Flask, monkeypatch, clean_afterwards
):
    """Made to happen: both have found it with the member before one of them takes the lock."""
    wang, desks, soap = shelf.member(), (shelf.desk(), shelf.desk("何平")), shelf.reward(points=1, stock=1)
    redemption_id, text = shelf.voucher(wang, soap)
    shelf.hand_over(desks[0], text)
    both_have_looked, look = threading.Barrier(2), records.slip

    def slow(of, *, lock=True):
        found = look(of, lock=lock)
        if not lock and db.engine.dialect.name == "postgresql":
            both_have_looked.wait(30)
        return found

    monkeypatch.setattr(records, "slip", slow)
    assert races.one_return(app, desks, redemption_id, soap) == []


def test_a_double_tap_redeems_once(app: Flask, clean_afterwards):
    wang, soap = shelf.member(points=1_000), shelf.reward(points=1, stock=ROUNDS)
    for number in range(ROUNDS):
        taps = [partial(shelf.reserve, wang, soap, key=key) for key in [new_id()] * HANDS]
        answers = at_once(app, taps)
        assert codes(answers) == Counter({"done": HANDS})
        assert len({str(each) for each in answers}) == 1
        assert shelf.facts(soap.id).held == number + 1


def test_a_double_tap_meets_no_quota_of_its_own_making(app: Flask, clean_afterwards):
    wang = shelf.member(points=1_000)
    for _ in range(ROUNDS):
        soap, key = shelf.reward(points=1, stock=1, quota=1), new_id()
        answers = at_once(app, [partial(shelf.reserve, wang, soap, key=key)] * HANDS)
        assert codes(answers) == Counter({"done": HANDS})


def test_a_quota_holds_when_all_wishes_come_at_once(app: Flask, clean_afterwards):
    for number in range(ROUNDS // 4):
        wang, soap = shelf.member(f"会员{number}"), shelf.reward(points=1, stock=None, quota=2)
        outcomes = codes(at_once(app, [partial(shelf.reserve, wang, soap)] * HANDS))
        assert outcomes == Counter({"done": 2, "quota_reached": HANDS - 2})


def test_one_balance_buys_from_many_shelves_only_as_far_as_it_goes(app: Flask, clean_afterwards):
    for number in range(ROUNDS // 4):
        wang, things = shelf.member(f"会员{number}", points=50), [shelf.reward(points=20) for _ in range(8)]
        outcomes = codes(at_once(app, [partial(shelf.reserve, wang, each) for each in things]))
        assert outcomes == Counter({"done": 2, "points_not_enough": 6})
        assert shelf.balance(wang) == 10
        assert sum(shelf.facts(each.id).held for each in things) == 2


def test_stock_is_counted_while_it_is_being_handed_over(app: Flask, clean_afterwards):
    desk, keeper = shelf.desk(), shelf.desk("库管")
    for _ in range(ROUNDS // 4):
        soap = shelf.reward(points=1, stock=20)
        texts = [shelf.voucher(shelf.member(f"会员{number}"), soap)[1] for number in range(6)]
        receive = partial(rewards.service.receive_stock, keeper, reward_id=soap.id, count=3)
        works = [partial(shelf.hand_over, desk, text) for text in texts]
        works += [partial(receive, key=new_id()) for _ in range(6)]
        assert codes(at_once(app, works)) == Counter({"done": 12})
        assert (shelf.facts(soap.id).stock, shelf.facts(soap.id).held) == (20 - 6 + 18, 0)


def test_a_voucher_seen_by_two_before_either_writes_is_used_once(app: Flask, monkeypatch, clean_afterwards):
    """Made to happen: both have found the voucher open before one of them takes the lock."""
    wang, desks = shelf.member(), (shelf.desk(), shelf.desk("何平"))
    soap = shelf.reward(points=1, stock=1)
    both_have_looked, look = threading.Barrier(2), records.slip_by_code

    def slow(code):
        found = look(code)
        if db.engine.dialect.name == "postgresql":
            both_have_looked.wait(PATIENCE_SECONDS)
        return found

    monkeypatch.setattr(handing_over.records, "slip_by_code", slow)
    assert races.one_voucher(app, wang, desks, soap) == []


def test_the_database_itself_does_not_hold_more_than_there_is(app: Flask):
    soap = shelf.reward(stock=1)
    with pytest.raises(sa.exc.IntegrityError), transaction():
        db.session.execute(sa.update(Reward).where(Reward.id == soap.id).values(held=2))
