"""Pages about the PIN: one's own, and a member without a phone at the desk."""

import re

import pytest

import members.queries
import members.service
from core import audit
from core.db import db
from members.errors import DeskSessionMissing, MemberOutranks, PinLocked, PinWrong
from members.models import OneTimeCode, OutboxMessage
from tests.members.test_pages import browser, record_of, send
from tests.support import members_builders as people
from tests.support import points_builders
from tests.support.members_builders import PASSWORD, PIN

pytestmark = pytest.mark.usefixtures("clock")
OTHER_PIN = "5083"


@pytest.fixture
def cast(app):
    return people.cast(language="en")


@pytest.fixture
def granny(cast):
    return people.member("孙奶奶", phone=None, pin=PIN, language="en", squad_id=cast.squad_id)


@pytest.fixture
def desk(app, cast):
    return browser(app, cast.coordinator)


def served(desk, member):
    """Open the desk for the member; the page that follows."""
    page = send(desk, "/desk/counter", card=people.card(member).text.lower(), pin=PIN)
    assert page.status_code == 200
    return page


def counter_of(member) -> str:
    return f"/desk/counter/{member.id}"


# --- one's own


def test_a_member_sets_the_pin_under_me_with_the_password(app, cast):
    owner = people.member(password=PASSWORD, language="en")
    page = send(browser(app, owner), "/me/pin", current=PASSWORD, pin=OTHER_PIN)
    assert "The PIN is set" in page.text
    members.service.check_pin(owner.id, OTHER_PIN)


def test_a_wrong_password_and_a_weak_pin_are_told_at_their_fields(app, cast):
    owner = people.member(password=PASSWORD, language="en")
    page = send(browser(app, owner), "/me/pin", current="something else", pin=OTHER_PIN)
    assert page.status_code == 422
    assert re.search(r'id="current-error".*not your present password', page.text, re.DOTALL)
    page = send(browser(app, owner), "/me/pin", current=PASSWORD, pin="1234")
    assert re.search(r'id="pin-error".*none that others would guess', page.text, re.DOTALL)


@pytest.mark.parametrize(
    ("address", "field", "value"), [("pin", "pin", OTHER_PIN), ("password", "password", PASSWORD)]
)
def test_without_a_password_a_code_is_sent_first_and_nothing_speaks_of_forgetting(app, address, field, value):
    owner = people.member(language="en")
    page = browser(app, owner).get(f"/me/{address}")
    assert "You have no password yet" in page.text
    assert "Forgotten?" not in page.text
    assert "Present password" not in page.text
    assert "or the code" not in page.text
    client = browser(app, owner)
    back = send(client, f"/me/{address}", "/me/password/code")
    assert back.request.path == f"/me/{address}"
    assert "on its way" in back.text
    code = db.session.query(OutboxMessage).one().code
    page = send(client, f"/me/{address}", code=code, **{field: value})
    assert page.request.path == "/me"
    assert db.session.query(OneTimeCode).count() == 0


def test_my_page_tells_whether_there_is_a_pin(app, granny):
    owner = people.member(language="en")
    assert "none yet" in browser(app, owner).get("/me").text
    members.service.set_pin(people.staff("administrator"), owner.id, PIN)
    assert "none yet" not in browser(app, owner).get("/me").text


# --- at the desk


def test_card_and_pin_open_the_desk_for_a_member_without_a_phone(app, cast, granny, desk):
    page = served(desk, granny)
    assert page.request.path == counter_of(granny)
    assert "stands at your desk" in page.text
    assert "stands at your desk" in desk.get(record_of(granny)).text
    page = send(desk, counter_of(granny), f"{counter_of(granny)}/close")
    assert "The desk is closed" in page.text
    members.service.close_desk_session(people.actor(cast.coordinator), granny.id)
    acts = [each.action for each in audit.entries(subject_id=granny.id).items]
    assert [acts.count(each) for each in ("desk.opened", "desk.closed")] == [1, 1]
    assert "stands at your desk" not in desk.get(record_of(granny)).text


def test_a_wrong_pin_and_a_code_that_is_none_open_nothing(app, granny, desk):
    card = people.card(granny)
    page = send(desk, "/desk/counter", card=card.text, pin="000001")
    assert page.status_code == 422
    assert "not the right PIN" in page.text
    assert "before it is locked: 4" in page.text
    assert send(desk, "/desk/counter", card="nonsense", pin=PIN).status_code == 422


def test_at_the_desk_a_member_sees_points_and_the_last_lines(app, cast, granny, desk):
    points_builders.earn(granny.id, 37)
    page = served(desk, granny)
    assert "37" in page.text
    assert "Can be spent" in page.text
    assert "Valid until" in page.text


def test_without_the_member_at_the_desk_the_page_leads_back_to_card_and_pin(app, cast, granny, desk, clock):
    assert desk.get(counter_of(granny)).status_code == 303
    served(desk, granny)
    assert desk.get(counter_of(granny)).status_code == 200
    assert browser(app, cast.administrator).get(counter_of(granny)).status_code == 303
    clock.tick(minutes=10)
    page = desk.get(counter_of(granny), follow_redirects=True)
    assert "We do not know that the member stands at the desk" in page.text


def test_the_member_at_the_desk_changes_language_leaderboard_and_pin(app, granny, desk):
    served(desk, granny)
    page = send(desk, counter_of(granny), f"{counter_of(granny)}/settings", language="zh_Hans_CN", listed="1")
    assert "Saved" in page.text
    facts = members.queries.facts(granny.id)
    assert (facts.language, facts.listed) == ("zh_Hans_CN", True)
    action = f"{counter_of(granny)}/pin"
    assert "not alike" in send(desk, counter_of(granny), action, pin=OTHER_PIN, again="5084").text
    assert "The PIN is set" in send(desk, counter_of(granny), action, pin=OTHER_PIN, again=OTHER_PIN).text
    members.service.check_pin(granny.id, OTHER_PIN)


def test_the_member_at_the_desk_rests_and_comes_back(app, granny, desk):
    served(desk, granny)
    action = f"{counter_of(granny)}/rest"
    assert "The member rests" in send(desk, counter_of(granny), action).text
    assert members.queries.facts(granny.id).status == "on_leave"
    assert "The member is back" in send(desk, counter_of(granny), action).text
    assert members.queries.facts(granny.id).status == "active"


@pytest.mark.parametrize(
    ("act", "values"),
    [
        ("settings", {"language": "zh_Hans_CN", "listed": "1"}),
        ("pin", {"pin": OTHER_PIN, "again": OTHER_PIN}),
        ("rest", {}),
    ],
)
def test_nothing_happens_on_the_word_of_a_member_who_has_gone(app, granny, desk, clock, act, values):
    served(desk, granny)
    token = re.search(r'name="csrf_token" value="([^"]*)"', desk.get(counter_of(granny)).text)[1]
    clock.tick(minutes=10)
    page = desk.post(
        f"{counter_of(granny)}/{act}", data=values | {"csrf_token": token}, follow_redirects=True
    )
    assert "We do not know that the member stands at the desk" in page.text
    facts = members.queries.facts(granny.id)
    assert (facts.language, facts.listed, facts.status) == ("en", False, "active")
    members.service.check_pin(granny.id, PIN)


def test_a_coordinator_serves_nobody_above_him(app, cast):
    above = people.member("周副主任", "administrator", phone=None, pin=PIN)
    actor = people.actor(cast.coordinator)
    members.service.open_desk_session(actor, card=people.card(above), pin=PIN)
    with pytest.raises(MemberOutranks):
        members.service.change_pin_at_the_desk(actor, above.id, OTHER_PIN)


def test_on_the_members_word_needs_the_member(app, cast, granny):
    done = []
    with pytest.raises(DeskSessionMissing):
        members.service.on_the_members_word(people.actor(cast.coordinator), granny.id, lambda: done.append(1))
    assert done == []


def test_the_desk_sets_a_first_pin_typed_twice_with_the_card(app, cast, desk):
    neighbour = people.member("钱爷爷", phone=None, language="en")
    typed = {"card": people.card(neighbour).text, "pin": OTHER_PIN}
    page = send(desk, "/desk/counter/pin", **typed, again="5084")
    assert page.status_code == 422
    assert re.search(r'id="again-error".*not alike', page.text, re.DOTALL)
    page = send(desk, "/desk/counter/pin", **typed, again=OTHER_PIN)
    assert "The PIN of 钱爷爷 is set" in page.text
    members.service.check_pin(neighbour.id, OTHER_PIN)


def test_the_desk_unlocks_a_pin_on_the_members_page(app, granny, desk):
    assert "Unlock the PIN" not in desk.get(record_of(granny)).text
    for _ in range(5):
        with pytest.raises((PinWrong, PinLocked)):
            members.service.check_pin(granny.id, "9999")
    page = send(desk, record_of(granny), f"{record_of(granny)}/pin/unlock")
    assert "can be tried again" in page.text
    members.service.check_pin(granny.id, PIN)
