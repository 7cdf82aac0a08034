"""Every kind of code drawn, put on paper or on a screen, ill-treated, and read by a decoder that is not ours."""

import io
import random
from datetime import UTC, datetime
from unittest import mock
from uuid import UUID

import pytest
import zxingcpp
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from core import codes, qr
from core.codes import Code, Keyring, Kind

NOON = datetime(2026, 11, 18, 4, 0, tzinfo=UTC)
RING = Keyring(signing=(("7", b"k" * 32),), print_key=b"p" * 32)
SUBJECT = UUID("0198f3a0-0000-7000-8000-000000000001")
SHORT_BASE_URL = "https://zylm.example.cn"
LONG_BASE_URL = "https://alliance.xiyuan-police-room.lianyungang.example.cn"

#: Pixels of a module as the camera sees it. Three is a plate seen from some metres away.
NEAR, FAR = 8, 3
#: A printed thing at level Q must survive the loss of a tenth. At level M a twentieth: a screen can be shown again.
DAMAGE = {"Q": 0.10, "M": 0.05}
FINDER = 8


def one_of(kind: Kind) -> Code:
    """Always the same code, so that a picture that was read yesterday is read today."""
    if kind in {Kind.CHECKPOINT, Kind.SHOP, Kind.CARD, Kind.LETTER}:
        return codes.printed_code(RING, kind, SUBJECT, 1)
    if kind is Kind.ACTIVITY:
        return codes.activity_code(RING, 424_242, NOON)
    chance = random.Random(kind.value)
    with (
        mock.patch("core.codes.secrets.randbits", chance.getrandbits),
        mock.patch("core.codes.secrets.randbelow", chance.randrange),
    ):
        return codes.phone_code(RING, 1_002_347, NOON) if kind is Kind.PHONE else codes.random_code(kind)


def level_of(kind: Kind) -> qr.Level:
    """Plates, cards, posters and slips are paper; the rest is shown on a screen."""
    return "M" if kind in {Kind.ACTIVITY, Kind.PHONE, Kind.ORDER} else "Q"


def version(address: str, level: qr.Level) -> int:
    """The size of the symbol in the standard's count: 17 modules and 4 for each version."""
    return (len(qr.draw_modules(address, level)) - 2 * qr.QUIET_ZONE - 17) // 4


def picture(address: str, level: qr.Level, module_pixels: int = NEAR) -> Image.Image:
    return Image.open(io.BytesIO(qr.draw_png(address, level, module_pixels))).convert("L")


def read(image: Image.Image) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(image)]


def on_a_wall(image: Image.Image) -> Image.Image:
    """On a grey wall, in flat light: no pure black, no pure white."""
    wall = Image.new("L", (image.width * 2, image.height * 2), 110)
    wall.paste(image.point(lambda light: 40 + light * 170 // 255), (image.width // 2, image.height // 3))
    return wall


def damaged(image: Image.Image, modules: int, share: float, chance: random.Random) -> Image.Image:
    """A spot of black, grey or white over `share` of the symbol, but not of its three finder patterns."""
    image = image.copy()
    pixels = image.width // modules
    low, high = qr.QUIET_ZONE * pixels, image.width - qr.QUIET_ZONE * pixels
    edge = int(share**0.5 * (high - low)) + 1
    finder = FINDER * pixels
    while True:
        left, top = chance.randrange(low, high - edge), chance.randrange(low, high - edge)
        at_left, at_right = left < low + finder, left + edge > high - finder
        at_top, at_bottom = top < low + finder, top + edge > high - finder
        if not ((at_left and at_top) or (at_right and at_top) or (at_left and at_bottom)):
            break
    spot = (left, top, left + edge - 1, top + edge - 1)
    ImageDraw.Draw(image).rectangle(spot, fill=chance.choice((0, 128, 255)))
    return image


def noisy(image: Image.Image, blur: float, noise: float) -> Image.Image:
    blurred = image.filter(ImageFilter.GaussianBlur(blur))
    return Image.blend(blurred, Image.effect_noise(image.size, 90), noise)


def slanted(image: Image.Image, away: float) -> Image.Image:
    """In perspective, from the side: the far edge is shorter by the share `away`."""
    width, height = image.size
    slope = -away / width
    plane = (1 + slope * width, 0, 0, slope * height / 2, 1, 0, slope, 0)
    return image.transform(
        image.size, Image.Transform.PERSPECTIVE, plane, Image.Resampling.BICUBIC, fillcolor=110
    )


@pytest.fixture(params=Kind, ids=lambda kind: kind.name.lower())
def kind(request) -> Kind:
    return request.param


@pytest.fixture(params=[SHORT_BASE_URL, LONG_BASE_URL], ids=["short-host", "long-host"])
def base_url(request) -> str:
    return request.param


@pytest.fixture
def code(kind) -> Code:
    return one_of(kind)


@pytest.fixture
def address(code, base_url) -> str:
    return codes.address(base_url, code)


@pytest.fixture
def level(kind) -> qr.Level:
    return level_of(kind)


def test_a_drawn_code_is_read_back_and_understood(code, address, base_url, level):
    [found] = zxingcpp.read_barcodes(picture(address, level))
    assert found.text == address
    assert found.ec_level == level
    assert codes.parse(found.text, base_url) == code


@pytest.mark.parametrize("degrees", [0, 7, 45, 90, 133, 180, 270, 353])
def test_it_is_read_however_it_is_turned(address, level, degrees):
    image = on_a_wall(picture(address, level)).rotate(
        degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=110
    )
    assert read(image) == [address]


@pytest.mark.parametrize(("seed", "degrees"), list(enumerate([0, 7, 90, 180, 187, 353])))
def test_it_is_read_when_a_part_is_lost(address, level, seed, degrees):
    modules = len(qr.draw_modules(address, level))
    image = damaged(picture(address, level), modules, DAMAGE[level], random.Random(seed))
    image = on_a_wall(image).rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=110)
    assert read(image) == [address]


def test_any_kind_put_on_paper_is_read_when_a_tenth_is_lost(address):
    modules = len(qr.draw_modules(address, "Q"))
    for seed in range(3):
        image = on_a_wall(damaged(picture(address, "Q"), modules, 0.10, random.Random(seed)))
        assert read(image.rotate(7, Image.Resampling.BICUBIC, expand=True, fillcolor=110)) == [address]


def test_a_code_with_a_third_lost_is_not_read_as_another(address, level):
    """The damage of the tests before is real: more of it, and nothing is read, least of all something else."""
    modules = len(qr.draw_modules(address, level))
    seen = [read(damaged(picture(address, level), modules, 0.33, random.Random(seed))) for seed in range(5)]
    assert all(texts in ([], [address]) for texts in seen)
    assert [] in seen


def test_it_is_read_out_of_focus_and_in_bad_light(address, level):
    image = on_a_wall(picture(address, level))
    for blur, noise in ((2.0, 0.0), (0.0, 0.4), (2.0, 0.25), (3.0, 0.1)):
        assert read(noisy(image, blur, noise)) == [address], (blur, noise)


def test_it_is_read_from_far_away(address, level):
    assert read(on_a_wall(picture(address, level, FAR))) == [address]


def test_it_is_read_from_the_side(address, level):
    for away in (0.25, -0.25):
        assert read(slanted(on_a_wall(picture(address, level)), away)) == [address]


def test_it_is_read_on_a_dark_page(address, level):
    assert read(ImageOps.expand(picture(address, level), border=200, fill=0)) == [address]


@pytest.mark.parametrize(("base_url", "largest"), [(SHORT_BASE_URL, 4), (LONG_BASE_URL, 6)])
def test_what_a_phone_shows_is_a_small_symbol(kind, base_url, largest):
    """Small in modules is large in millimetres: easy for an old phone's camera."""
    assert version(codes.address(base_url, one_of(kind)), "M") <= largest


@pytest.mark.parametrize(
    ("kind", "largest"), [(Kind.CHECKPOINT, 4), (Kind.SHOP, 4), (Kind.JOIN, 4), (Kind.CARD, 4)]
)
def test_what_is_printed_is_a_small_symbol(kind, largest):
    assert version(codes.address(SHORT_BASE_URL, one_of(kind)), "Q") <= largest


def test_the_code_is_written_in_the_dense_mode():
    """In byte mode the same characters need a larger symbol."""
    address = codes.address("https://zylm.xiyuan.example.cn", one_of(Kind.PHONE))
    assert (version(address, "M"), version(address.lower(), "M")) == (4, 5)


def test_a_host_written_in_capitals_is_read_back_too():
    address = codes.address("HTTPS://ZYLM.EXAMPLE.CN", one_of(Kind.CHECKPOINT))
    assert read(picture(address, "Q")) == [address]


@pytest.mark.parametrize("address", ["", "x" * 201])
def test_what_is_no_address_of_ours_is_not_drawn(address):
    for draw in (qr.draw_svg, qr.draw_png):
        with pytest.raises(ValueError, match="not an address of ours"):
            draw(address, "M")


# ------------------------------------------------------------------------------------------ in a page

POLICY = "default-src 'none'; script-src 'none'; style-src 'self'; img-src 'self'"
STYLES = "body { background: #111 } svg { width: 240px; height: 240px; display: block; margin: 20px }"


@pytest.fixture
def shown_page(browser):
    """Shows a body in Chromium under a strict Content-Security-Policy; gives the page and what it complained about."""
    context = browser.new_context(device_scale_factor=2)
    complaints = []

    def show(body: str):
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        html = f'<!doctype html><html lang="zh"><title>x</title><link rel="stylesheet" href="/styles.css"><body>{body}'
        page.route("**/styles.css", lambda route: route.fulfill(body=STYLES, content_type="text/css"))
        headers = {"Content-Security-Policy": POLICY, "Content-Type": "text/html; charset=utf-8"}
        page.route("**/page", lambda route: route.fulfill(body=html, headers=headers))
        page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
        page.goto("http://localhost/page")
        return page, complaints

    yield show
    context.close()


def test_the_picture_in_a_page_is_read_back_under_a_strict_policy(shown_page):
    addresses = {kind: codes.address(SHORT_BASE_URL, one_of(kind)) for kind in Kind}
    drawn = [qr.draw_svg(address, level_of(kind), title=f"码 {kind}") for kind, address in addresses.items()]
    page, complaints = shown_page("".join(drawn))
    for kind, address in addresses.items():
        shot = page.get_by_role("img", name=f"码 {kind}", exact=True).screenshot()
        assert read(Image.open(io.BytesIO(shot)).convert("L")) == [address]
    assert complaints == []


def test_the_strict_policy_of_the_test_before_would_have_complained(shown_page):
    _, complaints = shown_page('<svg style="width: 1px"><style>path { fill: red }</style></svg>')
    assert len([each for each in complaints if "Content Security Policy" in each]) == 2


def test_the_picture_has_no_style_no_script_and_nothing_from_elsewhere():
    drawn = qr.draw_svg(codes.address(SHORT_BASE_URL, one_of(Kind.CARD)), "Q")
    for unwanted in ("style", "script", "href", "url(", "http://www.w3.org/1999"):
        assert unwanted not in drawn


def test_the_title_cannot_break_out_of_the_picture():
    drawn = qr.draw_svg("https://x.cn/q/C", "M", title="</title><script>alert(1)</script>")
    assert "<script" not in drawn
    assert "&lt;script&gt;" in drawn


def test_the_path_and_the_png_show_the_same_modules():
    address = codes.address(SHORT_BASE_URL, one_of(Kind.VOUCHER))
    modules = qr.draw_modules(address, "Q")
    image = picture(address, "Q", 1)
    assert [[image.getpixel((x, y)) == 0 for x in range(image.width)] for y in range(image.height)] == modules
    quiet = [*modules[: qr.QUIET_ZONE], *modules[-qr.QUIET_ZONE :]]
    assert not any(dark for row in quiet for dark in row)
    assert not any(dark for row in modules for dark in row[: qr.QUIET_ZONE] + row[-qr.QUIET_ZONE :])
