"""Refusals of letters and titles: each a class with a stable code. Words are in `alliance/messages/honours.py`."""

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


class HonourPeriodInvalid(Invalid):
    """No month or year, or one that has not begun. Data: `field`."""

    code = "honour_period_invalid"


class HonourNotProposed(Conflict):
    """The boards do not propose this squad or leader for this title and period."""

    code = "honour_not_proposed"


class HonourTaken(Conflict):
    """The title of this period is given already. Data: `title`, `period`."""

    code = "honour_taken"


class HonourUnknown(NotFound):
    """There is no such title."""

    code = "honour_unknown"


class OwnHonour(Forbidden):
    """Nobody gives a title to himself, his household or his own squad."""

    code = "own_honour"


class HonourRevoked(Conflict):
    """The title was taken back before."""

    code = "honour_revoked"
