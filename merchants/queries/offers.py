"""What shops offer for points."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from core.db import execute
from core.fixed import Fixed
from merchants.models import Offer


@dataclass(frozen=True, slots=True)
class OfferFacts:
    """Something a shop gives for so many points."""

    id: UUID
    merchant_id: UUID
    name: str
    name_en: str
    note: str
    points: int
    position: int


_STANDING = (
    sa.select(
        Offer.id,
        Offer.merchant_id,
        Offer.name,
        Offer.name_en,
        Offer.note,
        Offer.points,
        Offer.position,
    )
    .where(Offer.retired_at.is_(None))
    .order_by(Offer.merchant_id, Offer.position, Offer.id)
)
_OF_SHOP = Fixed(_STANDING.where(Offer.merchant_id == sa.bindparam("shop")))


def offers(merchant_id: UUID) -> list[OfferFacts]:
    """What the shop offers now, in its own order."""
    return [OfferFacts(*row) for row in execute(_OF_SHOP, {"shop": merchant_id})]


def offers_of(merchant_ids: Collection[UUID]) -> dict[UUID, list[OfferFacts]]:
    """Shop → what it offers now, in its own order; shops without offers are left out."""
    query = _STANDING.where(Offer.merchant_id.in_(list(merchant_ids)))
    found: dict[UUID, list[OfferFacts]] = {}
    for row in execute(query):
        found.setdefault(row.merchant_id, []).append(OfferFacts(*row))
    return found
