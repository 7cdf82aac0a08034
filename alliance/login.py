"""The gatekeeper: finds out who asks, and lets nobody past a view whose permission he does not hold."""

from typing import Any
from urllib.parse import urlsplit

from flask import Flask, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user

import members.queries
import members.service
from alliance.security import count_request, csrf
from core.auth import STRANGER, Actor
from core.errors import Unauthenticated

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

manager = LoginManager()


class TokenUnknown(Unauthenticated):
    """The device's token does not exist or was withdrawn."""

    code = "token_unknown"


def initialise(app: Flask) -> None:
    """Install the gatekeeper before every request."""
    # The session's own epoch does this work; the extension's check would sign out everybody who changes networks.
    manager.session_protection = None
    manager.init_app(app)
    manager.user_loader(members.queries.load_session)
    app.before_request(admit)


def admit() -> ResponseReturnValue | None:
    """Set `g.actor` and `g.reader`, count the request, check forgery protection and the permission of the view."""
    g.actor = STRANGER
    g.actor = _token_actor() if "Authorization" in request.headers else _session_actor()
    count_request(current_app, g.actor)
    if request.endpoint is None:
        return None
    view: Any = current_app.view_functions[request.endpoint]
    permission: str | None = view.required_permission
    if permission is not None:
        if g.actor is STRANGER and _is_page_visit():
            return redirect(url_for("members_pages.sign_in", next=_way_back()))
        g.actor.require(permission)
    if _must_agree_first(view):
        return redirect(url_for("members_pages.consent", next=_way_back()))
    if request.method not in SAFE_METHODS and "Authorization" not in request.headers:
        csrf.protect()
    return None


def _session_actor() -> Actor:
    # The object itself: every look through the proxy would search for it again.
    reader = current_user._get_current_object()  # noqa: SLF001 - the documented way to it
    if not reader.is_authenticated:
        return STRANGER
    g.reader = reader
    actor: Actor = members.queries.actor_for(reader)
    return actor


def _token_actor() -> Actor:
    scheme, _, token = request.headers["Authorization"].partition(" ")
    actor = members.service.actor_for_token(token.strip()) if scheme.lower() == "bearer" else None
    if actor is None:
        count_request(current_app, STRANGER)
        raise TokenUnknown
    if request.method not in SAFE_METHODS:
        members.service.note_device_use(actor)
    return actor


def _must_agree_first(view: Any) -> bool:
    """Whether this page waits until its reader has said what he thinks of the newest text about personal data.

    Only pages that are looked at: a scan in the rain is not the moment to be asked, and programs are not asked at all.
    """
    own = view.required_permission is not None or request.endpoint == "pages.first_page"
    if not own or not _is_page_visit() or getattr(view, "before_consent", False):
        return False
    reader = current_user._get_current_object()  # noqa: SLF001 - the documented way to it
    return isinstance(reader, members.queries.SignedIn) and reader.consent_due


def _is_page_visit() -> bool:
    return request.method in SAFE_METHODS and not request.path.startswith("/api/")


def _way_back() -> str:
    """Where to go after signing in: only ever a path of our own."""
    parts = urlsplit(request.full_path.rstrip("?"))
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
