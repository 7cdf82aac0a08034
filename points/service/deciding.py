"""Pay what one person at the desk decides by the tariff, up to what one person may give alone."""

from datetime import datetime
from uuid import UUID

from core import clock
from core.auth import Actor
from points import ledger, queries, rules
from points.errors import DeedAboveLimit, SecondNeeded
from points.service.awarding_many import limits, monday
from points.service.paying import Paid, pay_deed


def pay_deed_alone(
    actor: Actor,
    *,
    key: UUID,
    member_id: UUID,
    squad_id: UUID | None,
    rule_code: str,
    happened_at: datetime,
    subject_type: str,
    subject_id: UUID | None,
) -> Paid:
    """`pay_deed` for what one person at the desk decides: a useful report, a registered home. Joins the transaction.

    Raises `SecondNeeded` when he has given this member, or has given today, as much as one person may; somebody else
    decides then. Counted like awards by hand (`entered_alone`). Raises `DeedAboveLimit` as `check_worth` does.
    """
    own = actor.member_id
    if own is not None:
        # His own account as well: two of his decisions at once share the limit of his day.
        ledger.lock((ledger.member(own), ledger.member(member_id)), lots=False)
    paid = pay_deed(
        actor,
        key=key,
        member_id=member_id,
        squad_id=squad_id,
        rule_code=rule_code,
        happened_at=happened_at,
        subject_type=subject_type,
        subject_id=subject_id,
    )
    if own is not None:
        check_worth(paid)
        today = clock.today()
        week = queries.entered_alone(own, clock.start_of(monday(today)), member_id) - paid.points
        day = queries.entered_alone(own, clock.start_of(today)) - paid.points
        passed = rules.alone_limit_passed(paid.points, week, day, limits())
        if passed is not None:
            raise SecondNeeded(limit=passed)
    return paid


def check_worth(paid: Paid) -> None:
    """Raise `DeedAboveLimit` for a deed of which no single person may give even one: nobody else could either."""
    known = limits()
    most = min(known.member_week, known.coordinator_day)
    if paid.points > most:
        raise DeedAboveLimit(rule=paid.rule.code, points=paid.points, most=most)
