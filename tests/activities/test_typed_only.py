"""Who typed an activity's code, which can be told over the telephone, and who scanned it: a flag, never a refusal."""

import pytest

import activities.queries
import activities.service
import members.queries
import members.service
import points.errors
import points.queries
import points.service
from alliance import keeper
from core import clock as core_clock
from core import codes
from core.config import settings
from core.db import db, new_id
from core.scans import Scan
from tests.support import activities_builders as doings
from tests.support import members_builders as people


@pytest.fixture(autouse=True)
def alliance(database_app, clock):
    points.service.install_tariff()


@pytest.fixture
def desk():
    return people.staff()


@pytest.fixture
def line(desk):
    return doings.activity(desk)


def comes(line, name, *, typed=False, phone=None, actor=None):
    """Somebody comes in by the code that is shown now."""
    actor = actor or people.actor(people.member(name))
    make = codes.typed_activity_code if typed else codes.activity_code
    code = make(codes.keyring(settings()), (1 << 31) + line.number, core_clock.now())
    scan = Scan(id=new_id(), code=code, received_at=core_clock.now(), device_digest=phone)
    activities.service.attend_by_code(actor, scan)
    return actor


def told(line):
    return {each.name: each for each in activities.queries.attendance(line.id)}


def odd():
    keeper._find_odd_awards()
    return {each.kind: each for each in points.queries.odd_lines().items}


def test_the_desk_sees_who_typed_and_who_scanned_and_both_are_awarded(line, desk):
    comes(line, "李梅", typed=True)
    comes(line, "王芳")
    doings.add(desk, line, people.member("孙奶奶").id)
    assert {name: each.typed for name, each in told(line).items()} == {
        "李梅": True,
        "王芳": False,
        "孙奶奶": None,
    }
    assert not any(each.at_once or each.one_device for each in told(line).values())
    assert doings.close(desk, line).body["paid"] == 3
    assert odd() == {}


def test_several_who_type_within_seconds_are_odd_and_two_are_not(line, clock):
    comes(line, "李梅", typed=True)
    clock.tick(seconds=5)
    comes(line, "王芳", typed=True)
    comes(line, "周兰")
    assert odd() == {}
    clock.tick(seconds=6)
    comes(line, "赵芳", typed=True)
    assert odd() == {}, "eleven seconds are no rush"
    comes(line, "陈芳", typed=True)
    assert {name for name, each in told(line).items() if each.at_once} == {"王芳", "赵芳", "陈芳"}
    found = odd()["typed"]
    assert (found.times, found.about, found.activity_number) == (3, line.title, line.number)


def test_one_phone_for_several_is_odd_but_for_a_helper_and_whom_he_looks_after(line):
    helper = people.actor(people.member("丑帮手"))
    granny = people.managed(helper, "孙奶奶")
    comes(line, "", actor=helper, phone="helper's")
    comes(line, "", actor=people.actor(granny), phone="helper's")
    assert odd() == {}
    comes(line, "李梅", phone="a phone")
    comes(line, "王芳", phone="another")
    comes(line, "周兰", phone="a phone", typed=True)
    assert {name for name, each in told(line).items() if each.one_device} == {"李梅", "周兰"}
    assert odd()["device"].times == 2


def test_what_somebody_looked_at_waits_again_when_one_more_comes_and_goes_with_who_is_taken_off(
    line, desk, clock
):
    first = comes(line, "李梅", phone="a phone")
    comes(line, "王芳", phone="a phone")
    points.service.see_odd(desk, key=new_id(), odd_id=odd()["device"].id, note="同一家人")
    assert odd() == {}
    clock.tick(minutes=1)
    last = comes(line, "周兰", phone="a phone")
    assert odd()["device"].times == 3
    for actor in (first, last):
        activities.service.take_off(desk, line.number, key=new_id(), member_id=actor.id, reason="没来")
    assert odd() == {}
    assert not any(each.one_device for each in told(line).values())
    doings.add(desk, line, first.id)
    assert told(line)["李梅"].typed is None


def test_who_came_in_oddly_himself_does_not_put_it_away(line, desk):
    comes(line, "", actor=desk, phone="a phone")
    comes(line, "王芳", phone="a phone")
    with pytest.raises(points.errors.OwnOddAward):
        points.service.see_odd(desk, key=new_id(), odd_id=odd()["device"].id)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("typed the code", "scanned the code", "2 people typed the code")),
        ("zh_Hans_CN", ("输码", "扫码", "2 人是输码签到")),
    ],
    ids=["English", "Chinese"],
)
def test_the_page_says_it_before_the_closing(database_app, line, desk, language, words):
    comes(line, "李梅", typed=True, phone="a phone")
    comes(line, "王芳", typed=True, phone="a phone")
    comes(line, "周兰")
    client = database_app.test_client()
    people.sign_in(client, members.queries.facts(desk.id))
    members.service.change_settings(desk, language=language)
    page = client.get(f"/desk/activities/{line.number}").text
    assert [each for each in words if each not in page] == []
    assert odd()["device"].times == 2
    listed = client.get("/desk/award/odd").text
    assert f'href="/desk/activities/{line.number}"' in listed
    sent = client.get(f"/api/v1/activities/{line.number}/attendance").json["items"]
    assert sorted((each["typed"], each["one_device"]) for each in sent) == [
        (False, False),
        (True, True),
        (True, True),
    ]
    db.session.rollback()


def test_old_activities_are_not_looked_at_again(line, clock):
    comes(line, "李梅", phone="a phone")
    comes(line, "王芳", phone="a phone")
    assert set(odd()) == {"device"}
    clock.tick(days=31)
    assert odd() == {}
