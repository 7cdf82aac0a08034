"""Lists of the desk that ask for somebody to ring up: who was not seen for long, and who looks after whom."""

from uuid import UUID

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

import members.service
from core.auth import current_actor, requires
from core.errors import DomainError
from core.pages import act, go, identifier, sentence
from members import queries
from members.views.blueprint import views


@views.get("/desk/members/dormant")
@requires("member.read")
def dormant_list() -> ResponseReturnValue:
    """Who has not been seen for a long time, to be rung up or let rest."""
    cursor = request.args.get("cursor")
    page = queries.dormant(cursor=cursor)
    return render_template(
        "members/desk_dormant.html",
        page=page,
        first=bool(cursor),
        seen=queries.last_seen([each.id for each in page.items]),
        since=queries.dormant_since(),
        names={each.id: each.name for each in queries.squads()},
    )


@views.post("/desk/members/dormant/rest")
@requires("member.manage")
def rest_dormant() -> ResponseReturnValue:
    """Let those who were ticked rest until they come back."""
    chosen = [each for text in request.form.getlist("member_ids") if (each := identifier(text))]
    if not chosen:
        flash(_("Tick somebody first."), "warn")
        return go("/desk/members/dormant")
    try:
        told = members.service.let_rest(current_actor(), chosen)
    except DomainError as refusal:
        flash(sentence(refusal), "refuse")
        return go("/desk/members/dormant")
    flash(ngettext("%(num)s member rests now.", "%(num)s members rest now.", told.done), "ok")
    if told.refused:
        flash(
            ngettext("%(num)s could not be changed.", "%(num)s could not be changed.", told.refused), "warn"
        )
    return go("/desk/members/dormant")


@views.get("/desk/members/helped")
@requires("member.read")
def helped_list() -> ResponseReturnValue:
    """Who looks after whom."""
    cursor = request.args.get("cursor")
    return render_template("members/desk_helped.html", page=queries.helped(cursor=cursor), first=bool(cursor))


@views.post("/desk/members/<uuid:member_id>/helper/end")
@requires("member.manage")
def end_member_help(member_id: UUID) -> ResponseReturnValue:
    """Nobody looks after this account any more."""
    back = "/desk/members/helped" if request.form.get("back") == "list" else f"/desk/members/{member_id}"
    done = _("The help has ended.")
    return act(lambda: members.service.assign_helper(current_actor(), member_id, None), done, back)
