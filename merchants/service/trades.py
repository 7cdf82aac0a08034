"""Keep the list of trades: the nine of the programme's story from the start, more by an administrator."""

import sqlalchemy as sa

from core import audit
from core.auth import SYSTEM, Actor
from core.db import db, insert, transactional
from merchants.errors import ShopInvalid, TradeExists, TradeUnknown
from merchants.models import Trade
from merchants.rules import shops as rules

#: The trades of the partner shops in the story from which the programme comes: code, 中文, English.
DEFAULTS = (
    ("estate_agent", "房产中介", "Estate agents"),
    ("travel", "旅行社", "Travel agencies"),
    ("hotel", "宾馆酒店", "Hotels"),
    ("supermarket", "超市便利店", "Supermarkets"),
    ("hardware", "五金店", "Hardware shops"),
    ("decorating", "装修装饰", "Decorators"),
    ("hairdresser", "理发美发", "Hairdressers"),
    ("bathhouse", "浴室", "Bathhouses"),
    ("sole_trader", "个体商户", "Sole traders"),
)


@transactional
def install_trades(actor: Actor = SYSTEM) -> int:
    """Add the usual trades that are not there yet; returns how many. Can be repeated."""
    if actor.kind != "system":
        actor.require("tariff.manage")
    rows = [
        {"code": code, "name_zh": name_zh, "name_en": name_en, "position": position}
        for position, (code, name_zh, name_en) in enumerate(DEFAULTS, start=1)
    ]
    statement = insert(Trade).values(rows).on_conflict_do_nothing(index_elements=["code"])
    return len(db.session.execute(statement.returning(Trade.code)).all())


@transactional
def add_trade(actor: Actor, *, code: str, name_zh: str, name_en: str) -> str:
    """Add a trade behind the others; needs `tariff.manage`, audited. Returns its code.

    Raises `ShopInvalid`, `TradeExists`.
    """
    actor.require("tariff.manage")
    code = rules.clean_trade_code(code)
    values = {
        "code": code,
        "name_zh": rules.clean_name(name_zh, "name_zh"),
        "name_en": rules.clean_name(name_en, "name_en"),
        "position": (db.session.scalar(sa.select(sa.func.max(Trade.position))) or 0) + 1,
    }
    statement = insert(Trade).values(values).on_conflict_do_nothing(index_elements=["code"])
    if db.session.execute(statement.returning(Trade.code)).first() is None:
        raise TradeExists(field="code", trade=code)
    audit.record(actor, "trade.added", "trade", None, name=values["name_zh"], trade=code)
    return code


@transactional
def change_trade(actor: Actor, code: str, *, name_zh: str, name_en: str, position: int) -> None:
    """Change a trade's names and its place in the list; needs `tariff.manage`, audited.

    Raises `TradeUnknown`, `ShopInvalid`.
    """
    actor.require("tariff.manage")
    code = rules.clean_trade_code(code)
    trade = db.session.scalar(sa.select(Trade).where(Trade.code == code).with_for_update())
    if trade is None:
        raise TradeUnknown(field="code")
    if not 1 <= position <= rules.MOST_TRADES:
        raise ShopInvalid(field="position", reason="range")
    trade.name_zh = rules.clean_name(name_zh, "name_zh")
    trade.name_en = rules.clean_name(name_en, "name_en")
    trade.position = position
    audit.record(actor, "trade.changed", "trade", None, name=trade.name_zh, trade=code)
