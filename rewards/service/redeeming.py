"""Members reserve rewards, and call their reservations off."""

from typing import Any
from uuid import UUID

import members.queries
import merchants.service
import points.queries
import points.service
from core import audit, clock, receipts
from core.auth import Actor
from core.receipts import Answer
from rewards import rules
from rewards.errors import RedemptionUnknown
from rewards.queries import shops
from rewards.service import expiring, records, waiting
from rewards.service.waiting import member_of

SUBJECT = "redemption"


def reserve(actor: Actor, *, key: UUID, reward_id: UUID, version: int, points: int) -> Answer:
    """Redeem a reward: its points go into escrow, a piece of it is held, and there is a voucher. Once per key.

    `version` and `points` are what the member was shown. The answer has `redemption_id` (the key), `reward_id`,
    `points`, `balance` and `expires_at`; the voucher's code is never kept in it (`rewards.queries.redemption`).
    Raises `RewardUnknown`, `RewardNotOffered`, `PriceChanged`, `SoldOut`, `QuotaReached`, `PointsNotEnough`,
    `RedeemerNeeded` and the refusals of inactive members.
    """
    actor.require("reward.redeem")
    member_id = member_of(actor)
    # First, and by itself: what came back by time counts for this wish, even when the wish is refused.
    expiring.end_lapsed(reward_id=reward_id)
    expiring.end_lapsed(member_id=member_id)
    merchants.service.end_overdue(member_id)

    def work() -> dict[str, Any]:
        return _reserve(actor, key, member_id, reward_id, version, points)

    content = {"reward_id": reward_id, "version": version, "points": points}
    return receipts.once(key, actor, "reward.reserve", content, work)


def _reserve(
    actor: Actor, key: UUID, member_id: UUID, reward_id: UUID, version: int, price: int
) -> dict[str, Any]:
    members.queries.require_active(members.queries.facts(member_id))
    found = records.reward(reward_id)
    now = clock.now()
    today = clock.local_date(now)
    rules.check_on_shelf(found, today, shop_open=shops.is_open(found.merchant_id))
    rules.check_shown(found, version, price)
    if found.quota is not None:
        rules.check_quota(found, records.taken(member_id, found, today), today)
    if found.sold_out:
        rules.check_in_stock(found, waits=waiting.waits(reward_id, member_id))
    records.hold_one(found)
    reservation_id = points.service.reserve(
        actor,
        key=key,
        member_id=member_id,
        points=found.points,
        subject_type=SUBJECT,
        subject_id=key,
    )
    expires_at = records.add_redemption(key, found, member_id, reservation_id, now)
    waiting.forget(reward_id, member_id)
    return {
        "outcome": "reserved",
        "redemption_id": str(key),
        "reward_id": str(reward_id),
        "reward_name_zh": found.name_zh,
        "reward_name_en": found.name_en,
        "points": found.points,
        "balance": points.queries.balance(member_id),
        "expires_at": expires_at.isoformat(),
    }


def cancel_redemption(actor: Actor, *, key: UUID, redemption_id: UUID) -> Answer:
    """Call a reservation off before it is handed over: the points return to their lots. Once per key.

    By the member, his helper, or the desk for him (audited). The answer has `redemption_id`, `points`, `balance`.
    Raises `RedemptionUnknown`, `VoucherUsed`, `VoucherExpired`, `VoucherCancelled`.
    """
    actor.require("reward.redeem")
    expiring.end_lapsed(redemption_id=redemption_id)

    def work() -> dict[str, Any]:
        return _cancel(actor, key, redemption_id)

    return receipts.once(key, actor, "reward.cancel", {"redemption_id": redemption_id}, work)


def _cancel(actor: Actor, key: UUID, redemption_id: UUID) -> dict[str, Any]:
    seen = records.slip(redemption_id, lock=False)
    own = actor.member_id == seen.member_id
    if not own and not actor.may("voucher.hand_over"):
        raise RedemptionUnknown
    found = records.reward(seen.reward_id)
    slip = records.slip(redemption_id)
    records.check_open(slip)
    expiring.give_back(actor, key, found, slip, rules.CANCELLED)
    if not own:
        audit.record(actor, "voucher.cancelled", SUBJECT, redemption_id, points=slip.points)
    return {
        "outcome": "redemption_cancelled",
        "redemption_id": str(redemption_id),
        "reward_id": str(slip.reward_id),
        "points": slip.points,
        "balance": points.queries.balance(slip.member_id),
    }
