"""What people write is kept in one form; what no hand writes is refused."""

from types import SimpleNamespace

import pytest

from core import texts


class Refused(Exception):
    """What the caller makes of a refusal."""


def line(text, longest=20, **options):
    return texts.clean_line(text, longest, Refused, **options)


def paragraphs(text, longest=40, **options):
    return texts.clean_paragraphs(text, longest, Refused, **options)


def test_a_line_has_single_spaces_and_no_line_ends():
    assert line("  王 \t 芳\r\n来 了 ") == "王 芳 来 了"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"])
def test_every_line_end_that_a_word_processor_writes_is_one(end):
    assert line(f"三楼{end}漏水") == "三楼 漏水"
    assert paragraphs(f"三楼{end}漏水") == "三楼\n漏水"


def test_paragraphs_stay_with_at_most_one_empty_line_between_them():
    assert paragraphs("\n 三楼\t漏水 \r\n\r\n\r\n\n请  来看\r谢谢\n") == "三楼 漏水\n\n请 来看\n谢谢"


def test_two_ways_to_type_one_letter_are_one():
    assert line("cafe\u0301") == "caf\u00e9"


@pytest.mark.parametrize(
    "text",
    [
        "王\x00芳",
        "王\x1b[31m芳",
        "王\u202e芳",
        "王\u200b芳",
        "王\u200d芳",
        "王\ud800芳",
        "王\ue000芳",
        "王\x1c芳",
        "王\u200d\u200d芳",
        "王👨𠀀\u200d👩",
        "王\ufe0f\u200d👩",
        "👨\u200d",
        "王\uffff芳",
        "\ufeff王芳",
    ],
)
def test_what_no_hand_writes_is_refused(text):
    with pytest.raises(Refused, match="characters"):
        line(text)
    with pytest.raises(Refused, match="characters"):
        paragraphs(text)


@pytest.mark.parametrize("name", ["𠮷", "𬎆", "\U0002ebf0", "\U0003134a", "\U000323af"])
def test_a_rare_character_of_a_name_is_kept_also_when_this_python_does_not_know_it_yet(name):
    assert line(name) == name
    assert texts.has_letter(name)


@pytest.mark.parametrize(
    "sign",
    [
        "👍",
        "👍🏽",
        "❤️",
        "👨\u200d👩\u200d👧",
        "🤷🏽\u200d♂️",
        "🏳️\u200d🌈",
        "\U0001fa77",
        "\U0001fae9",
        "🙂\u200d↔️",
    ],
)
def test_signs_of_a_keyboard_are_kept_whole(sign):
    assert line(f"谢谢{sign}") == f"谢谢{sign}"


def test_the_length_counts_once_the_text_is_clean():
    assert line("王" * 20 + "   ") == "王" * 20
    with pytest.raises(Refused, match="too_long"):
        line("王" * 21)


def test_what_cannot_be_meant_is_refused_before_it_costs_time(monkeypatch):
    looking = SimpleNamespace(category=lambda _: pytest.fail("has looked at all of it"))
    monkeypatch.setattr(texts, "unicodedata", looking)
    with pytest.raises(Refused, match="too_long"):
        line("\u0301" * 81)


def test_nothing_is_refused_where_something_is_required():
    with pytest.raises(Refused, match="empty"):
        line(" \n ")
    assert line(" \n ", required=False) == ""
