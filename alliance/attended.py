"""Activities and awards, connected: who came, as lists for awards; what became of awards that waited, for who came."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import activities.queries
import activities.service
import points.queries
import points.service
from activities.queries import ActivityLine
from points.queries import Attended, Lists


def initialise() -> None:
    """Let awards be given to who came to an activity, and activities hear what a second coordinator decided."""
    points.queries.connect_attended(Lists(recent, one, who))
    points.service.connect_decided(activities.service.keep_decisions)


def recent(since: datetime) -> Sequence[Attended]:
    """Activities that began since and are closed, the last first."""
    return [_attended(each) for each in activities.queries.closed_since(since)]


def one(number: int) -> Attended:
    """One activity. Raises `ActivityUnknown`."""
    return _attended(activities.queries.activity(number))


def who(number: int) -> Sequence[UUID]:
    """Who came and was not taken off the list, in the order of coming; whose memberships were made one, once."""
    came = activities.queries.came(activities.queries.activity(number).id)
    kept = activities.queries.remaining(came)
    return list(dict.fromkeys(kept.get(each, each) for each in came))


def _attended(line: ActivityLine) -> Attended:
    return Attended(
        number=line.number,
        title=line.title,
        at=line.starts_at,
        people=line.came,
        rule_code=line.rule_code,
        open=line.state != "closed",
    )
