"""Races at a shop's counter, one round each: what many hands do at the same moment must come out as if in turn.

Every round prepares its own people and shops, lets sixteen threads loose, and returns what is wrong in words; nothing
when all is right. Tests run a round or two on each engine, `bench/soak.py` runs them for long.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Flask

import merchants.queries
import merchants.service
from core import clock
from core.auth import Actor
from core.db import db, new_id, transaction
from core.errors import DomainError
from core.receipts import Answer
from merchants.models import Charge
from points.models import Transfer
from tests.support import counter_builders as build
from tests.support import ledger_crew as crew
from tests.support import merchants_builders as shops

#: Settings under which one member may pay as often as a race wants.
WITHOUT_LIMITS = {"plate_day_limit": 10**6, "member_shop_day_limit": 10**6, "shop_day_limit": 10**6}
_PRICE = 7

Findings = list[str]


def _differs(what: str, expected: object, found: object) -> Findings:
    return [] if expected == found else [f"{what}: expected {expected}, found {found}"]


def _once(results: list[Any], refusals: set[str], what: str) -> Findings:
    """One has won, the others got one of the refusals."""
    found = crew.codes(results)
    lost = {code for code in found if code != "done"}
    return _differs(f"{what}: winners", 1, found["done"]) + _differs(
        f"{what}: other refusals", set(), lost - refusals
    )


# --- One balance -----------------------------------------------------------------------------------------------------


def one_balance(app: Flask, payments: int = 64) -> Findings:
    """So many payments of one member at once, at several counters: only what the balance covers is paid."""
    balance = payments * _PRICE // 3 + 5
    counters, member = [build.a_counter() for _ in range(3)], build.payer(balance)
    plates = [shops.plate_of(each.shop) for each in counters]

    def pay(seed: int, times: int) -> list[str]:
        return [_outcome(partial(_pay, member, plates[(seed + turn) % 3])) for turn in range(times)]

    each = payments // crew.THREADS
    works = [partial(pay, seed, each) for seed in range(crew.THREADS)]
    outcomes = Counter(outcome for found in crew.at_once(app, works) for outcome in found)
    covered = balance // _PRICE
    expected = {"done": covered, "points_not_enough": each * crew.THREADS - covered}
    return [
        *_differs("payments of one balance", expected, dict(outcomes)),
        *_differs("what is left", balance - covered * _PRICE, build.balance(member)),
        *_differs("at the shops", covered * _PRICE, sum(build.balance(each.shop) for each in counters)),
        *_differs("charges of the member", covered, _charges_of(member)),
    ]


def _pay(member: Actor, plate: build.Code) -> Answer:
    return merchants.service.pay_by_plate(member, key=new_id(), code=plate, points=_PRICE)


def _outcome(work: Callable[[], object]) -> str:
    try:
        work()
    except DomainError as refusal:
        return refusal.code
    return "done"


def _charges_of(member: Actor) -> int:
    db.session.rollback()
    query = sa.select(sa.func.count()).where(Charge.member_id == member.member_id, Charge.state == "paid")
    return db.session.scalar(query) or 0


def one_till(app: Flask) -> Findings:
    """Many members pay at one shop that may take only so much in a day: the limit is kept to the point."""
    counter = build.a_counter(day_limit=50)
    plate, members = shops.plate_of(counter.shop), [build.payer(20) for _ in range(crew.THREADS)]
    results = crew.at_once(app, [partial(_pay, each, plate) for each in members])
    return [
        *_differs(
            "payments within the day's limit", {"done": 7, "shop_day_limit": 9}, dict(crew.codes(results))
        ),
        *_differs("at the shop", 7 * _PRICE, build.balance(counter.shop)),
    ]


# --- One charge, one wish, many times --------------------------------------------------------------------------------


def double_taps(app: Flask) -> Findings:
    """Every step tapped sixteen times at once with one key is done once and answered alike; with other keys once."""
    counter, member = build.a_counter(), build.payer(1000)
    return [finding for name, prepare in _steps(counter, member) for finding in _tap(app, name, prepare)]


Step = Callable[[UUID, UUID], Answer]


def _steps(counter: build.Counter, member: Actor) -> Iterator[tuple[str, Callable[[], tuple[UUID, Step]]]]:
    def confirm() -> tuple[UUID, Step]:
        step = partial(merchants.service.confirm_charge, member, points=30)
        return build.order(counter, member), lambda key, charge_id: step(key=key, charge_id=charge_id)

    def take() -> tuple[UUID, Step]:
        held = build.hold(counter, build.phone_code(member)).body["charge_id"]
        return UUID(held), lambda key, charge_id: build.take(counter, charge_id, key=key)

    def cancel() -> tuple[UUID, Step]:
        step = partial(merchants.service.cancel_charge, counter.clerk)
        return build.order(counter, member), lambda key, charge_id: step(key=key, charge_id=charge_id)

    def void() -> tuple[UUID, Step]:
        step = partial(merchants.service.void_charge, counter.clerk)
        return build.paid(counter, member), lambda key, charge_id: step(key=key, charge_id=charge_id)

    def refund() -> tuple[UUID, Step]:
        step = partial(merchants.service.refund_charge, counter.owner, reason="没货了")
        return build.paid(counter, member), lambda key, charge_id: step(key=key, charge_id=charge_id)

    yield from (("confirm", confirm), ("take", take), ("cancel", cancel), ("void", void), ("refund", refund))


def _tap(app: Flask, name: str, prepare: Callable[[], tuple[UUID, Step]]) -> Findings:
    charge_id, step = prepare()
    key = new_id()
    answers = crew.at_once(app, [lambda: step(key, charge_id)] * crew.THREADS)
    bodies = {str(each.body) if isinstance(each, Answer) else each.code for each in answers}
    fresh = sum(isinstance(each, Answer) and not each.replayed for each in answers)
    other_id, other = prepare()
    results = crew.at_once(app, [lambda: other(new_id(), other_id)] * crew.THREADS)
    return [
        *_differs(f"{name}: answers to one key", 1, len(bodies)),
        *_differs(f"{name}: done with one key", 1, fresh),
        *_once(results, {"charge_closed"}, f"{name} with many keys"),
    ]


# --- One order, many members -----------------------------------------------------------------------------------------


def one_order(app: Flask) -> Findings:
    """An order scanned by sixteen members at once: one has it, and nobody else's points are held."""
    counter, members = build.a_counter(), [build.payer(30) for _ in range(crew.THREADS)]
    shown = build.show(counter).body
    results = crew.at_once(app, [partial(build.scan, each, shown["code"]) for each in members])
    holder = merchants.queries.charge(UUID(shown["charge_id"])).member_id
    return [
        *_once(results, {"order_taken"}, "one order"),
        *_differs("balances", {0: 1, 30: 15}, dict(Counter(build.balance(each) for each in members))),
        *_differs("the holder", 0, build.balance(holder) if holder else None),
    ]


def one_phone_code(app: Flask) -> Findings:
    """A phone code read by two tills at once is held once."""
    counter, member = build.a_counter(), build.payer(1000)
    code = build.phone_code(member)
    results = crew.at_once(app, [partial(build.hold, counter, code)] * crew.THREADS)
    return [
        *_once(results, {"code_used"}, "one phone code"),
        *_differs("what is left", 970, build.balance(member)),
    ]


# --- One end ---------------------------------------------------------------------------------------------------------


def one_end(app: Flask) -> Findings:
    """A held charge is paid, declined, called off and runs out at the same moment: it ends exactly once."""
    _end_what_earlier_rounds_left()
    counter, member = build.a_counter(), build.payer(30)
    charge_id = build.order(counter, member)
    # So near to its end that the keeper and the others meet.
    with transaction():
        end = clock.now() + timedelta(milliseconds=random.randrange(10, 120))
        db.session.execute(sa.update(Charge).where(Charge.id == charge_id).values(expires_at=end))
    ends: list[Callable[[], object]] = [
        lambda: build.confirm(member, charge_id),
        lambda: merchants.service.decline_charge(member, key=new_id(), charge_id=charge_id),
        lambda: merchants.service.cancel_charge(counter.clerk, key=new_id(), charge_id=charge_id),
        _expire_for_a_while,
    ]
    results = crew.at_once(app, [ends[number % 4] for number in range(crew.THREADS)])
    done = sum(not isinstance(each, DomainError) for each in results[0::4] + results[1::4] + results[2::4])
    expired = sum(results[3::4])
    state = build.state(charge_id)
    left = {"paid": (0, 30)}.get(state, (30, 0))
    return [
        *_differs("ends of one charge", 1, done + expired),
        *_differs("a state at the end", True, state in {"paid", "cancelled", "expired"}),
        *_differs("points after it", left, (build.balance(member), build.balance(counter.shop))),
        *_differs("ends in the ledger", 1, _ends_in_ledger(charge_id)),
    ]


def _end_what_earlier_rounds_left() -> None:
    """The keepers of this race count what they end; in a long soak orders of earlier rounds run out meanwhile."""
    with transaction():
        waiting = Charge.state.in_(["shown", "held"])
        db.session.execute(sa.update(Charge).where(waiting).values(expires_at=clock.now()))
    merchants.service.expire_charges()


def _expire_for_a_while() -> int:
    """What the keeper does, again and again until after the charge has run out, however long one look takes."""
    until, ended, over = clock.now() + timedelta(milliseconds=150), 0, False
    while not over:
        over = clock.now() >= until
        ended += merchants.service.expire_charges()
        db.session.rollback()
    return ended


def _ends_in_ledger(charge_id: UUID) -> int:
    query = sa.select(sa.func.count()).where(Transfer.subject_id == charge_id, Transfer.kind != "spend")
    return db.session.scalar(query) or 0


def one_return(app: Flask) -> Findings:
    """A payment is voided by the clerk and refunded by the owner at once: the member gets it once."""
    counter, member = build.a_counter(), build.payer(30)
    charge_id = build.paid(counter, member)
    ways: list[Callable[[], object]] = [
        lambda: merchants.service.void_charge(counter.clerk, key=new_id(), charge_id=charge_id),
        lambda: merchants.service.refund_charge(
            counter.owner, key=new_id(), charge_id=charge_id, reason="退"
        ),
    ]
    results = crew.at_once(app, [ways[number % 2] for number in range(crew.THREADS)])
    return [
        *_once(results, {"charge_closed"}, "void and refund"),
        *_differs("points after it", (30, 0), (build.balance(member), build.balance(counter.shop))),
    ]


# --- Everybody everywhere --------------------------------------------------------------------------------------------


def a_market_day(app: Flask) -> Findings:
    """Members pay, hold and forget at many shops at once: nobody waits in a circle, and every point is somewhere."""
    counters, members = [build.a_counter() for _ in range(4)], [build.payer(200) for _ in range(4)]
    plates = [shops.plate_of(each.shop) for each in counters]
    forgotten = [build.order(counters[n], member, 20) for n, member in enumerate(members)]
    with transaction():
        past = clock.now() - timedelta(seconds=1)
        values = {"opened_at": past - timedelta(seconds=120), "expires_at": past}
        db.session.execute(sa.update(Charge).where(Charge.id.in_(forgotten)).values(**values))
    before = deadlocks()

    def shop_around(seed: int) -> Counter[str]:
        dice = random.Random(seed)
        works = (partial(_pay, dice.choice(members), dice.choice(plates)) for _ in range(4))
        return Counter(_outcome(each) for each in (*works, merchants.service.expire_charges))

    works = [partial(shop_around, seed) for seed in range(crew.THREADS)]
    outcomes: Counter[str] = sum(crew.at_once(app, works), Counter())
    everything = sum(map(build.balance, members)) + sum(build.balance(each.shop) for each in counters)
    return [
        *_differs("outcomes", set(), set(outcomes) - {"done", "points_not_enough"}),
        *_differs("points altogether", 800, everything),
        *_differs("forgotten charges", ["expired"] * 4, [build.state(each) for each in forgotten]),
        *_differs("deadlocks", 0, deadlocks() - before),
    ]


def deadlocks() -> int:
    """How often PostgreSQL had to break a circle of waiting transactions; SQLite has one writer and no circles."""
    if db.engine.dialect.name == "sqlite":
        return 0
    db.session.rollback()
    query = sa.text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    return db.session.scalar(query) or 0


#: Name → round; `one_balance` is also run with 500 payments.
ROUNDS: dict[str, Callable[[Flask], Findings]] = {
    each.__name__: each
    for each in (
        one_balance,
        one_till,
        double_taps,
        one_order,
        one_phone_code,
        one_end,
        one_return,
        a_market_day,
    )
}
