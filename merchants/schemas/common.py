"""Fields that the requests of this package share."""

from typing import Any

import marshmallow as ma

from core.fields import KeyIn, PageIn

__all__ = ["KeyIn", "PageIn", "text"]


def text(longest: int, **options: Any) -> ma.fields.String:
    """A text; wider than what is kept, because the domain itself says what is wrong with it."""
    return ma.fields.String(validate=ma.validate.Length(max=4 * longest), **options)
