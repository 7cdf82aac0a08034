"""Good deeds of shops themselves, awarded by the desk by the tariff's rules for shops; above a limit by two."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import points.queries
import points.service
from core import clock
from core.auth import Actor
from core.db import db
from core.receipts import Answer, once
from merchants import queries
from merchants.models import BudgetRequest, Merchant, ShopDeed
from merchants.rules import giving as rules
from merchants.rules.shops import clean_text, require_partner
from merchants.rules.values import LONGEST_REASON
from merchants.service.asking import ask
from merchants.service.common import lock_shop, record, require_disinterested
from points.queries import Rule
from points.service import Paid


def award_shop(
    actor: Actor,
    *,
    key: UUID,
    merchant_id: UUID,
    rule_code: str,
    happened_at: datetime | None = None,
    note: str = "",
) -> Answer:
    """Award a shop's good deed by a rule for shops; needs `shop.manage`, once per key, audited.

    `happened_at` (aware) is when it was done, None is now. Above a limit of awards by hand (`ALLIANCE_AWARD_…`)
    nothing moves: the answer's `outcome` is then "shop_award_requested" instead of "shop_awarded", and the award waits
    for a second coordinator. Nobody awards the shop at which he works. Raises `OwnShop`, `ShopClosedNow`,
    `ShopUnknown`, `ShopInvalid`, `MemoHoldsNumber`, `DeedTimeInvalid` and the refusals of
    `points.service.pay_shop_deed`.
    """
    # What the ledger would not take must not wait either.
    note = points.queries.clean_memo(clean_text(note, "note", LONGEST_REASON), "note")

    def work() -> dict[str, Any]:
        shop = lock_shop(merchant_id)
        require_disinterested(actor, "shop.manage", shop)
        require_partner(shop.status, shop.name)
        done_at = rules.deed_time(happened_at, clock.now())
        rule = points.service.shop_deed_rule(
            actor, merchant_id=merchant_id, rule_code=rule_code, happened_at=done_at
        )
        passed = _limit_passed(actor, merchant_id, rule)
        if passed is not None:
            deed: dict[str, Any] = {"points": rule.points, "reason": note, "rule_code": rule.code}
            request = ask(actor, key, shop, **deed, happened_at=done_at, passed=passed)
            return _told(shop, rule, done_at, points.queries.balance(merchant_id), request)
        paid = book_deed(actor, key, merchant_id=merchant_id, rule_code=rule_code, done_at=done_at, note=note)
        record(actor, "shop.awarded", merchant_id, rule=rule_code, points=paid.points)
        return _told(shop, rule, done_at, paid.balance) | {"deed_id": str(key)}

    content = {"merchant_id": merchant_id, "rule_code": rule_code, "happened_at": happened_at, "note": note}
    return once(key, actor, "shop.award", content, work)


def book_deed(
    actor: Actor,
    key: UUID,
    *,
    merchant_id: UUID,
    rule_code: str,
    done_at: datetime,
    note: str,
    asked_by: UUID | None = None,
) -> Paid:
    """Pay a deed and write it down; joins the caller's transaction. Raises what `points.service.pay_shop_deed` does.

    `asked_by`: who had asked for it when `actor` is the second person; it stands under him.
    """
    paid = points.service.pay_shop_deed(
        actor,
        key=key,
        merchant_id=merchant_id,
        rule_code=rule_code,
        happened_at=done_at,
        subject_id=key,
        memo=note,
        asked_by=asked_by,
    )
    values = {
        "id": key,
        "merchant_id": merchant_id,
        "rule_code": paid.rule.code,
        "points": paid.points,
        "note": note,
        "happened_at": done_at,
        "awarded_at": clock.now(),
        "awarded_by": asked_by or actor.member_id or actor.id,
        "transfer_id": paid.transfer_id,
    }
    db.session.execute(sa.insert(ShopDeed), values)
    return paid


def _limit_passed(actor: Actor, merchant_id: UUID, rule: Rule) -> str | None:
    """Under the locks of `points.service.shop_deed_rule`: two awards at once must not both stay just below a limit."""
    monday = clock.start_of(points.service.monday(clock.today()))
    return points.service.shop_limit_passed(actor, rule, queries.shop_awarded_alone(merchant_id, monday))


def _told(
    shop: Merchant, rule: Rule, done_at: datetime, balance: int, request: BudgetRequest | None = None
) -> dict[str, Any]:
    return {
        "outcome": "shop_award_requested" if request else "shop_awarded",
        "deed_id": None,
        "request_id": str(request.id) if request else None,
        "limit_passed": request.limit_passed if request else None,
        "merchant_id": str(shop.id),
        "where": shop.name,
        "rule_code": rule.code,
        "rule_name_zh": rule.name_zh,
        "rule_name_en": rule.name_en,
        "points": rule.points,
        "balance": balance,
        "when": done_at.isoformat(),
    }
