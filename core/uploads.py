"""Views that take a file: their requests may be larger than others, and to programs' addresses come as parts."""

from collections.abc import Callable
from typing import TypeVar

View = TypeVar("View", bound=Callable[..., object])
#: Beside the file itself a request has its fields and the marks between them.
_FORM_BYTES = 64 * 1024


def takes_file(most_bytes: int) -> Callable[[View], View]:
    """Mark a view that takes one file of at most so many bytes."""

    def mark(view: View) -> View:
        view.largest_request_bytes = most_bytes + _FORM_BYTES  # type: ignore[attr-defined] # read by `room_of`
        return view

    return mark


def room_of(view: object) -> int | None:
    """How many bytes a request to this view may bring; None for what all others may."""
    found: int | None = getattr(view, "largest_request_bytes", None)
    return found
