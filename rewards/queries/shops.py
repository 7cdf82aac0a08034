"""What rewards need to know about the shops that offer them."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core.auth import Actor
from rewards.models import Reward


def names(ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Names of shops by id."""
    return {each: str(each) for each in ids if each is not None}


def is_open(merchant_id: UUID | None) -> bool:
    """Whether the offering shop is active; the police room (None) always is."""
    return merchant_id is None


def open_select() -> sa.Select[Any]:
    """Ids of active shops, to be used in a query."""
    return sa.select(Reward.merchant_id).where(sa.false())


def of(actor: Actor) -> frozenset[UUID]:
    """The shops at whose counter the actor may stand."""
    actor.may("counter.use")
    return frozenset()
