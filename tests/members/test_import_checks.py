"""The check of a file goes in steps: whoever asks for one, whenever it is stopped or killed, rows are judged once."""

import io
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

import members.queries
import members.service
from core import audit
from core.auth import SYSTEM
from core.clock import FrozenClock
from core.config import settings
from core.db import db, new_id
from core.errors import Busy
from core.receipts import KeyReused
from core.sheets import Sheet, to_xlsx
from members import admission_rules
from members.admission_errors import ImportStateWrong, ImportUnknown
from members.admission_models import MemberImport, MemberImportFile, MemberImportRow
from members.models import Member
from members.service import importing_check
from tests.conftest import settings_for
from tests.support import members_builders as people
from tests.support import server

KINDS = pytest.mark.parametrize("kind", ["csv", "xlsx"])


def listed(count: int, kind: str = "csv") -> bytes:
    """A list of so many people, every fifth without a telephone; the last row says what the second one said."""
    rows = [[f"会员{n}", f"1380013{n:04}" if n % 5 else ""] for n in range(count)]
    rows.append(rows[1])
    if kind == "xlsx":
        return to_xlsx(Sheet("名单", ["姓名", "手机号"], rows))
    return "\r\n".join(["姓名,手机号", *map(",".join, rows)]).encode()


def bring(content: bytes, key: UUID | None = None, target: str = "active") -> UUID:
    answer = members.service.bring_list(
        SYSTEM, content, key=key or new_id(), target=target, file_name="名单.csv"
    )
    return UUID(answer.body["import_id"])


def step(import_id: UUID) -> bool:
    return members.service.work_off_import(import_id, seconds=-1)


def rows_of(import_id: UUID) -> list[tuple[int, str | None]]:
    db.session.rollback()
    row = MemberImportRow
    query = sa.select(row.number, row.problem).where(row.import_id == import_id).order_by(row.number)
    return [tuple(each) for each in db.session.execute(query)]


@KINDS
def test_a_file_is_judged_in_steps_and_a_repeat_is_seen_from_one_to_the_other(
    app: Flask, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(admission_rules, "CHECK_BATCH", 7)
    import_id = bring(listed(20, kind))
    assert step(import_id)
    found = members.queries.member_import(import_id)
    assert (found.state, found.total, found.ready) == ("reading", 7, 7)
    assert 0 < found.checked_percent < 100
    with pytest.raises(ImportStateWrong):
        members.service.start_import(SYSTEM, import_id)
    assert members.service.go_on_with_imports() == 1
    assert rows_of(import_id) == [(n, None) for n in range(2, 22)] + [(22, "import_phone_repeated")]
    assert members.queries.member_import(import_id).state == "ready"
    assert db.session.scalars(sa.select(MemberImportFile.import_id)).all() == []


def test_a_check_is_stopped_and_taken_up_again(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission_rules, "CHECK_BATCH", 7)
    import_id = bring(listed(20))
    step(import_id)
    for _ in range(2):
        members.service.stop_import(SYSTEM, import_id)
    assert not step(import_id)
    assert members.service.go_on_with_imports() == 0
    assert members.queries.member_import(import_id).state == "reading_stopped"
    for _ in range(2):
        members.service.go_on_with_check(SYSTEM, import_id)
    assert not members.service.work_off_import(import_id, seconds=60)
    assert len(rows_of(import_id)) == 21
    with pytest.raises(ImportStateWrong):
        members.service.go_on_with_check(SYSTEM, import_id)
    told = [(each.action, each.data.get("rows")) for each in audit.entries(subject_id=import_id).items]
    assert told == [("import.check_resumed", 7), ("import.check_stopped", 7), ("import.brought", None)]


def test_two_who_check_at_once_judge_each_row_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission_rules, "CHECK_BATCH", 7)
    import_id = bring(listed(20))
    keep, others = importing_check._keep_piece, []

    def somebody_is_faster(*given: object) -> bool:
        if not others:
            others.append(True)
            assert step(import_id)
        return keep(*given)

    with monkeypatch.context() as slow:
        slow.setattr(importing_check, "_keep_piece", somebody_is_faster)
        assert members.service.work_off_import(import_id, seconds=60)
    assert len(rows_of(import_id)) == 7
    members.service.work_off_import(import_id, seconds=60)
    assert [number for number, _ in rows_of(import_id)] == list(range(2, 23))


def test_a_file_that_breaks_off_is_told_and_nothing_of_it_is_kept(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission_rules, "CHECK_BATCH", 7)
    monkeypatch.setattr(admission_rules, "MOST_IMPORTED", 15)
    import_id = bring(listed(20))
    assert not members.service.work_off_import(import_id, seconds=60)
    found = members.queries.member_import(import_id)
    assert (found.state, found.problem, found.total) == ("failed", "sheet_too_large", 0)
    assert rows_of(import_id) == []
    assert db.session.scalar(sa.select(MemberImportFile.content)) == b""
    assert members.service.go_on_with_imports() == 0
    members.service.discard_import(SYSTEM, import_id)
    with pytest.raises(ImportUnknown):
        members.queries.member_import(import_id)


def test_a_database_that_is_busy_for_a_moment_spoils_no_check(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_id = bring(listed(3))

    def busy(*_given: object) -> bool:
        raise Busy(retry_after=5)

    with monkeypatch.context() as held_up:
        held_up.setattr(importing_check, "_keep_piece", busy)
        with pytest.raises(Busy):
            step(import_id)
    step(import_id)
    assert members.queries.member_import(import_id).state == "ready"


def test_a_key_brings_a_file_once(app: Flask) -> None:
    key = new_id()
    first = bring(listed(3), key)
    assert bring(listed(3), key) == first
    with pytest.raises(KeyReused):
        bring(listed(4), key)
    with pytest.raises(KeyReused):
        bring(listed(3), key, target="applied")
    assert len(members.queries.member_imports()) == 1


def test_what_stood_in_lists_is_removed_by_the_clock(app: Flask, clock: FrozenClock) -> None:
    """Names and telephones: of lists never started after a day, of others after the days that the settings say."""
    done, halted = bring(listed(3)), bring(listed(6))
    for each in (done, halted):
        members.service.work_off_import(each, seconds=60)
        members.service.start_import(SYSTEM, each)
        if each == halted:
            members.service.stop_import(SYSTEM, each)
        members.service.work_off_import(each, seconds=60)
    unread, unstarted = bring(listed(3)), bring(listed(4))
    members.service.work_off_import(unstarted, seconds=60)
    clock.tick(days=1, seconds=1)
    members.service.retain()
    assert {each.id for each in members.queries.member_imports()} == {done, halted}
    assert db.session.scalar(sa.select(sa.func.count()).select_from(MemberImportFile)) == 0
    assert rows_of(unread) == rows_of(unstarted) == []
    assert len(rows_of(halted)) == 7
    clock.tick(days=settings().import_days)
    members.service.retain()
    assert rows_of(done) == rows_of(halted) == []
    assert {each.state for each in members.queries.member_imports()} == {"done"}
    again = bring(listed(6))
    members.service.work_off_import(again, seconds=60)
    members.service.start_import(SYSTEM, again)


def test_a_command_killed_at_work_has_lost_and_doubled_nothing(
    database_app: Flask, engine_url: str, engine_name: str, tmp_path: Path
) -> None:
    """`kill -9` to its process, on one engine while it checks the file, on the other while members come in."""
    killed_in = {"sqlite": "running", "postgresql": "reading"}[engine_name]
    count = 3000
    file = tmp_path / "名单.csv"
    file.write_bytes(listed(count))
    log = tmp_path / "command.log"
    command = server.start_command(settings_for(engine_url, tmp_path), log, "members", "import", str(file))
    try:
        import_id = _wait_until(killed_in, lambda: command.poll() is None, log)
    finally:
        command.kill()
        command.wait(30)
    found = members.queries.member_import(import_id)
    assert (found.state, found.total == count + 1) == (killed_in, killed_in == "running")
    db.session.rollback()
    assert members.service.go_on_with_imports(600) == 1
    if killed_in == "reading":
        members.service.start_import(SYSTEM, import_id)
        assert members.service.go_on_with_imports(600) == 1
    found = members.queries.member_import(import_id)
    assert (found.state, found.total, found.entered, found.left_out) == ("done", count + 1, count, 1)
    names = db.session.scalars(sa.select(Member.name)).all()
    assert sorted(names) == sorted(f"会员{n}" for n in range(count))


def _wait_until(state: str, works: Callable[[], bool], log: Path) -> UUID:
    """Wait until the first pieces of the only list in this state are done; its id."""
    begun = (
        sa.func.count(sa.case((MemberImportRow.state == "entered", 1)))
        if state == "running"
        else sa.func.count()
    )
    query = sa.select(MemberImport.id).where(
        MemberImport.state == state,
        sa.select(begun).where(MemberImportRow.import_id == MemberImport.id).scalar_subquery() > 0,
    )
    deadline = time.monotonic() + server.PATIENCE_SECONDS
    while (found := db.session.scalar(query)) is None:
        db.session.rollback()
        assert works(), log.read_text()
        assert time.monotonic() < deadline, f"no list was {state}: {log.read_text()}"
        time.sleep(0.005)
    db.session.rollback()
    return found


def test_a_program_brings_a_list_watches_it_and_lets_it_run(app: Flask, client: FlaskClient) -> None:
    people.sign_in(client, people.member("李警官", "coordinator", language="en"))
    client.environ_base["HTTP_X_CSRF_TOKEN"] = client.get("/api/v1/session").json["csrf_token"]
    form = {"key": str(new_id()), "target": "applied"}
    kept, repeated, other = (
        client.post("/api/v1/members/imports", data=form | {"file": (io.BytesIO(content), "a.csv")})
        for content in (listed(3), listed(3), listed(4))
    )
    assert (kept.status_code, repeated.status_code, other.status_code) == (201, 200, 409)
    assert kept.json == repeated.json
    address = f"/api/v1/members/imports/{kept.json['import_id']}"
    assert client.post(f"{address}/start", json={}).json["code"] == "import_state_wrong"
    for doing, state in [
        ("stop", "reading_stopped"),
        ("work", "reading_stopped"),
        ("check", "reading"),
        ("work", "ready"),
        ("start", "running"),
        ("stop", "stopped"),
        ("start", "running"),
        ("work", "done"),
    ]:
        assert client.post(f"{address}/{doing}", json={}).json["state"] == state
    (left_out,) = client.get(f"{address}/rows").json["items"]
    assert (left_out["number"], left_out["code"]) == (5, "import_phone_repeated")
    assert left_out["detail"] == "Row 3 has the same telephone number already."
    page = client.get(f"{address}/rows?list=entered&limit=2").json
    assert [row["number"] for row in page["items"]] == [2, 3]
    assert len(client.get(f"{address}/rows?list=entered&cursor={page['next']}").json["items"]) == 1
    assert client.delete(address).json["code"] == "import_state_wrong"
    assert members.queries.member_import(UUID(kept.json["import_id"])).entered == 3


def test_a_device_brings_no_lists(app: Flask, client: FlaskClient) -> None:
    device = {"Authorization": f"Bearer {people.device('award.give')}"}
    form = {"key": str(new_id()), "file": (io.BytesIO(listed(3)), "a.csv")}
    refused = client.post("/api/v1/members/imports", data=form, headers=device)
    assert (refused.status_code, refused.json["code"]) == (403, "permission_missing")
    assert members.queries.member_imports() == []
