"""Any order of earning, spending, giving back, withdrawing and expiring: the books agree with a plain model of them."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID, uuid4

import hypothesis.strategies as st
import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from core.auth import SYSTEM
from core.clock import FrozenClock, local_date
from core.db import db, transaction
from core.errors import DomainError
from points import ledger, queries, service
from points.models import Lot, Score
from tests.support import points_builders as build

#: How far the clock moves between two steps, in days; after the last one all lots have passed their day.
STEPS = (0, 0, 1, 40, 400, 800)
#: What is asked for, in per cent of the balance.
SHARES = (30, 100, 100, 130)
NEVER = date(9999, 12, 31)


@dataclass
class Purse:
    """What one account should hold: points by expiry date, and what it owes."""

    lots: defaultdict[date, int] = field(default_factory=lambda: defaultdict(int))
    owed: int = 0

    def balance(self, today: date) -> int:
        return sum(points for day, points in self.lots.items() if day >= today)

    def take(self, points: int, today: date, first: date | None = None) -> dict[date, int]:
        parts = {}
        for day in sorted((day for day in self.lots if day >= today), key=lambda day: (day != first, day)):
            parts[day] = min(self.lots[day], points)
            self.lots[day] -= parts[day]
            points -= parts[day]
        assert points == 0
        return {day: part for day, part in parts.items() if part}

    def put(self, parts: dict[date, int], today: date) -> None:
        for day, points in sorted(parts.items()):
            if day < today:
                continue  # expires at once
            repaid = min(self.owed, points)
            self.owed -= repaid
            self.lots[day] += points - repaid

    def take_back(self, points: int, today: date, first: date) -> None:
        missing = max(0, points - self.balance(today))
        self.owed += missing
        self.take(points - missing, today, first)


@dataclass
class Earning:
    owner: UUID
    points: int
    expires_on: date
    seasons: tuple[str, ...]
    stands: bool = True


@dataclass
class Reservation:
    owner: UUID
    points: int
    parts: dict[date, int]
    state: str = "open"


class LedgerMachine(RuleBasedStateMachine):
    """Two members, a shop and its budget; every rule does the same to the books and to the model."""

    app: Flask
    clock: FrozenClock
    squad_id: UUID
    shop_rule: str

    earnings: Bundle[UUID] = Bundle("earnings")
    reservations: Bundle[UUID] = Bundle("reservations")
    gifts: Bundle[UUID] = Bundle("gifts")
    shop_deeds: Bundle[UUID] = Bundle("shop_deeds")

    def __init__(self) -> None:
        super().__init__()
        self.members = (uuid4(), uuid4())
        self.shop = uuid4()
        self.budget = ledger.budget(self.shop).id
        self.purses = {owner: Purse() for owner in (*self.members, self.shop, self.budget)}
        self.scores: defaultdict[tuple[UUID, str], int] = defaultdict(int)
        self.earned: dict[UUID, Earning] = {}
        self.reserved: dict[UUID, Reservation] = {}
        self.given: dict[UUID, Earning] = {}

    @property
    def today(self) -> date:
        return local_date(self.clock.now())

    def share(self, owner: UUID, percent: int) -> int:
        """A part of what the owner has, at least one point; over 100 per cent is more than he has."""
        return max(1, self.purses[owner].balance(self.today) * percent // 100)

    def attempt(self, act, *, fine: bool):
        """Do it, and see that it is refused exactly when the model says so."""
        if not fine:
            with pytest.raises(DomainError), transaction():
                act()
            return None
        with transaction():
            return act()

    @rule(days=st.sampled_from(STEPS))
    def time_passes(self, days: int) -> None:
        self.clock.tick(days=days, seconds=1)

    @rule(target=earnings, who=st.integers(0, 1), points=st.integers(1, 50))
    def a_deed_is_paid(self, who: int, points: int) -> UUID:
        owner, today = self.members[who], self.today
        earning = build.earn(owner, points, squad_id=self.squad_id)
        expires_on = date(today.year + 1, 12, 31)
        year, week, _ = today.isocalendar()
        seasons = (f"W{year}-{week:02}", f"M{today:%Y-%m}", f"Y{today.year}", "ALL")
        self.earned[earning] = Earning(owner, points, expires_on, seasons)
        self.purses[owner].put({expires_on: points}, today)
        for season in seasons:
            self.scores[owner, season] += points
        return earning

    @rule(target=reservations, who=st.integers(0, 1), percent=st.sampled_from(SHARES))
    def points_are_reserved(self, who: int, percent: int) -> UUID:
        owner = self.members[who]
        purse = self.purses[owner]
        points = self.share(owner, percent)
        fine = purse.balance(self.today) >= points
        found = self.attempt(lambda: build.reserve(owner, points), fine=fine)
        if found is None:
            return uuid4()
        self.reserved[found] = Reservation(owner, points, purse.take(points, self.today))
        return found

    @rule(which=reservations)
    def a_reward_is_handed_over(self, which: UUID) -> None:
        found = self.reserved.get(which)
        fine = found is not None and found.state == "open"
        self.attempt(lambda: service.release(SYSTEM, key=uuid4(), reservation_id=which), fine=fine)
        if found and fine:
            found.state = "released"

    @rule(which=reservations)
    def the_shop_is_paid(self, which: UUID) -> None:
        found = self.reserved.get(which)
        fine = found is not None and found.state == "open"
        self.attempt(
            lambda: service.pay(SYSTEM, key=uuid4(), reservation_id=which, merchant_id=self.shop), fine=fine
        )
        if found and fine:
            found.state = "paid"
            self.purses[self.shop].put({NEVER: found.points}, self.today)

    @rule(which=reservations)
    def the_reservation_is_cancelled(self, which: UUID) -> None:
        found = self.reserved.get(which)
        fine = found is not None and found.state == "open"
        self.attempt(lambda: service.cancel(SYSTEM, key=uuid4(), reservation_id=which), fine=fine)
        if found and fine:
            found.state = "over"
            self.purses[found.owner].put(found.parts, self.today)

    @rule(which=reservations)
    def the_purchase_is_refunded(self, which: UUID) -> None:
        found = self.reserved.get(which)
        fine = found is not None and found.state in {"released", "paid"}
        self.attempt(lambda: service.refund(SYSTEM, key=uuid4(), reservation_id=which), fine=fine)
        if found and fine:
            if found.state == "paid":
                self.purses[self.shop].take_back(found.points, self.today, NEVER)
            found.state = "over"
            self.purses[found.owner].put(found.parts, self.today)

    @rule(percent=st.sampled_from(SHARES))
    def the_shop_is_settled_even_for_more_than_it_has(self, percent: int) -> None:
        points = self.share(self.shop, percent)
        self.attempt(
            lambda: service.settle(SYSTEM, key=uuid4(), merchant_id=self.shop, points=points), fine=True
        )
        self.purses[self.shop].take_back(points, self.today, NEVER)

    @rule(points=st.integers(1, 50))
    def the_shop_is_granted_a_budget(self, points: int) -> None:
        self.attempt(
            lambda: service.grant_budget(SYSTEM, key=uuid4(), merchant_id=self.shop, points=points),
            fine=True,
        )
        self.purses[self.budget].put({NEVER: points}, self.today)

    @rule(percent=st.sampled_from(SHARES))
    def the_budget_is_withdrawn(self, percent: int) -> None:
        points = self.share(self.budget, percent)
        fine = self.purses[self.budget].balance(self.today) >= points
        self.attempt(
            lambda: service.withdraw_budget(SYSTEM, key=uuid4(), merchant_id=self.shop, points=points),
            fine=fine,
        )
        if fine:
            self.purses[self.budget].take(points, self.today)

    @rule(target=gifts, who=st.integers(0, 1), percent=st.sampled_from(SHARES))
    def the_shop_gives(self, who: int, percent: int) -> UUID:
        owner, points = self.members[who], self.share(self.budget, percent)
        fine = self.purses[self.budget].balance(self.today) >= points
        to = {"merchant_id": self.shop, "member_id": owner, "subject_id": None}
        found = self.attempt(lambda: service.give(SYSTEM, key=uuid4(), points=points, **to), fine=fine)
        if found is None:
            return uuid4()
        expires_on = date(self.today.year + 1, 12, 31)
        self.purses[self.budget].take(points, self.today)
        self.purses[owner].put({expires_on: points}, self.today)
        self.given[found] = Earning(owner, points, expires_on, ())
        return found

    @rule(which=gifts)
    def a_gift_is_taken_back(self, which: UUID) -> None:
        found = self.given.get(which)
        fine = found is not None and found.stands and found.expires_on >= self.today
        self.attempt(
            lambda: service.take_back(SYSTEM, key=uuid4(), transfer_id=which, memo="按错了"), fine=fine
        )
        if found and fine:
            found.stands = False
            self.purses[found.owner].take_back(found.points, self.today, found.expires_on)
            self.purses[self.budget].put({NEVER: found.points}, self.today)

    @rule(target=shop_deeds)
    def a_deed_of_the_shop_is_paid(self) -> UUID:
        deed = {"rule_code": self.shop_rule, "happened_at": self.clock.now(), "subject_id": None}
        paid = self.attempt(
            lambda: service.pay_shop_deed(SYSTEM, key=uuid4(), merchant_id=self.shop, **deed), fine=True
        )
        self.purses[self.shop].put({NEVER: paid.points}, self.today)
        assert paid.balance == self.purses[self.shop].balance(self.today)
        self.given[paid.transfer_id] = Earning(self.shop, paid.points, NEVER, ())
        return paid.transfer_id

    @rule(which=shop_deeds)
    def a_deed_of_the_shop_is_taken_back(self, which: UUID) -> None:
        found = self.given[which]
        self.attempt(
            lambda: service.take_back(SYSTEM, key=uuid4(), transfer_id=which, memo="不属实"),
            fine=found.stands,
        )
        if found.stands:
            found.stands = False
            self.purses[self.shop].take_back(found.points, self.today, NEVER)

    @rule(percent=st.sampled_from(SHARES))
    def one_gives_to_the_other(self, percent: int) -> None:
        giver, receiver = self.members
        points = self.share(giver, percent)
        fine = self.purses[giver].balance(self.today) >= points
        self.attempt(
            lambda: service.gift(SYSTEM, key=uuid4(), giver_id=giver, receiver_id=receiver, points=points),
            fine=fine,
        )
        if fine:
            self.purses[receiver].put(self.purses[giver].take(points, self.today), self.today)

    @rule(which=earnings)
    def an_award_is_withdrawn(self, which: UUID) -> None:
        found = self.earned[which]
        fine = found.stands and found.expires_on >= self.today
        self.attempt(lambda: build.withdraw(which), fine=fine)
        if fine:
            found.stands = False
            self.purses[found.owner].take_back(found.points, self.today, found.expires_on)
            for season in found.seasons:
                self.scores[found.owner, season] -= found.points

    @rule()
    def the_yearly_run_is_made(self) -> None:
        service.expire(batch=2)
        for purse in self.purses.values():
            for day in [day for day in purse.lots if day < self.today]:
                del purse.lots[day]

    @invariant()
    def balances_and_debts_agree(self) -> None:
        db.session.rollback()
        for owner, purse in self.purses.items():
            held = queries.holdings(owner)
            assert (held.balance, held.owed) == (purse.balance(self.today), purse.owed)

    def teardown(self) -> None:
        db.session.rollback()
        for owner, purse in self.purses.items():
            rows = db.session.execute(sa.select(Lot).where(Lot.account_id == owner)).scalars()
            stored = {row.expires_on: row.balance for row in rows if row.balance}
            assert stored == {day: points for day, points in purse.lots.items() if points}
        for member in self.members:
            rows = db.session.execute(sa.select(Score).where(Score.member_id == member)).scalars()
            stored = {row.season: row.points for row in rows if row.points}
            assert stored == {
                s: points for (owner, s), points in self.scores.items() if owner == member and points
            }
        earned = sum(each.points for each in self.given.values() if each.owner == self.shop and each.stands)
        assert queries.merchant_earned(self.shop) == earned
        assert build.faults() == {}


def test_the_books_agree_with_a_plain_model_whatever_happens(database_app: Flask, clock: FrozenClock) -> None:
    LedgerMachine.app, LedgerMachine.clock, LedgerMachine.squad_id = database_app, clock, build.squad()
    LedgerMachine.shop_rule = build.tariff_rule(category="shop").code
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=30,
            stateful_step_count=50,
            deadline=None,
            database=None,
            # Shrinking would run into the time limit of the test; fifty steps can be read.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
