"""The gate: every kind of code has its row, and odd scans are refused with a sentence instead of a fault."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from alliance import gate
from core import codes
from core.codes import Kind
from core.config import settings
from core.db import db, new_id
from core.receipts import Receipt
from tests.support import members_builders as people
from tests.support import rewards_builders


@pytest.fixture
def phone(app: Flask, client: FlaskClient) -> FlaskClient:
    people.sign_in(client, people.member("王小芳"))
    return client


def send(phone: FlaskClient, **payload: Any) -> Any:
    token = phone.get("/api/v1/session").json.get("csrf_token", "")
    values = {"scan_id": str(new_id()), "code": "C2222222222222"} | payload
    return phone.post("/api/v1/scans", json=values, headers={"X-CSRF-Token": token})


def test_every_kind_of_code_has_its_row_in_the_gates_table() -> None:
    assert set(gate.KINDS) == {kind.value for kind in Kind}
    assert {kind.value for kind in Kind if kind.bearer} == {
        letter for letter, row in gate.KINDS.items() if row.bearer
    }


def test_a_stranger_to_a_voucher_hears_the_same_whether_there_is_one_or_not(phone: FlaskClient) -> None:
    _, real = rewards_builders.voucher(rewards_builders.member(), rewards_builders.reward())
    answers = [send(phone, code=text) for text in (real, codes.random_code(Kind.VOUCHER).text)]
    assert [(each.status_code, each.json["code"]) for each in answers] == [(404, "code_unknown")] * 2
    assert answers[0].json == answers[1].json


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"code": "x" * 7_000}, "code_too_long"),
        ({"code": "https://evil.example/q/C2222222222222"}, "code_foreign"),
        ({"code": "javascript:alert(1)"}, "code_foreign"),
        ({"code": "C2222222222223"}, "code_mistyped"),
        ({"scanned_at": "0001-01-01T00:00:00+14:00"}, "time_impossible"),
        ({"sent_at": "9999-12-31T23:59:59-14:00"}, "time_impossible"),
    ],
)
def test_odd_scans_are_refused_with_their_own_code_and_leave_one_receipt(
    phone: FlaskClient, payload: dict[str, Any], code: str
) -> None:
    if code == "time_impossible":
        payload["code"] = codes.printed_code(codes.keyring(settings()), Kind.CHECKPOINT, new_id(), 1).text
    answer = send(phone, **payload)
    assert (answer.status_code, answer.json["code"]) == (422, code)
    assert answer.json["detail"]
    assert answer.json["remedy"]
    db.session.rollback()
    assert [row.outcome for row in db.session.query(Receipt).filter_by(action="scan")] == [code]


@pytest.mark.parametrize("device", ["\ud800", "\x00", "٣" * 64])
def test_an_odd_name_of_a_phone_is_no_fault(phone: FlaskClient, device: str) -> None:
    assert send(phone, device=device).json["code"] == "checkpoint_unknown"


def test_a_text_longer_than_any_code_is_not_looked_at(phone: FlaskClient) -> None:
    answer = send(phone, code="x" * 8_001)
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_input")
