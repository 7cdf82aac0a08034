"""The JSON interface: flask-smorest with our problem shape, and its document for programs and for people."""

import re
from typing import Any

import flask_smorest
import marshmallow as ma
from flask import Blueprint, Flask, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_smorest import Api

from alliance.problems import MEDIA_TYPE
from core.auth import public
from core.uploads import room_of

views = Blueprint("interface", __name__)

# A name that we do not know is refused as in a body: `state` for `list` would give another list without a word.
_PARSER = flask_smorest.Blueprint.ARGUMENTS_PARSER
_PARSER.DEFAULT_UNKNOWN_BY_LOCATION = {**_PARSER.DEFAULT_UNKNOWN_BY_LOCATION, "query": ma.RAISE}


class Problem(ma.Schema):
    """An error, in the one shape that all errors have (RFC 9457). More members may follow, named per code."""

    class Meta:
        """Codes add data of their own."""

        unknown = ma.INCLUDE

    type = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    code = ma.fields.String(required=True, metadata={"description": "stable, for programs"})
    detail = ma.fields.String(
        required=True, metadata={"description": "what happened, in the reader's language"}
    )
    remedy = ma.fields.String(metadata={"description": "what to do now, in the reader's language"})
    contact = ma.fields.String(allow_none=True, metadata={"description": "telephone of the coordinators"})
    errors = ma.fields.Dict(metadata={"description": "sentences by field, where the input was at fault"})
    error_codes = ma.fields.Dict(metadata={"description": "stable codes by field, beside `errors`"})
    retry_after = ma.fields.Integer(metadata={"description": "seconds to wait"})
    replayed = ma.fields.Boolean(metadata={"description": "this refusal was given before, for the same key"})


class Interface(Api):  # type: ignore[misc] # flask-smorest ships no types
    """flask-smorest's Api with problem+json, in the answers and in the document alike."""

    ERROR_SCHEMA = Problem

    def _register_error_handlers(self) -> None:
        """None: `alliance/problems.py` answers for pages and programs alike."""

    def _register_responses(self) -> None:
        super()._register_responses()
        content = self.spec.components
        for response in (*content.responses_lazy.values(), *content.responses.values()):
            _as_problem(response)


def _as_problem(response: dict[str, Any]) -> None:
    content = response.get("content", {})
    if "application/json" in content:
        content[MEDIA_TYPE] = content.pop("application/json")


def initialise(app: Flask) -> Interface:
    """Install the interface and the two addresses of its document."""
    app.config.update(
        API_TITLE="The Alliance 正义联盟",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        API_SPEC_OPTIONS={
            "info": {"description": "Points for good deeds: scans, rounds, awards, leaderboards."},
            "security": [{"token": []}, {"session": []}],
        },
    )
    interface = Interface(app)
    interface.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    interface.spec.components.security_scheme(
        "session", {"type": "apiKey", "in": "cookie", "name": "alliance"}
    )
    app.extensions["alliance_interface"] = interface
    app.url_value_preprocessor(_make_room)
    app.before_request(_refuse_other_content)
    app.before_request(_refuse_unreadable)
    app.register_blueprint(views)
    return interface


def _refuse_other_content() -> None:
    """Programs send JSON, and files where files are taken; a form would otherwise be read as an empty request."""
    if not request.path.startswith("/api/") or not request.content_length or request.is_json:
        return
    view = current_app.view_functions.get(request.endpoint or "")
    if room_of(view) is None or request.mimetype != "multipart/form-data":
        abort(415)


def _refuse_unreadable() -> None:
    """Read JSON once before any view does: lists nested without end and numbers of thousands of digits are no JSON."""
    if not request.path.startswith("/api/") or not request.is_json or not request.get_data():
        return
    try:
        request.get_json()
    except (RecursionError, ValueError):
        abort(400)


def _make_room(endpoint: str | None, _arguments: dict[str, Any] | None) -> None:
    """Before anything looks at the request: some views take files that are larger than requests may be."""
    room = room_of(current_app.view_functions.get(endpoint or ""))
    if room is not None:
        request.max_content_length = room


def document() -> dict[str, Any]:
    """The OpenAPI document of the running application; each operation tells the permission that it needs."""
    found: dict[str, Any] = current_app.extensions["alliance_interface"].spec.to_dict()
    for rule in current_app.url_map.iter_rules():
        operations = found["paths"].get(re.sub(r"<(?:[^<>:]+:)?([^<>]+)>", r"{\1}", rule.rule), {})
        for method in operations.keys() & {each.lower() for each in rule.methods or ()}:
            permission = getattr(current_app.view_functions[rule.endpoint], "required_permission", None)
            operations[method] |= {"security": []} if permission is None else {"x-permission": permission}
    return found


@views.get("/api/openapi.json")
@public
def openapi() -> ResponseReturnValue:
    """The OpenAPI 3.1 document."""
    return document()


@views.get("/api")
@public
def readable() -> ResponseReturnValue:
    """The same document as a page for people, from our own host and without scripts."""
    return render_template("alliance/interface.html", document=document())
