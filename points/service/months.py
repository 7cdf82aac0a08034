"""Sums of finished months are kept, so that whoever opens a month's report need not wait while the ledger is read."""

from datetime import date, timedelta

import sqlalchemy as sa

from core import clock
from core.db import db, transactional
from points.models import KeptMonth, Transfer
from points.queries.month import MonthSums, count_month

#: A booking that began in the last moment of a month is in the ledger by then.
GRACE = timedelta(hours=1)


def keep_month() -> str | None:
    """Keep the latest finished month that is not kept, and return it ("2026-11"). Repeatable.

    One at a time, because counting one takes seconds in a city.
    """
    first = _to_keep()
    if first is None:
        return None
    # Outside of the transaction: reading a month of transfers must not keep writers waiting.
    _keep(first, count_month(first))
    return f"{first:%Y-%m}"


def _to_keep() -> date | None:
    earliest = db.session.scalar(sa.select(sa.func.min(Transfer.posted_at)))
    if earliest is None:
        return None
    kept = set(db.session.scalars(sa.select(KeptMonth.month)))
    month = _before(clock.local_date(clock.now() - GRACE).replace(day=1))
    while month >= clock.local_date(earliest).replace(day=1):
        if f"{month:%Y-%m}" not in kept:
            return month
        month = _before(month)
    return None


def _before(month: date) -> date:
    return (month - timedelta(days=1)).replace(day=1)


@transactional
def _keep(first: date, sums: MonthSums) -> None:
    month = f"{first:%Y-%m}"
    if db.session.get(KeptMonth, month, with_for_update=True) is not None:
        return
    db.session.add(
        KeptMonth(
            month=month,
            transfers=sum(flow.count for flow in sums.flows),
            points=sum(flow.points for flow in sums.flows),
            sums=sums.to_json(),
            kept_at=clock.now(),
        )
    )
