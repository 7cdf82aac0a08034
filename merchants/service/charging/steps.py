"""Steps that all ways of taking points share: who may, what it costs, holding in escrow, paying.

Order of locks, the same everywhere: the charge, overdue charges of the same member by id, then the accounts of member
and shop as `points.ledger.lock` orders them. So nobody waits for another in a circle.
"""

from typing import Any
from uuid import UUID

import members.queries
import points.queries
import points.service
from core import clock
from core.auth import SYSTEM, Actor
from core.db import new_id
from merchants.errors import ChargeExpired, ChargeUnknown, OwnShop, PayerNeeded
from merchants.rules import charging as rules
from merchants.rules.values import EXPIRED, PAID
from merchants.service.charging import flags, records
from merchants.service.clerks import clerk_of
from merchants.service.common import is_own_shop
from points import ledger


def payer(actor: Actor) -> UUID:
    """The member who pays; needs `shop.pay`. Raises `PayerNeeded`, and the refusals of inactive members."""
    actor.require("shop.pay")
    if actor.member_id is None or actor.kind != "member":
        raise PayerNeeded
    require_active(actor.member_id)
    return actor.member_id


def own(charge: rules.Charge, member_id: UUID) -> rules.Charge:
    """The charge, if it is this member's. Raises `ChargeUnknown`: others do not even learn that it is there."""
    if charge.member_id != member_id:
        raise ChargeUnknown
    return charge


def require_other_shop(actor: Actor, shop: rules.Shop) -> None:
    """Raise `OwnShop` for staff who work at the shop, or whose household does."""
    if is_own_shop(actor.member_id, shop.id):
        raise OwnShop(where=shop.name)


def require_active(member_id: UUID) -> None:
    """Raise `MemberOnLeave`, `MemberSuspended` and so on for a member who may not pay."""
    members.queries.require_active(members.queries.facts(member_id))


def at_counter(actor: Actor, merchant_id: UUID, clerk_id: UUID | None = None) -> UUID:
    """The clerk who stands at the counter: `clerk_id`, by default the actor. Raises `NotYourShop`."""
    return clerk_of(actor, merchant_id, clerk_id).member_id


def priced(merchant_id: UUID, points: int | None, offer_id: UUID | None) -> tuple[int, str]:
    """What is to be paid, and for what.

    Raises `AmountInvalid`, `AmountMissing`, `OfferUnknown`, `OfferRetired`, `PriceChanged`.
    """
    offered, what = (None, "") if offer_id is None else records.offer(merchant_id, offer_id)
    return rules.price(points, offered), what


def hold(
    actor: Actor, *, key: UUID, charge_id: UUID, shop: rules.Shop, member_id: UUID, amount: int, way: str
) -> UUID:
    """Put the member's points in escrow for the charge, within all limits; returns the id of the reservation.

    Points of his that have waited too long come back first. Raises `PointsNotEnough` and the refusals of limits.
    """
    _check_limits(shop, member_id, amount, way)
    return points.service.reserve(
        actor,
        key=key,
        member_id=member_id,
        points=amount,
        subject_type="charge",
        subject_id=charge_id,
    )


def pay_at_once(
    actor: Actor, *, key: UUID, charge_id: UUID, shop: rules.Shop, member_id: UUID, amount: int, way: str
) -> dict[str, Any]:
    """As `hold` and `pay`, for who confirms at once; what stands in the charge."""
    _check_limits(shop, member_id, amount, way)
    reservation_id, payment_id = points.service.reserve_and_pay(
        actor,
        key=key,
        member_id=member_id,
        merchant_id=shop.id,
        points=amount,
        subject_type="charge",
        subject_id=charge_id,
    )
    return _paid(reservation_id, payment_id)


def _check_limits(shop: rules.Shop, member_id: UUID, amount: int, way: str) -> None:
    """Lock the accounts of both, give back what the member did not pay in time, and look at all limits."""
    now = clock.now()
    overdue = records.lock_overdue(member_id, now)
    # Both accounts, so that the sums of the day stay what they are until this is written.
    ledger.lock((ledger.member(member_id), ledger.merchant(shop.id)), lots=False)
    for each in overdue:
        end(SYSTEM, each, EXPIRED, key=new_id())
    limits = records.limits(shop)
    rules.check_payment(amount, way, limits)
    rules.check_day(amount, way, limits, records.taken(shop.id, member_id, now))


def pay(actor: Actor, *, key: UUID, reservation_id: UUID, merchant_id: UUID) -> dict[str, Any]:
    """Give the held points to the shop; what changes in the charge."""
    payment_id = points.service.pay(actor, key=key, reservation_id=reservation_id, merchant_id=merchant_id)
    return _paid(reservation_id, payment_id)


def _paid(reservation_id: UUID, payment_id: UUID) -> dict[str, Any]:
    now = clock.now()
    return {
        "state": PAID,
        "paid_at": now,
        "local_day": clock.local_date(now),
        "payment_id": payment_id,
        "reservation_id": reservation_id,
    }


def pay_held(
    actor: Actor, *, key: UUID, charge: rules.Charge, shop: rules.Shop, **more: Any
) -> dict[str, Any]:
    """Pay a charge whose points are held, look whether it is odd, and give the answer; `more` changes in the charge.

    Raises `ChargeExpired` when its time ran out while this waited for the accounts.
    """
    assert charge.reservation_id is not None  # noqa: S101 - the table has it for every charge that is held
    assert charge.member_id is not None  # noqa: S101 - as above
    changes = pay(actor, key=key, reservation_id=charge.reservation_id, merchant_id=shop.id)
    if changes["paid_at"] >= charge.expires_at:
        raise ChargeExpired
    records.change(charge.id, **changes, **more)
    flags.look_at(charge.id, shop, charge.member_id, charge.points, changes["paid_at"])
    return paid_answer(charge.id, shop, charge.points, charge.what, changes)


def paid_answer(
    charge_id: UUID, shop: rules.Shop, amount: int, what: str, changes: dict[str, Any]
) -> dict[str, Any]:
    """What both sides are told about a payment."""
    return {
        "outcome": "paid",
        "charge_id": str(charge_id),
        "state": PAID,
        "points": amount,
        "what": what,
        **named(shop),
        "paid_at": changes["paid_at"].isoformat(),
    }


def named(shop: rules.Shop) -> dict[str, str]:
    """Which shop it is."""
    return {"merchant_id": str(shop.id), "shop": shop.name, "shop_en": shop.name_en or shop.name}


def balance(member_id: UUID) -> int:
    """What the member can spend now; for himself only."""
    return points.queries.balance(member_id)


def end(actor: Actor, charge: rules.Charge, state: str, *, key: UUID, reason: str = "") -> None:
    """End a charge that was not paid; points that were held come back with their old days."""
    return_id = None
    if charge.reservation_id is not None:
        return_id = points.service.cancel(actor, key=key, reservation_id=charge.reservation_id)
    records.change(
        charge.id,
        state=state,
        return_id=return_id,
        ended_at=clock.now(),
        ended_by=actor.member_id or actor.id,
        reason=reason,
    )
