"""What one coordinator may not give a shop alone is written down, and waits for a second one; no point moves."""

from datetime import datetime
from uuid import UUID

from core import clock
from core.auth import Actor
from core.db import db
from merchants.models import BudgetRequest, Merchant
from merchants.rules.values import WAITING
from merchants.service.common import record


def ask(
    actor: Actor,
    key: UUID,
    shop: Merchant,
    *,
    points: int,
    reason: str,
    passed: str,
    rule_code: str | None = None,
    happened_at: datetime | None = None,
) -> BudgetRequest:
    """Let a grant wait, or with a rule the award of a deed done at `happened_at` (aware); audited.

    `passed` is the limit that it would pass. Joins the caller's transaction.
    """
    request = BudgetRequest(
        id=key,
        merchant_id=shop.id,
        points=points,
        reason=reason,
        rule_code=rule_code,
        happened_at=happened_at,
        limit_passed=passed,
        requested_by=actor.member_id or actor.id,
        requested_at=clock.now(),
        state=WAITING,
        answer="",
    )
    db.session.add(request)
    db.session.flush()
    told = {"request": str(key), "points": points, "limit": passed}
    if rule_code is None:
        record(actor, "shop.budget_requested", shop.id, **told, reason=reason)
    else:
        record(actor, "shop.award_requested", shop.id, **told, rule=rule_code)
    return request
