"""Tables out of files that strangers made: XLSX and CSV, row by row, from any place on.

A file is known by its content, not its name, and bounded in bytes, rows, columns and in what it unpacks to; no formula
is ever worked out. Long lists are read in pieces, each by another request: `Table.read` goes on from where the one
before ended, at the price of opening the file once more.
"""

import csv
import io
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import NamedTuple

from core.errors import Invalid

#: What a workbook may unpack to.
MOST_UNPACKED_BYTES = 16 * 1024 * 1024
MOST_COLUMNS = 30
LONGEST_CELL = 2000
#: Further down nobody writes; a row that claims to be there would make a million empty ones.
_LAST_ROW = 20_000
#: Rows that are read at once when a table is wanted whole.
_PIECE = 2000
_SEPARATORS = (",", ";", "\t")
#: What stands for letters that somebody could not read before us.
_UNREAD = "�"


class SheetUnreadable(Invalid):
    """No table that can be read. Data: `field`, `reason`: kind, broken, empty, bomb."""

    code = "sheet_unreadable"


class SheetTooLarge(Invalid):
    """More than is read at once. Data: `field`, `most` rows."""

    code = "sheet_too_large"


class SheetRowHidden(Invalid):
    """The row is hidden: whoever looks at the file does not see it."""

    code = "sheet_row_hidden"


class SheetRowMerged(Invalid):
    """Cells of the row are merged with others, so that it does not say by itself what they show."""

    code = "sheet_row_merged"


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it was read: its number in the file from 1, its cells as text.

    `faults` names what keeps it from being used: "encoding", "formula", "hidden", "lines", "long", "merged",
    "rows" (lines with separators in them, in one cell).
    """

    number: int
    cells: tuple[str, ...]
    faults: frozenset[str] = frozenset()

    def check_heading(self, field: str) -> None:
        """Raise `SheetUnreadable` when a cell of the heading has swallowed rows. Headings of two lines are usual."""
        if "rows" in self.faults:
            raise SheetUnreadable(field=field, reason="broken")

    def check_layout(self) -> None:
        """Raise `SheetRowHidden` or `SheetRowMerged` when people see something else than the row says."""
        if "hidden" in self.faults:
            raise SheetRowHidden
        if "merged" in self.faults:
            raise SheetRowMerged


class Place(NamedTuple):
    """Where reading goes on: a place in the file, and the number of the last row before it."""

    at: int = 0
    number: int = 0


class Table(ABC):
    """A file that was opened. `size` is the place at its end."""

    size: int

    def __init__(self, most_rows: int, field: str) -> None:
        """`field` is what refusals name."""
        self._most_rows, self._field = most_rows, field

    @abstractmethod
    def read(self, place: Place, most: int) -> tuple[list[Row], Place | None]:
        """At most `most` rows from there on without the empty ones, and the place after them; None at the end.

        Raises `SheetUnreadable` and `SheetTooLarge`.
        """

    def head(self) -> tuple[Row, Place | None]:
        """The first row that is not empty, and the place after it. Raises `SheetUnreadable`."""
        place: Place | None = Place()
        while place is not None:
            rows, place = self.read(place, 1)
            if rows:
                return rows[0], place
        raise SheetUnreadable(field=self._field, reason="empty")

    def rest(self, place: Place | None) -> list[Row]:
        """All rows from there on. Raises `SheetTooLarge` when they are too many."""
        found: list[Row] = []
        while place is not None:
            rows, place = self.read(place, _PIECE)
            found += rows
            if len(found) > self._most_rows:
                raise self.too_large()
        return found

    def too_large(self) -> SheetTooLarge:
        """The refusal of a table of too many rows."""
        return SheetTooLarge(field=self._field, most=self._most_rows)

    def broken(self) -> SheetUnreadable:
        """The refusal of a file that is damaged."""
        return SheetUnreadable(field=self._field, reason="broken")

    @property
    def last_row(self) -> int:
        """No row further down is read."""
        return max(_LAST_ROW, 2 * self._most_rows)


class CsvTable(Table):
    """Text with commas, semicolons or tabs: UTF-8, UTF-16 with its mark, or GB18030, also mixed line by line."""

    def __init__(self, content: bytes, most_rows: int, field: str) -> None:
        """Raises `SheetUnreadable` and `SheetTooLarge`."""
        super().__init__(most_rows, field)
        if b"\x00" in content and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise SheetUnreadable(field=field, reason="kind")
        self._lines = _decoded(content)
        self.size = len(self._lines)
        if self.size > 4 * most_rows + 1000:
            raise self.too_large()
        head = next((line for line in self._lines if line.strip()), "")
        self._separator = max(_SEPARATORS, key=head.count)

    def read(self, place: Place, most: int) -> tuple[list[Row], Place | None]:
        """As `Table.read`; places are lines."""
        reader = csv.reader(iter(self._lines[place.at :]), delimiter=self._separator)
        rows: list[Row] = []
        try:
            while len(rows) < most:
                number = place.at + reader.line_num + 1
                cells = next(reader, None)
                if cells is None:
                    return rows, None
                faults = {"formula"} if any(each[:1] in {"=", "@"} for each in cells) else set()
                # Our own files mark text with an apostrophe so that it is no formula.
                plain = [(each[1:] if each[:1] == "'" else each).strip() for each in cells]
                # A quotation mark that is not closed has swallowed the rows below: nobody must miss them in silence.
                several = [each for each in cells if {"\n", "\r"} & set(each.rstrip())]
                if several:
                    faults.add("lines")
                if any(self._separator in each for each in several):
                    faults.add("rows")
                row = clean_row(number, plain, faults)
                if row is not None:
                    rows.append(row)
        except csv.Error as error:
            raise self.broken() from error
        return rows, Place(place.at + reader.line_num, place.at + reader.line_num)


def _decoded(content: bytes) -> list[str]:
    """The lines; what is in no known encoding has signs in it that stand for unread letters."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _lines(content.decode("utf-16", "replace"))
    try:
        return _lines(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        # Lines end where people see them end: to `splitlines` of text a dozen rarer signs are ends of lines, too.
        return [_line(raw) for raw in content.removeprefix(b"\xef\xbb\xbf").splitlines(keepends=True)]


def _lines(text: str) -> list[str]:
    return list(io.StringIO(text, newline=""))


def _line(raw: bytes) -> str:
    """One line of a file that is not all UTF-8. What is GB18030 may pass for UTF-8, but not for Chinese."""
    for coding in ("utf-8", "gb18030"):
        try:
            text = raw.decode(coding)
        except UnicodeDecodeError:
            continue
        if coding == "gb18030" or text.isascii() or any(letter >= "\u0800" for letter in text):
            return text
    return raw.decode("utf-8", "replace")


def clean_row(number: int, cells: list[str], faults: set[str]) -> Row | None:
    """The row as it is handed on, cut to what anybody means; None for an empty one."""
    cut = cells[:MOST_COLUMNS]
    while cut and not cut[-1]:
        cut.pop()
    if not cut:
        return None
    if any(len(each) > LONGEST_CELL for each in cut):
        faults = faults | {"long"}
    if any(_UNREAD in each for each in cut):
        faults = faults | {"encoding"}
    return Row(number, tuple(each[:LONGEST_CELL] for each in cut), frozenset(faults))


def whole_number(text: str) -> str:
    """A number as somebody would have typed it: whole ones without a fraction or a power of ten."""
    if re.fullmatch(r"[0-9]{1,15}", text):
        return text
    value = float(text)
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else text
