"""The application under test. Temporary stand-in until alliance/factory.py is there: tables and settings, no routes."""

import contextlib
import importlib
import importlib.util

from flask import Flask

from core import db as core_db
from core.config import Settings


def create_app(settings: Settings) -> Flask:
    """The real application, or as long as there is none, a bare one with the database bound."""
    if importlib.util.find_spec("alliance.factory"):
        with contextlib.suppress(ImportError):
            return importlib.import_module("alliance.factory").create_app(settings)
    app = Flask("alliance")
    app.config["SECRET_KEY"] = settings.signing_secret
    app.extensions["alliance_settings"] = settings
    core_db.initialise(app, settings)
    for package in ("core.receipts", "core.audit", "members.models", "points.models", "patrols.models"):
        with contextlib.suppress(ImportError):
            importlib.import_module(package)
    return app
