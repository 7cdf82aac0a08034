"""A shop that left pays back what it owes: nothing that it takes makes it up any more, so money does."""

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import points.service
from core import audit, clock
from core.auth import Actor
from core.db import db
from core.receipts import Answer, once
from merchants import queries
from merchants.errors import PaybackImpossible, SettlementStepImpossible, SettlementUnknown
from merchants.models import Settlement, SettlementPayback
from merchants.rules import settling as rules
from merchants.rules.values import AGREED, DRAFT
from merchants.service.common import lock_shop, require_disinterested
from merchants.service.settling import alone


def pay_back(actor: Actor, *, key: UUID, settlement_id: UUID, paid_on: date, reference: str = "") -> Answer:
    """A shop that left has paid back all that its latest statement left owed; once per key, audited.

    `paid_on` is a day of the programme's zone, `reference` the number of the receipt that the shop was given; needed
    where money was paid. The points go back to the shop's account, which repays what it owes there. Nobody who works,
    or lately worked, at the shop writes it down. Needs `settlement.manage`. Raises `SettlementUnknown`, `OwnShop`,
    `PaybackImpossible` (nothing is owed, it was paid back, or the shop is a partner again), `SettlementStepImpossible`
    (the statement is not booked yet), `ReferenceMissing`, `PaidOnInvalid`.
    """
    actor.require("settlement.manage")

    def work() -> dict[str, Any]:
        # Nobody drafts meanwhile: what is paid back is not carried over as well.
        alone()
        query = sa.select(Settlement.merchant_id, Settlement.state).where(Settlement.id == settlement_id)
        found = db.session.execute(query).one_or_none()
        if found is None:
            raise SettlementUnknown
        merchant_id, state = found
        shop = lock_shop(merchant_id)
        require_disinterested(actor, "settlement.manage", shop)
        debt = next(
            (each for each in queries.debts_of_the_left() if each.settlement_id == settlement_id), None
        )
        if debt is None:
            raise PaybackImpossible(where=shop.name)
        if state in (DRAFT, AGREED):
            raise SettlementStepImpossible(state=state, wanted="paid_back")
        kept = rules.clean_reference(reference, debt.cents)
        month_end = clock.local_date(clock.month_bounds(rules.read_month(debt.month))[1])
        rules.check_paid_on(paid_on, month_end, clock.today())
        owed = {"points": -debt.points, "cents": -debt.cents}
        transfer_id = None
        if owed["points"]:
            transfer_id = points.service.pay_back(
                actor, key=key, merchant_id=merchant_id, points=owed["points"], subject_id=settlement_id
            )
        row = SettlementPayback(
            id=key,
            settlement_id=settlement_id,
            paid_on=paid_on,
            reference=kept,
            recorded_by=actor.member_id or actor.id,
            recorded_at=clock.now(),
            transfer_id=transfer_id,
            **owed,
        )
        db.session.add(row)
        db.session.flush()
        told = {"month": debt.month, "shop": shop.name, "reference": kept, **owed}
        audit.record(actor, "settlement.paid_back", "settlement", settlement_id, **told)
        return {"settlement_id": str(settlement_id), "merchant_id": str(merchant_id), **owed}

    content = {"settlement_id": settlement_id, "paid_on": paid_on, "reference": reference}
    return once(key, actor, "settlement.pay_back", content, work)
