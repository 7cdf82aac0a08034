"""What happens around shops and rewards besides the year's payments: made through the services, at its own time.

Budgets and gifts, deeds of shops, payments that look odd and wait at the desk, this day's open vouchers, waiting lists,
and the ends of the months: all are settled up to the month before last, so that the last one is ready to be drafted.
"""

import random
from contextlib import AbstractContextManager
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

import members.queries
import merchants.queries
import merchants.service
import points.queries
import points.service
import rewards.queries
import rewards.service
from alliance.demo import gone
from alliance.demo.people import SIGN_INS, Alliance, Person, actor_of
from alliance.demo.shelf import Item
from alliance.demo.shelf_plan import SOLD_OUT
from alliance.demo.shop_plans import OWNERS_SHOP
from alliance.demo.shops import Shop, first_of_the_settled_month
from core import clock
from core.auth import SYSTEM
from core.codes import parse
from core.config import settings
from core.db import new_id
from merchants.service import PastClosing

#: Cents for a point: in the first half of the year, later, in some trades, and at the shop of the demo's owner.
_RATE, _LATER_RATE, _OWN_RATE = 45, 50, 55
_TRADE_RATES: Final = {"hotel": 60, "bathhouse": 52}
_GRANT: Final = 200
#: More than one coordinator grants alone.
_LARGE_GRANT: Final = 800
_GIFT_REASONS: Final = ("买满三十元", "帮忙卸货", "主动维持排队秩序", "提醒店里有人行骗")
_DEEDS: Final = (
    ("shop_self_check", "灭火器、电线、通道都已检查"),
    ("shop_notice", "张贴反诈告示"),
    ("shop_help", "给夜巡队员送热水"),
)
#: Hours before now at which the open vouchers were taken, and for which reward.
_VOUCHERS: Final = (
    (3, "door-alarm"), (5, "rice-bag"), (9, "haircut"), (14, "smoke-detector"), (20, "towel"), (26, "cooking-oil"),
    (31, "bath-house-ticket"), (47, "umbrella"), (55, "torch"),
)  # fmt: skip
_WAITING: Final = 4


def agree_on_rates(alliance: Alliance, shops: list[Shop]) -> None:
    """Say what a point is worth, before anything is settled."""
    first = clock.today() - timedelta(days=400)
    half = (clock.today().replace(day=1) - timedelta(days=150)).replace(day=1)
    own = next(shop for shop in shops if shop.plan.name == OWNERS_SHOP)
    rates: list[tuple[int, date, UUID | None, str | None]] = [
        (_RATE, first, None, None),
        (_LATER_RATE, half, None, None),
        (_OWN_RATE, half, own.id, None),
        *((cents, first, None, trade) for trade, cents in _TRADE_RATES.items()),
    ]
    for cents, day, merchant_id, trade in rates:
        with clock.frozen(_at(day, 10)):
            merchants.service.add_rate(
                alliance.coordinators[0],
                key=new_id(),
                cents_per_point=cents,
                valid_from=day,
                merchant_id=merchant_id,
                trade_code=trade,
            )


def settle(alliance: Alliance, shops: list[Shop]) -> None:
    """Draft, agree, pay and close every month up to the one before last."""
    owners = {shop.id: shop.owner.id for shop in shops}
    last_month = clock.today().replace(day=1) - timedelta(days=1)
    while True:
        month = merchants.queries.month_to_draft()
        if month is None or month >= f"{last_month:%Y-%m}":
            return
        if month == f"{first_of_the_settled_month():%Y-%m}":
            # What it gives back must have been paid out to it before.
            gone.leave(alliance, shops)
        _close(alliance, owners, month)


def _close(alliance: Alliance, owners: dict[UUID, UUID], month: str) -> None:
    _start, end = clock.month_bounds(date.fromisoformat(f"{month}-01"))
    after = clock.local_date(end)
    desk, other = alliance.coordinators[0], alliance.coordinators[1]
    with clock.frozen(_at(after + timedelta(days=1), 9)):
        merchants.service.draft_month(desk, month=month)
    closings = []
    for place, each in enumerate(merchants.queries.statements_of_month(month)):
        paper = place % 4 == 3
        closings.append(
            PastClosing(
                settlement_id=each.id,
                merchant_id=each.merchant_id,
                points=each.due_points,
                agreed_at=_at(after + timedelta(days=2 + place % 3), 11),
                agreed_by=desk.id if paper else owners[each.merchant_id],
                agreed_note="店主在警务室签字" if paper else "",
                paid_at=_at(after + timedelta(days=7), 15),
                paid_by=other.id,
                reference=f"ZZ{month.replace('-', '')}{each.number:04}",
                closed_at=_at(after + timedelta(days=8), 10),
                closed_by=desk.id,
            )
        )
    merchants.service.import_closings(closings)


class Around:
    """The demo's shops and shelf, for all that is done there one by one."""

    def __init__(self, alliance: Alliance, shops: list[Shop], items: list[Item], dice: random.Random) -> None:
        self.alliance = alliance
        self.shops = [shop for shop in shops if shop.until is None]
        self.items = {item.plan.drawing: item for item in items}
        self.dice = dice
        self.now = clock.now()
        self.own = next(shop for shop in shops if shop.plan.name == OWNERS_SHOP)
        self.rich = self._rich()

    def give_and_thank(self) -> None:
        """Shops do good deeds, some have a budget, and give points out of it."""
        desk = self.alliance.coordinators[0]
        for place, shop in enumerate(self.shops[:14]):
            code, note = _DEEDS[place % len(_DEEDS)]
            with self._days_ago(7 * place + 10):
                merchants.service.award_shop(
                    desk, key=new_id(), merchant_id=shop.id, rule_code=code, note=note
                )
        for place, shop in enumerate([self.own, *self.shops[3:6]]):
            with self._days_ago(60 - place):
                merchants.service.grant_shop_budget(
                    desk, key=new_id(), merchant_id=shop.id, points=_GRANT, reason="季度宣传经费"
                )
            for number, person in enumerate(self._strangers(6)):
                with clock.frozen(self._open_time(shop, 50 - 8 * number - place, 2, 17 * number)):
                    self._give(shop, person)

    def ask_and_take_back(self) -> None:
        """A grant and a deed above a limit wait for a second coordinator; a gift by mistake went back."""
        first, second = self.alliance.coordinators[:2]
        with self._days_ago(20):
            points.service.add_rule(
                SYSTEM, code="shop_hero", name_zh="商户拦下诈骗", name_en="Shop stopped a fraud",
                category="shop", points=120, weekly_cap=1, valid_from=clock.today(),
            )  # fmt: skip
        with self._days_ago(1):
            # More than one coordinator awards alone: it waits for whoever tries the demo out.
            merchants.service.award_shop(
                second,
                key=new_id(),
                merchant_id=self.own.id,
                rule_code="shop_hero",
                note="劝住要给骗子转账的顾客",
            )
        with self._days_ago(1):
            merchants.service.grant_shop_budget(
                first, key=new_id(), merchant_id=self.own.id, points=_LARGE_GRANT, reason="腊八节敬老活动"
            )
        (person,) = self._strangers(1)
        with clock.frozen(self._open_time(self.own, 1, 4, 20)):
            gift = self._give(self.own, person)
        merchants.service.withdraw_gift(
            second, key=new_id(), merchant_id=self.own.id, gift_id=gift, reason="同一位顾客送了两次"
        )

    def bring_back(self) -> None:
        """Somebody was given the wrong article: it lies on the shelf again, and his points are back."""
        here = (
            line.voucher
            for line in rewards.queries.handed_over(limit=100).items
            if line.voucher.stocked and not line.voucher.where
        )
        given = next(here)
        desk = next(each for each in self.alliance.coordinators if each.id != given.handed_over_by)
        rewards.service.return_redemption(
            desk, key=new_id(), redemption_id=given.id, reason="拿错了型号，会员当天送回", to_stock=True
        )

    def pay_oddly(self) -> None:
        """Payments of the last days that wait on the desk's list of odd things."""
        first, second = self._strangers(2)
        for number in range(4):
            self._pay(self.own, first, self._open_time(self.own, 2, 3, number * 17), 6 + number)
        shop = next(each for each in self.shops if len(each.clerks) > 1 and each is not self.own)
        clerk = next((each for each in shop.clerks[1:] if self._balance(each.id) >= 20), None)
        if clerk is not None:
            self._pay(shop, clerk.id, self._open_time(shop, 3, 5, 0), 15)
        closing = self.own.hours[0] or self.own.hours[1]
        for number, person in enumerate([second, *self._strangers(4)[2:]]):
            minutes = closing[0][1] - closing[0][0] - 20 + 4 * number
            self._pay(self.own, person, self._open_time(self.own, 1, 0, minutes), 50)

    def reserve_today(self) -> None:
        """Vouchers that wait to be handed over; the demo's volunteer has one, and marks what she would like."""
        volunteer = next(each for each in self.alliance.everybody if each.name == SIGN_INS["volunteer"])
        people = [volunteer.id, *(each for each in self.rich if each != volunteer.id)]
        for hours, drawing in _VOUCHERS:
            item = self.items[drawing]
            person = next((each for each in people if self._can_redeem(each, item)), None)
            if person is None:
                continue
            people.remove(person)
            with clock.frozen(self.now - timedelta(hours=hours)):
                rewards.service.reserve(
                    actor_of(person), key=new_id(), reward_id=item.id, version=1, points=item.plan.points
                )
        with clock.frozen(self.now - timedelta(days=1)):
            for drawing in ("door-lock", "thermos-flask", SOLD_OUT):
                rewards.service.mark(actor_of(volunteer.id), self.items[drawing].id)

    def wait(self) -> None:
        """Some wait for the reward that is sold out."""
        for number, person in enumerate(self.rich[:_WAITING]):
            with clock.frozen(self.now - timedelta(days=1, hours=3 * number)):
                rewards.service.wait_for(actor_of(person), self.items[SOLD_OUT].id)

    # --- steps -----------------------------------------------------------------------------------------------------

    def _rich(self) -> list[UUID]:
        """Members with many points, who sign in with a phone and are in nobody's household, the richest first."""
        people = [
            person
            for person in self.alliance.everybody
            if not person.away and person.id not in self.alliance.card_only and not self._helps(person)
        ]
        return [
            person.id for person in sorted(people, key=lambda each: (-self._balance(each.id), each.name))[:60]
        ]

    @staticmethod
    def _helps(person: Person) -> bool:
        return bool(members.queries.managed_by(person.id))

    @staticmethod
    def _balance(member_id: UUID) -> int:
        return points.queries.balance(member_id)

    def _strangers(self, number: int) -> list[UUID]:
        """Members with points who keep no shop."""
        keepers = {clerk.id for shop in self.shops for clerk in shop.clerks}
        return [each for each in self.rich if each not in keepers][10 : 10 + number]

    def _can_redeem(self, member_id: UUID, item: Item) -> bool:
        found = rewards.queries.card(member_id, item.id)
        here = item.shop is not None and item.shop.works_here(member_id)
        return found.obstacle is None and not here

    def _days_ago(self, days: int) -> AbstractContextManager[object]:
        return clock.frozen(self.now - timedelta(days=days))

    def _give(self, shop: Shop, person: UUID) -> UUID:
        number, key = str(members.queries.facts(person).number), new_id()
        merchants.service.give_points(
            actor_of(shop.owner.id),
            key=key,
            merchant_id=shop.id,
            receiver=merchants.service.Receiver(number=number),
            points=self.dice.randint(3, 12),
            reason=self.dice.choice(_GIFT_REASONS),
        )
        return key

    def _open_time(self, shop: Shop, days_ago: int, hours: int, minutes: int) -> datetime:
        """A time on the last day, at least so many days ago, on which the shop was open: so long after it opened."""
        day = clock.local_date(self.now) - timedelta(days=days_ago)
        while not shop.hours[day.weekday()]:
            day -= timedelta(days=1)
        opens = shop.hours[day.weekday()][0][0]
        return _at(day, 0) + timedelta(minutes=opens + 60 * hours + minutes)

    @staticmethod
    def _pay(shop: Shop, member_id: UUID, at: datetime, amount: int) -> None:
        plate = merchants.queries.plate(shop.id)
        with clock.frozen(at):
            merchants.service.pay_by_plate(
                actor_of(member_id),
                key=new_id(),
                code=parse(plate.address, settings().base_url),
                points=amount,
            )


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=clock.zone())
