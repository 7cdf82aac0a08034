"""Shops, clerks, deeds, budgets and gifts for programs, over HTTP, by a named cast."""

import json

import pytest

import members.service
import merchants.queries
import merchants.service
import points.queries
import points.service
from alliance.messages.acts import ACTS, DETAILS
from core import audit
from core.auth import SYSTEM
from core.db import new_id
from tests.support import members_builders as people
from tests.support import merchants_builders as shops
from tests.support.merchants_builders import COUNTER_PIN

pytestmark = pytest.mark.usefixtures("clock")


class Program:
    """A program that keeps cookies and sends the token, or sends a device's token."""

    def __init__(self, app, facts=None, token=None):
        self.client = app.test_client()
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}
        if facts is not None:
            people.sign_in(self.client, facts)
        if token is None:
            self.headers["X-CSRF-Token"] = self.client.get("/api/v1/session").json["csrf_token"]

    def __call__(self, method, path, text=None, **body):
        if method not in {"GET", "DELETE"}:
            # json.dumps writes lone surrogates as escapes, as a hostile program would.
            text = json.dumps(body) if text is None else text
        return self.client.open(
            f"/api/v1{path}",
            method=method,
            data=text,
            content_type="application/json" if text is not None else None,
            headers=self.headers,
        )


class Street:
    """A barber with owner and clerk, a rival, a customer and the desk, each with a program of his own."""

    def __init__(self, app):
        points.service.install_tariff()
        self.app = app
        self.shop = shops.a_shop("小周理发店", hours=shops.HOURS, contact_name="周师傅", phone="110")
        self.clerk = shops.a_clerk(self.shop, pin=COUNTER_PIN)
        self.customer = people.member("王小芳")
        owner = shops.the_owner(self.shop)
        self.programs = {
            "owner": Program(app, owner),
            "clerk": Program(app, self.clerk),
            "rival": Program(app, shops.the_owner(shops.a_shop("大周理发店"))),
            "customer": Program(app, self.customer),
            "coordinator": Program(app, people.member("张警官", "coordinator")),
            "auditor": Program(app, people.member("钱会计", "auditor")),
            "administrator": Program(app, people.member("周主任", "administrator")),
            "till": Program(app, token=people.device("charge.take", responsible=owner, name="收银机")),
            "stranger": Program(app),
        }

    def __call__(self, who, method, path, **body):
        return self.programs[who](method, path.replace("{shop}", f"/shops/{self.shop.id}"), **body)


@pytest.fixture
def street(app):
    return Street(app)


def code_of(answer):
    assert answer.content_type == "application/problem+json", answer.text
    assert answer.json["detail"]
    assert answer.json["remedy"]
    return answer.status_code, answer.json["code"]


def key():
    return str(new_id())


# --- who may do what


def matrix(street):
    clerk = street.clerk.id
    offer = {"name": "剪发", "points": 30}
    yield "list shops", ("GET", "/shops"), {}, 200, "owner clerk rival customer coordinator auditor till"
    yield "list waiting shops", ("GET", "/shops?status=applied"), {}, 200, "coordinator auditor"
    yield "read the page", ("GET", "{shop}"), {}, 200, "owner clerk rival customer coordinator auditor till"
    yield "read the clerks", ("GET", "{shop}/clerks"), {}, 200, "owner clerk coordinator auditor till"
    yield "read the figures", ("GET", "{shop}/figures"), {}, 200, "owner coordinator auditor"
    yield "read the budget", ("GET", "{shop}/budget"), {}, 200, "owner clerk coordinator auditor till"
    yield "read the gifts", ("GET", "{shop}/gifts"), {}, 200, "owner clerk coordinator auditor till"
    yield "print the plate", ("POST", "{shop}/plate/print"), {}, 200, "owner coordinator"
    yield "change the page", ("PATCH", "{shop}"), {"about": "祖传手艺"}, 200, "owner coordinator"
    yield "change the limits", ("PATCH", "{shop}"), {"day_limit": 99}, 200, "coordinator"
    yield "add an offer", ("POST", "{shop}/offers"), {"key": key, **offer}, 201, "owner coordinator"
    yield "put offers in order", ("PUT", "{shop}/offers"), {"offer_ids": list}, 200, "owner coordinator"
    yield (
        "set a PIN",
        ("PUT", f"{{shop}}/clerks/{clerk}/pin"),
        {"pin": COUNTER_PIN},
        204,
        "owner clerk",
    )
    yield (
        "award the shop",
        ("POST", "{shop}/deeds"),
        {"key": key, "rule_code": "shop_help"},
        201,
        "coordinator",
    )
    yield (
        "grant a budget",
        ("POST", "{shop}/budget"),
        {"key": key, "act": "grant", "points": 50, "reason": "活动"},
        201,
        "coordinator",
    )
    yield (
        "give points",
        ("POST", "{shop}/gifts"),
        {"key": key, "member_number": str(street.customer.number), "points": 1, "member_name": "王*芳"},
        201,
        "owner clerk till",
    )
    yield "read trades", ("GET", "/trades"), {}, 200, "owner clerk rival customer coordinator auditor till"
    trade = {"code": "florist", "name_zh": "花店", "name_en": "Florists"}
    yield "add a trade", ("POST", "/trades"), trade, 201, "administrator"
    yield "pause", ("PUT", "{shop}/status"), {"status": "paused", "reason": "装修"}, 200, "owner"
    # Last: from then on nothing but the counter opens for the owner.
    yield (
        "let a clerk take over",
        ("POST", f"{{shop}}/clerks/{clerk}/counter"),
        {"pin": COUNTER_PIN},
        200,
        "owner clerk till",
    )


def test_each_does_what_the_matrix_says_and_nobody_anything_else(street):
    for what, (method, path), body, status, allowed in matrix(street):
        everybody = sorted(street.programs, key=lambda who: who in allowed.split())
        if "administrator" not in allowed:
            everybody.remove("administrator")
        for who in everybody:
            made = {name: made() if callable(made) else made for name, made in body.items()}
            if what == "put offers in order":
                made = {"offer_ids": [str(each.id) for each in merchants.queries.offers(street.shop.id)]}
            if what == "pause" and who == "coordinator":
                continue  # tried below, for the shop is paused by then
            answer = street(who, method, path, **made)
            if who in allowed.split():
                assert answer.status_code == status, (what, who, answer.text)
            else:
                assert code_of(answer)[0] in {401, 403}, (what, who, answer.text)


def test_what_is_behind_the_counter_is_not_on_the_page(street):
    assert street("customer", "GET", "{shop}").json["behind"] is None
    shown = street("customer", "GET", "{shop}").text
    assert "contact_name" not in shown
    for who in ("owner", "clerk", "coordinator"):
        assert street(who, "GET", "{shop}").json["behind"]["contact_name"] == "周师傅"


# --- the course of a shop, as programs see it


def test_a_shop_applies_is_admitted_and_found_by_trade(street):
    wish = {"key": key(), "name": "老王五金", "trade_code": "hardware", "hours": shops.HOURS}
    answer = street("customer", "POST", "/shops", **wish)
    assert answer.status_code == 201
    again = street("customer", "POST", "/shops", **wish)
    assert (again.status_code, again.json) == (200, answer.json)
    path = f"/shops/{answer.json['merchant_id']}"
    assert code_of(street("rival", "GET", path)) == (404, "shop_unknown")
    assert [each["name"] for each in street("coordinator", "GET", "/shops?status=applied").json["items"]] == [
        "老王五金"
    ]
    assert street("coordinator", "PUT", f"{path}/status", status="active").json["status"] == "active"
    (found,) = street("rival", "GET", "/shops?trade=hardware&q=五金").json["items"]
    assert (found["name"], found["opening"]["state"]) == ("老王五金", "open")
    assert street("customer", "GET", "/me/shops").json["items"][0]["post"] == "owner"
    assert street("customer", "PUT", f"{path}/status", status="paused").status_code == 200
    assert street("customer", "PUT", f"{path}/status", status="active").status_code == 200
    assert street("customer", "PUT", f"{path}/status", status="left").json["status"] == "left"


def test_an_application_is_declined_with_a_reason(street):
    waiting = shops.a_shop(admitted=False)
    path = f"/shops/{waiting.id}/status"
    assert code_of(street("coordinator", "PUT", path, status="left")) == (422, "shop_reason_missing")
    assert street("coordinator", "PUT", path, status="left", reason="资料不全").json["status"] == "left"
    assert code_of(street("coordinator", "PUT", path, status="paused", reason="?")) == (
        409,
        "shop_status_impossible",
    )


def test_offers_come_change_and_go(street):
    first = street("owner", "POST", "{shop}/offers", key=key(), name="剪发", points=30).json["offer_id"]
    second = street("owner", "POST", "{shop}/offers", key=key(), name="烫发", points=90).json["offer_id"]
    changed = street("owner", "PUT", f"{{shop}}/offers/{first}", key=key(), name="剪发", points=35)
    assert changed.status_code == 201
    third = changed.json["offer_id"]
    assert [each["points"] for each in street("rival", "GET", "{shop}/offers").json["items"]] == [35, 90]
    ordered = street("owner", "PUT", "{shop}/offers", offer_ids=[second, third])
    assert [each["points"] for each in ordered.json["items"]] == [90, 35]
    assert street("owner", "PUT", "{shop}/offers", offer_ids=[second, third]).status_code == 200
    acts = [each.action for each in audit.entries().items]
    assert acts.count("shop.offers_ordered") == 1
    assert code_of(street("owner", "PUT", "{shop}/offers", offer_ids=[second])) == (422, "shop_invalid")
    assert street("owner", "DELETE", f"{{shop}}/offers/{second}").status_code == 204
    late = street("owner", "PUT", f"{{shop}}/offers/{first}", key=key(), name="剪发", points=35)
    assert code_of(late) == (422, "offer_retired")
    foreign = shops.an_offer(shops.a_shop())
    assert code_of(street("owner", "DELETE", f"{{shop}}/offers/{foreign}")) == (404, "offer_unknown")
    assert [each["points"] for each in street("owner", "GET", "{shop}").json["offers"]] == [35]


def test_a_page_holds_only_so_many_offers(street):
    for number in range(30):
        shops.an_offer(street.shop, f"{number}号套餐")
    answer = street("owner", "POST", "{shop}/offers", key=key(), name="又一个", points=1)
    assert code_of(answer) == (422, "offers_too_many")


def test_clerks_come_and_go(street):
    number = str(street.customer.number)
    answer = street("owner", "POST", "{shop}/clerks", key=key(), member_number=number)
    assert (answer.status_code, answer.json["outcome"]) == (201, "clerk_invited")
    path = f"{{shop}}/clerks/{street.customer.id}"
    (asked,) = street("owner", "GET", "{shop}/invitations").json["items"]
    assert asked["name"] == answer.json["member_name"] == members.queries.masked_name(street.customer.name)
    assert code_of(street("customer", "GET", "{shop}/invitations")) == (403, "not_your_shop")
    assert code_of(street("customer", "GET", "{shop}/clerks")) == (403, "not_your_shop")
    (asking,) = street("customer", "GET", "/me/shops/invitations").json["items"]
    yes = f"/me/shops/invitations/{asking['merchant_id']}"
    assert [each["post"] for each in street("customer", "POST", yes, accept=True).json["items"]] == ["clerk"]
    assert code_of(street("clerk", "POST", yes, accept="yes")) == (422, "invalid_input")
    assert street("customer", "GET", "{shop}/clerks").status_code == 200
    posts = street("owner", "PATCH", path, post="owner").json["items"]
    assert [each["post"] for each in posts] == ["owner", "owner", "clerk"]
    assert street("owner", "DELETE", path).status_code == 204
    assert code_of(street("customer", "GET", "{shop}/clerks")) == (403, "not_your_shop")
    assert code_of(street("owner", "DELETE", path)) == (404, "clerk_unknown")


def test_who_took_over_the_shared_phone_is_who_gives(street):
    shops.a_budget(street.shop)
    path = f"{{shop}}/clerks/{street.clerk.id}/counter"
    wrong = street("owner", "POST", path, pin="9999")
    assert code_of(wrong) == (422, "counter_pin_wrong")
    assert wrong.json["tries_left"] == 4
    assert street("owner", "POST", path, pin=COUNTER_PIN).json["name"] == street.clerk.name
    given = street(
        "owner",
        "POST",
        "{shop}/gifts",
        key=key(),
        member_number=str(street.customer.number),
        points=3,
        member_name="王*芳",
    )
    assert given.json["member_name"] == "王*芳"
    street.programs["owner"] = Program(street.app, shops.the_owner(street.shop))
    (line,) = street("owner", "GET", "{shop}/gifts").json["items"]
    assert line["clerk_id"] == str(street.clerk.id)
    (day,) = street("owner", "GET", "{shop}/figures").json["items"]
    assert (day["clerk_name"], day["given"]) == (street.clerk.name, 3)


def test_nothing_is_given_before_the_clerk_has_seen_whose_code_it_is(street):
    shops.a_budget(street.shop)
    code = members.service.phone_code(people.actor(street.customer)).code.text
    wish = {"member_code": code, "points": 3}
    assert code_of(street("clerk", "POST", "{shop}/gifts", key=key(), **wish)) == (422, "invalid_input")
    shown = street("clerk", "POST", "{shop}/gifts/receiver", **wish)
    assert (shown.status_code, shown.json) == (200, {"member_name": "王*芳"})
    other = street("clerk", "POST", "{shop}/gifts", key=key(), **wish, member_name="李*国")
    assert code_of(other) == (409, "gift_receiver_changed")
    assert points.queries.balance(street.customer.id) == 0
    # Neither looking nor the refusal has spent the code.
    given = street("clerk", "POST", "{shop}/gifts", key=key(), **wish, **shown.json)
    assert (given.status_code, points.queries.balance(street.customer.id)) == (201, 3)


@pytest.mark.parametrize(
    ("wish", "refusal"),
    [
        ({"points": 10_000}, "gift_too_large"),
        ({"points": 0}, "amount_invalid"),
        ({"points": 1, "member_number": None}, "gift_receiver_missing"),
    ],
)
def test_what_cannot_be_given_is_said_before_a_name_is(street, wish, refusal):
    shops.a_budget(street.shop)
    asked = {"member_number": str(street.customer.number), **wish}
    assert code_of(street("owner", "POST", "{shop}/gifts/receiver", **asked)) == (422, refusal)
    stranger = street("customer", "POST", "{shop}/gifts/receiver", **{**asked, "points": 1})
    assert code_of(stranger)[1] in {"not_your_shop", "permission_missing", "gift_receiver_missing"}


def test_a_till_gives_for_its_owner_until_he_leaves(street):
    shops.a_budget(street.shop)
    wish = {"member_number": str(street.customer.number), "points": 3, "member_name": "王*芳"}
    assert street("till", "POST", "{shop}/gifts", key=key(), **wish).status_code == 201
    shops.a_clerk(street.shop, post="owner")
    owner = shops.the_owner(street.shop)
    merchants.service.remove_clerk(SYSTEM, merchant_id=street.shop.id, member_id=owner.id)
    refused = street("till", "POST", "{shop}/gifts", key=key(), **wish)
    assert code_of(refused) == (403, "not_your_shop")
    assert points.queries.balance(street.customer.id) == 3


def test_a_plate_is_printed_and_replaced(street):
    before = street("owner", "POST", "{shop}/plate/print").json
    assert before["generation"] == 1
    assert before["svg"].startswith("<svg")
    after = street("owner", "POST", "{shop}/plate", generation=1).json
    assert (after["generation"], after["code"] == before["code"]) == (2, False)
    assert code_of(street("owner", "POST", "{shop}/plate", generation=1)) == (409, "shop_plate_renewed")
    scan = {"scan_id": key(), "code": before["address"]}
    assert code_of(street("customer", "POST", "/scans", **scan)) == (422, "shop_plate_replaced")
    shown = street("customer", "POST", "/scans", scan_id=key(), code=after["code"])
    assert (shown.status_code, shown.json["outcome"], shown.json["where"]) == (201, "shop", "小周理发店")


def test_deeds_show_on_the_page(street):
    body = {"key": key(), "rule_code": "shop_notice", "note": "张贴反诈告示"}
    assert street("coordinator", "POST", "{shop}/deeds", **body).status_code == 201
    (deed,) = street("customer", "GET", "{shop}/deeds").json["items"]
    assert deed["rule_code"] == "shop_notice"
    assert "张贴" not in street("customer", "GET", "{shop}/deeds").text
    standing = street("customer", "GET", "{shop}").json["standing"]
    assert (standing["points"], standing["place"]) == (deed["points"], 1)
    assert code_of(street("coordinator", "POST", "{shop}/deeds", key=key(), rule_code="care")) == (
        422,
        "rule_for_members",
    )
    odd = street("coordinator", "POST", "{shop}/deeds", key=key(), rule_code="no\x00such")
    assert code_of(odd) == (422, "rule_unknown")


# --- odd input: each its own refusal, and nothing changed


@pytest.mark.parametrize("amount", ["1.5", "1e9", "true", '"12"', '"１２"', "null", "1.0", "[1]"])
def test_points_that_are_no_whole_number_are_invalid_input(street, amount):
    for path, body in (
        ("gifts", {"member_number": str(street.customer.number), "member_name": "王*芳"}),
        ("budget", {"act": "grant", "reason": "活动"}),
        ("offers", {"name": "剪发"}),
    ):
        whole = json.dumps({"key": key(), **body})[:-1] + f', "points": {amount}}}'
        who = "coordinator" if path == "budget" else "owner"
        answer = street.programs[who]("POST", f"/shops/{street.shop.id}/{path}", text=whole)
        assert code_of(answer) == (422, "invalid_input")
        assert "points" in str(answer.json["errors"])
    assert points.queries.budget(street.shop.id) == 0
    assert merchants.queries.offers(street.shop.id) == []


@pytest.mark.parametrize("amount", [0, -1, 1_000_001, 2**63, 10**40])
def test_points_out_of_range_are_named(street, amount):
    bodies = {
        "gifts": {"member_number": str(street.customer.number), "member_name": "王*芳"},
        "budget": {"act": "withdraw", "reason": "活动"},
        "offers": {"name": "剪发"},
    }
    for path, body in bodies.items():
        who = "coordinator" if path == "budget" else "owner"
        answer = street(who, "POST", f"{{shop}}/{path}", key=key(), points=amount, **body)
        assert code_of(answer) == (422, "amount_invalid")


ODD_TEXTS = ["老\x00王", "老\u202e王", "老\ud800王", "\u200b", "长" * 10_000]


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_texts_that_nobody_could_write_are_refused_wherever_they_come(street, text):
    wish = {"trade_code": "hardware"}
    tries = [
        ("customer", "POST", "/shops", {"key": key(), "name": text, **wish}),
        ("customer", "POST", "/shops", {"key": key(), "name": "老王", **wish, "address": text * 5}),
        ("customer", "POST", "/shops", {"key": key(), "name": "老王", "trade_code": text}),
        ("owner", "PATCH", "{shop}", {"about": text * 5}),
        ("owner", "PATCH", "{shop}", {"phone": text}),
        ("owner", "POST", "{shop}/offers", {"key": key(), "name": text, "points": 1}),
        ("owner", "POST", "{shop}/clerks", {"key": key(), "member_number": text}),
        ("owner", "PUT", f"{{shop}}/clerks/{street.clerk.id}/pin", {"pin": text}),
        ("coordinator", "PUT", "{shop}/status", {"status": "paused", "reason": text * 5}),
        (
            "coordinator",
            "POST",
            "{shop}/budget",
            {"key": key(), "act": "grant", "points": 1, "reason": text * 5},
        ),
        (
            "owner",
            "POST",
            "{shop}/gifts",
            {"key": key(), "member_code": text, "points": 1, "member_name": "王*芳"},
        ),
        (
            "owner",
            "POST",
            "{shop}/gifts",
            {"key": key(), "member_number": text, "points": 1, "member_name": "王*芳"},
        ),
        ("owner", "POST", "{shop}/gifts/receiver", {"member_number": text, "points": 1}),
        ("administrator", "POST", "/trades", {"code": text, "name_zh": "花", "name_en": "Flower"}),
        ("administrator", "PUT", "/trades/hotel", {"name_zh": text, "name_en": "H", "position": 1}),
    ]
    for who, method, path, body in tries:
        status, _ = code_of(street(who, method, path, **body))
        assert status == 422, (path, body)
    assert merchants.queries.status_counts() == {"active": 2}
    assert merchants.queries.shop(street.shop.id) == street.shop


def test_a_name_that_a_sheet_would_take_for_a_formula_is_only_a_name(street):
    answer = street("customer", "POST", "/shops", key=key(), name="=1+1", trade_code="hardware")
    assert answer.json["where"] == "=1+1"


def test_addresses_that_name_nothing_are_answered_with_a_sentence(street):
    nowhere = new_id()
    for path in ("", "/offers", "/deeds", "/clerks", "/budget", "/gifts"):
        assert code_of(street("coordinator", "GET", f"/shops/{nowhere}{path}")) == (404, "shop_unknown")
    assert code_of(street("owner", "GET", "/shops?cursor=abc")) == (422, "cursor_invalid")
    assert code_of(street("owner", "GET", "{shop}/gifts?cursor=abc")) == (422, "cursor_invalid")
    assert code_of(street("owner", "GET", "/shops?trade=%00")) == (422, "invalid_input")
    assert street("owner", "GET", "/shops?q=%00%E2%80%AE").status_code == 200
    odd = street("administrator", "PUT", "/trades/%00", name_zh="花", name_en="F", position=1)
    assert code_of(odd) == (422, "shop_invalid")
    assert code_of(street("administrator", "PUT", "/trades/nope", name_zh="花", name_en="F", position=1)) == (
        422,
        "trade_unknown",
    )


def test_unknown_fields_are_refused(street):
    for who, method, path, body in (
        ("owner", "PATCH", "{shop}", {"status": "active"}),
        ("owner", "PATCH", "{shop}", {"plate_generation": 9}),
        ("owner", "POST", "{shop}/offers", {"key": key(), "name": "剪发", "points": 1, "id": key()}),
        ("owner", "POST", "{shop}/gifts", {"key": key(), "points": 1, "clerk_id": key()}),
        ("customer", "POST", "/shops", {"key": key(), "name": "店", "trade_code": "hotel", "admitted": 1}),
    ):
        assert code_of(street(who, method, path, **body)) == (422, "invalid_input")


@pytest.mark.parametrize(
    "hours", [[[540, 720]], "all day", [[["09:00", "12:00"]]] + [[]] * 6, [[[540.5, 720]]] + [[]] * 6]
)
def test_hours_of_another_shape_are_invalid_input(street, hours):
    assert code_of(street("owner", "PATCH", "{shop}", hours=hours)) == (422, "invalid_input")


def test_a_key_used_for_something_else_is_refused(street):
    used = key()
    assert street("owner", "POST", "{shop}/offers", key=used, name="剪发", points=30).status_code == 201
    for points_now in (30, 31):
        name = "剪发" if points_now == 31 else "烫发"
        answer = street("owner", "POST", "{shop}/offers", key=used, name=name, points=points_now)
        assert code_of(answer) == (409, "key_reused")


def test_whatever_was_done_to_a_shop_stands_in_the_log_in_words(street):
    shops.a_budget(street.shop)
    street("owner", "PATCH", "{shop}", about="新装修")
    street("owner", "POST", "{shop}/plate", generation=1)
    street("coordinator", "POST", "{shop}/deeds", key=key(), rule_code="shop_notice")
    street("coordinator", "PUT", "{shop}/status", status="paused", reason="装修")
    street("coordinator", "PUT", "{shop}/status", status="active")
    members.service.suspend(SYSTEM, street.customer.id, "停用")
    entries = audit.entries(subject_id=street.shop.id).items
    assert len(entries) >= 9
    assert {each.action for each in entries} <= set(ACTS)
    assert {name for each in entries for name in each.data} <= set(DETAILS)
