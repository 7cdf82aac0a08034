"""One member's record at the desk, and what staff may change in it."""

from datetime import date
from uuid import UUID

from flask import current_app, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

import members.service
from core import clock
from core.auth import current_actor, requires
from core.db import new_id
from core.errors import DomainError, Invalid
from core.pages import act, go, identifier, sentence
from members import queries
from members.errors import LeaveDateInvalid, MemberUnknown
from members.rules import read_number
from members.views import words
from members.views.blueprint import area_choices, squad_choices, views
from members.views.desk import role_choices


@views.get("/desk/members/<uuid:member_id>")
@requires("member.read")
def record(member_id: UUID) -> ResponseReturnValue:
    """Everything about one member. Other packages may add panels (`alliance_member_panels`), such as the balance."""
    actor = current_actor()
    found = queries.record(member_id)
    facts = found.facts
    panels = current_app.extensions.get("alliance_member_panels", ())
    return render_template(
        "members/desk_member.html",
        record=found,
        facts=facts,
        squad=queries.squad(facts.squad_id) if facts.squad_id else None,
        area=queries.area_names().get(facts.area_id) if facts.area_id else None,
        helper=queries.facts(facts.helper_id) if facts.helper_id else None,
        roles=role_choices(actor),
        role_words=[words.role(role) for role in found.roles],
        squads=squad_choices(),
        areas=area_choices(),
        key=new_id(),
        endorsed=queries.endorsements_for([member_id]).get(member_id, []),
        needed=queries.endorsements_needed(),
        at_the_desk=members.service.at_the_desk(actor, member_id),
        pin_locked_until=members.service.pin_locked_until(member_id),
        merged=queries.merged_into(member_id),
        merged_here=queries.merged_here(member_id),
        proposals=queries.merge_proposals_about(member_id),
        panels=[panel(member_id) for panel in panels],
        today=clock.today(),
    )


def _back(member_id: UUID) -> str:
    return f"/desk/members/{member_id}"


@views.post("/desk/members/<uuid:member_id>/roles")
@requires("member.manage")
def post_roles(member_id: UUID) -> ResponseReturnValue:
    """Give the member exactly the ticked roles."""
    wanted = set(request.form.getlist("roles"))
    offered = {role for role, _word in role_choices(current_actor())}
    # What this coordinator cannot give, he cannot take away by a form that does not show it either.
    kept = set(queries.roles_of([member_id]).get(member_id, ())) - offered
    done = _("The roles are changed.")
    return act(
        lambda: members.service.set_roles(current_actor(), member_id, wanted | kept), done, _back(member_id)
    )


@views.post("/desk/members/<uuid:member_id>/place")
@requires("member.manage")
def post_place(member_id: UUID) -> ResponseReturnValue:
    """Put the member into a squad and an area."""
    squad_id = identifier(request.form.get("squad_id"))
    area_id = identifier(request.form.get("area_id"))

    def work() -> None:
        members.service.move(current_actor(), member_id, squad_id=squad_id, area_id=area_id)

    return act(work, _("Squad and area are changed."), _back(member_id))


@views.post("/desk/members/<uuid:member_id>/status")
@requires("member.manage")
def post_status(member_id: UUID) -> ResponseReturnValue:
    """Admit, send on leave, suspend, reinstate, let go."""

    def work() -> None:
        members.service.change_status(
            current_actor(),
            member_id,
            status=_wanted_status(),
            reason=request.form.get("reason", ""),
            until=_day(request.form.get("until", "")),
        )

    return act(work, _("The status is changed."), _back(member_id))


def _wanted_status() -> str:
    wanted = request.form.get("status", "")
    if wanted not in {"active", "on_leave", "suspended", "left"}:
        raise Invalid(field="status")
    return wanted


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise LeaveDateInvalid(field="until") from None


@views.post("/desk/members/<uuid:member_id>/name")
@requires("member.manage")
def post_name(member_id: UUID) -> ResponseReturnValue:
    """Correct the name."""
    name = request.form.get("name", "")
    done = _("The name is changed. Print a new card if there is one.")
    return act(lambda: members.service.rename(current_actor(), member_id, name), done, _back(member_id))


@views.post("/desk/members/<uuid:member_id>/pin")
@requires("role.manage")
def post_member_pin(member_id: UUID) -> ResponseReturnValue:
    """Set the PIN that the member has typed; in passing administrators only, else when a card is issued."""
    pin = request.form.get("pin", "")
    return act(
        lambda: members.service.set_pin(current_actor(), member_id, pin),
        _("The PIN is set."),
        _back(member_id),
    )


@views.post("/desk/members/<uuid:member_id>/card")
@requires("card.issue")
def post_member_card(member_id: UUID) -> ResponseReturnValue:
    """Issue a card, in place of the old one if there is one, with the PIN that the member has typed."""
    key = identifier(request.form.get("key")) or new_id()
    pin = request.form.get("card_pin", "") or None

    def work() -> None:
        members.service.issue_card(current_actor(), key=key, member_id=member_id, pin=pin)

    return act(work, _("The card is issued. An older one is void now."), _back(member_id))


@views.post("/desk/members/<uuid:member_id>/card/revoke")
@requires("member.manage")
def revoke_member_card(member_id: UUID) -> ResponseReturnValue:
    """The card is void from now on."""
    done = _("The card is void now.")
    return act(lambda: members.service.revoke_card(current_actor(), member_id), done, _back(member_id))


@views.post("/desk/members/<uuid:member_id>/sign-out")
@requires("member.manage")
def sign_member_out(member_id: UUID) -> ResponseReturnValue:
    """End all sessions of the member."""
    done = _("The member is signed out on all devices.")
    return act(
        lambda: members.service.sign_out_everywhere(current_actor(), member_id), done, _back(member_id)
    )


@views.post("/desk/members/<uuid:member_id>/helper")
@requires("member.manage")
def post_member_helper(member_id: UUID) -> ResponseReturnValue:
    """Let the member with this number look after the account, or nobody."""
    text = request.form.get("helper", "").strip()

    def work() -> None:
        number = read_number(text) if text else None
        helper = queries.facts_by_number(number) if number is not None else None
        if text and helper is None:
            raise MemberUnknown
        members.service.assign_helper(current_actor(), member_id, helper.id if helper else None)

    return act(work, _("The helper is changed."), _back(member_id))


@views.post("/desk/members/<uuid:member_id>/claim-code")
@requires("member.manage")
def post_claim_code(member_id: UUID) -> ResponseReturnValue:
    """Make a code with which the member takes over his account; shown once."""
    try:
        code = members.service.issue_claim_code(current_actor(), member_id)
    except DomainError as refusal:
        flash(sentence(refusal), "refuse")
        return go(_back(member_id))
    return render_template("members/claim_slip.html", code=code, facts=queries.facts(member_id))


@views.post("/desk/members/<uuid:member_id>/consent")
@requires("member.manage")
def post_consent(member_id: UUID) -> ResponseReturnValue:
    """Write down that the member has agreed to the text in force."""
    done = _("The consent is written down.")
    return act(lambda: members.service.record_consent(current_actor(), member_id), done, _back(member_id))


@views.post("/desk/members/<uuid:member_id>/erase")
@requires("member.manage")
def post_erase(member_id: UUID) -> ResponseReturnValue:
    """Delete the member's personal data at once."""
    reason = request.form.get("erase_reason", "")
    done = _("The personal data is deleted. The number stays in the books.")
    return act(lambda: members.service.erase(current_actor(), member_id, reason), done, _back(member_id))


@views.post("/desk/members/<uuid:member_id>/pin/unlock")
@requires("member.manage")
def unlock_pin(member_id: UUID) -> ResponseReturnValue:
    """Let a PIN that was wrong too often be tried again."""
    done = _("The PIN can be tried again.")
    return act(lambda: members.service.unlock_pin(current_actor(), member_id), done, _back(member_id))
