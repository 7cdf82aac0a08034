"""The member's side of a payment: see the shop and the amount, confirm, see "paid"; and what was paid before."""

from typing import Any
from uuid import UUID

from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

import merchants.service
import points.queries
from core import clock, codes
from core.auth import current_actor, requires
from core.codes import Code
from core.config import settings
from core.db import new_id
from core.errors import DomainError
from core.pages import act, form_key, go, identifier, own_id, sentence, whole_number
from merchants import queries
from merchants.views.blueprint import views

_LONGEST_CODE = 200


@views.get("/pay/<uuid:charge_id>")
@requires("shop.pay")
def payment(charge_id: UUID) -> ResponseReturnValue:
    """A payment of mine: to confirm, under way at the counter, paid, or how it ended."""
    return _payment_page(charge_id)


def _payment_page(charge_id: UUID, **more: Any) -> str:
    found = queries.own_charge(own_id(), charge_id)
    return render_template(
        "merchants/payment.html",
        charge=found,
        balance=points.queries.balance(own_id()),
        seconds=max(0, int((found.expires_at - clock.now()).total_seconds())),
        just_paid=found.state == "paid" and request.args.get("now") == "1",
        key=new_id(),
        **{"fault": ""} | more,
    )


@views.post("/pay/<uuid:charge_id>")
@requires("shop.pay")
def confirm(charge_id: UUID) -> ResponseReturnValue:
    """Pay what was shown, once per key."""
    shown = whole_number(request.form.get("points")) or 0
    try:
        merchants.service.confirm_charge(current_actor(), key=form_key(), charge_id=charge_id, points=shown)
    except DomainError as refusal:
        if refusal.code == "charge_unknown":
            raise
        return make_response(_payment_page(charge_id, fault=sentence(refusal)), 422)
    return go(f"/pay/{charge_id}?now=1")


@views.post("/pay/<uuid:charge_id>/decline")
@requires("shop.pay")
def decline(charge_id: UUID) -> ResponseReturnValue:
    """Do not pay after all."""

    def work() -> None:
        merchants.service.decline_charge(current_actor(), key=form_key(), charge_id=charge_id)

    return act(work, _("Not paid. Your points are back."), "/payments")


@views.get("/pay/plate/<code>")
@requires("shop.pay")
def pay_by_plate(code: str) -> ResponseReturnValue:
    """The shop whose plate was scanned: choose an offer or type the points."""
    return _plate_page(codes.parse(code[:_LONGEST_CODE], settings().base_url))


def _plate_page(code: Code, **more: Any) -> str:
    shop = queries.shop(queries.read_plate(code))
    return render_template(
        "merchants/plate.html",
        shop=shop,
        code=code.text,
        offers=queries.offers(shop.id),
        limit=queries.plate_payment_limit(shop),
        balance=points.queries.balance(own_id()),
        **{"fault": "", "typed": ""} | more,
    )


@views.post("/pay/plate/<code>")
@requires("shop.pay")
def plate_next_step(code: str) -> ResponseReturnValue:
    """Ask with the amount and what will be left; once that was confirmed, pay."""
    read = codes.parse(code[:_LONGEST_CODE], settings().base_url)
    offer_id, _at_sign, price = request.form.get("offer", "").partition("@")
    chosen = identifier(offer_id)
    typed = price if chosen else request.form.get("points", "")
    amount = whole_number(typed) or 0
    try:
        if request.form.get("confirmed") == "1":
            answer = merchants.service.pay_by_plate(
                current_actor(), key=form_key(), code=read, points=amount, offer_id=chosen
            )
            return go(f"/pay/{answer.body['charge_id']}?now=1")
    except DomainError as refusal:
        return make_response(_plate_page(read, fault=sentence(refusal), typed=typed[:9]), 422)
    shop = queries.shop(queries.read_plate(read))
    balance = points.queries.balance(own_id())
    offer = next((each for each in queries.offers(shop.id) if each.id == chosen), None)
    if amount < 1 or amount > balance or (chosen and offer is None):
        fault = (
            _("You have %(balance)s points.", balance=balance)
            if amount > balance
            else _("Type how many points, or choose an offer.")
        )
        return make_response(_plate_page(read, fault=fault, typed=typed[:9]), 422)
    return render_template(
        "merchants/plate_confirm.html",
        shop=shop,
        code=read.text,
        points=amount,
        offer=offer,
        balance=balance,
        key=new_id(),
    )


@views.get("/payments")
@requires("shop.pay")
def payments() -> ResponseReturnValue:
    """What I paid at shops, the newest first."""
    cursor = request.args.get("cursor") or None
    page = queries.own_charges(own_id(), cursor=cursor, limit=30)
    return render_template("merchants/payments.html", page=page, first=bool(cursor))
