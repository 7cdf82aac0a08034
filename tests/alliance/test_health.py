"""What the machines hear that watch the service, and the headers under which everything is answered."""

import pytest
import sqlalchemy as sa

from alliance.security import CONTENT_SECURITY_POLICY
from core.db import db, transaction


def cut_off(monkeypatch):
    def refuse(*_arguments, **_keywords):
        raise sa.exc.OperationalError("SELECT 1", {}, OSError("no database"))

    monkeypatch.setattr(db.session, "connection", refuse)


def tables_of_another_version(_monkeypatch):
    with transaction():
        db.session.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))


@pytest.mark.parametrize(
    ("change", "status", "body"),
    [
        (lambda _monkeypatch: None, 200, {"status": "ok"}),
        (tables_of_another_version, 503, {"status": "unavailable", "reason": "migrations"}),
        (cut_off, 503, {"status": "unavailable", "reason": "database"}),
    ],
)
def test_it_is_ready_with_a_database_of_its_own_version_and_alive_in_any_case(
    app, client, monkeypatch, change, status, body
):
    change(monkeypatch)
    ready, alive = client.get("/readyz"), client.get("/healthz")
    assert (ready.status_code, ready.get_json()) == (status, body)
    assert (alive.status_code, alive.get_json()) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/sign-in", 200),
        ("/api/v1/session", 200),
        ("/api/v1/me", 401),
        ("/nothing", 404),
        ("/healthz", 200),
    ],
)
def test_every_answer_forbids_what_no_page_of_ours_needs(client, path, status):
    response = client.get(path)
    headers = response.headers
    assert response.status_code == status
    assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert "unsafe-inline" not in CONTENT_SECURITY_POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=(self)" in headers["Permissions-Policy"]
    assert headers["Cache-Control"] == "no-store"


def test_files_are_taken_for_what_they_are_said_to_be(client):
    with client.get("/static/icons/seal.svg") as response:
        # A drawing can hold scripts, and who opens its address sees it as a page of ours.
        assert response.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
        assert (response.status_code, response.headers["X-Content-Type-Options"]) == (200, "nosniff")
        assert response.headers["Cache-Control"] == "max-age=3600, public"


@pytest.mark.parametrize(
    ("base_url", "sent"), [("https://alliance.example", True), ("http://localhost", False)]
)
def test_browsers_are_held_to_https_where_there_is_https(make_app, base_url, sent):
    headers = make_app(base_url=base_url).test_client().get("/sign-in").headers
    assert ("Strict-Transport-Security" in headers) is sent
