"""The start command does not open a development service to others."""

import sys

import pytest

from alliance import __main__ as start


@pytest.mark.parametrize("bind", ["0.0.0.0", "::", "192.168.1.20", "alliance.example", ""])
def test_a_development_service_is_not_offered_to_the_network(monkeypatch, tmp_path, bind):
    monkeypatch.setenv("ALLIANCE_INSTANCE", str(tmp_path))
    monkeypatch.setenv("ALLIANCE_ENVIRONMENT", "development")
    for name in ("BASE_URL", "SECRET", "PRINT_SECRET"):
        monkeypatch.setenv(f"ALLIANCE_{name}", "unused")
    monkeypatch.setattr(sys, "argv", ["alliance", "start", "--bind", bind])
    monkeypatch.setattr(start, "serve", lambda *_: pytest.fail("it was offered"))
    with pytest.raises(SystemExit) as stopped:
        start.main()
    assert "ALLIANCE_ENVIRONMENT=production" in str(stopped.value)


@pytest.mark.parametrize("bind", ["127.0.0.1", "127.0.0.2", "::1", "[::1]", "localhost"])
def test_a_development_service_is_offered_on_the_machine_itself(monkeypatch, bind):
    monkeypatch.setenv("ALLIANCE_ENVIRONMENT", "development")
    assert start.refused_bind(bind) == ""


def test_a_service_for_real_is_offered_wherever_it_is_told_to(monkeypatch):
    monkeypatch.setenv("ALLIANCE_ENVIRONMENT", "production")
    assert start.refused_bind("0.0.0.0") == ""
