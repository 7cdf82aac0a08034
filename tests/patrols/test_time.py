"""When a scan happened: the server's clock decides, the phone's clock is evidence."""

from datetime import UTC, datetime, timedelta

import pytest

from patrols.errors import ClockWrong, ScanTooOld
from patrols.rules.visits import is_within_hours, when_it_happened
from tests.support.patrols_rules import plan

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def test_a_scan_without_a_time_happened_when_it_arrived():
    moment = when_it_happened(None, None, NOON)
    assert (moment.happened_at, moment.skew_seconds, moment.queued) == (NOON, None, False)


def test_a_scan_that_waited_happened_when_it_was_scanned():
    moment = when_it_happened(NOON - 5 * HOUR, NOON, NOON)
    assert (moment.happened_at, moment.skew_seconds, moment.queued) == (NOON - 5 * HOUR, 0, True)


@pytest.mark.parametrize("off", [-11 * HOUR, -5 * MINUTE, 5 * MINUTE, 11 * HOUR])
def test_a_phone_whose_clock_is_off_is_corrected_by_what_was_measured(off):
    moment = when_it_happened(NOON - HOUR + off, NOON + off, NOON)
    assert moment.happened_at == NOON - HOUR
    assert moment.skew_seconds == -off.total_seconds()


@pytest.mark.parametrize(
    "clock",
    [NOON - 13 * HOUR, NOON + 13 * HOUR, datetime(1970, 1, 1, tzinfo=UTC), datetime(2106, 2, 7, tzinfo=UTC)],
)
def test_a_phone_more_than_half_a_day_off_says_nothing_about_time(clock):
    with pytest.raises(ClockWrong):
        when_it_happened(clock - MINUTE, clock, NOON)


def test_a_time_in_the_future_without_a_measurement_counts_as_now_and_is_noted():
    moment = when_it_happened(NOON + HOUR, None, NOON)
    assert (moment.happened_at, moment.skew_seconds) == (NOON, -3600)


def test_a_day_in_the_future_without_a_measurement_is_a_wrong_clock():
    with pytest.raises(ClockWrong):
        when_it_happened(NOON + 24 * HOUR, None, NOON)


def test_an_old_time_without_a_measurement_is_believed_and_noted():
    moment = when_it_happened(NOON - 3 * HOUR, None, NOON)
    assert (moment.happened_at, moment.skew_seconds) == (NOON - 3 * HOUR, 3 * 3600)


def test_a_scan_cannot_have_happened_after_it_was_sent():
    assert when_it_happened(NOON + MINUTE, NOON, NOON).happened_at == NOON


def test_a_scan_may_wait_two_days_and_no_longer():
    assert when_it_happened(NOON - 48 * HOUR, NOON, NOON).happened_at == NOON - 48 * HOUR
    with pytest.raises(ScanTooOld) as refused:
        when_it_happened(NOON - 49 * HOUR, NOON, NOON)
    assert refused.value.data == {"hours": 49}


@pytest.mark.parametrize(
    ("opens", "closes", "minute", "allowed"),
    [
        (None, None, 0, True),
        (480, 1080, 480, True),
        (480, 1080, 1079, True),
        (480, 1080, 1080, False),
        (480, 1080, 479, False),
        (1200, 360, 1200, True),
        (1200, 360, 0, True),
        (1200, 360, 359, True),
        (1200, 360, 360, False),
        (1200, 360, 1199, False),
    ],
)
def test_hours_begin_with_their_first_minute_end_before_their_last_and_may_span_midnight(
    opens, closes, minute, allowed
):
    assert is_within_hours(plan(opens_at=opens, closes_at=closes), minute) is allowed
