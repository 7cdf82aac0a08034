"""Taking points at a counter: by an order, by the member's code, by the shop's plate; and taking it back."""

from merchants.service.charging.ending import (
    cancel_charge,
    decline_charge,
    end_overdue,
    expire_charges,
    refund_charge,
    void_charge,
)
from merchants.service.charging.flags import see_flag
from merchants.service.charging.holds import hold_by_code, hold_scanned, take_charge
from merchants.service.charging.orders import confirm_charge, order_code, show_order, take_order
from merchants.service.charging.plates import pay_by_plate, see_payments

__all__ = [
    "cancel_charge",
    "confirm_charge",
    "decline_charge",
    "end_overdue",
    "expire_charges",
    "hold_by_code",
    "hold_scanned",
    "order_code",
    "pay_by_plate",
    "refund_charge",
    "see_flag",
    "see_payments",
    "show_order",
    "take_charge",
    "take_order",
    "void_charge",
]
