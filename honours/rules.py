"""Pure decisions about letters and titles: what may stand in them, how they are numbered, what a period is."""

import re
from datetime import date
from typing import Final

from core import texts
from honours.errors import HonourPeriodInvalid, LetterTextInvalid

#: What fits on one sheet in letters that an old eye reads.
LONGEST_CHINESE: Final = 300
LONGEST_ENGLISH: Final = 600
LONGEST_REASON: Final = 200
#: The star among the squads' leaders, and the excellent squad.
TITLES: Final = ("star", "squad")
#: Proposed for one title and period.
MOST_PROPOSED: Final = 10
_PERIOD: Final = re.compile(r"(20[0-9]{2})(?:-(0[1-9]|1[0-2]))?")
_NUMBER: Final = re.compile(r"([0-9]{4})-([0-9]{4,7})")


def clean_text(text: str, field: str, longest: int, *, required: bool = True) -> str:
    """`text` in one paragraph. Raises `LetterTextInvalid`."""
    return texts.clean_line(
        text,
        longest,
        lambda reason: LetterTextInvalid(field=field, reason=reason, longest=longest),
        required=required,
    )


def clean_occasions(chinese: str, english: str) -> tuple[str, str]:
    """What a letter thanks for, in both languages; English may be empty. Raises `LetterTextInvalid`."""
    return (
        clean_text(chinese, "occasion_zh", LONGEST_CHINESE),
        clean_text(english, "occasion_en", LONGEST_ENGLISH, required=False),
    )


def clean_reason(text: str) -> str:
    """Why a letter is withdrawn. Raises `LetterTextInvalid`."""
    return clean_text(text, "reason", LONGEST_REASON)


def number(year: int, sequence: int) -> str:
    """The number as it is printed: "2026-0001"."""
    return f"{year}-{sequence:04}"


def read_number(text: str) -> tuple[int, int] | None:
    """Year and sequence of a number as it is printed, None for anything else."""
    found = _NUMBER.fullmatch(text.strip())
    return (int(found[1]), int(found[2])) if found else None


def first_day_of(period: str, today: date) -> date:
    """The first day of "2026-11" or "2026". Raises `HonourPeriodInvalid` for anything else, and for times to come."""
    found = _PERIOD.fullmatch(period)
    if found is None:
        raise HonourPeriodInvalid(field="period")
    first = date(int(found[1]), int(found[2] or 1), 1)
    if first > today:
        raise HonourPeriodInvalid(field="period")
    return first
