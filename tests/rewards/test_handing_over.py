"""Vouchers are scanned, and rewards given out: at the desk, and at the counters of shops."""

import pytest
import sqlalchemy as sa
from flask import Flask

import members.service
import merchants.service
import points.queries
import points.service
import rewards.queries
import rewards.service
from core import codes
from core.auth import SYSTEM, Actor
from core.clock import FrozenClock
from core.codes import Kind
from core.db import db, new_id
from points.models import Transfer
from rewards.models import Redemption
from tests.support import members_builders, merchants_builders, points_builders
from tests.support import rewards_builders as shelf


@pytest.fixture(autouse=True)
def alliance(app: Flask, clock: FrozenClock):
    yield
    assert points_builders.faults() == {}


def code(work, *arguments, **keywords) -> str:
    return shelf.refusal(work, *arguments, **keywords).code


def clerk_at(shop) -> Actor:
    return members_builders.actor(merchants_builders.a_clerk(shop))


def kinds() -> list[str]:
    shelf.fresh()
    return list(
        db.session.scalars(
            sa.select(Transfer.kind).where(Transfer.subject_type == "redemption").order_by(Transfer.id)
        )
    )


# ------------------------------------------------------------------------------------------ at the desk


def test_the_desk_sees_what_it_is_and_a_masked_name_then_hands_it_over():
    soap, wang, desk = shelf.reward("洗衣粉"), shelf.member(), shelf.desk()
    redemption_id, text = shelf.voucher(wang, soap)
    seen = shelf.scan(desk, text)
    assert (seen["outcome"], seen["reward_name_zh"], seen["price"]) == ("voucher", "洗衣粉", 30)
    assert "王" not in str(seen), "the receipt keeps no name"
    given = shelf.hand_over(desk, text)
    assert given["redemption_id"] == str(redemption_id)
    found = shelf.facts(soap.id)
    assert (found.stock, found.held) == (4, 0)
    assert kinds() == ["spend", "release"]
    (line, _received) = rewards.queries.movements(soap.id).items
    assert (line.kind, line.change, line.stock_after, line.actor_name) == ("handed_over", -1, 4, "陈国平")


def test_a_voucher_typed_in_small_letters_with_blanks_is_read_too():
    _, text = shelf.voucher(shelf.member(), shelf.reward())
    typed = " ".join(text[start : start + 4] for start in range(0, len(text), 4)).lower()
    assert shelf.hand_over(shelf.desk(), typed)["outcome"] == "handed_over"


def test_a_used_voucher_says_when_and_where(clock: FrozenClock):
    _, text = shelf.voucher(shelf.member(), shelf.reward())
    desk = shelf.desk()
    shelf.hand_over(desk, text)
    at = clock.now().isoformat()
    clock.tick(days=5)
    for work in (shelf.hand_over, shelf.scan):
        refused = shelf.refusal(work, desk, text)
        assert (refused.code, refused.data) == ("voucher_used", {"at": at, "where": ""})


def test_an_expired_voucher_is_refused_and_its_points_are_back(clock: FrozenClock):
    wang, desk = shelf.member(), shelf.desk()
    _, text = shelf.voucher(wang, shelf.reward())
    clock.tick(hours=72)
    assert code(shelf.scan, desk, text) == "voucher_expired"
    assert code(shelf.hand_over, desk, text) == "voucher_expired"
    assert shelf.balance(wang) == 100


def test_a_cancelled_voucher_is_refused():
    wang, desk = shelf.member(), shelf.desk()
    redemption_id, text = shelf.voucher(wang, shelf.reward())
    shelf.cancel(wang, redemption_id)
    assert code(shelf.hand_over, desk, text) == "voucher_cancelled"


def test_what_is_no_voucher_of_ours_is_refused():
    desk = shelf.desk()
    assert code(shelf.hand_over, desk, codes.random_code(Kind.VOUCHER).text) == "voucher_unknown"
    assert code(shelf.hand_over, desk, codes.random_code(Kind.ORDER).text) == "voucher_unknown"
    assert code(shelf.hand_over, desk, "http://evil.example/q#V") == "code_foreign"
    assert code(shelf.hand_over, desk, "V" * 300) == "code_too_long"


def test_the_answer_to_a_lost_request_is_given_again():
    _, text = shelf.voucher(shelf.member(), shelf.reward())
    desk, key = shelf.desk(), new_id()
    first = shelf.hand_over(desk, text, key=key)
    assert shelf.hand_over(desk, text, key=key) == first


def test_nobody_hands_over_his_own_voucher_or_one_of_his_household():
    soap, chen = shelf.reward(), shelf.desk()
    points_builders.earn(chen.id, 100)
    _, own = shelf.voucher(chen, soap)
    assert code(shelf.hand_over, chen, own) == "own_voucher"
    helper = members_builders.actor(members_builders.member("李建国", "coordinator"))
    granny = members_builders.managed(helper)
    points_builders.earn(granny.id, 100)
    acting = members_builders.members.queries.actor_for(
        members_builders.members.queries.signed_in(helper.id, granny.id)
    )
    _, hers = shelf.voucher(acting, soap)
    assert code(shelf.hand_over, helper, hers) == "own_voucher"
    assert shelf.hand_over(chen, hers)["outcome"] == "handed_over"
    assert shelf.hand_over(helper, own)["outcome"] == "handed_over"


def test_a_member_without_office_hands_nothing_over():
    _, text = shelf.voucher(shelf.member(), shelf.reward())
    assert code(shelf.hand_over, shelf.member("陈大勇"), text) == "permission_missing"


def test_the_owner_is_led_to_his_own_voucher_and_a_stranger_learns_nothing():
    wang, stranger = shelf.member(), shelf.member("陈大勇")
    redemption_id, text = shelf.voucher(wang, shelf.reward())
    assert shelf.scan(wang, text)["redemption_id"] == str(redemption_id)
    for each in (text, codes.random_code(Kind.VOUCHER).text):
        refused = shelf.refusal(shelf.scan, stranger, each)
        assert (refused.code, refused.data) == ("code_unknown", {})


# ------------------------------------------------------------------------------------------ security products


def test_a_security_product_needs_the_place_where_it_will_be_fitted():
    lock, wang, desk = shelf.reward("门锁", kind="security"), shelf.member(), shelf.desk()
    redemption_id, text = shelf.voucher(wang, lock)
    key = new_id()
    refused = shelf.refusal(shelf.hand_over, desk, text, key=key)
    assert (refused.code, refused.data["field"]) == ("fitting_place_missing", "fitting_place")
    assert code(shelf.hand_over, desk, text, key=key, fitting_place="楼\x00") == "note_invalid"
    assert code(shelf.hand_over, desk, text, key=key, fitting_place="楼" * 201) == "note_invalid"
    shelf.hand_over(desk, text, key=key, fitting_place=" 3 号楼 2 单元  501 ", fitting_help=True)
    found = rewards.queries.redemption(wang, redemption_id)
    assert (found.fitting_place, found.fitting_help) == ("3 号楼 2 单元 501", True)


# ------------------------------------------------------------------------------------------ at a shop's counter


def test_the_offering_shops_clerk_hands_over_and_the_shop_is_paid():
    shop = merchants_builders.a_shop("小周理发店")
    clerk, wang = clerk_at(shop), shelf.member()
    haircut = shelf.reward("剪发", kind="service", stock=None, merchant_id=shop.id)
    redemption_id, text = shelf.voucher(wang, haircut)
    assert shelf.scan(clerk, text)["merchant_id"] == str(shop.id)
    shelf.hand_over(clerk, text, merchant_id=shop.id)
    shelf.fresh()
    assert points.queries.balance(shop.id) == 30
    assert kinds() == ["spend", "pay"]
    found = rewards.queries.redemption(wang, redemption_id)
    assert (found.state, found.where, found.handed_over_by) == ("used", "小周理发店", clerk.id)
    refused = shelf.refusal(shelf.hand_over, clerk, text, merchant_id=shop.id)
    assert (refused.code, refused.data["where"]) == ("voucher_used", "小周理发店")


def test_a_clerk_who_has_taken_over_the_counter_stands_in_the_record():
    shop = merchants_builders.a_shop()
    signed_in, stands_there = clerk_at(shop), clerk_at(shop)
    wang = shelf.member()
    redemption_id, text = shelf.voucher(wang, shelf.reward(merchant_id=shop.id))
    shelf.hand_over(signed_in, text, merchant_id=shop.id, clerk_id=stands_there.id)
    assert rewards.queries.redemption(wang, redemption_id).handed_over_by == stands_there.id


def test_another_shops_clerk_and_the_desk_are_told_where_it_is_handed_over():
    shop, other = merchants_builders.a_shop("小周理发店"), merchants_builders.a_shop("老李五金")
    stranger, desk, wang = clerk_at(other), shelf.desk(), shelf.member()
    _, text = shelf.voucher(wang, shelf.reward(merchant_id=shop.id))
    for work in (
        lambda: shelf.hand_over(stranger, text, merchant_id=other.id),
        lambda: shelf.hand_over(desk, text),
        lambda: shelf.scan(stranger, text),
        lambda: shelf.scan(desk, text),
    ):
        refused = shelf.refusal(work)
        assert (refused.code, refused.data["where"]) == ("voucher_elsewhere", "小周理发店")
    _, at_the_desk = shelf.voucher(wang, shelf.reward())
    refused = shelf.refusal(shelf.hand_over, stranger, at_the_desk, merchant_id=other.id)
    assert (refused.code, refused.data["where"]) == ("voucher_elsewhere", "")


def test_somebody_from_elsewhere_stands_at_no_counter():
    shop = merchants_builders.a_shop()
    _, text = shelf.voucher(shelf.member(), shelf.reward(merchant_id=shop.id))
    assert code(shelf.hand_over, shelf.member("陈大勇"), text, merchant_id=shop.id) == "not_your_shop"


def test_who_has_left_the_shop_hands_nothing_over_any_more():
    shop = merchants_builders.a_shop()
    clerk = clerk_at(shop)
    _, text = shelf.voucher(shelf.member(), shelf.reward(merchant_id=shop.id))
    merchants.service.remove_clerk(SYSTEM, merchant_id=shop.id, member_id=clerk.id)
    assert code(shelf.hand_over, clerk, text, merchant_id=shop.id) == "not_your_shop"


def test_a_clerk_does_not_hand_over_his_own_voucher():
    shop = merchants_builders.a_shop()
    clerk, colleague = clerk_at(shop), clerk_at(shop)
    points_builders.earn(clerk.id, 100)
    _, text = shelf.voucher(clerk, shelf.reward(merchant_id=shop.id))
    assert code(shelf.hand_over, clerk, text, merchant_id=shop.id) == "own_voucher"
    assert shelf.hand_over(colleague, text, merchant_id=shop.id)["outcome"] == "handed_over"


def test_a_suspended_clerk_stands_at_no_counter():
    shop = merchants_builders.a_shop()
    facts = merchants_builders.a_clerk(shop)
    clerk = members_builders.actor(facts)
    _, text = shelf.voucher(shelf.member(), shelf.reward(merchant_id=shop.id))
    members.service.suspend(SYSTEM, facts.id, "调查中")
    assert code(shelf.hand_over, clerk, text, merchant_id=shop.id) == "not_your_shop"


# ------------------------------------------------------------------------------------------ lists


def test_the_pick_list_names_what_to_lay_out_and_for_whom(clock: FrozenClock):
    soap, towel = shelf.reward("洗衣粉"), shelf.reward("毛巾")
    wang, li = shelf.member(), shelf.member("李梅")
    shelf.voucher(wang, soap)
    clock.tick(hours=1)
    shelf.voucher(li, soap)
    _, used = shelf.voucher(li, towel)
    shelf.hand_over(shelf.desk(), used)
    shelf.fresh()
    (line,) = rewards.queries.pick_list().items
    assert line.reward.name_zh == "洗衣粉"
    assert [each.member_name for each in line.vouchers] == ["王*英", "李*"]
    assert rewards.queries.open_vouchers() == 2
    assert len(rewards.queries.desk_redemptions("past").items) == 1
    clock.tick(hours=72)
    assert rewards.queries.pick_list().items == []


def test_the_statement_names_what_the_points_were_for():
    soap, wang = shelf.reward("洗衣粉", name_en="Washing powder"), shelf.member()
    redemption_id, _ = shelf.voucher(wang, soap)
    names = rewards.queries.subject_names([redemption_id, new_id()])
    assert names == {redemption_id: ("洗衣粉", "Washing powder")}


def test_the_state_kept_and_the_state_shown_are_told_apart(clock: FrozenClock):
    wang = shelf.member()
    redemption_id, _ = shelf.voucher(wang, shelf.reward())
    clock.tick(hours=72)
    shelf.fresh()
    kept = db.session.scalar(sa.select(Redemption.state).where(Redemption.id == redemption_id))
    assert (kept, rewards.queries.redemption(wang, redemption_id).state) == ("held", "expired")
    assert [each.id for each in rewards.queries.my_redemptions(wang.id, "past").items] == [redemption_id]
    assert rewards.queries.my_redemptions(wang.id).items == []


def test_a_voucher_whose_time_runs_out_while_others_are_served_is_not_handed_over(
    clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
):
    soap, wang, desk = shelf.reward(), shelf.member(), shelf.desk()
    redemption_id, text = shelf.voucher(wang, soap)
    release = points.service.release

    def after_a_wait(*arguments, **keywords):
        clock.tick(seconds=2)
        return release(*arguments, **keywords)

    clock.tick(hours=71, minutes=59, seconds=59)
    monkeypatch.setattr(points.service, "release", after_a_wait)
    assert code(shelf.hand_over, desk, text) == "voucher_expired"
    assert kinds() == ["spend"]
    assert shelf.facts(soap.id).stock == 5
    assert rewards.queries.redemption(wang, redemption_id).state == "expired"
