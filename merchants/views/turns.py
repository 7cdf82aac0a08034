"""Clerks take turns at one shared phone or tablet, and whoever is signed in there gets back to his own pages."""

from typing import Any
from uuid import UUID

from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

import members.queries
import members.service
import merchants.service
from core.auth import current_actor, requires
from core.errors import DomainError, TooMany
from core.pages import go, identifier, own_id, own_path, sentence
from merchants import queries
from merchants.api.standing import Standing, stand_at, standing, step_down, who_stands_at
from merchants.views.blueprint import views

_LONGEST_PASSWORD = 200


@views.get("/counter/<uuid:merchant_id>/clerk")
@requires("counter.use")
def switch_clerk(merchant_id: UUID) -> ResponseReturnValue:
    """Choose who stands at this shared phone or tablet."""
    return _clerks_page(merchant_id)


@views.post("/counter/<uuid:merchant_id>/clerk")
@requires("counter.use")
def take_the_counter(merchant_id: UUID) -> ResponseReturnValue:
    """Stand at this counter from now on, by one's own counter PIN.

    Whoever is signed in may take turns like everybody else; his own pages open by his card's PIN only.
    """
    chosen = identifier(request.form.get("clerk_id")) or own_id()
    merchants.service.clerk_of(current_actor(), merchant_id)
    if chosen == own_id() and who_stands_at(merchant_id) is None:
        return go(f"/counter/{merchant_id}")
    try:
        merchants.service.check_counter_pin(
            current_actor(),
            merchant_id=merchant_id,
            clerk_id=chosen,
            pin=request.form.get("pin", "")[:20],
        )
    except DomainError as refusal:
        page = _clerks_page(merchant_id, fault=sentence(refusal), chosen=chosen)
        return make_response(page, 422)
    stand_at(merchant_id, chosen)
    return go(f"/counter/{merchant_id}")


def _clerks_page(merchant_id: UUID, **more: Any) -> str:
    merchants.service.clerk_of(current_actor(), merchant_id)
    kept = who_stands_at(merchant_id)
    return render_template(
        "merchants/counter_clerk.html",
        shop=queries.shop(merchant_id),
        clerks=queries.clerks(merchant_id),
        own_id=own_id(),
        taken_over=kept is not None,
        left=kept is not None and queries.clerk(merchant_id, kept) is None,
        **{"fault": "", "chosen": None} | more,
    )


# --- Back to one's own pages -----------------------------------------------------------------------------------------


@views.get("/counter/leave")
@requires("self.read")
def leaving_the_counter() -> ResponseReturnValue:
    """Whose counter this phone stands at, and how its member gets back to his own pages."""
    kept = standing()
    return go(_wanted()) if kept is None else _leaving_page(kept)


@views.post("/counter/leave")
@requires("self.read")
def leave_the_counter() -> ResponseReturnValue:
    """The phone is its member's own again, by the PIN of his card or his password. Wrong tries are counted."""
    kept = standing()
    if kept is None:
        return go(_wanted())
    pin, password = request.form.get("pin", "")[:20], request.form.get("password", "")[:_LONGEST_PASSWORD]
    if not pin and not password:
        return make_response(_leaving_page(kept, fault=_("Type the PIN or the password.")), 422)
    try:
        if pin:
            members.service.check_pin(own_id(), pin)
        else:
            members.service.prove_oneself(
                current_actor(), password=password, code=None, network_address=request.remote_addr or ""
            )
    except DomainError as refusal:
        status = 429 if isinstance(refusal, TooMany) else 422
        return make_response(_leaving_page(kept, fault=sentence(refusal)), status)
    step_down()
    return go(_wanted())


def _wanted() -> str:
    return own_path(request.values.get("next"))


def _leaving_page(kept: Standing, **more: Any) -> str:
    return render_template(
        "merchants/counter_leave.html",
        shop=queries.shop(kept.merchant_id),
        name=members.queries.facts(own_id()).name,
        following=_wanted(),
        **{"fault": ""} | more,
    )
