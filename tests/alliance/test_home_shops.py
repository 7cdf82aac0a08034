"""The first page of who works at a shop: straight to the counter, for he stands there many times a day."""

import re

import pytest

import members.queries
import merchants.service
from core.auth import SYSTEM
from tests.support import members_builders as people
from tests.support import merchants_builders as shops


@pytest.fixture
def ways(app, client):
    def of(member):
        people.sign_in(client, member)
        found = re.search(r"<nav [^>]*data-shops>.*?</nav>", client.get("/").text, re.DOTALL)
        return re.findall(r'href="([^"]+)"', found[0]) if found else []

    return of


@pytest.fixture
def shop(app, clock):
    return shops.a_shop("小周理发店")


def test_a_clerk_comes_to_his_only_counter_in_one_tap_and_an_owner_to_his_shop_as_well(shop, ways):
    assert ways(shops.a_clerk(shop)) == [f"/counter/{shop.id}"]
    assert ways(shops.the_owner(shop)) == [f"/counter/{shop.id}", f"/shop/{shop.id}"]


def test_who_works_at_several_shops_chooses_among_those_that_are_partners(shop, ways, client):
    owner, gone = shops.the_owner(shop), shops.a_shop("老店")
    other = shops.a_shop("小周面馆", owner=owner)
    waits = shops.a_shop("小周茶馆", owner=owner, admitted=False)
    shops.a_clerk(gone, owner)
    merchants.service.end_shop(SYSTEM, gone.id, "搬走")
    merchants.service.pause_shop(SYSTEM, other.id, "装修")
    assert ways(owner) == ["/counter", "/me/shops"]
    offered = client.get("/counter").text
    assert [f"/counter/{each.id}" in offered for each in (shop, other, waits, gone)] == [
        True,
        True,
        False,
        False,
    ]
    assert "暂停" in offered


def test_the_owner_of_a_shop_that_left_still_comes_to_its_statements(shop, ways, client):
    merchants.service.end_shop(SYSTEM, shop.id, "搬走")
    assert ways(shops.the_owner(shop)) == [f"/shop/{shop.id}"]
    assert client.get(f"/shop/{shop.id}/settlements").status_code == 200


def test_nobody_else_is_shown_a_counter_nor_who_acts_for_a_clerk(shop, ways, client):
    clerk = shops.a_clerk(shop)
    assert ways(people.member("王小芳")) == []
    managed = people.managed(people.actor(clerk), "孙奶奶")
    user = members.queries.signed_in(clerk.id, managed.id)
    with client.session_transaction() as session:
        session["_user_id"] = user.get_id()
    assert f"/counter/{shop.id}" not in client.get("/").text
