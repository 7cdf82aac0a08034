"""Many hands at one shelf: the races about stock and vouchers, for the tests and, with more rounds, for `make soak`.

Each race returns what went wrong, in words; an empty list is a good race.
"""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Flask

import rewards.service
from core.auth import Actor
from core.clock import FrozenClock
from core.db import db
from core.errors import DomainError
from points.models import Transfer
from rewards.models import Redemption, RedemptionReturn, StockMovement
from rewards.rules import RewardFacts
from tests.support import points_builders
from tests.support import rewards_builders as shelf
from tests.support.ledger_crew import at_once, codes

#: Members who want the last one.
MEMBERS = 200


def crowd(count: int = MEMBERS, points: int = 1_000) -> list[Actor]:
    """So many members, each with points for many rounds."""
    return [shelf.member(f"会员{number}", points=points) for number in range(count)]


def last_items(app: Flask, people: Sequence[Actor], items: int = 1) -> list[str]:
    """Everybody wants one of the last `items` at the same moment: so many get one, all others hear that it is gone."""
    wanted = shelf.reward(points=1, stock=items)
    outcomes = codes(at_once(app, [partial(shelf.reserve, each, wanted) for each in people]))
    found, wrong = shelf.facts(wanted.id), []
    if outcomes != Counter({"done": items, "sold_out": len(people) - items}):
        wrong.append(f"{items} pieces for {len(people)} members: {dict(outcomes)}")
    held = count(Redemption.reward_id == wanted.id, Redemption.state == "held")
    if not found.held == held == items or found.stock != items:
        wrong.append(f"{items} pieces, held {found.held}, vouchers {held}, stock {found.stock}")
    return wrong


def rounds_of_last_items(app: Flask, rounds: int) -> list[str]:
    """So many rounds of `last_items` with 1 to 3 pieces, and then a look at the books; for `make soak`."""
    with app.app_context():
        people = crowd(points=rounds)
        wrong = [each for number in range(rounds) for each in last_items(app, people, 1 + number % 3)]
        return wrong + [f"books: {name} {rows}" for name, rows in points_builders.faults().items()]


def one_voucher(app: Flask, owner: Actor, desks: Sequence[Actor], wanted: RewardFacts) -> list[str]:
    """One voucher is handed over at many desks at once: one gives it out, all others hear that it is used."""
    redemption_id, text = shelf.voucher(owner, wanted)
    outcomes = codes(at_once(app, [partial(shelf.hand_over, each, text) for each in desks]))
    wrong = []
    if outcomes != Counter({"done": 1, "voucher_used": len(desks) - 1}):
        wrong.append(f"one voucher at {len(desks)} desks: {dict(outcomes)}")
    return wrong + _ended_once(redemption_id, wanted, {"used"})


def three_ends(
    app: Flask, clock: FrozenClock, owner: Actor, desk: Actor, wanted: RewardFacts
) -> tuple[str, list[str]]:
    """Hand-over, calling off and running out at the same moment: exactly one happens. Which, and what went wrong.

    The clock passes the voucher's last moment while all are under way.
    """
    redemption_id, text = shelf.voucher(owner, wanted)
    clock.move_to(clock.now() + timedelta(hours=wanted.voucher_hours) - timedelta(microseconds=1))
    works: list[Callable[[], Any]] = [
        partial(shelf.hand_over, desk, text),
        partial(shelf.cancel, owner, redemption_id),
        rewards.service.expire_redemptions,
        partial(clock.tick, seconds=1),
    ]
    results = at_once(app, works * 2)
    rewards.service.expire_redemptions()
    shelf.fresh()
    done = Counter(
        name
        for name, result in zip(("used", "cancelled", "expired", "tick") * 2, results, strict=True)
        if not isinstance(result, DomainError) and not (name == "expired" and result == 0) and name != "tick"
    )
    state = str(db.session.scalar(sa.select(Redemption.state).where(Redemption.id == redemption_id)))
    wrong = _ended_once(redemption_id, wanted, {"used", "cancelled", "expired"})
    # A touch may have ended it by time: then nobody of the three says that he did it.
    if done - Counter({state: 1}) or (state != "expired" and done != Counter({state: 1})):
        wrong.append(f"the voucher is {state}, but was told {dict(done)}")
    return state, wrong


def one_return(app: Flask, desks: Sequence[Actor], redemption_id: UUID, wanted: RewardFacts) -> list[str]:
    """Many take the same reward back at once: one does, all others hear that it is done, and one piece comes back."""
    owner = db.session.scalar(sa.select(Redemption.member_id).where(Redemption.id == redemption_id))
    before = points_builders.balance(owner), shelf.facts(wanted.id).stock or 0
    works = [partial(shelf.take_back, each, redemption_id, to_stock=True) for each in desks]
    outcomes = codes(at_once(app, works))
    wrong = []
    if outcomes != Counter({"done": 1, "voucher_returned": len(desks) - 1}):
        wrong.append(f"one reward taken back by {len(desks)}: {dict(outcomes)}")
    after = points_builders.balance(owner), shelf.facts(wanted.id).stock
    if after != (before[0] + wanted.points, before[1] + 1):
        wrong.append(f"points and pieces were {before}, are {after}")
    return wrong


def hand_over_and_return(app: Flask, owner: Actor, desk: Actor, wanted: RewardFacts) -> tuple[str, list[str]]:
    """Hand-over, calling off and taking back at the same moment, twice each: nothing is lost, nothing comes twice."""
    balance = shelf.balance(owner)
    redemption_id, text = shelf.voucher(owner, wanted)
    works: list[Callable[[], Any]] = [
        partial(shelf.hand_over, desk, text),
        partial(shelf.cancel, owner, redemption_id),
        partial(shelf.take_back, desk, redemption_id, to_stock=True),
    ]
    outcomes = codes(at_once(app, works * 2))
    shelf.fresh()
    state = str(db.session.scalar(sa.select(Redemption.state).where(Redemption.id == redemption_id)))
    returned = count(RedemptionReturn.redemption_id == redemption_id)
    known = {"done", "voucher_used", "voucher_cancelled", "not_handed_over", "voucher_returned"}
    wrong = [f"{each} was told" for each in outcomes.keys() - known]
    if outcomes["done"] != 1 + returned or (returned and state != "used"):
        wrong.append(f"voucher {state}, taken back {returned} times, done {outcomes['done']}")
    kept = state == "used" and not returned
    found = shelf.facts(wanted.id)
    if shelf.balance(owner) != balance - kept * wanted.points:
        wrong.append(f"balance {balance}, then {shelf.balance(owner)}: {state}, taken back {returned}")
    if (found.stock, found.held) != ((wanted.stock or 0) - kept, 0):
        wrong.append(f"stock {found.stock}, held {found.held}: {state}, taken back {returned}")
    return f"{state} {returned}", wrong


def come_home_without_lock(app: Flask, hands: int) -> int:
    """How many give a reward's points back as every tutorial does: look, then write. The negative control."""
    member, desk, wanted = shelf.member(), shelf.desk(), shelf.reward(points=1, stock=hands)
    redemption_id, text = shelf.voucher(member, wanted)
    shelf.hand_over(desk, text)
    everybody_has_looked = threading.Barrier(hands)
    returns, shelves = RedemptionReturn.__table__, rewards.service.records.Reward.__table__

    def give_back() -> bool:
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            lite = connection.dialect.name == "sqlite"
            query = sa.select(returns.c.id).where(returns.c.redemption_id == redemption_id)
            done = connection.scalar(query) is not None
            if lite:
                connection.exec_driver_sql("COMMIT")
            everybody_has_looked.wait()
            if done:
                return False
            if lite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            again = {"stock": shelves.c.stock + 1}
            connection.execute(sa.update(shelves).where(shelves.c.id == wanted.id).values(again))
            if lite:
                connection.exec_driver_sql("COMMIT")
            return True

    return sum(at_once(app, [give_back] * hands))


def _ended_once(redemption_id: UUID, wanted: RewardFacts, states: set[str]) -> list[str]:
    shelf.fresh()
    row = db.session.execute(
        sa.select(Redemption.state, Redemption.reservation_id).where(Redemption.id == redemption_id)
    ).one()
    ends = db.session.scalar(
        sa.select(sa.func.count())
        .select_from(Transfer)
        .where(
            sa.or_(Transfer.reservation_id == row.reservation_id, Transfer.reverses_id == row.reservation_id)
        )
    )
    given_out = count(StockMovement.redemption_id == redemption_id)
    wrong = []
    if row.state not in states or ends != 1 or given_out != (row.state == "used"):
        wrong.append(f"voucher {row.state}, ended {ends} times, given out {given_out} times")
    found = shelf.facts(wanted.id)
    if found.held:
        wrong.append(f"{found.held} pieces are still held")
    return wrong


def count(*conditions: sa.ColumnElement[bool]) -> int:
    """How many rows fulfil the conditions."""
    return db.session.scalar(sa.select(sa.func.count()).where(*conditions)) or 0


def oversold_without_lock(app: Flask, hands: int) -> int:
    """How many get the last one when it is sold as every tutorial does: look, then write. The negative control."""
    wanted = shelf.reward(points=1, stock=1)
    everybody_has_looked = threading.Barrier(hands)
    table = rewards.service.records.Reward.__table__

    def buy() -> bool:
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            lite = connection.dialect.name == "sqlite"
            row = connection.execute(
                sa.select(table.c.stock, table.c.held).where(table.c.id == wanted.id)
            ).one()
            if lite:
                connection.exec_driver_sql("COMMIT")
            everybody_has_looked.wait()
            if row.stock - row.held < 1:
                return False
            if lite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            connection.execute(sa.update(table).where(table.c.id == wanted.id).values(held=row.held + 1))
            if lite:
                connection.exec_driver_sql("COMMIT")
            return True

    return sum(at_once(app, [buy] * hands))
