"""What was entered by hand: the public list by number and deed, and the desk's list of what looks odd."""

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _lazy

import members.queries
from core.auth import public, requires
from points import queries
from points.views.blueprint import views

#: What is odd about it.
ODD = {
    "ring": _lazy("They award each other"),
    "burst": _lazy("Very many awards within ten minutes, entered one by one"),
    "pair": _lazy("The same two again and again"),
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
    found = queries.odd_awards()
    return render_template(
        "points/desk_award_odd.html",
        found=found,
        odd=ODD,
        people=members.queries.many_facts(each for line in found for each in line.people),
    )
