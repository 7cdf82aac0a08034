"""What texts may hold that residents and staff write: bounded, composed, without what no hand writes."""

import re
import unicodedata
from collections.abc import Callable
from typing import Final

import core.texts
from reports.errors import TextInvalid

LONGEST_WORDS: Final = 1000
LONGEST_PLACE: Final = 80
LONGEST_NOTE: Final = 400
LONGEST_NAME: Final = 80
LONGEST_REASON: Final = 200
LONGEST_ADDRESS: Final = 120
_DIGITS: Final = "一二三四五六七八九十"
#: What follows the number of a building, a staircase, a floor, a flat.
_PARTS: Final = "号楼|号院|单元|[幢栋座楼门层室号户]"


def clean_line(text: str, field: str, longest: int, *, required: bool = False) -> str:
    """A text of one line. Raises `TextInvalid`: `empty`, `too_long`, `characters`."""
    return core.texts.clean_line(text, longest, _refusal(field, longest), required=required)


def clean_words(text: str, field: str, longest: int = LONGEST_WORDS, *, required: bool = True) -> str:
    """A text that may have paragraphs. Raises `TextInvalid`."""
    return core.texts.clean_paragraphs(text, longest, _refusal(field, longest), required=required)


def _refusal(field: str, longest: int) -> Callable[[str], TextInvalid]:
    return lambda reason: TextInvalid(field=field, reason=reason, longest=longest)


def dwelling_key(address: str) -> str:
    """The form under which a dwelling is known: "西苑小区三号楼 201 室" and "西苑3幢－201" are "西苑3-201"."""
    folded = unicodedata.normalize("NFKC", address).casefold().replace("小区", "")
    folded = re.sub(f"([{_DIGITS}]{{1,3}})(?={_PARTS})", _counted, folded)
    parted = re.sub(rf"(?<=\d)[\W_]*(?:{_PARTS})|[\W_]+", "-", folded)
    # A mark counts only between two numbers: 3-1-602 is not 31-602.
    return re.sub(r"(?<!\d)-+|-+(?!\d)", "", re.sub("-+", "-", parted))


def dwelling_numbers(address: str) -> str:
    """The numbers of an address in their order: where they are the same, it may be the same dwelling."""
    return "-".join(re.findall(r"\d+", dwelling_key(address)))


def _counted(numeral: re.Match[str]) -> str:
    """A Chinese numeral below a hundred as digits: 十二 is 12, 二十 is 20, 三 is 3; what is none stays."""
    found = re.fullmatch(f"([{_DIGITS[:9]}]?)(十?)([{_DIGITS[:9]}]?)", numeral[1])
    if found is None or (found[1] and found[3] and not found[2]):
        return numeral[1]
    tens, ten, ones = found.groups()
    if not ten:
        return str(_DIGITS.index(tens or ones) + 1)
    return str(10 * (_DIGITS.index(tens) + 1 if tens else 1) + (_DIGITS.index(ones) + 1 if ones else 0))


def receipt_key(text: str) -> str:
    """The form of a receipt's number under which it is known."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).upper())
