"""What other packages keep about a member: they stand above this one, so the assembler connects them here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core.errors import DomainError
from core.sheets import Value


@dataclass(frozen=True, slots=True)
class Table:
    """Rows about one member. `code` and `columns` are stable names for programs; `Part.words` says them to people."""

    code: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[Value, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What the packages above know and do about personal data.

    `tables`: what they keep about a member. `matters`: why his personal data cannot be deleted now, as refusals that
    are not raised; called inside a transaction before the deletion, and by pages outside of one. `erase` takes
    the member's id, name and telephone number and removes what is personal, inside the transaction.
    `alive(member id, since)` is the condition that a member has done or paid something since then. `words`: code →
    words of a table (also `code.why` and `code.long`) or of a column.
    """

    tables: Callable[[UUID], list[Table]] = lambda _member_id: []
    matters: Callable[[UUID], list[DomainError]] = lambda _member_id: []
    erase: Callable[[UUID, str, str | None], None] = lambda _member_id, _name, _phone: None
    alive: Callable[[Any, datetime], sa.ColumnElement[bool]] = lambda _member_id, _since: sa.false()
    words: Mapping[str, Any] = field(default_factory=dict)


_parts: dict[str, Part] = {}


def connect(name: str, part: Part) -> None:
    """Let the package or packages called `name` take part. May be repeated."""
    _parts[name] = part


def parts() -> tuple[Part, ...]:
    """All that are connected."""
    return tuple(_parts.values())
