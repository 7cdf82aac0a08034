"""The pages of the assembler, as browsers without script get them."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest

import members.queries
import members.service
import patrols.queries
from core import clock
from core.codes import Kind, address, keyring, printed_code
from core.config import settings
from core.db import db, new_id
from tests.support import members_builders as people
from tests.support import screens


@pytest.fixture
def walker(app):
    return people.member("王小芳")


@pytest.fixture
def walker_client(client, walker):
    people.sign_in(client, walker)
    return client


@pytest.fixture
def plate(app):
    return screens.plates("东门", "车棚")[0]


def token(client) -> str:
    return re.search(r'name="csrf_token" value="([^"]+)"', client.get("/scan").text)[1]


def visited(member) -> int:
    db.session.rollback()
    found = patrols.queries.open_round(member.id)
    return found.visited if found else 0


def test_a_form_without_script_scans_once_however_often_it_is_sent(walker_client, walker, plate):
    form = {"csrf_token": token(walker_client), "scan_id": str(uuid4()), "code": plate.code.text}
    first, second = (walker_client.post("/q", data=form) for _ in range(2))
    assert first.status_code == second.status_code == 200
    assert first.text == second.text
    assert "东门" in first.text
    assert visited(walker) == 1


def test_a_form_without_a_scans_number_does_nothing(walker_client, walker, plate):
    answer = walker_client.post("/q", data={"csrf_token": token(walker_client), "code": plate.code.text})
    assert answer.status_code == 400
    assert visited(walker) == 0


def test_a_form_from_another_site_does_nothing(walker_client, walker, plate):
    answer = walker_client.post("/q", data={"scan_id": str(uuid4()), "code": plate.code.text})
    assert answer.status_code == 400
    assert visited(walker) == 0


def test_a_refused_form_says_why_and_what_to_do_on_a_red_page(walker_client):
    form = {"csrf_token": token(walker_client), "scan_id": str(uuid4()), "code": "https://evil.example/q/C2"}
    answer = walker_client.post("/q", data=form)
    assert answer.status_code == 422
    assert "result-refuse" in answer.text
    assert 'href="/scan"' in answer.text
    assert "evil.example" not in answer.text


def test_opening_a_plate_writes_nothing(walker_client, walker, plate):
    walker_client.get(f"/q/{plate.code.text}")
    assert visited(walker) == 0


def test_a_plate_is_scanned_by_itself_on_a_round_only_and_the_way_to_report_stands_there(
    walker_client, walker, plate
):
    address = f"/q/{plate.code.text}"
    before = walker_client.get(address).text
    assert ("data-scan-now" in before, "data-sends" in before) == (True, False)
    assert f'href="/report?at={plate.code.text}"' in before
    form = {"csrf_token": token(walker_client), "scan_id": str(uuid4()), "code": plate.code.text}
    assert walker_client.post("/q", data=form).status_code == 200
    assert "data-sends" in walker_client.get(address).text


def test_a_resident_who_opens_a_plate_is_told_what_it_is_and_sends_nothing(client, plate):
    people.sign_in(client, people.member("赵新来", "resident"))
    page = client.get(f"/q/{plate.code.text}")
    assert page.status_code == 200
    assert "data-sends" not in page.text
    assert "东门" not in page.text


def test_a_bearer_code_in_the_path_shows_the_same_page_as_no_code(client):
    card = people.card(people.member("王小芳"))
    in_path, bare = client.get(f"/q/{card.text}"), client.get("/q")
    assert in_path.status_code == bare.status_code == 200
    assert card.text not in in_path.text
    assert _without_token(in_path.text) == _without_token(bare.text)


def _without_token(text: str) -> str:
    return re.sub(r'name="csrf-token" content="[^"]*"', "", text)


def test_the_address_of_a_plate_opens_in_small_letters_too(client, plate):
    assert client.get(f"/q/{plate.code.text.lower()}").status_code == 200


@pytest.mark.parametrize("path", ["/q/" + "C" * 7000, "/q/hello", "/q/C2222222222223", "/no-such-page"])
def test_an_address_that_is_none_of_ours_has_a_page_with_a_way_on(client, path):
    page = client.get(path)
    assert page.status_code in {404, 414, 422}
    assert "<h1>" in page.text
    assert 'href="/"' in page.text


def test_a_join_poster_leads_a_stranger_to_the_form(app, client):
    code = printed_like(Kind.JOIN)
    answer = client.get(f"/q/{code}")
    assert answer.status_code == 302
    assert answer.location == f"/join?code={code}"


def printed_like(kind: Kind) -> str:
    if kind is Kind.JOIN:
        made = members.service.create_poster_code(people.SYSTEM, key=new_id(), label="西门海报")
        return made.code.text
    return printed_code(keyring(settings()), kind, new_id(), 1).text


def test_a_shop_plate_says_that_paying_is_not_yet_in_use(client):
    page = client.get(f"/q/{printed_like(Kind.SHOP)}")
    assert page.status_code == 200
    assert "data-sends" not in page.text


def test_the_page_for_use_without_network_is_the_same_for_everybody(walker_client, client, walker):
    signed_in = walker_client.get("/offline").text
    assert walker.name not in signed_in
    assert str(walker.id) not in signed_in
    assert "csrf" not in signed_in


def test_the_worker_is_never_kept_and_may_watch_the_whole_site(client):
    answer = client.get("/service-worker.js")
    assert answer.status_code == 200
    assert answer.mimetype in {"text/javascript", "application/javascript"}
    assert "no-cache" in answer.headers["Cache-Control"]


def test_the_style_guide_is_not_for_production(make_app):
    app = make_app(
        environment="production", secret="s" * 40, base_url="https://alliance.example", argon2_light=False
    )
    assert app.test_client().get("/development/styleguide").status_code == 404


def test_who_is_not_admitted_yet_is_told_so_and_has_no_code(client):
    people.sign_in(client, people.applicant())
    page = client.get("/")
    assert page.status_code == 200
    assert "pass-code" not in page.text
    assert "banner-calm" in page.text


def test_a_member_on_leave_sees_until_when(client):
    member = people.member("钱玉兰")
    members.service.take_leave(people.actor(member), member.id, clock.today() + timedelta(days=9))
    people.sign_in(client, member)
    page = client.get("/").text
    assert "banner-calm" in page
    assert 'href="/me/leave"' in page


def test_a_helper_sees_in_whose_name_he_acts(client):
    helper = people.member("孙小明")
    managed = people.managed(people.actor(helper), "孙奶奶")
    user = members.queries.signed_in(helper.id, managed.id)
    with client.session_transaction() as session:
        session["_user_id"] = user.get_id()
        session["_fresh"] = True
    page = client.get("/")
    assert "孙奶奶" in page.text
    assert 'action="/me/act/self"' in page.text


def test_every_address_in_a_qr_code_opens_a_page(client):
    for kind in (Kind.CHECKPOINT, Kind.SHOP, Kind.CARD):
        code = printed_code(keyring(settings()), kind, new_id(), 1)
        path = address("", code)
        assert client.get(path.partition("#")[0]).status_code == 200


@pytest.mark.parametrize("path", ["/no-such-page", "/q/C2222222222223"])
def test_a_stranger_finds_the_way_to_sign_in_on_every_page_about_an_error(client, path):
    assert 'class="button button-large button-wide" href="/sign-in"' in client.get(path).text


def test_only_who_has_a_field_for_the_letters_is_told_to_type_them(client, walker):
    for_stranger = client.get("/q/C2222222222223").text
    people.sign_in(client, walker)
    for_member = client.get("/q/C2222222222223").text
    remedies = [re.search(r'class="lead">([^<]+)<', page)[1] for page in (for_stranger, for_member)]
    assert remedies[0] != remedies[1]


def test_who_is_signed_in_is_not_asked_to_sign_in(walker_client, walker):
    page = walker_client.get("/sign-in").text
    assert walker.name in page
    assert 'action="/sign-out"' in page
    assert 'name="password"' not in page


def test_a_member_is_told_that_he_is_one_and_may_apply_for_a_neighbour(walker_client, client):
    page = walker_client.get("/join").text
    assert "banner-calm" in page
    assert page.index("<details>") < page.index('action="/join"')
    client.delete_cookie(walker_client.application.config["SESSION_COOKIE_NAME"])
    assert "<details" not in client.get("/join").text


def test_a_fault_at_a_field_that_asks_is_told_with_one_mark_of_punctuation(app, client):
    people.sign_in(client, people.member("张警官", "coordinator"))
    screens.points_builders.tariff_rule(code="lead", points=20)
    form = {"csrf_token": re.search(r'name="csrf_token" value="([^"]+)"', client.get("/desk/award").text)[1]}
    summary = client.post("/desk/award", data=form).text.split("error-summary")[1].split("</div>")[0]
    assert re.search(r">[^<]+[:：]", summary)
    assert not re.search(r"[?？]\s*[:：]", summary)


@pytest.mark.parametrize(
    ("path", "above"),
    [
        ("/desk/members/export.csv", "/desk/members"),
        ("/scan/sent/nothing", None),
        ("/api/v1/scans", None),
    ],
)
def test_an_address_that_only_takes_forms_leads_a_person_to_the_page_above_it(client, path, above):
    answer = client.get(path, headers={"Accept": "text/html,*/*;q=0.8"})
    assert answer.location == above
    assert answer.status_code == (303 if above else 405 if "api" in path else 404)


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [("gzip", "gzip"), ("br;q=1, *;q=0.5", "gzip"), ("gzip;q=0", None), ("*;q=0", None), ("", None)],
)
def test_only_who_takes_a_packed_page_gets_one(client, accepted, coding):
    answer = client.get("/offline", headers={"Accept-Encoding": accepted})
    assert answer.headers.get("Content-Encoding") == coding
