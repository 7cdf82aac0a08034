"""Words and bounds that tables, decisions and forms of the merchants package share."""

from datetime import timedelta
from typing import Final

LONGEST_NAME: Final = 40
LONGEST_TEXT: Final = 500
LONGEST_REASON: Final = 200
LONGEST_REFERENCE: Final = 60

# --- Shops -----------------------------------------------------------------------------------------------------------

APPLIED: Final = "applied"
ACTIVE: Final = "active"
PAUSED: Final = "paused"
LEFT: Final = "left"
STATUSES: Final = (APPLIED, ACTIVE, PAUSED, LEFT)
OWNER: Final = "owner"
CLERK: Final = "clerk"
POSTS: Final = (OWNER, CLERK)

#: So soon the desk calls whoever has applied with a shop: what the applicant is promised.
CALLED_WITHIN: Final = timedelta(days=7)

#: What a shop is to get, while it waits for a second coordinator, and what became of it.
WAITING: Final = "waiting"
BUDGET_REQUEST_STATES: Final = (WAITING, "agreed", "declined", "cancelled")

# --- Charges ---------------------------------------------------------------------------------------------------------

#: How points are taken: order on the clerk's screen, member's phone code, printed card with PIN, plate on the counter.
BY_ORDER: Final = "order"
BY_PHONE: Final = "phone"
BY_CARD: Final = "card"
BY_PLATE: Final = "plate"
WAYS: Final = (BY_ORDER, BY_PHONE, BY_CARD, BY_PLATE)

#: An order that nobody has scanned yet.
SHOWN: Final = "shown"
#: The member's points are in escrow.
HELD: Final = "held"
PAID: Final = "paid"
#: Called off by either side before it was paid; points that were held are back.
CANCELLED: Final = "cancelled"
#: Its time ran out before it was paid; points that were held are back.
EXPIRED: Final = "expired"
#: Taken back by the clerk within minutes.
VOIDED: Final = "voided"
#: Given back later, by the owner or a coordinator.
REFUNDED: Final = "refunded"
CHARGE_STATES: Final = (SHOWN, HELD, PAID, CANCELLED, EXPIRED, VOIDED, REFUNDED)
#: So long an order is shown, and so long points wait in escrow for "paid".
HOLD_LIFE: Final = timedelta(seconds=120)
#: So long the clerk may void a payment.
VOID_LIFE: Final = timedelta(minutes=10)

FLAGS: Final = ("same_pair", "own_shop", "closing_time", "gift_returned")

# --- Settlement ------------------------------------------------------------------------------------------------------

DRAFT: Final = "draft"
AGREED: Final = "agreed"
SETTLED: Final = "paid"
CLOSED: Final = "closed"
SETTLEMENT_STATES: Final = (DRAFT, AGREED, SETTLED, CLOSED)
#: What a line of a settlement comes from: a paid charge, a voucher handed over, or either of them given back.
LINE_KINDS: Final = ("charge", "voucher", "refund")
MOST_CENTS_PER_POINT: Final = 10_000
