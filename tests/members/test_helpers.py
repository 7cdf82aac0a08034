"""Accounts that somebody else looks after: household, handing over, and what stays the owner's own. On both engines
where rows are counted."""

import pytest

import members.queries
import members.service
from core.auth import SYSTEM
from members.errors import (
    ClaimCodeWrong,
    HelperUnfit,
    NotByHelper,
    NothingToClaim,
    NotOnOneself,
    TooManyManaged,
)
from tests.support import members_builders as people

pytestmark = pytest.mark.usefixtures("clock")


def test_a_household_is_everybody_around_one_helper(app):
    cast = people.cast()
    helper = people.actor(cast.owner)
    mother, father = people.managed(helper, "孙奶奶"), people.managed(helper, "孙爷爷")
    family = {cast.owner.id, mother.id, father.id}
    for each in family:
        assert members.queries.household_of(each) == family
    assert members.queries.household_of(cast.stranger.id) == {cast.stranger.id}


def test_a_past_helper_stays_household_as_long_as_a_deed_can_be_awarded(database_app, clock):
    helper, other = people.staff(name="前任"), people.member("新任")
    granny = people.managed(helper)
    members.service.stop_helping(helper, granny.id)
    assert members.queries.household_of(granny.id) == {granny.id, helper.id}
    assert members.queries.household_of(helper.id) == {granny.id, helper.id}
    clock.tick(days=30)
    members.service.assign_helper(people.staff(), granny.id, other.id)
    assert members.queries.household_of(granny.id) == {granny.id, helper.id, other.id}
    members.service.leave(SYSTEM, other.id)
    clock.tick(days=1)
    assert members.queries.household_of(granny.id) == {granny.id, other.id}
    clock.tick(days=30)
    assert members.queries.household_of(granny.id) == {granny.id}


def test_nobody_of_the_staff_gives_himself_an_account_to_look_after(app):
    coordinator, granny = people.staff(), people.member("孙奶奶", phone=None)
    with pytest.raises(NotOnOneself):
        members.service.assign_helper(coordinator, granny.id, coordinator.id)
    entered = people.managed(coordinator, "孙爷爷", admitted=False)
    with pytest.raises(NotOnOneself):
        members.service.admit(coordinator, entered.id)
    with pytest.raises(NotOnOneself):
        members.service.change_status(coordinator, entered.id, status="active")
    assert members.service.admit(people.staff(), entered.id, reason="seen at home").status == "active"


def test_a_helper_looks_after_six_at_most_and_helpers_are_not_helped(app):
    helper = people.actor(people.member("儿子"))
    for number in range(6):
        people.managed(helper, f"老人{number}")
    with pytest.raises(TooManyManaged):
        people.managed(helper, "第七位")
    without_phone = people.member("没有手机", phone=None)
    with pytest.raises(HelperUnfit):
        members.service.assign_helper(
            people.staff(), without_phone.id, people.member("也没有", phone=None).id
        )
    with pytest.raises(NothingToClaim):
        members.service.assign_helper(people.staff(), helper.id, people.member("另一位").id)


def test_a_claim_code_works_once_and_for_seven_days(app, clock):
    coordinator = people.staff()
    granny = people.member("孙奶奶", phone=None)
    first = members.service.issue_claim_code(coordinator, granny.id)
    second = members.service.issue_claim_code(coordinator, granny.id)
    phone = people.fresh_phone()

    def ask(code):
        members.service.request_claim(
            claim_code=code, phone=phone, network_address="203.0.113.4", language="en"
        )

    with pytest.raises(ClaimCodeWrong):
        ask(first)
    ask(second)
    sent = members.queries.outbox()[0].code
    user = members.service.claim(
        claim_code=second, phone=phone, code=sent, password=None, network_address="203.0.113.4"
    )
    assert user.id == granny.id
    with pytest.raises(ClaimCodeWrong):
        ask(second)
    with pytest.raises(NothingToClaim):
        members.service.issue_claim_code(coordinator, granny.id)
    late = people.member("李爷爷", phone=None)
    code = members.service.issue_claim_code(coordinator, late.id)
    clock.tick(days=7)
    with pytest.raises(ClaimCodeWrong):
        ask(code)


def test_a_helper_does_not_end_the_membership_of_whom_he_looks_after(app):
    helper = people.member("女儿")
    granny = people.managed(people.actor(helper))
    acting = members.queries.actor_for(members.queries.signed_in(helper.id, granny.id))
    with pytest.raises(NotByHelper):
        members.service.leave(acting, granny.id)
    assert members.queries.facts(granny.id).status == "active"
    members.service.leave(people.staff(), granny.id)
    assert members.queries.facts(granny.id).status == "left"
