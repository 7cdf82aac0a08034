"""What a shop offers for points. An offer is never changed: the next one takes its place, so that charges stay true."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import clock
from core.auth import Actor
from core.db import db, new_id, transactional
from core.receipts import Answer, once
from merchants import queries
from merchants.errors import OfferRetired, OffersTooMany, OfferUnknown, ShopInvalid
from merchants.models import Offer
from merchants.rules import shops as rules
from merchants.rules.shops import OfferWish
from merchants.service.common import lock_shop, record, require_owner_or_desk


def add_offer(actor: Actor, *, key: UUID, merchant_id: UUID, wish: OfferWish) -> Answer:
    """Put an offer behind the others; by an owner or the desk, once per key, audited.

    The answer has `offer_id`. Raises `ShopInvalid`, `AmountInvalid`, `OffersTooMany`, `ShopUnknown`, `NotYourShop`,
    `OwnerNeeded`.
    """
    wish = rules.clean_offer(wish)

    def work() -> dict[str, Any]:
        lock_shop(merchant_id)
        require_owner_or_desk(actor, merchant_id)
        there = queries.offers(merchant_id)
        if len(there) >= rules.MOST_OFFERS:
            raise OffersTooMany(most=rules.MOST_OFFERS)
        position = max((each.position for each in there), default=0) + 1
        return _insert(actor, merchant_id, wish, position, "shop.offer_added")

    return once(key, actor, "shop.offer", {"merchant_id": merchant_id, **asdict(wish)}, work)


def change_offer(actor: Actor, *, key: UUID, merchant_id: UUID, offer_id: UUID, wish: OfferWish) -> Answer:
    """Put a new offer in the place of an old one, which is retired; by an owner or the desk, once per key, audited.

    The answer has the new `offer_id`. Whoever was shown the old price is asked again. Raises `OfferUnknown`,
    `OfferRetired`, `ShopInvalid`, `AmountInvalid`, `NotYourShop`, `OwnerNeeded`.
    """
    wish = rules.clean_offer(wish)

    def work() -> dict[str, Any]:
        old = _lock(actor, merchant_id, offer_id)
        if old.retired_at is not None:
            raise OfferRetired(what=old.name)
        old.retired_at = clock.now()
        db.session.flush()
        return _insert(actor, merchant_id, wish, old.position, "shop.offer_changed")

    content = {"merchant_id": merchant_id, "offer_id": offer_id, **asdict(wish)}
    return once(key, actor, "shop.offer.change", content, work)


@transactional
def retire_offer(actor: Actor, merchant_id: UUID, offer_id: UUID) -> None:
    """Make an offer no longer; by an owner or the desk, audited.

    Raises `OfferUnknown`, `NotYourShop`, `OwnerNeeded`.
    """
    offer = _lock(actor, merchant_id, offer_id)
    if offer.retired_at is None:
        offer.retired_at = clock.now()
        record(actor, "shop.offer_retired", offer.merchant_id, name=offer.name, points=offer.points)


@transactional
def order_offers(actor: Actor, merchant_id: UUID, offer_ids: Sequence[UUID]) -> None:
    """Put the shop's offers into this order; all of them have to be named. By an owner or the desk.

    Raises `ShopInvalid` (`offer_ids`), `ShopUnknown`, `NotYourShop`, `OwnerNeeded`.
    """
    lock_shop(merchant_id)
    require_owner_or_desk(actor, merchant_id)
    before = [each.id for each in queries.offers(merchant_id)]
    if sorted(offer_ids) != sorted(before):
        raise ShopInvalid(field="offer_ids", reason="unknown")
    if list(offer_ids) == before:
        return
    for position, offer_id in enumerate(offer_ids, start=1):
        db.session.execute(
            sa.update(Offer).where(Offer.id == offer_id).values(position=position),
            execution_options={"synchronize_session": False},
        )
    record(actor, "shop.offers_ordered", merchant_id)


def _lock(actor: Actor, merchant_id: UUID, offer_id: UUID) -> Offer:
    lock_shop(merchant_id)
    require_owner_or_desk(actor, merchant_id)
    query = sa.select(Offer).where(Offer.id == offer_id, Offer.merchant_id == merchant_id)
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise OfferUnknown
    return found


def _insert(actor: Actor, merchant_id: UUID, wish: OfferWish, position: int, act: str) -> dict[str, Any]:
    offer_id = new_id()
    values = {"id": offer_id, "merchant_id": merchant_id, "position": position, **asdict(wish)}
    db.session.execute(sa.insert(Offer), values)
    record(actor, act, merchant_id, name=wish.name, points=wish.points)
    return {"outcome": "offer_added", "merchant_id": str(merchant_id), "offer_id": str(offer_id)}
