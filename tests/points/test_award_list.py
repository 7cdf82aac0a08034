"""Awards from a file: a dry run shows every problem by row and posts nothing; posting twice posts once."""

import io
import zipfile
from datetime import date
from uuid import uuid4

import pytest
from flask import Flask
from openpyxl import Workbook

from core.clock import FrozenClock
from core.errors import DomainError
from core.sheets import Sheet, to_csv, to_xlsx
from core.tables import SheetTooLarge, SheetUnreadable
from members.queries import MemberFacts
from points import queries, service
from points.errors import ListColumnsMissing
from points.service import AwardList
from tests.support import members_builders as people
from tests.support import points_builders as build


@pytest.fixture
def wang(app: Flask, clock: FrozenClock) -> MemberFacts:
    service.install_tariff()
    return people.member("王小芳", phone="+8613912345678")


def read(content: bytes, rule_code: str = "") -> AwardList:
    return service.read_award_list(people.staff(), content, rule_code=rule_code)


def told(listed: AwardList) -> list[str]:
    return [row.problem.code if row.problem else row.state for row in listed.rows]


def csv(*rows: str, heading: str = "会员号,姓名,好事,日期,备注,积分") -> bytes:
    return "\r\n".join((heading, *rows)).encode()


def test_the_dry_run_names_the_problem_of_every_row_and_posts_nothing(wang: MemberFacts) -> None:
    gone, resting = people.member("赵云"), people.member("孙权")
    people.members.service.leave(people.actor(gone), gone.id)
    people.members.service.suspend(people.SYSTEM, resting.id, "核实中")
    two = [people.member("李梅"), people.member("李梅")]
    number = wang.number
    listed = read(
        csv(
            f"{number},王小芳,lead,2026-11-17,谢谢,20",
            f"{number},王大芳,lead,,,",
            "1234567,,lead,,,",
            f",{gone.name},lead,,,",
            f",{resting.name},lead,,,",
            ",李梅,lead,,,",
            f"{two[0].number},李梅,有效线索,2026年11月17日,,",
            f"{number},王小芳,lead,2026/11/17,谢谢,",
            f"{number},,飞天,,,",
            f"{number},,lead,,,1.5",
            f"{number},,lead,,,21",
            f"{number},,=1+1,,,",
            f"{number},,lead,2026-13-40,,",
            f"{number},,lead,2025-01-01,,",
            f"{number},,lead,,电话13800138000,",
        )
    )
    assert [row.number for row in listed.rows] == list(range(2, 17))
    assert told(listed)[:6] == [
        "ready",
        "list_member_differs",
        "member_not_found",
        "member_left",
        "member_suspended",
        "list_name_ambiguous",
    ]
    assert told(listed)[7:] == [
        "list_row_repeated",
        "rule_unknown",
        "amount_invalid",
        "list_points_differ",
        "list_row_unreadable",
        "list_row_unreadable",
        "deed_time_invalid",
        "memo_holds_number",
    ]
    assert build.balance(wang.id) == 0
    assert build.faults() == {}


def test_posting_a_list_twice_posts_once_and_a_corrected_one_only_what_is_new(wang: MemberFacts) -> None:
    li, chen = people.staff(), people.member("陈刚")
    first = csv(f"{wang.number},,lead,,,", "999,,lead,,,")
    listed = service.read_award_list(li, first)
    assert told(listed) == ["ready", "member_not_found"]
    for _ in range(2):
        answer = service.post_award_list(li, listed.digest, listed.awards)
        assert (answer.body["awarded"], build.balance(wang.id)) == (1, 20)
    again = service.read_award_list(li, first)
    assert (again.posted_before, told(again)[0], again.awards) == (True, "known", [])
    mended = service.read_award_list(li, csv(f"{wang.number},,lead,,,", f"{chen.number},,lead,,,"))
    assert (mended.posted_before, told(mended)) == (False, ["known", "ready"])
    service.post_award_list(li, mended.digest, mended.awards)
    assert (build.balance(wang.id), build.balance(chen.id), build.faults()) == (20, 20, {})


def test_what_was_withdrawn_or_called_off_can_be_awarded_by_the_same_list_again(
    database_app: Flask, clock: FrozenClock
) -> None:
    service.install_tariff()
    build.tariff_rule(code="rescue", points=150)
    li, wang, chen = people.staff(), people.member("王小芳"), people.member("陈琳")
    file = csv(f"{wang.number},,lead,,,", f"{chen.number},,rescue,,,")

    def post() -> tuple[list[str], dict[str, object]]:
        listed = service.read_award_list(li, file)
        return told(listed), dict(service.post_award_list(li, listed.digest, listed.awards).body)

    assert post()[0] == ["ready", "second"]
    for _ in range(2):
        (line,) = queries.statement(wang.id, limit=1).items
        service.withdraw_award(li, key=uuid4(), transfer_id=line.id, reason="记错了人")
        assert post()[0] == ["ready", "known"]
        assert post()[0] == ["known", "known"], "once each time"
    (waits,) = queries.award_requests().items
    service.cancel_award(li, key=uuid4(), request_id=waits.id)
    states, counts = post()
    assert (states, counts["requested"]) == (["known", "second"], 1)
    (waits,) = queries.award_requests().items
    service.second_award(people.staff(), key=uuid4(), request_id=waits.id)
    assert post()[0] == ["known", "known"]
    (line,) = queries.statement(chen.id, limit=1).items
    service.withdraw_award(li, key=uuid4(), transfer_id=line.id, reason="记错了人")
    assert post()[0] == ["known", "second"]
    assert queries.balance(wang.id) == 20
    assert build.faults() == {}


def test_caps_and_limits_count_along_in_the_dry_run(wang: MemberFacts) -> None:
    rows = [f"{wang.number},,care,2026-11-{day},," for day in (16, 17, 18)] + [
        f"{wang.number},,care,,又一次,"
    ]
    assert told(read(csv(*rows))) == ["ready", "ready", "ready", "weekly_cap_reached"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_chinese_is_read_in_whatever_encoding_spreadsheets_write(wang: MemberFacts, encoding: str) -> None:
    text = "姓名;手机;备注\n王小芳;139 1234 5678;联通 帮忙\n"
    (row,) = read(text.encode(encoding), "lead").rows
    assert (row.state, row.award and row.award.memo) == ("ready", "联通 帮忙")


def test_a_file_half_utf8_half_gbk_is_read_and_garbled_lines_are_named(wang: MemberFacts) -> None:
    people.member("陈刚")
    content = "姓名\n王小芳\n".encode() + "陈刚\n".encode("gb18030") + b"\xff\xff\xff\n"
    assert told(read(content, "lead")) == ["ready", "ready", "list_row_unreadable"]


def test_a_workbook_is_read_with_real_days_numbers_and_without_its_formulas(wang: MemberFacts) -> None:
    book = Workbook()
    page = book.active
    page.append(["会员号", "日期", "备注"])
    page.append([float(wang.number), date(2026, 11, 17), "好"])
    page.append(["=1+1", None, None])
    page["B900"] = date(2026, 11, 17)
    kept = io.BytesIO()
    book.save(kept)
    listed = read(kept.getvalue(), "lead")
    assert (told(listed), listed.rows[0].award and listed.rows[0].award.day) == (
        ["ready", "list_row_unreadable", "member_not_found"],
        date(2026, 11, 17),
    )
    assert [row.number for row in listed.rows] == [2, 3, 900]
    own = Sheet("x", ["number", "note"], [[wang.number, "=thanks"]])
    assert told(read(to_xlsx(own), "lead")) == ["ready"]
    assert told(read(to_csv(own), "lead")) == ["ready"]


def bomb(**parts: bytes) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {"xl/workbook.xml": b"<workbook/>", **parts}.items():
            archive.writestr(name, data)
    return kept.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "kind"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00", "kind"),
        (b"PK\x03\x04broken", "broken"),
        (bomb(), "broken"),
        (bomb(big=b"0" * 40_000_000), "bomb"),
        (bomb(x=b'<!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><l>&b;</l>'), "bomb"),
        (bomb(x='<!DOCTYPE l [<!ENTITY a "a">]>'.encode("utf-16")), "bomb"),
        (bomb(**{f"p{n}": b"" for n in range(300)}), "kind"),
        (b"PK\x03\x04" + b"\x00" * 500, "broken"),
    ],
)
def test_wrong_files_and_bombs_are_refused_unread(wang: MemberFacts, content: bytes, reason: str) -> None:
    with pytest.raises(SheetUnreadable) as refused:
        read(content, "lead")
    assert refused.value.data["reason"] == reason


def test_too_many_rows_and_wrong_columns_are_refused(wang: MemberFacts) -> None:
    with pytest.raises(SheetTooLarge):
        read(csv(*["1,,lead,,,"] * 1001))
    with pytest.raises(ListColumnsMissing):
        read(csv("王小芳", heading="谁"), "lead")
    with pytest.raises(ListColumnsMissing):
        read(csv("王小芳", heading="姓名"))
    with pytest.raises(DomainError):
        service.read_award_list(people.actor(wang), csv(), rule_code=str(uuid4()))
