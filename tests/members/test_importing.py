"""Members out of a file: a dry run shows every problem by row; then each row enters its member once, come what may."""

import io
import zipfile
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

import members.queries
import members.service
from core import audit
from core.db import db, transaction
from core.errors import DomainError
from core.sheets import Sheet, to_xlsx
from core.tables import SheetTooLarge, SheetUnreadable
from members import admission_rules
from members.admission_errors import ImportColumnsMissing, ImportRepeated, ImportStateWrong
from members.admission_models import MemberImportRow
from members.models import Consent, Member
from members.service import PlannedImport, importing_run
from tests.support import members_builders as people


def csv(*rows: str, heading: str = "姓名,手机号,队伍,片区,身份", coding: str = "utf-8") -> bytes:
    return "\r\n".join((heading, *rows)).encode(coding)


def rehearse(content: bytes) -> PlannedImport:
    return members.service.rehearse_import(people.staff(), content)


def told(planned: PlannedImport) -> list[str]:
    return [row.problem.code if row.problem else "ready" for row in planned.rows]


def prepared(content: bytes, target: str = "active") -> UUID:
    return members.service.prepare_import(people.staff(), content, target=target, file_name="名单.csv")


def run(content: bytes, target: str = "active") -> UUID:
    import_id = prepared(content, target)
    members.service.start_import(people.staff(), import_id)
    assert not members.service.work_off_import(import_id, seconds=60)
    return import_id


def everybody() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(Member)) or 0


def by_phone(phone: str) -> members.queries.MemberFacts:
    (found,) = members.queries.search(phone).items
    return members.queries.facts(found.id)


def test_the_dry_run_names_the_problem_of_every_row_and_enters_nobody(app: Flask) -> None:
    squad_id = people.squad("花木兰女子巡逻队")
    station = people.area("西苑派出所")
    for name in ("东社区", "西社区"):
        community = people.area(name, "community", station)
        people.area("三网格", "grid", community)
    people.member("王小芳", phone="+8613912345678")
    people.member("孙奶奶", phone=None, squad_id=squad_id)
    before = everybody()
    planned = rehearse(
        csv(
            "李梅,138 0013 8000,花木兰女子巡逻队,东社区·三网格,志愿者",
            "李梅,13800138000,,,",
            "王芳,13912345678,,,",
            "王芳,12345,,,",
            ",13800138001,,,",
            "赵云,13800138002,飞虎队,,",
            "赵云,13800138002,,火星,",
            "赵云,13800138002,,三网格,",
            "赵云,13800138002,,,管理员",
            "=1+1,13800138003,,,",
            ",,,,",
            "孙奶奶,,花木兰女子巡逻队,,",
            "孙奶奶,,,,居民",
            "孙奶奶,,,,",
        )
    )
    assert told(planned) == [
        "ready",
        "import_phone_repeated",
        "import_known",
        "phone_invalid",
        "name_invalid",
        "import_squad_unknown",
        "import_area_unknown",
        "import_area_ambiguous",
        "import_role_unknown",
        "import_row_unreadable",
        "import_namesake",
        "ready",
        "import_row_repeated",
    ]
    assert [row.number for row in planned.rows][9:12] == [11, 13, 14]
    assert planned.rows[1].problem.data == {"row": 2}
    assert everybody() == before + 1  # the coordinator who asked


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_list_is_read_in_the_encodings_that_people_have(app: Flask, coding: str) -> None:
    planned = rehearse(csv("李梅,13800138000,,,", coding=coding))
    assert [(row.name, row.phone) for row in planned.rows] == [("李梅", "+8613800138000")]


def test_members_come_in_with_squad_number_and_open_consent(app: Flask) -> None:
    squad_id = people.squad("花木兰女子巡逻队")
    sheet = Sheet(
        "名单",
        ["姓名", "手机", "队伍", "生日"],
        [["李梅", "13800138000", "花木兰女子巡逻队", "1950"], ["孙奶奶", None, None, None]],
    )
    import_id = run(to_xlsx(sheet))
    found = members.queries.member_import(import_id)
    assert (found.state, found.entered, found.left_out, found.unused_columns) == ("done", 2, 0, ("生日",))
    facts = by_phone("13800138000")
    assert (facts.status, facts.squad_id) == ("active", squad_id)
    record = members.queries.record(facts.id)
    assert record.roles == ("volunteer",)
    assert record.consent_due
    assert db.session.get(Consent, (facts.id, 1)) is None
    assert members.queries.squad(squad_id).active_members == 1
    rows = db.session.scalars(sa.select(MemberImportRow)).all()
    assert {(row.name, row.phone, row.told) for row in rows} == {("", None, "")}


def test_applicants_wait_for_a_coordinator(app: Flask) -> None:
    run(csv("李梅,13800138000,,,"), target="applied")
    assert by_phone("13800138000").status == "applied"
    assert [each.facts.name for each in members.queries.applications().items] == ["李梅"]


def test_the_same_file_enters_nobody_twice(app: Flask) -> None:
    content = csv("李梅,13800138000,,,", "孙奶奶,,,,")
    first, second = prepared(content), prepared(content)
    members.service.start_import(people.staff(), first)
    with pytest.raises(ImportRepeated):
        members.service.start_import(people.staff(), second)
    members.service.work_off_import(first, seconds=60)
    before = everybody()
    members.service.start_import(people.staff(), second)
    members.service.work_off_import(second, seconds=60)
    assert everybody() == before + 1  # one more coordinator, and nobody else
    rows = members.queries.import_rows(second, "left_out").items
    assert [row.problem for row in rows] == ["import_known", "import_namesake"]


def test_a_worker_that_dies_loses_nothing_and_doubles_nothing(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission_rules, "IMPORT_BATCH", 3)
    import_id = prepared(csv(*(f"会员{n},1380013{n:04},,," for n in range(8))))
    members.service.start_import(people.staff(), import_id)
    assert members.service.work_off_import(import_id, seconds=-1)
    before = everybody()

    def die(*_given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(importing_run, "_write_outcomes", die)
        with pytest.raises(KeyboardInterrupt):
            members.service.work_off_import(import_id, seconds=60)
    assert everybody() == before
    assert members.service.go_on_with_imports() == 1
    assert everybody() == before + 5
    assert members.queries.member_import(import_id).state == "done"


def test_what_was_not_done_yet_can_be_stopped_and_taken_up_again(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission_rules, "IMPORT_BATCH", 2)
    import_id = prepared(csv(*(f"会员{n},1380013{n:04},,," for n in range(5))))
    actor = people.staff()
    with pytest.raises(ImportStateWrong):
        members.service.stop_import(actor, import_id)
    members.service.start_import(actor, import_id)
    members.service.work_off_import(import_id, seconds=-1)
    members.service.stop_import(actor, import_id)
    assert not members.service.work_off_import(import_id, seconds=60)
    found = members.queries.member_import(import_id)
    assert (found.state, found.entered, found.ready) == ("stopped", 2, 3)
    members.service.start_import(actor, import_id)
    members.service.work_off_import(import_id, seconds=60)
    assert members.queries.member_import(import_id).entered == 5


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(200), SheetUnreadable),
        (b"", SheetUnreadable),
        (csv("13800138000", heading="电话"), ImportColumnsMissing),
        (csv(*("李梅,,,," for _ in range(admission_rules.MOST_IMPORTED + 2))), SheetTooLarge),
    ],
)
def test_a_wrong_file_is_refused_as_a_whole(app: Flask, content: bytes, refusal: type[DomainError]) -> None:
    with pytest.raises(refusal):
        rehearse(content)


def test_a_bomb_is_not_unpacked(app: Flask) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", bytes(admission_rules.LARGEST_UNPACKED_BYTES + 1))
    with pytest.raises(SheetUnreadable) as refused:
        rehearse(packed.getvalue())
    assert refused.value.data["reason"] == "bomb"


def test_a_member_who_came_in_meanwhile_is_left_out_with_the_reason(app: Flask) -> None:
    import_id = prepared(csv("李梅,13800138000,,,"))
    known = people.member("李梅", phone="+8613800138000")
    members.service.start_import(people.staff(), import_id)
    members.service.work_off_import(import_id, seconds=60)
    (row,) = members.queries.import_rows(import_id, "left_out").items
    assert (row.problem, row.problem_data) == ("import_known", {"number": known.number})


def test_a_file_that_was_only_looked_at_is_forgotten(app: Flask) -> None:
    import_id = prepared(csv("李梅,13800138000,,,"))
    members.service.discard_import(people.staff(), import_id)
    members.service.discard_import(people.staff(), import_id)
    with transaction():
        assert db.session.scalars(sa.select(MemberImportRow)).all() == []
    acts = [each.action for each in audit.entries(subject_id=import_id).items]
    assert sorted(acts) == ["import.brought", "import.discarded"]
