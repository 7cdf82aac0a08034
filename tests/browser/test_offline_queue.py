"""Scans made without network: kept on the phone, sent once each when it is back, the outcome of each shown."""

import re

import pytest
from playwright.sync_api import Page, expect

import patrols.queries
from core.db import db
from tests.support import members_builders as people
from tests.support import screens
from tests.support.browser import assert_accessible, assert_fits, screenshot

RESULT = "dialog[data-result]"
WAITING = "[data-queue-list] [data-state=waiting]"
ACCEPTED = "[data-queue-list] [data-state=accepted]"
REFUSED = "[data-queue-list] [data-state=refused]"
NEXT = re.compile("继续扫码|Scan the next code")


@pytest.fixture
def walker(live_server):
    with live_server.app.app_context():
        return people.member("王小芳")


@pytest.fixture
def plates(live_server):
    with live_server.app.app_context():
        return screens.plates("东门", "车棚", "配电房", "南门", minimum_points=4)


@pytest.fixture
def page(open_page, live_server, walker, plates) -> Page:
    """The scan page of a signed-in walker whose worker has kept what it needs."""
    page = open_page()
    screens.sign_in(page, live_server, walker)
    page.goto("/scan")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    expect(page.locator("#code")).to_be_visible()
    return page


def scan(page: Page, *codes: str) -> None:
    for code in codes:
        screens.type_code(page, code)
        page.locator(f"{RESULT}:not(.result-wait)").get_by_role("button", name=NEXT).click()


def visits(live_server, member) -> list[str]:
    with live_server.app.app_context():
        db.session.rollback()
        found = patrols.queries.open_round(member.id)
        return sorted(stop.name for stop in found.stops if stop.state == "done") if found else []


def posts(page: Page) -> list[str]:
    sent: list[str] = []
    page.context.on("request", lambda each: each.method == "POST" and sent.append(each.post_data or ""))
    return sent


def test_three_scans_without_network_are_sent_once_each_when_it_returns(page, live_server, walker, plates):
    page.context.set_offline(True)
    scan(page, *(plate.code.text for plate in plates[:3]))
    expect(page.locator(WAITING)).to_have_count(3)
    expect(page.locator("[data-queue-banner]")).to_contain_text("3")
    expect(page.locator("[data-keeps-nothing]")).to_be_hidden()
    assert_fits(page)
    screenshot(page, "queue-waiting")
    sent = posts(page)
    page.context.set_offline(False)
    expect(page.locator(ACCEPTED)).to_have_count(3)
    assert visits(live_server, walker) == ["东门", "车棚", "配电房"]
    assert len({body.split('"scan_id":"')[1][:36] for body in sent}) == 3
    screenshot(page, "queue-sent")


def test_waiting_scans_survive_a_reload_without_network(page, live_server, walker, plates):
    page.context.set_offline(True)
    scan(page, plates[0].code.text)
    page.reload()
    expect(page.locator(WAITING)).to_have_count(1)
    assert_accessible(page)
    assert_fits(page)
    screenshot(page, "offline-page")
    page.context.set_offline(False)
    expect(page.locator(ACCEPTED)).to_have_count(1)
    assert visits(live_server, walker) == ["东门"]


def test_scanning_goes_on_in_the_page_that_was_reloaded_without_network(page, live_server, walker, plates):
    page.context.set_offline(True)
    page.reload()
    scan(page, plates[1].code.text)
    expect(page.locator(WAITING)).to_have_count(1)
    page.context.set_offline(False)
    expect(page.locator(ACCEPTED)).to_have_count(1)
    assert visits(live_server, walker) == ["车棚"]


def test_a_plate_opened_by_another_scanner_without_network_is_kept_too(page, live_server, walker, plates):
    page.context.set_offline(True)
    page.goto(f"/q/{plates[2].code.text}")
    page.locator(f"{RESULT}:not(.result-wait)").get_by_role("button", name=NEXT).click()
    expect(page.locator(WAITING)).to_have_count(1)
    page.context.set_offline(False)
    expect(page.locator(ACCEPTED)).to_have_count(1)
    assert visits(live_server, walker) == ["配电房"]


def test_a_scan_that_is_refused_later_says_so_in_the_list(page, live_server, walker, plates):
    page.context.set_offline(True)
    scan(page, plates[0].code.text, plates[0].code.text)
    page.context.set_offline(False)
    expect(page.locator(ACCEPTED)).to_have_count(1)
    expect(page.locator(REFUSED)).to_have_count(1)
    expect(page.locator(f"{REFUSED} .row-note")).not_to_be_empty()


def test_a_mild_refusal_is_amber_in_the_list_as_it_is_in_full_screen(page, plates):
    scan(page, plates[0].code.text, plates[0].code.text)
    mild = page.locator(f"{REFUSED} > .icon")
    alert = page.locator("template[data-icons]").evaluate(
        "holder => holder.content.querySelector('[data-icon=alert] svg').innerHTML"
    )
    assert mild.evaluate("icon => icon.innerHTML") == alert
    colours = """icon => [
        getComputedStyle(icon).color, getComputedStyle(document.documentElement).getPropertyValue('--warn')]"""
    shown, amber = mild.evaluate(colours)
    assert shown == f"rgb{tuple(bytes.fromhex(amber.strip().removeprefix('#')))}"


def test_two_tabs_send_a_waiting_scan_only_once(page, live_server, walker, plates):
    second = page.context.new_page()
    second.goto("/scan")
    page.context.set_offline(True)
    scan(page, plates[0].code.text)
    expect(second.locator(WAITING)).to_have_count(1)
    sent = posts(page)
    page.context.set_offline(False)
    expect(page.locator(ACCEPTED)).to_have_count(1)
    expect(second.locator(ACCEPTED)).to_have_count(1)
    assert len(sent) == 1
    assert visits(live_server, walker) == ["东门"]


def test_an_answer_that_was_lost_on_the_way_is_asked_for_again_with_the_same_number(
    page, live_server, walker, plates
):
    lost: list[str] = []

    def lose_the_answer(route):
        route.fetch()
        lost.append(route.request.post_data)
        route.abort("internetdisconnected")

    page.context.route("**/api/v1/scans", lose_the_answer, times=1)
    sent = posts(page)
    scan(page, plates[0].code.text)
    expect(page.locator(WAITING)).to_have_count(1)
    page.locator("[data-queue-send]").click()
    expect(page.locator(ACCEPTED)).to_have_count(1)
    assert len(lost) == 1
    assert len({body.split('"scan_id":"')[1][:36] for body in sent}) == 1
    assert visits(live_server, walker) == ["东门"]


def test_where_the_browser_keeps_nothing_scans_are_sent_all_the_same(open_page, live_server, walker, plates):
    page = open_page()
    page.add_init_script(
        """IDBFactory.prototype.open = () => { throw new DOMException("refused", "InvalidStateError"); };
        Storage.prototype.getItem = Storage.prototype.setItem = () => { throw new DOMException("refused"); };"""
    )
    screens.sign_in(page, live_server, walker)
    page.goto("/scan")
    scan(page, plates[0].code.text)
    expect(page.locator(ACCEPTED)).to_have_count(1)
    page.context.set_offline(True)
    screens.type_code(page, plates[1].code.text)
    expect(page.locator(RESULT)).to_contain_text(re.compile("请不要关闭|leave this page open"))
    page.locator(f"{RESULT}:not(.result-wait)").get_by_role("button", name=NEXT).click()
    expect(page.locator(WAITING)).to_have_count(1)
    expect(page.locator("[data-queue-note]")).to_contain_text(re.compile("请不要关闭|leave this page open"))
    page.context.set_offline(False)
    expect(page.locator(ACCEPTED)).to_have_count(2)
    assert visits(live_server, walker) == ["东门", "车棚"]


def test_a_portal_that_answers_in_our_place_does_not_lose_the_scan(page, live_server, walker, plates):
    portal = {"status": 200, "content_type": "text/html", "body": "<h1>Free wireless</h1>"}
    page.context.route("**/api/v1/scans", lambda route: route.fulfill(**portal), times=1)
    scan(page, plates[0].code.text)
    expect(page.locator(WAITING)).to_have_count(1)
    page.locator("[data-queue-send]").click()
    expect(page.locator(ACCEPTED)).to_have_count(1)
    assert visits(live_server, walker) == ["东门"]


def test_too_many_at_once_waits_as_long_as_it_is_told(page, live_server, walker, plates):
    busy = {
        "status": 429,
        "headers": {"Retry-After": "120"},
        "content_type": "application/problem+json",
        "body": '{"code": "too_many_requests", "detail": "Too many.", "status": 429}',
    }
    page.context.route("**/api/v1/scans", lambda route: route.fulfill(**busy), times=1)
    scan(page, plates[0].code.text)
    expect(page.locator(WAITING)).to_have_count(1)
    pause = page.evaluate(
        """() => new Promise((resolve) => {
            const open = indexedDB.open("alliance");
            open.onsuccess = () => {
                const all = open.result.transaction("scans").objectStore("scans").getAll();
                all.onsuccess = () => { resolve(all.result[0].next_try_at - Date.now()); open.result.close(); };
            };
        })"""
    )
    assert pause > 100_000


def test_who_was_signed_out_signs_in_and_the_scan_is_sent(page, live_server, walker, plates):
    page.context.clear_cookies()
    screens.type_code(page, plates[0].code.text)
    result = page.locator(f"{RESULT}.result-warn")
    expect(result.locator("a[href='/sign-in?next=/scan']")).to_be_visible()
    result.get_by_role("button", name=NEXT).click()
    expect(page.locator(WAITING)).to_have_count(1)
    screens.sign_in(page, live_server, walker)
    page.goto("/scan")
    expect(page.locator(ACCEPTED)).to_have_count(1)
    assert visits(live_server, walker) == ["东门"]


def test_nobodys_scan_is_sent_in_another_members_name(page, live_server, walker, plates):
    page.context.set_offline(True)
    scan(page, plates[0].code.text)
    page.context.set_offline(False)
    page.context.route("**/api/v1/scans", lambda route: route.abort("internetdisconnected"))
    with live_server.app.app_context():
        other = people.member("李志强")
    screens.sign_in(page, live_server, other)
    page.context.unroute("**/api/v1/scans")
    page.goto("/scan")
    expect(page.locator("#code")).to_be_visible()
    expect(page.locator(WAITING)).to_have_count(0)
    assert visits(live_server, other) == []


def test_the_kept_page_holds_nothing_about_the_member_and_no_forgery_token(page, live_server, walker):
    kept = page.evaluate(
        """async () => {
            const found = {};
            for (const name of await caches.keys()) {
                const cache = await caches.open(name);
                for (const request of await cache.keys()) {
                    const answer = await cache.match(request);
                    found[new URL(request.url).pathname] = await answer.text();
                }
            }
            return found;
        }"""
    )
    assert {path for path in kept if not path.startswith("/static/dist/")} == {"/offline"}
    assert walker.name not in kept["/offline"]
    assert str(walker.id) not in kept["/offline"]
    assert "csrf" not in kept["/offline"]
