"""Keyset paging: a list is continued after its last item, so that it stays right and fast while it grows."""

import base64
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from core.errors import Invalid

Item = TypeVar("Item")
#: Most items on one page.
MOST_ITEMS = 100
_LONGEST_CURSOR = 300
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
    if len(cursor) > _LONGEST_CURSOR:
        raise CursorInvalid(field="cursor")
    try:
        keys = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError) as error:
        raise CursorInvalid(field="cursor") from error
    if not isinstance(keys, list) or [type(key) for key in keys] != list(kinds):
        raise CursorInvalid(field="cursor")
    if any(isinstance(key, str) and _UNWRITABLE.search(key) for key in keys):
        raise CursorInvalid(field="cursor")
    return tuple(keys)
