"""Above a limit nothing is paid before a second coordinator has looked; and never by the one who asked."""

import re
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

from core.audit import AuditEntry
from core.auth import Actor
from core.clock import FrozenClock
from core.db import db
from core.errors import DomainError, PermissionMissing
from core.receipts import Answer
from members.errors import MemberLeft
from points import queries, service
from points.errors import (
    AwardRequestClosed,
    AwardRequesterChanged,
    AwardRequestNotOwn,
    AwardToHousehold,
    AwardToOneself,
    DailyCapReached,
    ReasonMissing,
    RequestTooOld,
    SecondIsFirst,
)
from points.models import Transfer
from points.service import Decision
from tests.conftest import MakeApp
from tests.support import ledger_crew as crew
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


# --- A whole run ------------------------------------------------------------------------------------------------------


def decisions(asked: list[Answer]) -> list[Decision]:
    return [Decision(uuid4(), UUID(each.body["request_id"])) for each in asked]


def told(outcomes: list[Answer | DomainError]) -> list[str]:
    """In short: what was decided, or the code of the refusal; with a star when it was answered before."""
    return [
        (each.code if isinstance(each, DomainError) else each.body["outcome"]) + "*" * each.replayed
        for each in outcomes
    ]


def test_a_run_is_agreed_to_at_once_and_each_of_it_has_its_own_answer(alliance: Flask) -> None:
    li, zhang = people.staff(), people.staff(name="张警官")
    wang, gone, declined = people.member("王芳"), people.member("陈刚"), people.member("赵云")
    grandmother = people.managed(zhang)
    asked = [award(li, each) for each in (wang.id, wang.id, gone.id, declined.id, grandmother.id)]
    decline(zhang, asked[3])
    people.members.service.leave(people.actor(gone), gone.id)
    run = decisions(asked)
    run += [Decision(uuid4(), run[0].request_id), Decision(uuid4(), uuid4())]
    expected = ["agreed", "daily_cap_reached", "member_left", "award_request_closed", "award_to_household"]
    expected += ["award_request_closed", "award_request_unknown"]
    assert told(service.second_awards(zhang, run)) == expected
    assert told(service.second_awards(zhang, run)) == [each + "*" for each in expected], "a second tap"
    assert (build.balance(wang.id), build.balance(grandmother.id)) == (60, 0)
    agreed = queries.award_request(run[0].request_id)
    assert (agreed.state, agreed.decided_by) == ("agreed", zhang.member_id)
    acts = list(db.session.scalars(sa.select(AuditEntry.action).where(AuditEntry.subject_id == wang.id)))
    assert acts.count("award.second") == 1
    assert build.faults() == {}


def test_nobody_agrees_to_a_run_of_his_own_but_may_call_it_off(alliance: Flask) -> None:
    li, wang = people.staff(), people.member("王芳")
    run = decisions([award(li, wang.id), award(li, people.member().id)])
    assert told(service.second_awards(li, run)) == ["second_is_first"] * 2
    again = [Decision(uuid4(), each.request_id) for each in run]
    assert told(service.cancel_awards(li, again)) == ["cancelled"] * 2
    for by in (people.actor(wang), people.actor(people.member("孙审计", "auditor"))):
        with pytest.raises(PermissionMissing):
            service.second_awards(by, run)
    assert (build.balance(wang.id), build.faults()) == (0, {})


def test_what_one_coordinator_enters_of_one_deed_on_one_day_is_one_run(
    alliance: Flask, clock: FrozenClock
) -> None:
    li, zhang, chen = people.staff(), people.staff(name="张警官"), people.staff(name="陈警官")
    forty = [award(li, people.member().id) for _ in range(4)]
    other = award(chen, people.member().id)
    clock.tick(days=1)
    later = award(li, people.member().id)
    page = queries.waiting_runs(limit=2)
    assert [(run.count, run.points, run.first.requested_by) for run in page.items] == [
        (4, 240, li.member_id),
        (1, 60, chen.member_id),
    ]
    (last,) = queries.waiting_runs(cursor=page.next).items
    assert str(last.first.id) == later.body["request_id"]
    run = queries.run_of(UUID(forty[2].body["request_id"]))
    assert [str(each.id) for each in run] == [each.body["request_id"] for each in forty]
    service.second_awards(zhang, decisions(forty[:3]))
    assert len(queries.run_of(UUID(forty[2].body["request_id"]))) == 1
    assert len(queries.run_of(UUID(other.body["request_id"]))) == 1


def test_two_who_agree_to_one_run_at_once_pay_each_of_it_once(alliance: Flask) -> None:
    """The one in the order of the run, the other from its end: they wait for each other and never in a circle."""
    li, seconders = people.staff(), [people.staff(name=name) for name in ("张警官", "陈警官")]
    crowd = [people.member(f"队员{place}").id for place in range(8)]
    asked = [award(li, each) for each in crowd]
    db.session.remove()
    runs = [
        partial(service.second_awards, by, decisions(asked if by is seconders[0] else asked[::-1]))
        for by in seconders * 2
    ]
    results = crew.at_once(alliance, runs)
    counts = [each for result in results for each in told(result)]
    assert (counts.count("agreed"), counts.count("award_request_closed")) == (8, 24)
    db.session.rollback()
    assert [build.balance(each) for each in crowd] == [60] * 8
    assert build.faults() == {}


def test_the_page_of_a_run_says_by_line_what_came_of_it(alliance: Flask) -> None:
    li = people.staff()
    zhang = people.member("张警官", "coordinator")
    wang, suspended = people.member("王芳"), people.member("陈刚")
    asked = [award(li, each.id).body["request_id"] for each in (wang, suspended)]
    people.members.service.suspend(people.SYSTEM, suspended.id, "查证")
    client = alliance.test_client()
    people.sign_in(client, zhang)
    headers = {"X-CSRF-Token": client.get("/api/v1/session").json["csrf_token"]}
    assert f"/desk/award/second/run/{asked[0]}" in client.get("/desk/award/second").text
    page = f"/desk/award/second/run/{asked[0]}"
    assert client.get(page).text.count('name="request_id"') == 2
    form = {"key": str(uuid4()), "request_id": asked}
    for _tap in range(2):
        shown = client.post(f"{page}/agree", data=form, headers=headers)
        assert shown.status_code == 200
        assert "陈刚" in shown.text
        assert build.balance(wang.id) == 60
    nobody = client.post(f"{page}/agree", data={"key": str(uuid4())}, headers=headers)
    assert nobody.status_code == 303
    item = {"key": str(uuid4()), "request_id": asked[1]}
    told_api = client.post("/api/v1/awards/requests/agreements", json={"items": [item]}, headers=headers).json
    assert [(each["outcome"], each["code"]) for each in told_api["items"]] == [
        ("refused", "member_suspended")
    ]
    left = client.get(f"/api/v1/awards/requests?run_of={asked[0]}").json["items"]
    assert [each["id"] for each in left] == [asked[1]]
    reason = {**form, "key": str(uuid4()), "request_id": asked[1:], "reason": "不在场"}
    assert client.post(f"{page}/decline", data=reason, headers=headers).status_code == 200
    assert queries.award_request(UUID(asked[1])).state == "declined"


def test_what_was_entered_by_somebody_who_may_award_no_more_or_too_long_ago_is_not_agreed_to(
    alliance: Flask, clock: FrozenClock
) -> None:
    li, zhang, wang = people.staff(), people.staff(name="张警官"), people.member()
    asked = award(li, wang.id)
    people.members.service.set_roles(people.SYSTEM, li.id, ["volunteer"])
    with pytest.raises(AwardRequesterChanged):
        agree(zhang, asked)
    people.members.service.set_roles(people.SYSTEM, li.id, ["coordinator"])
    clock.tick(days=31)
    with pytest.raises(RequestTooOld):
        agree(zhang, asked)
    assert (decline(zhang, asked).body["outcome"], build.balance(wang.id)) == ("declined", 0)


def test_the_pages_offer_only_to_decline_what_has_waited_too_long(
    alliance: Flask, clock: FrozenClock
) -> None:
    li = people.staff()
    asked = [award(li, people.member(name).id).body["request_id"] for name in ("王芳", "陈刚")]
    alone = award(people.staff(name="陈警官"), people.member("赵敏").id).body["request_id"]
    clock.tick(days=31)
    client = alliance.test_client()
    people.sign_in(client, people.member("张警官", "coordinator"))
    for page, declined in (
        ("/desk/award/second", f"/desk/award/second/{alone}/decline"),
        (f"/desk/award/second/run/{asked[0]}", f"/desk/award/second/run/{asked[0]}/decline"),
    ):
        shown = client.get(page).text
        assert declined in shown
        assert "等得太久" in shown
        assert "/agree" not in shown
    # All that is left to do with them is to decline them, so nobody has to tick each.
    assert client.get(f"/desk/award/second/run/{asked[0]}").text.count(" checked>") == 2
    assert "查看全部 2 条并同意" not in client.get("/desk/award/second").text


def test_of_a_run_of_a_whole_day_those_are_agreed_to_that_have_not_waited_too_long(
    alliance: Flask, clock: FrozenClock
) -> None:
    li = people.staff()
    wang, chen = people.member("王芳"), people.member("陈刚")
    early = award(li, wang.id).body["request_id"]
    clock.tick(hours=6)
    late = award(li, chen.id).body["request_id"]
    clock.tick(days=30, hours=20)
    client = alliance.test_client()
    people.sign_in(client, people.member("张警官", "coordinator"))
    headers = {"X-CSRF-Token": client.get("/api/v1/session").json["csrf_token"]}
    page = f"/desk/award/second/run/{early}"
    shown = client.get(page).text
    boxes = {each: re.search(rf'value="{each}"( checked)?>', shown)[1] for each in (early, late)}
    assert boxes == {early: None, late: " checked"}
    assert "只能不同意" in shown
    client.post(f"{page}/agree", data={"key": str(uuid4()), "request_id": [late]}, headers=headers)
    assert (build.balance(wang.id), build.balance(chen.id)) == (0, 60)
