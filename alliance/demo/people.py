"""The people of the demo alliance: areas, squads, members with helpers, cards and leave, and the five who sign in."""

import hashlib
import hmac
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

import members.queries
import members.service
from alliance.demo import places
from alliance.demo.names import Register
from alliance.demo.places import SquadPlan
from core import clock
from core.auth import SYSTEM, Actor
from core.config import settings
from core.db import new_id
from members.queries import MemberFacts

#: How the eleven grids come to 254: leaders of estates, of staircases, and volunteers.
ESTATE_LEADERS: Final = 3
STAIRCASE_LEADERS: Final = 8
ESTATES_WITH_ONE_MORE: Final = 16
VOLUNTEERS: Final = 3
GRIDS_WITH_ONE_MORE: Final = 7
RESIDENTS: Final = 22
APPLICANTS: Final = 5
#: A range of mobile numbers that no operator has given out.
_FIRST_PHONE: Final = 19_900_000_001
#: Role on the printed sign-ins → name; their numbers are the first of the range.
SIGN_INS: Final = {
    "volunteer": "王小芳",
    "captain": "刘桂兰",
    "coordinator": "张建军",
    "auditor": "陈慧玲",
    "administrator": "周海燕",
    "shop owner": "孙美玲",
    "clerk": "何晓东",
}
#: Their PIN at the counter of a shared phone or tablet.
COUNTER_PIN: Final = "4826"


@dataclass(slots=True)
class Person:
    """A member as the history needs him: how often he comes, from which day on, and in which weeks he rests."""

    id: UUID
    name: str
    squad: "Squad | None"
    since: date
    zeal: float
    rests: frozenset[int] = frozenset()
    away: bool = False


@dataclass(slots=True)
class Squad:
    """A squad with its members; `strength` is how eager it is compared with the others."""

    id: UUID
    plan: SquadPlan
    area_id: UUID
    strength: float
    people: list[Person] = field(default_factory=list)


@dataclass(slots=True)
class Alliance:
    """All that the history and the rounds are made from. `card_only`: who has no phone and shows a card.

    `shopkeepers`: the demo's shop owner and clerk, who sign in.
    """

    squads: list[Squad]
    residents: list[Person]
    coordinators: list[Actor]
    shopkeepers: list[Person] = field(default_factory=list)
    card_only: frozenset[UUID] = frozenset()

    @property
    def everybody(self) -> list[Person]:
        """All who can earn."""
        return [*itertools.chain.from_iterable(squad.people for squad in self.squads), *self.residents]


def password() -> str:
    """The password of all demo sign-ins: the same at every start of this instance, another one in every instance."""
    digest = hmac.new(settings().printing_secret.encode(), b"demo sign-ins", hashlib.sha256).digest()
    letters = "".join("23456789abcdefghjkmnpqrstuvwxyz"[byte % 31] for byte in digest[:8])
    return f"demo-{letters[:4]}-{letters[4:]}"


def sign_in_phones() -> dict[str, str]:
    """Role → telephone of the demo sign-ins."""
    return {role: str(_FIRST_PHONE + place) for place, role in enumerate(SIGN_INS)}


def found(dice: random.Random) -> Alliance:
    """Found the alliance as it stands today; everybody was admitted within the last year."""
    return _Founder(dice).found()


class _Founder:
    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.today = clock.today()
        self.register = Register(dice)
        self.phones = iter(range(_FIRST_PHONE + 100, _FIRST_PHONE + 9_000))
        self.phoneless: list[tuple[MemberFacts, UUID | None]] = []

    def found(self) -> Alliance:
        station = members.service.add_area(SYSTEM, name=places.STATION, level="station")
        community = members.service.add_area(
            SYSTEM, name=places.COMMUNITY, level="community", parent_id=station
        )
        coordinators = self._staff(community)
        shopkeepers = [self._shopkeeper(role, community) for role in ("shop owner", "clerk")]
        squads = [self._squad(plan, community) for plan in places.OTHERS]
        squads[:0] = [self._grid(number, plan, community) for number, plan in enumerate(places.GRIDS)]
        for squad in squads:
            self._captains(squad)
        residents = [self._resident(community) for _ in range(RESIDENTS)]
        card_only = frozenset(facts.id for facts, _ in self.phoneless)
        alliance = Alliance(squads, residents, coordinators, shopkeepers, card_only)
        self._help_the_phoneless(squads)
        self._leave_of_some(alliance)
        self._applications(squads)
        self._registered_twice(squads)
        return alliance

    # --- staff ---------------------------------------------------------------------------------------------------

    def _staff(self, community: UUID) -> list[Actor]:
        for role in ("administrator", "auditor"):
            self._sign_in(role, [role], None, community)
        first = self._sign_in("coordinator", ["coordinator"], None, community)
        others = [self._coordinator(name, community) for name in ("李文军", "赵丽萍")]
        return [actor_of(each.id) for each in (first, *others)]

    def _coordinator(self, name: str, area: UUID) -> MemberFacts:
        return members.service.add_member(
            SYSTEM,
            name=name,
            phone=str(next(self.phones)),
            roles=["coordinator"],
            area_id=area,
            admitted_at=self._noon(self.today - timedelta(days=370)),
        )

    def _sign_in(self, role: str, roles: list[str], squad: UUID | None, area: UUID) -> MemberFacts:
        return members.service.add_member(
            SYSTEM,
            name=SIGN_INS[role],
            phone=sign_in_phones()[role],
            roles=roles,
            squad_id=squad,
            area_id=area,
            password=password(),
            listed=role in {"volunteer", "captain"},
            admitted_at=self._noon(self.today - timedelta(days=370)),
        )

    def _shopkeeper(self, role: str, area: UUID) -> Person:
        facts = self._sign_in(role, ["resident"], None, area)
        return Person(facts.id, facts.name, None, self.today - timedelta(days=370), 0.05)

    # --- squads --------------------------------------------------------------------------------------------------

    def _grid(self, number: int, plan: SquadPlan, community: UUID) -> Squad:
        grid = members.service.add_area(
            SYSTEM, name=places.GRID_NAMES[number], level="grid", parent_id=community
        )
        squad = self._add_squad(plan, grid)
        for estate in plan.estates:
            area = members.service.add_area(SYSTEM, name=estate, level="estate", parent_id=grid)
            before = sum(len(each.estates) for each in places.GRIDS[:number]) + plan.estates.index(estate)
            heads = ESTATE_LEADERS + STAIRCASE_LEADERS + (before < ESTATES_WITH_ONE_MORE)
            for _ in range(heads):
                self._join(squad, area)
        for _ in range(VOLUNTEERS + (number < GRIDS_WITH_ONE_MORE)):
            self._join(squad, grid)
        return squad

    def _squad(self, plan: SquadPlan, community: UUID) -> Squad:
        squad = self._add_squad(plan, community)
        heads = plan.heads
        if plan is places.WOMEN:
            for role in ("captain", "volunteer"):
                facts = self._sign_in(role, ["volunteer"], squad.id, community)
                squad.people.append(self._person(facts, squad, self.today - timedelta(days=370), 0.3))
                heads -= 1
        for _ in range(heads):
            self._join(squad, community)
        return squad

    def _add_squad(self, plan: SquadPlan, area: UUID) -> Squad:
        year, month = plan.founded
        squad_id = members.service.add_squad(
            SYSTEM,
            name=plan.name,
            kind=plan.kind,
            area_id=area,
            founded_on=date(year, month, 8),
            motto=plan.motto,
        )
        # The women's squad is eager, because the demo's volunteer walks in it and wants to see a podium within reach.
        strength = 1.3 if plan is places.WOMEN else self.dice.uniform(0.75, 1.25)
        return Squad(squad_id, plan, area, strength)

    def _join(self, squad: Squad, area: UUID) -> None:
        plan = squad.plan
        woman = self.dice.random() < plan.women
        born = self.dice.randint(*plan.born)
        # Admitted one by one: most in the first months of the year that is told, some later.
        days = 364 - int(300 * self.dice.random() ** 3)
        facts = self._admit(self.register.name(born, woman=woman), born, squad.id, area, days)
        zeal = min(0.75, self.dice.gammavariate(2.2, 0.085))
        squad.people.append(self._person(facts, squad, self.today - timedelta(days=days), zeal))

    def _admit(self, name: str, born: int, squad: UUID | None, area: UUID, days: int) -> MemberFacts:
        without_phone = born < 1958 and self.dice.random() < 0.35
        facts = members.service.add_member(
            SYSTEM,
            name=name,
            phone=None if without_phone else str(next(self.phones)),
            roles=["volunteer"] if squad else ["resident"],
            squad_id=squad,
            area_id=area,
            listed=self.dice.random() < 0.45,
            admitted_at=self._noon(self.today - timedelta(days=days)),
        )
        if without_phone:
            self.phoneless.append((facts, squad))
        return facts

    def _person(self, facts: MemberFacts, squad: Squad | None, since: date, zeal: float) -> Person:
        weeks = frozenset(self.dice.sample(range(53), self.dice.randint(2, 7)))
        return Person(facts.id, facts.name, squad, since, zeal, weeks)

    def _resident(self, community: UUID) -> Person:
        born = self.dice.randint(1950, 2000)
        name = self.register.name(born, woman=self.dice.random() < 0.5)
        days = self.dice.randint(20, 330)
        facts = self._admit(name, born, None, community, days)
        return self._person(facts, None, self.today - timedelta(days=days), 0.05)

    def _captains(self, squad: Squad) -> None:
        women = squad.plan is places.WOMEN
        able = squad.people if women else [each for each in squad.people if each.zeal > 0.1] or squad.people
        captain, acting = able[0], able[2 if women else 1]
        members.service.appoint_captains(SYSTEM, squad.id, captain_id=captain.id, acting_captain_id=acting.id)

    # --- what happens to people ----------------------------------------------------------------------------------

    def _help_the_phoneless(self, squads: list[Squad]) -> None:
        """Whoever has no phone gets a card, and about half of them somebody who looks after the account."""
        members.service.issue_missing_cards(SYSTEM, [facts.id for facts, _ in self.phoneless])
        phoneless = {facts.id for facts, _ in self.phoneless}
        for facts, squad_id in self.phoneless[::2]:
            squad = next((each for each in squads if each.id == squad_id), squads[0])
            helpers = [each for each in squad.people if each.id not in phoneless]
            helper = self.dice.choice(helpers[3:])
            if len(members.queries.managed_by(helper.id)) < 3:
                members.service.assign_helper(SYSTEM, facts.id, helper.id)

    def _leave_of_some(self, alliance: Alliance) -> None:
        """Some rest, two have moved away, one is suspended. Captains and those who sign in here stay."""
        posts = {each for squad in alliance.squads for each in members.queries.captains_of(squad.id)}
        ordinary = [
            person
            for squad in alliance.squads
            for person in squad.people
            if person.id not in posts and person.name not in SIGN_INS.values() and len(squad.people) > 10
        ]
        chosen = self.dice.sample(ordinary, 14)
        for number, person in enumerate(chosen):
            person.away = True
            if number < 11:
                until = self.today + timedelta(days=self.dice.randint(5, 60)) if number % 3 else None
                members.service.take_leave(SYSTEM, person.id, until)
            elif number < 13:
                members.service.leave(SYSTEM, person.id)
            else:
                members.service.suspend(SYSTEM, person.id, "多次代他人打卡，暂停一个月")

    def _registered_twice(self, squads: list[Squad]) -> None:
        """Somebody from the list on paper has come again with a phone: for the desk to notice."""
        phoneless = {facts.id: facts for facts, _ in self.phoneless}
        people = (each for squad in squads for each in squad.people if not each.away)
        person = next(each for each in people if each.id in phoneless)
        facts = phoneless[person.id]
        with clock.frozen(clock.now() - timedelta(days=9)):
            members.service.add_member(
                SYSTEM,
                name=facts.name,
                phone=str(next(self.phones)),
                roles=["resident"],
                area_id=facts.area_id,
            )

    def _applications(self, squads: list[Squad]) -> None:
        """The newest two have named a member: one waits for the volunteer's word, for the other the captain vouches."""
        known = [members.queries.search(sign_in_phones()[role]).items[0] for role in ("volunteer", "captain")]
        for number in range(APPLICANTS):
            born = self.dice.randint(1955, 1998)
            squad = self.dice.choice(squads[:11])
            with clock.frozen(clock.now() - timedelta(hours=7 * number + 2)):
                members.service.apply(
                    key=new_id(),
                    network_address="127.0.0.1",
                    name=self.register.name(born, woman=number % 2 == 0),
                    phone=str(next(self.phones)),
                    consent=True,
                    squad_id=squad.id,
                    area_id=squad.area_id,
                    endorser=str(known[number].number) if number < len(known) else "",
                )
        (asked,) = members.queries.asked_of(known[1].id)
        members.service.answer_endorsement(actor_of(known[1].id), asked.id, known=True)

    def _noon(self, day: date) -> datetime:
        return datetime.combine(day, time(12), tzinfo=clock.zone())


def actor_of(member_id: UUID) -> Actor:
    """The member as the actor of a request."""
    signed_in = members.queries.signed_in(member_id, member_id)
    if signed_in is None:
        raise LookupError(f"no member {member_id} who may sign in")
    return members.queries.actor_for(signed_in)


def sign_in_lines() -> Iterator[str]:
    """What to tell the person at the keyboard about the demo sign-ins, as far as they are still there."""
    for role, phone in sign_in_phones().items():
        found_ = members.queries.search(phone).items
        if found_ and found_[0].name == SIGN_INS[role]:
            yield f"  {role:<14} {phone[:3]} {phone[3:7]} {phone[7:]}   {password()}   {SIGN_INS[role]}"
