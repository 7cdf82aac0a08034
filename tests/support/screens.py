"""Members before their screens: a browser that is signed in, a route with plates to scan."""

import io
from dataclasses import dataclass
from uuid import UUID

import pypdf
import zxingcpp
from flask import Flask
from PIL import Image
from playwright.sync_api import Page

import members.queries
import patrols.queries
import patrols.service
import points.queries
from core import clock, qr
from core.auth import SYSTEM
from core.codes import Code, parse
from core.config import settings
from members.queries import MemberFacts
from patrols.service import CheckpointWish, RouteWish
from tests.support import points_builders
from tests.support.server import LiveServer


@dataclass(frozen=True)
class Plate:
    """A plate on a wall: what is printed on it, and its picture."""

    checkpoint_id: UUID
    name: str
    code: Code
    address: str

    def picture(self) -> Image.Image:
        """The QR code as a camera sees it, on white."""
        return picture_of(self.address, "Q")


def picture_of(address: str, correction: str = "M") -> Image.Image:
    """A code as a camera sees it on somebody's screen or wall, on white."""
    modules = qr.draw_modules(address, correction)
    image = Image.new("1", (len(modules),) * 2)
    image.putdata([0 if dark else 255 for row in modules for dark in row])
    return image.resize((len(modules) * 10,) * 2, Image.Resampling.NEAREST).convert("RGB")


def plates(*names: str, route: str = "西苑小区夜巡", **details: object) -> list[Plate]:
    """A route past new checkpoints of these names, and their plates in that order; a round pays 2 points."""
    if points.queries.rule("patrol", clock.today()) is None:
        points_builders.tariff_rule(
            code="patrol", category="patrol", daily_cap=100, name_zh="值班巡逻", name_en="Patrol", points=2
        )
    ids = [patrols.service.create_checkpoint(SYSTEM, CheckpointWish(name=name)) for name in names]
    patrols.service.create_route(SYSTEM, RouteWish(name=route, checkpoint_ids=tuple(ids), **details))
    printed = {plate.checkpoint.id: plate for plate in patrols.queries.plates(ids)}
    return [
        Plate(each, name, parse(printed[each].address, settings().base_url), printed[each].address)
        for each, name in zip(ids, names, strict=True)
    ]


def read_picture(data: bytes) -> str:
    """What an independent decoder reads in a picture of one code."""
    return _decoded(Image.open(io.BytesIO(data)))


def read_paper(document: bytes, millimetres: float) -> str:
    """What an independent decoder reads in the only picture of a printed sheet, seen with 150 dots to the inch."""
    [picture] = pypdf.PdfReader(io.BytesIO(document)).pages[0].images
    assert picture.image is not None
    return _decoded(picture.image.convert("L").resize((round(millimetres / 25.4 * 150),) * 2))


def _decoded(image: Image.Image) -> str:
    [found] = zxingcpp.read_barcodes(image.convert("L"))
    text: str = found.text
    return text


def session_of(app: Flask, member: MemberFacts) -> str:
    """The session cookie that signing in would give this member."""
    user = members.queries.signed_in(member.id, member.id)
    assert user is not None, "this member cannot sign in"
    serializer = app.session_interface.get_signing_serializer(app)
    return serializer.dumps({"_user_id": user.get_id(), "_fresh": True})


def sign_in(page: Page, server: LiveServer, member: MemberFacts) -> None:
    """Sign the page's browser in without typing."""
    name = server.app.config["SESSION_COOKIE_NAME"]
    with server.app.app_context():
        cookie = {"name": name, "value": session_of(server.app, member), "url": server.base_url}
    page.context.add_cookies([cookie])


def type_code(page: Page, text: str) -> None:
    """Type a code on the scan page and send it."""
    page.fill("#code", text)
    page.click("[data-typed] button")
