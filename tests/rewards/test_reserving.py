"""Members redeem: what it costs, what is held, what stands in the way, and how it comes back."""

from datetime import date, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

import members.service
import points.queries
import rewards.queries
import rewards.service
from core.auth import SYSTEM, Actor
from core.clock import FrozenClock
from core.db import db, new_id
from core.errors import Conflict, DomainError
from core.sweeps import SweepFailed
from points.models import TransferLot
from rewards.models import Redemption
from rewards.rules import RewardFacts
from rewards.service import RewardWish
from tests.support import members_builders, merchants_builders, points_builders
from tests.support import rewards_builders as shelf


@pytest.fixture(autouse=True)
def alliance(app: Flask, clock: FrozenClock):
    yield
    assert points_builders.faults() == {}


def change(found: RewardFacts, **wish) -> RewardFacts:
    values = {name: getattr(found, name) for name in RewardWish.__dataclass_fields__}
    rewards.service.change_reward(SYSTEM, found.id, version=found.version, wish=RewardWish(**(values | wish)))
    return shelf.facts(found.id)


def code(work, *arguments, **keywords) -> str:
    return shelf.refusal(work, *arguments, **keywords).code


def state(redemption_id: UUID) -> str:
    shelf.fresh()
    return db.session.scalar(sa.select(Redemption.state).where(Redemption.id == redemption_id))


# ------------------------------------------------------------------------------------------ redeeming


def test_redeeming_puts_the_points_in_escrow_and_holds_a_piece():
    soap, wang = shelf.reward(points=30, stock=5), shelf.member(points=100)
    body = shelf.reserve(wang, soap)
    assert (body["points"], body["balance"]) == (30, 70)
    found = shelf.facts(soap.id)
    assert (found.stock, found.held, found.available) == (5, 1, 4)
    voucher = rewards.queries.redemption(wang, UUID(body["redemption_id"]))
    assert (voucher.state, voucher.points, voucher.where) == ("held", 30, "")
    assert voucher.expires_at - voucher.reserved_at == timedelta(hours=72)


def test_the_voucher_shows_the_same_code_again_and_only_to_its_owner():
    soap, wang, desk = shelf.reward(), shelf.member(), shelf.desk()
    redemption_id, text = shelf.voucher(wang, soap)
    mine, theirs = (rewards.queries.redemption(each, redemption_id) for each in (wang, desk))
    assert (mine.code, mine.member_name) == (text, "王秀英")
    assert mine.address == f"http://localhost/q#{text}"
    assert (theirs.code, theirs.grouped, theirs.address, theirs.member_name) == (None, None, None, "王*英")


def test_the_code_is_kept_nowhere():
    soap, wang = shelf.reward(), shelf.member()
    _, text = shelf.voucher(wang, soap)
    with db.engine.connect() as connection:
        for table in db.metadata.tables:
            for row in connection.execute(sa.text(f'SELECT * FROM "{table}"')):
                assert text not in str(row), table


def test_a_double_tap_redeems_once():
    soap, wang, key = shelf.reward(quota=1), shelf.member(), new_id()
    first = shelf.reserve(wang, soap, key=key)
    assert shelf.reserve(wang, soap, key=key) == first
    assert shelf.balance(wang) == 70
    assert shelf.facts(soap.id).held == 1


def test_a_reward_without_end_is_not_counted():
    ticket, wang = shelf.reward(stock=None), shelf.member()
    shelf.reserve(wang, ticket)
    found = shelf.facts(ticket.id)
    assert (found.stock, found.held, found.available) == (None, 0, None)


def test_without_enough_points_nothing_is_held():
    lock, wang = shelf.reward(points=50), shelf.member(points=36)
    refused = shelf.refusal(shelf.reserve, wang, lock)
    assert (refused.code, refused.data["missing"]) == ("points_not_enough", 14)
    assert shelf.facts(lock.id).held == 0


def test_a_changed_price_is_shown_before_it_is_paid():
    soap, wang = shelf.reward(points=30), shelf.member()
    dearer = change(soap, points=40)
    refused = shelf.refusal(shelf.reserve, wang, soap)
    assert (refused.code, refused.data["points"], refused.data["version"]) == ("price_changed", 40, 2)
    assert shelf.balance(wang) == 100
    assert shelf.reserve(wang, dearer)["points"] == 40


def test_changed_terms_are_shown_as_well_and_a_changed_picture_is_not():
    soap, wang = shelf.reward(points=30), shelf.member()
    assert change(soap, drawing="towel", low_stock=3).version == soap.version
    assert change(soap, voucher_hours=24).version == soap.version + 1
    assert code(shelf.reserve, wang, soap) == "price_changed"


def test_the_last_piece_goes_to_one_and_the_next_is_offered_the_waiting_list():
    soap = shelf.reward(stock=1)
    shelf.reserve(shelf.member(), soap)
    refused = shelf.refusal(shelf.reserve, shelf.member("李梅"), soap)
    assert (refused.code, refused.data["waiting"]) == ("sold_out", False)


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ({"offered": False}, "reward_unknown"),
        ({"offered_from": date(2026, 11, 19)}, "reward_not_offered"),
        ({"offered_until": date(2026, 11, 18)}, "reward_not_offered"),
        ({"offered_from": date(2026, 11, 18), "offered_until": date(2026, 11, 19)}, "done"),
    ],
)
def test_a_reward_is_to_be_had_from_its_first_to_its_last_day(wish, expected):
    soap, wang = shelf.reward(**wish), shelf.member()
    if expected == "done":
        assert shelf.reserve(wang, soap)["outcome"] == "reserved"
    else:
        assert code(shelf.reserve, wang, soap) == expected


def test_a_retired_reward_is_not_redeemed_but_its_vouchers_stay_good():
    soap, wang, desk = shelf.reward(), shelf.member(), shelf.desk()
    _, text = shelf.voucher(wang, soap)
    rewards.service.retire_reward(desk, soap.id)
    assert code(shelf.reserve, wang, soap) == "reward_not_offered"
    assert shelf.hand_over(desk, text)["outcome"] == "handed_over"


def test_what_a_paused_shop_offers_is_not_redeemed():
    shop = merchants_builders.a_shop()
    haircut, wang = shelf.reward("剪发", merchant_id=shop.id, kind="service"), shelf.member()
    assert [each.reward.id for each in rewards.queries.shelf(wang.id).items] == [haircut.id]
    merchants_builders.merchants.service.pause_shop(SYSTEM, shop.id, "装修")
    assert rewards.queries.shelf(wang.id).items == []
    assert code(shelf.reserve, wang, haircut) == "reward_not_offered"


def test_members_on_leave_do_not_redeem():
    soap, wang = shelf.reward(), shelf.member()
    members.service.take_leave(wang, wang.id, None)
    assert code(shelf.reserve, wang, soap) == "member_on_leave"


def test_a_device_does_not_redeem():
    device = Actor(new_id(), "device", frozenset({"reward.redeem"}), shelf.member().id)
    assert code(shelf.reserve, device, shelf.reward()) == "redeemer_needed"


# ------------------------------------------------------------------------------------------ quota


def test_a_quota_counts_per_member_and_month(clock: FrozenClock):
    soap, wang, li = shelf.reward(quota=1, points=10), shelf.member(), shelf.member("李梅")
    shelf.reserve(wang, soap)
    refused = shelf.refusal(shelf.reserve, wang, soap)
    assert (refused.code, refused.data["again_on"]) == ("quota_reached", "2026-12-01")
    assert shelf.reserve(li, soap)["outcome"] == "reserved"
    clock.move_to(clock.now() + timedelta(days=13))
    assert shelf.reserve(wang, soap)["outcome"] == "reserved"


def test_the_month_of_a_quota_begins_at_midnight_in_the_programmes_zone(clock: FrozenClock):
    soap, wang = shelf.reward(quota=1, points=10), shelf.member()
    clock.move_to(points_builders.datetime.fromisoformat("2026-11-30T23:59:59+08:00"))
    shelf.reserve(wang, soap)
    assert code(shelf.reserve, wang, soap) == "quota_reached"
    clock.tick(seconds=1)
    assert shelf.reserve(wang, soap)["outcome"] == "reserved"


def test_a_quota_for_ever_never_comes_back(clock: FrozenClock):
    badge, wang = shelf.reward(quota=1, quota_period="ever", points=10), shelf.member()
    shelf.reserve(wang, badge)
    clock.tick(days=2)
    refused = shelf.refusal(shelf.reserve, wang, badge)
    assert (refused.code, refused.data["again_on"]) == ("quota_reached", None)


def test_what_was_called_off_or_ran_out_does_not_count(clock: FrozenClock):
    soap, wang = shelf.reward(quota=1, points=10), shelf.member()
    shelf.cancel(wang, shelf.voucher(wang, soap)[0])
    shelf.voucher(wang, soap)
    clock.tick(hours=72)
    assert shelf.reserve(wang, soap)["outcome"] == "reserved"


# ------------------------------------------------------------------------------------------ calling off, running out


def test_a_voucher_called_off_gives_points_and_piece_back():
    soap, wang = shelf.reward(stock=1), shelf.member()
    redemption_id, _ = shelf.voucher(wang, soap)
    assert shelf.cancel(wang, redemption_id)["balance"] == 100
    found = shelf.facts(soap.id)
    assert (found.stock, found.held) == (1, 0)
    assert state(redemption_id) == "cancelled"
    assert code(shelf.cancel, wang, redemption_id) == "voucher_cancelled"


def test_points_return_to_the_lots_they_came_from():
    soap, wang = shelf.reward(points=30), shelf.member(points=0)
    points_builders.earn(wang.id, 20, expires_on=date(2026, 12, 31))
    points_builders.earn(wang.id, 20, expires_on=date(2027, 12, 31))
    redemption_id, _ = shelf.voucher(wang, soap)
    shelf.cancel(wang, redemption_id)
    shelf.fresh()
    assert [(each.expires_on.year, each.points) for each in points.queries.lots(wang.id)] == [
        (2026, 20),
        (2027, 20),
    ]


def test_points_whose_day_passed_in_escrow_expire_when_they_return(clock: FrozenClock):
    soap, wang = shelf.reward(points=30, voucher_hours=2160), shelf.member(points=0)
    points_builders.earn(wang.id, 30, expires_on=date(2026, 12, 31))
    redemption_id, _ = shelf.voucher(wang, soap)
    clock.tick(days=50)
    shelf.cancel(wang, redemption_id)
    assert shelf.balance(wang) == 0
    changes = db.session.scalars(
        sa.select(TransferLot.change).where(TransferLot.account_id == wang.id).order_by(TransferLot.change)
    )
    assert list(changes) == [-30, -30, 30]


def test_the_desk_calls_off_for_a_member_and_it_is_audited():
    soap, wang = shelf.reward(), shelf.member()
    redemption_id, _ = shelf.voucher(wang, soap)
    assert shelf.cancel(shelf.desk(), redemption_id)["points"] == 30
    assert shelf.balance(wang) == 100


def test_a_helper_redeems_and_calls_off_for_whom_he_helps():
    helper = members_builders.actor(members_builders.member("孙女"))
    granny = members_builders.managed(helper)
    points_builders.earn(granny.id, 40)
    reader = members_builders.members.queries.signed_in(helper.id, granny.id)
    acting = members_builders.members.queries.actor_for(reader)
    redemption_id, _ = shelf.voucher(acting, shelf.reward(points=30))
    assert points_builders.balance(granny.id) == 10
    shelf.cancel(acting, redemption_id)
    assert points_builders.balance(granny.id) == 40


def test_a_voucher_runs_out_on_its_minute(clock: FrozenClock):
    soap, wang = shelf.reward(voucher_hours=1), shelf.member()
    redemption_id, _ = shelf.voucher(wang, soap)
    clock.tick(minutes=59, seconds=59)
    assert rewards.service.expire_redemptions() == 0
    clock.tick(seconds=1)
    assert rewards.queries.redemption(wang, redemption_id).state == "expired"
    assert rewards.service.expire_redemptions() == 1
    assert rewards.service.expire_redemptions() == 0
    assert (shelf.balance(wang), shelf.facts(soap.id).held, state(redemption_id)) == (100, 0, "expired")


def test_what_has_run_out_is_given_back_by_whoever_touches_it_first(clock: FrozenClock):
    soap, wang, li = shelf.reward(stock=1), shelf.member(), shelf.member("李梅")
    redemption_id, _ = shelf.voucher(wang, soap)
    clock.tick(hours=72)
    assert shelf.reserve(li, soap)["outcome"] == "reserved"
    assert (shelf.balance(wang), state(redemption_id)) == (100, "expired")


def test_points_that_ran_out_of_escrow_count_for_the_next_wish(clock: FrozenClock):
    soap, towel, wang = shelf.reward(), shelf.reward("毛巾"), shelf.member(points=30)
    shelf.voucher(wang, soap)
    clock.tick(hours=72)
    assert shelf.reserve(wang, towel)["outcome"] == "reserved"


def test_calling_off_too_late_says_so_and_the_points_are_back(clock: FrozenClock):
    soap, wang = shelf.reward(), shelf.member()
    redemption_id, _ = shelf.voucher(wang, soap)
    clock.tick(hours=72)
    assert code(shelf.cancel, wang, redemption_id) == "voucher_expired"
    assert shelf.balance(wang) == 100


def test_the_run_is_resumed_where_it_was_broken_off(clock: FrozenClock, monkeypatch):
    soap = shelf.reward(stock=10)
    for name in ("甲一", "乙二", "丙三"):
        shelf.voucher(shelf.member(name), soap)
    clock.tick(hours=72)
    done = []
    give_back = rewards.service.expiring.give_back

    def broken(*arguments):
        if len(done) == 2:
            raise RuntimeError("the machine goes down")
        done.append(arguments)
        give_back(*arguments)

    monkeypatch.setattr(rewards.service.expiring, "give_back", broken)
    with pytest.raises(RuntimeError):
        rewards.service.expire_redemptions()
    monkeypatch.undo()
    shelf.fresh()
    assert shelf.facts(soap.id).held == 1
    assert rewards.service.expire_redemptions() == 1
    assert shelf.facts(soap.id).held == 0


def test_a_voucher_that_cannot_be_ended_keeps_nobody_elses_points(clock: FrozenClock, monkeypatch):
    soap, people = shelf.reward(stock=3), [shelf.member(name) for name in ("甲一", "乙二", "丙三")]
    bad = min(shelf.voucher(each, soap)[0] for each in people)
    clock.tick(hours=72)
    give_back = rewards.service.expiring.give_back

    def broken(actor, key, found, slip, state):
        if slip.id == bad:
            raise ZeroDivisionError("a bad row")
        give_back(actor, key, found, slip, state)

    with monkeypatch.context() as patched:
        patched.setattr(rewards.service.expiring, "give_back", broken)
        # Who only wants a piece of it hears nothing of somebody else's bad row.
        assert shelf.reserve(shelf.member("丁四"), soap)["outcome"] == "reserved"
        with pytest.raises(SweepFailed) as failure:
            rewards.service.expire_redemptions()
    assert (failure.value.done, failure.value.failed) == (0, (bad,))
    assert sorted(shelf.balance(each) for each in people) == [70, 100, 100]
    assert rewards.service.expire_redemptions() == 1


def test_vouchers_live_ninety_days_at_most():
    for hours, works in ((2160, True), (2161, False), (0, False)):
        try:
            shelf.reward(voucher_hours=hours)
        except DomainError as refused:
            assert (refused.code, refused.data["field"], works) == ("reward_invalid", "voucher_hours", False)
        else:
            assert works


# ------------------------------------------------------------------------------------------ the card


def test_the_card_says_what_redeeming_would_meet():
    soap, wang = shelf.reward(points=30, quota=2), shelf.member(points=100)
    card = rewards.queries.card(wang.id, soap.id)
    assert (card.balance, card.balance_after, card.left_of_quota, card.obstacle) == (100, 70, 2, None)
    shelf.reserve(wang, soap)
    shelf.reserve(wang, soap)
    shelf.fresh()
    card = rewards.queries.card(wang.id, soap.id)
    assert (card.balance, card.left_of_quota, card.obstacle) == (40, 0, "quota_reached")


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("newest", ["门锁", "毛巾", "洗衣粉", "大米"]),
        ("price", ["毛巾", "洗衣粉", "大米", "门锁"]),
        ("favourites", ["门锁", "毛巾", "洗衣粉", "大米"]),
        ("affordable", ["洗衣粉", "大米", "毛巾", "门锁"]),
    ],
)
def test_the_shelf_is_sorted_as_the_member_likes_page_by_page(sort, order):
    wang = shelf.member(points=60)
    for name, price, stock in (("大米", 60, 5), ("洗衣粉", 30, 5), ("毛巾", 10, 0), ("门锁", 500, 5)):
        found = shelf.reward(name, points=price, stock=stock)
    rewards.service.mark(wang, found.id)
    names, cursor = [], None
    while True:
        page = rewards.queries.shelf(wang.id, sort=sort, cursor=cursor, limit=1)
        names += [each.reward.name_zh for each in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert names == order


def test_a_stranger_sees_the_shelf_without_anything_of_his_own():
    shelf.reward(points=30)
    (item,) = rewards.queries.shelf(None, sort="affordable").items
    assert (item.missing, item.favourite, item.waiting) == (None, False, False)


def test_refusals_of_redeeming_are_kept_with_their_key():
    soap, wang, key = shelf.reward(points=30), shelf.member(points=10), new_id()
    assert code(shelf.reserve, wang, soap, key=key) == "points_not_enough"
    points_builders.earn(wang.id, 50)
    assert code(shelf.reserve, wang, soap, key=key) == "points_not_enough"
    with pytest.raises(Conflict):
        shelf.reserve(wang, shelf.reward(), key=key)
