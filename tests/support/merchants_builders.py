"""Shops with owners, clerks, offers and plates, through the real services."""

from itertools import count
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import members.queries
import merchants.queries
import merchants.service
from core import clock, codes
from core.auth import SYSTEM
from core.codes import Code, Kind
from core.config import settings
from core.db import db, new_id
from core.scans import Scan
from members.queries import MemberFacts
from merchants.models import Merchant
from merchants.queries import ShopFacts
from merchants.rules.shops import OfferWish
from tests.support import members_builders

COUNTER_PIN = "7392"
#: Monday to Saturday nine to seven with an hour at noon, Sunday until noon.
HOURS = [[[540, 720], [780, 1140]]] * 6 + [[[540, 720]]]
_numbers = count(1)


def a_shop(
    name: str | None = None,
    *,
    trade: str = "hairdresser",
    owner: MemberFacts | None = None,
    admitted: bool = True,
    **details: Any,
) -> ShopFacts:
    """A partner shop (`admitted=False`: one that waits), owned by a fresh member unless `owner` is given."""
    merchants.service.install_trades()
    owner = owner or members_builders.member("周老板", "clerk")
    limits = {each: details.pop(each) for each in merchants.queries.LIMITS if each in details}
    answer = merchants.service.apply_shop(
        SYSTEM,
        new_id(),
        owner_id=owner.id,
        name=name or f"小周理发店{next(_numbers)}",
        trade_code=trade,
        **details,
    )
    merchant_id = UUID(answer.body["merchant_id"])
    if admitted:
        merchants.service.admit_shop(SYSTEM, merchant_id)
    if limits:
        merchants.service.change_shop(SYSTEM, merchant_id, **limits)
    return merchants.queries.shop(merchant_id)


def the_owner(shop: ShopFacts) -> MemberFacts:
    """The shop's first owner."""
    return members.queries.facts(shop.applied_by)


def a_clerk(
    shop: ShopFacts, member: MemberFacts | None = None, *, post: str = "clerk", pin: str | None = None
) -> MemberFacts:
    """A member who works at the shop's counter; with a counter PIN when one is given."""
    member = member or members_builders.member("吴小丽", "clerk")
    merchants.service.add_clerk(
        SYSTEM, key=new_id(), merchant_id=shop.id, member_number=str(member.number), post=post
    )
    if pin is not None:
        merchants.service.set_counter_pin(SYSTEM, merchant_id=shop.id, member_id=member.id, pin=pin)
    return member


def ask(shop: ShopFacts, member: MemberFacts) -> None:
    """The shop's owner asks a member to work there; he has not answered."""
    owner = members_builders.actor(the_owner(shop))
    merchants.service.add_clerk(owner, key=new_id(), merchant_id=shop.id, member_number=str(member.number))


def an_offer(shop: ShopFacts, name: str = "剪发", points: int = 30, **details: Any) -> UUID:
    """Something that the shop gives for points; its id."""
    answer = merchants.service.add_offer(
        SYSTEM,
        key=new_id(),
        merchant_id=shop.id,
        wish=OfferWish(**{"name": name, "points": points, "name_en": "Haircut", **details}),
    )
    return UUID(answer.body["offer_id"])


def a_budget(shop: ShopFacts, points: int = 200) -> None:
    """Points that the shop may give away."""
    merchants.service.grant_shop_budget(
        SYSTEM, key=new_id(), merchant_id=shop.id, points=points, reason="开业优惠"
    )


def plate_of(shop: ShopFacts) -> Code:
    """The code that is printed on the shop's newest plate."""
    generation = db.session.scalar(sa.select(Merchant.plate_generation).where(Merchant.id == shop.id))
    return codes.printed_code(codes.keyring(settings()), Kind.SHOP, shop.id, generation)


def scan_of(code: Code, **details: Any) -> Scan:
    """A scan of this code now."""
    return Scan(id=new_id(), code=code, received_at=clock.now(), **details)
