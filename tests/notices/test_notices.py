"""Notices: they reach whom they are for, are read once, and keep their words once somebody has read them."""

from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

import core.clock
import members.queries
import members.service
import notices.queries
import notices.service
from alliance import personal
from core import audit
from core.db import db, new_id, transaction
from core.errors import PermissionMissing
from core.receipts import KeyReused
from members.errors import SquadUnknown
from notices import rules
from notices.errors import (
    NoticeChanged,
    NoticeInvalid,
    NoticeNotYours,
    NoticeOver,
    NoticeRead,
    NoticeTooMany,
    NoticeUnknown,
)
from notices.models import Notice, NoticeReading
from tests.support import members_builders as people
from tests.support import notices_builders as build
from tests.support.ledger_crew import at_once


@pytest.fixture
def desk(app, clock):
    return people.staff()


def shown_to(member) -> list:
    return [each.id for each in notices.queries.own(member.id).items]


def led_squad(name: str = "花木兰巡逻队"):
    """A squad, its captain as an actor, and one of its members."""
    squad_id = people.squad(name)
    captain, walker = people.member("花队长", squad_id=squad_id), people.member("王小芳", squad_id=squad_id)
    members.service.appoint_captains(people.staff(), squad_id, captain_id=captain.id, acting_captain_id=None)
    return squad_id, people.actor(captain), walker


def test_a_notice_reaches_everybody_some_squads_or_an_area_with_all_that_lie_in_it(desk):
    station = people.area()
    grid = people.area("一社区", "community", station)
    squad_id, elsewhere = people.squad("花木兰巡逻队", area_id=grid), people.squad("快递队")
    woman = people.member("王小芳", squad_id=squad_id)
    courier = people.member("赵快递", squad_id=elsewhere)
    neighbour = people.member("孙邻居", area_id=grid)
    to_all = build.send(desk)
    to_squad = build.send(desk, audience="squads", squad_ids=(squad_id,))
    to_station = build.send(desk, audience="areas", area_ids=(station,))
    assert shown_to(woman) == [to_station, to_squad, to_all]
    assert shown_to(courier) == [to_all]
    assert shown_to(neighbour) == [to_station, to_all]
    with pytest.raises(NoticeUnknown):
        notices.queries.for_reader(courier.id, to_squad)


def test_a_notice_is_shown_from_its_first_to_its_last_day_pinned_ones_first(desk, clock):
    reader = people.member()
    pinned = build.send(desk, pinned=True)
    coming = build.send(
        desk,
        first_day=core.clock.today() + timedelta(days=2),
        last_day=core.clock.today() + timedelta(days=3),
    )
    today = build.send(desk, last_day=core.clock.today())
    assert shown_to(reader) == [pinned, today]
    clock.tick(days=2)
    assert shown_to(reader) == [pinned, coming]


def test_reading_is_noted_once_and_sending_writes_no_row_for_anybody(desk):
    reader = people.member()
    notice_id = build.send(desk)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(NoticeReading)) == 0
    assert notices.queries.newest(reader.id).unread == 1
    first = notices.service.read(people.actor(reader), notice_id, 1)
    assert notices.service.read(people.actor(reader), notice_id, 1) == first
    assert notices.queries.own(reader.id).items[0].read_at == first
    assert notices.queries.newest(reader.id) is None


def test_a_notice_is_corrected_until_the_first_one_has_read_it_and_then_replaced(desk):
    reader = people.actor(people.member())
    notice_id = build.send(desk)
    change = {"notice_id": notice_id, "wish": build.wish(title_zh="明晚停水")}
    notices.service.correct(desk, key=new_id(), version=1, **change)
    with pytest.raises(NoticeChanged):  # he has the old words before him
        notices.service.read(reader, notice_id, 1)
    with pytest.raises(NoticeChanged):
        notices.service.correct(desk, key=new_id(), version=1, **change)
    notices.service.read(reader, notice_id, 2)
    with pytest.raises(NoticeRead):
        notices.service.correct(desk, key=new_id(), version=2, **change)
    successor = build.send(desk, replaces_id=notice_id)
    assert [each.id for each in notices.queries.own(reader.id).items] == [successor]
    assert notices.queries.one(desk, notice_id).replaced_by_id == successor
    with pytest.raises(NoticeOver):
        build.send(desk, replaces_id=notice_id)


def test_a_notice_that_was_taken_back_is_shown_to_nobody_and_the_log_says_why(desk):
    reader = people.member()
    notice_id = build.send(desk)
    notices.service.withdraw(desk, key=new_id(), notice_id=notice_id, reason="时间有误")
    assert shown_to(reader) == []
    with pytest.raises(NoticeUnknown):
        notices.service.read(people.actor(reader), notice_id, 1)
    acts = audit.entries(subject_id=notice_id).items
    assert [(each.action, each.data.get("reason")) for each in acts] == [
        ("notice.withdrawn", "时间有误"),
        ("notice.sent", None),
    ]


def test_a_captain_writes_to_his_own_squad_only_and_changes_only_what_he_wrote(desk):
    squad_id, captain, walker = led_squad()
    other = people.squad("快递队")
    notice_id = build.send(captain, audience="squads", squad_ids=(squad_id,))
    assert shown_to(walker) == [notice_id]
    for audience in ({}, {"audience": "squads", "squad_ids": (squad_id, other)}):
        with pytest.raises(NoticeNotYours):
            build.send(captain, **audience)
    with pytest.raises(NoticeNotYours):
        build.send(people.actor(walker), audience="squads", squad_ids=(squad_id,))
    from_desk = build.send(desk)
    with pytest.raises(NoticeNotYours):
        notices.service.withdraw(captain, key=new_id(), notice_id=from_desk, reason="不要")
    for _ in range(rules.MOST_OF_A_CAPTAIN - 1):
        build.send(captain, audience="squads", squad_ids=(squad_id,))
    with pytest.raises(NoticeTooMany):
        build.send(captain, audience="squads", squad_ids=(squad_id,))


def test_the_desk_sees_who_has_not_read_it_and_a_captain_his_squads_without_telephones(desk):
    squad_id, captain, walker = led_squad()
    other = people.squad("快递队")
    people.member("赵快递", squad_id=other)
    old = people.member("孙奶奶", phone=None, squad_id=squad_id)
    members.service.assign_helper(desk, old.id, walker.id)
    notice_id = build.send(desk)
    notices.service.read(people.actor(walker), notice_id, 1)
    sent = notices.queries.one(desk, notice_id)
    counts = {
        each.name: (each.readers, each.receivers) for each in notices.queries.by_squad(desk, sent).items
    }
    assert counts == {"花木兰巡逻队": (1, 3), "快递队": (0, 1)}
    (told,) = notices.queries.unread(desk, sent, squad_id=squad_id, without_phone=True).items
    assert (told.id, told.helper_name, told.helper_phone) == (
        old.id,
        walker.name,
        members.queries.record(walker.id).phone,
    )
    seen = notices.queries.unread(captain, notices.queries.one(captain, notice_id)).items
    assert {each.name for each in seen} == {"花队长", "孙奶奶"}
    assert all(each.phone is None and each.helper_phone is None for each in seen)
    with pytest.raises(NoticeNotYours):
        notices.queries.sent(people.actor(walker))


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"title_zh": " "}, "title_zh"),
        ({"text_zh": "停水\u202e"}, "text_zh"),
        ({"text_zh": "水" * (rules.LONGEST_TEXT + 1)}, "text_zh"),
        ({"title_en": "No water"}, "text_en"),
        ({"audience": "squads"}, "squad_ids"),
        ({"audience": "friends"}, "audience"),
    ],
)
def test_what_cannot_stand_in_a_notice_is_refused_at_its_field(desk, given, field):
    with pytest.raises(NoticeInvalid) as refused:
        build.send(desk, **given)
    assert refused.value.data["field"] == field


def test_days_that_are_over_or_in_the_wrong_order_are_refused(desk, clock):
    today = core.clock.today()
    for first, last in ((-1, 3), (3, 2), (0, 400), (400, 401)):
        with pytest.raises(NoticeInvalid):
            build.send(desk, first_day=today + timedelta(days=first), last_day=today + timedelta(days=last))
    with pytest.raises(SquadUnknown):
        build.send(desk, audience="squads", squad_ids=(new_id(),))


def test_one_key_sends_one_notice(desk):
    key = new_id()
    first = notices.service.send(desk, key=key, wish=build.wish())
    assert notices.service.send(desk, key=key, wish=build.wish()).body == first.body
    with pytest.raises(KeyReused):
        notices.service.send(desk, key=key, wish=build.wish(title_zh="明晚停电"))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Notice)) == 1


def test_who_has_read_is_forgotten_some_months_after_the_end_and_with_a_deletion(desk, clock):
    reader, other = people.member(), people.member("赵快递")
    notice_id = build.send(desk)
    for each in (reader, other):
        notices.service.read(people.actor(each), notice_id, 1)
    assert [each.code for each in personal.tables(reader.id) if each.rows] == ["notices"]
    with transaction():
        personal.erase(reader.id, reader.name, None)
    assert notices.queries.readings_of(reader.id) == []
    clock.tick(days=14 + 91)
    assert notices.service.forget_readings() == 1
    assert notices.queries.one(desk, notice_id).first_read_at is not None


def test_a_stranger_and_who_may_not_write_are_refused(client, desk):
    assert client.get("/api/v1/notices").status_code == 401
    with pytest.raises((PermissionMissing, NoticeNotYours)):
        build.send(people.actor(people.member()))


def test_lists_go_on_where_they_stopped_on_both_engines(database_app, clock):
    desk = people.staff()
    squads = [people.squad(f"{each}网格队") for each in "一二三"]
    readers = [people.member(f"队员{n}", squad_id=squads[n]) for n in range(3)]
    sent = [build.send(desk, pinned=n == 1) for n in range(4)]
    for each in readers[:2]:
        notices.service.read(people.actor(each), sent[0], 1)
    seen, cursor = [], None
    while True:
        page = notices.queries.own(readers[0].id, cursor=cursor, limit=1)
        seen += [each.id for each in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == [sent[1], sent[3], sent[2], sent[0]]
    first = notices.queries.sent(desk, limit=3)
    assert [each.id for each in notices.queries.sent(desk, cursor=first.next).items] == [sent[0]]
    one = notices.queries.one(desk, sent[0])
    squad_page = notices.queries.by_squad(desk, one, limit=2)
    rest = notices.queries.by_squad(desk, one, cursor=squad_page.next).items
    assert [(each.readers, each.receivers) for each in (*squad_page.items, *rest)].count((1, 1)) == 2
    unread = notices.queries.unread(desk, one, limit=1)
    names = [
        each.name for each in (*unread.items, *notices.queries.unread(desk, one, cursor=unread.next).items)
    ]
    assert names == ["李建国", "队员2"]
    clock.tick(days=14 + 91)
    assert notices.service.forget_readings() == 2


def test_a_first_reading_and_a_correction_at_once_never_leave_new_words_read_as_old_ones(database_app, clock):
    desk, reader = people.staff(), people.actor(people.member())
    notice_id = build.send(desk)
    change = build.wish(title_zh="明晚停水")
    works = [
        partial(notices.service.read, reader, notice_id, 1),
        partial(notices.service.correct, desk, key=new_id(), notice_id=notice_id, version=1, wish=change),
    ]
    read, corrected = at_once(database_app, works)
    db.session.rollback()
    (shown,) = notices.queries.own(reader.member_id).items
    if isinstance(read, NoticeChanged):
        assert (shown.version, shown.read_at) == (2, None)
    else:
        assert isinstance(corrected, NoticeRead)
        assert (shown.version, shown.read_at) == (1, read)
