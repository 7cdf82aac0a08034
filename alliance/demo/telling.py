"""What residents of the demo told in the last two weeks and what the desk made of it; homes and bills of these days."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import reports.queries
import reports.service
from alliance.demo.people import Alliance, actor_of
from core import clock
from core.auth import STRANGER, Actor
from core.db import new_id


class Told(NamedTuple):
    """One report: when, what, where, by whom (None: without a name), and each step with the hours after it was told."""

    hours_ago: int
    kind: str
    answers: dict[str, str]
    words: str
    place: str
    resident: int | None
    steps: tuple[tuple[int, str, str], ...] = ()


_TOLD: Final = (
    Told(
        12 * 24, "hazard", {"what": "blocked_way", "urgent": "yes"},
        "一楼消防通道堆满自行车和旧家具，轮椅出不去。", "西苑 5 号楼 1 单元", 3,
        ((2, "assign", ""), (5, "check", "已到现场，楼长一起看的。"), (24, "resolve", "物业清走了，装了栏杆。"),
         (25, "judge", ""), (50, "follow_up", "走道是空的。"), (51, "close", "")),
    ),
    Told(
        9 * 24, "scam", {"channel": "telephone", "money_paid": "no", "contact": "00852 开头"},
        "有人冒充社保局，说我妈的社保卡要停，让她下载会议软件共享屏幕。", "电话", None,
        ((3, "assign", ""), (20, "judge", ""), (21, "resolve", "已在 19 个群里发了提醒，号码报给反诈中心。"),
         (48, "follow_up", ""), (49, "close", "")),
    ),
    Told(
        6 * 24, "rented", {"dwelling": "西苑 7-2-401", "tenants": "3", "owner_agrees": "yes"},
        "房子这个月租给三个年轻人，是跑外卖的。", "西苑 7 号楼", 8, ((4, "assign", ""), (26, "register", "")),
    ),
    Told(
        5 * 24, "hazard", {"what": "electricity", "urgent": "yes", "responsible": "物业"},
        "车棚里有人从二楼拉电线下来给电动车充电，线皮都破了。", "北院车棚", 12,
        ((1, "assign", "今天就去看。"), (4, "check", "线已经收走，插座封了。"), (5, "hazard", ""), (7, "judge", "")),
    ),
    Told(
        4 * 24, "hazard", {"what": "electricity", "urgent": "no"},
        "北院车棚飞线充电，晚上特别多。", "北院车棚", None, ((6, "assign", ""), (7, "duplicate", "")),
    ),
    Told(
        3 * 24 + 2, "dispute", {"between": "neighbours", "now": "no", "tried_before": "yes"},
        "楼上漏水把我家厨房泡了两次，谈不拢赔多少。", "西苑 2 号楼 302", 20,
        ((1, "assign", ""), (3, "check", "两家坐下来谈了，调解员在。"), (4, "resolve", "楼上出一半工料，周末修。"),
         (6, "judge", ""), (28, "follow_up", "已经修好。")),
    ),
    Told(
        52, "other", {}, "广场东边的三盏路灯不亮一个星期了，老人晚上不敢走。", "中心广场东侧", 15,
        ((2, "assign", ""), (6, "check", "三盏灯都不亮。"), (8, "pass_on", "已转市政路灯所。"), (9, "judge", "")),
    ),
    Told(
        30, "dispute", {"between": "landlord", "now": "yes"},
        "租客退租，房东不退押金，两边在楼道里吵。", "西苑 11 号楼", 31, ((1, "assign", "马上过去。"),),
    ),
    Told(
        26, "scam", {"channel": "message", "money_paid": "no"},
        "短信说快递丢了要理赔，点进去要银行卡号。", "手机短信", 40, ((3, "assign", ""),),
    ),
    Told(
        11, "hazard", {"what": "road", "urgent": "no", "responsible": "物业"},
        "3 号楼门口的井盖松了，踩上去会翘起来。", "西苑 3 号楼门口", 26,
        ((1, "assign", ""), (2, "check", "井盖松动，先摆了警示桩。"), (5, "resolve", "物业换了新井盖。")),
    ),
    Told(
        7, "suspicious", {"what": "vehicle", "seen": "often"},
        "一辆没有牌照的面包车连着三晚停在幼儿园后门。", "幼儿园后门", None,
    ),
    Told(
        3, "hazard", {"what": "fire", "urgent": "yes"},
        "烧烤店把煤气罐放在后门楼道里，旁边就是电表。", "西苑路 18 号后门", 22,
    ),
    Told(1, "other", {}, "9 号楼电梯里的应急电话打不通。", "西苑 9 号楼", 5),
)  # fmt: skip
#: Address, tenants, days since it was let, resident.
_HOMES: Final = (("西苑 3-1-602", 2, 40, 9), ("西苑 12-2-101", 4, 25, 17), ("西苑 6-3-502", 1, 12, 26))
#: Days ago, time of day, kind of bill, fen, resident.
_BILLS: Final = (
    (1, time(9, 10), "water", 4_320, 2), (1, time(9, 40), "electricity", 12_655, 6), (1, time(10, 5), "gas", 8_800, 11),
    (1, time(15, 30), "electricity", 20_010, 19), (0, time(8, 50), "water", 3_875, 28),
    (0, time(9, 25), "electricity", 9_940, 33), (0, time(10, 45), "gas", 6_000, 37),
)  # fmt: skip
_TILL_OPENS: Final = time(8, 30)
_TILL_CLOSES: Final = time(17, 20)
#: Small change for the day.
_OPENING_FEN: Final = 20_000
_RESPONSIBLE: Final = "物业公司 周经理"
_PASSED_TO: Final = "市政路灯所"


class Desk:
    """The desk of these weeks; the clock stands at the time of each act."""

    def __init__(self, alliance: Alliance) -> None:
        self.alliance = alliance
        self.now = clock.now()
        self._electric: int | None = None
        long_ago = clock.today() - timedelta(days=60)
        self._residents = [
            each.id
            for each in alliance.residents
            if each.since < long_ago and not each.away and each.id not in alliance.card_only
        ]

    def fill(self) -> None:
        """Everything that was told, registered and paid in."""
        for place, told in enumerate(_TOLD):
            self._tell(told, self.alliance.coordinators[place % 2])
        for address, tenants, days, resident in _HOMES:
            self._register(address, tenants, days, resident)
        self._take_bills()

    def _resident(self, number: int) -> UUID:
        return self._residents[number % len(self._residents)]

    def _tell(self, told: Told, desk: Actor) -> None:
        at = self.now - timedelta(hours=told.hours_ago)
        unnamed = told.resident is None
        reporter = STRANGER if told.resident is None else actor_of(self._resident(told.resident))
        area_id = self.alliance.squads[len(told.words) % len(self.alliance.squads)].area_id
        with clock.frozen(at):
            body = reports.service.send_report(
                reporter, key=new_id(), kind=told.kind, safe=True, words=told.words, answers=told.answers,
                area_id=area_id, place_note=told.place, unnamed=unnamed,
            ).body  # fmt: skip
        for hours, step, note in told.steps:
            with clock.frozen(min(self.now, at + timedelta(hours=hours))):
                self._step(desk, body["number"], step, note)
        if told.kind == "hazard" and self._electric is None and told.answers["what"] == "electricity":
            self._electric = body["number"]

    def _step(self, desk: Actor, number: int, step: str, note: str) -> None:
        report_id = reports.queries.by_number(desk, number)
        version = reports.queries.desk_report(desk, report_id).line.version
        today = clock.today()
        more: dict[str, Any] = {"public_note": note}
        if step == "assign":
            more["handler_id"] = desk.member_id
        elif step == "pass_on":
            more["passed_to"] = _PASSED_TO
        elif step == "hazard":
            in_five_days = today + timedelta(days=4)
            more |= {"responsible": _RESPONSIBLE, "deadline": in_five_days, "recheck_on": in_five_days}
        elif step == "duplicate":
            more["of_number"] = self._electric
        if step == "judge":
            reports.service.judge_useful(desk, key=new_id(), report_id=report_id, version=version)
        elif step == "register":
            reports.service.register_home(
                desk, key=new_id(), address="西苑 7-2-401", tenants=3, term_from=today,
                term_until=today + timedelta(days=364), report_id=report_id,
            )  # fmt: skip
        else:
            _SERVICES[step](desk, report_id, version=version, **more)

    def _register(self, address: str, tenants: int, days: int, resident: int) -> None:
        with clock.frozen(self.now - timedelta(days=days)):
            today = clock.today()
            reports.service.register_home(
                self.alliance.coordinators[0], key=new_id(), address=address, tenants=tenants, term_from=today,
                term_until=today + timedelta(days=364), member_id=self._resident(resident),
            )  # fmt: skip

    def _take_bills(self) -> None:
        desk = self.alliance.coordinators[0]
        taken = 0
        for days in (1, 0):
            moment = self._moment(days, _TILL_OPENS)
            if moment <= self.now:
                with clock.frozen(moment):
                    reports.service.open_float(desk, key=new_id(), opening_fen=_OPENING_FEN)
        for place, (days, at, utility, fen, resident) in enumerate(_BILLS):
            moment = self._moment(days, at)
            if moment > self.now:
                continue
            with clock.frozen(moment):
                reports.service.take_bill(
                    desk, key=new_id(), member_id=self._resident(resident), utility=utility,
                    receipt_number=f"{moment:%y%m%d}-{place + 1:03}", amount_fen=fen,
                )  # fmt: skip
            taken += fen if days else 0
        with clock.frozen(self._moment(1, _TILL_CLOSES)):
            reports.service.reconcile_float(
                desk, key=new_id(), handed_over_fen=taken, counted_fen=_OPENING_FEN
            )
        self._forget_a_till()

    def _forget_a_till(self) -> None:
        """A colleague took one bill the day before and went home without counting: somebody is told of it."""
        with clock.frozen(self._moment(1, _TILL_CLOSES) - timedelta(minutes=15)):
            reports.service.take_bill(
                self.alliance.coordinators[1], key=new_id(), member_id=self._resident(41), utility="gas",
                receipt_number=f"{clock.today():%y%m%d}-101", amount_fen=5_240,
            )  # fmt: skip

    def _moment(self, days: int, at: time) -> datetime:
        day = clock.local_date(self.now) - timedelta(days=days)
        return datetime.combine(day, at, tzinfo=clock.zone())


_SERVICES: Final[dict[str, Callable[..., None]]] = {
    "assign": reports.service.assign,
    "check": reports.service.check_on_site,
    "resolve": reports.service.resolve,
    "pass_on": reports.service.pass_on,
    "follow_up": reports.service.follow_up,
    "close": reports.service.close,
    "hazard": reports.service.keep_hazard,
    "duplicate": reports.service.link_duplicate,
}


def fill(alliance: Alliance) -> None:
    """Tell, handle, register and take; joins the caller's transaction."""
    Desk(alliance).fill()
