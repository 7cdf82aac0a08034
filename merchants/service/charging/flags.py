"""What looks odd about payments: written down with the payment, looked at by a coordinator, never refused."""

from datetime import datetime
from typing import Any
from uuid import UUID

from core import audit, clock
from core.auth import Actor
from core.receipts import Answer, once
from merchants.errors import OwnShop
from merchants.rules import charging as rules
from merchants.service.charging import records
from merchants.service.common import is_own_shop, require_other_household


def look_at(charge_id: UUID, shop: rules.Shop, member_id: UUID, points: int, now: datetime) -> None:
    """Raise the flags that a payment deserves. In its transaction: what is odd must not get lost with a process."""
    in_day, in_week = records.pair(shop.id, member_id, now)
    closing = rules.around_closing(shop.hours, clock.local(now)) if rules.is_round(points) else None
    habits = rules.Habits(
        pair_in_day=in_day,
        pair_in_week=in_week,
        works_there=is_own_shop(member_id, shop.id),
        round_at_closing=records.round_amounts(shop.id, *closing) if closing else 0,
        gifts=records.gifts(shop.id, member_id, now),
    )
    since = habits.gifts.last_at or now
    found = [
        (kind, data) for kind, data in rules.odd(habits) if not _known(kind, shop.id, member_id, now, since)
    ]
    records.add_flags(charge_id, found, now)


def _known(kind: str, merchant_id: UUID, member_id: UUID, now: datetime, given_at: datetime) -> bool:
    """Whether the list says so of this day, or since the last gift. A payment at the own shop is always told."""
    if kind == "own_shop":
        return False
    if kind == "gift_returned":
        return records.flagged(merchant_id, kind, member_id, given_at)
    of_whom = member_id if kind == "same_pair" else None
    return records.flagged(merchant_id, kind, of_whom, records.day_start(now))


def see_flag(actor: Actor, *, key: UUID, flag_id: UUID, note: str = "") -> Answer:
    """A coordinator has looked at an odd charge and says what he found; once per key, audited; needs `charge.judge`.

    Nobody judges his own shop or his own payment. Raises `FlagUnknown`, `OwnShop`, `NotOnOneself`.
    """
    cleaned = rules.clean_note(note)

    def work() -> dict[str, Any]:
        actor.require("charge.judge")
        charge_id, seen = records.lock_flag(flag_id)
        charge = records.lock(charge_id)
        shop = records.shop(charge.merchant_id)
        if is_own_shop(actor.member_id, shop.id):
            raise OwnShop(where=shop.name)
        require_other_household(actor, charge.member_id)
        if not seen:
            records.close_flag(flag_id, actor.member_id or actor.id, cleaned, clock.now())
            audit.record(actor, "charge.flag_seen", "charge", charge_id, shop=shop.name, note=cleaned)
        return {"outcome": "flag_seen", "flag_id": str(flag_id), "charge_id": str(charge_id)}

    return once(key, actor, "charge.flag_seen", {"flag_id": flag_id, "note": note}, work)
