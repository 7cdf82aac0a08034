"""The tests' own tools keep their promises: a tool that sees nothing would make every test that uses it worthless."""

import contextlib
import socket
import sqlite3
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask, Response
from PIL import Image
from werkzeug.wsgi import ClosingIterator

from core.config import ROOT
from core.db import db
from tests import conftest
from tests.support import browser as browsers
from tests.support import no_skips, server

PAGES = {
    "good": "<h1>早上好</h1><p>Good morning</p>",
    "elsewhere": '<h1>Hello</h1><script src="/ask.js"></script>',
    "broken": '<h1>Hello</h1><script src="/broken.js"></script>',
    "refused": '<h1>Hello</h1><script src="/refused.js"></script>',
    "picture": '<h1>Hello</h1><img alt="a gate" src="/nothing.png">',
    "unlabelled": "<h1>Hello</h1><input>",
    "wide": '<h1>Hello</h1><table><tr><td><img alt="a gate" width="900" height="10" src="/dot.svg"></table>',
    "camera": '<h1>Camera</h1><video></video><output></output><script src="/camera.js"></script>',
}
SCRIPTS = {
    "ask": "fetch('//127.0.0.1:9/').catch(() => {})",
    "broken": "missing.call()",
    "refused": "fetch('/refusal').then(() => document.querySelector('h1').textContent = 'Refused')",
    "camera": """
        const video = document.querySelector('video'), seen = new Set(), canvas = document.createElement('canvas')
        const brush = canvas.getContext('2d')
        navigator.mediaDevices.getUserMedia({video: true}).then(stream => {
            video.srcObject = stream
            video.play()
            setInterval(() => {
                brush.drawImage(video, 0, 0, 1, 1)
                const [red, green] = brush.getImageData(0, 0, 1, 1).data
                if (red > 150 && green < 100) seen.add('red')
                if (green > 100 && red < 100) seen.add('green')
                document.querySelector('output').textContent = [...seen].sort().join(' ')
            }, 50)
        })""",
}


@pytest.fixture
def small_site() -> Iterator[str]:
    """A site of a few pages under the same strict content policy as ours."""
    site = Flask("site", static_folder=None)

    @site.get("/<name>.js")
    def script(name):
        return Response(SCRIPTS[name], content_type="text/javascript")

    @site.get("/dot.svg")
    def dot():
        return Response("<svg xmlns='http://www.w3.org/2000/svg'/>", content_type="image/svg+xml")

    @site.get("/refusal")
    def refusal():
        return {"code": "refused"}, 422

    @site.get("/favicon.ico")
    def icon():
        return ""

    @site.get("/<name>")
    def page(name):
        return (
            f"<!doctype html><html lang=en><title>{name}</title><main>{PAGES[name]}</main>"
            if name in PAGES
            else ("", 404)
        )

    @site.after_request
    def policy(response):
        response.headers["Content-Security-Policy"] = "default-src 'self'"
        return response

    with server.serve(lambda base_url: site) as live:
        yield live.base_url


@pytest.fixture
def visit(browser, small_site):
    """Open a page of the small site and return what the witness complains of."""

    def look(name, wait_for="h1"):
        with browsers.open_context(browser, small_site, size=browsers.PHONE) as context:
            page = context.new_page()
            page.goto(f"/{name}")
            page.wait_for_selector(wait_for)

    return look


def test_a_page_that_behaves_passes(visit):
    visit("good")


def test_a_refused_request_of_a_script_is_an_answer_and_no_fault(visit):
    visit("refused", wait_for="text=Refused")


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("elsewhere", "Content Security Policy"),
        ("broken", "script error"),
        ("picture", "404"),
    ],
)
def test_a_page_that_misbehaves_fails_its_test(visit, name, complaint):
    with pytest.raises(AssertionError, match=complaint):
        visit(name)


def test_asking_another_host_fails_even_where_the_policy_would_allow_it(browser, small_site):
    with (
        pytest.raises(AssertionError, match="asked another host"),
        browsers.open_context(browser, small_site, size=browsers.PHONE) as context,
    ):
        context.new_page().goto(small_site.replace("127.0.0.1", "localhost") + "/good")


def test_axe_works_under_the_strict_policy_and_sees_a_field_without_label(open_page, small_site):
    page = open_page(small_site)
    page.goto("/good")
    browsers.assert_accessible(page)
    for _ in ("brought along", "at hand"):
        page.goto("/unlabelled")
        with pytest.raises(AssertionError, match="label"):
            browsers.assert_accessible(page)
        browsers.have_axe_at_hand(page)


def test_a_page_wider_than_the_phone_is_seen(open_page, small_site):
    page = open_page(small_site)
    page.goto("/good")
    browsers.assert_fits(page)
    page.goto("/wide")
    with pytest.raises(AssertionError, match="px of page"):
        browsers.assert_fits(page)


def test_the_camera_shows_its_pictures_in_turn(camera_browser, open_page, small_site):
    frames = [(Image.new("RGB", browsers.CAMERA_SIZE, colour), 0.5) for colour in ("#dd1111", "#11aa33")]
    page = open_page(small_site, browser=camera_browser(frames), permissions=["camera"])
    page.goto("/camera")
    page.wait_for_selector("output:text('green red')")


def test_each_database_is_fresh_and_complete(fresh_databases, engine_name, tmp_path):
    for attempt in ("first", "second"):
        place = tmp_path / attempt
        place.mkdir()
        with fresh_databases.fresh(engine_name, place) as address:
            engine = sa.create_engine(address.replace("postgresql:", "postgresql+psycopg:"))
            with engine.begin() as connection:
                assert connection.scalar(sa.text("SELECT count(*) FROM receipt")) == 0
                connection.execute(sa.text("CREATE TABLE left_behind (id integer)"))
            engine.dispose()


def test_what_fills_a_database_is_done_once_and_each_has_a_copy_of_its_own(fresh_databases, tmp_path):
    filled = []

    def fill(address):
        filled.append(address)
        with (
            contextlib.closing(sqlite3.connect(address.removeprefix("sqlite:///"))) as connection,
            connection,
        ):
            connection.execute("CREATE TABLE told (word text)")
            connection.execute("INSERT INTO told VALUES ('hello')")
        return ["said"]

    for place in (tmp_path / "first", tmp_path / "second"):
        place.mkdir()
        address, said = fresh_databases.filled(f"of-{tmp_path.name}", place, fill)
        assert said == ["said"]
        with (
            contextlib.closing(sqlite3.connect(address.removeprefix("sqlite:///"))) as connection,
            connection,
        ):
            assert connection.execute("SELECT * FROM told").fetchall() == [("hello",)]
            connection.execute("INSERT INTO told VALUES ('mine')")
    assert len(filled) == 1


def test_a_database_that_is_still_open_is_not_copied(fresh_databases, tmp_path):
    with contextlib.ExitStack() as stack:

        def fill(address):
            connection = sqlite3.connect(address.removeprefix("sqlite:///"))
            stack.enter_context(contextlib.closing(connection))
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("CREATE TABLE told (word text)")

        with pytest.raises(RuntimeError, match="still open"):
            fresh_databases.filled(f"open-{tmp_path.name}", tmp_path, fill)


def test_requests_of_a_client_do_not_share_the_tests_session(app):
    outer = db.session()

    def inside():
        return {"shared": db.session() is outer}

    inside.required_permission = None
    app.add_url_rule("/inside", view_func=inside)
    assert app.test_client().get("/inside").get_json() == {"shared": False}


def test_a_skipped_test_counts_as_failed(tmp_path):
    (tmp_path / "conftest.py").write_text(
        "from tests.support.no_skips import pytest_make_collect_report, pytest_runtest_makereport  # under test\n"
    )
    (tmp_path / "test_a.py").write_text("import pytest\ndef test_a():\n    pytest.skip('not today')\n")
    (tmp_path / "test_b.py").write_text("import pytest\npytest.skip('never', allow_module_level=True)\n")
    alone = ["-p", "no:cacheprovider", "--rootdir", tmp_path, "-c", "/dev/null"]
    for name in ("test_a.py", "test_b.py"):
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *alone, tmp_path / name],
            cwd=tmp_path,
            # Plugins that are only installed take longer to load than all of this.
            env={"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            capture_output=True,
            check=False,
        )
        assert done.returncode in {1, 2}, done.stdout
        assert b"counts as failed" in done.stdout


def test_no_test_here_may_be_skipped():
    assert conftest.pytest_runtest_makereport is no_skips.pytest_runtest_makereport
    assert conftest.pytest_make_collect_report is no_skips.pytest_make_collect_report


def test_an_answer_is_closed_though_its_reader_goes_away_while_it_is_sent():
    sent, gone, closed = threading.Event(), threading.Event(), threading.Event()

    def body() -> Iterator[bytes]:
        yield b"the whole"
        sent.set()
        assert gone.wait(10)

    def site(_environ, start_response):
        start_response("200 OK", [("Content-Length", "9")])
        return ClosingIterator(body(), closed.set)

    with server.serve(lambda _address: site) as served:
        address, port = served.base_url.removeprefix("http://").split(":")
        with contextlib.closing(socket.create_connection((address, int(port)))) as reader:
            reader.sendall(f"GET / HTTP/1.1\r\nHost: {address}\r\n\r\n".encode())
            assert sent.wait(10)
            # Closing without lingering resets the connection, as a browser does that turns to another page.
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        gone.set()
        assert closed.wait(10)
