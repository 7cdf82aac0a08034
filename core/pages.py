"""What pages of every package do alike: act on a form once, say how it went, show a form again with its one fault.

Sentences come from `alliance/messages` through the template global `problem_words`, which the assembler sets.
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask import current_app, flash, make_response, redirect, render_template, request
from flask_babel import lazy_gettext as _lazy
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from core.auth import current_actor
from core.db import new_id
from core.errors import DomainError, TooMany, Unauthenticated

#: What is wrong with a field, by the reason that the domain gives.
REASONS: Mapping[str, Any] = {
    "empty": _lazy("This must not be empty."),
    "missing": _lazy("This is needed, too."),
    "too_long": _lazy("This is too long."),
    "characters": _lazy("It holds invisible characters. Type it by hand instead of copying it."),
    "number": _lazy("Use the digits 0 to 9 only."),
    "range": _lazy("This number is too small or too large."),
    "unknown": _lazy("This is not among what can be chosen."),
    "past": _lazy("This day is over."),
    "order": _lazy("The last day lies before the first."),
}


def own_id() -> UUID:
    """The member in whose name this request acts. Raises `Unauthenticated` for devices and strangers."""
    member_id = current_actor().member_id
    if member_id is None:
        raise Unauthenticated
    return member_id


def _told(code: str, data: Mapping[str, Any]) -> Any:
    words_for: Any = current_app.jinja_env.globals["problem_words"]
    return words_for(code, data)


def sentence(refusal: DomainError) -> str:
    """What a refusal says, and what to do now, in the reader's language."""
    return problem_sentence(refusal.code, refusal.data)


def problem_sentence(code: str, data: Mapping[str, Any]) -> str:
    """What a refusal that was kept by its code says, in the reader's language."""
    told = _told(code, data)
    return f"{told.what} {told.remedy}"


def fault(refusal: DomainError, reasons: Mapping[str, Any] = REASONS) -> str:
    """What is wrong, with the one reason if the domain gave one, else with what to do now."""
    told = _told(refusal.code, refusal.data)
    reason = None if told.says_why else reasons.get(str(refusal.data.get("reason")))
    return f"{told.what} {reason or told.remedy}"


def show_again(
    template: str,
    form: FlaskForm,
    refusal: DomainError,
    *,
    shown_as: Mapping[str, str] | None = None,
    reasons: Mapping[str, Any] = REASONS,
    **context: Any,
) -> Response:
    """The form once more, with what is wrong at the field that is at fault. A new key: the old one stays refused.

    `shown_as`: fields that the form shows under another name than the domain's. `reasons`: what is wrong, by the reason
    that the domain gives.
    """
    name = str(refusal.data.get("field"))
    name = (shown_as or {}).get(name, name)
    if name in form:
        form[name].errors = [fault(refusal, reasons)]
    else:
        form.form_errors.append(fault(refusal, reasons))
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
        if done:
            flash(done, "ok")
    return go(back)


def go(address: str) -> Response:
    """On to a page of ours, by GET."""
    return redirect(address, 303)


def own_path(wanted: str | None) -> str:
    """Where somebody wanted to go: only ever a path of our own, else the first page."""
    wanted = wanted or "/"
    parts = urlsplit(wanted)
    safe = (
        wanted.startswith("/")
        and not wanted.startswith(("//", "/\\"))
        and not parts.netloc
        and not parts.scheme
    )
    return wanted if safe and wanted.isprintable() else "/"


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
