"""The ledger desk: any transfer is found, opened, and says where it can be undone; auditors change nothing."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

import points.queries
import points.service
from core import chain
from core.db import db, new_id
from tests.conftest import WEDNESDAY
from tests.support import members_builders as people
from tests.support import points_builders as build
from tests.support import settlement_builders as shops

LIST = "/api/v1/ledger/transfers"


@pytest.fixture
def cast(app, clock):
    points.service.install_tariff()
    return people.cast()


@pytest.fixture
def auditor(app, cast):
    client = app.test_client()
    people.sign_in(client, cast.auditor)
    return client


def award(cast) -> UUID:
    coordinator = people.actor(cast.coordinator)
    answer = points.service.award_deed(
        coordinator, key=new_id(), member_id=cast.owner.id, rule_code="care", memo="陪张奶奶看病"
    )
    return UUID(answer.body["transfer_id"])


def found(client, **query):
    answer = client.get(LIST, query_string=query)
    assert answer.status_code == 200, answer.json
    return [each["id"] for each in answer.json["items"]]


def test_a_transfer_is_found_by_member_kind_amount_and_day(auditor, cast, clock):
    clock.move_to(WEDNESDAY - timedelta(days=3))
    old = build.earn(cast.mate.id, 7)
    clock.move_to(WEDNESDAY)
    mine, put_aside = build.earn(cast.owner.id, 7), build.reserve(cast.mate.id, 3)
    db.session.rollback()
    assert found(auditor, account_id=cast.owner.id) == [str(mine)]
    assert found(auditor, account_id=cast.mate.id) == [str(put_aside), str(old)]
    assert found(auditor, kind="spend") == [str(put_aside)]
    assert found(auditor, amount=7, last="2026-11-17") == [str(old)]
    assert found(auditor, first="2026-11-18", amount=7) == [str(mine)]


def test_pages_of_the_ledger_join_without_gap_or_double(auditor, cast):
    booked = [str(build.earn(cast.owner.id, 1)) for _ in range(7)]
    seen, cursor = [], None
    while True:
        page = auditor.get(LIST, query_string={"limit": 3, **({"cursor": cursor} if cursor else {})}).json
        seen += [each["id"] for each in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == booked[::-1]


def test_a_rare_amount_is_looked_for_in_steps_of_a_known_size(auditor, cast, monkeypatch):
    rare = build.earn(cast.owner.id, 999)
    for _ in range(6):
        build.earn(cast.owner.id, 1)
    monkeypatch.setattr(points.queries.ledger, "LOOKED_THROUGH", 3)
    seen, steps, cursor = [], 0, None
    while True:
        query = {"amount": 999, **({"cursor": cursor} if cursor else {})}
        page = auditor.get(LIST, query_string=query).json
        seen += [each["id"] for each in page["items"]]
        steps, cursor = steps + 1, page["next"]
        assert bool(page["looked_back_to"]) == bool(cursor)
        if cursor is None:
            break
    assert seen == [str(rare)]
    assert steps == 3


@pytest.mark.parametrize("how", ["whole", "beginning", "receipt", "number", "name"])
def test_the_desk_finds_a_transfer_as_people_ask_for_it(auditor, cast, how):
    transfer_id = award(cast)
    receipt = points.queries.transfer_sheet(transfer_id).line.receipt_key
    asked = {
        "whole": str(transfer_id),
        "beginning": str(transfer_id)[:13],
        "receipt": str(receipt),
        "number": str(cast.owner.number),
        "name": cast.owner.name,
    }[how]
    page = auditor.get("/desk/ledger", query_string={"q": asked}).text
    assert f"/desk/ledger/{transfer_id}" in page
    assert "关爱" in page or "care" in page or "50" in page


def test_a_transfer_tells_everything_and_a_coordinator_takes_it_back_from_there(app, auditor, cast):
    transfer_id = award(cast)
    page = auditor.get(f"/desk/ledger/{transfer_id}").text
    assert all(word in page for word in (cast.owner.name, cast.coordinator.name, "陪张奶奶看病", "award"))
    withdrawal = f"/desk/transfers/{transfer_id}/withdrawal"
    assert withdrawal not in page
    assert auditor.get(withdrawal).status_code == 403
    coordinator = app.test_client()
    people.sign_in(coordinator, cast.coordinator)
    assert withdrawal in coordinator.get(f"/desk/ledger/{transfer_id}").text
    points.service.withdraw_award(
        people.actor(cast.coordinator), key=new_id(), transfer_id=transfer_id, reason="记错了人"
    )
    db.session.rollback()
    line = points.queries.transfer_sheet(transfer_id).line
    page = auditor.get(f"/desk/ledger/{transfer_id}").text
    assert f"/desk/ledger/{line.reversed_by}" in page
    assert "记错了人" in auditor.get(f"/desk/ledger/{line.reversed_by}").text


def test_a_payment_says_where_it_can_be_given_back(auditor, cast):
    shop = shops.two_shops()["barber"]
    shops.take(shop, shops.payer(), 30)
    page = auditor.get("/desk/ledger", query_string={"q": shop.name, "kind": "pay"}).text
    (line,) = points.queries.search_transfers(kind="pay").page.items
    assert f"/desk/ledger/{line.id}" in page
    opened = auditor.get(f"/desk/ledger/{line.id}").text
    assert f"/desk/shops/{shop.id}/charges" in opened
    lots = auditor.get(f"{LIST}/{line.id}").json["lots"]
    assert [each["change"] for each in lots if each["account_id"] == str(shop.id)] == [30]


def test_who_may_not_read_the_ledger_sees_none_of_it(app, cast):
    transfer_id = award(cast)
    client = app.test_client()
    people.sign_in(client, cast.owner)
    for address in ("/desk/ledger", f"/desk/ledger/{transfer_id}", LIST, f"{LIST}/{transfer_id}"):
        assert client.get(address).status_code == 403, address


def test_what_is_not_there_is_said_so(auditor):
    assert auditor.get(f"/desk/ledger/{uuid4()}").status_code == 404
    assert auditor.get(f"{LIST}?cursor=nonsense").status_code == 422
    assert auditor.get("/desk/ledger?q=gibtesnicht&amount=x&first=x").status_code == 200


def test_the_sheet_for_the_wall_shows_the_digest_in_both_languages(auditor, cast):
    award(cast)
    chain.seal()
    head = chain.head()
    page = auditor.get("/desk/audit/digest").text
    assert [group for group in head.groups if group not in page] == []
    assert "2026年11月18日" in page
    assert "18 November 2026" in page
    told = auditor.get("/api/v1/audit/digest").json
    assert (told["number"], told["digest"], told["waiting"]) == (head.number, head.digest, 0)
    newest = auditor.get("/api/v1/audit").json["items"][0]
    assert (newest["number"], newest["digest"]) == (head.number, head.digest)
