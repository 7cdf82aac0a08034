"""Closing an activity: who came is awarded once, by the tariff, within its caps and limits, and never by himself."""

from functools import partial

import pytest
import sqlalchemy as sa
from flask import Flask

import activities.queries
import activities.service
import members.queries
import members.service
import points.queries
import points.service
from activities.checks import INVARIANTS
from activities.errors import (
    ActivityCancelled,
    ActivityClosed,
    ActivityInvalid,
    ActivityNotBegun,
    ActivityNotClosed,
)
from activities.models import Activity, Attendance, SignUp
from activities.service import closing, records
from core import audit
from core import clock as core_clock
from core.db import db, new_id
from core.errors import PermissionMissing
from points.models import AwardRequest, Transfer
from tests.support import activities_builders as build
from tests.support import members_builders as people
from tests.support import planted
from tests.support.ledger_crew import at_once, codes


@pytest.fixture
def cast(app, clock):
    return people.cast()


@pytest.fixture
def desk(cast):
    return people.actor(cast.coordinator)


def outcomes(line):
    return {each.name: each.refusal or each.outcome for each in activities.queries.attendance(line.id)}


def test_who_came_is_paid_by_the_rule_and_the_statement_tells_scanned_from_entered_by_hand(cast, desk):
    line = build.activity(desk)
    build.attend(people.actor(cast.owner), line)
    build.add(desk, line, cast.mate.id)
    answer = build.close(desk, line, leaflets=300, reached=41, hazards=2).body
    assert (answer["paid"], answer["requested"], answer["refused"]) == (2, 0, 0)
    assert [points.queries.balance(each.id) for each in (cast.owner, cast.mate)] == [50, 50]
    (scanned,) = points.queries.statement(cast.owner.id).items
    (by_hand,) = points.queries.statement(cast.mate.id).items
    assert (scanned.subject_type, scanned.subject_id, scanned.memo) == ("activity", line.id, "看望独居老人")
    assert (by_hand.subject_type, by_hand.memo) == ("award", "看望独居老人")
    assert [each.member_id for each in points.queries.by_hand().items] == [cast.mate.id]
    closed = activities.queries.activity(line.number)
    assert (closed.state, closed.leaflets, closed.reached, closed.hazards) == ("closed", 300, 41, 2)


def test_one_key_closes_once_and_a_second_closing_is_told_so(cast, desk):
    line, key = build.activity(desk), new_id()
    build.attend(people.actor(cast.owner), line)
    first, again = build.close(desk, line, key), build.close(desk, line, key)
    assert (again.body, again.replayed) == (first.body, True)
    with pytest.raises(ActivityClosed):
        build.close(people.actor(cast.administrator), line)
    assert points.queries.balance(cast.owner.id) == 50


def test_who_came_and_closes_himself_waits_for_another_coordinator_and_so_does_his_household(cast, desk):
    grandmother, line = people.managed(desk), build.activity(desk)
    for each in (cast.owner, cast.coordinator):
        build.attend(people.actor(each), line)
    build.add(people.actor(cast.administrator), line, grandmother.id)
    assert build.close(desk, line).body["refused"] == 2
    assert outcomes(line) == {
        "王小芳": "paid",
        "张警官": "award_to_oneself",
        "孙奶奶": "award_to_household",
    }
    for _ in range(2):
        assert activities.service.award_rest(desk, line.number, key=new_id()).body["paid"] == 0
    other = people.actor(cast.administrator)
    assert activities.service.award_rest(other, line.number, key=new_id()).body["paid"] == 2
    assert activities.service.award_rest(other, line.number, key=new_id()).body["paid"] == 0
    assert [points.queries.balance(each.id) for each in (cast.coordinator, grandmother)] == [50, 50]
    assert planted.build.faults() == {}


def test_a_cap_that_is_reached_is_kept_with_its_name_and_the_service_counts_all_the_same(cast, desk, clock):
    first, second = build.activity(desk), build.activity(desk, title="第二场")
    for line in (first, second):
        build.attend(people.actor(cast.owner), line)
        build.close(desk, line)
    assert (outcomes(first), outcomes(second)) == ({"王小芳": "paid"}, {"王小芳": "daily_cap_reached"})
    (refused,) = activities.queries.attendance(second.id)
    assert refused.details["cap"] == 1
    year = core_clock.year_bounds(core_clock.today())
    assert activities.queries.service_minutes(cast.owner.id, *year) == 240
    assert points.queries.balance(cast.owner.id) == 50


def test_above_a_limit_an_award_waits_for_a_second_coordinator_and_activities_count_towards_it(
    make_app, clock
):
    with make_app(award_member_week_limit=60).app_context():
        cast = people.cast()
        desk = people.actor(cast.coordinator)
        line, other = build.activity(desk), build.activity(desk, title="第二场", rule_code="mediation")
        for each in (line, other):
            build.attend(people.actor(cast.owner), each)
        build.close(desk, line)
        assert build.close(desk, other).body["requested"] == 1
        assert points.queries.balance(cast.owner.id) == 50
        (waiting,) = points.queries.award_requests().items
        points.service.second_award(people.actor(cast.administrator), key=new_id(), request_id=waiting.id)
        assert points.queries.balance(cast.owner.id) == 70
        assert activities.queries.standing(other.id, cast.owner.id).outcome == "paid"
        assert planted.build.faults() == {}


def test_what_a_second_coordinator_decides_is_written_down_and_what_was_scanned_is_not_by_hand(
    make_app, clock, engine_url
):
    """Agreed, declined and called off; scanned and on the list by hand; on both engines."""
    with make_app(engine_url, award_limit=10).app_context():
        cast = people.cast()
        desk, other = people.actor(cast.coordinator), people.actor(cast.administrator)
        line = build.activity(desk)
        names = ("王桂英", "李秀兰", "张淑珍")
        scanned, listed = ([people.member(name + how).id for name in names] for how in ("扫", "写"))
        for each in scanned:
            build.attend(people.actor(members.queries.facts(each)), line)
        for each in listed:
            build.add(desk, line, each)
        assert build.close(desk, line).body["requested"] == 6
        requests = {each.member_id: each.id for each in points.queries.award_requests().items}
        year = core_clock.year_bounds(core_clock.today())

        def minutes(ids):
            return [activities.queries.service_minutes(each, *year) for each in ids]

        assert (minutes(scanned), minutes(listed)) == ([120] * 3, [0] * 3)
        for ids in (scanned, listed):
            points.service.second_award(other, key=new_id(), request_id=requests[ids[0]])
            points.service.decline_award(other, key=new_id(), request_id=requests[ids[1]], reason="名单有误")
            points.service.cancel_award(desk, key=new_id(), request_id=requests[ids[2]])
        told = {each.member_id: each for each in activities.queries.attendance(line.id)}
        for ids in (scanned, listed):
            assert [told[each].refusal or told[each].outcome for each in ids] == [
                "paid",
                "award_declined",
                "award_called_off",
            ]
            assert [told[each].points for each in ids] == [50, 0, 0]
        assert (minutes(scanned), minutes(listed)) == ([120] * 3, [120, 0, 0])
        assert [points.queries.statement(ids[0]).items[0].subject_type for ids in (scanned, listed)] == [
            "activity",
            "award",
        ]
        assert [each.member_id for each in points.queries.by_hand().items] == [listed[0]]
        assert points.queries.entered_alone(cast.coordinator.id, year[0]) == 0, "two people stand for it"
        again = activities.service.award_rest(desk, line.number, key=new_id()).body
        assert again["requested"] == 2, "what was called off is asked for again, what was declined is not"
        assert planted.build.faults() == {}


def test_what_one_coordinator_gives_in_a_day_counts_activities_too(make_app, clock):
    with make_app(award_coordinator_day_limit=60).app_context():
        cast = people.cast()
        desk = people.actor(cast.coordinator)
        line = build.activity(desk)
        build.attend(people.actor(cast.owner), line)
        build.close(desk, line)
        answer = points.service.award_deed(desk, key=new_id(), member_id=cast.mate.id, rule_code="lead")
        assert answer.body["outcome"] == "requested"


def test_whoever_is_suspended_meanwhile_is_left_over_and_the_others_are_paid(cast, desk):
    line = build.activity(desk)
    for each in (cast.owner, cast.mate):
        build.attend(people.actor(each), line)
    members.service.suspend(people.SYSTEM, cast.mate.id, "test")
    build.close(desk, line)
    assert outcomes(line) == {"王小芳": "paid", "李梅": "member_suspended"}


def test_who_was_registered_twice_is_awarded_once_as_the_membership_that_remains(database_app: Flask, clock):
    """On both engines: one came as the membership that is gone, one as both, one also by hand, one in a chain."""
    cast = people.cast()
    desk, other = people.actor(cast.coordinator), people.actor(cast.administrator)
    line = build.activity(desk)
    names = ("王桂英", "李秀兰", "张淑珍", "赵玉梅")
    first, second = ({name: people.member(name) for name in names} for _ in range(2))
    third = people.member("赵玉梅")
    for name in names:
        build.attend(people.actor(first[name]), line)
    build.attend(people.actor(second["李秀兰"]), line)
    build.add(desk, line, second["张淑珍"].id)
    for name in names:
        people.merge(other, first[name], second[name])
    people.merge(other, second["赵玉梅"], third)
    kept = [second[name].id for name in names[:3]] + [third.id]
    answer = build.close(desk, line).body
    assert (answer["paid"], answer["refused"], answer["merged"]) == (4, 0, 4)
    assert [points.queries.balance(each) for each in kept] == [50] * 4
    assert activities.queries.activity(line.number).came == 4
    lines = {each.member_id: each for each in activities.queries.attendance(line.id)}
    assert {lines[each].how for each in kept} == {"code"}, "she proved it, whatever was entered by hand"
    assert lines[kept[0]].merged_id == first["王桂英"].id
    gone = lines[first["李秀兰"].id]
    assert (gone.merged_id, gone.outcome, gone.removed_at is not None) == (kept[1], "", True)
    year = core_clock.year_bounds(core_clock.today())
    assert activities.queries.service_minutes(kept[0], *year) == 120
    assert planted.build.faults() == {}


def test_who_was_refused_and_is_registered_twice_is_awarded_with_the_rest(cast, desk):
    line = build.activity(desk)
    on_paper, with_phone = people.member("王桂英"), people.member("王桂英")
    for each in (on_paper, with_phone, cast.mate, cast.owner):
        build.attend(people.actor(each), line)
    for each in (on_paper, cast.mate):
        members.service.suspend(people.SYSTEM, each.id, "test")
    members.service.erase(desk, cast.owner.id, "本人要求")
    assert build.close(desk, line).body == {
        "outcome": "closed",
        "number": line.number,
        "paid": 1,
        "requested": 0,
        "refused": 3,
        "merged": 0,
    }
    for each in (on_paper, cast.mate):
        members.service.reinstate(people.SYSTEM, each.id)
    people.merge(people.actor(cast.administrator), on_paper, with_phone)
    again = activities.service.award_rest(desk, line.number, key=new_id()).body
    assert (again["paid"], again["refused"], again["merged"]) == (1, 1, 1)
    assert [points.queries.balance(each.id) for each in (with_phone, cast.mate)] == [50, 50]
    told = sorted(each.refusal or each.outcome for each in activities.queries.attendance(line.id))
    assert told == ["", "member_left", "paid", "paid"]
    assert planted.build.faults() == {}


def test_closing_needs_a_begun_activity_whole_numbers_and_the_right(cast, desk, clock):
    line = build.activity(desk)
    for value in (-1, 1_000_001, True):
        with pytest.raises(ActivityInvalid):
            build.close(desk, line, reached=value)
    for role in ("owner", "auditor"):
        with pytest.raises(PermissionMissing):
            build.close(people.actor(getattr(cast, role)), line)
    with pytest.raises(ActivityNotClosed):
        activities.service.award_rest(desk, line.number, key=new_id())
    clock.tick(minutes=-10)
    with pytest.raises(ActivityNotBegun):
        build.close(desk, line)


def test_a_cancelled_activity_pays_nobody(cast, desk):
    line = build.activity(desk)
    build.attend(people.actor(cast.owner), line)
    activities.service.cancel_activity(desk, line.number, key=new_id(), reason="下大雨")
    with pytest.raises(ActivityCancelled):
        build.close(desk, line)
    assert points.queries.balance(cast.owner.id) == 0
    assert planted.build.faults() == {}


def test_a_closing_that_dies_before_its_end_has_done_nothing_and_can_be_done_again(
    database_app: Flask, monkeypatch
):
    """On both engines: the process dies after the awards are written and before anything is committed."""
    cast = people.cast()
    desk, key = people.actor(cast.coordinator), new_id()
    line = build.activity(desk)
    build.attend(people.actor(cast.owner), line)

    class Killed(BaseException):
        """The power went out."""

    def die(*_arguments, **_more):
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(closing.audit, "record", die)
        build.close(desk, line, key)
    assert (outcomes(line), points.queries.balance(cast.owner.id)) == ({"王小芳": ""}, 0)
    assert build.close(desk, line, key).body["paid"] == 1
    assert planted.build.faults() == {}


def test_two_who_close_at_once_pay_everybody_once(database_app: Flask):
    """On both engines."""
    cast = people.cast()
    crew = [people.actor(people.member(f"队员{place}", squad_id=cast.squad_id)) for place in range(6)]
    desks = [people.actor(cast.coordinator), people.actor(cast.administrator)]
    line = build.activity(desks[0])
    for each in crew:
        build.attend(each, line)
    db.session.remove()
    results = at_once(database_app, [partial(build.close, desk, line) for desk in desks * 2])
    assert codes(results) == {"done": 1, "activity_closed": 3}
    db.session.rollback()
    assert [points.queries.balance(each.id) for each in crew] == [50] * 6
    assert planted.build.faults() == {}


def test_the_race_of_two_closers_is_one_without_the_lock(database_app: Flask, monkeypatch):
    """The control: each looks at the activity as it was before the other; the award's own key still pays once."""
    cast = people.cast()
    desks = [people.actor(cast.coordinator), people.actor(cast.administrator)]
    line = build.activity(desks[0])
    build.attend(people.actor(cast.owner), line)
    stale = records.locked(line.number)
    build.close(desks[0], line)
    monkeypatch.setattr(records, "locked", lambda *_arguments, **_more: stale)
    assert build.close(desks[1], line).body["paid"] == 0, (
        "who is paid is no longer on the list of those to pay"
    )
    entries = [each.action for each in audit.entries(subject_id=line.id).items]
    assert entries.count("activity.closed") == 2, "without the lock it would be closed twice"


def test_each_fault_is_found(database_app: Flask, clock):
    cast = people.cast()
    desk = people.actor(cast.coordinator)
    line = build.activity(desk, most=1)
    activities.service.sign_up(people.actor(cast.owner), line.number, key=new_id())
    for each in (cast.owner, cast.mate):
        build.attend(people.actor(each), line)
    build.close(desk, line)
    mine = Attendance.member_id == cast.owner.id
    row = db.session.scalars(sa.select(Attendance).where(mine)).one()
    attendance_id, transfer_id = row.id, row.transfer_id
    db.session.rollback()
    planted.strip()

    def one_more_sign_up(_):
        planted.run(sa.insert(SignUp).values(activity_id=line.id, member_id=cast.mate.id, at=line.starts_at))

    def decided_and_not_told(_):
        waits = {
            "id": new_id(),
            "key": new_id(),
            "member_id": cast.mate.id,
            "state": "declined",
            "requested_by": cast.coordinator.id,
        }
        planted.run(sa.insert(AwardRequest).values(**waits))
        planted.change(Attendance, mine, request_id=waits["id"])

    faults = [
        (
            lambda _: planted.change(Attendance, mine, transfer_id=None),
            "who came is paid once, by the award that is written down",
        ),
        (lambda _: planted.run(sa.delete(Attendance).where(mine)), "activities pay those who came"),
        (
            lambda _: planted.change(Transfer, Transfer.id == transfer_id, actor_id=cast.owner.id),
            "nobody closed an activity for himself",
        ),
        (decided_and_not_told, "what is decided about who came is written down"),
        (
            lambda _: planted.change(Activity, Activity.id == line.id, state="planned"),
            "only a closed activity has decided about who came",
        ),
        (
            lambda _: planted.change(Activity, Activity.id == line.id, people=7),
            "a closed activity knows how many came",
        ),
        (lambda _: planted.copy(Attendance, attendance_id), "who came is counted in once"),
        (one_more_sign_up, "no more sign-ups than places"),
    ]
    planted.each_is_found(None, faults, INVARIANTS, (Activity, Attendance, AwardRequest, SignUp, Transfer))
