"""The one blueprint of this package's pages, and what its pages share."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, make_response, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

import members.queries
from core.auth import current_actor
from core.db import new_id
from core.errors import DomainError, Unauthenticated

views = Blueprint("patrols_pages", __name__)


def own_id() -> UUID:
    """The member in whose name this request acts. Raises `Unauthenticated` for devices."""
    member_id = current_actor().member_id
    if member_id is None:
        raise Unauthenticated
    return member_id


def sentence(refusal: DomainError) -> str:
    """What a refusal says, and what to do now, in the reader's language."""
    words_for: Any = current_app.jinja_env.globals["problem_words"]
    told = words_for(refusal.code, refusal.data)
    return f"{told.what} {told.remedy}"


#: What is wrong with a field, by the reason that the domain gives.
_REASONS = {
    "empty": _lazy("This must not be empty."),
    "missing": _lazy("This is needed, too."),
    "too_long": _lazy("This is too long."),
    "characters": _lazy("It holds invisible characters. Type it by hand instead of copying it."),
    "number": _lazy("Use the digits 0 to 9 only."),
    "range": _lazy("This number is too small or too large."),
    "same": _lazy("Both hours are the same. Leave both empty for always."),
    "unknown": _lazy("This is not among what can be chosen."),
    "count": _lazy("Choose 1 to 50 points."),
    "twice": _lazy("A point is there twice."),
    "place": _lazy("Number the points 1, 2, 3 …"),
}
#: Fields that a form shows under another name than the domain's.
_SHOWN_AS = {"latitude_e6": "latitude", "longitude_e6": "longitude"}


def _fault(refusal: DomainError) -> str:
    """What is wrong, with the one reason if the domain gave one, else with what to do now."""
    words_for: Any = current_app.jinja_env.globals["problem_words"]
    told = words_for(refusal.code, refusal.data)
    return f"{told.what} {_REASONS.get(str(refusal.data.get('reason')), told.remedy)}"


def show_again(template: str, form: FlaskForm, refusal: DomainError, **context: Any) -> Response:
    """The form once more, with what is wrong at the field that is at fault. A new key: the old one stays refused."""
    name = str(refusal.data.get("field"))
    name = _SHOWN_AS.get(name, name)
    if name in form:
        form[name].errors = [_fault(refusal)]
    else:
        form.form_errors.append(_fault(refusal))
    if "key" in form:
        form["key"].data = str(new_id())
    return make_response(render_template(template, form=form, **context), 422)


def act(work: Callable[[], Any], done: str, back: str) -> Response:
    """Do one thing and go back to the page it was asked on, with a sentence about how it went."""
    try:
        work()
    except DomainError as refusal:
        flash(sentence(refusal), "refuse")
    else:
        flash(done, "ok")
    return go(back)


def go(address: str) -> Response:
    """On to a page of ours, by GET."""
    return redirect(address, 303)


def form_key() -> UUID:
    """The key that the page made; a new one when somebody has tampered with it."""
    return identifier(request.form.get("key")) or new_id()


def identifier(text: str | None) -> UUID | None:
    """An id out of a form, None when it is none."""
    try:
        return UUID(text or "")
    except ValueError:
        return None


def nothing() -> tuple[str, str]:
    """The choice of none."""
    return "", _("none")


def area_choices() -> list[tuple[str, str]]:
    """All areas with their path, and none."""
    return [nothing(), *((str(each.id), " › ".join(each.path)) for each in members.queries.areas())]


def squad_choices() -> list[tuple[str, str]]:
    """All squads, and none."""
    return [nothing(), *((str(each.id), each.name) for each in members.queries.squads())]
