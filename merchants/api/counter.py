"""Points taken at a counter, for the shop's side and the member's side."""

from typing import Any
from uuid import UUID

from flask_babel import gettext as _

import merchants.service
from core import clock, codes, qr
from core.answers import AGAIN, answered
from core.auth import Actor, current_actor, requires
from core.config import settings
from core.errors import Unauthenticated
from core.fields import PageIn
from merchants import queries
from merchants.api.blueprint import counter as api
from merchants.api.standing import who_stands_at
from merchants.queries.charges import ChargeFacts
from merchants.schemas.counter import (
    ChargeOut,
    ChargesOut,
    ChargeStepIn,
    ConfirmIn,
    CounterChargeOut,
    CounterChargesOut,
    CounterStepOut,
    DayOut,
    FeedIn,
    HeldOut,
    HoldIn,
    OddIn,
    OddsOut,
    OrderIn,
    OrderOut,
    OwnStepOut,
    PlatePaymentIn,
    RefundIn,
    SeenIn,
    SeenOut,
    SeenPaymentsIn,
    ShopDayIn,
    ShopIn,
    ShopPageIn,
    TakeIn,
    UntoldOut,
)


def _own_id(actor: Actor) -> UUID:
    if actor.member_id is None:
        raise Unauthenticated
    return actor.member_id


def _at_counter(charge_id: UUID) -> ChargeFacts:
    """A charge, for the people of its shop and those who look after all shops."""
    actor, found = current_actor(), queries.charge(charge_id)
    who_stands_at(found.merchant_id)  # refuses a phone that stands at another counter
    if not actor.may("shop.audit"):
        merchants.service.clerk_of(actor, found.merchant_id)
    return found


def _clerk(charge_id: UUID) -> UUID | None:
    """Who stands at the shared counter at which this charge is."""
    return who_stands_at(queries.charge(charge_id).merchant_id)


# --- The counter -----------------------------------------------------------------------------------------------------


@api.route("/counter/orders", methods=["POST"])
@api.arguments(OrderIn)
@api.response(201, OrderOut)
@api.alt_response(200, schema=OrderOut, description=AGAIN)
@requires("counter.use")
def post_order(payload: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Show an order on the counter's screen; a member scans it within 120 s."""
    clerk_id = who_stands_at(payload["merchant_id"])
    body, status = answered(merchants.service.show_order(current_actor(), clerk_id=clerk_id, **payload))
    return {**body, "svg": str(qr.draw_svg(body["address"], "M", _("Payment code")))}, status


@api.route("/counter/holds", methods=["POST"])
@api.arguments(HoldIn)
@api.response(201, HeldOut)
@api.alt_response(200, schema=HeldOut, description=AGAIN)
@requires("counter.use")
def post_hold(payload: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Read a member's phone code or card at the counter and hold the points."""
    code = codes.parse(payload.pop("code"), settings().base_url)
    clerk_id = who_stands_at(payload["merchant_id"])
    held = merchants.service.hold_by_code(current_actor(), code=code, clerk_id=clerk_id, **payload)
    body, status = answered(held)
    # Names are looked up when they are told: the receipt keeps none.
    return {**body, "member_name": queries.masked_payer(UUID(body["charge_id"]))}, status


@api.route("/counter/charges", methods=["GET"])
@api.arguments(ShopPageIn, location="query")
@api.response(200, CounterChargesOut)
@requires("counter.use")
def get_charges(wish: dict[str, Any]) -> Any:
    """Charges of a shop, the newest first."""
    actor, merchant_id = current_actor(), wish.pop("merchant_id")
    if not actor.may("shop.audit"):
        merchants.service.clerk_of(actor, merchant_id)
    return queries.shop_charges(merchant_id, **wish)


@api.route("/counter/day", methods=["GET"])
@api.arguments(ShopDayIn, location="query")
@api.response(200, DayOut)
@requires("counter.use")
def get_day(wish: dict[str, Any]) -> dict[str, Any]:
    """What a shop has taken on a day."""
    actor, merchant_id = current_actor(), wish["merchant_id"]
    if not actor.may("shop.audit"):
        merchants.service.clerk_of(actor, merchant_id)
    day = wish["day"] or clock.today()
    found = queries.day_sum(merchant_id, day)
    return {"day": day, "payments": found.payments, "points": found.points}


@api.route("/counter/feed", methods=["GET"])
@api.arguments(FeedIn, location="query")
@api.response(200, CounterChargesOut)
@requires("counter.use")
def get_feed(wish: dict[str, Any]) -> Any:
    """What was paid since; ask again with `next` as `after`. A payment may come twice: tell them apart by `id`."""
    merchants.service.clerk_of(current_actor(), wish["merchant_id"])
    return queries.feed(**wish)


@api.route("/counter/untold", methods=["GET"])
@api.arguments(ShopIn, location="query")
@api.response(200, UntoldOut)
@requires("counter.use")
def get_untold(wish: dict[str, Any]) -> dict[str, Any]:
    """What was paid by the plate while nobody looked; told until the counter says that it has seen it."""
    merchants.service.clerk_of(current_actor(), wish["merchant_id"])
    found = queries.untold(wish["merchant_id"])
    return {"payments": len(found), "points": sum(each.points for each in found), "items": found}


@api.route("/counter/untold/seen", methods=["POST"])
@api.arguments(SeenPaymentsIn)
@api.response(204)
@requires("counter.use")
def post_seen_payments(payload: dict[str, Any]) -> None:
    """The counter has seen these payments; a repeat does nothing."""
    clerk_id = who_stands_at(payload["merchant_id"])
    merchants.service.see_payments(current_actor(), clerk_id=clerk_id, **payload)


@api.route("/counter/charges/<uuid:charge_id>", methods=["GET"])
@api.response(200, CounterChargeOut)
@requires("counter.use")
def get_charge(charge_id: UUID) -> ChargeFacts:
    """One charge, as the counter sees it; asked again and again while it waits."""
    return _at_counter(charge_id)


@api.route("/counter/charges/<uuid:charge_id>/take", methods=["POST"])
@api.arguments(TakeIn)
@api.response(201, CounterStepOut)
@api.alt_response(200, schema=CounterStepOut, description=AGAIN)
@requires("counter.use")
def post_take(payload: dict[str, Any], charge_id: UUID) -> tuple[dict[str, Any], int]:
    """Take the points that were held by a member's code."""
    clerk_id = _clerk(charge_id)
    return answered(
        merchants.service.take_charge(current_actor(), charge_id=charge_id, clerk_id=clerk_id, **payload)
    )


@api.route("/counter/charges/<uuid:charge_id>/cancel", methods=["POST"])
@api.arguments(ChargeStepIn)
@api.response(201, CounterStepOut)
@api.alt_response(200, schema=CounterStepOut, description=AGAIN)
@requires("counter.use")
def post_cancel(payload: dict[str, Any], charge_id: UUID) -> tuple[dict[str, Any], int]:
    """Call off a charge that is not paid yet."""
    clerk_id = _clerk(charge_id)
    return answered(
        merchants.service.cancel_charge(current_actor(), charge_id=charge_id, clerk_id=clerk_id, **payload)
    )


@api.route("/counter/charges/<uuid:charge_id>/void", methods=["POST"])
@api.arguments(ChargeStepIn)
@api.response(201, CounterStepOut)
@api.alt_response(200, schema=CounterStepOut, description=AGAIN)
@requires("counter.use")
def post_void(payload: dict[str, Any], charge_id: UUID) -> tuple[dict[str, Any], int]:
    """Take a payment back, within ten minutes."""
    clerk_id = _clerk(charge_id)
    return answered(
        merchants.service.void_charge(current_actor(), charge_id=charge_id, clerk_id=clerk_id, **payload)
    )


@api.route("/counter/charges/<uuid:charge_id>/refund", methods=["POST"])
@api.arguments(RefundIn)
@api.response(201, CounterStepOut)
@api.alt_response(200, schema=CounterStepOut, description=AGAIN)
@requires("counter.use")
def post_refund(payload: dict[str, Any], charge_id: UUID) -> tuple[dict[str, Any], int]:
    """Give a payment back with a reason: by an owner of the shop or a coordinator."""
    return answered(merchants.service.refund_charge(current_actor(), charge_id=charge_id, **payload))


# --- The member ------------------------------------------------------------------------------------------------------


@api.route("/me/charges", methods=["GET"])
@api.arguments(PageIn, location="query")
@api.response(200, ChargesOut)
@requires("shop.pay")
def get_own_charges(page: dict[str, Any]) -> Any:
    """What I paid or was asked to pay, the newest first."""
    return queries.own_charges(_own_id(current_actor()), **page)


@api.route("/me/charges/<uuid:charge_id>", methods=["GET"])
@api.response(200, ChargeOut)
@requires("shop.pay")
def get_own_charge(charge_id: UUID) -> ChargeFacts:
    """One charge of mine; asked again and again while it waits."""
    return queries.own_charge(_own_id(current_actor()), charge_id)


@api.route("/me/charges/<uuid:charge_id>/confirm", methods=["POST"])
@api.arguments(ConfirmIn)
@api.response(201, OwnStepOut)
@api.alt_response(200, schema=OwnStepOut, description=AGAIN)
@requires("shop.pay")
def post_confirm(payload: dict[str, Any], charge_id: UUID) -> tuple[dict[str, Any], int]:
    """Pay what an order has shown."""
    return answered(merchants.service.confirm_charge(current_actor(), charge_id=charge_id, **payload))


@api.route("/me/charges/<uuid:charge_id>/decline", methods=["POST"])
@api.arguments(ChargeStepIn)
@api.response(201, OwnStepOut)
@api.alt_response(200, schema=OwnStepOut, description=AGAIN)
@requires("shop.pay")
def post_decline(payload: dict[str, Any], charge_id: UUID) -> tuple[dict[str, Any], int]:
    """Do not pay after all; held points come back."""
    return answered(merchants.service.decline_charge(current_actor(), charge_id=charge_id, **payload))


@api.route("/me/payments", methods=["POST"])
@api.arguments(PlatePaymentIn)
@api.response(201, OwnStepOut)
@api.alt_response(200, schema=OwnStepOut, description=AGAIN)
@requires("shop.pay")
def post_payment(payload: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Pay the shop whose plate I have scanned."""
    code = codes.parse(payload.pop("code"), settings().base_url)
    return answered(merchants.service.pay_by_plate(current_actor(), code=code, **payload))


# --- Odd things ------------------------------------------------------------------------------------------------------


@api.route("/counter/odd", methods=["GET"])
@api.arguments(OddIn, location="query")
@api.response(200, OddsOut)
@requires("shop.audit")
def get_odd(wish: dict[str, Any]) -> Any:
    """Charges that looked odd, for the desk."""
    return queries.odd_charges(**wish)


@api.route("/counter/odd/<uuid:flag_id>", methods=["POST"])
@api.arguments(SeenIn)
@api.response(201, SeenOut)
@api.alt_response(200, schema=SeenOut, description=AGAIN)
@requires("charge.judge")
def post_seen(payload: dict[str, Any], flag_id: UUID) -> tuple[dict[str, Any], int]:
    """Say that an odd charge was looked at, and what was found."""
    return answered(merchants.service.see_flag(current_actor(), flag_id=flag_id, **payload))
