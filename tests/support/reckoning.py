"""Holds what the phones were told against what is in the database: nothing lost, nothing doubled, nothing invented."""

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa
from flask import Flask

from core.db import db
from core.receipts import Receipt
from patrols.models import Round, Visit
from points import checks
from points.models import Lot, Transfer
from tests.support.phones import Line
from tests.support.town import HELP_POINTS, Town

#: Outcomes of a scan of a plate that counts as a visit.
_VISITS = {"visited", "round_opened", "round_completed", "round_held"}


def differences(app: Flask, town: Town, lines: Iterable[Line]) -> list[str]:
    """In what the database differs from the notebook, in words; empty when they tell the same story."""
    told = list(lines)
    with app.app_context():
        try:
            return [*_keys(told), *_visits(told), *_transfers(told), *_balances(town, told), *faulty_books()]
        finally:
            db.session.rollback()


def faulty_books() -> list[str]:
    """The findings of `flask points check`, in words."""
    return [f"{each.name}: {each.rows}" for each in checks.run() if each.faults]


def _keys(told: list[Line]) -> list[str]:
    expected = {UUID(line.scan["scan_id"]): _outcome(line) for line in told}
    rows = db.session.execute(sa.select(Receipt.key, Receipt.outcome).where(Receipt.action == "scan"))
    return compare("receipts", Counter(expected.items()), Counter((row.key, row.outcome) for row in rows))


def _outcome(line: Line) -> str:
    return line.answered.code or "done"


def _visits(told: list[Line]) -> list[str]:
    expected = Counter(
        UUID(line.scan["scan_id"]) for line in told if line.answered.body.get("outcome") in _VISITS
    )
    found = Counter(db.session.scalars(sa.select(Visit.id)))
    completed = Counter(line.answered.body["round_id"] for line in _completing(told))
    states = sa.select(Round.id).where(Round.state == "completed")
    return [
        *compare("visits", expected, found),
        *compare("completed rounds", completed, Counter(map(str, db.session.scalars(states)))),
    ]


def _completing(told: list[Line]) -> list[Line]:
    return [line for line in told if line.answered.body.get("outcome") == "round_completed"]


def _effects(told: list[Line]) -> Iterable[tuple[UUID, UUID, int]]:
    """Key, member and points of everything that the answers promised."""
    for line in _completing(told):
        yield UUID(line.answered.body["round_id"]), line.person.id, line.answered.body["points"]
    for line in told:
        if line.answered.body.get("outcome") == "awarded":
            yield UUID(line.scan["scan_id"]), line.person.id, HELP_POINTS


def _transfers(told: list[Line]) -> list[str]:
    rows = db.session.execute(sa.select(Transfer.receipt_key, Transfer.credit_account_id, Transfer.amount))
    return compare("transfers", Counter(_effects(told)), Counter(tuple(row) for row in rows))


def _balances(town: Town, told: list[Line]) -> list[str]:
    expected = Counter({person.id: 0 for person in town.members})
    for _key, member_id, points in _effects(told):
        expected[member_id] += points
    sums = sa.select(Lot.account_id, sa.func.sum(Lot.balance)).group_by(Lot.account_id)
    found = {account_id: int(balance) for account_id, balance in db.session.execute(sums)}
    return [
        f"balance of {member_id}: told {points}, found {found.get(member_id, 0)}"
        for member_id, points in expected.items()
        if points != found.get(member_id, 0)
    ] + [f"balance of a stranger: {each}" for each in found.keys() - expected.keys()]


def compare(what: str, told: Counter, found: Counter) -> list[str]:
    """What was told and is not there, and what is there and was not told, in words."""
    lost, invented = told - found, found - told
    return [f"{what} lost: {each} × {times}" for each, times in lost.items()] + [
        f"{what} invented or doubled: {each} × {times}" for each, times in invented.items()
    ]
