"""Reports over JSON: who may, what comes back, what bad input gets."""

import base64

import pytest

import members.queries
from core.db import new_id
from tests.support import members_builders
from tests.support import reports_builders as build


@pytest.fixture(autouse=True)
def alliance(app, clock):
    build.tariff()


@pytest.fixture
def send_as(app):
    """Sends requests as this member, or as nobody: `send_as(actor)(method, path, body)`."""

    def open_one(actor=None):
        client = app.test_client()
        if actor is not None:
            members_builders.sign_in(client, members.queries.facts(actor.id))
        token = client.get("/api/v1/session").json["csrf_token"]

        def send(method, path, body=None):
            return client.open(f"/api/v1{path}", method=method, json=body, headers={"X-CSRF-Token": token})

        return send

    return open_one


def wish(**changes):
    return {
        "key": str(new_id()),
        "kind": "hazard",
        "safe": True,
        "words": "楼道里电线裸露",
        "answers": build.ANSWERS["hazard"],
        "place_note": "3号楼2单元",
    } | changes


def test_a_report_goes_from_a_phone_over_the_desk_back_to_its_reporter(send_as, clock):
    wang, chen = build.resident(), build.desk()
    member, staff = send_as(wang), send_as(chen)
    sent = wish(photos=[base64.b64encode(build.photo()).decode()])
    first, again = member("POST", "/reports", sent), member("POST", "/reports", sent)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert "password" not in first.json
    (line,) = staff("GET", "/reports?tab=new").json["items"]
    assert (line["number"], line["named"], "words" in line) == (first.json["number"], True, False)
    path = f"/reports/{line['id']}"
    taken = staff("POST", f"{path}/assign", {"version": 1, "handler_id": str(chen.id)}).json
    assert (taken["line"]["state"], taken["words"]) == ("assigned", "楼道里电线裸露")
    late = staff("POST", f"{path}/steps", {"version": 1, "step": "checked"})
    assert (late.status_code, late.json["code"]) == (409, "report_changed")
    staff("POST", f"{path}/steps", {"version": 2, "step": "checked", "public_note": "看过了"})
    body = {"version": 3, "step": "passed_on", "passed_to": "物业"}
    assert staff("POST", f"{path}/steps", body).json["line"]["passed_to"] == "物业"
    judged = staff("POST", f"{path}/judgement", {"key": str(new_id()), "version": 4, "useful": True})
    assert (judged.status_code, judged.json["points"]) == (201, 10)
    course = member("GET", f"/reports/mine/{line['id']}").json
    assert [each["step"] for each in course["steps"]] == ["assigned", "checked", "passed_on", "judged"]
    assert (course["points"], len(course["photo_ids"])) == (10, 1)
    assert len(member("GET", "/reports/mine").json["items"]) == 1
    counts = staff("GET", "/reports/counts").json
    assert counts == {"new": 0, "mine": 1, "overdue": 0, "recheck": 0, "open": 1}
    figures = staff("GET", "/reports/figures?first=2026-11-01&end=2026-12-01").json
    assert figures["response_hours"] == 0


def test_a_stranger_reports_follows_and_hands_the_code_to_somebody(send_as, clock):
    chen, wang = build.desk(), build.resident()
    stranger, staff, member = send_as(), send_as(chen), send_as(wang)
    assert stranger("POST", "/reports", wish()).json["code"] == "sign_in_needed"
    assert stranger("POST", "/reports", wish(unnamed=True, safe=False)).json["code"] == "not_safe"
    sent = wish(unnamed=True)
    first, again = stranger("POST", "/reports", sent), stranger("POST", "/reports", sent)
    assert (first.status_code, again.status_code, first.json) == (201, 200, again.json)
    door = {"number": first.json["number"], "password": first.json["password"]}
    assert stranger("POST", "/reports/follow", door).json["state"] == "received"
    wrong = stranger("POST", "/reports/follow", door | {"password": "AAAA BBBB CCCC"})
    assert (wrong.status_code, wrong.json["code"]) == (404, "follow_refused")
    assert stranger("POST", "/reports/follow/token", door).json["code"] == "nothing_to_collect"
    (line,) = staff("GET", "/reports").json["items"]
    assert (line["named"], line["received_at"]) == (False, None)
    staff("POST", f"/reports/{line['id']}/assign", {"version": 1, "handler_id": str(chen.id)})
    body = {"key": str(new_id()), "version": 2, "useful": True}
    assert staff("POST", f"/reports/{line['id']}/judgement", body).json["collect_from"] == "2026-11-23"
    clock.tick(days=7)
    token = stranger("POST", "/reports/follow/token", door).json["token"]
    number = str(members.queries.facts(wang.id).number)
    claim = {"key": str(new_id()), "token": token, "member_number": number}
    assert member("POST", "/reports/claims", claim).json["code"] == "permission_missing"
    assert (
        staff("POST", "/reports/claims", claim | {"member_number": "1"}).json["code"] == "desk_member_unknown"
    )
    done = staff("POST", "/reports/claims", claim)
    assert (done.status_code, done.json["points"]) == (201, 10)
    own = {"key": str(new_id()), "token": token}
    assert member("POST", "/reports/claims", own).json["code"] == "claim_token_used"


def test_passwords_cannot_be_tried_without_end(send_as):
    stranger = send_as()
    door = {"number": 10_000_000, "password": "AAAA BBBB CCCC"}
    codes = [stranger("POST", "/reports/follow", door).status_code for _ in range(61)]
    assert codes == [404] * 60 + [429]


def test_an_auditor_sees_figures_and_no_confidential_words(send_as):
    report_id = build.told(build.resident(), "scam")
    auditor = send_as(build.auditor())
    seen = auditor("GET", f"/reports/{report_id}").json
    assert (seen["words_open"], seen["words"], seen["next_steps"]) == (False, None, [])
    assert auditor("POST", f"/reports/{report_id}/words", {"reason": "审计"}).status_code == 403
    assert auditor("GET", "/bills").status_code == 200


def test_the_ledger_does_not_say_which_report_was_paid(send_as):
    chen, auditor = build.desk(), send_as(build.auditor())
    build.useful(chen, build.told(build.resident(), "scam"))
    (line,) = auditor("GET", "/ledger/transfers").json["items"]
    sheet = auditor("GET", f"/ledger/transfers/{line['id']}").json
    assert [(each["subject_type"], each["subject_id"]) for each in (line, sheet)] == [("report", None)] * 2


def test_homes_and_bills_are_taken_at_the_desk(send_as):
    chen, wang = build.desk(), build.resident()
    staff, member = send_as(chen), send_as(wang)
    home = {
        "key": str(new_id()),
        "address": "3号楼201",
        "term_from": "2026-11-01",
        "term_until": "2027-10-31",
        "member_id": str(wang.id),
    }
    first, again = staff("POST", "/homes", home), staff("POST", "/homes", home)
    assert (first.status_code, again.status_code, first.json["points"]) == (201, 200, 10)
    assert staff("POST", "/homes", home | {"key": str(new_id())}).status_code == 409
    assert len(staff("GET", "/homes?q=3号").json["items"]) == 1
    bill = {
        "key": str(new_id()),
        "member_id": str(wang.id),
        "utility": "water",
        "receipt_number": "W-1",
        "amount_fen": 8_650,
    }
    taken = staff("POST", "/bills", bill).json
    assert taken["points"] == 2
    for wrong in ({"amount_fen": 86.5}, {"amount_fen": True}, {"utility": "milk"}, {"shoe": 42}):
        assert staff("POST", "/bills", bill | wrong).status_code == 422
    assert member("POST", "/bills", bill).status_code == 403
    void = {"key": str(new_id()), "reason": "输错"}
    assert staff("POST", f"/bills/{taken['bill_id']}/void", void).json["points"] == 2
    closed = staff("POST", "/bills/floats", {"key": str(new_id()), "handed_over_fen": 0}).json
    assert (closed["bills"], closed["difference_fen"]) == (0, 0)
    assert len(staff("GET", "/bills/floats").json["closed"]) == 1
    assert len(staff("GET", "/bills").json["items"]) == 1
