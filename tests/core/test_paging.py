"""A cursor goes out and comes back; nothing else is taken for one."""

import pytest

from core import paging
from core.fields import PageIn


def test_a_cursor_holds_the_keys_of_the_last_item() -> None:
    assert paging.decode(paging.encode("2026-11-18", 7), str, int) == ("2026-11-18", 7)


@pytest.mark.parametrize("name", ["zhuang " * 28, "庄" * 60, "𠮷" * 60])
def test_the_longest_name_leads_to_the_next_page(name: str) -> None:
    keys = (name, "019f0000-0000-7000-8000-000000000000")
    cursor = paging.encode(*keys)
    assert paging.decode(cursor, str, str) == keys
    assert PageIn().load({"cursor": cursor})["cursor"] == cursor


@pytest.mark.parametrize(
    "text", ["", "x", "!!!!", "W10", "WzEs", "é", "A" * 5000, "bnVsbA", "WyJ4Il0", "W1tbW1tb"]
)
def test_whatever_else_is_given_is_refused(text: str) -> None:
    with pytest.raises(paging.CursorInvalid):
        paging.decode(text, str, int)


def test_true_is_not_a_number() -> None:
    with pytest.raises(paging.CursorInvalid):
        paging.decode(paging.encode(True), int)


@pytest.mark.parametrize("text", ["\x00", "王\ud800"])
def test_text_that_no_database_takes_is_refused(text: str) -> None:
    with pytest.raises(paging.CursorInvalid):
        paging.decode(paging.encode(text), str)


def test_a_number_that_no_column_holds_is_refused() -> None:
    with pytest.raises(paging.CursorInvalid):
        paging.decode(paging.encode(2**63), int)


def test_a_time_is_told_in_utc() -> None:
    assert paging.moment("2026-11-18T08:00:00+08:00").isoformat() == "2026-11-18T00:00:00+00:00"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "2026-11-18T08:00:00",
        "0001-01-01T00:00:00+00:00",
        "0001-01-01T00:00:00+23:00",
        "9999-12-31T23:59:59-23:00",
    ],
)
def test_a_time_that_is_none_or_at_the_end_of_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(paging.CursorInvalid):
        paging.moment(text)


@pytest.mark.parametrize("text", ["", "7", "x" * 36, "00000000-0000-0000-0000-00000000000g"])
def test_what_is_no_id_is_no_place_in_a_list(text: str) -> None:
    with pytest.raises(paging.CursorInvalid):
        paging.identifier(text)
