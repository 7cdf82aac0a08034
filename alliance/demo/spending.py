"""A year of payments at shops and of redeemed rewards, booked among the good deeds that earned the points.

Nobody spends what he has not earned before: each day begins with what was left the evening before. What is left open
at the end, odd payments and today's vouchers are made afterwards through the services (`market.py`).
"""

import itertools
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

import merchants.service
import rewards.service
from alliance.demo.people import Alliance, Person
from alliance.demo.shelf import Item
from alliance.demo.shop_plans import BUSY, OWNERS_SHOP
from alliance.demo.shops import Shop
from core import clock
from core.auth import SYSTEM
from merchants.service import PastCharge
from points import ledger
from rewards.service import PastRedemption

#: Whoever has saved more comes more often: on a day with the chance of his balance to this.
_SAVING: Final = 3_300
_MOST_EAGER: Final = 0.06
_LEAST: Final = 8
#: How often points go into a reward and not to a shop's counter.
_REWARDS: Final = 0.2
_WAYS: Final = {"order": 0.55, "phone": 0.27, "plate": 0.18}
_PLATE_LIMIT: Final = 50
#: What becomes of a charge, by chance: (state, whether a member had taken it).
_ENDINGS: Final = (
    (0.015, "expired", False), (0.008, "cancelled", True), (0.005, "expired", True), (0.012, "voided", True),
    (0.014, "refunded", True), (1.0, "paid", True),
)  # fmt: skip
_REFUND_REASONS: Final = (
    "商品有质量问题，退回积分",
    "多收了一次，已当面核对",
    "约好的服务未能提供",
    "顾客改用现金支付",
)
_FITTED: Final = ("入户门上方", "厨房门框", "客厅南窗", "卧室顶棚", "灶台旁墙面", "楼道门内侧", "阳台推拉门")
#: Vouchers of the last days are made through the services, and may still be open.
_OPEN_DAYS: Final = 4


@dataclass(frozen=True, slots=True)
class _Open:
    """A shop on a day: when it is open, and how much of the day's business it has."""

    shop: Shop
    spans: list[list[int]]
    weight: float


class Purse:
    """What members have in hand while the year is told: points by the day on which they expire."""

    def __init__(self) -> None:
        self.lots: defaultdict[UUID, dict[date, int]] = defaultdict(dict)

    def balance(self, member_id: UUID, day: date) -> int:
        """What the member can spend on the day."""
        return sum(points for expires_on, points in self.lots[member_id].items() if expires_on >= day)

    def put(self, member_id: UUID, lots: dict[date, int]) -> None:
        """Put points in."""
        own = self.lots[member_id]
        for expires_on, points in lots.items():
            own[expires_on] = own.get(expires_on, 0) + points

    def take(self, member_id: UUID, points: int, day: date) -> dict[date, int]:
        """Take points out, the earliest to expire first, as the ledger does; the lots that they came from."""
        own = self.lots[member_id]
        taken: dict[date, int] = {}
        for expires_on in sorted(own):
            part = min(points - sum(taken.values()), own[expires_on])
            if part and expires_on >= day:
                own[expires_on] -= part
                taken[expires_on] = part
        return taken


class Spending:
    """Weaves payments and redemptions into the year of deeds, and keeps their records for the import."""

    def __init__(self, alliance: Alliance, shops: list[Shop], items: list[Item], dice: random.Random) -> None:
        self.alliance = alliance
        self.shops = shops
        self.items = items
        self.dice = dice
        self.now = clock.now()
        self.today = clock.today()
        self.purse = Purse()
        self.charges: list[PastCharge] = []
        self.redemptions: list[PastRedemption] = []
        self.moves: defaultdict[date, list[ledger.Movement]] = defaultdict(list)
        self.home: defaultdict[date, list[tuple[UUID, dict[date, int]]]] = defaultdict(list)
        self.back: defaultdict[date, list[Item]] = defaultdict(list)
        self.had: Counter[tuple[UUID, UUID, int, int]] = Counter()

    def among(self, deeds: Iterable[ledger.Movement]) -> Iterator[ledger.Movement]:
        """The deeds and the spending between them, in the order of time."""
        day = None
        for of_day, group in itertools.groupby(deeds, key=lambda move: move.posted_on):
            earned = list(group)
            for each in _days(of_day if day is None else day + timedelta(days=1), of_day):
                yield from self._day(each, earned if each == of_day else [])
            day = of_day
        if day is not None:
            for each in _days(day + timedelta(days=1), self.today):
                yield from self._day(each, [])

    def write(self) -> None:
        """Write the charges and redemptions whose points have been booked."""
        merchants.service.import_charges(self.charges)
        deliveries = itertools.chain.from_iterable(item.deliveries for item in self.items)
        rewards.service.import_redemptions(self.redemptions, deliveries)

    # --- one day ---------------------------------------------------------------------------------------------------

    def _day(self, day: date, earned: list[ledger.Movement]) -> list[ledger.Movement]:
        for item in self.items:
            item.restock(day, self.alliance.coordinators[0].id)
        open_shops = self._open_shops(day)
        for person in self.alliance.everybody:
            balance = self.purse.balance(person.id, day)
            if balance < _LEAST or person.away or person.since >= day:
                continue
            if self.dice.random() < min(_MOST_EAGER, balance / _SAVING):
                self._spend(person, day, balance, open_shops)
        for move in earned:
            if move.expires_on is not None:
                self.purse.put(move.credit.id, {move.expires_on: move.amount})
        for member_id, lots in self.home.pop(day, ()):
            self.purse.put(member_id, lots)
        for item in self.back.pop(day, ()):
            item.left = None if item.left is None else item.left + 1
        return sorted([*earned, *self.moves.pop(day, ())], key=lambda move: move.posted_at)

    def _open_shops(self, day: date) -> list[_Open]:
        found = []
        for shop in self.shops:
            if shop.takes_points_on(day):
                weight = BUSY[shop.plan.trade] * (2.5 if shop.plan.name == OWNERS_SHOP else 1.0)
                found.append(_Open(shop, shop.hours[day.weekday()], weight))
        return found

    def _spend(self, person: Person, day: date, balance: int, open_shops: list[_Open]) -> None:
        if self.dice.random() < _REWARDS and day <= self.today - timedelta(days=_OPEN_DAYS):
            self._redeem(person, day, balance)
            return
        fitting = [each for each in open_shops if not each.shop.works_here(person.id)]
        if fitting:
            (place,) = self.dice.choices(fitting, [each.weight for each in fitting])
            self._charge(person, day, balance, place)

    def _moment(self, day: date, first: int, last: int) -> datetime:
        """Some moment between two minutes of the day."""
        minute = self.dice.randint(first, max(first, last))
        second, part = self.dice.randrange(60), self.dice.randrange(10**6)
        return datetime.combine(day, time(minute // 60, minute % 60, second, part), tzinfo=clock.zone())

    # --- at the counter --------------------------------------------------------------------------------------------

    def _charge(self, person: Person, day: date, balance: int, place: _Open) -> None:
        opens, closes = self.dice.choice(place.spans)
        # Not around closing time, when round amounts look odd.
        at = self._moment(day, opens + 10, min(closes, 23 * 60) - 35)
        points, offer_id, what = self._price(place.shop, balance)
        way = self._way(person, points)
        chance, ending = self.dice.random(), _ENDINGS[-1]
        for each in _ENDINGS:
            if chance < each[0]:
                ending = each
                break
            chance -= each[0]
        _share, state, taken = ending
        if way != "order" and state in {"expired", "cancelled"}:
            state, taken = "paid", True
        clerk = self.dice.choice([each for each in place.shop.clerks if each.since < day])
        past = PastCharge(
            merchant_id=place.shop.id,
            member_id=person.id if taken else None,
            clerk_id=None if way == "plate" else clerk.id,
            way=way,
            points=points,
            offer_id=offer_id,
            what=what,
            state="paid",
            opened_at=at,
        )
        past = self._ended(past, state, taken, clerk.id, place.shop)
        if (past.paid_at or past.ended_at or at) <= self.now:
            self._keep(past, person, day)

    def _price(self, shop: Shop, balance: int) -> tuple[int, UUID | None, str]:
        affordable = [(offer_id, offer) for offer_id, offer in shop.offers if offer.points <= balance]
        if affordable and self.dice.random() < 0.75:
            offer_id, offer = self.dice.choice(affordable)
            return offer.points, offer_id, offer.name
        return self.dice.randint(3, min(balance, 38)), None, ""

    def _way(self, person: Person, points: int) -> str:
        if person.id in self.alliance.card_only:
            return "card"
        (way,) = self.dice.choices(list(_WAYS), list(_WAYS.values()))
        return "order" if way == "plate" and points > _PLATE_LIMIT else way

    def _ended(self, past: PastCharge, state: str, taken: bool, clerk_id: UUID, shop: Shop) -> PastCharge:
        """The charge with what became of it; one that would be given back after now stays paid."""
        step = timedelta(seconds=self.dice.randint(6, 40))
        held_at = past.opened_at + (timedelta() if past.way in {"plate", "phone"} else step)
        if state in {"expired", "cancelled"}:
            late = timedelta(seconds=self.dice.randint(121, 170) if state == "expired" else 60)
            by = SYSTEM.id if state == "expired" else past.member_id
            return replace(
                past,
                state=state,
                held_at=held_at if taken else None,
                ended_at=past.opened_at + late,
                ended_by=by,
            )
        if past.way == "card":
            paid_at = held_at  # the PIN holds and pays in one
        else:
            paid_at = (
                held_at if past.way == "plate" else held_at + timedelta(seconds=self.dice.randint(3, 25))
            )
        past = replace(past, held_at=held_at, paid_at=paid_at)
        ended_at, reason, by = paid_at, "", clerk_id
        if state == "voided":
            ended_at += timedelta(seconds=self.dice.randint(40, 500))
        elif state == "refunded":
            ended_at = self._moment(
                paid_at.date() + timedelta(days=self.dice.randint(1, 12)), 9 * 60, 18 * 60
            )
            reason = self.dice.choice(_REFUND_REASONS)
            by = shop.owner.id if self.dice.random() < 0.7 else self.alliance.coordinators[1].id
        if state == "paid" or ended_at > self.now:
            return past
        return replace(past, state=state, ended_at=ended_at, ended_by=by, reason=reason)

    def _keep(self, past: PastCharge, person: Person, day: date) -> None:
        if past.held_at is not None:
            past = replace(past, lots=self.purse.take(person.id, past.points, day))
            if past.ended_at is not None:
                self.home[past.ended_at.date()].append((person.id, dict(past.lots)))
        self.charges.append(past)
        for move in merchants.service.past_movements(past):
            self.moves[move.posted_on].append(move)

    # --- rewards ---------------------------------------------------------------------------------------------------

    def _redeem(self, person: Person, day: date, balance: int) -> None:
        fitting = [item for item in self.items if self._may_have(person, item, day, balance)]
        if not fitting:
            return
        (item,) = self.dice.choices(fitting, [item.plan.wished * item.plan.points**0.5 for item in fitting])
        self.had[self._quota_key(person, item, day)] += 1
        reserved_at = self._moment(day, 8 * 60, 21 * 60)
        expires_at = reserved_at + timedelta(hours=72)
        state = self.dice.choices(("used", "expired", "cancelled"), (0.9, 0.05, 0.05))[0]
        giver = self._giver(person, item, day)
        ended_at = self._moment(day + timedelta(days=1), 9 * 60, 17 * 60 + 30)
        by = giver
        if state == "cancelled":
            by = person.id
        elif state == "expired":
            ended_at, by = expires_at + timedelta(seconds=self.dice.randint(5, 60)), SYSTEM.id
        used_at_home = state == "used" and item.plan.kind == "security"
        past = PastRedemption(
            reward_id=item.id,
            member_id=person.id,
            points=item.plan.points,
            state=state,
            reserved_at=reserved_at,
            expires_at=expires_at,
            ended_at=ended_at,
            ended_by=by,
            merchant_id=item.shop.id if item.shop and state == "used" else None,
            stocked=item.left is not None,
            fitting_place=self.dice.choice(_FITTED) if used_at_home else "",
            fitting_help=used_at_home and self.dice.random() < 0.4,
            lots=self.purse.take(person.id, item.plan.points, day),
        )
        self._keep_redemption(past, item)

    def _may_have(self, person: Person, item: Item, day: date, balance: int) -> bool:
        plan = item.plan
        if item.since >= day or plan.points > balance or item.left == 0:
            return False
        if item.shop and (
            not item.shop.takes_points_on(day + timedelta(days=1)) or item.shop.works_here(person.id)
        ):
            return False
        return plan.most is None or self.had[self._quota_key(person, item, day)] < plan.most

    @staticmethod
    def _quota_key(person: Person, item: Item, day: date) -> tuple[UUID, UUID, int, int]:
        year = 0 if item.plan.period == "ever" else day.year
        return person.id, item.id, year, day.month if item.plan.period == "month" else 0

    def _giver(self, person: Person, item: Item, day: date) -> UUID:
        if item.shop is None:
            return self.dice.choice(self.alliance.coordinators).id
        return self.dice.choice([each for each in item.shop.clerks if each.since <= day]).id

    def _keep_redemption(self, past: PastRedemption, item: Item) -> None:
        if item.left is not None:
            item.left -= 1
        if past.state != "used":
            ended_on = clock.local_date(past.ended_at)
            self.home[ended_on].append((past.member_id, dict(past.lots)))
            self.back[ended_on].append(item)
        self.redemptions.append(past)
        for move in rewards.service.past_movements(past):
            self.moves[move.posted_on].append(move)


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))
