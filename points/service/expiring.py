"""The yearly run: points past their day leave the lots. Balances do not count them even before it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from core import clock
from core.auth import SYSTEM
from core.db import db, new_id, transactional
from core.sweeps import SweepFailed, sweep
from points import ledger
from points.models import Lot

#: Accounts of one commit: small, so that scans never wait long and a broken-off run has lost little.
BATCH = 100
_RUN = "expire points"


@dataclass(frozen=True, slots=True)
class Expired:
    """What a run has done."""

    accounts: int
    points: int


def expire(batch: int = BATCH) -> Expired:
    """Book all points past their day as expired, in small commits.

    It can be broken off and run again at any time: what is left in past lots is what is left to do. An account that
    cannot be booked keeps no other from it. Raises `core.sweeps.SweepFailed` at the end when there was one.
    """
    booked: Counter[UUID] = Counter()
    failed: list[UUID] = []
    after = None
    while due := _due(clock.today(), batch, after):
        try:
            # Who has more than one transfer may move is due again.
            booked.update(_expire(due))
        except Exception:  # noqa: BLE001 - whatever it is, the sweep finds whose it is, logs it and tells it at the end
            failed += _one_by_one(due, booked)
            after = due[-1]
    if failed:
        raise SweepFailed(_RUN, len(booked), failed)
    return Expired(len(booked), sum(booked.values()))


def _one_by_one(account_ids: Sequence[UUID], booked: Counter[UUID]) -> Sequence[UUID]:
    """Expire the accounts of a batch that failed, each by itself, adding to `booked`; those that cannot be."""

    def work(account_id: UUID) -> bool:
        booked.update(_expire([account_id]))
        return True

    try:
        sweep(_RUN, account_ids, work)
    except SweepFailed as failure:
        return failure.failed
    return ()


def _due(today: date, batch: int, after: UUID | None) -> list[UUID]:
    query = (
        sa.select(Lot.account_id)
        .where(Lot.expires_on < today, Lot.balance > 0)
        .distinct()
        .order_by(Lot.account_id)
        .limit(batch)
    )
    if after is not None:
        query = query.where(Lot.account_id > after)
    found = list(db.session.scalars(query))
    db.session.rollback()
    return found


@transactional
def _expire(account_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Points that were booked as expired, by account."""
    now = clock.now()
    accounts = [ledger.member(account_id) for account_id in account_ids]
    books = ledger.lock(accounts)
    for account in accounts:
        books.expire(
            account, key=new_id(), actor_id=SYSTEM.id, posted_at=now, posted_on=clock.local_date(now)
        )
    if books.transfers:
        ledger.write(books)
    booked = dict.fromkeys(account_ids, 0)
    for row in books.transfers:
        booked[row["debit_account_id"]] += row["amount"]
    return booked
