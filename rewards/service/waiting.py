"""Waiting lists and favourites.

Who waits keeps his place in the order of asking. When pieces come back, as many of those who wait are told as there
are free pieces, the first ones first; nothing is kept for them, who comes first gets it (docs/rewards.md says why). He
is told until he looks; if he does not within `rules.TOLD_LIFE`, the next one is told, too.
"""

from uuid import UUID

import sqlalchemy as sa

import members.queries
from core import clock
from core.auth import Actor
from core.db import db, insert, transactional
from rewards import rules
from rewards.errors import RedeemerNeeded, RewardUnknown, StillInStock
from rewards.models import Favourite, WaitingMember
from rewards.queries import shops
from rewards.rules import RewardFacts
from rewards.service import records

_waiting: sa.Table = WaitingMember.__table__  # type: ignore[assignment] # SQLAlchemy types it as FromClause
_favourite: sa.Table = Favourite.__table__  # type: ignore[assignment] # as above


def member_of(actor: Actor) -> UUID:
    """The member who acts. Raises `RedeemerNeeded` for devices and commands."""
    if actor.kind != "member" or actor.member_id is None:
        raise RedeemerNeeded
    return actor.member_id


@transactional
def wait_for(actor: Actor, reward_id: UUID) -> None:
    """Go on the waiting list of a reward that is sold out; twice is the same as once.

    Raises `RewardUnknown`, `RewardNotOffered`, `StillInStock` and the refusals of inactive members.
    """
    actor.require("reward.redeem")
    member_id = member_of(actor)
    members.queries.require_active(members.queries.facts(member_id))
    found = records.reward(reward_id)
    rules.check_on_shelf(found, clock.today(), shop_open=shops.is_open(found.merchant_id))
    if not found.sold_out:
        raise StillInStock(reward_id=str(reward_id))
    row = {"reward_id": reward_id, "member_id": member_id, "since": clock.now(), "told_at": None}
    records.execute(insert(_waiting).on_conflict_do_nothing(), row)


@transactional
def stop_waiting(actor: Actor, reward_id: UUID) -> None:
    """Leave the waiting list: called off, or looked after having been told. The next one is told in his place.

    Raises `RewardUnknown`.
    """
    actor.require("reward.redeem")
    member_id = member_of(actor)
    found = records.reward(reward_id)
    forget(reward_id, member_id)
    tell(found)


def forget(reward_id: UUID, member_id: UUID) -> None:
    """Take the member off the list of a locked reward."""
    mine = (_waiting.c.reward_id == reward_id, _waiting.c.member_id == member_id)
    records.execute(sa.delete(_waiting).where(*mine))


def waits(reward_id: UUID, member_id: UUID) -> bool:
    """Whether the member is on the list."""
    query = sa.select(_waiting.c.since).where(
        _waiting.c.reward_id == reward_id, _waiting.c.member_id == member_id
    )
    return records.execute(query).first() is not None


def tell(found: RewardFacts) -> int:
    """Tell as many of those who wait for a locked reward as there are free pieces; how many were told now."""
    now = clock.now()
    recent = _waiting.c.told_at > now - rules.TOLD_LIFE
    of_reward = _waiting.c.reward_id == found.id
    told = records.execute(sa.select(sa.func.count()).where(of_reward, recent)).scalar_one()
    free = (found.available or 0) - told
    if free <= 0 or found.status != rules.OFFERED:
        return 0
    next_ones = (
        sa.select(_waiting.c.member_id)
        .where(of_reward, _waiting.c.told_at.is_(None))
        .order_by(_waiting.c.since, _waiting.c.member_id)
        .limit(free)
    )
    ids = list(records.execute(next_ones).scalars())
    if ids:
        change = sa.update(_waiting).where(of_reward, _waiting.c.member_id.in_(ids))
        records.execute(change.values(told_at=now))
    return len(ids)


def tell_again() -> int:
    """Tell further members where those who were told have not looked for long; part of the regular run."""
    query = sa.select(WaitingMember.reward_id).where(WaitingMember.told_at.is_(None)).distinct()
    return sum(_tell_of(reward_id) for reward_id in db.session.scalars(query).all())


@transactional
def _tell_of(reward_id: UUID) -> int:
    return tell(records.reward(reward_id))


@transactional
def mark(actor: Actor, reward_id: UUID) -> None:
    """Make the reward a favourite; twice is the same as once. Raises `RewardUnknown`."""
    actor.require("reward.redeem")
    member_id = member_of(actor)
    if records.reward(reward_id, lock=False).status == rules.DRAFT:
        raise RewardUnknown
    row = {"member_id": member_id, "reward_id": reward_id, "since": clock.now()}
    records.execute(insert(_favourite).on_conflict_do_nothing(), row)


@transactional
def unmark(actor: Actor, reward_id: UUID) -> None:
    """Take the reward from the favourites. Raises `RewardUnknown`."""
    actor.require("reward.redeem")
    member_id = member_of(actor)
    records.reward(reward_id, lock=False)
    mine = (_favourite.c.member_id == member_id, _favourite.c.reward_id == reward_id)
    records.execute(sa.delete(_favourite).where(*mine))
