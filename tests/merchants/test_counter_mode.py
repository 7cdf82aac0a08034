"""A phone that clerks share at a counter: the pages of whoever is signed in stay shut until he shows his own PIN."""

import re
from uuid import UUID, uuid4

import pytest

import members.service
import merchants.service
from alliance import counter_mode
from core.auth import SYSTEM
from core.db import new_id
from tests.support import counter_builders as build
from tests.support import members_builders as people
from tests.support import merchants_builders as shops

COUNTER_PIN = "4826"


@pytest.fixture(autouse=True)
def alliance(app, clock):
    return app


@pytest.fixture
def street():
    # Somebody to whom every page would open, so that what is shut is shut by the counter.
    owner = people.member("周建设", "administrator", "coordinator", "auditor", "volunteer", "clerk")
    counter = build.a_counter(name="小周理发店", owner=owner)
    build.give_pin(counter.owner.member_id)
    return counter


@pytest.fixture
def colleague(street):
    return shops.a_clerk(street.shop, people.member("吴小云"), pin=COUNTER_PIN)


@pytest.fixture
def phone(app, street):
    """The owner's phone, with the forgery protection's token in every request."""
    client = app.test_client()
    people.sign_in(client, build.facts(street.owner))
    client.environ_base["HTTP_X_CSRF_TOKEN"] = client.get("/api/v1/session").json["csrf_token"]
    return client


@pytest.fixture
def shared(phone, street, colleague):
    """The same phone, after a colleague has taken over the counter."""
    take_over(phone, street, colleague.id)
    return phone


def take_over(client, street, member_id, pin=COUNTER_PIN):
    return client.post(f"/counter/{street.shop.id}/clerk", data={"clerk_id": str(member_id), "pin": pin})


def leave(client, **fields):
    return client.post("/counter/leave", data=fields)


def is_shut(client, path="/me"):
    return client.get(path).headers.get("Location", "").startswith("/counter/leave")


def path_of(rule):
    """An address that fits the rule. A new kind of variable needs its example here."""

    def filled(found):
        kind, first_choice = found.groups()
        examples = {"uuid": str(uuid4()), "int": "1", "any": first_choice}
        return examples.get(kind, "2026-10")

    return re.sub(r"<(?:(\w+)(?:\(([^,)]*)[^)]*\))?:)?\w+>", filled, rule.rule)


def test_nothing_but_the_counter_opens_while_a_colleague_stands_there(app, shared):
    guarded = [each for each in app.url_map.iter_rules() if each.endpoint not in counter_mode.OPEN]
    assert len(guarded) > 300
    for rule in guarded:
        if rule.endpoint == "assets.static":
            continue
        for method in rule.methods & {"GET", "POST", "PUT", "PATCH", "DELETE"}:
            answer = shared.open(path_of(rule), method=method, json={} if method != "GET" else None)
            if rule.rule.startswith("/api/"):
                assert (answer.status_code, answer.json["code"]) == (403, "counter_kept"), (method, rule)
            else:
                found = (answer.status_code, answer.headers.get("Location", "").partition("?")[0])
                assert found == (303, "/counter/leave"), (method, rule)


def test_what_is_open_at_a_counter_are_views_that_there_are(app):
    assert set(app.view_functions) >= counter_mode.OPEN


def test_the_refusal_says_whose_counter_it_is_and_what_to_do(shared):
    refused = shared.get("/api/v1/me/code").json
    assert (refused["code"], refused["where"]) == ("counter_kept", "小周理发店")
    assert "小周理发店" in refused["detail"]
    assert "/counter/leave" in refused["remedy"]


def test_the_counter_itself_goes_on_in_the_colleagues_name(shared, street, colleague):
    assert "吴小云" in shared.get(f"/counter/{street.shop.id}").text
    wish = {"key": str(new_id()), "merchant_id": str(street.shop.id), "points": 30}
    shown = shared.post("/api/v1/counter/orders", json=wish)
    assert shown.status_code == 201
    path = f"/api/v1/counter/charges/{shown.json['charge_id']}"
    assert shared.get(path).json["clerk"] == "吴小云"
    assert shared.post(f"{path}/cancel", json={"key": str(new_id())}).status_code == 201
    assert shared.get(f"/counter/{street.shop.id}/hand-over").status_code == 200
    assert shared.get("/counter").headers["Location"] == f"/counter/{street.shop.id}"


def test_a_refund_is_the_owners_and_waits_until_he_is_back(shared, street):
    member = build.payer(100)
    charge_id = build.paid(street, member)
    body = {"key": str(new_id()), "reason": "退款"}
    refused = shared.post(f"/api/v1/counter/charges/{charge_id}/refund", json=body)
    assert (refused.status_code, refused.json["code"]) == (403, "counter_kept")
    assert build.state(charge_id) == "paid"


def test_the_owners_other_shop_is_shut_too(shared, street):
    other = shops.a_shop("小周面馆", owner=build.facts(street.owner))
    assert is_shut(shared, f"/counter/{other.id}")
    wish = {"key": str(new_id()), "merchant_id": str(other.id), "points": 30}
    for answer in (
        shared.post("/api/v1/counter/orders", json=wish),
        shared.get("/api/v1/counter/feed", query_string={"merchant_id": str(other.id)}),
    ):
        assert (answer.status_code, answer.json["code"]) == (403, "counter_kept")


def test_the_page_names_shop_and_owner_and_opens_by_the_owners_pin(shared, street):
    page = shared.get("/me", follow_redirects=True).text
    assert "小周理发店" in page
    assert build.facts(street.owner).name in page
    wrong = leave(shared, pin="1379")
    assert (wrong.status_code, is_shut(shared)) == (422, True)
    assert leave(shared).status_code == 422
    opened = leave(shared, pin=build.PIN, next="/me")
    assert opened.headers["Location"] == "/me"
    assert shared.get("/me").status_code == 200


def test_the_owners_password_opens_as_well_and_leads_only_to_pages_of_ours(shared, street):
    members.service.set_password(SYSTEM, street.owner.member_id, people.PASSWORD)
    people.sign_in(shared, build.facts(street.owner))  # another password has ended the session
    assert leave(shared, password="not the password").status_code == 422
    assert is_shut(shared)
    assert leave(shared, password=people.PASSWORD, next="//elsewhere.example").headers["Location"] == "/"
    assert not is_shut(shared)


def test_wrong_pins_are_counted(shared):
    for _ in range(5):
        last = leave(shared, pin="1379")
    assert last.status_code == 429
    assert leave(shared, pin=build.PIN).status_code == 429
    assert is_shut(shared)


def test_the_counter_pin_that_colleagues_know_does_not_open_the_owners_pages(shared, street):
    merchants.service.set_counter_pin(
        street.owner, merchant_id=street.shop.id, member_id=street.owner.member_id, pin="5937"
    )
    assert take_over(shared, street, street.owner.member_id, "5937").status_code == 303
    assert build.facts(street.owner).name in shared.get(f"/counter/{street.shop.id}").text
    assert is_shut(shared)


def test_who_has_left_the_shop_stands_there_no_more_and_the_owner_does_not_take_his_place(
    shared, street, colleague
):
    merchants.service.remove_clerk(street.owner, merchant_id=street.shop.id, member_id=colleague.id)
    counter = f"/counter/{street.shop.id}"
    assert shared.get(counter).headers["Location"] == f"{counter}/clerk"
    wish = {"key": str(new_id()), "merchant_id": str(street.shop.id), "points": 30}
    assert shared.post("/api/v1/counter/orders", json=wish).json["code"] == "not_your_shop"
    assert is_shut(shared)


def test_signing_out_and_in_is_always_possible(shared, street):
    assert shared.get("/sign-in").status_code == 200
    assert shared.post("/sign-out").headers["Location"] == "/"
    assert shared.get("/").status_code == 200


def test_whoever_only_says_that_it_is_him_keeps_his_pages(phone, street):
    assert take_over(phone, street, street.owner.member_id, "").status_code == 303
    assert phone.get("/me").status_code == 200


def test_a_till_of_two_shops_is_no_members_phone(app, street, colleague):
    other = shops.a_shop("小周面馆", owner=build.facts(street.owner))
    token = people.device("charge.take", responsible=build.facts(street.owner))
    headers = {"Authorization": f"Bearer {token}"}
    till = app.test_client()
    turn = f"/api/v1/shops/{street.shop.id}/clerks/{colleague.id}/counter"
    assert till.post(turn, json={"pin": COUNTER_PIN}, headers=headers).status_code == 200
    for shop_id in (street.shop.id, other.id):
        wish = {"key": str(new_id()), "merchant_id": str(shop_id), "points": 30}
        shown = till.post("/api/v1/counter/orders", json=wish, headers=headers)
        assert shown.status_code == 201
        assert UUID(shown.json["charge_id"])
