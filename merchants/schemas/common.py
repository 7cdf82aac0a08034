"""Fields that the requests of this package share."""

from core.fields import KeyIn, PageIn, text

__all__ = ["KeyIn", "PageIn", "text"]
