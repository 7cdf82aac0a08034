"""Every setting of the Alliance, in one place, read once from the environment.

Each field of `Settings` is one environment variable, `ALLIANCE_` and the field's name in capitals. `docs/settings.md`
explains them to the people who run the service; a test holds the two together.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import current_app

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = ("production", "development", "test")
SHORTEST_SECRET = 32
#: Development and tests only; production refuses to start with it.
DEVELOPMENT_SECRET = "development-only-secret-never-for-real-points"  # noqa: S105 - production refuses it


class SettingsError(Exception):
    """The environment does not describe a service that can be started; the text says which setting and why."""


def _setting(default: Any, doc: str, *, secret: bool = False) -> Any:
    return field(default=default, metadata={"doc": doc, "secret": secret}, repr=not secret)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What can be set. Raises `SettingsError` when the values do not make a safe service."""

    environment: str = _setting("production", "production, development or test")
    secret: str = _setting("", "signs sessions and changing codes; at least 32 characters", secret=True)
    secret_previous: str = _setting(
        "", "the last `secret`, still accepted while a change is under way", secret=True
    )
    print_secret: str = _setting(
        "", "derives printed codes; must never change; default: `secret`", secret=True
    )
    database_url: str = _setting("", "default: the SQLite file instance/alliance.sqlite")
    instance: str = _setting(str(ROOT / "instance"), "folder of the database file and the generated secrets")
    base_url: str = _setting(
        "http://localhost:8000", "address under which phones reach the service; it is in every code"
    )
    name: str = _setting("正义联盟", "name of the alliance, shown on pages and in print")
    contact_phone: str = _setting("", "telephone of the coordinators, shown where somebody needs help")
    code_sender: str = _setting("", "sends one-time codes: module:name of an object or class with `send`")
    zone: str = _setting("Asia/Shanghai", "time zone that decides days, weeks, seasons and year ends")
    language: str = _setting("zh_Hans_CN", "language for readers who have not chosen: zh_Hans_CN or en")
    points_live_years: int = _setting(
        1, "points expire on 31 December this many years after they were earned"
    )
    payment_limit: int = _setting(500, "most points in one payment at a shop")
    member_shop_day_limit: int = _setting(1000, "most points that one member pays at one shop in a day")
    shop_day_limit: int = _setting(20_000, "most points that one shop takes in a day")
    plate_payment_limit: int = _setting(50, "most points in one payment by a shop's plate")
    plate_day_limit: int = _setting(100, "most points that one member pays by plates in a day")
    pin_above: int = _setting(
        100, "above so many points a payment by the phone's code needs the member's PIN"
    )
    shop_gift_limit: int = _setting(20, "most points in one gift of a shop to a member")
    shop_gift_member_day_limit: int = _setting(40, "most points that one shop gives one member in a day")
    shop_gift_day_limit: int = _setting(500, "most points that one shop gives in a day")
    shop_budget_limit: int = _setting(
        500, "above so many points a grant to a shop's budget waits for a second coordinator"
    )
    shop_budget_week_limit: int = _setting(
        1000, "most points that a shop's budget gets in a week before a second coordinator must agree"
    )
    shop_budget_coordinator_day_limit: int = _setting(
        2000, "most points that one coordinator grants shops in a day before a second one must agree"
    )
    award_limit: int = _setting(
        100, "above so many points an award entered by hand waits for a second coordinator"
    )
    award_member_week_limit: int = _setting(
        200,
        "most points that one member gets by hand and from shops in a week before a second coordinator must agree",
    )
    award_coordinator_day_limit: int = _setting(
        5000, "most points that one coordinator enters by hand in a day before a second one must agree"
    )
    odd_scans: int = _setting(
        20,
        "refused scans of one code, from one phone or of one member within 24 hours from which the desk's first page "
        "names them; 0: never",
    )
    refused_scan_days: int = _setting(30, "days for which the desk lists refused scans")
    fitting_place_days: int = _setting(
        400, "days after the hand-over for which the place of a security product's fitting is kept"
    )
    dormant_months: int = _setting(
        6, "months without a deed, a payment and a sign-in after which the desk's list names a member"
    )
    endorsements_needed: int = _setting(
        1, "members who must vouch for an applicant before he is admitted; 0: none"
    )
    endorser_days: int = _setting(30, "days for which somebody must be a member before he may vouch")
    endorsements_per_month: int = _setting(5, "applicants for whom one member may vouch within thirty days")
    import_days: int = _setting(7, "days for which the rows of an imported list of members are kept")
    notice_reading_days: int = _setting(
        90, "days after the end of a notice for which it is kept who has read it"
    )
    outbox_days: int = _setting(7, "days for which the developers' outbox keeps messages")
    join_code_days: int = _setting(
        30, "days for which join codes are kept that were withdrawn or ran out before any device used them"
    )
    session_days: int = _setting(90, "days a phone stays signed in")
    proxies: int = _setting(0, "trusted proxies in front of the service that set X-Forwarded-For and -Proto")
    request_limit: str = _setting(
        "1200 per minute", "requests per member, per device and, of strangers, per network address"
    )
    limits_storage: str = _setting(
        "memory://", "where the limits per address are counted; memory:// is per process"
    )
    database_pool: int = _setting(16, "database connections per process; not fewer than its threads")
    log_level: str = _setting("INFO", "DEBUG, INFO, WARNING or ERROR")
    argon2_light: bool = _setting(False, "weak password hashing, for tests only")

    def __post_init__(self) -> None:
        if self.environment not in ENVIRONMENTS:
            raise SettingsError(f"ALLIANCE_ENVIRONMENT must be one of {', '.join(ENVIRONMENTS)}")
        if self.production:
            self._check_production()
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise SettingsError(f"ALLIANCE_ZONE is not a time zone: {self.zone}") from error
        if urlsplit(self.base_url).scheme not in {"http", "https"} or not urlsplit(self.base_url).hostname:
            raise SettingsError("ALLIANCE_BASE_URL must be an http or https address")

    def _check_production(self) -> None:
        if len(self.secret) < SHORTEST_SECRET or self.secret == DEVELOPMENT_SECRET:
            raise SettingsError(f"ALLIANCE_SECRET must be set to {SHORTEST_SECRET} or more random characters")
        if self.print_secret and len(self.print_secret) < SHORTEST_SECRET:
            raise SettingsError(f"ALLIANCE_PRINT_SECRET needs {SHORTEST_SECRET} or more random characters")
        if self.secret_previous and not self.print_secret:
            # The default follows ALLIANCE_SECRET: with the change every plate and card would be void.
            raise SettingsError(
                "ALLIANCE_PRINT_SECRET must hold the first secret before ALLIANCE_SECRET is changed"
            )
        if self.argon2_light:
            raise SettingsError("ALLIANCE_ARGON2_LIGHT is for tests, not for production")

    @property
    def production(self) -> bool:
        """Whether real points are at stake."""
        return self.environment == "production"

    @property
    def signing_secret(self) -> str:
        """The secret in force; outside production a fixed one when none is set."""
        return self.secret or DEVELOPMENT_SECRET

    @property
    def printing_secret(self) -> str:
        """The secret from which printed codes are derived."""
        return self.print_secret or self.signing_secret

    @property
    def secure(self) -> bool:
        """Whether phones reach the service by https."""
        return urlsplit(self.base_url).scheme == "https"

    @property
    def database(self) -> str:
        """The SQLAlchemy address of the database."""
        if not self.database_url:
            return f"sqlite:///{Path(self.instance) / 'alliance.sqlite'}"
        scheme, separator, rest = self.database_url.partition("://")
        if scheme in {"postgres", "postgresql"}:
            scheme = "postgresql+psycopg"
        return f"{scheme}{separator}{rest}"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Read all settings. Raises `SettingsError` on an unknown `ALLIANCE_` variable or an unusable value."""
        source = os.environ if environment is None else environment
        known = {f"ALLIANCE_{each.name.upper()}": each for each in fields(cls)}
        unknown = [name for name in source if name.startswith("ALLIANCE_") and name not in known]
        if unknown:
            raise SettingsError(f"unknown settings: {', '.join(sorted(unknown))}")
        return cls(
            **{
                known[name].name: _read(name, source[name], known[name].type)
                for name in known
                if name in source
            }
        )


def _read(name: str, text: str, kind: Any) -> Any:
    if kind is bool:
        if text.lower() not in {"0", "1", "true", "false"}:
            raise SettingsError(f"{name} must be 1 or 0")
        return text.lower() in {"1", "true"}
    if kind is int:
        if not (text.isascii() and text.isdigit()):
            raise SettingsError(f"{name} must be a whole number")
        return int(text)
    return text


def settings() -> Settings:
    """The settings of the running application."""
    found: Settings = current_app.extensions["alliance_settings"]
    return found
