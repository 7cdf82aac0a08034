"""Reads about partner shops."""

from merchants.queries.trades import TradeFacts, trades

__all__ = ["TradeFacts", "trades"]
