"""An order on the clerk's screen: shown, scanned by a member, confirmed by him. The default way to pay."""

from typing import Any
from uuid import UUID

from core import clock, codes
from core.auth import Actor
from core.codes import Code, Kind, keyring
from core.config import settings
from core.receipts import Answer, once
from core.scans import Scan
from merchants.rules import charging as rules
from merchants.rules.shops import require_partner
from merchants.rules.values import BY_ORDER, HELD, HOLD_LIFE, SHOWN
from merchants.service.charging import records, steps


def show_order(
    actor: Actor,
    *,
    key: UUID,
    merchant_id: UUID,
    points: int | None = None,
    offer_id: UUID | None = None,
    clerk_id: UUID | None = None,
) -> Answer:
    """Show a member what to pay: an amount or an offer (`points` is then the price that the clerk saw).

    Once per key, which becomes the id of the charge. The answer has charge_id, points, what, shop and expires_at, and
    for the screen code, grouped and address, which the database does not keep. Raises `NotYourShop`, `ShopPaused` and
    its like, `AmountInvalid`, `AmountMissing`, `OfferUnknown`, `OfferRetired`, `PriceChanged`, `PaymentLimitPassed`.
    """
    content = {
        "merchant_id": merchant_id,
        "points": points,
        "offer_id": offer_id,
        "clerk_id": clerk_id,
    }

    def work() -> dict[str, Any]:
        clerk = steps.at_counter(actor, merchant_id, clerk_id)
        shop = records.shop(merchant_id)
        require_partner(shop.status, shop.name)
        price, what = steps.priced(merchant_id, points, offer_id)
        rules.check_payment(price, BY_ORDER, records.limits(shop))
        now = clock.now()
        records.add(
            id=key,
            merchant_id=merchant_id,
            clerk_id=clerk,
            way=BY_ORDER,
            points=price,
            offer_id=offer_id,
            what=what,
            state=SHOWN,
            code_digest=codes.digest(keyring(settings()), order_code(key)),
            opened_at=now,
            expires_at=now + HOLD_LIFE,
            reason="",
        )
        return {
            "outcome": "order_shown",
            "charge_id": str(key),
            "state": SHOWN,
            "points": price,
            "what": what,
            **steps.named(shop),
            "expires_at": (now + HOLD_LIFE).isoformat(),
        }

    answer = once(key, actor, "charge.order", content, work, together=True)
    return Answer({**answer.body, **_for_the_screen(key)}, answer.replayed)


def order_code(charge_id: UUID) -> Code:
    """The code of an order: it follows from the charge, so that a screen can draw it again."""
    return codes.printed_code(keyring(settings()), Kind.ORDER, charge_id, 1)


def _for_the_screen(charge_id: UUID) -> dict[str, str]:
    code = order_code(charge_id)
    return {
        "code": code.text,
        "grouped": codes.grouped(code),
        "address": codes.address(settings().base_url, code),
    }


def take_order(actor: Actor, scan: Scan) -> dict[str, Any]:
    """The gate's handler for an order: hold the member's points for the rest of its time, until he confirms.

    Scanned again by the same member it answers the same. Raises `OrderUnknown`, `OrderExpired`, `OrderTaken`,
    `ChargeClosed`, `PointsNotEnough`, the refusals of limits, shops that are not open, and members who may not pay.
    """
    member_id = steps.payer(actor)
    order = records.lock_order(scan.code)
    rules.check_takeable(order, member_id, clock.now())
    shop = records.shop(order.merchant_id)
    require_partner(shop.status, shop.name)
    if order.state == SHOWN:
        reservation_id = steps.hold(
            actor,
            key=scan.id,
            charge_id=order.id,
            shop=shop,
            member_id=member_id,
            amount=order.points,
            way=BY_ORDER,
        )
        records.change(order.id, state=HELD, member_id=member_id, reservation_id=reservation_id)
    return {
        "outcome": "order_held",
        "charge_id": str(order.id),
        "state": HELD,
        "points": order.points,
        "what": order.what,
        **steps.named(shop),
        "balance_after": steps.balance(member_id),
        "expires_at": order.expires_at.isoformat(),
    }


def confirm_charge(actor: Actor, *, key: UUID, charge_id: UUID, points: int) -> Answer:
    """The member says yes to what he was shown: the shop is paid. Once per key.

    Raises `ChargeUnknown` (also for somebody else's), `ChargeExpired`, `ChargeClosed`, `PriceChanged` when `points` is
    not what is asked, and the refusals of shops that are not open and of members who may not pay.
    """

    def work() -> dict[str, Any]:
        member_id = steps.payer(actor)
        charge = steps.own(records.lock(charge_id), member_id)
        rules.check_confirmable(charge, points, clock.now())
        shop = records.shop(charge.merchant_id)
        require_partner(shop.status, shop.name)
        answer = steps.pay_held(actor, key=key, charge=charge, shop=shop)
        return {**answer, "balance": steps.balance(member_id)}

    return once(key, actor, "charge.confirm", {"charge_id": charge_id, "points": points}, work)
