"""Members out of a file, the judging: what would come of each row. Nothing is kept here.

`importing_check` keeps a file and judges it piece by piece, `importing_run` enters its members.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import texts, workbooks
from core.auth import Actor
from core.db import db
from core.errors import DomainError
from core.tables import Row, Table
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
from members.models import Member


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A row of the file: who would be entered, or why nobody is. `told` is what stands in it, for people.

    `sounds_like`: the number of a member who may be the same person; he is entered all the same.
    """

    number: int
    told: str
    name: str = ""
    phone: str | None = None
    role: str = "volunteer"
    squad_id: UUID | None = None
    area_id: UUID | None = None
    problem: DomainError | None = None
    sounds_like: int | None = None

    @property
    def who(self) -> str:
        """The same for the same person: by telephone, or without one by name and squad."""
        said = self.phone or f"{rules.name_key(self.name)}|{self.squad_id}"
        return sha256(said.encode()).hexdigest()


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
    """The dry run in one go: every row with its problem; nothing is kept. Needs `member.import`.

    Raises `core.tables.SheetUnreadable`, `core.tables.SheetTooLarge`, `ImportColumnsMissing`.
    """
    actor.require("member.import")
    table = open_list(content)
    head, place = table.head()
    columns, unused = read_headings(head)
    planned = Planner.for_columns(columns).plan(table.rest(place), lambda _people: {})
    return PlannedImport(sha256(content).hexdigest(), tuple(planned), tuple(unused))


def open_list(content: bytes) -> Table:
    """The file as a table, within the bounds of lists of members. Raises as `rehearse_import`."""
    return workbooks.open_table(
        content,
        most_rows=admission_rules.MOST_IMPORTED,
        most_unpacked_bytes=admission_rules.LARGEST_UNPACKED_BYTES,
    )


def read_headings(head: Row) -> tuple[dict[str, int], list[str]]:
    """Meaning → place of its column, and the headings that mean nothing here.

    Raises `ImportColumnsMissing`, `SheetUnreadable`.
    """
    head.check_heading("file")
    columns, unused = admission_rules.columns_of(head.cells)
    if "name" not in columns:
        raise ImportColumnsMissing(field="file")
    return columns, unused


#: Who of these (`PlannedRow.who`) stood in a row that was judged before → in which first.
Earlier = Callable[[Collection[str]], Mapping[str, int]]


@dataclass(slots=True)
class Planner:
    """Says what would come of rows, with the squads and areas of the alliance at hand."""

    columns: Mapping[str, int]
    squads: dict[str, UUID] = field(default_factory=dict)
    areas: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def for_columns(cls, columns: Mapping[str, int]) -> "Planner":
        """For files whose columns stand at these places."""
        squads = {admission_rules.place_key(each.name): each.id for each in queries.squads()}
        paths = {str(each.id): each.path for each in queries.areas()}
        return cls(columns, squads, admission_rules.place_names(paths))

    def plan(self, rows: Iterable[Row], earlier: Earlier) -> list[PlannedRow]:
        """What would come of them."""
        read = [self._read(row) for row in rows]
        before = earlier({row.who for row in read if row.problem is None})
        return _with_warnings(_without_known(_without_repeats(read, before)))

    def _cell(self, row: Row, name: str) -> str:
        place = self.columns.get(name, len(row.cells))
        return row.cells[place] if place < len(row.cells) else ""

    def _read(self, row: Row) -> PlannedRow:
        cells = (self._cell(row, each) for each in ("name", "phone", "squad", "area"))
        planned = PlannedRow(
            row.number, _shown(" · ".join(filter(None, cells)), admission_rules.LONGEST_TOLD)
        )
        try:
            row.check_layout()
            if row.faults:
                raise ImportRowUnreadable(reason=min(row.faults))
            phone = self._cell(row, "phone")
            return replace(
                planned,
                name=rules.clean_name(self._cell(row, "name")),
                phone=rules.clean_phone(phone) if phone else None,
                role=self._role(row),
                squad_id=self._squad(row),
                area_id=self._area(row),
            )
        except DomainError as problem:
            return replace(planned, problem=problem)

    def _role(self, row: Row) -> str:
        text = self._cell(row, "role")
        role = admission_rules.role_of(text)
        if role is None:
            raise ImportRoleUnknown(role=_shown(text))
        return role

    def _squad(self, row: Row) -> UUID | None:
        text = self._cell(row, "squad")
        found = self.squads.get(admission_rules.place_key(text))
        if text and found is None:
            raise ImportSquadUnknown(squad=_shown(text))
        return found if text else None

    def _area(self, row: Row) -> UUID | None:
        text = self._cell(row, "area")
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
    return "".join(sign if texts.is_written(sign) else "�" for sign in text[:longest])


def _without_repeats(rows: Iterable[PlannedRow], before: Mapping[str, int]) -> list[PlannedRow]:
    """Whoever stands in the file twice comes in once, by the first row."""
    first = dict(before)
    read = []
    for row in rows:
        if row.problem is None:
            earlier = first.setdefault(row.who, row.number)
            if earlier != row.number:
                repeated = ImportPhoneRepeated if row.phone else ImportRowRepeated
                row = replace(row, problem=repeated(row=earlier))  # noqa: PLW2901 - the row, judged
        read.append(row)
    return read


def _without_known(rows: Sequence[PlannedRow]) -> list[PlannedRow]:
    open_rows = [row for row in rows if row.problem is None]
    known = Known.of(open_rows)
    return [row if row.problem else replace(row, problem=known.problem(row)) for row in rows]


def _with_warnings(rows: Sequence[PlannedRow]) -> list[PlannedRow]:
    people = {
        row.number: queries.Newcomer(row.name, row.phone, row.squad_id, row.area_id)
        for row in rows
        if row.problem is None
    }
    alike = queries.sounding_like(set(people.values()))
    return [
        replace(row, sounds_like=alike.get(people[row.number])) if row.number in people else row
        for row in rows
    ]


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
