"""Shops give points to members, out of a budget that the desk grants: thanks for buying or for helping out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import members.queries
import members.service
from core import clock
from core.auth import Actor
from core.codes import Code, parse
from core.config import settings
from core.db import db
from core.receipts import Answer, once
from members.queries import MemberFacts
from merchants import queries
from merchants.errors import (
    BudgetNotEnough,
    GiftMemberWeekLimit,
    GiftReceiverChanged,
    GiftReceiverMissing,
    GiftToOwnPeople,
    MemberNumberUnknown,
)
from merchants.models import ShopGift
from merchants.rules import giving as rules
from merchants.rules.shops import check_points, clean_text, require_partner
from merchants.rules.values import LONGEST_REASON
from merchants.service.budgets import budget_refusals
from merchants.service.clerks import clerk_of
from merchants.service.common import is_own_shop, lock_shop
from points import queries as points_queries
from points import service as points_service


@dataclass(frozen=True, slots=True)
class Receiver:
    """To whom a gift goes: the code of a card or phone as read or typed, or else a member number as typed."""

    code: str | None = None
    number: str | None = None


def show_receiver(
    actor: Actor, *, merchant_id: UUID, receiver: Receiver, points: int, clerk_id: UUID | None = None
) -> str:
    """To whom this gift would go: the name with its middle hidden, for the clerk to confirm. Changes nothing.

    A phone's code is not spent: the gift that follows reads it again. Raises as `give_points` does.
    """
    _check_wish(receiver, points)
    clerk_of(actor, merchant_id, clerk_id)
    shop = queries.shop(merchant_id)
    require_partner(shop.status, shop.name)
    found = _receiver(receiver, members.service.look_up_member_code)
    _check(merchant_id, found, points)
    budget = points_queries.budget(merchant_id)
    if points > budget:
        raise BudgetNotEnough(needed=points, balance=budget)
    return members.queries.masked_name(found.name)


def give_points(
    actor: Actor,
    *,
    key: UUID,
    merchant_id: UUID,
    receiver: Receiver,
    points: int,
    reason: str = "",
    clerk_id: UUID | None = None,
    shown_name: str | None = None,
) -> Answer:
    """A clerk gives a member points out of the shop's budget, once per key.

    Not to the shop's own people or their households. The points expire like earned ones and count for no score.
    `shown_name`: the name that `show_receiver` told and the clerk has confirmed; if it is somebody else now, nothing
    is given (`GiftReceiverChanged`).
    Raises `NotYourShop`, `ShopClosedNow`, `ShopUnknown`, `GiftReceiverMissing`, `MemberNumberUnknown`, the refusals of
    codes, cards and members who are not active, `GiftToOwnPeople`, `AmountInvalid`, `GiftTooLarge`,
    `GiftMemberDayLimit`, `GiftMemberWeekLimit`, `GiftShopDayLimit`, `BudgetNotEnough`.
    """
    _check_wish(receiver, points)
    reason = clean_text(reason, "reason", LONGEST_REASON)

    def work() -> dict[str, Any]:
        shop = lock_shop(merchant_id)
        clerk = clerk_of(actor, merchant_id, clerk_id, lock=True)
        require_partner(shop.status, shop.name)
        found = _receiver(receiver, members.service.read_member_code)
        if shown_name is not None and shown_name != members.queries.masked_name(found.name):
            raise GiftReceiverChanged
        _check(merchant_id, found, points)
        _give(actor, key, merchant_id, clerk.member_id, found.id, points, reason)
        return {
            "outcome": "points_given",
            "gift_id": str(key),
            "merchant_id": str(merchant_id),
            "member_id": str(found.id),
            "where": shop.name,
            "points": points,
            "budget": points_queries.budget(merchant_id),
        }

    content = {
        "merchant_id": merchant_id,
        "code": receiver.code,
        "number": receiver.number,
        "points": points,
        "reason": reason,
        "clerk_id": clerk_id,
        "shown_name": shown_name,
    }
    return once(key, actor, "shop.give", content, work)


def _check_wish(receiver: Receiver, points: int) -> None:
    check_points(points)
    if (receiver.code is None) == (receiver.number is None):
        raise GiftReceiverMissing(field="member_code")


def _check(merchant_id: UUID, found: MemberFacts, points: int) -> None:
    """Raise unless the shop may give this member these points today."""
    members.queries.require_active(found)
    if is_own_shop(found.id, merchant_id):
        raise GiftToOwnPeople
    rules.check_gift(points, gift_limits(), queries.given_today(merchant_id, found.id, clock.today()))
    _check_week(found.id, points)


def _check_week(member_id: UUID, more: int) -> None:
    """What shops give counts with what coordinators enter alone: above the limit nobody gives without a second one."""
    limit = settings().award_member_week_limit
    monday = points_service.monday(clock.today())
    if points_queries.given_alone(member_id, clock.start_of(monday)) + more > limit:
        raise GiftMemberWeekLimit(limit=limit)


def _give(
    actor: Actor, key: UUID, merchant_id: UUID, clerk_id: UUID, member_id: UUID, amount: int, reason: str
) -> None:
    with budget_refusals():
        transfer_id = points_service.give(
            actor,
            key=key,
            merchant_id=merchant_id,
            member_id=member_id,
            points=amount,
            subject_id=key,
            given_by=clerk_id,
            memo=reason,
        )
    # Once more under the lock of his account: another shop may have given at the same moment.
    _check_week(member_id, 0)
    now = clock.now()
    values = {
        "id": key,
        "merchant_id": merchant_id,
        "member_id": member_id,
        "clerk_id": clerk_id,
        "points": amount,
        "reason": reason,
        "given_at": now,
        "local_day": clock.local_date(now),
        "transfer_id": transfer_id,
    }
    db.session.execute(sa.insert(ShopGift), values)


def gift_limits() -> rules.GiftLimits:
    """The limits of gifts in force."""
    common = settings()
    return rules.GiftLimits(
        gift=common.shop_gift_limit,
        member_day=common.shop_gift_member_day_limit,
        shop_day=common.shop_gift_day_limit,
    )


def _receiver(receiver: Receiver, read: Callable[[Code, datetime], MemberFacts]) -> MemberFacts:
    if receiver.code is not None:
        return read(parse(receiver.code, settings().base_url), clock.now())
    number = members.queries.read_number(receiver.number or "")
    found = members.queries.facts_by_number(number) if number is not None else None
    if found is None:
        raise MemberNumberUnknown(field="member_number")
    return found
