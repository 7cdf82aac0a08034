"""What is on, for members: the list, one activity, signing up and off."""

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

import activities.service
from activities import queries
from activities.views.blueprint import ONE, views
from core.auth import current_actor, requires
from core.db import new_id
from core.pages import act, form_key, own_id


@views.get("/activities")
@requires("activity.attend")
def activities_page() -> ResponseReturnValue:
    """What is on, and what the reader has attended."""
    page = queries.activities("coming", cursor=request.args.get("cursor"), limit=20)
    return render_template(
        "activities/list.html",
        page=page,
        first=bool(request.args.get("cursor")),
        mine=queries.signed_up_of(own_id(), [each.id for each in page.items]),
        attended=queries.attended(own_id(), limit=10).items,
    )


@views.get(f"/activities/{ONE}")
@requires("activity.attend")
def one_activity(number: int) -> ResponseReturnValue:
    """What, where, when, how many come; and how the reader stands to it."""
    line = queries.activity(number)
    return render_template(
        "activities/activity.html",
        activity=line,
        mine=queries.standing(line.id, own_id()),
        key=new_id(),
    )


@views.post(f"/activities/{ONE}/sign-up")
@requires("activity.attend")
def sign_up(number: int) -> ResponseReturnValue:
    """Keep a place."""
    return act(
        lambda: activities.service.sign_up(current_actor(), number, key=form_key()),
        _("You are signed up. Scan the code on the spot when you come."),
        f"/activities/{number}",
    )


@views.post(f"/activities/{ONE}/sign-off")
@requires("activity.attend")
def sign_off(number: int) -> ResponseReturnValue:
    """Give the place back."""
    return act(
        lambda: activities.service.sign_off(current_actor(), number, key=form_key()),
        _("You are signed off; somebody else can have the place."),
        f"/activities/{number}",
    )
