"""Letters on pages, on paper and over the interface, as each reader gets them."""

import io
import re

import pytest
from pypdf import PdfReader

import honours.queries
from core import codes
from core.config import settings
from core.db import new_id
from tests.support import honours_builders as build
from tests.support import members_builders as people
from tests.support import screens

ENGLISH = "She saw a fire on her round and brought the neighbours out."


@pytest.fixture
def cast(app, clock):
    return people.cast(language="en")


@pytest.fixture
def letter(cast):
    return build.issue(people.actor(cast.coordinator), cast.owner.id, occasion_en=ENGLISH)


@pytest.fixture
def of(app):
    """A browser of this member."""

    def open_one(facts):
        client = app.test_client()
        people.sign_in(client, facts)
        return client

    return open_one


def send(client, path, **fields):
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/me").text)
    return client.post(path, data=fields | {"csrf_token": token[1]}, follow_redirects=True)


def code(letter):
    return honours.queries.code_of(letter.id).text


def test_a_coordinator_finds_the_member_writes_the_letter_and_withdraws_it(cast, of):
    desk = of(cast.coordinator)
    assert f"/desk/letters/new?member_id={cast.owner.id}" in desk.get("/desk/letters/new?search=王小").text
    address = f"/desk/letters/new?member_id={cast.owner.id}"
    assert address.replace("&", "&amp;") in desk.get(f"/desk/members/{cast.owner.id}").text
    key = re.search(r'name="key"[^>]*value="([^"]+)"', desk.get(address).text)[1]
    wish = {"key": key, "member_id": str(cast.owner.id), "occasion_zh": build.OCCASION}
    again = send(desk, "/desk/letters", **(wish | {"occasion_zh": " "}))
    assert (again.status_code, "must not be empty" in again.text) == (422, True)
    for _ in range(2):
        page = send(desk, "/desk/letters", **wish)
        assert "Letter 2026-0001 is issued" in page.text
    (made,) = honours.queries.letters().items
    assert made.number in desk.get("/desk/letters?search=2026-0001").text
    page = send(desk, f"/desk/letters/{made.id}/revoke", key=str(new_id()), reason="wrong member")
    assert "This letter was withdrawn on 18 November 2026." in page.text
    assert "Print in" not in page.text
    assert desk.get(f"/letters/{made.id}.pdf").status_code == 409


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "zh_Hans_CN",
            ("热心群众鼓励书", "编号2026-0001", "王小芳同志", build.OCCASION, "2026年11月18日", "盖章处"),
        ),
        (
            "en",
            ("Letterofencouragement", "Letterno.2026-0001", "To王小芳", ENGLISH, "18November2026", "Seal"),
        ),
    ],
)
def test_the_paper_holds_the_letter_in_either_language_and_the_code_to_check_it(
    letter, cast, of, client, language, words
):
    answer = of(cast.owner).get(f"/letters/{letter.id}.pdf?language={language}")
    assert answer.headers["Content-Type"] == "application/pdf"
    (sheet,) = PdfReader(io.BytesIO(answer.data)).pages
    text = re.sub(r"\s", "", sheet.extract_text())
    for each in (*words, code(letter), "/letters/check"):
        assert each.replace(" ", "") in text, each
    address = screens.read_paper(answer.data, 34)
    assert address == codes.address(settings().base_url, honours.queries.code_of(letter.id))
    path = address.removeprefix(settings().base_url)
    seen = client.get(path, follow_redirects=True, headers={"Accept-Language": "en"})
    assert "Letter of encouragement No. 2026-0001, issued on 18 November 2026." in seen.text


def test_a_letter_is_its_owners_and_the_desks(letter, cast, of):
    assert ENGLISH in of(cast.owner).get("/letters").text
    for reader, status in ((cast.owner, 200), (cast.auditor, 200), (cast.mate, 404)):
        assert of(reader).get(f"/letters/{letter.id}.pdf").status_code == status
    auditor, mate = of(cast.auditor), of(cast.mate)
    assert "Withdraw" not in auditor.get(f"/desk/letters/{letter.id}").text
    assert auditor.get("/desk/letters/new").status_code == 403
    assert mate.get("/desk/letters").status_code == 403
    assert ENGLISH not in mate.get("/letters").text


def test_anybody_hears_whether_a_letter_is_genuine_and_nobody_whose_it_is(letter, cast, client, clock):
    clock.tick(days=1)
    opened = client.get(f"/q/{code(letter)}", follow_redirects=True, headers={"Accept-Language": "en"})
    typed = client.get(f"/letters/check?code={codes.grouped(honours.queries.code_of(letter.id)).lower()}")
    for page, words in (
        (opened, "Letter of encouragement No. 2026-0001, issued on 18 November 2026."),
        (typed, "编号 2026-0001，2026年11月18日颁发"),
    ):
        assert page.status_code == 200
        assert words in page.text
    build.revoke(people.actor(cast.coordinator), letter)
    revoked = client.get(f"/letters/check?code={code(letter)}", headers={"Accept-Language": "en"})
    assert "This letter is no longer valid" in revoked.text
    assert "was withdrawn on 19 November 2026." in revoked.text
    for page in (opened, typed, revoked):
        assert cast.owner.name not in page.text
        assert ENGLISH not in page.text
        assert str(letter.id) not in page.text
    unknown = codes.printed_code(codes.keyring(settings()), codes.Kind.LETTER, new_id(), 1).text
    answer = client.get(f"/letters/check?code={unknown}", headers={"Accept-Language": "en"})
    assert (answer.status_code, "We know no letter with this code" in answer.text) == (404, True)
    mistyped = client.get(f"/letters/check?code={code(letter)[:-1]}", headers={"Accept-Language": "en"})
    assert mistyped.status_code == 422


def test_a_member_who_scans_a_letter_hears_the_same(letter, cast, of):
    client = of(cast.mate)
    answer = client.post("/api/v1/scans", json=scan(code(letter)), headers=token(client))
    assert answer.status_code == 201
    assert (answer.json["outcome"], answer.json["title"]) == ("letter_genuine", "This letter is genuine")
    assert answer.json["what"] == "Letter no. 2026-0001 · issued on 18 November 2026"
    assert cast.owner.name not in answer.text
    build.revoke(people.actor(cast.coordinator), letter)
    answer = client.post("/api/v1/scans", json=scan(code(letter)), headers=token(client))
    assert answer.json["what"] == "Letter no. 2026-0001 · withdrawn on 18 November 2026"
    unknown = codes.printed_code(codes.keyring(settings()), codes.Kind.LETTER, new_id(), 1).text
    answer = client.post("/api/v1/scans", json=scan(unknown), headers=token(client))
    assert (answer.status_code, answer.json["code"]) == (404, "letter_unknown")


def scan(text):
    return {"scan_id": str(new_id()), "code": text}


def token(client):
    return {"X-CSRF-Token": client.get("/api/v1/session").json["csrf_token"]}


def test_programs_issue_list_withdraw_and_check_letters(cast, of, client):
    desk = of(cast.coordinator)
    wish = {"key": str(new_id()), "member_id": str(cast.owner.id), "occasion_zh": build.OCCASION}
    answers = [desk.post("/api/v1/letters", json=wish, headers=token(desk)) for _ in range(2)]
    assert [each.status_code for each in answers] == [201, 200]
    address = f"/api/v1/letters/{answers[0].json['letter_id']}"
    assert desk.get(address).json["occasion_zh"] == build.OCCASION
    assert [each["number"] for each in of(cast.auditor).get("/api/v1/letters").json["items"]] == ["2026-0001"]
    assert of(cast.mate).get(address).status_code == 403
    assert len(of(cast.owner).get("/api/v1/me/letters").json["items"]) == 1
    reason = {"key": str(new_id()), "reason": "wrong member"}
    assert desk.post(f"{address}/revocation", json=reason, headers=token(desk)).status_code == 201
    (made,) = honours.queries.letters().items
    assert client.get(f"/api/v1/letters/check?code={code(made)}").json == {
        "state": "revoked",
        "number": "2026-0001",
        "issued_on": "2026-11-18",
        "revoked_on": "2026-11-18",
    }
