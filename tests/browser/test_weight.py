"""What pages weigh on the way to a phone: the first page is light, the decoder comes only to who scans."""

from collections import Counter

import pytest
from playwright.sync_api import Page, Response, expect

from tests.support import members_builders as people
from tests.support import merchants_builders, points_builders, screens

HOME_LIMIT_BYTES = 60_000


@pytest.fixture
def member_page(open_page, live_server) -> Page:
    with live_server.app.app_context():
        member = people.member("王小芳", squad_id=people.squad("花木兰巡逻队"))
        points_builders.earn(member.id, 100)
        merchants_builders.a_shop("小周理发店", owner=member)
    page = open_page()
    screens.sign_in(page, live_server, member)
    return page


def transferred(page: Page, path: str) -> dict[str, int]:
    """Address → bytes on the wire, headers included, of all that the page and its worker asked for."""
    answers: list[Response] = []

    def heard(answer: Response) -> None:
        answers.append(answer)

    page.context.on("response", heard)
    page.goto(path, wait_until="networkidle")
    # Ready is a worker that has fetched all that it keeps for use without network.
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    sizes: Counter[str] = Counter()
    for each in answers:
        parts = each.request.sizes()
        sizes[each.url] += parts["responseHeadersSize"] + parts["responseBodySize"]
    return dict(sizes)


def decoders(sizes: dict[str, int]) -> list[str]:
    return [address for address in sizes if "decoder" in address or ".wasm" in address]


def test_the_first_visit_is_under_60_kb_without_the_decoder(member_page):
    sizes = transferred(member_page, "/")
    assert any(address.endswith("/offline") for address in sizes), "the worker's share is missing"
    assert sum(sizes.values()) < HOME_LIMIT_BYTES, sizes
    assert decoders(sizes) == []


def test_pages_without_a_camera_bring_no_decoder(member_page):
    for path in ("/leaderboard", "/me", "/shops"):
        assert decoders(transferred(member_page, path)) == [], path


def test_the_decoder_comes_with_the_scan_page_from_our_own_host(member_page, live_server):
    sizes = transferred(member_page, "/scan")
    expect(member_page.locator("#code")).to_be_visible()
    assert len(decoders(sizes)) == 2
    assert all(address.startswith(live_server.base_url) for address in sizes)


def test_built_files_travel_packed_and_are_kept_for_ever(live_server, member_page):
    answers = []
    member_page.on("response", lambda each: "/static/dist/" in each.url and answers.append(each))
    member_page.goto("/")
    assert answers
    for answer in answers:
        headers = answer.headers
        assert "immutable" in headers["cache-control"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers.get("content-encoding") == "gzip"
