"""Sixteen hands at one balance, one key, one reservation: sums stay exact and nobody hears of locks."""

import random
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

from core.auth import SYSTEM
from core.config import Settings
from core.db import db, transaction, transactional
from points import queries, service
from points.errors import PointsNotEnough
from points.models import Lot, Transfer
from tests.conftest import settings_for
from tests.support import ledger_crew as crew
from tests.support import members_builders as people
from tests.support import points_builders as build


@pytest.fixture
def app(database_app: Flask) -> Iterator[Flask]:
    service.install_tariff()
    yield database_app
    assert build.faults() == {}


@pytest.fixture
def settings(app: Flask, engine_url: str, tmp_path) -> Settings:
    """For the other processes at the same database."""
    return settings_for(engine_url, tmp_path)


def transfers(kind: str) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).where(Transfer.kind == kind)) or 0


@transactional
def transactionally(work: Callable[..., Any], **details: Any) -> Any:
    return work(**details)


def deadlocks() -> int:
    """How often PostgreSQL had to break a circle of waiting transactions; SQLite has one writer and no circles."""
    if db.engine.dialect.name == "sqlite":
        return 0
    db.session.rollback()
    query = sa.text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    return db.session.scalar(query) or 0


def test_one_balance_is_spent_by_many_only_as_far_as_it_goes(app: Flask) -> None:
    for _ in range(crew.ROUNDS):
        wang = uuid4()
        build.earn(wang, 100)
        tries = [partial(crew.spend_often, wang, 7, 3)] * crew.THREADS
        outcomes = [each for each_of_one in crew.at_once(app, tries) for each in each_of_one]
        assert (outcomes.count("done"), outcomes.count("points_not_enough")) == (14, 34)
        assert build.balance(wang) == 2


@pytest.fixture(scope="module")
def in_processes() -> Iterator[crew.InProcesses]:
    with crew.processes() as do:
        yield do


def test_one_balance_is_spent_by_two_processes_only_as_far_as_it_goes(
    app: Flask, settings: Settings, in_processes: crew.InProcesses
) -> None:
    for _ in range(max(1, crew.ROUNDS // 50)):
        wang = uuid4()
        build.earn(wang, 100)
        found = in_processes(settings, "spend_often", wang, 7, 3)
        outcomes = [each for each_of_one in found for each in each_of_one]
        assert (outcomes.count("done"), outcomes.count("points_not_enough")) == (14, 34)
        assert build.balance(wang) == 2


def test_a_balance_that_is_read_and_written_without_a_lock_is_overspent(app: Flask) -> None:
    """The negative control: the same sixteen hands with the code of a tutorial."""
    wang = uuid4()
    build.earn(wang, 100)
    everybody_has_read = threading.Barrier(crew.THREADS)

    def spend_naively() -> int:
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            balance = connection.scalar(sa.select(Lot.balance).where(Lot.account_id == wang)) or 0
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("COMMIT")
            everybody_has_read.wait()
            if balance < 7:
                raise PointsNotEnough(needed=7, balance=balance, missing=7 - balance)
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            connection.execute(sa.update(Lot).where(Lot.account_id == wang).values(balance=balance - 7))
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("COMMIT")
            return 7

    spent = sum(crew.at_once(app, [spend_naively] * crew.THREADS))
    assert spent == 112, "there were only 100"
    assert build.balance(wang) == 93
    with transaction():
        db.session.execute(sa.update(Lot).values(balance=100))


def test_one_key_has_one_effect_however_often_it_comes(app: Flask) -> None:
    coordinator = people.staff()
    for _ in range(crew.ROUNDS):
        wang, key = people.member(phone=None), uuid4()
        many = [partial(crew.award_often, coordinator, wang.id, key, 7)] * crew.THREADS
        answers = [each for of_one in crew.at_once(app, many) for each in of_one]
        assert len(answers) == 112
        assert sorted(replayed for replayed, _ in answers).count(False) == 1
        assert len({transfer_id for _, transfer_id in answers}) == 1
        assert build.balance(wang.id) == 20


def test_one_key_has_one_effect_in_two_processes(
    app: Flask, settings: Settings, in_processes: crew.InProcesses
) -> None:
    coordinator, wang, key = people.staff(), people.member(), uuid4()
    answers = in_processes(settings, "award_with_key", coordinator, wang.id, key)
    assert [replayed for replayed, _ in answers].count(False) == 1
    assert len({transfer_id for _, transfer_id in answers}) == 1
    assert build.balance(wang.id) == 20


def test_first_earnings_of_a_new_member_open_one_account(app: Flask) -> None:
    squad_id = people.squad()
    for _ in range(crew.ROUNDS):
        wang = uuid4()
        crew.at_once(app, [partial(build.earn, wang, 3, squad_id=squad_id)] * crew.THREADS)
        assert build.balance(wang) == 48
        assert queries.earned(wang, "ALL") == queries.Earned(48, 16)


def test_a_cap_holds_when_all_awards_come_at_once(app: Flask) -> None:
    coordinator = people.staff()
    for _ in range(crew.ROUNDS):
        wang = people.member(phone=None)

        def award(member_id: UUID = wang.id) -> None:
            service.award_deed(coordinator, key=uuid4(), member_id=member_id, rule_code="patrol")

        outcomes = crew.codes(crew.at_once(app, [award] * crew.THREADS))
        assert outcomes == {"done": 2, "daily_cap_reached": 14}
        assert build.balance(wang.id) == 4


def test_a_reservation_is_finished_by_one_of_many(app: Flask) -> None:
    for _ in range(crew.ROUNDS):
        wang, barber = uuid4(), uuid4()
        build.earn(wang, 20)
        reservation = build.reserve(wang, 20)
        ways = [
            partial(service.release, SYSTEM, reservation_id=reservation),
            partial(service.pay, SYSTEM, reservation_id=reservation, merchant_id=barber),
            partial(service.cancel, SYSTEM, reservation_id=reservation),
        ]
        works = [partial(transactionally, ways[number % 3], key=uuid4()) for number in range(crew.THREADS)]
        assert crew.codes(crew.at_once(app, works)) == {"done": 1, "reservation_closed": 15}


def test_an_award_is_withdrawn_by_one_of_many_while_it_is_being_spent(app: Flask) -> None:
    coordinator = people.staff()
    for _ in range(crew.ROUNDS):
        wang = uuid4()
        award = build.earn(wang, 20)

        def withdraw(transfer_id: UUID = award) -> None:
            service.withdraw_award(coordinator, key=uuid4(), transfer_id=transfer_id, reason="记错了人")

        works = [withdraw if number % 2 else partial(crew.spend, wang, 9) for number in range(crew.THREADS)]
        results = crew.at_once(app, works)
        assert crew.codes(results[1::2]) == {"done": 1, "transfer_reversed": 7}
        spent = 9 * crew.codes(results[::2])["done"]
        db.session.rollback()
        assert queries.holdings(wang).owed == spent
        assert queries.holdings(wang).balance == 0


def test_rounds_that_share_members_and_squads_do_not_wait_for_each_other_in_a_circle(app: Flask) -> None:
    squads = [people.squad() for _ in range(3)]
    walkers = [uuid4() for _ in range(12)]
    rule = build.tariff_rule(points=2)

    def complete_rounds(seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(5):
            pay_round(dice.sample(range(12), 4))

    @transactional
    def pay_round(numbers: list[int]) -> None:
        deeds = [
            service.Deed(
                member_id=walkers[number],
                squad_id=squads[number % 3],
                rule_code=rule.code,
                happened_at=build.clock.now(),
                subject_type="round",
                subject_id=None,
            )
            for number in numbers
        ]
        service.pay_deeds(SYSTEM, key=uuid4(), deeds=deeds)

    for round_number in range(crew.ROUNDS):
        before = sum(build.balance(walker) for walker in walkers)
        works = [lambda seed=seed: complete_rounds(seed) for seed in range(crew.THREADS)]
        assert crew.codes(crew.at_once(app, works)) == {"done": crew.THREADS}
        assert sum(build.balance(walker) for walker in walkers) - before == crew.THREADS * 5 * 4 * 2
        assert transfers("earn") == (round_number + 1) * crew.THREADS * 5 * 4
    assert deadlocks() == 0


def test_gifts_in_both_directions_keep_the_sum(app: Flask) -> None:
    for _ in range(crew.ROUNDS):
        wang, li = sorted((uuid4(), uuid4()))
        build.earn(wang, 50)
        build.earn(li, 50)

        ways = [
            partial(service.gift, SYSTEM, giver_id=wang, receiver_id=li, points=9),
            partial(service.gift, SYSTEM, giver_id=li, receiver_id=wang, points=9),
        ]
        works = [partial(transactionally, ways[number % 2], key=uuid4()) for number in range(crew.THREADS)]
        assert set(crew.codes(crew.at_once(app, works))) <= {"done", "points_not_enough"}
        assert build.balance(wang) + build.balance(li) == 100
    assert deadlocks() == 0


def test_one_budget_is_given_away_by_many_only_as_far_as_it_goes(app: Flask) -> None:
    for _ in range(crew.ROUNDS):
        shop, receivers = uuid4(), [uuid4() for _ in range(crew.THREADS)]
        with transaction():
            service.grant_budget(SYSTEM, key=uuid4(), merchant_id=shop, points=100)
        # Opened beforehand: opening accounts is not what this race is about.
        for receiver in receivers:
            build.earn(receiver, 1)

        works = [
            partial(
                transactionally,
                service.give,
                actor=SYSTEM,
                key=uuid4(),
                merchant_id=shop,
                member_id=receiver,
                points=7,
                subject_id=None,
            )
            for receiver in receivers
        ]
        assert crew.codes(crew.at_once(app, works)) == {"done": 14, "points_not_enough": 2}
        assert sum(build.balance(receiver) for receiver in receivers) == crew.THREADS + 98
        assert queries.budget(shop) == 2
    assert deadlocks() == 0


def test_a_shop_is_paid_for_one_deed_a_day_however_many_report_it(app: Flask) -> None:
    for _ in range(crew.ROUNDS):
        shop = uuid4()
        deed = {"merchant_id": shop, "rule_code": "shop_help", "happened_at": build.clock.now()}
        works = [
            partial(
                transactionally, service.pay_shop_deed, actor=SYSTEM, key=uuid4(), subject_id=None, **deed
            )
            for _ in range(crew.THREADS)
        ]
        assert crew.codes(crew.at_once(app, works)) == {"done": 1, "daily_cap_reached": 15}
        assert build.balance(shop) == 5


def test_payments_refunds_and_settlements_at_once_leave_what_each_side_is_owed(app: Flask) -> None:
    for _ in range(crew.ROUNDS):
        shop, wang = sorted((uuid4(), uuid4()), key=lambda _: random.random())
        build.earn(wang, 1_000)
        reservations = [build.reserve(wang, 10) for _ in range(crew.THREADS)]
        for reservation in reservations[: crew.THREADS // 2]:
            transactionally(
                service.pay, actor=SYSTEM, key=uuid4(), reservation_id=reservation, merchant_id=shop
            )
        refunds = [
            partial(transactionally, service.refund, actor=SYSTEM, key=uuid4(), reservation_id=each)
            for each in reservations[: crew.THREADS // 2]
        ]
        payments = [
            partial(
                transactionally,
                service.pay,
                actor=SYSTEM,
                key=uuid4(),
                reservation_id=each,
                merchant_id=shop,
            )
            for each in reservations[crew.THREADS // 2 :]
        ]
        month = partial(
            transactionally, service.settle, actor=SYSTEM, key=uuid4(), merchant_id=shop, points=80
        )
        assert crew.codes(crew.at_once(app, [*refunds, month, *payments])) == {"done": crew.THREADS + 1}
        db.session.rollback()
        held = queries.holdings(shop)
        assert held.balance - held.owed == 80 + 80 - 80 - 80
        assert build.balance(wang) == 1_000 - 80
    assert deadlocks() == 0
