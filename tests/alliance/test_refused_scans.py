"""Refused scans are listed at the desk: what was scanned, by whom, why it did not count. No code stands there."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

import members.service
import patrols.service
from alliance import gate, heaps, keeper, personal
from core import clock as core_clock
from core import codes, refused_scans
from core.auth import SYSTEM
from core.codes import Kind
from core.config import settings
from core.db import db, new_id, transaction
from core.errors import DomainError
from core.refused_scans import RefusedScan, Wanted
from tests.support import members_builders as people
from tests.support import merchants_builders as shops
from tests.support import patrols_builders as patrol
from tests.support import plans

pytestmark = pytest.mark.usefixtures("clock")
FOREIGN = "https://pay.example/abc-secret"


def a_street():
    patrol.tariff()
    return patrol.street(2)


def scan(actor, text, scan_id=None, **more):
    """A scan that is refused; its code."""
    with pytest.raises(DomainError) as refusal:
        gate.scan(actor, {"scan_id": scan_id or new_id(), "code": text, **more})
    return refusal.value.code


def desk(app, role="coordinator"):
    client, reader = app.test_client(), people.staff(role)
    people.sign_in(client, members.queries.facts(reader.id))
    members.service.change_settings(reader, language="en")
    return client


def listed(limit=50, **narrowed):
    wanted = Wanted(core_clock.now() - timedelta(days=60), **narrowed)
    found, cursor = [], None
    while True:
        page = refused_scans.lines(wanted, cursor=cursor, limit=limit)
        found += page.items
        cursor = page.next
        if cursor is None:
            return found


def noted(count, member_id, **values):
    """So many refusals, a second apart."""
    given = {"kind": None, "reason": "code_foreign", "code_digest": None, "device_digest": None} | values
    for place in range(count):
        with core_clock.frozen(core_clock.now() - timedelta(seconds=place)), transaction():
            refused_scans.note(new_id(), member_id, **given)


def test_the_desk_reads_what_was_scanned_by_whom_and_why_it_was_refused(database_app):
    street, wang = a_street(), people.member("王小芳", squad_id=people.squad("夕阳红"))
    walker = people.actor(wang)
    old = street.plate(1)
    patrols.service.reprint_plate(SYSTEM, street.checkpoints[0], generation=1)
    shop = shops.a_shop()
    key = new_id()
    for _ in range(2):
        assert scan(walker, old.text, key, device="phone") == "plate_replaced"
    assert scan(walker, FOREIGN) == "code_foreign"
    forged = codes.printed_code(codes.keyring(settings()), Kind.SHOP, new_id(), 1)
    assert scan(walker, forged.text) == "shop_plate_unknown"
    db.session.rollback()
    assert sorted(each.reason for each in listed()) == [
        "code_foreign",
        "plate_replaced",
        "shop_plate_unknown",
    ]
    for role in ("coordinator", "auditor"):
        page = desk(database_app, role).get("/desk/scans").text
        for told in ("王小芳", members.queries.spoken_number(wang.number), "夕阳红", "plate_replaced"):
            assert told in page
        assert "This plate of 西门岗亭 was replaced and counts no more." in page
        assert f'href="/desk/checkpoints/{street.checkpoints[0]}"' in page
        assert shop.name not in page
        for code in (old.text, forged.text, FOREIGN, "abc-secret"):
            assert code not in page
    stored = str(db.session.execute(sa.text("SELECT * FROM refused_scan")).all())
    assert not re.search(f"{old.text}|{forged.text}|pay.example", stored)
    nosy = database_app.test_client()
    people.sign_in(nosy, wang)
    assert nosy.get("/desk/scans").status_code == 403


def test_where_somebody_stood_who_walks_no_rounds_is_not_kept(app):
    """He may have come to report something without his name."""
    resident = people.actor(people.member("张大妈", "resident"))
    plate = a_street().plate(1).text
    assert scan(resident, plate) == "permission_missing"
    assert scan(people.actor(people.applicant()), plate) == "member_not_admitted"
    members.service.take_leave(resident, resident.id, None)
    assert scan(people.actor(members.queries.facts(resident.id)), plate) == "member_on_leave"
    assert listed() == []


def test_a_scan_that_counts_and_one_that_is_sent_again_are_not_listed(app):
    street, walker = a_street(), patrol.person()
    payload = {"scan_id": new_id(), "code": street.plate(1).text}
    for _ in range(2):
        gate.scan(walker, payload)
    assert listed() == []
    assert scan(walker, street.plate(1).text) == "already_visited"
    assert len(listed()) == 1


def test_refused_scans_are_found_by_reason_member_code_and_phone_page_by_page(database_app):
    street, wang, li = a_street(), people.member("王小芳"), people.member("李梅")
    for who in (wang, li):
        for _ in range(3):
            scan(people.actor(who), FOREIGN, device="one phone")
        scan(people.actor(who), "x" * 40)
    patrols.service.reprint_plate(SYSTEM, street.checkpoints[0], generation=1)
    plate = codes.printed_code(codes.keyring(settings()), Kind.CHECKPOINT, street.checkpoints[0], 1)
    scan(people.actor(wang), plate.text)
    every = listed()
    assert len(every) == 9
    assert [each.id for each in listed(limit=2)] == [each.id for each in every], (
        "nothing twice, nothing left out"
    )
    foreign = next(each for each in every if each.reason == "code_foreign")
    assert len(listed(4, reason="code_foreign")) == 6
    assert len(listed(2, member_id=wang.id)) == 5
    assert {each.code_digest for each in listed(4, code_of=foreign.id)} == {foreign.code_digest}
    assert len(listed(2, phone_of=foreign.id, member_id=li.id)) == 3
    assert listed(code_of=new_id()) == []
    client = desk(database_app)
    assert client.get(f"/desk/scans?q={wang.number}").text.count("code_foreign</span>") == 3
    assert client.get("/desk/scans?reason=plate_replaced").text.count('<th scope="row"') == 1
    for odd in (
        "reason=x",
        "member=x",
        "code_of=%00",
        "phone_of=1",
        f"member={new_id()}",
        "q=%00",
        "q=没有的",
    ):
        assert client.get(f"/desk/scans?{odd}").status_code == 200, odd
    for cursor in ("x", "W10", "WyJ4IiwieSJd"):
        assert client.get(f"/desk/scans?cursor={cursor}").status_code == 422


def test_a_broken_plate_a_phone_of_many_and_who_tries_codes_wait_at_the_desk(database_app):
    wang, li = people.member("王小芳"), people.member("李梅")
    least = settings().odd_scans
    for who in (wang, li):
        noted(least // 2 - 1, who.id, code_digest="a plate", device_digest="a phone")
    assert heaps.waiting() == []
    assert "heap" not in desk(database_app).get("/desk").text
    noted(2, wang.id, code_digest="a plate")
    (plate,) = heaps.waiting()
    assert (plate.what, plate.count, plate.people) == ("code", least, 2)
    noted(2, li.id, device_digest="a phone")
    noted(least, people.member("赵急").id, reason="cooldown")
    noted(least + 5, li.id, kind="V", reason="code_unknown")
    found = {each.what: each for each in heaps.waiting()}
    assert (found["phone"].people, found["member"].newest.member_id) == (2, li.id)
    assert len(found) == 3, "who is only too early again is no heap"
    for role in ("coordinator", "auditor"):
        client = desk(database_app, role)
        assert "3 heaps of refused scans" in client.get("/desk").text
        page = client.get("/desk/scans").text
        assert f"member={li.id}" in page
        assert client.get(f"/desk/scans?phone_of={found['phone'].newest.id}").status_code == 200
    with core_clock.frozen(core_clock.now() + timedelta(hours=25)):
        assert heaps.waiting() == []


def test_heaps_are_told_from_the_number_on_that_is_set_or_never(make_app):
    for least, number in ((3, 1), (4, 0), (0, 0)):
        app = make_app(odd_scans=least)
        with app.app_context():
            noted(3, people.member().id)
            assert len(heaps.waiting()) == number


def test_they_are_kept_for_some_weeks_and_go_with_the_member(database_app):
    wang, li = people.member("王小芳"), people.member("李梅")
    noted(2, wang.id)
    with core_clock.frozen(core_clock.now() - timedelta(days=settings().refused_scan_days, minutes=1)):
        noted(3, li.id)
    (chore,) = [each for each in keeper.chores() if each.name == "forget refused scans"]
    assert chore.work() == 3
    noted(1, li.id)
    with transaction():
        personal.erase(wang.id, "王小芳", None)
    assert [each.member_id for each in listed()] == [li.id]


def test_no_list_of_them_reads_all_there_are(database_app):
    wang = people.member("王小芳")
    noted(3, wang.id, code_digest="a plate", device_digest="a phone")
    newest = listed()[0].id
    client = desk(database_app)
    with plans.Statements() as statements:
        for query in (
            "",
            f"member={wang.id}",
            "reason=code_foreign",
            f"code_of={newest}",
            f"phone_of={newest}",
        ):
            assert client.get(f"/desk/scans?{query}").status_code == 200
        client.get("/desk")
        listed(limit=1)
        keeper._forget_refused_scans()
    found = {
        text for text, values in statements.sent.items() if "refused_scan" in plans.read_whole(text, values)
    }
    db.session.rollback()
    assert found == set()
    assert sum("refused_scan" in text for text in statements.sent) > 10


def test_two_tries_of_one_scan_at_once_are_one_line(app):
    key = new_id()
    for _ in range(2):
        with transaction():
            refused_scans.note(
                key, None, kind=None, reason="code_foreign", code_digest=None, device_digest=None
            )
    assert db.session.scalar(sa.select(sa.func.count()).select_from(RefusedScan)) == 1
    assert isinstance(listed()[0].id, UUID)
