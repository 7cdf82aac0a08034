"""Uploaded pictures are made anew: what is kept was drawn by us, small, and says nothing of camera, place or time."""

import io
from dataclasses import dataclass

from PIL import Image, ImageOps

#: What phones and computers send. Readers of other formats are not even asked.
_FORMATS = ("JPEG", "PNG", "WEBP")
_QUALITY = 82
_TOO_LARGE = (Image.DecompressionBombError, Image.DecompressionBombWarning)
#: All that a reader of broken bytes has been seen to raise.
_BROKEN = (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, OverflowError)


class NotAPictureError(Exception):
    """The bytes are no JPEG, PNG or WebP that can be read."""


class PictureTooLargeError(Exception):
    """Too many bytes or pixels."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What is taken, and how large a side is at most of what is kept."""

    most_bytes: int
    most_pixels: int
    side_pixels: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture as it is kept."""

    media_type: str
    content: bytes


def redraw(content: bytes, limits: Limits) -> Drawn:
    """The picture in `content`, upright and small, as WebP without anything written beside it.

    The size is read before a single pixel is: a bomb is not unpacked. Raises `NotAPictureError`,
    `PictureTooLargeError`.
    """
    if len(content) > limits.most_bytes:
        raise PictureTooLargeError
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
            if opened.width * opened.height > limits.most_pixels:
                raise PictureTooLargeError
            made = _drawn(opened, limits.side_pixels)
    except _TOO_LARGE:
        raise PictureTooLargeError from None
    except _BROKEN:
        raise NotAPictureError from None
    file = io.BytesIO()
    made.save(file, "WEBP", quality=_QUALITY, method=4)
    return Drawn("image/webp", file.getvalue())


def _drawn(opened: Image.Image, side: int) -> Image.Image:
    opened.draft("RGB", (side, side))  # a JPEG is read smaller at once
    upright = ImageOps.exif_transpose(opened)
    upright.thumbnail((side, side), Image.Resampling.LANCZOS)
    seen = upright.convert("RGBA")
    # On white, as the page's cards are. A new picture takes over pixels only: no profile, no place, no time.
    drawn = Image.new("RGB", seen.size, "white")
    drawn.paste(seen, mask=seen.getchannel("A"))
    return drawn
