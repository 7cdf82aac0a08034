"""The database cuts connections in the middle of the work: an answer may fail, but never lie."""

import random
import threading
import time

import pytest
import sqlalchemy as sa

from core.db import db
from tests.faults.conftest import PRELOADED, ServeTown
from tests.support import reckoning
from tests.support.phones import Notebook, set_to_work
from tests.support.served_town import ServedTown
from tests.support.server import PATIENCE_SECONDS

CUTS = 30
OTHERS = "pid <> pg_backend_pid() AND datname = current_database()"
CUT_ONE_AT_WORK = f"""
    SELECT count(pg_terminate_backend(pid)) FROM (
        SELECT pid FROM pg_stat_activity WHERE {OTHERS} AND state <> 'idle' ORDER BY random() LIMIT 1
    ) AS chosen"""


def cut_connections(place: ServedTown) -> int:
    """Cut connections that are at work until enough have been cut while the phones go on; how many."""
    chance, cut, deadline = random.Random(3), 0, time.monotonic() + PATIENCE_SECONDS
    with place.app.app_context(), db.engine.connect() as connection:
        while cut < CUTS and time.monotonic() < deadline:
            cut += connection.execute(sa.text(CUT_ONE_AT_WORK)).scalar_one()
            connection.rollback()
            time.sleep(chance.uniform(0, 0.02))
    return cut


@pytest.mark.parametrize("serve", ["postgresql"], indirect=True)
def test_no_point_is_lost_doubled_or_invented_when_the_database_cuts_connections(serve: ServeTown) -> None:
    notebook, stop = Notebook(), threading.Event()
    with serve(options=PRELOADED) as place:
        phones = set_to_work(place.server.base_url, place.town, notebook, stop)
        try:
            cut = cut_connections(place)
        finally:
            stop.set()
            phones.join()

        assert cut == CUTS
        assert notebook.lost > 0
        assert {each.code for each in notebook.faults} <= {"internal_error"}
        assert reckoning.differences(place.app, place.town, notebook.lines) == []
        # What failed is in the log, which is where the other tests look for it.
        assert bool(place.complaints()) == bool(notebook.faults)
