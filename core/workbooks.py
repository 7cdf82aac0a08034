"""Workbooks (XLSX) as tables: the first sheet that is not hidden, read straight from its XML.

Written by hand because a list of thirty thousand is read in pieces, each by another request, and because it is several
times as fast as a library that builds an object for each cell.
"""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import datetime
from itertools import accumulate
from typing import Any
from xml.etree import ElementTree as ET

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from core.tables import (
    LONGEST_CELL,
    MOST_COLUMNS,
    MOST_UNPACKED_BYTES,
    CsvTable,
    Place,
    Row,
    SheetUnreadable,
    Table,
    clean_row,
    whole_number,
)

#: Of how many parts a workbook may consist, and how much of its text is looked at in one piece.
_MOST_PARTS = 200
_MOST_PIECE_BYTES = 8 * 1024 * 1024
#: Entities are how a few hundred bytes of XML become gigabytes; no workbook needs them. Also in two-byte letters.
_DECLARATIONS = tuple(
    word.encode(coding)
    for word in ("<!DOCTYPE", "<!ENTITY")
    for coding in ("ascii", "utf-16-le", "utf-16-be")
)
#: Numbers of formats that are days where Chinese is spoken, and that no file explains.
_CHINESE_DAYS = frozenset({27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58})
_SHEET = re.compile(rb"<((?:\w+:)?)worksheet\b[^>]*>")
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*\bref="\$?[A-Z]+\$?(\d{1,7}):\$?[A-Z]+\$?(\d{1,7})"')
#: Whatever a damaged file makes the parsers of zip and XML raise.
_DAMAGES = (
    zipfile.BadZipFile,
    zlib.error,
    ET.ParseError,
    NotImplementedError,  # an unknown way of packing
    RuntimeError,  # a password
    EOFError,
    OSError,
    LookupError,
    ValueError,
    OverflowError,
)


def open_table(
    content: bytes, *, most_rows: int, field: str = "file", most_unpacked_bytes: int = MOST_UNPACKED_BYTES
) -> Table:
    """The workbook or CSV file as a table. Raises `SheetUnreadable` and `SheetTooLarge`."""
    if content.startswith(b"PK\x03\x04"):
        return WorkbookTable(content, most_rows, field, most_unpacked_bytes)
    return CsvTable(content, most_rows, field)


def read_table(
    content: bytes, *, most_rows: int, field: str = "file", most_unpacked_bytes: int = MOST_UNPACKED_BYTES
) -> list[Row]:
    """All rows that are not empty, the first of them with the headings. Raises `SheetUnreadable`, `SheetTooLarge`."""
    table = open_table(content, most_rows=most_rows, field=field, most_unpacked_bytes=most_unpacked_bytes)
    head, place = table.head()
    return [head, *table.rest(place)]


class WorkbookTable(Table):
    """Places are bytes of the sheet's XML, which is cut between two rows."""

    def __init__(self, content: bytes, most_rows: int, field: str, most_unpacked_bytes: int) -> None:
        """Raises `SheetUnreadable`."""
        super().__init__(most_rows, field)
        try:
            parts = _unpack(content, field, most_unpacked_bytes)
            book = _Book(parts)
            self._strings, self._days, self._epoch = book.strings, book.days, book.epoch
            self._open_sheet(book.sheet)
        except SheetUnreadable:
            raise
        except _DAMAGES as error:
            raise self.broken() from error

    def _open_sheet(self, sheet: bytes) -> None:
        opening = _SHEET.search(sheet)
        if opening is None:
            raise ValueError("no worksheet")
        prefix = opening[1]
        begin = re.compile(rb"<%ssheetData\b[^>]*>" % prefix).search(sheet, opening.end())
        self._row_end = b"</%srow>" % prefix
        self._before = opening[0] + b"<%ssheetData>" % prefix
        self._after = b"</%ssheetData></%sworksheet>" % (prefix, prefix)
        if begin is None or begin[0].endswith(b"/>"):
            self._rows = b""
        else:
            end = sheet.rindex(b"</%ssheetData>" % prefix)
            self._rows = sheet[begin.end() : end]
        self.size = len(self._rows)
        self._merged = _merged_rows(sheet[opening.end() :], self.last_row)

    def read(self, place: Place, most: int) -> tuple[list[Row], Place | None]:
        """As `Table.read`. A row that is not closed by an end of its own is empty and goes with the next."""
        end = self._cut(place.at, most)
        if end - place.at > _MOST_PIECE_BYTES:
            raise self.too_large()
        try:
            piece = ET.fromstring(  # noqa: S314 - bounded, and declarations of entities were refused
                self._before + self._rows[place.at : end] + self._after
            )
            rows = []
            number = place.number
            for element in piece[0]:
                number, row = self._read_row(element, number)
                if number >= self.last_row:
                    raise self.too_large()
                if row is not None:
                    rows.append(row)
        except _DAMAGES as error:
            raise self.broken() from error
        return rows, Place(end, number) if end < self.size else None

    def _cut(self, start: int, most: int) -> int:
        end = start
        for _ in range(most):
            found = self._rows.find(self._row_end, end)
            if found < 0:
                return self.size
            end = found + len(self._row_end)
        return end

    def _read_row(self, element: ET.Element, before: int) -> tuple[int, Row | None]:
        # Numbers only grow, whatever a row says of itself.
        number = max(before + 1, int(element.get("r") or 0))
        cells: list[str] = []
        faults = {"hidden"} if element.get("hidden") in {"1", "true"} else set()
        for cell in element:
            column = _column(cell.get("r")) if cell.get("r") else len(cells)
            if column >= MOST_COLUMNS:
                break
            text, formula = self._cell(cell)
            if formula:
                faults.add("formula")
            cells += [""] * (column + 1 - len(cells))
            cells[column] = text
        if number < len(self._merged) and self._merged[number]:
            faults.add("merged")
        return number, clean_row(number, cells, faults)

    def _cell(self, cell: ET.Element) -> tuple[str, bool]:
        """Its text, and whether it is a formula or what a formula failed with."""
        kind, value, formula, inline = cell.get("t", "n"), "", None, None
        for part in cell:
            name = part.tag.rpartition("}")[2]
            if name == "v":
                value = part.text or ""
            elif name == "f":
                formula = part
            elif name == "is":
                inline = part
        if formula is not None:
            return f"={formula.text or ''}", True
        if kind == "inlineStr":
            return (_text_of(inline) if inline is not None else ""), False
        if kind == "n":
            return self._number(value, cell.get("s")) if value else "", False
        if kind == "s":
            return self._strings[int(value)] if value else "", False
        if kind == "b":
            return {"1": "TRUE", "0": "FALSE"}.get(value, value), False
        return value.strip(), kind == "e"

    def _number(self, value: str, style: str | None) -> str:
        text = value.strip()
        try:
            if style is not None and int(style) in self._days:
                moment = from_excel(float(text), self._epoch)
                return moment.date().isoformat() if isinstance(moment, datetime) else str(moment)
            return whole_number(text)
        except (ValueError, OverflowError, TypeError):
            # One odd cell is a matter of its row, not of the file.
            return text


def _unpack(content: bytes, field: str, most_bytes: int) -> dict[str, bytes]:
    """Name → what really comes out, which is counted: the index may promise anything."""
    found: dict[str, bytes] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        if len(names) > _MOST_PARTS or "xl/workbook.xml" not in names:
            raise SheetUnreadable(field=field, reason="kind")
        for part in archive.infolist():
            with archive.open(part) as packed:
                data = packed.read(most_bytes + 1)
            most_bytes -= len(data)
            if most_bytes < 0 or any(word in data for word in _DECLARATIONS):
                raise SheetUnreadable(field=field, reason="bomb")
            found[part.filename] = data
    return found


class _Book:
    """What has to be known of a workbook to read its sheet."""

    def __init__(self, parts: dict[str, bytes]) -> None:
        book = _parse(parts["xl/workbook.xml"])
        targets = dict(_targets(parts["xl/_rels/workbook.xml.rels"]))
        self.epoch = CALENDAR_WINDOWS_1900
        for each in _named(book, "workbookPr"):
            if each.get("date1904") in {"1", "true"}:
                self.epoch = CALENDAR_MAC_1904
        shown = [
            targets[reference][0]
            for each in _named(book, "sheet")
            for name, reference in each.items()
            # Lists to choose from are kept on hidden sheets, and a chart has no rows.
            if name.endswith("}id")
            and each.get("state", "visible") == "visible"
            and targets[reference][1] == "worksheet"
        ]
        self.sheet = _utf8(parts[shown[0]])
        by_kind = {kind: parts[place] for place, kind in targets.values() if place in parts}
        strings = by_kind.get("sharedStrings")
        self.strings = [_text_of(each) for each in _parse(strings)] if strings else []
        styles = by_kind.get("styles")
        self.days = _days(_parse(styles)) if styles else frozenset()


def _targets(relations: bytes) -> Iterator[tuple[str, tuple[str, str]]]:
    for each in _parse(relations):
        place = posixpath.normpath(posixpath.join("/xl", each.get("Target", ""))).lstrip("/")
        yield each.get("Id", ""), (place, each.get("Type", "").rpartition("/")[2])


def _parse(data: bytes) -> ET.Element:
    return ET.fromstring(_utf8(data))  # noqa: S314 - bounded, and declarations of entities were refused


def _utf8(data: bytes) -> bytes:
    """XML without its declaration, in the one encoding in which it can be cut."""
    text = data.decode("utf-16").encode() if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else data
    return re.sub(rb"\A(?:\xef\xbb\xbf)?\s*<\?xml[^>]*\?>", b"", text, count=1)


def _named(element: ET.Element, name: str) -> Iterator[ET.Element]:
    return (each for each in element.iter() if each.tag.rpartition("}")[2] == name)


def _text_of(element: ET.Element) -> str:
    """The letters of a text and of its differently printed parts, without how they are pronounced."""
    found = []
    for part in element:
        name = part.tag.rpartition("}")[2]
        if name == "t":
            found.append(part.text or "")
        elif name == "r":
            found += [each.text or "" for each in _named(part, "t")]
    return "".join(found)[: LONGEST_CELL + 1].strip()


def _days(styles: ET.Element) -> frozenset[int]:
    """Numbers of the styles in which a number is shown as a day."""
    own = {int(each.get("numFmtId", 0)): each.get("formatCode", "") for each in _named(styles, "numFmt")}
    found = set()
    for list_of_styles in _named(styles, "cellXfs"):
        for number, style in enumerate(list_of_styles):
            form = int(style.get("numFmtId", 0))
            code: Any = own.get(form) or BUILTIN_FORMATS.get(form, "")
            if form in _CHINESE_DAYS or (code and is_date_format(code)):
                found.add(number)
    return frozenset(found)


def _column(reference: str | None) -> int:
    """The place of a cell in its row: A1 is 0, AA7 is 26."""
    place = 0
    for letter in (reference or "").rstrip("0123456789"):
        place = place * 26 + ord(letter) - ord("A") + 1
        if place > MOST_COLUMNS:
            break
    if place < 1:
        raise ValueError("a cell without a column")
    return place - 1


def _merged_rows(sheet: bytes, last: int) -> list[int]:
    """For each row how many merged cells lie in it: only the first of them says what all of them show."""
    changes = [0] * (last + 2)
    for first, until in _MERGED.findall(sheet):
        changes[min(int(first), last)] += 1
        changes[min(int(until), last) + 1] -= 1
    return list(accumulate(changes)) if any(changes) else []
