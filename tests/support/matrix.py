"""Scanners that ask everything of everyone: who gets past a mark, what is written, what is shown, what a body may name.

What is asked comes from the application's own list of addresses, and what is expected from the permission that each
view is marked with: a new route is in all of them from its first day. Each gives its findings as lines.
"""

import base64
import hashlib
import html
import io
import json
import re
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, product
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Flask
from werkzeug.routing import AnyConverter, IntegerConverter, Rule, UUIDConverter
from werkzeug.test import TestResponse

from core.db import db
from tests.support.everybody import Everybody, Person
from tests.support.questions import Questions

READING = frozenset({"GET"})
NOBODYS = UUID(int=0x7F)
#: Most objects of one kind that are asked for at one address; of reports all, which differ in who may read them.
MOST_OBJECTS = 2
MOST_REPORTS = 3


@dataclass(frozen=True)
class Route:
    """One method of one address, and the permission that its view is marked with."""

    method: str
    rule: Rule
    permission: str | None

    @property
    def reads(self) -> bool:
        """Whether it must change nothing."""
        return self.method in READING

    @property
    def is_page(self) -> bool:
        """Whether people look at it."""
        return not self.rule.rule.startswith("/api/")

    def __str__(self) -> str:
        return f"{self.method} {self.rule.rule}"


def routes(app: Flask) -> list[Route]:
    """Everything that can be asked, in a lasting order."""
    found = []
    for rule in sorted(app.url_map.iter_rules(), key=lambda each: each.rule):
        if not rule.build_only and rule.endpoint != "assets.static":
            mark = getattr(app.view_functions[rule.endpoint], "required_permission", None)
            found += [
                Route(each, rule, mark) for each in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
            ]
    return found


FLOOD_BYTES = 100_000_000


class _Flood(io.RawIOBase):
    """A body that does not end."""

    taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, room: Any) -> int:
        self.taken += len(room)
        return len(room)


class Office:
    """Asks the application, and notices whatever is written while it answers."""

    def __init__(self, app: Flask, town: Everybody, database: Path) -> None:
        self.app, self.town = app, town
        # Views answer faults as for people, so that a fault is a finding and not the end of the walk.
        app.testing = False
        self._client = app.test_client(use_cookies=False)
        self._file = sqlite3.connect(database, isolation_level=None)
        self._kept = sqlite3.connect(":memory:")
        self._file.backup(self._kept)
        #: Canaries that somebody has seen who may: one that nobody sees would prove nothing of the others.
        self.seen: set[str] = set()

    def ask(self, person: Person, route: Route, address: str) -> tuple[TestResponse, bool]:
        """The answer, and whether any table has changed since the question. What has changed is put back."""
        before = self._version()
        body: dict[str, Any] = {} if route.is_page else {"json": {}}
        response = self._client.open(
            address, method=route.method, headers=person.headers, **({} if route.reads else body)
        )
        changed = self._version() != before
        if changed:
            self._kept.backup(self._file)
        return response, changed

    def flood(self, person: Person, route: Route) -> tuple[int, int]:
        """The status after a request of a hundred megabytes, and how many bytes of it were read."""
        before, flood = self._version(), _Flood()
        status = self._client.open(
            self.made_up(route),
            method=route.method,
            headers=person.headers,
            environ_overrides={"wsgi.input": flood, "CONTENT_LENGTH": str(FLOOD_BYTES)},
            content_type="multipart/form-data; boundary=x" if route.is_page else "application/json",
        ).status_code
        if self._version() != before:
            self._kept.backup(self._file)
        return status, flood.taken

    def send(self, person: Person, method: str, address: str, body: dict[str, Any]) -> TestResponse:
        """The answer to a body of JSON."""
        return self._client.open(address, method=method, headers=person.headers, json=body)

    def build(self, route: Route, values: dict[str, Any]) -> str:
        """The route's address for these values."""
        built = route.rule.build({name: values[name] for name in route.rule.arguments}, append_unknown=False)
        assert built is not None, f"{route} has no address for {values}"
        return built[1]

    def made_up(self, route: Route) -> str:
        """An address of the route that names nothing that is there."""
        # Converters that let only some words through say which in their pattern.
        converters = {name: each for _, name, each in self._converters(route)}
        values: dict[str, Any] = {}
        for name in route.rule.arguments:
            words = getattr(converters[name], "regex", "").strip("(?:)").split("|")
            values[name] = "2026-10" if name == "month" else "nothing"
            for kind, value in (
                (UUIDConverter, NOBODYS),
                (IntegerConverter, 987_654),
                (AnyConverter, words[0].replace("\\", "")),
            ):
                if isinstance(converters[name], kind):
                    values[name] = value
        return self.build(route, values)

    @staticmethod
    def _converters(route: Route) -> Iterator[tuple[bool, str, Any]]:
        return ((True, name, each) for name, each in route.rule._converters.items())

    def put_back(self) -> None:
        """Make the database again what it was at first."""
        self._kept.backup(self._file)

    def _version(self) -> int:
        return int(self._file.execute("PRAGMA data_version").fetchone()[0])


# --- who gets past


def past_the_mark(office: Office, asked: Iterable[Route]) -> list[str]:
    """Routes that let pass who lacks their permission, keep out who has it, break down, or write when refused."""
    found = []
    for route in asked:
        address = office.made_up(route)
        met: set[frozenset[str]] = set()
        for person in office.town.people.values():
            may = person.may(route.permission)
            # One of those with the same rights tells of them all; who has none may still have a session.
            if person.permissions in met and (may or route.is_page) and person.permissions:
                continue
            if may and route.reads and not route.rule.arguments:
                continue  # `shown` reads these
            met.add(person.permissions)
            response, changed = office.ask(person, route, address)
            fault = _fault(route, response, may, changed)
            found += [f"{person.kind}: {route}: {fault}"] if fault else []
    return found


def _fault(route: Route, response: TestResponse, may: bool, changed: bool) -> str:
    if response.status_code >= 500:
        return f"breaks down ({response.status_code})"
    if may:
        if route.reads and changed:
            return "writes although it only reads"
        kept_out = response.status_code in {401, 403} and _missing(response) == route.permission
        return f"keeps out who may ({response.status_code})" if kept_out and route.permission else ""
    if not is_refused(response):
        return f"lets pass who lacks {route.permission} ({response.status_code})"
    return "is refused and writes all the same" if changed else ""


def is_refused(response: TestResponse) -> bool:
    to_sign_in = response.status_code == 302 and response.location.startswith("/sign-in?")
    return response.status_code in {401, 403} or to_sign_in


def _missing(response: TestResponse) -> str | None:
    """The permission that the answer says is missing."""
    body = response.get_json(silent=True, force=True)
    return body.get("permission") if isinstance(body, dict) else None


# --- what is shown


def real_addresses(office: Office, route: Route) -> list[str]:
    """Addresses of the route that name what is there, first of all what has to do with the victim."""
    names = sorted(route.rule.arguments)
    choices = [office_values(office, route, name) for name in names]
    # Pages show what their parts of the interface show: there the second object is asked for.
    most = MOST_REPORTS if {"report_id", "photo_id"} & set(names) else 1 if route.is_page else MOST_OBJECTS
    return [
        office.build(route, dict(zip(names, chosen, strict=True)))
        for chosen in islice(product(*choices), most)
    ]


def office_values(office: Office, route: Route, name: str) -> list[Any]:
    """What may stand in the route's address under this name: ids of rows in the table that it names."""
    table = table_of(route, name)
    if table is not None and name.endswith("_id"):
        return office_rows(office).of(table)
    known = office.town.values.get(f"{route.rule.rule} {name}") or office.town.values.get(name)
    words = getattr(route.rule._converters[name], "regex", "")
    if "|" in words:
        return [each.replace("\\", "") for each in words.strip("(?:)").split("|")]
    assert known, f"tell tests/support/everybody.py what stands in {route} as {name}"
    return known


#: Names in addresses that are not the names of their tables.
OTHER_NAMES = {
    "request_id": "award_request",
    "odd_id": "odd_award",
    "flag_id": "charge_flag",
    "photo_id": "report_photo",
}
OTHER_NAMES |= {"merge_id": "member_merge", "proposal_id": "merge_proposal"}
OTHER_NAMES |= {"grant_id": "budget_request", "gift_id": "shop_gift", "deed_id": "shop_deed"}
OTHER_NAMES |= {"picture_id": "reward_picture", "home_id": "rented_home", "import_id": "member_import"}


def table_of(route: Route, name: str) -> str | None:
    """The table whose rows an id in an address names."""
    table = OTHER_NAMES.get(name, name.removesuffix("_id"))
    return table if table in db.metadata.tables else None


class Rows:
    """Ids of all tables, those first whose rows name the victim."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._known: dict[str, list[UUID]] = {}

    def of(self, name: str) -> list[UUID]:
        """Ids of some rows of a table; a made-up one when it has none."""
        if name not in self._known:
            victim = self._office.town.victim.id
            with self._office.app.app_context():
                table = db.metadata.tables[name]
                found = db.session.execute(sa.select(table)).all()
            ids = sorted(found, key=lambda row: (victim not in tuple(row), str(row._mapping["id"])))
            most = MOST_REPORTS if name == "report" else MOST_OBJECTS
            self._known[name] = [row._mapping["id"] for row in ids][:most] or [NOBODYS]
        return self._known[name]


_rows: dict[int, Rows] = {}


def office_rows(office: Office) -> Rows:
    """The rows of this office's database, read once."""
    return _rows.setdefault(id(office), Rows(office))


SECRET_COLUMN = re.compile(r"hash|digest|secret|token|password|fingerprint")
#: Made of what is shown anyway, and printed for the wall: no secrets.
OPEN_DIGESTS = frozenset({"audit_link.digest"})


class Canaries:
    """All values that must not be seen by everybody: what the town has planted, and all secrets of all tables."""

    def __init__(self, office: Office) -> None:
        self.labels: dict[str, str] = {text: label for label, text in office.town.canaries.items()}
        with office.app.app_context():
            for name in sorted(db.metadata.tables.keys() & sa.inspect(db.engine).get_table_names()):
                table = db.metadata.tables[name]
                columns = [each for each in table.columns if _is_secret(each)]
                for row in db.session.execute(sa.select(*columns)) if columns else ():
                    for column, value in zip(columns, row, strict=True):
                        self._keep(f"{name}.{column.name}", value)

    def _keep(self, label: str, value: Any) -> None:
        forms = [value] if isinstance(value, str) else []
        if isinstance(value, bytes):
            forms = [value.hex(), base64.b64encode(value).decode().rstrip("=")]
        self.labels |= {form: label for form in forms if len(form) >= 12}

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("|".join(re.escape(each) for each in self.labels))

    def seen(self, text: str) -> set[str]:
        """What of them stands in the text."""
        return {self.labels[each] for each in self._pattern.findall(text)}


def _is_secret(column: "sa.Column[Any]") -> bool:
    return (
        bool(SECRET_COLUMN.search(column.name)) and f"{column.table.name}.{column.name}" not in OPEN_DIGESTS
    )


def words_of(response: TestResponse) -> str:
    """Everything readable in an answer, as the reader would see it, with its headers."""
    kind, data = response.mimetype, response.get_data()
    if kind.startswith("image/") and kind != "image/svg+xml":
        return hashlib.sha256(data).hexdigest()
    heads = "\n".join(f"{name}: {value}" for name, value in response.headers if name != "Set-Cookie")
    if kind.endswith("json") and data:
        return heads + json.dumps(json.loads(data), ensure_ascii=False)
    if data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            return heads + "\n".join(
                html.unescape(packed.read(each).decode("utf-8", "replace")) for each in packed.namelist()
            )
    return heads + html.unescape(data.decode("utf-8", "replace"))


#: Digests of the log are printed for the wall; the forgery token is the asker's own.
OPEN_KEYS = frozenset({"csrf_token", "digest"})


def secret_keys(response: TestResponse) -> set[str]:
    """Names in an answer of JSON under which a secret would stand."""
    if not response.mimetype.endswith("json") or not response.get_data():
        return set()
    found: set[str] = set()

    def keep(pairs: list[tuple[str, Any]]) -> None:
        said = {name for name, value in pairs if isinstance(value, str) and value}
        found.update(name for name in said - OPEN_KEYS if SECRET_COLUMN.search(name))

    json.loads(response.get_data(), object_pairs_hook=keep)
    return found


#: Canary → kinds of people who may see it.
MaySee = Mapping[str, frozenset[str]]


#: Who asks with filters and search words where many may: one of each kind with something of his own.
ASKERS = frozenset({"stranger", "volunteer", "captain", "owner", "coordinator", "auditor"})


def shown(office: Office, asked: Iterable[Route], may_see: MaySee) -> list[str]:
    """Answers in which somebody sees what is not his to see, that break down, or that write; with real ids of others.

    Everybody asks whatever his permissions open to him, the `ASKERS` with filters and search words, too. An
    administrator asks only for what no coordinator may ask, and an applicant, who has nothing yet, is like any
    volunteer.
    """
    look = _Look(office, may_see)
    document = office.app.test_client().get("/api/openapi.json").get_json()
    more = Questions(document, office.town, office_rows(office).of)
    for route in asked:
        for address in real_addresses(office, route) if route.reads else ():
            people = [each for each in office.town.people.values() if _asks(office, each, route)]
            page = ""
            for person in people:
                response = look.at(person, route, address)
                if person.kind in {"coordinator", "owner"} and response.mimetype == "text/html":
                    page = response.get_data(as_text=True)
            for turn, query in enumerate(more.of(route.rule.rule, address, page)):
                for person in _asking(people, turn):
                    look.at(person, route, f"{address}?{query}")
    return sorted(look.found)


def told_by_refusals(office: Office, asked: Iterable[Route], may_see: MaySee) -> list[str]:
    """Refusals of empty requests that show somebody what is not his to see; of things that are another's."""
    look = _Look(office, may_see)
    for route in asked:
        if route.reads or not route.rule.arguments:
            continue
        for address in real_addresses(office, route):
            for kind in ("volunteer", "owner", "coordinator"):
                if office.town.people[kind].may(route.permission):
                    look.at(office.town.people[kind], route, address)
    return sorted(look.found)


def _asks(office: Office, person: Person, route: Route) -> bool:
    same = person.kind == "administrator" and office.town.people["coordinator"].may(route.permission)
    return person.may(route.permission) and person.kind != "applicant" and not same


def _asking(people: Sequence[Person], turn: int) -> list[Person]:
    """Who asks with a query: of coordinator and auditor, who may see the same, one each time."""
    resting = ("auditor", "coordinator")[turn % 2]
    rest = any(each.kind in {"auditor", "coordinator"} - {resting} for each in people)
    chosen = [each for each in people if each.kind in ASKERS and not (rest and each.kind == resting)]
    return chosen or list(people[:1])


class _Look:
    """Asks, and keeps what is wrong with the answers."""

    def __init__(self, office: Office, may_see: MaySee) -> None:
        self._office, self._may_see, self._canaries = office, may_see, Canaries(office)
        self.found: set[str] = set()

    def at(self, person: Person, route: Route, address: str) -> TestResponse:
        """The answer."""
        response, changed = self._office.ask(person, route, address)
        where = f"{person.kind}: {route}{' with a query' if '?' in address else ''}"
        if response.status_code >= 500:
            self.found.add(f"{where}: breaks down ({response.status_code})")
        if changed and route.reads:
            self.found.add(f"{where}: writes although it only reads")
        self.found |= {f"{where}: shows a key named {each}" for each in secret_keys(response)}
        seen = self._canaries.seen(words_of(response))
        mine = {each for each in seen if person.kind in self._may_see.get(each, ())}
        self._office.seen |= mine
        self.found |= {f"{where}: shows {each}" for each in seen - mine}
        return response


def swallowing(office: Office, asked: Iterable[Route]) -> list[str]:
    """Writing routes that begin to read a body of a hundred megabytes, or break down at it."""
    found = []
    for route in asked:
        if not route.reads:
            status, taken = office.flood(first_who_may(office, route), route)
            found += [f"{route}: {status} after {taken} bytes"] if taken or status >= 500 else []
    return found


def first_who_may(office: Office, route: Route) -> Person:
    order = ("administrator", *office.town.people)
    return next(each for name in order if (each := office.town.people[name]).may(route.permission))
