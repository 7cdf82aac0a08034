"""The scan page: camera, photo and typed letters; what is not ours is refused on the phone and never opened."""

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

import members.service
import patrols.queries
import patrols.service
from core.auth import SYSTEM
from core.db import db
from patrols.service import RouteWish
from tests.support import members_builders as people
from tests.support import screens
from tests.support.browser import assert_accessible, assert_fits, screenshot
from tests.support.server import LiveServer

RESULT = "dialog[data-result]"


def visited(server: LiveServer, member) -> int:
    with server.app.app_context():
        db.session.rollback()
        found = patrols.queries.open_round(member.id)
        return found.visited if found else 0


@pytest.fixture
def walker(live_server):
    with live_server.app.app_context():
        return people.member("王小芳")


@pytest.fixture
def plates(live_server):
    with live_server.app.app_context():
        return screens.plates("东门", "车棚", "配电房")


@pytest.fixture
def scan_page(open_page, live_server, walker, plates) -> Page:
    page = open_page()
    screens.sign_in(page, live_server, walker)
    page.goto("/scan")
    return page


def test_the_camera_reads_a_plate_and_the_visit_counts(
    camera_browser, open_page, live_server, walker, plates
):
    page = open_page(browser=camera_browser([(plates[0].picture(), 2)]), permissions=["camera"])
    screens.sign_in(page, live_server, walker)
    page.goto("/scan")
    expect(page.locator(f"{RESULT}.result-ok")).to_contain_text("东门")
    screenshot(page, "scan-result", full=False)
    assert visited(live_server, walker) == 1


def test_a_plate_that_stays_before_the_camera_is_scanned_once(
    camera_browser, open_page, live_server, walker, plates
):
    page = open_page(browser=camera_browser([(plates[0].picture(), 2)]), permissions=["camera"])
    screens.sign_in(page, live_server, walker)
    sent = []
    page.on("request", lambda request: request.method == "POST" and sent.append(request.url))
    page.goto("/scan")
    page.locator(f"{RESULT} .button-main").click()
    expect(page.locator(RESULT)).not_to_be_visible()
    page.wait_for_timeout(1500)  # the camera goes on showing the same plate
    assert len(sent) == 1


def test_a_photo_from_the_album_is_read(scan_page, live_server, walker, plates, tmp_path: Path):
    photo = tmp_path / "plate.png"
    plates[1].picture().rotate(12, expand=True, fillcolor="white").save(photo)
    scan_page.set_input_files("#photo", photo)
    expect(scan_page.locator(f"{RESULT}.result-ok")).to_contain_text("车棚")
    assert visited(live_server, walker) == 1


def test_a_photo_without_a_code_says_what_to_do(scan_page, tmp_path: Path):
    photo = tmp_path / "wall.png"
    Image.new("RGB", (300, 300), "#8a8f98").save(photo)
    scan_page.set_input_files("#photo", photo)
    expect(scan_page.locator("[data-photo-status]")).to_contain_text(
        re.compile("照片里没有找到码|No code found")
    )


def test_the_letters_below_the_code_may_be_typed_small_and_in_groups(scan_page, live_server, walker, plates):
    text = plates[2].code.text.lower()
    screens.type_code(scan_page, " ".join(text[start : start + 4] for start in range(0, len(text), 4)))
    expect(scan_page.locator(f"{RESULT}.result-ok")).to_contain_text("配电房")
    assert visited(live_server, walker) == 1


def test_a_double_tap_on_ok_scans_once_and_leaves_the_success_on_the_screen(
    scan_page, live_server, walker, plates
):
    sent = []
    scan_page.on("request", lambda request: request.method == "POST" and sent.append(request.url))
    scan_page.fill("#code", plates[0].code.text)
    scan_page.dblclick("[data-typed] button")
    expect(scan_page.locator(f"{RESULT}.result-ok")).to_contain_text("东门")
    # What the second tap would have kept stands in the list below: one line, answered.
    expect(scan_page.locator("[data-queue-list] > li")).to_have_count(1)
    expect(scan_page.locator("[data-queue-list] > li[data-state=waiting]")).to_have_count(0)
    expect(scan_page.locator(f"{RESULT}.result-ok")).to_be_visible()
    assert len(sent) == 1
    assert visited(live_server, walker) == 1


def test_mistyped_letters_stay_to_be_corrected(scan_page):
    screens.type_code(scan_page, "C7K4M9QX2PRTA")
    scan_page.locator(f"{RESULT}.result-refuse .button-main").click()
    expect(scan_page.locator("#code")).to_have_value("C7K4M9QX2PRTA")


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "https://evil.example/q/C7K4M9QX2PRTAB",
        "http://127.0.0.1.evil.example/q/C7K4M9QX2PRTAB",
        "\u202ehttps://evil.example",
        "C7K4M9QX2PRTA",
        "C" * 120,
    ],
)
def test_what_is_not_ours_is_refused_on_the_phone_and_never_opened(scan_page, text):
    sent = []
    scan_page.on(
        "request",
        lambda request: (
            (request.method == "POST" or request.is_navigation_request()) and sent.append(request.url)
        ),
    )
    before = scan_page.url
    screens.type_code(scan_page, text)
    expect(scan_page.locator(f"{RESULT}.result-refuse")).to_be_visible()
    expect(scan_page.locator(f"{RESULT} .result-next")).not_to_be_empty()
    assert scan_page.url == before
    assert sent == []


def test_a_code_of_seven_thousand_letters_is_refused_unread(camera_browser, scan_page):
    scan_page.evaluate("document.getElementById('code').removeAttribute('maxlength')")
    screens.type_code(scan_page, "C" * 7000)
    expect(scan_page.locator(f"{RESULT}.result-refuse")).to_be_visible()


def test_a_second_scan_of_the_same_point_is_amber_not_red(scan_page, live_server, walker, plates):
    for _ in range(2):
        screens.type_code(scan_page, plates[0].code.text)
        expect(scan_page.locator(f"{RESULT} .result-title")).to_be_visible()
        expect(scan_page.locator(f"{RESULT}.result-wait")).to_have_count(0)
        tone = scan_page.locator(RESULT).get_attribute("class")
        scan_page.locator(f"{RESULT} .button-main").click()
    assert "result-warn" in tone
    assert visited(live_server, walker) == 1


def test_a_refusal_says_why_and_what_to_do_and_whom_to_call(serve_app, open_page):
    server = serve_app(contact_phone="0518-1234567")
    with server.app.app_context():
        member = people.member("李志强")
        other = screens.plates("旧岗亭", route="旧路线")[0]
        patrols.service.reprint_plate(SYSTEM, other.checkpoint_id, generation=1)
    page = open_page(base_url=server.base_url)
    screens.sign_in(page, server, member)
    page.goto("/scan")
    screens.type_code(page, other.code.text)
    result = page.locator(f"{RESULT}.result-refuse")
    expect(result.locator(".result-title")).not_to_be_empty()
    expect(result.locator(".result-next")).not_to_be_empty()
    expect(result.locator("a[href='tel:0518-1234567']")).to_be_visible()
    screenshot(page, "scan-refused", full=False)


SENSES = """
    window.felt = [];
    window.heard = [];
    navigator.vibrate = (pattern) => { window.felt.push(pattern.join(" ")); return true; };
    window.speechSynthesis.speak = (words) => window.heard.push(words.text);
"""


def test_done_look_and_refused_differ_to_the_hand(open_page, live_server, walker, plates):
    page = open_page()
    page.add_init_script(SENSES)
    screens.sign_in(page, live_server, walker)
    page.goto("/scan")
    for text, tone in ((plates[0].code.text, "ok"), (plates[0].code.text, "warn"), ("C7K4", "refuse")):
        screens.type_code(page, text)
        page.locator(f"{RESULT}.result-{tone} .button-main").click()
    assert len(set(page.evaluate("window.felt"))) == 3
    assert page.evaluate("window.heard") == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_kind_of_result_is_accessible_and_fits(open_page, live_server, walker, plates, dark):
    page = open_page(dark=dark)
    screens.sign_in(page, live_server, walker)
    page.goto("/scan")
    for text, tone in ((plates[0].code.text, "ok"), (plates[0].code.text, "warn"), ("C7K4", "refuse")):
        screens.type_code(page, text)
        expect(page.locator(f"{RESULT}.result-{tone}")).to_be_visible()
        assert_accessible(page)
        assert_fits(page)
        page.locator(f"{RESULT} .button-main").click()


def test_results_are_spoken_to_who_wishes_it(open_page, live_server, walker, plates):
    with live_server.app.app_context():
        members.service.change_settings(people.actor(walker), speak=True)
    page = open_page()
    page.add_init_script(SENSES)
    screens.sign_in(page, live_server, walker)
    page.goto("/scan")
    screens.type_code(page, plates[0].code.text)
    expect(page.locator(f"{RESULT}.result-ok")).to_be_visible()
    (said,) = page.evaluate("window.heard")
    assert "东门" in said


def test_when_several_routes_pass_a_point_the_member_chooses(scan_page, live_server, walker):
    with live_server.app.app_context():
        shared = screens.plates("中心广场", route="东线")[0]
        patrols.service.create_route(SYSTEM, RouteWish(name="西线", checkpoint_ids=(shared.checkpoint_id,)))
    screens.type_code(scan_page, shared.code.text)
    scan_page.locator(RESULT).get_by_role("button", name="西线").click()
    expect(scan_page.locator(f"{RESULT}.result-ok")).to_contain_text("中心广场")


def test_without_script_the_typed_code_still_counts(browser, live_server, walker, plates):
    context = browser.new_context(base_url=live_server.base_url, java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    screens.sign_in(page, live_server, walker)
    page.goto("/scan")
    screens.type_code(page, plates[0].code.text)
    expect(page.locator(".result-ok")).to_contain_text("东门")
    assert visited(live_server, walker) == 1
    context.close()


def test_the_result_is_announced_and_can_be_left_by_keyboard(scan_page, plates):
    scan_page.focus("#code")
    scan_page.keyboard.type(plates[0].code.text)
    scan_page.keyboard.press("Enter")
    expect(scan_page.locator(f"{RESULT}.result-ok")).to_be_visible()
    title = scan_page.locator(RESULT).get_attribute("aria-labelledby")
    expect(scan_page.locator(f"#{title}")).not_to_be_empty()
    expect(scan_page.locator(f"{RESULT} .button-main")).to_be_focused()
    scan_page.keyboard.press("Enter")
    expect(scan_page.locator(RESULT)).not_to_be_visible()
