"""What a code is, how long it lives, and that nothing but a genuine code is ever read as one."""

import hmac
import string
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import codes
from core.codes import ALPHABET, Code, Keyring, Kind
from core.errors import DomainError

BASE_URL = "https://zylm.example.cn"
NOON = datetime(2026, 11, 18, 4, 0, tzinfo=UTC)
SQUARE = UUID("0198f3a0-0000-7000-8000-000000000001")

OLD_KEY = ("7", b"an old key of thirty-two bytes..")
NEW_KEY = ("8", b"a new key of thirty-two bytes...")
RING = Keyring(signing=(OLD_KEY,), print_key=b"the print key, never to change..")
DURING_CHANGE = Keyring(signing=(NEW_KEY, OLD_KEY), print_key=RING.print_key)
AFTER_CHANGE = Keyring(signing=(NEW_KEY,), print_key=RING.print_key)
STRANGERS_RING = Keyring(
    signing=(("7", b"a stranger's key of 32 bytes...."),), print_key=b"a stranger's print key, 32 bytes"
)

PRINTED = (Kind.CHECKPOINT, Kind.SHOP, Kind.CARD, Kind.ORDER, Kind.VOUCHER, Kind.LETTER)
RANDOM = (Kind.ORDER, Kind.VOUCHER, Kind.JOIN)

times = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds have no zone
handles = st.integers(0, 2**32 - 1)
member_numbers = st.integers(0, 2**30 - 1)


def one_of(kind: Kind, at: datetime = NOON) -> Code:
    if kind in PRINTED:
        return codes.printed_code(RING, kind, SQUARE, 1)
    if kind is Kind.ACTIVITY:
        return codes.activity_code(RING, 424_242, at)
    if kind is Kind.PHONE:
        return codes.phone_code(RING, 1_002_347, at)
    return codes.random_code(kind)


def refusal(text: str) -> str:
    with pytest.raises(DomainError) as refused:
        codes.parse(text, BASE_URL)
    return refused.value.code


def read(code: Code, at: datetime = NOON, ring: Keyring = RING) -> object:
    """Reads a changing code as far as it can be read without the database."""
    return (codes.read_activity_code if code.kind is Kind.ACTIVITY else codes.read_phone_code)(ring, code, at)


# ------------------------------------------------------------------------------------------ grammar


def test_the_alphabet_has_no_look_alikes():
    assert set(ALPHABET) == set(string.digits + string.ascii_uppercase) - set("0O1IL")


@pytest.mark.parametrize(("kind", "characters"), [
    (Kind.CHECKPOINT, 14), (Kind.SHOP, 14), (Kind.JOIN, 14), (Kind.CARD, 20), (Kind.ORDER, 20),
    (Kind.VOUCHER, 29), (Kind.ACTIVITY, 28), (Kind.PHONE, 34), (Kind.LETTER, 20),
])  # fmt: skip
def test_a_code_begins_with_its_kind_and_has_a_fixed_length(kind, characters):
    text = one_of(kind).text
    assert text[0] == kind.value
    assert len(text) == characters == codes.length(kind)
    assert set(text[1:]) <= set(ALPHABET)


@pytest.mark.parametrize(
    ("kind", "bits"), [("C", 50), ("S", 50), ("J", 50), ("M", 80), ("O", 80), ("V", 128), ("L", 80)]
)
def test_a_code_that_holds_nothing_is_long_enough_not_to_be_guessed(kind, bits):
    symbols = codes.length(Kind(kind)) - 1 - codes.CHECK_SYMBOLS
    assert 31**symbols >= 2**bits


@pytest.mark.parametrize("kind", Kind)
def test_a_code_is_read_back_however_it_is_typed(kind):
    code = one_of(kind)
    spoken = codes.grouped(code)
    for typed in (
        code.text,
        code.text.lower(),
        spoken,
        spoken.lower(),
        spoken.replace(" ", "-"),
        f"  {spoken}\r\n",
        spoken.translate({ord(" "): "\u3000", **{byte: byte + 0xFEE0 for byte in range(0x21, 0x7F)}}),
    ):
        assert codes.parse(typed, BASE_URL) == code


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("base_url", [
    BASE_URL, BASE_URL + "/", "http://localhost:8000", "https://example.cn/zylm", "https://10.0.0.7:8443",
    "https://正义联盟.example.cn",
])  # fmt: skip
def test_an_address_of_ours_is_read_back(kind, base_url):
    code = one_of(kind)
    address = codes.address(base_url, code)
    without_scheme = address.partition("://")[2]
    for text in (address, address.upper(), address.lower(), without_scheme, f" {address}\n"):
        assert codes.parse(text, base_url) == code


def test_a_plate_printed_before_the_house_had_https_is_still_read():
    code = one_of(Kind.CHECKPOINT)
    assert codes.parse(codes.address("http://zylm.example.cn", code), BASE_URL) == code


def test_an_order_whose_letter_was_taken_for_a_zero_is_read():
    code = one_of(Kind.ORDER)
    assert codes.parse("0" + code.text[1:], BASE_URL) == code


@pytest.mark.parametrize("kind", Kind)
def test_only_a_code_that_is_worth_nothing_in_a_log_stands_in_the_path(kind):
    code = one_of(kind)
    path, sign, fragment = codes.address(BASE_URL, code).partition("#")
    if kind.value in "CASJL":
        assert (path, sign) == (f"{BASE_URL}/q/{code.text}", "")
    else:
        assert (path, fragment) == (f"{BASE_URL}/q", code.text)
    assert kind.bearer is (kind.value in "MPOV")


def test_a_code_is_read_out_in_groups_of_four():
    assert codes.grouped(Code(Kind.CHECKPOINT, "C7K4M9QX2PRTAB")) == "C7K4 M9QX 2PRT AB"


def test_the_text_of_a_code_and_the_keys_stay_out_of_logs():
    code = one_of(Kind.CARD)
    assert code.text not in f"{code} {code!r}"
    assert "print key" not in repr(RING)
    assert "old key" not in repr(RING)


# ------------------------------------------------------------------------------------------ slips of the finger


def mistakes_at(text: str, place: int) -> list[str]:
    """The text with the character at `place` replaced by every other one that a person might type."""
    others = set(string.ascii_uppercase + string.digits) - {text[place]}
    return [text[:place] + other + text[place + 1 :] for other in sorted(others)]


@pytest.mark.parametrize("kind", [*PRINTED, *RANDOM])
def test_every_single_wrong_character_is_seen(kind):
    text = one_of(kind).text
    for place in range(1, len(text)):
        for wrong in mistakes_at(text, place):
            assert refusal(wrong) == "code_mistyped", wrong


@pytest.mark.parametrize("kind", [*PRINTED, *RANDOM])
def test_a_code_with_another_kind_letter_is_not_a_code(kind):
    text = one_of(kind).text
    for wrong in mistakes_at(text, 0):
        if kind is Kind.ORDER and wrong[0] == "0":
            continue  # read as the letter that was meant
        assert refusal(wrong) in {"code_mistyped", "code_malformed"}


@pytest.mark.parametrize("kind", [*PRINTED, *RANDOM])
def test_every_swap_of_two_characters_is_seen(kind):
    text = one_of(kind).text
    for first in range(1, len(text)):
        for second in range(first + 1, len(text)):
            if text[first] != text[second]:
                swapped = list(text)
                swapped[first], swapped[second] = text[second], text[first]
                assert refusal("".join(swapped)) == "code_mistyped"


def test_any_two_wrong_characters_on_a_plate_are_seen():
    text = one_of(Kind.CHECKPOINT).text
    tried = 0
    for first in range(1, len(text)):
        for second in range(first + 1, len(text)):
            for one in ALPHABET.replace(text[first], ""):
                for other in ALPHABET.replace(text[second], ""):
                    wrong = text[:first] + one + text[first + 1 : second] + other + text[second + 1 :]
                    tried += 1
                    assert not codes._check_fits(Kind.CHECKPOINT, wrong[1:])
    assert tried == 78 * 900


@given(st.data(), st.sampled_from([Kind.CARD, Kind.VOUCHER, Kind.ORDER]))
def test_any_two_wrong_characters_of_a_longer_code_are_seen(data, kind):
    text = one_of(kind).text
    places = data.draw(st.lists(st.integers(1, len(text) - 1), min_size=2, max_size=2, unique=True))
    wrong = list(text)
    for place in places:
        wrong[place] = data.draw(st.sampled_from(ALPHABET.replace(text[place], "")))
    assert refusal("".join(wrong)) == "code_mistyped"


def test_a_forgotten_or_a_doubled_character_is_called_a_slip():
    text = one_of(Kind.CHECKPOINT).text
    with pytest.raises(codes.CodeMistyped) as refused:
        codes.parse(text[:5] + text[6:], BASE_URL)
    assert refused.value.data == {"field": "code", "length": 13, "expected": 14}
    assert refusal(text[:5] + text[4:]) == "code_mistyped"
    assert refusal(text[:5] + text[2:]) == "code_malformed"


# ------------------------------------------------------------------------------------------ printed codes


@pytest.mark.parametrize("kind", PRINTED)
def test_a_plate_or_card_can_be_printed_again_with_the_same_code(kind):
    again = Keyring(signing=(NEW_KEY,), print_key=RING.print_key)
    assert codes.printed_code(RING, kind, SQUARE, 3) == codes.printed_code(again, kind, SQUARE, 3)


def test_printed_codes_stay_the_same_from_version_to_version():
    """They hang on walls: if this test fails, every plate and card of every alliance is void."""
    assert [codes.printed_code(RING, kind, SQUARE, 1).text for kind in PRINTED[:3]] == [
        "CRFSCZH3JSZV57", "SKWUU6C7N2MYX8", "MRV57SVVF986AGAN9BAE"
    ]  # fmt: skip
    assert (
        codes.digest(RING, codes.printed_code(RING, Kind.CARD, SQUARE, 1))
        == "28d576911549ae19e49e14773a9668677fd765e8d6bccd45464d89fbc6749073"
    )


@given(st.uuids(), st.uuids(), st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1), st.sampled_from(PRINTED))
def test_another_subject_generation_or_kind_has_another_code(subject, other_subject, generation, other, kind):
    def texts(*which):
        return {codes.printed_code(RING, kind, each, number).text[1:] for each, number in which}

    different = {(subject, generation), (other_subject, generation), (subject, other)}
    assert len(texts(*different)) == len(different)
    assert len({codes.printed_code(RING, each, subject, generation).text[1:12] for each in PRINTED}) == len(
        PRINTED
    )


def test_nobody_without_the_print_key_can_make_a_plate():
    theirs = codes.printed_code(STRANGERS_RING, Kind.CHECKPOINT, SQUARE, 1)
    assert theirs != codes.printed_code(RING, Kind.CHECKPOINT, SQUARE, 1)


def test_the_database_keeps_a_digest_that_needs_the_key_and_does_not_contain_the_code():
    code = one_of(Kind.CARD)
    kept = codes.digest(RING, code)
    assert len(kept) == 64
    assert code.text.lower() not in kept
    assert kept == codes.digest(AFTER_CHANGE, code)
    assert kept != codes.digest(STRANGERS_RING, code)


def test_random_codes_are_never_alike():
    for kind in RANDOM:
        assert len({codes.random_code(kind) for _ in range(2000)}) == 2000


def test_random_codes_use_every_symbol_in_every_place():
    drawn = [codes.random_code(Kind.VOUCHER).text for _ in range(2000)]
    for place in range(1, len(drawn[0])):
        assert {text[place] for text in drawn} == set(ALPHABET)


@pytest.mark.parametrize("kind", Kind)
def test_a_kind_is_made_in_its_own_way_only(kind):
    if kind not in PRINTED:
        with pytest.raises(ValueError, match="not a printed kind"):
            codes.printed_code(RING, kind, SQUARE, 1)
    if kind not in RANDOM:
        with pytest.raises(ValueError, match="not a random kind"):
            codes.random_code(kind)


# ------------------------------------------------------------------------------------------ changing codes


@given(handles, times)
def test_an_activity_code_gives_back_its_handle(handle, at):
    code = codes.parse(codes.activity_code(RING, handle, at).text, BASE_URL)
    assert codes.read_activity_code(RING, code, at) == handle


@given(member_numbers, times)
def test_a_phone_code_gives_back_the_member_and_a_digest_to_spend(number, at):
    code = codes.parse(codes.phone_code(RING, number, at).text, BASE_URL)
    assert codes.read_phone_code(RING, code, at) == (number, codes.digest(RING, code))


@pytest.mark.parametrize(("kind", "seconds"), [(Kind.ACTIVITY, 15), (Kind.PHONE, 30)])
def test_a_changing_code_lives_for_its_step_and_one_more(kind, seconds):
    code = one_of(kind, NOON)
    end = 2 * seconds
    for age in (0, 1, seconds - 1, seconds, end - 1):
        read(code, NOON + timedelta(seconds=age))
    for age in (-1, -86_400, end, end + 1, 3600, 86_400, 5 * 86_400):
        with pytest.raises(codes.CodeExpired):
            read(code, NOON + timedelta(seconds=age))


@pytest.mark.parametrize(("kind", "seconds"), [(Kind.ACTIVITY, 15), (Kind.PHONE, 30)])
def test_an_old_code_does_not_come_to_life_again_when_its_short_step_does(kind, seconds):
    code = one_of(kind, NOON)
    for turns in (1, 2, 100):
        for step in (0, 1):
            with pytest.raises(codes.CodeUnknown):
                read(code, NOON + timedelta(seconds=seconds * (turns * 2**16 + step)))


@given(times, st.sampled_from([Kind.ACTIVITY, Kind.PHONE]))
def test_the_lifetime_that_a_screen_is_told_is_the_one_that_is_kept(at, kind):
    renew_at, valid_until = codes.lifetime(kind, at)
    code = one_of(kind, at)
    instant = timedelta(microseconds=1)
    assert at < renew_at < valid_until
    read(code, valid_until - instant)
    with pytest.raises(codes.CodeExpired):
        read(code, valid_until)
    assert codes.lifetime(kind, renew_at - instant) == (renew_at, valid_until)
    assert codes.lifetime(kind, renew_at).renew_at == valid_until


@pytest.mark.parametrize("kind", [Kind.ACTIVITY, Kind.PHONE])
def test_a_changed_character_never_gives_another_member_or_round(kind):
    text = one_of(kind).text
    for place in range(1, len(text)):
        for wrong in mistakes_at(text, place):
            try:
                code = codes.parse(wrong, BASE_URL)
            except codes.CodeMistyped:
                assert wrong[place] in "0O1IL"
                continue
            with pytest.raises(codes.CodeUnknown):
                read(code)


@given(st.data(), st.sampled_from([Kind.ACTIVITY, Kind.PHONE]))
def test_several_changed_characters_never_give_another_member_or_round(data, kind):
    text = one_of(kind).text
    wrong = kind.value + data.draw(st.text(ALPHABET, min_size=len(text) - 1, max_size=len(text) - 1))
    start = data.draw(st.integers(1, len(text)))
    for forged in (wrong, text[:start] + wrong[start:], wrong[:start] + text[start:]):
        if forged != text:
            with pytest.raises(codes.CodeUnknown):
                read(codes.parse(forged, BASE_URL))


def test_the_largest_number_that_fits_the_symbols_is_no_code():
    for kind in (Kind.ACTIVITY, Kind.PHONE):
        with pytest.raises(codes.CodeUnknown):
            read(Code(kind, kind.value + OLD_KEY[0] + "Z" * (codes.length(kind) - 2)))


@pytest.mark.parametrize("kind", [Kind.ACTIVITY, Kind.PHONE])
def test_a_second_spelling_of_a_genuine_code_is_refused(kind):
    """The symbols hold a little more than the bits: the step one turn higher would be the same code, spent twice."""
    life = codes._CHANGING[kind]
    turn = 1 << codes.STEP_BITS + life.data_bits + codes.TAG_BITS
    symbols = codes.length(kind) - 2
    tried = 0
    for second in range(0, 40_000 * life.step_seconds, 499 * life.step_seconds):
        at = NOON + timedelta(seconds=second)
        code = one_of(kind, at)
        spelling = codes._number(code.text[2:]) + turn
        if spelling < 31**symbols:
            tried += 1
            with pytest.raises(codes.CodeUnknown):
                read(Code(kind, code.text[:2] + codes._symbols(spelling, symbols)), at)
    assert tried > 0


def test_a_code_of_one_kind_is_not_read_as_another():
    activity, phone = one_of(Kind.ACTIVITY), one_of(Kind.PHONE)
    with pytest.raises(codes.CodeUnknown):
        codes.read_phone_code(RING, activity, NOON)
    with pytest.raises(codes.CodeUnknown):
        codes.read_activity_code(RING, phone, NOON)
    with pytest.raises(codes.CodeUnknown):
        codes.read_activity_code(RING, one_of(Kind.CARD), NOON)
    with pytest.raises(codes.CodeUnknown):
        codes.read_activity_code(RING, Code(Kind.ACTIVITY, "A" + phone.text[1:29]), NOON)
    with pytest.raises(codes.CodeUnknown):
        codes.read_activity_code(RING, Code(Kind.CARD, activity.text), NOON)
    tags = {codes._tag(OLD_KEY[1], kind, 1, 1) for kind in (Kind.ACTIVITY, Kind.PHONE)}
    assert len(tags) == 2, "a tag of one kind must not fit another kind with the same step and data"


def test_a_phone_code_does_not_show_whose_it_is():
    """Two members at one moment, and one member twice: what stands in the code is equally unlike."""
    shown = {codes.phone_code(RING, number, NOON).text for number in [1_002_347] * 500 + [1_002_354] * 500}
    assert len(shown) == 1000
    mask = (1 << codes.NUMBER_BITS) - 1
    masked = {codes._number(text[2:]) >> codes.TAG_BITS & mask for text in shown}
    assert len(masked) > 990


def test_a_change_of_keys_disturbs_nobody():
    shown_before = one_of(Kind.PHONE)
    shown_during = codes.phone_code(DURING_CHANGE, 1_002_347, NOON)
    assert shown_during.text[1] == NEW_KEY[0]
    for ring, code in ((RING, shown_before), (DURING_CHANGE, shown_before), (DURING_CHANGE, shown_during)):
        assert codes.read_phone_code(ring, code, NOON)[0] == 1_002_347
    assert codes.read_phone_code(AFTER_CHANGE, shown_during, NOON)[0] == 1_002_347
    with pytest.raises(codes.CodeUnknown):
        codes.read_phone_code(AFTER_CHANGE, shown_before, NOON)


def test_two_keys_with_the_same_id_are_both_tried():
    namesake = ("7", NEW_KEY[1])
    ring = Keyring(signing=(namesake, OLD_KEY), print_key=RING.print_key)
    assert codes.read_activity_code(ring, one_of(Kind.ACTIVITY), NOON) == 424_242
    assert codes.read_activity_code(ring, codes.activity_code(ring, 5, NOON), NOON) == 5


@pytest.mark.parametrize("kind", [Kind.ACTIVITY, Kind.PHONE])
def test_a_code_made_with_a_strangers_key_is_unknown(kind):
    with pytest.raises(codes.CodeUnknown):
        read(one_of(kind), ring=STRANGERS_RING)


@pytest.mark.parametrize("kind", [Kind.ACTIVITY, Kind.PHONE])
def test_a_bad_code_costs_the_same_work_whatever_is_wrong_with_it(kind, monkeypatch):
    """Otherwise the time of the answer tells a stranger how near he is. Counted, because a clock is too coarse."""
    work = []
    digest = hmac.digest
    monkeypatch.setattr(hmac, "digest", lambda *args: work.append(args) or digest(*args))
    code = one_of(kind)
    last = "2" if code.text[-1] != "2" else "3"
    bad = {
        "forged tag": (code.text[:-1] + last, NOON),
        "unknown key id": (code.text[0] + "9" + code.text[2:], NOON),
        "another key's id": (code.text[0] + NEW_KEY[0] + code.text[2:], NOON),
        "expired": (code.text, NOON + timedelta(hours=1)),
        "from a day to come": (code.text, NOON - timedelta(days=1)),
        "far out of range": (code.text[:2] + "Z" * (len(code.text) - 2), NOON),
    }
    costs = {}
    for what, (text, at) in bad.items():
        work.clear()
        with pytest.raises((codes.CodeUnknown, codes.CodeExpired)):
            read(codes.parse(text, BASE_URL), at, DURING_CHANGE)
        costs[what] = len(work)
    assert len(set(costs.values())) == 1, costs


def test_tags_are_compared_in_constant_time(monkeypatch):
    compared = []
    compare = hmac.compare_digest
    monkeypatch.setattr(
        hmac, "compare_digest", lambda one, other: compared.append(one) or compare(one, other)
    )
    read(one_of(Kind.ACTIVITY), ring=DURING_CHANGE)
    assert [len(each) for each in compared] == [11, 11]


@pytest.mark.parametrize("wrong", [-1, 2**32])
def test_a_handle_that_does_not_fit_is_a_fault_of_the_program(wrong):
    with pytest.raises(ValueError, match="does not fit"):
        codes.activity_code(RING, wrong, NOON)


@pytest.mark.parametrize("wrong", [-1, 2**30])
def test_a_member_number_that_does_not_fit_is_a_fault_of_the_program(wrong):
    with pytest.raises(ValueError, match="does not fit"):
        codes.phone_code(RING, wrong, NOON)


def test_a_time_without_a_zone_is_not_taken():
    with pytest.raises(ValueError, match="without a zone"):
        codes.activity_code(RING, 1, NOON.replace(tzinfo=None))
