"""The one blueprint of this package's pages, and what its pages share."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, make_response, redirect, render_template, request
from flask_babel import lazy_gettext as _lazy
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

import members.queries
from core import clock
from core.auth import current_actor
from core.db import new_id
from core.errors import DomainError, Unauthenticated
from rewards.views import words

views = Blueprint("rewards_pages", __name__)

#: What is wrong with a field, by the reason that the domain gives.
_REASONS = {
    "empty": _lazy("This must not be empty."),
    "missing": _lazy("This is needed, too."),
    "too_long": _lazy("This is too long."),
    "characters": _lazy("It holds invisible characters. Type it by hand instead of copying it."),
    "number": _lazy("Use the digits 0 to 9 only."),
    "range": _lazy("This number is too small or too large."),
    "unknown": _lazy("This is not among what can be chosen."),
    "order": _lazy("The last day lies before the first."),
}
#: Fields that a form shows under another name than the domain's.
_SHOWN_AS = {"merchant": "merchant_id", "picture_id": "picture"}


def own_id() -> UUID:
    """The member in whose name this request acts. Raises `Unauthenticated` for devices."""
    member_id = current_actor().member_id
    if member_id is None:
        raise Unauthenticated
    return member_id


def _told(refusal: DomainError) -> Any:
    words_for: Any = current_app.jinja_env.globals["problem_words"]
    return words_for(refusal.code, refusal.data)


def sentence(refusal: DomainError) -> str:
    """What a refusal says, and what to do now, in the reader's language."""
    told = _told(refusal)
    return f"{told.what} {told.remedy}"


def fault(refusal: DomainError) -> str:
    """What is wrong, with the one reason if the domain gave one, else with what to do now."""
    told = _told(refusal)
    return f"{told.what} {_REASONS.get(str(refusal.data.get('reason')), told.remedy)}"


def show_again(template: str, form: FlaskForm, refusal: DomainError, **context: Any) -> Response:
    """The form once more, with what is wrong at the field that is at fault. A new key: the old one stays refused."""
    name = str(refusal.data.get("field"))
    name = _SHOWN_AS.get(name, name)
    if name in form:
        form[name].errors = [fault(refusal)]
    else:
        form.form_errors.append(fault(refusal))
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
        if done:
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


def whole_number(text: str | None) -> int | None:
    """A whole number of at most nine ASCII digits, None for anything else: int() would take １２ and 1_0, too."""
    typed = (text or "").strip()
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 9 else None


@views.context_processor
def _words() -> dict[str, Any]:
    return {"words": words, "spoken_number": members.queries.spoken_number, "clock_now": clock.now}
