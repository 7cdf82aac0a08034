"""The one blueprint of this package's pages, and what its pages share."""

from typing import Any
from uuid import UUID

from flask import Blueprint, request

import members.queries
from core.db import new_id
from reports.errors import MemberNumberUnknown
from reports.views import words

views = Blueprint("reports_pages", __name__)

#: Photos come as large as a telephone makes them where no script makes them smaller. What is too large is then said
#: at the photo, and the words that somebody has typed are not lost.
_LARGEST_REPORT_BYTES = 12 * 1024 * 1024


@views.url_value_preprocessor
def _make_room(endpoint: str | None, _arguments: dict[str, Any] | None) -> None:
    if endpoint == "reports_pages.send" and request.method == "POST":
        request.max_content_length = _LARGEST_REPORT_BYTES


@views.context_processor
def _words() -> dict[str, Any]:
    return {"words": words, "new_key": new_id}


def areas() -> list[tuple[str, str]]:
    """All areas to choose from, each with its way from the top."""
    return [(str(each.id), " › ".join(each.path)) for each in members.queries.areas()]


def member_of(typed: str) -> UUID:
    """The member whose number somebody has typed or read out. Raises `MemberNumberUnknown`."""
    number = members.queries.read_number(typed)
    found = members.queries.facts_by_number(number) if number is not None else None
    if found is None:
        raise MemberNumberUnknown(field="member_number")
    return found.id
