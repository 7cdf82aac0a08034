"""Production where nobody has set up how one-time codes reach a telephone: signing in by code is not offered."""

import re

import pytest

import members.queries
import members.service
from core.audit import AuditEntry
from core.config import SettingsError
from core.db import db
from core.errors import Forbidden
from members.errors import ClaimCodeWrong, CodesNotSent, MemberOutranks, NothingToClaim, PasswordTooWeak
from members.service.senders import OutboxSender
from tests.members.test_pages import browser, record_of, send
from tests.support import members_builders as people
from tests.support.members_builders import PASSWORD

PRODUCTION = {"environment": "production", "argon2_light": False, "secret": "s" * 40}
WHENCE = "203.0.113.4"


class Pigeon:
    """A sender of the operator."""

    def send(self, phone: str, code: str, purpose: str, language: str) -> None:
        """Fly."""


@pytest.fixture(autouse=True)
def built_in(monkeypatch):
    """The sender is one for the whole process: each test begins with the built-in one and leaves it."""
    monkeypatch.setattr(members.service.senders, "_sender", OutboxSender())


@pytest.fixture
def app(make_app):
    app = make_app(**PRODUCTION)
    with app.app_context():
        yield app


def claim(code: str, phone: str, password: str | None = PASSWORD):
    return members.service.claim(
        claim_code=code, phone=phone, code="", password=password, network_address=WHENCE
    )


def sign_in(phone: str, password: str = PASSWORD):
    return members.service.sign_in_with_password(phone=phone, password=password, network_address=WHENCE)


# --- what is offered


def test_the_page_offers_no_code_and_says_how_else(app):
    page = browser(app).get("/sign-in").text
    assert "Sign in with a code" not in page
    assert 'href="/sign-in/code' not in page
    assert "The desk gives you a code with which you set one" in page
    assert browser(app).get("/sign-in/code").location == "/sign-in"


def test_elsewhere_the_page_offers_it(make_app):
    assert "Sign in with a code" in browser(make_app()).get("/sign-in").text


def test_who_asks_for_a_code_all_the_same_is_told_so_however_often(app):
    owner = people.actor(people.member())
    whence = {"network_address": WHENCE, "language": "en", "phone": people.fresh_phone()}
    for _ in range(12):
        with pytest.raises(CodesNotSent):
            members.service.request_one_time_code(purpose="sign_in", **whence)
        for purpose in ("password", "phone"):
            with pytest.raises(CodesNotSent):
                members.service.request_own_code(owner, purpose=purpose, **whence)


def test_pages_about_secrets_ask_for_no_code_from_a_message(app):
    for owner, said in (
        (people.member(language="en"), "You have no password yet. The desk gives you a code"),
        (people.member(language="en", password=PASSWORD), "Forgotten? The desk gives you a code"),
    ):
        for address in ("/me/password", "/me/pin"):
            page = browser(app, owner).get(address).text
            assert said in page
            assert "Send me a code" not in page
            assert 'name="code"' not in page
    assert "the desk changes the number with you" in browser(app, owner).get("/me/phone").text


# --- the way in by the desk


def test_a_member_sets_the_first_password_with_a_code_from_the_desk(app):
    owner = people.member(language="en")
    phone = members.queries.record(owner.id).phone
    desk = browser(app, people.member("张警官", "coordinator", language="en"))
    page = send(desk, record_of(owner), f"{record_of(owner)}/claim-code")
    code = re.search(r"[2-9A-Z]{5} [2-9A-Z]{5}", page.text)[0]
    guest = browser(app)
    page = send(guest, "/claim", claim_code=code, phone=phone)
    assert page.request.path == "/claim/enter"
    assert 'name="code"' not in page.text
    page = send(guest, "/claim/enter", password=PASSWORD)
    assert page.request.path == "/"
    assert sign_in(phone).id == owner.id
    issued = db.session.query(AuditEntry).filter_by(action="member.claim_code_issued").one()
    assert issued.subject_id == owner.id


def test_a_forgotten_password_is_set_anew_and_the_code_is_good_once(app):
    owner = people.member(password="something old 1958")
    phone = members.queries.record(owner.id).phone
    code = members.service.issue_claim_code(people.staff(), owner.id)
    claim(code, phone)
    sign_in(phone)
    with pytest.raises(ClaimCodeWrong):
        claim(code, phone)


def test_a_code_from_the_desk_does_not_move_an_account_to_another_telephone(app):
    owner = people.member()
    code = members.service.issue_claim_code(people.staff(), owner.id)
    with pytest.raises(ClaimCodeWrong):
        claim(code, people.fresh_phone())


def test_the_code_alone_without_a_password_takes_over_nothing(app):
    owner = people.member()
    code = members.service.issue_claim_code(people.staff(), owner.id)
    for password in (None, "", "1234"):
        with pytest.raises(PasswordTooWeak):
            claim(code, members.queries.record(owner.id).phone, password)


def test_a_managed_account_is_taken_over_without_a_message(app):
    granny = people.managed(people.actor(people.member("女儿")))
    code, phone = members.service.issue_claim_code(people.staff(), granny.id), people.fresh_phone()
    claim(code, phone)
    assert sign_in(phone).id == granny.id
    assert members.queries.facts(granny.id).helper_id is None


def test_a_coordinator_makes_no_code_for_staff(app):
    with pytest.raises(MemberOutranks):
        members.service.issue_claim_code(people.staff(), people.staff("administrator").id)


def test_where_codes_are_sent_the_desk_makes_none_for_who_has_a_telephone(app):
    members.service.use_sender(Pigeon())
    owner = people.member(language="en")
    with pytest.raises(NothingToClaim):
        members.service.issue_claim_code(people.staff(), owner.id)
    desk = browser(app, people.member("张警官", "coordinator", language="en"))
    assert "/claim-code" not in desk.get(record_of(owner)).text


def test_the_operator_sets_a_password_by_command_and_nobody_else_does(app):
    owner = people.member("周主任", "administrator")
    phone = members.queries.record(owner.id).phone
    runner = app.test_cli_runner()
    done = runner.invoke(args=["members", "set-password", phone, "--password", PASSWORD])
    assert "password set" in done.output
    assert sign_in(phone).id == owner.id
    weak = runner.invoke(args=["members", "set-password", phone, "--password", "12345678"])
    assert weak.exit_code == 1
    with pytest.raises(Forbidden):
        members.service.set_password(people.actor(owner), owner.id, PASSWORD)


# --- setting one up


def test_the_start_warns_without_a_sender_and_only_in_production(make_app, capsys):
    warning = "nothing sends one-time codes"
    make_app(**PRODUCTION)
    assert warning in capsys.readouterr().out
    make_app()
    make_app(**PRODUCTION, code_sender=f"{__name__}:Pigeon")
    assert warning not in capsys.readouterr().out


def test_a_sender_named_in_the_settings_is_taken_into_use(make_app):
    app = make_app(**PRODUCTION, code_sender=f"{__name__}:Pigeon")
    assert isinstance(members.service.sender(), Pigeon)
    assert "Sign in with a code" in browser(app).get("/sign-in").text


@pytest.mark.parametrize("name", ["no_such_module:Sender", f"{__name__}:Owl", "nothing", ":", "os.path:"])
def test_a_sender_that_is_not_there_stops_the_start(make_app, name):
    with pytest.raises(SettingsError, match="ALLIANCE_CODE_SENDER"):
        make_app(**PRODUCTION, code_sender=name)
