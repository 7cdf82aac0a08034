"""Clerks of shops, and what shops earn and give, for programs."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import members.queries
import merchants.service
import points.queries
from core import clock
from core.answers import AGAIN, answered
from core.auth import Actor, current_actor, requires
from core.errors import Unauthenticated
from core.fields import PageIn
from merchants import queries
from merchants.api.blueprint import WAITS, api
from merchants.api.standing import stand_at, standing, who_stands_at
from merchants.schemas.people import (
    BudgetChangedOut,
    BudgetIn,
    BudgetOut,
    ClerkAddedOut,
    ClerkIn,
    ClerkOut,
    ClerksOut,
    CounterPinIn,
    FiguresIn,
    FiguresOut,
    GiftIn,
    GiftReceiverIn,
    GiftReceiverOut,
    GiftsOut,
    GivenOut,
    InvitationAnswerIn,
    InvitedOut,
    OwnInvitationsOut,
    OwnPostsOut,
    PostIn,
    ShopAwardedOut,
    ShopDeedIn,
    ShopDeedsOut,
)
from merchants.service import Receiver

_DAYS_SHOWN = 31


def _look_behind(merchant_id: UUID) -> None:
    """Only the shop's own people, and those who look after all shops."""
    actor = current_actor()
    if not actor.may("shop.audit"):
        merchants.service.clerk_of(actor, merchant_id)


# --- Clerks ----------------------------------------------------------------------------------------------------------


@api.route("/me/shops", methods=["GET"])
@api.response(200, OwnPostsOut)
@requires("self.read")
def get_own_posts() -> dict[str, Any]:
    """The shops where I work."""
    return _posts(current_actor())


def _posts(actor: Actor) -> dict[str, Any]:
    if actor.member_id is None:
        raise Unauthenticated
    return {"items": queries.posts_of(actor.member_id), "next": None}


@api.route("/me/shops/invitations", methods=["GET"])
@api.response(200, OwnInvitationsOut)
@requires("counter.use")
def get_own_invitations() -> dict[str, Any]:
    """The shops that ask me to work at their counters."""
    member_id = current_actor().member_id
    if member_id is None:
        raise Unauthenticated
    return {"items": queries.invitations_of(member_id), "next": None}


@api.route("/me/shops/invitations/<uuid:merchant_id>", methods=["POST"])
@api.arguments(InvitationAnswerIn)
@api.response(200, OwnPostsOut)
@requires("counter.use")
def post_invitation_answer(payload: dict[str, Any], merchant_id: UUID) -> dict[str, Any]:
    """Accept or decline to work at the shop; the answer has the shops where I work. A repeat does nothing."""
    answer = merchants.service.accept_post if payload["accept"] else merchants.service.decline_post
    answer(current_actor(), merchant_id=merchant_id)
    return _posts(current_actor())


@api.route("/shops/<uuid:merchant_id>/invitations", methods=["GET"])
@api.response(200, InvitedOut)
@requires("shop.read")
def get_invited(merchant_id: UUID) -> dict[str, Any]:
    """Whom the shop has asked to work there and who has not answered, for its owners and the desk."""
    queries.shop(merchant_id)
    merchants.service.require_figures(current_actor(), merchant_id)
    return {"items": queries.invited(merchant_id), "next": None}


@api.route("/shops/<uuid:merchant_id>/clerks", methods=["GET"])
@api.response(200, ClerksOut)
@requires("shop.read")
def get_clerks(merchant_id: UUID) -> dict[str, Any]:
    """Who works at the shop, for its own people and the desk."""
    queries.shop(merchant_id)
    _look_behind(merchant_id)
    return {"items": queries.clerks(merchant_id), "next": None}


@api.route("/shops/<uuid:merchant_id>/clerks", methods=["POST"])
@api.arguments(ClerkIn)
@api.response(201, ClerkAddedOut)
@api.alt_response(200, schema=ClerkAddedOut, description=AGAIN)
@requires("shop.apply")
def post_clerk(payload: dict[str, Any], merchant_id: UUID) -> tuple[dict[str, Any], int]:
    """Ask a member to work at the shop; entered by the desk he works there at once."""
    return answered(merchants.service.add_clerk(current_actor(), merchant_id=merchant_id, **payload))


@api.route("/shops/<uuid:merchant_id>/clerks/<uuid:member_id>", methods=["PATCH"])
@api.arguments(PostIn)
@api.response(200, ClerksOut)
@requires("shop.apply")
def patch_clerk(payload: dict[str, Any], merchant_id: UUID, member_id: UUID) -> dict[str, Any]:
    """Make a clerk an owner, or an owner a clerk."""
    merchants.service.make_owner(current_actor(), merchant_id=merchant_id, member_id=member_id, **payload)
    return {"items": queries.clerks(merchant_id), "next": None}


@api.route("/shops/<uuid:merchant_id>/clerks/<uuid:member_id>", methods=["DELETE"])
@api.response(204)
@requires("shop.apply")
def delete_clerk(merchant_id: UUID, member_id: UUID) -> None:
    """End a member's work at the shop, at once; or take back that he was asked."""
    merchants.service.remove_clerk(current_actor(), merchant_id=merchant_id, member_id=member_id)


@api.route("/shops/<uuid:merchant_id>/clerks/<uuid:member_id>/pin", methods=["PUT"])
@api.arguments(CounterPinIn)
@api.response(204)
@requires("shop.apply")
def put_counter_pin(payload: dict[str, Any], merchant_id: UUID, member_id: UUID) -> None:
    """Set a clerk's counter PIN; by himself or an owner."""
    merchants.service.set_counter_pin(
        current_actor(), merchant_id=merchant_id, member_id=member_id, pin=payload["pin"]
    )


@api.route("/shops/<uuid:merchant_id>/clerks/<uuid:member_id>/counter", methods=["POST"])
@api.arguments(CounterPinIn)
@api.response(200, ClerkOut)
@requires("counter.use")
def post_turn(payload: dict[str, Any], merchant_id: UUID, member_id: UUID) -> Any:
    """Let a clerk take over this phone or tablet with his counter PIN.

    It stays so in this browser's session: until whoever is signed in shows his own PIN at /counter/leave, nothing but
    the counter works in it (`counter_kept`).
    """
    clerk = merchants.service.check_counter_pin(
        current_actor(), merchant_id=merchant_id, clerk_id=member_id, pin=payload["pin"]
    )
    if clerk.member_id != current_actor().id or standing() is not None:
        stand_at(merchant_id, clerk.member_id)
    return clerk


@api.route("/shops/<uuid:merchant_id>/figures", methods=["GET"])
@api.arguments(FiguresIn, location="query")
@api.response(200, FiguresOut)
@requires("shop.read")
def get_figures(wish: dict[str, Any], merchant_id: UUID) -> dict[str, Any]:
    """Who took and gave what, per clerk and day; for owners and the desk."""
    merchants.service.require_figures(current_actor(), merchant_id)
    last = wish["last"] or clock.today()
    first = max(wish["first"] or last - timedelta(_DAYS_SHOWN - 1), last - timedelta(366))
    return {"items": queries.by_clerk(merchant_id, first, last), "next": None}


# --- Deeds -----------------------------------------------------------------------------------------------------------


@api.route("/shops/<uuid:merchant_id>/deeds", methods=["GET"])
@api.arguments(PageIn, location="query")
@api.response(200, ShopDeedsOut)
@requires("shop.read")
def get_shop_deeds(page: dict[str, Any], merchant_id: UUID) -> Any:
    """A shop's good deeds, the newest first."""
    return queries.deeds(queries.shop_for(current_actor(), merchant_id).id, **page)


@api.route("/shops/<uuid:merchant_id>/deeds", methods=["POST"])
@api.arguments(ShopDeedIn)
@api.response(201, ShopAwardedOut)
@api.alt_response(200, schema=ShopAwardedOut, description=AGAIN)
@api.alt_response(202, schema=ShopAwardedOut, description=WAITS)
@requires("shop.manage")
def post_shop_deed(payload: dict[str, Any], merchant_id: UUID) -> tuple[dict[str, Any], int]:
    """Award a shop's good deed by a rule for shops."""
    body, status = answered(merchants.service.award_shop(current_actor(), merchant_id=merchant_id, **payload))
    return body, 202 if status == 201 and body["outcome"] == "shop_award_requested" else status


# --- Budget and gifts ------------------------------------------------------------------------------------------------


@api.route("/shops/<uuid:merchant_id>/budget", methods=["GET"])
@api.arguments(PageIn, location="query")
@api.response(200, BudgetOut)
@requires("shop.read")
def get_budget(page: dict[str, Any], merchant_id: UUID) -> dict[str, Any]:
    """What the shop may still give, for its own people and the desk."""
    queries.shop(merchant_id)
    _look_behind(merchant_id)
    limits, found = merchants.service.gift_limits(), queries.budget_changes(merchant_id, **page)
    return {
        "budget": points.queries.budget(merchant_id),
        "gift_limit": limits.gift,
        "member_day_limit": limits.member_day,
        "shop_day_limit": limits.shop_day,
        "items": found.items,
        "next": found.next,
    }


@api.route("/shops/<uuid:merchant_id>/budget", methods=["POST"])
@api.arguments(BudgetIn)
@api.response(201, BudgetChangedOut)
@api.alt_response(200, schema=BudgetChangedOut, description=AGAIN)
@api.alt_response(202, schema=BudgetChangedOut, description=WAITS)
@requires("shop.manage")
def post_budget(payload: dict[str, Any], merchant_id: UUID) -> tuple[dict[str, Any], int]:
    """Put points into a shop's budget, or take back what it has not given."""
    grants = payload.pop("act") == "grant"
    change = merchants.service.grant_shop_budget if grants else merchants.service.withdraw_shop_budget
    body, status = answered(change(current_actor(), merchant_id=merchant_id, **payload))
    return body, 202 if status == 201 and body["outcome"] == "budget_requested" else status


@api.route("/shops/<uuid:merchant_id>/gifts", methods=["GET"])
@api.arguments(PageIn, location="query")
@api.response(200, GiftsOut)
@requires("shop.read")
def get_gifts(page: dict[str, Any], merchant_id: UUID) -> Any:
    """What the shop gave, the newest first; for its own people and the desk."""
    queries.shop(merchant_id)
    _look_behind(merchant_id)
    return queries.gifts(merchant_id, **page)


@api.route("/shops/<uuid:merchant_id>/gifts/receiver", methods=["POST"])
@api.arguments(GiftReceiverIn)
@api.response(200, GiftReceiverOut)
@requires("counter.use")
def post_gift_receiver(payload: dict[str, Any], merchant_id: UUID) -> dict[str, str]:
    """Whose code or number it is, before points are given; nothing is given and no code is spent."""
    name = merchants.service.show_receiver(
        current_actor(),
        merchant_id=merchant_id,
        receiver=Receiver(code=payload["member_code"], number=payload["member_number"]),
        points=payload["points"],
        clerk_id=who_stands_at(merchant_id),
    )
    return {"member_name": name}


@api.route("/shops/<uuid:merchant_id>/gifts", methods=["POST"])
@api.arguments(GiftIn)
@api.response(201, GivenOut)
@api.alt_response(200, schema=GivenOut, description=AGAIN)
@requires("counter.use")
def post_gift(payload: dict[str, Any], merchant_id: UUID) -> tuple[dict[str, Any], int]:
    """Give a member points out of the shop's budget, after the clerk has confirmed who it is."""
    receiver = Receiver(code=payload.pop("member_code"), number=payload.pop("member_number"))
    body, status = answered(
        merchants.service.give_points(
            current_actor(),
            merchant_id=merchant_id,
            receiver=receiver,
            clerk_id=who_stands_at(merchant_id),
            shown_name=payload.pop("member_name"),
            **payload,
        )
    )
    # Names are looked up when they are told: the receipt keeps none.
    name = members.queries.facts(UUID(body["member_id"])).name
    return {**body, "member_name": members.queries.masked_name(name)}, status
