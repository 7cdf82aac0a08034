"""marshmallow's messages about single fields: a stable code for programs, a sentence in the reader's language."""

import re
from typing import NamedTuple

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy


class Told(NamedTuple):
    """What is wrong with one field."""

    code: str
    sentence: str


#: What marshmallow says → code and what we say. Patterns are matched from the start; their groups fill the sentence.
_KNOWN = tuple(
    (re.compile(pattern), code, sentence)
    for pattern, code, sentence in (
        (r"Missing data|Field may not be null", "missing", _lazy("This is needed.")),
        (r"Unknown field", "unknown_field", _lazy("There is no field of this name.")),
        (r"Not a valid UUID", "not_an_id", _lazy("This is not a valid number of a request.")),
        (
            r"Not a valid (naive |aware )?(datetime|date|time)",
            "not_a_time",
            _lazy("This is not a valid time."),
        ),
        (r"Not a valid integer", "not_a_whole_number", _lazy("Give a whole number in digits 0 to 9.")),
        (r"Not a valid boolean", "not_yes_or_no", _lazy("Say yes or no.")),
        (r"Not a valid string", "not_text", _lazy("This must be text.")),
        (r"Must be one of", "not_offered", _lazy("Choose one of the offered values.")),
        (
            r"Longer than maximum length (?P<most>\d+)",
            "too_long",
            _lazy("This is too long: %(most)s characters or entries at most."),
        ),
        (
            r"Shorter than minimum length (?P<least>\d+)",
            "too_short",
            _lazy("This is too short: %(least)s characters or entries at least."),
        ),
        (
            r"Length must be between (?P<least>\d+) and (?P<most>\d+)",
            "wrong_length",
            _lazy("This must have %(least)s to %(most)s characters or entries."),
        ),
        (r"Length must be", "wrong_length", _lazy("This is too long or too short.")),
        (
            r"Must be greater than or equal to (?P<least>-?\d+) and less than or equal to (?P<most>-?\d+)",
            "out_of_range",
            _lazy("Give a number from %(least)s to %(most)s."),
        ),
        (
            r"Must be greater than or equal to (?P<least>-?\d+)",
            "out_of_range",
            _lazy("Give a number of %(least)s or more."),
        ),
        (
            r"Must be less than or equal to (?P<most>-?\d+)",
            "out_of_range",
            _lazy("Give a number of %(most)s or less."),
        ),
        (r"Must be (greater|less)", "out_of_range", _lazy("This number is out of range.")),
        (r"Invalid input type|Not a valid mapping", "not_an_object", _lazy("This must be an object.")),
        (r"Not a valid list", "not_a_list", _lazy("This must be a list.")),
    )
)


def told(text: str) -> Told:
    """Code and sentence for one message; a message of our own is looked up as it stands."""
    for pattern, code, sentence in _KNOWN:
        found = pattern.match(text)
        if found:
            return Told(code, str(sentence) % found.groupdict())
    return Told("invalid", _(text) if text.endswith(".") else str(_lazy("This value is not right.")))
