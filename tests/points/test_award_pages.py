"""The desk's pages for awarding: from a file with a dry run, a whole squad, and the second person."""

import io
import re
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.clock import FrozenClock
from points import queries, service
from tests.support import members_builders as people
from tests.support import points_builders as build


@pytest.fixture
def cast(app: Flask, clock: FrozenClock) -> people.Cast:
    service.install_tariff()
    return people.cast(language="en")


def token(client: FlaskClient, address: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(address).text)
    assert found is not None
    return found[1]


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, page[:2000]
    return found[1]


def send_file(client: FlaskClient, content: bytes, rule_code: str = "lead"):
    form = {
        "csrf_token": token(client, "/desk/award/file"),
        "file": (io.BytesIO(content), "list.csv"),
        "rule_code": rule_code,
    }
    return client.post("/desk/award/file", data=form, content_type="multipart/form-data")


def test_a_file_is_looked_at_first_and_books_once_however_often_it_is_posted(
    client: FlaskClient, cast: people.Cast
) -> None:
    people.sign_in(client, cast.coordinator)
    rows = f"number,name\n{cast.owner.number},{cast.owner.name}\n1234567,nobody\n"
    looked = send_file(client, rows.encode())
    assert looked.status_code == 200
    assert "Nobody fits this." in looked.text
    assert build.balance(cast.owner.id) == 0
    form = {name: hidden(looked.text, name) for name in ("csrf_token", "digest", "pack")}
    for _ in range(2):
        assert client.post("/desk/award/file/post", data=form).status_code == 303
    assert build.balance(cast.owner.id) == 20
    assert "was posted before" in send_file(client, rows.encode()).text
    for odd in ("", "!", "AAAA", form["pack"][:-8]):
        assert client.post("/desk/award/file/post", data=form | {"pack": odd}).status_code == 303
    assert (build.balance(cast.owner.id), build.faults()) == (20, {})


@pytest.mark.parametrize("content", [b"", b"\x00" * 50, b"PK\x03\x04", b"who\nx\n"])
def test_a_wrong_file_gets_its_sentence(client: FlaskClient, cast: people.Cast, content: bytes) -> None:
    people.sign_in(client, cast.coordinator)
    answer = send_file(client, content)
    assert answer.status_code == 422
    assert 'id="file-error"' in answer.text


def test_a_hundred_megabytes_are_not_even_read(client: FlaskClient, cast: people.Cast) -> None:
    people.sign_in(client, cast.coordinator)
    answer = client.post(
        "/desk/award/file", data=b"x" * 3_000_000, content_type="multipart/form-data; boundary=x"
    )
    assert answer.status_code == 413


def test_of_a_squad_those_who_are_ticked_are_awarded_once(client: FlaskClient, cast: people.Cast) -> None:
    people.sign_in(client, cast.coordinator)
    address = f"/desk/award/squad/{cast.squad_id}"
    page = client.get(address).text
    form = {
        "csrf_token": hidden(page, "csrf_token"),
        "key": hidden(page, "key"),
        "rule_code": "lead",
        "member_id": [str(cast.owner.id), str(cast.stranger.id)],
    }
    for _ in range(2):
        assert client.post(address, data=form).status_code == 303
    wanted = (cast.owner, cast.mate, cast.stranger)
    assert [build.balance(each.id) for each in wanted] == [20, 0, 0]


def test_the_second_person_agrees_on_the_page_and_the_first_cannot(
    client: FlaskClient, cast: people.Cast
) -> None:
    build.tariff_rule(code="rescue", points=150, name_zh="救人", name_en="Rescue")
    first = people.actor(cast.coordinator)
    asked = service.award_deed(first, key=uuid4(), member_id=cast.owner.id, rule_code="rescue")
    request_id = UUID(asked.body["request_id"])
    people.sign_in(client, cast.coordinator)
    page = client.get("/desk/award/second").text
    assert "Call off" in page
    address = f"/desk/award/second/{request_id}/agree"
    form = {"csrf_token": hidden(page, "csrf_token"), "key": str(uuid4())}
    client.post(address, data=form)
    assert build.balance(cast.owner.id) == 0
    people.sign_in(client, cast.administrator)
    assert "1 award to agree to" in client.get("/desk").text
    form["csrf_token"] = token(client, "/desk/award/second")
    assert client.post(address, data=form | {"key": str(uuid4())}).status_code == 303
    assert build.balance(cast.owner.id) == 150
    assert queries.award_request(request_id).decided_by == cast.administrator.id


def test_whoever_awards_one_by_one_is_told_that_another_has_to_agree(
    client: FlaskClient, cast: people.Cast
) -> None:
    build.tariff_rule(code="rescue", points=150, name_zh="救人", name_en="Rescue")
    people.sign_in(client, cast.coordinator)
    form = {"csrf_token": token(client, "/desk/award"), "key": str(uuid4())}
    form |= {"rule_code": "rescue", "who": str(cast.owner.number)}
    page = client.post("/desk/award", data=form, follow_redirects=True).text
    assert "150 points wait until another coordinator agrees." in page
    assert build.balance(cast.owner.id) == 0


def test_what_a_coordinator_awards_most_stands_first(client: FlaskClient, cast: people.Cast) -> None:
    people.sign_in(client, cast.coordinator)
    officer = people.actor(cast.coordinator)
    for rule_code in ("lead", "lead", "care"):
        service.award_deed(officer, key=uuid4(), member_id=people.member().id, rule_code=rule_code)
    page = client.get("/desk/award/run").text
    order = re.findall(r'<option value="(\w+)"', page)
    assert order[:2] == ["lead", "care"]
    people.sign_in(client, cast.owner)
    for address in ("run", "second", "file", f"squad/{cast.squad_id}"):
        assert client.get(f"/desk/award/{address}").status_code == 403
