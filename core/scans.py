"""A scan, as the gate hands it to the domain that owns the kind of code."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.codes import Code


@dataclass(frozen=True, slots=True)
class Scan:
    """One code read by one reader.

    `id` is made by the phone and is the key of the receipt. `scanned_at` and `sent_at` are the phone's clock (aware,
    UTC; None when the phone did not say), `received_at` is the server's. `device_digest` tells phones apart for a day
    without naming them.
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
