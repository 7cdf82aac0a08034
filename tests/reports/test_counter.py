"""Rented homes and bills at the desk: one award each, and a till that comes out even."""

from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

import points.queries
import points.service
import reports.service
from core import audit
from core import clock as core_clock
from core.auth import Actor
from core.clock import FrozenClock
from core.db import new_id
from reports import queries
from reports.rules import desk
from tests.support import members_builders, points_builders
from tests.support import reports_builders as build
from tests.support.ledger_crew import at_once, codes


@pytest.fixture
def app(app: Flask, clock: FrozenClock) -> Flask:
    build.tariff()
    return app


def home(coordinator: Actor, address: str = "西苑小区3号楼201", **more: Any) -> dict[str, Any]:
    wish = {"term_from": date(2026, 11, 1), "term_until": date(2027, 10, 31), "tenants": 2}
    return reports.service.register_home(
        coordinator, **({"key": new_id(), "address": address} | wish | more)
    ).body


def test_a_home_earns_once_for_a_term_however_its_address_is_written(app: Flask, clock: FrozenClock):
    chen, wang, li = build.desk(), build.resident(), build.resident("李小红")
    assert home(chen, member_id=wang.id)["points"] == 10
    again = build.refusal(home, chen, "西苑小区 3号楼－２０１", member_id=li.id)
    assert (again.code, again.data["term"], again.data["on"]) == ("home_known", "2026", "2026-11-18")
    next_term = {"term_from": date(2027, 1, 15), "term_until": date(2028, 1, 14)}
    assert home(chen, member_id=wang.id, **next_term)["points"] == 10
    assert [each.term for each in queries.homes(q="3号楼").items] == ["2027", "2026"]
    assert queries.homes(q="100%").items == []


def test_a_home_earns_once_a_year_whatever_first_day_is_written_down(app: Flask):
    chen, wang = build.desk(), build.resident()
    assert home(chen, member_id=wang.id, term_from=date(2016, 3, 1))["points"] == 10
    for year in range(2017, 2027):
        refused = build.refusal(home, chen, member_id=wang.id, term_from=date(year, 3, 1))
        assert (refused.code, refused.data["term"]) == ("home_known", "2026")


@pytest.mark.parametrize(
    "written",
    ["西苑3幢202", "西苑 3 栋 202", "西苑3号楼202室", "西苑三号楼202", "西苑小区3#楼２０２户", "西苑3-202"],
)
def test_an_address_is_known_however_it_is_written(app: Flask, written: str):
    chen, wang = build.desk(), build.resident()
    home(chen, "西苑3号楼202", member_id=wang.id)
    assert build.refusal(home, chen, written, member_id=wang.id).code == "home_known"


@pytest.mark.parametrize("other", ["西苑31-602", "西苑3-16-02", "西苑十三号楼1单元602", "东苑一二号楼"])
def test_numbers_of_an_address_do_not_run_together(app: Flask, other: str):
    chen, wang = build.desk(), build.resident()
    home(chen, "西苑3-1-602", member_id=wang.id)
    assert home(chen, other, member_id=wang.id)["outcome"] == "registered"


def test_homes_with_the_same_numbers_are_asked_about_and_registered_when_they_are_others(app: Flask):
    chen, wang = build.desk(), build.resident()
    west, east = members_builders.area("西苑"), members_builders.area("东苑")
    home(chen, "西苑3号楼202", member_id=wang.id, area_id=west)
    alike = build.refusal(home, chen, "连云港市西苑3号楼202", member_id=wang.id, area_id=west)
    assert (alike.code, alike.data["addresses"]) == ("home_alike", ["西苑3号楼202"])
    assert build.refusal(home, chen, "3号楼202", member_id=wang.id).code == "home_alike"
    # Another estate may have the same building and flat: it is asked about only where the area is not known.
    assert home(chen, "3号楼202", member_id=wang.id, area_id=east)["points"] == 10
    assert home(chen, "北街3号楼202", member_id=wang.id, area_id=west, another=True)["points"] == 10


def test_a_home_that_was_entered_wrongly_is_struck_out_and_can_be_registered_again(app: Flask):
    chen, wang, li = build.desk(), build.resident(), build.resident("李小红")
    wrong = UUID(home(chen, member_id=li.id)["home_id"])
    void = partial(reports.service.void_home, chen, home_id=wrong, reason="写错了人")
    assert build.refusal(void, key=new_id(), reason=" ").code == "report_text_invalid"
    assert (void(key=new_id()).body["points"], build.balance(li)) == (10, 0)
    assert build.refusal(void, key=new_id()).code == "home_void"
    assert (
        build.refusal(reports.service.void_home, chen, key=new_id(), home_id=new_id(), reason="错").code
        == "home_unknown"
    )
    assert (home(chen, member_id=wang.id)["points"], build.balance(wang)) == (10, 10)
    assert [each.void_reason for each in queries.homes().items] == ["", "写错了人"]
    assert points_builders.faults() == {}


@pytest.mark.parametrize("what", ["home", "bill"])
def test_what_the_ledger_desk_has_taken_back_can_still_be_struck_out(app: Flask, what: str):
    chen, wang = build.desk(), build.resident()
    if what == "home":
        void = partial(
            reports.service.void_home, chen, home_id=UUID(home(chen, member_id=wang.id)["home_id"])
        )
    else:
        void = partial(reports.service.void_bill, chen, bill_id=UUID(build.bill(chen, wang)["bill_id"]))
    paid = points.queries.statement(wang.id).items[0].id
    points.service.withdraw_award(chen, key=new_id(), transfer_id=paid, reason="错")
    assert void(key=new_id(), reason="错").body["outcome"] == "voided"
    assert build.balance(wang) == 0


def test_one_home_entered_at_many_desks_at_once_earns_once(database_app: Flask):
    build.tariff()
    wang = build.resident()
    desks = [build.desk(f"民警{number}") for number in range(6)]
    written = ["西苑3幢202", "西苑3栋202", "西苑3号楼202", "西苑三号楼202", "西苑3-202", "西苑 3 - 202"]
    works = [
        partial(home, each, address, member_id=wang.id) for each, address in zip(desks, written, strict=True)
    ]
    assert codes(at_once(database_app, works)) == {"done": 1, "home_known": 5}
    assert build.balance(wang) == 10


def test_a_report_of_a_rented_home_is_paid_when_the_home_is_registered(app: Flask, clock: FrozenClock):
    chen, wang = build.desk(), build.resident()
    named = build.told(wang, "rented")
    build.take(chen, named)
    assert build.refusal(build.judge, chen, named).code == "register_home_instead"
    assert home(chen, report_id=named)["points"] == 10
    assert (build.balance(wang), queries.course(wang, named).verdict) == (10, "useful")
    assert build.refusal(home, chen, "别处1号", report_id=named).code == "report_judged"
    unnamed, number, password = build.unnamed(chen, "rented")
    assert home(chen, "西苑小区9号楼101", report_id=unnamed)["points"] == 0
    build.next_week(clock)
    typed = reports.service.claim_token(number, password).token
    assert build.collect(wang, typed)["points"] == 10
    assert points_builders.faults() == {}


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"address": " "}, "report_text_invalid"),
        ({"address": "……"}, "report_text_invalid"),
        ({"term_until": date(2026, 11, 1)}, "lease_invalid"),
        ({"term_from": date(2027, 6, 1)}, "lease_invalid"),
        ({"term_from": date(2020, 1, 1), "term_until": date(2021, 1, 1)}, "lease_invalid"),
        ({"tenants": -1}, "sum_invalid"),
        ({"area_id": new_id()}, "place_unknown"),
        ({"report_id": new_id()}, "report_unknown"),
        ({}, "reporter_needed"),
    ],
)
def test_homes_that_cannot_be_are_refused(app: Flask, wish: dict[str, Any], code: str):
    assert build.refusal(home, build.desk(), **wish).code == code


def test_a_bill_counts_once_and_the_till_comes_out_even(app: Flask, clock: FrozenClock):
    chen, wang = build.desk(), build.resident()
    body = build.bill(chen, wang, receipt_number="w 0001")
    assert (body["points"], build.balance(wang)) == (2, 2)
    again = build.refusal(build.bill, chen, build.resident("李小红"), receipt_number="W-0001")
    assert (again.code, again.data["on"]) == ("bill_known", "2026-11-18")
    # Another utility has numbers of its own.
    build.bill(chen, wang, receipt_number="W-0001", utility="gas", amount_fen=5_050)
    assert queries.float_state(chen.id).taken_fen == 13_700
    short = build.refusal(reports.service.reconcile_float, chen, key=new_id(), handed_over_fen=13_600)
    assert (short.code, short.data["difference_fen"]) == ("difference_unexplained", -100)
    closed = reports.service.reconcile_float(chen, key=new_id(), handed_over_fen=13_600, note="找错一元").body
    assert (closed["bills"], closed["taken_fen"], closed["difference_fen"]) == (2, 13_700, -100)
    assert build.refusal(build.bill, chen, wang).code == "float_reconciled"
    void = partial(reports.service.void_bill, chen, key=new_id(), reason="错")
    assert build.refusal(void, bill_id=UUID(body["bill_id"])).code == "float_reconciled"
    clock.tick(days=1)
    build.bill(chen, wang)
    assert [each.day for each in queries.open_tills()] == []
    clock.tick(days=1)
    assert [each.day for each in queries.open_tills()] == [date(2026, 11, 19)]
    assert queries.open_tills(since=date(2026, 11, 20)) == []
    assert points_builders.faults() == {}


def test_a_till_must_hold_what_lay_in_it_and_was_taken_less_what_was_handed_over(
    app: Flask, clock: FrozenClock
):
    chen, wang = build.desk(), build.resident()
    key = new_id()
    for _ in range(2):
        reports.service.open_float(chen, key=key, opening_fen=20_000)
    assert build.refusal(reports.service.open_float, chen, key=new_id(), opening_fen=1).code == "float_begun"
    build.bill(chen, wang, amount_fen=5_000)
    assert queries.float_state(chen.id).expected_fen == 25_000
    close = partial(reports.service.reconcile_float, chen, handed_over_fen=10_000)
    short = build.refusal(close, key=new_id(), counted_fen=14_900)
    assert (short.code, short.data["difference_fen"]) == ("difference_unexplained", -100)
    # Whoever leaves the opening out has the whole of it missing.
    assert build.refusal(close, key=new_id()).data["difference_fen"] == -15_000
    assert close(key=new_id(), counted_fen=15_000).body["difference_fen"] == 0
    till = queries.float_state(chen.id)
    assert (till.opening_fen, till.counted_fen, till.expected_fen) == (20_000, 15_000, 15_000)
    other = build.desk()
    build.bill(other, wang)
    assert build.refusal(reports.service.open_float, other, key=new_id(), opening_fen=1).code == "float_begun"
    third = build.desk()
    reports.service.open_float(third, key=new_id(), opening_fen=100)
    clock.tick(days=1)
    assert {each.coordinator_id for each in queries.open_tills()} == {other.id, third.id}
    assert points_builders.faults() == {}


def test_nobody_closes_a_till_of_a_day_that_has_not_come(app: Flask, clock: FrozenClock):
    chen, other = build.desk(), build.desk("另一位管理员")
    to_come = {"day": date(2026, 11, 19), "coordinator_id": other.member_id}
    close = partial(reports.service.reconcile_float, chen, key=new_id(), handed_over_fen=0)
    assert build.refusal(close, **to_come).code == "float_to_come"
    clock.tick(days=1)
    assert build.bill(other, build.resident())


def test_what_stays_in_a_till_over_night_must_be_there_the_next_day(database_app: Flask, clock: FrozenClock):
    build.tariff()
    chen, wang = build.desk(), build.resident()
    close = partial(reports.service.reconcile_float, chen, key=new_id())
    reports.service.open_float(chen, key=new_id(), opening_fen=20_000)
    close(handed_over_fen=0, counted_fen=20_000)
    clock.tick(days=1)
    # Nobody counts at opening: what stayed lies in it, also in the till that is left open.
    build.bill(chen, wang, amount_fen=5_000)
    assert queries.float_state(chen.id).expected_fen == 25_000
    gone = build.refusal(close, key=new_id(), handed_over_fen=5_000)
    assert (gone.code, gone.data["difference_fen"]) == ("difference_unexplained", -20_000)
    day = core_clock.today()
    clock.tick(days=1)
    assert [each.expected_fen for each in queries.open_tills()] == [25_000]
    # Closed late, it leaves what the next day has begun with.
    reports.service.open_float(chen, key=new_id(), opening_fen=18_000, note="买零钱袋")
    late = partial(close, key=new_id(), day=day)
    short = build.refusal(late, handed_over_fen=5_000, counted_fen=20_000)
    assert (short.code, short.data["difference_fen"]) == ("difference_unexplained", -2_000)
    sums = late(handed_over_fen=5_000, counted_fen=20_000, note="第二天少20元").body
    assert (sums["opening_fen"], sums["difference_fen"]) == (20_000, 0)
    assert points_builders.faults() == {}


def test_another_sum_than_stayed_is_counted_at_opening_only_with_a_note(
    database_app: Flask, clock: FrozenClock
):
    chen, other = build.desk(), build.desk()
    begin = partial(reports.service.open_float, chen, key=new_id())
    begin(opening_fen=20_000)
    reports.service.reconcile_float(chen, key=new_id(), handed_over_fen=0, counted_fen=20_000)
    clock.tick(days=1)
    for sum_counted in (0, 19_999, 20_001):
        refused = build.refusal(begin, key=new_id(), opening_fen=sum_counted)
        assert (refused.code, refused.data["stayed_fen"]) == ("opening_unexplained", 20_000)
    assert queries.float_state(chen.id).stayed_fen == 20_000
    # What stayed in one till says nothing of another's.
    assert reports.service.open_float(other, key=new_id(), opening_fen=5).body["outcome"] == "opened"
    begin(key=new_id(), opening_fen=15_000, note="换了50元零钱")
    (entry,) = audit.entries(subject_id=chen.id, limit=1).items
    assert (entry.data["stayed_fen"], entry.data["note"]) == (20_000, "换了50元零钱")
    reports.service.reconcile_float(chen, key=new_id(), handed_over_fen=15_000)
    till = next(each for each in queries.closed_tills() if each.day == core_clock.today())
    assert (till.opening_fen, till.stayed_fen, till.opening_note) == (15_000, 20_000, "换了50元零钱")
    clock.tick(days=1)
    assert begin(key=new_id(), opening_fen=0).body["outcome"] == "opened"
    assert points_builders.faults() == {}


def test_a_receipt_that_was_entered_wrongly_is_struck_out_and_its_points_return(app: Flask):
    chen, wang = build.desk(), build.resident()
    body = build.bill(chen, wang, receipt_number="W-7")
    void = partial(reports.service.void_bill, chen, bill_id=UUID(body["bill_id"]), reason="输错金额")
    assert (void(key=new_id()).body["points"], build.balance(wang)) == (2, 0)
    assert build.refusal(void, key=new_id()).code == "bill_void"
    assert build.bill(chen, wang, receipt_number="W-7")["points"] == 2
    assert queries.float_state(chen.id).bills == 1
    assert points_builders.faults() == {}


def test_a_bill_past_the_cap_is_in_the_log_without_points(app: Flask):
    chen, wang = build.desk(), build.resident()
    bodies = [build.bill(chen, wang) for _ in range(4)]
    assert [each["points"] for each in bodies] == [2, 2, 2, 0]
    assert bodies[-1]["unpaid"] == "weekly_cap_reached"


def test_nobody_at_the_desk_gives_to_himself_or_his_household(app: Flask):
    chen = members_builders.staff()
    granny = members_builders.managed(chen)
    assert build.refusal(build.bill, chen, granny).code == "desk_for_oneself"
    assert build.refusal(build.bill, chen, chen).code == "desk_for_oneself"
    assert build.refusal(home, chen, member_id=chen.id).code == "desk_for_oneself"
    assert build.refusal(build.bill, build.resident(), granny).code == "permission_missing"


def test_one_receipt_entered_at_many_desks_at_once_counts_once(database_app: Flask):
    build.tariff()
    wang = build.resident()
    desks = [build.desk(f"民警{number}") for number in range(8)]
    works = [partial(build.bill, each, wang, receipt_number="E-1") for each in desks]
    assert codes(at_once(database_app, works)) == {"done": 1, "bill_known": 7}
    assert build.balance(wang) == 2


@pytest.mark.parametrize(("typed", "fen"), [("86.5", 8_650), ("1", 100), ("0.05", 5), ("¥12.34", 1_234)])
def test_money_is_read_as_people_write_it(typed: str, fen: int):
    assert desk.read_sum(typed, "amount") == fen


@pytest.mark.parametrize("typed", ["", "0", "-1", "1.234", "1e3", "１２", "10000.01", "1,5"])
def test_what_is_no_sum_of_money_is_refused(typed: str):
    assert build.refusal(desk.read_sum, typed, "amount").code == "sum_invalid"
