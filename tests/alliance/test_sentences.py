"""Refusals in words that help: how long to wait, what is wrong with a text, what to do with a card that was found."""

import pytest

from alliance import messages
from core.locales import in_language
from members import rules
from members.errors import NameInvalid
from tests.support import members_builders as people


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(1, "1 second"), (59, "59 seconds"), (60, "1 minute"), (2423, "41 minutes"), (7100, "2 hours")],
)
def test_nobody_has_to_count_seconds(app, seconds, told):
    with app.test_request_context(), in_language("en"):
        for code in ("sign_in_too_often", "too_many_requests", "application_too_often"):
            assert f"Wait {told}," in messages.problem(code, {"retry_after": seconds}).remedy


@pytest.mark.parametrize(
    ("text", "told"),
    [("", "Nothing"), ("x" * 61, "60 characters at most"), ("王\u202e芳", "signs"), ("…", "letter")],
)
def test_a_name_is_told_what_is_wrong_with_it(app, text, told):
    with pytest.raises(NameInvalid) as refused:
        rules.clean_name(text)
    with app.test_request_context(), in_language("en"):
        assert told in messages.problem(refused.value.code, refused.value.data).what


@pytest.mark.parametrize("whose", ["own", "found"])
def test_a_card_before_somebody_whom_it_tells_nothing_goes_to_the_police_room(app, client, whose):
    reader = people.member("王小芳")
    card = people.card(reader if whose == "own" else people.member("李梅"))
    people.sign_in(client, reader)
    client.environ_base["HTTP_X_CSRF_TOKEN"] = client.get("/api/v1/session").get_json()["csrf_token"]
    scan = {"scan_id": "0198f2a4-7c5d-7a2b-a2c4-9f3e5d7b8a26", "code": card.text}
    answer = client.post("/api/v1/scans", json=scan, headers={"Accept-Language": "en"})
    body = answer.get_json(force=True)
    assert (answer.status_code, body["code"]) == (403, "member_code_for_staff")
    assert "李梅" not in answer.text
