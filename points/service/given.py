"""What one person has given alone today, over all packages that give: one sum, so one limit."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from core import clock
from points import queries

#: Counts what a person has given alone since some moment (aware), where the ledger does not show it as his.
Count = Callable[[UUID, datetime], int]
_ELSEWHERE: list[Count] = []


def connect_given(*counts: Count) -> None:
    """Let other packages count along. May be repeated; the last word counts."""
    _ELSEWHERE[:] = counts


def given_today(actor_id: UUID) -> int:
    """Points that the person has given and promised today (programme zone) and nobody had to second.

    By hand, at activities, for reports and homes, and what other packages count (`connect_given`). Only sure while his
    account is locked.
    """
    since = clock.start_of(clock.today())
    return queries.entered_alone(actor_id, since) + sum(count(actor_id, since) for count in _ELSEWHERE)
