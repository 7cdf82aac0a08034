"""The plate on a shop's counter, scanned by the member: he types or picks, confirms, and it is paid at once.

A plate can be photographed, so the limits are lower than at the counter's own screen.
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from core import clock
from core.auth import Actor
from core.codes import Code
from core.db import transactional
from core.receipts import Answer, once
from merchants import queries
from merchants.rules.shops import require_partner
from merchants.rules.values import BY_PLATE, HOLD_LIFE
from merchants.service.charging import flags, records, steps


def pay_by_plate(actor: Actor, *, key: UUID, code: Code, points: int, offer_id: UUID | None = None) -> Answer:
    """Pay the shop whose plate was scanned; once per key, which becomes the id of the charge.

    `points` is what the member confirmed; beside an offer it must be its price. Raises `ShopPlateUnknown`,
    `ShopPlateReplaced`, `AmountInvalid`, `OfferUnknown`, `OfferRetired`, `PriceChanged`, `PlateLimitPassed`,
    `PlateDayLimitReached` and the other limits, `PointsNotEnough`, the refusals of shops that are not open and of
    members who may not pay.
    """

    def work() -> dict[str, Any]:
        member_id = steps.payer(actor)
        shop = records.shop(queries.read_plate(code))
        require_partner(shop.status, shop.name)
        price, what = steps.priced(shop.id, points, offer_id)
        opened_at = clock.now()
        changes = steps.pay_at_once(
            actor, key=key, charge_id=key, shop=shop, member_id=member_id, amount=price, way=BY_PLATE
        )
        records.add(
            id=key,
            merchant_id=shop.id,
            member_id=member_id,
            way=BY_PLATE,
            points=price,
            offer_id=offer_id,
            what=what,
            opened_at=opened_at,
            expires_at=opened_at + HOLD_LIFE,
            reason="",
            **changes,
        )
        records.add_untold(key, shop.id)
        flags.look_at(key, shop, member_id, price, changes["paid_at"])
        answer = steps.paid_answer(key, shop, price, what, changes)
        return {**answer, "balance": steps.balance(member_id)}

    content = {"code": code.text, "points": points, "offer_id": offer_id}
    return once(key, actor, "charge.plate", content, work, together=True)


@transactional
def see_payments(
    actor: Actor, *, merchant_id: UUID, charge_ids: Collection[UUID], clerk_id: UUID | None = None
) -> None:
    """The counter has seen these payments by the plate and tells them no more; a repeat does nothing.

    Raises `NotYourShop`.
    """
    steps.at_counter(actor, merchant_id, clerk_id)
    records.forget_untold(merchant_id, charge_ids)
