"""The desk takes back what a shop gave, or was awarded: by reversal, once, with a reason that both sides read."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core.auth import Actor
from core.db import db
from core.receipts import Answer, once
from merchants.errors import GiftUnknown, ShopDeedUnknown
from merchants.models import ShopDeed, ShopGift
from merchants.rules.shops import clean_reason
from merchants.service.common import lock_shop, record, require_disinterested
from points import queries as points_queries
from points import service as points_service


def withdraw_gift(actor: Actor, *, key: UUID, merchant_id: UUID, gift_id: UUID, reason: str) -> Answer:
    """Take a shop's gift back from the member into the shop's budget; needs `award.withdraw`, once, audited.

    The reason stands with the reversal and, like that of `award.withdraw`, not in the audit log.
    What the member has spent he owes; the next points that come in repay it. Nobody does so at the shop at which he
    works. Raises `ShopReasonMissing`, `ShopUnknown`, `GiftUnknown`, `OwnShop`, `TransferReversed`, `AwardExpired`,
    `MemoInvalid`, `MemoHoldsNumber`.
    """
    reason = clean_reason(reason)

    def work() -> dict[str, Any]:
        query = sa.select(ShopGift).where(ShopGift.id == gift_id, ShopGift.merchant_id == merchant_id)
        _require_shop(actor, merchant_id)
        gift = db.session.scalar(query)
        if gift is None:
            raise GiftUnknown
        taken = points_service.take_back(actor, key=key, transfer_id=gift.transfer_id, memo=reason)
        told = {"transfer": str(gift.transfer_id), "reversal": str(taken), "member": str(gift.member_id)}
        record(actor, "shop.gift_withdrawn", merchant_id, points=gift.points, **told)
        return {
            "outcome": "gift_withdrawn",
            "merchant_id": str(merchant_id),
            "reversal_id": str(taken),
            "points": gift.points,
            "budget": points_queries.budget(merchant_id),
            "owed": points_queries.holdings(gift.member_id).owed,
        }

    content = {"merchant_id": merchant_id, "gift_id": gift_id, "reason": reason}
    return once(key, actor, "shop.gift_withdraw", content, work)


def withdraw_deed(actor: Actor, *, key: UUID, merchant_id: UUID, deed_id: UUID, reason: str) -> Answer:
    """Take back what a shop was awarded for a good deed of its own; needs `award.withdraw`, once, audited.

    What the shop does not hold any more it owes. Raises `ShopDeedUnknown`, and as `withdraw_gift` does.
    """
    reason = clean_reason(reason)

    def work() -> dict[str, Any]:
        query = sa.select(ShopDeed).where(ShopDeed.id == deed_id, ShopDeed.merchant_id == merchant_id)
        _require_shop(actor, merchant_id)
        deed = db.session.scalar(query)
        if deed is None:
            raise ShopDeedUnknown
        taken = points_service.take_back(actor, key=key, transfer_id=deed.transfer_id, memo=reason)
        told = {"transfer": str(deed.transfer_id), "reversal": str(taken), "rule": deed.rule_code}
        record(actor, "shop.deed_withdrawn", merchant_id, points=deed.points, **told)
        return {
            "outcome": "shop_deed_withdrawn",
            "merchant_id": str(merchant_id),
            "reversal_id": str(taken),
            "points": deed.points,
            "budget": points_queries.budget(merchant_id),
            "owed": points_queries.holdings(merchant_id).owed,
        }

    content = {"merchant_id": merchant_id, "deed_id": deed_id, "reason": reason}
    return once(key, actor, "shop.deed_withdraw", content, work)


def _require_shop(actor: Actor, merchant_id: UUID) -> None:
    # Under the shop's lock, so that of two who take the same thing back the second hears that it is done.
    require_disinterested(actor, "award.withdraw", lock_shop(merchant_id))
