"""What the use cases share: an activity under lock, and the refusals of its state."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from activities.errors import ActivityCancelled, ActivityClosed, ActivityUnknown, AttenderNeeded
from activities.models import Activity
from activities.rules import CANCELLED, CLOSED
from core.auth import Actor
from core.db import execute

SUBJECT = "activity"
_activity: sa.Table = Activity.__table__  # type: ignore[assignment] # SQLAlchemy types it as FromClause


def locked(number: int, *, shared: bool = False) -> Any:
    """The row of the activity, locked until the transaction ends. Raises `ActivityUnknown`.

    `shared`: many may hold it so at once (those who come in), but nobody closes or changes the activity meanwhile.
    """
    query = sa.select(_activity).where(_activity.c.number == number).with_for_update(read=shared)
    row = execute(query).one_or_none()
    if row is None:
        raise ActivityUnknown
    return row


def planned(number: int, *, shared: bool = False) -> Any:
    """As `locked`. Raises `ActivityCancelled` and `ActivityClosed`, too."""
    row = locked(number, shared=shared)
    check_planned(row)
    return row


def check_planned(row: Any) -> None:
    """Raise `ActivityCancelled` or `ActivityClosed` unless the activity is still to be."""
    if row.state == CANCELLED:
        raise ActivityCancelled(activity=row.title, number=row.number)
    if row.state == CLOSED:
        raise ActivityClosed(activity=row.title, number=row.number)


def write(activity_id: UUID, **values: object) -> None:
    """Change an activity that is locked."""
    execute(sa.update(_activity).where(_activity.c.id == activity_id).values(**values))


def himself(actor: Actor) -> UUID:
    """The member who acts for himself (or through his helper). Raises `AttenderNeeded` for devices and commands."""
    if actor.kind != "member" or actor.member_id is None:
        raise AttenderNeeded
    return actor.member_id
