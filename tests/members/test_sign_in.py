"""Signing in with password and with one-time code: what is told, what is counted, what ends."""

import logging
from datetime import timedelta

import pytest

import members.queries
import members.service
from core.auth import SYSTEM
from core.errors import Forbidden
from members import rules
from members.errors import (
    MemberSuspended,
    OneTimeCodeTooOften,
    OneTimeCodeWrong,
    PasswordTooWeak,
    PhoneInvalid,
    PhoneTaken,
    SignInFailed,
    SignInTooOften,
)
from tests.support import members_builders as people
from tests.support.members_builders import PASSWORD

pytestmark = pytest.mark.usefixtures("clock")
HOME = "203.0.113.5"


def by_password(phone, password=PASSWORD, address=HOME):
    return members.service.sign_in_with_password(phone=phone, password=password, network_address=address)


def ask_for_code(phone, purpose="sign_in", address=HOME):
    members.service.request_one_time_code(
        phone=phone, purpose=purpose, network_address=address, language="en"
    )


def code_sent_to(phone):
    return next((each.code for each in members.queries.outbox() if each.phone == phone), None)


def by_code(phone, code, address=HOME):
    return members.service.sign_in_with_code(phone=phone, code=code, network_address=address)


def test_telephone_and_password_let_a_member_in(database_app):
    phone = people.fresh_phone()
    owner = people.member("王小芳", phone=phone, password=PASSWORD)
    user = by_password(f"  {phone[3:6]} {phone[6:10]} {phone[10:]} ")
    assert (user.id, user.name, user.status) == (owner.id, "王小芳", "active")
    assert "patrol.walk" in user.permissions


def test_wrong_password_and_unknown_telephone_get_the_same_answer(app):
    phone = people.fresh_phone()
    people.member(phone=phone, password=PASSWORD)
    without_password = people.fresh_phone()
    people.member(phone=without_password)
    for tried in (phone, people.fresh_phone(), without_password):
        with pytest.raises(SignInFailed) as failed:
            by_password(tried, "not the password")
        assert failed.value.data == {}


def test_an_unknown_telephone_costs_the_same_work_as_a_wrong_password(app, monkeypatch):
    worked = []
    real = members.service.signing_in.matches
    monkeypatch.setattr(members.service.signing_in, "matches", lambda *each: worked.append(1) or real(*each))
    with pytest.raises(SignInFailed):
        by_password(people.fresh_phone())
    assert worked == [1]


def test_a_telephone_is_closed_after_eight_wrong_passwords_until_its_quarter_of_an_hour_is_over(
    database_app, clock
):
    phone = people.fresh_phone()
    people.member(phone=phone, password=PASSWORD)
    for _ in range(8):
        with pytest.raises(SignInFailed):
            by_password(phone, "wrong password")
    with pytest.raises(SignInTooOften) as refused:
        by_password(phone)
    assert refused.value.data == {"retry_after": 900}
    clock.tick(minutes=15)
    assert by_password(phone).name == "王小芳"


def test_a_closed_telephone_does_not_close_another_one(app):
    victim, other = people.fresh_phone(), people.fresh_phone()
    people.member(phone=other, password=PASSWORD)
    for number in range(9):
        with pytest.raises((SignInFailed, SignInTooOften)):
            by_password(victim, "wrong password", address=f"203.0.113.{number}")
    assert by_password(other, address="203.0.113.77")


def test_a_success_forgets_the_failures_of_this_telephone(app):
    phone = people.fresh_phone()
    people.member(phone=phone, password=PASSWORD)
    for _ in range(3):
        for _ in range(7):
            with pytest.raises(SignInFailed):
                by_password(phone, "wrong password")
        assert by_password(phone)


def test_one_address_cannot_try_one_password_on_many_telephones(app):
    for _ in range(60):
        with pytest.raises(SignInFailed):
            by_password(people.fresh_phone())
    with pytest.raises(SignInTooOften):
        by_password(people.fresh_phone())


def test_right_passwords_and_codes_use_up_nothing_of_their_address(app, monkeypatch):
    monkeypatch.setitem(rules.LIMITS, "password_address", (3, timedelta(minutes=15)))
    monkeypatch.setitem(rules.LIMITS, "code_tried_address", (3, timedelta(hours=1)))
    phones = [people.fresh_phone() for _ in range(5)]
    for phone in phones:
        owner = people.member(phone=phone, password=PASSWORD)
        assert by_password(phone)
        ask_for_code(phone)
        assert by_code(phone, code_sent_to(phone))
        members.service.prove_oneself(people.actor(owner), password=PASSWORD, code=None, network_address=HOME)


def test_a_success_gives_no_more_guesses_than_its_own(app, monkeypatch):
    monkeypatch.setitem(rules.LIMITS, "password_address", (3, timedelta(minutes=15)))
    own = people.fresh_phone()
    people.member(phone=own, password=PASSWORD)
    for _ in range(2):
        with pytest.raises(SignInFailed):
            by_password(people.fresh_phone(), "wrong password")
        assert by_password(own)
    with pytest.raises(SignInFailed):
        by_password(people.fresh_phone(), "wrong password")
    with pytest.raises(SignInTooOften):
        by_password(own)


def test_a_suspended_member_is_told_so_only_after_the_right_password(app):
    phone = people.fresh_phone()
    owner = people.member(phone=phone, password=PASSWORD)
    members.service.suspend(SYSTEM, owner.id, "多次代刷")
    with pytest.raises(SignInFailed):
        by_password(phone, "wrong password")
    with pytest.raises(MemberSuspended):
        by_password(phone)


@pytest.mark.parametrize(
    "phone", ["", "12345", "+86 123", "1380013800x", "\x00", "\ud800", "9" * 10_000, "+0123456789"]
)
def test_what_is_no_telephone_is_said_to_be_none(app, phone):
    with pytest.raises(PhoneInvalid):
        by_password(phone)


@pytest.mark.parametrize("password", ["", "\x00", "\ud800", "x" * 100_000, "é" * 200])
def test_odd_passwords_are_simply_wrong(app, password):
    phone = people.fresh_phone()
    people.member(phone=phone, password=PASSWORD)
    with pytest.raises(SignInFailed):
        by_password(phone, password)


# --- one-time codes


def test_a_code_sent_to_the_telephone_lets_a_member_in_once(database_app):
    phone = people.fresh_phone()
    owner = people.member(phone=phone)
    ask_for_code(phone)
    code = code_sent_to(phone)
    assert len(code) == 6
    assert code.isdigit()
    assert by_code(phone, f"{code[:3]} {code[3:]}").id == owner.id
    with pytest.raises(OneTimeCodeWrong):
        by_code(phone, code)


def test_a_code_ends_after_five_minutes(app, clock):
    phone = people.fresh_phone()
    people.member(phone=phone)
    ask_for_code(phone)
    clock.tick(minutes=5)
    with pytest.raises(OneTimeCodeWrong):
        by_code(phone, code_sent_to(phone))


def test_a_code_ends_after_five_wrong_tries(database_app):
    phone = people.fresh_phone()
    people.member(phone=phone)
    ask_for_code(phone)
    code = code_sent_to(phone)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for _ in range(5):
        with pytest.raises(OneTimeCodeWrong):
            by_code(phone, wrong)
    with pytest.raises(OneTimeCodeWrong):
        by_code(phone, code)


def test_the_fifth_try_still_counts(app):
    phone = people.fresh_phone()
    people.member(phone=phone)
    ask_for_code(phone)
    code = code_sent_to(phone)
    for _ in range(4):
        with pytest.raises(OneTimeCodeWrong):
            by_code(phone, "not a code")
    assert by_code(phone, code)


def test_a_newer_code_ends_the_older_one(app):
    phone = people.fresh_phone()
    people.member(phone=phone)
    ask_for_code(phone)
    first = code_sent_to(phone)
    ask_for_code(phone)
    second = code_sent_to(phone)
    if first != second:
        with pytest.raises(OneTimeCodeWrong):
            by_code(phone, first)
    assert by_code(phone, second)


def test_a_code_for_another_purpose_does_not_sign_in(app):
    phone = people.fresh_phone()
    people.member(phone=phone)
    ask_for_code(phone, purpose="password")
    with pytest.raises(OneTimeCodeWrong):
        by_code(phone, code_sent_to(phone))


def test_no_message_goes_to_strangers_and_they_cannot_tell(app):
    phone = people.fresh_phone()
    assert ask_for_code(phone) is None
    assert code_sent_to(phone) is None
    with pytest.raises(OneTimeCodeWrong):
        by_code(phone, "123456")


def test_a_telephone_gets_five_messages_an_hour(app, clock):
    phone = people.fresh_phone()
    people.member(phone=phone)
    for _ in range(5):
        ask_for_code(phone)
    with pytest.raises(OneTimeCodeTooOften) as refused:
        ask_for_code(phone)
    assert 0 < refused.value.data["retry_after"] <= 3600
    clock.tick(hours=1)
    ask_for_code(phone)


def test_an_address_asks_for_thirty_messages_an_hour(app):
    for _ in range(30):
        ask_for_code(people.fresh_phone())
    with pytest.raises(OneTimeCodeTooOften):
        ask_for_code(people.fresh_phone())


def test_neither_code_nor_telephone_stand_in_the_log(app, caplog):
    phone = people.fresh_phone()
    people.member(phone=phone)
    with caplog.at_level(logging.DEBUG):
        ask_for_code(phone)
    said = " ".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert "outbox" in said
    assert code_sent_to(phone) not in said
    assert phone[3:] not in said


def test_the_database_keeps_no_one_time_code(app):
    phone = people.fresh_phone()
    people.member(phone=phone)
    ask_for_code(phone)
    row = members.service.signing_in.db.session.query(members.service.signing_in.OneTimeCode).one()
    assert code_sent_to(phone) not in f"{row.code_digest}{row.phone_digest}"[:12]
    assert phone not in row.phone_digest


def test_another_sender_can_be_plugged_in(app):
    sent = []

    class Pigeon:
        def send(self, phone, code, purpose, language):
            sent.append((phone, code, purpose, language))

    before = members.service.sender()
    members.service.use_sender(Pigeon())
    try:
        phone = people.fresh_phone()
        people.member(phone=phone)
        ask_for_code(phone)
        assert by_code(phone, sent[0][1])
        assert sent == [(phone, sent[0][1], "sign_in", "zh_Hans_CN")]
    finally:
        members.service.use_sender(before)


# --- passwords and telephones of one's own


def change_password(actor, password, **how):
    how = {"current": None, "code": None, "network_address": HOME} | how
    return members.service.change_password(actor, password=password, **how)


def test_a_password_is_changed_by_who_knows_the_present_one_and_ends_all_sessions(app):
    phone = people.fresh_phone()
    owner = people.member(phone=phone, password=PASSWORD)
    before = by_password(phone).get_id()
    user = change_password(people.actor(owner), "a much better one", current=PASSWORD)
    assert members.queries.load_session(before) is None
    assert members.queries.load_session(user.get_id()).id == owner.id
    assert by_password(phone, "a much better one")
    with pytest.raises(SignInFailed):
        by_password(phone)


def test_a_forgotten_password_is_replaced_with_a_code(app):
    phone = people.fresh_phone()
    owner = people.member(phone=phone, password=PASSWORD)
    ask_for_code(phone, purpose="password")
    change_password(people.actor(owner), "a much better one", code=code_sent_to(phone))
    assert by_password(phone, "a much better one")


def test_nobody_sets_a_password_without_proof(app):
    owner = people.member()
    with pytest.raises(SignInFailed):
        change_password(people.actor(owner), "a much better one")
    with pytest.raises(SignInFailed):
        change_password(people.actor(owner), "a much better one", current="")


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short", "too_short"),
        ("12345678", "guessable"),
        ("88888888", "guessable"),
        ("qwertyuiop", "guessable"),
        ("password123", "guessable"),
        ("x" * 129, "too_long"),
        ("with\x00nothing", "characters"),
        ("half a \ud800 sign", "characters"),
    ],
)
def test_weak_passwords_are_refused_with_a_reason(app, password, reason):
    with pytest.raises(PasswordTooWeak) as refused:
        people.member(password=password)
    assert refused.value.data["reason"] == reason


def test_a_helper_cannot_change_the_password_of_whom_he_helps(app):
    helper = people.actor(people.member("儿子", password=PASSWORD))
    acting = members.queries.actor_for(members.service.act_for(helper, people.managed(helper).id))
    with pytest.raises(Forbidden):
        change_password(acting, "a much better one", current=PASSWORD)


def test_a_member_moves_to_a_telephone_at_which_he_got_a_code(app):
    old, new = people.fresh_phone(), people.fresh_phone()
    owner = people.member(phone=old, password=PASSWORD)
    ask_for_code(new, purpose="phone")
    code = code_sent_to(new)
    members.service.change_phone(people.actor(owner), phone=new, code=code, network_address=HOME)
    assert by_password(new).id == owner.id
    with pytest.raises(SignInFailed):
        by_password(old)


def test_two_members_do_not_share_a_telephone(database_app):
    taken = people.fresh_phone()
    people.member(phone=taken)
    owner = people.member("陈大勇")
    with pytest.raises(PhoneTaken):
        people.member("第三人", phone=taken)
    with pytest.raises(PhoneTaken):
        members.service.correct_phone(people.staff(), owner.id, taken)
    assert members.queries.search(taken).items[0].name == "王小芳"
