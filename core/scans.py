"""A scan, as the gate hands it to the domain that owns the kind of code."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from core.codes import Code

#: A clock that is further off says nothing about when something was scanned.
MOST_SKEW: Final = timedelta(hours=12)
#: So long a scan may wait in a phone's queue and still count for the time at which it was made.
LONGEST_WAIT: Final = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Scan:
    """One code read by one reader.

    `id` is made by the phone and is the key of the receipt. `scanned_at` and `sent_at` are the phone's clock (aware,
    UTC; None when the phone did not say), `received_at` is the server's. `device_digest` tells phones apart for a day
    without naming them. `merchant_id` with `points` or `offer_id` says that a clerk takes points with it.
    """

    id: UUID
    code: Code
    received_at: datetime
    scanned_at: datetime | None = None
    sent_at: datetime | None = None
    device_digest: str | None = None
    route_id: UUID | None = None
    rule_code: str | None = None
    memo: str = ""
    member_code: Code | None = None
    merchant_id: UUID | None = None
    points: int | None = None
    offer_id: UUID | None = None

    @property
    def happened_at(self) -> datetime:
        """When the code was read, as far as the phone is to be believed: how long the scan waited, by its own clock.

        `received_at` when the phone does not show its clock, when that is too far off, or when it waited too long.
        """
        if self.scanned_at is None or self.sent_at is None:
            return self.received_at
        waited = self.sent_at - self.scanned_at
        if abs(self.received_at - self.sent_at) > MOST_SKEW or not timedelta() <= waited <= LONGEST_WAIT:
            return self.received_at
        return self.received_at - waited
