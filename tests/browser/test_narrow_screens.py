"""What does not fit beside each other on a phone is still found: places of the desk, choices, the wall's clock."""

import pytest
from playwright.sync_api import Locator, Page, expect

from points import service
from tests.support import members_builders as people
from tests.support import points_builders, screens
from tests.support.browser import PHONE, WIDE, assert_accessible, assert_fits, screenshot

#: Looked at once the page has come to rest: with reduced motion every change of style still takes a frame.
ARROW = """async list => {
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    const arrow = getComputedStyle(list, "::after");
    return arrow.content !== "none" && arrow.visibility === "visible";
}"""


@pytest.fixture
def coordinator(live_server):
    with live_server.app.app_context():
        service.install_tariff()
        return people.member("李警官", "administrator")


def desk(open_page, live_server, coordinator, size, address: str = "/desk") -> Page:
    page = open_page(size=size)
    screens.sign_in(page, live_server, coordinator)
    page.goto(address)
    return page


def test_a_phone_shows_the_group_of_the_page_and_all_places_are_one_tap_away(
    open_page, live_server, coordinator
) -> None:
    page = desk(open_page, live_server, coordinator, PHONE, "/desk/members")
    places = page.locator(".desk-group[data-here] ul")
    expect(page.locator(".desk-navigation:not([data-at-end])")).to_be_visible()
    assert places.evaluate(ARROW)
    screenshot(page, "desk-places", full=False)
    places.evaluate("list => list.scrollTo(list.scrollWidth, 0)")
    expect(page.locator(".desk-navigation[data-at-end]")).to_be_visible()
    assert not places.evaluate(ARROW)
    last = places.locator("a").last.bounding_box()
    assert last["x"] + last["width"] <= PHONE["width"]
    page.locator(".desk-all").click()
    expect(page.locator("main").get_by_role("link", name="积分标准")).to_be_visible()


def test_beside_the_page_the_group_of_the_page_is_open_and_others_unfold(
    open_page, live_server, coordinator
) -> None:
    page = desk(open_page, live_server, coordinator, WIDE, "/desk/members")
    assert not page.locator(".desk-group[data-here] ul").evaluate(ARROW)
    tariff = page.locator(".desk-navigation").get_by_role("link", name="积分标准")
    expect(tariff).to_be_hidden()
    page.locator("[data-group=honours] summary").press("Enter")
    expect(tariff).to_be_visible()
    page.goto("/desk/rounds")
    expect(tariff).to_be_visible()


def test_all_lists_of_rounds_are_in_sight(open_page, live_server, coordinator) -> None:
    page = desk(open_page, live_server, coordinator, PHONE, "/desk/rounds")
    for choice in page.locator(".segmented a").all():
        assert in_sight(choice), choice.inner_text()
    assert_fits(page)
    assert_accessible(page)
    screenshot(page, "rounds-lists", full=False)


def test_a_form_begins_at_the_top_of_its_card_however_many_fields_are_hidden(
    open_page, live_server, coordinator
) -> None:
    page = desk(open_page, live_server, coordinator, PHONE, "/desk/award")
    first = page.locator("form.card > :not([type=hidden])").first
    gap = first.evaluate(
        "first => first.getBoundingClientRect().top - first.closest('.card').getBoundingClientRect().top"
    )
    assert gap <= 24


def test_two_numbers_stand_beside_each_other(open_page, live_server, coordinator) -> None:
    page = desk(open_page, live_server, coordinator, PHONE)
    numbers = page.locator(".numbers > *")
    assert numbers.nth(0).bounding_box()["y"] == numbers.nth(1).bounding_box()["y"]


def in_sight(place: Locator) -> bool:
    box = place.bounding_box()
    return box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"]


def test_the_wall_on_a_phone_has_its_clock_in_one_line_and_thanks_to_read(open_page, live_server) -> None:
    with live_server.app.app_context():
        squad_id = people.squad("花木兰女子巡逻队")
        points_builders.earn(people.member(squad_id=squad_id).id, 20, squad_id=squad_id)
        token = people.device("wall.read", name="大厅屏幕")
    page = open_page(size=PHONE)
    page.goto(f"/wall?by=total#{token}")
    clock = page.locator(".wall-clock")
    expect(clock).to_have_text("".join(clock.inner_text().split()))
    height, letters = clock.evaluate("box => [box.clientHeight, parseFloat(getComputedStyle(box).fontSize)]")
    assert height < 2 * letters
    assert page.locator(".wall-thanks").evaluate("line => parseFloat(getComputedStyle(line).fontSize)") >= 16
    assert_fits(page)
    screenshot(page, "wall-phone", full=False)
