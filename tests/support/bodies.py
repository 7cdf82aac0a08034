"""What bodies may name: nothing that their documents do not, and little that decides over others."""

import re
from collections.abc import Iterator
from typing import Any

from werkzeug.test import TestResponse

from tests.support.matrix import Office, Route, first_who_may, routes

#: What decides over rights, points or whose something is: nobody may set it by naming it in a body.
OVERREACHING = frozenset(
    {
        "id",
        "member_id",
        "actor_id",
        "created_by",
        "roles",
        "permissions",
        "status",
        "state",
        "points",
        "balance",
    }
) | {"owed", "squad_id", "helper_id", "session_epoch", "transfer_id", "confidential", "verdict", "is_admin"}


def swallowed(office: Office, document: dict[str, Any]) -> list[str]:
    """Writing operations that take fields which their documents do not name, in a body or in a part of it."""
    found = []
    asked = _by_operation(office)
    for method, path, operation in _writing(document):
        schema = _schema(document, operation)
        address, person = office.made_up(asked[method, path]), first_who_may(office, asked[method, path])
        bodies = {"": (schema, _as_it_is)}
        for name, part in schema.items():
            if inner := _properties(document, part.get("items", {})):
                bodies[f" in {name}"] = (inner, lambda body, name=name: {name: [body]})
        for where, (known, packed) in bodies.items():
            unknown = OVERREACHING - known.keys()
            body = packed(dict.fromkeys(unknown, 1))
            response = office.send(person, method.upper(), address, body)
            if response.status_code != 422 or not _all_named(response, unknown, packed is not _as_it_is):
                found.append(
                    f"{method.upper()} {path}{where}: takes some of {sorted(unknown)} ({response.status_code})"
                )
    return found


def _as_it_is(body: dict[str, Any]) -> dict[str, Any]:
    return body


def _all_named(response: TestResponse, unknown: frozenset[str], inside: bool) -> bool:
    """Whether the answer complains of every unknown field; of those inside a list it tells how many there are."""
    errors = (response.get_json(silent=True, force=True) or {}).get("errors", {})
    if inside:
        return sum(map(len, errors.values())) >= len(unknown)
    return unknown <= errors.keys()


def offered_to_everybody(office: Office, document: dict[str, Any]) -> set[str]:
    """Overreaching fields in bodies of operations that need no right over others, as `METHOD path: field`."""
    own = office.town.people["volunteer"]
    asked = _by_operation(office)
    return {
        f"{method.upper()} {path}: {field}"
        for method, path, operation in _writing(document)
        if own.may(asked[method, path].permission)
        for field in OVERREACHING & _schema(document, operation).keys()
    }


def _by_operation(office: Office) -> dict[tuple[str, str], Route]:
    """The routes as the document names them."""
    braced = [(each, re.sub(r"<(?:[^<>]+:)?(\w+)>", r"{\1}", each.rule.rule)) for each in routes(office.app)]
    return {(each.method.lower(), path): each for each, path in braced}


def _writing(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method in {"post", "put", "patch"} and _schema(document, operation):
                yield method, path, operation


def _schema(document: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    return _properties(document, content.get("schema", {}))


def _properties(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    properties: dict[str, Any] = schema.get("properties", {})
    return properties
