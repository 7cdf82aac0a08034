"""Pay what one person at the desk decides by the tariff, up to what one person may give alone."""

from datetime import datetime, timedelta
from uuid import UUID

from core import clock
from core.auth import Actor
from points import ledger, queries, rules
from points.errors import DeedAboveLimit, SecondNeeded, WeekFull
from points.service.awarding_many import limits, monday
from points.service.given import given_today
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

    Raises `SecondNeeded` when he has given this member this week, or everybody today (`given_today`), as much as one
    person may; somebody else decides then. Raises `DeedAboveLimit` where nobody could.
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
        _check_worth(paid.rule)
        today = clock.today()
        week = queries.entered_alone(own, clock.start_of(monday(today)), member_id) - paid.points
        day = given_today(own) - paid.points
        passed = rules.alone_limit_passed(paid.points, week, day, limits())
        if passed is not None:
            raise SecondNeeded(limit=passed)
    return paid


def _check_worth(rule: rules.Rule) -> None:
    """Raise `DeedAboveLimit` for a deed of which no single person may give even one: nobody else could either."""
    known = limits()
    most = min(known.member_week, known.coordinator_day)
    if rule.points > most:
        raise DeedAboveLimit(rule=rule.code, points=rule.points, most=most)


def shop_limit_passed(actor: Actor, rule: rules.Rule, in_week: int) -> str | None:
    """Which limit the award of a shop's deed by one person would pass: "award", "member_week", "coordinator_day", None.

    `in_week` is what the shop has been awarded alone this week. Only sure under the locks of `shop_deed_rule`.
    """
    if actor.kind == "system":
        return None
    return rules.award_limit_passed(rule.points, in_week, given_today(actor.member_id or actor.id), limits())


def promise_alone(actor: Actor, rule: rules.Rule) -> None:
    """Let one person promise the points of a rule to somebody whom nobody knows, within what he may give in a day.

    Joins the caller's transaction, which writes the promise down. Raises `SecondNeeded`, and `DeedAboveLimit` for a
    rule of which nobody may promise even one.
    """
    own = actor.member_id
    if own is None:
        return
    _check_worth(rule)
    # Only his own account: two of his promises at once share the limit of his day.
    ledger.lock((ledger.member(own),), lots=False)
    if given_today(own) + rule.points > limits().coordinator_day:
        raise SecondNeeded(limit="coordinator_day")


def pay_promised(
    actor: Actor,
    *,
    key: UUID,
    member_id: UUID,
    squad_id: UUID | None,
    rule_code: str,
    subject_type: str,
    subject_id: UUID,
) -> Paid:
    """`pay_deed` today for what one person has promised and nobody knows whom. Joins the caller's transaction.

    It counts towards the week of the member who collects, as what people give him alone does (`given_alone`). Raises
    `WeekFull` when that would be more than a member gets so; the first of a week is paid whatever it comes to, so
    that no promise is lost for good.
    """
    ledger.lock((ledger.member(member_id),), lots=False)
    paid = pay_deed(
        actor,
        key=key,
        member_id=member_id,
        squad_id=squad_id,
        rule_code=rule_code,
        happened_at=clock.now(),
        subject_type=subject_type,
        subject_id=subject_id,
    )
    first, most = monday(clock.today()), limits().member_week
    earlier = queries.given_alone(member_id, clock.start_of(first)) - paid.points
    if earlier > 0 and earlier + paid.points > most:
        raise WeekFull(most=most, on=(first + timedelta(days=7)).isoformat())
    return paid
