"""What was entered by hand: the public list by number and deed, and the desk's list of what looks odd."""

from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy

import members.queries
import points.service
from core.auth import current_actor, public, requires
from core.db import new_id
from core.pages import act, form_key
from points import queries
from points.views.blueprint import views

#: What is odd about it.
ODD = {
    "ring": _lazy("They award each other"),
    "burst": _lazy("Very many awards within ten minutes, entered one by one"),
    "pair": _lazy("The same two again and again"),
    "typed": _lazy("Several typed the code of an activity within seconds"),
    "device": _lazy("Several came to an activity with one phone"),
}


@views.get("/awards")
@public
def awards_by_hand() -> ResponseReturnValue:
    """Every award that a person entered, by member number and deed and without names, for anybody to look at."""
    page = queries.by_hand(cursor=request.args.get("cursor"))
    return render_template(
        "points/awards.html",
        page=page,
        people=members.queries.many_facts(line.member_id for line in page.items),
        first=bool(request.args.get("cursor")),
    )


@views.get("/desk/award/odd")
@requires("ledger.read")
def odd_awards() -> ResponseReturnValue:
    """Rings, bursts and pairs of the last 30 days: odd is no reproach, but somebody should look."""
    seen, cursor = request.args.get("list") == "seen", request.args.get("cursor")
    page = queries.odd_lines(seen=seen, cursor=cursor, limit=20)
    people = {each for line in page.items for each in (*line.people, line.seen_by) if each}
    actor = current_actor()
    return render_template(
        "points/desk_award_odd.html",
        page=page,
        seen=seen,
        first=bool(cursor),
        odd=ODD,
        people=members.queries.many_facts(people),
        own={actor.id, actor.member_id},
        new_key=new_id,
    )


@views.post("/desk/award/odd/<uuid:odd_id>")
@requires("award.second")
def see_odd_award(odd_id: UUID) -> ResponseReturnValue:
    """Say that it was looked at, and what was found."""
    note = request.form.get("note", "")
    return act(
        lambda: points.service.see_odd(current_actor(), key=form_key(), odd_id=odd_id, note=note),
        _("Noted as looked at. It comes back if it goes on."),
        "/desk/award/odd",
    )
