"""The use cases of rewards: keep catalogue and stock, reserve and call off, hand over, wait, mark."""

from rewards.rules import RewardFacts, RewardWish
from rewards.service.catalogue import (
    change_reward,
    create_reward,
    offer_reward,
    put_picture,
    remove_picture,
    retire_reward,
)
from rewards.service.expiring import expire_redemptions
from rewards.service.handing_over import hand_over, show_voucher
from rewards.service.history import PastDelivery, PastRedemption, import_redemptions, past_movements
from rewards.service.redeeming import cancel_redemption, reserve
from rewards.service.retention import forget_fitting_places
from rewards.service.returning import return_redemption
from rewards.service.stock import count_stock, damage_stock, receive_stock
from rewards.service.waiting import mark, stop_waiting, unmark, wait_for

__all__ = [
    "PastDelivery",
    "PastRedemption",
    "RewardFacts",
    "RewardWish",
    "cancel_redemption",
    "change_reward",
    "count_stock",
    "create_reward",
    "damage_stock",
    "expire_redemptions",
    "forget_fitting_places",
    "hand_over",
    "import_redemptions",
    "mark",
    "offer_reward",
    "past_movements",
    "put_picture",
    "receive_stock",
    "remove_picture",
    "reserve",
    "retire_reward",
    "return_redemption",
    "show_voucher",
    "stop_waiting",
    "unmark",
    "wait_for",
]
