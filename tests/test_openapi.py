"""The interface keeps to its own document: requests made up from it find nothing."""

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from itertools import count, islice
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import ignored_auth

import core.clock
from core.auth import requires
from core.db import db
from tests.conftest import WEDNESDAY, MakeApp, settings_for
from tests.support import everybody, matrix
from tests.support.applications import Applications
from tests.support.databases import Databases
from tests.support.everybody import Person
from tests.support.matrix import Office, Route

DOCUMENT = "/api/openapi.json"
#: Who asks, whether valid or faulty requests, and how many for each operation: most as somebody who gets far, some as
#: somebody who is mostly refused. `MADE_UP_REQUESTS=100` asks for so many as each.
MADE_UP = [
    ("volunteer", GenerationMode.POSITIVE, 3),
    ("administrator", GenerationMode.POSITIVE, 8),
    ("administrator", GenerationMode.NEGATIVE, 10),
]
#: The operations are tried in so many tests, so that several processes share the work.
PARTS = 2
#: Refusals by the programme's rules are answers to valid requests, too.
ANSWERS_TO_VALID_REQUESTS = ["2xx", "401", "403", "404", "409", "422", "429"]
#: They answer only those who work at a shop's counter, or a phone on which one was opened.
COUNTER_ONLY = {
    "POST /api/v1/counter/orders",
    "GET /api/v1/counter/untold",
    "GET /api/v1/counter/feed",
    "POST /api/v1/counter/untold/seen",
    "POST /api/v1/shops/{merchant_id}/clerks/{member_id}/counter",
}
#: What else is read and not answered here, and why.
UNANSWERED = {
    "GET /api/v1/honours/proposals": "it asks for a month that has been, and made-up ones hardly ever have",
    "GET /api/v1/notices/{notice_id}": "the town's notice goes to a squad to which nobody belongs who asks",
}


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
    office: Office, role: str, mode: GenerationMode, examples: int, part: int
):
    who = office.town.people[role]
    examples = int(os.environ.get("MADE_UP_REQUESTS", examples))
    findings, answered = [], []
    for found in islice(load(office.app).get_all_operations(), part, None, PARTS):
        operation = found.ok()
        inputs = [*operation.path_parameters, *operation.query, *operation.body]
        if mode is GenerationMode.NEGATIVE and not inputs:
            continue  # nothing can be wrong in a request that says nothing
        try:
            statuses = _try_out(office, who, operation, mode, examples)
        except* Exception as group:
            findings.append(f"{operation.label}:\n{_told(group)}")
        else:
            answered.append(any(status < 300 for status in statuses))
            findings += [f"{operation.label}: {each}" for each in _missed(operation, role, mode, statuses)]
        # Whoever asked may have left, merged or deleted by it what the next operation is asked about.
        office.put_back()
    assert findings == [], "\n\n".join(findings)
    if role == "administrator" and mode is GenerationMode.POSITIVE:
        assert sum(answered) > len(answered) / 2, "refusals alone prove little of the answers in the document"


@pytest.fixture(scope="module")
def office(
    applications: Applications, fresh_databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    """An alliance with somebody and something of every kind, which is put back as it was after each operation."""
    place = tmp_path_factory.mktemp("made-up")
    with contextlib.ExitStack() as stack:
        stack.enter_context(core.clock.frozen(WEDNESDAY))
        address = stack.enter_context(fresh_databases.fresh("sqlite", place))
        app = stack.enter_context(applications.lend(settings_for(address, place)))
        town = everybody.build(app)
        victim = town.victim
        # The volunteer to whom all that happens in the town has happened.
        town.people["volunteer"] = Person(
            "volunteer", everybody.headers_of(app, victim.id), frozenset(), victim
        )
        yield Office(app, town, Path(address.removeprefix("sqlite:///")))


def _missed(operation: Any, role: str, mode: GenerationMode, statuses: set[int]) -> Iterator[str]:
    """What the requests have not come to."""
    if operation.definition.raw.get("security") == []:
        return
    closed = {401} if role == "volunteer" else {401, 403}
    if statuses <= closed and operation.label not in COUNTER_ONLY:
        yield f"was never reached: {statuses}"
    # What is somebody's own is read by him to whom it happened, all else at the desk.
    own = {"me", "mine"} & set(operation.path.split("/")) != set()
    reads = operation.method.upper() == "GET" and mode is GenerationMode.POSITIVE
    asked = reads and own == (role == "volunteer") and operation.label not in UNANSWERED.keys() | COUNTER_ONLY
    if asked and not any(status < 300 for status in statuses):
        yield f"was never answered: {statuses}"


def _try_out(office: Office, who: Person, operation: Any, mode: GenerationMode, examples: int) -> set[int]:
    cookie, _, session = who.headers["Cookie"].partition("=")
    statuses: set[int] = set()
    turns = count()

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
        case.cookies = {**(case.cookies or {}), cookie: session}
        turn = next(turns)
        if mode is GenerationMode.POSITIVE and turn % 3:
            _name_what_is_there(office, case, turn)
        response = case.call_and_validate(
            headers={"X-CSRF-Token": who.headers["X-CSRF-Token"]},
            cookies={cookie: session},
            # It takes our good cookie for one that it made up itself.
            excluded_checks=[ignored_auth],
        )
        statuses.add(response.status_code)

    run()
    return statuses


def _name_what_is_there(office: Office, case: Any, turn: int) -> None:
    """Let a valid request ask for what is there, in turn, in place of what is made up."""
    route = _routes(office)[case.method.upper(), case.path]
    for name in case.path_parameters or {}:
        values = matrix.office_values(office, route, name)
        case.path_parameters[name] = str(values[turn % len(values)])
    if not isinstance(case.body, dict):
        return
    for name in case.body.keys() & (
        db.metadata.tables.keys()
        | matrix.OTHER_NAMES.keys()
        | {f"{table}_id" for table in db.metadata.tables}
    ):
        table = matrix.table_of(route, name)
        if table is not None and name.endswith("_id") and case.body[name] is not None:
            values = matrix.office_rows(office).of(table)
            case.body[name] = str(values[turn % len(values)])
    for name in case.body.keys() & {"rule_code", "trade_code", "month"}:
        case.body[name] = office.town.values[name][0]


def _routes(office: Office) -> dict[tuple[str, str], Route]:
    """Method and path, as the document writes them → route."""
    return {
        (each.method, re.sub(r"<(?:[^<>:]+:)?(\w+)>", r"{\1}", each.rule.rule)): each
        for each in matrix.routes(office.app)
    }


@pytest.mark.parametrize(
    "answer", [lambda: {"items": "no list"}, lambda: 1 / 0], ids=["another shape", "a fault"]
)
def test_an_answer_that_is_not_as_documented_is_found(
    office: Office, monkeypatch: pytest.MonkeyPatch, answer: Callable[[], Any]
):
    monkeypatch.setitem(office.app.view_functions, "members.get_areas", requires("board.read")(answer))
    (operation,) = [
        each.ok() for each in load(office.app).get_all_operations() if each.ok().label == "GET /api/v1/areas"
    ]
    with pytest.raises(BaseExceptionGroup):
        _try_out(office, office.town.people["administrator"], operation, GenerationMode.POSITIVE, 2)


def _told(group: BaseExceptionGroup) -> str:
    """The findings as text, without the frames of the tool."""
    return "\n".join(
        _told(each) if isinstance(each, BaseExceptionGroup) else f"{type(each).__name__}: {each}"
        for each in group.exceptions
    )
