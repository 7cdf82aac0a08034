"""What must hold in the books of shops, for `flask points check`: one module per subject."""

from merchants.checks.charges import CHARGES
from merchants.checks.giving import GIVING
from merchants.checks.settlements import SETTLEMENTS

#: name → query whose every row is a fault; the factory hands them to `points.checks.also_check`.
INVARIANTS: dict[str, str] = {**CHARGES, **GIVING, **SETTLEMENTS}
