"""The demo alliance on one evening, made once for all tests that want it."""

import tempfile
import time
from datetime import datetime
from pathlib import Path

import members.queries
from alliance import demo
from core import clock as core_clock
from members.queries import MemberLine
from tests.conftest import settings_for
from tests.support.applications import for_a_moment
from tests.support.databases import Databases

#: A Wednesday late in the evening, when the day's patrols are over.
EVENING = datetime.fromisoformat("2026-11-18T22:40:00+08:00")


def make(database_url: str) -> tuple[list[str], float]:
    """Make it in an empty database: what was said of it, and the seconds of the processor that it took."""
    with (
        tempfile.TemporaryDirectory() as place,
        for_a_moment(settings_for(database_url, Path(place))) as app,
        app.app_context(),
        core_clock.frozen(EVENING),
    ):
        started = time.process_time()
        return demo.fill(), time.process_time() - started


def copy(fresh_databases: Databases, place: Path) -> tuple[str, tuple[list[str], float]]:
    """The address of a copy of one's own in `place`, and what `make` gave."""
    return fresh_databases.filled("demo", place, make)


def everybody() -> list[MemberLine]:
    """All members of the demo in use, page by page."""
    found: list[MemberLine] = []
    cursor = None
    while True:
        page = members.queries.search(cursor=cursor)
        found += page.items
        cursor = page.next
        if cursor is None:
            return found
