"""Where a reward is given out: at the police room, or at the shop that offers it."""

from uuid import UUID

from core.auth import Actor
from merchants.errors import ShopUnknown


def shop_open(merchant_id: UUID | None) -> bool:
    """Whether the offering shop is active; the police room (None) always is."""
    return merchant_id is None


def name(merchant_id: UUID | None) -> str:
    """The shop's name, "" for the police room."""
    return "" if merchant_id is None else str(merchant_id)


def shops_of(actor: Actor) -> frozenset[UUID]:
    """The shops at whose counter the actor may stand."""
    actor.may("counter.use")
    return frozenset()


def giver(actor: Actor, merchant_id: UUID | None, clerk_id: UUID | None) -> UUID:
    """Who gives out: the staff member at the desk, or the clerk at the counter of the shop. Raises when he may not."""
    if merchant_id is None:
        actor.require("voucher.hand_over")
        return actor.member_id or actor.id
    raise ShopUnknown(clerk_id=clerk_id)


def check_no_interest(actor: Actor, merchant_id: UUID | None) -> None:
    """Raise `OwnShop` when the actor would put a price on what his own shop is paid for."""
    if merchant_id is not None and actor.member_id is None:
        raise ShopUnknown
