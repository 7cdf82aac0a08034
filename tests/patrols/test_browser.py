"""Pages of rounds in a real browser: they fit, they can be read by everybody, the captain's code stays fresh."""

import io
import unicodedata
from itertools import product

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

import members.queries
import members.service
import patrols.queries
from core import codes, qr
from core.auth import SYSTEM
from core.config import settings
from tests.support import browser as browsers
from tests.support import members_builders, screens
from tests.support import patrols_builders as patrol
from tests.support.patrols_builders import visit


@pytest.fixture
def story(live_server, open_page, clock):
    """A captain and a mate on their way, a held round, a coordinator; and a way to open pages as one of them."""
    clock.tick(seconds=14)
    with live_server.app.app_context():
        patrol.tariff()
        squad = members_builders.squad("夕阳红巡逻队")
        captain, mate = patrol.person("周桂兰", squad_id=squad), patrol.person("李梅", squad_id=squad)
        members.service.appoint_captains(SYSTEM, squad, captain_id=captain.id, acting_captain_id=None)
        street = patrol.street(3, ordered=True, name="西苑小区夜巡", minimum_points=1)
        opened = visit(captain, street.plate(1))
        patrol.join(mate, captain, opened["round_id"])
        walker, quick = patrol.person("陈芳"), patrol.street(2, name="学校护学线")
        visit(walker, quick.plate(1))
        held = visit(walker, quick.plate(2))
        members.service.change_settings(mate, language="en")
        people = {"captain": captain, "mate": mate, "walker": walker, "desk": patrol.coordinator()}
        cookies = {
            name: screens.session_of(live_server.app, members.queries.facts(who.id))
            for name, who in people.items()
        }

    def open_as(name, path, **options):
        page = open_page(**options)
        page.context.add_cookies([{"name": "alliance", "value": cookies[name], "url": live_server.base_url}])
        page.goto(path)
        return page

    return open_as, {"street": street, "opened": opened["round_id"], "held": held["round_id"]}


@pytest.mark.parametrize("size", [browsers.PHONE, browsers.WIDE], ids=["phone", "wide"])
def test_every_page_of_a_round_fits_and_is_open_to_everybody(story, size):
    open_as, made = story
    pages = [
        ("captain", "/round"),
        ("mate", "/round"),
        ("walker", "/round"),
        ("walker", f"/rounds/{made['held']}"),
        ("desk", "/desk/rounds"),
        ("desk", "/desk/rounds?list=overdue"),
        ("desk", f"/desk/rounds/{made['held']}"),
        ("desk", f"/desk/rounds/{made['opened']}"),
        ("desk", "/desk/rounds/open"),
    ]
    for name, path in pages:
        page = open_as(name, path, size=size)
        browsers.assert_accessible(page)
        browsers.assert_fits(page)
        page.close()


def test_points_of_a_route_are_found_by_name_and_take_the_next_place_with_one_tap(story, live_server):
    with live_server.app.app_context():
        area = members_builders.area()
        for number in range(12):
            patrol.checkpoint(f"西苑{number}号楼", number, area_id=area)
    page = story[0]("desk", "/desk/routes/new")
    box = page.locator(".route-point", has_text="西苑7号楼")
    expect(box).not_to_be_visible()
    page.fill("#point-search", "7号楼")
    expect(box).to_be_visible()
    assert page.locator(".route-point:visible").count() == 1
    box.locator("[data-next]").click()
    page.fill("#point-search", "3号楼")
    page.locator(".route-point:visible [data-next]").click()
    places = page.locator("input[name^=place-]").evaluate_all(
        "all => all.map(box => box.value).filter(Boolean)"
    )
    assert sorted(places) == ["1", "2"]
    expect(box.locator("input")).to_have_value("1")
    page.press("#point-search", "Enter")
    assert page.url.endswith("/desk/routes/new")
    page.fill("#point-search", "")
    browsers.assert_fits(page)
    browsers.assert_accessible(page)


def test_a_photo_of_the_card_fills_in_its_code(story, live_server, tmp_path):
    open_as, _made = story
    with live_server.app.app_context():
        card = members_builders.card(members_builders.member("孙奶奶", phone=None))
        picture = tmp_path / "card.png"
        picture.write_bytes(qr.draw_png(codes.address(settings().base_url, card), "Q"))
    page = open_as("captain", "/round")
    page.click("[data-companion] >> xpath=ancestor::details/summary")
    page.set_input_files("#card-photo", picture)
    expect(page.locator("#card")).to_have_value(card.text, timeout=15_000)
    browsers.assert_fits(page)
    browsers.assert_accessible(page)
    page.click("[data-companion] button[type=submit]")
    expect(page.locator("main")).to_contain_text("孙奶奶")


def test_the_captains_code_is_renewed_while_somebody_looks(story, clock):
    open_as, _made = story
    page = open_as("captain", "/round")
    drawn = page.locator("[data-captain-code] svg path")
    first = drawn.get_attribute("d")
    clock.tick(seconds=2)
    expect(drawn).not_to_have_attribute("d", first, timeout=8000)


def test_the_round_is_ended_after_a_question_and_brings_points(story, clock):
    open_as, _made = story
    clock.tick(minutes=12)
    page = open_as("mate", "/round")
    page.get_by_role("button", name="End the round").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("The round is long enough")
    dialog.get_by_role("button", name="End the round").click()
    expect(page.get_by_text("The round is complete. Thank you!")).to_be_visible()
    expect(page.get_by_text("For you")).to_be_visible()


def printed_plates(open_as):
    page = open_as("desk", "/desk/checkpoints", size=browsers.WIDE)
    page.locator("form[action='/desk/plates'] button").first.click()
    expect(page.locator("article.plate").first).to_be_visible()
    return page


def test_plates_come_out_of_a_printer_four_a_page_with_name_code_and_cut_marks(story, live_server):
    open_as, _made = story
    page = printed_plates(open_as)
    browsers.assert_accessible(page)
    assert page.locator("article.plate .qr svg").count() == 5
    browsers.screenshot(page, "plates")
    with live_server.app.app_context():
        plates = patrols.queries.plates()
    sheets = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
    for sheet, printed in zip(sheets, (plates[:4], plates[4:]), strict=True):
        assert [round(float(each) / MILLIMETRE) for each in sheet.mediabox] == [0, 0, *A4]
        texts, lines = on_paper(sheet)
        for place, plate in enumerate(printed):
            left, top = MARGIN + place % 2 * WIDTH, MARGIN + place // 2 * HEIGHT
            within = [
                (y, x, text) for x, y, text in texts if left < x < left + WIDTH and top < y < top + HEIGHT
            ]
            words = "".join(text for _, _, text in sorted(within))
            assert 0 <= words.index(plate.checkpoint.name) < words.index(plate.code)
            for corner in product((left, left + WIDTH), (top, top + HEIGHT)):
                assert {across for across, *ends in lines if near(corner, ends)} == {True, False}, corner
        assert len(lines) == 8 * len(printed)


#: Points in a millimetre; A4, a plate, and how far the first one is from the edges of the sheet, in millimetres.
MILLIMETRE = 72 / 25.4
A4 = (210, 297)
WIDTH, HEIGHT, MARGIN = 95, 138, 10


def on_paper(sheet):
    """What is written, with its place; thin short lines, as whether they lie across, and their two ends; in mm."""
    texts, lines = [], []

    def place(x, y, matrix):
        right, up = x * matrix[0] + y * matrix[2] + matrix[4], x * matrix[1] + y * matrix[3] + matrix[5]
        return right / MILLIMETRE, A4[1] - up / MILLIMETRE

    def text(piece, page, line, *_font):
        # Fonts draw some characters like their radicals, and a printed page knows drawings only.
        known = unicodedata.normalize("NFKC", piece.strip()).replace("⻔", "门")
        texts.append((*place(line[4], line[5], page), known))

    def drawing(operator, operands, page, _line):
        if operator == b"re":
            x, y, width, height = map(float, operands)
            ends = place(x, y, page), place(x + width, y + height, page)
            sides = [abs(one - other) for one, other in zip(*ends, strict=True)]
            if min(sides) < 0.5 and max(sides) == pytest.approx(5, abs=0.5):
                lines.append((sides[0] > sides[1], *ends))

    sheet.extract_text(visitor_text=text, visitor_operand_before=drawing)
    return texts, lines


def near(corner, ends):
    return any(corner == pytest.approx(end, abs=0.6) for end in ends)


def test_the_longest_name_leaves_code_and_address_on_the_plate(story, live_server):
    open_as, _made = story
    with live_server.app.app_context():
        patrol.checkpoint("西苑社区" * 15)
    page = printed_plates(open_as)
    plate = page.locator(".plate", has_text="西苑社区西苑社区")
    edge = plate.bounding_box()
    for part in (".plate-code", ".plate-hint"):
        box = plate.locator(part).bounding_box()
        assert box["y"] + box["height"] <= edge["y"] + edge["height"]


def test_the_page_of_a_round_follows_a_companion_when_somebody_comes_back_to_it(story, live_server):
    open_as, made = story
    page = open_as("captain", "/round")
    done = page.locator(".number-hero .number-value")
    expect(done).to_have_text("1")
    with live_server.app.app_context():
        captain = members.queries.search("周桂兰").items[0].id
        facts = members.queries.facts(captain)
        visit(members_builders.actor(facts), made["street"].plate(2))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(done).to_have_text("2")
