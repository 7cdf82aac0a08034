"""A market in the town: shops with clerks, members with points, a shelf; and people who pay, take back and redeem.

Their phones keep notebooks (`phones.py`). `differences` holds what they were told against the database: every payment
and voucher that was acknowledged is there once, as it was acknowledged, and nothing else is.
"""

import random
from collections import Counter
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from flask import Flask

import members.queries
import members.service
from core.codes import Kind
from core.db import db
from core.receipts import Receipt
from merchants.models import Charge
from points.models import Lot
from rewards.models import Redemption, Reward
from tests.support import counter_builders as build
from tests.support import merchants_builders as shops
from tests.support import points_builders as points
from tests.support import reckoning, rewards_builders
from tests.support.crew import Answer
from tests.support.phones import Line, Wish
from tests.support.town import Headers, Person, Town, scan_of, sign_in

#: Points with which every member comes, and pieces of each reward: enough for a soak, but not without end.
PURSE, PIECES = 400, 2_000
PRICE, REWARD_PRICE = 3, 2
Walk = Generator[Wish, Answer, None]


@dataclass(frozen=True)
class Stall:
    """A shop with the headers of its clerk's and its owner's phones and the code on its plate."""

    id: UUID
    clerk: Headers
    owner: Headers
    plate: str


@dataclass(frozen=True)
class Market:
    """Where `people` of the town spend their points."""

    app: Flask
    town: Town
    people: list[Person]
    stalls: list[Stall]
    reward_id: UUID
    purse: int

    def phone_code(self, person: Person) -> str:
        """What the member's phone shows now."""
        with self.app.app_context():
            code = members.service.phone_code(self.town.actor(person)).code
            assert code.kind is Kind.PHONE
            return code.text


def open_market(app: Flask, town: Town, *, stalls: int = 3, purse: int = PURSE) -> Market:
    """Open shops in the town, fill purses and the shelf."""
    with app.app_context():
        made = [_stall(app) for _ in range(stalls)]
        for each in town.members:
            points.earn(each.id, purse)
        reward = rewards_builders.reward(points=REWARD_PRICE, stock=PIECES)
        db.session.rollback()
    return Market(app, town, town.members, made, reward.id, purse)


def _stall(app: Flask) -> Stall:
    counter = build.a_counter()
    clerk, owner = build.facts(counter.clerk), build.facts(counter.owner)
    plate = shops.plate_of(counter.shop).text
    return Stall(counter.shop.id, sign_in(app, clerk.id), sign_in(app, owner.id), plate)


# --- What people do --------------------------------------------------------------------------------------------------


def spend(market: Market, person: Person, seed: int, *, times: int) -> Walk:
    """One member's walk over the market: payments of all kinds, some taken back, and vouchers."""
    dice = random.Random(seed)
    ways = [_by_plate, _by_order, _by_order, _by_phone, _voucher]
    for _ in range(times):
        yield from dice.choice(ways)(market, person, dice.choice(market.stalls), dice)


def _post(headers: Headers, path: str, **body: Any) -> Wish:
    return headers, {"key": str(uuid4()), **body}, f"/api/v1{path}"


def _by_plate(_market: Market, person: Person, stall: Stall, dice: random.Random) -> Walk:
    answer = yield _post(person.headers, "/me/payments", code=stall.plate, points=PRICE)
    if answer.status in {200, 201}:
        yield from _perhaps_back(stall, answer.body["charge_id"], dice)


def _by_order(_market: Market, person: Person, stall: Stall, dice: random.Random) -> Walk:
    shown = yield _post(stall.clerk, "/counter/orders", merchant_id=str(stall.id), points=PRICE)
    charge_id = shown.body["charge_id"]
    held = yield person.headers, scan_of(shown.body["code"])
    if held.status not in {200, 201} or dice.random() < 0.1:
        yield _post(stall.clerk, f"/counter/charges/{charge_id}/cancel")
    elif dice.random() < 0.1:
        yield _post(person.headers, f"/me/charges/{charge_id}/decline")
    else:
        paid = yield _post(person.headers, f"/me/charges/{charge_id}/confirm", points=PRICE)
        if paid.status in {200, 201}:
            yield from _perhaps_back(stall, charge_id, dice)


def _by_phone(market: Market, person: Person, stall: Stall, dice: random.Random) -> Walk:
    body = {"merchant_id": str(stall.id), "code": market.phone_code(person), "points": PRICE}
    held = yield _post(stall.clerk, "/counter/holds", **body)
    if held.status in {200, 201}:
        charge_id = held.body["charge_id"]
        taken = yield _post(stall.clerk, f"/counter/charges/{charge_id}/take")
        if taken.status in {200, 201}:
            yield from _perhaps_back(stall, charge_id, dice)


def _perhaps_back(stall: Stall, charge_id: str, dice: random.Random) -> Walk:
    """Now and then the clerk takes a payment back, the owner refunds it, or both of them try."""
    luck = dice.random()
    if luck < 0.2:
        yield _post(stall.clerk, f"/counter/charges/{charge_id}/void")
    if 0.15 < luck < 0.3:
        yield _post(stall.owner, f"/counter/charges/{charge_id}/refund", reason="没有货了")


def _voucher(market: Market, person: Person, _stall: Stall, dice: random.Random) -> Walk:
    wish = {"reward_id": str(market.reward_id), "version": 1, "points": REWARD_PRICE}
    reserved = yield _post(person.headers, "/redemptions", **wish)
    if reserved.status not in {200, 201}:
        return
    if dice.random() < 0.3:
        yield _post(person.headers, f"/redemptions/{reserved.body['redemption_id']}/cancel")
    elif reserved.body["code"]:
        headers = market.town.coordinator.headers
        yield _post(headers, "/redemptions/hand-over", code=reserved.body["code"])


# --- What was told, and what is there --------------------------------------------------------------------------------


def differences(market: Market, lines: Iterable[Line]) -> list[str]:
    """In what the database differs from the notebooks, in words; empty when they tell the same story."""
    told = list(lines)
    with market.app.app_context():
        try:
            charges, redemptions = _charges_told(told), _redemptions_told(told)
            return [
                *_receipts(told),
                *_charges(charges),
                *_redemptions(market, redemptions),
                *_balances(market, charges, redemptions),
                *reckoning.faulty_books(),
            ]
        finally:
            db.session.rollback()


@dataclass
class Told:
    """How something stands by the last answer about it."""

    person: Person | None
    points: int
    state: str


def _refusal(line: Line) -> str | None:
    """The code of a refusal; the code in any other answer is one to be scanned."""
    return line.answered.code if line.answered.status >= 400 else None


def _charges_told(told: list[Line]) -> dict[UUID, Told]:
    found: dict[UUID, Told] = {}
    for line in told:
        body = line.answered.body
        if _refusal(line) or "charge_id" not in body:
            continue
        known = found.setdefault(UUID(body["charge_id"]), Told(None, body["points"], body["state"]))
        known.state = body["state"]
        if body["outcome"] != "order_shown" and not line.path.endswith("/cancel"):
            known.person = known.person or line.person
    return found


def _redemptions_told(told: list[Line]) -> dict[UUID, Told]:
    states = {"reserved": "held", "redemption_cancelled": "cancelled", "handed_over": "used"}
    found: dict[UUID, Told] = {}
    for line in told:
        body = line.answered.body
        if not _refusal(line) and "redemption_id" in body:
            state = states.get(body["outcome"], body["outcome"])
            known = found.setdefault(UUID(body["redemption_id"]), Told(line.person, body["points"], state))
            known.state = state
    return found


def _receipts(told: list[Line]) -> list[str]:
    """Every request has its receipt, the refused ones, too."""
    expected = Counter(
        (UUID(line.scan.get("key") or line.scan["scan_id"]), _refusal(line) or "done") for line in told
    )
    rows = db.session.execute(sa.select(Receipt.key, Receipt.outcome).where(_of_the_market()))
    return reckoning.compare("receipts", expected, Counter((row.key, row.outcome) for row in rows))


def _of_the_market() -> sa.ColumnElement[bool]:
    further = ("scan", "reward.reserve", "reward.cancel", "voucher.hand_over")
    return Receipt.action.like("charge.%") | Receipt.action.in_(further)


def _charges(told: dict[UUID, Told]) -> list[str]:
    expected = Counter((charge_id, each.state) for charge_id, each in told.items())
    rows = db.session.execute(sa.select(Charge.id, Charge.state))
    return reckoning.compare("charges", expected, Counter((row.id, row.state) for row in rows))


def _redemptions(market: Market, told: dict[UUID, Told]) -> list[str]:
    expected = Counter((redemption_id, each.state) for redemption_id, each in told.items())
    rows = db.session.execute(sa.select(Redemption.id, Redemption.state))
    found = reckoning.compare("redemptions", expected, Counter((row.id, row.state) for row in rows))
    stock, held = db.session.execute(
        sa.select(Reward.stock, Reward.held).where(Reward.id == market.reward_id)
    ).one()
    states = Counter(each.state for each in told.values())
    if (stock, held) != (PIECES - states["used"], states["held"]):
        found.append(f"stock: {stock} on the shelf, {held} held; told {dict(states)}")
    return found


def _balances(market: Market, charges: dict[UUID, Told], redemptions: dict[UUID, Told]) -> list[str]:
    expected = {each.id: market.purse for each in market.people}
    gone = [each for each in charges.values() if each.state in {"held", "paid"}]
    gone += [each for each in redemptions.values() if each.state in {"held", "used"}]
    for each in gone:
        assert each.person is not None
        expected[each.person.id] -= each.points
    sums = sa.select(Lot.account_id, sa.func.sum(Lot.balance)).group_by(Lot.account_id)
    found = {account_id: int(balance) for account_id, balance in db.session.execute(sums)}
    taken = sum(each.points for each in charges.values() if each.state == "paid")
    at_shops = sum(found.get(each.id, 0) for each in market.stalls)
    return [
        f"balance of {member_id}: told {points_}, found {found.get(member_id, 0)}"
        for member_id, points_ in expected.items()
        if points_ != found.get(member_id, 0)
    ] + ([f"at the shops: told {taken}, found {at_shops}"] if taken != at_shops else [])
