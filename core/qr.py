"""QR codes as pictures: SVG for pages and print, PNG for downloads.

The library `qrcode` makes the symbol. The SVG is written here, because it stands inside pages under a strict
Content-Security-Policy: no style element, no style attribute, only a path on white with its quiet zone.
"""

import io
import string
from itertools import groupby
from typing import Literal

from markupsafe import Markup
from PIL import Image
from qrcode.constants import ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.main import QRCode
from qrcode.util import MODE_8BIT_BYTE, MODE_ALPHA_NUM, QRData

#: How much of the symbol may be lost: M about 15 % (screens), Q about 25 % (plates and cards, which get scratched).
Level = Literal["M", "Q"]

#: Modules of white around the symbol. The standard asks for four; a dark page needs them most.
QUIET_ZONE = 4
LONGEST_ADDRESS = 200

_LEVELS = {"M": ERROR_CORRECT_M, "Q": ERROR_CORRECT_Q}
_SVG = Markup(
    '<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
    '<title>{title}</title><rect width="{size}" height="{size}" fill="#fff"/><path fill="#000" d="{path}"/></svg>'
)


def draw_svg(address: str, level: Level, title: str = "QR") -> Markup:
    """The QR code of `address` as an SVG element, safe to put into a page. `title` is what a screen reader says.

    Raises `ValueError` when the address is longer than any of ours.
    """
    modules = draw_modules(address, level)
    return _SVG.format(size=len(modules), title=title, path=_path(modules))


def draw_png(address: str, level: Level, module_pixels: int = 12) -> bytes:
    """The QR code of `address` as a black and white PNG, `module_pixels` to a module. Raises `ValueError` as above."""
    modules = draw_modules(address, level)
    size = len(modules)
    picture = Image.new("1", (size, size))
    picture.putdata([0 if dark else 255 for row in modules for dark in row])
    file = io.BytesIO()
    picture.resize((size * module_pixels,) * 2, Image.Resampling.NEAREST).save(file, "PNG", optimize=True)
    return file.getvalue()


def draw_modules(address: str, level: Level) -> list[list[bool]]:
    """The rows of the symbol with its quiet zone, true for dark. Raises `ValueError` as above."""
    if not 0 < len(address) <= LONGEST_ADDRESS:
        raise ValueError("not an address of ours")
    symbol = QRCode(error_correction=_LEVELS[level], border=QUIET_ZONE)
    # Two segments: the code at the end in the dense alphanumeric mode, which `qrcode` by itself would only choose
    # for long runs. It keeps the symbol a version or two smaller, so that it is read from further away.
    prefix = address.rstrip(string.digits + string.ascii_uppercase)
    code = address[len(prefix) :]
    for part, mode in ((prefix, MODE_8BIT_BYTE), (code, MODE_ALPHA_NUM)):
        if part:
            symbol.add_data(QRData(part.encode(), mode=mode), optimize=0)
    symbol.make(fit=True)
    return [[bool(dark) for dark in row] for row in symbol.get_matrix()]


def _path(modules: list[list[bool]]) -> str:
    """One closed rectangle for each dark run and all rows that have the same one below each other.

    Neighbours in one path leave no hairlines between them, and the first page travels to phones unpacked.
    """
    parts: list[str] = []
    begun: dict[tuple[int, int], int] = {}
    for y, row in enumerate([*modules, []]):
        runs = _dark_runs(row)
        for x, width in [each for each in begun if each not in runs]:
            top = begun.pop((x, width))
            parts.append(f"M{x} {top}h{width}v{y - top}h-{width}z")
        for run in runs:
            begun.setdefault(run, y)
    return "".join(parts)


def _dark_runs(row: list[bool]) -> list[tuple[int, int]]:
    """Where each dark run of the row begins, and how many modules it is wide."""
    runs, x = [], 0
    for dark, run in groupby(row):
        width = len(list(run))
        if dark:
            runs.append((x, width))
        x += width
    return runs
