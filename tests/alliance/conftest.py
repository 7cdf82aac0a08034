"""The demo alliance, for the tests that look at it."""

from dataclasses import dataclass

import pytest
from flask import Flask

from core import clock as core_clock
from tests.conftest import settings_for
from tests.support import demo_evening
from tests.support.applications import for_a_moment


@dataclass
class Demo:
    """A demo alliance, what was said of it, and the seconds of the processor that it took."""

    app: Flask
    lines: list[str]
    seconds: float


@pytest.fixture(scope="module")
def filled(fresh_databases, tmp_path_factory):
    """The demo alliance of that evening, in a database of this module's own."""
    place = tmp_path_factory.mktemp("demo")
    address, (lines, seconds) = demo_evening.copy(fresh_databases, place)
    with for_a_moment(settings_for(address, place)) as app:
        yield Demo(app, lines, seconds)


@pytest.fixture
def alliance(filled):
    """Stand in the demo alliance, on its evening."""
    with filled.app.app_context(), core_clock.frozen(demo_evening.EVENING):
        yield filled
