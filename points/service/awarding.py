"""Coordinators award good deeds, and take awards back."""

from datetime import datetime
from typing import Any
from uuid import UUID

import members.queries
import members.service
from core import audit, clock
from core.auth import Actor
from core.codes import Code, Kind
from core.receipts import Answer, once
from core.scans import Scan
from points import ledger, queries, rules
from points.errors import AwardNeedsPerson, ReasonMissing, RuleUnknown, TransferNotReversible
from points.service.paying import pay_deed


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

    Raises `MemberUnknown`, the member's `MemberOnLeave` and so on, `AwardToOneself`, `AwardToHousehold`,
    `DeedTimeInvalid` (in the future or over 31 days ago), `MemoInvalid` and the refusals of `pay_deed`.
    """
    memo, rule_code = rules.clean_memo(memo), _known_form(rule_code)
    content = {"member_id": member_id, "rule_code": rule_code, "happened_at": happened_at, "memo": memo}

    def work() -> dict[str, Any]:
        return _award(actor, key, member_id, rule_code, happened_at, memo)

    return once(key, actor, "award", content, work)


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
    memo, rule_code = rules.clean_memo(memo), _known_form(rule_code)
    content = {"code": code.text, "rule_code": rule_code, "happened_at": happened_at, "memo": memo}

    def work() -> dict[str, Any]:
        actor.require("award.give")
        holder = members.service.read_member_code(code, clock.now())
        return _award(actor, key, holder.id, rule_code, happened_at, memo)

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


def _known_form(rule_code: str) -> str:
    # Before anything is stored: a text that is no code at all may hold what no database takes.
    if not rules.is_rule_code(rule_code):
        raise RuleUnknown(rule="")
    return rule_code


def _award(
    actor: Actor, key: UUID, member_id: UUID, rule_code: str, happened_at: datetime | None, memo: str
) -> dict[str, Any]:
    actor.require("award.give")
    if actor.member_id is None and actor.kind != "system":
        raise AwardNeedsPerson
    holder = members.queries.facts(member_id)
    if actor.member_id is not None:
        rules.check_awarder(actor.member_id, member_id, members.queries.household_of(member_id))
    members.queries.require_active(holder)
    done_at = rules.deed_time(happened_at, clock.now())
    paid = pay_deed(
        actor,
        key=key,
        member_id=member_id,
        squad_id=holder.squad_id,
        rule_code=rule_code,
        happened_at=done_at,
        subject_type="award",
        subject_id=None,
        memo=memo,
    )
    audit.record(
        actor,
        "award.give",
        "member",
        member_id,
        transfer=str(paid.transfer_id),
        rule=rule_code,
        points=paid.points,
    )
    return {
        "outcome": "awarded",
        "transfer_id": str(paid.transfer_id),
        "member_id": str(member_id),
        "rule_code": rule_code,
        "rule_name_zh": paid.rule.name_zh,
        "rule_name_en": paid.rule.name_en,
        "points": paid.points,
        "balance": paid.balance,
        "when": done_at.isoformat(),
    }


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
