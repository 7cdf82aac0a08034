"""A shop that left pays back what it owes: once, on a receipt, and the ledger knows."""

import re
from datetime import date

import pytest
import sqlalchemy as sa

import members.queries
import members.service
import merchants.queries
import merchants.service
import points.queries
from core.auth import SYSTEM
from core.db import db, new_id
from core.errors import PermissionMissing
from merchants.errors import (
    OwnShop,
    PaidOnInvalid,
    PaybackImpossible,
    ReferenceMissing,
    SettlementStepImpossible,
    SettlementUnknown,
)
from points.models import Transfer
from tests.support import members_builders as people
from tests.support import merchants_builders as shops
from tests.support import points_builders
from tests.support import settlement_builders as month


def back(actor, statement, **more):
    wish = {
        "key": new_id(),
        "settlement_id": statement.id,
        "paid_on": date(2026, 12, 2),
        "reference": "收据 17",
    }
    return merchants.service.pay_back(actor, **wish | more)


def test_what_is_paid_back_is_booked_once_and_nothing_is_owed_any_more(database_app, clock):
    shop, statement = month.left_owing(clock)
    assert points.queries.holdings(shop.id).owed == 30
    desk, key = people.staff(), new_id()
    answers = [back(desk, statement, key=key) for _ in range(2)]
    assert [each.replayed for each in answers] == [False, True]
    assert (answers[0].body["points"], answers[0].body["cents"]) == (30, 300)
    assert points.queries.holdings(shop.id).owed == 0
    assert merchants.queries.debts_of_the_left() == []
    (line,) = merchants.queries.paybacks().items
    assert (line.reference, line.recorded_by, line.cents) == ("收据 17", desk.member_id, 300)
    with pytest.raises(PaybackImpossible):
        back(desk, statement)
    assert db.session.scalars(sa.select(Transfer.amount).where(Transfer.kind == "payback")).all() == [30]
    assert points_builders.faults() == {}
    # A partner again, nothing is carried over to its next statement.
    merchants.service.admit_shop(SYSTEM, shop.id)
    month.take(shop, month.payer(), 40)
    clock.move_to(month.at("2027-01-03T09:00"))
    (december,) = month.draft("2026-12")
    assert (december.carried_points, december.due_cents) == (0, 400)
    assert points_builders.faults() == {}


def test_only_the_desk_writes_it_down_with_a_receipt_and_not_for_its_own_shop(app, clock):
    shop, statement = month.left_owing(clock)
    worker = people.staff()
    for actor in (people.staff("auditor"), people.actor(people.member())):
        with pytest.raises(PermissionMissing):
            back(actor, statement)
    for wish, refusal in (
        ({"reference": " "}, ReferenceMissing),
        ({"paid_on": date(2026, 12, 3)}, PaidOnInvalid),
        ({"paid_on": date(2026, 11, 30)}, PaidOnInvalid),
        ({"settlement_id": new_id()}, SettlementUnknown),
    ):
        with pytest.raises(refusal):
            back(worker, statement, **wish)
    merchants.service.admit_shop(SYSTEM, shop.id)
    with pytest.raises(PaybackImpossible):
        back(worker, statement)
    shops.a_clerk(shop, members.queries.facts(worker.id))
    merchants.service.end_shop(SYSTEM, shop.id, "又搬走了")
    with pytest.raises(OwnShop):
        back(worker, statement)
    assert points.queries.holdings(shop.id).owed == 30


def test_a_statement_is_booked_before_anything_is_paid_back_on_it(app, clock):
    shop, statement = month.left_owing(clock, booked=False)
    worker, client = people.staff(), app.test_client()
    people.sign_in(client, members.queries.facts(worker.member_id))
    address = f"/desk/settlements/{statement.id}"
    for step in (month.agree, month.pay):
        with pytest.raises(SettlementStepImpossible):
            back(worker, statement)
        assert "/payback" not in client.get(address).text
        step(statement.id)
    assert points.queries.holdings(shop.id).owed == 30
    assert "/payback" in client.get(address).text
    assert back(worker, statement).body["points"] == 30


def test_the_first_page_of_the_desk_tells_of_it_and_the_auditor_sees_the_receipt(app, clock):
    _shop, statement = month.left_owing(clock)

    def browser(role):
        actor, client = people.staff(role), app.test_client()
        people.sign_in(client, members.queries.facts(actor.member_id))
        members.service.change_settings(actor, language="en")
        return client

    desk, auditor = browser("coordinator"), browser("auditor")
    assert "1 shop that left still owes" in desk.get("/desk").text
    address = f"/desk/settlements/{statement.id}"
    assert "/payback" not in auditor.get(address).text
    text = desk.get(address).text
    token = re.search(r'name="csrf-token" content="([^"]+)"', text)[1]
    wish = {"key": str(new_id()), "paid_on": "2026-12-02", "csrf_token": token}
    assert "no reference" in desk.post(f"{address}/payback", data=wish | {"reference": ""}).text
    wish |= {"key": str(new_id()), "reference": "收据 17"}
    for _ in range(2):
        assert desk.post(f"{address}/payback", data=wish).status_code == 303
    assert "still owes" not in desk.get("/desk").text
    for page in (address, "/desk/settlements"):
        assert "收据 17" in auditor.get(page).text
    told = auditor.get("/api/v1/settlements/paybacks").get_json()["items"]
    assert [(each["cents"], each["reference"]) for each in told] == [(300, "收据 17")]


def test_the_owner_reads_what_he_owes_and_where_to_bring_it_until_it_is_paid_back(app, clock):
    shop, statement = month.left_owing(clock)
    owner, client = shops.the_owner(shop), app.test_client()
    people.sign_in(client, owner)
    members.service.change_settings(people.actor(owner), language="en")
    first, its_statement = f"/shop/{shop.id}", f"/shop/{shop.id}/settlements/{statement.id}"
    assert "You still owe ¥3.00" in client.get(first).text
    assert "Bring the money to the police room" in client.get(its_statement).text
    back(people.staff(), statement)
    assert "You still owe" not in client.get(first).text
    assert "Your shop has left the Alliance" in client.get(first).text
    page = client.get(its_statement).text
    assert ("Bring the money" in page, "收据 17" in page) == (False, True)
