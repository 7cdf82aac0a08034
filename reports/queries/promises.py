"""What handlers have promised by finding reports without a name useful: nothing here knows of an author."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

import points.queries
from core import clock
from core.db import execute
from points.queries import Promise
from reports.models import Report, ReportStep


def promises(since: datetime, actor_id: UUID | None = None) -> list[Promise]:
    """Each report without a name that was found useful since then (aware), with what its rule pays today.

    `actor_id`: only those that this person has found useful.
    """
    query = (
        sa.select(ReportStep.actor_id, ReportStep.at, Report.rule_code)
        .join(Report, Report.id == ReportStep.report_id)
        .where(
            ReportStep.step.in_(("judged", "registered")),
            ReportStep.at >= since,
            Report.member_id.is_(None),
            Report.verdict == "useful",
        )
    )
    if actor_id is not None:
        query = query.where(ReportStep.actor_id == actor_id)
    found = execute(query).all()
    today = clock.today()
    pays = {code: _points(code, today) for code in {each.rule_code for each in found}}
    return [Promise(each.actor_id, each.at, pays[each.rule_code]) for each in found]


def promised_alone(actor_id: UUID, since: datetime) -> int:
    """Points that the person has promised since then (aware). Only sure while his account is locked."""
    return sum(each.points for each in promises(since, actor_id))


def _points(rule_code: str, day: date) -> int:
    rule = points.queries.rule(rule_code, day)
    return rule.points if rule else 0
