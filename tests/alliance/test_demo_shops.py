"""The shops and rewards of the demo alliance: forty shops, a year of payments, and everything that can happen."""

from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa

import members.queries
import members.service
import merchants.queries
import merchants.service
import points.queries
import points.words
import rewards.queries
from alliance.demo import people
from core import clock as core_clock
from core.auth import SYSTEM
from core.db import db, new_id, transaction
from merchants.models import Charge, ChargeFlag, Merchant, Settlement, ShopDeed, ShopGift
from merchants.rules import values
from points import checks
from points.models import Transfer
from rewards import rules as reward_rules
from rewards.models import Redemption, Reward, WaitingMember
from tests.support.demo_evening import everybody

#: Whoever comes first makes the alliance, and the others wait for it.
pytestmark = pytest.mark.timeout(400)


class Undone(Exception):
    """Ends a transaction that is only looked at."""


def count(column, *conditions) -> Counter:
    return Counter(
        dict(db.session.execute(sa.select(column, sa.func.count()).where(*conditions).group_by(column)).all())
    )


def test_forty_shops_of_all_nine_trades_one_of_them_waits_one_rests_and_one_has_left(alliance):
    assert merchants.queries.status_counts() == {"applied": 1, "active": 37, "paused": 1, "left": 1}
    assert len(count(Merchant.trade_code)) == 9
    for shop in db.session.scalars(sa.select(Merchant)):
        offers = merchants.queries.offers(shop.id)
        assert shop.status == "applied" or 1 <= len(offers) <= 4, shop.name
        assert all((shop.name_en, shop.address, shop.contact_name, shop.about, shop.area_id, shop.hours)), (
            shop.name
        )
        assert shop.phone.startswith("1990000")
        assert [post.post for post in merchants.queries.clerks(shop.id)].count("owner") == 1, shop.name


def test_twenty_rewards_lie_on_the_shelf_each_with_its_picture(alliance):
    shelf = list(db.session.scalars(sa.select(Reward)))
    assert Counter(reward.status for reward in shelf) == {"offered": 20, "draft": 1}
    assert {reward.kind for reward in shelf} == set(reward_rules.KINDS)
    drawn = {path.stem for path in Path("static/rewards").glob("*.svg")}
    assert {reward.drawing for reward in shelf} == drawn
    assert all(reward.name_en and reward.about_en for reward in shelf)


def test_one_reward_is_sold_out_with_a_waiting_list_and_one_runs_low(alliance):
    facts = [rewards.queries.reward(each) for each in db.session.scalars(sa.select(Reward.id))]
    (sold_out,) = [reward for reward in facts if reward.sold_out]
    assert [reward.drawing for reward in facts if reward.running_low and not reward.sold_out] == [
        "door-alarm"
    ]
    waiting = sa.select(sa.func.count()).where(WaitingMember.reward_id == sold_out.id)
    assert db.session.scalar(waiting) == 4


def test_points_were_taken_in_every_way_and_everything_happened_that_can(alliance):
    assert set(count(Charge.way)) == set(values.WAYS)
    assert set(count(Charge.state)) == {"paid", "voided", "refunded", "expired", "cancelled"}
    assert set(count(Redemption.state)) == {"held", "used", "cancelled", "expired"}
    assert count(Charge.state)["paid"] > 1_000
    assert set(count(ChargeFlag.kind, ChargeFlag.seen_at.is_(None))) == set(values.FLAGS)
    assert db.session.scalar(sa.select(sa.func.count(ShopGift.id))) > 20
    assert db.session.scalar(sa.select(sa.func.count(ShopDeed.id))) > 10
    at_the_desk = rewards.queries.open_vouchers()
    assert count(Redemption.state)["held"] > at_the_desk > 5
    (returned,) = rewards.queries.handed_over(returned=True).items
    assert returned.voucher.returned.to_stock


def test_nobody_spent_on_any_day_what_he_had_not_earned_before(alliance):
    moves = sa.select(
        Transfer.posted_at,
        Transfer.id,
        Transfer.amount,
        Transfer.debit_account_id,
        Transfer.credit_account_id,
    ).order_by(Transfer.posted_at, Transfer.id)
    balances: Counter = Counter()
    people = {member.id for member in everybody()}
    for move in db.session.execute(moves):
        balances[move.credit_account_id] += move.amount
        balances[move.debit_account_id] -= move.amount
        if move.debit_account_id in people:
            assert balances[move.debit_account_id] >= 0, move


def test_points_were_taken_while_the_shop_was_a_partner_and_open(alliance):
    shops = {shop.id: shop for shop in db.session.scalars(sa.select(Merchant))}
    for charge in db.session.scalars(sa.select(Charge)):
        at = core_clock.local(charge.opened_at)
        shop = shops[charge.merchant_id]
        minute = at.hour * 60 + at.minute
        assert shop.admitted_at < charge.opened_at, shop.name
        assert any(opens <= minute < closes for opens, closes in shop.hours[at.weekday()]), (shop.name, at)


def test_every_month_is_closed_but_the_last_which_is_ready_to_be_settled(alliance):
    assert merchants.queries.month_to_draft() == "2026-10"
    months = set(db.session.scalars(sa.select(Settlement.month)))
    assert months == {"2025-12", *(f"2026-{month:02}" for month in range(1, 10))}
    assert set(count(Settlement.state)) == {"closed"}
    with pytest.raises(Undone), transaction():  # the other tests want the month as it was
        drafted = merchants.service.draft_month(SYSTEM, month="2026-10")
        assert drafted.statements > 25
        assert [finding for finding in checks.run() if finding.faults] == []
        raise Undone


def test_the_shop_that_left_owes_what_it_gave_back_and_can_pay_it_at_the_desk(alliance):
    (debt,) = merchants.queries.debts_of_the_left()
    assert (debt.shop, debt.month) == ("小赵鲜果", "2026-09")
    assert points.queries.holdings(debt.merchant_id).owed == -debt.points > 0
    desk = people.actor_of(members.queries.search(people.sign_in_phones()["coordinator"]).items[0].id)
    with pytest.raises(Undone), transaction():  # the demo is to show it
        merchants.service.pay_back(
            desk,
            key=new_id(),
            settlement_id=debt.settlement_id,
            paid_on=core_clock.today(),
            reference="收据 31",
        )
        assert merchants.queries.debts_of_the_left() == []
        assert [finding for finding in checks.run() if finding.faults] == []
        raise Undone


def test_the_owner_keeps_a_shop_at_whose_counter_the_clerk_stands(alliance):
    owner, clerk = (
        members.queries.search(people.sign_in_phones()[role]).items[0].id for role in ("shop owner", "clerk")
    )
    (own,) = merchants.queries.posts_of(owner)
    (there,) = merchants.queries.posts_of(clerk)
    assert (own.post, there.post) == ("owner", "clerk")
    assert own.merchant_id == there.merchant_id
    found = merchants.service.check_counter_pin(
        people.actor_of(owner), merchant_id=own.merchant_id, clerk_id=clerk, pin=people.COUNTER_PIN
    )
    assert found.member_id == clerk


def test_statements_name_the_shop_and_the_reward(alliance):
    volunteer = members.queries.search(people.sign_in_phones()["volunteer"]).items[0].id
    with alliance.app.test_request_context(headers={"Accept-Language": "zh"}):
        lines, cursor = [], None
        while True:
            page = points.queries.statement(volunteer, cursor=cursor)
            lines += points.words.with_names(page.items)
            cursor = page.next
            if cursor is None:
                break
        spent = [line for line in lines if line.kind == "spend"]
        assert len(spent) > 3
        assert all(line.subject_name and line.subject_name in points.words.line_title(line) for line in spent)
