"""Settlement over HTTP: pages of the desk and of owners, the interface, papers and sheets."""

import csv
import io
from datetime import date
from uuid import uuid4

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

import merchants.queries
import merchants.service
from core.auth import SYSTEM
from core.db import new_id
from tests.support import members_builders as people
from tests.support import merchants_builders as shops
from tests.support import settlement_builders as month

TRAP = "=1+1 𠮷野家㐂寿司"
LONG = "这是一个四十个字的很长很长的商户名称用来检查纸上和表格里的名字都不会被裁掉一个字"


@pytest.fixture
def october(app, clock):
    """A shop with a name like a formula, its owner and its statement over 30 points less 10."""
    month.rate(10)
    shop = shops.a_shop(TRAP)
    with month.on(clock, "2026-10-15T12:00"):
        wang = month.payer()
        month.take(shop, wang, 30, offer_id=shops.an_offer(shop, "@SUM(A1)", 30))
        month.refund(month.take(shop, wang, 10))
    (statement,) = month.draft()
    return shop, statement


@pytest.fixture
def signed_in(app):
    def sign_in(facts):
        client = app.test_client()
        people.sign_in(client, facts)
        return client

    return sign_in


@pytest.fixture
def desk(signed_in):
    return signed_in(people.member("张警官", "coordinator", language="en"))


@pytest.fixture
def other_desk(signed_in):
    return signed_in(people.member("李警官", "coordinator", language="en"))


def form_of(page, **fields):
    text = page.get_data(as_text=True)
    token = text.partition('name="csrf_token" value="')[2].partition('"')[0]
    return {"csrf_token": token, "key": str(uuid4()), **fields}


def api(client, path, **body):
    token = client.get("/api/v1/session").json["csrf_token"]
    return client.post(f"/api/v1{path}", json=body, headers={"X-CSRF-Token": token})


# --- the desk


def test_the_desk_drafts_agrees_pays_and_closes_on_its_pages(app, clock, desk, other_desk):
    month.rate(10)
    with month.on(clock, "2026-10-15T12:00"):
        month.take(shops.a_shop("小周理发店"), month.payer(), 30)
    page = desk.get("/desk/settlements")
    assert "October 2026 is over" in page.text
    page = desk.post("/desk/settlements", data=form_of(page, month="2026-10"), follow_redirects=True)
    assert "1 statement of October 2026 is drafted." in page.text
    (statement,) = month.of()
    address = f"/desk/settlements/{statement.id}"
    for step, who, fields, told in (
        ("agree", desk, {"note": "周老板签字"}, "The shop&#39;s consent is written down."),
        ("pay", other_desk, {"paid_on": "2026-11-17", "reference": "转账 1"}, "The payment is booked."),
        ("close", desk, {}, "The statement is closed."),
    ):
        if step == "pay":
            assert "A second person pays this out." in desk.get(address).text
        page = who.post(f"{address}/{step}", data=form_of(who.get(address), **fields), follow_redirects=True)
        assert page.status_code == 200, step
        assert told in page.text, step
    (closed,) = month.of()
    assert (closed.state, closed.reference, closed.paid_on) == ("closed", "转账 1", date(2026, 11, 17))


@pytest.mark.parametrize(
    ("step", "fields", "told"),
    [
        ("agree", {"note": ""}, "Who agrees for a shop says how the shop did."),
        ("agree", {"note": "x" * 201}, "This is too long."),
        ("pay", {"paid_on": "2026-11-19", "reference": "1"}, "On that day it cannot have been paid."),
        ("pay", {"paid_on": "", "reference": "1"}, "On that day it cannot have been paid."),
        ("pay", {"paid_on": "2026-11-18", "reference": ""}, "The payment has no reference."),
    ],
)
def test_a_fault_is_told_at_its_field_and_nothing_changes(october, desk, step, fields, told):
    _, statement = october
    if step == "pay":
        month.agree(statement.id)
    address = f"/desk/settlements/{statement.id}"
    page = desk.post(f"{address}/{step}", data=form_of(desk.get(address), **fields))
    assert page.status_code == 422
    assert told in page.text
    assert month.of()[0].state == ("agreed" if step == "pay" else "draft")


@pytest.mark.parametrize(
    ("asked", "told"), [("2026-11", "is not over yet"), ("2027-01", "has not begun"), ("x", "not a month")]
)
def test_a_month_that_cannot_be_drafted_is_refused_with_a_sentence(october, desk, asked, told):
    page = desk.post(
        "/desk/settlements",
        data=form_of(desk.get("/desk/settlements/rates"), month=asked),
        follow_redirects=True,
    )
    assert told in page.text


def test_the_auditor_sees_everything_and_changes_nothing(october, signed_in):
    _, statement = october
    auditor = signed_in(people.member("钱会计", "auditor", language="en"))
    for path in ("/desk/settlements", f"/desk/settlements/{statement.id}", "/desk/settlements/rates"):
        page = auditor.get(path)
        assert page.status_code == 200
        assert 'method="post"' not in page.text.partition("<main")[2]
    page = auditor.get("/desk/settlements")
    assert auditor.post("/desk/settlements", data=form_of(page, month="2026-10")).status_code == 403


def test_rates_are_added_for_all_for_a_trade_and_for_a_shop(october, desk):
    shop, _ = october
    for scope in ("", "trade:hairdresser", f"shop:{shop.id}"):
        page = desk.get("/desk/settlements/rates")
        page = desk.post(
            "/desk/settlements/rates",
            data=form_of(page, scope=scope, cents_per_point="12", valid_from="2026-11-01"),
            follow_redirects=True,
        )
        assert "The rate is added." in page.text
    assert page.text.count("¥0.12 a point") == 3
    for fields in (
        {"cents_per_point": "１２", "valid_from": "2026-11-01"},
        {"cents_per_point": "1.5", "valid_from": "2026-11-01"},
        {"cents_per_point": "12", "valid_from": ""},
        {"cents_per_point": "12", "valid_from": "2026-10-31"},
        {"cents_per_point": "10001", "valid_from": "2026-11-01"},
        {"cents_per_point": "12", "valid_from": "2026-11-01", "scope": "trade:astrologer"},
        {"cents_per_point": "12", "valid_from": "2026-11-01", "scope": "shop:gone"},
        {"cents_per_point": "12", "valid_from": "2026-11-01", "scope": "nonsense"},
    ):
        page = desk.post("/desk/settlements/rates", data=form_of(page, **fields))
        assert page.status_code == 422, fields


def test_before_the_first_rate_and_the_first_month_the_page_teaches(app, clock, desk):
    page = desk.get("/desk/settlements")
    assert "Nobody has said what a point is worth." in page.text
    assert "No month is settled yet" in page.text


# --- the owner


def test_the_owner_reads_his_statement_and_agrees(october, signed_in):
    shop, statement = october
    owner = signed_in(shops.the_owner(shop))
    assert "2026年10月" in owner.get(f"/shop/{shop.id}/settlements").text
    address = f"/shop/{shop.id}/settlements/{statement.id}"
    page = owner.get(address)
    assert "¥2.00" not in page.text
    assert "¥3.00" in page.text
    page = owner.post(f"{address}/agree", data=form_of(page), follow_redirects=True)
    assert page.status_code == 200
    assert month.of()[0].state == "agreed"


def test_a_stranger_gets_no_statement_in_any_form(october, signed_in):
    shop, statement = october
    for stranger in (people.member("陈大勇"), shops.a_clerk(shop)):
        client = signed_in(stranger)
        for path in (
            f"/shop/{shop.id}/settlements/{statement.id}",
            f"/settlements/{statement.id}/statement.pdf",
            f"/settlements/{statement.id}/statement.xlsx",
            f"/settlements/{statement.id}/statement.csv",
            f"/api/v1/settlements/{statement.id}",
            f"/api/v1/settlements/{statement.id}/lines",
        ):
            assert client.get(path).status_code == 404, path
        for path in (
            "/desk/settlements",
            f"/desk/settlements/{statement.id}",
            "/desk/settlements/2026-10.csv",
        ):
            assert client.get(path).status_code == 403, path
        assert client.get(f"/shop/{shop.id}/settlements").status_code == 403


# --- paper and sheets


@pytest.mark.parametrize(("language", "words"), [("zh_Hans_CN", "签字"), ("en", "signature")])
def test_the_paper_is_in_either_language_with_lines_to_sign_on(october, desk, language, words):
    _, statement = october
    answer = desk.get(f"/settlements/{statement.id}/statement.pdf?language={language}")
    assert answer.headers["Content-Type"] == "application/pdf"
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages)
    assert words in text
    for part in (TRAP, "@SUM(A1)", "¥3.00", "-¥1.00", "2026-10-15 12:00", "1 / 1"):
        assert part in text, part


def test_a_long_month_goes_on_over_several_pages(app, clock, desk):
    month.rate(10)
    shop = shops.a_shop(LONG[:40])
    with month.on(clock, "2026-10-15T12:00"):
        for _ in range(3):
            wang = month.payer(name=LONG[:20])
            for amount in range(1, 13):
                month.take(shop, wang, amount)
    (statement,) = month.draft()
    answer = desk.get(f"/settlements/{statement.id}/statement.pdf")
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages]
    assert len(pages) == 2
    assert "2 / 2" in pages[1]
    assert LONG[:40] in "".join(pages).replace("\n", "")


def test_a_workbook_holds_no_formula_and_the_sums_are_numbers(october, desk):
    _, statement = october
    book = load_workbook(io.BytesIO(desk.get(f"/settlements/{statement.id}/statement.xlsx").data))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert [cell.value for cell in cells if cell.data_type == "f"] == []
    assert {TRAP, "@SUM(A1)"} <= {cell.value for cell in cells}
    assert sum(row[5].value for row in book.worksheets[0].iter_rows(min_row=2)) == 3
    month_book = load_workbook(io.BytesIO(desk.get("/desk/settlements/2026-10.xlsx").data))
    assert [cell.data_type for cell in month_book.active[2]][:3] == ["n", "n", "s"]
    assert month_book.active["C2"].value == TRAP


def test_csv_opens_in_a_spreadsheet_as_what_it_says(october, desk):
    _, statement = october
    content = desk.get(f"/settlements/{statement.id}/statement.csv").data
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert [row[2:6] for row in rows[1:]] == [
        ["'@SUM(A1)", "30", "10", "3.00"],
        ["", "10", "10", "1.00"],
        ["", "-10", "10", "-1.00"],
    ]
    rows = list(csv.reader(io.StringIO(desk.get("/desk/settlements/2026-10.csv").data.decode("utf-8-sig"))))
    assert rows[1][2] == f"'{TRAP}"


@pytest.mark.parametrize("path", ["2026-13.csv", "x.xlsx"])
def test_a_file_of_no_month_is_refused(october, desk, path):
    assert desk.get(f"/desk/settlements/{path}").status_code in {400, 404, 422}


# --- the interface


def test_the_desk_sees_what_shops_that_left_still_owe(october, clock, desk):
    shop, statement = october
    month.agree(statement.id)
    month.pay(statement.id)
    month.refund(merchants.queries.shop_charges(shop.id).items[-1].id)
    clock.move_to(month.at("2026-12-02T09:00"))
    month.draft("2026-11")
    assert "Shops that left still owe" not in desk.get("/desk/settlements").text
    merchants.service.end_shop(SYSTEM, shop.id, "搬走了")
    page = desk.get("/desk/settlements").text
    assert "Shops that left still owe" in page
    assert "¥3.00" in page
    (debt,) = desk.get("/api/v1/settlements/debts").json["items"]
    assert (debt["shop"], debt["month"], debt["points"], debt["cents"]) == (TRAP, "2026-11", -30, -300)


def test_programs_settle_a_month(app, clock, desk, other_desk):
    month.rate(10)
    shop = shops.a_shop()
    with month.on(clock, "2026-10-15T12:00"):
        month.take(shop, month.payer(), 30)
    first, again = (api(desk, "/settlements", month="2026-10") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == {"month": "2026-10", "made": 1, "statements": 1, "points": 30, "cents": 300}
    (listed,) = desk.get("/api/v1/settlements?month=2026-10").json["items"]
    assert (listed["state"], listed["due_cents"], listed["month"]) == ("draft", 300, "2026-10")
    (line,) = desk.get(f"/api/v1/settlements/{listed['id']}/lines").json["items"]
    assert (line["kind"], line["points"], line["cents_per_point"], line["cents"]) == ("charge", 30, 10, 300)
    key = str(new_id())
    for status in (201, 200):
        answer = api(desk, f"/settlements/{listed['id']}/agree", key=key, note="签字")
        assert (answer.status_code, answer.json["state"]) == (status, "agreed")
    payout = {"paid_on": "2026-11-18", "reference": "转账 1"}
    refused, paid = (
        api(who, f"/settlements/{listed['id']}/pay", key=str(new_id()), **payout)
        for who in (desk, other_desk)
    )
    assert (refused.status_code, refused.json["code"]) == (403, "second_person_pays")
    assert (paid.status_code, paid.json["cents"]) == (201, 300)
    assert api(desk, f"/settlements/{listed['id']}/close", key=str(new_id())).status_code == 201
    assert desk.get(f"/api/v1/settlements/{listed['id']}").json["state"] == "closed"


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ("2026-11", 422, "month_open"),
        ("2027-03", 422, "month_future"),
        ("2026-00", 422, "month_invalid"),
        ("", 422, "month_invalid"),
    ],
)
def test_programs_are_refused_by_code(october, desk, asked, status, code):
    answer = api(desk, "/settlements", month=asked)
    assert (answer.json["code"], answer.status_code) == (code, status)
    assert answer.json["detail"]


def test_programs_keep_rates(october, desk):
    shop, _ = october
    body = {
        "key": str(new_id()),
        "cents_per_point": 12,
        "valid_from": "2026-11-01",
        "merchant_id": str(shop.id),
    }
    assert [api(desk, "/rates", **body).status_code for _ in range(2)] == [201, 200]
    for wrong in ({"cents_per_point": True}, {"cents_per_point": 1.0}, {"cents_per_point": -1}):
        assert api(desk, "/rates", **(body | {"key": str(new_id())} | wrong)).status_code in {400, 422}
    assert [each["cents_per_point"] for each in desk.get("/api/v1/rates").json["items"]] == [10, 12]
