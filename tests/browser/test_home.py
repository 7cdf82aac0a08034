"""The first page: the member's code that renews itself, in full screen on a tap, still there without network."""

import re

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import expect

import members.queries
from core import clock
from core.codes import Kind, keyring, parse, read_phone_code
from core.config import settings
from tests.support import members_builders as people
from tests.support import points_builders, screens
from tests.support.browser import PHONE, WIDE, assert_accessible, assert_fits, screenshot


@pytest.fixture
def member(live_server):
    with live_server.app.app_context():
        squad_id = people.squad("花木兰巡逻队", crest_color="magenta")
        found = people.member("王小芳", squad_id=squad_id)
        points_builders.earn(found.id, 1286, squad_id=squad_id)
        return found


@pytest.fixture
def home(open_page, live_server, member):
    page = open_page()
    screens.sign_in(page, live_server, member)
    page.goto("/")
    return page


def read(page, selector, tmp_path) -> str:
    picture = tmp_path / "code.png"
    page.locator(selector).first.screenshot(path=picture)
    with Image.open(picture) as image:
        (found,) = zxingcpp.read_barcodes(image)
    return found.text


def test_the_code_on_the_screen_is_the_members_own(home, live_server, member, tmp_path):
    text = read(home, ".pass-code", tmp_path)
    with live_server.app.app_context():
        code = parse(text, settings().base_url)
        assert code.kind is Kind.PHONE
        number, _ = read_phone_code(keyring(settings()), code, clock.now())
    assert number == member.number
    assert "/q#" in text


def test_name_number_squad_and_points_stand_beside_it(home, member):
    for text in ("王小芳", "花木兰巡逻队", "1,286"):
        expect(home.locator("main")).to_contain_text(text)
    spoken = members.queries.spoken_number(member.number)
    expect(home.locator(".pass-number").first).to_contain_text(spoken)
    assert_fits(home)
    screenshot(home, "home")


def test_the_code_renews_itself(home, tmp_path):
    before = read(home, ".pass-code", tmp_path)
    drawn = home.locator(".pass-code svg path").last
    first = drawn.get_attribute("d")
    with home.expect_response("**/api/v1/me/code") as answered:
        home.evaluate("window.dispatchEvent(new Event('online'))")
    assert answered.value.ok
    expect(home.locator("[data-pass]:not(.pass-stale)")).to_be_visible()
    expect(drawn).not_to_have_attribute("d", first)
    assert read(home, ".pass-code", tmp_path) != before


def test_a_tap_shows_the_code_in_full_screen_and_another_closes_it(home, tmp_path):
    home.click("[data-enlarge]")
    large = home.locator("#full-screen-code")
    expect(large).to_be_visible()
    assert read(home, "#full-screen-code .qr", tmp_path)
    assert_accessible(home)
    large.get_by_role("button").click()
    expect(large).not_to_be_visible()


def test_without_network_the_last_code_stays_with_its_time(home):
    home.context.set_offline(True)
    home.evaluate("window.dispatchEvent(new Event('online'))")
    expect(home.locator("[data-pass].pass-stale")).to_be_visible()
    expect(home.locator("[data-pass-note]")).to_contain_text(re.compile(r"\d\d:\d\d"))
    expect(home.locator(".pass-code svg").last).to_be_visible()


def test_a_reload_without_network_still_shows_the_last_code(home, member):
    home.evaluate("navigator.serviceWorker.ready.then(() => true)")
    home.context.set_offline(True)
    home.reload()
    expect(home.locator("[data-last-code] svg")).to_be_visible()
    expect(home.locator("[data-last-code-time]")).to_contain_text(re.compile(r"\d\d:\d\d"))
    expect(home.locator("[data-last-code]")).to_contain_text(members.queries.spoken_number(member.number))


def test_signing_out_forgets_whose_phone_it_was(home):
    home.evaluate("navigator.serviceWorker.ready.then(() => true)")
    home.goto("/me")
    home.locator("form[action='/sign-out'] button").click()
    home.wait_for_url(re.compile(r"/(sign-in)?$"))
    assert home.evaluate("Object.keys(localStorage).filter((name) => name !== 'alliance.device')") == []
    assert home.evaluate("caches.keys()") == []


AWARDS = """async (fill) => {
  const db = await new Promise((resolve) => {
    const asked = indexedDB.open("alliance-awards", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("awards", { keyPath: "id" });
    asked.onsuccess = () => resolve(asked.result);
  });
  const store = db.transaction("awards", "readwrite").objectStore("awards");
  if (fill) {
    const award = { scanned_at: new Date().toISOString(), label: "王小芳", code: "CARD", reader: "somebody else" };
    store.put({ ...award, id: "1", state: "accepted", answer: { member_name: "王小芳", squad_name: "花木兰巡逻队" } });
    store.put({ ...award, id: "2", state: "waiting" });
    store.put({ ...award, id: "3", state: "waiting", scanned_at: "2020-01-01T00:00:00Z" });
  }
  const all = await new Promise((resolve) => (store.getAll().onsuccess = (event) => resolve(event.target.result)));
  db.close();
  return all;
}"""


def test_signing_out_forgets_whom_anybody_has_thanked_at_this_tablet(home):
    home.goto("/me")
    assert len(home.evaluate(AWARDS, True)) == 3
    home.locator("form[action='/sign-out'] button").click()
    home.wait_for_url(re.compile(r"/(sign-in)?$"))
    # What still waits is kept without the name, for its coordinator to send when he signs in again.
    assert [(each["id"], each["label"], each["code"]) for each in home.evaluate(AWARDS, False)] == [
        ("2", "", "CARD")
    ]


def test_an_open_round_stands_on_the_first_page(live_server, open_page, member):
    with live_server.app.app_context():
        plates = screens.plates("东门", "车棚", "配电房")
    page = open_page()
    screens.sign_in(page, live_server, member)
    page.goto("/scan")
    screens.type_code(page, plates[0].code.text)
    expect(page.locator("dialog.result-ok")).to_be_visible()
    page.goto("/")
    expect(page.locator(".card-own")).to_contain_text("西苑小区夜巡")
    expect(page.locator(".card-own")).to_contain_text(re.compile("1/3|1 of 3"))


def test_a_stranger_is_told_what_the_alliance_is_and_how_to_come_in(phone_page):
    phone_page.goto("/")
    expect(phone_page.locator("main a[href='/join']")).to_be_visible()
    expect(phone_page.locator("main a[href='/sign-in']")).to_be_visible()
    expect(phone_page.locator(".bottom-bar")).to_have_count(0)
    screenshot(phone_page, "welcome")


def test_the_bottom_bar_has_four_places_and_says_where_one_is(home):
    places = home.locator(".bottom-bar a")
    expect(places).to_have_count(4)
    assert [each.get_attribute("href") for each in places.all()] == ["/", "/scan", "/leaderboard", "/me"]
    expect(home.locator(".bottom-bar [aria-current=page]")).to_have_attribute("href", "/")


def test_the_accounts_large_type_and_theme_hold_on_every_page(open_page, live_server, member):
    with live_server.app.app_context():
        members.service.change_settings(people.actor(member), large_type=True, theme="dark")
    for size in (PHONE, WIDE):
        page = open_page(size=size)
        screens.sign_in(page, live_server, member)
        for path in ("/", "/scan"):
            page.goto(path)
            assert page.evaluate("getComputedStyle(document.body).fontSize") == "24px"
            assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(15, 23, 36)"
            assert_fits(page)
