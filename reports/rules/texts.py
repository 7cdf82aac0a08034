"""What texts may hold that residents and staff write: bounded, composed, without what no hand writes."""

import re
import unicodedata
from typing import Final

from reports.errors import TextInvalid

LONGEST_WORDS: Final = 1000
LONGEST_PLACE: Final = 80
LONGEST_NOTE: Final = 400
LONGEST_NAME: Final = 80
LONGEST_REASON: Final = 200
LONGEST_ADDRESS: Final = 120
#: Controls, format characters (marks of direction, zero width), lone surrogates, private use, unassigned.
_UNWRITTEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def clean_line(text: str, field: str, longest: int, *, required: bool = False) -> str:
    """A text of one line in NFC with single spaces. Raises `TextInvalid`: `empty`, `too_long`, `characters`."""
    return _clean(text, field, longest, required=required, separators=("",))


def clean_words(text: str, field: str, longest: int = LONGEST_WORDS, *, required: bool = True) -> str:
    """A text that may have paragraphs; empty lines fall together. Raises `TextInvalid`."""
    return _clean(
        text.replace("\r\n", "\n"), field, longest, required=required, separators=("\n",), lines=True
    )


def _clean(
    text: str, field: str, longest: int, *, required: bool, separators: tuple[str, ...], lines: bool = False
) -> str:
    # The length first: normalising ten thousand combining marks costs time.
    if len(text) > 4 * longest:
        raise TextInvalid(field=field, reason="too_long", longest=longest)
    if any(each not in separators and unicodedata.category(each) in _UNWRITTEN for each in text):
        raise TextInvalid(field=field, reason="characters", longest=longest)
    composed = unicodedata.normalize("NFC", text)
    parts = (" ".join(part.split()) for part in (composed.split("\n") if lines else (composed,)))
    clean = "\n".join(part for part in parts if part)
    if required and not clean:
        raise TextInvalid(field=field, reason="empty", longest=longest)
    if len(clean) > longest:
        raise TextInvalid(field=field, reason="too_long", longest=longest)
    return clean


def dwelling_key(address: str) -> str:
    """The form of an address under which a dwelling is known: "3 号楼 201" and "3号楼－201" are one."""
    folded = unicodedata.normalize("NFKC", address).casefold()
    return re.sub(r"[\W_]+", "", folded)


def receipt_key(text: str) -> str:
    """The form of a receipt's number under which it is known."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).upper())
