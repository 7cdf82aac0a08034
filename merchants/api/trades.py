"""Trades for programs."""

from typing import Any

import merchants.service
from core.auth import current_actor, requires
from merchants import queries
from merchants.api.blueprint import api
from merchants.schemas.trades import TradeChangeIn, TradeIn, TradesOut


def _all() -> dict[str, Any]:
    return {"items": queries.trades(), "next": None}


@api.route("/trades", methods=["GET"])
@api.response(200, TradesOut)
@requires("shop.read")
def get_trades() -> dict[str, Any]:
    """All trades in the order of their lists."""
    return _all()


@api.route("/trades", methods=["POST"])
@api.arguments(TradeIn)
@api.response(201, TradesOut)
@requires("tariff.manage")
def post_trade(payload: dict[str, Any]) -> dict[str, Any]:
    """Add a trade behind the others."""
    merchants.service.add_trade(current_actor(), **payload)
    return _all()


@api.route("/trades/<code>", methods=["PUT"])
@api.arguments(TradeChangeIn)
@api.response(200, TradesOut)
@requires("tariff.manage")
def put_trade(payload: dict[str, Any], code: str) -> dict[str, Any]:
    """Change a trade's names and its place in the list."""
    merchants.service.change_trade(current_actor(), code, **payload)
    return _all()
