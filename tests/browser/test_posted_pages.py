"""What is shown only after something was sent: printed sheets, slips, questions, refused forms, scans without script.

Each is looked at like the pages of `test_accessibility.py`, and every code on a printed sheet is read back from it by a
decoder that is not ours. A template that neither shows is one that nobody has looked at.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import zxingcpp
from flask import Flask, template_rendered
from flask.testing import FlaskClient
from PIL import Image
from playwright.sync_api import Page, expect

import members.service
from core import codes
from core.config import ROOT, settings
from core.db import new_id
from tests.browser.test_accessibility import LOOKS, STRANGERS, Town, faults
from tests.support import members_builders as people
from tests.support import reports_builders as telling
from tests.support import screens
from tests.support.browser import have_axe_at_hand

#: Sends a form as its page would, with a file if there is one.
SUBMIT = """([action, fields, rows]) => {
    const form = document.createElement("form");
    form.method = "post";
    form.action = action;
    if (rows) {
        form.enctype = "multipart/form-data";
        const input = Object.assign(document.createElement("input"), {type: "file", name: "file"});
        const files = new DataTransfer();
        files.items.add(new File([rows], "list.csv", {type: "text/csv"}));
        input.files = files.files;
        form.append(input);
    }
    for (const [name, value] of Object.entries(fields)) {
        form.append(Object.assign(document.createElement("input"), {type: "hidden", name, value}));
    }
    document.body.append(form);
    form.submit();
}"""
#: Smaller pictures on sheets are crests and icons, in pixels.
SMALLEST_CODE = 60
#: Templates that are shown in other tests only, and why.
UNSEEN: dict[str, str] = {}


@dataclass(frozen=True)
class Sent:
    """What is sent from a page to an address, and the template that must answer; `codes` are on the sheet."""

    page: str
    address: str
    template: str
    fields: dict[str, str] = field(default_factory=dict)
    rows: str = ""
    codes: int = 0


class PostedTown(Town):
    """The town with what must be there before something can be sent."""

    def __init__(self) -> None:
        super().__init__()
        self.granny = people.managed(people.actor(self.neighbour), "孙奶奶")
        self.unnamed = telling.send().body

    def sent(self) -> list[Sent]:
        """By the administrator."""
        plate = f"/pay/plate/{self.exceptions['/pay/plate/<code>']['code']}"
        granny, walker = (f"/desk/members/{each.id}" for each in (self.granny, self.walker))
        shop = f"/shop/{self.values['merchant_id']}"
        rows = "编号,姓名,电话,好事,日期,备注\n7,王小芳,,care,2026-11-18,好\n,李不知,,care,,\n"
        poster = {"key": str(new_id()), "label": "西门"}
        card = {"member_id": str(self.walker.id)}
        scanned = {"scan_id": str(new_id()), "code": self.plates[2].code.text}
        gate = {"key": str(new_id()), "label": "北门", "permissions": "patrol.walk", "days": "1"}
        gate |= {"responsible_id": str(self.administrator.id)}
        return [
            Sent("/desk/devices", "/desk/devices", "members/device_code.html", gate, codes=1),
            Sent(granny, f"{granny}/claim-code", "members/claim_slip.html"),
            Sent(walker, "/desk/cards/print", "members/print_cards.html", card, codes=1),
            Sent("/desk/applications", "/desk/posters", "members/poster.html", poster, codes=1),
            Sent("/desk/checkpoints", "/desk/plates", "patrols/plates.html", codes=3),
            Sent(shop, f"{shop}/plate", "merchants/print_plates.html", codes=1),
            Sent(plate, plate, "merchants/plate_confirm.html", {"points": "3", "key": str(new_id())}),
            Sent(
                "/desk/award",
                "/desk/award/file",
                "points/desk_award_list.html",
                {"rule_code": "rescue"},
                rows,
            ),
            Sent("/scan", "/q", "alliance/result.html", scanned),
            Sent("/scan", "/q", "alliance/result.html", {"scan_id": str(new_id()), "code": "hello"}),
            Sent("/desk/squads/new", "/desk/squads/new", "members/desk_squad.html", {"name": ""}),
            Sent("/me/password", "/me/password", "members/password.html", {"old": "x", "password": "1"}),
        ]

    def sent_by_strangers(self) -> list[Sent]:
        """By whoever has not signed in."""
        known = {"number": str(self.unnamed["number"]), "password": self.unnamed["password"]}
        lamp = {"key": str(new_id()), "safe": "1", "named": "no", "place_note": "东门"}
        lamp |= {f"answer-{name}": answer for name, answer in telling.ANSWERS["hazard"].items()}
        hazard = "/report/hazard?safe=1"
        return [
            Sent("/reports/follow", "/reports/follow", "reports/followed.html", known),
            Sent(
                "/reports/follow", "/reports/follow", "reports/follow.html", {"number": "7", "password": "x"}
            ),
            Sent(hazard, "/report/hazard", "reports/form.html", lamp | {"words": ""}),
            Sent(hazard, "/report/hazard", "reports/sent.html", lamp | {"words": "坏了一盏灯"}),
            Sent("/sign-in", "/sign-in", "members/sign_in.html", {"phone": "abc", "password": ""}),
            Sent("/join", "/join", "members/join.html", {"name": ""}),
        ]


@pytest.fixture
def town(live_server) -> PostedTown:
    with live_server.app.app_context():
        return PostedTown()


@pytest.fixture
def rendered(live_server) -> Iterator[list[str]]:
    """The names of the templates that were shown, as they come."""
    found: list[str] = []

    def note(_app: Flask, template: Any, **_more: Any) -> None:
        found.append(template.name)

    with template_rendered.connected_to(note, live_server.app):
        yield found


def send(page: Page, wish: Sent, rendered: list[str]) -> None:
    """Send it and wait for the answer; `rendered` tells from then on what is shown."""
    page.goto(wish.page)
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.content())
    fields = wish.fields | ({"csrf_token": found[1]} if found else {})
    rendered.clear()
    with page.expect_navigation():
        page.evaluate(SUBMIT, [wish.address, fields, wish.rows])
    expect(page.locator("body")).to_be_visible()


def read_codes(page: Page) -> list[str]:
    """What the decoder reads of the codes on a sheet, as it is printed."""
    page.emulate_media(media="print")
    found = []
    for picture in page.locator("svg[role=img]").all():
        box = picture.bounding_box()
        if box and box["width"] > SMALLEST_CODE:
            image = Image.open(io.BytesIO(picture.screenshot())).convert("L")
            read = zxingcpp.read_barcodes(image.resize((image.width * 3, image.height * 3)))
            found += [each.text for each in read]
    page.emulate_media(media="screen")
    return found


def findings(page: Page, rendered: list[str], wishes: list[Sent]) -> list[str]:
    found = []
    have_axe_at_hand(page)
    for wish in wishes:
        send(page, wish, rendered)
        if wish.template not in rendered:
            found.append(f"{wish.address}: shows {rendered} and not {wish.template}")
        found += faults(page, f"{wish.address} ({wish.template})")
        if wish.codes:
            read = read_codes(page)
            if len(read) != wish.codes:
                found.append(f"{wish.address}: {wish.codes} codes are printed, {read} are read")
            for text in read:
                codes.parse(text, settings().base_url)
    return found


@pytest.mark.parametrize(("size", "dark", "locale"), LOOKS)
def test_what_is_shown_after_something_was_sent_is_accessible_and_codes_are_read_off_the_sheets(
    open_page, live_server, town, rendered, size, dark, locale
):
    language = "en" if locale == "en" else "zh_Hans_CN"
    with live_server.app.app_context():
        members.service.change_settings(people.actor(town.administrator), language=language)
    page = open_page(size=size, dark=dark, locale=locale)
    found = findings(page, rendered, town.sent_by_strangers())
    screens.sign_in(page, live_server, town.administrator)
    with live_server.app.app_context():
        found += findings(page, rendered, town.sent())
    assert not found, "\n\n".join(found)


def test_every_template_is_looked_at(app: Flask):
    """In this file or by the walk over all addresses, which has the same town."""
    town, shown = PostedTown(), set()

    def note(_app: Flask, template: Any, **_more: Any) -> None:
        shown.add(template.name)

    desk, stranger = app.test_client(), app.test_client()
    people.sign_in(desk, town.administrator)
    with template_rendered.connected_to(note, app):
        for address in town.addresses(app):
            if address in town.steps:
                post(desk, *town.steps[address])
            desk.get(address)
        for address in ("/", "/sign-in", "/join", "/no-such-page", "/offline", *STRANGERS):
            stranger.get(address)
    shown |= {each.template for each in [*town.sent(), *town.sent_by_strangers()]}
    folder = ROOT / "templates"
    every = {str(each.relative_to(folder)): each.read_text() for each in folder.rglob("*.html")}
    # What others are made of is seen with them.
    parts = set(re.findall(r'\{%-? (?:extends|import|include|from) "([^"]+)"', "\n".join(every.values())))
    assert every.keys() - shown - parts == UNSEEN.keys()


def post(client: FlaskClient, page: str, fields: dict[str, str]) -> None:
    """Send a page's form."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page).text)
    assert found, f"{page} has no form"
    client.post(page, data=fields | {"csrf_token": found[1]}, follow_redirects=True)
