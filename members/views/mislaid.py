"""Card lost, phone changed: one place at the desk for both, reached from its first page and from the member's."""

from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

import members.service
from core.auth import current_actor, requires
from core.db import new_id
from core.errors import DomainError
from core.pages import go, identifier, sentence, show_again
from members import queries, rules
from members.forms import NewPhoneForm
from members.views.blueprint import network_address, views
from members.views.cards import card_sheets

_TEMPLATE = "members/desk_lost.html"


@views.get("/desk/lost")
@requires("member.manage")
def lost() -> ResponseReturnValue:
    """Who has lost something? One who is found alone is shown at once; blocked cards without a new one wait below."""
    text = request.args.get("search", "")[: 4 * rules.LONGEST_NAME].strip()
    found = queries.search(text, limit=20).items if text else []
    if len(found) == 1:
        return go(f"/desk/members/{found[0].id}/lost")
    names = {each.id: each.name for each in queries.squads()}
    return render_template(
        "members/desk_lost_who.html", search=text, found=found, waiting=queries.lost_cards(), names=names
    )


@views.get("/desk/members/<uuid:member_id>/lost")
@requires("member.manage")
def lost_of(member_id: UUID) -> ResponseReturnValue:
    """A new card in place of a lost one; a new telephone number in place of an old one."""
    return render_template(_TEMPLATE, form=NewPhoneForm(), **_context(member_id))


def _context(member_id: UUID) -> dict[str, Any]:
    record = queries.record(member_id)
    squad_id = record.facts.squad_id
    return {
        "record": record,
        "facts": record.facts,
        "squad": queries.squad(squad_id) if squad_id else None,
        "key": new_id(),
        "at_the_desk": members.service.at_the_desk(current_actor(), member_id),
    }


@views.post("/desk/members/<uuid:member_id>/lost/card")
@requires("card.issue")
def post_lost_card(member_id: UUID) -> ResponseReturnValue:
    """The old card is dead, a new one is there: the answer is its sheet for the printer."""
    try:
        members.service.issue_card(
            current_actor(),
            key=identifier(request.form.get("key")) or new_id(),
            member_id=member_id,
            pin=request.form.get("card_pin", "") or None,
        )
    except DomainError as refusal:
        flash(sentence(refusal), "refuse")
        return go(f"/desk/members/{member_id}/lost")
    return card_sheets([member_id])


@views.post("/desk/members/<uuid:member_id>/lost/phone")
@requires("member.manage")
def post_new_phone(member_id: UUID) -> ResponseReturnValue:
    """Enter the new number; or first send a code to it, when that button was pressed."""
    form = NewPhoneForm()
    typed = form.phone.data or ""
    try:
        if request.form.get("send"):
            language = str(get_locale())
            members.service.send_phone_code(
                current_actor(), phone=typed, network_address=network_address(), language=language
            )
            return render_template(_TEMPLATE, form=form, sent=True, **_context(member_id))
        members.service.give_phone(
            current_actor(),
            member_id,
            typed or None,
            code=form.code.data or "",
            reason=form.reason.data or "",
            network_address=network_address(),
        )
    except DomainError as refusal:
        return show_again(
            _TEMPLATE, form, refusal, sent=bool(request.form.get("sent")), **_context(member_id)
        )
    flash(_("The telephone number is changed. The member is signed out on all devices."), "ok")
    return go(f"/desk/members/{member_id}")
