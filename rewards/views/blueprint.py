"""The one blueprint of this package's pages, and what its pages share."""

from typing import Any

from flask import Blueprint
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from core import pages
from core.errors import DomainError
from core.pages import act, fault, form_key, go, identifier, own_id, sentence, whole_number
from rewards.views import words

__all__ = [
    "act",
    "fault",
    "form_key",
    "go",
    "identifier",
    "own_id",
    "sentence",
    "show_again",
    "views",
    "whole_number",
]

views = Blueprint("rewards_pages", __name__)

#: Fields that a form shows under another name than the domain's.
_SHOWN_AS = {"merchant": "merchant_id", "picture_id": "picture"}


def show_again(template: str, form: FlaskForm, refusal: DomainError, **context: Any) -> Response:
    """The form once more, with what is wrong at the field that is at fault."""
    return pages.show_again(template, form, refusal, shown_as=_SHOWN_AS, **context)


@views.context_processor
def _words() -> dict[str, Any]:
    return {"words": words}
