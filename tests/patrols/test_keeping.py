"""Keeping routes and plates: what a route may pay, and what a plate is worth after a new one."""

from dataclasses import replace

import pytest

import patrols.queries
import patrols.service
import points.service
from core import clock as core_clock
from core.auth import SYSTEM
from patrols.service import RouteWish
from tests.support import patrols_builders as patrol
from tests.support.patrols_builders import refusal


@pytest.fixture(autouse=True)
def alliance(database_app, clock):
    patrol.tariff()


def rule(code, category, daily_cap):
    """A rule of the tariff in force from today."""
    points.service.add_rule(
        SYSTEM,
        code=code,
        name_zh="试行",
        name_en="On trial",
        category=category,
        points=9,
        daily_cap=daily_cap,
        valid_from=core_clock.today(),
    )
    return code


@pytest.mark.parametrize(("category", "daily_cap"), [("care", 1), ("other", None)], ids=str)
def test_a_route_pays_by_a_patrol_rule_with_a_daily_limit_only(category, daily_cap):
    keeper, code = patrol.coordinator(), rule("trial", category, daily_cap)
    wish = RouteWish("自家门口", (patrol.checkpoint(),), rule_code=code)
    assert refusal(patrols.service.create_route, keeper, wish) == "rule_not_for_routes"
    route_id = patrols.service.create_route(keeper, replace(wish, rule_code="patrol"))
    assert refusal(patrols.service.edit_route, keeper, route_id, wish) == "rule_not_for_routes"
    assert patrols.queries.route(route_id).rule_code == "patrol"


def test_another_patrol_rule_with_a_daily_limit_may_pay_a_route():
    code = rule("dawn_patrol", "patrol", 1)
    street = patrol.street(1, rule_code=code)
    assert patrol.visit(patrol.person(), street.plate(1))["points"] == 9


def test_a_rule_by_which_rounds_pay_keeps_its_limit_and_its_category():
    code = rule("dawn_patrol", "patrol", 1)
    street = patrol.street(1, rule_code=code)
    values = {"name_zh": "试行", "name_en": "On trial", "points": 9, "valid_from": core_clock.today()}

    def change(**changes):
        return refusal(points.service.change_rule, SYSTEM, code=code, based_on=1, **(values | changes))

    assert change(category="patrol") == "patrol_cap_needed"
    assert change(category="patrol", weekly_cap=7) == "patrol_cap_needed"
    assert change(category="other") == "patrol_category_stays"
    assert change(category="care", daily_cap=1) == "patrol_category_stays"
    assert patrol.visit(patrol.person(), street.plate(1))["points"] == 9


def test_a_second_tap_does_not_void_the_plate_that_was_just_printed():
    keeper, place = patrol.coordinator(), patrol.checkpoint()
    assert patrols.service.reprint_plate(keeper, place, generation=1) == 2
    printed = patrol.plate_of(place)
    assert refusal(patrols.service.reprint_plate, keeper, place, generation=1) == "plate_renewed"
    assert patrol.plate_of(place) == printed
