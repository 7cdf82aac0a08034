"""Vouching for applicants: "one ripe, one admitted". An applicant names members who know him; they say yes or no."""

from uuid import UUID

import sqlalchemy as sa

from core import audit, clock
from core.auth import Actor
from core.codes import Kind, parse
from core.config import settings
from core.db import db, insert, new_id, transactional
from core.errors import DomainError
from members import admission_rules, queries, rules
from members.admission_errors import (
    ApplicantDecided,
    ApplicantNotFound,
    EndorsementUnknown,
    EndorserHousehold,
    EndorserNumberInvalid,
    EndorsersEnough,
)
from members.admission_models import Endorsement
from members.errors import NotByHelper
from members.models import Member
from members.queries import MemberFacts
from members.service.cards import read_card
from members.service.common import lock_member


@transactional
def name_endorser(actor: Actor, text: str) -> None:
    """An applicant, or his helper for him, names a member who knows him, by number or card. Twice is like once.

    Raises `ApplicantDecided` for who has been admitted, `EndorserNumberInvalid` also for a member who cannot vouch (who
    is suspended is nobody's business), `EndorsersEnough`.
    """
    actor.require("self.write")
    endorser = _fit(read_endorser(text))
    applicant = lock_member(actor.member_id or actor.id)
    if applicant.status != "applied":
        raise ApplicantDecided
    if endorser is None or endorser.id in queries.household_of(applicant.id):
        raise EndorserNumberInvalid(field="endorser")
    ask(applicant.id, endorser.id)


def read_endorser(text: str) -> MemberFacts | None:
    """The member whose number or card somebody gives, None for an unknown one.

    Raises `EndorserNumberInvalid` for what is neither.
    """
    number = rules.read_number(text)
    if number is not None:
        return queries.facts_by_number(number)
    try:
        code = parse(text, settings().base_url)
    except DomainError as refusal:
        raise EndorserNumberInvalid(field="endorser") from refusal
    if code.kind is not Kind.CARD:
        raise EndorserNumberInvalid(field="endorser")
    try:
        return read_card(code)
    except DomainError:
        return None


def _fit(found: MemberFacts | None) -> MemberFacts | None:
    return found if found is not None and found.status in {"active", "on_leave"} else None


def ask(applicant_id: UUID, endorser_id: UUID) -> None:
    """Write down that the applicant has named the member. Joins the transaction. Raises `EndorsersEnough`."""
    mine = sa.select(Endorsement.endorser_id).where(Endorsement.applicant_id == applicant_id)
    named = set(db.session.scalars(mine))
    if endorser_id in named:
        return
    if len(named) >= admission_rules.MOST_ENDORSERS:
        raise EndorsersEnough(most=admission_rules.MOST_ENDORSERS)
    _write(applicant_id, endorser_id)


def ask_at_application(applicant_id: UUID, found: MemberFacts | None) -> None:
    """As `ask`, for somebody who applies; whom he has named in vain he is not told. Joins the transaction."""
    endorser = _fit(found)
    if endorser is not None:
        ask(applicant_id, endorser.id)


def _write(applicant_id: UUID, endorser_id: UUID) -> None:
    statement = insert(Endorsement).values(
        id=new_id(),
        applicant_id=applicant_id,
        endorser_id=endorser_id,
        state="asked",
        asked_at=clock.now(),
        decided_at=None,
    )
    db.session.execute(
        statement.on_conflict_do_nothing(index_elements=[Endorsement.applicant_id, Endorsement.endorser_id])
    )


@transactional
def endorse(actor: Actor, *, number: str, name: str) -> None:
    """Vouch for an applicant who has told his number and name. Twice is like once.

    Raises `ApplicantNotFound`, and what `answer_endorsement` raises.
    """
    _require_oneself(actor)
    found = queries.facts_by_number_and_name(number, name)
    if found is None or found.status != "applied":
        raise ApplicantNotFound
    if found.id == actor.id:
        raise EndorserHousehold
    _lock_both(found.id, actor.id)
    _write(found.id, actor.id)
    _decide(actor, _find(found.id, actor.id), "confirmed")


@transactional
def answer_endorsement(actor: Actor, endorsement_id: UUID, *, known: bool) -> None:
    """Say whether one knows the applicant who has named one. Twice is like once, and until he is admitted one may
    think otherwise.

    Raises `EndorsementUnknown`, `NotByHelper`, `ApplicantDecided`, and for a yes what `rules.require_active` raises,
    `EndorserNew`, `EndorserHousehold`, `EndorsedEnough`.
    """
    _require_oneself(actor)
    found = db.session.get(Endorsement, endorsement_id)
    if found is None or found.endorser_id != actor.id:
        raise EndorsementUnknown
    applicant_id = found.applicant_id
    _lock_both(applicant_id, actor.id)
    _decide(actor, _find(applicant_id, actor.id), "confirmed" if known else "declined")


def _require_oneself(actor: Actor) -> None:
    actor.require("member.endorse")
    if actor.kind != "member" or actor.id != actor.member_id:
        raise NotByHelper


def _lock_both(*ids: UUID) -> None:
    """The applicant, so that he is not decided about meanwhile; the member, so that his count of the month holds."""
    for each in sorted(ids):
        lock_member(each)


def _find(applicant_id: UUID, endorser_id: UUID) -> Endorsement:
    query = sa.select(Endorsement).where(
        Endorsement.applicant_id == applicant_id, Endorsement.endorser_id == endorser_id
    )
    found: Endorsement = db.session.scalars(query.execution_options(populate_existing=True)).one()
    return found


def _decide(actor: Actor, found: Endorsement, state: str) -> None:
    if found.state == state:
        return
    if queries.facts(found.applicant_id).status != "applied":
        raise ApplicantDecided
    now = clock.now()
    if state == "confirmed":
        _check_fit(actor.id, found.applicant_id)
    before, found.state, found.decided_at = found.state, state, now
    act = "given" if state == "confirmed" else "withdrawn" if before == "confirmed" else "declined"
    audit.record(actor, f"endorsement.{act}", "member", found.applicant_id)


def _check_fit(endorser_id: UUID, applicant_id: UUID) -> None:
    rules.require_active(queries.facts(endorser_id))
    if endorser_id in queries.household_of(applicant_id):
        raise EndorserHousehold
    now = clock.now()
    admitted_at = db.session.scalar(sa.select(Member.admitted_at).where(Member.id == endorser_id))
    admission_rules.check_ripe(admitted_at, now, settings().endorser_days)
    given = sa.select(sa.func.count()).where(
        Endorsement.endorser_id == endorser_id,
        Endorsement.state == "confirmed",
        Endorsement.decided_at > admission_rules.month_before(now),
    )
    admission_rules.check_month(db.session.scalar(given) or 0, settings().endorsements_per_month)
