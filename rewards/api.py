"""Rewards for programs: the shelf, redeeming and handing over, catalogue and stock."""

import base64
import binascii
from dataclasses import fields
from typing import Any
from uuid import UUID

from flask import current_app
from flask_smorest import Blueprint

import members.queries
import rewards.service
from core.answers import AGAIN, answered
from core.auth import Actor, current_actor, requires
from core.errors import Unauthenticated
from core.fields import PageIn
from rewards import queries, rules
from rewards.errors import PictureInvalid, RewardUnknown
from rewards.schemas import (
    DeskRedemptionsIn,
    HandedOverOut,
    HandOverIn,
    RedemptionCancelIn,
    RedemptionCancelledOut,
    RedemptionIn,
    RedemptionOut,
    RedemptionReturnedOut,
    RedemptionReturnIn,
    RedemptionsIn,
    ReservedOut,
    RewardCardOut,
    RewardChangeIn,
    RewardCreatedOut,
    RewardIn,
    RewardOut,
    RewardPictureIn,
    RewardPictureOut,
    ShelfIn,
    ShelfOut,
    StockIn,
    StockMovedOut,
    StockOut,
    VouchersOut,
)
from rewards.service import RewardWish

api = Blueprint("rewards", __name__, url_prefix="/api/v1", description="Shelf, vouchers, stock")
_STOCK = {
    rules.RECEIVED: rewards.service.receive_stock,
    rules.DAMAGED: rewards.service.damage_stock,
    rules.COUNTED: rewards.service.count_stock,
}
_WISH = [each.name for each in fields(RewardWish)]


def _member_id(actor: Actor) -> UUID | None:
    return actor.member_id if actor.kind == "member" else None


def who_stands_at(merchant_id: UUID | None) -> UUID | None:
    """The clerk who has taken over this shop's counter on this phone with his PIN; None: whoever is signed in.

    `merchant_id` None: it is handed over at the desk, which a phone at a counter may not.
    """
    clerk_id: UUID | None = current_app.extensions["alliance_counter_clerk"](merchant_id)
    return clerk_id


# --- The shelf -------------------------------------------------------------------------------------------------------


@api.route("/rewards", methods=["GET"])
@api.arguments(ShelfIn, location="query")
@api.response(200, ShelfOut)
@requires("reward.read")
def get_rewards(wish: dict[str, Any]) -> Any:
    """What is offered today."""
    return queries.shelf(_member_id(current_actor()), **wish)


@api.route("/rewards/<uuid:reward_id>", methods=["GET"])
@api.response(200, RewardCardOut)
@requires("reward.read")
def get_reward(reward_id: UUID) -> Any:
    """One reward, and what stands between the reader and it; drafts for those who keep the catalogue."""
    actor = current_actor()
    member_id = _member_id(actor)
    if member_id is not None:
        return queries.card(member_id, reward_id, drafts=actor.may("reward.manage"))
    found = queries.reward(reward_id)
    if found.status == rules.DRAFT:
        raise RewardUnknown
    nothing = dict.fromkeys(("missing", "balance", "balance_after", "left_of_quota", "obstacle"))
    marks = dict.fromkeys(("favourite", "waiting", "told"), False)
    return {"reward": found, "merchant_name": queries.shop_name(found.merchant_id), **marks, **nothing}


@api.route("/rewards/<uuid:reward_id>/favourite", methods=["PUT"])
@api.response(204)
@requires("reward.redeem")
def put_favourite(reward_id: UUID) -> None:
    """Make it a favourite."""
    rewards.service.mark(current_actor(), reward_id)


@api.route("/rewards/<uuid:reward_id>/favourite", methods=["DELETE"])
@api.response(204)
@requires("reward.redeem")
def delete_favourite(reward_id: UUID) -> None:
    """Take it from the favourites."""
    rewards.service.unmark(current_actor(), reward_id)


@api.route("/rewards/<uuid:reward_id>/waiting", methods=["PUT"])
@api.response(204)
@requires("reward.redeem")
def put_waiting(reward_id: UUID) -> None:
    """Wait for a reward that is sold out."""
    rewards.service.wait_for(current_actor(), reward_id)


@api.route("/rewards/<uuid:reward_id>/waiting", methods=["DELETE"])
@api.response(204)
@requires("reward.redeem")
def delete_waiting(reward_id: UUID) -> None:
    """Wait no longer; or the member has looked after he was told that it is back."""
    rewards.service.stop_waiting(current_actor(), reward_id)


# --- The catalogue ---------------------------------------------------------------------------------------------------


@api.route("/rewards", methods=["POST"])
@api.arguments(RewardIn)
@api.response(201, RewardCreatedOut)
@api.alt_response(200, schema=RewardCreatedOut, description=AGAIN)
@requires("reward.manage")
def post_reward(payload: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Add a reward."""
    wish = RewardWish(**{name: payload.pop(name) for name in _WISH if name in payload})
    return answered(rewards.service.create_reward(current_actor(), wish=wish, **payload))


@api.route("/rewards/<uuid:reward_id>", methods=["PATCH"])
@api.arguments(RewardChangeIn)
@api.response(200, RewardOut)
@requires("reward.manage")
def patch_reward(payload: dict[str, Any], reward_id: UUID) -> Any:
    """Change a reward, put it on the shelf, or take it from there. Vouchers that are out keep their terms."""
    actor = current_actor()
    found = queries.reward(reward_id)
    wish = RewardWish(**{name: payload.get(name, getattr(found, name)) for name in _WISH})
    rewards.service.change_reward(
        actor, reward_id, version=payload["version"], wish=wish, status=payload.get("status")
    )
    return queries.reward(reward_id)


@api.route("/rewards/<uuid:reward_id>/picture", methods=["PUT"])
@api.arguments(RewardPictureIn)
@api.response(200, RewardPictureOut)
@requires("reward.manage")
def put_picture(payload: dict[str, Any], reward_id: UUID) -> dict[str, UUID]:
    """Show this picture with the reward."""
    try:
        content = base64.b64decode(payload["content"], validate=True)
    except (binascii.Error, ValueError):
        raise PictureInvalid(field="content") from None
    return {"picture_id": rewards.service.put_picture(current_actor(), reward_id, content)}


@api.route("/rewards/<uuid:reward_id>/picture", methods=["DELETE"])
@api.response(204)
@requires("reward.manage")
def delete_picture(reward_id: UUID) -> None:
    """Show the drawn picture again."""
    rewards.service.remove_picture(current_actor(), reward_id)


@api.route("/rewards/<uuid:reward_id>/stock", methods=["GET"])
@api.arguments(PageIn, location="query")
@api.response(200, StockOut)
@requires("stock.read")
def get_stock(page: dict[str, Any], reward_id: UUID) -> dict[str, Any]:
    """What lies on the shelf, and why."""
    found = queries.reward(reward_id)
    journal = queries.movements(reward_id, **page)
    return {
        "stock": found.stock,
        "held": found.held,
        "low_stock": found.low_stock,
        "waiting": queries.waiting_count(reward_id),
        "items": journal.items,
        "next": journal.next,
    }


@api.route("/rewards/<uuid:reward_id>/stock", methods=["POST"])
@api.arguments(StockIn)
@api.response(201, StockMovedOut)
@api.alt_response(200, schema=StockMovedOut, description=AGAIN)
@requires("reward.manage")
def post_stock(payload: dict[str, Any], reward_id: UUID) -> tuple[dict[str, Any], int]:
    """Write down pieces that came in, broke, or were counted."""
    move = _STOCK[payload.pop("kind")]
    return answered(move(current_actor(), reward_id=reward_id, **payload))


# --- Redemptions -----------------------------------------------------------------------------------------------------


@api.route("/redemptions", methods=["POST"])
@api.arguments(RedemptionIn)
@api.response(201, ReservedOut)
@api.alt_response(200, schema=ReservedOut, description=AGAIN)
@requires("reward.redeem")
def post_redemption(payload: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Redeem a reward at the price that was shown."""
    actor = current_actor()
    body, status = answered(rewards.service.reserve(actor, **payload))
    voucher = queries.redemption(actor, UUID(body["redemption_id"]))
    # Not kept with the answer: who holds the code holds the reward.
    shown = {"code": voucher.code, "grouped": voucher.grouped, "address": voucher.address}
    return {**body, **shown}, status


@api.route("/redemptions", methods=["GET"])
@api.arguments(DeskRedemptionsIn, location="query")
@api.response(200, VouchersOut)
@requires("stock.read")
def get_redemptions(wish: dict[str, Any]) -> Any:
    """Vouchers for the desk."""
    group = wish.pop("group")
    if group not in {"handed_over", "returned"}:
        return queries.desk_redemptions(group, **wish)
    page = queries.handed_over(returned=group == "returned", **wish)
    return {"items": [each.voucher for each in page.items], "next": page.next}


@api.route("/me/redemptions", methods=["GET"])
@api.arguments(RedemptionsIn, location="query")
@api.response(200, VouchersOut)
@requires("reward.redeem")
def get_own_redemptions(wish: dict[str, Any]) -> Any:
    """My vouchers."""
    member_id = _member_id(current_actor())
    if member_id is None:
        raise Unauthenticated
    return queries.my_redemptions(member_id, **wish)


@api.route("/redemptions/<uuid:redemption_id>", methods=["GET"])
@api.response(200, RedemptionOut)
@requires("self.read")
def get_redemption(redemption_id: UUID) -> Any:
    """One voucher: with its code for its owner, without for who hands it over."""
    return queries.redemption(current_actor(), redemption_id)


@api.route("/redemptions/<uuid:redemption_id>/cancel", methods=["POST"])
@api.arguments(RedemptionCancelIn)
@api.response(201, RedemptionCancelledOut)
@api.alt_response(200, schema=RedemptionCancelledOut, description=AGAIN)
@requires("reward.redeem")
def post_cancel(payload: dict[str, Any], redemption_id: UUID) -> tuple[dict[str, Any], int]:
    """Call a voucher off; the points return."""
    answer = rewards.service.cancel_redemption(current_actor(), redemption_id=redemption_id, **payload)
    return answered(answer)


@api.route("/redemptions/<uuid:redemption_id>/return", methods=["POST"])
@api.arguments(RedemptionReturnIn)
@api.response(201, RedemptionReturnedOut)
@api.alt_response(200, schema=RedemptionReturnedOut, description=AGAIN)
@requires("voucher.take_back")
def post_return(payload: dict[str, Any], redemption_id: UUID) -> tuple[dict[str, Any], int]:
    """Take back what was handed over, once: the points return, and the piece if it is whole."""
    answer = rewards.service.return_redemption(current_actor(), redemption_id=redemption_id, **payload)
    return answered(answer)


@api.route("/redemptions/hand-over", methods=["POST"])
@api.arguments(HandOverIn)
@api.response(201, HandedOverOut)
@api.alt_response(200, schema=HandedOverOut, description=AGAIN)
@requires("counter.use")
def post_hand_over(payload: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Give out what a voucher is for: staff at the desk, or a clerk at the counter of the offering shop."""
    clerk_id = who_stands_at(payload["merchant_id"])
    body, status = answered(rewards.service.hand_over(current_actor(), clerk_id=clerk_id, **payload))
    # Not kept with the answer, which stays longer than a member may want to be known by name.
    owner = members.queries.facts(UUID(body["member_id"]))
    return {**body, "member_name": members.queries.masked_name(owner.name)}, status
