"""Where a member works: shops that ask him, to accept or decline, and those at whose counter he stands."""

from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

import merchants.service
from core.auth import current_actor, requires
from core.errors import DomainError
from core.pages import act, go, own_id, sentence
from merchants import queries
from merchants.errors import ClerkUnknown
from merchants.views.blueprint import views

_PLACE = "/me/shops"


@views.get("/me/shops")
@requires("counter.use")
def own_shops() -> ResponseReturnValue:
    """The shops that ask me, and those where I work."""
    return render_template(
        "merchants/own_shops.html",
        invitations=queries.invitations_of(own_id()),
        posts=queries.posts_of(own_id()),
    )


@views.post("/me/shops/<uuid:merchant_id>/accept")
@requires("counter.use")
def accept_post(merchant_id: UUID) -> ResponseReturnValue:
    """Yes, I work there."""
    return act(
        lambda: merchants.service.accept_post(current_actor(), merchant_id=merchant_id),
        _("You work there now. With a counter PIN you can take over a shared phone."),
        _PLACE,
    )


@views.post("/me/shops/<uuid:merchant_id>/decline")
@requires("counter.use")
def decline_post(merchant_id: UUID) -> ResponseReturnValue:
    """No, I do not."""
    return act(
        lambda: merchants.service.decline_post(current_actor(), merchant_id=merchant_id),
        _("Declined. The shop learns nothing more about you."),
        _PLACE,
    )


@views.post("/me/shops/<uuid:merchant_id>/leave")
@requires("counter.use")
def leave_post(merchant_id: UUID) -> ResponseReturnValue:
    """I work there no longer."""
    try:
        merchants.service.remove_clerk(current_actor(), merchant_id=merchant_id, member_id=own_id())
    except ClerkUnknown:
        pass  # a second tap finds the work done
    except DomainError as refusal:
        flash(sentence(refusal), "refuse")
        return go(_PLACE)
    flash(_("You work there no longer."), "ok")
    return go(_PLACE)
