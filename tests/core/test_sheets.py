"""Spreadsheets carry text as text and money to the cent, whatever the names in them look like."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from core.sheets import Sheet, to_csv, to_xlsx

TRAPS = [
    "=1+1",
    "+8613800138000",
    "-1",
    "@SUM(A1)",
    "  =cmd|' /C calc'!A0",
    "\t=1+1",
    "＝1+1",
    '=HYPERLINK("x","y")',
]


def sheet(*rows):
    return Sheet("结算 2026/10", ["商户", "积分", "金额", "日期"], rows)


def cells(content):
    return list(load_workbook(io.BytesIO(content)).active.iter_rows())


def lines(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("name", TRAPS)
def test_a_name_like_a_formula_is_text_in_a_workbook(name):
    (_, row) = cells(to_xlsx(sheet([name, 1, Decimal("0.10"), None])))
    assert row[0].data_type == "s"
    assert row[0].value == name
    assert row[0].quotePrefix


@pytest.mark.parametrize("name", TRAPS)
def test_a_name_like_a_formula_is_marked_as_text_in_csv(name):
    assert lines(to_csv(sheet([name, 1, Decimal("0.10"), None])))[1][0] == f"'{name}"


def test_words_above_columns_are_guarded_too():
    assert cells(to_xlsx(Sheet("x", ["=1+1"], [])))[0][0].data_type == "s"
    assert lines(to_csv(Sheet("x", ["=1+1"], [])))[0] == ["'=1+1"]


def test_numbers_stay_numbers_below_zero_too():
    (_, row) = cells(to_xlsx(sheet(["理发店", -30, Decimal("-3.05"), date(2026, 10, 31)])))
    assert [each.value for each in row[1:3]] == [-30, -3.05]
    assert row[2].number_format == "#,##0.00"
    assert row[3].value.date() == date(2026, 10, 31)
    assert lines(to_csv(sheet(["理发店", -30, Decimal("-3.05"), date(2026, 10, 31)])))[1][1:] == [
        "-30",
        "-3.05",
        "2026-10-31",
    ]


def test_csv_says_that_it_is_unicode():
    assert to_csv(sheet()).startswith(b"\xef\xbb\xbf")


def test_rare_long_and_broken_characters_arrive_or_fall_away():
    name = "𠮷㐂" + "长" * 38
    (_, row) = cells(to_xlsx(sheet([name + "\x00\x0b\ud800", 1, None, None])))
    assert row[0].value == name
    assert lines(to_csv(sheet([name + "\x00\ud800", 1, None, None])))[1][0] == name


def test_a_title_that_no_workbook_takes_is_made_to_fit():
    book = load_workbook(
        io.BytesIO(to_xlsx(Sheet("[一/二]:" + "长" * 40, ["a"], []), Sheet("??", ["a"], [])))
    )
    assert all(len(name) <= 31 for name in book.sheetnames)
    assert len(book.sheetnames) == 2


def test_a_wide_table_has_as_many_columns_as_its_rows():
    rows = [list(range(60))]
    (_, row) = cells(to_xlsx(Sheet("x", [str(n) for n in range(60)], rows)))
    assert [each.value for each in row] == rows[0]
