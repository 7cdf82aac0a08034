"""What people write: bounded, in one form, and without what no hand writes."""

import re
import unicodedata
from collections.abc import Callable
from typing import Final

#: Controls, format characters (marks of direction, zero width), lone surrogates, private use, unassigned, line ends.
_UNWRITTEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
#: Line ends of word processors, which come along when a text is pasted.
_LINE_ENDS: Final = str.maketrans(dict.fromkeys("\x0b\x0c\x85\u2028\u2029", "\n"))
#: Ideographs of the supplementary planes: rare characters of names, and newer ones than a Python knows. The last 622
#: came for names alone.
_RARE_IDEOGRAPHS: Final = "\U00020000-\U0002fffd\U00030000-\U0003fffd"
#: Signs of a keyboard for pictures, also newer ones than a Python knows.
_PICTURES: Final = "\u2190-\u21ff\u2600-\u27bf\u2b00-\u2bff\U0001f300-\U0001faff"
#: It joins pictures to one, three people to a family, by a character without width.
_JOINED: Final = re.compile(f"(?:(?<=[{_PICTURES}])|(?<=[{_PICTURES}]\ufe0f))\u200d(?=[{_PICTURES}])")
_RARE: Final = re.compile(f"[{_RARE_IDEOGRAPHS}]")
_WRITTEN: Final = re.compile(f"[{_RARE_IDEOGRAPHS}{_PICTURES}\r\n\t]")


def clean_line(text: str, longest: int, fail: Callable[[str], Exception], *, required: bool = True) -> str:
    """`text` in one line: NFC, single spaces, none at the ends.

    Raises `fail(reason)`: "empty", "too_long" (more than `longest` code points once it is clean) or "characters".
    """
    return _bounded(" ".join(_written(text, longest, fail).split()), longest, fail, required=required)


def clean_paragraphs(
    text: str, longest: int, fail: Callable[[str], Exception], *, required: bool = True
) -> str:
    """`text` in lines, each as `clean_line` makes it, with at most one empty line between two. Raises the same."""
    lines = [" ".join(line.split()) for line in _written(text, longest, fail).splitlines()]
    clean = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return _bounded(clean, longest, fail, required=required)


def is_written(text: str) -> bool:
    """Whether a hand can have written all of it, beginnings of new lines included."""
    # Not without a trace: what stood around a sign must not become neighbours.
    doubtful = _WRITTEN.sub(" ", _JOINED.sub(" ", text))
    return all(unicodedata.category(each) not in _UNWRITTEN for each in doubtful)


def has_letter(text: str) -> bool:
    """Whether there is a letter or a number in it, and not only signs."""
    return any(unicodedata.category(each)[0] in "LN" or _RARE.match(each) for each in text)


def _written(text: str, longest: int, fail: Callable[[str], Exception]) -> str:
    # The length first: normalising ten thousand combining marks costs time.
    if len(text) > 4 * longest:
        raise fail("too_long")
    text = text.translate(_LINE_ENDS)
    if not is_written(text):
        raise fail("characters")
    return unicodedata.normalize("NFC", text)


def _bounded(clean: str, longest: int, fail: Callable[[str], Exception], *, required: bool) -> str:
    if required and not clean:
        raise fail("empty")
    if len(clean) > longest:
        raise fail("too_long")
    return clean
