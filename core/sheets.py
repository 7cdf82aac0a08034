"""Tables for spreadsheets, as CSV and XLSX, written and read: what is text stays text, whatever it looks like.

A member may be called `=1+1`. Opened in a spreadsheet that would be a formula, and `=HYPERLINK(…)` a trap; so text
never becomes one: in XLSX it is written as a text cell with the mark that a leading apostrophe would set, in CSV,
which knows no types, with that apostrophe.

Read is what strangers made: by its content, not its name; bounded in bytes, rows, columns and in what it unpacks to; no
formula is ever worked out.
"""

import csv
import io
import re
import time
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from core.errors import Invalid

#: A number is an int, money a Decimal with two digits. Times are given as text, in the reader's way of writing.
Value = str | int | Decimal | date | None
#: What spreadsheets read as the beginning of a formula, also in its full-width form.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
#: No control characters but those in between that a cell may hold, no halves of a character: XML cannot say them.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LONGEST_TITLE = 31
_NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\']")
_MOST_WIDTH = 48
#: What a workbook may unpack to, and of how many parts it may consist.
_MOST_UNPACKED_BYTES = 16 * 1024 * 1024
_MOST_PARTS = 200
_MOST_COLUMNS = 30
#: No list that somebody means takes longer to read.
_MOST_SECONDS = 30.0
#: Further down nobody writes; a row that claims to be there would make a million empty ones.
_LAST_ROW = 20_000
_LONGEST_CELL = 2000
#: Entities are how a few hundred bytes of XML become gigabytes; no workbook needs them. Also in two-byte letters.
_DECLARATIONS = tuple(
    word.encode(coding)
    for word in ("<!DOCTYPE", "<!ENTITY")
    for coding in ("ascii", "utf-16-le", "utf-16-be")
)


class SheetUnreadable(Invalid):
    """No table that can be read. Data: `field`, `reason`: kind, broken, empty, bomb."""

    code = "sheet_unreadable"


class SheetTooLarge(Invalid):
    """More than is read at once. Data: `field`, `most` rows."""

    code = "sheet_too_large"


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it was read: its number in the file from 1, its cells as text.

    `faults` names what keeps it from being used: "formula", "encoding", "long".
    """

    number: int
    cells: tuple[str, ...]
    faults: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table: its title, the words above its columns, its rows."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[Value]]


def to_csv(sheet: Sheet) -> bytes:
    """The table as CSV (RFC 4180), UTF-8 with the mark by which spreadsheet programs know it."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(map(_guarded, sheet.header))
    writer.writerows(map(_guarded, row) for row in sheet.rows)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def to_xlsx(*sheets: Sheet) -> bytes:
    """The tables as one workbook, each on a sheet of its own, with the header row held in place."""
    book = Workbook(write_only=True)
    for sheet in sheets:
        page = book.create_sheet(_page_title(sheet.title))
        page.freeze_panes = "A2"
        for number, width in enumerate(_widths(sheet)):
            page.column_dimensions[_letter(number)].width = width
        page.append([_cell(page, each, bold=True) for each in sheet.header])
        for row in sheet.rows:
            page.append([_cell(page, each) for each in row])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _guarded(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        clean = _UNWRITABLE.sub("", value)
        # What stands before the sign does not make it harmless: programs cut off blanks, tabs and line ends.
        return (
            f"'{clean}" if clean.lstrip().startswith(_FORMULA) or clean[:1] in {"\t", "\r", "\n"} else clean
        )
    return value.isoformat() if isinstance(value, date) else str(value)


def _cell(page: object, value: Value, *, bold: bool = False) -> WriteOnlyCell:
    text = isinstance(value, str)
    cell = WriteOnlyCell(page, value=None)
    if isinstance(value, str):
        # The value first: giving one sets the type by its looks.
        cell.value = _UNWRITABLE.sub("", value)
        cell.data_type = "s"
    elif value is not None:
        cell.value = value
    if isinstance(value, Decimal):
        cell.number_format = "#,##0.00"
    elif isinstance(value, date) and not isinstance(value, datetime):
        cell.number_format = "yyyy-mm-dd"
    if bold:
        cell.font = Font(bold=True)
    cell.quotePrefix = text
    return cell


def _page_title(title: str) -> str:
    return (_NOT_IN_TITLES.sub(" ", _UNWRITABLE.sub("", title)).strip() or "1")[:_LONGEST_TITLE]


def _widths(sheet: Sheet) -> list[int]:
    widths = [_width(each) for each in sheet.header]
    for row in sheet.rows:
        widths = [max(pair) for pair in zip(widths, map(_width, row), strict=True)]
    return [min(each + 2, _MOST_WIDTH) for each in widths]


def _width(value: Value) -> int:
    return sum(2 if character > "\u2e7f" else 1 for character in str(value if value is not None else ""))


def _letter(number: int) -> str:
    """The name of a column: 0 is A, 26 is AA."""
    more, rest = divmod(number, 26)
    return (_letter(more - 1) if more else "") + chr(ord("A") + rest)


# --- Reading ---------------------------------------------------------------------------------------------------------


def read_table(
    content: bytes,
    *,
    most_rows: int,
    field: str = "file",
    most_unpacked_bytes: int = _MOST_UNPACKED_BYTES,
    most_seconds: float = _MOST_SECONDS,
) -> list[Row]:
    """The rows of a workbook's first sheet or of a CSV file that are not empty, with the numbers that people see.

    CSV may be UTF-8, UTF-16 with its mark, or GB18030, also one line so and another so; commas, semicolons or tabs.
    Raises `SheetUnreadable` and `SheetTooLarge`.
    """
    if content.startswith(b"PK\x03\x04"):
        _look_into(content, field, most_unpacked_bytes)
        rows = _workbook_rows(content, most_rows, field, time.monotonic() + most_seconds)
    elif b"\x00" in content and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SheetUnreadable(field=field, reason="kind")
    else:
        rows = _csv_rows(content, most_rows, field)
    if not rows:
        raise SheetUnreadable(field=field, reason="empty")
    return rows


def _workbook_rows(content: bytes, most_rows: int, field: str, deadline: float) -> list[Row]:
    rows: list[Row] = []
    last_row = max(_LAST_ROW, 2 * most_rows)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
        page = book.worksheets[0]
        # What a sheet says about its own size is not believed.
        page.reset_dimensions()
        for number, cells in enumerate(page.iter_rows(max_row=last_row, max_col=_MOST_COLUMNS), 1):
            row = _row(
                number,
                [_text(cell.value) for cell in cells],
                {getattr(each, "data_type", "") for each in cells},
            )
            if row is not None:
                rows.append(row)
            if len(rows) > most_rows + 1 or number == last_row or time.monotonic() > deadline:
                raise SheetTooLarge(field=field, most=most_rows)
    except SheetTooLarge:
        raise
    except Exception as error:  # whatever a broken file makes the parsers of XML and zip raise
        raise SheetUnreadable(field=field, reason="broken") from error
    return rows


def _look_into(content: bytes, field: str, most_unpacked_bytes: int) -> None:
    """Refuse a bomb before anything of it is parsed: count what really comes out, not what its index promises."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > _MOST_PARTS or "xl/workbook.xml" not in archive.namelist():
                raise SheetUnreadable(field=field, reason="kind")
            left = most_unpacked_bytes
            for part in parts:
                with archive.open(part) as unpacked:
                    data = unpacked.read(left + 1)
                left -= len(data)
                if left < 0 or any(word in data for word in _DECLARATIONS):
                    raise SheetUnreadable(field=field, reason="bomb")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, zlib.error) as error:
        raise SheetUnreadable(field=field, reason="broken") from error


def _csv_rows(content: bytes, most_rows: int, field: str) -> list[Row]:
    lines, undecodable = _decoded(content)
    if len(lines) > 4 * most_rows + 1000:
        raise SheetTooLarge(field=field, most=most_rows)
    head = lines[0] if lines else ""
    separator = max((",", ";", "\t"), key=head.count)
    reader = csv.reader(iter(lines), delimiter=separator)
    rows: list[Row] = []
    try:
        while True:
            begins = reader.line_num
            cells = next(reader, None)
            if cells is None:
                return rows
            # Our own files mark text with an apostrophe so that it is no formula.
            plain = [each[1:] if each[:1] == "'" else each for each in cells]
            kinds = {"f"} if any(each[:1] in {"=", "@"} for each in cells) else set()
            row = _row(begins + 1, [each.strip() for each in plain], kinds)
            if row is not None:
                bad = undecodable & set(range(begins, reader.line_num))
                rows.append(replace(row, faults=row.faults | {"encoding"}) if bad else row)
            if len(rows) > most_rows + 1:
                raise SheetTooLarge(field=field, most=most_rows)
    except csv.Error as error:
        raise SheetUnreadable(field=field, reason="broken") from error


def _decoded(content: bytes) -> tuple[list[str], set[int]]:
    """The lines, and the places of those that are in no known encoding."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace").splitlines(keepends=True), set()
    try:
        return content.decode("utf-8-sig").splitlines(keepends=True), set()
    except UnicodeDecodeError:
        pass
    lines, undecodable = [], set()
    for place, raw in enumerate(content.removeprefix(b"\xef\xbb\xbf").splitlines(keepends=True)):
        text = _line(raw)
        if text is None:
            undecodable.add(place)
            text = raw.decode("utf-8", "replace")
        lines.append(text)
    return lines, undecodable


def _line(raw: bytes) -> str | None:
    """One line of a file that is not all UTF-8. What is GB18030 may pass for UTF-8, but not for Chinese."""
    for coding in ("utf-8", "gb18030"):
        try:
            text = raw.decode(coding)
        except UnicodeDecodeError:
            continue
        if coding == "gb18030" or text.isascii() or any(letter >= "\u0800" for letter in text):
            return text
    return None


def _row(number: int, cells: list[str], kinds: set[str]) -> Row | None:
    cut = cells[:_MOST_COLUMNS]
    while cut and not cut[-1]:
        cut.pop()
    if not cut:
        return None
    faults = {"formula"} if "f" in kinds else set()
    if any(len(each) > _LONGEST_CELL for each in cut):
        faults.add("long")
    return Row(number, tuple(each[:_LONGEST_CELL] for each in cut), frozenset(faults))


def _text(value: object) -> str:
    """A cell as somebody would have typed it: whole numbers without a fraction, days as 2026-11-18."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value).strip()
