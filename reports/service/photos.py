"""Photos of reports: looked at before anything is stored, made anew, named by chance."""

from collections.abc import Sequence
from uuid import UUID, uuid4

import sqlalchemy as sa

from core import pictures
from core.db import db
from core.pictures import Drawn
from reports.errors import PhotoInvalid, PhotoTooLarge, TooManyPhotos
from reports.models import ReportPhoto
from reports.rules import handling

_LIMITS = pictures.Limits(
    most_bytes=handling.LARGEST_PHOTO_BYTES,
    most_pixels=handling.MOST_PHOTO_PIXELS,
    side_pixels=handling.PHOTO_SIDE_PIXELS,
)


def remake(photos: Sequence[bytes]) -> list[Drawn]:
    """The photos as they are kept. Raises `TooManyPhotos`, `PhotoInvalid`, `PhotoTooLarge`."""
    if len(photos) > handling.MOST_PHOTOS:
        raise TooManyPhotos(field="photos", most=handling.MOST_PHOTOS)
    return [_remade(number, content) for number, content in enumerate(photos, 1)]


def _remade(number: int, content: bytes) -> Drawn:
    try:
        return pictures.redraw(content, _LIMITS)
    except pictures.PictureTooLargeError:
        raise PhotoTooLarge(
            field="photos",
            photo=number,
            most_bytes=handling.LARGEST_PHOTO_BYTES,
            most_pixels=handling.MOST_PHOTO_PIXELS,
        ) from None
    except pictures.NotAPictureError:
        raise PhotoInvalid(field="photos", photo=number) from None


def keep(report_id: UUID, photos: Sequence[Drawn]) -> None:
    """Store the photos with their report. Joins the caller's transaction."""
    # Random ids, also with a name: those of photos stand in addresses.
    rows = [
        {
            "id": uuid4(),
            "report_id": report_id,
            "place": place,
            "media_type": photo.media_type,
            "content": photo.content,
        }
        for place, photo in enumerate(photos, 1)
    ]
    if rows:
        db.session.execute(sa.insert(ReportPhoto), rows)
