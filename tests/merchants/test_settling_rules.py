"""What a month's statement may be, decided on plain values."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as some

from merchants.errors import (
    MonthFuture,
    MonthInvalid,
    MonthOpen,
    PaidOnInvalid,
    PaperNoteMissing,
    RateInvalid,
    RateTooEarly,
    ReferenceMissing,
    SettlementStepImpossible,
    ShopInvalid,
)
from merchants.rules import settling
from merchants.rules.settling import Rate, Span, Sums
from merchants.rules.values import SETTLEMENT_STATES

BARBER, GROCER = UUID(int=1), UUID(int=2)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def rate(cents, first, *, shop=None, trade=None, entered=LONG_AGO):
    return Rate(shop, trade, cents, date.fromisoformat(first), entered)


# --- months


@pytest.mark.parametrize("text", ["2026-10", "2000-01", "2099-12"])
def test_a_month_is_read_as_it_is_written(text):
    assert settling.month_of(settling.read_month(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-13",
        "2026-00",
        "2026-1",
        "2026/10",
        "２０２６-10",
        "2026-10 ",
        "2026-10\n",
        "10-2026",
        "1999-12",
    ],
)
def test_what_is_no_month_is_refused(text):
    with pytest.raises(MonthInvalid):
        settling.read_month(text)


START, END = datetime(2026, 9, 30, 16, tzinfo=UTC), datetime(2026, 10, 31, 16, tzinfo=UTC)


def test_a_month_that_has_not_begun_is_a_future_one():
    with pytest.raises(MonthFuture):
        settling.check_over("2026-10", START, END, START - timedelta(microseconds=1))


@pytest.mark.parametrize("now", [START, END - timedelta(microseconds=1), END, END + timedelta(minutes=4)])
def test_a_month_is_open_until_its_last_payment_is_surely_booked(now):
    with pytest.raises(MonthOpen) as refusal:
        settling.check_over("2026-10", START, END, now)
    assert refusal.value.data["ready_at"] == "2026-10-31T16:05:00+00:00"


def test_a_month_that_is_over_may_be_drafted():
    settling.check_over("2026-10", START, END, END + settling.GRACE)


# --- rates


def test_a_shops_own_rate_goes_before_its_trades_and_that_before_the_general_one():
    general, trade, shop = (
        rate(5, "2026-01-01"),
        rate(7, "2026-01-01", trade="hair"),
        rate(9, "2026-01-01", shop=BARBER),
    )
    day = date(2026, 10, 1)
    assert settling.rate_on([shop, trade, general], BARBER, "hair", day) == 9
    assert settling.rate_on([trade, general], BARBER, "hair", day) == 7
    assert settling.rate_on([general], BARBER, "hair", day) == 5
    assert settling.rate_on([shop, trade], GROCER, "food", day) is None


def test_a_rate_counts_from_its_first_day_on():
    rates = [rate(5, "2026-01-01"), rate(8, "2026-10-15")]
    assert settling.rate_on(rates, BARBER, "hair", date(2026, 10, 14)) == 5
    assert settling.rate_on(rates, BARBER, "hair", date(2026, 10, 15)) == 8
    assert settling.rate_on(rates, BARBER, "hair", date(2025, 12, 31)) is None


def test_an_old_rate_of_the_shop_goes_before_a_newer_one_of_its_trade():
    rates = [rate(9, "2026-01-01", shop=BARBER), rate(7, "2026-10-01", trade="hair")]
    assert settling.rate_on(rates, BARBER, "hair", date(2026, 10, 2)) == 9


def test_of_two_rates_for_one_day_the_one_entered_later_counts():
    slip = rate(100, "2026-11-01")
    mended = rate(10, "2026-11-01", entered=LONG_AGO + timedelta(minutes=1))
    for order in ([slip, mended], [mended, slip]):
        assert settling.rate_on(order, BARBER, "hair", date(2026, 11, 1)) == 10


def test_a_rate_of_nothing_is_a_rate():
    assert settling.rate_on([rate(0, "2026-01-01")], BARBER, "hair", date(2026, 1, 1)) == 0


def test_spans_follow_each_other_without_gaps():
    rates = [
        rate(5, "2026-01-01"),
        rate(7, "2026-03-01", trade="hair"),
        rate(6, "2026-04-01"),
        rate(9, "2026-05-01", shop=BARBER),
        rate(8, "2026-06-01", trade="food"),
    ]
    assert settling.rate_spans(rates, BARBER, "hair") == [
        Span(date(2026, 1, 1), date(2026, 3, 1), 5),
        Span(date(2026, 3, 1), date(2026, 5, 1), 7),
        Span(date(2026, 5, 1), None, 9),
    ]
    assert settling.rate_spans([], BARBER, "hair") == []


days = some.dates(date(2026, 1, 1), date(2026, 3, 31))
rates_of_all_kinds = some.lists(
    some.builds(
        Rate,
        some.none(),
        some.sampled_from([None, "hair", "food"]),
        some.integers(0, 20),
        days,
        some.integers(0, 3).map(lambda n: LONG_AGO + timedelta(minutes=n)),
    )
    | some.builds(
        Rate,
        some.sampled_from([BARBER, GROCER]),
        some.none(),
        some.integers(0, 20),
        days,
        some.integers(0, 3).map(lambda n: LONG_AGO + timedelta(minutes=n)),
    ),
    max_size=8,
)


@given(rates_of_all_kinds, days)
def test_spans_tell_of_each_day_what_the_rates_tell(rates, day):
    spans = [
        each
        for each in settling.rate_spans(rates, BARBER, "hair")
        if each.first <= day and (each.until is None or day < each.until)
    ]
    expected = settling.rate_on(rates, BARBER, "hair", day)
    assert [each.cents_per_point for each in spans] == ([] if expected is None else [expected])


def noon(day):
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


@given(rates_of_all_kinds, some.lists(days, max_size=3, unique=True).map(sorted), days)
def test_points_are_worth_the_rate_of_the_trade_that_the_shop_had_then_and_gaps_are_the_rest(
    rates, changes, day
):
    codes = ["hair", "food"] * 2
    trading = settling.Trading(
        codes[len(changes)], tuple((noon(until), codes[n]) for n, until in enumerate(changes))
    )
    worth = settling.worth(
        rates, BARBER, trading, lambda each: datetime(each.year, each.month, each.day, tzinfo=UTC)
    )
    for hour in (6, 18):
        taken = noon(day).replace(hour=hour)
        trade = codes[sum(noon(until) <= taken for until in changes)]
        expected = settling.rate_on(rates, BARBER, trade, day)
        found = [each.cents_per_point for each in worth if each.start <= taken < each.end]
        assert found == ([] if expected is None else [expected])
        gaps = settling.gaps(worth, LONG_AGO, datetime(2026, 12, 31, tzinfo=UTC))
        assert any(first <= taken < last for first, last in gaps) == (expected is None)


@pytest.mark.parametrize("cents", [-1, 10_001, True, 1.0, "5"])
def test_a_rate_is_whole_cents_within_bounds(cents):
    with pytest.raises(RateInvalid):
        settling.check_rate(cents, date(2026, 11, 1), None)


def test_a_rate_does_not_reach_into_a_month_with_statements():
    settling.check_rate(10, date(2026, 11, 1), date(2026, 11, 1))
    with pytest.raises(RateTooEarly) as refusal:
        settling.check_rate(10, date(2026, 10, 31), date(2026, 11, 1))
    assert refusal.value.data["earliest"] == "2026-11-01"


# --- what is owed


amounts = some.builds(Sums, some.integers(-1000, 1000), some.integers(-9000, 9000))


@given(amounts, amounts)
def test_what_is_due_and_what_is_carried_make_up_the_balance(own, carried):
    due, carry = settling.due(own, carried), settling.carry(own, carried)
    total = settling.balance(own, carried)
    assert (due.points + carry.points, due.cents + carry.cents) == (total.points, total.cents)
    assert due.points >= 0 >= carry.points
    assert due.cents >= 0 >= carry.cents


def test_what_a_shop_owes_is_taken_from_its_next_month():
    october = Sums(-30, -300)
    left = settling.carry(october, Sums(0, 0))
    assert left == october
    assert settling.due(october, Sums(0, 0)) == Sums(0, 0)
    assert settling.due(Sums(100, 1000), left) == Sums(70, 700)


@pytest.mark.parametrize(
    ("cents", "text"),
    [
        (0, "¥0.00"),
        (5, "¥0.05"),
        (-5, "-¥0.05"),
        (100, "¥1.00"),
        (-123456789, "-¥1,234,567.89"),
        (2**53, "¥90,071,992,547,409.92"),
    ],
)
def test_money_is_written_to_the_cent(cents, text):
    assert settling.yuan(cents) == text


# --- steps


def test_each_step_comes_right_after_the_one_before():
    allowed = {("draft", "agreed"), ("agreed", "paid"), ("paid", "closed")}
    for state in SETTLEMENT_STATES:
        for wanted in ("agreed", "paid", "closed"):
            if (state, wanted) in allowed:
                settling.check_step(state, wanted)
            else:
                with pytest.raises(SettlementStepImpossible):
                    settling.check_step(state, wanted)


@pytest.mark.parametrize("note", ["", "   "])
def test_who_agrees_for_a_shop_says_how_it_did(note):
    with pytest.raises(PaperNoteMissing):
        settling.clean_note(note)


def test_money_has_a_reference_and_nothing_needs_none():
    with pytest.raises(ReferenceMissing):
        settling.clean_reference(" ", 1)
    assert settling.clean_reference("", 0) == ""
    assert settling.clean_reference("  转账 20261105 ", 1) == "转账 20261105"
    with pytest.raises(ShopInvalid):
        settling.clean_reference("长" * 61, 1)


def test_money_is_paid_after_the_month_and_not_tomorrow():
    end, today = date(2026, 11, 1), date(2026, 11, 18)
    settling.check_paid_on(end, end, today)
    settling.check_paid_on(today, end, today)
    for day in (end - timedelta(days=1), today + timedelta(days=1)):
        with pytest.raises(PaidOnInvalid):
            settling.check_paid_on(day, end, today)
