"""Pictures of rewards as they are kept: made anew from what was uploaded, named by their content."""

import hashlib
from dataclasses import dataclass
from uuid import UUID

from core import pictures
from rewards import rules
from rewards.errors import PictureInvalid, PictureTooLarge

_LIMITS = pictures.Limits(
    most_bytes=rules.LARGEST_PICTURE_BYTES,
    most_pixels=rules.MOST_PICTURE_PIXELS,
    side_pixels=rules.PICTURE_SIDE_PIXELS,
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is kept; its id follows from the content."""

    id: UUID
    media_type: str
    content: bytes


def remake(content: bytes) -> Picture:
    """The picture in `content`, upright, at most 1,200 pixels a side, as WebP without anything written beside it.

    Raises `PictureInvalid`, `PictureTooLarge`.
    """
    try:
        kept = pictures.redraw(content, _LIMITS)
    except pictures.PictureTooLargeError:
        raise PictureTooLarge(
            field="picture", most_bytes=rules.LARGEST_PICTURE_BYTES, most_pixels=rules.MOST_PICTURE_PIXELS
        ) from None
    except pictures.NotAPictureError:
        raise PictureInvalid(field="picture") from None
    return Picture(UUID(bytes=hashlib.sha256(kept.content).digest()[:16]), kept.media_type, kept.content)
