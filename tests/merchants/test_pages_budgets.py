"""Pages for grants that need two people, and for taking back what a shop gave; without script."""

import re

import pytest

import members.queries
import members.service
import merchants.service
import points.queries
from core.db import new_id
from tests.support import members_builders as people
from tests.support import merchants_builders as shops
from tests.support import points_builders


@pytest.fixture
def browser_of(app, clock):
    def open_one(actor):
        client = app.test_client()
        people.sign_in(client, members.queries.facts(actor.member_id))
        members.service.change_settings(actor, language="en")
        return client

    return open_one


@pytest.fixture
def desk(browser_of):
    return browser_of(people.staff("coordinator"))


@pytest.fixture
def shop(app, clock):
    return shops.a_shop("小周理发店")


def page(client, path, status=200):
    answer = client.get(path)
    assert answer.status_code == status, answer.text[:500]
    return answer.text


def send(client, path, **fields):
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/shops").text)
    return client.post(path, data=fields | {"csrf_token": token[1]}, follow_redirects=True)


def place(shop, path=""):
    return f"/desk/shops/{shop.id}{path}"


def test_a_large_grant_waits_on_the_first_page_of_the_desk_until_another_coordinator_agrees(
    desk, browser_of, shop
):
    told = send(desk, place(shop, "/budget"), act="grant", points="900", reason="店庆", key=str(new_id()))
    assert "waits for a second coordinator" in told.text
    assert points.queries.budget(shop.id) == 0
    assert "of a shop to agree to" not in page(desk, "/desk")
    assert "Call off" in page(desk, "/desk/shops/budgets")
    assert "/agree" not in page(desk, "/desk/shops/budgets")
    auditor = browser_of(people.staff("auditor"))
    assert "1 budget or award of a shop to agree to" in page(auditor, "/desk")
    assert '<form method="post" action="/desk/shops' not in page(auditor, "/desk/shops/budgets")
    other = browser_of(people.staff("coordinator"))
    way = re.search(r'action="(/desk/shops/budgets/[^"]+/agree)"', page(other, "/desk/shops/budgets"))[1]
    key = str(new_id())
    for _ in range(2):
        assert "The shop has its points" in send(other, way, key=key).text
    assert points.queries.budget(shop.id) == 900
    assert "Somebody has decided" in send(desk, way.replace("agree", "cancel"), key=str(new_id())).text
    assert "two people" in page(auditor, place(shop, "/budget"))


def test_what_has_waited_too_long_is_only_declined(desk, browser_of, shop, clock):
    send(desk, place(shop, "/budget"), act="grant", points="900", reason="店庆", key=str(new_id()))
    clock.tick(days=30)
    other = browser_of(people.staff("coordinator"))
    assert "/agree" in page(other, "/desk/shops/budgets")
    clock.tick(days=1)
    other = browser_of(people.staff("coordinator"))
    listed = page(other, "/desk/shops/budgets")
    assert "waited too long" in listed
    assert "/agree" not in listed
    way = re.search(r'action="(/desk/shops/budgets/[^"]+/decline)"', listed)[1]
    send(other, way, key=str(new_id()), reason="太久了")
    assert "Nothing waits here" in page(other, "/desk/shops/budgets")


def test_a_large_award_waits_beside_the_grants_and_its_note_is_read_by_who_agrees(desk, browser_of, shop):
    hero = points_builders.tariff_rule(category="shop", points=300, name_en="Stopped a fraud").code
    told = send(desk, place(shop, "/deeds"), rule_code=hero, note="拦下一笔转账", key=str(new_id()))
    assert "waits for a second coordinator" in told.text
    assert "300 points wait" in page(desk, place(shop, "/deeds"))
    assert "points wait" not in page(desk, place(shop, "/budget"))
    other = browser_of(people.staff("coordinator"))
    listed = page(other, "/desk/shops/budgets")
    assert [each in listed for each in ("Stopped a fraud", "拦下一笔转账", "300 points")] == [True] * 3
    way = re.search(r'action="(/desk/shops/budgets/[^"]+/agree)"', listed)[1]
    assert "The shop has its points" in send(other, way, key=str(new_id())).text
    assert "two people" in page(desk, place(shop, "/deeds"))


def test_the_desk_takes_a_gift_back_and_the_member_and_the_shop_are_told_why(desk, browser_of, shop):
    shops.a_budget(shop)
    customer, owner = people.member("王小芳"), people.actor(shops.the_owner(shop))
    merchants.service.give_points(
        owner,
        key=new_id(),
        merchant_id=shop.id,
        receiver=merchants.service.Receiver(number=str(customer.number)),
        points=7,
    )
    way = re.search(rf'href="({place(shop, "/gifts")}/[^"]+/withdrawal)"', page(desk, place(shop, "/gifts")))[
        1
    ]
    assert "王*芳" in page(desk, way)
    assert "王小芳" not in page(desk, way)
    assert "A reason" in send(desk, way, key=str(new_id()), reason=" ").text
    assert "Taken back" in send(desk, way, key=str(new_id()), reason="顾客没有来过").text
    assert way not in page(desk, place(shop, "/gifts"))
    assert "taken back on" in page(desk, way)
    shops_side, members_side = browser_of(owner), browser_of(people.actor(customer))
    assert "7 points taken back" in page(shops_side, f"/shop/{shop.id}")
    assert "taken back: 顾客没有来过" in page(shops_side, f"/shop/{shop.id}/gifts")
    assert "7 points from a shop were taken back" in page(members_side, "/")
    assert points.queries.budget(shop.id) == 200
    page(browser_of(people.staff("auditor")), way, 403)
    page(desk, place(shops.a_shop(), f"/gifts/{way.split('/')[-2]}/withdrawal"), 404)
