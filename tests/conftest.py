"""Fixtures that every test may ask for. The heavy parts stand in tests/support/."""

import contextlib
import contextvars
import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import Browser, Page, sync_playwright

from alliance.factory import create_app
from core import clock as core_clock
from core.config import ROOT, Settings
from core.db import db, in_transaction
from tests.support import browser as browsers
from tests.support import databases, server
from tests.support.applications import Applications
from tests.support.no_skips import pytest_make_collect_report, pytest_runtest_makereport

__all__ = ["pytest_make_collect_report", "pytest_runtest_makereport"]

# How fast an example runs is a matter of the machine and of what else it does.
hypothesis_settings.register_profile("alliance", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("alliance")

#: Files with tests that take most of a minute.
LONGEST = ("tests/browser/test_accessibility.py", "tests/test_openapi.py", "tests/alliance/test_demo.py")
#: So many more objects than before are made until the youngest are looked through; Python's own 700 took a twentieth of
#: the time of all tests.
GARBAGE_THRESHOLD = 50_000
SHARED_FOLDER = pytest.StashKey[Path]()
#: A Wednesday morning in the programme's zone.
WEDNESDAY = datetime.fromisoformat("2026-11-18T10:00:00+08:00")

# --- the session


def pytest_configure(config: pytest.Config) -> None:
    """Give all workers of the session one folder, for the database templates and the PostgreSQL server."""
    worker_input = getattr(config, "workerinput", None)
    if worker_input is not None:
        config.stash[SHARED_FOLDER] = Path(worker_input["shared_folder"])
        return
    place = databases.quick_place()
    databases.sweep(place)
    folder = Path(tempfile.mkdtemp(prefix=databases.FOLDER_PREFIX, dir=place))
    databases.prepare_folder(folder)
    config.stash[SHARED_FOLDER] = folder
    # For tmp_path, for browsers and for whatever else a test starts, in this process and in those of the workers.
    os.environ["TMPDIR"] = str(folder / "temporary")
    tempfile.tempdir = None


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist where the session's folder is."""
    node.workerinput["shared_folder"] = str(node.config.stash[SHARED_FOLDER])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that at the end no worker is left alone with it."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


def pytest_collection_finish() -> None:
    """Look for garbage less often, and not at all among what was imported: that is there to stay."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD, 20, 20)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server when the process that began the session ends."""
    if not hasattr(config, "workerinput") and SHARED_FOLDER in config.stash:
        databases.stop(config.stash[SHARED_FOLDER])


# --- time


@pytest.fixture
def clock() -> Iterator[core_clock.FrozenClock]:
    """The server's clock, standing at Wednesday 2026-11-18 10:00 in Shanghai until the test moves it."""
    with core_clock.frozen(WEDNESDAY) as frozen:
        yield frozen


# --- application


def settings_for(database_url: str, instance: Path, **changes: Any) -> Settings:
    """Settings of a test's own alliance."""
    values = {
        "environment": "test",
        "database_url": database_url,
        "instance": str(instance),
        "base_url": "http://localhost",
        "argon2_light": True,
        "log_level": "WARNING",
        # Counted in the application, which many tests use one after the other while the clock stands still.
        "request_limit": "10000000 per minute",
    }
    return Settings(**(values | changes))


def build_tables(database_url: str) -> None:
    """Make all tables the way an operator does: by running the migrations."""
    with tempfile.TemporaryDirectory() as instance:
        app = create_app(settings_for(database_url, Path(instance)))
        with app.app_context():
            flask_migrate.upgrade(directory=str(ROOT / "migrations"))
            db.engine.dispose()


class OutsideClient(FlaskClient):
    """A client whose requests arrive from outside, although the test itself stands inside an application context.

    Otherwise a request would share the test's session and `g`, and a sign-in would leak into the next request. The
    test's own read snapshot is ended first, so that it sees what the request wrote.
    """

    def open(self, *args: Any, **keywords: Any) -> Any:
        """Send one request."""
        _end_snapshot()
        return contextvars.Context().run(super().open, *args, **keywords)


class OutsideRunner(FlaskCliRunner):
    """Runs a command as from a shell: see `OutsideClient`."""

    def invoke(self, *args: Any, **keywords: Any) -> Any:
        """Run one command."""
        _end_snapshot()
        return contextvars.Context().run(super().invoke, *args, **keywords)


def _end_snapshot() -> None:
    with contextlib.suppress(RuntimeError):  # no application context, so there is no session either
        if not in_transaction():
            db.session.rollback()


@pytest.fixture(scope="session")
def fresh_databases(pytestconfig: pytest.Config) -> databases.Databases:
    """Gives out databases with all tables and no rows, on both engines."""
    return databases.Databases(pytestconfig.stash[SHARED_FOLDER], build_tables)


@pytest.fixture(params=databases.ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    """Makes a test run on SQLite and on PostgreSQL."""
    return request.param


@pytest.fixture
def engine_url(engine_name: str, fresh_databases: databases.Databases, tmp_path: Path) -> Iterator[str]:
    """Address of a fresh database, once on each engine."""
    with fresh_databases.fresh(engine_name, tmp_path) as address:
        yield address


MakeApp = Callable[..., Flask]


@pytest.fixture(scope="session")
def applications() -> Applications:
    """Lends applications."""
    return Applications()


@pytest.fixture
def make_app(
    applications: Applications, fresh_databases: databases.Databases, tmp_path: Path
) -> Iterator[MakeApp]:
    """Makes applications with fresh SQLite databases, or with the `database_url` given; settings as keywords."""
    with contextlib.ExitStack() as stack:

        def make(database_url: str | None = None, **changes: Any) -> Flask:
            if database_url is None:
                place = Path(tempfile.mkdtemp(dir=tmp_path))
                database_url = stack.enter_context(fresh_databases.fresh("sqlite", place))
            app = stack.enter_context(applications.lend(settings_for(database_url, tmp_path, **changes)))
            app.test_client_class = OutsideClient
            app.test_cli_runner_class = OutsideRunner
            return app

        yield make


@pytest.fixture
def app(make_app: MakeApp) -> Iterator[Flask]:
    """The whole application over a fresh SQLite database; the test stands inside its application context."""
    app = make_app()
    with app.app_context():
        yield app


@pytest.fixture
def database_app(make_app: MakeApp, engine_url: str) -> Iterator[Flask]:
    """The whole application, once on SQLite and once on PostgreSQL, inside its application context."""
    app = make_app(engine_url)
    with app.app_context():
        yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without script at `app`, not signed in."""
    return app.test_client()


@pytest.fixture
def cli(app: Flask) -> FlaskCliRunner:
    """A shell at `app`: `cli.invoke(args=["points", "check"])`."""
    return app.test_cli_runner()


# --- servers


ServeApp = Callable[..., server.LiveServer]
ServeProcesses = Callable[..., str]


@pytest.fixture
def serve_app(make_app: MakeApp) -> Iterator[ServeApp]:
    """Starts servers in threads of this process: `serve_app(database_url=None, **settings)`."""
    with contextlib.ExitStack() as stack:

        def start(database_url: str | None = None, **changes: Any) -> server.LiveServer:
            return stack.enter_context(
                server.serve(lambda base_url: make_app(database_url, base_url=base_url, **changes))
            )

        yield start


@pytest.fixture
def live_server(serve_app: ServeApp) -> server.LiveServer:
    """A server over a fresh SQLite database; `.base_url` for the browser, `.app` for the test's own preparations."""
    return serve_app()


@pytest.fixture
def serve_processes(tmp_path: Path) -> Iterator[ServeProcesses]:
    """Starts gunicorn over a database: `serve_processes(database_url, workers=2, threads=8)`; gives the address."""
    with contextlib.ExitStack() as stack:

        def start(database_url: str, *, workers: int = 2, threads: int = 8, **changes: Any) -> str:
            settings = settings_for(database_url, tmp_path, **changes)
            log = tmp_path / "gunicorn.log"
            return stack.enter_context(
                server.serve_processes(settings, log, workers=workers, threads=threads)
            )

        yield start


# --- browser


OpenPage = Callable[..., Page]
CameraBrowser = Callable[..., Browser]


@pytest.fixture(scope="session")
def playwright() -> Iterator[Any]:
    """The driver of the browsers."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(playwright: Any) -> Iterator[Browser]:
    """One Chromium for all tests of a worker; each page still has a profile of its own."""
    chromium = browsers.launch(playwright)
    yield chromium
    chromium.close()


@pytest.fixture
def camera_browser(playwright: Any, tmp_path: Path) -> Iterator[CameraBrowser]:
    """Starts a Chromium with a camera that shows pictures: `camera_browser([(image, seconds), …])`."""
    with contextlib.ExitStack() as stack:

        def start(frames: list[tuple[Any, float]]) -> Browser:
            folder = Path(tempfile.mkdtemp(dir=tmp_path))
            chromium = browsers.launch(playwright, *browsers.camera_flags(frames, folder))
            stack.callback(shutil.rmtree, folder)
            stack.callback(chromium.close)
            return chromium

        yield start


@pytest.fixture
def open_page(
    request: pytest.FixtureRequest, serve_app: ServeApp, serve_processes: ServeProcesses
) -> Iterator[OpenPage]:
    """Opens pages, each in a browser profile of its own; fails at the end if one misbehaved (see `Witness`).

    `open_page(base_url=…, size=PHONE, locale="zh-CN", dark=False, permissions=(), browser=None)`. Without `base_url`
    it is `live_server`, without `browser` the shared one. Asks for what starts servers, so that its pages are closed
    before any server stops: a page that asks again and again would otherwise meet a closed door.
    """
    with contextlib.ExitStack() as stack:

        def open_one(base_url: str | None = None, browser: Browser | None = None, **options: Any) -> Page:
            if base_url is None:
                base_url = request.getfixturevalue("live_server").base_url
            if browser is None:
                browser = request.getfixturevalue("browser")
            options.setdefault("size", browsers.PHONE)
            return stack.enter_context(browsers.open_context(browser, base_url, **options)).new_page()

        yield open_one


@pytest.fixture
def phone_page(open_page: OpenPage) -> Page:
    """A page on a small phone, in Chinese, at `live_server`."""
    return open_page(size=browsers.PHONE)


@pytest.fixture
def wide_page(open_page: OpenPage) -> Page:
    """A page on a computer's screen, in Chinese, at `live_server`."""
    return open_page(size=browsers.WIDE)
