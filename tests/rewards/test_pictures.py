"""Uploaded pictures: what is kept is small, drawn by us, and tells nothing; everything else is refused."""

import contextlib
import io
import random
import struct
import zlib

import pytest
from flask import Flask
from PIL import Image, ImageDraw
from PIL.ExifTags import Base

import rewards.queries
import rewards.service
from core.db import new_id
from rewards import rules
from rewards.service import pictures
from tests.support import rewards_builders as shelf


def picture(width: int = 40, height: int = 30, kind: str = "PNG", mode: str = "RGB", **options) -> bytes:
    file = io.BytesIO()
    made = Image.new(mode, (width, height))
    ImageDraw.Draw(made).rectangle((0, 0, width // 2, height // 2), fill=1 if mode == "1" else "white")
    made.save(file, kind, **options)
    return file.getvalue()


def opened(content: bytes) -> Image.Image:
    made = pictures.remake(content)
    assert made.media_type == "image/webp"
    return Image.open(io.BytesIO(made.content))


def refusal(content: bytes) -> str:
    return shelf.refusal(pictures.remake, content).code


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_usual_pictures_become_webp(kind):
    found = opened(picture(kind=kind))
    assert (found.format, found.size) == ("WEBP", (40, 30))


def test_large_pictures_become_small_ones_of_the_same_shape():
    assert opened(picture(4_000, 1_000)).size == (1_200, 300)


def test_nothing_that_the_camera_wrote_is_kept():
    exif = Image.Exif()
    exif[Base.Make] = "Secret Camera"
    exif.get_ifd(0x8825)[1] = "N"
    made = pictures.remake(picture(kind="JPEG", exif=exif, comment=b"me at home"))
    assert dict(Image.open(io.BytesIO(made.content)).getexif()) == {}
    for word in (b"Secret", b"home", b"EXIF", b"ICCP", b"XMP"):
        assert word not in made.content


def test_a_picture_taken_sideways_stands_upright():
    exif = Image.Exif()
    exif[Base.Orientation] = 6
    assert opened(picture(40, 30, "JPEG", exif=exif)).size == (30, 40)


def test_what_is_transparent_becomes_white():
    file = io.BytesIO()
    Image.new("RGBA", (8, 8), (255, 0, 0, 0)).save(file, "PNG")
    assert min(opened(file.getvalue()).convert("RGB").getpixel((4, 4))) > 250


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA"])
def test_pictures_of_all_kinds_of_colour_are_read(mode):
    assert opened(picture(mode=mode)).mode == "RGB"


def test_colours_for_print_are_read():
    assert opened(picture(kind="JPEG", mode="CMYK")).mode == "RGB"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"\x89PNG\r\n\x1a\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"%PDF-1.7",
        b"PK\x03\x04",
        picture(kind="GIF"),
        picture(kind="BMP"),
        picture(kind="TIFF"),
        picture(kind="PNG")[:60],
        picture(200, 200, "JPEG")[:300],
    ],
)
def test_what_is_no_picture_is_refused(content):
    assert refusal(content) == "picture_invalid"


def test_a_broken_picture_never_breaks_the_service():
    chance = random.Random(7)
    for kind in ("PNG", "JPEG", "WEBP"):
        whole = picture(60, 60, kind)
        for _ in range(150):
            broken = bytearray(whole)
            for _ in range(chance.randrange(1, 9)):
                broken[chance.randrange(len(broken))] = chance.randrange(256)
            with contextlib.suppress(pictures.PictureInvalid, pictures.PictureTooLarge):
                pictures.remake(bytes(broken))


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be enormous."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    content = zlib.compress(b"\x00" * 10_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", content) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(8_000, 8_000), (10_000, 12_000), (60_000, 60_000)])
def test_a_picture_bomb_is_not_unpacked(size):
    content = bomb(*size)
    assert len(content) < 20_000
    assert refusal(content) == "picture_too_large"


def test_too_many_bytes_are_not_even_looked_at():
    assert refusal(b"x" * (rules.LARGEST_PICTURE_BYTES + 1)) == "picture_too_large"


def test_the_same_picture_has_the_same_address_and_the_old_one_goes(app: Flask, clock):
    first, second, desk = shelf.reward(), shelf.reward(), shelf.desk()
    red = rewards.service.put_picture(desk, first.id, picture(20, 20))
    assert rewards.service.put_picture(desk, second.id, picture(20, 20)) == red
    assert shelf.facts(first.id).picture_id == red
    assert shelf.facts(first.id).version == 1, "a picture is no term"
    other = rewards.service.put_picture(desk, first.id, picture(30, 20))
    shelf.fresh()
    assert rewards.queries.picture(red)[0] == "image/webp"
    rewards.service.remove_picture(desk, second.id)
    shelf.fresh()
    assert shelf.refusal(rewards.queries.picture, red).code == "reward_unknown"
    assert rewards.queries.picture(other)[1][:4] == b"RIFF"
    assert shelf.refusal(rewards.service.put_picture, desk, new_id(), picture()).code == "reward_unknown"
