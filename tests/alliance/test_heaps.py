"""A heap of refused scans is put away by a coordinator with a reason, and comes back when a further scan comes."""

from datetime import timedelta

import pytest

import members.queries
import members.service
from alliance import heaps, personal
from alliance.heaps import HeapReasonInvalid, HeapSeen, HeapUnknown, OwnHeap
from core import audit, refused_heaps, refused_scans
from core import clock as core_clock
from core.auth import SYSTEM
from core.config import settings
from core.db import db, new_id, transaction
from core.errors import PermissionMissing
from tests.support import members_builders as people

pytestmark = pytest.mark.usefixtures("clock")
REASON = "新牌已经换上"


def refused(count, member_id, **values):
    """So many refusals, a second apart, the last of them now."""
    given = {"kind": None, "reason": "code_foreign", "code_digest": None, "device_digest": None} | values
    for place in range(count):
        with core_clock.frozen(core_clock.now() - timedelta(seconds=place)), transaction():
            refused_scans.note(new_id(), member_id, **given)


@pytest.fixture
def wang():
    return people.member("王小芳", phone="+8613900000007")


@pytest.fixture
def heap(wang):
    """Somebody has tried codes as often as makes a heap."""
    refused(settings().odd_scans, wang.id)
    (found,) = heaps.waiting()
    return found


def look(actor, heap, reason=REASON, **more):
    wish = {"key": new_id(), "what": heap.what, "scan_id": heap.newest.id, "reason": reason} | more
    return heaps.see_heap(actor, **wish)


def test_what_was_looked_at_waits_no_more_until_a_further_one_comes(database_app, heap, wang, clock):
    desk = people.staff()
    assert look(desk, heap).body["outcome"] == "heap_seen"
    assert heaps.waiting() == []
    refused(1, wang.id, reason="cooldown")
    assert heaps.waiting() == [], "what happens to everybody brings no heap back"
    clock.tick(minutes=3)
    refused(2, wang.id)
    (again,) = heaps.waiting()
    assert (again.further, again.look.reason, again.look.seen_by) == (1 + 1, REASON, desk.member_id)
    look(desk, again, "他学会了")
    assert heaps.waiting() == []
    ((kept, newest),) = refused_heaps.looked_at().items
    assert (kept.reason, kept.times, newest.id) == ("他学会了", settings().odd_scans + 2, again.newest.id)


def test_what_came_after_the_page_was_read_is_not_put_away_with_it(app, heap, wang, clock):
    clock.tick(minutes=1)
    refused(1, wang.id)
    look(people.staff(), heap)
    (still,) = heaps.waiting()
    assert still.further == 1


def test_it_is_done_once_per_key_and_by_one_of_two(database_app, heap):
    desk, key = people.staff(), new_id()
    first, again = look(desk, heap, key=key), look(desk, heap, key=key)
    assert (first.replayed, again.replayed, first.body) == (False, True, again.body)
    with pytest.raises(HeapSeen):
        look(people.staff(name="周同事"), heap)
    entries = [each for each in audit.entries().items if each.action == "scan.heap_seen"]
    assert len(entries) == 1


def test_the_log_keeps_the_reason_without_the_name_of_whose_scans_they_were(app, heap, wang):
    look(people.staff(), heap, "王小芳 13900000007 拿错了卡")
    (entry,) = [each for each in audit.entries().items if each.action == "scan.heap_seen"]
    assert entry.data["reason"] == "… … 拿错了卡"
    assert (entry.data["member"], entry.data["times"]) == (str(wang.id), settings().odd_scans)


def test_nobody_puts_away_a_heap_that_holds_scans_of_his_own_or_of_his_household(app):
    desk = people.staff()
    granny, sister = people.managed(desk, "孙奶奶"), people.managed(desk, "孙妹妹")
    members.service.set_roles(SYSTEM, sister.id, ["coordinator"])
    for who in (desk.member_id, granny.id):
        refused(settings().odd_scans, who)
        own = next(each for each in heaps.waiting() if each.key == who)
        for each in (desk, people.actor(sister)):
            with pytest.raises(OwnHeap):
                look(each, own)
    for who in (desk.member_id, people.member("李梅").id):
        refused(settings().odd_scans, who, code_digest="a plate", device_digest="a phone")
    by_sort = {each.what: each for each in heaps.waiting() if each.what != "member"}
    for each in by_sort.values():
        with pytest.raises(OwnHeap):
            look(desk, each)
    # Whoever has scanned the same broken plate leaves it to somebody who has not.
    look(people.staff(name="周同事"), by_sort["code"])


@pytest.mark.parametrize("reason", ["", "  ", "字" * 201, "字" * 2_000, "\u202e换了", "\ud800", "a\x00b"])
def test_a_reason_is_one_sentence(app, heap, reason):
    with pytest.raises(HeapReasonInvalid):
        look(people.staff(), heap, reason)
    assert len(heaps.waiting()) == 1


def test_what_is_no_heap_is_not_put_away(app, heap, wang, clock):
    desk = people.staff()
    li = people.member("李梅")
    refused(1, li.id, code_digest="a plate")
    lonely = refused_scans.lines(
        refused_scans.Wanted(core_clock.now() - timedelta(1), member_id=li.id)
    ).items[0]
    for odd in (
        {"scan_id": new_id()},
        {"what": "code"},
        {"what": "x"},
        {"scan_id": lonely.id},
        {"scan_id": lonely.id, "what": "code"},
    ):
        with pytest.raises(HeapUnknown):
            look(desk, heap, **odd)
    clock.tick(hours=25)
    with pytest.raises(HeapUnknown):
        look(desk, heap)
    for role in ("auditor", "volunteer"):
        with pytest.raises(PermissionMissing):
            look(people.staff(role, "周某"), heap)


def test_looks_go_with_the_scans_and_with_the_member(app, heap, wang):
    look(people.staff(), heap, "王小芳学会了")
    with transaction():
        personal.erase(wang.id, "王小芳", None)
    assert refused_heaps.looked_at().items == []
    for each in (people.member("李梅"), people.member("周兰")):
        refused(settings().odd_scans, each.id, code_digest="a plate")
    look(people.staff(), next(each for each in heaps.waiting() if each.what == "code"), "李梅看过")
    with transaction():
        personal.erase(new_id(), "李梅", None)
    assert [each.reason for each, _line in refused_heaps.looked_at().items] == ["…看过"]
    assert refused_heaps.forget(core_clock.now() + timedelta(minutes=1)) == 1


def signed_in(app, actor):
    client = app.test_client()
    people.sign_in(client, members.queries.facts(actor.member_id))
    members.service.change_settings(actor, language="en")
    return client


def test_the_page_and_the_interface_say_the_same(database_app, heap, wang):
    desk, auditor = (
        signed_in(database_app, people.staff(each, name))
        for each, name in (("coordinator", "陈警官"), ("auditor", "庚会计"))
    )
    assert 'action="/desk/scans/heaps"' in desk.get("/desk/scans").text
    looking = auditor.get("/desk/scans")
    assert (looking.status_code, 'action="/desk/scans/heaps"' in looking.text) == (200, False)
    (told,) = auditor.get("/api/v1/scans/heaps").json["items"]
    assert (told["what"], told["newest"]["member_name"], told["look"]) == ("member", "王小芳", None)
    page = auditor.get("/api/v1/scans/refused?limit=1").json
    assert page["items"][0]["told"] == "This code belongs to somebody else."
    assert (
        len(auditor.get(f"/api/v1/scans/refused?cursor={page['next']}").json["items"])
        == settings().odd_scans - 1
    )
    for odd in ("refused?member=x", "refused?reason=%00", "heaps?list=all", "heaps/seen?cursor=x"):
        assert auditor.get(f"/api/v1/scans/{odd}").status_code == 422, odd
    token = desk.get("/api/v1/session").json["csrf_token"]
    form = {"csrf_token": token, "key": str(new_id()), "what": "member", "scan_id": told["newest"]["id"]}
    empty = desk.post("/desk/scans/heaps", data=form | {"reason": " "})
    assert (empty.status_code, "Say in one sentence why" in empty.text) == (422, True)
    wish = {"key": str(new_id()), "what": "member", "scan_id": told["newest"]["id"], "reason": REASON}
    sent = [
        desk.post("/api/v1/scans/heaps/seen", json=wish, headers={"X-CSRF-Token": token}) for _ in range(2)
    ]
    assert [each.status_code for each in sent] == [201, 200]
    assert "heap" not in desk.get("/desk").text
    late = desk.post("/desk/scans/heaps", data=form | {"reason": REASON}, follow_redirects=True)
    assert "Somebody has already looked at this heap" in late.text
    assert REASON in auditor.get("/desk/scans?list=seen").text
    (kept,) = auditor.get("/api/v1/scans/heaps/seen").json["items"]
    assert (kept["reason"], kept["newest"]["member_number"]) == (REASON, wang.number)
    db.session.rollback()
