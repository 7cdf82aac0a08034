"""How charges end without payment, and how payments are given back."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import points.service
from core import audit, clock
from core.auth import SYSTEM, Actor
from core.db import new_id, transactional
from core.receipts import Answer, once
from core.sweeps import sweep
from merchants.errors import ChargeUnknown, NotYourShop, OwnerNeeded
from merchants.rules import charging as rules
from merchants.rules.values import CANCELLED, EXPIRED, OWNER, REFUNDED, VOIDED
from merchants.service.charging import records, steps
from merchants.service.common import post_at, require_other_household

#: Charges that are looked up at once when their time is over.
_BATCH = 200


def cancel_charge(actor: Actor, *, key: UUID, charge_id: UUID, clerk_id: UUID | None = None) -> Answer:
    """The clerk calls off what is not paid yet; points that were held come back. Once per key.

    One whose time is over is ended as expired. Raises `ChargeUnknown`, `NotYourShop`, `ChargeClosed`.
    """

    def work() -> dict[str, Any]:
        charge = records.lock(charge_id)
        steps.at_counter(actor, charge.merchant_id, clerk_id)
        return _call_off(actor, key, charge)

    return once(key, actor, "charge.cancel", {"charge_id": charge_id, "clerk_id": clerk_id}, work)


def decline_charge(actor: Actor, *, key: UUID, charge_id: UUID) -> Answer:
    """The member does not want to pay after all; his points come back. Once per key; also for who may not pay.

    Raises `ChargeUnknown` (also for somebody else's), `ChargeClosed`.
    """

    def work() -> dict[str, Any]:
        actor.require("shop.pay")
        charge = records.lock(charge_id)
        if actor.member_id is None or charge.member_id != actor.member_id:
            raise ChargeUnknown
        answer = _call_off(actor, key, charge)
        return {**answer, "balance": steps.balance(actor.member_id)}

    return once(key, actor, "charge.decline", {"charge_id": charge_id}, work)


def _call_off(actor: Actor, key: UUID, charge: rules.Charge) -> dict[str, Any]:
    rules.check_cancellable(charge)
    state = EXPIRED if charge.state_at(clock.now()) == EXPIRED else CANCELLED
    steps.end(actor, charge, state, key=key)
    return _answer("charge_cancelled", charge, state)


def void_charge(actor: Actor, *, key: UUID, charge_id: UUID, clerk_id: UUID | None = None) -> Answer:
    """The clerk takes a payment back within ten minutes; the member gets his points with their old days.

    Once per key, audited. Raises `ChargeUnknown`, `NotYourShop`, `ChargeUnpaid`, `ChargeClosed`, `VoidTooLate`.
    """

    def work() -> dict[str, Any]:
        charge = records.lock(charge_id)
        clerk = steps.at_counter(actor, charge.merchant_id, clerk_id)
        rules.check_voidable(charge, clock.now())
        answer = _give_back(actor, key, charge, VOIDED, "", clerk)
        audit.record(actor, "charge.voided", "charge", charge_id, **_facts(charge))
        return answer

    return once(key, actor, "charge.void", {"charge_id": charge_id, "clerk_id": clerk_id}, work)


def refund_charge(actor: Actor, *, key: UUID, charge_id: UUID, reason: str) -> Answer:
    """The owner of the shop, or a coordinator who does not work there, gives a payment back, any time later, once.

    The reason is read by the member. Once per key, audited. Raises `RefundReasonMissing`, `ShopInvalid`,
    `ChargeUnknown`, `NotYourShop`, `OwnerNeeded`, `OwnShop`, `NotOnOneself`, `ChargeUnpaid`, `ChargeClosed`,
    `MemoHoldsNumber`.
    """
    cleaned = rules.clean_reason(reason)

    def work() -> dict[str, Any]:
        charge = records.lock(charge_id)
        judge = _who_refunds(actor, charge)
        rules.check_refundable(charge)
        answer = _give_back(actor, key, charge, REFUNDED, cleaned, judge)
        audit.record(actor, "charge.refunded", "charge", charge_id, **_facts(charge), reason=cleaned)
        return answer

    return once(key, actor, "charge.refund", {"charge_id": charge_id, "reason": reason}, work)


def _who_refunds(actor: Actor, charge: rules.Charge) -> UUID:
    """The person answerable for a refund: an owner as such, or the desk, which does not judge itself."""
    post = post_at(actor.member_id, charge.merchant_id) if actor.kind == "member" else None
    if post == OWNER:
        actor.require("counter.use")
    elif actor.may("charge.judge"):
        steps.require_other_shop(actor, records.shop(charge.merchant_id))
        require_other_household(actor, charge.member_id)
    else:
        raise NotYourShop if post is None else OwnerNeeded
    return actor.member_id or actor.id


def _give_back(
    actor: Actor, key: UUID, charge: rules.Charge, state: str, reason: str, by: UUID
) -> dict[str, Any]:
    assert charge.reservation_id is not None  # noqa: S101 - what was paid was held before; the table checks it
    return_id = points.service.refund(actor, key=key, reservation_id=charge.reservation_id, memo=reason)
    records.change(
        charge.id, state=state, return_id=return_id, ended_at=clock.now(), ended_by=by, reason=reason
    )
    return _answer(f"charge_{state}", charge, state)


def _facts(charge: rules.Charge) -> dict[str, Any]:
    """What the audit log tells of a payment that was given back."""
    return {"shop": records.shop(charge.merchant_id).name, "points": charge.points}


def _answer(outcome: str, charge: rules.Charge, state: str) -> dict[str, Any]:
    return {
        "outcome": outcome,
        "charge_id": str(charge.id),
        "state": state,
        "points": charge.points,
        "what": charge.what,
        **steps.named(records.shop(charge.merchant_id)),
    }


def expire_charges() -> int:
    """End every charge whose time is over and give held points back; how many. Repeatable, one commit for each.

    One that cannot be ended keeps nobody else's points. Raises `core.sweeps.SweepFailed` at the end when there was one.
    """
    return sweep("expire charges", _overdue(), _expire)


def _overdue() -> Iterator[UUID]:
    after = None
    while waiting := records.overdue_ids(clock.now(), _BATCH, after):
        yield from waiting
        after = waiting[-1]


@transactional
def _expire(charge_id: UUID) -> bool:
    charge = records.lock(charge_id)
    if charge.state not in {"shown", "held"} or charge.state_at(clock.now()) != EXPIRED:
        return False  # somebody was faster
    steps.end(SYSTEM, charge, EXPIRED, key=new_id())
    return True
