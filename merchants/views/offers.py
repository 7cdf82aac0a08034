"""What a shop gives for points: add, change, put in order, take off."""

from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

import merchants.service
from core.auth import current_actor
from core.errors import DomainError
from core.pages import act, form_key, go, identifier, sentence, whole_number
from merchants import queries
from merchants.errors import OfferRetired, OfferUnknown
from merchants.forms.shops import OfferForm
from merchants.queries import OfferFacts
from merchants.service import OfferWish
from merchants.views.sides import Side, keyed, on_both_sides, refused


@on_both_sides("/offers")
def shop_offers(side: Side) -> ResponseReturnValue:
    """What the shop gives for points, in its own order."""
    return render_template("merchants/owner_offers.html", side=side, form=keyed(OfferForm()), **_offers(side))


@on_both_sides("/offers", methods=("POST",))
def add_offer(side: Side) -> ResponseReturnValue:
    """Put an offer behind the others, once per key."""
    form = keyed(OfferForm())
    try:
        merchants.service.add_offer(
            current_actor(), key=form_key(), merchant_id=side.shop.id, wish=_wish(form)
        )
    except DomainError as refusal:
        return refused("merchants/owner_offers.html", form, refusal, side=side, **_offers(side))
    flash(_("The offer is on your page and at the counter."), "ok")
    return go(f"{side.base}/offers")


def _offers(side: Side) -> dict[str, Any]:
    """The offers, and for each the order in which it stands one place higher. The whole order is sent, not the step:
    so a second tap changes nothing."""
    offers = queries.offers(side.shop.id)
    ids = [str(each.id) for each in offers]
    higher = {}
    for place, offer in enumerate(offers[1:], start=1):
        moved = [*ids]
        moved[place - 1 : place + 1] = [ids[place], ids[place - 1]]
        higher[offer.id] = " ".join(moved)
    return {"offers": offers, "higher": higher}


@on_both_sides("/offers/order", methods=("POST",))
def order_offers(side: Side) -> ResponseReturnValue:
    """Put the offers into the order that was sent."""
    found = [identifier(each) for each in request.form.get("order", "")[:2000].split()]
    ids = [each for each in found if each is not None]
    return act(
        lambda: merchants.service.order_offers(current_actor(), side.shop.id, ids),
        _("The order is kept."),
        f"{side.base}/offers",
    )


@on_both_sides("/offers/<uuid:offer_id>")
def shop_offer(side: Side, offer_id: UUID) -> ResponseReturnValue:
    """One offer, to be changed or taken off."""
    offer = _offer(side, offer_id)
    return render_template(
        "merchants/owner_offer.html", side=side, offer=offer, form=keyed(OfferForm(obj=offer))
    )


@on_both_sides("/offers/<uuid:offer_id>", methods=("POST",))
def change_offer(side: Side, offer_id: UUID) -> ResponseReturnValue:
    """Put the changed offer in the place of the old one, once per key."""
    form = keyed(OfferForm())
    try:
        merchants.service.change_offer(
            current_actor(), key=form_key(), merchant_id=side.shop.id, offer_id=offer_id, wish=_wish(form)
        )
    except (OfferRetired, OfferUnknown) as refusal:
        flash(sentence(refusal), "refuse")
        return go(f"{side.base}/offers")
    except DomainError as refusal:
        offer = _offer(side, offer_id)
        return refused("merchants/owner_offer.html", form, refusal, side=side, offer=offer)
    flash(_("Saved. Whoever was shown the old price is asked again."), "ok")
    return go(f"{side.base}/offers")


@on_both_sides("/offers/<uuid:offer_id>/retire", methods=("POST",))
def retire_offer(side: Side, offer_id: UUID) -> ResponseReturnValue:
    """Take an offer off."""
    return act(
        lambda: merchants.service.retire_offer(current_actor(), side.shop.id, offer_id),
        _("The offer is taken off. What was paid for it stays."),
        f"{side.base}/offers",
    )


def _offer(side: Side, offer_id: UUID) -> OfferFacts:
    """An offer that the shop makes now. Raises `OfferUnknown`."""
    found = next((each for each in queries.offers(side.shop.id) if each.id == offer_id), None)
    if found is None:
        raise OfferUnknown
    return found


def _wish(form: OfferForm) -> OfferWish:
    return OfferWish(
        name=form.name.data or "",
        # What is no whole number is refused by the domain as no number of points.
        points=whole_number(form.points.data) or 0,
        name_en=form.name_en.data or "",
        note=form.note.data or "",
    )
