"""The short form of an activity code, for whoever types it: which activity it finds, and for how long."""

from datetime import timedelta

import pytest
from hypothesis import given

from core import codes
from tests.core.test_codes import (
    AFTER_CHANGE,
    BASE_URL,
    DURING_CHANGE,
    NOON,
    RING,
    STRANGERS_RING,
    handles,
    refusal,
    times,
)


@given(handles, times)
def test_the_typed_form_of_an_activity_code_finds_its_activity_among_the_open_ones(handle, at):
    code = codes.parse(codes.typed_activity_code(RING, handle, at).text, BASE_URL)
    assert codes.is_typed_form(code)
    assert len(codes.grouped(code)) == 9
    others = [each for each in range(5) if each != handle]
    assert codes.read_typed_activity_code(RING, code, [*others, handle], at) == handle
    with pytest.raises(codes.CodeUnknown):
        codes.read_typed_activity_code(RING, code, others, at)


def test_the_typed_form_lives_for_a_minute_and_one_more():
    code = codes.typed_activity_code(RING, 7, NOON)
    for age in (0, 59, 60, 119):
        assert codes.read_typed_activity_code(RING, code, [7], NOON + timedelta(seconds=age)) == 7
    for age in (-1, 120, 86_400):
        with pytest.raises(codes.CodeUnknown):
            codes.read_typed_activity_code(RING, code, [7], NOON + timedelta(seconds=age))


def test_the_typed_form_is_read_while_the_secret_is_changed_and_by_nobody_elses_key():
    code = codes.typed_activity_code(RING, 7, NOON)
    assert codes.read_typed_activity_code(DURING_CHANGE, code, [7], NOON) == 7
    for ring in (AFTER_CHANGE, STRANGERS_RING):
        with pytest.raises(codes.CodeUnknown):
            codes.read_typed_activity_code(ring, code, [7], NOON)


def test_the_typed_form_is_never_read_as_the_scanned_one():
    code = codes.typed_activity_code(RING, 7, NOON)
    assert not codes.is_typed_form(codes.activity_code(RING, 7, NOON))
    with pytest.raises(codes.CodeUnknown):
        codes.read_activity_code(RING, code, NOON)


def test_a_slip_in_the_typed_form_is_called_one():
    text = codes.typed_activity_code(RING, 7, NOON).text
    for slip in (text[:-1], text + "2", text[:3] + "0" + text[4:]):
        assert refusal(slip) == "code_mistyped"
