"""The interface keeps to its own document: requests made up from it find nothing."""

import os
import re
from collections.abc import Callable
from itertools import islice
from typing import Any
from uuid import UUID

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import ignored_auth

from core.auth import requires
from tests.conftest import MakeApp
from tests.support import members_builders as people
from tests.support import points_builders

DOCUMENT = "/api/openapi.json"
#: Who asks, whether valid or faulty requests, and how many for each operation: most as somebody who gets far, some as
#: somebody who is mostly refused. `MADE_UP_REQUESTS=100` asks for so many as each.
MADE_UP = [
    ("volunteer", GenerationMode.POSITIVE, 4),
    ("administrator", GenerationMode.POSITIVE, 10),
    ("administrator", GenerationMode.NEGATIVE, 10),
]
#: The operations are tried in so many tests, so that several processes share the work.
PARTS = 2
#: Refusals by the programme's rules are answers to valid requests, too.
ANSWERS_TO_VALID_REQUESTS = ["2xx", "401", "403", "404", "409", "422", "429"]


def load(app: Flask) -> Any:
    config = schemathesis.Config.from_dict(
        {"checks": {"positive_data_acceptance": {"expected-statuses": ANSWERS_TO_VALID_REQUESTS}}}
    )
    return schemathesis.openapi.from_wsgi(DOCUMENT, app, config=config)


def test_the_document_is_valid_openapi(app: Flask):
    document = app.test_client().get(DOCUMENT).get_json()
    assert document["openapi"].startswith("3.1")
    load(app).validate()


def test_every_operation_says_what_it_is_for(app: Flask):
    document = app.test_client().get(DOCUMENT).get_json()
    silent = [
        f"{method.upper()} {path}"
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if method != "parameters" and not (operation.get("summary") or operation.get("description"))
    ]
    assert silent == []


def test_the_document_names_every_route_of_the_interface(app: Flask):
    document = app.test_client().get(DOCUMENT).get_json()
    routed = {
        (method.lower(), re.sub(r"<(?:[^<>:]+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/v1/")
    }
    documented = {(method, path) for path, operations in document["paths"].items() for method in operations}
    assert routed
    assert routed - documented == set()


def test_a_stranger_gets_nowhere(make_app: MakeApp):
    app = make_app()
    document = app.test_client().get(DOCUMENT).get_json()
    closed = [
        (method, path)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if method != "parameters" and operation.get("security") != []
    ]
    assert closed
    for method, path in closed:
        address = re.sub(r"\{\w+\}", str(UUID(int=7)), path.replace("{number}", "7"))
        assert app.test_client().open(address, method=method).status_code == 401, (method, path)


@pytest.mark.timeout(3_600 if "MADE_UP_REQUESTS" in os.environ else 900)
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize(("role", "mode", "examples"), MADE_UP)
def test_made_up_requests_find_nothing(
    make_app: MakeApp, role: str, mode: GenerationMode, examples: int, part: int
):
    app = make_app()
    with app.app_context():
        squad_id = people.squad()
        who = people.member("王小芳", role, squad_id=squad_id)
        points_builders.tariff_rule(code="care", points=50)
    examples = int(os.environ.get("MADE_UP_REQUESTS", examples))
    findings = []
    for found in islice(load(app).get_all_operations(), part, None, PARTS):
        operation = found.ok()
        inputs = [*operation.path_parameters, *operation.query, *operation.body]
        if mode is GenerationMode.NEGATIVE and not inputs:
            continue  # nothing can be wrong in a request that says nothing
        try:
            statuses = _try_out(app, who, operation, mode, examples)
        except* Exception as group:
            findings.append(f"{operation.label}:\n{_told(group)}")
        else:
            if operation.definition.raw.get("security") != [] and statuses == {401}:
                findings.append(f"{operation.label}: was never reached")
    assert findings == [], "\n\n".join(findings)


def _try_out(app: Flask, who: Any, operation: Any, mode: GenerationMode, examples: int) -> set[int]:
    # An operation may sign its caller out, so each begins with a fresh session.
    client = app.test_client()
    with app.app_context():
        people.sign_in(client, who)
    token = client.get("/api/v1/session").get_json()["csrf_token"]
    cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    statuses: set[int] = set()

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(mode))
    def run(case: Any) -> None:
        # Made-up sign-ins get nowhere, and strangers have a test of their own above: all requests come from `who`.
        case.headers = {
            name: value for name, value in (case.headers or {}).items() if name != "Authorization"
        }
        case.cookies = {**(case.cookies or {}), cookie.key: cookie.value}
        response = case.call_and_validate(
            headers={"X-CSRF-Token": token},
            cookies={cookie.key: cookie.value},
            # It takes our good cookie for one that it made up itself.
            excluded_checks=[ignored_auth],
        )
        statuses.add(response.status_code)

    run()
    return statuses


@pytest.mark.parametrize(
    "answer", [lambda: {"items": "no list"}, lambda: 1 / 0], ids=["another shape", "a fault"]
)
def test_an_answer_that_is_not_as_documented_is_found(make_app: MakeApp, answer: Callable[[], Any]):
    app = make_app()
    app.testing = False
    with app.app_context():
        who = people.member("王小芳", "administrator")
    app.view_functions["members.get_areas"] = requires("board.read")(answer)
    (operation,) = [
        each.ok() for each in load(app).get_all_operations() if each.ok().label == "GET /api/v1/areas"
    ]
    with pytest.raises(BaseExceptionGroup):
        _try_out(app, who, operation, GenerationMode.POSITIVE, 2)


def _told(group: BaseExceptionGroup) -> str:
    """The findings as text, without the frames of the tool."""
    return "\n".join(
        _told(each) if isinstance(each, BaseExceptionGroup) else f"{type(each).__name__}: {each}"
        for each in group.exceptions
    )
