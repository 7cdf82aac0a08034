"""The partner shops of the demo alliance are opened: they apply, are admitted, and get their clerks and offers."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

import members.queries
import merchants.service
from alliance.demo.people import COUNTER_PIN, Alliance, Person, actor_of
from alliance.demo.shop_plans import APPLICANT, GONE, HOURS, OWNERS_SHOP, PAUSED, SHOPS, OfferPlan, ShopPlan
from core import clock
from core.auth import Actor
from core.db import new_id

#: The first shop came so many days ago, the last one so many.
_FIRST_DAY, _LAST_DAY = 352, 75
_PAUSED_DAYS: Final = 24
#: From here the shops' telephones run on: of the range that no operator has given out.
_FIRST_PHONE: Final = 19_900_009_001


@dataclass(frozen=True, slots=True)
class Clerk:
    """Who stands at a counter, from which day on."""

    id: UUID
    since: date


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop of the demo as its year needs it: takes points from `since` on, and before `until` if that is set."""

    id: UUID
    plan: ShopPlan
    owner: Person
    clerks: tuple[Clerk, ...]
    offers: tuple[tuple[UUID, OfferPlan], ...]
    since: date
    until: date | None

    @property
    def hours(self) -> list[list[list[int]]]:
        """As in `merchants.models.Merchant`."""
        return HOURS[self.plan.hours]

    def works_here(self, member_id: UUID) -> bool:
        """Whether the member stands at the counter."""
        return any(clerk.id == member_id for clerk in self.clerks)

    def takes_points_on(self, day: date) -> bool:
        """Whether it is a partner and open on that day."""
        there = self.since < day and (self.until is None or day < self.until)
        return there and bool(self.hours[day.weekday()])


def open_shops(alliance: Alliance, dice: random.Random) -> list[Shop]:
    """Open all but the applicant's, who only applies; returns those that have ever taken points, oldest first."""
    return _Opening(alliance, dice).open_all()


def first_of_the_settled_month() -> date:
    """The first day of the last month that is settled in the demo: the one before last."""
    last_month = clock.today().replace(day=1) - timedelta(days=1)
    return (last_month.replace(day=1) - timedelta(days=1)).replace(day=1)


class _Opening:
    def __init__(self, alliance: Alliance, dice: random.Random) -> None:
        self.alliance = alliance
        self.dice = dice
        self.today = clock.today()
        self.desk = alliance.coordinators[0]
        self.areas = {area.name: area.id for area in members.queries.areas()}
        self.keepers = self._keepers()

    def open_all(self) -> list[Shop]:
        plans = sorted(SHOPS, key=lambda plan: plan.name != OWNERS_SHOP)
        step = (_FIRST_DAY - _LAST_DAY) / (len(plans) - 2)
        found: list[Shop] = []
        for place, plan in enumerate(plans):
            if plan.name == APPLICANT:
                with clock.frozen(clock.now() - timedelta(hours=26)):
                    self._apply(plan, place, self._keeper(self.today))
                continue
            days = _FIRST_DAY - round(step * len(found)) + (self.dice.randint(-3, 3) if found else 0)
            found.append(self._open(plan, place, self.today - timedelta(days=days)))
        return found

    def _keepers(self) -> list[Person]:
        """Members who could keep a shop: with a phone, not patrolling every evening, looking after nobody."""
        people = [
            person
            for person in self.alliance.everybody
            if not person.away
            and person.zeal < 0.2
            and person.id not in self.alliance.card_only
            and (person.squad is None or person.squad.plan.kind == "patrol")
            and not members.queries.managed_by(person.id)
        ]
        self.dice.shuffle(people)
        return sorted(people, key=lambda person: person.since, reverse=True)

    def _keeper(self, day: date) -> Person:
        """Somebody who was a member by then and keeps no shop yet, the newest member first."""
        found = next(person for person in self.keepers if person.since <= day - timedelta(days=3))
        self.keepers.remove(found)
        return found

    def _open(self, plan: ShopPlan, place: int, day: date) -> Shop:
        own = plan.name == OWNERS_SHOP
        owner = self.alliance.shopkeepers[0] if own else self._keeper(day)
        with clock.frozen(_at(day - timedelta(days=2), 10, place)):
            merchant_id = self._apply(plan, place, owner)
        with clock.frozen(_at(day, 15, place)):
            merchants.service.admit_shop(self.desk, merchant_id)
            offers = tuple(
                (self._offer(actor_of(owner.id), merchant_id, offer), offer) for offer in plan.offers
            )
        clerks = [Clerk(owner.id, day), *self._clerks(actor_of(owner.id), merchant_id, day, own=own)]
        until = self._pause(merchant_id) if plan.name == PAUSED else None
        until = first_of_the_settled_month() if plan.name == GONE else until
        return Shop(merchant_id, plan, owner, tuple(clerks), offers, day, until)

    def _apply(self, plan: ShopPlan, place: int, owner: Person) -> UUID:
        answer = merchants.service.apply_shop(
            actor_of(owner.id),
            new_id(),
            name=plan.name,
            name_en=plan.name_en,
            trade_code=plan.trade,
            area_id=self.areas[plan.estate],
            address=f"{plan.estate}{plan.place}",
            contact_name=owner.name,
            phone=str(_FIRST_PHONE + place),
            about=plan.about,
            hours=HOURS[plan.hours],
        )
        return UUID(answer.body["merchant_id"])

    @staticmethod
    def _offer(owner: Actor, merchant_id: UUID, offer: OfferPlan) -> UUID:
        wish = merchants.service.OfferWish(name=offer.name, name_en=offer.name_en, points=offer.points)
        answer = merchants.service.add_offer(owner, key=new_id(), merchant_id=merchant_id, wish=wish)
        return UUID(answer.body["offer_id"])

    def _clerks(self, owner: Actor, merchant_id: UUID, day: date, *, own: bool) -> Sequence[Clerk]:
        """Nobody, one or two; in the owner's shop the clerk who signs in, both with a PIN for the shared tablet."""
        since = day + timedelta(days=self.dice.randint(1, 40))
        hired = [self.alliance.shopkeepers[1]] if own else []
        hired += [self._keeper(since) for _ in range(0 if own else self.dice.choice((0, 0, 1, 1, 2)))]
        with clock.frozen(_at(since, 9, 0)):
            for person in hired:
                number = str(members.queries.facts(person.id).number)
                merchants.service.add_clerk(
                    owner, key=new_id(), merchant_id=merchant_id, member_number=number
                )
                merchants.service.accept_post(actor_of(person.id), merchant_id=merchant_id)
            for person in (*self.alliance.shopkeepers,) if own else ():
                merchants.service.set_counter_pin(
                    owner, merchant_id=merchant_id, member_id=person.id, pin=COUNTER_PIN
                )
        return [Clerk(person.id, since) for person in hired]

    def _pause(self, merchant_id: UUID) -> date:
        day = self.today - timedelta(days=_PAUSED_DAYS)
        with clock.frozen(_at(day, 17, 0)):
            merchants.service.pause_shop(self.desk, merchant_id, "换锅炉、重新装修，开业后恢复。")
        return day


def _at(day: date, hour: int, minute: int) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=clock.zone())
