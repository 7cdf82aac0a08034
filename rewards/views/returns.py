"""The desk's pages about what was handed over: the list, one redemption, and taking a reward back."""

from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

import members.queries
import rewards.service
from core import clock
from core.auth import current_actor, requires
from core.db import new_id
from core.errors import DomainError
from core.pages import form_key, go, identifier, sentence
from rewards import queries
from rewards.forms import ReturnForm
from rewards.rules import USED
from rewards.views import words
from rewards.views.blueprint import show_again, views

#: So many rewards stand on the desk's page of a member.
LAST_GIVEN = 3
LISTS = ("handed_over", "returned")


@views.get("/desk/redemptions")
@requires("stock.read")
def hand_overs() -> ResponseReturnValue:
    """What was handed over at the police room and at shops, and what of it was taken back; of one member on wish."""
    which = request.args.get("list")
    which = which if which in LISTS else LISTS[0]
    cursor, member_id = request.args.get("cursor") or None, identifier(request.args.get("member"))
    return render_template(
        "rewards/desk_redemptions.html",
        page=queries.handed_over(returned=which == "returned", member_id=member_id, cursor=cursor),
        which=which,
        first=bool(cursor),
        of=members.queries.facts(member_id) if member_id else None,
    )


@views.get("/desk/redemptions/<uuid:redemption_id>")
@requires("stock.read")
def hand_over(redemption_id: UUID) -> ResponseReturnValue:
    """One redemption: what, for whom, who handed it over, and how it was taken back."""
    return render_template("rewards/desk_redemption.html", **_page(redemption_id))


@views.get("/desk/redemptions/<uuid:redemption_id>/return")
@requires("voucher.take_back")
def taking_back(redemption_id: UUID) -> ResponseReturnValue:
    """Ask why, and whether the piece lies on the shelf again, before a reward is taken back."""
    page = _page(redemption_id)
    if not page["returnable"]:
        return go(f"/desk/redemptions/{redemption_id}")
    form = ReturnForm(key=str(new_id()))
    return render_template("rewards/desk_return.html", form=form, **page)


@views.post("/desk/redemptions/<uuid:redemption_id>/return")
@requires("voucher.take_back")
def take_back(redemption_id: UUID) -> ResponseReturnValue:
    """Take it back, once."""
    form, here = ReturnForm(), f"/desk/redemptions/{redemption_id}"
    try:
        answer = rewards.service.return_redemption(
            current_actor(),
            key=form_key(),
            redemption_id=redemption_id,
            reason=form.reason.data or "",
            to_stock=bool(form.to_stock.data),
        )
    except DomainError as refusal:
        page = _page(redemption_id)
        if page["returnable"]:
            return show_again("rewards/desk_return.html", form, refusal, **page)
        flash(sentence(refusal), "refuse")
        return go(here)
    told = ngettext(
        "Taken back. The member has his point again.",
        "Taken back. The member has his %(num)s points again.",
        answer.body["points"],
    )
    flash(f"{told} {_('The piece is on the shelf again.')}" if answer.body["to_stock"] else told, "ok")
    return go(here)


def member_panel(member_id: UUID) -> Markup:
    """What a member was given last, for the desk's page of him; nothing when there was nothing yet."""
    found = queries.handed_over(member_id=member_id, limit=LAST_GIVEN).items
    context = {"lines": found, "member_id": member_id, "words": words}
    return Markup(render_template("rewards/member_panel.html", **context) if found else "")  # noqa: S704 - a template of ours, escaped by Jinja


@views.record_once
def _offer_panel(state: BlueprintSetupState) -> None:
    state.app.extensions.setdefault("alliance_member_panels", []).append(member_panel)


def _page(redemption_id: UUID) -> dict[str, Any]:
    line = queries.desk_redemption(redemption_id)
    return {
        "line": line,
        "voucher": line.voucher,
        "place": words.place(line.voucher.where),
        "now": clock.now(),
        "returnable": line.voucher.state == USED and line.voucher.returned is None,
    }
