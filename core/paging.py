"""Keyset paging: a list is continued after its last item, so that it stays right and fast while it grows."""

import base64
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from core.errors import Invalid

Item = TypeVar("Item")
#: Most items on one page.
MOST_ITEMS = 100
#: Room for a name of sixty rare characters, each written as two escapes, and an id.
LONGEST_CURSOR = 1100
#: Larger numbers are in no column, and no database compares with them.
_LARGEST_NUMBER = 2**53 - 1
#: Before anything here was done, with room for reckoning backwards and for zones; and as far ahead.
_YEARS = range(1970, 9000)
#: NUL and lone surrogates: no database takes them as text.
_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")


class CursorInvalid(Invalid):
    """The cursor was not made by this list."""

    code = "cursor_invalid"


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some items, and the cursor that continues after them; None at the end."""

    items: Sequence[Item]
    next: str | None


def encode(*keys: Any) -> str:
    """An opaque cursor holding the sort keys (str or int) of the last item."""
    text = json.dumps(keys, separators=(",", ":"), default=str)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(cursor: str, *kinds: type) -> tuple[Any, ...]:
    """The sort keys in `cursor`, each checked against its kind. Raises `CursorInvalid`."""
    if len(cursor) > LONGEST_CURSOR:
        raise CursorInvalid(field="cursor")
    try:
        keys = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError) as error:
        raise CursorInvalid(field="cursor") from error
    if not isinstance(keys, list) or [type(key) for key in keys] != list(kinds):
        raise CursorInvalid(field="cursor")
    if any(isinstance(key, str) and _UNWRITABLE.search(key) for key in keys):
        raise CursorInvalid(field="cursor")
    if any(isinstance(key, int) and abs(key) > _LARGEST_NUMBER for key in keys):
        raise CursorInvalid(field="cursor")
    return tuple(keys)


def identifier(text: str) -> UUID:
    """An id out of a cursor. Raises `CursorInvalid`."""
    try:
        return UUID(text)
    except ValueError as error:
        raise CursorInvalid(field="cursor") from error


def moment(text: str) -> datetime:
    """A time out of a cursor, UTC. Raises `CursorInvalid` for one without a zone and one that no list can hold."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise CursorInvalid(field="cursor") from error
    if at.tzinfo is None or at.year not in _YEARS:
        raise CursorInvalid(field="cursor")
    return at.astimezone(UTC)
