"""A member without a phone stands at the desk: known by card and PIN, he sees his points and changes his own data."""

from typing import Any
from uuid import UUID

from flask import current_app, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

import members.service
from core.auth import current_actor, requires
from core.errors import DomainError
from core.pages import act, go, sentence, show_again
from members import queries
from members.errors import DeskSessionMissing, PinsDiffer
from members.forms import DeskForm, DeskPinForm
from members.rules import LANGUAGES
from members.views.blueprint import read_code, views

_COUNTER = "/desk/counter"
#: What a language calls itself.
_LANGUAGE_NAMES = {"zh_Hans_CN": "中文", "en": "English"}


@views.get("/desk/counter")
@requires("member.manage")
def counter() -> ResponseReturnValue:
    """Ask for card and PIN."""
    return render_template("members/desk_counter.html", form=DeskForm())


@views.post("/desk/counter")
@requires("member.manage")
def post_counter() -> ResponseReturnValue:
    """Open the desk for this member, for ten minutes."""
    form = DeskForm()
    try:
        found = members.service.open_desk_session(
            current_actor(), card=read_code(form.card.data or ""), pin=form.pin.data or ""
        )
    except DomainError as refusal:
        return show_again("members/desk_counter.html", form, _at_the_card(refusal))
    return go(f"{_COUNTER}/{found.member.id}")


def _at_the_card(refusal: DomainError) -> DomainError:
    """The form calls the code's field by what the code is on."""
    if refusal.data.get("field") == "code":
        refusal.data["field"] = "card"
    return refusal


@views.get("/desk/counter/pin")
@requires("member.manage")
def counter_pin() -> ResponseReturnValue:
    """Ask for the card and, typed by the member, a PIN."""
    return render_template("members/desk_counter_pin.html", form=DeskPinForm())


@views.post("/desk/counter/pin")
@requires("member.manage")
def post_counter_pin() -> ResponseReturnValue:
    """Set the PIN of a member without a phone whose card lies here."""
    form = DeskPinForm()
    try:
        if form.pin.data != form.again.data:
            raise PinsDiffer(field="again")
        found = members.service.set_pin_at_the_desk(
            current_actor(),
            card=read_code(form.card.data or ""),
            pin=form.pin.data or "",
            current=form.current.data or None,
        )
    except DomainError as refusal:
        return show_again("members/desk_counter_pin.html", form, _at_the_card(refusal))
    flash(_("The PIN of %(name)s is set.", name=found.name), "ok")
    return go(_COUNTER)


@views.get("/desk/counter/<uuid:member_id>")
@requires("member.manage")
def at_the_counter(member_id: UUID) -> ResponseReturnValue:
    """What the member at the desk may see and change. Other packages may add panels (`alliance_counter_panels`)."""
    try:
        ends_at = members.service.require_at_the_desk(current_actor(), member_id)
    except DeskSessionMissing as refusal:
        flash(sentence(refusal), "warn")
        return go(_COUNTER)
    return _page(member_id, ends_at=ends_at)


def _page(member_id: UUID, **context: Any) -> str:
    record = queries.record(member_id)
    squad_id = record.facts.squad_id
    panels = current_app.extensions.get("alliance_counter_panels", ())
    return render_template(
        "members/desk_served.html",
        record=record,
        facts=record.facts,
        squad=queries.squad(squad_id) if squad_id else None,
        panels=[panel(member_id) for panel in panels],
        languages=[(each, _LANGUAGE_NAMES[each]) for each in LANGUAGES],
        address=f"{_COUNTER}/{member_id}",
        **context,
    )


@views.post("/desk/counter/<uuid:member_id>/settings")
@requires("member.manage")
def counter_settings(member_id: UUID) -> ResponseReturnValue:
    """Language and leaderboard, as the member wishes."""

    def work() -> None:
        members.service.change_settings_at_the_desk(
            current_actor(),
            member_id,
            language=request.form.get("language", ""),
            listed=bool(request.form.get("listed")),
        )

    return act(work, _("Saved"), f"{_COUNTER}/{member_id}")


@views.post("/desk/counter/<uuid:member_id>/pin")
@requires("member.manage")
def counter_new_pin(member_id: UUID) -> ResponseReturnValue:
    """Another PIN, typed twice by the member."""
    pin = request.form.get("pin", "")

    def work() -> None:
        if pin != request.form.get("again", ""):
            raise PinsDiffer(field="again")
        members.service.change_pin_at_the_desk(current_actor(), member_id, pin)

    return act(work, _("The PIN is set."), f"{_COUNTER}/{member_id}")


@views.post("/desk/counter/<uuid:member_id>/rest")
@requires("member.manage")
def counter_rest(member_id: UUID) -> ResponseReturnValue:
    """The member rests from today on, or is back."""
    actor, back = current_actor(), request.form.get("back") == "1"

    def work() -> None:
        if back:
            members.service.come_back(actor, member_id)
        else:
            members.service.take_leave(actor, member_id, None)

    done = _("The member is back.") if back else _("The member rests. Points and place stay.")
    return act(
        lambda: members.service.on_the_members_word(actor, member_id, work), done, f"{_COUNTER}/{member_id}"
    )


@views.post("/desk/counter/<uuid:member_id>/close")
@requires("member.manage")
def close_counter(member_id: UUID) -> ResponseReturnValue:
    """The member has gone."""
    done = _("The desk is closed for this member.")
    return act(lambda: members.service.close_desk_session(current_actor(), member_id), done, _COUNTER)
