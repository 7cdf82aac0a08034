"""A coordinator's day: what waits in the morning is done in the evening, and the books are clean."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Locator, Page, expect

import activities.queries
import members.queries
import members.service
import points.queries
import points.service
from core.auth import SYSTEM
from core.clock import FrozenClock
from core.db import db, new_id
from members.queries import MemberFacts
from tests.support import activities_builders as doings
from tests.support import members_builders as people
from tests.support import patrols_builders as patrols
from tests.support import points_builders as books
from tests.support import reports_builders as telling
from tests.support import rewards_builders as shelves
from tests.support import screens
from tests.support.browser import PHONE, assert_fits, screenshot

TABLET = {"width": 820, "height": 1180}
MORNING = datetime.fromisoformat("2026-11-18T08:30:00+08:00")
HELPERS = 4
#: Points for a useful lead, an activity of care, and for what two must agree to.
LEAD, CARE, RESCUE = 20, 50, 300
PATIENCE = 20_000


@dataclass
class Town:
    """Whom the day is about, and what waits for it."""

    coordinator: MemberFacts
    auditor: MemberFacts
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


@pytest.fixture
def town(live_server, clock: FrozenClock) -> Town:
    with live_server.app.app_context():
        clock.move_to(MORNING - timedelta(hours=14))
        points.service.install_tariff()
        squad_id = people.squad("花木兰女子巡逻队", kind="women")
        made = _evening_before(squad_id, clock)
        clock.move_to(MORNING)
        db.session.rollback()
        return made


def _evening_before(squad_id: UUID, clock: FrozenClock) -> Town:
    li, chen = (people.member(name, "coordinator") for name in ("李建国", "陈国安"))
    books.tariff_rule(code="rescue", points=RESCUE, name_zh="见义勇为", name_en="Courage")
    names = ("王小芳", "赵秀英", "孙桂兰", "周玉梅")
    helpers = [people.member(each, squad_id=squad_id) for each in names]
    others = [people.member(each) for each in ("吴大爷", "郑大勇", "冯巡逻", "褚秀兰", "卫平")]
    reporter, rescuer, walker, buyer, wronged = others
    loser = people.member("沈阿姨")
    for each in (*helpers, loser):
        members.service.issue_card(SYSTEM, key=new_id(), member_id=each.id)
    members.service.revoke_card(people.actor(loser), loser.id)
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
        auditor=people.member("钱会计", "auditor"),
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


class Desk:
    """The tablet on the coordinator's desk, with the phone in his pocket now and then."""

    def __init__(self, page: Page, clock: FrozenClock) -> None:
        self.page, self.clock = page, clock
        self.at(clock.now())

    def at(self, moment: datetime) -> None:
        """It is this time, on the server and on the tablet."""
        self.clock.move_to(moment)
        self.page.clock.set_fixed_time(moment)

    def open(self, path: str) -> Locator:
        """Open a page and see it; the part of it that is not the frame."""
        self.page.goto(path)
        main = self.page.locator("main")
        expect(main.locator("h1")).to_be_visible(timeout=PATIENCE)
        return main

    def press(self, button: Locator, then: Locator | str) -> None:
        """Press a button and wait for what it brings: something to see, or words on the page."""
        button.click()
        if isinstance(then, str):
            expect(self.page.locator("main")).to_contain_text(then, timeout=PATIENCE)
        else:
            expect(then.first).to_be_visible(timeout=PATIENCE)

    def form(self, end: str) -> Locator:
        """The form that is sent to an address with this end."""
        return self.page.locator(f'main form[action$="{end}"]')

    def look(self, name: str) -> None:
        """It fits, on the tablet and on the phone; a picture of both."""
        assert_fits(self.page)
        screenshot(self.page, f"day-{name}-tablet")
        self.page.set_viewport_size(PHONE)
        assert_fits(self.page)
        screenshot(self.page, f"day-{name}-360")
        self.page.set_viewport_size(TABLET)


def waiting(desk: Desk) -> list[str]:
    """Where the things lead that the desk's first page says are waiting."""
    desk.open("/desk")
    card = desk.page.locator("main .card").first
    return [each.get_attribute("href") for each in card.locator(".rows a").all()]


@pytest.mark.timeout(400)
def test_what_waits_in_the_morning_is_done_in_the_evening(
    town, open_page, camera_browser, live_server, clock
):
    with live_server.app.app_context():
        ids = [each.id for each in town.helpers]
        cards = [each.address for each in members.service.cards_to_print(SYSTEM, ids)]
    film = [(screens.picture_of(address), 0.6) for address in cards]
    page = open_page(size=TABLET, browser=camera_browser(film), permissions=["camera"])
    screens.sign_in(page, live_server, town.coordinator)
    desk = Desk(page, clock)

    morning = waiting(desk)
    for place in ("reports?tab=new", "rounds?list=held", "award/second", "applications", "lost", "hand-over"):
        assert any(place in each for each in morning), f"{place} does not wait among {morning}"
    desk.look("morning")
    _admits(desk, town)
    _handles_the_report(desk, town)
    _replaces_the_card(desk, town)
    _awards_card_after_card(desk)
    _agrees_and_corrects(desk, town)
    _judges_the_round(desk, town)
    _hands_over(desk, town)
    _writes_a_notice(desk)
    _closes_the_activity(desk, town, live_server)
    desk.at(MORNING + timedelta(hours=9))
    assert waiting(desk) == []
    desk.look("evening")
    auditor = open_page(size=TABLET)
    screens.sign_in(auditor, live_server, town.auditor)
    _prints_the_digest(auditor)
    _the_books_are_clean(town, live_server)


def _admits(desk: Desk, town: Town) -> None:
    main = desk.open("/desk/applications")
    reason = main.locator(f"#reason-{town.applicant.id}")
    expect(reason).to_be_visible()
    reason.fill("社区民警认识多年")
    form = desk.form(f"{town.applicant.id}/admit")
    desk.press(form.locator("button[type=submit]"), desk.page.locator(".banner-ok"))
    expect(desk.page.locator("main")).not_to_contain_text("13800")


def _handles_the_report(desk: Desk, town: Town) -> None:
    """Assigned to himself, looked at on site, resolved, found useful."""
    desk.open(f"/desk/reports/{town.report_id}")
    course = desk.page.locator("main .course")
    desk.press(desk.form("/assign").locator("button[type=submit]"), desk.form("/check"))
    desk.at(desk.clock.now() + timedelta(minutes=40))
    desk.form("/check").locator("[name=public_note-check]").fill("已到现场看过")
    desk.press(desk.form("/check").locator("button[type=submit]"), course.get_by_text("已到现场看过"))
    desk.form("/resolve").locator("[name=public_note-resolve]").fill("纸箱已清走")
    desk.press(desk.form("/resolve").locator("button[type=submit]"), course.get_by_text("纸箱已清走"))
    useful = desk.form("/judge").locator("button[value=yes]")
    desk.press(useful, desk.page.locator("main .banner-ok"))
    desk.look("report")


def _replaces_the_card(desk: Desk, town: Town) -> None:
    main = desk.open("/desk/lost")
    desk.press(main.locator(f"a[href='/desk/members/{town.loser.id}/lost']"), desk.form("/lost/card"))
    printed = desk.page.locator(".member-card-number")
    desk.press(desk.form("/lost/card").locator("button[type=submit]"), printed)
    expect(printed).to_have_text(members.queries.spoken_number(town.loser.number))


def _awards_card_after_card(desk: Desk) -> None:
    """The camera shows the helpers' cards, one after the other."""
    desk.open("/desk/award/run?rule=lead")
    accepted = desk.page.locator("[data-lines] [data-state=accepted]")
    expect(accepted).to_have_count(HELPERS, timeout=60_000)
    desk.look("cards")


def _agrees_and_corrects(desk: Desk, town: Town) -> None:
    """A colleague's award above the limit is agreed to; one that went to the wrong person is taken back."""
    main = desk.open("/desk/award/second")
    expect(main).to_contain_text(town.rescuer.name)
    desk.press(
        main.get_by_role("button").filter(has_text=re.compile("^同意$")), desk.page.locator(".banner-ok")
    )
    main = desk.open(f"/desk/members/{town.wronged.id}/statement")
    taking_back = main.locator(f"a[href='/desk/transfers/{town.mistake}/withdrawal']")
    desk.press(taking_back, desk.page.locator("#reason"))
    desk.page.fill("#reason", "记错了人，是同名的邻居")
    desk.press(desk.form("/withdrawal").locator("button[type=submit]"), desk.page.locator(".banner-ok"))


def _judges_the_round(desk: Desk, town: Town) -> None:
    main = desk.open("/desk/rounds?list=held")
    link = main.locator(f"a[href='/desk/rounds/{town.round_id}']")
    desk.press(link, desk.form("/judgement"))
    desk.page.fill("#reason", "电话核实过，走的近路")
    desk.press(desk.form("/judgement").locator("button[value=accept]"), desk.page.locator(".banner-ok"))


def _hands_over(desk: Desk, town: Town) -> None:
    desk.open("/desk/hand-over")
    desk.page.fill("#code", town.voucher)
    handed = desk.page.locator("main form button.button-main")
    desk.press(desk.page.locator("[data-typed] button"), desk.page.locator(".hand-over-name"))
    expect(desk.page.locator(".hand-over-name")).to_have_text("毛巾")
    desk.press(handed, desk.page.locator(".banner-ok"))


def _writes_a_notice(desk: Desk) -> None:
    desk.open("/desk/notices/new")
    desk.page.fill("#title_zh", "今晚北风大")
    desk.page.fill("#text_zh", "夜巡的请多穿一件，早半小时回家。")
    desk.page.locator("main form button[type=submit]").last.click()
    expect(desk.page.locator("main")).to_contain_text("今晚北风大", timeout=PATIENCE)
    expect(desk.page.locator("#title_zh")).to_have_count(0)


def _closes_the_activity(desk: Desk, town: Town, live_server) -> None:
    """In the afternoon two come with their phones, one without; when it is over they are awarded."""
    desk.at(MORNING + timedelta(hours=5, minutes=10))
    with live_server.app.app_context():
        line = activities.queries.activity(town.activity)
        for each in town.helpers[:2]:
            doings.attend(people.actor(each), line)
    main = desk.open(f"/desk/activities/{town.activity}")
    main.locator("#by-hand [name=who]").fill(str(town.helpers[2].number))
    by_hand = main.locator("#people li").filter(has_text=town.helpers[2].name)
    desk.press(main.locator("#by-hand form").last.locator("button[type=submit]"), by_hand)
    desk.at(MORNING + timedelta(hours=7, minutes=5))
    desk.open(f"/desk/activities/{town.activity}")
    desk.page.fill("[name=leaflets]", "120")
    paid = desk.page.locator("#people .badge-ok")
    desk.press(desk.form("/close").locator("button.button-main"), paid)
    expect(paid).to_have_count(3, timeout=PATIENCE)
    desk.look("activity")


def _prints_the_digest(page: Page) -> None:
    page.goto("/desk/audit/digest")
    expect(page.locator(".digest").first).to_be_visible(timeout=PATIENCE)
    screenshot(page, "day-digest-tablet")


def _the_books_are_clean(town: Town, live_server) -> None:
    with live_server.app.app_context():
        db.session.rollback()
        assert members.queries.facts(town.applicant.id).status == "active"
        found = [points.queries.balance(each.id) for each in (*town.helpers, town.rescuer, town.wronged)]
        assert found == [LEAD + CARE] * 3 + [LEAD, RESCUE, 0]
    cli = live_server.app.test_cli_runner()
    for command in (["points", "check"], ["audit", "verify"]):
        told = cli.invoke(args=command)
        assert told.exit_code == 0, told.output
