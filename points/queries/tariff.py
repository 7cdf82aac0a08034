"""The tariff: its rules, and the terms on which one deed is paid."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import clock
from core.db import db, execute
from core.fixed import Fixed
from points import rules
from points.models import Lot, TariffRule, Transfer
from points.rules import Rule

#: The columns of a `Rule`.
RULE = (
    TariffRule.id,
    TariffRule.code,
    TariffRule.version,
    TariffRule.name_zh,
    TariffRule.name_en,
    TariffRule.category,
    TariffRule.points,
    TariffRule.daily_cap,
    TariffRule.weekly_cap,
    TariffRule.valid_from,
    TariffRule.valid_until,
)
_RULE_FIELDS = tuple(column.key for column in RULE)


def rule(code: str, on: date) -> Rule | None:
    """The rule with this code as it is in force on a day (programme zone), or None."""
    if not rules.is_rule_code(code):
        return None
    query = (
        sa.select(*RULE)
        .where(TariffRule.code == code, TariffRule.valid_from <= on)
        .order_by(TariffRule.version.desc())
        .limit(1)
    )
    row = db.session.execute(query).one_or_none()
    if row is None or (row.valid_until is not None and row.valid_until <= on):
        return None
    return _rule(row)


def rules_on(on: date) -> list[Rule]:
    """The tariff in force on a day, by category, then points, then code."""
    newest: dict[str, Rule] = {}
    query = sa.select(*RULE).where(TariffRule.valid_from <= on).order_by(TariffRule.version)
    for row in db.session.execute(query):
        newest[row.code] = _rule(row)
    in_force = (each for each in newest.values() if each.valid_until is None or on < each.valid_until)
    return sorted(in_force, key=lambda each: (rules.CATEGORIES.index(each.category), each.points, each.code))


def all_rules() -> dict[str, list[Rule]]:
    """code → all versions, the newest first; by category and code."""
    query = sa.select(*RULE).order_by(TariffRule.code, TariffRule.version.desc())
    found: dict[str, list[Rule]] = {}
    for row in db.session.execute(query):
        found.setdefault(row.code, []).append(_rule(row))
    order = sorted(found, key=lambda code: (rules.CATEGORIES.index(found[code][0].category), code))
    return {code: found[code] for code in order}


def rule_versions(code: str) -> list[Rule]:
    """All versions of a rule, the newest first; empty for an unknown code."""
    if not rules.is_rule_code(code):
        return []
    query = sa.select(*RULE).where(TariffRule.code == code).order_by(TariffRule.version.desc())
    return [_rule(row) for row in db.session.execute(query)]


def versions_of(codes: Collection[str]) -> dict[str, list[Rule]]:
    """code → all versions, the newest first; unknown codes are left out."""
    query = sa.select(*RULE).where(TariffRule.code.in_(sorted(codes))).order_by(TariffRule.version.desc())
    found: dict[str, list[Rule]] = {}
    for row in execute(query):
        found.setdefault(row.code, []).append(_rule(row))
    return found


def _rule(row: Any) -> Rule:
    return Rule(**{name: getattr(row, name) for name in _RULE_FIELDS})


def rule_of(row: Any) -> Rule:
    """The rule in a row that has its columns under the names `rule_id`, `rule_code` and so on."""
    values = {
        column.key: getattr(row, f"rule_{column.key}") for column in RULE if column is not TariffRule.id
    }
    return Rule(id=row.rule_id, **values)


@dataclass(frozen=True, slots=True)
class Terms:
    """What decides about one award: the rule, how often it has paid this member, what the member has now."""

    rule: Rule
    on_day: int
    in_week: int
    balance: int


def terms(member_id: UUID, code: str, day: date) -> Terms | None:
    """The terms for a deed of `day` in one statement; None when no version of the rule began by then.

    Counts are only sure while the member's account is locked.
    """
    monday = day - timedelta(days=day.weekday())
    values = {
        "member": member_id,
        "code": code,
        "day": day,
        "today": clock.today(),
        "day_start": clock.start_of(day),
        "day_end": clock.start_of(day + timedelta(days=1)),
        "week_start": clock.start_of(monday),
        "week_end": clock.start_of(monday + timedelta(days=7)),
    }
    row = execute(_TERMS, values).one_or_none()
    if row is None:
        return None
    # PostgreSQL sums bigint columns as numeric.
    return Terms(_rule(row), row.on_day, row.in_week, int(row.balance))


def _paid_between(start: str, end: str) -> sa.ColumnElement[int]:
    version, undone = sa.orm.aliased(TariffRule), sa.orm.aliased(Transfer)
    begin = sa.bindparam(start, type_=Transfer.posted_at.type)
    return (
        sa.select(sa.func.count())
        .select_from(Transfer)
        .join(version, version.id == Transfer.rule_id)
        .where(
            Transfer.credit_account_id == sa.bindparam("member"),
            Transfer.kind == "earn",
            version.code == sa.bindparam("code"),
            # Nothing is booked before it happens, so the index by time of booking finds all of them.
            Transfer.posted_at >= begin,
            Transfer.happened_at >= begin,
            Transfer.happened_at < sa.bindparam(end, type_=Transfer.posted_at.type),
            ~sa.exists().where(undone.reverses_id == Transfer.id),
        )
        .scalar_subquery()
    )


def _capped(cap: Any, count: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    return sa.case((cap.is_not(None), count), else_=0)


_TERMS = Fixed(
    sa.select(
        *RULE,
        _capped(TariffRule.daily_cap, _paid_between("day_start", "day_end")).label("on_day"),
        _capped(TariffRule.weekly_cap, _paid_between("week_start", "week_end")).label("in_week"),
        sa.select(sa.func.coalesce(sa.func.sum(Lot.balance), 0))
        .where(Lot.account_id == sa.bindparam("member"), Lot.expires_on >= sa.bindparam("today"))
        .scalar_subquery()
        .label("balance"),
    )
    .where(TariffRule.code == sa.bindparam("code"), TariffRule.valid_from <= sa.bindparam("day"))
    .order_by(TariffRule.version.desc())
    .limit(1)
)
