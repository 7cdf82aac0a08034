"""Uploaded pictures are made anew: what is kept was drawn by us, small, and says nothing of camera, place or time."""

import hashlib
import io
from dataclasses import dataclass
from uuid import UUID

from PIL import Image, ImageOps

from rewards import rules
from rewards.errors import PictureInvalid, PictureTooLarge

#: What phones and computers send. Readers of other formats are not even asked.
_FORMATS = ("JPEG", "PNG", "WEBP")
_QUALITY = 82
_TOO_LARGE = (Image.DecompressionBombError, Image.DecompressionBombWarning)
#: All that a reader of broken bytes has been seen to raise.
_BROKEN = (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, OverflowError)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is kept; its id follows from the content."""

    id: UUID
    media_type: str
    content: bytes


def remake(content: bytes) -> Picture:
    """The picture in `content`, upright, at most 1,200 pixels a side, as WebP without anything written beside it.

    The size is read before a single pixel is: a bomb is not unpacked. Raises `PictureInvalid`, `PictureTooLarge`.
    """
    if len(content) > rules.LARGEST_PICTURE_BYTES:
        raise _too_large()
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
            if opened.width * opened.height > rules.MOST_PICTURE_PIXELS:
                raise _too_large()
            made = _redraw(opened)
    except _TOO_LARGE:
        raise _too_large() from None
    except _BROKEN:
        raise PictureInvalid(field="picture") from None
    file = io.BytesIO()
    made.save(file, "WEBP", quality=_QUALITY, method=4)
    kept = file.getvalue()
    return Picture(UUID(bytes=hashlib.sha256(kept).digest()[:16]), "image/webp", kept)


def _redraw(opened: Image.Image) -> Image.Image:
    side = rules.PICTURE_SIDE_PIXELS
    opened.draft("RGB", (side, side))  # a JPEG is read smaller at once
    upright = ImageOps.exif_transpose(opened)
    upright.thumbnail((side, side), Image.Resampling.LANCZOS)
    seen = upright.convert("RGBA")
    # On white, as the page's cards are. A new picture takes over pixels only: no profile, no place, no time.
    drawn = Image.new("RGB", seen.size, "white")
    drawn.paste(seen, mask=seen.getchannel("A"))
    return drawn


def _too_large() -> PictureTooLarge:
    return PictureTooLarge(
        field="picture", most_bytes=rules.LARGEST_PICTURE_BYTES, most_pixels=rules.MOST_PICTURE_PIXELS
    )
