"""Reads about partner shops."""

from merchants.queries.clerks import (
    ClerkFacts,
    Post,
    clerk,
    clerks,
    posts_of,
)
from merchants.queries.giving import (
    BudgetLine,
    ClerkDay,
    DeedLine,
    GiftLine,
    Standing,
    budget_changes,
    by_clerk,
    deeds,
    gifts,
    given_today,
    standing,
)
from merchants.queries.names import (
    subject_names,
)
from merchants.queries.offers import (
    OfferFacts,
    offers,
    offers_of,
)
from merchants.queries.plates import (
    PlateToPrint,
    plate,
    plates,
    read_plate,
)
from merchants.queries.shops import (
    LIMITS,
    ShopFacts,
    desk_list,
    directory,
    many_shops,
    may_look_behind,
    plate_payment_limit,
    shop,
    shop_by_number,
    shop_for,
    status_counts,
    trade_counts,
)
from merchants.queries.trades import (
    TradeFacts,
    trades,
)

__all__ = [
    "LIMITS",
    "BudgetLine",
    "ClerkDay",
    "ClerkFacts",
    "DeedLine",
    "GiftLine",
    "OfferFacts",
    "PlateToPrint",
    "Post",
    "ShopFacts",
    "Standing",
    "TradeFacts",
    "budget_changes",
    "by_clerk",
    "clerk",
    "clerks",
    "deeds",
    "desk_list",
    "directory",
    "gifts",
    "given_today",
    "many_shops",
    "may_look_behind",
    "offers",
    "offers_of",
    "plate",
    "plate_payment_limit",
    "plates",
    "posts_of",
    "read_plate",
    "shop",
    "shop_by_number",
    "shop_for",
    "standing",
    "status_counts",
    "subject_names",
    "trade_counts",
    "trades",
]
