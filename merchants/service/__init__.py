"""Use cases of partner shops, one module per group of verbs."""

from merchants.rules.shops import (
    OfferWish,
)
from merchants.service.charging import (
    cancel_charge,
    confirm_charge,
    decline_charge,
    expire_charges,
    hold_by_code,
    hold_scanned,
    order_code,
    pay_by_plate,
    refund_charge,
    see_flag,
    show_order,
    take_charge,
    take_order,
    void_charge,
)
from merchants.service.clerks import (
    add_clerk,
    check_counter_pin,
    clerk_of,
    make_owner,
    remove_clerk,
    set_counter_pin,
)
from merchants.service.common import (
    is_own_shop,
    require_figures,
    require_owner_or_desk,
)
from merchants.service.deeds import (
    award_shop,
)
from merchants.service.giving import (
    Receiver,
    gift_limits,
    give_points,
    grant_shop_budget,
    withdraw_shop_budget,
)
from merchants.service.offers import (
    add_offer,
    change_offer,
    order_offers,
    retire_offer,
)
from merchants.service.shops import (
    admit_shop,
    apply_shop,
    change_shop,
    decline_shop,
    end_shop,
    pause_shop,
    plates_to_print,
    reprint_plate,
    resume_shop,
    show_by_plate,
)
from merchants.service.trades import (
    add_trade,
    change_trade,
    install_trades,
)

__all__ = [
    "OfferWish",
    "Receiver",
    "add_clerk",
    "add_offer",
    "add_trade",
    "admit_shop",
    "apply_shop",
    "award_shop",
    "cancel_charge",
    "change_offer",
    "change_shop",
    "change_trade",
    "check_counter_pin",
    "clerk_of",
    "confirm_charge",
    "decline_charge",
    "decline_shop",
    "end_shop",
    "expire_charges",
    "gift_limits",
    "give_points",
    "grant_shop_budget",
    "hold_by_code",
    "hold_scanned",
    "install_trades",
    "is_own_shop",
    "make_owner",
    "order_code",
    "order_offers",
    "pause_shop",
    "pay_by_plate",
    "plates_to_print",
    "refund_charge",
    "remove_clerk",
    "reprint_plate",
    "require_figures",
    "require_owner_or_desk",
    "resume_shop",
    "retire_offer",
    "see_flag",
    "set_counter_pin",
    "show_by_plate",
    "show_order",
    "take_charge",
    "take_order",
    "void_charge",
    "withdraw_shop_budget",
]
