"""What the demo's police room tells its members, and whom it thanks: notices and who has read them, letters, titles."""

from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple
from uuid import UUID

import honours.queries
import honours.service
import members.queries
import notices.service
from alliance.demo import places
from alliance.demo.people import SIGN_INS, Alliance, Person, actor_of
from core import clock
from core.auth import Actor
from core.db import new_id
from notices.service import Wish

#: Whoever tries the demo out shall find something that he has not read.
_TRYING: Final = frozenset(SIGN_INS.values())
#: Days ago, squad, place among its people, and what for.
_LETTERS: Final = (
    (250, 0, 3, "三月倒春寒，连续五天给楼里三位独居老人送菜送药。"),
    (170, 2, 5, "夜巡时闻到煤气味，敲开住户的门关阀开窗，全楼平安。"),
    (120, 11, 4, "劝住邻居没有给“冒充公检法”的骗子转账，保住八万元。"),
    (75, 5, 2, "暑假义务看护三个留守儿童过马路、写作业。"),
    (40, 1, 6, "雨夜发现配电箱冒火花，守到电工来，没让人靠近。"),
    (16, 11, 1, "带女子巡逻队找回走失的张大爷。"),
    (6, 7, 3, "调解楼上漏水纠纷三次上门，两家握手言和。"),
)  # fmt: skip


class Told(NamedTuple):
    """A notice: days ago, days it is shown, its words, and every which member has read it (0: nobody)."""

    days_ago: int
    days: int
    title: str
    text: str
    title_en: str
    text_en: str
    pinned: bool
    readers: int


_EVERYBODY: Final = (
    Told(
        40, 14, "重阳节慰问老人，欢迎报名",
        "重阳节上午九点在社区活动室集合，给六十八位老人送重阳糕。\n"
        "带好会员卡，现场签到有积分。",
        "Visit our elders on the Double Ninth",
        "Meet at nine in the community room. We bring cakes to 68 elders.\n"
        "Bring your card: taking part earns points.",
        False, 3,
    ),
    Told(
        9, 60, "冬季防火：电动车不进楼、不飞线充电",
        "北院车棚已有二十个充电口，晚上十点前都有空位。\n"
        "看到楼道里充电，请先劝一句，再上报隐患。",
        "Winter: no e-bikes indoors, no cables out of windows",
        "The shed in the north yard has twenty sockets, free before ten at night.\n"
        "If you see one charging in a staircase, say a kind word first, then report it.",
        True, 4,
    ),
    Told(
        1, 7, "本周六停水：早八点到十二点",
        "西苑 1 到 9 号楼检修水管，请提前接水。\n"
        "独居老人家里请楼长上门说一声。",
        "No water on Saturday, eight to twelve",
        "Pipes are mended in Xiyuan 1 to 9: please store some water.\n"
        "Staircase leaders, please tell those who live alone.",
        False, 6,
    ),
)  # fmt: skip
_TO_THE_WOMEN: Final = Told(
    0,
    10,
    "周五晚七点女子队集合",
    "先到警务室领新反光背心，再走北门到学校一线。\n有事来不了的，跟我说一声就好。",
    "",
    "",
    False,
    4,
)


def fill(alliance: Alliance) -> None:
    """Write, read, thank and honour; joins the caller's transaction."""
    thanking = Thanking(alliance)
    thanking.letters()
    thanking.titles()
    thanking.notices()


class Thanking:
    """The thanks and the news of a year; the clock stands at the time of each."""

    def __init__(self, alliance: Alliance) -> None:
        self.alliance = alliance
        self.now = clock.now()
        self.today = clock.today()
        self.desk = alliance.coordinators[0]

    def letters(self) -> None:
        """Letters through the year, in the order of their days."""
        for days, squad, place, occasion in _LETTERS:
            people = self.alliance.squads[squad].people
            person = people[place % len(people)]
            if members.queries.facts(person.id).status not in {"active", "on_leave"}:
                continue
            with clock.frozen(self._moment(days, time(16, 30))):
                honours.service.issue_letter(
                    self.desk, key=new_id(), member_id=person.id, occasion_zh=occasion
                )

    def titles(self) -> None:
        """The squad and the star of each of the last four months; nobody twice."""
        month = self.today.replace(day=1)
        for _ in range(4):
            after, month = month, (month - timedelta(days=1)).replace(day=1)
            with clock.frozen(datetime.combine(after, time(9, 40), tzinfo=clock.zone())):
                for title in ("squad", "star"):
                    self._give(title, f"{month:%Y-%m}")

    def _give(self, title: str, period: str) -> None:
        for each in honours.queries.proposals(title, period):
            if self._had(each.squad_id, each.member_id):
                continue
            honours.service.give_honour(
                self.desk,
                key=new_id(),
                title=title,
                period=period,
                squad_id=each.squad_id,
                member_id=each.member_id,
            )
            return

    @staticmethod
    def _had(squad_id: UUID, member_id: UUID | None) -> bool:
        """Whether this squad or leader has had a title before: others shall have one, too."""
        year = clock.today().year
        given = [*honours.queries.honours(year), *honours.queries.honours(year - 1)]
        return (squad_id, member_id) in {(each.squad_id, each.member_id) for each in given}

    def notices(self) -> None:
        """Three to everybody, one by the captain of the women's squad to hers."""
        for told in _EVERYBODY:
            self._tell(self.desk, told, self.alliance.everybody)
        women = next(each for each in self.alliance.squads if each.plan is places.WOMEN)
        captain = next(iter(members.queries.captains_of(women.id)), None)
        if captain is not None:
            self._tell(actor_of(captain), _TO_THE_WOMEN, women.people, women.id)

    def _tell(self, writer: Actor, told: Told, people: list[Person], squad_id: UUID | None = None) -> None:
        at = min(self._moment(told.days_ago, time(8, 15)), self.now)
        first: date = clock.local_date(at)
        wish = Wish(
            title_zh=told.title, text_zh=told.text, title_en=told.title_en, text_en=told.text_en,
            audience="squads" if squad_id else "everybody", squad_ids=(squad_id,) if squad_id else (),
            first_day=first, last_day=first + timedelta(days=told.days), pinned=told.pinned,
        )  # fmt: skip
        with clock.frozen(at):
            answer = notices.service.send(writer, key=new_id(), wish=wish)
        readers = [each for each in people[:: told.readers] if each.id not in self.alliance.card_only]
        known = members.queries.many_facts(each.id for each in readers)
        with clock.frozen(min(at + timedelta(hours=5), self.now)):
            for person in readers:
                if known[person.id].status == "active" and known[person.id].name not in _TRYING:
                    notices.service.read(actor_of(person.id), UUID(answer.body["notice_id"]), 1)

    def _moment(self, days: int, at: time) -> datetime:
        return datetime.combine(self.today - timedelta(days=days), at, tzinfo=clock.zone())
