"""Refusals of letters: each a class with a stable code. Words are in `alliance/messages/honours.py`."""

from core.errors import Conflict, Forbidden, Invalid, NotFound


class LetterTextInvalid(Invalid):
    """A text that cannot stand in a letter. Data: `field`, `reason` (empty, too_long, characters), `longest`."""

    code = "letter_text_invalid"


class LetterUnknown(NotFound):
    """There is no such letter, or this reader may not see it; or none of ours has this code."""

    code = "letter_unknown"


class OwnLetter(Forbidden):
    """Nobody thanks himself or his household in the Alliance's name."""

    code = "own_letter"


class LetterRevoked(Conflict):
    """The letter is no longer valid. Data: `number`, `at` (when it was withdrawn)."""

    code = "letter_revoked"
