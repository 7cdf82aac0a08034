"""Rewards over JSON: who may, what comes back, what bad input gets."""

import base64
import io

import pytest
from PIL import Image

import members.queries
import rewards.queries
from core.db import new_id
from tests.support import members_builders, merchants_builders
from tests.support import rewards_builders as shelf


@pytest.fixture(autouse=True)
def alliance(app, clock):
    pass


@pytest.fixture
def send_as(app):
    """Sends requests as this member: `send_as(actor)(method, path, body)`."""

    def open_one(actor):
        client = app.test_client()
        members_builders.sign_in(client, members.queries.facts(actor.id))
        token = client.get("/api/v1/session").json["csrf_token"]

        def send(method, path, body=None):
            return client.open(f"/api/v1{path}", method=method, json=body, headers={"X-CSRF-Token": token})

        return send

    return open_one


def wish(found, **changes):
    return {
        "key": str(new_id()),
        "reward_id": str(found.id),
        "version": found.version,
        "points": found.points,
    } | changes


def test_a_member_sees_the_shelf_redeems_and_fetches_it_at_the_desk(send_as):
    soap, wang, desk = shelf.reward("洗衣粉", points=30), shelf.member(points=44), shelf.desk()
    dear = shelf.reward("门锁", points=50, kind="security")
    member, staff = send_as(wang), send_as(desk)
    items = member("GET", "/rewards?sort=price").json["items"]
    assert [(each["reward"]["name_zh"], each["missing"]) for each in items] == [("洗衣粉", 0), ("门锁", 6)]
    card = member("GET", f"/rewards/{soap.id}").json
    assert (card["balance"], card["balance_after"], card["obstacle"]) == (44, 14, None)
    assert member("GET", f"/rewards/{dear.id}").json["obstacle"] == "points_not_enough"

    sent = wish(soap)
    first = member("POST", "/redemptions", sent)
    again = member("POST", "/redemptions", sent)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert (first.json["balance"], first.json["grouped"][0]) == (14, "V")

    shown = staff("GET", f"/redemptions/{sent['key']}").json
    assert (shown["code"], shown["member_name"]) == (None, "王*英")
    given = staff("POST", "/redemptions/hand-over", {"key": str(new_id()), "code": first.json["grouped"]})
    assert (given.status_code, given.json["member_name"]) == (201, "王*英")
    assert member("GET", "/me/redemptions").json["items"] == []
    (past,) = member("GET", "/me/redemptions?group=past").json["items"]
    assert (past["state"], past["where"]) == ("used", "")


def test_a_used_voucher_says_when_and_where_in_the_readers_words(send_as):
    soap, wang, desk = shelf.reward(), shelf.member(), send_as(shelf.desk())
    _, code = shelf.voucher(wang, soap)
    desk("POST", "/redemptions/hand-over", {"key": str(new_id()), "code": code})
    refused = desk("POST", "/redemptions/hand-over", {"key": str(new_id()), "code": code})
    assert (refused.status_code, refused.json["code"]) == (409, "voucher_used")
    assert "10:00" in refused.json["detail"]
    assert refused.json["at"].startswith("2026-11-18T02:00:00")


def test_a_member_calls_a_voucher_off_and_has_the_points_back(send_as):
    soap, wang = shelf.reward(), shelf.member(points=30)
    redemption_id, _ = shelf.voucher(wang, soap)
    answer = send_as(wang)("POST", f"/redemptions/{redemption_id}/cancel", {"key": str(new_id())})
    assert (answer.status_code, answer.json["balance"]) == (201, 30)


def test_a_changed_price_is_answered_with_the_new_one(send_as):
    soap, wang, desk = shelf.reward(points=30), shelf.member(), send_as(shelf.desk())
    changed = desk("PATCH", f"/rewards/{soap.id}", {"version": 1, "points": 25})
    assert (changed.status_code, changed.json["version"], changed.json["name_zh"]) == (200, 2, soap.name_zh)
    refused = send_as(wang)("POST", "/redemptions", wish(soap))
    assert (refused.status_code, refused.json["code"]) == (409, "price_changed")
    assert (refused.json["points"], refused.json["version"]) == (25, 2)


def test_the_desk_keeps_catalogue_stock_and_picture(send_as):
    desk = send_as(shelf.desk())
    made = desk("POST", "/rewards", {"key": str(new_id()), "name_zh": "雨伞", "points": 20, "stock": 3})
    assert (made.status_code, made.json["number"]) == (201, 1)
    path = f"/rewards/{made.json['reward_id']}"
    assert desk("GET", path).json["obstacle"] == "reward_unknown"
    assert desk("PATCH", path, {"version": 1, "status": "offered"}).json["status"] == "offered"
    moved = desk("POST", f"{path}/stock", {"key": str(new_id()), "kind": "damaged", "count": 1})
    assert (moved.status_code, moved.json["stock"]) == (201, 2)
    journal = desk("GET", f"{path}/stock").json
    assert [(each["kind"], each["change"]) for each in journal["items"]] == [("damaged", -1), ("received", 3)]
    file = io.BytesIO()
    Image.new("RGB", (20, 10), "red").save(file, "PNG")
    shown = desk("PUT", f"{path}/picture", {"content": base64.b64encode(file.getvalue()).decode()})
    assert shown.status_code == 200
    assert desk("GET", path).json["reward"]["picture_id"] == shown.json["picture_id"]
    assert desk("PUT", f"{path}/picture", {"content": "no base64!"}).json["code"] == "picture_invalid"
    assert desk("DELETE", f"{path}/picture").status_code == 204
    assert desk("GET", path).json["reward"]["picture_id"] is None


def test_hearts_and_waiting_lists(send_as):
    gone, wang = shelf.reward(stock=0), shelf.member()
    member = send_as(wang)
    assert member("PUT", f"/rewards/{gone.id}/favourite").status_code == 204
    assert member("PUT", f"/rewards/{gone.id}/waiting").status_code == 204
    card = member("GET", f"/rewards/{gone.id}").json
    assert (card["favourite"], card["waiting"], card["told"], card["obstacle"]) == (
        True,
        True,
        False,
        "sold_out",
    )
    assert member("DELETE", f"/rewards/{gone.id}/favourite").status_code == 204
    assert member("DELETE", f"/rewards/{gone.id}/waiting").status_code == 204
    card = member("GET", f"/rewards/{gone.id}").json
    assert (card["favourite"], card["waiting"]) == (False, False)


#: No reward has this id; a fixed one, because names of tests must not change from process to process.
NOBODYS = "00000000-0000-7000-8000-000000000000"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/rewards", {"key": str(new_id()), "name_zh": "雨伞", "points": 20}),
        ("PATCH", f"/rewards/{NOBODYS}", {"version": 1}),
        ("GET", f"/rewards/{NOBODYS}/stock", None),
        ("POST", f"/rewards/{NOBODYS}/stock", {"key": str(new_id()), "kind": "counted", "count": 1}),
        ("PUT", f"/rewards/{NOBODYS}/picture", {"content": "AAAA"}),
        ("GET", "/redemptions", None),
        ("POST", "/redemptions/hand-over", {"key": str(new_id()), "code": "V"}),
    ],
)
def test_a_member_keeps_no_catalogue_and_hands_nothing_over(send_as, method, path, body):
    if path.endswith("hand-over"):
        _, body["code"] = shelf.voucher(shelf.member("李梅"), shelf.reward())
    refused = send_as(shelf.member())(method, path, body)
    assert (refused.status_code, refused.json["code"]) == (403, "permission_missing")


@pytest.mark.parametrize(
    "changes",
    [
        {"points": True},
        {"points": 30.0},
        {"points": "３０"},
        {"points": 0},
        {"version": -1},
        {"key": "1"},
        {"surprise": 1},
    ],
)
def test_input_that_only_looks_like_numbers_is_refused(send_as, changes):
    soap, wang = shelf.reward(), shelf.member()
    refused = send_as(wang)("POST", "/redemptions", wish(soap, **changes))
    assert (refused.status_code, refused.json["code"]) == (422, "invalid_input")
    assert shelf.balance(wang) == 100


def test_somebody_elses_voucher_is_not_there(send_as):
    redemption_id, _ = shelf.voucher(shelf.member(), shelf.reward())
    other = send_as(shelf.member("陈大勇"))
    assert other("GET", f"/redemptions/{redemption_id}").json["code"] == "redemption_unknown"
    refused = other("POST", f"/redemptions/{redemption_id}/cancel", {"key": str(new_id())})
    assert refused.json["code"] == "redemption_unknown"


@pytest.mark.parametrize(
    "cursor", ["x", "WzEsMiwzXQx", "WzFlOTksMSwxXQ", "WzEwMDAwMDAwMDAwMDAwMDAwMDAwMDAwLDEsMV0"]
)
def test_a_cursor_of_ones_own_making_is_refused(send_as, cursor):
    refused = send_as(shelf.member())("GET", f"/rewards?cursor={cursor}")
    assert (refused.status_code, refused.json["code"]) == (422, "cursor_invalid")


def test_who_has_taken_over_the_counter_with_his_pin_hands_over(app, send_as):
    shop = merchants_builders.a_shop()
    signed_in = members_builders.actor(merchants_builders.a_clerk(shop))
    stands_there = merchants_builders.a_clerk(shop)
    wang = shelf.member()
    redemption_id, code = shelf.voucher(wang, shelf.reward(merchant_id=shop.id))
    app.extensions["alliance_counter_clerk"] = lambda merchant_id: stands_there.id
    sent = {"key": str(new_id()), "code": code, "merchant_id": str(shop.id)}
    assert send_as(signed_in)("POST", "/redemptions/hand-over", sent).status_code == 201
    assert rewards.queries.redemption(wang, redemption_id).handed_over_by == stands_there.id


def test_what_was_handed_over_by_mistake_is_taken_back_once(send_as):
    soap, wang, giver = shelf.reward(points=30), shelf.member(points=44), shelf.desk()
    redemption_id, code = shelf.voucher(wang, soap)
    shelf.hand_over(giver, code)
    staff, member, path = send_as(shelf.desk("何平")), send_as(wang), f"/redemptions/{redemption_id}"
    assert [each["id"] for each in staff("GET", "/redemptions?group=handed_over").json["items"]] == [
        str(redemption_id)
    ]
    wrong = {"reason": "x", "key": str(new_id())}
    assert member("POST", f"{path}/return", wrong).status_code == 403
    assert staff("POST", f"{path}/return", wrong | {"points": 99}).status_code == 422
    for no_answer in ("yes", "true", 1, 0, 1.0, None, []):
        assert staff("POST", f"{path}/return", wrong | {"to_stock": no_answer}).status_code == 422
    assert staff("POST", f"/redemptions/{new_id()}/return", wrong).status_code == 404
    sent = {"key": str(new_id()), "reason": "发错了", "to_stock": True}
    first, again = (staff("POST", f"{path}/return", sent) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert (first.json["points"], first.json["balance"]) == (30, 44)
    other = staff("POST", f"{path}/return", {"key": str(new_id()), "reason": "发错了"})
    assert (other.status_code, other.json["code"]) == (409, "voucher_returned")
    (line,) = staff("GET", "/redemptions?group=returned").json["items"]
    assert (line["returned"]["reason"], line["returned"]["to_stock"]) == ("发错了", True)
    assert member("GET", path).json["returned"] == line["returned"]
    assert member("GET", "/me/redemptions?group=returned").status_code == 422
