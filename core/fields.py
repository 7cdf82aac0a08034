"""Fields of requests, and the two requests, that all packages share."""

from datetime import date
from typing import Any, Final

import marshmallow as ma

from core import paging


class QueryInteger(ma.fields.Integer):
    """A whole number in an address: at most nine ASCII digits and nothing else, no sign, no underscore, no "１２"."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> int:
        if not (isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 9):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **more)


class WholeNumber(ma.fields.Integer):
    """A whole number in a body: a JSON integer and nothing that only looks like one: no true, no 1.0, no "１２"."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> int:
        if type(value) is not int:
            raise self.make_error("invalid", input=value)
        return value


def number(least: int, most: int, **options: Any) -> WholeNumber:
    """A whole number in a body, from `least` to `most`."""
    return WholeNumber(validate=ma.validate.Range(least, most), **options)


class YesOrNo(ma.fields.Boolean):
    """Yes or no in a body: JSON's true and false and nothing that only counts as one: no 1, no "true"."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> bool:
        if type(value) is not bool:
            raise self.make_error("invalid", input=value)
        return value


def text(longest: int, **options: Any) -> ma.fields.String:
    """A text of which at most `longest` characters are kept, once it is clean.

    What is sent may be longer: it becomes shorter by being cleaned, and the domain itself says what is wrong with it.
    What is so long that it cannot be meant is refused here, by the limit that the domain would name.
    """
    bound = ma.validate.Length(max=4 * longest, error=f"Longer than maximum length {longest}.")
    return ma.fields.String(validate=bound, **options)


#: Days that can be asked for: with room in the calendar for a year to either side, in any zone.
_FIRST_DAY: Final = date(1970, 1, 1)
_LAST_DAY: Final = date(8999, 12, 31)


class Day(ma.fields.Date):
    """A day that a calendar reckons with: the first and the last of Python's have no day before or after them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> date:
        found: date = super()._deserialize(value, attr, data, **more)
        if not _FIRST_DAY <= found <= _LAST_DAY:
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        return found


class KeyIn(ma.Schema):
    """A request that has its effect exactly once per key."""

    key = ma.fields.UUID(
        required=True,
        metadata={
            "description": "made by the client, one for each wish; a repeat with it gets the first answer again"
        },
    )


class PageIn(ma.Schema):
    """Where a list goes on, and how many of its items are wanted."""

    cursor = ma.fields.String(load_default=None, validate=ma.validate.Length(max=paging.LONGEST_CURSOR))
    limit = QueryInteger(load_default=50, validate=ma.validate.Range(1, 100))
