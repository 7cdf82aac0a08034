"""A reward that was handed over is taken back: the wrong article, a broken one, or the wrong member."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import members.queries
import points.queries
import points.service
from core import audit, clock, receipts
from core.auth import Actor
from core.db import new_id
from core.receipts import Answer
from members.errors import NotOnOneself
from points.errors import ReasonMissing
from rewards import rules
from rewards.errors import NotHandedOver, VoucherReturned, WithoutStock
from rewards.rules import RewardFacts
from rewards.service import places, records, waiting
from rewards.service.records import Slip
from rewards.service.redeeming import SUBJECT


def return_redemption(
    actor: Actor, *, key: UUID, redemption_id: UUID, reason: str, to_stock: bool = False
) -> Answer:
    """Undo a hand-over as a whole, at whatever time later: once per key, and once per redemption; audited.

    Needs `voucher.take_back`. The points go back to the member's old lots, those past their day expire at once; what a
    shop was paid goes off its next statement. `to_stock`: the piece lies on the shelf again. The reason stands with the
    reversal, where the member and the shop read it. The answer has `redemption_id`, `reward_id`, `member_id`,
    `reversal_id`, `points`, `balance` and `to_stock`. Raises `ReasonMissing`, `MemoInvalid`, `MemoHoldsNumber`,
    `RedemptionUnknown`, `NotHandedOver`, `VoucherReturned`, `VoucherCancelled`, `VoucherExpired`, `NotOnOneself`,
    `OwnShop`, `ReturnNeedsAnother`, `WithoutStock`, `CountInvalid`.
    """
    reason = points.queries.clean_memo(reason, "reason")
    if not reason:
        raise ReasonMissing(field="reason")

    def work() -> dict[str, Any]:
        actor.require("voucher.take_back")
        return _return(actor, key, redemption_id, reason, to_stock)

    content = {"redemption_id": redemption_id, "reason": reason, "to_stock": to_stock}
    return receipts.once(key, actor, "reward.return", content, work)


def _return(actor: Actor, key: UUID, redemption_id: UUID, reason: str, to_stock: bool) -> dict[str, Any]:
    seen = records.slip(redemption_id, lock=False)
    found = records.reward(seen.reward_id)
    slip = records.slip(redemption_id)
    _check_returnable(slip)
    returner_id = _check_returner(actor, slip, to_stock)
    if to_stock and not slip.stocked:
        raise WithoutStock(field="to_stock")
    reversal_id = points.service.refund(actor, key=key, reservation_id=slip.reservation_id, memo=reason)
    records.add_return(
        id=key,
        redemption_id=slip.id,
        reversal_id=reversal_id,
        movement_id=_put_back(actor, found) if to_stock else None,
        returned_by=returner_id,
        returned_at=clock.now(),
    )
    # It is fitted nowhere any more: then it is only an address of somebody's home.
    records.forget_place(slip.id)
    facts = {"points": slip.points, "reward": found.number, "to_stock": to_stock}
    audit.record(actor, "voucher.taken_back", SUBJECT, slip.id, reversal=str(reversal_id), **facts)
    return {
        "outcome": "redemption_returned",
        "redemption_id": str(slip.id),
        "reward_id": str(slip.reward_id),
        "member_id": str(slip.member_id),
        "reversal_id": str(reversal_id),
        "points": slip.points,
        "balance": points.queries.balance(slip.member_id),
        "to_stock": to_stock,
    }


def _check_returnable(slip: Slip) -> None:
    """Raise unless the reward is with the member."""
    if slip.state != rules.USED:
        records.check_open(slip)
        raise NotHandedOver
    returned_at = records.returned_at(slip.id)
    if returned_at is not None:
        raise VoucherReturned(at=returned_at.isoformat())


def _check_returner(actor: Actor, slip: Slip, to_stock: bool) -> UUID:
    """Who answers for it: nobody for himself or his household, nor for a shop at which he works."""
    returner_id = actor.member_id or actor.id
    household = members.queries.household_of(returner_id)
    if slip.member_id in household:
        raise NotOnOneself
    places.check_no_interest(actor, slip.merchant_id)
    rules.check_returner(slip.handed_over_by, household, to_stock=to_stock)
    return returner_id


def _put_back(actor: Actor, found: RewardFacts) -> UUID:
    """The piece on the shelf again, as a line in the journal; who waits is told."""
    line_id, stock = new_id(), rules.stock_after(found, 1)
    records.move_stock(actor, found, rules.RETURNED, 1, line_id=line_id)
    waiting.tell(replace(found, stock=stock))
    return line_id
