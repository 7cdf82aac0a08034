"""Good deeds of shops themselves, awarded by the desk by the tariff's rules for shops."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import points.service
from core import clock
from core.auth import Actor
from core.db import db
from core.receipts import Answer, once
from merchants import queries
from merchants.models import ShopDeed
from merchants.rules import giving as rules
from merchants.rules.shops import clean_text, require_partner
from merchants.rules.values import LONGEST_REASON
from merchants.service.common import lock_shop, record, require_disinterested
from points.errors import SecondNeeded
from points.service import Paid


def award_shop(
    actor: Actor,
    *,
    key: UUID,
    merchant_id: UUID,
    rule_code: str,
    happened_at: datetime | None = None,
    note: str = "",
) -> Answer:
    """Award a shop's good deed by a rule for shops; needs `shop.manage`, once per key, audited.

    `happened_at` (aware) is when it was done, None is now. Nobody awards the shop at which he works. Raises `OwnShop`,
    `ShopClosedNow`, `ShopUnknown`, `ShopInvalid`, `DeedTimeInvalid`, `SecondNeeded` (he alone has given this shop this
    week, or all shops today, as much as one person may), `DeedAboveLimit` (anybody would pass that by this one deed)
    and the refusals of `points.service.pay_shop_deed`.
    """
    note = clean_text(note, "note", LONGEST_REASON)

    def work() -> dict[str, Any]:
        shop = lock_shop(merchant_id)
        require_disinterested(actor, "shop.manage", shop)
        require_partner(shop.status, shop.name)
        done_at = rules.deed_time(happened_at, clock.now())
        paid = points.service.pay_shop_deed(
            actor,
            key=key,
            merchant_id=merchant_id,
            rule_code=rule_code,
            happened_at=done_at,
            subject_id=key,
            memo=note,
        )
        # Under the locks of the payment.
        _require_alone(actor, merchant_id, paid)
        _write_down(actor, key, merchant_id, paid, done_at, note)
        record(actor, "shop.awarded", merchant_id, rule=rule_code, points=paid.points)
        return {
            "outcome": "shop_awarded",
            "deed_id": str(key),
            "merchant_id": str(merchant_id),
            "where": shop.name,
            "rule_code": rule_code,
            "rule_name_zh": paid.rule.name_zh,
            "rule_name_en": paid.rule.name_en,
            "points": paid.points,
            "balance": paid.balance,
            "when": done_at.isoformat(),
        }

    content = {"merchant_id": merchant_id, "rule_code": rule_code, "happened_at": happened_at, "note": note}
    return once(key, actor, "shop.award", content, work)


def _write_down(actor: Actor, key: UUID, merchant_id: UUID, paid: Paid, done_at: datetime, note: str) -> None:
    values = {
        "id": key,
        "merchant_id": merchant_id,
        "rule_code": paid.rule.code,
        "points": paid.points,
        "note": note,
        "happened_at": done_at,
        "awarded_at": clock.now(),
        "awarded_by": actor.member_id or actor.id,
        "transfer_id": paid.transfer_id,
    }
    db.session.execute(sa.insert(ShopDeed), values)


def _require_alone(actor: Actor, merchant_id: UUID, paid: Paid) -> None:
    """Raise `SecondNeeded` above what one person gives alone: somebody else awards the rest.

    Raises `DeedAboveLimit` where nobody could.
    """
    if actor.kind == "system":
        return
    points.service.check_worth(paid.rule)
    limits, today, own = points.service.award_limits(), clock.today(), actor.member_id or actor.id
    monday = clock.start_of(points.service.monday(today))
    if queries.awarded_alone(monday, merchant_id=merchant_id, by=own) + paid.points > limits.member_week:
        raise SecondNeeded(limit="member_week", reason="shop")
    if queries.awarded_alone(clock.start_of(today), by=own) + paid.points > limits.coordinator_day:
        raise SecondNeeded(limit="coordinator_day", reason="shop")
