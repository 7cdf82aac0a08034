"""The one blueprint of this package's pages, and what its pages share."""

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, request, session
from flask_babel import gettext as _
from flask_login import login_user
from wtforms import SelectChoice

import members.service
from core import codes
from core.codes import Code
from core.config import settings
from core.pages import own_path
from members import queries
from members.queries import SignedIn
from members.views import words

views = Blueprint("members_pages", __name__)


def network_address() -> str:
    """Where the request comes from, for limits of tries."""
    return request.remote_addr or ""


def begin_session(user: SignedIn) -> None:
    """Sign this browser in as `user`, for as long as the settings say."""
    kept = session.pop("next", None)
    session.clear()
    session.permanent = True
    login_user(user)
    if kept:
        session["next"] = kept


def way_on(wanted: str | None) -> str:
    """Where to go after signing in: only ever a path of our own."""
    return own_path(wanted)


def read_code(text: str) -> Code:
    """A code that was typed or scanned. Raises the refusals of `core.codes.parse`."""
    return codes.parse(text, settings().base_url)


def nothing() -> tuple[str, str]:
    """The empty choice of a selection."""
    return ("", _("—"))


def options(pairs: Iterable[tuple[str, str]]) -> list[SelectChoice]:
    """Pairs of value and text as the options of a form's field."""
    return [SelectChoice(value, text) for value, text in pairs]


def squad_choices() -> list[tuple[str, str]]:
    """All squads for a selection, with the empty choice."""
    return [nothing(), *((str(each.id), each.name) for each in queries.squads())]


def area_choices() -> list[tuple[str, str]]:
    """All areas for a selection, with the empty choice; each with the names above it."""
    return [nothing(), *((str(each.id), " · ".join(each.path)) for each in queries.areas())]


@views.app_context_processor
def _words() -> dict[str, Any]:
    return {
        "status_word": words.status,
        "role_word": words.role,
        "squad_kind_word": words.squad_kind,
        "level_word": words.level,
        "permission_word": words.permission,
        "status_tone": words.status_tone,
        "spoken_number": queries.spoken_number,
        "sends_codes": members.service.sends_codes,
    }
