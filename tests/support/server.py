"""Real servers for tests: in this process (so that tests can hold its clock and its database) or several processes."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from core.config import ROOT, Settings

#: Longest wait until a server of several processes answers, in seconds.
PATIENCE_SECONDS = 90
APPLICATION = "wsgi:app"


@dataclass(frozen=True)
class LiveServer:
    """A server on the loopback network, with the application whose database it serves."""

    base_url: str
    app: Flask


class _Silent(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:
        """Say nothing: the application has its own log."""


def _whole(app: WSGIApplication) -> WSGIApplication:
    """Take an answer whole and close it before it is sent: werkzeug leaves it open when the reader has gone away."""

    def serve_whole(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        parts = app(environ, start_response)
        try:
            return list(parts)
        finally:
            if hasattr(parts, "close"):
                parts.close()

    return serve_whole


@contextlib.contextmanager
def serve(make_app: Callable[[str], Flask]) -> Iterator[LiveServer]:
    """Serve an application from threads of this process. `make_app` is told the address that it will have."""
    with free_port() as listener:
        base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        app = make_app(base_url)
        server = make_server(
            "127.0.0.1", 0, _whole(app), threaded=True, request_handler=_Silent, fd=listener.fileno()
        )
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield LiveServer(base_url, app)
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


@contextlib.contextmanager
def serve_processes(settings: Settings, log: Path, *, workers: int = 2, threads: int = 8) -> Iterator[str]:
    """Serve the settings' database with gunicorn, as in production; yields the address. The log is shown on failure."""
    with free_port() as listener:
        base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        process = start_processes(settings, listener, log, workers=workers, threads=threads)
        try:
            wait_for(f"{base_url}/healthz", process, log)
            yield base_url
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)


def start_processes(
    settings: Settings,
    listener: socket.socket,
    log: Path,
    *,
    workers: int,
    threads: int,
    options: Sequence[str] = (),
    application: str = APPLICATION,
) -> subprocess.Popen[bytes]:
    """Start gunicorn on `listener`, with further `options` of its own; it appends to `log`. The caller stops it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ALLIANCE_")}
    base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    environment |= _as_environment(settings) | {"ALLIANCE_BASE_URL": base_url}
    command = [sys.executable, "-m", "gunicorn", application, "--bind", f"fd://{listener.fileno()}"]
    # Without --no-control-socket gunicorn opens one in the user's home.
    command += ["--workers", str(workers), "--threads", str(threads), "--no-control-socket", *options]
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=[listener.fileno()],
        )


def start_command(settings: Settings, log: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Start `flask …` in a process of its own; it appends to `log`. The caller waits for it, or kills it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ALLIANCE_")}
    command = [sys.executable, "-m", "flask", "--app", APPLICATION, *arguments]
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment | _as_environment(settings),
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def _as_environment(settings: Settings) -> dict[str, str]:
    values = {each.name: getattr(settings, each.name) for each in fields(settings)}
    return {
        f"ALLIANCE_{name.upper()}": str(int(value)) if isinstance(value, bool) else str(value)
        for name, value in values.items()
    }


def free_port() -> socket.socket:
    """A listening socket on a port of its own on the loopback network."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    return listener


def wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the server answers at `address`. Raises RuntimeError with the log when it does not."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            with urllib.request.urlopen(address, timeout=5) as answer:
                answer.read()
            return
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the server did not start:\n{log.read_text()}")
        time.sleep(0.1)
