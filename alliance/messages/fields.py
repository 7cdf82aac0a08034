"""marshmallow's messages about single fields, in the reader's language."""

import re

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy

#: What marshmallow says → what we say. Patterns are matched from the start.
_KNOWN = (
    (re.compile(r"Missing data"), _lazy("This is needed.")),
    (re.compile(r"Field may not be null"), _lazy("This is needed.")),
    (re.compile(r"Unknown field"), _lazy("There is no field of this name.")),
    (re.compile(r"Not a valid UUID"), _lazy("This is not a valid number of a request.")),
    (re.compile(r"Not a valid (naive |aware )?(datetime|date|time)"), _lazy("This is not a valid time.")),
    (re.compile(r"Not a valid integer"), _lazy("Give a whole number in digits 0 to 9.")),
    (re.compile(r"Not a valid boolean"), _lazy("Say yes or no.")),
    (re.compile(r"Not a valid string"), _lazy("This must be text.")),
    (re.compile(r"Must be one of"), _lazy("Choose one of the offered values.")),
    (
        re.compile(r"Longer than maximum|Shorter than minimum|Length must be"),
        _lazy("This is too long or too short."),
    ),
    (re.compile(r"Must be (greater|less)"), _lazy("This number is out of range.")),
    (re.compile(r"Invalid input type|Not a valid mapping"), _lazy("This must be an object.")),
    (re.compile(r"Not a valid list"), _lazy("This must be a list.")),
)


def words(text: str) -> str:
    """The sentence for one message; a message of our own is looked up as it stands."""
    for pattern, sentence in _KNOWN:
        if pattern.match(text):
            return str(sentence)
    return _(text) if text.endswith(".") else str(_lazy("This value is not right."))
