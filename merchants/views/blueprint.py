"""The one blueprint of this package's pages, and what its pages share."""

from typing import Any

from flask import Blueprint, g
from flask_babel import get_locale

import members.queries
from core import clock
from core.db import new_id
from merchants.queries import ShopFacts
from merchants.views import words

views = Blueprint("merchants_pages", __name__)


def in_chinese() -> bool:
    """Whether the reader reads Chinese: shops, trades and offers have a name in either language."""
    return str(get_locale() or "zh").startswith("zh")


def either(chinese: str, english: str) -> str:
    """The name in the reader's language; where there is no English one, the Chinese."""
    return chinese if in_chinese() or not english else english


def shop_name(facts: ShopFacts) -> str:
    """The shop's name in the reader's language."""
    return either(facts.name, facts.name_en)


def trade_name(facts: Any) -> str:
    """The trade's name in the reader's language, of a shop or of a trade."""
    return either(
        getattr(facts, "trade_zh", None) or facts.name_zh, getattr(facts, "trade_en", None) or facts.name_en
    )


@views.context_processor
def _words() -> dict[str, Any]:
    return {
        "words": words,
        "either": either,
        "shop_name": shop_name,
        "trade_name": trade_name,
        "new_key": new_id,
        "clock_now": clock.now,
        "spoken_number": members.queries.spoken_number,
        "reader_is_known": g.get("reader") is not None,
    }
