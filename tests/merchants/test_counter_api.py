"""The counter over JSON: both sides see "paid", who may what, and what bad input gets."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.auth import Actor
from core.clock import FrozenClock
from core.codes import parse
from core.paging import encode
from merchants.api import standing
from tests.support import counter_builders as build
from tests.support import members_builders as people
from tests.support import merchants_builders as shops
from tests.support import points_builders as points

Open = Callable[[Actor], FlaskClient]


@pytest.fixture(autouse=True)
def alliance(app: Flask, clock: FrozenClock) -> None:
    """One moment in one alliance."""


@pytest.fixture
def phone_of(app: Flask) -> Open:
    """A phone on which somebody is signed in, with the forgery protection's token in every request."""

    def open_one(actor: Actor) -> FlaskClient:
        client = app.test_client()
        people.sign_in(client, build.facts(actor))
        client.environ_base["HTTP_X_CSRF_TOKEN"] = client.get("/api/v1/session").json["csrf_token"]
        return client

    return open_one


def send(client: FlaskClient, path: str, **body: Any) -> TestResponse:
    return client.post(f"/api/v1{path}", json={"key": str(uuid4()), **body})


def scan(client: FlaskClient, code: str, **body: Any) -> TestResponse:
    return client.post("/api/v1/scans", json={"scan_id": str(uuid4()), "code": code, **body})


def test_an_order_is_paid_and_both_sides_see_it(phone_of: Open) -> None:
    counter, member = build.a_counter(), build.payer(100, "王小芳")
    till, phone = phone_of(counter.clerk), phone_of(member)
    shown = send(till, "/counter/orders", merchant_id=str(counter.shop.id), points=30)
    assert shown.status_code == 201
    assert shown.json["svg"].startswith("<svg")
    charge_id = shown.json["charge_id"]
    assert till.get(f"/api/v1/counter/charges/{charge_id}").json["state"] == "shown"
    held = scan(phone, shown.json["address"])
    assert (held.json["outcome"], held.json["balance_after"]) == ("order_held", 70)
    assert all(held.json[each] for each in ("title", "what", "next_step"))
    waiting = till.get(f"/api/v1/counter/charges/{charge_id}").json
    assert (waiting["state"], waiting["payer"]) == ("held", "王*芳")
    done = send(phone, f"/me/charges/{charge_id}/confirm", points=30)
    assert (done.status_code, done.json["outcome"], done.json["balance"]) == (201, "paid", 70)
    seen = till.get(f"/api/v1/counter/charges/{charge_id}").json
    assert (seen["state"], seen["payer"], "member_id" in seen) == ("paid", "王*芳", False)
    assert phone.get(f"/api/v1/me/charges/{charge_id}").json["state"] == "paid"
    (own,) = phone.get("/api/v1/me/charges").json["items"]
    assert (own["id"], own["shop"], own["points"]) == (charge_id, counter.shop.name, 30)
    day = till.get("/api/v1/counter/day", query_string={"merchant_id": str(counter.shop.id)}).json
    assert (day["payments"], day["points"]) == (1, 30)


def test_a_repeat_gets_the_first_answer_again(phone_of: Open) -> None:
    counter, member, key = build.a_counter(), build.payer(100), str(uuid4())
    till = phone_of(counter.clerk)
    wish = {"key": key, "merchant_id": str(counter.shop.id), "points": 30}
    first, again = (send(till, "/counter/orders", **wish) for _ in range(2))
    assert (first.status_code, again.status_code, first.json) == (201, 200, again.json)
    other = send(till, "/counter/orders", **wish | {"points": 31})
    assert (other.status_code, other.json["code"]) == (409, "key_reused")
    assert build.balance(member) == 100


def test_a_phone_code_is_held_named_in_part_and_taken(phone_of: Open) -> None:
    counter, member = build.a_counter(), build.payer(300, "欧阳小芳", pin=True)
    till, phone = phone_of(counter.clerk), phone_of(member)
    code = phone.get("/api/v1/me/code").json["address"]
    held = send(till, "/counter/holds", merchant_id=str(counter.shop.id), code=code, points=150)
    assert (held.status_code, held.json["member_name"], held.json["pin_needed"]) == (201, "欧**芳", True)
    path = f"/counter/charges/{held.json['charge_id']}/take"
    asked = send(till, path)
    assert (asked.status_code, asked.json["code"]) == (422, "pin_needed")
    assert (asked.json["detail"], asked.json["remedy"]) != ("", "")
    taken = send(till, path, pin=build.PIN)
    assert (taken.status_code, taken.json["state"]) == (201, "paid")
    assert phone.get("/api/v1/me/charges").json["items"][0]["state"] == "paid"


def test_the_gate_tells_the_clerk_whose_code_it_is(phone_of: Open) -> None:
    counter, member = build.a_counter(), build.payer(100, "王小芳")
    till = phone_of(counter.clerk)
    held = scan(till, build.phone_code(member).text, merchant_id=str(counter.shop.id), points=30)
    assert (held.status_code, held.json["outcome"], held.json["member_name"]) == (201, "charge_held", "王*芳")
    stranger = scan(till, build.phone_code(member).text)
    assert (stranger.status_code, stranger.json["code"]) == (403, "member_code_for_staff")


def test_a_payment_by_plate_reaches_the_counter_by_its_feed(phone_of: Open) -> None:
    counter, member = build.a_counter(), build.payer(100)
    till, phone, plate = phone_of(counter.clerk), phone_of(member), shops.plate_of(counter.shop).text
    feed = {"merchant_id": str(counter.shop.id)}
    start = till.get("/api/v1/counter/feed", query_string=feed).json
    assert start["items"] == []
    assert scan(phone, plate).json["outcome"] == "shop"
    paid = send(phone, "/me/payments", code=plate, points=20)
    assert (paid.status_code, paid.json["outcome"]) == (201, "paid")
    heard = till.get("/api/v1/counter/feed", query_string=feed | {"after": start["next"]}).json
    assert [(each["id"], each["way"], each["points"]) for each in heard["items"]] == [
        (paid.json["charge_id"], "plate", 20)
    ]


def test_a_payment_is_voided_and_refunded_over_http(phone_of: Open) -> None:
    counter, member = build.a_counter(), build.payer(100)
    till, owner = phone_of(counter.clerk), phone_of(counter.owner)
    first, second = build.paid(counter, member), build.paid(counter, member)
    assert send(till, f"/counter/charges/{first}/void").json["state"] == "voided"
    refused = send(till, f"/counter/charges/{second}/refund", reason="没货了")
    assert (refused.status_code, refused.json["code"]) == (403, "owner_needed")
    assert send(owner, f"/counter/charges/{second}/refund", reason="没货了").json["state"] == "refunded"
    listed = owner.get("/api/v1/counter/charges", query_string={"merchant_id": str(counter.shop.id)}).json
    assert [each["state"] for each in listed["items"]] == ["refunded", "voided"]
    assert listed["items"][0]["reason"] == "没货了"


def test_an_order_is_called_off_by_either_side(phone_of: Open) -> None:
    counter, member = build.a_counter(), build.payer(100)
    first, second = build.order(counter, member), build.order(counter, member)
    assert send(phone_of(member), f"/me/charges/{first}/decline").json["balance"] == 70
    assert send(phone_of(counter.clerk), f"/counter/charges/{second}/cancel").json["state"] == "cancelled"
    assert build.balance(member) == 100


def test_strangers_and_other_shops_learn_nothing(phone_of: Open) -> None:
    counter, other, member = build.a_counter(), build.a_counter(), build.payer(100)
    charge_id = build.paid(counter, member)
    till, stranger = phone_of(other.clerk), phone_of(build.payer(name="李梅"))
    for client, path, code in (
        (till, f"/counter/charges/{charge_id}", "not_your_shop"),
        (till, f"/counter/charges?merchant_id={counter.shop.id}", "not_your_shop"),
        (till, f"/counter/feed?merchant_id={counter.shop.id}", "not_your_shop"),
        (till, f"/counter/day?merchant_id={counter.shop.id}", "not_your_shop"),
        (stranger, f"/me/charges/{charge_id}", "charge_unknown"),
        (stranger, "/counter/odd", "permission_missing"),
    ):
        answer = client.get(f"/api/v1{path}")
        assert (answer.status_code in {403, 404}, answer.json["code"]) == (True, code), path
    outside = stranger.application.test_client()
    assert outside.get(f"/api/v1/me/charges/{charge_id}").status_code == 401


def test_what_was_paid_by_the_plate_while_nobody_looked_is_told_until_somebody_has_seen_it(
    phone_of: Open,
) -> None:
    counter, member = build.a_counter(), build.payer(100, "王小芳")
    ids = [build.pay_plate(counter, member, amount).body["charge_id"] for amount in (5, 7, 9)]
    build.paid(counter, member, 11)
    till, shop_id = phone_of(counter.clerk), str(counter.shop.id)

    def untold() -> dict[str, Any]:
        answer: dict[str, Any] = till.get(f"/api/v1/counter/untold?merchant_id={shop_id}").json
        return answer

    assert (untold()["payments"], untold()["points"]) == (3, 21)
    page = till.get(f"/counter/{shop_id}").text
    assert all(f'name="charge_id" value="{each}"' in page for each in ids)
    void = f"/counter/charges/{ids[0]}/void"
    assert send(till, void).status_code == 201
    assert (untold()["payments"], untold()["points"]) == (2, 16)
    stranger = phone_of(build.a_counter(name="大周理发店").clerk)
    seen = {"merchant_id": shop_id, "charge_ids": ids[:2]}
    refused = stranger.post("/api/v1/counter/untold/seen", json=seen)
    assert (refused.status_code, refused.json["code"]) == (403, "not_your_shop")
    for _ in range(2):
        assert till.post("/api/v1/counter/untold/seen", json=seen).status_code == 204
    assert [each["id"] for each in untold()["items"]] == [ids[2]]
    assert till.post(f"/counter/{shop_id}/seen", data={"charge_id": ids[2]}).status_code == 303
    assert (untold()["payments"], untold()["items"]) == (0, [])
    assert "data-untold-words" not in till.get(f"/counter/{shop_id}").text


def test_the_auditor_reads_and_the_desk_judges(phone_of: Open) -> None:
    counter = build.a_counter()
    points.earn(build.facts(counter.clerk).id, 100)
    charge_id = build.paid(counter, counter.clerk)
    auditor, officer = phone_of(people.staff("auditor")), phone_of(people.staff())
    assert auditor.get(f"/api/v1/counter/charges/{charge_id}").status_code == 200
    (odd,) = auditor.get("/api/v1/counter/odd").json["items"]
    assert (odd["kind"], odd["charge"]["id"]) == ("own_shop", str(charge_id))
    assert send(auditor, f"/counter/odd/{odd['id']}", note="看过了").status_code == 403
    assert send(officer, f"/counter/odd/{odd['id']}", note="看过了").json["outcome"] == "flag_seen"
    assert officer.get("/api/v1/counter/odd").json["items"] == []
    assert len(officer.get("/api/v1/counter/odd?seen=true").json["items"]) == 1


def test_a_till_takes_points_in_the_name_of_who_answers_for_it(app: Flask) -> None:
    counter, member = build.a_counter(), build.payer(100)
    headers = {
        "Authorization": f"Bearer {people.device('charge.take', responsible=build.facts(counter.owner))}"
    }
    client = app.test_client()
    wish = {"key": str(uuid4()), "merchant_id": str(counter.shop.id), "points": 30}
    shown = client.post("/api/v1/counter/orders", json=wish, headers=headers)
    assert shown.status_code == 201
    build.scan(member, parse(shown.json["address"], "http://localhost"))
    path = f"/api/v1/counter/charges/{shown.json['charge_id']}"
    assert client.get(path, headers=headers).json["clerk"] == build.facts(counter.owner).name
    pay = client.post("/api/v1/me/payments", json=wish | {"code": "S", "points": 1}, headers=headers)
    assert pay.status_code in {403, 422}


def test_at_a_shared_till_the_session_knows_who_stands_there(app: Flask, phone_of: Open) -> None:
    counter = build.a_counter()
    colleague = shops.a_clerk(counter.shop, people.member("吴小云", "clerk"))
    till = phone_of(counter.owner)
    with till.session_transaction() as session:
        session["at_counter"] = [str(counter.shop.id), str(colleague.id)]
    shown = send(till, "/counter/orders", merchant_id=str(counter.shop.id), points=30).json
    assert till.get(f"/api/v1/counter/charges/{shown['charge_id']}").json["clerk"] == "吴小云"
    with app.test_request_context():
        standing.stand_at(counter.shop.id, colleague.id)
        assert standing.who_stands_at(counter.shop.id) == colleague.id
        assert standing.who_stands_at(uuid4()) is None
        standing.step_down()
        assert standing.who_stands_at(counter.shop.id) is None


@pytest.mark.parametrize("amount", [0, -1, 1.5, 1e9, "１２", "12", 2**63, True, None, [], {}])
def test_bad_amounts_are_refused_by_name_and_change_nothing(phone_of: Open, amount: object) -> None:
    counter, member = build.a_counter(), build.payer(100)
    till, phone, plate = phone_of(counter.clerk), phone_of(member), shops.plate_of(counter.shop).text
    charge_id, before = build.order(counter, member), build.charges()
    shop_id = str(counter.shop.id)
    answers = [
        send(till, "/counter/orders", merchant_id=shop_id, points=amount),
        send(till, "/counter/holds", merchant_id=shop_id, points=amount, code=build.phone_code(member).text),
        scan(till, build.phone_code(member).text, merchant_id=shop_id, points=amount),
        send(phone, "/me/payments", code=plate, points=amount),
        send(phone, f"/me/charges/{charge_id}/confirm", points=amount),
    ]
    for answer in answers:
        assert answer.status_code == 422, answer.json
        assert answer.json["code"] in {"invalid_input", "amount_invalid", "amount_missing"}
        assert answer.json["detail"]
    assert (build.charges(), build.balance(member)) == (before, 70)


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        ("https://example.com/q#O2222222222222222222", "code_foreign"),
        ("javascript:alert(1)", "code_foreign"),
        ("你好", "code_malformed"),
        ("O" * 7_000, "code_too_long"),
        ("O2345678923456789222", "code_mistyped"),
    ],
)
def test_foreign_and_broken_codes_are_refused_by_name(phone_of: Open, code: str, refusal: str) -> None:
    counter, member = build.a_counter(), build.payer(100)
    till, phone = phone_of(counter.clerk), phone_of(member)
    wish = {"merchant_id": str(counter.shop.id), "code": code, "points": 10}
    for answer in (
        send(till, "/counter/holds", **wish),
        send(phone, "/me/payments", code=code, points=10),
        scan(phone, code),
    ):
        assert (answer.status_code, answer.json["code"]) == (422, refusal)
    assert build.charges() == 0


def test_lists_go_on_where_they_were_left(phone_of: Open, clock: FrozenClock) -> None:
    counter, member = build.a_counter(), build.payer(100)
    made = []
    for _ in range(3):
        made.append(str(build.paid(counter, member, 1)))
        clock.tick(seconds=1)
    phone = phone_of(member)
    first = phone.get("/api/v1/me/charges?limit=2").json
    rest = phone.get("/api/v1/me/charges", query_string={"limit": 2, "cursor": first["next"]}).json
    assert [each["id"] for each in (*first["items"], *rest["items"])] == made[::-1]
    assert rest["next"] is None
    for path in ("/me/charges?cursor=x", f"/counter/feed?merchant_id={counter.shop.id}&after=x"):
        answer = phone_of(counter.clerk).get(f"/api/v1{path}")
        assert (answer.status_code, answer.json["code"]) == (422, "cursor_invalid")


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_days_at_the_ends_of_the_calendar_are_refused(phone_of: Open, day: str) -> None:
    counter = build.a_counter()
    till, shop = phone_of(counter.owner), {"merchant_id": str(counter.shop.id)}
    figures = f"/api/v1/shops/{counter.shop.id}/figures"
    for path, asked in (
        ("/api/v1/counter/charges", {"day": day, **shop}),
        ("/api/v1/counter/day", {"day": day, **shop}),
        (figures, {"last": day}),
        (figures, {"first": day}),
    ):
        assert till.get(path, query_string=asked).status_code == 422


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59-23:00"])
def test_cursors_at_the_ends_of_the_calendar_are_refused(phone_of: Open, at: str) -> None:
    counter = build.a_counter()
    till, shop = phone_of(counter.owner), {"merchant_id": str(counter.shop.id)}
    place = encode(at, str(uuid4()))
    for path, asked in (
        ("/api/v1/counter/feed", {"after": encode(at), **shop}),
        ("/api/v1/counter/charges", {"cursor": place, **shop}),
        ("/api/v1/me/charges", {"cursor": place}),
        (f"/api/v1/shops/{counter.shop.id}/gifts", {"cursor": place}),
        ("/api/v1/settlements", {"cursor": encode("2026-10", 10**30)}),
    ):
        answer = till.get(path, query_string=asked)
        assert (answer.status_code, answer.json["code"]) == (422, "cursor_invalid")
