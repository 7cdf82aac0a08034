"""Lists of those who came to something, for awards besides what they got for coming. Another package keeps them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Attended:
    """Something that members came to. `at` (UTC) is when it began; `rule_code` is what who came was awarded by.

    `open`: nobody was awarded yet, because it is not closed.
    """

    number: int
    title: str
    at: datetime
    people: int
    rule_code: str
    open: bool = False


@dataclass(frozen=True, slots=True)
class Lists:
    """Whom to ask: `recent(since)` names what was closed since (aware), the last first; `one(number)` raises NotFound;
    `who(number)` tells the members, each once, under the membership that is in force.
    """

    recent: Callable[[datetime], Sequence[Attended]]
    one: Callable[[int], Attended]
    who: Callable[[int], Sequence[UUID]]


_LISTS: list[Lists] = []


def connect_attended(lists: Lists) -> None:
    """Let awards be given from lists of who came. May be repeated; the last word counts."""
    _LISTS[:] = [lists]


def attended_lists() -> Lists:
    """Who knows lists of those who came. Raises RuntimeError before anybody is connected."""
    if not _LISTS:
        raise RuntimeError("nobody keeps lists of who came")
    return _LISTS[0]
