"""Keep the tariff: rules are added and get new versions; nothing that has paid is ever changed."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from core import audit, clock
from core.auth import SYSTEM, Actor
from core.db import db, new_id, transactional
from points import queries, rules
from points.errors import RuleExists, RuleUnknown, TariffChanged
from points.models import TariffRule
from points.rules import Rule


class _Default(NamedTuple):
    code: str
    name_zh: str
    name_en: str
    category: str
    points: int
    daily_cap: int | None = None
    weekly_cap: int | None = None


#: The tariff as the programme of the source story printed it (patrol 2, lead 20, care 50), and a rule for every other
#: category in proportion to these.
DEFAULTS = (
    _Default("patrol", "义务巡逻", "Duty patrol", "patrol", 2, daily_cap=2),
    _Default("lead", "提供有用线索", "Useful lead", "report", 20),
    _Default("hazard", "上报安全隐患", "Safety hazard reported", "report", 10, daily_cap=3),
    _Default("dispute", "及时反映纠纷", "Dispute reported in time", "report", 5, daily_cap=2),
    _Default("report", "反映有用情况", "Useful report", "report", 5, daily_cap=3),
    _Default("care", "关爱活动", "Care activity", "care", 50, daily_cap=1, weekly_cap=3),
    _Default("visit", "看望独居老人", "Visit to an elder living alone", "care", 10, daily_cap=2),
    _Default(
        "publicity", "反诈与安全宣传", "Publicity against fraud and accidents", "publicity", 5, daily_cap=2
    ),
    _Default("mediation", "调解邻里纠纷", "Dispute between neighbours settled", "mediation", 20, daily_cap=2),
    _Default("rental", "主动登记出租房", "Rented home registered unasked", "rental", 10, weekly_cap=5),
    _Default("bill", "在警务室缴水电气费", "Bill paid at the police room", "bill", 2, weekly_cap=3),
    _Default("training", "参加培训", "Training attended", "training", 5, daily_cap=1),
    _Default("other", "其他好事", "Other good deed", "other", 5, daily_cap=2),
    _Default("shop_self_check", "商户安全自查", "Shop's own safety check done", "shop", 10, weekly_cap=1),
    _Default("shop_notice", "张贴宣传告示", "Notice displayed in the shop", "shop", 5, weekly_cap=2),
    _Default("shop_help", "为巡逻队提供帮助", "Helped a patrol", "shop", 5, daily_cap=1),
)
#: Defaults hold for any deed, however long ago: histories are booked under them too.
_FROM_THE_BEGINNING = date(2000, 1, 1)


@transactional
def install_tariff(actor: Actor = SYSTEM) -> int:
    """Add the default rules whose codes are not in use yet; returns how many. Can be repeated."""
    if actor.kind != "system":
        actor.require("tariff.manage")
    known = set(db.session.scalars(sa.select(TariffRule.code)))
    added = [default for default in DEFAULTS if default.code not in known]
    for default in added:
        _insert(actor, {**default._asdict(), "valid_from": _FROM_THE_BEGINNING, "valid_until": None}, 1)
    return len(added)


@transactional
def add_rule(
    actor: Actor,
    *,
    code: str,
    name_zh: str,
    name_en: str,
    category: str,
    points: int,
    daily_cap: int | None = None,
    weekly_cap: int | None = None,
    valid_from: date,
    valid_until: date | None = None,
) -> Rule:
    """Add a rule that pays from `valid_from` to the day before `valid_until`; needs `tariff.manage`, audited.

    Raises `RuleInvalid`, `PatrolCapNeeded`, `RuleExists`.
    """
    actor.require("tariff.manage")
    values = {
        "code": rules.clean_rule_code(code),
        **_checked(
            name_zh=name_zh,
            name_en=name_en,
            category=category,
            points=points,
            daily_cap=daily_cap,
            weekly_cap=weekly_cap,
            valid_from=valid_from,
            valid_until=valid_until,
        ),
    }
    if queries.rule_versions(code):
        raise RuleExists(rule=code)
    return _insert(actor, values, 1)


@transactional
def change_rule(
    actor: Actor,
    *,
    code: str,
    based_on: int,
    name_zh: str,
    name_en: str,
    category: str,
    points: int,
    daily_cap: int | None = None,
    weekly_cap: int | None = None,
    valid_from: date,
    valid_until: date | None = None,
) -> Rule:
    """Give a rule its next version, in force from `valid_from`, today or later; needs `tariff.manage`, audited.

    `based_on` is the version that the change was made from. Awards already booked keep the version they were paid by.
    Raises `RuleUnknown`, `RuleInvalid`, `PatrolCapNeeded`, `PatrolCategoryStays`, and `TariffChanged` when there is a
    newer version than `based_on`.
    """
    actor.require("tariff.manage")
    versions = queries.rule_versions(code)
    if not versions:
        raise RuleUnknown(rule=code)
    if versions[0].version != based_on:
        raise TariffChanged(rule=code)
    rules.check_category_change(versions[0].category, category)
    values = _checked(
        name_zh=name_zh,
        name_en=name_en,
        category=category,
        points=points,
        daily_cap=daily_cap,
        weekly_cap=weekly_cap,
        valid_from=valid_from,
        valid_until=valid_until,
    )
    return _insert(actor, {"code": code, **values}, based_on + 1)


def _checked(**values: Any) -> dict[str, Any]:
    names = {field: rules.clean_rule_name(values.pop(field), field) for field in ("name_zh", "name_en")}
    rules.check_rule(**values, today=clock.today())
    return names | values


def _insert(actor: Actor, values: Mapping[str, Any], version: int) -> Rule:
    rule = Rule(id=new_id(), version=version, **values)
    row = {field: getattr(rule, field) for field in Rule.__dataclass_fields__}
    stamp = {"created_at": clock.now(), "created_by": actor.member_id or actor.id}
    try:
        db.session.execute(sa.insert(TariffRule), row | stamp)
    except sa.exc.IntegrityError as error:
        # Two changes at the same moment: the constraint lets one of them through.
        raise TariffChanged(rule=rule.code) from error
    audit.record(
        actor, "tariff.change", "tariff_rule", rule.id, rule=rule.code, version=version, points=rule.points
    )
    return rule


def rule_id(code: str, on: date) -> UUID:
    """Id of the rule in force on a day, for histories. Raises `RuleUnknown`."""
    found = queries.rule(code, on)
    if found is None:
        raise RuleUnknown(rule=code)
    return found.id
