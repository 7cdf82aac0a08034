"""What a point is worth in money: dated, never changed, only added to."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import audit, clock
from core.auth import Actor
from core.db import db, new_id
from core.receipts import Answer, once
from merchants import queries
from merchants.errors import RateInvalid, TradeUnknown
from merchants.models import ConversionRate, Trade
from merchants.rules import settling as rules
from merchants.service.common import lock_shop, require_disinterested
from merchants.service.settling import alone


def add_rate(
    actor: Actor,
    *,
    key: UUID,
    cents_per_point: int,
    valid_from: date,
    merchant_id: UUID | None = None,
    trade_code: str | None = None,
) -> Answer:
    """Say what a point is worth from a day on, of one shop, of one trade or (neither) of all; once per key, audited.

    Needs `settlement.manage`. Another rate of the same scope for the same day takes the place of the older one. The
    answer has `rate_id`. Raises `RateInvalid`, `RateTooEarly`, `ShopUnknown`, `TradeUnknown`, `OwnShop`.
    """
    actor.require("settlement.manage")
    content: dict[str, Any] = {
        "cents_per_point": cents_per_point,
        "valid_from": valid_from,
        "merchant_id": merchant_id,
        "trade_code": trade_code,
    }
    return once(key, actor, "rate.add", content, lambda: _add(actor, **content))


def _add(
    actor: Actor, *, cents_per_point: int, valid_from: date, merchant_id: UUID | None, trade_code: str | None
) -> dict[str, Any]:
    # No statement may be drafted between the look at the last month and the new rate.
    alone()
    if merchant_id is not None and trade_code is not None:
        raise RateInvalid(field="trade_code", reason="scope")
    scope: dict[str, str] = {"trade": trade_code} if trade_code else {}
    if merchant_id is not None:
        shop = lock_shop(merchant_id)
        require_disinterested(actor, "settlement.manage", shop)
        scope = {"shop": shop.name}
    if trade_code is not None and db.session.get(Trade, trade_code) is None:
        raise TradeUnknown(field="trade_code")
    rules.check_rate(cents_per_point, valid_from, _drafted_until())
    rate_id = new_id()
    values = {
        "id": rate_id,
        "merchant_id": merchant_id,
        "trade_code": trade_code,
        "cents_per_point": cents_per_point,
        "valid_from": valid_from,
        "created_at": clock.now(),
        "created_by": actor.member_id or actor.id,
    }
    db.session.execute(sa.insert(ConversionRate), values)
    audit.record(
        actor,
        "rate.added",
        "rate",
        rate_id,
        cents_per_point=cents_per_point,
        valid_from=valid_from.isoformat(),
        **scope,
    )
    return {"rate_id": str(rate_id)}


def _drafted_until() -> date | None:
    """The day after the last month with statements."""
    month = queries.last_drafted_month()
    if month is None:
        return None
    return (rules.read_month(month) + timedelta(days=32)).replace(day=1)
