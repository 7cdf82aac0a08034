"""What is kept of where members live, and for how long."""

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from core import audit, clock
from core.auth import SYSTEM
from core.config import settings
from core.db import db, transactional
from rewards.models import Redemption

_BATCH = 500


def forget_fitting_places() -> int:
    """Clear where security products were fitted, `ALLIANCE_FITTING_PLACE_DAYS` after they were handed over; how many.

    So long the place is needed for fitting and for the guarantee; afterwards it is only an address of somebody's home.
    Every batch is a transaction of its own and stands in the audit log by its number. Repeatable.
    """
    forgotten = 0
    while cleared := _forget_some():
        forgotten += cleared
    return forgotten


@transactional
def _forget_some() -> int:
    handed_over_before = clock.now() - timedelta(days=settings().fitting_place_days)
    due = (
        sa.select(Redemption.id)
        .where(Redemption.fitting_place != "", Redemption.ended_at <= handed_over_before)
        .order_by(Redemption.id)
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    )
    ids: list[UUID] = list(db.session.scalars(due))
    if ids:
        db.session.connection().execute(
            sa.update(Redemption).where(Redemption.id.in_(ids)).values(fitting_place="")
        )
        audit.record(SYSTEM, "voucher.places_cleared", "redemption", None, rows=len(ids))
    return len(ids)
