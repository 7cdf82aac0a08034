"""A year of good deeds, booked through the ledger's entry for histories: patrols, leads, visits, activities, training.

Patrols are whole rounds, walked in parties of two to five with every visit. They follow the season: fewer in the cold,
more before the Spring Festival and on summer evenings, next to none in the festival week itself. Every month one squad
is especially eager, every member rests for some weeks, and the tariff's caps are kept, as the programme would have kept
them.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

import patrols.queries
import patrols.service
import points.queries
import points.service
from alliance.demo.people import Alliance, Person, Squad
from core import clock
from core.config import settings
from core.db import new_id
from patrols.service import PastRound, PastVisit, PastWalker
from points import ledger
from points.queries import Rule

DAYS: Final = 364
#: First day of the Spring Festival; the moon is not reckoned here.
_FESTIVALS: Final = (
    date(2024, 2, 10), date(2025, 1, 29), date(2026, 2, 17), date(2027, 2, 6), date(2028, 1, 26), date(2029, 2, 13),
    date(2030, 2, 3), date(2031, 1, 23), date(2032, 2, 11), date(2033, 1, 31), date(2034, 2, 19), date(2035, 2, 8),
)  # fmt: skip
#: How many set out in each month, January first, against an ordinary one.
_MONTHS: Final = (0.75, 0.8, 0.95, 1.0, 1.05, 1.15, 1.2, 1.15, 1.1, 1.1, 1.0, 0.85)

#: rule → (deeds a day in the whole alliance, notes)
_DEEDS: Final[dict[str, tuple[float, tuple[str, ...]]]] = {
    "lead": (0.9, (
        "提醒邻居未转账给冒充客服", "发现陌生人夜间试车门", "提供电动车被盗线索", "劝阻老人购买保健品骗局",
        "发现楼道张贴贷款小广告并报告来源",
    )),
    "hazard": (1.3, (
        "楼道堆放杂物", "电动车进楼充电", "井盖松动", "消防栓无水", "路灯不亮", "围墙缺口", "外墙瓷砖脱落",
        "消防通道被占", "燃气软管老化",
    )),
    "visit": (2.2, ("给独居老人送饭", "陪独居老人量血压", "帮老人换灯泡", "上门看望", "代买药品", "教老人用手机")),
    "publicity": (1.8, ("反诈传单入户", "楼门微信群转发预警", "菜市场反诈宣传", "消防知识讲解", "九小场所检查宣传")),
    "mediation": (0.3, ("调解楼上漏水纠纷", "调解停车争执", "调解噪音矛盾", "调解婆媳口角", "调解宠物扰民")),
    "rental": (0.5, ("主动登记出租房", "带租客到警务室登记")),
    "bill": (1.6, ("在警务室代缴电费", "在警务室代缴水费", "在警务室代缴燃气费")),
    "other": (0.5, ("捡到钱包交到警务室", "雪后扫楼前路", "帮走失儿童找到家人", "为居民开锁时旁证")),
}  # fmt: skip
#: Days of the month with an activity for lonely elders or left-behind children, and with training.
_CARE_DAYS: Final = (6, 20)
_TRAINING_DAY: Final = 12
#: How many set out together; a pair is usual.
_PARTIES: Final = (2, 2, 2, 3, 3, 4)
#: Seconds from one point to the next, with a look around.
_LEG_SECONDS: Final = (240, 480)


#: Puts further movements between the deeds, in the order of time.
Weave = Callable[[Iterator[ledger.Movement]], Iterator[ledger.Movement]]


def book(alliance: Alliance, dice: random.Random, *, patrols_until: date, weave: Weave = iter) -> int:
    """Book the year up to now; patrols only before `patrols_until`, because later ones are walked. Returns how many."""
    history = _History(alliance, dice, patrols_until)
    count = ledger.post_many(weave(history.movements()))
    patrols.service.import_rounds(history.rounds)
    return count


def withdraw_a_lead(alliance: Alliance) -> None:
    """Take back one of the last leads: somebody else had told the same before."""
    coordinator = alliance.coordinators[1]
    for person in alliance.everybody:
        for line in points.queries.statement(person.id, limit=30).items:
            if line.rule is not None and line.rule.code == "lead" and not person.away:
                points.service.withdraw_award(
                    coordinator,
                    key=new_id(),
                    transfer_id=line.id,
                    reason="同一线索已由他人先报，谢谢您的热心。",
                )
                return


class _History:
    def __init__(self, alliance: Alliance, dice: random.Random, patrols_until: date) -> None:
        self.alliance = alliance
        self.dice = dice
        self.patrols_until = patrols_until
        self.now = clock.now()
        self.first = clock.today() - timedelta(days=DAYS)
        self.everybody = alliance.everybody
        self.rules: dict[str, Rule] = {}
        self.paid: Counter[tuple[UUID, str, date | tuple[int, int]]] = Counter()
        self.routes = {route.squad_id: route for route in patrols.queries.routes()}
        self.rounds: list[PastRound] = []

    def movements(self) -> Iterator[ledger.Movement]:
        """All of it, in the order of booking. The rounds behind the patrols gather in `rounds` on the way."""
        day = self.first
        champion = None
        while day <= clock.today():
            if champion is None or day.day == 1:
                champion = self.dice.choice(self.alliance.squads[:-1])
            deeds = self._day(day, champion)
            yield from sorted(deeds, key=lambda move: move.posted_at)
            day += timedelta(days=1)

    def _day(self, day: date, champion: Squad) -> list[ledger.Movement]:
        self.rules = {rule.code: rule for rule in points.queries.rules_on(day)}
        deeds = []
        if day < self.patrols_until:
            for squad in self.alliance.squads:
                if squad.plan.route:
                    eager = squad.strength * self._season(day) * (1.6 if squad is champion else 1.0)
                    deeds += self._patrols(squad, day, eager)
        for code, (rate, notes) in _DEEDS.items():
            for _ in range(_times(self.dice, rate * self._season(day))):
                deeds += self._deed(
                    self._somebody(code, day), code, self._daytime(day), self.dice.choice(notes)
                )
        if day.day in _CARE_DAYS:
            note = "看望独居老人，包饺子" if day.day == _CARE_DAYS[0] else "陪伴留守儿童，一起读书"
            for person in self.dice.sample(self.everybody, 14):
                deeds += self._deed(person, "care", self._daytime(day), note)
        if day.day == _TRAINING_DAY:
            for person in self.everybody:
                if self.dice.random() < 0.35:
                    at = self._moment(day, 15 * 60)
                    deeds += self._deed(person, "training", at, "月度培训：防诈骗与急救")
        return [move for move in deeds if move.posted_at <= self.now]

    def _season(self, day: date) -> float:
        growth = 0.85 + 0.25 * (day - self.first).days / DAYS
        weekend = 0.9 if day.weekday() == 6 else 1.0
        for festival in _FESTIVALS:
            if 0 <= (day - festival).days < 7:
                return 0.2
            if 0 < (festival - day).days <= 10:
                return 1.35 * growth
        return _MONTHS[day.month - 1] * growth * weekend

    def _patrols(self, squad: Squad, day: date, eager: float) -> list[ledger.Movement]:
        windows = squad.plan.sets_out
        coming: list[list[Person]] = [[] for _ in windows]
        for person in squad.people:
            if not self._comes(person, day) or self.dice.random() >= person.zeal * eager:
                continue
            times = 2 if len(windows) > 1 and self.dice.random() < 0.3 else 1
            for people in self.dice.sample(coming, times):
                people.append(person)
        found = []
        for (start, end), people in zip(windows, coming, strict=True):
            for party in self._parties(people):
                minute = self.dice.randint(start, end)
                found += self._round(squad, self._moment(day, minute), party)
        return found

    def _parties(self, people: list[Person]) -> Iterator[list[Person]]:
        """Who walks with whom; nobody walks alone as long as somebody else sets out."""
        self.dice.shuffle(people)
        while people:
            size = self.dice.choice(_PARTIES)
            if len(people) == size + 1:
                size += 1
            yield people[:size]
            people = people[size:]

    def _round(self, squad: Squad, at: datetime, party: list[Person]) -> list[ledger.Movement]:
        """Walk the route, and return what it brings everybody."""
        route, rule = self.routes[squad.id], self.rules["patrol"]
        stops = self._way([stop.id for stop in route.checkpoints], route.minimum_points)
        began = at
        visits = [PastVisit(stops[0], party[0].id, at)]
        for stop in stops[1:]:
            at += timedelta(seconds=self.dice.randint(*_LEG_SECONDS))
            visits.append(PastVisit(stop, self.dice.choice(party).id, at))
        by_hand = len(stops) < len(route.checkpoints)
        walked = PastRound(
            id=new_id(),
            route_id=route.id,
            squad_id=squad.id,
            walkers=tuple(
                PastWalker(
                    person.id, began + timedelta(seconds=20 * place), self._pay(person, rule, at.date())
                )
                for place, person in enumerate(party)
            ),
            visits=tuple(visits),
            ended_by_hand_at=at + timedelta(seconds=self.dice.randint(150, 360)) if by_hand else None,
        )
        self.rounds.append(walked)
        return [
            self._earning(
                person,
                rule,
                happened_at=walked.ended_at,
                posted_at=walked.ended_at,
                # As in a round that was scanned: who ended it is answerable, under the round's id.
                key=walked.id,
                actor_id=party[0].id if by_hand else visits[-1].member_id,
                subject=("round", walked.id),
                memo=route.name,
            )
            for person, walker in zip(party, walked.walkers, strict=True)
            if walker.points
        ]

    def _way(self, stops: list[UUID], minimum: int) -> list[UUID]:
        """Once around, from anywhere and either way, and not always to the end."""
        first = self.dice.randrange(len(stops))
        way = stops[first:] + stops[:first]
        if self.dice.random() < 0.5:
            way.reverse()
        if self.dice.random() < 0.6:
            return way
        return way[: self.dice.randint(minimum, len(way) - 1)]

    def _comes(self, person: Person, day: date) -> bool:
        week = (day - self.first).days // 7
        return person.since <= day and week not in person.rests and not (person.away and week > 49)

    def _somebody(self, code: str, day: date) -> Person:
        """Who did a deed; who comes often does more."""
        fitting = {
            "bill": self.alliance.residents,
            "rental": self.alliance.residents,
            "mediation": self.alliance.squads[-1].people,
        }.get(code, self.everybody)
        if fitting is self.everybody or self.dice.random() < 0.3:
            # A large squad does more in all.
            squads = self.alliance.squads
            weights = [len(squad.people) for squad in squads]
            fitting = self.dice.choices(squads, weights)[0].people
        come = [person for person in fitting if self._comes(person, day)] or fitting
        return max(self.dice.sample(come, min(2, len(come))), key=lambda person: person.zeal)

    def _daytime(self, day: date) -> datetime:
        return self._moment(day, self.dice.randint(8 * 60, 20 * 60))

    def _moment(self, day: date, minute: int) -> datetime:
        """Some moment within a minute of the day: nobody does good on the stroke of the clock."""
        second, part = self.dice.randrange(60), self.dice.randrange(10**6)
        return datetime.combine(day, time(minute // 60, minute % 60, second, part), tzinfo=clock.zone())

    def _deed(self, person: Person, code: str, at: datetime, note: str) -> list[ledger.Movement]:
        """The movement, or nothing when the person was not there or a cap is reached."""
        rule = self.rules[code]
        if not self._comes(person, at.date()) or not self._pay(person, rule, at.date()):
            return []
        return [
            self._earning(
                person,
                rule,
                happened_at=at,
                posted_at=at + timedelta(minutes=self.dice.randint(2, 90)),
                key=new_id(),
                actor_id=self.dice.choice(self.alliance.coordinators).id,
                # Nobody asked for these with a key, so no receipt stands behind them as it does behind an award.
                subject=("history", None),
                memo=note,
            )
        ]

    def _pay(self, person: Person, rule: Rule, day: date) -> int:
        """The points that the rule has for the person on this day: none when a cap is reached."""
        year, week, _ = day.isocalendar()
        on_day, in_week = (person.id, rule.code, day), (person.id, rule.code, (year, week))
        if rule.daily_cap is not None and self.paid[on_day] >= rule.daily_cap:
            return 0
        if rule.weekly_cap is not None and self.paid[in_week] >= rule.weekly_cap:
            return 0
        self.paid[on_day] += 1
        self.paid[in_week] += 1
        return rule.points

    @staticmethod
    def _earning(
        person: Person,
        rule: Rule,
        *,
        happened_at: datetime,
        posted_at: datetime,
        key: UUID,
        actor_id: UUID,
        subject: tuple[str, UUID | None],
        memo: str,
    ) -> ledger.Movement:
        posted_on = clock.local_date(posted_at)
        return ledger.Movement(
            kind="earn",
            debit=ledger.ISSUED,
            credit=ledger.member(person.id),
            amount=rule.points,
            key=key,
            actor_id=actor_id,
            subject_type=subject[0],
            subject_id=subject[1],
            happened_at=happened_at,
            posted_at=posted_at,
            posted_on=posted_on,
            rule_id=rule.id,
            squad_id=person.squad.id if person.squad else None,
            expires_on=date(posted_on.year + settings().points_live_years, 12, 31),
            memo=memo,
        )


def _times(dice: random.Random, rate: float) -> int:
    """How often something happens on a day that happens `rate` times on the average."""
    whole = int(rate)
    return sum(dice.random() < 0.5 for _ in range(2 * whole)) + (dice.random() < rate - whole)
