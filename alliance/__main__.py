"""`python -m alliance start`: everything that a first start needs, then the server.

Makes the file of settings with a fresh secret, brings the database to this version, fills it with the demo alliance
when it is empty (not with `--empty`), prints the address and the demo sign-ins, starts the keeper
(`alliance/keeper.py`) and becomes gunicorn.
"""

import argparse
import ipaddress
import logging
import os
import secrets
import shlex
import subprocess
import sys
from pathlib import Path

from alliance import demo, keeper
from alliance.cli import prepare
from alliance.factory import create_app
from core.config import ROOT, SettingsError

PORT = 8000
WORKERS = 2
THREADS = 8


def main() -> None:
    """Parse the command line and start."""
    parser = argparse.ArgumentParser(prog="python -m alliance")
    parser.add_argument("command", choices=["start", "prepare", "keep"])
    parser.add_argument(
        "--empty", action="store_true", help="do not fill an empty database with the demo alliance"
    )
    parser.add_argument("--parent", type=int, default=os.getppid(), help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--bind", default="127.0.0.1", help="0.0.0.0 to be reached from other machines")
    options = parser.parse_args()
    read_settings(Path(os.environ.get("ALLIANCE_INSTANCE", ROOT / "instance")), options.port)
    if options.command == "keep":
        with create_app().app_context():
            keeper.keep(options.parent)
        return
    if options.command == "start" and (problem := refused_bind(options.bind)):
        sys.exit(problem)
    try:
        lines = make_ready(with_demo=not options.empty)
    except SettingsError as error:
        sys.exit(f"The settings do not make a safe service: {error}")
    print("\n".join(lines), flush=True)
    if options.command == "start":
        serve(options.bind, options.port)


def read_settings(instance: Path, port: int) -> None:
    """Read `alliance.env` of the instance into the environment, where it does not say otherwise; make it if missing."""
    instance.mkdir(parents=True, exist_ok=True)
    file = instance / "alliance.env"
    if not file.exists():
        lines = [
            "# Settings of this alliance; docs/settings.md explains them. Keep this file: printed codes depend on it.",
            "ALLIANCE_ENVIRONMENT=development",
            f"ALLIANCE_BASE_URL=http://localhost:{port}",
            f"ALLIANCE_SECRET={secrets.token_urlsafe(48)}",
            f"ALLIANCE_PRINT_SECRET={secrets.token_urlsafe(48)}",
        ]
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write("\n".join(lines) + "\n")
    for line in file.read_text(encoding="utf-8").splitlines():
        for pair in shlex.split(line, comments=True):
            name, separator, value = pair.partition("=")
            if separator:
                os.environ.setdefault(name, value)
    os.environ.setdefault("ALLIANCE_INSTANCE", str(instance))


def refused_bind(bind: str) -> str:
    """Why this address must not be bound with the settings that were read; empty when it may.

    A development service shows one-time codes on its outbox page and its demo sign-ins on the console.
    """
    if os.environ.get("ALLIANCE_ENVIRONMENT", "production") == "production" or _is_loopback(bind):
        return ""
    return (
        f"A development service is not offered on {bind}: everybody there could sign in as anybody. "
        "Set ALLIANCE_ENVIRONMENT=production in alliance.env (docs/settings.md says what else it needs), "
        "or leave --bind at 127.0.0.1."
    )


def _is_loopback(bind: str) -> bool:
    try:
        return bind == "localhost" or ipaddress.ip_address(bind.strip("[]")).is_loopback
    except ValueError:
        return False


def make_ready(*, with_demo: bool) -> list[str]:
    """Bring the database up to date and fill it if wished; returns what to tell the person at the keyboard."""
    app = create_app()
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with app.app_context():
        prepare()
        lines = [f"The Alliance 正义联盟: {app.extensions['alliance_settings'].base_url}"]
        if with_demo and demo.is_empty():
            print("First start: making the demo alliance, about half a minute …", flush=True)
            demo.fill()
        if with_demo:
            lines += demo.sign_ins()
        return lines


def serve(bind: str, port: int) -> None:
    """Become gunicorn."""
    arguments = [
        sys.executable, "-m", "gunicorn", "wsgi:app",
        "--bind", f"{bind}:{port}",
        "--worker-class", "gthread",
        "--workers", os.environ.get("WEB_CONCURRENCY", str(WORKERS)),
        "--threads", str(THREADS),
        # An address longer than gunicorn's own limit would be answered by gunicorn, in English and without a way on.
        "--limit-request-line", "8190",
        "--log-level", "warning",
    ]  # fmt: skip
    os.chdir(ROOT)
    # The keeper's parent is this process, which becomes the server: when the server goes, the keeper goes.
    subprocess.Popen([sys.executable, "-m", "alliance", "keep", "--parent", str(os.getpid())])  # noqa: S603 - our own interpreter, no shell
    os.execv(sys.executable, arguments)  # noqa: S606 - our own interpreter, no shell


if __name__ == "__main__":
    main()
