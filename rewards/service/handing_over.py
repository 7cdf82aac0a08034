"""Vouchers are scanned and rewards given out: at the desk, or by a clerk at the counter of the offering shop."""

from typing import Any
from uuid import UUID

import members.queries
import points.service
from core import audit, clock, codes, receipts
from core.auth import Actor
from core.codes import Code
from core.config import settings
from core.receipts import Answer
from core.scans import Scan
from rewards import rules
from rewards.errors import OwnVoucher, VoucherElsewhere, VoucherUnknown
from rewards.queries import shops
from rewards.rules import RewardFacts
from rewards.service import expiring, places, records
from rewards.service.records import Slip
from rewards.service.redeeming import SUBJECT


def show_voucher(actor: Actor, scan: Scan) -> dict[str, Any]:
    """The gate's handler for a voucher: changes nothing.

    The owner is led to his own voucher (`voucher_own`). The desk and clerks see what is to be given out and to whom
    (`voucher`: `redemption_id`, `reward_id`, names of the reward, `reward_kind`, `price`, `expires_at`, `member_id`;
    the masked name is added when it is told). Anybody else gets `code_unknown`, whether there is such a voucher or
    not. Raises `VoucherUnknown`, `VoucherElsewhere`, `VoucherUsed`, `VoucherReturned`, `VoucherCancelled`,
    `VoucherExpired`.
    """
    counters = shops.of(actor)
    try:
        slip = records.slip_by_code(scan.code)
    except VoucherUnknown:
        slip = None
    if slip is not None and slip.member_id == actor.member_id and actor.kind == "member":
        return {"outcome": "voucher_own", "redemption_id": str(slip.id), "reward_id": str(slip.reward_id)}
    if not counters and not actor.may("voucher.hand_over"):
        raise codes.CodeUnknown
    if slip is None:
        raise VoucherUnknown
    found = records.reward(slip.reward_id, lock=False)
    here = actor.may("voucher.hand_over") if found.merchant_id is None else found.merchant_id in counters
    if not here:
        raise VoucherElsewhere(where=shops.name(found.merchant_id))
    records.check_open(slip)
    return {
        "outcome": "voucher",
        "redemption_id": str(slip.id),
        "reward_id": str(slip.reward_id),
        "reward_name_zh": found.name_zh,
        "reward_name_en": found.name_en,
        "reward_kind": found.kind,
        "merchant_id": str(found.merchant_id) if found.merchant_id else None,
        # Not "points": those are what a scan has brought.
        "price": slip.points,
        "expires_at": slip.expires_at.isoformat(),
        # The receipt keeps this answer for over a year: whose it is in words is added when it is told.
        "member_id": str(slip.member_id),
    }


def hand_over(
    actor: Actor,
    *,
    key: UUID,
    code: str,
    fitting_place: str = "",
    fitting_help: bool = False,
    merchant_id: UUID | None = None,
    clerk_id: UUID | None = None,
) -> Answer:
    """Give out what the voucher is for. Once per key, and once per voucher.

    `code` is the voucher as it was read or typed. At the desk (`merchant_id` None) by staff; at the counter of the
    offering shop by one of its clerks (`clerk_id`, by default the actor), and the points go to the shop. A security
    product needs the place where it will be fitted. The answer has `redemption_id`, `reward_id`, `member_id`, `points`.
    Raises the refusals of a code, `VoucherUnknown`, `VoucherElsewhere`, `VoucherUsed`, `VoucherCancelled`,
    `VoucherExpired`, `OwnVoucher`, `FittingPlaceMissing`, `NoteInvalid`, and what `merchants.service.clerk_of` raises.
    """
    read = codes.parse(code, settings().base_url)
    fitting_place = rules.clean_note(fitting_place, "fitting_place")
    content = {
        "code": read.text,
        "fitting_place": fitting_place,
        "fitting_help": fitting_help,
        "merchant_id": merchant_id,
        "clerk_id": clerk_id,
    }
    _touch(read)

    def work() -> dict[str, Any]:
        giver_id = places.giver(actor, merchant_id, clerk_id)
        return _hand_over(actor, key, read, giver_id, merchant_id, fitting_place, fitting_help)

    return receipts.once(key, actor, "voucher.hand_over", content, work)


def _touch(code: Code) -> None:
    try:
        expiring.end_lapsed(redemption_id=records.slip_by_code(code).id)
    except VoucherUnknown:
        return  # told with its receipt, below


def _hand_over(
    actor: Actor,
    key: UUID,
    code: Code,
    giver_id: UUID,
    merchant_id: UUID | None,
    fitting_place: str,
    fitting_help: bool,
) -> dict[str, Any]:
    seen = records.slip_by_code(code)
    found = records.reward(seen.reward_id)
    slip = records.slip(seen.id)
    if found.merchant_id != merchant_id:
        raise VoucherElsewhere(where=shops.name(found.merchant_id))
    records.check_open(slip)
    if giver_id in members.queries.household_of(slip.member_id):
        raise OwnVoucher
    rules.check_fitting(found.kind, fitting_place)
    finish_id = _finish(actor, key, slip, merchant_id)
    ended_at = clock.now()
    # Once more: its time may have run out while this waited for the accounts.
    records.check_open(slip, ended_at)
    records.end(
        slip.id,
        rules.USED,
        finish_id,
        ended_at=ended_at,
        handed_over_by=giver_id,
        merchant_id=merchant_id,
        fitting_place=fitting_place,
        fitting_help=fitting_help,
    )
    records.give_out(actor, slip, found)
    audit.record(actor, "voucher.handed_over", SUBJECT, slip.id, points=slip.points, reward=found.number)
    return _handed_over(slip, found)


def _finish(actor: Actor, key: UUID, slip: Slip, merchant_id: UUID | None) -> UUID:
    if merchant_id is None:
        return points.service.release(actor, key=key, reservation_id=slip.reservation_id)
    return points.service.pay(actor, key=key, reservation_id=slip.reservation_id, merchant_id=merchant_id)


def _handed_over(slip: Slip, found: RewardFacts) -> dict[str, Any]:
    return {
        "outcome": "handed_over",
        "redemption_id": str(slip.id),
        "reward_id": str(slip.reward_id),
        "reward_name_zh": found.name_zh,
        "reward_name_en": found.name_en,
        "points": slip.points,
        "member_id": str(slip.member_id),
    }
