"""The desk's list of members, narrowed and as a file, and the pages by which a file of members comes in."""

import csv
import io

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

import members.queries
import members.service
from core.audit import AuditEntry
from core.auth import SYSTEM
from core.clock import FrozenClock
from core.db import db
from core.errors import DomainError
from core.sheets import Sheet, to_xlsx
from members import admission_rules
from members.queries import MemberFilter
from members.service import exporting
from tests.members.test_pages import browser, fields_of, send
from tests.support import members_builders as people


@pytest.fixture
def cast(app, clock):
    return people.cast(language="en")


def found(**narrowed):
    return [each.name for each in members.queries.members_page(MemberFilter(**narrowed)).items]


def test_each_filter_narrows_the_list_and_they_add_up(app, cast, clock: FrozenClock):
    station = people.area("西苑派出所")
    community = people.area("东社区", "community", station)
    granny = people.member("孙奶奶", phone=None, squad_id=cast.squad_id, area_id=community)
    assert found(area_id=station) == found(area_id=community) == ["孙奶奶"]
    assert found(without_phone=True) == ["孙奶奶"]
    assert found(role="auditor") == ["钱会计"]
    assert found(text="孙") == ["孙奶奶"]
    assert set(found(squad_id=cast.squad_id)) == {"王小芳", "李梅", "孙奶奶"}
    assert set(found(without_squad=True)) == {"张警官", "周主任", "钱会计"}
    assert found(squad_id=cast.squad_id, without_phone=True, status="active") == ["孙奶奶"]
    assert found(squad_id=cast.squad_id, status="suspended") == []
    since = clock.tick(days=2).date()
    people.member("新会员")
    assert found(joined_since=since) == ["新会员"]
    assert members.queries.count_members(MemberFilter(), most=3) == 4
    page = browser(app, cast.coordinator).get(f"/desk/members?phone=none&squad_id={cast.squad_id}")
    assert granny.name in page.text
    assert "1 member<" in page.text


def test_pages_of_a_narrowed_list_skip_and_repeat_nobody(cast):
    for n in range(9):
        people.member(f"同名{n % 2}", squad_id=cast.other_squad_id)
    wanted, seen, cursor = MemberFilter(squad_id=cast.other_squad_id), [], None
    while True:
        page = members.queries.members_page(wanted, cursor=cursor, limit=2)
        seen += [each.id for each in page.items]
        # Somebody before and somebody behind the place where the reader is come in meanwhile.
        people.member("一", squad_id=cast.squad_id)
        cursor = page.next
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 10


def test_a_list_goes_out_exactly_as_it_is_shown_and_it_is_written_down(app, cast):
    people.member("=1+1", phone="+8613912345678", squad_id=cast.squad_id)
    desk = browser(app, cast.coordinator)
    hidden = fields_of(desk.get(f"/desk/members?squad_id={cast.squad_id}"), "/desk/members/export.xlsx")
    answer = desk.post("/desk/members/export.csv", data=hidden)
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [row[1] for row in rows[1:]] == ["'=1+1", *sorted(["李梅", "王小芳"])]
    assert rows[1][2] == "'+8613912345678"
    book = load_workbook(io.BytesIO(desk.post("/desk/members/export.xlsx", data=hidden).data))
    assert [(row[1].value, row[1].data_type) for row in book.active.iter_rows(min_row=2, max_row=2)] == [
        ("=1+1", "s")
    ]
    written = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "member.exported")).all()
    assert [each.data for each in written] == [
        {"rows": 3, "kind": kind, "filter": {"squad_id": str(cast.squad_id)}} for kind in ("csv", "xlsx")
    ]


def test_who_may_not_take_members_along_gets_no_file(app, cast):
    # Auditors look at the page, and that is all.
    for person, status in ((cast.auditor, 200), (cast.owner, 403)):
        assert browser(app, person).get("/desk/members/import").status_code == status
        with pytest.raises(DomainError):
            members.service.export_members(people.actor(person), MemberFilter(), "csv")
    assert browser(app, cast.coordinator).get("/desk/members/export.csv").status_code == 405


def test_too_many_for_one_file_are_refused_with_a_sentence(app, cast, monkeypatch):
    monkeypatch.setattr(exporting, "MOST_IN_XLSX", 3)
    desk = browser(app, cast.coordinator)
    hidden = fields_of(desk.get("/desk/members"), "/desk/members/export.xlsx")
    answer = desk.post("/desk/members/export.xlsx", data=hidden)
    assert answer.status_code == 422
    assert "Narrow the list" in answer.text


# --- A file comes in


def upload(client, content, **values):
    address = "/desk/members/import"
    hidden = fields_of(client.get(address), address)
    fields = hidden | {"target": "active"} | values
    # By hand: the test client would put a large file on the disk and leave it open.
    parts = [f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{fields[name]}' for name in fields]
    parts.append('--x\r\nContent-Disposition: form-data; name="file"; filename="名单.xlsx"\r\n\r\n')
    body = "\r\n".join(parts).encode() + content + b"\r\n--x--\r\n"
    return client.post(address, data=body, content_type="multipart/form-data; boundary=x")


def test_a_file_is_looked_at_started_worked_off_and_told(app, cast):
    desk = browser(app, cast.coordinator)
    rows = [["李梅", "13800138000", None], ["赵云", "12345", None], ["孙权", "13800138001", "飞虎队"]]
    answer = upload(desk, to_xlsx(Sheet("名单", ["姓名", "手机号", "队伍"], rows)))
    assert answer.status_code == 303
    address = answer.headers["Location"]
    import_id = address.rsplit("/", 1)[1]
    token = fields_of(desk.get(address), f"{address}/stop")["csrf_token"]
    work = f"/api/v1/members/imports/{import_id}/work"
    assert desk.post(work, json={}, headers={"X-CSRF-Token": token}).json["state"] == "ready"
    page = desk.get(address)
    assert "This is not a mobile number." in page.text
    assert "No squad is called “飞虎队”." in page.text
    assert members.queries.search("13800138000").items == []
    assert "It runs." in send(desk, address, f"{address}/start").text
    for _again in range(2):
        told = desk.post(work, json={}, headers={"X-CSRF-Token": token}).json
        assert {name: told[name] for name in ("state", "total", "ready", "left_out", "entered")} == {
            "state": "done", "total": 3, "ready": 0, "left_out": 2, "entered": 1,
        }  # fmt: skip
    assert "Done: 1 member came in." in desk.get(address).text
    lines = list(csv.reader(io.StringIO(desk.get(f"{address}/result.csv").data.decode("utf-8-sig"))))
    assert [(line[0], line[1], line[2]) for line in lines[1:]] == [
        ("2", "李梅", "came in"),
        ("3", "赵云 · 12345", "left out"),
        ("4", "孙权 · 13800138001 · 飞虎队", "left out"),
    ]
    assert desk.get(f"{address}/result.xlsx").status_code == 200


def test_more_than_other_requests_may_bring_is_taken_here_and_what_is_too_much_is_refused(app, cast):
    desk = browser(app, cast.coordinator)
    heading = "姓名,手机号,备注\n".encode()
    long_rows = b"".join(b"A%d,,%s\n" % (n, b"x" * 1900) for n in range(1600))
    assert upload(desk, heading + long_rows).status_code == 303
    answer = upload(desk, b"x" * (admission_rules.LARGEST_IMPORT_BYTES + 100_000))
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "content", [b"", b"\x89PNG" + bytes(50), b"PK\x03\x04 no archive", "电话\n1".encode()]
)
def test_a_wrong_file_is_told_beside_the_field(app, cast, content):
    answer = upload(browser(app, cast.coordinator), content)
    assert answer.status_code == 422
    assert 'id="file-error"' in answer.text


def test_the_empty_list_to_fill_in_can_be_filled_in(app, cast):
    book = load_workbook(
        io.BytesIO(browser(app, cast.coordinator).get("/desk/members/import/example.xlsx").data)
    )
    heading = [cell.value for cell in book.worksheets[0][1]]
    columns, unused = admission_rules.columns_of(heading)
    assert (set(columns), unused) == ({"name", "phone", "squad", "area", "role"}, [])
    assert "花木兰女子巡逻队" in {cell.value for cell in book.worksheets[1]["A"]}


def test_the_command_says_what_it_would_do_and_does_it(app, tmp_path):
    file = tmp_path / "list.csv"
    file.write_bytes("姓名,手机\n李梅,13800138000\n赵云,12345\n".encode("gb18030"))
    run = app.test_cli_runner().invoke
    dry = run(args=["members", "import", str(file), "--dry-run"])
    assert dry.output.splitlines() == [
        "row 3: phone_invalid (field: phone)",
        "members who would be entered: 1, rows left out: 1",
    ]
    done = run(args=["members", "import", str(file), "--target", "applied"])
    assert "members entered: 1, rows left out: 1" in done.output
    assert members.queries.status_counts()["applied"] == 1


def test_rows_are_forgotten_in_time_and_files_never_started_soon(app, clock: FrozenClock):
    prepare = members.service.prepare_import
    started = prepare(SYSTEM, "姓名\n李梅\n赵 云\n李梅".encode(), target="active", file_name="a.csv")
    members.service.start_import(SYSTEM, started)
    members.service.work_off_import(started, seconds=9)
    only_seen = prepare(SYSTEM, "姓名\n孙权".encode(), target="active", file_name="b.csv")
    clock.tick(days=1, minutes=1)
    members.service.retain()
    assert [each.id for each in members.queries.member_imports()] == [started]
    assert len(list(members.queries.all_import_rows(started))) == 3
    clock.tick(days=30)
    members.service.retain()
    assert list(members.queries.all_import_rows(started)) == []
    assert members.queries.member_import(started).entered == 2
    assert only_seen != started
