"""What is told about settlement: rates with their names, statements, lines and months page by page."""

from datetime import UTC, date, datetime

import pytest

import merchants.queries
import merchants.service
import points.queries
from core.auth import SYSTEM
from core.db import new_id
from core.errors import PermissionMissing
from merchants.errors import RateInvalid, RateTooEarly, ShopUnknown, TradeUnknown
from tests.support import members_builders as people
from tests.support import merchants_builders as shops
from tests.support import settlement_builders as month

NOON = "2026-10-15T12:00"


@pytest.fixture
def books(database_app, clock):
    """Two shops, a rate of 10 cents; it is 18 November."""
    return month.two_shops()


@pytest.fixture
def october(books, clock):
    """The barber's statement over 30 points, ¥3.00."""
    with month.on(clock, NOON):
        month.take(books["barber"], month.payer(), 30)
    (found,) = month.draft()
    return found


# --- rates


def test_a_rate_does_not_change_what_is_settled(books, october):
    with pytest.raises(RateTooEarly) as refusal:
        month.rate(20, "2026-10-31")
    assert refusal.value.data["earliest"] == "2026-11-01"
    month.rate(20, "2026-11-01")


def test_a_rate_is_of_one_shop_or_one_trade_that_exist(books):
    with pytest.raises(RateInvalid):
        month.rate(10, merchant_id=books["barber"].id, trade_code="hairdresser")
    with pytest.raises(TradeUnknown):
        month.rate(10, trade_code="astrologer")
    with pytest.raises(ShopUnknown):
        month.rate(10, merchant_id=new_id())
    with pytest.raises(PermissionMissing):
        merchants.service.add_rate(
            people.staff("auditor"), key=new_id(), cents_per_point=10, valid_from=date(2026, 11, 1)
        )


def test_rates_are_listed_with_names_the_general_ones_first(books):
    month.rate(20, "2026-11-01")
    month.rate(9, trade_code="supermarket")
    month.rate(8, merchant_id=books["barber"].id)
    found = [(each.shop, each.trade_code, each.cents_per_point) for each in merchants.queries.rates()]
    assert found == [(None, None, 20), (None, None, 10), (None, "supermarket", 9), ("小周理发店", None, 8)]
    assert merchants.queries.rate_today(books["barber"].id, "hairdresser") == 8
    assert merchants.queries.rate_today(books["grocer"].id, "supermarket") == 9


# --- lists


def test_statements_and_lines_are_read_page_by_page(books, clock):
    wang = month.payer()
    with month.on(clock, NOON):
        for n in range(5):
            month.take(books["barber"], wang, n + 1)
            month.take(books["grocer"], wang, n + 1)
    barber, grocer = month.draft()
    first = merchants.queries.settlements_for(SYSTEM, limit=1)
    second = merchants.queries.settlements_for(SYSTEM, limit=1, cursor=first.next)
    assert [each.id for each in (*first.items, *second.items)] == [barber.id, grocer.id]
    assert second.next is None
    found, cursor = [], None
    while True:
        page = merchants.queries.settlement_lines(barber.id, cursor=cursor, limit=2)
        found += page.items
        cursor = page.next
        if cursor is None:
            break
    assert [each.points for each in found] == [1, 2, 3, 4, 5]
    assert found == merchants.queries.all_settlement_lines(barber.id)


def test_months_are_told_with_what_still_waits(books, october):
    (found,) = merchants.queries.settled_months()
    assert (found.month, found.states, found.due_cents, found.waiting) == ("2026-10", {"draft": 1}, 300, 1)


def test_a_line_names_the_offer_that_was_bought(books, clock):
    with month.on(clock, NOON):
        offer = shops.an_offer(books["barber"], "剪发", 30)
        taken = month.take(books["barber"], month.payer(), 30, offer_id=offer)
        month.refund(taken)
    (found,) = month.draft()
    assert [each.what for each in merchants.queries.all_settlement_lines(found.id)] == ["剪发", "剪发"]


def test_takings_of_a_month_tell_when_the_shop_took_what_it_gives_back(books, clock):
    with month.on(clock, NOON):
        taken = month.take(books["barber"], month.payer(), 30)
    with month.on(clock, "2026-11-03T10:00"):
        month.refund(taken)
    start, end = datetime(2026, 10, 31, 16, tzinfo=UTC), datetime(2026, 11, 30, 16, tzinfo=UTC)
    (back,) = points.queries.takings([books["barber"].id], start, end)
    assert back.original_posted_at == month.at(NOON)
