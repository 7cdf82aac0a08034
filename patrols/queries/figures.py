"""Figures of many rounds, for the desk's charts."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from core import clock
from core.db import db
from patrols.models import Round
from patrols.rules.values import COMPLETED


def completed_per_day(last: date, days: int) -> list[tuple[date, int]]:
    """How many completed rounds were opened on each of the `days` days that end with `last` (programme zone)."""
    span = [last - timedelta(days=back) for back in range(days - 1, -1, -1)]
    counts = []
    for day in span:
        start, end = clock.day_bounds(day)
        counted = sa.select(sa.func.count()).select_from(Round)
        counts.append(
            counted.where(
                Round.opened_at >= start, Round.opened_at < end, Round.state == COMPLETED
            ).scalar_subquery()
        )
    return list(zip(span, db.session.execute(sa.select(*counts)).one(), strict=True))


def completed_between(
    start: datetime, end: datetime, squads: Collection[UUID] | None = None
) -> dict[UUID | None, int]:
    """How many completed rounds were opened from `start` up to, not including, `end`: of all (None), or of squads."""
    done = (Round.opened_at >= start) & (Round.opened_at < end) & (Round.state == COMPLETED)
    if squads is None:
        return {None: db.session.scalar(sa.select(sa.func.count()).select_from(Round).where(done)) or 0}
    query = sa.select(Round.squad_id, sa.func.count()).where(done, Round.squad_id.in_(squads))
    return {row[0]: row[1] for row in db.session.execute(query.group_by(Round.squad_id))}
