"""Use cases of partner shops, one module per group of verbs."""

from merchants.rules.shops import OfferWish
from merchants.service.budgets import (
    budget_limits,
    grant_shop_budget,
    withdraw_shop_budget,
)
from merchants.service.charging import (
    cancel_charge,
    confirm_charge,
    decline_charge,
    end_overdue,
    expire_charges,
    hold_by_code,
    hold_scanned,
    order_code,
    pay_by_plate,
    refund_charge,
    see_flag,
    see_payments,
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
from merchants.service.common import is_own_shop, require_figures, require_owner_or_desk
from merchants.service.consent import accept_post, decline_post
from merchants.service.deeds import award_shop
from merchants.service.giving import (
    Receiver,
    gift_limits,
    give_points,
    show_receiver,
)
from merchants.service.history import (
    PastCharge,
    PastClosing,
    import_charges,
    import_closings,
    past_movements,
)
from merchants.service.offers import add_offer, change_offer, order_offers, retire_offer
from merchants.service.paybacks import pay_back
from merchants.service.rates import (
    add_rate,
)
from merchants.service.seconding import agree_to_request, cancel_request, decline_request
from merchants.service.settling import (
    Drafted,
    agree_settlement,
    close_settlement,
    draft_month,
    pay_settlement,
)
from merchants.service.shops import (
    admit_shop,
    apply_shop,
    change_shop,
    decline_shop,
    end_shop,
    pause_shop,
    print_plates,
    reprint_plate,
    resume_shop,
    show_by_plate,
)
from merchants.service.taking_back import withdraw_deed, withdraw_gift
from merchants.service.trades import add_trade, change_trade, install_trades

__all__ = [
    "Drafted",
    "OfferWish",
    "PastCharge",
    "PastClosing",
    "Receiver",
    "accept_post",
    "add_clerk",
    "add_offer",
    "add_rate",
    "add_trade",
    "admit_shop",
    "agree_settlement",
    "agree_to_request",
    "apply_shop",
    "award_shop",
    "budget_limits",
    "cancel_charge",
    "cancel_request",
    "change_offer",
    "change_shop",
    "change_trade",
    "check_counter_pin",
    "clerk_of",
    "close_settlement",
    "confirm_charge",
    "decline_charge",
    "decline_post",
    "decline_request",
    "decline_shop",
    "draft_month",
    "end_overdue",
    "end_shop",
    "expire_charges",
    "gift_limits",
    "give_points",
    "grant_shop_budget",
    "hold_by_code",
    "hold_scanned",
    "import_charges",
    "import_closings",
    "install_trades",
    "is_own_shop",
    "make_owner",
    "order_code",
    "order_offers",
    "past_movements",
    "pause_shop",
    "pay_back",
    "pay_by_plate",
    "pay_settlement",
    "print_plates",
    "refund_charge",
    "remove_clerk",
    "reprint_plate",
    "require_figures",
    "require_owner_or_desk",
    "resume_shop",
    "retire_offer",
    "see_flag",
    "see_payments",
    "set_counter_pin",
    "show_by_plate",
    "show_order",
    "show_receiver",
    "take_charge",
    "take_order",
    "void_charge",
    "withdraw_deed",
    "withdraw_gift",
    "withdraw_shop_budget",
]
