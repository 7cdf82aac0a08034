"""Days, weeks and years begin where the programme is, not where the server is."""

from datetime import UTC, date, datetime, timedelta

import pytest

from core import clock


def test_a_frozen_clock_moves_only_when_told() -> None:
    at = datetime(2026, 11, 18, 2, tzinfo=UTC)
    with clock.frozen(at) as frozen:
        assert clock.now() == at
        frozen.tick(minutes=5)
        assert clock.now() == at + timedelta(minutes=5)
    assert clock.now() != at


def test_a_new_day_begins_at_midnight_in_shanghai() -> None:
    assert clock.local_date(datetime(2026, 11, 18, 15, 59, 59, tzinfo=UTC)) == date(2026, 11, 18)
    assert clock.local_date(datetime(2026, 11, 18, 16, tzinfo=UTC)) == date(2026, 11, 19)


def test_intervals_tile_without_gap_or_overlap_over_leap_years_and_centuries() -> None:
    day = date(2027, 12, 25)
    while day < date(2029, 1, 10):
        following = day + timedelta(days=1)
        assert clock.day_bounds(day)[1] == clock.day_bounds(following)[0]
        for bounds in (clock.week_bounds, clock.month_bounds, clock.year_bounds):
            start, end = bounds(day)
            assert start <= clock.start_of(day) < end
            assert bounds(following)[0] in {start, end}
        day = following


def test_summer_time_of_1990_does_not_break_a_day() -> None:
    start, end = clock.day_bounds(date(1990, 4, 15))
    assert (end - start) == timedelta(hours=23)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        clock.local_date(datetime(2026, 11, 18))  # noqa: DTZ001 - the naive time is the point
