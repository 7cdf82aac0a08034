"""Pure decisions about shops: what a name, an hour, a gift may be, and when a shop is open."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merchants.errors import (
    GiftMemberDayLimit,
    GiftShopDayLimit,
    GiftTooLarge,
    ShopInvalid,
    ShopReasonMissing,
    ShopStatusImpossible,
    TradeUnknown,
)
from merchants.rules import giving, shops
from merchants.rules.shops import OfferWish, ShopWish
from merchants.rules.values import STATUSES
from points.errors import AmountInvalid, DeedTimeInvalid

ZONE = ZoneInfo("Asia/Shanghai")
#: Nine to noon and one to seven, Sunday until noon.
BARBER = [[[540, 720], [780, 1140]]] * 6 + [[[540, 720]]]
#: Every evening from six until two in the morning.
BATHHOUSE = [[[0, 120], [1080, 1440]]] * 7


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


# --- texts


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("老\x00王", "characters"),
        ("老\u202e王", "characters"),
        ("老\u200b王", "characters"),
        ("老\ud800王", "characters"),
        ("···", "characters"),
        ("长" * 41, "too_long"),
        ("长" * 10_000, "too_long"),
        ("e\u0301" * 5_000, "too_long"),
    ],
)
def test_a_name_that_nobody_could_write_is_refused_with_its_reason(name, reason):
    with pytest.raises(ShopInvalid) as refusal:
        shops.clean_name(name)
    assert (refusal.value.data["field"], refusal.value.data["reason"]) == ("name", reason)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("=1+1", "=1+1"),
        ("  老王  五金 ", "老王 五金"),
        ("Cafe\u0301", "Café"),
        ("𠮷野家", "𠮷野家"),
        ("长" * 40, "长" * 40),
    ],
)
def test_an_unusual_name_is_kept_as_it_is_meant(typed, kept):
    assert shops.clean_name(typed) == kept


@pytest.mark.parametrize("phone", ["", "0518-8551 2345", "138 0013 8000", "+86 518 85512345", "110"])
def test_any_telephone_that_can_be_dialled_is_kept(phone):
    assert shops.clean_phone(phone) == phone


@pytest.mark.parametrize("phone", ["call me", "=1+1", "1\x002345", "12345678901234567890123", "9" * 10_000])
def test_what_cannot_be_dialled_is_no_telephone(phone):
    with pytest.raises(ShopInvalid):
        shops.clean_phone(phone)


@pytest.mark.parametrize("code", ["", "Hair", "hair dresser", "理发", "a" * 31, "hair\n", "1st", "a\x00"])
def test_a_trade_has_a_short_code_that_programs_can_rely_on(code):
    with pytest.raises(ShopInvalid):
        shops.clean_trade_code(code)
    with pytest.raises(TradeUnknown):
        shops.clean_shop(ShopWish(name="老王五金", trade_code=code))


def test_a_reason_is_needed_only_where_it_is_asked_for():
    assert shops.clean_reason("", required=False) == ""
    with pytest.raises(ShopReasonMissing):
        shops.clean_reason("  ")


@pytest.mark.parametrize("points", [0, -1, 1.0, 1.5, True, "12", "１２", 1_000_001, 2**63, None])
def test_an_offer_costs_a_whole_number_of_points(points):
    with pytest.raises(AmountInvalid):
        shops.clean_offer(OfferWish(name="剪发", points=points))


@pytest.mark.parametrize("limit", [0, -1, 1.5, True, "50", 32_001, 2**63])
def test_a_limit_is_a_whole_number_or_none(limit):
    with pytest.raises(ShopInvalid):
        shops.clean_limits({"payment_limit": limit})
    assert shops.clean_limits({"payment_limit": None, "day_limit": 5}) == {
        "payment_limit": None,
        "day_limit": 5,
    }


def test_a_month_of_full_days_fits_into_one_settlement():
    assert 31 * shops.MOST_A_DAY <= shops.LARGEST_AMOUNT


# --- status


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("wanted", STATUSES)
def test_the_status_machine_has_these_steps_and_no_others(status, wanted):
    steps = {
        ("applied", "active"),
        ("applied", "left"),
        ("active", "paused"),
        ("active", "left"),
        ("paused", "active"),
        ("paused", "left"),
        ("left", "active"),
    }
    if (status, wanted) in steps:
        shops.check_status_change(status, wanted)
    else:
        with pytest.raises(ShopStatusImpossible):
            shops.check_status_change(status, wanted)


# --- hours


@pytest.mark.parametrize(
    ("now", "state", "until"),
    [
        ("2026-11-18T08:59", "closed", "2026-11-18T09:00"),
        ("2026-11-18T09:00", "open", "2026-11-18T12:00"),
        ("2026-11-18T11:59", "open", "2026-11-18T12:00"),
        ("2026-11-18T12:00", "closed", "2026-11-18T13:00"),
        ("2026-11-18T19:00", "closed", "2026-11-19T09:00"),
        ("2026-11-22T12:00", "closed", "2026-11-23T09:00"),
    ],
)
def test_a_barber_is_open_from_the_first_minute_up_to_the_last(now, state, until):
    found = shops.opening(BARBER, at(now))
    assert (found.state, found.until) == (state, at(until))


@pytest.mark.parametrize(
    ("now", "state", "until"),
    [
        ("2026-11-18T23:30", "open", "2026-11-19T02:00"),
        ("2026-11-19T01:59", "open", "2026-11-19T02:00"),
        ("2026-11-19T02:00", "closed", "2026-11-19T18:00"),
        ("2026-12-31T23:59", "open", "2027-01-01T02:00"),
    ],
)
def test_a_night_that_goes_on_is_told_in_one_piece(now, state, until):
    found = shops.opening(BATHHOUSE, at(now))
    assert (found.state, found.until) == (state, at(until))


def test_a_shop_that_never_closes_has_no_closing_time_and_one_that_said_nothing_is_not_guessed_at():
    assert shops.opening([[[0, 1440]]] * 7, at("2026-11-18T03:00")) == shops.Opening("open")
    assert shops.opening([], at("2026-11-18T12:00")) == shops.Opening("unknown")
    assert shops.opening([[]] * 7, at("2026-11-18T12:00")) == shops.Opening("closed")


def test_a_shop_open_one_day_a_week_says_when_it_opens_again():
    sunday = [[]] * 6 + [[[540, 720]]]
    assert shops.opening(sunday, at("2026-11-22T12:00")).until == at("2026-11-29T09:00")


_days = st.lists(
    st.lists(st.integers(0, 1440), max_size=8, unique=True).map(
        lambda minutes: [
            list(pair) for pair in zip(sorted(minutes)[::2], sorted(minutes)[1::2], strict=False)
        ]
    ),
    min_size=7,
    max_size=7,
)


@given(_days, st.integers(0, 7 * 1440 - 1))
def test_whatever_the_hours_a_shop_is_open_exactly_within_them_and_changes_when_it_says(days, minute):
    hours = shops.clean_hours(days)
    now = at("2026-11-16T00:00") + timedelta(minutes=minute)
    day, within = divmod(minute, 1440)
    is_open = any(opens <= within < closes for opens, closes in hours[day])
    found = shops.opening(hours, now)
    assert (found.state == "open") == is_open
    if found.until is not None:
        assert found.until > now
        assert shops.opening(hours, found.until).state != found.state


@pytest.mark.parametrize(
    "hours",
    [
        [[[540, 720]]],
        [[[720, 540]]] + [[]] * 6,
        [[[540, 540]]] + [[]] * 6,
        [[[540, 1441]]] + [[]] * 6,
        [[[-1, 60]]] + [[]] * 6,
        [[[540, 720], [700, 800]]] + [[]] * 6,
        [[[540, 720], [720, 800]]] + [[]] * 6,
        [[[540]]] + [[]] * 6,
        [[[540.5, 720]]] + [[]] * 6,
        [[[True, 720]]] + [[]] * 6,
        [[[at, at + 1] for at in range(0, 50, 5)]] + [[]] * 6,
        [[]] * 8,
    ],
)
def test_hours_that_make_no_sense_are_refused(hours):
    with pytest.raises(ShopInvalid) as refusal:
        shops.clean_hours(hours)
    assert refusal.value.data["field"] == "hours"


# --- giving

LIMITS = giving.GiftLimits(gift=20, member_day=40, shop_day=100)


@pytest.mark.parametrize(
    ("points", "to_all", "to_member", "refusal", "left"),
    [
        (20, 80, 20, None, None),
        (21, 0, 0, GiftTooLarge, None),
        (20, 30, 21, GiftMemberDayLimit, 19),
        (20, 81, 0, GiftShopDayLimit, 19),
        (1, 150, 0, GiftShopDayLimit, 0),
    ],
)
def test_a_gift_stays_within_each_of_its_limits(points, to_all, to_member, refusal, left):
    given_today = giving.GivenToday(to_all, to_member)
    if refusal is None:
        giving.check_gift(points, LIMITS, given_today)
        return
    with pytest.raises(refusal) as raised:
        giving.check_gift(points, LIMITS, given_today)
    assert raised.value.data.get("left") == left


def test_a_deed_is_neither_of_tomorrow_nor_of_last_season():
    now = at("2026-11-18T10:00")
    assert giving.deed_time(None, now) == now
    assert giving.deed_time(now - timedelta(31), now) == now - timedelta(31)
    for wrong in (now + timedelta(seconds=1), now - timedelta(days=31, seconds=1)):
        with pytest.raises(DeedTimeInvalid):
            giving.deed_time(wrong, now)
