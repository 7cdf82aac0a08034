"""Points earned at a chosen moment, booked straight into the ledger: for tests that are about what comes after."""

from datetime import date, datetime
from uuid import UUID

from core import clock
from core.auth import SYSTEM
from core.db import new_id, transaction
from points import ledger


def earn(
    member_id: UUID, amount: int, squad_id: UUID | None = None, at: datetime | None = None
) -> list[UUID]:
    """Book `amount` points for the member, by default now; the ids of the transfers."""
    at = at or clock.now()
    day = clock.local_date(at)
    move = ledger.Movement(
        kind="earn",
        debit=ledger.ISSUED,
        credit=ledger.member(member_id),
        amount=amount,
        key=new_id(),
        actor_id=SYSTEM.id,
        subject_type="history",
        subject_id=None,
        happened_at=at,
        posted_at=at,
        posted_on=day,
        squad_id=squad_id,
        expires_on=date(day.year + 1, 12, 31),
    )
    with transaction():
        return ledger.post(move)
