"""Fields that the requests of this package share."""

import marshmallow as ma

from core.fields import WholeNumber, text

__all__ = ["flag", "number", "text"]


def flag(**options: object) -> ma.fields.Boolean:
    """Yes or no, as JSON says it and no other way."""
    return ma.fields.Boolean(truthy={True}, falsy={False}, **options)  # type: ignore[arg-type] # passed on as they are


def number(least: int, most: int, **options: object) -> WholeNumber:
    """A whole number in a range."""
    return WholeNumber(validate=ma.validate.Range(least, most), **options)  # type: ignore[arg-type] # passed on as they are
