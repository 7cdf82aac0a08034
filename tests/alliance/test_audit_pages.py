"""Auditors read what staff did; nobody else does."""

import pytest

import members.service
from tests.support import members_builders as people

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def cast(app):
    cast = people.cast()
    members.service.suspend(people.actor(cast.coordinator), cast.owner.id, "多次代刷")
    return cast


def client_of(app, facts):
    client = app.test_client()
    people.sign_in(client, facts)
    return client


@pytest.mark.parametrize("who", ["auditor", "administrator"])
def test_the_log_says_who_did_what_to_whom(app, cast, who):
    client = client_of(app, getattr(cast, who))
    page = client.get("/desk/audit").text
    assert all(word in page for word in ("停用会员", "张警官", "王小芳", "多次代刷"))
    assert "原因：多次代刷" in page
    assert "reason:" not in page
    first = client.get("/api/v1/audit").json["items"][0]
    assert (first["action"], first["actor_name"], first["subject_name"]) == (
        "member.suspended",
        "张警官",
        "王小芳",
    )
    of_another = client.get("/api/v1/audit", query_string={"subject_id": str(cast.mate.id)}).json["items"]
    assert {each["subject_name"] for each in of_another} == {"李梅"}


@pytest.mark.parametrize("who", ["owner", "coordinator"])
def test_the_log_is_closed_to_everybody_else(app, cast, who):
    members.service.reinstate(people.actor(cast.coordinator), cast.owner.id)
    client = client_of(app, getattr(cast, who))
    assert client.get("/desk/audit").status_code == 403
    assert client.get("/api/v1/audit").status_code == 403


def test_a_cursor_that_is_none_is_refused_with_a_sentence(app, cast):
    assert client_of(app, cast.auditor).get("/api/v1/audit?cursor=nonsense").status_code == 422
