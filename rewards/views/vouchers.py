"""The member's vouchers: the code with its countdown, giving it back, and all of them."""

from uuid import UUID

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

import rewards.service
from core import clock, qr
from core.auth import current_actor, requires
from core.db import new_id
from core.errors import DomainError
from core.pages import form_key, go, own_id, sentence
from rewards import queries
from rewards.errors import RedemptionUnknown
from rewards.views import words
from rewards.views.blueprint import views

LISTS = ("open", "past")


@views.get("/vouchers")
@requires("reward.redeem")
def vouchers() -> ResponseReturnValue:
    """My vouchers: those to be fetched, and those that are over."""
    which = request.args.get("list")
    which = which if which in LISTS else LISTS[0]
    cursor = request.args.get("cursor") or None
    return render_template(
        "rewards/vouchers.html",
        page=queries.my_redemptions(own_id(), which, cursor=cursor),
        which=which,
        first=bool(cursor),
        now=clock.now(),
    )


@views.get("/vouchers/<uuid:redemption_id>")
@requires("reward.redeem")
def voucher(redemption_id: UUID) -> ResponseReturnValue:
    """One voucher: its code large enough to be scanned and read out, until when, and where. Only for its owner."""
    found = queries.redemption(current_actor(), redemption_id)
    if not queries.is_of(found.member_id, own_id()):
        raise RedemptionUnknown
    return render_template(
        "rewards/voucher.html",
        voucher=found,
        place=words.place(found.where),
        now=clock.now(),
        svg=qr.draw_svg(found.address, "M", _("Voucher")) if found.address else None,
        key=new_id(),
    )


@views.post("/vouchers/<uuid:redemption_id>/cancel")
@requires("reward.redeem")
def cancel(redemption_id: UUID) -> ResponseReturnValue:
    """Give a voucher back before it was used: the points return as they were."""
    found = queries.redemption(current_actor(), redemption_id)
    try:
        rewards.service.cancel_redemption(current_actor(), key=form_key(), redemption_id=redemption_id)
    except DomainError as refusal:
        flash(sentence(refusal), "refuse")
    else:
        flash(
            ngettext(
                "Given back. Your point is with you again.",
                "Given back. Your %(num)s points are with you again.",
                found.points,
            ),
            "ok",
        )
    return go(f"/vouchers/{redemption_id}")
