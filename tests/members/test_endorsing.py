"""One ripe, one admitted: members vouch for applicants whom they know, and the desk admits on that or with a reason."""

from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

import members.queries
import members.service
from core.audit import AuditEntry
from core.auth import Actor
from core.clock import FrozenClock
from core.db import db, new_id
from core.errors import DomainError
from members import admission_errors as errors
from members.errors import MemberNotAdmitted, MemberSuspended, NotByHelper
from members.queries import EndorsementFacts, MemberFacts
from tests.support import members_builders as people


@pytest.fixture
def ripe(app: Flask, clock: FrozenClock) -> MemberFacts:
    found = people.member("王小芳")
    clock.tick(days=31)
    return found


def apply(endorser: str, name: str = "赵新来") -> MemberFacts:
    phone = people.fresh_phone()
    members.service.apply(
        key=new_id(), network_address="203.0.113.9", name=name, phone=phone, consent=True, endorser=endorser
    )
    (found,) = members.queries.search(phone).items
    return members.queries.facts(found.id)


def named(applicant: MemberFacts) -> list[EndorsementFacts]:
    return members.queries.endorsements_for([applicant.id]).get(applicant.id, [])


def answer(endorser: MemberFacts | Actor, *, known: bool = True) -> None:
    actor = endorser if isinstance(endorser, Actor) else people.actor(endorser)
    (waiting, *_more) = members.queries.asked_of(actor.id)
    members.service.answer_endorsement(actor, waiting.id, known=known)


def admissions() -> list[dict[str, object]]:
    entries = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "member.admitted"))
    return [each.data for each in entries]


def test_whoever_was_named_vouches_and_the_desk_admits(ripe: MemberFacts) -> None:
    applicant = apply(members.queries.spoken_number(ripe.number))
    coordinator = people.staff()
    with pytest.raises(errors.EndorsementMissing) as refused:
        members.service.admit(coordinator, applicant.id)
    assert refused.value.data == {"field": "reason", "needed": 1, "given": 0}
    assert members.queries.endorsements_waiting(ripe.id) == 1
    answer(ripe)
    answer(ripe)
    assert members.queries.endorsements_waiting(ripe.id) == 0
    assert members.service.admit(coordinator, applicant.id).status == "active"
    assert admissions() == [{"endorsed_by": [str(ripe.id)]}]
    with pytest.raises(errors.ApplicantDecided):
        members.service.answer_endorsement(people.actor(ripe), named(applicant)[0].id, known=False)


def test_the_desk_may_admit_without_and_says_why(ripe: MemberFacts) -> None:
    applicant = apply("")
    members.service.admit(
        people.staff(), applicant.id, reason="赵新来 watched over the school for twenty years"
    )
    assert admissions() == [{"endorsed_by": [], "reason": "… watched over the school for twenty years"}]


def test_no_endorsement_is_asked_for_where_none_is_needed(make_app) -> None:
    with make_app(endorsements_needed=0).app_context():
        applicant = apply("")
        assert members.service.admit(people.staff(), applicant.id).status == "active"


def test_a_stranger_does_not_learn_who_is_a_member(ripe: MemberFacts) -> None:
    gone = people.member("赵云")
    members.service.leave(people.actor(gone), gone.id)
    for number in (members.queries.spoken_number(gone.number), "1999986"):
        if members.queries.read_number(number) is not None:
            assert named(apply(number)) == []
    with pytest.raises(errors.EndorserNumberInvalid):
        apply("1234567")


def test_a_card_names_its_member(ripe: MemberFacts) -> None:
    assert [each.endorser.id for each in named(apply(people.card(ripe).text))] == [ripe.id]


def test_an_applicant_names_members_on_his_own_page(ripe: MemberFacts) -> None:
    applicant = people.actor(apply(""))
    for _twice in range(2):
        members.service.name_endorser(applicant, str(ripe.number))
    assert [each.state for each in named(members.queries.facts(applicant.id))] == ["asked"]
    suspended = people.member("孙权")
    members.service.suspend(people.staff(), suspended.id, "核实中")
    for number in (suspended.number, members.queries.facts(applicant.id).number):
        with pytest.raises(errors.EndorserNumberInvalid):
            members.service.name_endorser(applicant, str(number))
    for _each in range(4):
        members.service.name_endorser(applicant, str(people.member().number))
    with pytest.raises(errors.EndorsersEnough):
        members.service.name_endorser(applicant, str(people.member().number))


def test_number_and_name_are_enough_for_who_stands_beside_the_applicant(ripe: MemberFacts) -> None:
    applicant = apply("")
    actor = people.actor(ripe)
    with pytest.raises(errors.ApplicantNotFound):
        members.service.endorse(actor, number=str(applicant.number), name="赵云")
    with pytest.raises(errors.ApplicantNotFound):
        members.service.endorse(actor, number=str(ripe.number), name=ripe.name)
    members.service.endorse(actor, number=str(applicant.number), name=applicant.name)
    assert [each.counts for each in named(applicant)] == [True]


def test_a_word_can_be_taken_back_while_nothing_is_decided(ripe: MemberFacts) -> None:
    applicant = apply(str(ripe.number))
    answer(ripe)
    answer(ripe, known=False)
    with pytest.raises(errors.EndorsementMissing):
        members.service.admit(people.staff(), applicant.id)


def test_the_word_of_a_suspended_member_counts_no_longer(ripe: MemberFacts) -> None:
    applicant = apply(str(ripe.number))
    answer(ripe)
    members.service.suspend(people.staff(), ripe.id, "核实中")
    with pytest.raises(errors.EndorsementMissing):
        members.service.admit(people.staff(), applicant.id)


def refusal(actor: Actor, applicant: MemberFacts) -> type[DomainError]:
    with pytest.raises(DomainError) as refused:
        members.service.endorse(actor, number=str(applicant.number), name=applicant.name)
    return refused.type


def test_not_everybody_may_vouch(ripe: MemberFacts, clock: FrozenClock) -> None:
    applicant = apply("")
    assert refusal(people.actor(people.member("新会员")), applicant) is errors.EndorserNew
    suspended = people.actor(ripe)
    members.service.suspend(people.staff(), ripe.id, "核实中")
    assert refusal(suspended, applicant) is MemberSuspended
    assert refusal(people.actor(applicant), applicant) is errors.EndorserHousehold
    assert refusal(people.actor(apply("")), applicant) is MemberNotAdmitted


def test_nobody_vouches_for_an_account_that_he_looks_after(ripe: MemberFacts) -> None:
    helper = people.actor(ripe)
    mother = people.managed(helper, admitted=False)
    assert refusal(helper, mother) is errors.EndorserHousehold
    other = people.managed(helper, "孙爷爷")
    acting = members.queries.signed_in(ripe.id, other.id)
    assert acting is not None
    assert refusal(members.queries.actor_for(acting), apply("")) is NotByHelper


def test_five_in_thirty_days_are_enough(ripe: MemberFacts, clock: FrozenClock) -> None:
    actor = people.actor(ripe)
    for n in range(5):
        applicant = apply("", f"新人{n}")
        members.service.endorse(actor, number=str(applicant.number), name=applicant.name)
    last = apply("", "第六人")
    assert refusal(actor, last) is errors.EndorsedEnough
    clock.tick(days=30)
    members.service.endorse(actor, number=str(last.number), name=last.name)


def test_a_request_for_somebody_else_is_not_found(ripe: MemberFacts) -> None:
    (found,) = named(apply(str(ripe.number)))
    for each in (found.id, UUID(int=1)):
        with pytest.raises(errors.EndorsementUnknown):
            members.service.answer_endorsement(people.actor(people.member()), each, known=True)
