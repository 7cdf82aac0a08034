"""Whatever somebody brings as a list of members or of awards: a code and a sentence for each row, never a fault."""

import contextlib
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import Workbook

import points.service
from core import clock as core_clock
from core.db import new_id
from tests.conftest import WEDNESDAY, OutsideClient, settings_for
from tests.support import members_builders as people
from tests.support.members_builders import MemberFacts

HEADING = "姓名,手机号,日期,备注"
#: Somebody who is a member: the list of members leaves him out, the list of awards can thank him.
ROW = "王小芳,13912345678,2026-11-17,谢谢"
KNOWN, READY = ["import_known"], ["ready"]


def csv(*rows: str, heading: str = HEADING, end: str = "\r\n", coding: str = "utf-8") -> bytes:
    return (end.join((heading, *rows)) + end).encode(coding)


def book(*rows: list[Any], change: Callable[[Workbook], object] = lambda _book: None) -> bytes:
    made = Workbook()
    for row in (HEADING.split(","), *rows):
        made.active.append(row)
    change(made)
    kept = io.BytesIO()
    made.save(kept)
    return kept.getvalue()


ROW_OF_BOOK = ["王小芳", 13912345678, date(2026, 11, 17), "谢谢"]
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def parts(sheet: str, strings: str = "", prefix: str = "x:", **more: bytes) -> bytes:
    """A workbook written by hand, as other programs write them: with a prefix, shared texts, a byte order mark."""
    names = f'xmlns:{prefix[:-1]}="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    targets = (("1", "worksheet", "/xl/worksheets/a.xml"), ("2", "sharedStrings", "s.xml"))
    relations = "".join(
        f'<Relationship Id="r{number}" Type="{_RELATION}/{kind}" Target="{place}"/>'
        for number, kind, place in targets
    )
    written = {
        "xl/workbook.xml": f'<x:workbook {names} xmlns:r="{_RELATION}"><x:sheets>'
        '<x:sheet name="a" sheetId="1" r:id="r1"/></x:sheets></x:workbook>',
        "xl/_rels/workbook.xml.rels": f"<Relationships>{relations}</Relationships>",
        "xl/worksheets/a.xml": f'\ufeff<?xml version="1.0" encoding="UTF-8"?>'
        f"<x:worksheet {names}><x:sheetData>{sheet}</x:sheetData></x:worksheet>",
        "xl/s.xml": f"<x:sst {names}>{strings}</x:sst>",
    }
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in written.items():
            archive.writestr(name, text)
        for name, data in more.items():
            archive.writestr(name, data)
    return kept.getvalue()


def cells(*texts: str, row: str = "") -> str:
    inner = "".join(f'<x:c t="inlineStr"><x:is><x:t>{text}</x:t></x:is></x:c>' for text in texts)
    return f"<x:row {row}>{inner}</x:row>"


HEAD = cells(*HEADING.split(","))
SHARED = (
    '<x:row r="2"><x:c r="A2" t="s"><x:v>0</x:v></x:c><x:c r="B2"><x:v>1.3912345678E10</x:v></x:c></x:row>'
)
PHONETIC = "<x:si><x:r><x:t>王小</x:t></x:r><x:r><x:t>芳</x:t></x:r><x:rPh><x:t>wang</x:t></x:rPh></x:si>"


def hidden_row(made: Workbook) -> None:
    made.active.row_dimensions[3].hidden = True


def hidden_sheet(made: Workbook) -> None:
    sheet = made.create_sheet("选项", 0)
    sheet.append(["姓名"])
    sheet.append(["选项甲"])
    sheet.sheet_state = "hidden"


#: What is brought → codes of its rows as a list of members and as one of awards, or of the file as a whole.
ODD: dict[str, tuple[bytes, list[str] | str, list[str] | str]] = {
    "empty": (b"", "sheet_unreadable", "sheet_unreadable"),
    "headings alone": (csv(), [], []),
    "other columns": (csv("1,2", heading="甲,乙"), "import_columns_missing", "list_columns_missing"),
    "full-width commas": (csv(heading="姓名，手机号"), "import_columns_missing", "list_columns_missing"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(99), "sheet_unreadable", "sheet_unreadable"),
    "picture of words": (b"\xff\xd8\xff\xe0" + b"J" * 99, "import_columns_missing", "list_columns_missing"),
    "workbook of 1997": (b"\xd0\xcf\x11\xe0" + bytes(99), "sheet_unreadable", "sheet_unreadable"),
    "bomb": (parts(HEAD, big=bytes(40 << 20)), "sheet_unreadable", "sheet_unreadable"),
    "entities": (parts(HEAD, e=b"<!DOCTYPE l [<!ENTITY a 'b'>]>"), "sheet_unreadable", "sheet_unreadable"),
    "half a zip": (book(ROW_OF_BOOK)[:2000], "sheet_unreadable", "sheet_unreadable"),
    "half a sheet": (parts(HEAD + "<x:row><x:c>"), "sheet_unreadable", "sheet_unreadable"),
    "text that is not there": (parts(HEAD + SHARED), "sheet_unreadable", "sheet_unreadable"),
    "half a letter": (parts(HEAD + cells("&#xD800;")), "sheet_unreadable", "sheet_unreadable"),
    "far down": (parts(HEAD + cells("王", row='r="9999999"')), "sheet_too_large", "sheet_too_large"),
    "GBK": (csv(ROW, coding="gb18030"), KNOWN, READY),
    "UTF-8 with mark": (csv(ROW, coding="utf-8-sig"), KNOWN, READY),
    "UTF-16": (csv(ROW, coding="utf-16"), KNOWN, READY),
    "UTF-16, cut": (
        csv(ROW, coding="utf-16")[:-3] + b"\xd8",
        ["import_row_unreadable"],
        ["list_row_unreadable"],
    ),
    "half UTF-8, half GBK": (
        csv() + f"{ROW}\r\n".encode("gb18030") + b"\xff\xff,1\r\n",
        ["import_known", "import_row_unreadable"],
        ["ready", "list_row_unreadable"],
    ),
    "semicolons": (csv(ROW.replace(",", ";"), heading=HEADING.replace(",", ";")), KNOWN, READY),
    "tabs": (csv(ROW.replace(",", "\t"), heading=HEADING.replace(",", "\t")), KNOWN, READY),
    "ends of 1984": (csv(ROW, end="\r"), KNOWN, READY),
    "empty lines first": (b"\r\n \r\n" + csv(ROW), KNOWN, READY),
    "quote left open": (
        csv('"王小芳,13912345678', ROW),
        ["import_row_unreadable"],
        ["list_row_unreadable"],
    ),
    "quote left open in a note": (
        csv('王小芳,13912345678,2026-11-17,"谢谢', ROW, ROW),
        ["import_row_unreadable"],
        ["list_row_unreadable"],
    ),
    "one row swallowed by two quotes": (
        csv('王小芳,13912345678,2026-11-17,"', '李梅,13800138000,,"谢谢'),
        ["import_row_unreadable"],
        ["list_row_unreadable"],
    ),
    "rows swallowed by the heading": (
        csv('李梅,13800138000,,"', ROW, heading=HEADING.removesuffix("备注") + '"备注'),
        "sheet_unreadable",
        "sheet_unreadable",
    ),
    "a heading of two lines": (csv(ROW, heading=HEADING.replace("备注", '"备注\n(可空)"')), KNOWN, READY),
    "rare ends of lines": (csv('王小芳,13912345678,2026-11-17,"谢\u2028谢"'), KNOWN, READY),
    "formulas": (
        book(["=1+1", 13912345678], ["王小芳", "=A1", None, None]),
        ["import_row_unreadable"] * 2,
        ["list_row_unreadable"] * 2,
    ),
    "what a formula failed with": (
        parts(HEAD + '<x:row><x:c t="e"><x:v>#REF!</x:v></x:c></x:row>'),
        ["import_row_unreadable"],
        ["list_row_unreadable"],
    ),
    "the same person twice": (
        csv(ROW, ROW),
        ["import_known", "import_phone_repeated"],
        ["ready", "list_row_repeated"],
    ),
    "merged cells": (
        book(ROW_OF_BOOK, [None, 13912345679], change=lambda made: made.active.merge_cells("A2:A3")),
        ["sheet_row_merged"] * 2,
        ["sheet_row_merged"] * 2,
    ),
    "a hidden row": (
        book(ROW_OF_BOOK, ["李梅", 13800138000], change=hidden_row),
        ["import_known", "sheet_row_hidden"],
        ["ready", "sheet_row_hidden"],
    ),
    "a hidden sheet first": (book(ROW_OF_BOOK, change=hidden_sheet), KNOWN, READY),
    "days that are numbers": (
        book(["王小芳", "13912345678", 46343], ["王小芳", "13912345678", 1e300]),
        ["import_known", "import_phone_repeated"],
        ["list_row_unreadable"] * 2,
    ),
    "wide and number-like": (
        csv(
            "王小芳,＋８６ １３９-１２３４-５６７８,２０２６／１１／１７ 8:30,",
            "王小芳,0086 139.1234.5678,20261116,",
        ),
        ["import_known", "import_phone_repeated"],
        ["ready", "ready"],
    ),
    "ten thousand letters": (
        csv(f"{'王' * 10_000},13912345678"),
        ["import_row_unreadable"],
        ["list_row_unreadable"],
    ),
    "a hundred letters": (csv(f"{'王' * 100},13912345678"), ["name_invalid"], ["list_member_differs"]),
    "NUL": (csv("王小\x00芳,13912345678", coding="utf-16"), ["name_invalid"], ["list_member_differs"]),
    "from right to left": (csv("王小芳\u202e,13912345678"), ["name_invalid"], ["list_member_differs"]),
    "shared texts, with their sound": (parts(HEAD + SHARED, PHONETIC), KNOWN, READY),
    "rows that count backwards": (
        parts(HEAD + cells(*ROW.split(","), row='r="1"') + cells("李梅", "12345", row='r="1"')),
        ["import_known", "phone_invalid"],
        ["ready", "member_not_found"],
    ),
}


@pytest.fixture(scope="module")
def desk(
    applications: Any, fresh_databases: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FlaskClient]:
    """A coordinator at a desk that all the files are brought to; none of them changes anything."""
    place = tmp_path_factory.mktemp("odd")
    with contextlib.ExitStack() as stack:
        stack.enter_context(core_clock.frozen(WEDNESDAY))
        address = stack.enter_context(fresh_databases.fresh("sqlite", place))
        app: Flask = stack.enter_context(applications.lend(settings_for(address, place)))
        stack.enter_context(app.app_context())
        points.service.install_tariff()
        people.member("王小芳", phone="+8613912345678")
        coordinator: MemberFacts = people.member("李警官", "coordinator", language="en")
        client = OutsideClient(app)
        people.sign_in(client, coordinator)
        yield client


def token(client: FlaskClient) -> str:
    return str(client.get("/api/v1/session").get_json()["csrf_token"])


def as_members(client: FlaskClient, content: bytes) -> list[str] | str:
    """The codes of the rows, or of the file, each of them with its sentences."""
    headers = {"X-CSRF-Token": token(client)}
    form = {"key": str(new_id()), "file": (io.BytesIO(content), "picture.xlsx")}
    brought = client.post("/api/v1/members/imports", data=form, headers=headers)
    if brought.status_code != 201:
        assert brought.status_code == 422, brought.text
        assert all(brought.json[each] for each in ("detail", "remedy"))
        return str(brought.json["code"])
    address = f"/api/v1/members/imports/{brought.json['import_id']}"
    worked = client.post(f"{address}/work", json={}, headers=headers).json
    if worked["state"] == "failed":
        assert all(worked[each] for each in ("detail", "remedy"))
        return str(worked["code"])
    assert (worked["state"], worked["ready"]) == ("ready", 0)
    rows = client.get(f"{address}/rows").json["items"]
    assert all(row["detail"] and row["remedy"] for row in rows)
    return [row["code"] for row in rows]


def as_awards(client: FlaskClient, content: bytes) -> list[str] | str:
    form = {"csrf_token": token(client), "file": (io.BytesIO(content), "picture.xlsx"), "rule_code": "lead"}
    page = client.post("/desk/award/file", data=form)
    assert page.status_code in {200, 422}
    try:
        found = points.service.read_award_list(people.SYSTEM, content, rule_code="lead")
    except Exception as refusal:
        assert page.status_code == 422
        assert re.search(r'id="file-error"', page.text)
        return str(getattr(refusal, "code", refusal))
    assert page.status_code == 200
    return [row.problem.code if row.problem else row.state for row in found.rows]


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_file_gets_a_code_and_a_sentence_for_each_row(desk: FlaskClient, odd: str) -> None:
    content, members_told, awards_told = ODD[odd]
    assert as_members(desk, content) == members_told
    assert as_awards(desk, content) == awards_told


@pytest.mark.parametrize("address", ["/api/v1/members/imports", "/desk/members/import", "/desk/award/file"])
def test_more_than_a_request_may_bring_is_not_read(desk: FlaskClient, address: str) -> None:
    kind = "multipart/form-data; boundary=x"
    headers = {"X-CSRF-Token": token(desk)}
    assert desk.post(address, data=bytes(9 << 20), content_type=kind, headers=headers).status_code == 413
