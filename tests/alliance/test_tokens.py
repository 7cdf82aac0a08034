"""Colours stand in one file, and the dark ones twice: chosen by the reader, or by his device.

`light-dark()` would say each colour once, but WeChat's built-in browser on older phones does not know it.
"""

import re

from core.config import ROOT

TOKENS = (ROOT / "frontend" / "styles" / "tokens.css").read_text(encoding="utf-8")


def colours(selector: str) -> dict[str, str]:
    found = re.search(rf"{re.escape(selector)} \{{([^}}]*)\}}", TOKENS)
    assert found, selector
    return dict(re.findall(r"([\w-]+):\s*([^;]+);", found[1]))


def test_the_dark_theme_is_the_same_whether_the_reader_or_the_device_chose_it() -> None:
    assert colours(':root[data-theme="dark"]') == colours(':root:not([data-theme="light"])')


def test_every_dark_colour_has_a_light_one() -> None:
    assert set(colours(':root[data-theme="dark"]')) - {"color-scheme"} <= set(colours(":root"))
