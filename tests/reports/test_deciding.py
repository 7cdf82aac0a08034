"""What one person at the desk may give alone by finding reports useful and registering homes."""

from datetime import date
from functools import partial

import pytest
from flask import Flask

import core.clock
import points.queries
import reports.service
from core.auth import Actor
from core.clock import FrozenClock
from core.db import new_id
from reports import queries
from tests.support import points_builders
from tests.support import reports_builders as build
from tests.support.ledger_crew import at_once, codes


@pytest.fixture
def app(app: Flask, clock: FrozenClock) -> Flask:
    build.tariff()
    return app


def found_useful(coordinator: Actor, friend: Actor) -> int:
    """Points for one more report of the friend that the coordinator finds useful."""
    earned: int = build.useful(coordinator, build.told(friend, "scam"))["points"]
    return earned


def test_one_coordinator_cannot_enrich_a_friend_by_useful_reports(app: Flask, clock: FrozenClock):
    chen, wang = build.desk(), build.resident()
    for _ in range(10):
        assert found_useful(chen, wang) == 20
    eleventh = build.told(wang, "scam")
    build.take(chen, eleventh)
    refused = build.refusal(build.judge, chen, eleventh)
    assert (refused.code, refused.data["limit"]) == ("second_needed", "member_week")
    assert queries.course(wang, eleventh).verdict == "open"
    # To another resident he may still give, and another coordinator may judge this one.
    assert found_useful(chen, build.resident("李小红")) == 20
    liu = build.desk("刘警官")
    build.step(chen, eleventh, "assign", handler_id=liu.member_id)
    assert build.judge(liu, eleventh)["points"] == 20
    build.next_week(clock)
    assert found_useful(chen, wang) == 20
    assert points_builders.faults() == {}


def test_homes_and_reports_count_towards_what_awards_by_hand_may_come_to(app: Flask):
    chen, wang = build.desk(), build.resident()
    for _ in range(9):
        found_useful(chen, wang)
    home = {"term_from": date(2026, 11, 1), "term_until": date(2027, 10, 31), "member_id": wang.id}
    reports.service.register_home(chen, key=new_id(), address="西苑3号楼202", **home)
    assert points.queries.entered_alone(chen.id, core.clock.start_of(core.clock.today()), wang.id) == 190
    refused = build.refusal(found_useful, chen, wang)
    assert refused.code == "second_needed"


def test_a_report_worth_more_than_anybody_may_give_alone_is_refused_to_everybody_with_the_reason(make_app):
    with make_app(award_member_week_limit=19).app_context():
        build.tariff()
        refused = build.refusal(found_useful, build.desk(), build.resident())
        assert (refused.code, refused.data["points"], refused.data["most"]) == ("deed_above_limit", 20, 19)


def test_coordinators_who_find_each_others_reports_useful_are_a_ring(app: Flask):
    chen, liu = build.desk(), build.desk("刘警官")
    found_useful(chen, liu)
    assert points.queries.odd_awards() == []
    found_useful(liu, chen)
    (ring,) = points.queries.odd_awards()
    assert (ring.kind, set(ring.people), ring.times, ring.points) == ("ring", {chen.id, liu.id}, 2, 40)


def test_decisions_of_one_moment_share_the_limit(database_app: Flask):
    build.tariff()
    chen, wang = build.desk(), build.resident()
    for _ in range(7):
        found_useful(chen, wang)
    waiting = [build.told(wang, "scam") for _ in range(6)]
    for each in waiting:
        build.take(chen, each)
    works = [partial(build.judge, chen, each) for each in waiting]
    assert codes(at_once(database_app, works)) == {"done": 3, "second_needed": 3}
    assert build.balance(wang) == 200
