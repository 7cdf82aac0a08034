"""Errors as answers: one problem shape (RFC 9457) for programs, one page for people.

`{type, title, status, code, detail, remedy, …data}`: `code` is stable, `detail` says what happened and `remedy` what
to do now, both in the reader's language.
"""

from contextlib import suppress
from http import HTTPStatus
from typing import Any

from flask import Flask, current_app, flash, g, json, render_template, request
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from alliance import messages
from alliance.logs import log, unlogged
from alliance.messages.fields import Told
from core.config import settings
from core.errors import (
    Busy,
    Conflict,
    DomainError,
    Forbidden,
    Invalid,
    NotFound,
    Refused,
    TooMany,
    Unauthenticated,
)
from core.pages import go

STATUS: dict[type[DomainError], int] = {
    Invalid: 422,
    Refused: 422,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    TooMany: 429,
    Busy: 503,
}
#: Faults that the framework finds before any of our code does.
FRAMEWORK_CODES = {
    400: "malformed_request",
    401: "sign_in_needed",
    403: "forbidden",
    404: "page_not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    408: "request_timeout",
    413: "request_too_large",
    414: "address_too_long",
    415: "media_type_unsupported",
    422: "invalid_input",
    429: "too_many_requests",
    500: "internal_error",
    503: "unavailable",
}
MEDIA_TYPE = "application/problem+json"


def initialise(app: Flask) -> None:
    """Install the handlers."""
    app.register_error_handler(DomainError, domain_problem)
    app.register_error_handler(HTTPException, framework_problem)
    app.register_error_handler(Exception, fault)


def status_of(error: DomainError) -> int:
    """The HTTP status of the error's family."""
    return next((status for family, status in STATUS.items() if isinstance(error, family)), 422)


def body(code: str, status: int, data: dict[str, Any]) -> dict[str, Any]:
    """The problem as a mapping, in the reader's language."""
    sentence = messages.problem(code, data)
    extra = {key: value for key, value in data.items() if key not in {"type", "title", "status", "code"}}
    return {
        **extra,
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": sentence.what,
        "remedy": sentence.remedy,
        "contact": settings().contact_phone or None,
    }


def domain_problem(error: DomainError) -> ResponseReturnValue:
    """A refusal by the domain."""
    data = dict(error.data)
    if error.replayed:
        data["replayed"] = True
    return _answer(body(error.code, status_of(error), data), data.get("retry_after"))


def framework_problem(error: HTTPException) -> ResponseReturnValue:
    """A fault found by Flask, marshmallow or the forgery protection."""
    if error.response is not None:
        return error.response
    if isinstance(error, MethodNotAllowed) and _opened_by_a_person():
        flash(_("Nothing was sent again. This is the page that it belongs to."), "calm")
        return go(_page_above(request.path))
    status = error.code or 500
    unlisted = "malformed_request" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "internal_error"
    code = FRAMEWORK_CODES.get(status, unlisted)
    data: dict[str, Any] = {}
    if isinstance(error, CSRFError):
        code = "form_expired"
    found = getattr(error, "data", None) or {}
    if "messages" in found:
        told = _field_errors(found["messages"])
        data["errors"] = {name: [each.sentence for each in several] for name, several in told.items()}
        data["error_codes"] = {name: [each.code for each in several] for name, several in told.items()}
    response = _answer(body(code, status, data), None)
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        # What was not read of it would be taken for the next request.
        response.headers["Connection"] = "close"
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def _opened_by_a_person() -> bool:
    asked = request.accept_mimetypes.values()
    return request.method == "GET" and "text/html" in asked and not wants_program()


def _page_above(path: str) -> str:
    """The nearest page above an address that only takes what a form sends.

    A browser opens such an address again when the telephone had put away the page that answered a form.
    """
    addresses = current_app.create_url_adapter(request)
    while addresses is not None and (path := path.rpartition("/")[0]):
        with suppress(HTTPException):
            addresses.match(path, method="GET")
            return path
    return "/"


def fault(error: Exception) -> ResponseReturnValue:
    """A mistake of ours: logged whole, told in one sentence, never with its text."""
    rule = request.url_rule.rule if request.url_rule and not unlogged(current_app) else None
    log.error("fault", exc_info=error, rule=rule)
    if current_app.testing and current_app.config.get("PROPAGATE_EXCEPTIONS"):
        raise error
    return _answer(body("internal_error", 500, {}), None)


def _answer(problem: dict[str, Any], retry_after: int | None) -> Response:
    if wants_program():
        response = Response(json.dumps(problem), problem["status"], content_type=MEDIA_TYPE)
    else:
        page = render_template("alliance/problem.html", problem=problem, actor=g.get("actor"))
        response = Response(page, problem["status"], content_type="text/html; charset=utf-8")
    if retry_after:
        response.headers["Retry-After"] = str(retry_after)
    return response


def wants_program() -> bool:
    """Whether the reader is a program: the JSON interface, or a script of a page that asks for JSON."""
    return request.path.startswith("/api/") or request.accept_mimetypes.best == "application/json"


def _field_errors(found: Any) -> dict[str, list[Told]]:
    """marshmallow's messages, flattened to field → what is wrong with it."""
    if not isinstance(found, dict):
        return {"body": [messages.field(str(found))]}
    flat: dict[str, list[Told]] = {}
    for location in found.values():
        fields = location.items() if isinstance(location, dict) else [("body", location)]
        for name, value in fields:
            flat[str(name)[:60]] = [messages.field(text) for text in _texts(value)]
    return flat


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for each in value.values() for text in _texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    return [str(value)]
