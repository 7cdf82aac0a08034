"""Every origin of an error provoked: programs get one problem shape, people get one kind of page."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.auth import public
from tests.support.members_builders import member, sign_in

SCANS = "/api/v1/scans"
MEMBERS = "/api/v1/members"
ALWAYS = {"type", "title", "status", "code", "detail", "remedy", "contact"}


@pytest.fixture
def make_client(app: Flask) -> Callable[..., FlaskClient]:
    """Signs somebody in and lets his client send the forgery protection's token with every request."""

    def make(*roles: str) -> FlaskClient:
        client = app.test_client()
        if roles:
            sign_in(client, member("王小芳", *roles))
        token = client.get("/api/v1/session").get_json()["csrf_token"]
        client.environ_base["HTTP_X_CSRF_TOKEN"] = token
        return client

    return make


def scan(**changes: Any) -> dict[str, Any]:
    return {"scan_id": str(uuid4()), "code": "Q2222222222222222"} | changes


def send(client: FlaskClient, json: bytes) -> TestResponse:
    return client.post(SCANS, data=json, content_type="application/json")


def key_used_for_something_else(client: FlaskClient) -> TestResponse:
    first = scan()
    client.post(SCANS, json=first)
    return client.post(SCANS, json=first | {"code": "Q3333333333333333"})


def without_forgery_token(client: FlaskClient) -> TestResponse:
    del client.environ_base["HTTP_X_CSRF_TOKEN"]
    return client.post(SCANS, json=scan())


ORIGINS: dict[str, tuple[str | None, Callable[[FlaskClient], TestResponse], int, str]] = {
    "broken JSON": (
        "volunteer",
        lambda client: client.post(SCANS, data=b'{"scan_id":', content_type="application/json"),
        400,
        "malformed_request",
    ),
    "JSON in another alphabet": (
        "volunteer",
        lambda client: client.post(SCANS, data=b"\xff\xfe{", content_type="application/json"),
        400,
        "malformed_request",
    ),
    "JSON nested without end": (
        "volunteer",
        lambda client: send(client, b"[" * 100_000),
        400,
        "malformed_request",
    ),
    "JSON nested a thousand times": (
        "volunteer",
        lambda client: send(client, b'{"memo":' + b"[1," * 1000 + b"1" + b"]" * 1000 + b"}"),
        400,
        "malformed_request",
    ),
    "a number of thousands of digits": (
        "volunteer",
        lambda client: send(client, b'{"scan_id":' + b"7" * 5000 + b"}"),
        400,
        "malformed_request",
    ),
    "no forgery token": ("volunteer", without_forgery_token, 400, "form_expired"),
    "a stranger": (None, lambda client: client.get("/api/v1/me"), 401, "sign_in_needed"),
    "an unknown device": (
        None,
        lambda client: client.get("/api/v1/me", headers={"Authorization": "Bearer unknown"}),
        401,
        "token_unknown",
    ),
    "another way of signing in": (
        "volunteer",
        lambda client: client.get("/api/v1/me", headers={"Authorization": "Basic eDp5"}),
        401,
        "token_unknown",
    ),
    "a missing right": ("volunteer", lambda client: client.get(MEMBERS), 403, "permission_missing"),
    "an unknown address": ("volunteer", lambda client: client.get("/api/v1/nothing"), 404, "page_not_found"),
    "an id that is none": ("coordinator", lambda client: client.get(f"{MEMBERS}/7"), 404, "page_not_found"),
    "an id of nobody": (
        "coordinator",
        lambda client: client.get(f"{MEMBERS}/{uuid4()}"),
        404,
        "member_unknown",
    ),
    "a method that is not offered": (
        "volunteer",
        lambda client: client.delete(SCANS),
        405,
        "method_not_allowed",
    ),
    "a key with other content": ("volunteer", key_used_for_something_else, 409, "key_reused"),
    "far too much": (
        "volunteer",
        lambda client: client.post(SCANS, json=scan(memo="x" * 3_000_000)),
        413,
        "request_too_large",
    ),
    "another kind of content": (
        "volunteer",
        lambda client: client.post(SCANS, data="code=x", content_type="text/plain"),
        415,
        "media_type_unsupported",
    ),
    "a list instead of an object": (
        "volunteer",
        lambda client: client.post(SCANS, json=[]),
        422,
        "invalid_input",
    ),
    "a missing field": ("volunteer", lambda client: client.post(SCANS, json={}), 422, "invalid_input"),
    "an unknown field": (
        "volunteer",
        lambda client: client.post(SCANS, json=scan(surplus=1000)),
        422,
        "invalid_input",
    ),
    "a cursor from elsewhere": (
        "coordinator",
        lambda client: client.get(f"{MEMBERS}?cursor=elsewhere"),
        422,
        "cursor_invalid",
    ),
    "a refusal of the domain": (
        "volunteer",
        lambda client: client.post(SCANS, json=scan()),
        422,
        "code_malformed",
    ),
}


@pytest.mark.parametrize("origin", ORIGINS)
def test_every_error_has_one_shape(make_client, origin):
    role, provoke, status, code = ORIGINS[origin]
    response = provoke(make_client(role) if role else make_client())
    assert (response.status_code, response.get_json(force=True).get("code")) == (status, code)
    assert_problem(response)


def assert_problem(response: TestResponse) -> None:
    assert response.content_type == "application/problem+json"
    body = response.get_json(force=True)
    assert set(body) >= ALWAYS
    assert body["status"] == response.status_code
    assert body["detail"].strip()
    assert body["remedy"].strip()
    assert "Traceback" not in response.text
    assert response.headers["Cache-Control"] == "no-store"


def test_faulty_fields_are_named(make_client):
    body = (
        make_client("volunteer")
        .post(SCANS, json=scan(scan_id="7", route_id=5, surplus=1))
        .get_json(force=True)
    )
    assert set(body["errors"]) == {"scan_id", "route_id", "surplus"}


@pytest.mark.parametrize(
    ("points", "code", "sentence"),
    [
        *((points, "out_of_range", "请填 1 到 1000000 之间的数字。") for points in (0, -1, 2**63)),
        *((points, "not_a_whole_number", "请用数字 0–9 填一个整数。") for points in (1.5, 1e9, "１２", True)),
        (None, "missing", "这一项必填。"),
    ],
)
def test_what_is_no_amount_has_its_own_code_and_sentence(make_client, points, code, sentence):
    rule = {"key": str(uuid4()), "points": points}
    body = make_client("administrator").post("/api/v1/tariff", json=rule).get_json(force=True)
    assert (body["error_codes"]["points"], body["errors"]["points"]) == ([code], [sentence])


def test_what_is_too_long_is_told_how_long_it_may_be(make_client):
    desk = make_client("administrator")
    body = desk.post(MEMBERS, json={"name": "王" * 10_000}).get_json(force=True)
    assert body["error_codes"]["name"] == ["too_long"]
    (most,) = map(int, re.findall(r"最多 (\d+) 个字", body["errors"]["name"][0]))
    member = {"key": str(uuid4()), "phone": "13900000001"}
    assert desk.post(MEMBERS, json={**member, "name": "王" * (most + 1)}).status_code == 422
    assert desk.post(MEMBERS, json={**member, "name": "王" * most}).status_code == 201


def test_a_name_in_an_address_that_nobody_knows_is_refused(make_client):
    answer = make_client("volunteer").get("/api/v1/leaderboards/squads?period=week")
    assert (answer.status_code, answer.get_json(force=True)["error_codes"]) == (
        422,
        {"period": ["unknown_field"]},
    )


def test_a_method_that_is_not_offered_is_answered_with_those_that_are(make_client):
    assert "POST" in make_client("volunteer").delete(SCANS).headers["Allow"]


def break_down() -> str:
    raise RuntimeError("the telephone of Mrs Wang is 13800000001")


@pytest.fixture
def breaking(app: Flask) -> FlaskClient:
    """A client at an application with a mistake in it, in the interface and in a page."""
    app.config["TESTING"] = False  # as it runs for people: a fault is answered, not raised
    app.add_url_rule("/api/v1/broken", "broken_interface", public(break_down))
    app.add_url_rule("/broken", "broken_page", public(break_down))
    return app.test_client()


def test_a_mistake_of_ours_is_told_without_its_inside(breaking):
    response = breaking.get("/api/v1/broken")
    assert (response.status_code, response.get_json(force=True)["code"]) == (500, "internal_error")
    assert_problem(response)
    assert "13800000001" not in response.text


def test_too_many_requests_say_when_to_come_back(make_app):
    client = make_app(request_limit="2 per minute").test_client()
    answers = [client.get("/api/v1/session") for _ in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 429]
    assert_problem(answers[2])
    assert answers[2].get_json(force=True)["code"] == "too_many_requests"
    assert 0 < int(answers[2].headers["Retry-After"]) <= 60
    assert answers[2].get_json(force=True)["retry_after"] == int(answers[2].headers["Retry-After"])


# --- pages


PAGE_ORIGINS: dict[str, tuple[str | None, Callable[[FlaskClient], TestResponse], int]] = {
    "no forgery token": (
        "volunteer",
        lambda client: _without_token(client).post("/q", data={"code": "x"}),
        400,
    ),
    "a missing right": ("volunteer", lambda client: client.get("/desk/members"), 403),
    "an unknown address": ("volunteer", lambda client: client.get("/nothing"), 404),
    "a number that no column holds": ("volunteer", lambda client: client.get("/rewards/" + "9" * 20), 404),
    "a number that cannot be read": ("volunteer", lambda client: client.get("/shops/" + "9" * 5000), 404),
    "a method that is not offered": ("volunteer", lambda client: client.delete("/"), 405),
    "far too much": ("volunteer", lambda client: client.post("/q", data={"code": "x" * 3_000_000}), 413),
}


def _without_token(client: FlaskClient) -> FlaskClient:
    del client.environ_base["HTTP_X_CSRF_TOKEN"]
    return client


@pytest.mark.parametrize("origin", PAGE_ORIGINS)
def test_people_get_a_page_with_a_way_on(make_client, origin):
    role, provoke, status = PAGE_ORIGINS[origin]
    response = provoke(make_client(role) if role else make_client())
    assert response.status_code == status
    assert_page(response)


def assert_page(response: TestResponse) -> None:
    assert response.content_type == "text/html; charset=utf-8"
    assert "<h1" in response.text
    assert 'href="/"' in response.text
    assert "Traceback" not in response.text


def test_a_mistake_of_ours_is_a_page_for_people(breaking):
    response = breaking.get("/broken")
    assert response.status_code == 500
    assert_page(response)
    assert "13800000001" not in response.text


def test_a_stranger_is_led_to_the_sign_in_page_and_back(app):
    response = app.test_client().get("/scan?x=1")
    assert response.status_code == 302
    assert response.location.startswith("/sign-in?")
    assert "scan" in response.location


@pytest.mark.parametrize(
    "path", ["/%00", "/q/%ff%fe", "/%ED%A0%80", "/?season=%00", "/q/" + "A" * 7000, "/../../etc/passwd"]
)
def test_odd_addresses_are_no_mistake_of_ours(make_client, path):
    assert make_client("volunteer").get(path).status_code < 500
