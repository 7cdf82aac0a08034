"""A writer that stands still in the middle of its work keeps the others from writing, but never for ever."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

import core.db
import core.writers
from core import audit
from core.audit import AuditEntry
from core.auth import SYSTEM
from core.config import ROOT
from core.db import db, transactional
from core.errors import Busy
from tests.conftest import MakeApp
from tests.support import town

PATIENCE_SECONDS = 30
SHORT_MS = 300
#: Another process of the service: writes, says so, and is halted before it commits.
WRITER = """
import sys
from pathlib import Path
from uuid import UUID
from alliance.factory import create_app
from core.db import transaction
from tests.conftest import settings_for
import members.queries

with create_app(settings_for(sys.argv[1], Path(sys.argv[2]))).app_context(), transaction():
    members.queries.facts(UUID(sys.argv[3]), lock=True)
    print("in the middle", flush=True)
    sys.stdin.read()
"""
#: A program that knows nothing of the service's queue: somebody's own tool at the file.
STRANGER = """
import sqlite3, sys
with sqlite3.connect(sys.argv[1].removeprefix("sqlite:///"), isolation_level=None) as connection:
    connection.execute("BEGIN IMMEDIATE")
    print("in the middle", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Writers give up soon; must be there before the application is made."""
    monkeypatch.setattr(core.db, "BUSY_TIMEOUT_MS", SHORT_MS)


@contextlib.contextmanager
def halted(program: str, *arguments: str) -> Iterator[None]:
    """Start the program, wait until it is in the middle, and halt it for the length of the block."""
    command = [sys.executable, "-c", program, *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"in the middle\n"
        os.kill(writer.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(writer.pid, signal.SIGCONT)
            writer.communicate(timeout=PATIENCE_SECONDS)
            assert writer.returncode == 0


@transactional
def note() -> None:
    audit.record(SYSTEM, "noted", "thing", uuid4())


def noted() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) or 0


@pytest.mark.usefixtures("short_patience")
@pytest.mark.parametrize("program", [WRITER, STRANGER], ids=["a process of the service", "a stranger"])
def test_writers_behind_a_halted_one_give_up_in_time_and_succeed_when_it_goes_on(
    program: str, make_app: MakeApp, tmp_path: Path
) -> None:
    app = make_app()
    with app.app_context():
        [member] = town.build(app, people=1).members
        before = noted()
        address = db.engine.url.render_as_string(hide_password=False)
        waits: list[float] = []

        def write() -> None:
            start = time.monotonic()
            with app.app_context(), pytest.raises(Busy):
                note()
            waits.append(time.monotonic() - start)

        with halted(program, address, str(tmp_path), str(member.id)):
            writers = [threading.Thread(target=write) for _ in range(3)]
            for each in writers:
                each.start()
            for each in writers:
                each.join(PATIENCE_SECONDS)
            assert noted() == before, "readers never wait"

        assert len(waits) == 3
        # Each waits for its turn and then for the file, so at most twice; far from for ever.
        assert max(waits) < PATIENCE_SECONDS / 2
        note()
        assert noted() == before + 1


@pytest.mark.usefixtures("short_patience")
def test_a_scan_that_had_to_give_up_counts_once_when_it_is_sent_again(
    make_app: MakeApp, engine_url: str, tmp_path: Path
) -> None:
    app: Flask = make_app(engine_url)
    with app.app_context():
        place = town.build(app, people=1)
        [walker] = place.members
        scan = town.scan_of(place.post)

        def send() -> tuple[int, dict[str, object]]:
            answer = app.test_client(use_cookies=False).post(
                "/api/v1/scans", json=scan, headers=walker.headers
            )
            return answer.status_code, {**answer.get_json(), "after": answer.headers.get("Retry-After")}

        with halted(WRITER, engine_url, str(tmp_path), str(walker.id)):
            status, problem = send()
        assert (status, problem["code"]) == (503, "unavailable")
        assert problem["after"] == str(core.writers.RETRY_AFTER_SECONDS)

        assert [send()[0] for _ in range(2)] == [201, 200]
