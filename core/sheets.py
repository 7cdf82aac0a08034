"""Tables for spreadsheets, as CSV and XLSX: what is text stays text, whatever it looks like. `tables` reads them.

A member may be called `=1+1`. Opened in a spreadsheet that would be a formula, and `=HYPERLINK(…)` a trap; so text
never becomes one: in XLSX it is written as a text cell with the mark that a leading apostrophe would set, in CSV,
which knows no types, with that apostrophe.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

#: A number is an int, money a Decimal with two digits. Times are given as text, in the reader's way of writing.
Value = str | int | Decimal | date | None
#: What spreadsheets read as the beginning of a formula, also in its full-width form.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
#: No control characters but those in between that a cell may hold, no halves of a character: XML cannot say them.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LONGEST_TITLE = 31
_NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\']")
_MOST_WIDTH = 48


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
