"""Shops apply, are admitted, pause and leave; what stands on their page."""

import merchants.queries
from tests.support import merchants_builders as shops


def test_an_admitted_shop_is_in_the_directory(database_app, clock):
    shop = shops.a_shop("小周理发店")
    shops.an_offer(shop)
    shops.a_clerk(shop, pin=shops.COUNTER_PIN)
    shops.a_budget(shop)
    (found,) = merchants.queries.directory().items
    assert found == shop
    assert merchants.queries.standing(shop.id).points == 0
    assert found.opening.state == "unknown"
