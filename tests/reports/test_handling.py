"""The course of a report at the desk: steps, lateness, hazards, duplicates, confidence, usefulness."""

from datetime import date, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

import core.audit
import points.service
import reports.service
from alliance.messages.acts import ACTS
from core.clock import FrozenClock
from core.db import db, new_id
from points.models import Transfer
from reports import queries
from reports.models import Report, ReportPhoto
from reports.rules import handling
from tests.support import members_builders
from tests.support import reports_builders as build


@pytest.fixture
def app(app: Flask, clock: FrozenClock) -> Flask:
    build.tariff()
    return app


def test_a_report_goes_its_course_and_its_reporter_reads_each_step(app: Flask, clock: FrozenClock):
    wang, chen = build.resident(), build.desk()
    report_id = build.told(wang)
    build.take(chen, report_id)
    assert build.seen(chen, report_id).next_steps == ("assigned", "checked", "passed_on")
    build.step(chen, report_id, "check_on_site", public_note="去看过了", note="物业电话已留")
    build.step(chen, report_id, "resolve", public_note="物业已修好")
    assert build.refusal(build.step, chen, report_id, "follow_up").code == "follow_up_too_early"
    clock.tick(days=1)
    build.step(chen, report_id, "follow_up", public_note="今天再看，没有问题")
    build.step(chen, report_id, "close")
    course = queries.course(wang, report_id)
    assert course.state == "closed"
    assert [(each.step, each.public_note) for each in course.steps] == [
        ("assigned", ""),
        ("checked", "去看过了"),
        ("resolved", "物业已修好"),
        ("followed_up", "今天再看，没有问题"),
        ("closed", ""),
    ]
    assert all(each.note == "" for each in course.steps)
    acts = [each.action for each in core.audit.entries(subject_id=report_id).items]
    assert acts == [f"report.{each.step}" for each in reversed(course.steps)]


def test_of_two_coordinators_at_once_one_wins_and_the_other_hears_it(app: Flask):
    chen, li = build.desk(), build.desk("李志强")
    report_id = build.told(build.resident())
    shown = build.version(chen, report_id)
    reports.service.assign(chen, report_id, version=shown, handler_id=chen.id)
    refusal = build.refusal(reports.service.assign, li, report_id, version=shown, handler_id=li.id)
    assert (refusal.code, refusal.data["state"]) == ("report_changed", "assigned")
    shown = build.version(chen, report_id)
    build.judge(chen, report_id)
    assert build.refusal(build.judge, li, report_id, version=shown).code == "report_judged"


def test_steps_out_of_turn_are_refused(app: Flask):
    chen = build.desk()
    report_id = build.told(build.resident())
    for name in ("resolve", "follow_up", "close", "check_on_site"):
        assert build.refusal(build.step, chen, report_id, name).code == "report_step_impossible"
    build.take(chen, report_id)
    assert build.refusal(build.step, chen, report_id, "resolve").code == "report_step_impossible"
    # A telephone scam has no place to go to.
    scam = build.told(build.resident("李小红"), "scam")
    build.take(chen, scam)
    build.step(chen, scam, "resolve")


def test_a_dispute_must_not_stay_open_overnight(app: Flask, clock: FrozenClock):
    chen = build.desk()
    dispute, other = build.told(build.resident(), "dispute"), build.told(build.resident("李小红"), "other")
    clock.tick(hours=13, minutes=59)
    assert queries.desk_counts(chen)["overdue"] == 0
    clock.tick(minutes=1)
    assert [each.id for each in queries.desk_list(chen, tab="overdue").items] == [dispute]
    assert build.seen(chen, dispute).line.hours_open == 14
    assert build.seen(chen, other).line.overdue is False


def test_a_hazard_keeps_who_removes_it_by_when_and_is_looked_at_again(app: Flask, clock: FrozenClock):
    wang, chen = build.resident(), build.desk()
    hazard = build.told(wang)
    build.take(chen, hazard)
    deadline = clock.now().date() + timedelta(days=3)
    build.step(chen, hazard, "keep_hazard", responsible="物业 刘经理", deadline=deadline, recheck_on=None)
    assert queries.desk_counts(chen)["recheck"] == 0
    clock.tick(days=3)
    assert [each.id for each in queries.desk_list(chen, tab="recheck").items] == [hazard]
    build.step(chen, hazard, "recheck", fixed=False)
    assert queries.desk_counts(chen)["recheck"] == 0
    clock.tick(days=1)
    build.step(chen, hazard, "recheck", fixed=True, public_note="已清除")
    line = build.seen(chen, hazard).line
    assert (line.responsible, line.deadline, line.recheck_on) == ("物业 刘经理", deadline, None)
    scam = build.told(wang, "scam")
    wish = {"responsible": "我", "deadline": None, "recheck_on": None}
    assert build.refusal(build.step, chen, scam, "keep_hazard", **wish).code == "not_a_hazard"


def test_duplicates_are_linked_and_earn_nothing(app: Flask):
    wang, chen = build.resident(), build.desk()
    first, second = build.told(wang), build.told(build.resident("李小红"))
    number = queries.course(wang, first).number
    build.step(chen, second, "link_duplicate", of_number=number)
    line = build.seen(chen, second).line
    assert (line.state, line.duplicate_of) == ("closed", number)
    assert build.refusal(build.judge, chen, second).code == "duplicate_earns_not"
    own = {"of_number": number}
    assert build.refusal(build.step, chen, first, "link_duplicate", **own).code == "not_a_duplicate"


def test_nobody_handles_or_judges_his_own_report(app: Flask):
    chen, li = build.desk(), build.desk("李志强")
    report_id = build.told(chen)
    own = {"handler_id": chen.id}
    assert build.refusal(build.step, li, report_id, "assign", **own).code == "handler_unfit"
    build.take(li, report_id)
    assert build.refusal(build.judge, chen, report_id).code == "own_report"
    assert build.refusal(build.step, chen, report_id, "check_on_site").code == "own_report"


def test_only_coordinators_can_be_given_a_report(app: Flask):
    chen, wang = build.desk(), build.resident()
    report_id = build.told(wang)
    wish = {"handler_id": build.auditor().id}
    assert build.refusal(build.step, chen, report_id, "assign", **wish).code == "handler_unfit"
    refusal = build.refusal(reports.service.assign, wang, report_id, version=1, handler_id=wang.id)
    assert refusal.code == "permission_missing"


def test_every_step_has_words_in_the_audit_log():
    assert {f"report.{step}" for step in handling.STEPS} <= set(ACTS)


# --- confidence


def test_confidential_words_are_for_the_handler_and_one_more_who_says_why(app: Flask):
    chen, li, zhao = build.desk(), build.desk("李志强"), build.desk("赵敏")
    auditor = build.auditor()
    report_id = build.told(build.resident(), "scam", photos=[build.photo()])
    for reader in (chen, li, auditor):
        seen = build.seen(reader, report_id)
        assert (seen.words_open, seen.words, seen.answers, seen.photo_ids, seen.reporter_id) == (
            False,
            None,
            None,
            (),
            None,
        )
    assert build.refusal(reports.service.open_words, li, report_id, "想看看").code == "words_closed"
    build.take(chen, report_id)
    assert build.seen(chen, report_id).words == "楼道里电线裸露"
    assert build.refusal(reports.service.open_words, li, report_id, " ").code == "report_text_invalid"
    assert build.refusal(build.judge, li, report_id).code == "words_closed"
    reports.service.open_words(li, report_id, "协助处理")
    seen = build.seen(li, report_id)
    assert (seen.words_open, [each.reason for each in seen.readings]) == (True, ["协助处理"])
    (photo_id,) = seen.photo_ids
    assert queries.photo(li, photo_id)
    assert build.refusal(queries.photo, zhao, photo_id).code == "photo_unknown"
    assert build.refusal(reports.service.open_words, zhao, report_id, "我也要").code == "words_closed"
    assert build.seen(auditor, report_id).words is None
    acts = [each.action for each in core.audit.entries(subject_id=report_id).items]
    assert acts.count("report.words_opened") == 1


def test_an_administrator_gives_a_confidential_report_to_somebody_else_and_says_why(app: Flask):
    chen, li = build.desk(), build.desk("李志强")
    chief = members_builders.staff("administrator", "周主任")
    report_id = build.told(build.resident(), "scam")
    build.take(chen, report_id)
    wish = {"handler_id": li.id}
    assert build.refusal(build.step, chief, report_id, "assign", **wish).code == "report_text_invalid"
    build.step(chief, report_id, "assign", note="陈国平休假", **wish)
    assert (build.seen(li, report_id).words_open, build.seen(chief, report_id).words_open) == (True, False)


def test_who_gave_a_report_away_reads_it_no_more(app: Flask):
    chen, li = build.desk(), build.desk("李志强")
    report_id = build.told(build.resident(), "hazard", confidential=True)
    build.take(chen, report_id)
    assert build.refusal(build.take, li, report_id).code == "words_closed"
    build.step(chen, report_id, "assign", handler_id=li.id)
    assert build.seen(chen, report_id).words_open is False
    assert build.seen(li, report_id).words_open is True


def test_who_may_not_read_a_confidential_report_takes_no_step_with_it(app: Flask):
    chen, li = build.desk(), build.desk("李志强")
    report_id = build.told(build.resident(), "hazard", confidential=True)
    same = build.seen(chen, build.told(build.resident(), "hazard")).line.number
    build.take(chen, report_id)
    before = build.seen(chen, report_id)
    tries: dict[str, dict[str, object]] = {
        "check_on_site": {},
        "resolve": {},
        "pass_on": {"passed_to": "消防站"},
        "add_note": {"note": "已处理"},
        "keep_hazard": {"responsible": "物业", "deadline": None, "recheck_on": None},
        "recheck": {"fixed": True},
        "link_duplicate": {"of_number": same},
    }
    refused = {name: build.refusal(build.step, li, report_id, name, **wish) for name, wish in tries.items()}
    assert {each.code for each in refused.values()} == {"words_closed"}
    assert build.seen(chen, report_id) == before
    assert build.seen(li, report_id).next_steps == ("assigned",)
    build.step(chen, report_id, "check_on_site")


def test_of_a_confidential_report_others_see_neither_place_nor_time(app: Flask):
    chen, li = build.desk(), build.desk("李志强")
    report_id = build.told(build.resident(), "scam", place_note="我家楼下")
    build.take(chen, report_id)
    own, other = build.seen(chen, report_id), build.seen(li, report_id)
    assert (own.line.place, other.line.place) == ("我家楼下", "")
    assert own.line.received_at is not None
    assert [other.line.received_at, *(each.at for each in other.steps)] == [None, None]
    for reader, shown in ((chen, own), (li, other)):
        assert [each.place for each in queries.desk_list(reader, tab="open").items] == [shown.line.place]


def test_who_told_of_a_home_in_confidence_does_not_stand_in_the_list_of_homes(app: Flask):
    chen = build.desk()
    report_id = build.told(build.resident(), "rented", confidential=True)
    wish = {"address": "西苑小区3号楼201", "term_from": date(2026, 11, 1), "term_until": date(2027, 10, 31)}
    register = reports.service.register_home
    assert build.refusal(register, chen, key=new_id(), report_id=report_id, **wish).code == "words_closed"
    build.take(chen, report_id)
    register(chen, key=new_id(), report_id=report_id, **wish)
    (home,) = queries.homes().items
    assert (home.report_id, home.member_id, home.address) == (report_id, None, wish["address"])
    (closed,) = queries.homes(handles=False).items
    assert (closed.address, closed.area_id) == ("", None)
    assert queries.homes(q="3号楼", handles=False).items == []


# --- usefulness


def test_a_useful_report_earns_once_by_the_rule_of_its_kind(app: Flask, clock: FrozenClock):
    wang, chen = build.resident(), build.desk()
    report_id = build.told(wang, "scam")
    assert build.refusal(build.judge, chen, report_id).code == "report_step_impossible"
    build.take(chen, report_id)
    key, shown = new_id(), build.version(chen, report_id)
    body = build.judge(chen, report_id, key=key, version=shown)
    assert (body["points"], build.balance(wang)) == (20, 20)
    assert build.judge(chen, report_id, key=key, version=shown) == body
    assert build.refusal(build.judge, chen, report_id).code == "report_judged"
    assert (build.balance(wang), queries.course(wang, report_id).verdict) == (20, "useful")


def test_a_report_in_good_faith_costs_nothing(app: Flask):
    wang, chen = build.resident(), build.desk()
    for number in range(4):
        report_id = build.told(wang, "hazard", words=f"隐患{number}")
        build.take(chen, report_id)
        build.judge(chen, report_id, useful=number < 3)
    assert build.balance(wang) == 30
    last = build.told(wang, "hazard", words="第五个")
    build.take(chen, last)
    body = build.judge(chen, last)
    # The cap of the day is reached: thanked for, and not paid.
    assert (body["verdict"], body["points"], body["unpaid"]) == ("useful", 0, "daily_cap_reached")
    assert build.balance(wang) == 30


def test_points_of_a_report_can_be_withdrawn_at_the_ledger_desk(app: Flask):
    wang, chen = build.resident(), build.desk()
    report_id = build.told(wang, "other")
    build.useful(chen, report_id)
    transfer = db.session.scalar(sa.select(Transfer.id).where(Transfer.subject_id == report_id))
    assert (queries.course(wang, report_id).withdrawn, build.seen(chen, report_id).withdrawn) == (
        False,
        False,
    )
    points.service.withdraw_award(chen, key=new_id(), transfer_id=transfer, reason="弄错了")
    assert build.balance(wang) == 0
    assert (queries.course(wang, report_id).withdrawn, build.seen(chen, report_id).withdrawn) == (True, True)
    assert [each.withdrawn for each in queries.mine(wang.id).items] == [True]


# --- figures and time


def test_figures_tell_what_came_and_what_came_of_it(app: Flask, clock: FrozenClock):
    chen = build.desk()
    first = build.told(build.resident(), "dispute")
    build.unnamed(chen)
    clock.tick(hours=2)
    build.take(chen, first)
    build.step(chen, first, "check_on_site")
    build.step(chen, first, "resolve")
    today = clock.now().date()
    found = queries.figures(today, today + timedelta(days=1))
    by_kind = {each.kind: (each.received, each.unnamed, each.resolved) for each in found.kinds}
    assert (by_kind["dispute"], by_kind["hazard"]) == ((1, 0, 1), (1, 1, 0))
    assert (found.response_hours, found.resolution_hours, found.hazards_open) == (2.0, 2.0, 1)


def hazards(first: date, after: date) -> tuple[int, int, int, int]:
    """Open, resolved but not looked at again, closed, and passed on."""
    found = queries.figures(first, after)
    return (
        *(found.hazards_open, found.hazards_to_follow_up),
        *(found.hazards_closed, found.hazards_passed_on),
    )


def test_a_hazard_is_open_in_the_month_that_left_it_and_closed_in_the_one_that_followed_it_up(
    app: Flask, clock: FrozenClock
):
    chen, wang = build.desk(), build.resident()
    hazard, second = build.told(wang), build.told(wang)
    build.take(chen, hazard)
    november, december, january = date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)
    clock.tick(days=20)
    build.step(chen, hazard, "check_on_site")
    build.step(chen, hazard, "resolve")
    build.take(chen, second)
    build.step(chen, second, "check_on_site")
    build.step(chen, second, "resolve")
    build.step(chen, second, "assign", handler_id=chen.member_id)
    assert [hazards(november, december), hazards(december, january)] == [(2, 0, 0, 0), (1, 1, 0, 0)]
    clock.tick(days=1)
    build.step(chen, hazard, "follow_up")
    assert [hazards(november, december), hazards(december, january)] == [(2, 0, 0, 0), (1, 0, 1, 0)]


def test_what_was_only_passed_on_is_told_apart_from_what_was_done(app: Flask, clock: FrozenClock):
    chen, wang = build.desk(), build.resident()
    gone, back = build.told(wang), build.told(wang)
    for each in (gone, back):
        build.take(chen, each)
        build.step(chen, each, "pass_on", passed_to="燃气公司")
    today = clock.now().date()
    month = (date(2026, 11, 1), date(2026, 12, 1))
    assert hazards(*month) == (0, 0, 0, 2)
    clock.tick(days=1)
    build.step(chen, gone, "follow_up")
    build.step(chen, gone, "close")
    build.step(chen, back, "resolve")
    assert hazards(*month) == (0, 1, 0, 1)
    assert hazards(date(2026, 12, 1), date(2027, 1, 1)) == (0, 1, 0, 0), "nothing counts in two months"
    by_kind = {each.kind: each for each in queries.figures(today, today + timedelta(days=1)).kinds}
    assert (by_kind["hazard"].resolved, by_kind["hazard"].passed_on) == (1, 1)


def test_time_takes_photos_first_and_words_later(app: Flask, clock: FrozenClock):
    wang, chen = build.resident(), build.desk()
    report_id = build.told(wang, "scam", photos=[build.photo()])
    build.take(chen, report_id)
    build.step(chen, report_id, "resolve", public_note="已提醒邻居")
    clock.tick(days=1)
    build.step(chen, report_id, "follow_up")
    build.step(chen, report_id, "close")
    clock.tick(days=181)
    done = reports.service.retain()
    assert (done.photos, done.words) == (1, 0)
    clock.tick(days=550)
    done = reports.service.retain()
    assert (done.photos, done.words) == (0, 1)
    db.session.rollback()
    kept = db.session.get(Report, report_id)
    assert kept is not None
    assert (kept.words, kept.answers, kept.place, kept.state) == ("", {}, "", "closed")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(ReportPhoto)) == 0
    assert {each.public_note for each in queries.course(wang, report_id).steps} == {""}
    assert reports.service.retain().words == 0


def test_lists_of_the_desk_go_on_where_they_ended(app: Flask):
    chen, wang = build.desk(), build.resident()
    told: set[UUID] = {build.told(wang, "other", words=f"事{each}") for each in range(3)}
    told.add(build.unnamed(chen, "other")[0])
    found: list[UUID] = []
    cursor = None
    for _ in range(4):
        page = queries.desk_list(chen, cursor=cursor, limit=1)
        found += [each.id for each in page.items]
        cursor = page.next
    assert (set(found), len(found), cursor) == (told, 4, None)
    assert build.refusal(queries.desk_list, chen, cursor="x").code == "cursor_invalid"
