"""The tariff: rules have versions with first days; what has paid is never changed."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from core import clock as core_clock
from core.auth import Actor
from core.clock import FrozenClock
from core.errors import PermissionMissing
from points import queries, rules, service
from points.errors import (
    DailyCapReached,
    PatrolCapNeeded,
    PatrolCategoryStays,
    RuleExists,
    RuleInvalid,
    RuleUnknown,
    TariffChanged,
)
from tests.support import members_builders as people
from tests.support import points_builders as build

KEEPER = Actor(id=uuid4(), kind="member", permissions=frozenset({"tariff.manage"}))
TODAY = date(2026, 11, 18)


def change(code: str, based_on: int, **changes: Any) -> rules.Rule:
    values = {
        "name_zh": "好事",
        "name_en": "Good deed",
        "category": "other",
        "points": 7,
        "valid_from": core_clock.today(),
    }
    return service.change_rule(KEEPER, code=code, based_on=based_on, **(values | changes))


def test_the_printed_tariff_is_the_default_and_is_installed_once(app: Flask, clock: FrozenClock) -> None:
    assert service.install_tariff() == len(queries.rules_on(TODAY))
    assert service.install_tariff() == 0
    paid = {rule.code: rule.points for rule in queries.rules_on(TODAY)}
    assert (paid["patrol"], paid["lead"], paid["care"]) == (2, 20, 50)
    assert {rule.category for rule in queries.rules_on(TODAY)} == set(rules.CATEGORIES)
    patrol = queries.rule("patrol", date(2025, 1, 1))
    assert patrol is not None
    assert patrol.daily_cap == 2


def test_a_changed_rule_pays_anew_from_its_first_day_and_old_awards_keep_theirs(
    database_app: Flask, clock: FrozenClock
) -> None:
    coordinator, wang = people.staff(), people.member()
    rule = build.tariff_rule(points=5)
    service.award_deed(coordinator, key=uuid4(), member_id=wang.id, rule_code=rule.code)
    change(rule.code, 1, points=8, valid_from=TODAY + timedelta(days=1))
    service.award_deed(coordinator, key=uuid4(), member_id=wang.id, rule_code=rule.code)
    clock.tick(days=1)
    service.award_deed(coordinator, key=uuid4(), member_id=wang.id, rule_code=rule.code)
    lines = queries.statement(wang.id).items
    assert [(line.points, line.rule.version) for line in lines if line.rule] == [(8, 2), (5, 1), (5, 1)]
    assert build.faults() == {}


def test_the_cap_counts_awards_by_any_version_of_the_rule(database_app: Flask, clock: FrozenClock) -> None:
    coordinator, wang = people.staff(), people.member()
    rule = build.tariff_rule(daily_cap=1)
    service.award_deed(coordinator, key=uuid4(), member_id=wang.id, rule_code=rule.code)
    change(rule.code, 1, daily_cap=1)
    with pytest.raises(DailyCapReached):
        service.award_deed(coordinator, key=uuid4(), member_id=wang.id, rule_code=rule.code)


def test_a_rule_can_end_and_comes_back_only_by_a_new_version(app: Flask, clock: FrozenClock) -> None:
    rule = build.tariff_rule()
    change(rule.code, 1, valid_until=TODAY + timedelta(days=10))
    assert queries.rule(rule.code, TODAY + timedelta(days=9)) is not None
    assert queries.rule(rule.code, TODAY + timedelta(days=10)) is None
    assert rule.code not in {each.code for each in queries.rules_on(TODAY + timedelta(days=10))}
    change(rule.code, 2, valid_from=TODAY + timedelta(days=20))
    assert queries.rule(rule.code, TODAY + timedelta(days=20)) is not None


def test_two_people_do_not_overwrite_each_others_change(database_app: Flask, clock: FrozenClock) -> None:
    rule = build.tariff_rule()
    change(rule.code, 1, points=8)
    with pytest.raises(TariffChanged):
        change(rule.code, 1, points=9)
    assert [each.points for each in queries.rule_versions(rule.code)] == [8, 5]


def test_the_past_of_the_tariff_cannot_be_changed(app: Flask, clock: FrozenClock) -> None:
    rule = build.tariff_rule()
    with pytest.raises(RuleInvalid):
        change(rule.code, 1, valid_from=TODAY - timedelta(days=1))
    with pytest.raises(RuleUnknown):
        change("nothing", 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"points": 0},
        {"points": 1.5},
        {"points": True},
        {"points": 2**63},
        {"daily_cap": 0},
        {"name_zh": ""},
        {"name_en": "a" * 61},
        {"name_zh": "好\u202e事"},
        {"name_zh": "好\x00事"},
        {"name_en": "\ud800"},
        {"category": "\x00"},
        {"code": "Upper"},
        {"code": "漢字"},
        {"code": "a" * 41},
        {"code": "nul\x00"},
    ],
    ids=repr,
)
def test_rules_that_cannot_be_kept_are_refused(
    app: Flask, clock: FrozenClock, changes: dict[str, Any]
) -> None:
    with pytest.raises(RuleInvalid):
        build.tariff_rule(**changes)


def test_a_rule_for_patrols_always_has_a_daily_limit(app: Flask, clock: FrozenClock) -> None:
    with pytest.raises(PatrolCapNeeded) as refusal:
        build.tariff_rule(category="patrol")
    assert refusal.value.data == {"field": "daily_cap"}
    rule = build.tariff_rule(category="patrol", daily_cap=2)
    with pytest.raises(PatrolCapNeeded):
        change(rule.code, 1, category="patrol", weekly_cap=3)
    assert change(rule.code, 1, category="patrol", daily_cap=1).daily_cap == 1


def test_a_rule_for_patrols_stays_one_and_others_may_become_one(app: Flask, clock: FrozenClock) -> None:
    rule = build.tariff_rule(category="care")
    change(rule.code, 1, category="patrol", daily_cap=2)
    with pytest.raises(PatrolCategoryStays):
        change(rule.code, 2, category="care")


def test_a_code_names_one_rule(app: Flask, clock: FrozenClock) -> None:
    rule = build.tariff_rule()
    with pytest.raises(RuleExists):
        build.tariff_rule(code=rule.code)


def test_only_administrators_keep_the_tariff(app: Flask, clock: FrozenClock) -> None:
    with pytest.raises(PermissionMissing):
        service.install_tariff(people.staff("coordinator"))
    service.install_tariff(people.staff("administrator"))


def test_the_command_installs_the_tariff_once(app: Flask, cli: FlaskCliRunner) -> None:
    assert "rules added: 16" in cli.invoke(args=["points", "install-tariff"]).output
    assert "rules added: 0" in cli.invoke(args=["points", "install-tariff"]).output
