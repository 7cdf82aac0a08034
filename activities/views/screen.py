"""The changing code in full screen: at the desk, and on a tablet or screen that was enrolled as a device."""

from datetime import timedelta
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

import activities.service
import members.queries
from activities import queries
from activities.queries import ActivityLine
from activities.views.blueprint import ONE, views
from core import clock, codes, qr
from core.auth import current_actor, public, requires
from core.config import settings
from core.errors import DomainError
from core.pages import sentence

#: How often the page asks for itself again, in seconds: a code lives for 15.
CODE_EVERY_SECONDS = 3
#: So far ahead a screen looks for the next activity.
LOOK_AHEAD = timedelta(days=7)


@views.get(f"/desk/activities/{ONE}/code")
@requires("activity.show")
def code_page(number: int) -> ResponseReturnValue:
    """The code of one activity, for whoever is signed in at the desk."""
    return _page(**_code(queries.activity(number)), back=f"/desk/activities/{number}")


@views.get("/activities/screen")
@public
def screen() -> ResponseReturnValue:
    """The code of the activity that is on now, for a screen that stays where it is.

    Open to everybody as an empty frame, because a screen shows who it is only by the token behind the "#" of its link,
    which browsers do not send: the frame's script asks again with it. It is asked for every few seconds, so a screen
    that was shut out ends at once.
    """
    if not current_actor().may("activity.show"):
        return _page(enrol=True)
    showing = queries.showing(clock.now())
    wanted = request.args.get("activity", "")
    chosen = [each for each in showing if str(each.number) == wanted] or showing
    if len(chosen) == 1:
        return _page(**_code(chosen[0]), others=len(showing) > 1)
    if showing:
        return _page(showing=showing)
    return _page(coming=queries.next_of(clock.now() + LOOK_AHEAD)[1])


def _code(line: ActivityLine) -> dict[str, Any]:
    """What a screen shows of an activity: the code as it is now, or why there is none."""
    code = typed = svg = None
    told = ""
    try:
        code = activities.service.code_of(current_actor(), line.number)
        typed = codes.grouped(activities.service.typed_code_of(current_actor(), line.number))
        address = codes.address(settings().base_url, code)
        svg = qr.draw_svg(address, "M", _("Code of the activity"))
    except DomainError as refusal:
        told = sentence(refusal)
    latest = [members.queries.masked_name(each) for each in queries.latest_names(line.id)]
    return {"activity": line, "code": code, "svg": svg, "typed": typed, "told": told, "latest": latest}


def _page(**shown: Any) -> str:
    return render_template("activities/code.html", every=CODE_EVERY_SECONDS, **{"activity": None, **shown})
