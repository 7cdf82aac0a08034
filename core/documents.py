"""Printed documents as PDF, A4, with their fonts inside: the same on every screen and every printer.

The fonts are put into `fonts/` when the pages are built (see frontend/build.mjs). Only the characters that a document
uses are embedded. A character that none of the fonts has is named by its number, [U+3FFFD], because a box on paper
tells nobody anything.
"""

import io
import math
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
#: Points of the smallest letters of a certificate.
_SMALLEST: Final = 8.0
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
class CertificateWords:
    """What stands on a certificate, from top to bottom; `seal` is written where the seal is to be stamped.

    `hint` says how the `code` is checked, `address` where it is typed.
    """

    issuer: str
    title: str
    number: str
    recipient: str
    body: str
    closing: str
    seal: str
    date: str
    code: str
    hint: str
    address: str


def certificate(words: CertificateWords, qr_png: bytes, *, language: str) -> bytes:
    """One A4 sheet with frame, crest, seal area and a QR code (`qr_png`) to be asked whether it is genuine.

    Texts that are too long for their place are set smaller, never cut. Raises `FontsMissing`.
    """
    sheet = _Certificate(_readable(words.title))
    sheet.set_title(_readable(f"{words.title} {words.number}"))
    sheet.set_author(_readable(words.issuer))
    sheet.set_lang(language)
    sheet.set_creation_date(clock.now())
    sheet.add_page()
    sheet.frame()
    sheet.crest(42)
    sheet.line_at(60, words.issuer, 13, _MUTED)
    sheet.line_at(70, words.title, 30, _RED, "B", height=14)
    sheet.line_at(87, words.number, 12, _MUTED)
    sheet.line_at(103, words.recipient, 20, _INK, "B", height=10)
    bottom = sheet.block(120, words.body, 78, 15)
    sheet.block(bottom + 6, words.closing, 210 - bottom, 13)
    sheet.seal_area(words.seal, words.issuer, words.date)
    sheet.image(io.BytesIO(qr_png), x=35, y=220, w=34, h=34, alt_text=_readable(words.code))
    sheet.small_print(words)
    return bytes(sheet.output())


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


class _Certificate(_Paper):
    """One sheet to be framed: without footer, everything at its place, centred."""

    def footer(self) -> None:
        """Nothing: it is one sheet, and its number stands above."""

    def frame(self) -> None:
        """Two lines around the sheet."""
        self.set_draw_color(*_RED)
        for inset, width in ((9.0, 1.2), (11.5, 0.3)):
            self.set_line_width(width)
            self.rect(inset, inset, self.w - 2 * inset, self.h - 2 * inset)

    def crest(self, middle: float) -> None:
        """The star on a red disc, `middle` millimetres from the top."""
        across = self.w / 2
        self.set_fill_color(*_RED)
        self.circle(across, middle, 13, style="F")
        self.set_draw_color(255, 255, 255)
        self.set_line_width(0.5)
        self.circle(across, middle, 11.4)
        self.set_fill_color(255, 255, 255)
        points = [
            (
                across + radius * math.sin(math.pi * corner / 5),
                middle - radius * math.cos(math.pi * corner / 5),
            )
            for corner in range(10)
            for radius in ((8.6,) if corner % 2 == 0 else (3.4,))
        ]
        self.polygon(points, style="F")

    def line_at(
        self,
        top: float,
        text: str,
        size: float,
        color: tuple[int, int, int],
        style: str = "",
        *,
        left: float = 24.0,
        width: float = 162.0,
        height: float = 7.0,
    ) -> None:
        """One centred line, smaller where it would be too wide."""
        clean = _readable(text)
        self.set_font("regular", style, size)
        needed = self.get_string_width(clean)
        if needed > width:
            self.set_font("regular", style, size * 0.99 * width / needed)
        self.set_text_color(*color)
        self.set_xy(left, top)
        self.cell(width, height, clean, align=Align.C)

    def block(self, top: float, text: str, height: float, size: float) -> float:
        """A centred paragraph in at most `height` millimetres, smaller if it must be; where it ends."""
        lines = self.broken(text, 150, size, "")
        while len(lines) * size * 0.6 > height and size > _SMALLEST:
            size -= 0.5
            lines = self.broken(text, 150, size, "")
        for number, line in enumerate(lines):
            self.line_at(top + number * size * 0.6, line, size, _INK, left=30, width=150, height=size * 0.6)
        return top + len(lines) * size * 0.6

    def seal_area(self, label: str, issuer: str, date: str) -> None:
        """The place for the seal, over who issues it and when."""
        self.set_draw_color(*_RED)
        self.set_line_width(0.3)
        self.set_dash_pattern(1.5, 1.5)
        self.circle(152, 236, 19)
        self.set_dash_pattern()
        self.line_at(233, label, 11, _LINE, left=133, width=38)
        self.line_at(257, issuer, 12, _INK, left=112, width=80)
        self.line_at(264, date, 12, _INK, left=112, width=80)

    def small_print(self, words: CertificateWords) -> None:
        """The code in groups below its square, and what it is for."""
        self.line_at(255, words.code, 10.5, _INK, "B", left=16, width=72, height=5)
        for top, line in ((261.5, words.hint), (265.5, words.address)):
            self.line_at(top, line, 8, _MUTED, left=16, width=72, height=4)


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
