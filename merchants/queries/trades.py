"""The lines of business of partner shops."""

from dataclasses import dataclass

import sqlalchemy as sa

from core.db import db
from merchants.models import Trade


@dataclass(frozen=True, slots=True)
class TradeFacts:
    """A trade by its code, with its names and its place in lists."""

    code: str
    name_zh: str
    name_en: str
    position: int


def trades() -> list[TradeFacts]:
    """All trades in the order of their lists."""
    query = sa.select(Trade.code, Trade.name_zh, Trade.name_en, Trade.position)
    return [TradeFacts(*row) for row in db.session.execute(query.order_by(Trade.position, Trade.code))]
