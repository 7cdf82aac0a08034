"""A coordinator's day from opening to closing: what waits in the morning is done in the evening, the books are clean.

Li stands at the desk with the tablet and its camera, and has a phone in his pocket; Chen, his
colleague, reads English, at a computer and on a phone. An auditor comes in the evening.
"""

import re
import time
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

import activities.queries
import members.queries
import members.service
import points.queries
from core import chain
from core.auth import SYSTEM
from core.db import db
from core.sheets import Sheet, to_xlsx
from tests.support import activities_builders as doings
from tests.support import members_builders as people
from tests.support import police_room, screens
from tests.support.browser import COMPUTER, PHONE, TABLET, assert_accessible, assert_fits, screenshot
from tests.support.police_room import PATIENCE, RESCUE, Hours, Screen, Town
from tests.support.server import LiveServer

LEAD, CARE, TRAINING = 20, 50, 5
NEWCOMERS = 30
#: From the word "I have lost my card" to the new one on the printer.
MOST_SECONDS_FOR_A_CARD = 120


@dataclass
class Room:
    """The town, its server, and who stands before which screen."""

    town: Town
    server: LiveServer
    hours: Hours
    tablet: Screen
    phone: Screen
    computer: Screen
    english_phone: Screen
    lost_card: str = ""


@pytest.fixture
def room(live_server, clock, open_page, camera_browser) -> Room:
    with live_server.app.app_context():
        town = police_room.evening_before(clock)
        ids = [each.id for each in town.helpers]
        cards = [each.address for each in members.service.cards_to_print(SYSTEM, ids)]
        db.session.rollback()
    camera = camera_browser([(screens.picture_of(address), 0.6) for address in cards])

    def screen(member, **options) -> Screen:
        page = open_page(**options)
        screens.sign_in(page, live_server, member)
        return Screen(page)

    tablet = screen(town.coordinator, size=TABLET, browser=camera, permissions=["camera"])
    phone = screen(town.coordinator, size=PHONE, dark=True)
    computer = screen(town.colleague, size=COMPUTER, locale="en")
    english_phone = screen(town.colleague, size=PHONE, locale="en")
    hours = Hours(clock, [tablet, phone, computer, english_phone])
    return Room(town, live_server, hours, tablet, phone, computer, english_phone)


@pytest.mark.timeout(400)
def test_what_waits_in_the_morning_is_done_in_the_evening(room: Room, open_page) -> None:
    morning = room.tablet.waiting()
    for place in ("reports?tab=new", "rounds?list=held", "award/second", "applications", "hand-over"):
        assert any(place in each for each in morning), f"{place} does not wait among {morning}"
    room.tablet.look("morning")
    _admits_one(room)
    _admits_many_from_a_list(room)
    _takes_a_bill(room)
    _goes_to_the_place_of_a_report(room)
    _registers_a_home_at_its_door(room)
    _replaces_a_card(room)
    _awards_card_after_card(room)
    _awards_a_squad(room)
    _two_agree_on_what_one_may_not_give(room)
    _takes_an_award_back(room)
    _judges_a_round(room)
    _hands_over(room)
    _writes_a_notice(room)
    _thanks_with_a_letter(room, open_page)
    _closes_an_activity(room)
    _closes_the_till(room)
    _reads_the_month(room)
    room.hours.at("17:40")
    for screen in (room.tablet, room.phone, room.english_phone):
        assert screen.waiting() == []
        screen.look("evening")
    _an_auditor_prints_the_digest(room, open_page)
    _asks_on_the_next_morning_whether_it_holds(room)
    _the_books_are_clean(room)


def _admits_one(room: Room) -> None:
    applicant = room.town.applicant
    main = room.tablet.open("/desk/applications")
    main.locator(f"#reason-{applicant.id}").fill("社区民警认识多年")
    room.tablet.send(room.tablet.form(f"{applicant.id}/admit"), room.tablet.done)
    expect(main).not_to_contain_text("13800")


def _admits_many_from_a_list(room: Room) -> None:
    """A workbook with one row that is no good: looked at first, then the others come in."""
    desk = room.computer
    desk.open("/desk/members/import")
    rows = [[f"Newcomer {n}", f"1390013{n:04}"] for n in range(NEWCOMERS)]
    content = to_xlsx(Sheet("Members", ["name", "telephone"], [["Without a number", "12345"], *rows]))
    file = {"name": "neighbours.xlsx", "mimeType": "application/octet-stream", "buffer": content}
    desk.page.set_input_files("#file", file)
    desk.send(desk.form("/desk/members/import"), desk.page.get_by_role("row").filter(has_text="12345"))
    expect(desk.main).to_contain_text("Nobody has come in yet")
    desk.look("list-checked")
    desk.press(desk.main.get_by_role("button", name=f"Let {NEWCOMERS} members come in"), desk.done)
    expect(desk.done).to_contain_text(f"{NEWCOMERS} members came in")
    expect(desk.main).to_contain_text(f"{NEWCOMERS + 1} of {NEWCOMERS + 1} rows")


def _takes_a_bill(room: Room) -> None:
    """Two hundred yuan of change lie in the till before the first bill."""
    room.hours.at("08:50")
    till = room.tablet
    till.open("/desk/bills")
    till.page.fill("#opening", "200")
    till.send(till.form("/desk/bills/opening"), "¥200.00")
    for field, text in (("amount", "86.50"), ("receipt_number", "W-2026-118")):
        till.page.fill(f"#{field}", text)
    till.page.fill("#member_number", str(room.town.buyer.number))
    till.send(till.form("/desk/bills"), till.main.get_by_role("row").filter(has_text="W-2026-118"))


def _goes_to_the_place_of_a_report(room: Room) -> None:
    """Assigned at the desk, looked at on site with the phone, put right, found useful."""
    path = f"/desk/reports/{room.town.report_id}"
    desk, phone = room.tablet, room.phone
    desk.open(path)
    desk.send(desk.form("/assign"), desk.form("/check"))
    room.hours.at("09:20")
    phone.open(path)
    course = phone.main.locator(".course")
    phone.page.fill("[name=public_note-check]", "已到现场看过")
    phone.send(phone.form("/check"), course.get_by_text("已到现场看过"))
    phone.page.fill("[name=public_note-resolve]", "纸箱已清走")
    phone.send(phone.form("/resolve"), course.get_by_text("纸箱已清走"))
    phone.look("report")
    desk.open(path)
    desk.press(desk.form("/judge").locator("button[value=yes]"), desk.done)
    desk.look("report")


def _registers_a_home_at_its_door(room: Room) -> None:
    room.hours.at("09:40")
    phone = room.english_phone
    phone.open("/desk/homes")
    phone.page.fill("#address", "西苑 3-1-602")
    phone.page.fill("#term_from", "2026-11-18")
    phone.page.fill("#term_until", "2027-11-17")
    phone.page.fill("#member_number", str(room.town.buyer.number))
    phone.send(phone.form("/desk/homes"), phone.page.get_by_role("row").filter(has_text="西苑 3-1-602"))
    phone.look("home")


def _replaces_a_card(room: Room) -> None:
    """Blocked and printed anew, while others wait behind."""
    room.hours.at("10:00")
    loser, desk = room.town.loser, room.tablet
    room.lost_card = _card_of(room)
    begun = time.monotonic()
    desk.open("/desk/lost")
    desk.page.fill("#search", loser.name)
    desk.send(desk.main.locator("form"), desk.form("/lost/card"))
    printed = desk.page.locator(".member-card-number")
    desk.press(desk.form("/lost/card").locator("button[type=submit]"), printed)
    assert time.monotonic() - begun < MOST_SECONDS_FOR_A_CARD
    expect(printed).to_have_text(members.queries.spoken_number(loser.number))
    desk.look("card")


def _card_of(room: Room) -> str:
    with room.server.app.app_context():
        return members.service.cards_to_print(SYSTEM, [room.town.loser.id])[0].address


def _awards_card_after_card(room: Room) -> None:
    """The camera reads the helpers' cards; the lost one is typed and refused, the new one is awarded."""
    room.hours.at("10:10")
    desk = room.tablet
    desk.open("/desk/award/run?rule=lead")
    lines = desk.main.locator("[data-lines]")
    helpers = re.compile("|".join(each.name for each in room.town.helpers))
    for code, told in ((room.lost_card, "[data-state=refused]"), (_card_of(room), "[data-state=accepted]")):
        desk.page.fill("#who", code)
        desk.page.keyboard.press("Enter")
        expect(desk.page.locator("#who")).to_have_value("")
        expect(lines.locator(told).filter(has_not_text=helpers).first).to_be_visible(timeout=PATIENCE)
    for each in (*room.town.helpers, room.town.loser):
        line = lines.locator("[data-state=accepted]").filter(has_text=each.name)
        expect(line).to_be_visible(timeout=60_000)
    desk.look("cards")


def _awards_a_squad(room: Room) -> None:
    """Who was at the training: the whole squad but one, from its list."""
    desk = room.computer
    desk.open(f"/desk/award/squad/{room.town.squad_id}")
    desk.page.select_option("#rule_code", "training")
    desk.main.get_by_label(room.town.helpers[3].name).uncheck()
    desk.look("squad-list")
    desk.press(desk.main.get_by_role("button", name="Award all who are ticked"), desk.done)
    desk.look("squad-awarded")


def _two_agree_on_what_one_may_not_give(room: Room) -> None:
    """Li agrees to what Chen has entered, and Chen, on the phone, to what Li enters now."""
    desk, phone = room.tablet, room.english_phone
    main = desk.open("/desk/award/second")
    expect(main).to_contain_text(room.town.rescuer.name)
    desk.send(desk.form("/agree"), desk.done)
    desk.open("/desk/award")
    desk.page.locator("input[name=rule_code][value=rescue]").check()
    desk.page.fill("#who", str(room.town.walker.number))
    desk.press(desk.main.get_by_role("button", name="奖励", exact=True), desk.main.locator(".banner-warn"))
    phone.open("/desk/award/second")
    phone.look("second")
    phone.send(phone.form("/agree"), phone.done)


def _takes_an_award_back(room: Room) -> None:
    desk = room.tablet
    main = desk.open(f"/desk/members/{room.town.wronged.id}/statement")
    link = main.locator(f"a[href='/desk/transfers/{room.town.mistake}/withdrawal']")
    desk.press(link, desk.page.locator("#reason"))
    desk.page.fill("#reason", "记错了人，是同名的邻居")
    desk.send(desk.form("/withdrawal"), desk.done)


def _judges_a_round(room: Room) -> None:
    phone = room.phone
    main = phone.open("/desk/rounds?list=held")
    phone.press(main.locator(f"a[href='/desk/rounds/{room.town.round_id}']"), phone.form("/judgement"))
    phone.page.fill("#reason", "电话核实过，走的近路")
    phone.press(phone.form("/judgement").locator("button[value=accept]"), phone.done)


def _hands_over(room: Room) -> None:
    desk = room.tablet
    desk.open("/desk/hand-over")
    desk.page.fill("#code", room.town.voucher)
    desk.press(desk.page.locator("[data-typed] button"), desk.page.locator(".hand-over-name"))
    expect(desk.page.locator(".hand-over-name")).to_have_text("毛巾")
    desk.press(desk.page.locator("main form button.button-main"), desk.done)


def _writes_a_notice(room: Room) -> None:
    desk = room.tablet
    desk.open("/desk/notices/new")
    desk.page.fill("#title_zh", "今晚北风大")
    desk.page.fill("#text_zh", "夜巡的请多穿一件，早半小时回家。")
    desk.page.locator("main form button[type=submit]").last.click()
    expect(desk.main).to_contain_text("今晚北风大", timeout=PATIENCE)
    expect(desk.page.locator("#title_zh")).to_have_count(0)


def _thanks_with_a_letter(room: Room, open_page) -> None:
    """Issued and printed at the desk; whoever is shown the paper holds a phone before its code."""
    desk, buyer = room.computer, room.town.buyer
    desk.open(f"/desk/letters/new?member_id={buyer.id}")
    desk.page.fill("#occasion_zh", "主动登记出租房，热心社区事务。")
    desk.press(desk.main.get_by_role("button", name="Issue the letter"), "Code on the letter")
    desk.look("letter")
    link = desk.main.get_by_role("link", name="Print in English").get_attribute("href")
    address = screens.read_paper(desk.page.request.get(link).body(), 34)
    stranger = Screen(open_page(size=PHONE, locale="en"))
    stranger.open(address.removeprefix(room.server.base_url))
    expect(stranger.main).to_contain_text("This letter is genuine")
    expect(stranger.main).to_contain_text("issued on 18 November 2026")
    expect(stranger.main).not_to_contain_text(buyer.name)


def _closes_an_activity(room: Room) -> None:
    """In the afternoon two come with their phones, one without; when it is over they are awarded."""
    room.hours.at("13:40")
    desk, town = room.tablet, room.town
    with room.server.app.app_context():
        line = activities.queries.activity(town.activity)
        for each in town.helpers[:2]:
            doings.attend(people.actor(each), line)
    main = desk.open(f"/desk/activities/{town.activity}")
    main.locator("#by-hand [name=who]").fill(str(town.helpers[2].number))
    by_hand = main.locator("#people li").filter(has_text=town.helpers[2].name)
    desk.press(main.locator("#by-hand form").last.locator("button[type=submit]"), by_hand)
    room.hours.at("15:35")
    desk.open(f"/desk/activities/{town.activity}")
    desk.page.fill("[name=leaflets]", "120")
    paid = desk.page.locator("#people .badge-ok")
    desk.press(desk.form("/close").locator("button.button-main"), paid)
    expect(paid).to_have_count(3, timeout=PATIENCE)
    desk.look("activity")


def _closes_the_till(room: Room) -> None:
    room.hours.at("17:20")
    till = room.tablet
    till.open("/desk/bills")
    till.page.fill("#handed_over", "86.50")
    till.page.fill("#counted", "200")
    till.send(till.form("/desk/bills/till"), till.main.locator(".badge-ok"))
    till.look("till")


def _reads_the_month(room: Room) -> None:
    desk = room.computer
    desk.open("/desk/month/2026-11")
    expect(desk.main).to_contain_text("Rented home")
    desk.look("month")
    for ending, beginning in ((".pdf", b"%PDF"), (".xlsx", b"PK")):
        link = desk.main.page.locator(f"a[href='/desk/month/2026-11{ending}']").get_attribute("href")
        assert desk.page.request.get(link).body().startswith(beginning)


def _an_auditor_prints_the_digest(room: Room, open_page) -> None:
    with room.server.app.app_context():
        assert chain.seal() > NEWCOMERS
    page = open_page(size=TABLET, locale="en")
    screens.sign_in(page, room.server, room.town.auditor)
    page.goto("/desk/audit/digest")
    expect(page.locator(".digest").first).to_be_visible(timeout=PATIENCE)
    assert_accessible(page)
    page.emulate_media(media="print")
    assert_fits(page)
    screenshot(page, "day-digest")


def _asks_on_the_next_morning_whether_it_holds(room: Room) -> None:
    room.hours.at("08:40", days=1)
    phone = room.phone
    (place,) = phone.waiting()
    main = phone.open(place)
    link = main.locator(f"a[href='/desk/reports/{room.town.report_id}']")
    phone.press(link, phone.form("/follow_up"))
    phone.page.fill("[name=public_note-follow_up]", "走道还是空的")
    phone.send(phone.form("/follow_up"), phone.form("/close"))
    phone.send(phone.form("/close"), main.locator(".course").get_by_text("走道还是空的"))
    expect(phone.form("/close")).to_have_count(0)
    assert phone.waiting() == []


def _the_books_are_clean(room: Room) -> None:
    town = room.town
    with room.server.app.app_context():
        db.session.rollback()
        assert members.queries.facts(town.applicant.id).status == "active"
        assert len(members.queries.search("Newcomer", limit=100).items) == NEWCOMERS
        found = [
            points.queries.balance(each.id)
            for each in (*town.helpers, town.loser, town.rescuer, town.wronged)
        ]
        assert found == [LEAD + CARE + TRAINING] * 3 + [LEAD, LEAD, RESCUE, 0]
    cli = room.server.app.test_cli_runner()
    for command in (["points", "check"], ["audit", "verify"]):
        told = cli.invoke(args=command)
        assert told.exit_code == 0, told.output
