"""Applications for tests, lent and used again: making one takes a quarter of a second, and tests are thousands.

Where the database lies, the folder beside it and the service's own address are looked up for each request; whatever
else the settings say is built into the application. So one that was made for the same other settings is given another
database and lent again, unless its test has changed it. One for production is always new: its start is what is tested.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import sqlalchemy as sa
from flask import Flask

import core.db
from alliance import logs
from alliance.factory import create_app
from core.config import Settings
from core.db import db

#: Settings that may differ between two uses of an application.
LOOKED_UP = frozenset({"database_url", "instance", "base_url"})
_OF_THE_DATABASE = frozenset({"SQLALCHEMY_DATABASE_URI", "SQLALCHEMY_ENGINE_OPTIONS"})


class Applications:
    """Those of one worker; never lends one to two at a time."""

    def __init__(self) -> None:
        self._idle: dict[tuple[Any, ...], list[Flask]] = {}
        self._compilers = Compilers()

    @contextlib.contextmanager
    def lend(self, settings: Settings) -> Iterator[Flask]:
        """An application for these settings, until the end of the block."""
        kind = tuple(getattr(settings, each.name) for each in fields(settings) if each.name not in LOOKED_UP)
        idle = self._idle.setdefault(kind, [])
        if idle:
            app = idle.pop()
            _give_database(app, settings)
        else:
            app = create_app(settings)
        with app.app_context():
            engine = db.engine
        self._compilers.give(engine)
        before = _built(app)
        try:
            yield app
        finally:
            engine.dispose()
            self._compilers.keep(engine)
        if _built(app) == before and not settings.production:
            idle.append(app)


@contextlib.contextmanager
def for_a_moment(settings: Settings) -> Iterator[Flask]:
    """An application that is not lent again, and lets go of its database at the end of the block."""
    app = create_app(settings)
    try:
        yield app
    finally:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


class Compilers:
    """What engines have learnt of statements, for the next one: compiling them took a fifth of the time of tests.

    An engine lasts as long as its database. SQLAlchemy keeps compiled statements by dialect, so that goes with them.
    """

    def __init__(self) -> None:
        self._known: dict[str, sa.Engine] = {}

    def give(self, engine: sa.Engine) -> None:
        """Let a new engine have what an earlier one of its kind has learnt."""
        if earlier := self._known.get(engine.dialect.name):
            engine.dialect, engine._compiled_cache = earlier.dialect, earlier._compiled_cache

    def keep(self, engine: sa.Engine) -> None:
        """Remember an engine that has been connected: only then its dialect knows what the server can do."""
        if getattr(engine.dialect, "server_version_info", None):
            self._known.setdefault(engine.dialect.name, engine)


def _give_database(app: Flask, settings: Settings) -> None:
    app.extensions["alliance_settings"] = settings
    # What the extension adds to the application is there already.
    kept = list(app.teardown_appcontext_funcs), list(app.shell_context_processors)
    del app.extensions["sqlalchemy"]
    app._got_first_request = False
    core.db.initialise(app, settings)
    app.teardown_appcontext_funcs[:], app.shell_context_processors[:] = kept
    # What an earlier test has asked for counts against nobody, and the log is that of the process.
    app.extensions["alliance_request_counts"].reset()
    logs.initialise(settings)


def _built(app: Flask) -> tuple[Any, ...]:
    """What tests have changed in an application before now: its views, its configuration, its hooks."""
    return (
        dict(app.view_functions),
        {name: value for name, value in app.config.items() if name not in _OF_THE_DATABASE},
        {name: id(value) for name, value in app.extensions.items() if name != "alliance_settings"},
        {name: list(hooks) for name, hooks in app.before_request_funcs.items()},
        {name: list(hooks) for name, hooks in app.after_request_funcs.items()},
        app.__dict__.get("wsgi_app"),
    )
