"""What rewards need to know about the shops that offer them."""

from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa

import merchants.queries
from core.auth import Actor
from core.db import db
from rewards.models import Reward

_ACTIVE = "active"


def names(ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Names of shops by id."""
    wanted = {each for each in ids if each is not None}
    found = merchants.queries.many_shops(wanted) if wanted else {}
    return {each.id: each.name for each in found.values()}


def name(merchant_id: UUID | None) -> str:
    """The shop's name, "" for the police room."""
    return names([merchant_id]).get(merchant_id, "") if merchant_id is not None else ""


def is_open(merchant_id: UUID | None) -> bool:
    """Whether the offering shop is active; the police room (None) always is."""
    return merchant_id is None or merchants.queries.shop(merchant_id).status == _ACTIVE


def open_ids() -> list[UUID]:
    """The active shops among those that offer rewards."""
    offering = sa.select(Reward.merchant_id).where(Reward.merchant_id.is_not(None)).distinct()
    found = merchants.queries.many_shops([each for each in db.session.scalars(offering) if each])
    return [each.id for each in found.values() if each.status == _ACTIVE]


def of(actor: Actor) -> frozenset[UUID]:
    """The shops at whose counter the actor may stand."""
    if actor.member_id is None or not actor.may("counter.use"):
        return frozenset()
    return frozenset(each.merchant_id for each in merchants.queries.posts_of(actor.member_id))
