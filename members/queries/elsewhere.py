"""What other packages keep about a member: they stand above this one, so the assembler connects them here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from core.auth import Actor
from core.errors import DomainError
from core.sheets import Value


@dataclass(frozen=True, slots=True)
class Table:
    """Rows about one member. `code` and `columns` are stable names for programs; `Part.words` says them to people."""

    code: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[Value, ...]]


class Moved(NamedTuple):
    """What a merge or its undoing has moved: points, and a debt that goes with them or that it leaves behind."""

    points: int = 0
    owed: int = 0


@dataclass(frozen=True, slots=True)
class Purse:
    """What a member holds: points that can be spent, what the next ones repay, and points by their last day.

    `ever`: points have come or gone at some time, so that some may come back (a refund, a withdrawn award).
    """

    balance: int = 0
    owed: int = 0
    lots: tuple[tuple[date, int], ...] = ()
    ever: bool = False


#: Actor, key of the request, merge, the member who goes, the member who is kept.
Joining = Callable[[Actor, UUID, UUID, UUID, UUID], Moved]


def _nothing_moved(_actor: Actor, _key: UUID, _merge_id: UUID, _gone_id: UUID, _kept_id: UUID) -> Moved:
    return Moved()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What the packages above know and do about personal data, and about two memberships of one person.

    `tables`: what they keep about a member. `matters`: why his personal data cannot be deleted now, as refusals that
    are not raised; called inside a transaction before the deletion, and by pages outside of one. `erase` takes
    the member's id, name and telephone number and removes what is personal, inside the transaction.
    `alive(member id, since)` is the condition that a member has done or paid something since then. `words`: code →
    words of a table (also `code.why` and `code.long`) or of a column.

    `hinders`: why a membership cannot go up in another one, beyond `matters`. `purse`: what a member holds. `join`
    moves what the one who goes holds to the one who is kept, `separate` takes it back; both inside the transaction of
    the merge and with both members locked.
    """

    tables: Callable[[UUID], list[Table]] = lambda _member_id: []
    matters: Callable[[UUID], list[DomainError]] = lambda _member_id: []
    erase: Callable[[UUID, str, str | None], None] = lambda _member_id, _name, _phone: None
    alive: Callable[[Any, datetime], sa.ColumnElement[bool]] = lambda _member_id, _since: sa.false()
    words: Mapping[str, Any] = field(default_factory=dict)
    hinders: Callable[[UUID], list[DomainError]] = lambda _member_id: []
    purse: Callable[[UUID], Purse] = lambda _member_id: Purse()
    join: Joining = _nothing_moved
    separate: Joining = _nothing_moved


_parts: dict[str, Part] = {}


def connect(name: str, part: Part) -> None:
    """Let the package or packages called `name` take part. May be repeated."""
    _parts[name] = part


def parts() -> tuple[Part, ...]:
    """All that are connected."""
    return tuple(_parts.values())
