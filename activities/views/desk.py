"""The desk: lists of activities, one with who came, the code for the wall, the closing."""

from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

import activities.service
import members.queries
from activities import queries
from activities.errors import AttenderNotFound
from activities.forms import ClosingForm, ReasonForm
from activities.rules import Counters
from activities.service import DECLINED, NEED_ANOTHER
from activities.views.blueprint import ONE, views
from activities.views.planning import mark, whole_number
from core import codes
from core.auth import current_actor, requires
from core.config import settings
from core.db import new_id
from core.errors import DomainError
from core.pages import act, form_key, go, identifier, sentence

#: Members offered to choose from when a name fits several.
MOST_OFFERED = 10


@views.get("/desk/activities")
@requires("activity.read")
def desk_activities() -> ResponseReturnValue:
    """Activities to come, to be closed, closed, called off."""
    which = request.args.get("list", "coming")
    which = which if which in queries.LISTS else "coming"
    return render_template(
        "activities/desk_list.html",
        which=which,
        counts=queries.counts(),
        page=queries.activities(which, cursor=request.args.get("cursor")),
        first=bool(request.args.get("cursor")),
    )


@views.get(f"/desk/activities/{ONE}")
@requires("activity.read")
def desk_activity(number: int) -> ResponseReturnValue:
    """One activity: who signed up, who came, what each has got; add, take off, close, call off."""
    return render_template("activities/desk_activity.html", **_page(number))


def _page(number: int, **given: Any) -> dict[str, Any]:
    line = queries.activity(number)
    people = queries.attendance(line.id)
    there = {each.member_id for each in people}
    staff = {each for one in people for each in (one.added_by, one.removed_by, one.merged_id) if each}
    return {
        "activity": line,
        "people": [each for each in people if each.removed_at is None],
        "taken_off": [each for each in people if each.removed_at is not None],
        "expected": [each for each in queries.sign_ups(line.id) if each.id not in there],
        "staff": members.queries.many_facts(staff | ({line.ended_by} if line.ended_by else set())),
        "rest": any(each.outcome == "refused" and each.refusal != DECLINED for each in people),
        "need_another": NEED_ANOTHER,
        "offered": None,
        "who": "",
        "closing": ClosingForm(formdata=None, data={"key": str(new_id())}),
        "cancelling": ReasonForm(formdata=None, data={"key": str(new_id())}),
        "new_id": new_id,
        **given,
    }


@views.post(f"/desk/activities/{ONE}/add")
@requires("activity.manage")
def add_by_hand(number: int) -> ResponseReturnValue:
    """Put somebody on the list: chosen, or found by number, name or telephone, or by his card."""
    who = request.form.get("who", "").strip()[:240]
    try:
        chosen = identifier(request.form.get("member_id"))
        if chosen is None and who:
            found = list(members.queries.search(who, limit=MOST_OFFERED).items)
            if len(found) > 1:
                return render_template(
                    "activities/desk_activity.html", **_page(number, offered=found, who=who)
                )
            chosen = found[0].id if found else None
        code = None if chosen or not who else _card(who)
        activities.service.add_by_hand(current_actor(), number, key=form_key(), member_id=chosen, code=code)
    except DomainError as refusal:
        flash(sentence(refusal), "refuse")
    else:
        flash(_("On the list now, entered by hand."), "ok")
    return go(f"/desk/activities/{number}#people")


def _card(text: str) -> codes.Code:
    try:
        return codes.parse(text, settings().base_url)
    except DomainError as error:
        raise AttenderNotFound(field="who") from error


@views.post(f"/desk/activities/{ONE}/people/<uuid:member_id>/take-off")
@requires("activity.manage")
def take_off(number: int, member_id: UUID) -> ResponseReturnValue:
    """Take somebody off the list."""
    return act(
        lambda: activities.service.take_off(
            current_actor(),
            number,
            key=form_key(),
            member_id=member_id,
            reason=request.form.get("reason", ""),
        ),
        _("Taken off the list."),
        f"/desk/activities/{number}#people",
    )


@views.post(f"/desk/activities/{ONE}/cancel")
@requires("activity.manage")
def cancel_activity(number: int) -> ResponseReturnValue:
    """Call the activity off."""
    form = ReasonForm()
    try:
        activities.service.cancel_activity(
            current_actor(), number, key=form_key(), reason=form.reason.data or ""
        )
    except DomainError as refusal:
        return _again(number, form, refusal, "cancelling")
    flash(_("The activity is called off. Tell those who signed up."), "ok")
    return go(f"/desk/activities/{number}")


@views.post(f"/desk/activities/{ONE}/close")
@requires("activity.manage")
def close_activity(number: int) -> ResponseReturnValue:
    """Keep the counters and award everybody who came."""
    form = ClosingForm()
    try:
        counters = Counters(
            **{name: whole_number(form[name].data, name) for name in ("leaflets", "reached", "hazards")}
        )
        answer = activities.service.close_activity(current_actor(), number, key=form_key(), counters=counters)
    except DomainError as refusal:
        return _again(number, form, refusal, "closing")
    _tell(answer.body)
    return go(f"/desk/activities/{number}")


@views.post(f"/desk/activities/{ONE}/rest")
@requires("activity.manage")
def award_rest(number: int) -> ResponseReturnValue:
    """Try again for those who were refused."""
    try:
        answer = activities.service.award_rest(current_actor(), number, key=form_key())
    except DomainError as refusal:
        flash(sentence(refusal), "refuse")
    else:
        _tell(answer.body)
    return go(f"/desk/activities/{number}")


def _tell(counts: dict[str, Any]) -> None:
    parts = [ngettext("%(num)s person was awarded.", "%(num)s people were awarded.", counts["paid"])]
    if counts["requested"]:
        parts.append(
            ngettext(
                "%(num)s award waits for a second coordinator.",
                "%(num)s awards wait for a second coordinator.",
                counts["requested"],
            )
        )
    if counts["refused"]:
        parts.append(
            ngettext(
                "%(num)s person was not awarded; the list says why.",
                "%(num)s people were not awarded; the list says why.",
                counts["refused"],
            )
        )
    # Not in answers of before.
    if counts.get("merged"):
        parts.append(
            ngettext(
                "%(num)s person was registered twice and counts once.",
                "%(num)s people were registered twice and count once.",
                counts["merged"],
            )
        )
    flash(" ".join(parts), "warn" if counts["requested"] or counts["refused"] else "ok")


def _again(number: int, form: Any, refusal: DomainError, name: str) -> Response:
    mark(form, refusal)
    form.key.data = str(new_id())
    page = render_template("activities/desk_activity.html", **_page(number, **{name: form}))
    return Response(page, 422, mimetype="text/html")
