"""The desk keeps catalogue and stock; the database keeps the journal from being changed."""

from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask

import rewards.queries
import rewards.service
from core import audit
from core.auth import SYSTEM
from core.clock import FrozenClock
from core.db import db, new_id, transaction
from core.paging import CursorInvalid
from rewards.models import StockMovement
from rewards.service import RewardWish
from tests.support import members_builders, merchants_builders, points_builders
from tests.support import rewards_builders as shelf


@pytest.fixture(autouse=True)
def alliance(app: Flask, clock: FrozenClock):
    yield
    assert points_builders.faults() == {}


def code(work, *arguments, **keywords) -> str:
    return shelf.refusal(work, *arguments, **keywords).code


def wish_like(found, **changes) -> RewardWish:
    return RewardWish(**{name: getattr(found, name) for name in RewardWish.__dataclass_fields__} | changes)


def move(work, found, count, **details):
    return work(shelf.desk(), key=new_id(), reward_id=found.id, count=count, **details).body


# ------------------------------------------------------------------------------------------ the catalogue


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("name_zh", " ", "empty"),
        ("name_zh", "名" * 41, "too_long"),
        ("name_zh", "门锁\u202e", "characters"),
        ("about_en", "x" * 601, "too_long"),
        ("kind", "car", "unknown"),
        ("points", 0, "range"),
        ("points", 1_000_001, "range"),
        ("points", True, "range"),
        ("quota", 0, "range"),
        ("quota_period", "week", "unknown"),
        ("low_stock", -1, "range"),
        ("drawing", "../secret", "characters"),
        ("offered_until", date(2026, 11, 1), "range"),
    ],
)
def test_a_reward_that_cannot_be_kept_names_the_field(field, value, reason):
    wish = {"name_zh": "洗衣粉", "points": 30, "offered_from": date(2026, 11, 2)} | {field: value}
    refused = shelf.refusal(
        rewards.service.create_reward, shelf.desk(), key=new_id(), wish=RewardWish(**wish)
    )
    told = (refused.code, refused.data["field"], refused.data["reason"])
    assert told == ("reward_invalid", field, reason)


def test_names_with_rare_characters_and_formulas_are_kept_as_they_are():
    assert shelf.reward("𠮷野家=1+1").name_zh == "𠮷野家=1+1"


def test_rewards_are_numbered_and_begin_as_drafts():
    first, second = shelf.reward(), shelf.reward(offered=False)
    assert (first.number, second.number, second.status) == (1, 2, "draft")
    rewards.service.offer_reward(shelf.desk(), second.id)
    assert shelf.facts(second.id).status == "offered"


def test_two_who_change_a_reward_at_once_hear_of_each_other():
    found, desk = shelf.reward(points=30), shelf.desk()
    rewards.service.change_reward(desk, found.id, version=1, wish=wish_like(found, points=35))
    refused = shelf.refusal(
        rewards.service.change_reward, desk, found.id, version=1, wish=wish_like(found, points=40)
    )
    assert (refused.code, refused.data["version"]) == ("reward_changed", 2)
    assert shelf.facts(found.id).points == 35


def test_members_do_not_keep_the_catalogue():
    found, wang = shelf.reward(), shelf.member()
    assert code(rewards.service.retire_reward, wang, found.id) == "permission_missing"
    assert code(rewards.service.put_picture, wang, found.id, b"") == "permission_missing"


def test_nobody_puts_a_price_on_what_his_own_shop_is_paid_for():
    shop = merchants_builders.a_shop()
    both = members_builders.member("陈国平", "coordinator", "clerk")
    merchants_builders.a_clerk(shop, both)
    chen = members_builders.actor(both)
    wish = RewardWish(name_zh="剪发", points=900)
    make = rewards.service.create_reward
    assert code(make, chen, key=new_id(), wish=wish, merchant_id=shop.id) == "own_shop"
    found = shelf.reward("剪发", merchant_id=shop.id)
    change = rewards.service.change_reward
    assert code(change, chen, found.id, version=1, wish=wish_like(found, points=900)) == "own_shop"
    assert code(make, chen, key=new_id(), wish=wish, merchant_id=new_id()) == "shop_unknown"


def test_what_the_desk_did_stands_in_the_audit_log():
    desk = shelf.desk()
    found = shelf.reward()
    rewards.service.retire_reward(desk, found.id)
    rewards.service.receive_stock(desk, key=new_id(), reward_id=found.id, count=2)
    shelf.fresh()
    acts = [each.action for each in audit.entries(subject_id=found.id).items]
    assert acts == ["stock.received", "reward.status", "reward.created"]


# ------------------------------------------------------------------------------------------ stock


def test_every_change_of_stock_is_a_line_in_the_journal():
    found = shelf.reward(stock=5)
    assert move(rewards.service.receive_stock, found, 10, note="街道送来")["stock"] == 15
    assert move(rewards.service.damage_stock, found, 2)["stock"] == 13
    assert move(rewards.service.count_stock, found, 12)["stock"] == 12
    shelf.fresh()
    lines = rewards.queries.movements(found.id).items
    assert [(each.kind, each.change, each.stock_after) for each in lines] == [
        ("counted", -1, 12),
        ("damaged", -2, 13),
        ("received", 10, 15),
        ("received", 5, 5),
    ]
    assert lines[2].note == "街道送来"


def test_stock_never_falls_below_what_is_held_for_vouchers():
    found = shelf.reward(stock=3)
    for name in ("王秀英", "李梅"):
        shelf.voucher(shelf.member(name), found)
    refused = shelf.refusal(move, rewards.service.damage_stock, found, 2)
    assert (refused.code, refused.data["stock"], refused.data["held"]) == ("stock_not_enough", 3, 2)
    assert code(move, rewards.service.count_stock, found, 1) == "stock_not_enough"
    assert move(rewards.service.damage_stock, found, 1)["stock"] == 2


@pytest.mark.parametrize("count", [0, -1, 1_000_001, True, 1.0])
def test_what_is_no_number_of_pieces_is_refused(count):
    assert code(move, rewards.service.receive_stock, shelf.reward(), count) == "count_invalid"


def test_the_shelf_has_an_end():
    assert code(move, rewards.service.receive_stock, shelf.reward(stock=999_999), 2) == "count_invalid"


def test_of_a_reward_without_end_nothing_is_counted():
    assert code(move, rewards.service.receive_stock, shelf.reward(stock=None), 1) == "without_stock"


def test_the_same_delivery_is_written_down_once():
    found, desk, key = shelf.reward(stock=0), shelf.desk(), new_id()
    for _ in range(2):
        rewards.service.receive_stock(desk, key=key, reward_id=found.id, count=4)
    assert shelf.facts(found.id).stock == 4


def test_what_runs_low_is_shown_to_the_desk():
    low, enough = shelf.reward(stock=3, low_stock=3), shelf.reward(stock=4, low_stock=3)
    shelf.reward(stock=None)
    assert rewards.queries.low_stock() == 1
    assert [each.reward.id for each in rewards.queries.stock_list(low=True).items] == [low.id]
    shelf.voucher(shelf.member(), enough)
    shelf.fresh()
    assert rewards.queries.low_stock() == 2
    lines = {each.reward.id: each.open_vouchers for each in rewards.queries.stock_list().items}
    assert lines[enough.id] == 1


def test_the_stock_list_goes_on_where_it_ended():
    for _ in range(3):
        shelf.reward()
    first = rewards.queries.stock_list(limit=2)
    second = rewards.queries.stock_list(limit=2, cursor=first.next)
    assert [each.reward.number for each in (*first.items, *second.items)] == [1, 2, 3]
    assert second.next is None


def test_nobody_changes_a_line_of_the_journal(database_app: Flask):
    shelf.reward(stock=5)
    for statement in (
        sa.update(StockMovement).values(change=4),
        sa.delete(StockMovement),
    ):
        with pytest.raises(sa.exc.IntegrityError, match="insert-only"), transaction():
            db.session.execute(statement)


def test_commands_have_no_hand_in_the_shelf_but_may_fill_it():
    found = shelf.reward(stock=2)
    (line,) = rewards.queries.movements(found.id).items
    assert (line.actor_id, line.actor_name) == (SYSTEM.id, "")


def test_the_pick_list_goes_on_where_a_page_ended_and_says_how_many_pieces_there_are_in_all(
    database_app: Flask, clock: FrozenClock
):
    soap, towel = shelf.reward("洗衣粉"), shelf.reward("毛巾")
    for name in ("王秀英", "李梅", "赵勇"):
        shelf.voucher(shelf.member(name), soap)
        clock.tick(hours=1)
    shelf.voucher(shelf.member("陈大勇"), towel)
    shelf.fresh()
    first = rewards.queries.pick_list(limit=2)
    second = rewards.queries.pick_list(limit=2, cursor=first.next)
    pages = [
        [
            (line.reward.name_zh, line.pieces, [each.member_name for each in line.vouchers])
            for line in page.items
        ]
        for page in (first, second)
    ]
    assert pages == [
        [("洗衣粉", 3, ["王*英", "李*"])],
        [("洗衣粉", 3, ["赵*"]), ("毛巾", 1, ["陈*勇"])],
    ]
    assert second.next is None
    with pytest.raises(CursorInvalid):
        rewards.queries.pick_list(cursor="x")
