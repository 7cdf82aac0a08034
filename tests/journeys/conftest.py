"""The demo alliance for journeys."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core import clock as core_clock
from tests.conftest import ServeApp
from tests.support import demo_evening
from tests.support.databases import Databases
from tests.support.server import LiveServer


@pytest.fixture
def serve_demo(
    serve_app: ServeApp, fresh_databases: Databases, tmp_path: Path
) -> Iterator[Callable[[], LiveServer]]:
    """Starts a server over a demo alliance of its own; on the server it is the evening up to which that goes."""

    def serve() -> LiveServer:
        address, _ = demo_evening.copy(fresh_databases, tmp_path)
        return serve_app(address)

    with core_clock.frozen(demo_evening.EVENING):
        yield serve
