"""Activities for tests."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import activities.queries
import activities.service
import points.service
from activities.queries import ActivityLine
from activities.service import ActivityWish, Counters
from core import clock, codes
from core.auth import Actor
from core.config import settings
from core.db import new_id
from core.receipts import Answer
from core.scans import Scan


def wish(**changes: Any) -> ActivityWish:
    """A care visit that begins now and lasts two hours; a care activity brings 50 points."""
    now = clock.now().replace(second=0, microsecond=0)
    values: dict[str, Any] = {
        "kind": "care",
        "title": "看望独居老人",
        "place": "西苑 3 号楼",
        "starts_at": now,
        "ends_at": now + timedelta(hours=2),
        "rule_code": "care",
    }
    return ActivityWish(**(values | changes))


def activity(actor: Actor, **changes: Any) -> ActivityLine:
    """An activity that is planned, with the usual tariff in force."""
    points.service.install_tariff()
    made = activities.service.make_activity(actor, wish(**changes), key=new_id())
    return activities.queries.activity(made.body["number"])


def scan(line: ActivityLine, at: datetime | None = None) -> Scan:
    """A scan, now, of the code that the activity showed at a time (None: now)."""
    from_screen = codes.activity_code(codes.keyring(settings()), (1 << 31) + line.number, at or clock.now())
    return Scan(id=new_id(), code=from_screen, received_at=clock.now())


def attend(actor: Actor, line: ActivityLine) -> dict[str, Any]:
    """The member scans the code on the wall."""
    return activities.service.attend_by_code(actor, scan(line))


def add(actor: Actor, line: ActivityLine, member_id: UUID, key: UUID | None = None) -> Answer:
    """Put somebody on the list by hand."""
    return activities.service.add_by_hand(actor, line.number, key=key or new_id(), member_id=member_id)


def close(actor: Actor, line: ActivityLine, key: UUID | None = None, **counters: int) -> Answer:
    """Close the activity."""
    return activities.service.close_activity(
        actor, line.number, key=key or new_id(), counters=Counters(**counters)
    )
