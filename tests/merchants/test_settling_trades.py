"""Points count at the rate of the trade that their shop had when it took them, whenever the month is drafted."""

import pytest

import merchants.queries
import merchants.service
from core.auth import SYSTEM
from merchants.errors import RateMissing
from tests.support import merchants_builders as shops
from tests.support import settlement_builders as month

NOON = "2026-10-15T12:00"


@pytest.fixture
def books(database_app, clock):
    """Two shops, a rate of 10 cents; it is 18 November."""
    return month.two_shops()


def lines(statement):
    return [
        (each.kind, each.points, each.cents) for each in merchants.queries.all_settlement_lines(statement.id)
    ]


def test_a_refund_keeps_its_rate_when_the_shop_has_changed_its_trade(books, clock):
    month.rate(40, trade_code="hairdresser")
    with month.on(clock, NOON):
        taken = month.take(books["barber"], month.payer(), 30)
    month.draft()
    with month.on(clock, "2026-11-05T09:00"):
        merchants.service.change_shop(SYSTEM, books["barber"].id, trade_code="supermarket")
        month.refund(taken)
    clock.move_to(month.at("2026-12-02T09:00"))
    (november,) = month.draft("2026-11")
    assert lines(november) == [("refund", -30, -1200)]


def test_points_count_at_the_rate_of_the_trade_that_the_shop_had_when_it_took_them(books, clock):
    month.rate(40, trade_code="hairdresser")
    month.rate(90, trade_code="hotel")
    wang, barber = month.payer(), books["barber"]
    with month.on(clock, "2026-10-10T12:00"):
        early = month.take(barber, wang, 30)
    with month.on(clock, "2026-10-20T12:00"):
        merchants.service.change_shop(SYSTEM, barber.id, trade_code="hotel")
        month.take(barber, wang, 7)
    with month.on(clock, "2026-10-20T12:00:01"):
        month.refund(early)
        month.take(barber, wang, 5)
    # After the month and before its draft: once a way to price the whole month anew.
    merchants.service.change_shop(SYSTEM, barber.id, trade_code="supermarket")
    (statement,) = month.draft()
    assert sorted(lines(statement)) == [
        ("charge", 5, 450),
        ("charge", 7, 630),
        ("charge", 30, 1200),
        ("refund", -30, -1200),
    ]


def test_a_trade_without_a_rate_stops_the_draft_only_where_points_were_taken_in_it(database_app, clock):
    barber, wang = shops.a_shop("小周理发店"), month.payer()
    month.rate(40, trade_code="hairdresser")

    def trade(code):
        merchants.service.change_shop(SYSTEM, barber.id, trade_code=code)

    with month.on(clock, "2026-09-10T12:00"):
        month.take(barber, wang, 30)
        clock.tick(hours=1)
        trade("hotel")
        clock.tick(hours=1)
        trade("hairdresser")
        month.take(barber, wang, 20)
    assert [each.cents for each in month.draft("2026-09")] == [2000]
    with month.on(clock, "2026-10-09T12:00"):
        month.take(barber, wang, 5)
        clock.tick(days=1)
        trade("hotel")
        month.take(barber, wang, 6)
    with pytest.raises(RateMissing) as refused:
        month.draft()
    assert (refused.value.data["count"], refused.value.data["since"]) == (1, "2026-10-10")
    month.rate(50, "2026-10-10", trade_code="hotel")
    assert [each.cents for each in month.draft()] == [5 * 40 + 6 * 50]
