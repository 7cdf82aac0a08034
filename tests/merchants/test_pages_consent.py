"""A shop asks somebody to work there, on both sides' pages: asked, accepted or declined, promoted, taken out."""

import re

import pytest

import members.queries
import members.service
import merchants.queries
from core.db import new_id
from tests.support import counter_builders as counters
from tests.support import members_builders as people
from tests.support import merchants_builders as shops

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def browser_of(app):
    def open_one(who):
        client = app.test_client()
        people.sign_in(client, members.queries.facts(who.member_id))
        members.service.change_settings(who, language="en")
        return client

    return open_one


@pytest.fixture
def street(app):
    return counters.a_counter(name="小周理发店", name_en="Zhou's barber shop")


@pytest.fixture
def owner(browser_of, street):
    return browser_of(street.owner)


def page(client, path):
    answer = client.get(path)
    assert answer.status_code == 200, answer.text[:500]
    return answer.text


def send(client, path, **fields):
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/shops").text)
    return client.post(path, data=fields | {"csrf_token": token[1]}, follow_redirects=True)


def place(street, path=""):
    return f"/shop/{street.shop.id}{path}"


def test_who_declines_or_stops_is_told_so_and_who_is_asked_by_mistake_is_asked_no_more(
    browser_of, owner, street
):
    li = people.member("李四")
    fields = {"member_number": str(li.number), "post": "clerk"}
    lis = browser_of(people.actor(li))
    send(owner, place(street, "/clerks"), key=str(new_id()), **fields)
    assert "Declined." in send(lis, f"/me/shops/{street.shop.id}/decline").text
    send(owner, place(street, "/clerks"), key=str(new_id()), **fields)
    for _ in range(2):
        assert "Not asked any more." in send(owner, place(street, f"/clerks/{li.id}/uninvite")).text
    answer = send(lis, f"/me/shops/{street.shop.id}/accept").text
    assert "This shop does not ask you to work there" in answer
    shops.a_clerk(street.shop, li)
    assert "You work there no longer." in send(lis, f"/me/shops/{street.shop.id}/leave").text
    assert merchants.queries.posts_of(li.id) == []


def test_the_owner_asks_a_clerk_by_number_makes_him_owner_and_takes_him_out(browser_of, owner, street):
    li = people.member("李四")
    fields = {
        "key": str(new_id()),
        "member_number": members.queries.spoken_number(li.number),
        "post": "clerk",
    }
    for _ in range(2):
        told = send(owner, place(street, "/clerks"), **fields).text
        assert "李*" in told
        assert "李四" not in told
    lis = browser_of(people.actor(li))
    assert "asks you to work there" in page(lis, "/")
    assert "Accept or decline" in page(lis, f"/shops/{street.shop.number}")
    assert "I work there" in page(lis, "/me/shops")
    assert "You work there now." in send(lis, f"/me/shops/{street.shop.id}/accept").text
    path = place(street, f"/clerks/{li.id}")
    assert "Make an owner" in page(owner, path)
    send(owner, f"{path}/post", post="owner")
    assert merchants.queries.clerk(street.shop.id, li.id).owns
    send(owner, f"{path}/post", post="clerk")
    for _ in range(2):
        assert "Taken out." in send(owner, f"{path}/remove").text
    assert merchants.queries.clerk(street.shop.id, li.id) is None
