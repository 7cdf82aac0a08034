"""Pure decisions: who may do what, what a number, name, telephone or PIN may be, which status follows."""

import random
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members import rules, secret_rules
from members.errors import (
    AreaLevelWrong,
    LeaveDateInvalid,
    MemberLeft,
    MemberNotAdmitted,
    MemberOnLeave,
    MemberSuspended,
    NameInvalid,
    PhoneInvalid,
    PinTooWeak,
    StatusChangeImpossible,
)

# --- permissions

#: The role table once more, written out by hand: a change of the real one has to be made here too, on purpose.
HOLDERS = {
    "self.read": "volunteer resident clerk coordinator auditor administrator",
    "self.write": "volunteer resident clerk coordinator auditor administrator",
    "board.read": "volunteer resident clerk coordinator auditor administrator",
    "tariff.read": "volunteer resident clerk coordinator auditor administrator",
    "scan.send": "volunteer resident clerk coordinator auditor administrator",
    "shop.read": "volunteer resident clerk coordinator auditor administrator",
    "shop.pay": "volunteer resident clerk coordinator auditor administrator",
    "shop.apply": "volunteer resident clerk coordinator auditor administrator",
    "counter.use": "volunteer resident clerk coordinator auditor administrator",
    "reward.read": "volunteer resident clerk coordinator auditor administrator",
    "reward.redeem": "volunteer resident clerk coordinator auditor administrator",
    "patrol.walk": "volunteer coordinator administrator",
    "route.read": "volunteer coordinator auditor administrator",
    "place.read": "coordinator auditor administrator",
    "desk.read": "coordinator auditor administrator",
    "round.manage": "coordinator administrator",
    "route.manage": "coordinator administrator",
    "checkpoint.manage": "coordinator administrator",
    "award.give": "coordinator administrator",
    "award.withdraw": "coordinator administrator",
    "award.second": "coordinator administrator",
    "award.read": "coordinator auditor administrator",
    "goal.read": "coordinator auditor administrator",
    "member.read": "coordinator auditor administrator",
    "member.manage": "coordinator administrator",
    "member.import": "coordinator administrator",
    "member.export": "coordinator administrator",
    "member.endorse": "volunteer resident clerk coordinator auditor administrator",
    "member.merge": "coordinator administrator",
    "member.merge_second": "coordinator administrator",
    "card.issue": "coordinator administrator",
    "squad.manage": "coordinator administrator",
    "squad.read": "coordinator auditor administrator",
    "area.manage": "coordinator administrator",
    "ledger.read": "coordinator auditor administrator",
    "wall.read": "coordinator auditor administrator",
    "activity.show": "coordinator administrator",
    "shop.manage": "coordinator administrator",
    "shop.audit": "coordinator auditor administrator",
    "charge.judge": "coordinator administrator",
    "scan.judge": "coordinator administrator",
    "settlement.read": "coordinator auditor administrator",
    "settlement.manage": "coordinator administrator",
    "reward.manage": "coordinator administrator",
    "voucher.hand_over": "coordinator administrator",
    "voucher.take_back": "coordinator administrator",
    "stock.read": "coordinator auditor administrator",
    "bill.take": "coordinator administrator",
    "bill.read": "coordinator auditor administrator",
    "home.read": "coordinator auditor administrator",
    "report.read": "coordinator auditor administrator",
    "report.handle": "coordinator administrator",
    "letter.issue": "coordinator administrator",
    "notice.write": "coordinator administrator",
    "honour.give": "coordinator administrator",
    "letter.read": "coordinator auditor administrator",
    "activity.attend": "volunteer resident clerk coordinator auditor administrator",
    "activity.manage": "coordinator administrator",
    "goal.manage": "coordinator administrator",
    "activity.read": "coordinator auditor administrator",
    "notice.read": "volunteer resident clerk coordinator auditor administrator",
    "report.write": "volunteer resident clerk coordinator auditor administrator",
    "audit.read": "auditor administrator",
    "tariff.manage": "administrator",
    "tariff.audit": "auditor administrator",
    "device.manage": "administrator",
    "device.read": "auditor administrator",
    "role.manage": "administrator",
}


@pytest.mark.parametrize("role", rules.ROLES)
@pytest.mark.parametrize("permission", sorted(rules.PERMISSIONS))
def test_each_role_holds_what_the_table_says(role, permission):
    held = permission in rules.permissions_of([role], "active")
    assert held == (role in HOLDERS[permission].split())


def test_no_permission_is_forgotten_in_the_matrix():
    assert set(HOLDERS) == rules.PERMISSIONS


@pytest.mark.parametrize("role", rules.ROLES)
@pytest.mark.parametrize("status", ["suspended", "left"])
def test_who_is_suspended_or_gone_may_do_nothing(role, status):
    assert rules.permissions_of([role], status) == frozenset()


@pytest.mark.parametrize("role", rules.ROLES)
@pytest.mark.parametrize("status", ["applied", "on_leave"])
def test_staff_rights_rest_while_the_member_waits_or_is_on_leave(role, status):
    assert rules.permissions_of([role], status) == rules.ROLE_PERMISSIONS["volunteer"]


def test_a_till_takes_points_for_any_member_and_gains_no_other_right():
    held = rules.device_permissions(["charge.take"], ["resident"], "active")
    assert held == {"charge.take", "counter.use", "shop.read", "scan.send"}
    assert rules.device_permissions(["charge.take"], ["resident"], "on_leave") == held
    assert rules.device_permissions(["charge.take"], ["coordinator"], "suspended") == frozenset()
    assert rules.device_permissions(["counter.use"], ["coordinator"], "active") == frozenset()


def test_a_helper_does_not_stand_at_the_counter_in_the_name_of_another():
    held = rules.permissions_for_helper(rules.permissions_of(["clerk"], "active"))
    assert "counter.use" not in held
    assert {"shop.pay", "reward.redeem"} <= held


def test_staff_are_managed_by_administrators_only():
    coordinator, administrator = (
        rules.permissions_of([role], "active") for role in ("coordinator", "administrator")
    )
    assert not rules.outranks(["volunteer", "clerk"], coordinator)
    assert rules.outranks(["coordinator"], coordinator)
    assert rules.outranks(["administrator"], coordinator)
    assert rules.outranks(["auditor"], coordinator)
    assert not rules.outranks(["auditor", "administrator"], administrator)
    assert not rules.outranks([], frozenset())


# --- status


@pytest.mark.parametrize("status", rules.STATUSES)
@pytest.mark.parametrize("wanted", rules.STATUSES)
def test_the_status_machine_has_these_steps_and_no_others(status, wanted):
    steps = {
        ("applied", "active"),
        ("applied", "left"),
        ("active", "on_leave"),
        ("active", "suspended"),
        ("active", "left"),
        ("on_leave", "active"),
        ("on_leave", "suspended"),
        ("on_leave", "left"),
        ("suspended", "active"),
        ("suspended", "left"),
        ("left", "active"),
    }
    if (status, wanted) in steps:
        rules.check_status_change(status, wanted)
    else:
        with pytest.raises(StatusChangeImpossible):
            rules.check_status_change(status, wanted)


TODAY = date(2026, 11, 18)


@pytest.mark.parametrize(
    ("until", "status"),
    [
        (None, "on_leave"),
        (TODAY, "on_leave"),
        (TODAY + timedelta(1), "on_leave"),
        (TODAY - timedelta(1), "active"),
    ],
)
def test_leave_lasts_through_its_last_day(until, status):
    assert rules.effective_status("on_leave", until, TODAY) == status


@pytest.mark.parametrize("days", [-1, 0, 367, 3_000_000 // 366])
def test_leave_ends_within_a_year_from_now(days):
    with pytest.raises(LeaveDateInvalid):
        rules.check_leave(TODAY + timedelta(days), TODAY)


@pytest.mark.parametrize("days", [1, 30, 366])
def test_leave_may_last_up_to_a_year(days):
    rules.check_leave(TODAY + timedelta(days), TODAY)


@pytest.mark.parametrize(
    ("status", "refusal"),
    [
        ("applied", MemberNotAdmitted),
        ("on_leave", MemberOnLeave),
        ("suspended", MemberSuspended),
        ("left", MemberLeft),
    ],
)
def test_only_the_active_earn(status, refusal):
    class Facts:
        def __init__(self, status):
            self.status = status

    with pytest.raises(refusal):
        rules.require_active(Facts(status))
    rules.require_active(Facts("active"))


# --- numbers


def test_damms_own_example():
    assert rules.check_digit("572") == "4"


def test_a_number_is_read_out_in_two_groups():
    number = rules.member_number(100_234)
    assert rules.spoken_number(number) == f"1002 34{number % 10}"


@given(st.integers(min_value=100_001, max_value=99_999_999))
def test_every_wrong_digit_and_every_swap_of_neighbours_is_seen(running):
    digits = str(rules.member_number(running))
    assert rules.read_number(digits) == int(digits)
    place = random.randrange(len(digits))
    wrong = str((int(digits[place]) + random.randint(1, 9)) % 10)
    assert rules.read_number(digits[:place] + wrong + digits[place + 1 :]) is None
    for first in range(len(digits) - 1):
        swapped = digits[:first] + digits[first + 1] + digits[first] + digits[first + 2 :]
        assert swapped == digits or rules.read_number(swapped) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "-5724",
        "５７２４x",
        "5724.0",
        "1e9",
        "0000",
        "5" * 10_000,
        "\x00",
        "\ud800",
        "true",
        str(2**63),
    ],
)
def test_what_is_no_number_is_none(text):
    assert rules.read_number(text) is None


def test_numbers_are_understood_with_spaces_and_in_full_width():
    assert rules.read_number(" 57 24 ") == rules.read_number("５７２４") == 5724


# --- names and telephones


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" 王  小芳 ", "王 小芳"),
        ("Zoe\u0308", "Zoë"),
        ("阿依古丽·买买提", "阿依古丽·买买提"),
        ("𠮷野", "𠮷野"),
        ("O'Neil-Smith", "O'Neil-Smith"),
        ("王\u3000芳", "王 芳"),
        ("=1+1", "=1+1"),
        ("名" * 60, "名" * 60),
    ],
)
def test_names_are_kept_as_people_write_them(typed, kept):
    assert rules.clean_name(typed) == kept


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "empty"),
        ("  \n ", "empty"),
        ("   ", "empty"),
        ("王芳\n李梅", "characters"),
        ("王芳\r李梅", "characters"),
        ("王芳\u2028李梅", "characters"),
        ("王👨\u200d👩", "characters"),
        ("王\x00芳", "characters"),
        ("王\u202e芳", "characters"),
        ("王\u200f芳", "characters"),
        ("王\u200b芳", "characters"),
        ("王\ud800芳", "characters"),
        ("王\ue000芳", "characters"),
        ("---", "characters"),
        ("🙂", "characters"),
        ("名" * 61, "too_long"),
        ("名" * 10_000, "too_long"),
        ("a" + "\u0301" * 10_000, "too_long"),
    ],
)
def test_names_that_nobody_has_are_refused_with_a_reason(typed, reason):
    with pytest.raises(NameInvalid) as refused:
        rules.clean_name(typed)
    assert refused.value.data["reason"] == reason


@given(st.text(max_size=80))
def test_no_text_breaks_the_rule_for_names(text):
    try:
        clean = rules.clean_name(text)
    except NameInvalid:
        return
    assert 0 < len(clean) <= 60
    assert rules.clean_name(clean) == clean
    clean.encode()


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("王芳", "王*"),
        ("王小芳", "王*芳"),
        ("欧阳小芳", "欧**芳"),
        ("芳", "*"),
        ("Alexandra Smith", "A***h"),
        ("", "*"),
    ],
)
def test_names_are_masked_in_the_middle(name, masked):
    assert rules.masked_name(name) == masked


@pytest.mark.parametrize(
    "typed",
    [
        "13800138000",
        "138 0013 8000",
        "138-0013-8000",
        "+86 138 0013 8000",
        "8613800138000",
        "0086 13800138000",
        "１３８００１３８０００",
    ],
)
def test_a_chinese_mobile_number_is_understood_however_it_is_written(typed):
    assert rules.clean_phone(typed) == "+8613800138000"


def test_a_foreign_number_needs_its_country():
    assert rules.clean_phone("+44 7700 900123") == "+447700900123"
    with pytest.raises(PhoneInvalid):
        rules.clean_phone("07700 900123")


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "12345678901",
        "1380013800",
        "138001380000",
        "+8612345678901",
        "+0",
        "phone",
        "+1234567890123456",
        "1380013800٣",
    ],
)
def test_what_cannot_get_a_message_is_refused(typed):
    with pytest.raises(PhoneInvalid):
        rules.clean_phone(typed)


def test_a_telephone_is_shown_by_its_end_only():
    assert rules.masked_phone("+8613800138000") == "•••• 8000"


@pytest.mark.parametrize(
    "pin", ["", "739", "7392640", "７３９２", "12a456", "-7392", "7392 ", "7392\n", "٧٣٩٢"]
)
def test_a_pin_has_four_to_six_digits(pin):
    with pytest.raises(PinTooWeak) as refused:
        secret_rules.clean_pin(pin)
    assert refused.value.data == {"field": "pin", "reason": "digits"}


@pytest.mark.parametrize(
    "pin",
    [
        *("0000", "1111", "111111", "1212", "121212", "147147", "1234", "12345", "123456", "4321", "654321"),
        *("2580", "159357"),
        # years and birthdays: 1958, 3 August, 8 March, 1958-08, 58-08-03, 03-08-58
        *("1958", "2008", "0803", "3108", "195808", "580803", "030858"),
        # the end of the own telephone; a part of the number on the card
        *("8642", "38642", "0037", "2003"),
    ],
)
def test_pins_that_others_would_guess_are_refused(pin):
    with pytest.raises(PinTooWeak) as refused:
        secret_rules.clean_pin(pin, phone="+8613800138642", number=1002003711)
    assert refused.value.data == {"field": "pin", "reason": "guessable"}


@pytest.mark.parametrize("pin", ["7392", "73926", "739264"])
def test_an_ordinary_pin_is_taken(pin):
    assert secret_rules.clean_pin(pin, phone="+8613800138642", number=1002003711) == pin


# --- areas


@pytest.mark.parametrize(
    ("level", "parent"),
    [("station", None), ("community", "station"), ("grid", "community"), ("estate", "grid")],
)
def test_each_level_stands_below_the_one_above(level, parent):
    rules.check_area_level(level, parent)
    for wrong in {None, *rules.AREA_LEVELS} - {parent}:
        with pytest.raises(AreaLevelWrong):
            rules.check_area_level(level, wrong)
