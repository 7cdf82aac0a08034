"""The one blueprint of this package's pages, and what its pages share."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, make_response, redirect, render_template
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import SelectChoice

import members.queries
from core.auth import current_actor
from core.db import new_id
from core.errors import DomainError, Unauthenticated
from points import words

views = Blueprint("points_pages", __name__)


def own_id() -> UUID:
    """The member in whose name this request acts. Raises `Unauthenticated` for devices and strangers."""
    member_id = current_actor().member_id
    if member_id is None:
        raise Unauthenticated
    return member_id


def sentence(refusal: DomainError) -> str:
    """What a refusal says, and what to do now, in the reader's language."""
    words_for: Any = current_app.jinja_env.globals["problem_words"]
    told = words_for(refusal.code, refusal.data)
    return f"{told.what} {told.remedy}"


def show_again(template: str, form: FlaskForm, refusal: DomainError, **context: Any) -> Response:
    """The form once more, with what is wrong at the field that is at fault. A new key: the old one stays refused."""
    bound = form[refusal.data["field"]] if refusal.data.get("field") in form else None
    if bound is not None:
        bound.errors = [sentence(refusal)]
    else:
        form.form_errors.append(sentence(refusal))
    if "key" in form:
        form["key"].data = str(new_id())
    return make_response(render_template(template, form=form, **context), 422)


def go(address: str) -> Response:
    """On to a page of ours, by GET."""
    return redirect(address, 303)


def identifier(text: str | None) -> UUID | None:
    """An id out of a form, or None when nothing (or nonsense) was sent."""
    try:
        return UUID(text or "")
    except ValueError:
        return None


def day_of(form: FlaskForm, name: str, wrong: DomainError) -> date | None:
    """The day in a field of a form, None when it was left empty. Raises `wrong` for what is no day."""
    field = form[name]
    if not "".join(field.raw_data or []).strip():
        # A browser sends an empty field as an empty text, which the field takes for a wrong day.
        field.errors = []
        return None
    if field.process_errors:
        raise wrong
    day: date | None = field.data
    return day


def options(pairs: list[tuple[str, str]]) -> list[SelectChoice]:
    """Pairs of value and text as the options of a form's field."""
    return [SelectChoice(value, text) for value, text in pairs]


@views.context_processor
def _words() -> dict[str, Any]:
    return {"words": words, "spoken_number": members.queries.spoken_number}
