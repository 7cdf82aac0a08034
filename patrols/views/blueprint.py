"""The one blueprint of this package's pages, and what its pages share."""

from typing import Any

from flask import Blueprint
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

import members.queries
from core import pages
from core.errors import DomainError

views = Blueprint("patrols_pages", __name__)

#: What is wrong with a field of ours, by the reason that the domain gives.
_REASONS = {
    **pages.REASONS,
    "same": _lazy("Both hours are the same. Leave both empty for always."),
    "count": _lazy("Choose 1 to 50 points."),
    "twice": _lazy("A point is there twice."),
    "place": _lazy("Number the points 1, 2, 3 …"),
}
#: Fields that a form shows under another name than the domain's.
_SHOWN_AS = {"latitude_e6": "latitude", "longitude_e6": "longitude"}


def show_again(template: str, form: FlaskForm, refusal: DomainError, **context: Any) -> Response:
    """The form once more, with what is wrong at the field that is at fault."""
    return pages.show_again(template, form, refusal, shown_as=_SHOWN_AS, reasons=_REASONS, **context)


def nothing() -> tuple[str, str]:
    """The choice of none."""
    return "", _("none")


def area_choices() -> list[tuple[str, str]]:
    """All areas with their path, and none."""
    return [nothing(), *((str(each.id), " › ".join(each.path)) for each in members.queries.areas())]


def squad_choices() -> list[tuple[str, str]]:
    """All squads, and none."""
    return [nothing(), *((str(each.id), each.name) for each in members.queries.squads())]
