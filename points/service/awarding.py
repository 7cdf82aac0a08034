"""Coordinators award good deeds, and take awards back."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import members.service
from core import audit, clock
from core.auth import NIL, Actor
from core.codes import Code, Kind
from core.errors import DomainError
from core.receipts import Answer, once
from core.scans import Scan
from points import ledger, queries, rules
from points.errors import ReasonMissing, TransferNotReversible
from points.service.awarding_many import AwardWish, award_all, cleaned


def award_deed(
    actor: Actor,
    *,
    key: UUID,
    member_id: UUID,
    rule_code: str,
    happened_at: datetime | None = None,
    memo: str = "",
) -> Answer:
    """Award a deed to one member, once per key; needs `award.give` and is audited.

    Above a limit (`ALLIANCE_AWARD_…`) nothing is paid: the answer's `outcome` is then "requested" instead of "awarded",
    and the award waits for a second coordinator. Raises `MemberUnknown`, the member's `MemberOnLeave` and so on,
    `AwardToOneself`, `AwardToHousehold`, `DeedTimeInvalid` (in the future or over 31 days ago), `MemoInvalid` and the
    refusals of `pay_deed`.
    """
    wish = cleaned(
        AwardWish(key=key, member_id=member_id, rule_code=rule_code, happened_at=happened_at, memo=memo)
    )
    return once(key, actor, "award", wish.content(), lambda: _award(actor, wish))


def award_by_code(actor: Actor, scan: Scan) -> dict[str, Any]:
    """Award the deed `scan.rule_code` to the holder of a scanned card or phone; the answer for the gate.

    Raises what `award_deed` raises, and the refusals of a card or a phone's code.
    """
    actor.require("award.give")
    holder = members.service.read_member_code(scan.code, scan.received_at)
    return award_deed(
        actor,
        key=scan.id,
        member_id=holder.id,
        rule_code=scan.rule_code or "",
        # A phone's code is valid for a minute, so it cannot have waited; a card's scan may come out of the queue.
        happened_at=scan.received_at if scan.code.kind is Kind.PHONE else scan.happened_at,
        memo=scan.memo,
    ).body


def award_scanned(
    actor: Actor,
    *,
    key: UUID,
    code: Code,
    rule_code: str,
    happened_at: datetime | None = None,
    memo: str = "",
) -> Answer:
    """Award a deed to the holder of a card or phone whose code was read or typed at the desk, once per key.

    `happened_at` is when the deed was done, as whoever awards says; None is now. Raises as `award_by_code` does.
    """
    # Whose code it is shows only inside: reading a phone's code uses it up.
    wish = cleaned(AwardWish(key=key, member_id=NIL, rule_code=rule_code, happened_at=happened_at, memo=memo))
    content = {
        "code": code.text,
        "rule_code": wish.rule_code,
        "happened_at": happened_at,
        "memo": wish.memo,
    }

    def work() -> dict[str, Any]:
        actor.require("award.give")
        holder = members.service.read_member_code(code, clock.now())
        return _award(actor, replace(wish, member_id=holder.id))

    return once(key, actor, "award", content, work)


def withdraw_award(actor: Actor, *, key: UUID, transfer_id: UUID, reason: str) -> Answer:
    """Take an award back, once; needs `award.withdraw` and a reason, which the member can read; audited.

    What is already spent is owed and taken from the next points that come in. Raises `ReasonMissing`, `MemoInvalid`,
    `TransferUnknown`, `TransferNotReversible`, `TransferReversed`, `AwardExpired`.
    """
    reason = rules.clean_memo(reason, "reason")
    if not reason:
        raise ReasonMissing(field="reason")

    def work() -> dict[str, Any]:
        return _withdraw(actor, key, transfer_id, reason)

    return once(key, actor, "award.withdraw", {"transfer_id": transfer_id, "reason": reason}, work)


def _award(actor: Actor, wish: AwardWish) -> dict[str, Any]:
    outcome = award_all(actor, [wish])[wish.key]
    if isinstance(outcome, DomainError):
        raise outcome
    return outcome


def _withdraw(actor: Actor, key: UUID, transfer_id: UUID, reason: str) -> dict[str, Any]:
    actor.require("award.withdraw")
    original = ledger.find(transfer_id)
    if original.kind != "earn" or original.credit.kind != "member":
        raise TransferNotReversible(kind=original.kind)
    answerable = actor.member_id or actor.id
    reversal_id = ledger.reverse(original, key=key, actor_id=answerable, memo=reason)
    member_id = original.credit.id
    audit.record(
        actor,
        "award.withdraw",
        "member",
        member_id,
        transfer=str(transfer_id),
        reversal=str(reversal_id),
        points=original.amount,
    )
    held = queries.holdings(member_id)
    return {
        "outcome": "withdrawn",
        "transfer_id": str(transfer_id),
        "reversal_id": str(reversal_id),
        "member_id": str(member_id),
        "points": original.amount,
        "balance": held.balance,
        "owed": held.owed,
    }
