"""The demo alliance for journeys, made once."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from alliance import demo
from tests.conftest import ServeApp, settings_for
from tests.support.applications import for_a_moment
from tests.support.databases import Databases
from tests.support.server import LiveServer


@pytest.fixture
def serve_demo(serve_app: ServeApp, fresh_databases: Databases, tmp_path: Path) -> Callable[[], LiveServer]:
    """Starts a server over a demo alliance of its own, which goes up to some minutes ago."""

    def serve() -> LiveServer:
        address, _ = fresh_databases.filled("demo-of-today", tmp_path, _make_demo)
        return serve_app(address)

    return serve


def _make_demo(database_url: str) -> list[str]:
    with (
        tempfile.TemporaryDirectory() as place,
        for_a_moment(settings_for(database_url, Path(place))) as app,
        app.app_context(),
    ):
        return demo.fill()
