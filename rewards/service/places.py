"""Where a reward is given out: at the police room, or at the shop that offers it."""

from uuid import UUID

import merchants.queries
import merchants.service
from core.auth import Actor
from merchants.errors import OwnShop
from merchants.service.common import is_own_shop


def giver(actor: Actor, merchant_id: UUID | None, clerk_id: UUID | None) -> UUID:
    """Who gives out: the staff member at the desk, or the clerk at the counter of the shop. Raises when he may not.

    A clerk's post is locked, so that leaving takes effect at once.
    """
    if merchant_id is None:
        actor.require("voucher.hand_over")
        return actor.member_id or actor.id
    return merchants.service.clerk_of(actor, merchant_id, clerk_id, lock=True).member_id


def check_no_interest(actor: Actor, merchant_id: UUID | None) -> None:
    """Raise `OwnShop` when the actor would put a price on what his own shop is paid for; `ShopUnknown`."""
    if merchant_id is None:
        return
    shop = merchants.queries.shop(merchant_id)
    if is_own_shop(actor.member_id, merchant_id):
        raise OwnShop(where=shop.name)
