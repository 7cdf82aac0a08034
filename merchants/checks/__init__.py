"""What must hold in the books of shops, for `flask points check`: one module per subject."""

from core.seals import Audited
from merchants.checks.charges import CHARGES
from merchants.checks.giving import GIVING
from merchants.checks.settlements import SETTLEMENTS

#: What is written once and for all, for the audit log to seal: statements from the moment when they are closed.
AUDITED = (
    Audited("settlement", "closed_at"),
    Audited("settlement_line", "closed_at", of="settlement_id"),
    Audited("settlement_payback", "recorded_at"),
    Audited("conversion_rate", "created_at"),
    Audited("shop_deed", "awarded_at"),
    Audited("shop_gift", "given_at"),
    Audited("budget_change", "changed_at"),
    Audited("budget_request", "decided_at"),
)
#: name → query whose every row is a fault; the factory hands them to `points.checks.also_check`.
INVARIANTS: dict[str, str] = {**CHARGES, **GIVING, **SETTLEMENTS}
