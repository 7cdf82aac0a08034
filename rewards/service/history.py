"""Redemptions of the past, taken over in bulk: from older records, or as the year behind a demo alliance.

The points are booked by the caller with `points.ledger.post_many`, because a history is booked in the order of time and
has more than redemptions: `past_movements` says which. The journal of the stock is written here.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import clock
from core.db import new_id, transaction
from points import ledger
from rewards import rules
from rewards.models import Redemption, StockMovement
from rewards.service import records
from rewards.service.records import voucher_code, voucher_digest

SUBJECT = "redemption"
_BATCH = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRedemption:
    """A redemption of the past that is over: used, cancelled or expired. All times aware.

    `ended_by`: who handed it over, or called it off. `merchant_id`: the shop that gave it out, None: the police room.
    `lots`: expiry day → points that it was paid from; only needed for what came back.
    """

    id: UUID = field(default_factory=new_id)
    reward_id: UUID
    member_id: UUID
    points: int
    state: str
    reserved_at: datetime
    expires_at: datetime
    ended_at: datetime
    ended_by: UUID
    merchant_id: UUID | None = None
    stocked: bool = True
    fitting_place: str = ""
    fitting_help: bool = False
    lots: Mapping[date, int] = field(default_factory=dict)
    reservation_id: UUID = field(default_factory=new_id)
    finish_id: UUID = field(default_factory=new_id)
    finish_key: UUID = field(default_factory=new_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDelivery:
    """So many pieces of a reward came in."""

    reward_id: UUID
    count: int
    arrived_at: datetime
    actor_id: UUID
    note: str = ""


def past_movements(past: PastRedemption) -> Iterator[ledger.Movement]:
    """How the points of a redemption moved: into escrow, and on or home again. Raises ValueError for what cannot be."""
    _check(past)
    member = ledger.member(past.member_id)
    about: dict[str, Any] = {"amount": past.points, "subject_type": SUBJECT, "subject_id": past.id}
    yield ledger.Movement(
        id=past.reservation_id, kind="spend", debit=member, credit=ledger.ESCROW,
        **about, **_stamp(past.reserved_at, past.id, past.member_id),
    )  # fmt: skip
    ending = about | _stamp(past.ended_at, past.finish_key, past.ended_by) | {"id": past.finish_id}
    if past.state != rules.USED:
        yield ledger.Movement(
            kind="reversal", debit=ledger.ESCROW, credit=member, returns=past.lots,
            reverses_id=past.reservation_id, **ending,
        )  # fmt: skip
    elif past.merchant_id is None:
        yield ledger.Movement(
            kind="release", debit=ledger.ESCROW, credit=ledger.REDEEMED,
            reservation_id=past.reservation_id, **ending,
        )  # fmt: skip
    else:
        yield ledger.Movement(
            kind="pay", debit=ledger.ESCROW, credit=ledger.merchant(past.merchant_id), expires_on=date.max,
            reservation_id=past.reservation_id, **ending,
        )  # fmt: skip


def import_redemptions(past: Iterable[PastRedemption], deliveries: Iterable[PastDelivery] = ()) -> int:
    """Write redemptions of the past, and the journal of the stock behind them; returns how many. Joins the transaction.

    Their movements must have been booked before. Raises `RewardUnknown`, and ValueError when there would have been
    less than nothing on a shelf.
    """
    everything = list(past)
    with transaction():
        for start in range(0, len(everything), _BATCH):
            rows = [_row(each) for each in everything[start : start + _BATCH]]
            records.execute(sa.insert(Redemption), rows)
        _write_journal(everything, deliveries)
    return len(everything)


def _check(past: PastRedemption) -> None:
    in_time = past.reserved_at <= past.ended_at and (
        (past.ended_at >= past.expires_at) == (past.state == rules.EXPIRED)
    )
    returned = past.state == rules.USED or sum(past.lots.values()) == past.points
    if past.state not in {rules.USED, rules.CANCELLED, rules.EXPIRED} or not in_time or not returned:
        raise ValueError(f"redemption {past.id} cannot have gone like that")
    if past.state == rules.USED and past.ended_by == past.member_id:
        raise ValueError(f"redemption {past.id} was handed over by the member himself")


def _stamp(at: datetime, key: UUID, actor_id: UUID) -> dict[str, Any]:
    return {
        "happened_at": at,
        "posted_at": at,
        "posted_on": clock.local_date(at),
        "key": key,
        "actor_id": actor_id,
    }


def _row(past: PastRedemption) -> dict[str, Any]:
    used = past.state == rules.USED
    return {
        "id": past.id,
        "reward_id": past.reward_id,
        "member_id": past.member_id,
        "points": past.points,
        "state": past.state,
        "stocked": past.stocked,
        "code_digest": voucher_digest(voucher_code(past.id)),
        "reserved_at": past.reserved_at,
        "local_day": clock.local_date(past.reserved_at),
        "expires_at": past.expires_at,
        "ended_at": past.ended_at,
        "reservation_id": past.reservation_id,
        "finish_id": past.finish_id,
        "handed_over_by": past.ended_by if used else None,
        "merchant_id": past.merchant_id if used else None,
        "fitting_place": past.fitting_place,
        "fitting_help": past.fitting_help,
    }


# --- The journal -----------------------------------------------------------------------------------------------------


def _write_journal(past: Iterable[PastRedemption], deliveries: Iterable[PastDelivery]) -> None:
    """Continue the journal of each reward in the order of time."""
    moves: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for one in deliveries:
        moves[one.reward_id].append(
            _move(rules.RECEIVED, one.count, one.arrived_at, one.actor_id, note=one.note)
        )
    for each in past:
        if each.state == rules.USED and each.stocked:
            moves[each.reward_id].append(
                _move(rules.HANDED_OVER, -1, each.ended_at, each.ended_by, redemption_id=each.id)
            )
    for reward_id, changes in moves.items():
        changes.sort(key=lambda change: change["moved_at"])
        _continue_journal(reward_id, changes)


def _continue_journal(reward_id: UUID, changes: list[dict[str, Any]]) -> None:
    stock = records.reward(reward_id).stock or 0
    sequence = records.last_sequence(reward_id)
    for change in changes:
        stock, sequence = stock + change["change"], sequence + 1
        if stock < 0:
            raise ValueError(f"there was less than nothing of reward {reward_id} at {change['moved_at']}")
        change |= {"reward_id": reward_id, "sequence": sequence, "stock_after": stock}
    records.execute(sa.insert(StockMovement), changes)
    records.save_reward(reward_id, stock=stock)


def _move(kind: str, change: int, at: datetime, actor_id: UUID, **more: Any) -> dict[str, Any]:
    return {
        "id": new_id(),
        "kind": kind,
        "change": change,
        "moved_at": at,
        "actor_id": actor_id,
        "redemption_id": None,
        "note": "",
    } | more
