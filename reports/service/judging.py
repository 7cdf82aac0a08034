"""Whether a report was useful, once; what it earns by the tariff. In good faith a report never costs points."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

import members.queries
import points.queries
import points.service
from core import clock
from core.auth import Actor
from core.db import db
from core.errors import DomainError
from core.receipts import Answer, once
from points.errors import DailyCapReached, RuleNotValid, RuleUnknown, WeeklyCapReached
from reports.errors import DuplicateEarnsNot, RegisterInstead, ReportJudged, StepImpossible
from reports.models import Report
from reports.rules import handling, texts
from reports.rules.kinds import KINDS
from reports.service import steps


class Earned(NamedTuple):
    """What was paid: points and transfer, or 0 and the code of the refusal why not."""

    points: int
    transfer_id: UUID | None
    unpaid: str | None


def judge_useful(
    actor: Actor, *, key: UUID, report_id: UUID, version: int, useful: bool = True, public_note: str = ""
) -> Answer:
    """Say once whether a report was useful, once per key; needs `report.handle` and its words.

    By name it is paid at once, by the rule of its kind: `points` in the answer, or 0 and `unpaid` with the code of why
    not (cap reached, the reporter is not active). Without a name it can be collected from `collect_from` on. Raises
    `SecondNeeded` (he alone has given and promised as much as one person may), `ReportJudged`, `ReportChanged`,
    `ReportUnknown`, `WordsClosed`, `OwnReport`, `DuplicateEarnsNot`, `RegisterInstead` (a rented home),
    `StepImpossible` (nobody has taken it yet), `TextInvalid`.
    """
    note = texts.clean_words(public_note, "public_note", texts.LONGEST_NOTE, required=False)
    content = {"report_id": report_id, "useful": useful, "public_note": note}

    def work() -> dict[str, Any]:
        judge_id = steps.require_handler(actor)
        report = _to_judge(report_id, version, judge_id)
        if useful and KINDS[report.kind].registered:
            raise RegisterInstead
        earned = award(actor, key, report) if useful else Earned(0, None, None)
        if not useful:
            report.verdict = "not_useful"
        steps.record(actor, report, "judged", note, "", useful=useful, points=earned.points)
        return {
            "outcome": "judged",
            "report_id": str(report.id),
            "verdict": report.verdict,
            "points": earned.points,
            "unpaid": earned.unpaid,
            "collect_from": report.collect_from and report.collect_from.isoformat(),
        }

    return once(key, actor, "report.judge", content, work)


def _to_judge(report_id: UUID, version: int, judge_id: UUID) -> Report:
    verdict = db.session.scalar(sa.select(Report.verdict).where(Report.id == report_id).with_for_update())
    if verdict is not None and verdict != "open":
        raise ReportJudged(verdict=verdict)
    report = steps.lock(report_id, version)
    steps.check_not_own(report, judge_id)
    if report.duplicate_of_id is not None:
        first = db.session.scalar(sa.select(Report.number).where(Report.id == report.duplicate_of_id))
        raise DuplicateEarnsNot(number=first)
    if report.state == "received":
        raise StepImpossible(state=report.state, wanted="judged")
    steps.check_may_read(report, judge_id)
    return report


def award(actor: Actor, key: UUID, report: Report) -> Earned:
    """Mark a locked report as useful and pay its reporter, if it has a name. Joins the caller's transaction.

    Raises `SecondNeeded`, also for a report without a name: what it promises counts towards the day of who promises.
    """
    report.verdict, report.rule_code = "useful", KINDS[report.kind].rule_code
    if report.member_id is None or report.received_at is None:
        rule = points.queries.rule(report.rule_code, clock.today())
        if rule is not None:
            points.service.promise_alone(actor, rule)
        report.collect_from = handling.collect_from(clock.today())
        return Earned(0, None, None)
    earned = pay(actor, key, report.member_id, report.rule_code, report.received_at, "report", report.id)
    report.points, report.transfer_id = earned.points, earned.transfer_id
    return earned


def take_back(actor: Actor, key: UUID, transfer_id: UUID | None, reason: str) -> None:
    """Withdraw what was paid for what is struck out, unless the ledger desk has done it. Joins the transaction.

    Raises what `points.service.withdraw_award` raises.
    """
    if transfer_id is not None and not points.queries.taken_back([transfer_id]):
        points.service.withdraw_award(actor, key=key, transfer_id=transfer_id, reason=reason)


def pay(
    actor: Actor,
    key: UUID,
    member_id: UUID,
    rule_code: str,
    happened_at: datetime,
    subject_type: str,
    subject_id: UUID,
) -> Earned:
    """Pay a member for one deed, as far as the tariff and his membership allow. Joins the caller's transaction.

    What was done stays done without points: a cap that is reached makes no report useless and no bill unpaid. Raises
    `SecondNeeded` when one person alone would give too much by reports and homes, `DeedAboveLimit` where anybody would.
    """
    holder = members.queries.facts(member_id)
    try:
        members.queries.require_active(holder)
    except DomainError as refusal:
        return Earned(0, None, refusal.code)
    # A bill has a receipt to show; what was useful, and that a home is let, is somebody's word.
    pay_it = points.service.pay_deed if subject_type == "bill" else points.service.pay_deed_alone
    try:
        paid = pay_it(
            actor,
            key=key,
            member_id=member_id,
            squad_id=holder.squad_id,
            rule_code=rule_code,
            happened_at=happened_at,
            subject_type=subject_type,
            subject_id=subject_id,
        )
    except (DailyCapReached, WeeklyCapReached, RuleNotValid, RuleUnknown) as refusal:
        return Earned(0, None, refusal.code)
    return Earned(paid.points, paid.transfer_id, None)
