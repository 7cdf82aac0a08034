"""Printed documents as PDF, A4, with their fonts inside: the same on every screen and every printer.

The fonts are put into `fonts/` when the pages are built (see frontend/build.mjs). Only the characters that a document
uses are embedded. A character that none of the fonts has is named by its number, [U+3FFFD], because a box on paper
tells nobody anything.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.enums import Align, MethodReturnValue, WrapMode, XPos, YPos

from core import clock
from core.config import ROOT

FONTS: Final = ROOT / "fonts"
_FILES: Final = {"regular": "regular.ttf", "bold": "bold.ttf", "rare": "rare.ttf"}
_INK: Final = (22, 35, 58)
_MUTED: Final = (86, 96, 111)
_LINE: Final = (196, 190, 180)
_RED: Final = (198, 40, 40)
_SHADE: Final = (246, 243, 237)
_MARGIN_MM: Final = 18.0
_BOTTOM_MM: Final = 22.0
_SIGNATURES_MM: Final = 34.0
_CELL_POINTS: Final = 9.5
#: Stands for the number of pages until it is known. Of the private area, so that it is in nobody's name.
_PAGES: Final = "\uf8ff" * 3
#: Marks that change how a character looks or flows, and that no font draws.
_UNSEEN: Final = re.compile(
    "[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]"
)
#: Scripts that break a line between any two characters.
_IDEOGRAPH: Final = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")


class FontsMissing(RuntimeError):
    """The fonts are not there: the pages were not built."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: the words above it, its share of the width, and whether it holds numbers."""

    label: str
    share: float
    numeric: bool = False


class Document:
    """A document that is written from top to bottom; `content` gives the finished file."""

    def __init__(self, title: str, *, author: str = "", language: str = "zh-CN") -> None:
        self._pdf = _Paper(_readable(title))
        self._pdf.set_title(_readable(title))
        self._pdf.set_author(_readable(author))
        self._pdf.set_lang(language)
        self._pdf.set_creation_date(clock.now())
        self._pdf.add_page()

    @property
    def pages(self) -> int:
        """How many pages there are so far."""
        return self._pdf.page_no()

    def title(self, text: str, above: str = "") -> None:
        """The document's name in large letters, and who issues it above."""
        if above:
            self._paragraph(above, size=10, color=_MUTED)
        self._paragraph(text, size=19, style="B", height=9.5)
        self._pdf.set_draw_color(*_RED)
        self._pdf.set_line_width(0.8)
        y = self._pdf.get_y() + 1.5
        self._pdf.line(_MARGIN_MM, y, _MARGIN_MM + 24, y)
        self._pdf.ln(6)

    def heading(self, text: str) -> None:
        """A heading over what follows, kept together with it."""
        self._need(24)
        self._pdf.ln(3)
        self._paragraph(text, size=12, style="B", height=7)
        self._pdf.ln(1)

    def text(self, text: str) -> None:
        """A paragraph of small print."""
        self._paragraph(text, size=9, color=_MUTED, height=4.8)

    def facts(self, items: Sequence[tuple[str, str]]) -> None:
        """Labels with their values, one below the other."""
        label_width = self._pdf.epw * 0.3
        for label, value in items:
            names = self._pdf.broken(label, label_width, 9.5, "")
            lines = self._pdf.broken(value, self._pdf.epw - label_width, 10.5, "")
            self._need(5.6 * max(len(lines), len(names)))
            top = self._pdf.get_y()
            self._lines(names, _MARGIN_MM, top, label_width, (9.5, "", _MUTED), Align.L)
            self._lines(
                lines, _MARGIN_MM + label_width, top, self._pdf.epw - label_width, (10.5, "", _INK), Align.L
            )
            self._pdf.set_y(top + 5.6 * max(len(lines), len(names)))
        self._pdf.ln(1)

    def table(
        self, columns: Sequence[Column], rows: Sequence[Sequence[str]], totals: Sequence[Sequence[str]] = ()
    ) -> None:
        """A table; its header is repeated on each page, a text that is too wide goes on in the next line.

        `totals` are rows below it in heavy letters, kept together with each other.
        """
        whole = sum(column.share for column in columns)
        widths = [self._pdf.epw * column.share / whole for column in columns]
        header = self._cells(columns, widths, [column.label for column in columns], "B")
        self._need(16)
        self._row(widths, header, shaded=True)
        for row in rows:
            cells = self._cells(columns, widths, row, "")
            if self._pdf.get_y() + _height(cells) > self._pdf.page_break_trigger:
                self._pdf.add_page()
                self._row(widths, header, shaded=True)
            self._row(widths, cells)
        below = [self._cells(columns, widths, row, "B") for row in totals]
        self._need(sum(map(_height, below)))
        for cells in below:
            self._row(widths, cells)
        self._pdf.ln(3)

    def signatures(self, labels: Sequence[str]) -> None:
        """Lines to sign on, side by side, never torn apart by the end of a page."""
        self._need(_SIGNATURES_MM)
        gap = 12.0
        width = (self._pdf.epw - gap * (len(labels) - 1)) / len(labels)
        top = self._pdf.get_y() + 20
        self._pdf.set_draw_color(*_INK)
        self._pdf.set_line_width(0.3)
        for number, label in enumerate(labels):
            left = _MARGIN_MM + number * (width + gap)
            self._pdf.line(left, top, left + width, top)
            lines = self._pdf.broken(label, width, 9, "")
            self._lines(lines, left, top + 1.5, width, (9, "", _MUTED), Align.L)
        self._pdf.set_y(top + 14)

    def content(self) -> bytes:
        """The finished file."""
        return bytes(self._pdf.output())

    def _paragraph(
        self,
        text: str,
        *,
        size: float,
        style: str = "",
        color: tuple[int, int, int] = _INK,
        height: float = 5.5,
    ) -> None:
        for line in self._pdf.broken(text, self._pdf.epw, size, style):
            self._need(height)
            top = self._pdf.get_y()
            self._lines([line], _MARGIN_MM, top, self._pdf.epw, (size, style, color), Align.L, height)
            self._pdf.set_y(top + height)

    def _need(self, height: float) -> None:
        """Begin a new page when less than `height` millimetres are left."""
        if self._pdf.get_y() + height > self._pdf.page_break_trigger:
            self._pdf.add_page()

    def _cells(
        self, columns: Sequence[Column], widths: Sequence[float], row: Sequence[str], style: str
    ) -> list["_Cell"]:
        cells = []
        for column, width, text in zip(columns, widths, row, strict=True):
            size = self._pdf.fitting(text, width - 3, style) if column.numeric else _CELL_POINTS
            lines = self._pdf.broken(text, width - 3, size, style)
            cells.append(_Cell(lines, size, style, Align.R if column.numeric else Align.L))
        return cells

    def _row(self, widths: Sequence[float], cells: Sequence["_Cell"], *, shaded: bool = False) -> None:
        height, top, left = _height(cells), self._pdf.get_y(), _MARGIN_MM
        if shaded:
            self._pdf.set_fill_color(*_SHADE)
            self._pdf.rect(left, top, self._pdf.epw, height, style="F")
        for cell, width in zip(cells, widths, strict=True):
            look = (cell.size, cell.style, _INK)
            self._lines(cell.lines, left + 1.5, top + 1.1, width - 3, look, cell.align, 5.0)
            left += width
        self._pdf.set_draw_color(*_LINE)
        self._pdf.set_line_width(0.2)
        self._pdf.line(_MARGIN_MM, top + height, _MARGIN_MM + self._pdf.epw, top + height)
        self._pdf.set_y(top + height)

    def _lines(
        self,
        lines: Sequence[str],
        left: float,
        top: float,
        width: float,
        look: tuple[float, str, tuple[int, int, int]],
        align: Align,
        height: float = 5.0,
    ) -> None:
        size, style, color = look
        self._pdf.set_font("regular", style, size)
        self._pdf.set_text_color(*color)
        for number, line in enumerate(lines):
            self._pdf.set_xy(left, top + number * height)
            self._pdf.cell(width, height, line, align=align, new_x=XPos.RIGHT, new_y=YPos.TOP)


@dataclass(frozen=True, slots=True)
class _Cell:
    lines: list[str]
    size: float
    style: str
    align: Align


def _height(cells: Sequence[_Cell]) -> float:
    return 5.0 * max(len(cell.lines) for cell in cells) + 2.2


class _Paper(FPDF):
    """A4 with our fonts, margins and footer."""

    def __init__(self, title: str) -> None:
        super().__init__(orientation="portrait", unit="mm", format="A4")
        self._footer_title = title
        _known()
        self.add_font("regular", "", FONTS / _FILES["regular"])
        self.add_font("regular", "B", FONTS / _FILES["bold"])
        self.add_font("rare", "", FONTS / _FILES["rare"])
        self.set_fallback_fonts(["rare"], exact_match=False)
        self.set_margins(_MARGIN_MM, _MARGIN_MM)
        self.c_margin = 0
        self.set_auto_page_break(auto=False, margin=_BOTTOM_MM)
        self.alias_nb_pages(_PAGES)
        self.set_font("regular", "", 10)

    def footer(self) -> None:
        """The title again, and which page of how many."""
        self.set_y(-14)
        self.set_font("regular", "", 8)
        self.set_text_color(*_MUTED)
        title = self.broken(self._footer_title, self.epw - 30, 8, "")[0]
        self.cell(self.epw - 30, 5, title, new_x=XPos.RIGHT, new_y=YPos.TOP)
        self.cell(30, 5, f"{self.page_no()} / {_PAGES}", align=Align.R)

    def fitting(self, text: str, width: float, style: str) -> float:
        """The size, at most that of tables, in which a number fits into one line: half a number is another number."""
        self.set_font("regular", style, _CELL_POINTS)
        needed = self.get_string_width(_readable(text))
        return _CELL_POINTS if needed <= width else _CELL_POINTS * 0.99 * width / needed

    def broken(self, text: str, width: float, size: float, style: str) -> list[str]:
        """`text` in lines that fit into `width` millimetres; one empty line for no text."""
        clean = _readable(text)
        self.set_font("regular", style, size)
        if "\n" not in clean and self.get_string_width(clean) <= width:
            return [clean]
        wrap = WrapMode.CHAR if _IDEOGRAPH.search(clean) else WrapMode.WORD
        lines = self.multi_cell(
            width, 5, clean, dry_run=True, output=MethodReturnValue.LINES, wrapmode=wrap, align=Align.L
        )
        return list(lines) if isinstance(lines, list) and lines else [""]


@lru_cache(maxsize=4096)
def _readable(text: str) -> str:
    """`text` in one line of characters that the fonts have."""
    known = _known()
    clean = unicodedata.normalize("NFC", " ".join(_UNSEEN.sub("", text).split()))
    return "".join(each if ord(each) in known else f"[U+{ord(each):04X}]" for each in clean)


@lru_cache
def _known() -> frozenset[int]:
    """The characters that can be written. Raises `FontsMissing`."""
    found: set[int] = set()
    for name in _FILES.values():
        if not (FONTS / name).exists():
            raise FontsMissing("fonts/ is empty: build the pages (make run, or node frontend/build.mjs)")
        if name != _FILES["bold"]:
            with TTFont(FONTS / name, lazy=True) as font:
                found |= set(font.getBestCmap())
    return frozenset(found)
