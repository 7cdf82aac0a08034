"""Members out of a file, first half: it is read and rehearsed, and its rows are kept with what would come of them.

Nobody is a member by that yet; `importing_run` enters them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import clock, sheets
from core.auth import Actor
from core.db import db, new_id, transactional
from core.errors import DomainError, Invalid
from core.sheets import Row
from members import admission_rules, queries, rules
from members.admission_errors import (
    ImportAreaAmbiguous,
    ImportAreaUnknown,
    ImportColumnsMissing,
    ImportKnown,
    ImportNamesake,
    ImportPhoneRepeated,
    ImportRoleUnknown,
    ImportRowRepeated,
    ImportRowUnreadable,
    ImportSquadUnknown,
)
from members.models import Member, MemberImport, MemberImportRow

#: Rows that are written in one transaction: others wait for it on SQLite.
_CHUNK = 2000


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A row of the file: who would be entered, or why nobody is. `told` is what stands in it, for people."""

    number: int
    told: str
    name: str = ""
    phone: str | None = None
    role: str = "volunteer"
    squad_id: UUID | None = None
    area_id: UUID | None = None
    problem: DomainError | None = None


@dataclass(frozen=True, slots=True)
class PlannedImport:
    """A file that was read; `unused` are the headings of columns that mean nothing here."""

    digest: str
    rows: tuple[PlannedRow, ...]
    unused: tuple[str, ...]

    @property
    def problems(self) -> list[PlannedRow]:
        """Rows by which nobody would be entered."""
        return [row for row in self.rows if row.problem is not None]


def rehearse_import(actor: Actor, content: bytes) -> PlannedImport:
    """The dry run: every row with its problem; nothing is kept. Needs `member.import`.

    Raises `core.sheets.SheetUnreadable`, `core.sheets.SheetTooLarge`, `ImportColumnsMissing`.
    """
    actor.require("member.import")
    table = sheets.read_table(
        content,
        most_rows=admission_rules.MOST_IMPORTED,
        most_unpacked_bytes=admission_rules.LARGEST_UNPACKED_BYTES,
        most_seconds=admission_rules.READING_SECONDS,
    )
    columns, unused = admission_rules.columns_of(table[0].cells)
    if "name" not in columns:
        raise ImportColumnsMissing(field="file")
    reader = _Reader.for_columns(columns)
    rows = _without_known(_without_repeats([reader.read(row) for row in table[1:]]))
    return PlannedImport(sha256(content).hexdigest(), tuple(rows), tuple(unused))


def prepare_import(actor: Actor, content: bytes, *, target: str, file_name: str) -> UUID:
    """Rehearse a file and keep its rows, to be looked at and then started; the id of the import.

    `target` is the status of whoever comes in: "active" or "applied". Raises as `rehearse_import`, and `Invalid`.
    """
    if target not in admission_rules.TARGETS:
        raise Invalid(field="target")
    planned = rehearse_import(actor, content)
    import_id = _keep_head(actor, planned, target, file_name)
    for start in range(0, len(planned.rows), _CHUNK):
        _keep_rows(import_id, planned.rows[start : start + _CHUNK])
    _open(import_id)
    return import_id


@transactional
def _keep_head(actor: Actor, planned: PlannedImport, target: str, file_name: str) -> UUID:
    try:
        shown = rules.clean_text(file_name[: rules.LONGEST_NAME], "file", rules.LONGEST_NAME)
    except DomainError:
        shown = "…"
    head = MemberImport(
        id=new_id(),
        digest=planned.digest,
        file_name=shown,
        created_by=actor.id,
        created_at=clock.now(),
        target=target,
        state="reading",
        unused_columns=list(planned.unused),
        total=len(planned.rows),
        entered=0,
    )
    db.session.add(head)
    db.session.flush()
    return head.id


@transactional
def _keep_rows(import_id: UUID, rows: Sequence[PlannedRow]) -> None:
    db.session.execute(sa.insert(MemberImportRow), [_values(import_id, row) for row in rows])


def _values(import_id: UUID, row: PlannedRow) -> dict[str, Any]:
    return {
        "import_id": import_id,
        "number": row.number,
        "state": "problem" if row.problem else "ready",
        "told": row.told,
        "name": row.name,
        "phone": row.phone,
        "role": row.role,
        "squad_id": row.squad_id,
        "area_id": row.area_id,
        "problem": row.problem.code if row.problem else None,
        "problem_data": dict(row.problem.data) if row.problem else {},
        "member_id": None,
    }


@transactional
def _open(import_id: UUID) -> None:
    db.session.execute(sa.update(MemberImport).where(MemberImport.id == import_id).values(state="ready"))


@dataclass(slots=True)
class _Reader:
    """Reads rows with the squads and areas of the alliance at hand."""

    columns: Mapping[str, int]
    squads: dict[str, UUID] = field(default_factory=dict)
    areas: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def for_columns(cls, columns: Mapping[str, int]) -> "_Reader":
        squads = {admission_rules.place_key(each.name): each.id for each in queries.squads()}
        paths = {str(each.id): each.path for each in queries.areas()}
        return cls(columns, squads, admission_rules.place_names(paths))

    def cell(self, row: Row, name: str) -> str:
        place = self.columns.get(name, len(row.cells))
        return row.cells[place] if place < len(row.cells) else ""

    def read(self, row: Row) -> PlannedRow:
        cells = (self.cell(row, each) for each in ("name", "phone", "squad", "area"))
        planned = PlannedRow(
            row.number, _shown(" · ".join(filter(None, cells)), admission_rules.LONGEST_TOLD)
        )
        try:
            if row.faults:
                raise ImportRowUnreadable(reason=min(row.faults))
            phone = self.cell(row, "phone")
            return replace(
                planned,
                name=rules.clean_name(self.cell(row, "name")),
                phone=rules.clean_phone(phone) if phone else None,
                role=self._role(row),
                squad_id=self._squad(row),
                area_id=self._area(row),
            )
        except DomainError as problem:
            return replace(planned, problem=problem)

    def _role(self, row: Row) -> str:
        text = self.cell(row, "role")
        role = admission_rules.role_of(text)
        if role is None:
            raise ImportRoleUnknown(role=_shown(text))
        return role

    def _squad(self, row: Row) -> UUID | None:
        text = self.cell(row, "squad")
        found = self.squads.get(admission_rules.place_key(text))
        if text and found is None:
            raise ImportSquadUnknown(squad=_shown(text))
        return found if text else None

    def _area(self, row: Row) -> UUID | None:
        text = self.cell(row, "area")
        found = self.areas.get(admission_rules.place_key(text), [])
        if not text:
            return None
        if not found:
            raise ImportAreaUnknown(area=_shown(text))
        if len(found) > 1:
            raise ImportAreaAmbiguous(area=_shown(text))
        return UUID(found[0])


def _shown(text: str, longest: int = rules.LONGEST_NAME) -> str:
    """What a cell says, for people: out of a strange file comes anything, also what no database takes as text."""
    return "".join(sign if sign.isprintable() else "�" for sign in text[:longest])


def _without_repeats(rows: Iterable[PlannedRow]) -> list[PlannedRow]:
    """Whoever stands in the file twice comes in once, by the first row."""
    first: dict[tuple[str, ...], int] = {}
    read = []
    for row in rows:
        if row.problem is None:
            key = (row.phone,) if row.phone else (rules.name_key(row.name), str(row.squad_id))
            before = first.setdefault(key, row.number)
            if before != row.number:
                repeated = ImportPhoneRepeated if row.phone else ImportRowRepeated
                row = replace(row, problem=repeated(row=before))  # noqa: PLW2901 - the row, judged
        read.append(row)
    return read


def _without_known(rows: Sequence[PlannedRow]) -> list[PlannedRow]:
    open_rows = [row for row in rows if row.problem is None]
    known = Known.of(open_rows)
    return [row if row.problem else replace(row, problem=known.problem(row)) for row in rows]


@dataclass(frozen=True, slots=True)
class Known:
    """Who of a list is a member already: by telephone, or without one by name and squad."""

    phones: Mapping[str, int]
    namesakes: Mapping[tuple[str, UUID | None], int]

    @classmethod
    def of(cls, rows: Iterable[Any]) -> "Known":
        """Look up everybody in `rows`, which have `name`, `phone` and `squad_id`."""
        phones, names = set(), set()
        for row in rows:
            if row.phone:
                phones.add(row.phone)
            else:
                names.add(rules.name_key(row.name))
        by_phone = sa.select(Member.phone, Member.number)
        by_name = sa.select(Member.name_key, Member.squad_id, Member.number).where(
            Member.phone.is_(None), Member.status != "left"
        )
        return cls(
            {row.phone: row.number for row in _in_chunks(by_phone, Member.phone, phones)},
            {(row.name_key, row.squad_id): row.number for row in _in_chunks(by_name, Member.name_key, names)},
        )

    def problem(self, row: Any) -> DomainError | None:
        """Why this row enters nobody, or None."""
        if row.phone:
            number = self.phones.get(row.phone)
            return ImportKnown(number=number) if number is not None else None
        number = self.namesakes.get((rules.name_key(row.name), row.squad_id))
        return ImportNamesake(number=number) if number is not None else None


def _in_chunks(query: Any, column: Any, wanted: Iterable[str]) -> Iterable[Any]:
    values = sorted(wanted)
    for start in range(0, len(values), 500):
        yield from db.session.execute(query.where(column.in_(values[start : start + 500])))
