"""Pages about reports, without script: what residents, strangers and the desk read, type and send."""

import io
import re

import pytest
from PIL import Image

import members.service
import points.queries
import points.service
import reports.queries
from core.db import new_id
from core.errors import DomainError
from tests.support import members_builders as people
from tests.support import reports_builders as build
from tests.support import screens

TOLD = {
    "safe": "1",
    "named": "yes",
    "answer-what": "blocked_way",
    "answer-urgent": "yes",
    "words": "消防通道被自行车堵住了。",
    "place_note": "3号楼2单元",
}


@pytest.fixture(autouse=True)
def alliance(app, clock):
    build.tariff()
    return app


@pytest.fixture
def browser_of(app):
    def open_one(actor=None):
        client = app.test_client()
        if actor is not None:
            people.sign_in(client, members.queries.facts(actor.id))
            members.service.change_settings(actor, language="en")
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
        return client

    return open_one


@pytest.fixture
def coordinator():
    return build.desk()


@pytest.fixture
def desk(browser_of, coordinator):
    return browser_of(coordinator)


def page(client, path):
    answer = client.get(path, follow_redirects=True)
    assert answer.status_code == 200, answer.text[:500]
    return answer.text


def send(client, path, follow=True, **fields):
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/report").text)
    return client.post(path, data=fields | {"csrf_token": token[1]}, follow_redirects=follow)


def tell(client, kind="hazard", **changes):
    return send(client, f"/report/{kind}", **({"key": str(new_id())} | TOLD | changes))


def slip(text):
    """Number and password as they stand on the page."""
    return re.findall(r'class="slip-value[^"]*">([^<]+)<', text)


def step(client, report_id, name, **fields):
    text = page(client, f"/desk/reports/{report_id}")
    version = re.search(r'name="version" value="(\d+)"', text)[1]
    named = {key if key in {"useful", "fixed"} else f"{key}-{name}": value for key, value in fields.items()}
    return send(client, f"/desk/reports/{report_id}/{name}", key=str(new_id()), version=version, **named)


# --- telling


def test_who_is_in_danger_is_sent_to_the_telephone_before_any_form(browser_of):
    stranger = browser_of()
    gate = page(stranger, "/report")
    assert all(f'href="tel:{number}"' in gate for number in (110, 119, 120))
    assert "Are you safe?" in page(stranger, "/report/hazard")
    assert "Are you safe?" in page(stranger, "/report/what")
    assert "What kind of hazard?" in page(stranger, "/report/hazard?safe=1")
    assert stranger.get("/report/treasure?safe=1").status_code == 404


@pytest.mark.parametrize("kind", build.ANSWERS)
def test_every_kind_has_a_form_that_works_without_script(browser_of, kind):
    answers = {f"answer-{code}": answer for code, answer in build.ANSWERS[kind].items()}
    stranger = browser_of()
    shown = page(stranger, f"/report/{kind}?safe=1")
    assert all(f'name="{name}"' in shown for name in [*answers, "words", "photo", "place_note", "key"])
    sent = send(stranger, f"/report/{kind}", **(TOLD | answers | {"named": "no", "key": str(new_id())}))
    assert len(slip(sent.text)) == 2, sent.text


def test_a_member_tells_a_hazard_with_photos_and_sees_it_on_a_page_of_his_own(browser_of):
    wang = browser_of(build.resident())
    photos = [(io.BytesIO(build.photo()), f"{name}.jpg") for name in "ab"]
    own = tell(wang, photo=photos).text
    assert "It has arrived" in own
    assert "消防通道被自行车堵住了。" in own
    assert "Blocked way or exit" in own
    shown = re.findall(r'src="(/reports/photos/[^"]+)"', own)
    assert len(shown) == 2
    assert wang.get(shown[0]).mimetype.startswith("image/")
    assert wang.get(shown[0]).headers["Cache-Control"] == "no-store"
    assert browser_of(build.resident("赵秀英")).get(shown[0]).status_code == 404
    assert "Hazard" in page(wang, "/reports")


def test_sending_the_form_twice_reports_once(browser_of):
    resident = build.resident()
    wang, key = browser_of(resident), str(new_id())
    assert tell(wang, key=key).text.count("It has arrived") == 1
    tell(wang, key=key)
    assert len(reports.queries.mine(resident.id).items) == 1


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("words", "", "must not be empty"),
        ("answer-what", "", "Please check"),
        ("answer-what", "dragon", "Please check"),
        ("place_note", "", "Please check"),
        ("named", "", "choose one of the two"),
        ("words", "x" * 1001, "too long"),
    ],
)
def test_what_is_missing_is_asked_for_and_what_was_typed_stays(browser_of, field, value, told):
    resident = build.resident()
    again = tell(browser_of(resident), **{"place_note": "在电梯旁边", "words": "灯坏了", field: value})
    assert again.status_code == 422
    assert told in again.text
    assert "error-summary" in again.text
    assert ("灯坏了" in again.text) or field == "words"
    assert reports.queries.mine(resident.id).items == []


def bomb():
    """A small file that would be a picture of thirty million pixels."""
    file = io.BytesIO()
    Image.new("1", (6_000, 5_000)).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("content", [b"<svg onload=alert(1)>", bomb()], ids=["no picture", "bomb"])
def test_a_photo_that_is_none_or_too_large_is_told_and_the_words_are_not_lost(browser_of, content):
    again = tell(browser_of(), named="no", photo=(io.BytesIO(content), "photo.jpg"))
    assert again.status_code == 422
    assert "消防通道被自行车堵住了。" in again.text
    assert "add the photos once more" in again.text


def test_a_plates_code_fills_in_the_place_and_opens_the_way_to_report_there(browser_of):
    [plate] = screens.plates("东门")
    stranger = browser_of()
    opened = page(stranger, f"/q/{plate.code.text}")
    assert f'href="/report?at={plate.code.text}"' in opened
    assert "东门" in page(stranger, f"/report/what?safe=1&at={plate.code.text}")
    form = f"/report/hazard?safe=1&at={plate.code.text}"
    assert "东门" not in page(stranger, form)
    wang = browser_of(build.resident())
    assert "东门" in page(wang, form)
    assert all("describe the place yourself" in page(each, form) for each in (stranger, wang))
    own = tell(wang, at=plate.code.text, place_note="")
    assert "东门" in own.text
    assert "You stand here" not in page(stranger, "/report/what?safe=1&at=NONSENSE")


# --- following


def test_without_a_name_number_and_password_show_the_course_and_nothing_else_does(browser_of, coordinator):
    sent = tell(browser_of(build.resident()), named="no")
    number, password = slip(sent.text)
    stranger = browser_of()
    followed = send(stranger, "/reports/follow", number=number, password=password.lower().replace(" ", ""))
    assert f"Report {number}" in followed.text
    assert "We have received it" in followed.text
    for wrong in ({"number": number, "password": "K" * 12}, {"number": "10000000", "password": password}):
        refused = send(stranger, "/reports/follow", **wrong)
        assert refused.status_code == 404
        assert password not in refused.text
    report_id = reports.queries.by_number(coordinator, int(number))
    assert browser_of(coordinator).get(f"/reports/{report_id}").status_code == 404


def test_neither_password_nor_token_ever_stands_in_an_address(browser_of):
    wish = {"safe": "1", "named": "no", "words": "路灯坏了", "place_note": "东门", "key": str(new_id())}
    sent = send(browser_of(), "/report/other", follow=False, **wish)
    assert (sent.status_code, sent.location) == (200, None)
    assert sent.headers["Cache-Control"] == "no-store"


def test_points_of_a_report_without_a_name_are_collected_with_a_code_at_the_desk(
    browser_of, coordinator, desk, clock
):
    report_id, number, password = build.unnamed(coordinator)
    build.useful(coordinator, report_id)
    stranger = browser_of()
    waits = send(stranger, "/reports/follow", number=number, password=password)
    assert "this page shows you a code" in waits.text
    build.next_week(clock)
    asked = send(stranger, "/reports/follow/token", number=number, password=password)
    [token] = slip(asked.text)
    zhao = people.member("赵秀英", phone=None)
    wish = {"token": token, "member_number": "4711", "key": str(new_id())}
    assert send(desk, "/desk/reports/collect", **wish).status_code == 422
    wish |= {"member_number": members.queries.spoken_number(zhao.number), "key": str(new_id())}
    assert "Collected: +10" in send(desk, "/desk/reports/collect", **wish).text
    assert send(desk, "/desk/reports/collect", **(wish | {"key": str(new_id())})).status_code == 422
    assert "were collected" in send(stranger, "/reports/follow/token", number=number, password=password).text


# --- the desk


def test_the_desk_takes_a_report_through_its_course_and_the_reporter_reads_each_step(
    browser_of, coordinator, desk, clock
):
    resident = build.resident()
    report_id = build.told(resident)
    assert "Waiting for you" in page(desk, "/desk")
    assert "1 new report" in page(desk, "/desk")
    assert "came in today" in page(desk, "/desk/reports")
    step(desk, report_id, "assign", handler=str(coordinator.id))
    assert "1 report given to you" in page(desk, "/desk")
    step(desk, report_id, "check", public_note="电线已经包好。", note="找物业签字")
    step(desk, report_id, "resolve", public_note="已换新线。")
    assert "+10" in step(desk, report_id, "judge", useful="yes").text
    own = page(browser_of(resident), f"/reports/{report_id}")
    assert "电线已经包好。" in own
    assert "已换新线。" in own
    assert "找物业签字" not in own
    assert "Ask again on" in page(desk, f"/desk/reports/{report_id}")
    clock.tick(days=1)
    step(desk, report_id, "follow_up")
    step(desk, report_id, "close")
    assert str(report_id) in page(desk, "/desk/reports?tab=closed")
    assert str(report_id) not in page(desk, "/desk/reports?tab=open")


def test_points_that_were_taken_back_are_promised_on_no_page(browser_of, coordinator, desk):
    resident = build.resident()
    report_id = build.told(resident)
    build.useful(coordinator, report_id)
    pages = ((desk, f"/desk/reports/{report_id}"), (browser_of(resident), f"/reports/{report_id}"))
    assert all("+10" in page(*each) for each in pages)
    (line,) = points.queries.search_transfers(account_ids=[resident.id]).page.items
    points.service.withdraw_award(coordinator, key=new_id(), transfer_id=line.id, reason="弄错了")
    for each in pages:
        assert "+10" not in page(*each)
        assert "points were taken back" in page(*each)


def test_of_two_coordinators_the_slower_one_is_told_and_loses_nothing(coordinator, desk):
    report_id = build.told(build.resident())
    build.take(coordinator, report_id)
    late = send(
        desk,
        f"/desk/reports/{report_id}/assign",
        version="1",
        **{"handler-assign": str(coordinator.id), "public_note-assign": "我去看。"},
    )
    assert late.status_code == 422
    assert "banner-refuse" in late.text
    assert "我去看。" in late.text


def test_confidential_words_open_for_one_second_person_with_a_reason(browser_of, coordinator, desk):
    report_id, _number, _password = build.unnamed(coordinator, "scam", words="骗子打电话来了")
    second = browser_of(build.desk("孙丽"))
    assert "骗子" not in page(desk, f"/desk/reports/{report_id}")
    build.take(coordinator, report_id)
    assert "骗子" in page(desk, f"/desk/reports/{report_id}")
    hidden = page(second, f"/desk/reports/{report_id}")
    assert "骗子" not in hidden
    assert f'action="/desk/reports/{report_id}/assign"' not in hidden
    assert step(second, report_id, "open", reason="").status_code == 422
    assert "骗子" in step(second, report_id, "open", reason="替班").text
    assert "替班" in page(desk, f"/desk/reports/{report_id}")
    assert "骗子" not in page(browser_of(build.auditor()), f"/desk/reports/{report_id}")


def test_a_dispute_that_stays_overnight_is_shown_as_overdue(desk, clock):
    build.told(build.resident(), "dispute")
    assert "today, before night" in page(desk, "/desk/reports")
    clock.tick(days=1)
    overdue = page(desk, "/desk/reports?tab=overdue&kind=dispute")
    assert "overdue" in overdue
    assert "waits since yesterday" in overdue
    assert "No such report" in page(desk, "/desk/reports?tab=overdue&kind=hazard")
    assert "1 report is overdue" in page(desk, "/desk")


def test_the_desk_finds_a_report_by_its_number_and_says_when_there_is_none(coordinator, desk):
    report_id, number, _password = build.unnamed(coordinator)
    assert desk.get(f"/desk/reports?number={number}").location == f"/desk/reports/{report_id}"
    assert "banner-refuse" in page(desk, "/desk/reports?number=10000000")


def test_an_auditor_reads_lists_and_takes_no_step(browser_of, coordinator):
    report_id = build.told(build.resident())
    auditor = browser_of(build.auditor())
    text = page(auditor, f"/desk/reports/{report_id}")
    assert 'method="post"' not in text.split('id="main"')[1]
    assert send(auditor, f"/desk/reports/{report_id}/assign").status_code == 403


# --- homes and bills


def test_a_home_is_registered_once_for_a_term(desk, clock):
    landlord = people.member("钱有房", phone=None)
    wish = {
        "address": "3号楼 201",
        "term_from": "2026-11-01",
        "term_until": "2027-10-31",
        "tenants": "2",
        "member_number": str(landlord.number),
    }
    assert "+10 points" in send(desk, "/desk/homes", key=str(new_id()), **wish).text
    again = send(desk, "/desk/homes", key=str(new_id()), **(wish | {"address": "3号楼-201"}))
    assert again.status_code == 422
    assert "3号楼 201" in page(desk, "/desk/homes?q=201")
    alike = send(desk, "/desk/homes", key=str(new_id()), **(wish | {"address": "东街3号楼 201"}))
    assert alike.status_code == 422
    assert "registered already for this term: 3号楼 201." in alike.text
    other = send(desk, "/desk/homes", key=str(new_id()), another="y", **(wish | {"address": "东街3号楼 201"}))
    assert "Registered." in other.text
    (home,) = reports.queries.homes(q="东街").items
    struck = send(desk, f"/desk/homes/{home.id}/void", key=str(new_id()), reason="写错了")
    assert "Struck out." in struck.text
    assert "写错了" in page(desk, "/desk/homes")
    for field in ("term_from", "member_number", "tenants"):
        refused = send(desk, "/desk/homes", key=str(new_id()), **(wish | {"address": "5号楼", field: "?"}))
        assert refused.status_code == 422, field


def test_a_home_that_was_reported_is_registered_from_the_report_and_pays_the_reporter(coordinator, desk):
    resident = build.resident()
    report_id = build.told(resident, "rented")
    build.take(coordinator, report_id)
    assert f"/desk/homes?report={report_id}" in page(desk, f"/desk/reports/{report_id}")
    wish = {"address": "3号楼201", "term_from": "2026-11-01", "term_until": "2027-10-31"}
    done = send(desk, "/desk/homes", key=str(new_id()), report=str(report_id), **wish)
    assert "It was useful." in done.text
    assert build.balance(resident) > 0


def test_bills_are_taken_struck_out_and_the_till_is_closed_once(desk, clock):
    payer = people.member("周交费", phone=None)
    wish = {"utility": "water", "amount": "86.5", "receipt_number": "W-1", "member_number": str(payer.number)}
    assert "¥86.50" in send(desk, "/desk/bills", key=str(new_id()), **wish).text
    assert send(desk, "/desk/bills", key=str(new_id()), **wish).status_code == 422
    second = send(desk, "/desk/bills", key=str(new_id()), **(wish | {"receipt_number": "W-2"})).text
    address = re.search(r'action="(/desk/bills/[0-9a-f-]{36}/void)"', second)[1]
    assert "struck out" in send(desk, address, key=str(new_id()), reason="记错了").text
    for amount in ("", "-5", "1e3", "８６"):
        assert send(desk, "/desk/bills", key=str(new_id()), **(wish | {"amount": amount})).status_code == 422
    clock.tick(days=1)
    left_open = page(desk, "/desk/bills")
    address = re.search(r'href="(/desk/bills\?day=[^"]+)"', left_open)[1].replace("&amp;", "&")
    day, whose = re.search(r"day=([^&]+)&of=(.+)", address).groups()
    assert "¥86.50" in page(desk, address)
    till = {"day": day, "of": whose}
    short = send(desk, "/desk/bills/till", key=str(new_id()), handed_over="80", **till)
    assert short.status_code == 422
    closed = send(desk, "/desk/bills/till", key=str(new_id()), handed_over="80", note="找零错了", **till)
    assert "Difference: ¥-6.50" in closed.text
    assert "A till is still open" not in closed.text


def test_a_till_is_counted_at_opening_and_the_log_says_who_took_the_money(desk, clock, app):
    payer = people.member("周交费", phone=None)
    for odd in ("", "-5", "1e3", "８６"):
        assert send(desk, "/desk/bills/opening", key=str(new_id()), opening=odd).status_code == 422
    key = str(new_id())
    for _ in range(2):
        assert "Must be in the till now" in send(desk, "/desk/bills/opening", key=key, opening="200").text
    wish = {"utility": "water", "amount": "86.5", "receipt_number": "W-1", "member_number": str(payer.number)}
    taken = send(desk, "/desk/bills", key=str(new_id()), **wish).text
    assert "¥286.50" in taken
    assert "Taken by" in taken
    closed = send(desk, "/desk/bills/till", key=str(new_id()), handed_over="86.50", counted="200")
    assert "comes out even" in closed.text
    clock.tick(days=1)
    assert "¥200.00 stayed in it when it was closed last" in page(desk, "/desk/bills")
    short = send(desk, "/desk/bills/opening", key=str(new_id()), opening="150")
    assert short.status_code == 422
    assert "This is not what stayed in the till" in short.text
    assert 'id="why-error"' in short.text or "write why" in short.text
    opened = send(desk, "/desk/bills/opening", key=str(new_id()), opening="150", why="换零钱").text
    assert "换零钱" in opened


def test_a_coordinator_takes_no_bill_of_his_own(coordinator, desk):
    own = {"utility": "gas", "amount": "10", "receipt_number": "G-1"}
    number = str(members.queries.facts(coordinator.id).number)
    with pytest.raises(DomainError):
        build.bill(coordinator, coordinator)
    assert send(desk, "/desk/bills", key=str(new_id()), member_number=number, **own).status_code == 422
