"""What one person may promise alone by finding reports without a name useful, and how fast it is collected."""

from collections.abc import Iterator
from functools import partial
from importlib import import_module
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

import points.queries
import points.service
import reports.service
from alliance import keeper
from core import clock as core_clock
from core.auth import Actor
from core.clock import FrozenClock
from core.db import db, new_id
from points.models import OddAward
from points.rules import AwardLimits
from reports import queries
from reports.models import Report
from tests.conftest import MakeApp
from tests.support import guessing, points_builders
from tests.support import reports_builders as build
from tests.support.ledger_crew import at_once, codes


@pytest.fixture
def app(make_app: MakeApp, engine_url: str, clock: FrozenClock) -> Iterator[Flask]:
    app = make_app(engine_url, award_member_week_limit=50, award_coordinator_day_limit=90)
    with app.app_context():
        build.tariff()
        yield app


def taken(coordinator: Actor) -> UUID:
    """A scam without a name that the coordinator has taken, and may judge."""
    report_id, _number, _password = build.unnamed(coordinator, "scam")
    build.take(coordinator, report_id)
    return report_id


def tokens(clock: FrozenClock, coordinator: Actor, many: int) -> list[str]:
    """Tokens of so many scams without a name, free to be collected."""
    sent = [build.unnamed(coordinator, "scam") for _ in range(many)]
    for report_id, _number, _password in sent:
        build.useful(coordinator, report_id)
    build.next_week(clock)
    return [reports.service.claim_token(number, password).token for _id, number, password in sent]


def test_nobody_alone_promises_more_in_a_day_than_he_may_give(app: Flask, clock: FrozenClock):
    chen, wang = build.desk(), build.resident()
    build.useful(chen, build.told(wang, "scam"))
    for _ in range(3):
        build.judge(chen, taken(chen))
    fifth = taken(chen)
    refused = build.refusal(build.judge, chen, fifth)
    assert (refused.code, refused.data["limit"]) == ("second_needed", "coordinator_day")
    row = db.session.execute(sa.select(Report.verdict, Report.collect_from).where(Report.id == fifth)).one()
    assert tuple(row) == ("open", None), "nothing was changed"
    # Promises count for awards by hand and for reports by name as well; what is not useful promises nothing.
    waits = points.service.award_deed(
        chen, key=new_id(), member_id=build.resident().id, rule_code="lead"
    ).body
    assert (waits["outcome"], waits["limit_passed"]) == ("requested", "coordinator_day")
    by_name = build.told(build.resident("李小红"), "scam")
    build.take(chen, by_name)
    assert build.refusal(build.judge, chen, by_name).code == "second_needed"
    build.judge(chen, taken(chen), useful=False)
    liu = build.desk("刘警官")
    build.step(chen, fifth, "assign", handler_id=liu.member_id)
    assert build.judge(liu, fifth)["collect_from"] is not None
    clock.tick(days=1)
    assert build.judge(chen, taken(chen))["collect_from"] is not None


def test_an_award_that_waits_because_of_promises_leaves_nothing_that_leads_to_a_report(
    app: Flask, clock: FrozenClock
):
    chen, author = build.desk(), build.resident()
    told = [taken(chen) for _ in range(4)]
    for each in told:
        build.judge(chen, each)
    before = {name: len(rows) for name, rows in guessing.dump().items()}
    wish = {"member_id": author.id, "rule_code": "lead"}
    assert points.service.award_deed(chen, key=new_id(), **wish).body["outcome"] == "requested"
    after = guessing.dump()
    grown = {name: rows[before[name] :] for name, rows in after.items() if len(rows) > before[name]}
    assert set(grown) == {"account", "award_request", "receipt", "audit_entry"}
    written = str(grown).replace("-", "")
    assert [each for each in told if each.hex in written] == []
    numbers = [str(value) for rows in grown.values() for row in rows for value in row.values()]
    assert "80" not in numbers, "what was promised is not written down"


def test_promises_of_one_moment_share_the_limit(app: Flask, clock: FrozenClock):
    chen = build.desk()
    works = [partial(build.judge, chen, taken(chen)) for _ in range(6)]
    assert codes(at_once(app, works)) == {"done": 4, "second_needed": 2}
    db.session.rollback()
    assert queries.promised_alone(chen.id, core_clock.start_of(core_clock.today())) == 80


def test_a_claim_above_the_week_of_its_receiver_waits_and_its_token_stays_good(
    app: Flask, clock: FrozenClock
):
    wang, li = build.resident(), build.resident("李小红")
    first, second, third, fourth = tokens(clock, build.desk(), 4)
    build.collect(wang, first)
    build.collect(wang, second)
    refused = build.refusal(build.collect, wang, third)
    assert (refused.code, refused.data) == ("week_full", {"most": 50, "on": "2026-11-30"})
    # What he gets by hand shares the week; somebody else, and he himself next week, collects the token.
    assert points.queries.given_alone(wang.id, points.queries.odd_since()) == 40
    assert build.collect(li, fourth)["points"] == 20
    build.next_week(clock)
    assert build.collect(wang, third)["balance"] == 60
    assert points_builders.faults() == {}


def test_tokens_of_one_moment_share_the_week(app: Flask, clock: FrozenClock):
    wang, all_of_them = build.resident(), tokens(clock, build.desk(), 4)
    works = [partial(build.collect, wang, each) for each in all_of_them]
    assert codes(at_once(app, works)) == {"done": 2, "week_full": 2}
    assert build.balance(wang) == 40


def test_the_first_claim_of_a_week_is_paid_even_when_the_limit_was_lowered(
    app: Flask, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
):
    chen, wang = build.desk(), build.resident()
    first, second = tokens(clock, chen, 2)
    monkeypatch.setattr(import_module("points.service.deciding"), "limits", lambda: AwardLimits(10, 10, 90))
    assert build.collect(wang, first)["points"] == 20
    assert build.refusal(build.collect, wang, second).code == "week_full"
    # Without a name no more is promised than anybody gives by name.
    assert build.refusal(build.judge, chen, taken(chen)).code == "deed_above_limit"


def test_many_promises_within_minutes_are_a_rush_that_names_nobody_else(
    app: Flask, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(import_module("points.queries.by_hand"), "BURST_AWARDS", 3)
    chen = build.desk()
    for _ in range(4):
        build.judge(chen, taken(chen))
        clock.tick(seconds=5)
    (chore,) = [each for each in keeper.chores() if each.name == "find odd awards"]
    chore.work()
    found = db.session.scalars(sa.select(OddAward)).one()
    assert (found.kind, found.people, found.times, found.points) == ("burst", [str(chen.id)], 4, 80)
    clock.tick(days=31)
    chore.work()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(OddAward)) == 0
