"""The one blueprint of this package's pages, and the words that all of them have."""

from typing import Any

from flask import Blueprint

from rewards.views import words

views = Blueprint("rewards_pages", __name__)


@views.context_processor
def _words() -> dict[str, Any]:
    return {"words": words}
