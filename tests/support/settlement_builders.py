"""A shop's month: members who pay at the counter, refunds, rates, and what the desk does with them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

import merchants.queries
import merchants.service
import points.service
from core import clock
from core.auth import SYSTEM, Actor
from core.clock import FrozenClock
from core.db import db, new_id, transaction
from merchants.models import Settlement
from merchants.queries import SettlementFacts, ShopFacts
from tests.support import members_builders, merchants_builders, points_builders


def at(text: str) -> datetime:
    """A time on the wall of the police room: "2026-10-31T23:59"."""
    return datetime.fromisoformat(text).replace(tzinfo=clock.zone())


@contextmanager
def on(frozen: FrozenClock, text: str) -> Iterator[None]:
    """Do something at another time, then come back."""
    before = frozen.now()
    frozen.move_to(at(text))
    try:
        yield
    finally:
        frozen.move_to(before)


def two_shops() -> dict[str, ShopFacts]:
    """A barber and a grocer, who get 10 cents for a point."""
    rate(10)
    barber = merchants_builders.a_shop("小周理发店")
    return {"barber": barber, "grocer": merchants_builders.a_shop("好邻居超市", trade="supermarket")}


def payer(balance: int = 5_000, name: str = "王小芳") -> Actor:
    """A member with so many points to spend."""
    facts = members_builders.member(name)
    points_builders.earn(facts.id, balance, expires_on=date(2030, 12, 31))
    return members_builders.actor(facts)


def take(shop: ShopFacts, member: Actor, amount: int, **details: Any) -> UUID:
    """The member pays at the counter by an order; the charge's id."""
    owner = members_builders.actor(merchants_builders.the_owner(shop))
    key = new_id()
    merchants.service.show_order(owner, key=key, merchant_id=shop.id, points=amount, **details)
    code = merchants.service.order_code(key)
    with transaction():
        merchants.service.take_order(member, merchants_builders.scan_of(code))
    merchants.service.confirm_charge(member, key=new_id(), charge_id=key, points=amount)
    return key


def refund(charge_id: UUID) -> None:
    """The desk gives a payment back."""
    desk = members_builders.staff(name="退款员")
    merchants.service.refund_charge(desk, key=new_id(), charge_id=charge_id, reason="没有剪")


def voucher(shop: ShopFacts, member: Actor, amount: int) -> UUID:
    """A voucher of the member's is handed over at the shop, as far as the ledger is concerned; the reservation's id."""
    assert member.member_id is not None
    with transaction():
        reservation = points.service.reserve(
            SYSTEM,
            key=uuid4(),
            member_id=member.member_id,
            points=amount,
            subject_type="redemption",
            subject_id=uuid4(),
        )
        points.service.pay(SYSTEM, key=uuid4(), reservation_id=reservation, merchant_id=shop.id)
    return reservation


def rate(cents: int, first: str = "2026-01-01", **scope: Any) -> UUID:
    """What a point is worth from a day on; the rate's id."""
    answer = merchants.service.add_rate(
        SYSTEM, key=new_id(), cents_per_point=cents, valid_from=date.fromisoformat(first), **scope
    )
    return UUID(answer.body["rate_id"])


def draft(month: str = "2026-10") -> list[SettlementFacts]:
    """Draft the month; its statements by the shops' numbers."""
    merchants.service.draft_month(SYSTEM, month=month)
    return of(month)


def of(month: str = "2026-10") -> list[SettlementFacts]:
    """The statements of a month, read afresh."""
    db.session.rollback()
    return merchants.queries.statements_of_month(month)


def agree(settlement_id: UUID, by: Actor = SYSTEM, note: str = "周老板在纸上签了字") -> None:
    """The shop agrees."""
    merchants.service.agree_settlement(by, key=new_id(), settlement_id=settlement_id, note=note)


def pay(
    settlement_id: UUID, by: Actor = SYSTEM, reference: str = "转账 1105", paid_on: date | None = None
) -> None:
    """The money is paid."""
    merchants.service.pay_settlement(
        by, key=new_id(), settlement_id=settlement_id, paid_on=paid_on or clock.today(), reference=reference
    )


def close(settlement_id: UUID, by: Actor = SYSTEM) -> None:
    """The statement is filed."""
    merchants.service.close_settlement(by, key=new_id(), settlement_id=settlement_id)


def count() -> int:
    """How many statements there are."""
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(Settlement)) or 0


def left_owing(frozen: FrozenClock, *, booked: bool = True) -> tuple[ShopFacts, SettlementFacts]:
    """A shop that was paid for 30 points, gave them back, and left; its latest statement."""
    wang, shops_ = payer(), two_shops()
    with on(frozen, "2026-10-14T12:00"):
        taken = take(shops_["barber"], wang, 30)
    frozen.move_to(at("2026-11-02T09:00"))
    for each in draft():
        agree(each.id)
        pay(each.id)
    refund(taken)
    frozen.move_to(at("2026-12-02T09:00"))
    (november,) = draft("2026-11")
    if booked:
        agree(november.id)
        pay(november.id)
    merchants.service.end_shop(SYSTEM, shops_["barber"].id, "搬走了")
    return shops_["barber"], november
