"""Pages about people: what they show to whom, and what their forms do."""

import re
from uuid import UUID

import pytest

import members.queries
import members.service
from core.auth import SYSTEM
from core.db import new_id
from tests.support import members_builders as people
from tests.support.members_builders import PASSWORD, PIN

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def cast(app):
    return people.cast(language="en")


def browser(app, facts=None, language="en"):
    client = app.test_client()
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
    if facts is not None:
        people.sign_in(client, facts)
    return client


def fields_of(page, action):
    """The hidden fields of the form that posts to `action`."""
    form = re.search(rf'<form[^>]*action="{re.escape(action)}"[^>]*>(.*?)</form>', page.text, re.DOTALL)
    assert form, f"no form for {action}"
    hidden = re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", form[1])
    pairs = ((re.search(r'name="([^"]*)"', each)[1], re.search(r'value="([^"]*)"', each)) for each in hidden)
    return {name: value[1] if value else "" for name, value in pairs}


def send(client, page_address, action=None, **values):
    """Open a page, fill its form in and send it; follows to the page it leads to."""
    action = action or page_address
    page = client.get(page_address)
    assert page.status_code == 200, page.text
    return client.post(action, data=fields_of(page, action) | values, follow_redirects=True)


STRANGERS_PAGES = ["/sign-in", "/sign-in/code", "/join", "/join/thanks", "/claim", "/development/outbox"]
OWN_PAGES = [
    *(
        "/me",
        "/me/settings",
        "/me/leave",
        "/me/card",
        "/me/helper",
        "/me/password",
        "/me/pin",
        "/me/phone",
        "/endorse",
    ),
]
DESK_PAGES = {
    "/desk/members": "member.read",
    "/desk/members/new": "member.manage",
    "/desk/members/import": "member.read",
    "/desk/applications": "member.read",
    "/desk/counter": "member.manage",
    "/desk/counter/pin": "member.manage",
    "/desk/squads": "squad.read",
    "/desk/squads/new": "squad.manage",
    "/desk/cards": "card.issue",
    "/desk/devices": "desk.read",
}


@pytest.mark.parametrize("address", STRANGERS_PAGES)
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_pages_for_strangers_open(app, address, language):
    page = browser(app, language=language).get(address)
    assert page.status_code == 200
    assert "<h1" in page.text


@pytest.mark.parametrize(
    ("whence", "status"), [("127.0.0.1", 200), ("::1", 200), ("192.0.2.7", 404), ("", 404)]
)
def test_the_outbox_is_read_on_the_machine_itself_only(app, whence, status):
    assert (
        app.test_client().get("/development/outbox", environ_base={"REMOTE_ADDR": whence}).status_code
        == status
    )


@pytest.mark.parametrize("address", OWN_PAGES)
def test_own_pages_open_for_every_member_and_send_strangers_to_sign_in(app, cast, address):
    for facts in (cast.owner, cast.coordinator, cast.administrator, cast.auditor, people.applicant()):
        assert browser(app, facts).get(address).status_code == 200
    page = browser(app).get(address)
    assert page.status_code == 302
    assert page.location.startswith("/sign-in?next=")


@pytest.mark.parametrize("address", DESK_PAGES)
def test_desk_pages_open_for_whom_the_table_allows(app, cast, address):
    for facts in (cast.owner, cast.coordinator, cast.administrator, cast.auditor):
        allowed = people.actor(facts).may(DESK_PAGES[address])
        assert browser(app, facts).get(address).status_code == (200 if allowed else 403)


def test_the_outbox_does_not_exist_in_production(make_app):
    app = make_app(environment="production", argon2_light=False, secret="s" * 40)
    assert browser(app).get("/development/outbox").status_code == 404


def test_an_application_by_page_waits_at_the_desk_and_is_admitted(app, cast):
    phone = people.fresh_phone()
    page = send(
        browser(app),
        "/join",
        name="赵新来",
        phone=phone,
        role="volunteer",
        consent="y",
        squad_id=str(cast.squad_id),
    )
    assert "has arrived" in page.text
    desk = browser(app, cast.coordinator)
    listed = desk.get("/desk/applications")
    assert "赵新来" in listed.text
    applicant = members.queries.search(phone).items[0]
    action = f"/desk/applications/{applicant.id}/admit"
    page = send(desk, "/desk/applications", action, squad_id=str(cast.squad_id))
    assert "must vouch first" in page.text
    page = send(desk, "/desk/applications", action, squad_id=str(cast.squad_id), reason="known for years")
    assert "Admitted" in page.text
    facts = members.queries.facts(applicant.id)
    assert (facts.status, facts.squad_id) == ("active", cast.squad_id)


def test_a_second_tap_on_apply_makes_no_second_application(app):
    client = browser(app)
    form = fields_of(client.get("/join"), "/join")
    values = {"name": "赵新来", "phone": people.fresh_phone(), "role": "volunteer", "consent": "y"}
    for _ in range(2):
        assert client.post("/join", data=form | values).status_code == 303
    assert len(members.queries.applications().items) == 1


def test_declining_an_application_asks_first(app, cast):
    applicant = people.applicant()
    page = browser(app, cast.coordinator).get("/desk/applications").text
    assert re.search(rf'<button[^>]*type="button" data-opens="decline-{applicant.id}"', page)
    (asked,) = re.findall(rf'<dialog[^>]*id="decline-{applicant.id}".*?</dialog>', page, re.DOTALL)
    assert "cannot be undone" in asked
    assert f'action="/desk/applications/{applicant.id}/decline"' in asked
    assert "data-closes" in asked


def test_a_declined_application_is_forgotten(app, cast):
    applicant = people.applicant()
    page = send(
        browser(app, cast.coordinator), "/desk/applications", f"/desk/applications/{applicant.id}/decline"
    )
    assert "Declined" in page.text
    record = members.queries.record(applicant.id)
    assert (record.facts.status, record.phone) == ("left", None)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"name": ""}, "Nothing is written here. Write something"),
        ({"name": "王\u202e芳"}, "cannot be written by hand"),
        ({"phone": "12"}, "not a mobile number"),
        ({"consent": ""}, "Without consent"),
    ],
)
def test_a_wrong_field_of_the_application_is_named_and_what_was_typed_stays(app, values, said):
    filled = {"name": "赵新来", "phone": people.fresh_phone(), "role": "volunteer", "consent": "y"} | values
    page = send(browser(app), "/join", **filled)
    assert page.status_code == 422
    assert said in page.text
    assert f'value="{filled["phone"]}"' in page.text
    assert members.queries.applications().items == []


def test_settings_are_kept_and_change_the_page(app, cast):
    client = browser(app, cast.owner)
    page = send(client, "/me/settings", language="en", theme="dark", large_type="1", listed="1")
    assert "Saved" in page.text
    assert 'data-theme="dark"' in page.text
    assert 'class="large"' in page.text
    assert cast.owner.id in members.queries.listed_ids()
    page = send(client, "/me/settings", language="zh_Hans_CN", theme="auto")
    assert 'lang="zh-CN"' in page.text
    assert cast.owner.id not in members.queries.listed_ids()


def test_a_member_rests_and_comes_back(app, cast):
    client = browser(app, cast.owner)
    page = send(client, "/me/leave", until="2026-12-01")
    assert "on leave" in page.text
    assert members.queries.squad(cast.squad_id).active_members == 1
    page = send(client, "/me", "/me/leave/end")
    assert "Welcome back" in page.text
    assert members.queries.squad(cast.squad_id).active_members == 2


@pytest.mark.parametrize("until", ["2026-11-18", "2025-01-01", "2030-01-01", "yesterday", "0000-00-00"])
def test_a_leave_that_cannot_be_is_refused_at_its_field(app, cast, until):
    page = send(browser(app, cast.owner), "/me/leave", until=until)
    assert page.status_code == 422
    assert members.queries.facts(cast.owner.id).status == "active"


def test_a_lost_card_is_blocked_in_one_step(app, cast):
    card = people.card(cast.owner)
    page = send(browser(app, cast.owner), "/me/card", "/me/card/lost")
    assert "void" in page.text
    with pytest.raises(members.service.cards.CardRevoked):
        members.service.read_card(card)


def test_a_member_without_a_card_is_told_where_to_get_one(app, cast):
    assert "No card yet" in browser(app, cast.owner).get("/me/card").text


def test_a_helper_enters_somebody_acts_for_her_and_returns(app, cast):
    client = browser(app, cast.owner)
    send(client, "/me/helper", name="孙奶奶", consent="y")
    (mother,) = members.queries.managed_by(cast.owner.id)
    members.service.admit(SYSTEM, mother.id)
    page = send(client, "/me/helper", f"/me/act/{mother.id}")
    assert "You now act for 孙奶奶" in page.text
    assert "孙奶奶" in client.get("/me").text
    assert client.get("/api/v1/me").json["id"] == str(mother.id)
    send(client, "/me", "/me/act/self")
    assert client.get("/api/v1/me").json["id"] == str(cast.owner.id)


def test_leaving_for_good_signs_out(app, cast):
    client = browser(app, cast.owner)
    page = send(client, "/me/leave", "/me/quit")
    assert "Thank you for everything" in page.text
    assert client.get("/me").status_code == 302
    assert members.queries.facts(cast.owner.id).status == "left"


# --- the desk


def test_the_desk_finds_members_by_name_number_and_telephone(app, cast):
    desk = browser(app, cast.coordinator)
    phone = members.queries.record(cast.owner.id).phone
    for text in (
        "王",
        "王小",
        str(cast.owner.number),
        members.queries.spoken_number(cast.owner.number),
        phone,
        phone[3:],
    ):
        page = desk.get("/desk/members", query_string={"search": text})
        assert "王小芳" in page.text
        assert "陈大勇" not in page.text
    for text in ("芳芳", "\x00", "\u202e", "%", "_", "'", "1234567"):
        assert "Nobody found" in desk.get("/desk/members", query_string={"search": text}).text
    assert phone not in desk.get("/desk/members").text


def test_the_list_of_members_is_continued_page_by_page(app, cast):
    for number in range(60):
        people.member(f"巡逻员{number:02}")
    desk = browser(app, cast.coordinator)
    seen, address = [], "/desk/members"
    while address:
        page = desk.get(address)
        seen += re.findall(r'href="/desk/members/([0-9a-f-]{36})"', page.text)
        further = re.search(r'href="([^"]*cursor=[^"]*)" rel="next"', page.text)
        address = further[1].replace("&amp;", "&") if further else None
    assert len(seen) == len(set(seen)) == 66
    assert desk.get("/desk/members?cursor=nonsense").status_code == 422


def test_a_member_is_entered_at_the_desk_once_however_often_the_button_is_tapped(app, cast):
    desk = browser(app, cast.coordinator)
    form = fields_of(desk.get("/desk/members/new"), "/desk/members/new")
    values = {
        "name": "新会员",
        "phone": "",
        "roles": ["volunteer"],
        "squad_id": str(cast.squad_id),
        "pin": PIN,
    }
    for _ in range(2):
        page = desk.post("/desk/members/new", data=form | values, follow_redirects=True)
        assert "Entered with the number" in page.text
    assert len(members.queries.search("新会员").items) == 1
    assert members.queries.squad(cast.squad_id).active_members == 3


def record_of(facts):
    return f"/desk/members/{facts.id}"


def test_everything_about_a_member_is_changed_on_one_page(app, cast):
    desk, address = browser(app, cast.coordinator), record_of(cast.owner)
    assert (
        "Squad and area are changed"
        in send(desk, address, f"{address}/place", squad_id=str(cast.other_squad_id)).text
    )
    assert (
        "The roles are changed" in send(desk, address, f"{address}/roles", roles=["volunteer", "clerk"]).text
    )
    assert "The name is changed" in send(desk, address, f"{address}/name", name="王晓芳").text
    assert "The card is issued" in send(desk, address, f"{address}/card", card_pin=PIN).text
    assert members.queries.record(cast.owner.id).has_pin
    as_administrator = browser(app, cast.administrator)
    assert "The PIN is set" in send(as_administrator, address, f"{address}/pin", pin=PIN).text
    assert "The card is issued" in send(desk, address, f"{address}/card").text
    lost = f"{address}/lost"
    assert "The card is void" in send(desk, lost, f"{address}/card/revoke").text
    page = send(desk, lost, f"{lost}/phone", phone=people.fresh_phone(), reason="认识多年")
    assert "signed out on all devices" in page.text
    facts = members.queries.facts(cast.owner.id)
    assert (facts.name, facts.squad_id) == ("王晓芳", cast.other_squad_id)
    assert members.queries.roles_of([facts.id])[facts.id] == ("volunteer", "clerk")


@pytest.mark.parametrize("wanted", ["on_leave", "suspended", "left"])
def test_a_status_is_changed_and_taken_back(app, cast, wanted):
    desk, address = browser(app, cast.coordinator), record_of(cast.owner)
    form = fields_of(desk.get(address), f"{address}/name")
    page = desk.post(
        f"{address}/status", data=form | {"status": wanted, "reason": "说明"}, follow_redirects=True
    )
    assert "The status is changed" in page.text
    assert members.queries.facts(cast.owner.id).status == wanted
    page = desk.post(f"{address}/status", data=form | {"status": "active"}, follow_redirects=True)
    assert members.queries.facts(cast.owner.id).status == "active"


def test_a_coordinator_is_told_why_an_administrator_is_out_of_reach(app, cast):
    desk, lost = browser(app, cast.coordinator), f"{record_of(cast.administrator)}/lost"
    page = send(desk, lost, f"{lost}/phone", phone=people.fresh_phone(), reason="认识多年")
    assert "belongs to the staff" in page.text


def test_a_coordinator_neither_gives_nor_takes_staff_roles(app, cast):
    desk, address = browser(app, cast.coordinator), record_of(cast.owner)
    page = send(desk, address, f"{address}/roles", roles=["volunteer", "administrator"])
    assert "not open to you" in page.text
    other = people.member("另一位", "volunteer", "coordinator")
    send(desk, record_of(other), f"{record_of(other)}/roles", roles=["volunteer"])
    assert members.queries.roles_of([other.id])[other.id] == ("volunteer", "coordinator")


def test_the_auditor_sees_the_record_and_no_buttons(app, cast):
    page = browser(app, cast.auditor).get(record_of(cast.owner))
    assert page.status_code == 200
    assert f"{record_of(cast.owner)}/place" not in page.text
    assert browser(app, cast.auditor).post(
        f"{record_of(cast.owner)}/name", data={"name": "x"}
    ).status_code in {400, 403}


def test_a_member_who_is_not_there_is_not_found(app, cast):
    assert browser(app, cast.coordinator).get(f"/desk/members/{new_id()}").status_code == 404


def test_the_owner_of_a_managed_account_takes_it_over(app, cast):
    granny = people.managed(people.actor(cast.owner))
    page = send(browser(app, cast.coordinator), record_of(granny), f"{record_of(granny)}/claim-code")
    code = re.search(r"[2-9A-Z]{5} [2-9A-Z]{5}", page.text)[0]
    phone, own = people.fresh_phone(), browser(app)
    page = send(own, "/claim", claim_code=code.lower(), phone=phone)
    sent = members.queries.outbox()[0].code
    page = send(own, "/claim/enter", code=sent, password=PASSWORD)
    assert "your own account now" in page.text
    facts = members.queries.facts(granny.id)
    assert facts.helper_id is None
    assert (
        members.service.sign_in_with_password(phone=phone, password=PASSWORD, network_address="x").id
        == granny.id
    )


def test_squads_are_founded_changed_and_get_captains(app, cast):
    desk = browser(app, cast.coordinator)
    page = send(
        desk, "/desk/squads/new", name="快递小哥队", kind="courier", crest_color="teal", motto="随手拍"
    )
    assert "The squad is founded" in page.text
    address = f"/desk/squads/{cast.squad_id}"
    chosen = {"captain_id": str(cast.owner.id), "acting_captain_id": str(cast.mate.id)}
    assert "The captains are appointed" in send(desk, address, f"{address}/captains", **chosen).text
    assert members.queries.captains_of(cast.squad_id) == {cast.owner.id, cast.mate.id}
    page = send(desk, address, name="夕阳红巡逻队", kind="women", crest_color="red")
    assert page.status_code == 422
    assert "Another squad has this name" in page.text


def test_areas_grow_as_a_tree(app, cast):
    desk = browser(app, cast.coordinator)
    send(desk, "/desk/squads", "/desk/areas", name="西苑派出所", level="station")
    (station,) = members.queries.areas()
    page = send(
        desk, "/desk/squads", "/desk/areas", name="西苑社区", level="community", parent_id=str(station.id)
    )
    assert "西苑派出所 · 西苑社区" in page.text
    page = send(desk, "/desk/squads", "/desk/areas", name="一号网格", level="grid", parent_id=str(station.id))
    assert "Below a station are communities" in page.text


def test_an_administrator_enrols_and_shuts_out_a_device(app, cast):
    desk = browser(app, cast.administrator)
    wanted = {
        "label": "北门闸机",
        "permissions": ["patrol.walk"],
        "responsible_id": str(cast.coordinator.id),
        "days": "1",
    }
    page = send(desk, "/desk/devices", **wanted)
    code = re.search(r"J[2-9A-Z]{3}( [2-9A-Z]+)+", page.text)[0]
    answer = app.test_client().post(
        "/api/v1/devices", json={"code": code, "name": "北门闸机"}, headers={"Authorization": ""}
    )
    assert answer.status_code in {201, 401, 400}
    listed = desk.get("/desk/devices")
    assert "北门闸机" in listed.text


def test_a_display_is_heard_of_when_it_says_that_it_is_there(app, cast):
    headers = {"Authorization": f"Bearer {people.device('wall.read', name='大厅屏幕')}"}
    app.test_client().get("/api/v1/leaderboards/squads", headers=headers)
    assert "Not heard of yet" in browser(app, cast.administrator).get("/desk/devices").text
    app.test_client().post("/api/v1/devices/presence", headers=headers)
    page = browser(app, cast.administrator).get("/desk/devices").text
    assert "Last heard of: 18/11/2026, 10:00" in page


def test_a_coordinator_enrols_only_what_awards_in_his_own_name(app, cast):
    people.device("wall.read", name="大厅屏幕")
    desk = browser(app, cast.coordinator)
    page = desk.get("/desk/devices")
    assert "大厅屏幕" not in page.text
    assert "wall.read" not in page.text
    wanted = {"label": "服务台", "permissions": ["award.give"], "responsible_id": str(cast.coordinator.id)}
    assert re.search(r"J[2-9A-Z]{3}( [2-9A-Z]+)+", send(desk, "/desk/devices", **wanted, days="1").text)
    for change in ({"permissions": ["wall.read"]}, {"responsible_id": str(cast.administrator.id)}):
        assert "not open to you" in send(desk, "/desk/devices", **wanted | change, days="1").text


def test_cards_of_a_squad_are_issued_and_printed(app, cast):
    desk = browser(app, cast.coordinator)
    page = send(desk, "/desk/cards", squad_id=str(cast.squad_id))
    assert page.text.count("member-card cut") == 2
    assert "<svg" in page.text
    assert "王小芳" in page.text
    before = members.queries.record(cast.owner.id).card_generation
    send(desk, "/desk/cards", squad_id=str(cast.squad_id))
    assert members.queries.record(cast.owner.id).card_generation == before == 1


def test_a_poster_leads_to_an_application_for_its_squad(app, cast):
    page = send(
        browser(app, cast.coordinator),
        "/desk/applications",
        "/desk/posters",
        label="西门公告栏",
        squad_id=str(cast.squad_id),
    )
    code = re.search(r"J[2-9A-Z]{3}( [2-9A-Z]+)+", page.text)[0].replace(" ", "")
    phone, visitor = people.fresh_phone(), browser(app)
    form = fields_of(visitor.get(f"/join?code={code}"), "/join")
    assert form["code"] == code
    visitor.post("/join", data=form | {"name": "赵新来", "phone": phone, "role": "resident", "consent": "y"})
    applicant = members.queries.search(phone).items[0]
    assert applicant.squad_id == cast.squad_id
    (poster,) = members.queries.join_codes("membership")
    send(browser(app, cast.coordinator), "/desk/applications", f"/desk/posters/{poster.id}/withdraw")
    again = form | {
        "key": str(new_id()),
        "name": "钱后来",
        "phone": people.fresh_phone(),
        "role": "resident",
        "consent": "y",
    }
    assert visitor.post("/join", data=again).status_code == 422


def test_ids_in_forms_may_be_nonsense(app, cast):
    desk, address = browser(app, cast.coordinator), record_of(cast.owner)
    for nonsense in ("", "x", "\x00", str(new_id()), "9" * 5000):
        page = send(desk, address, f"{address}/place", squad_id=nonsense, area_id=nonsense)
        assert page.status_code == 200
    assert isinstance(cast.owner.id, UUID)
