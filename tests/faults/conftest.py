"""Towns to be hurt, on either engine, each with a database and a server of its own."""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from tests.conftest import settings_for
from tests.support import databases
from tests.support.served_town import ServedTown, serve_town

PEOPLE = 6
#: Workers are forked from a loaded master: a killed one is replaced in a moment, and starting costs half.
PRELOADED = ("--preload",)
ServeTown = Callable[..., AbstractContextManager[ServedTown]]


@pytest.fixture(scope="module", params=databases.ENGINES)
def serve(
    request: pytest.FixtureRequest,
    fresh_databases: databases.Databases,
    tmp_path_factory: pytest.TempPathFactory,
) -> ServeTown:
    """Founds a town and serves it for the length of a block: `with serve(people=6, options=()) as place`."""

    @contextlib.contextmanager
    def start(*, people: int = PEOPLE, options: tuple[str, ...] = ()) -> Iterator[ServedTown]:
        folder = tmp_path_factory.mktemp("town")
        with (
            fresh_databases.fresh(request.param, folder) as url,
            serve_town(
                settings_for(url, folder), folder / "gunicorn.log", people=people, options=options
            ) as place,
        ):
            yield place

    return start
