"""The desk: awards above a limit, which another coordinator agrees to or declines."""

from uuid import UUID

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy

import members.queries
import points.service
from core.auth import current_actor, requires
from core.db import new_id
from core.errors import DomainError
from core.pages import go, identifier, sentence
from points import queries
from points.rules import AWARD_REQUEST_STATES
from points.views.blueprint import views

#: Why a second person is asked.
LIMITS = {
    "award": _lazy("More points in one award than one person gives alone"),
    "member_week": _lazy("The member has got much by hand this week"),
    "coordinator_day": _lazy("The coordinator has entered much today"),
}
STATES = {
    "waiting": _lazy("To look at"),
    "agreed": _lazy("Agreed to"),
    "declined": _lazy("Declined"),
    "cancelled": _lazy("Called off"),
}


@views.get("/desk/award/second")
@requires("award.second")
def award_requests() -> ResponseReturnValue:
    """What waits for a second person, and what became of the rest."""
    state = request.args.get("state", "waiting")
    if state not in AWARD_REQUEST_STATES:
        state = "waiting"
    page = queries.award_requests(state, cursor=request.args.get("cursor"))
    people = {
        each for line in page.items for each in (line.member_id, line.requested_by, line.decided_by) if each
    }
    return render_template(
        "points/desk_award_second.html",
        page=page,
        state=state,
        states=STATES,
        limits=LIMITS,
        people=members.queries.many_facts(people),
        squads={squad.id: squad.name for squad in members.queries.squads()},
        new_key=new_id,
    )


@views.post("/desk/award/second/<uuid:request_id>/<any(agree,decline,cancel):decision>")
@requires("award.give")
def decide_award_request(request_id: UUID, decision: str) -> ResponseReturnValue:
    """Agree, decline with a reason, or call one's own request off."""
    key = identifier(request.form.get("key")) or new_id()
    actor = current_actor()
    try:
        if decision == "agree":
            points.service.second_award(actor, key=key, request_id=request_id)
            flash(_("Agreed. The points are booked."), "ok")
        elif decision == "decline":
            reason = request.form.get("reason", "")
            points.service.decline_award(actor, key=key, request_id=request_id, reason=reason)
            flash(_("Declined. Nothing was booked."), "calm")
        else:
            points.service.cancel_award(actor, key=key, request_id=request_id)
            flash(_("Called off. Nothing was booked."), "calm")
    except DomainError as refusal:
        if refusal.code in {"permission_missing", "sign_in_needed"}:
            raise
        flash(sentence(refusal), "warn")
    return go("/desk/award/second")
