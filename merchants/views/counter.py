"""The counter on a clerk's phone or the shop's tablet: amount, code, member's name, paid; and what was taken today.

Every step is a form with its own key, so that a double tap, a reload or a lost answer changes nothing twice.
"""

from typing import Any
from uuid import UUID

from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

import merchants.service
import points.queries
from core import clock, codes, qr
from core.auth import current_actor, requires
from core.config import settings
from core.db import new_id
from core.errors import DomainError
from core.pages import act, form_key, go, identifier, own_id, sentence, whole_number
from merchants import queries
from merchants.api.standing import standing, who_stands_at
from merchants.queries import ChargeFacts, ClerkFacts
from merchants.views.blueprint import views

#: More than any code and any address of ours; longer texts are cut, and refused as what they are.
_LONGEST_CODE = 300


@views.get("/counter")
@requires("counter.use")
def my_counters() -> ResponseReturnValue:
    """The counters at which I may stand; the only one opens by itself, as does the one at which this phone stands."""
    kept = standing()
    if kept is not None:
        return go(f"/counter/{kept.merchant_id}")
    posts = queries.posts_of(own_id())
    posts = [each for each in posts if each.has_counter] or posts
    if len(posts) == 1:
        return go(f"/counter/{posts[0].merchant_id}")
    return render_template("merchants/counters.html", posts=posts)


@views.get("/counter/<uuid:merchant_id>")
@requires("counter.use")
def counter(merchant_id: UUID) -> ResponseReturnValue:
    """Amount pad and offers; below it what was taken today."""
    chosen = who_stands_at(merchant_id)
    if chosen is not None and queries.clerk(merchant_id, chosen) is None:
        # Who stood here has left the shop: somebody else must take over before anything is taken.
        return go(f"/counter/{merchant_id}/clerk")
    return _counter(merchant_id)


def _counter(merchant_id: UUID, **more: Any) -> str:
    clerk = _clerk(merchant_id)
    today = clock.today()
    return render_template(
        "merchants/counter.html",
        shop=queries.shop(merchant_id),
        clerk=clerk,
        clerks=queries.clerks(merchant_id),
        offers=queries.offers(merchant_id),
        charges=queries.shop_charges(merchant_id, day=today, limit=20).items,
        day=queries.day_sum(merchant_id, today),
        untold=queries.untold(merchant_id),
        feed=queries.feed(merchant_id).next,
        budget=points.queries.budget(merchant_id),
        key=new_id(),
        **{"refused": "", "typed": "", "chosen": None} | more,
    )


@views.post("/counter/<uuid:merchant_id>/seen")
@requires("counter.use")
def see_payments(merchant_id: UUID) -> ResponseReturnValue:
    """Somebody at the counter has seen what was paid by the plate meanwhile."""
    ids = [found for each in request.form.getlist("charge_id")[:100] if (found := identifier(each))]
    merchants.service.see_payments(
        current_actor(), merchant_id=merchant_id, charge_ids=ids, clerk_id=who_stands_at(merchant_id)
    )
    return go(f"/counter/{merchant_id}")


@views.post("/counter/<uuid:merchant_id>/orders")
@requires("counter.use")
def show_order(merchant_id: UUID) -> ResponseReturnValue:
    """Show an order for an amount or an offer; a member scans it."""
    try:
        answer = merchants.service.show_order(
            current_actor(),
            key=form_key(),
            merchant_id=merchant_id,
            clerk_id=who_stands_at(merchant_id),
            **_amount(),
        )
    except DomainError as refusal:
        return _again(merchant_id, refusal)
    return go(f"/counter/{merchant_id}/charges/{answer.body['charge_id']}")


@views.get("/counter/<uuid:merchant_id>/member")
@requires("counter.use")
def scan_member(merchant_id: UUID) -> ResponseReturnValue:
    """Scan the code on the member's phone or card, for an amount that was typed before."""
    return _member_page(merchant_id)


@views.post("/counter/<uuid:merchant_id>/holds")
@requires("counter.use")
def hold(merchant_id: UUID) -> ResponseReturnValue:
    """Hold the points of the member whose code this is, so that the clerk sees whose it is before he takes them."""
    try:
        answer = merchants.service.hold_by_code(
            current_actor(),
            key=form_key(),
            code=codes.parse(request.form.get("code", "")[:_LONGEST_CODE], settings().base_url),
            merchant_id=merchant_id,
            clerk_id=who_stands_at(merchant_id),
            **_amount(),
        )
    except DomainError as refusal:
        return make_response(_member_page(merchant_id, refused=sentence(refusal)), 422)
    return go(f"/counter/{merchant_id}/charges/{answer.body['charge_id']}")


def _member_page(merchant_id: UUID, **more: Any) -> str:
    clerk = _clerk(merchant_id)
    amount = _amount()
    offer = next((each for each in queries.offers(merchant_id) if each.id == amount["offer_id"]), None)
    return render_template(
        "merchants/counter_member.html",
        shop=queries.shop(merchant_id),
        clerk=clerk,
        offer=offer,
        points=offer.points if offer else amount["points"],
        base_url=settings().base_url,
        key=new_id(),
        **{"refused": ""} | more,
    )


@views.get("/counter/<uuid:merchant_id>/charges/<uuid:charge_id>")
@requires("counter.use")
def charge(merchant_id: UUID, charge_id: UUID) -> ResponseReturnValue:
    """One charge at the counter: its code, the member to confirm, or how it ended."""
    return _charge_page(merchant_id, charge_id)


def _charge_page(merchant_id: UUID, charge_id: UUID, **more: Any) -> str:
    _clerk(merchant_id)
    found = _charge(merchant_id, charge_id)
    code = merchants.service.order_code(charge_id) if found.way == "order" else None
    address = codes.address(settings().base_url, code) if code else ""
    return render_template(
        "merchants/counter_charge.html",
        shop=queries.shop(merchant_id),
        charge=found,
        code=codes.grouped(code) if code else "",
        svg=qr.draw_svg(address, "M", _("Payment code")) if code and found.waits else "",
        seconds=max(0, int((found.expires_at - clock.now()).total_seconds())),
        key=new_id(),
        **{"fault": ""} | more,
    )


@views.post("/counter/<uuid:merchant_id>/charges/<uuid:charge_id>/take")
@requires("counter.use")
def take(merchant_id: UUID, charge_id: UUID) -> ResponseReturnValue:
    """Take the points that are held, with the member's PIN where it is needed."""
    _charge(merchant_id, charge_id)
    try:
        merchants.service.take_charge(
            current_actor(),
            key=form_key(),
            charge_id=charge_id,
            pin=request.form.get("pin", "")[:20] or None,
            clerk_id=who_stands_at(merchant_id),
        )
    except DomainError as refusal:
        return make_response(_charge_page(merchant_id, charge_id, fault=sentence(refusal)), 422)
    return go(f"/counter/{merchant_id}/charges/{charge_id}")


@views.post("/counter/<uuid:merchant_id>/charges/<uuid:charge_id>/cancel")
@requires("counter.use")
def cancel(merchant_id: UUID, charge_id: UUID) -> ResponseReturnValue:
    """Call off what is not paid yet."""
    _charge(merchant_id, charge_id)

    def work() -> None:
        merchants.service.cancel_charge(
            current_actor(), key=form_key(), charge_id=charge_id, clerk_id=who_stands_at(merchant_id)
        )

    return act(work, _("Called off. No points were taken."), f"/counter/{merchant_id}")


@views.post("/counter/<uuid:merchant_id>/charges/<uuid:charge_id>/void")
@requires("counter.use")
def void(merchant_id: UUID, charge_id: UUID) -> ResponseReturnValue:
    """Take a payment back within ten minutes."""
    _charge(merchant_id, charge_id)

    def work() -> None:
        merchants.service.void_charge(
            current_actor(), key=form_key(), charge_id=charge_id, clerk_id=who_stands_at(merchant_id)
        )

    return act(work, _("Taken back: the member has the points again."), f"/counter/{merchant_id}")


# --- Steps -----------------------------------------------------------------------------------------------------------


def _clerk(merchant_id: UUID) -> ClerkFacts:
    """Who stands at the counter now. Raises `NotYourShop`, also for a clerk who has left since he typed his PIN."""
    return merchants.service.clerk_of(current_actor(), merchant_id, who_stands_at(merchant_id))


def _charge(merchant_id: UUID, charge_id: UUID) -> ChargeFacts:
    """The charge, for the people of its shop only."""
    found = queries.charge(charge_id)
    merchants.service.clerk_of(current_actor(), found.merchant_id)
    if found.merchant_id != merchant_id:
        merchants.service.clerk_of(current_actor(), merchant_id)
    return found


def _amount() -> dict[str, Any]:
    """What is to be paid: an offer at the price that the page showed, or a typed amount."""
    offer_id, _at_sign, price = request.values.get("offer", "").partition("@")
    chosen = identifier(offer_id)
    if chosen is not None:
        return {"offer_id": chosen, "points": whole_number(price)}
    typed = request.values.get("points", "").strip()
    # What is no number is refused as no amount; nothing at all as a missing one.
    return {"offer_id": None, "points": (whole_number(typed) or 0) if typed else None}


def _again(merchant_id: UUID, refusal: DomainError) -> ResponseReturnValue:
    """The counter once more, with what is wrong and what was typed."""
    page = _counter(
        merchant_id,
        refused=sentence(refusal),
        typed=request.form.get("points", "")[:9],
        chosen=request.form.get("offer", ""),
    )
    return make_response(page, 422)
