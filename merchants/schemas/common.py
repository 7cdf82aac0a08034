"""Fields that the requests of this package share."""

from typing import Any

import marshmallow as ma

KEY = {"description": "made by the client, one for each wish; a repeat with it gets the first answer again"}


def text(longest: int, **options: Any) -> ma.fields.String:
    """A text; wider than what is kept, because the domain itself says what is wrong with it."""
    return ma.fields.String(validate=ma.validate.Length(max=4 * longest), **options)


class KeyIn(ma.Schema):
    """A request that has its effect exactly once per key."""

    key = ma.fields.UUID(required=True, metadata=KEY)


class PageIn(ma.Schema):
    """Where a list goes on."""

    cursor = ma.fields.String(load_default=None, validate=ma.validate.Length(max=300))
    limit = ma.fields.Integer(load_default=50, validate=ma.validate.Range(1, 100))
