"""Shops, their pages, offers and plates for programs."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

import merchants.service
from core import qr
from core.answers import AGAIN, answered
from core.auth import Actor, current_actor, requires
from merchants import queries
from merchants.api.blueprint import api
from merchants.queries import PlateToPrint, ShopFacts
from merchants.schemas.shops import (
    OfferAddedOut,
    OfferIn,
    OfferOrderIn,
    OffersOut,
    ShopAppliedOut,
    ShopChangeIn,
    ShopIn,
    ShopOut,
    ShopPlateIn,
    ShopPlateOut,
    ShopsIn,
    ShopsOut,
    ShopStatusIn,
)
from merchants.service import OfferWish


@api.route("/shops", methods=["GET"])
@api.arguments(ShopsIn, location="query")
@api.response(200, ShopsOut)
@requires("shop.read")
def get_shops(wish: dict[str, Any]) -> Any:
    """Partner shops by trade and area; for the desk also those of another status."""
    status, text = wish.pop("status"), wish.pop("q")
    if status is None:
        return queries.directory(text=text, **wish)
    current_actor().require("shop.audit")
    return queries.desk_list(statuses=(status,), text=text, **wish)


@api.route("/shops", methods=["POST"])
@api.arguments(ShopIn)
@api.response(201, ShopAppliedOut)
@api.alt_response(200, schema=ShopAppliedOut, description=AGAIN)
@requires("shop.apply")
def post_shop(payload: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Apply with a shop; the desk may enter it for a member."""
    return answered(merchants.service.apply_shop(current_actor(), payload.pop("key"), **payload))


@api.route("/shops/<uuid:merchant_id>", methods=["GET"])
@api.response(200, ShopOut)
@requires("shop.read")
def get_shop(merchant_id: UUID) -> dict[str, Any]:
    """A shop's page."""
    actor = current_actor()
    return _page(actor, queries.shop_for(actor, merchant_id))


@api.route("/shops/<uuid:merchant_id>", methods=["PATCH"])
@api.arguments(ShopChangeIn)
@api.response(200, ShopOut)
@requires("shop.apply")
def patch_shop(payload: dict[str, Any], merchant_id: UUID) -> dict[str, Any]:
    """Change what stands on a shop's page; by an owner, or by the desk, which also sets name, trade and limits."""
    actor = current_actor()
    merchants.service.change_shop(actor, merchant_id, **payload)
    return _page(actor, queries.shop(merchant_id))


@api.route("/shops/<uuid:merchant_id>/status", methods=["PUT"])
@api.arguments(ShopStatusIn)
@api.response(200, ShopOut)
@requires("shop.apply")
def put_shop_status(payload: dict[str, Any], merchant_id: UUID) -> dict[str, Any]:
    """Admit, decline, pause, resume or end a shop; an owner pauses, resumes and ends his own."""
    actor, reason = current_actor(), payload["reason"]
    status = queries.shop_for(actor, merchant_id).status
    match status, payload["status"]:
        case "paused", "active":
            merchants.service.resume_shop(actor, merchant_id)
        case _, "active":
            merchants.service.admit_shop(actor, merchant_id)
        case _, "paused":
            merchants.service.pause_shop(actor, merchant_id, reason)
        case "applied", _ if actor.may("shop.manage"):
            merchants.service.decline_shop(actor, merchant_id, reason)
        case _:
            merchants.service.end_shop(actor, merchant_id, reason)
    return _page(actor, queries.shop(merchant_id))


def _page(actor: Actor, facts: ShopFacts) -> dict[str, Any]:
    clerk = queries.clerk(facts.id, actor.member_id) if actor.member_id else None
    return {
        **asdict(facts),
        "opening": facts.opening,
        "offers": queries.offers(facts.id),
        "standing": queries.standing(facts.id),
        "post": clerk.post if clerk else None,
        "behind": facts if queries.may_look_behind(actor, facts.id) else None,
    }


# --- Offers ----------------------------------------------------------------------------------------------------------


def _offers(merchant_id: UUID) -> dict[str, Any]:
    return {"items": queries.offers(merchant_id), "next": None}


@api.route("/shops/<uuid:merchant_id>/offers", methods=["GET"])
@api.response(200, OffersOut)
@requires("shop.read")
def get_offers(merchant_id: UUID) -> dict[str, Any]:
    """What a shop gives for points."""
    return _offers(queries.shop_for(current_actor(), merchant_id).id)


@api.route("/shops/<uuid:merchant_id>/offers", methods=["POST"])
@api.arguments(OfferIn)
@api.response(201, OfferAddedOut)
@api.alt_response(200, schema=OfferAddedOut, description=AGAIN)
@requires("shop.apply")
def post_offer(payload: dict[str, Any], merchant_id: UUID) -> tuple[dict[str, Any], int]:
    """Put an offer behind the others."""
    key, wish = payload.pop("key"), OfferWish(**payload)
    added = merchants.service.add_offer(current_actor(), key=key, merchant_id=merchant_id, wish=wish)
    return answered(added)


@api.route("/shops/<uuid:merchant_id>/offers", methods=["PUT"])
@api.arguments(OfferOrderIn)
@api.response(200, OffersOut)
@requires("shop.apply")
def put_offer_order(payload: dict[str, Any], merchant_id: UUID) -> dict[str, Any]:
    """Put the offers into another order."""
    merchants.service.order_offers(current_actor(), merchant_id, payload["offer_ids"])
    return _offers(merchant_id)


@api.route("/shops/<uuid:merchant_id>/offers/<uuid:offer_id>", methods=["PUT"])
@api.arguments(OfferIn)
@api.response(201, OfferAddedOut)
@api.alt_response(200, schema=OfferAddedOut, description=AGAIN)
@requires("shop.apply")
def put_offer(payload: dict[str, Any], merchant_id: UUID, offer_id: UUID) -> tuple[dict[str, Any], int]:
    """Put a new offer in the place of this one; charges that named the old one stay as they were."""
    key, wish = payload.pop("key"), OfferWish(**payload)
    changed = merchants.service.change_offer(
        current_actor(), key=key, merchant_id=merchant_id, offer_id=offer_id, wish=wish
    )
    return answered(changed)


@api.route("/shops/<uuid:merchant_id>/offers/<uuid:offer_id>", methods=["DELETE"])
@api.response(204)
@requires("shop.apply")
def delete_offer(merchant_id: UUID, offer_id: UUID) -> None:
    """Make an offer no longer."""
    merchants.service.retire_offer(current_actor(), merchant_id, offer_id)


# --- The plate -------------------------------------------------------------------------------------------------------


@api.route("/shops/<uuid:merchant_id>/plate/print", methods=["POST"])
@api.response(200, ShopPlateOut)
@requires("shop.apply")
def post_shop_plate_print(merchant_id: UUID) -> dict[str, Any]:
    """What stands on the shop's newest plate, for its owners and the desk. No GET: who printed it is written down."""
    (plate,) = merchants.service.print_plates(current_actor(), [merchant_id])
    return _plate(plate)


@api.route("/shops/<uuid:merchant_id>/plate", methods=["POST"])
@api.arguments(ShopPlateIn)
@api.response(200, ShopPlateOut)
@requires("shop.apply")
def post_shop_plate(payload: dict[str, Any], merchant_id: UUID) -> dict[str, Any]:
    """Give the shop a new code: the old plate counts no more."""
    merchants.service.reprint_plate(current_actor(), merchant_id, **payload)
    return _plate(queries.plate(merchant_id))


def _plate(plate: PlateToPrint) -> dict[str, Any]:
    return {
        "merchant_id": plate.shop.id,
        "generation": plate.shop.plate_generation,
        "address": plate.address,
        "code": plate.code,
        "svg": str(qr.draw_svg(plate.address, "Q", plate.shop.name)),
    }
