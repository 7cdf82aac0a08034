"""A shelf with rewards, members with points, and what they do with their vouchers."""

from itertools import count
from typing import Any
from uuid import UUID

import rewards.queries
import rewards.service
from core import clock, codes
from core.auth import SYSTEM, Actor
from core.codes import Code
from core.db import db, new_id
from core.errors import DomainError
from core.scans import Scan
from rewards.rules import RewardFacts
from rewards.service import RewardWish, records
from tests.support import members_builders, points_builders

_names = count(1)


def reward(
    name: str | None = None,
    *,
    points: int = 30,
    stock: int | None = 5,
    merchant_id: UUID | None = None,
    offered: bool = True,
    **wish: Any,
) -> RewardFacts:
    """A reward on the shelf: 30 points, five pieces, from the police room."""
    answer = rewards.service.create_reward(
        SYSTEM,
        key=new_id(),
        wish=RewardWish(name_zh=name or f"洗衣粉{next(_names)}", points=points, **wish),
        stock=stock,
        merchant_id=merchant_id,
        offered=offered,
    )
    return facts(UUID(answer.body["reward_id"]))


def facts(reward_id: UUID) -> RewardFacts:
    """The reward as it is now."""
    fresh()
    return rewards.queries.reward(reward_id)


def member(name: str = "王秀英", *roles: str, points: int = 100) -> Actor:
    """An active member with so many points."""
    found = members_builders.actor(members_builders.member(name, *roles, phone=None))
    if points:
        points_builders.earn(found.id, points)
    return found


def desk(name: str = "陈国平") -> Actor:
    """A coordinator who hands over and keeps the stock."""
    return members_builders.actor(members_builders.member(name, "coordinator", phone=None))


def reserve(actor: Actor, wanted: RewardFacts, **shown: Any) -> dict[str, Any]:
    """Redeem what the shelf shows now; `shown` is what the member saw instead."""
    seen = {"key": new_id(), "version": wanted.version, "points": wanted.points} | shown
    return rewards.service.reserve(actor, reward_id=wanted.id, **seen).body


def voucher(actor: Actor, wanted: RewardFacts) -> tuple[UUID, str]:
    """The redemption's id and the code of the voucher that the member holds after redeeming."""
    redemption_id = UUID(reserve(actor, wanted)["redemption_id"])
    return redemption_id, code_of(redemption_id).text


def code_of(redemption_id: UUID) -> Code:
    """The code that the voucher's page shows."""
    return records.voucher_code(redemption_id)


def hand_over(actor: Actor, code: str, **given: Any) -> dict[str, Any]:
    """Give out what the voucher is for; at the desk unless `merchant_id` is given."""
    return rewards.service.hand_over(actor, **({"key": new_id(), "code": code} | given)).body


def cancel(actor: Actor, redemption_id: UUID) -> dict[str, Any]:
    """Call the reservation off."""
    return rewards.service.cancel_redemption(actor, key=new_id(), redemption_id=redemption_id).body


def take_back(actor: Actor, redemption_id: UUID, **said: Any) -> dict[str, Any]:
    """Take back what was handed over, because the alarm is dumb."""
    given = {"key": new_id(), "reason": "警报器不响"} | said
    return rewards.service.return_redemption(actor, redemption_id=redemption_id, **given).body


def scan(actor: Actor, code: str) -> dict[str, Any]:
    """What the gate shows this reader of a voucher."""
    read = codes.parse(code, "http://localhost")
    return rewards.service.show_voucher(actor, Scan(id=new_id(), code=read, received_at=clock.now()))


def refusal(work: Any, *arguments: Any, **keywords: Any) -> DomainError:
    """The refusal that the work meets; fails the test when there is none."""
    try:
        work(*arguments, **keywords)
    except DomainError as error:
        return error
    raise AssertionError("was not refused")


def balance(actor: Actor) -> int:
    """Points that the member can spend."""
    return points_builders.balance(actor.id)


def fresh() -> None:
    """Let the test see what others have written since."""
    db.session.rollback()
