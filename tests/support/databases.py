"""Fresh databases for tests, on both engines, fast enough to give every test its own.

A database is built once per session by the real migrations and kept as a template. A test gets a copy: of the file on
SQLite, by `CREATE DATABASE … TEMPLATE` on PostgreSQL. Emptying tables between tests would be no way: the ledger's
triggers refuse to delete, and they must be in force while tests run.

PostgreSQL is `TEST_DATABASE_URL` (any database of a server on which that user may create databases), or else a private
server made from the programs installed on this machine, reachable only through a socket in its own folder. It is shared
by all workers of a session and stopped by the process that began the session.
"""

import contextlib
import fcntl
import getpass
import json
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import sqlalchemy as sa

ENGINES = ("sqlite", "postgresql")
FOLDER_PREFIX = "alliance-tests-"
#: The file system that Linux keeps in memory, and the room that a session may need there.
MEMORY = Path("/dev/shm")
ROOM_BYTES = 3_000_000_000
#: Longest wait for the private server to start or to stop, in seconds.
PATIENCE_SECONDS = 90

Build = Callable[[str], None]
"""Creates all tables in the database with this address."""
Options = Mapping[str, str]
"""Settings of a PostgreSQL server."""
#: Thousands of databases live for seconds each: keeping their statistics would only cost time, and on a disk so would
#: waiting until what is written there would outlive a power cut.
FOR_TESTS: Options = {
    "autovacuum": "off",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}
Fill = Callable[[str], Any]
"""Writes into the database with this address and closes it; gives something that JSON can hold."""


class NoPostgresError(RuntimeError):
    """Tests need PostgreSQL and there is none; they fail instead of being skipped."""


def quick_place() -> Path:
    """Where a session had best keep its files: in memory if there is room, or else where the system keeps such.

    What is committed must outlive its process, which tests do end; no test can cut the power, and on a disk thousands
    of databases wait for it most of their time. A `TMPDIR` that was chosen by hand is kept to.
    """
    with contextlib.suppress(OSError):
        room = os.statvfs(MEMORY)
        usable = os.access(MEMORY, os.W_OK) and not room.f_flag & os.ST_NOEXEC
        if "TMPDIR" not in os.environ and usable and room.f_bavail * room.f_frsize >= ROOM_BYTES:
            return MEMORY
    return Path(tempfile.gettempdir())


def prepare_folder(folder: Path) -> None:
    """Make the session's folder usable by the server's own user and remember whose session it is."""
    folder.chmod(0o755)
    (folder / "temporary").mkdir()
    (folder / "session.pid").write_text(str(os.getpid()))


def sweep(parent: Path) -> None:
    """Stop the servers and remove the folders of sessions that were killed before they could tidy up."""
    for folder in parent.glob(f"{FOLDER_PREFIX}*"):
        with contextlib.suppress(OSError, ValueError):
            owner = int((folder / "session.pid").read_text())
            if not Path(f"/proc/{owner}").exists():
                stop(folder)


def stop(folder: Path) -> None:
    """Stop the session's private server, drop what was made on a foreign one, and remove the folder."""
    note = folder / "server.json"
    if note.exists():
        server = json.loads(note.read_text())
        if server["pid"] is None:
            _drop_all(server["address"], server["prefix"])
        elif str(folder).encode() in _command_line(server["pid"]):
            os.kill(server["pid"], signal.SIGINT)
            _wait_until(lambda: not _command_line(server["pid"]), "PostgreSQL did not stop")
            with contextlib.suppress(ChildProcessError):  # a worker's child is not ours to bury
                os.waitpid(server["pid"], 0)
    shutil.rmtree(folder, ignore_errors=True)


class Databases:
    """Gives out fresh databases of one test session; one object per worker, all sharing `folder`.

    `options` are for the private server, beside those that every such server has.
    """

    def __init__(self, folder: Path, build: Build, options: Options = FOR_TESTS) -> None:
        self._folder = folder
        self._build = build
        self._options = options
        self._server: dict[str, str] | None = None

    @contextlib.contextmanager
    def fresh(self, engine: str, place: Path) -> Iterator[str]:
        """The address of a database of its own, with all tables and no rows; gone after the block.

        `place` is a folder for the file of a SQLite database.
        """
        with self._fresh_sqlite(place) if engine == "sqlite" else self._fresh_postgresql() as address:
            yield address

    def filled(self, name: str, place: Path, fill: Fill) -> tuple[str, Any]:
        """The address of a SQLite database of its own, in which stands what `fill` wrote once for the whole session.

        With it comes what `fill` said, as JSON gives it back. The database lies in `place` and lasts as long.
        """
        template, note = self._folder / f"{name}.sqlite", self._folder / f"{name}.json"
        with _lock(self._folder / f"{name}.lock"):
            if not note.exists():
                with tempfile.TemporaryDirectory() as site, self.fresh("sqlite", Path(site)) as address:
                    said = fill(address)
                    shutil.copyfile(_file_of(address), template)
                note.write_text(json.dumps(said))
        copy = place / "alliance.sqlite"
        shutil.copyfile(template, copy)
        return f"sqlite:///{copy}", json.loads(note.read_text())

    @contextlib.contextmanager
    def empty(self, engine: str, place: Path) -> Iterator[str]:
        """As `fresh`, without any table: for the tests of migrations."""
        if engine == "sqlite":
            yield f"sqlite:///{place / f'{uuid4().hex}.sqlite'}"
            return
        with self._copy("template0") as address:
            yield address

    @contextlib.contextmanager
    def _fresh_sqlite(self, place: Path) -> Iterator[str]:
        template = self._folder / "template.sqlite"
        with _lock(self._folder / "template.sqlite.lock"):
            if not template.exists():
                building = self._folder / "building.sqlite"
                self._build(f"sqlite:///{building}")
                building.rename(template)
        copy = place / "alliance.sqlite"
        shutil.copyfile(template, copy)
        yield f"sqlite:///{copy}"

    @contextlib.contextmanager
    def _fresh_postgresql(self) -> Iterator[str]:
        server = self._postgresql()
        template = f"{server['prefix']}template"
        with _lock(self._folder / "template.postgresql.lock"):
            done = self._folder / "template.postgresql"
            if not done.exists():
                with self._copy("template0") as building:
                    self._build(building)
                    name = sa.engine.make_url(building).database
                    _execute(server["address"], f"CREATE DATABASE {template} TEMPLATE {name}")
                done.touch()
        with self._copy(template) as address:
            yield address

    @contextlib.contextmanager
    def _copy(self, template: str) -> Iterator[str]:
        server = self._postgresql()
        name = f"{server['prefix']}{uuid4().hex}"
        _execute(server["address"], f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield _in_database(server["address"], name)
        finally:
            _execute(server["address"], f"DROP DATABASE {name} WITH (FORCE)")

    def _postgresql(self) -> dict[str, str]:
        if self._server is None:
            note = self._folder / "server.json"
            with _lock(self._folder / "server.lock"):
                if not note.exists():
                    note.write_text(json.dumps(_find_server(self._folder, self._options)))
                self._server = json.loads(note.read_text())
        return self._server


def _find_server(folder: Path, options: Options) -> dict[str, str | int | None]:
    prefix = f"alliance_test_{uuid4().hex[:8]}_"
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        return {"address": given, "prefix": prefix, "pid": None}
    programs = _programs()
    # initdb refuses to work for root, so a root session hands the server to the user that the package made.
    owner = "postgres" if os.geteuid() == 0 else getpass.getuser()
    home = folder / "postgresql"
    home.mkdir()
    if os.geteuid() == 0:
        try:
            account = pwd.getpwnam(owner)
        except KeyError as error:
            raise NoPostgresError("root cannot run PostgreSQL and there is no user postgres") from error
        os.chown(home, account.pw_uid, account.pw_gid)
    pid = _start(programs, home, owner, options)
    return {"address": f"postgresql://{owner}@/postgres?host={home}", "prefix": prefix, "pid": pid}


def _programs() -> Path:
    found = shutil.which("initdb")
    # Debian keeps the server's programs out of PATH, one folder per version.
    candidates = (
        [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    )
    for folder in candidates:
        if (folder / "postgres").exists():
            return folder
    raise NoPostgresError("tests need PostgreSQL: install the package postgresql, or set TEST_DATABASE_URL")


def _start(programs: Path, home: Path, owner: str, options: Options) -> int:
    identity = (
        {"user": owner, "group": pwd.getpwnam(owner).pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    )
    data = home / "data"
    create = [
        programs / "initdb",
        "--pgdata",
        data,
        "--username",
        owner,
        "--auth",
        "trust",
        "--encoding",
        "UTF8",
    ]
    made = subprocess.run(
        [*create, "--locale", "C.UTF-8", "--no-sync"],
        capture_output=True,
        text=True,
        cwd=home,
        check=False,
        **identity,
    )
    if made.returncode:
        raise NoPostgresError(f"initdb failed: {made.stderr}")
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(home),
        "shared_buffers": "64MB",
        "max_connections": "200",
        "max_wal_size": "256MB",
        **options,
    }
    arguments = [argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")]
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, *arguments],
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            cwd=home,
            start_new_session=True,
            **identity,
        )

    def answers() -> bool:
        if server.poll() is not None:
            raise NoPostgresError(f"PostgreSQL did not start: {(home / 'log').read_text()}")
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(f"postgresql://{owner}@/postgres?host={home}").close()
            return True
        return False

    _wait_until(answers, "PostgreSQL does not answer")
    # The session's first process stops the server by its number; nobody waits for it as a child.
    server.returncode = 0
    return server.pid


def _file_of(address: str) -> Path:
    file = Path(address.removeprefix("sqlite:///"))
    if file.with_name(f"{file.name}-wal").exists():
        raise RuntimeError("a database that is still open is not whole in its file")
    return file


def _in_database(address: str, name: str) -> str:
    return sa.engine.make_url(address).set(database=name).render_as_string(hide_password=False)


def _execute(address: str, statement: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement)


def _drop_all(address: str, prefix: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        names = connection.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix]
        ).fetchall()
        for (name,) in names:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _wait_until(condition: Callable[[], bool], complaint: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise NoPostgresError(complaint)
        time.sleep(0.02)


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Let one worker of the session in at a time."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
