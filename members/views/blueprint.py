"""The one blueprint of this package's pages, and what its pages share."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, make_response, redirect, render_template, request, session
from flask_babel import gettext as _
from flask_login import login_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import SelectChoice

import members.service
from core import codes
from core.auth import current_actor
from core.codes import Code
from core.config import settings
from core.db import new_id
from core.errors import DomainError, TooMany, Unauthenticated
from core.pages import own_path
from members import queries
from members.queries import SignedIn
from members.views import words

views = Blueprint("members_pages", __name__)


def network_address() -> str:
    """Where the request comes from, for limits of tries."""
    return request.remote_addr or ""


def own_id() -> UUID:
    """The member in whose name this request acts. Raises `Unauthenticated` for devices and strangers."""
    member_id = current_actor().member_id
    if member_id is None:
        raise Unauthenticated
    return member_id


def sentence(refusal: DomainError) -> str:
    """What a refusal says, and what to do now, in the reader's language."""
    return problem_sentence(refusal.code, refusal.data)


def problem_sentence(code: str, data: Mapping[str, Any]) -> str:
    """What a refusal that was kept by its code says, in the reader's language."""
    words_for: Any = current_app.jinja_env.globals["problem_words"]
    told = words_for(code, data)
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
    status = 429 if isinstance(refusal, TooMany) else 422
    response = make_response(render_template(template, form=form, **context), status)
    if isinstance(refusal, TooMany):
        response.headers["Retry-After"] = str(refusal.data["retry_after"])
    return response


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


def form_key(form: FlaskForm) -> UUID:
    """The key of the wish in this form; a form without one is a wish of its own."""
    return identifier(form["key"].data) or new_id()


def identifier(text: str | None) -> UUID | None:
    """An id out of a form's choice, or None when nothing (or nonsense) was chosen."""
    try:
        return UUID(text or "")
    except ValueError:
        return None


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
