"""A member's phone code or card, read by the clerk: held first, taken when the clerk has looked at the name.

A card identifies and never pays: its charge waits without points until the member has typed his PIN.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import members.service
from core import clock
from core.auth import Actor
from core.codes import Code, Kind
from core.config import settings
from core.errors import DomainError
from core.receipts import Answer, once
from core.scans import Scan
from merchants.errors import AmountMissing, MemberCannotPay, PinNeeded
from merchants.rules import charging as rules
from merchants.rules.shops import require_partner
from merchants.rules.values import BY_CARD, BY_PHONE, HELD, HOLD_LIFE, SHOWN
from merchants.service.charging import records, steps
from points.errors import PointsNotEnough


def hold_scanned(actor: Actor, scan: Scan) -> dict[str, Any]:
    """The gate's handler for a card or phone read at a counter (`scan.merchant_id`). As `hold_by_code`."""
    if scan.merchant_id is None:
        raise AmountMissing(field="merchant_id")
    return _hold(
        actor,
        scan.id,
        scan.code,
        scan.received_at,
        scan.merchant_id,
        points=scan.points,
        offer_id=scan.offer_id,
        clerk_id=None,
    )


def hold_by_code(
    actor: Actor,
    *,
    key: UUID,
    code: Code,
    merchant_id: UUID,
    points: int | None = None,
    offer_id: UUID | None = None,
    clerk_id: UUID | None = None,
) -> Answer:
    """Read a member's phone code or card at the counter and hold the points; once per key, the id of the charge.

    The answer says whether the PIN is needed before the clerk can take them (`pin_needed`); whose it is in words is
    added when it is told (`queries.masked_payer`). A phone's code is spent with it. Raises as `show_order` does,
    `CardUnknown`, `CardRevoked`, `CardExpired`, `CodeUnknown`, `CodeExpired`, `CodeUsed`, `MemberCannotPay`, the
    refusals of limits and those of members who may not pay.
    """
    content = {
        "code": code.text,
        "merchant_id": merchant_id,
        "points": points,
        "offer_id": offer_id,
        "clerk_id": clerk_id,
    }

    def work() -> dict[str, Any]:
        return _hold(
            actor,
            key,
            code,
            clock.now(),
            merchant_id,
            points=points,
            offer_id=offer_id,
            clerk_id=clerk_id,
        )

    return once(key, actor, "charge.hold", content, work, together=True)


def _hold(
    actor: Actor,
    key: UUID,
    code: Code,
    at: datetime,
    merchant_id: UUID,
    *,
    points: int | None,
    offer_id: UUID | None,
    clerk_id: UUID | None,
) -> dict[str, Any]:
    clerk = steps.at_counter(actor, merchant_id, clerk_id)
    shop = records.shop(merchant_id)
    require_partner(shop.status, shop.name)
    price, what = steps.priced(merchant_id, points, offer_id)
    way = BY_PHONE if code.kind is Kind.PHONE else BY_CARD
    rules.check_payment(price, way, records.limits(shop))
    holder = members.service.read_member_code(code, at)
    steps.require_active(holder.id)
    reservation_id = None
    if way == BY_PHONE:
        reservation_id = _hold_for_clerk(
            actor, key=key, charge_id=key, shop=shop, member_id=holder.id, amount=price, way=way
        )
    now = clock.now()
    records.add(
        id=key,
        merchant_id=merchant_id,
        member_id=holder.id,
        clerk_id=clerk,
        way=way,
        points=price,
        offer_id=offer_id,
        what=what,
        state=SHOWN if reservation_id is None else HELD,
        opened_at=now,
        expires_at=now + HOLD_LIFE,
        reservation_id=reservation_id,
        reason="",
    )
    return {
        "outcome": "charge_held",
        "charge_id": str(key),
        "state": SHOWN if reservation_id is None else HELD,
        "points": price,
        "what": what,
        **steps.named(shop),
        "pin_needed": rules.needs_pin(way, price, settings().pin_above),
        "expires_at": (now + HOLD_LIFE).isoformat(),
    }


def _hold_for_clerk(actor: Actor, **what: Any) -> UUID:
    try:
        return steps.hold(actor, **what)
    except PointsNotEnough as refusal:
        # What a member has is not the clerk's business.
        raise MemberCannotPay(needed=refusal.data["needed"]) from None


def take_charge(
    actor: Actor, *, key: UUID, charge_id: UUID, pin: str | None = None, clerk_id: UUID | None = None
) -> Answer:
    """The clerk takes the points that were held by the member's code, with the member's PIN where it is needed.

    Once per key; a wrong PIN stands in no receipt and may be tried again with the same key. Raises `NotYourShop`,
    `ChargeUnknown`, `ChargeExpired`, `ChargeClosed`, `MemberConfirms`, `PinNeeded`, `PinMissing`, `PinWrong`,
    `PinLocked`, `MemberCannotPay`, the refusals of limits, of shops that are not open and members who may not pay.
    """
    pin_shown = _check_pin(actor, charge_id, pin, clerk_id)

    def work() -> dict[str, Any]:
        charge = records.lock(charge_id)
        clerk = steps.at_counter(actor, charge.merchant_id, clerk_id)
        pin_needed = rules.needs_pin(charge.way, charge.points, settings().pin_above)
        rules.check_collectable(charge, clock.now(), pin_needed=pin_needed, pin_shown=pin_shown)
        shop = records.shop(charge.merchant_id)
        require_partner(shop.status, shop.name)
        assert charge.member_id is not None  # noqa: S101 - a charge by code has its member from the start
        steps.require_active(charge.member_id)
        if charge.reservation_id is None:
            charge = _hold_card(actor, key, charge, charge.member_id, shop)
        return steps.pay_held(actor, key=key, charge=charge, shop=shop, clerk_id=clerk)

    return once(
        key, actor, "charge.take", {"charge_id": charge_id, "clerk_id": clerk_id}, work, together=True
    )


def _hold_card(
    actor: Actor, key: UUID, charge: rules.Charge, member_id: UUID, shop: rules.Shop
) -> rules.Charge:
    reservation_id = _hold_for_clerk(
        actor,
        key=key,
        charge_id=charge.id,
        shop=shop,
        member_id=member_id,
        amount=charge.points,
        way=charge.way,
    )
    return replace(charge, reservation_id=reservation_id)


def _check_pin(actor: Actor, charge_id: UUID, pin: str | None, clerk_id: UUID | None) -> bool:
    """Whether the right PIN was typed for a charge that waits for one.

    Before the transaction, because a wrong try has to be counted whatever becomes of it. Only for who may take this
    charge: else anybody could lock a member's PIN. What is refused here is refused with its reason by the work itself.
    """
    charge = records.find(charge_id)
    if charge is None or charge.member_id is None or charge.state_at(clock.now()) not in {SHOWN, HELD}:
        return False
    if not rules.needs_pin(charge.way, charge.points, settings().pin_above):
        return False
    try:
        steps.at_counter(actor, charge.merchant_id, clerk_id)
    except DomainError:
        return False
    if not pin:
        # Not kept under the key: the PIN may follow with the same one.
        raise PinNeeded(field="pin", points=charge.points)
    members.service.check_pin(charge.member_id, pin)
    return True
