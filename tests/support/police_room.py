"""The police room before a journey's day: who stands there with which screens, and what waits since the evening."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from playwright.sync_api import Locator, Page, expect

import members.service
import points.service
from core.auth import SYSTEM
from core.clock import FrozenClock
from core.db import new_id
from members.queries import MemberFacts
from tests.support import activities_builders as doings
from tests.support import members_builders as people
from tests.support import patrols_builders as patrols
from tests.support import points_builders as books
from tests.support import reports_builders as telling
from tests.support import rewards_builders as shelves
from tests.support.browser import assert_fits, screenshot

MORNING = datetime.fromisoformat("2026-11-18T08:30:00+08:00")
PATIENCE = 20_000
#: What two must agree to.
RESCUE = 300


@dataclass
class Town:
    """Whom the day is about, and what waits for it."""

    coordinator: MemberFacts
    colleague: MemberFacts
    auditor: MemberFacts
    squad_id: UUID
    helpers: list[MemberFacts]
    applicant: MemberFacts
    reporter: MemberFacts
    loser: MemberFacts
    rescuer: MemberFacts
    walker: MemberFacts
    buyer: MemberFacts
    wronged: MemberFacts
    report_id: UUID
    round_id: UUID
    voucher: str
    mistake: UUID
    activity: int


def evening_before(clock: FrozenClock) -> Town:
    """Everything that waits at half past eight; the clock stands in the evening before and goes on by seconds."""
    clock.move_to(MORNING - timedelta(hours=14))
    points.service.install_tariff()
    squad_id = people.squad("花木兰女子巡逻队", kind="women")
    li = people.member("李建国", "coordinator")
    chen = people.member("陈国安", "coordinator", language="en")
    books.tariff_rule(code="rescue", points=RESCUE, name_zh="见义勇为", name_en="Courage")
    names = ("王小芳", "赵秀英", "孙桂兰", "周玉梅")
    helpers = [people.member(each, squad_id=squad_id) for each in names]
    others = [people.member(each) for each in ("吴大爷", "郑大勇", "冯巡逻", "褚秀兰", "卫平")]
    reporter, rescuer, walker, buyer, wronged = others
    loser = people.member("沈阿姨")
    for each in (*helpers, loser):
        members.service.issue_card(SYSTEM, key=new_id(), member_id=each.id)
    points.service.award_deed(people.actor(chen), key=new_id(), member_id=rescuer.id, rule_code="rescue")
    mistaken = points.service.award_deed(
        people.actor(li), key=new_id(), member_id=wronged.id, rule_code="lead"
    )
    books.earn(buyer.id, 50)
    _, voucher = shelves.voucher(people.actor(buyer), shelves.reward("毛巾", points=10, drawing="towel"))
    street = patrols.street(2)
    patrols.visit(people.actor(walker), street.plate(1))
    clock.tick(seconds=10)
    held = patrols.visit(people.actor(walker), street.plate(2))
    plan = {"starts_at": MORNING + timedelta(hours=5), "ends_at": MORNING + timedelta(hours=7)}
    return Town(
        coordinator=li,
        colleague=chen,
        auditor=people.member("钱会计", "auditor", language="en"),
        squad_id=squad_id,
        helpers=helpers,
        applicant=people.applicant("韩新来"),
        reporter=reporter,
        loser=loser,
        rescuer=rescuer,
        walker=walker,
        buyer=buyer,
        wronged=wronged,
        report_id=telling.told(people.actor(reporter), words="配电房门口堆了纸箱，怕着火。"),
        round_id=UUID(str(held["round_id"])),
        voucher=voucher,
        mistake=UUID(mistaken.body["transfer_id"]),
        activity=doings.activity(people.actor(li), **plan).number,
    )


class Screen:
    """A screen with somebody before it: whatever it shows must fit on it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.main = page.locator("main")

    def open(self, path: str) -> Locator:
        """Open a page and see it; the part of it that is not the frame."""
        self.page.goto(path)
        expect(self.main.locator("h1")).to_be_visible(timeout=PATIENCE)
        assert_fits(self.page)
        return self.main

    def press(self, button: Locator, then: Locator | str) -> None:
        """Press a button and wait for what it brings: something to see, or words on the page."""
        button.click()
        if isinstance(then, str):
            expect(self.main).to_contain_text(then, timeout=PATIENCE)
        else:
            expect(then.first).to_be_visible(timeout=PATIENCE)
        assert_fits(self.page)

    def send(self, form: Locator, then: Locator | str) -> None:
        """Press the first button that sends the form."""
        self.press(form.locator("button[type=submit]").first, then)

    def form(self, end: str) -> Locator:
        """The form that is sent to an address with this end."""
        return self.page.locator(f'main form[action$="{end}"]')

    @property
    def done(self) -> Locator:
        """The green banner of what was done."""
        return self.main.locator(".banner-ok")

    def look(self, name: str) -> None:
        """Keep a picture."""
        screenshot(self.page, f"day-{name}-{self.page.viewport_size['width']}")

    def waiting(self) -> list[str]:
        """Where the things lead that the desk's first page says are waiting."""
        self.open("/desk")
        return [
            each.get_attribute("href") or ""
            for each in self.main.locator(".card").first.locator(".rows a").all()
        ]


class Hours:
    """It is the same time on the server and on all screens."""

    def __init__(self, clock: FrozenClock, screens: list[Screen]) -> None:
        self._clock, self._screens = clock, screens
        self.at("08:30")

    def at(self, time: str, days: int = 0) -> None:
        """It is this time of the day, or of one of the days after it."""
        hour, minute = map(int, time.split(":"))
        moment = MORNING.replace(hour=hour, minute=minute) + timedelta(days=days)
        self._clock.move_to(moment)
        for each in self._screens:
            each.page.clock.set_fixed_time(moment)
