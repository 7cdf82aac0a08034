"""Vouchers whose time is over: points and pieces go back, by themselves and at every touch."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import points.service
from core import clock
from core.auth import SYSTEM, Actor
from core.db import db, in_transaction, new_id, transactional
from core.sweeps import SweepFailed, sweep
from rewards import rules
from rewards.models import Redemption
from rewards.rules import RewardFacts
from rewards.service import records, waiting
from rewards.service.records import Slip

#: Vouchers that one touch ends at most; the regular run does the rest.
MOST_AT_A_TOUCH = 20
_BATCH = 500
_RUN = "expire vouchers"


def expire_redemptions() -> int:
    """End every redemption whose voucher has expired; how many. Each is a transaction of its own: the run can be broken
    off at any moment, repeated, and done by two at once. Afterwards further members of the waiting lists are told.

    One that cannot be ended keeps nobody else's points. Raises `core.sweeps.SweepFailed` at the end when there was one.
    """
    try:
        return sweep(_RUN, _all_lapsed(), _end)
    finally:
        waiting.tell_again()


def _all_lapsed() -> Iterator[UUID]:
    after = None
    while batch := _lapsed(after=after, limit=_BATCH):
        yield from batch
        after = batch[-1]


def end_lapsed(**which: UUID) -> int:
    """End what has expired of one reward, one member or one redemption, at the touch of somebody; how many.

    Each in a transaction of its own, before the one that touches: several members' accounts must not be locked by one
    who holds others already. Inside a transaction it does nothing; the regular run will.
    """
    if in_transaction():
        return 0
    try:
        return sweep(_RUN, _lapsed(limit=MOST_AT_A_TOUCH, **which), _end)
    except SweepFailed as failure:
        # It is logged, and the regular run will tell of it: who only wants a reward must not suffer for another's slip.
        return failure.done


def _lapsed(*, limit: int, after: UUID | None = None, **which: UUID) -> list[UUID]:
    query = sa.select(Redemption.id).where(
        # Spelled out, not bound: only so can the index of what is held be used.
        sa.text("state = 'held'"),
        Redemption.expires_at <= clock.now(),
    )
    columns: dict[str, Any] = {
        "reward_id": Redemption.reward_id,
        "member_id": Redemption.member_id,
        "redemption_id": Redemption.id,
    }
    for name, value in which.items():
        query = query.where(columns[name] == value)
    if after is not None:
        query = query.where(Redemption.id > after)
    return list(db.session.scalars(query.order_by(Redemption.id).limit(limit)))


@transactional
def _end(redemption_id: UUID) -> bool:
    seen = records.slip(redemption_id, lock=False)
    found = records.reward(seen.reward_id)
    slip = records.slip(redemption_id)
    # Meanwhile it may have been handed over or called off.
    if slip.state != rules.HELD or clock.now() < slip.expires_at:
        return False
    give_back(SYSTEM, new_id(), found, slip, rules.EXPIRED)
    return True


def give_back(actor: Actor, key: UUID, found: RewardFacts, slip: Slip, state: str) -> None:
    """Return the points of a locked redemption to their old lots and its piece to the shelf; tell who waits."""
    finish_id = points.service.cancel(actor, key=key, reservation_id=slip.reservation_id)
    records.end(slip.id, state, finish_id)
    records.let_go(slip)
    if slip.stocked:
        waiting.tell(replace(found, held=found.held - 1))
