"""The demo's shop that left and still owes: it gave back what it had been paid for, and takes nothing more."""

from datetime import datetime, time, timedelta
from typing import Final

import merchants.queries
import merchants.service
from alliance.demo.people import Alliance, actor_of
from alliance.demo.shop_plans import GONE
from alliance.demo.shops import Shop
from core import clock
from core.db import new_id

#: So many payments it gives back; in the month after the last one that it took, so that its statement ends below zero.
_GIVEN_BACK: Final = 3
_REASON: Final = "预订的水果没有送到，退回积分"


def leave(alliance: Alliance, shops: list[Shop]) -> None:
    """Its last orders come to nothing, the owner gives the points back and gives the shop up."""
    shop = next(each for each in shops if each.plan.name == GONE)
    taken = merchants.queries.shop_charges(shop.id, limit=50).items
    paid = [each for each in taken if each.state == "paid"][:_GIVEN_BACK]
    for number, charge in enumerate(paid):
        with clock.frozen(_noon(shop, 2 + number)):
            merchants.service.refund_charge(
                actor_of(shop.owner.id), key=new_id(), charge_id=charge.id, reason=_REASON
            )
    with clock.frozen(_noon(shop, 9)):
        merchants.service.end_shop(alliance.coordinators[0], shop.id, "球场改造，店面拆除，店主回老家")


def _noon(shop: Shop, days: int) -> datetime:
    """Noon of a day after the last one on which the shop took points."""
    assert shop.until is not None  # noqa: S101 - its plan says that it leaves
    return datetime.combine(shop.until + timedelta(days=days), time(12), tzinfo=clock.zone())
