"""Activities of the demo: a campaign against fraud, visits, a training to be closed, and what is on this week."""

from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple
from uuid import UUID

import activities.service
import members.queries
import points.service
from activities.service import ActivityWish, Counters
from alliance import gate
from alliance.demo.people import Alliance, Person, actor_of
from core import clock
from core.auth import SYSTEM, Actor
from core.db import new_id
from points.service import AwardWish

_CAMPAIGN: Final = "秋冬反诈宣传行动"


class Plan(NamedTuple):
    """One activity: days from today (past ones are negative), who organises it, and how it went."""

    days: int
    begins: time
    hours: int
    kind: str
    rule: str
    title: str
    place: str
    words: str
    squad: int
    people: int
    most: int | None = None
    campaign: bool = False
    counters: Counters | None = None
    cancelled: str = ""


#: The numbers of the three leaflet rounds are those of the printed story: 5,000 leaflets, 20,000 people, 80 hazards.
_PLANS: Final = (
    Plan(-19, time(9, 0), 2, "leaflets", "publicity", "反诈传单进楼栋", "西苑 1 至 9 号楼",
         "三人一组，逐层发放，顺手记下楼道里的隐患。", 0, 14, campaign=True, counters=Counters(2200, 8600, 37)),
    Plan(-12, time(15, 0), 2, "leaflets", "publicity", "菜市场反诈宣传", "西苑农贸市场东门",
         "现场讲三个真实案例，教老人设置来电拦截。", 1, 11, campaign=True, counters=Counters(1600, 7000, 12)),
    Plan(-8, time(14, 0), 3, "care", "visit", "看望独居老人", "警务室门口集合",
         "带米面油，陪老人说说话，检查燃气和插座。", 2, 8, counters=Counters(0, 26, 9)),
    Plan(-5, time(18, 30), 2, "leaflets", "publicity", "夜市反诈快闪", "西苑路夜市",
         "", 3, 9, campaign=True, counters=Counters(1200, 4400, 31)),
    Plan(-3, time(9, 30), 2, "training", "training", "广场防骗讲座", "中心广场",
         "", 1, 0, cancelled="大雨，改期另行通知。"),
    Plan(-1, time(14, 30), 2, "training", "training", "灭火器和心肺复苏培训", "社区活动室二楼",
         "消防站教官现场教，每人动手练一遍。", 4, 16),
    Plan(2, time(9, 0), 2, "drill", "training", "高层疏散演练", "西苑 11 号楼前",
         "听到警报从楼梯下楼，志愿者在各层引导，带好毛巾。", 0, 13, most=30),
    Plan(4, time(15, 0), 2, "leaflets", "publicity", "反诈传单进校门口", "第三小学东门",
         "放学时发给来接孩子的老人。", 2, 6, campaign=True),
    Plan(6, time(14, 0), 3, "mediation", "mediation", "邻里调解开放日", "社区调解室",
         "三个调解小组都在，漏水、噪音、停车，来了就谈。", 3, 4),
)  # fmt: skip


#: One in so many types the code; of the activity that waits to be closed so many do at once.
_EVERY_TYPED, _RUSH = 5, 3


def fill(alliance: Alliance) -> None:
    """Plan, attend and close them; joins the caller's transaction."""
    Doings(alliance).fill()


class Doings:
    """The activities of these weeks; the clock stands at the time of each act."""

    def __init__(self, alliance: Alliance) -> None:
        self.alliance = alliance
        self.now = clock.now()
        self.today = clock.today()

    def fill(self) -> None:
        """The campaign, then one activity after the other."""
        first = self.today - timedelta(days=25)
        with clock.frozen(self._at(first, time(9, 0))):
            answer = activities.service.make_campaign(
                self._desk(0), key=new_id(), name=_CAMPAIGN, first_day=first,
                last_day=self.today + timedelta(days=40),
            )  # fmt: skip
        for place, plan in enumerate(_PLANS):
            self._do(plan, self._desk(place), UUID(answer.body["campaign_id"]))
        self._stand_by_now()
        self._keep_watch()

    def _desk(self, place: int) -> Actor:
        return self.alliance.coordinators[place % 2]

    @staticmethod
    def _at(day: date, at: time) -> datetime:
        return datetime.combine(day, at, tzinfo=clock.zone())

    def _do(self, plan: Plan, desk: Actor, campaign_id: UUID) -> None:
        start = self._at(self.today + timedelta(days=plan.days), plan.begins)
        end = start + timedelta(hours=plan.hours)
        wish = ActivityWish(
            kind=plan.kind, title=plan.title, place=plan.place, starts_at=start, ends_at=end,
            rule_code=plan.rule, words=plan.words, squad_id=self.alliance.squads[plan.squad].id,
            campaign_id=campaign_id if plan.campaign else None, most=plan.most,
        )  # fmt: skip
        planned_at = min(self.now, start - timedelta(days=7))
        with clock.frozen(planned_at):
            number = activities.service.make_activity(desk, wish, key=new_id()).body["number"]
            people = self._people(plan)
            for person in people:
                if person.id not in self.alliance.card_only:
                    activities.service.sign_up(actor_of(person.id), number, key=new_id())
        if plan.cancelled:
            with clock.frozen(start - timedelta(hours=3)):
                activities.service.cancel_activity(desk, number, key=new_id(), reason=plan.cancelled)
        elif end <= self.now:
            self._attend(number, people, start, desk, oddly=plan.counters is None)
            if plan.counters is not None:
                with clock.frozen(end + timedelta(minutes=20)):
                    activities.service.close_activity(desk, number, key=new_id(), counters=plan.counters)

    def _stand_by_now(self) -> None:
        """One that is under way whenever the demo is made: its code counts, some are there, one is still expected."""
        start = self.now.replace(minute=self.now.minute // 5 * 5, second=0, microsecond=0) - timedelta(
            minutes=40
        )
        desk = self._desk(0)
        wish = ActivityWish(
            kind="leaflets", title="反诈提醒值守点", place="西苑北门岗亭", starts_at=start,
            ends_at=start + timedelta(hours=2), rule_code="publicity", words="有人来问可疑电话，陪他一起打 96110。",
            squad_id=self.alliance.squads[5].id,
        )  # fmt: skip
        with clock.frozen(start - timedelta(days=2)):
            number = activities.service.make_activity(desk, wish, key=new_id()).body["number"]
            people = [each for each in self._able(5) if each.id not in self.alliance.card_only][:6]
            for person in people:
                activities.service.sign_up(actor_of(person.id), number, key=new_id())
        self._attend(number, people[:-1], start, desk)

    def _keep_watch(self) -> None:
        """A night on the dike: above the limit of one award, so the run waits for whoever tries the demo out."""
        begin = self.today - timedelta(days=40)
        with clock.frozen(self._at(begin, time(9, 0))):
            points.service.add_rule(
                SYSTEM, code="night_watch", name_zh="汛期守夜", name_en="Night watch in the flood season",
                category="patrol", points=120, daily_cap=1, valid_from=begin,
            )  # fmt: skip
        night = self._at(self.today - timedelta(days=1), time(22, 0))
        people = self._able(0)[:12]
        with clock.frozen(max(night, self.now - timedelta(minutes=40))):
            points.service.award_many(
                self._desk(1),
                [
                    AwardWish(
                        key=new_id(), member_id=each.id, rule_code="night_watch", happened_at=night,
                        memo="东河堤守夜一晚",
                    )
                    for each in people
                ],
            )  # fmt: skip

    def _people(self, plan: Plan) -> list[Person]:
        """Members of the squad and its neighbours who are not away; the same ones for the same day."""
        return self._able(plan.squad)[: plan.people]

    def _able(self, squad: int) -> list[Person]:
        squads = self.alliance.squads
        near = [*squads[squad].people, *squads[(squad + 1) % len(squads)].people]
        long_ago = self.today - timedelta(days=60)
        known = members.queries.many_facts(each.id for each in near)
        return [
            each
            for each in near
            if each.since < long_ago and not each.away and known[each.id].status == "active"
        ]

    def _attend(
        self, number: int, people: list[Person], start: datetime, desk: Actor, *, oddly: bool = False
    ) -> None:
        """One after the other scans the code, or types it; `oddly`: the last ones within seconds, two on one phone."""
        by_code = [each for each in people if each.id not in self.alliance.card_only]
        rush = by_code[-_RUSH:] if oddly and len(by_code) > _RUSH else []
        for place, person in enumerate(people):
            at = start - timedelta(minutes=12) + timedelta(seconds=83 * place)
            phone = f"phone of {person.id}"
            if person in rush:
                at = start + timedelta(minutes=50, seconds=2 * rush.index(person))
                phone = f"phone of {rush[0].id}" if person is rush[1] else phone
            with clock.frozen(at):
                if person.id in self.alliance.card_only:
                    activities.service.add_by_hand(desk, number, key=new_id(), member_id=person.id)
                    continue
                types = person in rush or place % _EVERY_TYPED == _EVERY_TYPED - 1
                show = activities.service.typed_code_of if types else activities.service.code_of
                scan = {"scan_id": new_id(), "code": show(desk, number).text, "device": phone}
                gate.scan(actor_of(person.id), scan)
