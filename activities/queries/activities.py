"""One activity and lists of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

import members.queries
import points.queries
from activities import rules
from activities.errors import ActivityUnknown
from activities.models import Activity, Attendance, Campaign, SignUp
from activities.rules import CANCELLED, CLOSED, PLANNED
from core import clock, codes, paging
from core.codes import Code, CodeUnknown, Kind
from core.config import settings
from core.db import db
from core.paging import Page

#: What can be listed: still to be (the next first), over but not closed (the oldest first), the others newest first.
LISTS: Final = ("coming", "to_close", "closed", "cancelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityLine:
    """An activity. Times are UTC; `signed_up` and `came` are heads, `most` the limit of sign-ups (None: none)."""

    id: UUID
    number: int
    kind: str
    title: str
    place: str
    words: str
    squad_id: UUID | None
    squad: str
    campaign_id: UUID | None
    campaign: str
    starts_at: datetime
    ends_at: datetime
    most: int | None
    rule_code: str
    state: str
    reason: str
    leaflets: int
    reached: int
    hazards: int
    version: int
    ended_by: UUID | None
    ended_at: datetime | None
    signed_up: int
    came: int

    @property
    def begun(self) -> bool:
        """Whether it has begun, so that it can be closed."""
        return self.starts_at <= clock.now()

    @property
    def over(self) -> bool:
        """Whether its time is over."""
        return self.ends_at <= clock.now()

    @property
    def door_open(self) -> bool:
        """Whether its code counts now."""
        opens, closes = rules.door(self.starts_at, self.ends_at)
        return self.state == PLANNED and opens <= clock.now() < closes

    @property
    def door_opens_at(self) -> datetime:
        """From when on its code counts."""
        return rules.door(self.starts_at, self.ends_at)[0]

    @property
    def places_left(self) -> int | None:
        """How many may still sign up; None without a limit."""
        return None if self.most is None else max(0, self.most - self.signed_up)


_SIGNED_UP = sa.select(sa.func.count()).where(SignUp.activity_id == Activity.id).scalar_subquery()
_CAME = (
    sa.select(sa.func.count())
    .where(Attendance.activity_id == Activity.id, Attendance.removed_at.is_(None))
    .scalar_subquery()
)


def _lines() -> Any:
    return sa.select(
        *Activity.__table__.columns,
        sa.func.coalesce(Campaign.name, "").label("campaign"),
        _SIGNED_UP.label("signed_up"),
        _CAME.label("came"),
    ).outerjoin(Campaign, Campaign.id == Activity.campaign_id)


def _line(row: Any, squads: dict[UUID, str]) -> ActivityLine:
    own = (name for name in ActivityLine.__dataclass_fields__ if name != "squad")
    return ActivityLine(squad=squads.get(row.squad_id, ""), **{name: getattr(row, name) for name in own})


def _squad_names() -> dict[UUID, str]:
    return {each.id: each.name for each in members.queries.squads()}


def activity(number: int) -> ActivityLine:
    """One activity. Raises `ActivityUnknown`."""
    row = db.session.execute(_lines().where(Activity.number == number)).one_or_none()
    if row is None:
        raise ActivityUnknown
    return _line(row, _squad_names())


def activities(
    which: str = "coming", *, campaign_id: UUID | None = None, cursor: str | None = None, limit: int = 50
) -> Page[ActivityLine]:
    """One of `LISTS`, of one campaign when given. Raises `core.paging.CursorInvalid`."""
    limit = max(1, min(limit, paging.MOST_ITEMS))
    newest_first = which in {"closed", "cancelled"}
    place = sa.tuple_(Activity.starts_at, Activity.number)
    query = _lines().where(*_in_list(which))
    if campaign_id is not None:
        query = query.where(Activity.campaign_id == campaign_id)
    if cursor is not None:
        at, number = paging.decode(cursor, str, int)
        last = sa.tuple_(
            sa.literal(paging.moment(at), Activity.starts_at.type), min(number, rules.LARGEST_NUMBER)
        )
        query = query.where(place < last if newest_first else place > last)
    order = (Activity.starts_at, Activity.number)
    query = query.order_by(*(each.desc() for each in order) if newest_first else order).limit(limit + 1)
    rows, squads = db.session.execute(query).all(), _squad_names()
    more = None
    if len(rows) > limit:
        more = paging.encode(rows[limit - 1].starts_at.isoformat(), rows[limit - 1].number)
    return Page([_line(row, squads) for row in rows[:limit]], more)


def _in_list(which: str) -> tuple[sa.ColumnElement[bool], ...]:
    now = clock.now()
    if which == "coming":
        return Activity.state == PLANNED, Activity.ends_at > now
    if which == "to_close":
        return Activity.state == PLANNED, Activity.ends_at <= now
    return (Activity.state == (CLOSED if which == "closed" else CANCELLED),)


def counts() -> dict[str, int]:
    """How many activities are to come, and how many are over and wait to be closed."""
    lists = ("coming", "to_close")
    counted = (sa.select(sa.func.count()).select_from(Activity).where(*_in_list(each)) for each in lists)
    row = db.session.execute(sa.select(*(each.scalar_subquery() for each in counted))).one()
    return dict(zip(lists, map(int, row), strict=True))


def closed_since(since: datetime, most: int = 50) -> list[ActivityLine]:
    """Closed activities that somebody came to and that began since then (aware), the last first."""
    query = _lines().where(Activity.state == CLOSED, Activity.starts_at >= since, Activity.people > 0)
    query = query.order_by(Activity.starts_at.desc(), Activity.number.desc()).limit(most)
    squads = _squad_names()
    return [_line(row, squads) for row in db.session.execute(query)]


def showing(at: datetime) -> list[ActivityLine]:
    """The activities whose code counts at a time (aware), the first to begin first."""
    query = _lines().where(*_door_open(at)).order_by(Activity.starts_at, Activity.number)
    squads = _squad_names()
    return [_line(row, squads) for row in db.session.execute(query.limit(paging.MOST_ITEMS))]


def _door_open(at: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        Activity.state == PLANNED,
        Activity.starts_at <= at + rules.DOOR_OPENS,
        Activity.ends_at > at - rules.DOOR_CLOSES,
    )


def next_of(until: datetime) -> tuple[int, ActivityLine | None]:
    """How many activities begin before `until` (aware) and are not over, and the first of them."""
    conditions = (*_in_list("coming"), Activity.starts_at < until)
    number = db.session.scalar(sa.select(sa.func.count()).select_from(Activity).where(*conditions)) or 0
    if not number:
        return 0, None
    query = _lines().where(*conditions).order_by(Activity.starts_at, Activity.number).limit(1)
    return number, _line(db.session.execute(query).one(), _squad_names())


def number_behind(code: Code, at: datetime) -> int | None:
    """The number of the activity whose changing code was shown at `at` or one step before; None for a round's.

    Raises `CodeUnknown` and `CodeExpired` for a long code; of the short one for typing it cannot be told whose it was.
    """
    ring = codes.keyring(settings())
    if code.kind is not Kind.ACTIVITY:
        return None
    if not codes.is_typed_form(code):
        return rules.number_in(codes.read_activity_code(ring, code, at))
    open_now = sa.select(Activity.number).where(*_door_open(at))
    handles = [rules.handle(number) for number in db.session.scalars(open_now)]
    try:
        return rules.number_in(codes.read_typed_activity_code(ring, code, handles, at))
    except CodeUnknown:
        return None


def rule_points(line: ActivityLine) -> int | None:
    """What everybody who comes gets, by the tariff of its day; None when its rule is not in force then."""
    rule = points.queries.rule(line.rule_code, clock.local_date(line.starts_at))
    return rule.points if rule is not None else None
