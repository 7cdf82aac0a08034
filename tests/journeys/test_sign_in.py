"""From the first look at the page to a signed-in member, and out again; over HTTP, as a browser without script."""

import re
from urllib.parse import urlsplit

import pytest

import members.queries
import members.service
from tests.support import members_builders as people
from tests.support.members_builders import PASSWORD

pytestmark = pytest.mark.usefixtures("clock")


class Visitor:
    """A browser: opens pages, fills forms in, follows where they lead."""

    def __init__(self, app, language="en"):
        self.client = app.test_client()
        self.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
        self.page = None

    def open(self, address):
        self.page = self.client.get(address, follow_redirects=True)
        return self.page

    def send(self, action, **values):
        """Send the form of the present page that leads to `action`."""
        form = re.search(
            rf'<form[^>]*action="{re.escape(action)}"[^>]*>(.*?)</form>', self.page.text, re.DOTALL
        )
        assert form, f"no form for {action} at {self.page.request.path}"
        hidden = dict(re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]*)"[^>]*value="([^"]*)"', form[1]))
        hidden |= dict(
            re.findall(r'<input[^>]*name="([^"]*)"[^>]*type="hidden"[^>]*value="([^"]*)"', form[1])
        )
        self.page = self.client.post(action, data=hidden | values, follow_redirects=True)
        return self.page

    @property
    def at(self):
        return self.page.request.path

    @property
    def signed_in_as(self):
        return self.client.get("/api/v1/session").json["member_id"]


@pytest.fixture
def owner(app):
    phone = people.fresh_phone()
    return people.member("王小芳", phone=phone, password=PASSWORD, language="en")


def phone_of(facts):
    return members.queries.record(facts.id).phone


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_stranger_is_sent_to_sign_in_and_comes_back_to_where_he_wanted(app, owner, language):
    visitor = Visitor(app, language)
    visitor.open("/me/card")
    assert visitor.at == "/sign-in"
    visitor.send("/sign-in", phone=phone_of(owner), password=PASSWORD)
    assert visitor.at == "/me/card"
    assert visitor.signed_in_as == str(owner.id)


def test_signing_in_with_a_code_from_the_outbox(app, owner):
    visitor = Visitor(app)
    visitor.open("/sign-in")
    visitor.open("/sign-in/code")
    visitor.send("/sign-in/code", phone=phone_of(owner)[3:])
    assert visitor.at == "/sign-in/code/enter"
    assert phone_of(owner)[-4:] in visitor.page.text
    code = members.queries.outbox()[0].code
    assert code in app.test_client().get("/development/outbox").text
    visitor.send("/sign-in/code/enter", code="not the code")
    assert visitor.page.status_code == 422
    visitor.send("/sign-in/code/enter", code=code)
    assert visitor.at == "/"
    assert visitor.signed_in_as == str(owner.id)


def test_a_wrong_password_says_what_to_do_and_keeps_the_number(app, owner):
    visitor = Visitor(app)
    visitor.open("/sign-in")
    visitor.send("/sign-in", phone=phone_of(owner), password="wrong")
    assert visitor.page.status_code == 422
    assert "do not belong together" in visitor.page.text
    assert f'value="{phone_of(owner)}"' in visitor.page.text
    assert "wrong" not in re.findall(r'value="([^"]*)"', visitor.page.text)
    assert visitor.signed_in_as is None


def test_after_too_many_tries_the_page_says_how_long_to_wait(app, owner):
    visitor = Visitor(app)
    visitor.open("/sign-in")
    for _ in range(8):
        visitor.send("/sign-in", phone=phone_of(owner), password="wrong")
    visitor.send("/sign-in", phone=phone_of(owner), password=PASSWORD)
    assert visitor.page.status_code == 429
    assert "Wait 15 minutes" in visitor.page.text
    assert visitor.page.headers["Retry-After"] == "900"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "\\\\evil.example",
        "/\x00",
        "/\r\nSet-Cookie: x=1",
        "evil",
    ],
)
def test_signing_in_never_leads_to_another_host(app, owner, target):
    client = app.test_client()
    page = client.get("/sign-in")
    token = re.search(r'name="csrf_token" value="([^"]*)"', page.text)[1]
    values = {"csrf_token": token, "phone": phone_of(owner), "password": PASSWORD, "next": target}
    answer = client.post("/sign-in", data=values)
    assert answer.status_code == 303
    assert urlsplit(answer.location).netloc in {"", "localhost"}
    assert answer.location == "/"


def test_signing_out_ends_this_session_and_everywhere_ends_all(app, owner):
    phone, tablet = Visitor(app), Visitor(app)
    for visitor in (phone, tablet):
        visitor.open("/sign-in")
        visitor.send("/sign-in", phone=phone_of(owner), password=PASSWORD)
    phone.open("/me")
    phone.send("/sign-out")
    assert (phone.signed_in_as, tablet.signed_in_as) == (None, str(owner.id))
    phone.open("/sign-in")
    phone.send("/sign-in", phone=phone_of(owner), password=PASSWORD)
    phone.open("/me")
    phone.send("/me/sign-out-everywhere")
    assert (phone.signed_in_as, tablet.signed_in_as) == (None, None)


def test_a_session_of_one_worker_ends_on_another_worker_at_the_next_request(make_app, engine_url):
    first, second = make_app(engine_url), make_app(engine_url)
    with first.app_context():
        owner = people.member("王小芳")
        coordinator = people.staff()
    here, there = first.test_client(), second.test_client()
    for app, client in ((first, here), (second, there)):
        with app.app_context():
            people.sign_in(client, owner)
        assert client.get("/me").status_code == 200
    with first.app_context():
        members.service.suspend(coordinator, owner.id, "多次代刷")
    for client in (here, there):
        assert client.get("/me").status_code == 302
        assert client.get("/api/v1/me").status_code == 401


def test_a_new_password_keeps_this_device_and_signs_out_the_others(app, owner):
    phone, tablet = Visitor(app), Visitor(app)
    for visitor in (phone, tablet):
        visitor.open("/sign-in")
        visitor.send("/sign-in", phone=phone_of(owner), password=PASSWORD)
    phone.open("/me/password")
    phone.send("/me/password", current=PASSWORD, password="short")
    assert phone.page.status_code == 422
    phone.send("/me/password", current=PASSWORD, password="东门到西门再到北门")
    assert "new password is set" in phone.page.text
    assert (phone.signed_in_as, tablet.signed_in_as) == (str(owner.id), None)


def test_a_forgotten_password_is_replaced_with_a_code(app, owner):
    visitor = Visitor(app)
    people.sign_in(visitor.client, owner)
    visitor.open("/me/password")
    visitor.send("/me/password/code")
    assert "on its way" in visitor.page.text
    visitor.send("/me/password", code=members.queries.outbox()[0].code, password="东门到西门再到北门")
    assert "new password is set" in visitor.page.text


def test_a_member_moves_to_a_new_number(app, owner):
    visitor, new = Visitor(app), people.fresh_phone()
    people.sign_in(visitor.client, owner)
    visitor.open("/me/phone")
    visitor.send("/me/phone", phone=new)
    visitor.send("/me/phone/enter", code=members.queries.outbox()[0].code)
    assert "sign in with the new number" in visitor.page.text
    assert phone_of(owner) == new


def test_a_form_without_the_token_changes_nothing(app, owner):
    client = app.test_client()
    people.sign_in(client, owner)
    for action in ("/sign-out", "/me/settings", "/me/card/lost", "/me/sign-out-everywhere", "/me/quit"):
        assert client.post(action).status_code == 400
    assert members.queries.load_session(f"{owner.id}:1") is not None
    assert members.queries.facts(owner.id).status == "active"
