"""Reads about rewards: the shelf, vouchers, and the desk's lists."""

from rewards.queries.desk import (
    MovementLine,
    PickLine,
    PickVoucher,
    StockLine,
    desk_redemptions,
    low_stock,
    movements,
    open_vouchers,
    pick_list,
    stock_list,
    waiting_count,
)
from rewards.queries.returns import HandedOver, desk_redemption, handed_over, returned_lately
from rewards.queries.shelf import (
    Card,
    ShelfItem,
    back_in_stock,
    card,
    picture,
    reward,
    reward_by_number,
    shelf,
)
from rewards.queries.shops import name as shop_name
from rewards.queries.vouchers import (
    RedemptionFacts,
    ReturnFacts,
    VoucherFacts,
    my_redemptions,
    redemption,
    subject_names,
)
from rewards.rules import KINDS, MOVEMENTS, SORTS, STATES, RewardFacts

__all__ = [
    "KINDS",
    "MOVEMENTS",
    "SORTS",
    "STATES",
    "Card",
    "HandedOver",
    "MovementLine",
    "PickLine",
    "PickVoucher",
    "RedemptionFacts",
    "ReturnFacts",
    "RewardFacts",
    "ShelfItem",
    "StockLine",
    "VoucherFacts",
    "back_in_stock",
    "card",
    "desk_redemption",
    "desk_redemptions",
    "handed_over",
    "low_stock",
    "movements",
    "my_redemptions",
    "open_vouchers",
    "pick_list",
    "picture",
    "redemption",
    "returned_lately",
    "reward",
    "reward_by_number",
    "shelf",
    "shop_name",
    "stock_list",
    "subject_names",
    "waiting_count",
]
