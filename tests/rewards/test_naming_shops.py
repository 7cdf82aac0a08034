"""Where there are hundreds of shops, the one that offers a reward is named, not looked for in a list."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

import members.queries
import members.service
import rewards.queries
from core.clock import FrozenClock
from core.db import new_id
from rewards.views import editing
from tests.support import members_builders
from tests.support import merchants_builders as shops
from tests.support import rewards_builders as build

WISH = {
    "kind": "goods",
    "points": "45",
    "stock": "8",
    "voucher_hours": "48",
    "quota_period": "year",
    "low_stock": "2",
}


@pytest.fixture
def desk(app: Flask, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """The browser of a coordinator in a town with more shops than one looks through."""
    monkeypatch.setattr(editing, "MOST_SHOPS_TO_CHOOSE", 1)
    coordinator, client = build.desk(), app.test_client()
    members.service.change_settings(coordinator, language="en")
    members_builders.sign_in(client, members.queries.facts(coordinator.id))
    return client


def make(desk: FlaskClient, name: str, shop: str) -> str:
    token = re.search(r'name="csrf-token" content="([^"]+)"', desk.get("/rewards").text)
    assert token
    wish = WISH | {"name_zh": name, "merchant_id": shop, "key": str(new_id()), "csrf_token": token[1]}
    return desk.post("/desk/rewards/new", data=wish, follow_redirects=True).text


def test_a_shop_is_named_by_its_number_its_name_or_words_that_fit_no_other(desk: FlaskClient):
    barber, cleaner, _bath = (shops.a_shop(name) for name in ("小周理发店", "小周", "花园浴室"))
    assert re.search(r'<input[^>]*name="merchant_id"', desk.get("/desk/rewards/new").text)
    named = {str(barber.number): barber.id, "理发店": barber.id, "小周": cleaner.id, "": None}
    for typed in named:
        make(desk, f"奖品{typed}", typed)
    made = {line.reward.name_zh: line.reward.merchant_id for line in rewards.queries.stock_list().items}
    assert made == {f"奖品{typed}": shop_id for typed, shop_id in named.items()}


@pytest.mark.parametrize("typed", ["周", "没有的店"])
def test_what_fits_several_shops_or_none_is_asked_for_again(desk: FlaskClient, typed: str):
    shops.a_shop("小周理发店"), shops.a_shop("小周")
    refused = make(desk, "奖品", typed)
    assert "It is not clear which shop is meant." in refused
    assert f'value="{typed}"' in refused
    assert rewards.queries.stock_list().items == []
