"""Coming to an activity: by the code on the wall, in its time, once; by hand with a mark; taken off with a reason."""

from functools import partial
from uuid import UUID

import pytest
from flask import Flask

import activities.queries
import activities.service
import members.service
import patrols.service
from activities.errors import (
    ActivityCancelled,
    ActivityChanged,
    ActivityClosed,
    ActivityFull,
    ActivityInvalid,
    ActivityNotBegun,
    ActivityUnknown,
    AlreadyAttended,
    AttendanceEarly,
    AttendanceLate,
    AttendanceRemoved,
    AttendanceUnknown,
    AttenderNeeded,
    AttenderNotFound,
    CampaignExists,
    CampaignUnknown,
    SignUpOver,
)
from activities.service import attending
from alliance import gate, personal
from core import clock as core_clock
from core import codes
from core.auth import SYSTEM
from core.config import settings
from core.db import db, new_id, transaction
from core.errors import PermissionMissing
from members.errors import MemberOnLeave, MemberSuspended
from points.errors import MemoHoldsNumber
from tests.support import activities_builders as build
from tests.support import members_builders as people
from tests.support import patrols_builders, planted
from tests.support.ledger_crew import at_once
from tests.support.ledger_crew import codes as outcomes


@pytest.fixture
def cast(app, clock):
    return people.cast()


@pytest.fixture
def desk(cast):
    return people.actor(cast.coordinator)


def send(actor, code, scan_id=None):
    answer = gate.scan(actor, {"scan_id": scan_id or new_id(), "code": code.text})
    return {**answer.body, "replayed": answer.replayed}


def test_the_code_on_the_wall_counts_a_member_in_once_through_the_gate(cast, desk):
    line, owner, scan_id = build.activity(desk), people.actor(cast.owner), new_id()
    code = activities.service.code_of(desk, line.number)
    told = send(owner, code, scan_id)
    assert (told["outcome"], told["activity"], told["where"]) == ("attended", "看望独居老人", "西苑 3 号楼")
    assert send(owner, code, scan_id)["replayed"]
    with pytest.raises(AlreadyAttended):
        send(owner, code)
    assert activities.queries.activity(line.number).came == 1


def test_the_short_code_is_typed_and_a_captains_code_still_opens_the_round(cast, desk, clock):
    line = build.activity(desk)
    typed = activities.service.typed_code_of(desk, line.number)
    assert send(people.actor(cast.owner), typed)["outcome"] == "attended"
    street = patrols_builders.street()
    opened = patrols_builders.open_round(desk, street.route_id, [cast.mate.id])
    for form in (patrols.service.captain_code, patrols.service.typed_captain_code):
        walker = people.actor(people.member("巡逻员", squad_id=cast.squad_id))
        assert send(walker, form(desk, UUID(opened["round_id"])))["outcome"] == "joined"


def test_the_code_changes_every_quarter_minute_and_the_one_before_still_counts(cast, desk, clock):
    line, now = build.activity(desk), core_clock.now()
    assert activities.service.code_of(desk, line.number) != _later(desk, line, clock)
    clock.move_to(now)
    code = activities.service.code_of(desk, line.number)
    clock.tick(seconds=29)
    assert send(people.actor(cast.owner), code)["outcome"] == "attended"
    clock.tick(seconds=1)
    with pytest.raises(codes.CodeExpired):
        send(people.actor(cast.mate), code)


def _later(desk, line, clock):
    clock.tick(seconds=15)
    return activities.service.code_of(desk, line.number)


def test_a_code_that_nobody_signed_counts_for_nothing(cast, desk):
    build.activity(desk)
    good = activities.service.code_of(desk, 1).text
    swapped = good[:-1] + ("2" if good[-1] != "2" else "3")
    with pytest.raises(codes.CodeUnknown):
        send(people.actor(cast.owner), codes.Code(codes.Kind.ACTIVITY, swapped))
    unknown = codes.activity_code(codes.keyring(settings()), (1 << 31) + 77, core_clock.now())
    with pytest.raises(ActivityUnknown):
        send(people.actor(cast.owner), unknown)


def test_attendance_counts_from_half_an_hour_before_to_an_hour_after(cast, desk, clock):
    line, start = build.activity(desk), core_clock.now()
    for minutes, refusal in ((-31, AttendanceEarly), (180, AttendanceLate)):
        clock.move_to(start)
        clock.tick(minutes=minutes)
        for work in (
            partial(build.attend, people.actor(cast.owner), line),
            partial(activities.service.code_of, desk, line.number),
        ):
            with pytest.raises(refusal):
                work()
    for minutes, who in ((-30, cast.owner), (179, cast.mate)):
        clock.move_to(start)
        clock.tick(minutes=minutes)
        assert build.attend(people.actor(who), line)["outcome"] == "attended"


def test_whoever_is_suspended_or_on_leave_hears_why_and_devices_attend_nothing(cast, desk):
    line, owner, mate = build.activity(desk), people.actor(cast.owner), people.actor(cast.mate)
    members.service.suspend(SYSTEM, cast.owner.id, "test")
    members.service.take_leave(mate, cast.mate.id, None)
    for actor, refusal in ((owner, MemberSuspended), (mate, MemberOnLeave)):
        with pytest.raises(refusal):
            build.attend(actor, line)
        with pytest.raises(refusal):
            build.add(desk, line, actor.member_id)
        with pytest.raises(refusal):
            activities.service.sign_up(actor, line.number, key=new_id())
    with pytest.raises(AttenderNeeded):
        build.attend(SYSTEM, line)


def test_who_could_not_scan_is_put_on_the_list_by_hand_or_by_card_and_taken_off_with_a_reason(cast, desk):
    line, card = build.activity(desk), people.card(cast.mate)
    build.add(desk, line, cast.owner.id)
    activities.service.add_by_hand(desk, line.number, key=new_id(), code=card)
    assert {each.how for each in activities.queries.attendance(line.id)} == {"hand"}
    with pytest.raises(AlreadyAttended):
        build.attend(people.actor(cast.owner), line)
    with pytest.raises(AttenderNotFound):
        activities.service.add_by_hand(desk, line.number, key=new_id())
    remove = partial(activities.service.take_off, desk, line.number, member_id=cast.owner.id)
    with pytest.raises(ActivityInvalid):
        remove(key=new_id(), reason=" ")
    remove(key=new_id(), reason="没有来")
    with pytest.raises(AttendanceUnknown):
        remove(key=new_id(), reason="没有来")
    with pytest.raises(AttendanceRemoved):
        build.attend(people.actor(cast.owner), line)
    assert build.close(desk, line).body["paid"] == 1
    assert [each.outcome for each in activities.queries.attendance(line.id) if each.removed_at] == [""]
    assert planted.build.faults() == {}


def test_who_was_taken_off_by_mistake_is_put_back_by_hand(cast, desk):
    line = build.activity(desk)
    build.attend(people.actor(cast.owner), line)
    activities.service.take_off(desk, line.number, key=new_id(), member_id=cast.owner.id, reason="看错了")
    build.add(desk, line, cast.owner.id)
    (back,) = activities.queries.attendance(line.id)
    assert (back.how, back.removed_at, back.reason) == ("hand", None, "")


def test_nobody_attends_or_joins_what_is_over_cancelled_or_not_begun(cast, desk, clock):
    line, owner = build.activity(desk), people.actor(cast.owner)
    clock.tick(hours=-1)
    with pytest.raises(ActivityNotBegun):
        build.add(desk, line, cast.owner.id)
    clock.tick(hours=1)
    build.close(desk, line)
    with pytest.raises(ActivityClosed):
        build.attend(owner, line)
    other = build.activity(desk)
    clock.tick(hours=3)
    with pytest.raises(SignUpOver):
        activities.service.sign_up(owner, other.number, key=new_id())
    activities.service.cancel_activity(desk, other.number, key=new_id(), reason="下大雨")
    with pytest.raises(ActivityCancelled):
        build.add(desk, other, cast.owner.id)


def test_only_coordinators_plan_and_keep_lists(cast, desk):
    line = build.activity(desk)
    for role in ("owner", "auditor"):
        actor = people.actor(getattr(cast, role))
        for work in (
            lambda actor=actor: build.activity(actor),
            lambda actor=actor: build.add(actor, line, cast.mate.id),
            lambda actor=actor: activities.service.code_of(actor, line.number),
            lambda actor=actor: activities.service.cancel_activity(
                actor, line.number, key=new_id(), reason="x"
            ),
        ):
            with pytest.raises(PermissionMissing):
                work()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "party"}, "kind"),
        ({"title": " "}, "title"),
        ({"title": "好" * 61}, "title"),
        ({"place": "西\u202e苑"}, "place"),
        ({"most": 0}, "most"),
        ({"most": 501}, "most"),
        ({"rule_code": "no_such_rule"}, "rule_code"),
        ({"rule_code": "shop_help"}, "rule_code"),
        ({"squad_id": new_id()}, "squad_id"),
        ({"ends_at": "before"}, "ends_at"),
        ({"ends_at": "tomorrow"}, "ends_at"),
        ({"starts_at": "long ago"}, "starts_at"),
    ],
)
def test_an_activity_that_cannot_be_is_refused_with_its_field(cast, desk, changes, field):
    now = core_clock.now()
    moments = {
        "before": now.replace(year=2020),
        "tomorrow": now.replace(day=20),
        "long ago": now.replace(day=1),
    }
    values = {
        name: moments.get(value, value) if name.endswith("_at") else value for name, value in changes.items()
    }
    if field == "starts_at":
        values["ends_at"] = values["starts_at"].replace(hour=5)
    with pytest.raises(ActivityInvalid) as refusal:
        build.activity(desk, **values)
    assert refusal.value.data["field"] == field


def test_a_name_that_holds_a_telephone_number_would_stand_on_statements_for_ever(cast, desk):
    with pytest.raises(MemoHoldsNumber):
        build.activity(desk, title="报名找小王 13800001111")
    with pytest.raises(CampaignUnknown):
        build.activity(desk, campaign_id=new_id())


def test_a_change_of_what_somebody_else_has_changed_is_refused_and_times_stay_once_somebody_came(cast, desk):
    line = build.activity(desk)
    change = partial(activities.service.change_activity, desk, line.number)
    change(build.wish(place="社区活动室"), key=new_id(), version=1)
    with pytest.raises(ActivityChanged):
        change(build.wish(), key=new_id(), version=1)
    build.attend(people.actor(cast.owner), line)
    later = line.ends_at.replace(minute=30)
    with pytest.raises(ActivityInvalid):
        change(build.wish(ends_at=later), key=new_id(), version=2)
    change(build.wish(title="新名字"), key=new_id(), version=2)
    assert activities.queries.activity(line.number).title == "新名字"


def test_counters_add_up_per_squad_and_campaign(cast, desk):
    answer = activities.service.make_campaign(
        desk, key=new_id(), name="反诈宣传月", first_day=core_clock.today()
    )
    campaign = activities.queries.campaigns()[0].id
    assert answer.body == {"campaign_id": str(campaign)}
    with pytest.raises(CampaignExists):
        activities.service.make_campaign(desk, key=new_id(), name="反诈宣传月", first_day=core_clock.today())
    plan = [
        (cast.squad_id, campaign, 3000, 12000, 40),
        (cast.squad_id, None, 500, 1000, 1),
        (cast.other_squad_id, campaign, 1500, 7000, 39),
    ]
    for squad, of, leaflets, reached, hazards in plan:
        line = build.activity(desk, kind="leaflets", rule_code="publicity", squad_id=squad, campaign_id=of)
        build.attend(people.actor(cast.owner), line)
        build.close(desk, line, leaflets=leaflets, reached=reached, hazards=hazards)
    build.activity(desk, squad_id=cast.squad_id)
    found = activities.queries.totals()
    by_campaign, by_squad = found.by_campaign(), found.by_squad()
    assert (by_campaign[campaign].leaflets, by_campaign[campaign].reached) == (4500, 19000)
    assert (by_squad[cast.squad_id].activities, by_squad[cast.squad_id].leaflets) == (2, 3500)
    assert found.by_squad(campaign, of_all=False)[cast.squad_id].hazards == 40
    assert (found.total().people, found.total().hazards) == (3, 80)


def test_the_last_place_goes_to_one_and_somebody_who_signs_off_gives_it_back(database_app: Flask):
    """On both engines."""
    cast = people.cast()
    line = build.activity(people.actor(cast.coordinator), most=1)
    crew = [people.actor(each) for each in (cast.owner, cast.mate, cast.stranger)]
    db.session.remove()
    results = at_once(
        database_app,
        [partial(activities.service.sign_up, each, line.number, key=new_id()) for each in crew],
    )
    assert outcomes(results) == {"done": 1, "activity_full": 2}
    (winner,) = activities.queries.sign_ups(line.id)
    first = next(each for each in crew if each.id == winner.id)
    activities.service.sign_off(first, line.number, key=new_id())
    other = next(each for each in crew if each.id != winner.id)
    assert activities.service.sign_up(other, line.number, key=new_id()).body["signed_up"] == 1
    with pytest.raises(ActivityFull):
        activities.service.sign_up(first, line.number, key=new_id())


def test_many_scans_of_one_member_at_once_count_him_in_once(database_app: Flask):
    """On both engines: eight phones, each with a scan of its own."""
    cast = people.cast()
    desk, owner = people.actor(cast.coordinator), people.actor(cast.owner)
    line = build.activity(desk)
    code = activities.service.code_of(desk, line.number)
    db.session.remove()
    results = at_once(database_app, [partial(send, owner, code) for _ in range(8)])
    assert outcomes(results) == {"done": 1, "already_attended": 7}


def test_without_the_look_at_who_is_there_only_the_table_would_refuse_a_second_scan(
    database_app, monkeypatch
):
    """The control of the race above: what it proves is that look under the member's lock."""
    cast = people.cast()
    line = build.activity(people.actor(cast.coordinator))
    monkeypatch.setattr(attending, "_of", lambda *_arguments: None)
    build.attend(people.actor(cast.owner), line)
    with pytest.raises(attending.sa.exc.IntegrityError):
        build.attend(people.actor(cast.owner), line)


def test_a_member_reads_and_takes_along_what_he_attended_and_a_deletion_ends_his_sign_ups(cast, desk):
    line, coming = build.activity(desk), build.activity(desk, title="第二场")
    owner = people.actor(cast.owner)
    build.attend(owner, line)
    activities.service.sign_up(owner, coming.number, key=new_id())
    (kept,) = [each for each in personal.tables(cast.owner.id) if each.code == "activities"]
    assert [row[1] for row in kept.rows] == ["看望独居老人", "第二场"]
    with transaction():
        personal.erase(cast.owner.id, cast.owner.name, None)
    assert activities.queries.sign_ups(coming.id) == []
    assert activities.queries.activity(line.number).came == 1
