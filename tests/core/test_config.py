"""A service that would put points at risk does not start."""

from pathlib import Path

import pytest

from core.config import DEVELOPMENT_SECRET, Settings, SettingsError

SECRET = "x" * 40


@pytest.mark.parametrize("secret", ["", "short", DEVELOPMENT_SECRET])
def test_production_refuses_to_start_without_a_secret_of_its_own(secret: str) -> None:
    with pytest.raises(SettingsError, match="ALLIANCE_SECRET"):
        Settings.from_environment({"ALLIANCE_SECRET": secret})


def test_production_is_what_is_meant_when_nothing_is_said() -> None:
    assert Settings.from_environment({"ALLIANCE_SECRET": SECRET}).production


def test_production_refuses_weak_password_hashing() -> None:
    with pytest.raises(SettingsError, match="ARGON2"):
        Settings.from_environment({"ALLIANCE_SECRET": SECRET, "ALLIANCE_ARGON2_LIGHT": "1"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALLIANCE_ENVIRONMENT", "staging"),
        ("ALLIANCE_ZONE", "Shanghai"),
        ("ALLIANCE_BASE_URL", "alliance.example"),
        ("ALLIANCE_PROXIES", "one"),
        ("ALLIANCE_PROXIES", "１"),
        ("ALLIANCE_ARGON2_LIGHT", "maybe"),
        ("ALLIANCE_SECRETT", "typing mistake"),
    ],
)
def test_a_setting_that_cannot_be_meant_stops_the_start_and_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment({"ALLIANCE_ENVIRONMENT": "test", name: value})


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    assert SECRET not in repr(Settings(secret=SECRET, print_secret=SECRET, secret_previous=SECRET))


def test_a_postgresql_address_means_the_driver_that_is_installed() -> None:
    found = Settings(environment="test", database_url="postgresql://somebody@/alliance")
    assert found.database == "postgresql+psycopg://somebody@/alliance"


def test_without_an_address_the_database_is_a_file_of_the_instance(tmp_path: Path) -> None:
    found = Settings(environment="test", instance=str(tmp_path))
    assert found.database == f"sqlite:///{tmp_path}/alliance.sqlite"
