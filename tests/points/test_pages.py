"""The pages about points, as members and coordinators use them."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

import members.service
from core.auth import SYSTEM
from core.clock import FrozenClock
from core.db import db, transaction
from points import queries, service, words
from tests.support import members_builders as people
from tests.support import points_builders as build


@pytest.fixture
def cast(app: Flask, clock: FrozenClock) -> people.Cast:
    service.install_tariff()
    return people.cast()


def form_of(page: str) -> dict[str, str]:
    """The hidden fields of a page's forms."""
    inputs = re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", page)
    pairs = [(re.search(r'name="([^"]*)"', each), re.search(r'value="([^"]*)"', each)) for each in inputs]
    return {name[1]: value[1] if value else "" for name, value in pairs if name}


def send(client: FlaskClient, address: str, **fields: str):
    page = client.get(address).text
    return client.post(address.split("?", maxsplit=1)[0], data=form_of(page) | fields)


def test_a_member_without_points_learns_how_to_get_some(client: FlaskClient, cast: people.Cast) -> None:
    people.sign_in(client, cast.owner)
    page = client.get("/me/statement")
    assert page.status_code == 200
    assert "/tariff" in page.text


def test_the_statement_speaks_by_day_and_every_line_opens_its_receipt(
    client: FlaskClient, cast: people.Cast, clock: FrozenClock
) -> None:
    coordinator = people.actor(cast.coordinator)
    given = service.award_deed(
        coordinator, key=uuid4(), member_id=cast.owner.id, rule_code="lead", memo="电话诈骗线索"
    ).body["transfer_id"]
    clock.tick(days=1)
    build.reserve(cast.owner.id, 5)
    people.sign_in(client, cast.owner)
    page = client.get("/me/statement").text
    assert "提供有用线索" in page
    assert "+20" in page
    assert "−5" in page
    receipt = client.get(f"/me/transfers/{given}")
    assert "电话诈骗线索" in receipt.text
    assert "花木兰女子巡逻队" in receipt.text
    people.sign_in(client, cast.mate)
    assert client.get(f"/me/transfers/{given}").status_code == 404


def test_a_withdrawn_award_tells_the_member_why(client: FlaskClient, cast: people.Cast) -> None:
    coordinator = people.actor(cast.coordinator)
    given = build.earn(cast.owner.id, 20)
    build.reserve(cast.owner.id, 15)
    answer = service.withdraw_award(coordinator, key=uuid4(), transfer_id=given, reason="记错了人")
    people.sign_in(client, cast.owner)
    assert "记错了人" in client.get("/me/statement").text
    assert "记错了人" in client.get(f"/me/transfers/{answer.body['reversal_id']}").text
    assert str(answer.body["reversal_id"]) in client.get(f"/me/transfers/{given}").text


def test_the_tariff_is_there_for_every_member(client: FlaskClient, cast: people.Cast) -> None:
    people.sign_in(client, cast.owner)
    page = client.get("/tariff").text
    assert "义务巡逻" in page
    assert "/desk/tariff" not in page
    assert client.get("/desk/tariff").status_code == 403


def test_an_award_at_the_desk_by_number_name_and_card(client: FlaskClient, cast: people.Cast) -> None:
    people.sign_in(client, cast.coordinator)
    for who in (str(cast.owner.number), "王小芳", people.card(cast.owner).text):
        answer = send(client, "/desk/award", rule_code="lead", who=who)
        assert answer.status_code == 303, who
        assert "rule=lead" in answer.location
        assert "王小芳" in client.get(answer.location).text
    assert build.balance(cast.owner.id) == 60
    assert build.faults() == {}


def test_of_two_members_of_one_name_the_coordinator_chooses(client: FlaskClient, cast: people.Cast) -> None:
    other = people.member("王小芳")
    people.sign_in(client, cast.coordinator)
    offered = send(client, "/desk/award", rule_code="lead", who="王小芳")
    assert offered.status_code == 200
    assert str(other.id) in offered.text
    assert build.balance(other.id) == 0
    chosen = form_of(offered.text) | {"rule_code": "lead", "who": "王小芳", "member_id": str(other.id)}
    assert client.post("/desk/award", data=chosen).status_code == 303
    assert (build.balance(other.id), build.balance(cast.owner.id)) == (20, 0)


def test_a_second_tap_awards_nothing_more(client: FlaskClient, cast: people.Cast) -> None:
    people.sign_in(client, cast.coordinator)
    fields = form_of(client.get("/desk/award").text) | {"rule_code": "lead", "who": str(cast.owner.number)}
    assert client.post("/desk/award", data=fields).status_code == 303
    assert client.post("/desk/award", data=fields).status_code == 303
    assert build.balance(cast.owner.id) == 20


@pytest.mark.parametrize(
    "fields",
    [
        {"who": "1"},
        {"who": "没有这个人", "rule_code": "lead"},
        {"who": "", "rule_code": "lead"},
        {"who": "\x00", "rule_code": "lead"},
        {"who": "https://evil.example/q/C234", "rule_code": "lead"},
        {"who": "王小芳", "rule_code": "nothing"},
        {"who": "王小芳", "rule_code": "lead", "memo": "a\u202eb"},
        {"who": "王小芳", "rule_code": "lead", "done_on": "2026-11-19"},
        {"who": "王小芳", "rule_code": "lead", "done_on": "2025-11-19"},
        {"who": "王小芳", "rule_code": "lead", "done_on": "31.12."},
        {"who": "张警官", "rule_code": "lead"},
    ],
    ids=repr,
)
def test_a_wrong_award_shows_the_form_again_with_the_reason(
    client: FlaskClient, cast: people.Cast, fields: dict[str, str]
) -> None:
    people.sign_in(client, cast.coordinator)
    answer = send(client, "/desk/award", **fields)
    assert answer.status_code == 422
    assert "<form" in answer.text
    assert build.balance(cast.owner.id) == 0


@pytest.mark.parametrize("by", ["name", "card", "phone"])
def test_a_deed_of_yesterday_is_dated_yesterday(client: FlaskClient, cast: people.Cast, by: str) -> None:
    people.sign_in(client, cast.coordinator)
    who = {
        "name": cast.owner.name,
        "card": people.card(cast.owner).text,
        "phone": members.service.phone_code(people.actor(cast.owner)).address,
    }[by]
    send(client, "/desk/award", rule_code="lead", who=who, done_on="2026-11-17", memo="昨天的线索")
    (line,) = queries.statement(cast.owner.id).items
    assert (line.happened_at.isoformat(), line.memo) == ("2026-11-17T04:00:00+00:00", "昨天的线索")


def test_a_day_that_was_left_empty_is_today(
    client: FlaskClient, cast: people.Cast, clock: FrozenClock
) -> None:
    people.sign_in(client, cast.coordinator)
    assert send(client, "/desk/award", rule_code="lead", who="王小芳", done_on="", memo="").status_code == 303
    (line,) = queries.statement(cast.owner.id).items
    assert line.happened_at == clock.now()


def test_a_wrong_day_is_not_hidden_in_the_folded_part_of_the_form(
    client: FlaskClient, cast: people.Cast
) -> None:
    people.sign_in(client, cast.coordinator)
    page = send(client, "/desk/award", rule_code="lead", who="王小芳", done_on="2026-11-19").text
    folded = next(each for each in re.findall(r"<details.*?</details>", page, re.DOTALL) if "done_on" in each)
    assert folded.startswith("<details open>")
    assert "done_on-error" in folded


def test_the_desk_takes_an_award_back_with_a_reason(client: FlaskClient, cast: people.Cast) -> None:
    people.sign_in(client, cast.coordinator)
    send(client, "/desk/award", rule_code="lead", who="王小芳")
    (line,) = queries.statement(cast.owner.id).items
    address = f"/desk/transfers/{line.id}/withdrawal"
    assert address in client.get(f"/desk/members/{cast.owner.id}/statement").text
    assert send(client, address, reason="").status_code == 422
    assert send(client, address, reason="记错了人").status_code == 303
    page = client.get(f"/desk/members/{cast.owner.id}/statement").text
    assert "记错了人" in page
    assert address not in page
    assert build.balance(cast.owner.id) == 0


def test_an_auditor_reads_statements_and_takes_nothing_back(client: FlaskClient, cast: people.Cast) -> None:
    given = build.earn(cast.owner.id, 20)
    people.sign_in(client, cast.auditor)
    page = client.get(f"/desk/members/{cast.owner.id}/statement")
    assert page.status_code == 200
    assert "withdrawal" not in page.text
    assert client.get(f"/desk/transfers/{given}/withdrawal").status_code == 403


def test_the_desks_page_of_a_member_shows_the_balance(client: FlaskClient, cast: people.Cast) -> None:
    build.earn(cast.owner.id, 137)
    people.sign_in(client, cast.coordinator)
    page = client.get(f"/desk/members/{cast.owner.id}").text
    assert "137" in page
    assert f"/desk/members/{cast.owner.id}/statement" in page


def test_an_administrator_changes_a_rule_from_a_day_on(client: FlaskClient, cast: people.Cast) -> None:
    people.sign_in(client, cast.administrator)
    address = "/desk/tariff/rules/lead"
    fields = {
        "name_zh": "有用线索",
        "name_en": "Useful lead",
        "category": "report",
        "points": "25",
        "valid_from": "2026-12-01",
    }
    assert send(client, address, **fields).status_code == 303
    assert [rule.points for rule in queries.rule_versions("lead")] == [25, 20]
    assert "25" in client.get("/desk/tariff").text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("points", "１２"),
        ("points", "1.5"),
        ("points", "1e3"),
        ("points", "-1"),
        ("points", ""),
        ("daily_cap", "0"),
        ("weekly_cap", "two"),
        ("name_zh", ""),
        ("name_en", "a\x00b"),
        ("category", "nonsense"),
        ("valid_from", "2026-11-17"),
        ("valid_from", "yesterday"),
        ("last_day", "2026-11-01"),
        ("code", "Upper Case"),
    ],
)
def test_odd_input_is_told_at_its_field_and_the_tariff_stays(
    client: FlaskClient, cast: people.Cast, field: str, value: str
) -> None:
    people.sign_in(client, cast.administrator)
    fields = {
        "code": "tidy_up",
        "name_zh": "清理楼道",
        "name_en": "Stairs tidied up",
        "category": "other",
        "points": "5",
        "valid_from": "2026-11-18",
    }
    answer = send(client, "/desk/tariff/new", **(fields | {field: value}))
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert queries.rule_versions("tidy_up") == []
    assert send(client, "/desk/tariff/new", **fields).status_code == 303


def test_pages_speak_english_too(client: FlaskClient, cast: people.Cast) -> None:
    wang = people.member("Wang", language="en")
    service.award_deed(people.actor(cast.coordinator), key=uuid4(), member_id=wang.id, rule_code="lead")
    people.sign_in(client, wang)
    assert "Duty patrol" in client.get("/tariff").text
    page = client.get("/me/statement").text
    assert "Useful lead" in page
    assert "Today" in page


@pytest.mark.parametrize(
    ("language", "held", "paid", "given", "back"),
    [
        (
            "en",
            "Held for 老王理发店",
            "Paid at 老王理发店",
            "Points from 老王理发店",
            "Given back: 老王理发店",
        ),
        ("zh_Hans_CN", "为老王理发店预留", "在老王理发店付款", "老王理发店送的积分", "已退回：老王理发店"),
    ],
)
def test_statement_and_receipt_name_the_shop(
    app: Flask,
    client: FlaskClient,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    held: str,
    paid: str,
    given: str,
    back: str,
) -> None:
    monkeypatch.setattr(words, "_NAMES", {})
    for subject_type in ("charge", "shop_gift"):
        words.name_subject(subject_type, lambda ids: dict.fromkeys(ids, "老王理发店"))
    member, shop = people.cast(language=language).owner, uuid4()
    people.sign_in(client, member)

    def act(do: Callable[..., UUID], **facts: Any) -> UUID:
        clock.tick(seconds=1)
        with transaction():
            return do(SYSTEM, key=uuid4(), **facts)

    def newest() -> tuple[str, str]:
        line = queries.statement(member.id).items[0]
        db.session.rollback()
        return client.get("/me/statement").text, client.get(f"/me/transfers/{line.id}").text

    act(service.grant_budget, merchant_id=shop, points=30)
    act(service.give, merchant_id=shop, member_id=member.id, points=30, subject_id=uuid4())
    assert all(given in page for page in newest())
    charge = {"subject_type": "charge", "subject_id": uuid4()}
    reservation = act(service.reserve, member_id=member.id, points=30, **charge)
    assert all(held in page and "−30" in page for page in newest())
    act(service.pay, reservation_id=reservation, merchant_id=shop)
    assert all(paid in page and held not in page for page in newest())
    act(service.refund, reservation_id=reservation)
    statement, receipt = newest()
    assert back in statement
    assert paid in statement
    assert back in receipt
