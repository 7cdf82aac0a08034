"""A cursor goes out and comes back; nothing else is taken for one."""

import pytest

from core import paging


def test_a_cursor_holds_the_keys_of_the_last_item() -> None:
    assert paging.decode(paging.encode("2026-11-18", 7), str, int) == ("2026-11-18", 7)


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
