"""Pure decisions about what people keep secret: what a password or a PIN may be, when a one-time code is good."""

import re
import unicodedata
from datetime import datetime, timedelta
from typing import Final

from members.errors import PasswordTooWeak, PinTooWeak

SHORTEST_PASSWORD: Final = 8
LONGEST_PASSWORD: Final = 128
SHORTEST_PIN: Final = 4
LONGEST_PIN: Final = 6
#: Beginnings of what people choose first; a password that is one of these and a few digits is guessed in the first
#: tries. It needs no long list, because tries are counted.
_GUESSED_FIRST: Final = (
    "password",
    "qwerty",
    "iloveyou",
    "abc123",
    "a123456",
    "admin",
    "woaini",
    "zhengyi",
    "lianmeng",
)
_SEQUENCES: Final = (
    "01234567890123456789",
    "98765432109876543210",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjkl",
)


def clean_password(text: str, *, phone: str | None = None, name: str = "", field: str = "password") -> str:
    """The password in NFC, as it is hashed. Raises `PasswordTooWeak` with a reason.

    Reasons: `too_short` (8 code points), `too_long` (128), `characters`, `guessable` (one character repeated, a run
    of the keyboard, the own telephone number or name, one of the usual first guesses).
    """
    if len(text) > LONGEST_PASSWORD:
        raise PasswordTooWeak(field=field, reason="too_long", shortest=SHORTEST_PASSWORD)
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
        raise PasswordTooWeak(field=field, reason="characters", shortest=SHORTEST_PASSWORD)
    clean = unicodedata.normalize("NFC", text)
    if len(clean) < SHORTEST_PASSWORD:
        raise PasswordTooWeak(field=field, reason="too_short", shortest=SHORTEST_PASSWORD)
    if _guessable(clean.casefold(), phone, name.casefold()):
        raise PasswordTooWeak(field=field, reason="guessable", shortest=SHORTEST_PASSWORD)
    return clean


def _guessable(password: str, phone: str | None, name: str) -> bool:
    core = password.rstrip("0123456789!.")
    return (
        len(set(password)) <= 2
        or any(password in sequence for sequence in _SEQUENCES)
        or core in _GUESSED_FIRST
        or password in _GUESSED_FIRST
        or (
            phone is not None
            and len(core) < 3
            and password[len(core) :]
            and phone.endswith(password[len(core) :])
        )
        or (len(name) >= 4 and core == name)
    )


_MONTH, _DAY = "(?:0[1-9]|1[0-2])", "(?:0[1-9]|[12][0-9]|3[01])"
#: A year, or a day as people write their birthdays: with the year before, behind, or left out.
_BIRTHDAY: Final = re.compile(
    f"(?:19|20)[0-9]{{2}}{_MONTH}?|[0-9]{{2}}{_MONTH}{_DAY}|{_DAY}{_MONTH}[0-9]{{2}}|{_MONTH}{_DAY}|{_DAY}{_MONTH}"
)
#: Lines on the keys of a telephone, and numbers that sound like something.
_PINS_GUESSED_FIRST: Final = ("2580", "0852", "1357", "2468", "1314", "5201", "52013", "147258", "159357")


def clean_pin(text: str, *, phone: str | None = None, number: int | None = None, field: str = "pin") -> str:
    """A PIN of four to six ASCII digits. Raises `PinTooWeak` with a reason.

    Reasons: `digits` (anything else), `guessable`: two digits or one half repeated, a run such as 1234, a year or a
    birthday, one of the usual first guesses, a part of the own telephone's end or of the member number, which stands
    on the card.
    """
    if not re.fullmatch(rf"[0-9]{{{SHORTEST_PIN},{LONGEST_PIN}}}", text, re.ASCII):
        raise PinTooWeak(field=field, reason="digits")
    if (
        len(set(text)) <= 2
        or text[: len(text) // 2] * 2 == text
        or any(text in sequence for sequence in _SEQUENCES)
        or text in _PINS_GUESSED_FIRST
        or _BIRTHDAY.fullmatch(text)
        or (phone is not None and phone.endswith(text))
        or (number is not None and text in str(number))
    ):
        raise PinTooWeak(field=field, reason="guessable")
    return text


ONE_TIME_CODE_DIGITS: Final = 6
ONE_TIME_CODE_LIFE: Final = timedelta(minutes=5)
ONE_TIME_CODE_TRIES: Final = 5


def one_time_code_open(expires_at: datetime, tries: int, now: datetime) -> bool:
    """Whether a one-time code may be tried (once more)."""
    return now < expires_at and tries < ONE_TIME_CODE_TRIES
