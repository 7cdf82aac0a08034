"""The desk: plan an activity, change it."""

from datetime import datetime, time
from typing import Any, Final
from uuid import UUID

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy
from werkzeug.wrappers import Response

import activities.service
import members.queries
import points.queries
from activities import queries
from activities.errors import ActivityInvalid
from activities.forms import ActivityForm
from activities.queries import ActivityLine
from activities.rules import LARGEST_COUNT, ActivityWish
from activities.views.blueprint import KIND_WORDS, ONE, views
from core import clock
from core.auth import current_actor, requires
from core.db import new_id
from core.errors import DomainError
from core.pages import REASONS, fault, form_key, go, identifier

#: Why an activity cannot be kept like this, beyond the reasons of all forms.
WHY: Final = {
    **REASONS,
    "order": _lazy("The end lies before the beginning."),
    "too_long_day": _lazy("No activity lasts longer than 12 hours."),
    "somebody_came": _lazy("Somebody has come already, so day and time stay."),
    "fewer_than_signed_up": _lazy("More people than that have signed up already."),
}
#: Fields that the form shows under another name than the domain's.
_SHOWN_AS: Final = {"starts_at": "starts", "ends_at": "ends"}


@views.get("/desk/activities/new")
@requires("activity.manage")
def new_activity() -> ResponseReturnValue:
    """Plan an activity."""
    kind = request.args.get("kind", "care")
    kind = kind if kind in queries.KINDS else "care"
    form = _with_choices(
        ActivityForm(
            data={
                "key": str(new_id()),
                "kind": kind,
                "rule_code": queries.USUAL_RULES[kind],
                "campaign_id": request.args.get("campaign_id", ""),
            }
        )
    )
    return render_template("activities/desk_form.html", form=form, activity=None)


@views.post("/desk/activities")
@requires("activity.manage")
def make_activity() -> ResponseReturnValue:
    """Keep a new activity."""
    form = _with_choices(ActivityForm())
    try:
        answer = activities.service.make_activity(current_actor(), _wish(form), key=form_key())
    except DomainError as refusal:
        return _again(form, refusal, None)
    flash(_("The activity is planned. Members see it from now on."), "ok")
    return go(f"/desk/activities/{answer.body['number']}")


@views.get(f"/desk/activities/{ONE}/edit")
@requires("activity.manage")
def edit_activity(number: int) -> ResponseReturnValue:
    """Change an activity that is still to be."""
    line = queries.activity(number)
    if line.state != "planned":
        return go(f"/desk/activities/{number}")
    return render_template("activities/desk_form.html", form=_form_of(line), activity=line)


@views.post(f"/desk/activities/{ONE}/edit")
@requires("activity.manage")
def change_activity(number: int) -> ResponseReturnValue:
    """Keep what was changed."""
    form, line = _with_choices(ActivityForm()), queries.activity(number)
    try:
        version = int(form.version.data) if (form.version.data or "").isdecimal() else 0
        activities.service.change_activity(
            current_actor(), number, _wish(form), key=form_key(), version=version
        )
    except DomainError as refusal:
        return _again(form, refusal, line)
    flash(_("The activity is changed."), "ok")
    return go(f"/desk/activities/{number}")


def _form_of(line: ActivityLine) -> ActivityForm:
    start, end = clock.local(line.starts_at), clock.local(line.ends_at)
    values: dict[str, Any] = {
        "key": str(new_id()),
        "version": str(line.version),
        "kind": line.kind,
        "title": line.title,
        "place": line.place,
        "day": start.date(),
        "starts": start.time(),
        "ends": end.time(),
        "words": line.words,
        "rule_code": line.rule_code,
        "most": "" if line.most is None else str(line.most),
        "squad_id": str(line.squad_id or ""),
        "campaign_id": str(line.campaign_id or ""),
    }
    return _with_choices(ActivityForm(data=values))


def _with_choices(form: ActivityForm) -> ActivityForm:
    english = str(get_locale()).startswith("en")
    form.kind.choices = [(code, str(words)) for code, words in KIND_WORDS.items()]
    form.rule_code.choices = [
        (
            rule.code,
            str(
                _(
                    "%(deed)s: %(points)s points",
                    deed=rule.name_en if english else rule.name_zh,
                    points=rule.points,
                )
            ),
        )
        for rule in points.queries.rules_on(clock.today())
        if rule.category != points.queries.SHOP_CATEGORY
    ]
    nothing = ("", _("none"))
    form.squad_id.choices = [nothing, *((str(each.id), each.name) for each in members.queries.squads())]
    form.campaign_id.choices = [nothing, *((str(each.id), each.name) for each in queries.campaigns())]
    return form


def _wish(form: ActivityForm) -> ActivityWish:
    """What the form says. Raises `ActivityInvalid` for a time that is none and a number that is none."""
    return ActivityWish(
        kind=form.kind.data or "",
        title=form.title.data or "",
        place=form.place.data or "",
        starts_at=_moment(form, "starts"),
        ends_at=_moment(form, "ends"),
        rule_code=form.rule_code.data or "",
        words=form.words.data or "",
        squad_id=_chosen(form, "squad_id"),
        campaign_id=_chosen(form, "campaign_id"),
        most=whole_number(form.most.data, "most") if (form.most.data or "").strip() else None,
    )


def _moment(form: ActivityForm, field: str) -> datetime:
    day, at = form.day.data, form[field].data
    if day is None or not 2000 <= day.year < 2200:
        raise ActivityInvalid(field="day", reason="empty" if day is None else "range")
    if not isinstance(at, time):
        raise ActivityInvalid(field=field, reason="empty")
    return datetime.combine(day, at, tzinfo=clock.zone())


def _chosen(form: ActivityForm, field: str) -> UUID | None:
    text = form[field].data or ""
    chosen = identifier(text)
    if text and chosen is None:
        raise ActivityInvalid(field=field, reason="unknown")
    return chosen


def whole_number(text: str | None, field: str) -> int:
    """A number that somebody typed; an empty field is 0. Raises `ActivityInvalid`."""
    digits = (text or "").strip() or "0"
    if not (digits.isascii() and digits.isdigit()):
        raise ActivityInvalid(field=field, reason="number")
    if len(digits) > len(str(LARGEST_COUNT)):
        raise ActivityInvalid(field=field, reason="range")
    return int(digits)


def _again(form: ActivityForm, refusal: DomainError, line: ActivityLine | None) -> Response:
    """The form once more, with what is wrong at its field. A new key: the old one stays refused."""
    mark(form, refusal)
    form.key.data = str(new_id())
    return Response(
        render_template("activities/desk_form.html", form=form, activity=line), 422, mimetype="text/html"
    )


def mark(form: Any, refusal: DomainError) -> None:
    """Write what is wrong beside the field that is at fault."""
    field = str(refusal.data.get("field"))
    field = _SHOWN_AS.get(field, field)
    if field in form:
        form[field].errors = [fault(refusal, WHY)]
    else:
        form.form_errors.append(fault(refusal, WHY))
