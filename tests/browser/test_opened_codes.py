"""/q/<code>: codes that WeChat or the phone's own camera has opened."""

import pytest
from playwright.sync_api import expect

import patrols.queries
from core.codes import Kind, keyring, printed_code
from core.config import settings
from core.db import db, new_id
from tests.support import members_builders as people
from tests.support import screens
from tests.support.browser import screenshot

RESULT = "dialog[data-result]"


@pytest.fixture
def plates(live_server):
    with live_server.app.app_context():
        return screens.plates("东门", "车棚", "配电房")


@pytest.fixture
def plate(plates):
    return plates[0]


@pytest.fixture
def walker(live_server):
    with live_server.app.app_context():
        return people.member("王小芳")


def posts(page) -> list[str]:
    sent: list[str] = []
    page.on("request", lambda request: request.method == "POST" and sent.append(request.post_data))
    return sent


def test_the_first_plate_asks_for_a_tap_and_on_the_round_opening_is_scanning(
    phone_page, live_server, walker, plates
):
    screens.sign_in(phone_page, live_server, walker)
    sent = posts(phone_page)
    phone_page.goto(f"/q/{plates[0].code.text}")
    # Whoever only wants to report something here leaves no trace of having stood here.
    expect(phone_page.locator(f"main a[href='/report?at={plates[0].code.text}']")).to_be_visible()
    # A scan would be on the screen from its beginning, and the script has run once the page is loaded.
    expect(phone_page.locator(RESULT)).not_to_be_visible()
    assert sent == []
    screenshot(phone_page, "plate-opened")
    phone_page.click("[data-scan-now]")
    expect(phone_page.locator(f"{RESULT}.result-ok")).to_contain_text("东门")
    assert len(sent) == 1
    phone_page.goto(f"/q/{plates[1].code.text}")
    expect(phone_page.locator(f"{RESULT}.result-ok")).to_contain_text("车棚")
    with live_server.app.app_context():
        db.session.rollback()
        assert patrols.queries.open_round(walker.id).visited == 2


def test_a_reload_shows_the_same_result_and_is_no_second_scan(phone_page, live_server, walker, plate):
    screens.sign_in(phone_page, live_server, walker)
    sent = posts(phone_page)
    phone_page.goto(f"/q/{plate.code.text}")
    phone_page.click("[data-scan-now]")
    expect(phone_page.locator(f"{RESULT}.result-ok")).to_contain_text("东门")
    phone_page.reload()
    expect(phone_page.locator(f"{RESULT}.result-ok")).to_contain_text("东门")
    ids = {part.split('"scan_id":"')[1][:36] for part in sent}
    assert len(ids) == 1


def test_going_back_to_the_page_is_no_second_scan(phone_page, live_server, walker, plate):
    screens.sign_in(phone_page, live_server, walker)
    sent = posts(phone_page)
    phone_page.goto(f"/q/{plate.code.text}")
    phone_page.click("[data-scan-now]")
    expect(phone_page.locator(f"{RESULT}.result-ok")).to_be_visible()
    phone_page.locator(RESULT).get_by_role("link").last.click()
    phone_page.wait_for_url("**/")
    phone_page.go_back()
    expect(phone_page.locator(f"{RESULT}.result-ok")).to_contain_text("东门")
    ids = {part.split('"scan_id":"')[1][:36] for part in sent}
    assert len(ids) == 1


def test_a_stranger_learns_what_the_plate_is_and_how_to_come_in(phone_page, live_server, plate):
    sent = posts(phone_page)
    phone_page.goto(f"/q/{plate.code.text}")
    expect(phone_page.locator("main h1")).not_to_be_empty()
    expect(phone_page.locator(f"main a[href='/sign-in?next=/q/{plate.code.text}']")).to_be_visible()
    expect(phone_page.locator("main")).not_to_contain_text("东门")
    assert sent == []


def test_a_strangers_page_is_the_same_for_a_known_and_an_unknown_plate(live_server, plate):
    with live_server.app.app_context():
        never_printed = printed_code(keyring(settings()), Kind.CHECKPOINT, new_id(), 1).text
    stranger = live_server.app.test_client()
    real, made_up = (stranger.get(f"/q/{text}") for text in (plate.code.text, never_printed))
    assert real.status_code == made_up.status_code == 200
    assert without(real.text, plate.code.text) == without(made_up.text, never_printed)


def without(text: str, code: str) -> str:
    return "\n".join(line for line in text.replace(code, "").splitlines() if "csrf" not in line)


def test_a_fragment_code_leaves_the_address_bar_at_once_and_never_reaches_the_server_in_an_address(
    phone_page, live_server
):
    with live_server.app.app_context():
        coordinator = people.member("李建国", "coordinator")
        member = people.member("王小芳")
        card = people.card(member)
    screens.sign_in(phone_page, live_server, coordinator)
    asked: list[str] = []
    phone_page.on("request", lambda request: asked.append(request.url))
    phone_page.goto(f"/q#{card.text}")
    expect(phone_page.locator(f"{RESULT}.result-ok")).to_contain_text("王小芳")
    assert card.text not in phone_page.url
    assert not [address for address in asked[1:] if card.text in address]


def test_a_card_shows_an_ordinary_member_nothing_about_its_owner(phone_page, live_server, walker):
    with live_server.app.app_context():
        card = people.card(people.member("赵秀英"))
    screens.sign_in(phone_page, live_server, walker)
    sent = posts(phone_page)
    phone_page.goto(f"/q#{card.text}")
    expect(phone_page.locator("main h1")).not_to_be_empty()
    expect(phone_page.locator("body")).not_to_contain_text("赵秀英")
    assert sent == []
