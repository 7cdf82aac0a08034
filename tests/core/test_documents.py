"""Printed documents: every character readable, nothing beyond the margins, pages numbered, signatures in one piece."""

import io
import re

import pytest
from pypdf import PdfReader

from core import documents
from core.documents import Column, Document, FontsMissing

MILLIMETRE = 72 / 25.4
COLUMNS = [Column("内容", 4), Column("积分", 1, numeric=True), Column("金额", 2, numeric=True)]
LONG = "这是一个四十个字的很长很长的商户名称用来检查打印出来的时候不会超出纸张的边缘也不会消失"


def read(document):
    return PdfReader(io.BytesIO(document.content()))


def text(document):
    return "\n".join(page.extract_text() for page in read(document).pages)


def positions(document):
    """Left edge and text of every piece of text, in millimetres."""
    found = []
    for page in read(document).pages:
        page.extract_text(
            visitor_text=lambda piece, _cm, matrix, _font, size: found.append(
                (matrix[4] / MILLIMETRE, piece.strip(), size)
            )
        )
    return [each for each in found if each[1]]


@pytest.mark.parametrize("name", ["𠮷野家", "㐂寿司", "龘龘", "=1+1", "{nb}", "Café Ünïcode", "¥12.30"])
def test_a_name_stands_on_paper_as_it_is_written(name):
    document = Document("结算单")
    document.facts([("商户", name)])
    document.table(COLUMNS, [(name, "1", "¥0.10")])
    assert text(document).count(name) == 2


def test_a_character_that_no_font_has_is_named_by_its_number_and_is_no_box():
    document = Document("结算单")
    document.facts([("商户", "店\U0003fffd")])
    assert "店[U+3FFFD]" in text(document)


def test_marks_that_turn_the_writing_round_are_left_out():
    document = Document("结算单")
    document.facts([("商户", "店\u202e铺\u200b\ufe0f")])
    assert "店铺" in text(document)


def test_fonts_are_inside_and_only_as_much_of_them_as_is_used():
    document = Document("结算单")
    document.title("𠮷野家")
    content = document.content()
    assert len(content) < 60_000
    assert content.count(b"/FontFile2") >= 2
    assert b"MPDFAA" in content or re.search(rb"/BaseFont /[A-Z]{6}\+", content)


def test_long_texts_go_on_in_the_next_line_and_stay_on_the_paper():
    document = Document(LONG)
    document.title(LONG + LONG)
    document.facts([(LONG, LONG + LONG), ("x", "W" * 200)])
    document.table(COLUMNS, [(LONG, "1", "¥0.10"), ("W" * 120, "1", "¥0.10")])
    document.signatures([LONG, LONG])
    for left, piece, size in positions(document):
        width = sum(1.0 if character > "\u2e7f" else 0.6 for character in piece) * size / MILLIMETRE
        assert left >= 17.9, piece
        assert left + width * 0.9 <= 210 - 17, piece
    assert LONG[:30] in text(document).replace("\n", "")


def test_a_number_is_never_broken_in_two():
    document = Document("结算单")
    document.table(COLUMNS, [("x", "123,456,789,012,345", "¥123,456,789,012,345.67")])
    assert " 123,456,789,012,345 " in text(document)
    assert "¥123,456,789,012,345.67" in text(document)


def test_pages_are_numbered_and_each_begins_with_the_words_above_the_columns():
    document = Document("结算单")
    document.table(COLUMNS, [(f"第{n}行", str(n), "¥0.10") for n in range(120)], [("合计", "7140", "¥12.00")])
    pages = [page.extract_text() for page in read(document).pages]
    assert len(pages) == document.pages > 2
    for number, page in enumerate(pages, 1):
        assert f"{number} / {len(pages)}" in page
        assert "金额" in page
    assert "合计" in pages[-1]
    assert "第119行" in pages[-1]


def test_signature_lines_are_not_torn_from_their_words():
    for rows in (27, 29, 31, 33):
        document = Document("结算单")
        document.table(COLUMNS, [("行", "1", "¥0.10")] * rows)
        document.signatures(["商户签字", "警务室签字"])
        last = read(document).pages[-1].extract_text()
        assert "商户签字" in last
        assert "警务室签字" in last


def test_without_built_pages_it_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(documents, "FONTS", tmp_path)
    documents._known.cache_clear()
    with pytest.raises(FontsMissing, match="build the pages"):
        Document("结算单")
    documents._known.cache_clear()
