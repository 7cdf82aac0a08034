"""Points over HTTP: who may do what, and what odd input gets."""

from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from core.clock import FrozenClock
from core.db import db
from core.receipts import Receipt
from points import service
from tests.support import members_builders as people
from tests.support import points_builders as build


@pytest.fixture
def cast(app: Flask, clock: FrozenClock) -> people.Cast:
    service.install_tariff()
    return people.cast()


def device(of: people.MemberFacts) -> dict[str, str]:
    token = people.device("award.give", responsible=of)
    return {"Authorization": f"Bearer {token}"}


def award(client: FlaskClient, cast: people.Cast, **changes: Any) -> Any:
    wish = {"key": str(uuid4()), "member_id": str(cast.owner.id), "rule_code": "lead"}
    return client.post("/api/v1/awards", json=wish | changes, headers=device(cast.coordinator))


def test_an_award_is_made_once_and_answered_twice(client: FlaskClient, cast: people.Cast) -> None:
    key = str(uuid4())
    first, again = award(client, cast, key=key), award(client, cast, key=key)
    assert (first.status_code, first.json["points"], first.json["balance"]) == (201, 20, 20)
    assert (again.status_code, again.json) == (409, again.json)  # another device: the key is not its own
    assert build.balance(cast.owner.id) == 20


def test_the_same_device_gets_the_same_answer(client: FlaskClient, cast: people.Cast) -> None:
    headers = device(cast.coordinator)
    wish = {"key": str(uuid4()), "member_id": str(cast.owner.id), "rule_code": "lead"}
    first = client.post("/api/v1/awards", json=wish, headers=headers)
    again = client.post("/api/v1/awards", json=wish, headers=headers)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"rule_code": "nothing"}, 422, "rule_unknown"),
        ({"rule_code": "\ud800"}, 422, "rule_unknown"),
        ({"rule_code": "lead\x00"}, 422, "rule_unknown"),
        ({"rule_code": 7}, 422, "invalid_input"),
        ({"member_id": str(UUID(int=1))}, 404, "member_unknown"),
        ({"member_id": "1"}, 422, "invalid_input"),
        ({"key": "１２"}, 422, "invalid_input"),
        ({"memo": "a\x00"}, 422, "memo_invalid"),
        ({"memo": "\u202e"}, 422, "memo_invalid"),
        ({"memo": "\ud800"}, 422, "memo_invalid"),
        ({"memo": "字" * 10_000}, 422, "invalid_input"),
        ({"happened_at": "2027-01-01T00:00:00Z"}, 422, "deed_time_invalid"),
        ({"happened_at": "1970-01-01T00:00:00Z"}, 422, "deed_time_invalid"),
        ({"happened_at": "2026-11-18T09:00:00"}, 422, "invalid_input"),
        ({"points": 1000}, 422, "invalid_input"),
    ],
    ids=repr,
)
def test_odd_awards_get_their_own_code_and_change_nothing(
    client: FlaskClient, cast: people.Cast, changes: dict[str, Any], status: int, code: str
) -> None:
    answer = award(client, cast, **changes)
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert answer.json["detail"]
    assert answer.json["remedy"]
    assert build.balance(cast.owner.id) == 0


@pytest.mark.parametrize("points", [0, -1, 1.5, 1.0, 1e9, "20", "１２", True, None, 2**63, [], {}], ids=repr)
def test_odd_numbers_of_points_do_not_get_into_the_tariff(
    client: FlaskClient, cast: people.Cast, points: Any
) -> None:
    people.sign_in(client, cast.administrator)
    rule = {
        "code": "odd",
        "name_zh": "怪",
        "name_en": "Odd",
        "category": "other",
        "points": points,
        "valid_from": "2026-11-18",
    }
    answer = client.post("/api/v1/tariff", json=rule, headers=csrf(client))
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_input")
    assert client.get("/api/v1/tariff/odd/versions").json == []


def csrf(client: FlaskClient) -> dict[str, str]:
    page = client.get("/tariff").text
    mark = 'name="csrf-token" content="'
    return {"X-CSRF-Token": page.split(mark)[1].split('"')[0]}


def test_the_tariff_is_read_by_members_and_changed_by_administrators(
    client: FlaskClient, cast: people.Cast
) -> None:
    people.sign_in(client, cast.owner)
    codes = [rule["code"] for rule in client.get("/api/v1/tariff").json["items"]]
    assert {"patrol", "lead", "care"} <= set(codes)
    change = {
        "based_on": 1,
        "name_zh": "有用线索",
        "name_en": "Lead",
        "category": "report",
        "points": 25,
        "valid_from": "2026-12-01",
    }
    refused = client.post("/api/v1/tariff/lead/versions", json=change, headers=csrf(client))
    assert (refused.status_code, refused.json["code"]) == (403, "permission_missing")
    people.sign_in(client, cast.administrator)
    changed = client.post("/api/v1/tariff/lead/versions", json=change, headers=csrf(client))
    assert (changed.status_code, changed.json["version"]) == (201, 2)
    again = client.post("/api/v1/tariff/lead/versions", json=change, headers=csrf(client))
    assert (again.status_code, again.json["code"]) == (409, "tariff_changed")
    now, later = (
        client.get(f"/api/v1/tariff?on={day}").json["items"] for day in ("2026-11-30", "2026-12-01")
    )
    assert [rule["points"] for rule in now + later if rule["code"] == "lead"] == [20, 25]


def test_a_member_reads_his_own_points_and_nobody_elses(client: FlaskClient, cast: people.Cast) -> None:
    given = award(client, cast).json["transfer_id"]
    people.sign_in(client, cast.owner)
    assert client.get("/api/v1/me/balance").json == {
        "balance": 20,
        "owed": 0,
        "lots": [{"expires_on": "2027-12-31", "points": 20}],
    }
    (line,) = client.get("/api/v1/me/statement").json["items"]
    assert (line["id"], line["points"], line["rule_code"]) == (given, 20, "lead")
    assert client.get(f"/api/v1/me/transfers/{given}").json["lots"] == [
        {"expires_on": "2027-12-31", "points": 20}
    ]
    people.sign_in(client, cast.mate)
    assert client.get(f"/api/v1/me/transfers/{given}").status_code == 404
    assert client.get(f"/api/v1/members/{cast.owner.id}/statement").status_code == 403
    people.sign_in(client, cast.auditor)
    assert client.get(f"/api/v1/members/{cast.owner.id}/balance").json["balance"] == 20
    assert len(client.get(f"/api/v1/members/{cast.owner.id}/statement").json["items"]) == 1
    assert client.get(f"/api/v1/members/{uuid4()}/statement").status_code == 404


def test_a_withdrawal_over_the_interface(client: FlaskClient, cast: people.Cast) -> None:
    given = award(client, cast).json["transfer_id"]
    people.sign_in(client, cast.coordinator)
    address = f"/api/v1/awards/{given}/withdrawal"
    wish = {"key": str(uuid4()), "reason": "记错了人"}
    empty = client.post(address, json=wish | {"reason": " "}, headers=csrf(client))
    assert (empty.status_code, empty.json["code"]) == (422, "reason_missing")
    done = client.post(address, json=wish, headers=csrf(client))
    assert (done.status_code, done.json["balance"], done.json["owed"]) == (201, 0, 0)
    second = client.post(address, json=wish | {"key": str(uuid4())}, headers=csrf(client))
    assert (second.status_code, second.json["code"]) == (409, "transfer_reversed")
    assert build.faults() == {}


@pytest.mark.parametrize("path", ["/api/v1/tariff/%00/versions", "/api/v1/tariff/%ED%A0%80/versions"])
def test_a_rule_that_cannot_exist_has_no_versions(client: FlaskClient, cast: people.Cast, path: str) -> None:
    people.sign_in(client, cast.owner)
    answer = client.get(path)
    assert answer.status_code in {200, 404}


def test_a_card_scanned_at_the_gate_is_awarded(client: FlaskClient, cast: people.Cast) -> None:
    card = people.card(cast.owner)
    wish = {"scan_id": str(uuid4()), "code": card.text, "rule_code": "lead", "memo": "电话诈骗线索"}
    answer = client.post("/api/v1/scans", json=wish, headers=device(cast.coordinator))
    assert answer.status_code == 201, answer.json
    assert (answer.json["outcome"], answer.json["points"], answer.json["balance"]) == ("awarded", 20, 20)
    assert "王小芳" in answer.json["what"]


def test_receipts_name_nobody(client: FlaskClient, cast: people.Cast) -> None:
    given = award(client, cast)
    assert (given.json["member_name"], given.json["member_number"]) == (cast.owner.name, cast.owner.number)
    code = people.card(cast.owner).text
    people.sign_in(client, cast.coordinator)
    for wish in ({"code": code, "rule_code": "lead"}, {"code": code}):
        scan = {"scan_id": str(uuid4()), **wish}
        first, again = (client.post("/api/v1/scans", json=scan, headers=csrf(client)).json for _ in range(2))
        assert (first["member_name"], first["member_number"]) == (cast.owner.name, cast.owner.number)
        assert first | {"replayed": True} == again
    answers = "".join(db.session.scalars(sa.select(Receipt.answer)))
    assert str(cast.owner.id) in answers
    assert cast.owner.name not in answers
    assert str(cast.owner.number) not in answers


@pytest.mark.parametrize("limit", ["１２", "1_0", "+5", " 5", "5.0", "1e1", "-1", "0", "101", "9" * 5000])
def test_a_page_is_as_long_as_a_plain_number_says(client: FlaskClient, cast: people.Cast, limit: str) -> None:
    people.sign_in(client, cast.owner)
    assert client.get("/api/v1/me/statement?limit=10").status_code == 200
    answer = client.get("/api/v1/me/statement", query_string={"limit": limit})
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_input")
