"""Use cases of partner shops, one module per group of verbs."""

from merchants.service.trades import add_trade, change_trade, install_trades

__all__ = ["add_trade", "change_trade", "install_trades"]
