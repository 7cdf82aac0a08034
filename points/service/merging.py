"""Points of two memberships of one person: moved to the one that is kept, with their old last days; moved back.

Each lot is a transfer of its own, so that an undoing can leave out what has expired since and give back the rest.
Scores stay where they were earned: they are about what a member has done, not about what he holds.
"""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlalchemy.orm import aliased

import members.queries
from core import clock
from core.auth import SYSTEM, Actor
from core.db import db, new_id, transactional
from points import ledger, rules
from points.models import Account, Lot, Transfer
from points.service.spending import stamp

SUBJECT = "merge"
#: A debt that the kept member cannot pay is advanced into a lot that lives at least so long.
_AHEAD = timedelta(days=365)


class MovedPoints(NamedTuple):
    """What a merge or its undoing has moved: points, and a debt that went with them or that it left behind."""

    points: int
    owed: int


def join_accounts(actor: Actor, key: UUID, merge_id: UUID, gone_id: UUID, kept_id: UUID) -> MovedPoints:
    """Move all points that can be spent, and what is owed, from one member to another. Joins the transaction.

    Points past their day stay and expire where they are. A debt is paid off with points of the kept member, who owes
    what he has too little of.
    """
    gone, kept = ledger.member(gone_id), ledger.member(kept_id)
    books = ledger.lock((gone, kept))
    stamped = stamp(actor, key, "")
    keys = _keys(key)
    common = {"subject_type": SUBJECT, "subject_id": merge_id, "happened_at": stamped["posted_at"]}
    points, owed = 0, books.holdings[gone_id].owed
    for day, balance in sorted(books.holdings[gone_id].lots.items()):
        if day < stamped["posted_on"] or not balance:
            continue
        points += balance
        for _, size in rules.parts(key, balance):
            move = {"debit": gone, "credit": kept, "amount": size, "prefer": (day,), "key": next(keys)}
            books.post(ledger.Movement(kind="gift", **(stamped | common | move)))
    if owed:
        held = rules.balance(books.holdings[kept_id].lots, stamped["posted_on"])
        into = max([*books.holdings[kept_id].lots, stamped["posted_on"] + _AHEAD])
        for amount, prefer in ((min(owed, held), ()), (owed - min(owed, held), (into,))):
            for _, size in rules.parts(key, amount) if amount else ():
                move = {"debit": kept, "credit": gone, "amount": size, "prefer": prefer, "key": next(keys)}
                books.post_in_full(ledger.Movement(kind="gift", **(stamped | common | move)))
    if books.transfers:
        ledger.write(books)
    return MovedPoints(points, owed)


def separate_accounts(actor: Actor, key: UUID, merge_id: UUID, gone_id: UUID, kept_id: UUID) -> MovedPoints:
    """Undo what `join_accounts` has moved, newest first: how many points went back, what the kept member now owes more.

    What was spent is owed, as by every reversal; what has expired since would have expired anyway. Joins the
    transaction.
    """
    books = ledger.lock((ledger.member(gone_id), ledger.member(kept_id)), lots=False)
    owed_before = books.holdings[kept_id].owed
    today, keys, points = clock.today(), _keys(key), 0
    for transfer_id in _standing(merge_id, gone_id, kept_id):
        moved = ledger.find(transfer_id)
        if max(moved.credited()) < today:
            continue
        ledger.reverse(moved, key=next(keys), actor_id=actor.member_id or actor.id)
        if moved.debit.id == gone_id:
            points += moved.amount
    owed = ledger.lock((ledger.member(kept_id),), lots=False).holdings[kept_id].owed
    return MovedPoints(points, max(0, owed - owed_before))


def _standing(merge_id: UUID, gone_id: UUID, kept_id: UUID) -> list[UUID]:
    undone = aliased(Transfer)
    pair = (gone_id, kept_id)
    query = (
        sa.select(Transfer.id)
        .where(
            Transfer.debit_account_id.in_(pair),
            Transfer.credit_account_id.in_(pair),
            Transfer.kind == "gift",
            Transfer.subject_type == SUBJECT,
            Transfer.subject_id == merge_id,
            ~sa.exists().where(undone.reverses_id == Transfer.id),
        )
        .order_by(Transfer.posted_at.desc(), Transfer.id.desc())
    )
    return list(db.session.scalars(query))


def _keys(key: UUID) -> Iterator[UUID]:
    """The request's key, then keys that follow from it: each transfer has one of its own."""
    yield key
    for place in count(1):
        yield uuid5(key, f"merge {place}")


def follow_merges() -> int:
    """Move on what has come to merged accounts since (a refund, a withdrawn award); how many. Repeatable."""
    merged = members.queries.merges_in_force().subquery("merged")
    fresh = sa.exists().where(
        Lot.account_id == merged.c.gone_id, Lot.balance > 0, Lot.expires_on >= clock.today()
    )
    owes = sa.exists().where(Account.id == merged.c.gone_id, Account.owed > 0)
    due = [tuple(row) for row in db.session.execute(sa.select(merged).where(sa.or_(fresh, owes)))]
    db.session.rollback()
    return sum(_follow(*each) for each in due)


@transactional
def _follow(merge_id: UUID, gone_id: UUID, kept_id: UUID) -> bool:
    # Under the same locks as an undoing, and only if none was faster.
    for each in sorted((gone_id, kept_id)):
        members.queries.facts(each, lock=True)
    merged: Any = members.queries.merged_into(gone_id)
    if merged is None or merged.id != merge_id:
        return False
    return any(join_accounts(SYSTEM, new_id(), merge_id, gone_id, kept_id))
