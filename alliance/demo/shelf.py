"""The shelf of the demo alliance: rewards are made, run out and come in again through the year."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

import rewards.queries
import rewards.service
from alliance.demo.people import Alliance
from alliance.demo.shelf_plan import DRAFT, RUNNING_LOW, SHELF, SOLD_OUT, RewardPlan
from alliance.demo.shops import Shop
from core import clock
from core.db import new_id
from rewards.service import PastDelivery

#: The shelf was set up so many days ago; the newest rewards came later.
_FIRST_DAY: Final = 350
_LATER: Final = {"door-eye-camera": 150, "gas-detector": 90, "health-check": 60}


@dataclass(slots=True)
class Item:
    """A reward as its year needs it; `left` is what can be reserved, None without end."""

    id: UUID
    plan: RewardPlan
    shop: Shop | None
    since: date
    left: int | None
    deliveries: list[PastDelivery] = field(default_factory=list)

    def restock(self, day: date, actor_id: UUID) -> None:
        """Let new ones come in on the morning of the day when few are left; what runs out stays out."""
        if self.left is None or self.plan.stock is None or self.plan.drawing == SOLD_OUT:
            return
        if self.left > self.plan.low or day <= self.since:
            return
        at = datetime.combine(day, time(8, 40), tzinfo=clock.zone())
        self.deliveries.append(
            PastDelivery(
                reward_id=self.id, count=self.plan.stock, arrived_at=at, actor_id=actor_id, note="补货入库"
            )
        )
        self.left += self.plan.stock


def fill(alliance: Alliance, shops: list[Shop]) -> list[Item]:
    """Make the rewards; returns those that are offered."""
    offering = {shop.plan.name: shop for shop in shops}
    items = []
    for plan in SHELF:
        if plan.drawing == DRAFT:
            with clock.frozen(clock.now() - timedelta(days=3)):
                _create(alliance, plan, None)
            continue
        shop = offering.get(plan.shop)
        day = clock.today() - timedelta(days=_LATER.get(plan.drawing, _FIRST_DAY))
        with clock.frozen(datetime.combine(day, time(9, 30), tzinfo=clock.zone())):
            items.append(Item(_create(alliance, plan, shop), plan, shop, day, plan.stock))
    return items


def take_stock(alliance: Alliance, items: list[Item]) -> None:
    """Count what lies there, once the year is booked: one reward is sold out, one runs low."""
    free = {SOLD_OUT: 0, RUNNING_LOW: 2}
    for item in items:
        if item.plan.drawing in free:
            found = rewards.queries.reward(item.id)
            count = found.held + free[item.plan.drawing]
            if found.stock != count:
                rewards.service.count_stock(
                    alliance.coordinators[0], key=new_id(), reward_id=item.id, count=count, note="月度盘点"
                )


def _create(alliance: Alliance, plan: RewardPlan, shop: Shop | None) -> UUID:
    wish = rewards.service.RewardWish(
        name_zh=plan.name,
        name_en=plan.name_en,
        about_zh=plan.about,
        about_en=plan.about_en,
        kind=plan.kind,
        points=plan.points,
        low_stock=plan.low,
        quota=plan.most,
        quota_period=plan.period,
        drawing=plan.drawing,
    )
    answer = rewards.service.create_reward(
        alliance.coordinators[0],
        key=new_id(),
        wish=wish,
        stock=plan.stock,
        merchant_id=shop.id if shop else None,
        offered=plan.drawing != DRAFT,
    )
    return UUID(answer.body["reward_id"])
