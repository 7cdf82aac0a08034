"""Charges of the past are taken over in bulk and leave behind what the counter would have left."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

import merchants.queries
import merchants.service
from core.db import db, transaction
from core.receipts import KeyReused
from members.queries import facts
from merchants.models import Charge
from merchants.service import PastCharge
from points import ledger
from points.errors import PointsNotEnough
from tests.support import counter_builders as build
from tests.support import points_builders


@pytest.fixture
def counter(database_app, clock):
    return build.a_counter()


@pytest.fixture
def wang(counter):
    return build.payer(100)


def past(counter, member, clock, **changes) -> PastCharge:
    """A haircut of 30 points, paid by order two days ago."""
    opened = clock.now() - timedelta(days=2)
    standing = PastCharge(
        merchant_id=counter.shop.id,
        member_id=facts(member.id).id,
        clerk_id=counter.clerk.member_id,
        way="order",
        points=30,
        state="paid",
        opened_at=opened,
        held_at=opened + timedelta(seconds=9),
        paid_at=opened + timedelta(seconds=15),
    )
    return replace(standing, **changes)


def given_back(counter, member, clock) -> PastCharge:
    return past(
        counter, member, clock,
        state="refunded", ended_at=clock.now() - timedelta(days=1), ended_by=counter.owner.member_id,
        reason="没有剪", lots={date(2027, 12, 31): 30},
    )  # fmt: skip


def take_over(*charges: PastCharge) -> None:
    with transaction():
        ledger.post_many(move for each in charges for move in merchants.service.past_movements(each))
        merchants.service.import_charges(charges)


def test_a_payment_of_the_past_stands_in_the_books_and_in_the_shops_list(counter, wang, clock):
    take_over(past(counter, wang, clock))
    assert build.balance(wang) == 70
    (line,) = merchants.queries.shop_charges(counter.shop.id).items
    assert (line.points, line.state) == (30, "paid")
    assert points_builders.faults() == {}


def test_what_was_given_back_is_home_in_its_old_lot(counter, wang, clock):
    take_over(given_back(counter, wang, clock))
    assert build.balance(wang) == 100
    assert points_builders.faults() == {}


def test_the_keys_of_the_past_move_nothing_again(counter, wang, clock):
    charge = past(counter, wang, clock)
    take_over(charge)
    with pytest.raises(KeyReused):
        merchants.service.show_order(counter.clerk, key=charge.id, merchant_id=counter.shop.id, points=30)
    assert db.session.scalar(sa.select(sa.func.count(Charge.id))) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "voided"},
        {"held_at": None},
        {"member_id": None},
        {"paid_at": None},
        {"state": "held", "paid_at": None},
        {"state": "refunded"},
    ],
    ids=str,
)
def test_a_charge_that_cannot_have_gone_like_that_is_refused(counter, wang, clock, changes):
    with pytest.raises(ValueError, match="cannot have gone like that"):
        take_over(past(counter, wang, clock, **changes))
    assert build.balance(wang) == 100


def test_who_has_too_little_cannot_have_paid(counter, wang, clock):
    with pytest.raises(PointsNotEnough):
        take_over(past(counter, wang, clock, points=101))
    assert build.balance(wang) == 100
