"""Members, squads, areas and devices for programs, over HTTP, by a named cast."""

import pytest

import members.queries
import members.service
from core.db import new_id
from tests.support import members_builders as people
from tests.support.members_builders import PASSWORD

pytestmark = pytest.mark.usefixtures("clock")


class Program:
    """A program that keeps cookies and sends the token, or sends a device's token."""

    def __init__(self, app, facts=None, token=None):
        self.client = app.test_client()
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}
        if facts is not None:
            people.sign_in(self.client, facts)
        if token is None:
            self.headers["X-CSRF-Token"] = self.client.get("/api/v1/session").json["csrf_token"]

    def __call__(self, method, path, **body):
        return self.client.open(
            f"/api/v1{path}",
            method=method,
            json=body if method not in {"GET", "DELETE"} else None,
            headers=self.headers,
        )


@pytest.fixture
def cast(app):
    return people.cast()


def code_of(answer):
    assert answer.content_type == "application/problem+json", answer.text
    return answer.status_code, answer.json["code"]


# --- session


def test_a_program_signs_in_with_a_password_and_out_again(app):
    phone = people.fresh_phone()
    owner = people.member("王小芳", phone=phone, password=PASSWORD)
    program = Program(app)
    answer = program("POST", "/session", phone=phone, password=PASSWORD)
    assert (answer.status_code, answer.json["member_id"]) == (200, str(owner.id))
    program.headers["X-CSRF-Token"] = answer.json["csrf_token"]
    assert program("GET", "/me").json["number"] == owner.number
    assert program("DELETE", "/session").status_code == 204
    assert code_of(program("GET", "/me")) == (401, "sign_in_needed")


def test_a_program_signs_in_with_a_code(app):
    phone = people.fresh_phone()
    people.member(phone=phone)
    program = Program(app)
    assert program("POST", "/session/code", phone=phone).status_code == 202
    assert program("POST", "/session/code", phone=people.fresh_phone()).status_code == 202
    answer = program("POST", "/session", phone=phone, code=members.queries.outbox()[0].code)
    assert answer.status_code == 200


@pytest.mark.parametrize("purpose", ["phone", "password"])
def test_a_stranger_cannot_have_messages_sent_to_any_telephone(app, purpose):
    people.member(phone="13800138000")
    for phone in ("13800138000", people.fresh_phone()):
        answer = Program(app)("POST", "/session/code", phone=phone, purpose=purpose)
        assert code_of(answer) == (401, "sign_in_needed")
    assert members.queries.outbox() == []


def test_a_member_gets_codes_for_another_telephone_ten_times_an_hour(app, cast):
    program = Program(app, cast.owner)
    for _ in range(10):
        phone = people.fresh_phone()
        assert program("POST", "/session/code", phone=phone, purpose="phone").status_code == 202
        assert members.queries.outbox()[0].phone == phone
    answer = program("POST", "/session/code", phone=people.fresh_phone(), purpose="phone")
    assert code_of(answer) == (429, "one_time_code_too_often")


def test_the_code_for_another_password_goes_to_the_own_telephone_whatever_is_asked(app, cast):
    program = Program(app, cast.owner)
    other = people.fresh_phone()
    assert program("POST", "/session/code", phone=other, purpose="password").status_code == 202
    assert [each.phone for each in members.queries.outbox()] == [members.queries.record(cast.owner.id).phone]


def test_signing_in_needs_the_token_against_forgery(app):
    answer = app.test_client().post("/api/v1/session", json={"phone": "13800138000", "password": "x"})
    assert code_of(answer) == (400, "form_expired")


@pytest.mark.parametrize("body", [{}, {"password": "x", "code": "123456"}])
def test_exactly_one_proof_is_given(app, body):
    assert Program(app)("POST", "/session", phone="13800138000", **body).status_code == 422


def test_a_wrong_password_is_one_problem_and_too_many_another(app):
    phone = people.fresh_phone()
    people.member(phone=phone, password=PASSWORD)
    program = Program(app)
    for _ in range(8):
        assert code_of(program("POST", "/session", phone=phone, password="wrong")) == (401, "sign_in_failed")
    answer = program("POST", "/session", phone=phone, password=PASSWORD)
    assert code_of(answer) == (429, "sign_in_too_often")
    assert answer.headers["Retry-After"] == str(answer.json["retry_after"])


def test_suspension_is_felt_at_the_next_request(app, cast):
    program = Program(app, cast.owner)
    assert program("GET", "/me").status_code == 200
    members.service.suspend(people.actor(cast.coordinator), cast.owner.id, "多次代刷")
    assert code_of(program("GET", "/me")) == (401, "sign_in_needed")


# --- who may ask what

ASKING = [
    ("GET", "/members", "member.read"),
    ("GET", "/members/{owner}", "member.read"),
    ("POST", "/members", "member.manage"),
    ("PUT", "/members/{owner}/roles", "member.manage"),
    ("PUT", "/members/{owner}/place", "member.manage"),
    ("PUT", "/members/{owner}/status", "member.manage"),
    ("POST", "/members/{owner}/card", "card.issue"),
    ("DELETE", "/members/{owner}/card", "member.manage"),
    ("DELETE", "/members/{owner}/sessions", "member.manage"),
    ("GET", "/squads", "board.read"),
    ("POST", "/squads", "squad.manage"),
    ("PUT", "/squads/{squad}", "squad.manage"),
    ("PUT", "/squads/{squad}/captains", "squad.manage"),
    ("GET", "/areas", "board.read"),
    ("POST", "/areas", "area.manage"),
    ("GET", "/devices", "device.read"),
    ("POST", "/devices/codes", "award.give"),
    ("DELETE", "/devices/codes/{nobody}", "device.manage"),
    ("DELETE", "/devices/{nobody}", "device.manage"),
    ("GET", "/me", "self.read"),
    ("GET", "/me/code", "self.read"),
    ("PATCH", "/me/settings", "self.write"),
    ("PUT", "/me/leave", "self.write"),
    ("POST", "/me/managed", "self.write"),
]


@pytest.mark.parametrize(("method", "path", "permission"), ASKING)
def test_a_right_that_is_missing_closes_the_address(app, cast, method, path, permission):
    path = path.format(owner=cast.owner.id, squad=cast.squad_id, nobody=new_id())
    assert code_of(Program(app)(method, path)) == (401, "sign_in_needed")
    for facts in (cast.mate, cast.coordinator, cast.auditor, cast.administrator):
        answer = Program(app, facts)(method, path)
        if people.actor(facts).may(permission):
            assert answer.status_code not in {401, 403}, answer.text
        else:
            assert code_of(answer) == (403, "permission_missing")


def test_a_device_asks_nothing_about_people(app, cast):
    program = Program(app, token=people.device("patrol.walk", "board.read"))
    assert program("GET", "/squads").status_code == 200
    for path in ("/members", f"/members/{cast.owner.id}", "/me", "/me/code", "/devices"):
        assert code_of(program("GET", path)) == (403, "permission_missing")


def test_a_device_that_only_reads_says_that_it_is_there_and_nobody_else_does(app, cast, clock):
    screen = Program(app, token=people.device("wall.read", name="大厅屏幕"))
    administrator = Program(app, cast.administrator)

    def last_used() -> str | None:
        (line,) = administrator("GET", "/devices").json["items"]
        return line["last_used_at"]

    assert screen("POST", "/devices/presence").status_code == 204
    assert last_used() == "2026-11-18T02:00:00+00:00"
    clock.tick(minutes=5)
    assert screen("POST", "/devices/presence").status_code == 204
    assert last_used() == "2026-11-18T02:05:00+00:00"
    for program in (Program(app), Program(app, cast.owner), administrator):
        assert code_of(program("POST", "/devices/presence")) == (401, "sign_in_needed")
    assert code_of(Program(app, token="device_unknown")("POST", "/devices/presence")) == (
        401,
        "token_unknown",
    )


# --- oneself


def test_a_member_reads_and_sets_what_is_his(app, cast):
    program = Program(app, cast.owner)
    assert program("PATCH", "/me/settings", language="en", large_type=True, listed=True).status_code == 204
    me = program("GET", "/me").json
    assert (me["language"], me["large_type"], me["listed"], me["name"]) == ("en", True, True, "王小芳")
    assert me["spoken_number"] == members.queries.spoken_number(cast.owner.number)
    assert program("PATCH", "/me/settings", language="xx").status_code == 422
    assert program("PATCH", "/me/settings", large_type="yes").status_code == 422
    assert program("PATCH", "/me/settings", number=1).status_code == 422


def test_the_phone_code_of_the_page_is_read_by_staff(app, cast, clock):
    shown = Program(app, cast.owner)("GET", "/me/code").json
    assert shown["address"].startswith("http://localhost/q#P")
    assert shown["svg"].startswith("<svg")
    assert shown["grouped"].replace(" ", "") == shown["code"]
    answer = Program(app, cast.coordinator)("POST", "/scans", scan_id=str(new_id()), code=shown["address"])
    assert (answer.status_code, answer.json["outcome"]) == (201, "member")
    assert answer.json["member_name"] == "王小芳"


def test_leave_is_taken_and_ended(app, cast):
    program = Program(app, cast.owner)
    assert program("PUT", "/me/leave", until="2026-12-24").status_code == 204
    assert program("GET", "/me").json["status"] == "on_leave"
    assert program("DELETE", "/me/leave").status_code == 204
    assert code_of(program("PUT", "/me/leave", until="2026-11-18")) == (422, "leave_date_invalid")


def test_a_member_signs_out_everywhere(app, cast):
    first, second = Program(app, cast.owner), Program(app, cast.owner)
    assert first("DELETE", "/me/sessions").status_code == 204
    for program in (first, second):
        assert code_of(program("GET", "/me")) == (401, "sign_in_needed")


def test_a_helper_enters_somebody_once(app, cast):
    program, body = Program(app, cast.owner), {"key": str(new_id()), "name": "孙奶奶", "consent": True}
    first, again = program("POST", "/me/managed", **body), program("POST", "/me/managed", **body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert [each["name"] for each in program("GET", "/me/managed").json["items"]] == ["孙奶奶"]
    assert code_of(program("POST", "/me/managed", **(body | {"name": "别人"}))) == (409, "key_reused")


# --- members, squads, areas


def test_the_course_of_a_membership_over_http(app, cast):
    program = Program(app, cast.coordinator)
    body = {"key": str(new_id()), "name": "钱后来", "squad_id": str(cast.squad_id)}
    made = program("POST", "/members", **body)
    assert made.status_code == 201
    path = f"/members/{made.json['member_id']}"
    for status in ("on_leave", "active", "suspended", "active", "left", "active"):
        answer = program("PUT", f"{path}/status", status=status, reason="说明")
        assert (answer.status_code, answer.json["status"]) == (200, status)
    assert code_of(program("PUT", f"{path}/status", status="suspended")) == (422, "name_invalid")
    moved = program("PUT", f"{path}/place", squad_id=str(cast.other_squad_id), area_id=None).json
    assert moved["squad_id"] == str(cast.other_squad_id)
    roles = program("PUT", f"{path}/roles", roles=["volunteer", "clerk"]).json["roles"]
    assert roles == ["volunteer", "clerk"]
    card = {"key": str(new_id())}
    assert program("POST", f"{path}/card", **card).status_code == 201
    assert program("POST", f"{path}/card", **card).status_code == 200
    assert program("DELETE", f"{path}/card").status_code == 204
    assert program("DELETE", f"{path}/sessions").status_code == 204
    assert program("GET", path).json["card_revoked_at"] is not None


def test_applying_needs_no_account_and_is_answered_once(app):
    program = Program(app)
    body = {"key": str(new_id()), "name": "赵新来", "phone": people.fresh_phone(), "consent": True}
    first, again = program("POST", "/applications", **body), program("POST", "/applications", **body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json == {"applied": True}
    assert code_of(program("POST", "/applications", **(body | {"phone": "12"}))) == (422, "phone_invalid")


@pytest.mark.parametrize(
    "name", ["", "\x00", "王\u202e芳", "王\ud800芳", "名" * 10_000, 1, None, True, ["王"], {"a": 1}]
)
def test_odd_names_are_refused_with_a_sentence_in_both_languages(app, cast, name):
    for language in ("en", "zh-CN"):
        program = Program(app, cast.coordinator)
        program.headers["Accept-Language"] = language
        answer = program("POST", "/members", key=str(new_id()), name=name)
        assert answer.status_code == 422
        assert answer.json["detail"]
    assert members.queries.status_counts()["active"] == 6


def test_members_are_listed_page_by_page(app, cast):
    program = Program(app, cast.coordinator)
    seen, cursor = [], ""
    while cursor is not None:
        page = program("GET", f"/members?limit=2{'&cursor=' + cursor if cursor else ''}").json
        assert "items" in page, page
        seen += [each["id"] for each in page["items"]]
        cursor = page["next"]
    assert len(seen) == len(set(seen)) == 6
    assert code_of(program("GET", "/members?cursor=x")) == (422, "cursor_invalid")
    for limit in ("0", "-1", "101", "1e9", "1.5", "２", str(2**63), "true"):
        assert program("GET", f"/members?limit={limit}").status_code == 422


def test_squads_are_founded_and_led(app, cast):
    program = Program(app, cast.coordinator)
    body = {"key": str(new_id()), "name": "护学队", "kind": "school_guard", "founded_on": "2023-10-01"}
    made = program("POST", "/squads", **body)
    assert (made.status_code, program("POST", "/squads", **body).status_code) == (201, 200)
    path = f"/squads/{made.json['squad_id']}"
    assert program("GET", path).json["kind"] == "school_guard"
    changed = program("PUT", path, name="护学先锋队", kind="school_guard", crest_color="amber").json
    assert (changed["name"], changed["crest_color"]) == ("护学先锋队", "amber")
    led = program("PUT", f"/squads/{cast.squad_id}/captains", captain_id=str(cast.owner.id)).json
    assert led["captain_id"] == str(cast.owner.id)
    refused = program("PUT", f"{path}/captains", captain_id=str(cast.owner.id))
    assert code_of(refused) == (422, "captain_not_in_squad")
    assert code_of(program("GET", f"/squads/{new_id()}")) == (404, "squad_unknown")


def test_areas_are_added_below_their_parents(app, cast):
    program = Program(app, cast.coordinator)
    station = program("POST", "/areas", key=str(new_id()), name="西苑派出所", level="station").json["area_id"]
    program("POST", "/areas", key=str(new_id()), name="西苑社区", level="community", parent_id=station)
    listed = program("GET", "/areas").json["items"]
    assert [each["path"] for each in listed] == [["西苑派出所"], ["西苑派出所", "西苑社区"]]
    wrong = program("POST", "/areas", key=str(new_id()), name="一号楼", level="estate", parent_id=station)
    assert code_of(wrong) == (422, "area_level_wrong")


# --- devices


def test_a_device_enrols_works_within_its_rights_and_is_shut_out(app, cast):
    administrator = Program(app, cast.administrator)
    body = {
        "key": str(new_id()),
        "label": "大厅屏幕",
        "permissions": ["board.read"],
        "responsible_id": str(cast.coordinator.id),
    }
    made = administrator("POST", "/devices/codes", **body)
    assert made.status_code == 201
    assert administrator("POST", "/devices/codes", **body).json["code"] is None
    enrolled = Program(app)("POST", "/devices", code=made.json["address"], name="大厅屏幕")
    assert enrolled.status_code == 201
    screen = Program(app, token=enrolled.json["token"])
    assert screen("GET", "/squads").status_code == 200
    (line,) = administrator("GET", "/devices").json["items"]
    assert (line["name"], line["last_used_at"], line["responsible_name"]) == ("大厅屏幕", None, "张警官")
    assert administrator("DELETE", f"/devices/{line['id']}").status_code == 204
    assert code_of(screen("GET", "/squads")) == (401, "token_unknown")
    assert code_of(Program(app)("POST", "/devices", code=made.json["code"], name="又一台")) == (
        422,
        "join_code_used",
    )
    assert code_of(Program(app)("POST", "/devices", code="nonsense", name="又一台")) == (
        422,
        "code_malformed",
    )


def test_last_use_is_noted_on_changing_requests_only(app, cast):
    token = people.device("patrol.walk", "board.read")
    gate = Program(app, token=token)
    used = lambda: members.queries.devices()[0].last_used_at  # noqa: E731 - read anew each time
    gate("GET", "/squads")
    assert used() is None
    gate("POST", "/scans", scan_id=str(new_id()), code="nonsense")
    assert used() is not None
