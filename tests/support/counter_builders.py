"""A shop's counter with people before and behind it, and each way of paying as one step, through the real services."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import members.queries
import members.service
import merchants.queries
import merchants.service
from alliance import gate
from core.auth import Actor
from core.codes import Code
from core.db import db, new_id
from core.receipts import Answer
from members.queries import MemberFacts
from merchants.models import Charge, ChargeFlag
from merchants.queries import ShopFacts
from tests.support import members_builders as people
from tests.support import merchants_builders as shops
from tests.support import points_builders as points

PIN = people.PIN


@dataclass(frozen=True)
class Counter:
    """A shop with its owner and one clerk, as they would be signed in."""

    shop: ShopFacts
    owner: Actor
    clerk: Actor


def a_counter(**details: Any) -> Counter:
    """A shop that takes points."""
    shop = shops.a_shop(**details)
    clerk = shops.a_clerk(shop)
    return Counter(shop, people.actor(shops.the_owner(shop)), people.actor(clerk))


def payer(balance: int = 100, name: str = "王小芳", *, pin: bool = False) -> Actor:
    """A member with points, signed in on his phone; with the PIN `PIN` where it is asked for."""
    found = people.member(name)
    if balance:
        points.earn(found.id, balance)
    if pin:
        give_pin(found.id)
    return people.actor(found)


def give_pin(member_id: UUID) -> None:
    """Let an administrator set the member's PIN."""
    members.service.set_pin(people.staff("administrator"), member_id, PIN)


def facts(actor: Actor) -> MemberFacts:
    """The member behind an actor."""
    assert actor.member_id is not None
    return members.queries.facts(actor.member_id)


def show(counter: Counter, amount: int | None = 30, **details: Any) -> Answer:
    """The clerk shows an order."""
    details = {"key": new_id(), "points": amount, **details}
    return merchants.service.show_order(counter.clerk, merchant_id=counter.shop.id, **details)


def scan(actor: Actor, code: Code | str, **payload: Any) -> Answer:
    """Somebody's phone reads a code."""
    text = code if isinstance(code, str) else code.text
    return gate.scan(actor, {"scan_id": new_id(), "code": text, **payload})


def order(counter: Counter, member: Actor, amount: int = 30) -> UUID:
    """An order that the member has scanned; the id of the charge."""
    shown = show(counter, amount)
    scan(member, shown.body["code"])
    return UUID(shown.body["charge_id"])


def confirm(member: Actor, charge_id: UUID, amount: int = 30, key: UUID | None = None) -> Answer:
    """The member says yes to the amount that he was shown."""
    return merchants.service.confirm_charge(member, key=key or new_id(), charge_id=charge_id, points=amount)


def paid(counter: Counter, member: Actor, amount: int = 30) -> UUID:
    """A payment by order, from showing to paid; the id of the charge."""
    charge_id = order(counter, member, amount)
    confirm(member, charge_id, amount)
    return charge_id


def phone_code(member: Actor) -> Code:
    """The code that the member's phone shows now."""
    return members.service.phone_code(member).code


def hold(counter: Counter, code: Code, amount: int | None = 30, **details: Any) -> Answer:
    """The clerk reads a member's code."""
    details = {"key": new_id(), "points": amount, **details}
    return merchants.service.hold_by_code(counter.clerk, code=code, merchant_id=counter.shop.id, **details)


def take(counter: Counter, charge_id: UUID | str, pin: str | None = None, key: UUID | None = None) -> Answer:
    """The clerk takes what is held."""
    charge_id = UUID(str(charge_id))
    return merchants.service.take_charge(counter.clerk, key=key or new_id(), charge_id=charge_id, pin=pin)


def pay_plate(counter: Counter, member: Actor, amount: int = 30, **details: Any) -> Answer:
    """The member pays by the plate on the counter."""
    details = {"key": new_id(), "code": shops.plate_of(counter.shop), **details}
    return merchants.service.pay_by_plate(member, points=amount, **details)


def state(charge_id: UUID | str) -> str:
    """What is written about the charge, read afresh."""
    db.session.rollback()
    found = db.session.scalar(sa.select(Charge.state).where(Charge.id == UUID(str(charge_id))))
    assert found is not None
    return found


def charges() -> int:
    """How many charges there are."""
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(Charge)) or 0


def balance(who: Actor | ShopFacts | UUID) -> int:
    """What a member or shop can spend, read afresh."""
    if isinstance(who, Actor):
        assert who.member_id is not None
        return points.balance(who.member_id)
    return points.balance(who if isinstance(who, UUID) else who.id)


def flags(charge_id: UUID | str | None = None) -> list[str]:
    """Kinds of the flags raised (for one charge), sorted."""
    db.session.rollback()
    query = sa.select(ChargeFlag.kind)
    if charge_id is not None:
        query = query.where(ChargeFlag.charge_id == UUID(str(charge_id)))
    return sorted(db.session.scalars(query))


def expire() -> int:
    """What the keeper does with charges."""
    return merchants.service.expire_charges()
