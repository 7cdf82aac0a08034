"""Points for reports without a name: shown to who has the password, collected once, by phone or at the desk."""

from functools import partial
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

import members.service
import reports.service
from core.clock import FrozenClock
from core.db import db, new_id
from points.models import Transfer
from reports import secrets
from reports.models import ReportClaim
from tests.support import members_builders, points_builders
from tests.support import reports_builders as build
from tests.support.ledger_crew import at_once, codes

HANDS = 20


@pytest.fixture
def app(app: Flask, clock: FrozenClock) -> Flask:
    build.tariff()
    return app


def test_a_useful_report_without_a_name_is_collected_by_phone_once(app: Flask, clock: FrozenClock):
    wang, chen = build.resident(), build.desk()
    typed = build.token(clock, chen, "scam")
    assert build.collect(wang, typed.lower().replace(" ", ""))["points"] == 20
    assert build.refusal(build.collect, wang, typed).code == "claim_token_used"
    assert build.refusal(build.collect, build.resident("李小红"), typed).code == "claim_token_used"
    assert build.balance(wang) == 20
    assert points_builders.faults() == {}


def test_the_desk_collects_for_who_brings_the_token(app: Flask, clock: FrozenClock):
    wang, chen = build.resident(), build.desk()
    typed = build.token(clock, chen)
    key = new_id()
    body = build.collect(chen, typed, member_id=wang.id, key=key)
    assert (body["points"], build.balance(wang)) == (10, 10)
    assert build.collect(chen, typed, member_id=wang.id, key=key) == body
    other = {"member_id": wang.id}
    refusal = build.refusal(build.collect, build.resident("李小红"), typed, **other)
    assert refusal.code == "permission_missing"


def test_the_token_is_shown_from_the_monday_after_and_is_the_same_each_time(app: Flask, clock: FrozenClock):
    chen = build.desk()
    report_id, number, password = build.unnamed(chen)
    show = partial(reports.service.claim_token, number, password)
    assert build.refusal(show).code == "nothing_to_collect"
    build.useful(chen, report_id)
    refusal = build.refusal(show)
    assert (refusal.code, refusal.data["on"]) == ("token_not_yet", "2026-11-23")
    clock.tick(days=5)
    first = show()
    assert (show(), first.points, first.collected) == (first, 10, False)
    build.collect(build.resident(), first.token)
    assert show().collected is True
    assert build.refusal(reports.service.claim_token, number, "AAAA BBBB CCCC").code == "follow_refused"


def test_made_up_tokens_are_worth_nothing(app: Flask, clock: FrozenClock):
    wang, typed = build.resident(), build.token(clock, build.desk())
    last = "3" if typed[-1] == "2" else "2"
    for each in ("", "hello", "2" * 20, typed[:-1] + last, typed[:-2], typed * 2):
        assert build.refusal(build.collect, wang, each).code == "claim_token_unknown"


def test_whoever_handles_reports_collects_nothing_nor_does_his_household(app: Flask, clock: FrozenClock):
    chen, li = members_builders.staff(), build.desk("李志强")
    granny = members_builders.managed(chen)
    typed = build.token(clock, li)
    assert build.refusal(build.collect, chen, typed).code == "claim_by_handler"
    assert build.refusal(build.collect, li, typed, member_id=granny.id).code == "claim_by_handler"
    assert build.collect(build.resident(), typed)["points"] == 10


def test_a_token_outlives_a_cap_and_a_suspension(app: Flask, clock: FrozenClock):
    wang, chen = build.resident(), build.desk()
    tokens = [build.token(clock, chen) for _ in range(4)]
    for typed in tokens[:3]:
        build.collect(wang, typed)
    assert build.refusal(build.collect, wang, tokens[3]).code == "daily_cap_reached"
    members.service.suspend(chen, wang.id, "核实中")
    wish = {"member_id": wang.id}
    assert build.refusal(build.collect, chen, tokens[3], **wish).code == "member_suspended"
    assert build.collect(build.resident("李小红"), tokens[3])["points"] == 10


def test_a_token_collected_by_twenty_at_once_pays_once(database_app: Flask):
    build.tariff()
    chen = build.desk()
    hands = [build.resident(f"会员{number}") for number in range(HANDS)]
    report_id, number, password = build.unnamed(chen)
    build.useful(chen, report_id)
    # Tokens are shown from a Monday on; what is raced for here is the collecting.
    typed = secrets.token(password, "hazard")
    assert number
    results = at_once(database_app, [partial(build.collect, each, typed) for each in hands])
    assert codes(results) == {"done": 1, "claim_token_used": HANDS - 1}
    assert sum(build.balance(each) for each in hands) == 10
    assert db.session.scalar(sa.select(sa.func.count()).select_from(ReportClaim)) == 1
    query = sa.select(sa.func.count()).where(Transfer.subject_type == "report_claim")
    assert db.session.scalar(query) == 1


def test_a_report_judged_by_twenty_at_once_is_paid_once(database_app: Flask):
    build.tariff()
    wang = build.resident()
    desks = [build.desk(f"民警{number}") for number in range(HANDS)]
    report_id: UUID = build.told(wang, "other")
    build.take(desks[0], report_id)
    shown = build.version(desks[0], report_id)
    results = at_once(database_app, [partial(build.judge, each, report_id, version=shown) for each in desks])
    assert codes(results) == {"done": 1, "report_judged": HANDS - 1}
    assert build.balance(wang) == 5
