"""Above a limit nothing is paid before a second coordinator has looked; and never by the one who asked."""

from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

from core.audit import AuditEntry
from core.auth import Actor
from core.clock import FrozenClock
from core.db import db
from core.errors import PermissionMissing
from core.receipts import Answer
from members.errors import MemberLeft
from points import queries, service
from points.errors import (
    AwardRequestClosed,
    AwardRequestNotOwn,
    AwardToHousehold,
    AwardToOneself,
    DailyCapReached,
    ReasonMissing,
    SecondIsFirst,
)
from points.models import Transfer
from tests.conftest import MakeApp
from tests.support import members_builders as people
from tests.support import points_builders as build


@pytest.fixture
def alliance(make_app: MakeApp, clock: FrozenClock, engine_url: str) -> Any:
    app = make_app(engine_url, award_limit=50, award_member_week_limit=80, award_coordinator_day_limit=150)
    with app.app_context():
        service.install_tariff()
        build.tariff_rule(code="rescue", points=60, name_zh="救人", name_en="Rescue", daily_cap=1)
        build.tariff_rule(code="stakeout", points=50)
        yield app


def award(by: Actor, member_id: UUID, rule_code: str = "rescue", key: UUID | None = None) -> Answer:
    return service.award_deed(by, key=key or uuid4(), member_id=member_id, rule_code=rule_code)


def agree(by: Actor, answer: Answer, key: UUID | None = None) -> Answer:
    return service.second_award(by, key=key or uuid4(), request_id=UUID(answer.body["request_id"]))


def decline(by: Actor, answer: Answer, reason: str = "看不出是谁做的") -> Answer:
    return service.decline_award(by, key=uuid4(), request_id=UUID(answer.body["request_id"]), reason=reason)


def test_an_award_above_the_limit_waits_and_pays_once_when_another_agrees(alliance: Flask) -> None:
    li, zhang, wang, key = people.staff(), people.staff(name="张警官"), people.member(), uuid4()
    asked = award(li, wang.id, key=key)
    assert (asked.body["outcome"], asked.body["limit_passed"], build.balance(wang.id)) == (
        "requested",
        "award",
        0,
    )
    assert award(li, wang.id, key=key).body == asked.body
    (waiting,) = queries.award_requests().items
    assert (waiting.requested_by, waiting.points) == (li.member_id, 60)
    with pytest.raises(SecondIsFirst):
        agree(li, asked)
    seconding = uuid4()
    first, again = agree(zhang, asked, seconding), agree(zhang, asked, seconding)
    assert (first.replayed, again.replayed, build.balance(wang.id)) == (False, True, 60)
    with pytest.raises(AwardRequestClosed):
        agree(zhang, asked)
    paid = db.session.get_one(Transfer, UUID(first.body["transfer_id"]))
    agreed = queries.award_request(UUID(str(paid.subject_id)))
    assert (paid.actor_id, agreed.decided_by, agreed.state) == (li.member_id, zhang.member_id, "agreed")
    acts = db.session.scalars(sa.select(AuditEntry.action).where(AuditEntry.subject_id == wang.id))
    assert {"award.request", "award.second"} <= set(acts)
    assert build.faults() == {}


def test_the_week_of_a_member_and_the_day_of_a_coordinator_have_limits_too(alliance: Flask) -> None:
    li, zhang = people.staff(), people.staff(name="张警官")
    wang, chen, zhao = people.member("王芳"), people.member("陈刚"), people.member("赵云")
    assert award(li, wang.id, "stakeout").body["outcome"] == "awarded"
    assert award(zhang, wang.id, "stakeout").body["limit_passed"] == "member_week"
    for member in (chen, zhao):
        assert award(li, member.id, "stakeout").body["outcome"] == "awarded"
    assert award(li, people.member().id, "patrol").body["limit_passed"] == "coordinator_day"
    assert award(zhang, people.member().id, "patrol").body["outcome"] == "awarded"
    assert build.faults() == {}


def test_what_was_taken_back_or_seconded_leaves_room_below_the_limits(alliance: Flask) -> None:
    li, zhang, wang = people.staff(), people.staff(name="张警官"), people.member()
    given = award(li, wang.id, "stakeout").body["transfer_id"]
    service.withdraw_award(li, key=uuid4(), transfer_id=UUID(given), reason="记错了人")
    agree(zhang, award(li, wang.id))
    assert award(li, wang.id, "stakeout").body["outcome"] == "awarded"


def test_neither_the_member_nor_his_helper_is_the_second_person(alliance: Flask) -> None:
    li = people.staff()
    member = people.member("周主任", "coordinator")
    with pytest.raises(AwardToOneself):
        agree(people.actor(member), award(li, member.id))
    helper = people.staff(name="孙警官")
    grandmother = people.managed(helper)
    asked = award(li, grandmother.id)
    for decide in (agree, decline):
        with pytest.raises(AwardToHousehold):
            decide(helper, asked)
    with pytest.raises(PermissionMissing):
        agree(people.actor(people.member()), asked)


def test_declining_needs_a_reason_and_calling_off_is_for_the_one_who_asked(alliance: Flask) -> None:
    li, zhang, wang = people.staff(), people.staff(name="张警官"), people.member()
    asked, other = award(li, wang.id), award(li, people.member().id)
    with pytest.raises(ReasonMissing):
        decline(zhang, asked, " ")
    with pytest.raises(AwardRequestNotOwn):
        service.cancel_award(zhang, key=uuid4(), request_id=UUID(asked.body["request_id"]))
    decline(zhang, asked)
    service.cancel_award(li, key=uuid4(), request_id=UUID(other.body["request_id"]))
    for each in (asked, other):
        with pytest.raises(AwardRequestClosed):
            agree(zhang, each)
    assert queries.award_requests().items == []
    assert [each.reason for each in queries.award_requests("declined").items] == ["看不出是谁做的"]
    assert (build.balance(wang.id), build.faults()) == (0, {})


def test_agreeing_looks_at_the_member_and_the_cap_again(alliance: Flask) -> None:
    li, zhang, wang, gone = people.staff(), people.staff(name="张警官"), people.member(), people.member()
    twice = [award(li, wang.id), award(li, wang.id)]
    agree(zhang, twice[0])
    with pytest.raises(DailyCapReached):
        agree(zhang, twice[1])
    asked = award(li, gone.id)
    people.members.service.leave(people.actor(gone), gone.id)
    with pytest.raises(MemberLeft):
        agree(zhang, asked)
    assert build.faults() == {}
