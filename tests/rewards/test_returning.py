"""What was handed over is taken back: once, whole, by somebody who has no part in it, with a reason that is read."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

import members.queries
import merchants.queries
import points.queries
import rewards.queries
import rewards.service
from alliance.month_figures import figures
from core.auth import Actor
from core.clock import FrozenClock
from core.db import db, new_id
from core.errors import Forbidden
from rewards.models import RedemptionReturn
from tests.support import members_builders, merchants_builders, points_builders
from tests.support import rewards_builders as shelf
from tests.support import settlement_builders as settling


@pytest.fixture(autouse=True)
def alliance(app: Flask, clock: FrozenClock):
    yield
    assert points_builders.faults() == {}


def code(*arguments: Any, **keywords: Any) -> str:
    return shelf.refusal(shelf.take_back, *arguments, **keywords).code


def handed_over(wang: Actor, by: Actor, **wish: Any) -> tuple[UUID, Any]:
    """A reward of ten points that `wang` has fetched from `by`."""
    wanted = shelf.reward(**({"points": 10, "stock": 5} | wish))
    redemption_id, text = shelf.voucher(wang, wanted)
    shelf.hand_over(by, text, fitting_place="十号楼三单元" if wanted.kind == "security" else "")
    return redemption_id, wanted


def test_points_and_piece_are_where_they_were_and_the_reason_is_read():
    wang, desk, other = shelf.member(), shelf.desk(), shelf.desk("何平")
    redemption_id, alarm = handed_over(wang, desk, kind="security")
    answer = shelf.take_back(other, redemption_id, to_stock=True)
    assert (answer["points"], answer["balance"]) == (10, 100)
    assert (shelf.facts(alarm.id).stock, shelf.facts(alarm.id).held) == (5, 0)
    (line, *_before) = rewards.queries.movements(alarm.id).items
    assert (line.kind, line.change, line.stock_after, line.actor_name) == ("returned", 1, 5, "何平")
    found = rewards.queries.redemption(wang, redemption_id)
    assert (found.state, found.returned.reason, found.returned.to_stock) == ("used", "警报器不响", True)
    assert found.fitting_place == "", "it is fitted nowhere: nobody needs the address"
    told = points.queries.statement(wang.id).items[0]
    assert (told.id, told.points, told.memo) == (UUID(answer["reversal_id"]), 10, "警报器不响")


def test_what_came_from_two_years_goes_back_to_both_and_what_is_past_expires(clock: FrozenClock):
    wang, desk, other = shelf.member(points=0), shelf.desk(), shelf.desk("何平")
    points_builders.earn(wang.id, 4, expires_on=date(2026, 12, 31))
    points_builders.earn(wang.id, 20, expires_on=date(2027, 12, 31))
    redemption_id, _ = handed_over(wang, desk)
    clock.move_to(clock.now() + timedelta(days=60))
    assert shelf.take_back(other, redemption_id)["balance"] == 20
    assert [(each.expires_on.year, each.points) for each in points.queries.lots(wang.id)] == [(2027, 20)]


def test_it_is_taken_back_once_and_a_repeat_has_the_first_answer():
    wang, desk, other = shelf.member(), shelf.desk(), shelf.desk("何平")
    redemption_id, _ = handed_over(wang, desk)
    key = new_id()
    first = shelf.take_back(other, redemption_id, key=key)
    assert shelf.take_back(other, redemption_id, key=key) == first
    assert code(other, redemption_id) == "voucher_returned"
    assert code(other, redemption_id, key=key, reason="另一个原因") == "key_reused"
    text = shelf.code_of(redemption_id).text
    for work in (shelf.hand_over, shelf.scan):
        assert shelf.refusal(work, desk, text).code == "voucher_returned"
    assert shelf.refusal(shelf.cancel, wang, redemption_id).code == "voucher_returned"
    assert shelf.balance(wang) == 100


def test_only_what_was_handed_over_is_taken_back(clock: FrozenClock):
    wang, desk, soap = shelf.member(), shelf.desk(), shelf.reward(points=10)
    waiting, _ = shelf.voucher(wang, soap)
    called_off, _ = shelf.voucher(wang, soap)
    shelf.cancel(wang, called_off)
    assert code(desk, waiting) == "not_handed_over"
    assert code(desk, called_off) == "voucher_cancelled"
    clock.tick(hours=72)
    assert code(desk, waiting) == "voucher_expired"
    assert code(desk, new_id()) == "redemption_unknown"


def test_who_handed_it_over_takes_it_back_alone_only_with_the_piece():
    wang, desk, other = shelf.member(), shelf.desk(), shelf.desk("何平")
    kept, _ = handed_over(wang, desk)
    service, _ = handed_over(wang, desk, stock=None)
    assert code(desk, kept) == code(desk, service) == "return_needs_another"
    assert shelf.take_back(desk, kept, to_stock=True)["outcome"] == "redemption_returned"
    assert code(other, service, to_stock=True) == "without_stock"
    assert shelf.take_back(other, service)["to_stock"] is False


def test_nobody_takes_back_for_himself_or_his_household_or_without_the_right():
    chen, soap = shelf.desk(), shelf.reward(points=10)
    helper = members_builders.actor(members_builders.member("李建国", "coordinator"))
    granny = members_builders.managed(helper)
    acting = members.queries.actor_for(members.queries.signed_in(helper.id, granny.id))
    for each in (helper, granny):
        points_builders.earn(each.id, 50)
    own, own_text = shelf.voucher(helper, soap)
    hers, her_text = shelf.voucher(acting, soap)
    for text in (own_text, her_text):
        shelf.hand_over(chen, text)
    for each in (own, hers):
        assert code(helper, each, to_stock=True) == "not_on_oneself"
    for stranger in (shelf.member("李梅"), shelf.member("孙审计", "auditor")):
        assert isinstance(shelf.refusal(shelf.take_back, stranger, own), Forbidden)
    assert shelf.take_back(chen, hers, to_stock=True)["member_id"] == str(granny.id)


@pytest.mark.parametrize(
    ("reason", "refused"),
    [
        ("", "reason_missing"),
        ("  ", "reason_missing"),
        ("字" * 201, "memo_invalid"),
        ("电13912345678", "memo_holds_number"),
    ],
)
def test_a_reason_is_needed_that_may_stand_for_ever(reason: str, refused: str):
    desk, other = shelf.desk(), shelf.desk("何平")
    redemption_id, _ = handed_over(shelf.member(), desk)
    found = shelf.refusal(shelf.take_back, other, redemption_id, reason=reason)
    assert (found.code, found.data["field"]) == (refused, "reason")
    assert db.session.scalar(sa.select(sa.func.count(RedemptionReturn.id))) == 0


def test_a_quota_counts_only_what_was_kept():
    wang, desk = shelf.member(), shelf.desk()
    redemption_id, soap = handed_over(wang, desk, quota=1)
    assert shelf.refusal(shelf.reserve, wang, soap).code == "quota_reached"
    shelf.take_back(desk, redemption_id, to_stock=True)
    assert rewards.queries.card(wang.id, soap.id).left_of_quota == 1
    assert shelf.reserve(wang, soap)["outcome"] == "reserved"


def test_who_waits_is_told_when_the_last_piece_comes_back():
    wang, li, desk = shelf.member(), shelf.member("李梅"), shelf.desk()
    redemption_id, soap = handed_over(wang, desk, stock=1)
    rewards.service.wait_for(li, soap.id)
    shelf.take_back(desk, redemption_id, to_stock=True)
    assert [each.id for each in rewards.queries.back_in_stock(li.id)] == [soap.id]


def test_a_shop_that_was_paid_for_it_gives_it_back_on_its_next_statement(clock: FrozenClock):
    """In the month itself it is taken off that month; after the month was paid it is a line of the next one."""
    shop, wang, desk = settling.two_shops()["barber"], settling.payer(), shelf.desk()
    clerk = members_builders.actor(merchants_builders.a_clerk(shop))

    def fetched() -> UUID:
        haircut = shelf.reward(points=30, stock=None, merchant_id=shop.id)
        redemption_id, text = shelf.voucher(wang, haircut)
        shelf.hand_over(clerk, text, merchant_id=shop.id)
        return redemption_id

    with settling.on(clock, "2026-10-15T12:00"):
        at_once, late = fetched(), fetched()
        shelf.take_back(desk, at_once, reason="没有剪成")
        assert figures(date(2026, 10, 1)).trade.rewards_returned == 1
    (october,) = settling.draft("2026-10")
    assert (october.points, october.due_cents) == (30, 300)
    settling.agree(october.id)
    settling.pay(october.id, by=shelf.desk("何平"))
    shelf.take_back(desk, late, reason="剪坏了，已协商")
    assert (shelf.balance(wang), points_builders.owed(shop.id)) == (5_000, 30)
    clock.move_to(settling.at("2026-12-02T12:00"))
    (told,) = points.queries.taken_from_shop(shop.id, settling.at("2026-11-01T00:00"))
    assert (told.points, told.reason) == (30, "剪坏了，已协商")
    (november,) = settling.draft("2026-11")
    lines = merchants.queries.all_settlement_lines(november.id)
    assert [(each.kind, each.points, each.cents) for each in lines] == [("refund", -30, -300)]
    trade = figures(date(2026, 11, 1)).trade
    assert (trade.rewards_returned, trade.rewards_returned_points, trade.at_shops) == (1, 30, 0)


def test_nobody_takes_back_what_his_own_shop_was_paid_for():
    shop, wang = merchants_builders.a_shop(), shelf.member()
    officer = members_builders.member("何平", "coordinator")
    clerk = merchants_builders.a_clerk(shop)
    merchants_builders.a_clerk(shop, officer)
    haircut = shelf.reward(points=30, stock=None, merchant_id=shop.id)
    redemption_id, text = shelf.voucher(wang, haircut)
    shelf.hand_over(members_builders.actor(clerk), text, merchant_id=shop.id)
    assert code(members_builders.actor(officer), redemption_id) == "own_shop"


def test_the_months_report_counts_it_when_it_was_taken_back_and_nets_the_books(clock: FrozenClock):
    wang, desk = shelf.member(), shelf.desk()
    with settling.on(clock, "2026-10-15T12:00"):
        points_builders.earn(wang.id, 50)
        redemption_id, _ = handed_over(wang, desk)
    shelf.take_back(desk, redemption_id, to_stock=True)
    october, november = figures(date(2026, 10, 1)), figures(date(2026, 11, 1))
    assert (october.trade.handed_over, october.trade.rewards_returned, october.books.redeemed) == (1, 0, 10)
    assert (november.trade.handed_over, november.trade.rewards_returned, november.books.redeemed) == (
        0,
        1,
        -10,
    )
    assert november.books.put_aside == 0


def test_the_desk_lists_what_was_handed_over_and_what_came_back(clock: FrozenClock):
    wang, li, desk = shelf.member(), shelf.member("李梅"), shelf.desk()
    made = []
    for owner in (wang, li, wang):
        made.append(handed_over(owner, desk)[0])
        clock.tick(minutes=1)
    shelf.take_back(desk, made[0], to_stock=True)
    first = rewards.queries.handed_over(limit=2)
    rest = rewards.queries.handed_over(limit=2, cursor=first.next)
    assert [each.voucher.id for each in (*first.items, *rest.items)] == made[::-1]
    assert [each.member_name for each in first.items] == ["王秀英", "李梅"]
    (line,) = rewards.queries.handed_over(returned=True).items
    assert (line.voucher.id, line.returner_name, line.voucher.returned.reason) == (
        made[0],
        "陈国平",
        "警报器不响",
    )
    assert len(rewards.queries.handed_over(member_id=li.id).items) == 1
    (told,) = rewards.queries.returned_lately(wang.id, clock.now() - timedelta(days=14))
    assert told.id == made[0]
    assert rewards.queries.returned_lately(li.id, clock.now() - timedelta(days=14)) == []


def test_what_was_taken_back_is_never_changed():
    desk = shelf.desk()
    redemption_id, _ = handed_over(shelf.member(), desk)
    shelf.take_back(desk, redemption_id, to_stock=True)
    with pytest.raises(sa.exc.IntegrityError, match="insert-only"), db.engine.begin() as connection:
        connection.execute(sa.update(RedemptionReturn).values(returned_by=new_id()))
