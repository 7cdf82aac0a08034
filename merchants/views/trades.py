"""The list of trades, at the desk: an administrator adds one or gives one another name or place."""

from typing import Any

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

import merchants.service
from core.auth import current_actor, requires
from core.errors import DomainError, NotFound
from core.pages import go, show_again, whole_number
from merchants import queries
from merchants.errors import TradeExists
from merchants.forms.shops import TradeForm
from merchants.queries import TradeFacts
from merchants.views.blueprint import views


@views.get("/desk/trades")
@requires("tariff.audit")
def trades() -> ResponseReturnValue:
    """All trades, and a form for one more."""
    return render_template("merchants/desk_trades.html", form=TradeForm(), **_trades())


def _trades() -> dict[str, Any]:
    return {"trades": queries.trades(), "counts": queries.trade_counts()}


@views.post("/desk/trades")
@requires("tariff.manage")
def add_trade() -> ResponseReturnValue:
    """Add a trade behind the others. A second tap finds it there."""
    form = TradeForm()
    wish = {name: (form[name].data or "").strip() for name in ("code", "name_zh", "name_en")}
    try:
        merchants.service.add_trade(current_actor(), **wish)
    except DomainError as refusal:
        there = next((each for each in queries.trades() if each.code == wish["code"]), None)
        as_wished = there is not None and (there.name_zh, there.name_en) == (wish["name_zh"], wish["name_en"])
        if not (isinstance(refusal, TradeExists) and as_wished):
            return show_again("merchants/desk_trades.html", form, refusal, **_trades())
    flash(_("The trade is in the list."), "ok")
    return go("/desk/trades")


@views.get("/desk/trades/<trade_code>")
@requires("tariff.manage")
def trade(trade_code: str) -> ResponseReturnValue:
    """One trade, to be changed."""
    found = _trade(trade_code)
    return render_template("merchants/desk_trade.html", trade=found, form=TradeForm(obj=found))


@views.post("/desk/trades/<trade_code>")
@requires("tariff.manage")
def change_trade(trade_code: str) -> ResponseReturnValue:
    """Keep what was changed."""
    found = _trade(trade_code)
    form = TradeForm()
    try:
        merchants.service.change_trade(
            current_actor(),
            trade_code,
            name_zh=form.name_zh.data or "",
            name_en=form.name_en.data or "",
            position=whole_number(form.position.data) or 0,
        )
    except DomainError as refusal:
        return show_again("merchants/desk_trade.html", form, refusal, trade=found)
    flash(_("Saved"), "ok")
    return go("/desk/trades")


def _trade(trade_code: str) -> TradeFacts:
    """The trade with this code. Raises `NotFound`."""
    found = next((each for each in queries.trades() if each.code == trade_code), None)
    if found is None:
        raise NotFound
    return found
