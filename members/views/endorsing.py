"""Vouching for applicants, on members' own pages."""

from uuid import UUID

from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

import members.service
from core.auth import current_actor, requires
from core.config import settings
from core.errors import DomainError
from core.pages import act, own_id, sentence
from members import queries
from members.views.blueprint import views


@views.get("/endorse")
@requires("member.endorse")
def endorse_page() -> ResponseReturnValue:
    """Who has named me and waits for my word; for an applicant: whom he has named."""
    return _page()


def _page(errors: dict[str, str] | None = None) -> str:
    member_id = own_id()
    facts = queries.facts(member_id)
    asked = queries.asked_of(member_id)
    return render_template(
        "members/endorse.html",
        facts=facts,
        waiting=[each for each in asked if each.state == "asked"],
        answered=[each for each in asked if each.state != "asked"],
        named=queries.endorsements_for([member_id]).get(member_id, []),
        masked=queries.masked_name,
        needed=queries.endorsements_needed(),
        days=settings().endorser_days,
        most=settings().endorsements_per_month,
        errors=errors or {},
        values=request.form,
    )


@views.post("/endorse")
@requires("member.endorse")
def post_endorse() -> ResponseReturnValue:
    """Vouch for somebody who stands beside me, by number and name."""
    number, name = request.form.get("number", "")[:40], request.form.get("name", "")[:240]
    try:
        members.service.endorse(current_actor(), number=number, name=name)
    except DomainError as refusal:
        return make_response(_page({"number": sentence(refusal)}), 422)
    return _back(_("Thank you. You have vouched for %(name)s.", name=name.strip()))


@views.post("/endorse/name")
@requires("self.write")
def post_endorser() -> ResponseReturnValue:
    """As an applicant, name a member who knows me."""
    try:
        members.service.name_endorser(current_actor(), request.form.get("endorser", "")[:400])
    except DomainError as refusal:
        return make_response(_page({"endorser": sentence(refusal)}), 422)
    return _back(_("The member is asked now."))


@views.post("/endorse/<uuid:endorsement_id>/<any(confirm, decline):answer>")
@requires("member.endorse")
def post_answer(endorsement_id: UUID, answer: str) -> ResponseReturnValue:
    """Say whether I know the applicant."""
    known = answer == "confirm"
    return act(
        lambda: members.service.answer_endorsement(current_actor(), endorsement_id, known=known),
        _("Thank you. The desk sees that you vouch.") if known else _("Noted. Nobody else is told why."),
        "/endorse",
    )


def _back(done: str) -> ResponseReturnValue:
    return act(lambda: None, done, "/endorse")
