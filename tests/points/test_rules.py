"""Seasons, expiry, amounts and caps, decided without a database."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import hypothesis.strategies as st
import pytest
from hypothesis import given

from points import rules
from points.errors import AmountInvalid, AwardToHousehold, AwardToOneself, DeedTimeInvalid, RuleInvalid

LOTS = {date(2026, 12, 31): 10, date(2027, 12, 31): 5}
TODAY = date(2026, 11, 18)


def test_a_day_belongs_to_its_iso_week_even_across_new_year() -> None:
    assert rules.seasons(date(2026, 11, 18)) == ("W2026-47", "M2026-11", "Y2026", "ALL")
    assert rules.seasons(date(2027, 1, 1)) == ("W2026-53", "M2027-01", "Y2027", "ALL")
    assert rules.seasons(date(2024, 12, 30)) == ("W2025-01", "M2024-12", "Y2024", "ALL")


@given(st.dates(date(2024, 1, 1), date(2104, 12, 31)))
def test_seasons_begin_and_end_where_the_calendar_says(day: date) -> None:
    week, month, year, _ = rules.seasons(day)
    before = rules.seasons(day - timedelta(days=1))
    assert (week != before[0]) == (day.weekday() == 0)
    assert (month != before[1]) == (day.day == 1)
    assert (year != before[2]) == (day.month == day.day == 1)


def test_points_live_until_the_end_of_the_following_year() -> None:
    assert rules.expiry(date(2026, 1, 1), 1) == date(2027, 12, 31)
    assert rules.expiry(date(2026, 12, 31), 1) == date(2027, 12, 31)
    assert rules.expiry(date(2028, 2, 29), 2) == date(2030, 12, 31)


def test_the_earliest_expiry_pays_first() -> None:
    assert rules.take(LOTS, 12, TODAY) == {date(2026, 12, 31): 10, date(2027, 12, 31): 2}
    assert rules.take(LOTS, 4, TODAY, first=(date(2027, 12, 31),)) == {date(2027, 12, 31): 4}
    assert rules.take(LOTS, 20, TODAY) == LOTS


def test_a_lot_can_be_spent_on_its_last_day_and_not_on_the_next() -> None:
    assert rules.balance(LOTS, date(2026, 12, 31)) == 15
    assert rules.balance(LOTS, date(2027, 1, 1)) == 5
    assert rules.take(LOTS, 15, date(2027, 1, 1)) == {date(2027, 12, 31): 5}


@given(st.dictionaries(st.dates(date(2026, 1, 1), date(2028, 1, 1)), st.integers(0, 50)), st.integers(1, 300))
def test_what_is_taken_is_all_that_was_asked_for_or_all_that_there_is(
    lots: dict[date, int], amount: int
) -> None:
    taken = rules.take(lots, amount, TODAY)
    assert sum(taken.values()) == min(amount, rules.balance(lots, TODAY))
    assert all(0 < part <= lots[day] and day >= TODAY for day, part in taken.items())


@pytest.mark.parametrize(
    "amount", [0, -1, 1.5, 1.0, 1e9, "1", "１２", None, True, 2**63, 1_000_001, float("nan")]
)
def test_odd_numbers_are_no_amounts(amount) -> None:
    with pytest.raises(AmountInvalid):
        rules.check_amount(amount)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "-1",
        "+1",
        "1.5",
        "1e3",
        "１２",
        "٣",
        "0x10",
        "1_000",
        "1,000",
        "十",
        "12 3",
        "10000000",
        "1\x00",
    ],
)
def test_only_ascii_digits_are_read_as_points(text: str) -> None:
    with pytest.raises(AmountInvalid):
        rules.read_amount(text)


def test_amounts_reach_from_one_to_a_million() -> None:
    assert [rules.read_amount(text) for text in ("1", " 20 ", "0050", "1000000")] == [1, 20, 50, 1_000_000]


def test_nobody_awards_himself_or_his_household() -> None:
    awarder, granny = uuid4(), uuid4()
    with pytest.raises(AwardToOneself):
        rules.check_awarder(awarder, awarder, {awarder})
    with pytest.raises(AwardToHousehold):
        rules.check_awarder(awarder, granny, {granny, awarder})
    rules.check_awarder(awarder, granny, {granny})


def test_a_deed_is_dated_within_a_month() -> None:
    now = datetime(2026, 11, 18, 2, tzinfo=UTC)
    assert rules.deed_time(None, now) == now
    assert rules.deed_time(now - timedelta(days=31), now) == now - timedelta(days=31)
    for wrong in (now + timedelta(microseconds=1), now - timedelta(days=31, microseconds=1)):
        with pytest.raises(DeedTimeInvalid):
            rules.deed_time(wrong, now)


GOOD = {
    "category": "care",
    "points": 50,
    "daily_cap": None,
    "weekly_cap": None,
    "valid_from": TODAY,
    "valid_until": None,
    "today": TODAY,
}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("category", "nonsense"),
        ("points", 0),
        ("points", True),
        ("points", 1_000_001),
        ("daily_cap", 0),
        ("weekly_cap", 1001),
        ("valid_from", date(2026, 11, 17)),
        ("valid_from", date(2046, 11, 18)),
        ("valid_until", TODAY),
    ],
)
def test_a_rule_that_cannot_be_kept_names_its_field(field: str, value) -> None:
    rules.check_rule(**GOOD)
    with pytest.raises(RuleInvalid) as refusal:
        rules.check_rule(**{**GOOD, field: value})
    assert refusal.value.data["field"] == field


def test_a_members_points_go_into_one_of_sixteen_parts_of_the_squads_score() -> None:
    assert rules.shard(UUID(int=0x2F)) == 15
    assert {rules.shard(uuid4()) for _ in range(500)} == set(range(16))
