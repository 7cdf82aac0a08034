"""Builds the application: the only place where all packages meet."""

import importlib
import importlib.util
from typing import Any

from flask import Flask
from flask_migrate import Migrate
from werkzeug.routing import IntegerConverter, ValidationError

import core.db
import members.service
import points.checks
from alliance import (
    api,
    assets,
    attended,
    audit_pages,
    counter_mode,
    desk,
    frame,
    gate,
    given,
    goal_figures,
    health,
    honour_proposals,
    hours,
    languages,
    ledger_pages,
    login,
    logs,
    merging,
    month_pages,
    pages,
    personal,
    places,
    problems,
    scan_api,
    scan_pages,
    security,
    subjects,
)
from alliance.cli import audit as audit_cli
from alliance.cli import cli as alliance_cli
from core import clock, seals
from core.config import ROOT, Settings, SettingsError

#: Packages in the order of imports; each may offer `api.py`, `views.py`, `cli.py` and `checks.py`.
PACKAGES = (
    "members",
    "points",
    "patrols",
    "reports",
    "merchants",
    "rewards",
    "honours",
    "notices",
    "activities",
    "goals",
)
#: Module → the name in it that is registered. The leaderboards have modules of their own beside the ledger's.
PARTS = (
    ("api", "api"),
    ("award_api", "api"),
    ("board_api", "api"),
    ("views", "views"),
    ("board_views", "views"),
    ("cli", "cli"),
)
LARGEST_REQUEST_BYTES = 2 * 1024 * 1024


class WholeNumber(IntegerConverter):
    """`<int:…>` of an address, for every route: a number that no column can hold is the number of nothing."""

    LARGEST = 2**31 - 1

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **{"max": self.LARGEST, **keywords})

    def to_python(self, value: str) -> Any:
        """The number; no page for one that is too long to be read at all."""
        if len(value) > len(str(self.LARGEST)):
            raise ValidationError
        return super().to_python(value)


def create_app(settings: Settings | None = None) -> Flask:
    """The application for these settings, by default those of the environment.

    Raises `core.config.SettingsError` when the settings do not make a safe service.
    """
    settings = settings or Settings.from_environment()
    clock.use_zone(settings.zone)
    app = Flask("alliance", root_path=str(ROOT), template_folder="templates", static_folder=None)
    app.extensions["alliance_settings"] = settings
    app.url_map.converters["int"] = WholeNumber
    app.config.update(_flask_settings(settings))
    logs.initialise(settings)
    core.db.initialise(app, settings)
    Migrate(app, core.db.db, directory=str(ROOT / "migrations"), render_as_batch=True)
    languages.initialise(app, settings)
    security.initialise(app, settings)
    login.initialise(app)
    problems.initialise(app)
    assets.initialise(app, settings)
    frame.initialise(app)
    health.initialise(app)
    hours.initialise(app)
    goal_figures.initialise(app)
    subjects.initialise()
    attended.initialise()
    given.initialise()
    honour_proposals.initialise()
    personal.initialise()
    merging.initialise()
    places.initialise()
    counter_mode.initialise(app)
    _register(app)
    _set_up_sender(app, settings)
    return app


def _set_up_sender(app: Flask, settings: Settings) -> None:
    """Take the operator's sender of one-time codes into use, and say so when production has none."""
    if settings.code_sender:
        members.service.use_sender(_named(settings.code_sender))
    with app.app_context():
        if not members.service.sends_codes():
            logs.log.warning("nothing sends one-time codes: signing in by code is not offered")


def _named(reference: str) -> Any:
    """The object that a setting names as module:name; of a class, an instance."""
    module, _, name = reference.partition(":")
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise SettingsError(f"ALLIANCE_CODE_SENDER names nothing that is there: {reference}") from error
    return found() if isinstance(found, type) else found


def _register(app: Flask) -> None:
    interface = api.initialise(app)
    interface.register_blueprint(gate.api)
    interface.register_blueprint(audit_pages.api)
    interface.register_blueprint(ledger_pages.api)
    interface.register_blueprint(month_pages.api)
    interface.register_blueprint(scan_api.api)
    app.register_blueprint(pages.views)
    app.register_blueprint(desk.views)
    app.register_blueprint(audit_pages.views)
    app.register_blueprint(ledger_pages.views)
    app.register_blueprint(month_pages.views)
    app.register_blueprint(scan_pages.views)
    app.cli.add_command(alliance_cli)
    app.cli.add_command(audit_cli)
    for package in PACKAGES:
        invariants = None if package == "points" else _part(package, "checks", "INVARIANTS")
        if invariants is not None:
            points.checks.also_check(package, invariants)
        seals.cover(_part(package, "checks", "AUDITED") or ())
        for module, name in PARTS:
            part = _part(package, module, name)
            if part is None:
                continue
            if name == "api":
                for blueprint in part if isinstance(part, tuple) else (part,):
                    interface.register_blueprint(blueprint)
            elif name == "views":
                app.register_blueprint(part)
            else:
                app.cli.add_command(part)


def _part(package: str, module: str, name: str) -> Any:
    """What `package` offers, or None when it has no such module or no such name in it."""
    if importlib.util.find_spec(f"{package}.{module}") is None:
        return None
    return getattr(importlib.import_module(f"{package}.{module}"), name, None)


def _flask_settings(settings: Settings) -> dict[str, Any]:
    return {
        "SECRET_KEY": settings.signing_secret,
        "SECRET_KEY_FALLBACKS": [settings.secret_previous] if settings.secret_previous else [],
        "TESTING": settings.environment == "test",
        "MAX_CONTENT_LENGTH": LARGEST_REQUEST_BYTES,
        "SESSION_COOKIE_NAME": "alliance",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.secure,
        "PERMANENT_SESSION_LIFETIME": settings.session_days * 24 * 3600,
        # Renewing the cookie at every answer would put a Set-Cookie on each scan.
        "SESSION_REFRESH_EACH_REQUEST": False,
    }
