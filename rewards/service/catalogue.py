"""The desk keeps the catalogue: rewards are made, changed, put on the shelf and taken from it. Every act is audited."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import audit, clock, receipts
from core.auth import Actor
from core.db import insert, new_id, transactional
from core.receipts import Answer
from rewards import rules
from rewards.errors import RewardChanged
from rewards.models import Reward, RewardPicture
from rewards.rules import RewardFacts, RewardWish
from rewards.service import pictures, places, records, waiting

SUBJECT = "reward"


def create_reward(
    actor: Actor,
    *,
    key: UUID,
    wish: RewardWish,
    stock: int | None = None,
    merchant_id: UUID | None = None,
    offered: bool = False,
) -> Answer:
    """Add a reward, once per key; a draft unless it is `offered` at once. The answer has `reward_id`, `number`.

    `stock` is what lies on the shelf now, None when there is no end of it; `merchant_id` the shop that offers it, None
    for the police room. Both stay as they are. Raises `RewardInvalid`, `CountInvalid`, `ShopUnknown`, `OwnShop`.
    """
    actor.require("reward.manage")
    wish = rules.clean_reward(wish)
    if stock is not None:
        rules.clean_count(stock, 0)

    def work() -> dict[str, Any]:
        places.check_no_interest(actor, merchant_id)
        return _create(actor, wish, stock, merchant_id, rules.OFFERED if offered else rules.DRAFT)

    content = {**asdict(wish), "stock": stock, "merchant_id": merchant_id, "offered": offered}
    return receipts.once(key, actor, "reward.create", content, work)


def _create(
    actor: Actor, wish: RewardWish, stock: int | None, merchant_id: UUID | None, status: str
) -> dict[str, Any]:
    values = {
        **asdict(wish),
        "id": new_id(),
        "stock": None if stock is None else 0,
        "held": 0,
        "merchant_id": merchant_id,
        "status": status,
        "version": 1,
        "created_at": clock.now(),
    }
    statement = insert(Reward).on_conflict_do_nothing(index_elements=["number"]).returning(Reward.number)
    last = sa.select(sa.func.coalesce(sa.func.max(Reward.number), 0))
    while True:  # somebody else may take the same number at the same time
        number = records.execute(last).scalar_one() + 1
        if records.execute(statement, values | {"number": number}).first() is not None:
            break
    found = records.reward(values["id"])
    if stock:
        records.move_stock(actor, found, rules.RECEIVED, stock)
    audit.record(actor, "reward.created", SUBJECT, found.id, number=number, points=wish.points)
    return {"reward_id": str(found.id), "number": number}


@transactional
def change_reward(
    actor: Actor, reward_id: UUID, *, version: int, wish: RewardWish, status: str | None = None
) -> int:
    """Change a reward; returns its version, a new one when price or terms changed. Vouchers given keep theirs.

    `version` is the one that the change was made from; `status`: offered or retired, None as it is. Raises
    `RewardUnknown`, `RewardInvalid`, `RewardChanged`, `OwnShop`.
    """
    actor.require("reward.manage")
    wish = rules.clean_reward(wish)
    found = records.reward(reward_id)
    places.check_no_interest(actor, found.merchant_id)
    if found.version != version:
        raise RewardChanged(version=found.version)
    new = found.version + rules.terms_changed(found, wish)
    records.save_reward(reward_id, **asdict(wish), version=new)
    audit.record(actor, "reward.changed", SUBJECT, reward_id, points=wish.points, version=new)
    if status in {rules.OFFERED, rules.RETIRED}:
        _set_status(actor, reward_id, status)
    return new


@transactional
def offer_reward(actor: Actor, reward_id: UUID) -> None:
    """Put a reward on the shelf, or back on it. Raises `RewardUnknown`, `OwnShop`."""
    _set_status(actor, reward_id, rules.OFFERED)


@transactional
def retire_reward(actor: Actor, reward_id: UUID) -> None:
    """Take a reward from the shelf; vouchers that are out stay good. Raises `RewardUnknown`, `OwnShop`."""
    _set_status(actor, reward_id, rules.RETIRED)


def _set_status(actor: Actor, reward_id: UUID, status: str) -> None:
    actor.require("reward.manage")
    found = records.reward(reward_id)
    places.check_no_interest(actor, found.merchant_id)
    if found.status == status:
        return
    records.save_reward(reward_id, status=status)
    audit.record(actor, "reward.status", SUBJECT, reward_id, status=status)
    waiting.tell(records.reward(reward_id))


def put_picture(actor: Actor, reward_id: UUID, content: bytes) -> UUID:
    """Show this picture with the reward; returns its id, which follows from what is kept of it.

    Raises `RewardUnknown`, `PictureInvalid`, `PictureTooLarge`.
    """
    actor.require("reward.manage")
    # Reading a picture takes long: done before the transaction, in which others would have to wait.
    made = pictures.remake(content)
    _keep_picture(actor, reward_id, made)
    return made.id


@transactional
def _keep_picture(actor: Actor, reward_id: UUID, made: pictures.Picture) -> None:
    found = records.reward(reward_id)
    row = {
        "id": made.id,
        "media_type": made.media_type,
        "content": made.content,
        "created_at": clock.now(),
    }
    records.execute(insert(RewardPicture).on_conflict_do_nothing(), row)
    _change_picture(actor, found, made.id)


@transactional
def remove_picture(actor: Actor, reward_id: UUID) -> None:
    """Show the drawn picture again, if there is one. Raises `RewardUnknown`."""
    actor.require("reward.manage")
    _change_picture(actor, records.reward(reward_id), None)


def _change_picture(actor: Actor, found: RewardFacts, picture_id: UUID | None) -> None:
    records.save_reward(found.id, picture_id=picture_id)
    if found.picture_id not in {None, picture_id}:
        others = sa.select(Reward.id).where(Reward.picture_id == found.picture_id)
        if records.execute(others).first() is None:
            records.execute(sa.delete(RewardPicture).where(RewardPicture.id == found.picture_id))
    audit.record(actor, "reward.picture", SUBJECT, found.id, shown=picture_id is not None)
