"""The one blueprint of this package's pages, and what its pages share."""

from datetime import date
from typing import Any

from flask import Blueprint
from flask_wtf import FlaskForm
from wtforms import SelectChoice

import members.queries
from core.errors import DomainError
from points import words

views = Blueprint("points_pages", __name__)


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
