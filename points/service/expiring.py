"""The yearly run: points past their day leave the lots. Balances do not count them even before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from core import clock
from core.auth import SYSTEM
from core.db import db, new_id, transactional
from points import ledger
from points.models import Lot

#: Accounts of one commit: small, so that scans never wait long and a broken-off run has lost little.
BATCH = 100


@dataclass(frozen=True, slots=True)
class Expired:
    """What a run has done."""

    accounts: int
    points: int


def expire(batch: int = BATCH) -> Expired:
    """Book all points past their day as expired, in small commits.

    It can be broken off and run again at any time: what is left in past lots is what is left to do.
    """
    accounts: set[UUID] = set()
    points = 0
    while due := _due(clock.today(), batch):
        accounts.update(due)
        points += _expire(due)
    return Expired(len(accounts), points)


def _due(today: date, batch: int) -> list[UUID]:
    query = (
        sa.select(Lot.account_id)
        .where(Lot.expires_on < today, Lot.balance > 0)
        .distinct()
        .order_by(Lot.account_id)
        .limit(batch)
    )
    found = list(db.session.scalars(query))
    db.session.rollback()
    return found


@transactional
def _expire(account_ids: Sequence[UUID]) -> int:
    now = clock.now()
    accounts = [ledger.member(account_id) for account_id in account_ids]
    books = ledger.lock(accounts)
    for account in accounts:
        books.expire(
            account, key=new_id(), actor_id=SYSTEM.id, posted_at=now, posted_on=clock.local_date(now)
        )
    if books.transfers:
        ledger.write(books)
    return sum(row["amount"] for row in books.transfers)
