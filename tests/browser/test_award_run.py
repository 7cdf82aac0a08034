"""A run of awards at the desk: card after card, undone within half a minute, kept through reload and lost network."""

import re
import time

import pytest
from playwright.sync_api import Page, Route, expect

import members.service
from core.auth import SYSTEM
from core.db import db, new_id
from members.queries import MemberFacts
from points import queries, service
from tests.support import members_builders as people
from tests.support import points_builders as build
from tests.support import screens
from tests.support.browser import PHONE, WIDE, assert_accessible, assert_fits, screenshot
from tests.support.server import LiveServer

ACCEPTED = "[data-lines] [data-state=accepted]"
WAITING = "[data-lines] [data-state=waiting]"
CARDS = 40


@pytest.fixture
def officer(live_server: LiveServer) -> MemberFacts:
    with live_server.app.app_context():
        service.install_tariff()
        return people.member("李警官", "coordinator")


def open_run(page: Page, server: LiveServer, officer: MemberFacts) -> Page:
    screens.sign_in(page, server, officer)
    page.goto("/desk/award/run?rule=lead")
    return page


def balances(server: LiveServer, wanted: list[MemberFacts]) -> list[int]:
    with server.app.app_context():
        db.session.rollback()
        assert build.faults() == {}
        return [queries.balance(each.id) for each in wanted]


def test_forty_cards_before_the_camera_are_forty_awards_in_two_minutes(
    camera_browser, open_page, live_server, officer
):
    with live_server.app.app_context():
        squad_id = people.squad("花木兰巡逻队")
        helpers = [people.member(f"志愿者{n:02}", phone=None, squad_id=squad_id) for n in range(CARDS)]
        for each in helpers:
            members.service.issue_card(SYSTEM, key=new_id(), member_id=each.id)
        cards = [
            each.address for each in members.service.cards_to_print(SYSTEM, [each.id for each in helpers])
        ]
    film = [(screens.picture_of(address), 0.5) for address in cards]
    page = open_page(size=WIDE, browser=camera_browser(film), permissions=["camera"])
    begun = time.monotonic()
    open_run(page, live_server, officer)
    expect(page.locator(ACCEPTED)).to_have_count(CARDS, timeout=120_000)
    assert time.monotonic() - begun <= 120
    first = page.locator("[data-lines] li").first
    expect(first).to_contain_text("花木兰巡逻队")
    expect(first).to_contain_text("+20")
    screenshot(page, "award-run-forty", full=False)
    assert balances(live_server, helpers) == [20] * CARDS


def test_an_award_found_by_name_is_undone_within_half_a_minute(open_page, live_server, officer):
    with live_server.app.app_context():
        wang = people.member("王小芳")
    page = open_run(open_page(size=PHONE), live_server, officer)
    page.fill("#who", "王小")
    page.keyboard.press("Enter")
    page.locator(f"[data-member='{wang.id}']").click()
    expect(page.locator(ACCEPTED)).to_contain_text("王小芳")
    assert_accessible(page)
    assert_fits(page)
    screenshot(page, "award-run-360")
    page.fill("#who", "王小")
    page.keyboard.press("Enter")
    page.locator(f"[data-member='{wang.id}']").click()
    again = page.locator("[data-again]")
    expect(again).to_be_visible()
    assert_fits(page)
    screenshot(page, "award-run-again-360")
    assert balances(live_server, [wang]) == [20], "only a tap says that it was done twice"
    again.click()
    expect(page.locator(ACCEPTED)).to_have_count(2)
    expect(again).to_have_count(0)
    assert balances(live_server, [wang]) == [40]
    page.locator("[data-undo]").first.click()
    expect(page.locator("[data-lines] [data-state=undone]")).to_have_count(1)
    assert balances(live_server, [wang]) == [20]


def test_without_network_cards_are_kept_through_a_reload_and_count_once(open_page, live_server, officer):
    with live_server.app.app_context():
        helpers = [people.member(f"志愿者{n}") for n in range(4)]
        cards = [people.card(each).text for each in helpers]
    page = open_run(open_page(size=PHONE), live_server, officer)
    expect(page.locator("#who")).to_be_visible()
    heard: list[str] = []

    def lose(route: Route) -> None:
        # The first one reaches the server all the same; only its answer is lost.
        if not heard:
            heard.append(route.fetch().text())
        route.abort("internetdisconnected")

    page.route("**/api/v1/scans", lose)
    for code in (*cards, cards[0]):
        page.fill("#who", code)
        page.keyboard.press("Enter")
        expect(page.locator("#who")).to_have_value("")
    expect(page.locator(WAITING)).to_have_count(4)
    expect(page.locator("[data-summary]")).to_contain_text(re.compile("4"))
    # Nobody can have heard of the last one, because those before it wait for the network.
    page.locator(WAITING).first.locator("[data-undo]").click()
    expect(page.locator(WAITING)).to_have_count(3)
    # A minute later the half minute of what is booked is over; what waits can be taken out all the same.
    page.add_init_script("const now = Date.now; Date.now = () => now() + 60_000;")
    page.reload()
    expect(page.locator(f"{WAITING} [data-undo]")).to_have_count(3)
    page.locator(WAITING).first.locator("[data-undo]").click()
    expect(page.locator(WAITING)).to_have_count(2)
    screenshot(page, "award-run-offline")
    page.unroute("**/api/v1/scans")
    page.locator("[data-send]").click()
    expect(page.locator(ACCEPTED)).to_have_count(2)
    expect(page.locator("[data-undo]")).to_have_count(0)
    assert balances(live_server, helpers) == [20, 20, 0, 0]


def test_a_run_reloaded_without_network_takes_no_cards_and_any_page_posts_what_waits(
    open_page, live_server, officer
):
    with live_server.app.app_context():
        helpers = [people.member(f"志愿者{n}") for n in range(3)]
        cards = [people.card(each).text for each in helpers]
    page = open_run(open_page(size=PHONE), live_server, officer)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    posted: list[str] = []
    page.context.on("request", lambda each: each.method == "POST" and posted.append(each.url))
    page.context.set_offline(True)
    for code in cards[:2]:
        page.fill("#who", code)
        page.keyboard.press("Enter")
        expect(page.locator("#who")).to_have_value("")
    expect(page.locator(WAITING)).to_have_count(2)
    page.reload()
    expect(page.locator("[data-awards-area]")).to_contain_text(re.compile("2"))
    expect(page.locator("[data-scanning]")).to_be_hidden()
    screens.type_code(page, cards[2])
    expect(page.locator("[data-result].result-refuse")).to_be_visible()
    assert_accessible(page)
    assert_fits(page)
    screenshot(page, "award-run-offline-reloaded-360")
    page.goto("about:blank")
    page.context.set_offline(False)
    posted.clear()
    page.goto(f"{live_server.base_url}/desk")
    expect(page.locator(".toast")).to_be_visible()
    assert len(posted) == 2
    assert balances(live_server, helpers) == [20, 20, 0]
    page.goto("/desk/award/run")
    expect(page.locator(ACCEPTED)).to_have_count(2)
    assert balances(live_server, helpers) == [20, 20, 0]
