"""Pure decisions about rewards: who may redeem what, how long a voucher lives, what stock allows."""

from datetime import timedelta
from typing import Final

LONGEST_NAME: Final = 40
LONGEST_TEXT: Final = 600
LONGEST_NOTE: Final = 200
LARGEST_STOCK: Final = 1_000_000

#: Daily goods at the police room, security products (locks, alarms), a service at a shop, a certificate.
KINDS: Final = ("goods", "security", "service", "certificate")
#: Prepared by the desk, on the shelf, no longer offered.
DRAFT: Final = "draft"
OFFERED: Final = "offered"
RETIRED: Final = "retired"
STATUSES: Final = (DRAFT, OFFERED, RETIRED)
#: Over which a member's quota counts, in the programme's zone.
QUOTA_PERIODS: Final = ("month", "year", "ever")

#: Why stock changed. "opened" sets the first count.
MOVEMENTS: Final = ("received", "handed_over", "damaged", "counted", "returned")

HELD: Final = "held"
USED: Final = "used"
CANCELLED: Final = "cancelled"
EXPIRED: Final = "expired"
STATES: Final = (HELD, USED, CANCELLED, EXPIRED)
#: So long a voucher waits to be handed over unless the reward says otherwise; never longer than `LONGEST_LIFE`.
VOUCHER_LIFE: Final = timedelta(hours=72)
LONGEST_LIFE: Final = timedelta(days=90)
