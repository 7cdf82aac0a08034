"""Pages of the desk about goals: how far they have been reached, setting one, what was set when."""

from datetime import date
from typing import Any, Final

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy
from wtforms import SelectChoice

import goals.service
import members.queries
from core import clock
from core.auth import current_actor, requires
from core.db import new_id
from core.errors import DomainError
from core.pages import form_key, go, identifier, show_again, whole_number
from goals import queries, rules
from goals.errors import GoalInvalid
from goals.forms import GoalForm

views = Blueprint("goals_pages", __name__)

#: What can be a goal, as one chooses it.
KIND_WORDS: Final = {
    "week_rounds": _lazy("Rounds in a week"),
    "month_rounds": _lazy("Rounds in a month"),
    "week_deeds": _lazy("Good deeds in a week"),
    "month_deeds": _lazy("Good deeds in a month"),
    "month_activities": _lazy("Activities in a month"),
    "active_members": _lazy("Active members"),
    "hazards_in_time": _lazy("Hazards dealt with in time, of 100"),
}
#: What is wrong with a field, by the reason that the domain gives.
_REASONS: Final = {
    "unknown": _lazy("This is not among what can be chosen."),
    "whole_only": _lazy("Hazards belong to no squad: choose the whole alliance."),
    "number": _lazy("Use the digits 0 to 9 only."),
    "range": _lazy(
        "At least 1; a share at most 100, active members at most 100,000, anything else at most 1,000,000."
    ),
    "past": _lazy("That week or month is over. What was aimed at then stays as it was."),
    "too_far": _lazy("At most a year ahead."),
}


@views.context_processor
def _words() -> dict[str, Any]:
    return {"kind_words": KIND_WORDS, "local_date": clock.local_date}


@views.get("/desk/goals")
@requires("goal.read")
def goals_page() -> ResponseReturnValue:
    """The goals of the alliance and of its squads, and how far each has been reached."""
    today, cursor = clock.today(), request.args.get("cursor")
    return render_template(
        "goals/desk_goals.html",
        alliance=queries.of_alliance(today),
        page=queries.of_squads(today, cursor=cursor),
        coming=queries.coming(today),
        first=bool(cursor),
    )


@views.get("/desk/goals/history")
@requires("goal.read")
def history() -> ResponseReturnValue:
    """What was set when and by whom."""
    cursor = request.args.get("cursor")
    return render_template(
        "goals/desk_history.html", page=queries.history(cursor=cursor, limit=30), first=bool(cursor)
    )


@views.get("/desk/goals/new")
@requires("goal.manage")
def new_goal() -> ResponseReturnValue:
    """Set a goal: a new one, or what takes the place of one that the address names."""
    kind = request.args.get("kind", "")
    squad_id = identifier(request.args.get("squad_id"))
    today = clock.today()
    old = [each for each in queries.in_force(today) if (each.kind, each.squad_id) == (kind, squad_id)]
    form = _form(
        GoalForm(
            formdata=None,
            data={
                "key": str(new_id()),
                "kind": kind if kind in rules.KINDS else "week_rounds",
                "squad_id": str(squad_id or ""),
                "aim": str(old[0].aim) if old else "",
                "valid_from": today,
            },
        )
    )
    return render_template("goals/desk_goal_form.html", form=form, ends=bool(old))


@views.post("/desk/goals")
@requires("goal.manage")
def set_goal() -> ResponseReturnValue:
    """Set what the form says, or end the goal."""
    form = _form(GoalForm())
    ends = "end" in request.form
    try:
        answer = goals.service.set_goal(
            current_actor(),
            key=form_key(),
            kind=form.kind.data or "",
            squad_id=_squad(form),
            aim=None if ends else _number(form),
            valid_from=_day(form),
        )
    except DomainError as refusal:
        return show_again("goals/desk_goal_form.html", form, refusal, reasons=_REASONS, ends=ends)
    day = format_date(date.fromisoformat(answer.body["valid_from"]), "long")
    ended, counts = (
        _("From %(day)s on there is no such goal.", day=day),
        _("It counts from %(day)s on.", day=day),
    )
    flash(ended if ends else counts, "ok")
    return go("/desk/goals")


def _form(form: GoalForm) -> GoalForm:
    form.kind.choices = [SelectChoice(kind, str(word)) for kind, word in KIND_WORDS.items()]
    names = sorted(members.queries.squad_names().items(), key=lambda each: each[1])
    form.squad_id.choices = [
        SelectChoice("", _("The whole alliance")),
        *(SelectChoice(str(squad_id), name) for squad_id, name in names),
    ]
    return form


def _squad(form: GoalForm) -> Any:
    text = form.squad_id.data or ""
    found = identifier(text)
    if text and found is None:
        raise GoalInvalid(field="squad_id", reason="unknown")
    return found


def _number(form: GoalForm) -> int:
    found = whole_number((form.aim.data or "").strip())
    if found is None:
        raise GoalInvalid(field="aim", reason="number")
    return found


def _day(form: GoalForm) -> date | None:
    day: date | None = form.valid_from.data
    if day is None and form.valid_from.raw_data and any(form.valid_from.raw_data):
        raise GoalInvalid(field="valid_from", reason="unknown")
    return day
